"""A new version: what changed since the last one, its number, and the row that records it.

To say what changed, the content of the last version is kept inside the workbook, compressed, in a
custom XML part of our own namespace. It is used only when its digest is the one on record.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from isms_xl.changes import KEPT_NAMESPACE, Changes, Row, cell_of, changes_of, rows_now
from isms_xl.checking import Report, check
from isms_xl.contract import CHANGE_LOG, USER_TABLES, VERSIONS, Table
from isms_xl.errors import ContractError
from isms_xl.finding import Severity
from isms_xl.register import Grid, Register, Tables
from isms_xl.versions import Version, canonical_form, content_digest, history, version_row
from isms_xl.words import counted, join_words, named

LARGEST_KEPT = 8 * 2**20
"""Bytes of compressed content kept in a workbook; a register of 20 000 requirements needs about one
and a half million."""
LARGEST_CONTENT = 128 * 2**20

DRAFT = (
    "It is a draft until somebody approves it: enter Approved by and Approved on for it, on the sheet "
    "Versions."
)
"""What is said of a version that nobody approved yet."""

_NAMED_RECORDS = 3
_DECISIONS = {("Parties", "Relevant to ISMS"), ("Requirements", "Addressed by ISMS")}
_WHOLE = ("Parties", "Requirements")

Records = dict[tuple[str, str], Mapping[str, object]]
"""Canonical records by table and name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One change between two versions.

    Attributes:
        table: Declaration of the table.
        record: The record's name.
        field: Column heading; empty when the whole record was added or removed.
        before: What stood there; empty for an added record.
        after: What stands there; empty for a removed record.
    """

    table: Table
    record: str
    field: str
    before: str
    after: str

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        if self.field:
            return "changed"
        return "removed" if self.before else "added"


@dataclass(frozen=True, slots=True)
class Stamp:
    """A version about to be recorded.

    Attributes:
        version: Its number.
        summary: The change summary.
        differences: What changed; empty for the first version, None when the last version's
            content is not known.
        report: What the rules find in the register with this version recorded.
        changes: What is to be written.
        digest: Digest of the content.
        is_approved: Whether somebody approved it already; else it is a draft.
    """

    version: str
    summary: str
    differences: tuple[Difference, ...] | None
    report: Report
    changes: Changes
    digest: str
    is_approved: bool


# --- the kept content -------------------------------------------------------------------------


def kept_part(register: Register, version: str) -> bytes:
    """Return the XML part that keeps a register's content; empty when it would be too large."""
    text = "\n".join(canonical_form(register)).encode("utf-8", "surrogatepass")
    packed = base64.b64encode(zlib.compress(text, 9))
    if len(packed) > LARGEST_KEPT or len(text) > LARGEST_CONTENT:
        return _part(version, b"")
    return _part(version, packed)


def _part(version: str, packed: bytes) -> bytes:
    name = re.sub(r"[^0-9A-Za-z.]", "", version)
    return f'<content xmlns="{KEPT_NAMESPACE}" version="{name}">'.encode() + packed + b"</content>"


def kept_lines(part: bytes, digest: str) -> list[str] | None:
    """Return the canonical form that was kept; None where it is absent or not what was stamped.

    Args:
        part: The XML part.
        digest: Content digest on record.
    """
    if not part or len(part) > LARGEST_KEPT + 1_000:
        return None
    try:
        packed = (fromstring(part, forbid_dtd=True).text or "").strip()
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(base64.b64decode(packed, validate=True), LARGEST_CONTENT)
    except (ParseError, DefusedXmlException, zlib.error, binascii.Error, ValueError):
        return None
    if unpacker.unconsumed_tail or hashlib.sha256(text + b"\n").hexdigest() != digest:
        return None
    return text.decode("utf-8", "surrogatepass").split("\n")


# --- differences ------------------------------------------------------------------------------


