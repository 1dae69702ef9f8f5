"""What the units have to look at again in the next 90 days, as a calendar file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from isms_xl import __version__
from isms_xl.group import DueKind, Group, UnitDate, UnitResult
from isms_xl.register import without_control_characters

MADE_BY = "-//isms-xl//"
"""How the calendar names the program that made it, before its version."""

DAYS = 90
"""How far the calendar and the group workbook look ahead."""


def due_soon(group: Group) -> Iterator[tuple[UnitResult, UnitDate]]:
    """Yield what falls due from today to the last of the days ahead, earliest first."""
    last = group.as_of + timedelta(days=DAYS)
    due = [
        (unit, entry)
        for unit in group.units
        for entry in unit.details.dates
        if group.as_of <= entry.on <= last
    ]
    yield from sorted(due, key=lambda pair: (pair[1].on, pair[0].source, pair[1].record))


def reviews_calendar(group: Group) -> bytes:
    """Return an iCalendar file (RFC 5545) with an entry of a whole day for each date.

    The same group gives the same bytes. An entry keeps its identity from run to run, so a calendar
    that imports the file again moves it instead of showing it twice.
    """
    calendar = Calendar()
    calendar.add("prodid", f"{MADE_BY}{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for unit, entry in due_soon(group):
        calendar.add_component(_event(unit, entry, group.as_of))
    return bytes(calendar.to_ical())


def _event(unit: UnitResult, entry: UnitDate, as_of: date) -> Event:
    event = Event()
    event.add("uid", f"{_identity(unit, entry)}@isms-xl")
    event.add("dtstamp", datetime.combine(as_of, time(), UTC))
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + timedelta(days=1))
    event.add("summary", _clean(f"{unit.name}: {_what(entry)}"))
    lines = [entry.subject, f"{entry.sheet}, {entry.record}", f"Register: {unit.source}"]
    if entry.owner:
        lines.insert(1, f"Answered for by: {entry.owner}")
    event.add("description", _clean("\n".join(lines)))
    event.add("transp", "TRANSPARENT")
    return event


def _identity(unit: UnitResult, entry: UnitDate) -> str:
    """Return what stays the same while the date moves: the register, and what falls due in it."""
    record = entry.record if entry.kind is DueKind.ACCEPTANCE else ""
    text = "\n".join((unit.source, unit.business_unit, entry.kind.value, record))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _what(entry: UnitDate) -> str:
    if entry.kind is DueKind.REVIEW:
        return "review of the register is due"
    return f"acceptance {entry.record} expires"


def _clean(text: str) -> str:
    return without_control_characters(text).encode("utf-8", "replace").decode()
