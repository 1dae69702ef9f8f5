"""The numbers of an earlier group workbook, read back from its cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from isms_xl import __version__
from isms_xl.books.grids import read_values
from isms_xl.books.package import Package
from isms_xl.books.workbook import Workbook
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.group import Counts, Group
from isms_xl.group_book.ranking import Ranked
from isms_xl.register import compare_key

UNITS_PAGE, TREND_PAGE = "Units", "Trend"
UNIT, REGISTER, DOCUMENT = "Unit", "Register", "Document ID"
COUNTED = ("Major", "Minor", "Obs.", "Accepted")
AS_OF, UNITS_DONE = "As of", "Registers"

_PART = "docProps/custom.xml"
_MADE_BY = "isms-xl group workbook"
_Thing = TypeVar("_Thing")
_SAVED = "Name the group workbook that an earlier isms-xl batch wrote, as it wrote it."


@dataclass(frozen=True, slots=True)
class PreviousUnit:
    """A unit in the earlier workbook.

    Attributes:
        label: What it was called there.
        document: Its document ID.
        counts: Its findings.
    """

    label: str
    document: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Total:
    """All units together on a day.

    Attributes:
        as_of: The day.
        units: Number of units.
        counts: Their findings.
    """

    as_of: date
    units: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Previous:
    """The numbers of an earlier group workbook.

    Attributes:
        as_of: Its day.
        units: Its units.
        totals: The group on its day and on those before, earliest first.
    """

    as_of: date
    units: tuple[PreviousUnit, ...]
    totals: tuple[Total, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A unit then and now.

    Attributes:
        label: What it is called.
        before: Its findings in the earlier workbook; None where it was not in it.
        now: Its findings now; None where it is not among the registers.
        before_label: What it was called before, where that was something else.
    """

    label: str
    before: Counts | None
    now: Counts | None
    before_label: str = ""


def properties_of(group: Group) -> dict[str, str]:
    """Return the document properties by which the workbook is known again."""
    return {_MADE_BY: __version__, AS_OF: group.as_of.isoformat()}


def read_previous(data: bytes) -> Previous:
    """Read the numbers of an earlier group workbook.

    Args:
        data: The workbook.

    Raises:
        UnreadableWorkbookError: It cannot be read safely, or is no group workbook.
    """
    package = Package(data)
    as_of = _day_of(package)
    if as_of is None:
        raise UnreadableWorkbookError("The earlier workbook is no group workbook.", _SAVED)
    wanted = {UNITS_PAGE, TREND_PAGE}
    sheets: dict[str, list[list[object]]] = {}
    for name, rows in read_values(Workbook(package)):
        if name in wanted:
            sheets[name] = rows
        if sheets.keys() == wanted:
            break  # the sheets behind can be large
    units = tuple(_units(sheets.get(UNITS_PAGE, [])))
    now = Total(as_of, len(units), sum_of([unit.counts for unit in units]))
    earlier = [t for t in _totals(sheets.get(TREND_PAGE, [])) if t.as_of < as_of]
    return Previous(as_of, units, (*earlier, now))


def _day_of(package: Package) -> date | None:
    """Return the day of a group workbook; None where the package is none."""
    if package.find(_PART) is None:
        return None
    try:
        root = fromstring(package.read(_PART), forbid_dtd=True)
        found = {entry.get("name", ""): "".join(entry.itertext()).strip() for entry in root}
        return date.fromisoformat(found.get(AS_OF, "")) if _MADE_BY in found else None
    except (ParseError, DefusedXmlException, ValueError):
        return None


def _table(rows: Sequence[Sequence[object]], headings: Sequence[str]) -> Iterator[list[object]]:
    """Yield the cells under some headings, row by row, until a row has nothing under the first.

    Raises:
        UnreadableWorkbookError: No row has these headings.
    """
    head = next((n for n, row in enumerate(rows) if all(h in row for h in headings)), None)
    if head is None:
        raise UnreadableWorkbookError(
            f"The earlier group workbook has no table with {headings[0]} and {headings[-1]}.",
            _SAVED,
        )
    places = [rows[head].index(heading) for heading in headings]
    for row in rows[head + 1 :]:
        cells = [row[place] if place < len(row) else None for place in places]
        if cells[0] in (None, ""):
            return
        yield cells


def _units(rows: Sequence[Sequence[object]]) -> Iterator[PreviousUnit]:
    for label, document, *numbers in _table(rows, (UNIT, DOCUMENT, *COUNTED)):
        counts = _counts(numbers)
        if counts is None:
            raise UnreadableWorkbookError(
                f"The earlier group workbook has something else than numbers for {label}.", _SAVED
            )
        yield PreviousUnit(str(label), str(document or ""), counts)


def _totals(rows: Sequence[Sequence[object]]) -> Iterator[Total]:
    for day, units, *numbers in _table(rows, (AS_OF, UNITS_DONE, *COUNTED)):
        counts, number = _counts(numbers), _number(units)
        day = day.date() if isinstance(day, datetime) else day
        if isinstance(day, date) and counts is not None and number is not None:
            yield Total(day, number, counts)


def _counts(values: Sequence[object]) -> Counts | None:
    numbers = [number for value in values if (number := _number(value)) is not None]
    return Counts(*numbers) if len(numbers) == len(COUNTED) else None


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value >= 0 and float(value).is_integer() else None


def sum_of(counts: Sequence[Counts]) -> Counts:
    """Return findings of several units together."""
    return Counts(
        sum(count.major for count in counts),
        sum(count.minor for count in counts),
        sum(count.obs for count in counts),
        sum(count.accepted for count in counts),
    )


def changes(units: Sequence[Ranked], previous: Previous) -> list[Change]:
    """Return the units then and now: those of now in their order, then those that are missing now.

    A unit is the one of the same name; else the one with the same document ID, where only one unit
    has it on either side.
    """
    left = {compare_key(unit.label): unit for unit in previous.units}
    found: dict[int, PreviousUnit] = {}
    for number, unit in enumerate(units):
        same = left.pop(compare_key(unit.label), None)
        if same is not None:
            found[number] = same
    new = [number for number in range(len(units)) if number not in found]
    before = _by_document([(unit.document, key) for key, unit in left.items()])
    now = _by_document([(units[number].result.document_id, number) for number in new])
    for document, number in now.items():
        if document in before:
            found[number] = left.pop(before[document])
    changed = []
    for number, unit in enumerate(units):
        was = found.get(number)
        renamed = was.label if was and compare_key(was.label) != compare_key(unit.label) else ""
        changed.append(Change(unit.label, was.counts if was else None, unit.result.counts, renamed))
    return changed + [Change(unit.label, unit.counts, None) for unit in left.values()]


def _by_document(pairs: Sequence[tuple[str, _Thing]]) -> dict[str, _Thing]:
    """Return what belongs to each document ID that stands only once."""
    found: dict[str, list[_Thing]] = {}
    for document, thing in pairs:
        if document:
            found.setdefault(compare_key(document), []).append(thing)
    return {document: things[0] for document, things in found.items() if len(things) == 1}