def _records(lines: Iterable[str]) -> Records:
    tables = {table.name: table for table in USER_TABLES}
    found: Records = {}
    for line in lines:
        name, record = json.loads(line)
        table = tables.get(name)
        if table is None:
            continue
        if table.vertical:
            found |= {(name, heading): {heading: value} for heading, value in record.items()}
            continue
        key = str(record.get(table.columns[0].heading, "")) or f"({_shown_record(table, record)})"
        number = 1
        while (name, key if number == 1 else f"{key} ({number})") in found:
            number += 1
        found[name, key if number == 1 else f"{key} ({number})"] = record
    return found


def _shown(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, dict):  # a formula and its value
        return f"={value['formula']} ({_shown(value['value'])})"
    return "" if value is None else str(value)


def _shown_record(table: Table, record: Mapping[str, object]) -> str:
    label = record.get(table.label) or next(iter(record.values()), "")
    return _shown(label) or table.record_word


def differences(before: Iterable[str], after: Iterable[str]) -> tuple[Difference, ...]:
    """Return what changed between two canonical forms, in the contract's order."""
    old, new = _records(before), _records(after)
    order = {table.name: position for position, table in enumerate(USER_TABLES)}
    tables = {table.name: table for table in USER_TABLES}
    found: list[Difference] = []
    for name, record in sorted(old.keys() | new.keys(), key=lambda k: (order[k[0]], k[1])):
        table = tables[name]
        was, now = old.get((name, record)), new.get((name, record))
        if table.vertical:
            found += _changed_cells(table, record, {record: "Value"}, was or {}, now or {})
        elif was is None or now is None:
            gone, come = (_shown_record(table, r) if r is not None else "" for r in (was, now))
            found.append(Difference(table, record, "", gone, come))
        else:
            columns = {column.heading: column.heading for column in table.typed_columns}
            found += _changed_cells(table, record, columns, was, now)
    return tuple(found)


def _changed_cells(
    table: Table,
    record: str,
    columns: Mapping[str, str],
    was: Mapping[str, object],
    now: Mapping[str, object],
) -> Iterator[Difference]:
    """Yield the cells that differ; `columns` names the field under which each is reported."""
    for heading, field in columns.items():
        before, after = _shown(was.get(heading)), _shown(now.get(heading))
        if before != after:
            yield Difference(table, record, field, before, after)


def summary_of(changed: tuple[Difference, ...]) -> str:
    """Return what changed in one sentence, such as `1 party added (IP-055) and 2 links changed …`."""
    parts = []
    by_table = groupby(changed, key=lambda difference: difference.table)
    for table, entries in by_table:
        records: dict[str, dict[str, None]] = {}
        for entry in entries:
            records.setdefault(entry.kind, {})[entry.record] = None
        for kind in ("added", "removed", "changed"):
            names = list(records.get(kind, ()))
            if names:
                shown = named(names, _NAMED_RECORDS)
                parts.append(f"{counted(len(names), table.record_word)} {kind} ({shown})")
    return f"{join_words(parts)}." if parts else ""


def is_major(changed: tuple[Difference, ...]) -> bool:
    """Whether parties or requirements were added, removed or decided anew."""
    return any(
        (entry.table.name in _WHOLE and not entry.field)
        or (entry.table.name, entry.field) in _DECISIONS
        for entry in changed
    )


# --- the next version -------------------------------------------------------------------------


def _next_number(versions: list[Version], *, major: bool) -> str:
    if not versions:
        return "1.0"
    highest = max(version.number for version in versions)
    if not highest:
        raise ContractError(
            f"The latest version is called {versions[-1].name}, which is no number to count on.",
            "Restore the Versions sheet from the last good copy of the workbook.",
        )
    first, second = (*highest, 0)[:2]
    return f"{first + 1}.0" if major else f"{first}.{second + 1}"


