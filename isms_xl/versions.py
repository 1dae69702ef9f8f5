"""The version history: canonical form of the content, and the digests that guard it.

The canonical form is over values as the contract types them, so that nothing Excel changes by
itself on saving (number formats, shared strings, row heights, sort order) counts as a change.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice, repeat

from isms_xl.contract import VERSIONS, heading_key
from isms_xl.register import (
    Cells,
    RecordTable,
    Register,
    ToolRow,
    is_blank,
    reader_of,
    text_of,
)

_OUTSIDE_CHAIN = frozenset({"Approved by", "Approved on", "Chain digest"})
_CHAINED = tuple(c for c in VERSIONS.columns if c.heading not in _OUTSIDE_CHAIN)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NEVER_ENCODED = "\0"
"""JSON writes control characters in another way, so this can stand between two texts."""

_MANY_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(_NEVER_ENCODED, ":"))
_NUMBER = re.compile(r"\d+(?:\.\d+)*")

Row = Mapping[str, object]


def canonical_value(typed: object, raw: object) -> object:
    """Return a cell's value as it is digested: typed where possible, else its text, or None.

    Args:
        typed: The value as the contract types it; None where blank or unusable.
        raw: What stands in the cell.
    """
    if typed is None:
        if is_blank(raw):
            return None
        typed = text_of(raw)
    if isinstance(typed, str):
        if typed.isascii() and "\r" not in typed:
            return typed
        return unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(typed, tuple):
        return list(typed)
    return typed.isoformat() if isinstance(typed, date) else typed


def canonical_form(register: Register) -> Iterator[str]:
    """Yield the lines of the register's canonical form: one JSON list a record, `[table, {…}]`.

    Records stand in ID order, blanks are left out. A formula in a typed cell stands beside its value.
    The user's own columns, derived columns and the order of rows are not content.
    """
    for table in register.tables:
        if table.present:
            yield from (line for _, line in sorted(zip(table.ids, _lines(table), strict=True)))


def _lines(table: RecordTable) -> Iterator[str]:
    """Yield the line of each record: its cells are encoded column by column, then joined."""
    contract = table.contract
    columns = sorted(
        (c for c in contract.typed_columns if table.has(c.heading)), key=lambda c: c.heading
    )
    cells = [_entries(table, column.heading) for column in columns]
    name = _ENCODER.encode(contract.name)
    for record in zip(*cells, strict=True) if cells else repeat((), len(table)):
        yield f"[{name},{{{''.join(record)[:-1]}}}]"


def _entries(table: RecordTable, heading: str) -> Cells[str]:
    """Return each cell of a column as the entry `"heading":value,`; blanks are left out."""
    raw = table.raw[heading]
    values = list(map(canonical_value, table.values[heading].distinct, raw.distinct))
    name = _ENCODER.encode(heading)
    entries = raw.told([f"{name}:{text}," if text != "null" else "" for text in _encoded(values)])
    return _with_formulas(table, heading, entries) if table.formulas else entries


def _with_formulas(table: RecordTable, heading: str, entries: Cells[str]) -> Cells[str]:
    """Return the entries with the formula of each calculated cell beside its value.

    Whoever approves a text approves no formula that shows another one tomorrow.
    """
    key = heading_key(heading)
    name = _ENCODER.encode(heading)
    rows = [table.field_rows.get(key, 0)] if table.contract.vertical else table.row_numbers
    told = list(entries)
    for at, row in enumerate(rows):
        formula = table.formulas.get((row, key))
        if formula is not None:
            value = told[at].removeprefix(f"{name}:").removesuffix(",") or "null"
            told[at] = f'{name}:{{"formula":{_ENCODER.encode(formula)},"value":{value}}},'
    return Cells(told)


def _encoded(values: Sequence[object]) -> Iterable[str]:
    """Return each value as JSON; all texts are encoded in one call, as a call costs more than a text."""
    if list not in set(map(type, values)):
        return _MANY_ENCODER.encode(values)[1:-1].split(_NEVER_ENCODED)
    lists = [value if isinstance(value, list) else [value] for value in values]
    parts = iter(_encoded(list(chain.from_iterable(lists))))
    texts = [",".join(islice(parts, len(value))) for value in lists]
    return [
        f"[{text}]" if isinstance(value, list) else text
        for value, text in zip(values, texts, strict=True)
    ]


def content_digest(register: Register) -> str:
    """Return the SHA-256 of the canonical form, as 64 hexadecimal digits."""
    text = "\n".join([*canonical_form(register), ""])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chain_digest(previous: str, row: Row) -> str:
    """Return the SHA-256 over the previous row's chain digest and this row's other fields.

    Args:
        previous: Chain digest of the row before; empty for the first.
        row: {heading: cell} of a row of Versions; approval is outside the chain.
    """
    cells = [(column, row.get(column.heading)) for column in _CHAINED]
    fields = [canonical_value(reader_of(column)(cell), cell) for column, cell in cells]
    text = _ENCODER.encode([previous, *fields])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """One row of the version history.

    Attributes:
        name: The version as written, such as `1.2`.
        number: Its numbers for comparing; empty where it is no version number.
        on: Its date, or None.
        row: The row.
    """

    name: str
    number: tuple[int, ...]
    on: date | None
    row: ToolRow

    def text(self, heading: str) -> str:
        """Return a cell as text."""
        return text_of(self.row.cells.get(heading))

    @property
    def approved_on(self) -> date | None:
        """When it was approved; None where that is blank or no date."""
        on = reader_of(VERSIONS.column("Approved on"))(self.row.cells.get("Approved on"))
        return on if isinstance(on, date) else None


def history(register: Register) -> list[Version]:
    """Return the recorded versions, top to bottom."""
    found = []
    read_date = reader_of(VERSIONS.column("Date"))
    for row in register.tool_rows(VERSIONS.name):
        name = text_of(row.cells.get("Version"))
        number = tuple(map(int, name.split("."))) if _NUMBER.fullmatch(name) else ()
        on = read_date(row.cells.get("Date"))
        found.append(Version(name, number, on if isinstance(on, date) else None, row))
    return found


def first_broken(versions: list[Version]) -> Version | None:
    """Return the first version whose chain digest does not follow from what stands before it."""
    previous = ""
    for version in versions:
        if chain_digest(previous, version.row.cells) != version.text("Chain digest").lower():
            return version
        previous = version.text("Chain digest").lower()
    return None


def version_row(
    previous: str,
    register: Register,
    *,
    version: str,
    on: date,
    author: str,
    summary: str,
    open_major: int,
    open_minor: int,
    approved_by: str = "",
    approved_on: date | None = None,
) -> dict[str, object]:
    """Return the row that records the register's present content as a version.

    Args:
        previous: Chain digest of the last row; empty for the first.
        register: The register as it stands.
        version: Its version number.
        on: Its date.
        author: The role that stamps it.
        summary: What changed.
        open_major: Open major findings.
        open_minor: Open minor findings.
        approved_by: The role that approved it, if any.
        approved_on: When.
    """
    row: dict[str, object] = {
        "Version": version,
        "Date": on,
        "Author": author,
        "Change summary": summary,
        "Approved by": approved_by or None,
        "Approved on": approved_on,
        "Parties": len(register.parties),
        "Requirements": len(register.requirements),
        "Links": len(register.links),
        "Open major": open_major,
        "Open minor": open_minor,
        "Content digest": content_digest(register),
    }
    return row | {"Chain digest": chain_digest(previous, row)}