def _with_version(tables: Tables, rows: list[Row]) -> Register:
    grid = tables.grids.get(VERSIONS.name)
    first_row = grid.first_row if grid is not None else 2
    first_column = grid.first_column if grid is not None else 1
    history_grid = Grid(
        VERSIONS.name, VERSIONS.sheet, VERSIONS.headings, rows, first_row, first_column
    )
    return Register(replace(tables, grids={**tables.grids, VERSIONS.name: history_grid}))


def next_stamp(
    tables: Tables,
    *,
    on: date,
    author: str,
    summary: str,
    bump: str = "",
    approved_by: str = "",
    approved_on: date | None = None,
) -> Stamp | None:
    """Work out the next version of a register; None when nothing changed since the last one.

    Args:
        tables: The workbook's tables.
        on: Its date.
        author: The role that stamps it.
        summary: The author's own words, put in front of the computed summary.
        bump: `major` or `minor`; empty to let the changes decide.
        approved_by: The role that approved it, if any.
        approved_on: When.

    Raises:
        ContractError: A formula is not calculated, the date lies before the latest version's, or its
            number cannot be counted on.
    """
    register = Register(tables)
    if not register.is_calculated:
        raise ContractError(
            "Formulas of the register are not calculated yet, so its content cannot be recorded.",
            "Open it in Excel or LibreOffice, save it, and stamp it then.",
        )
    versions = history(register)
    digest = content_digest(register)
    latest = versions[-1] if versions else None
    if latest is not None and latest.text("Content digest").lower() == digest:
        return None
    if latest is not None and latest.on is not None and on < latest.on:
        raise ContractError(
            f"The latest version is of {latest.on.isoformat()}, after {on.isoformat()}.",
            "Stamp with the date of today.",
        )
    changed = _changed(register, latest)
    major = bump == "major" if bump else is_major(changed or ())
    number = _next_number(versions, major=major)
    words = " ".join(filter(None, (_sentence(summary), _computed(changed, latest))))
    rows = rows_now(register, VERSIONS)
    previous = latest.text("Chain digest").lower() if latest is not None else ""

    def row_with(open_major: int, open_minor: int) -> Row:
        row = version_row(
            previous,
            register,
            version=number,
            on=on,
            author=author,
            summary=words,
            open_major=open_major,
            open_minor=open_minor,
            approved_by=approved_by,
            approved_on=approved_on,
        )
        return tuple(cell_of(row[heading]) for heading in VERSIONS.headings)

    # The numbers of open gaps stand in the row, and the row closes gaps of its own (DOC001, DOC004):
    # so it is entered first and counted then. The numbers themselves bear on no rule.
    counts = check(_with_version(tables, [*rows, row_with(0, 0)]), on).open_by_severity
    rows.append(row_with(counts[Severity.MAJOR], counts[Severity.MINOR]))
    report = check(_with_version(tables, rows), on)
    log = rows_now(register, CHANGE_LOG) + [
        (number, d.table.sheet, d.record, d.field or None, d.before or None, d.after or None)
        for d in changed or ()
    ]
    changes = changes_of(report)
    return Stamp(
        version=number,
        summary=words,
        differences=changed,
        report=report,
        changes=Changes(
            {**changes.rows, VERSIONS.name: rows, CHANGE_LOG.name: log},
            kept=kept_part(register, number),
        ),
        digest=digest,
        is_approved=bool(approved_by and approved_on is not None),
    )


def changes_since(register: Register, version: Version) -> int | None:
    """Return how many changes there are since a version; None where its content was not kept."""
    changed = _changed(register, version)
    return None if changed is None else len(changed)


def _changed(register: Register, latest: Version | None) -> tuple[Difference, ...] | None:
    if latest is None:
        return ()
    before = kept_lines(register.kept, latest.text("Content digest").lower())
    return None if before is None else differences(before, canonical_form(register))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."


def _computed(changed: tuple[Difference, ...] | None, latest: Version | None) -> str:
    if latest is None:
        return "First version."
    if changed is None:
        return (
            f"What changed since version {latest.name} cannot be computed: its content is not kept."
        )
    return summary_of(changed)
