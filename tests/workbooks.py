"""Register workbooks as somebody writes them who has read REGISTER.md and nothing else.

What REGISTER.md fixes is typed out here a second time, on purpose: nothing is taken from the
package's own declaration, so that the two can be held against each other. The workbooks are written
with openpyxl; what openpyxl cannot write is changed in the parts afterwards.
"""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import openpyxl
from openpyxl.cell.cell import ERROR_CODES, Cell
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

# --- what REGISTER.md fixes; mandatory headings end in * ------------------------------------------

FIELDS = (
    "Organisation* · Business unit* · Document title* · Document ID* · Classification* · "
    "Document owner* · ISMS scope reference* · Review period (months) · Next review due* · "
    "Climate change determined to be relevant* · Climate change rationale* · "
    "Context of organisation reference · Obligations as of"
)
USER_SHEETS = {
    "Parties": (
        "Interested Parties",
        "Party ID* · Name* · Party type* · Internal/External* · Relevant to ISMS* · "
        "Why relevant* · Representative · Identified through* · Power · Interest · Engagement · "
        "Confirmed on · Confirmed by · Owner* · Last reviewed · Notes",
    ),
    "Requirements": (
        "Requirements",
        "Requirement ID* · Party ID* · Requirement* · Requirement type* · Identified through* · "
        "Source reference · Obligation ID · Addressed by ISMS · Justification · Likelihood · "
        "Impact · Risk reference · Priority · Confirmed on · Confirmed by · Owner* · "
        "Last reviewed · Notes",
    ),
    "IsmsLinks": (
        "ISMS Links",
        "Link ID* · Requirement ID* · Link type* · Reference* · Status* · Evidence · "
        "Evidence date · Owner · Notes",
    ),
    "Obligations": (
        "Obligations",
        "Obligation ID* · Title* · Citation* · Jurisdiction · Applies* · Applies from · "
        "Rationale · Notes",
    ),
    "Pestle": (
        "PESTLE",
        "Entry ID* · Factor* · Issue* · Party ID · Effect · Assessed on · Notes",
    ),
    "EvidenceLog": (
        "Evidence Log",
        "Evidence ID* · Step* · Activity* · Date* · Participants* · Functions · Outcome* · "
        "Record* · Notes",
    ),
    "Reviews": (
        "Reviews",
        "Review ID* · Date* · Kind* · Trigger event ID · Reviewer* · Outcome* · Next review due",
    ),
    "TriggerEvents": (
        "Trigger Events",
        "Event ID* · Date* · Kind* · Description* · Review ID",
    ),
    "AcceptedGaps": (
        "Accepted Gaps",
        "Acceptance ID* · Rule* · Record* · Reason* · Approved by* · Approved on* · Expires on*",
    ),
}
TOOL_SHEETS = {
    "Gaps": (
        "Gaps",
        "No. · Severity · Rule · Sheet · Record · Field · Cell · Finding · Remedy · Clause · "
        "Accepted · First seen",
    ),
    "Versions": (
        "Versions",
        "Version · Date · Author · Change summary · Approved by · Approved on · Parties · "
        "Requirements · Links · Open major · Open minor · Content digest · Chain digest",
    ),
}
DERIVED = frozenset({"Engagement", "Priority"})


def words(text: str) -> tuple[str, ...]:
    """Split a list as REGISTER.md writes it, without the marks."""
    return tuple(word.strip().removesuffix("*") for word in text.split("·"))


def mandatory(text: str) -> tuple[str, ...]:
    """Return the marked words of a list as REGISTER.md writes it."""
    return tuple(w.strip().removesuffix("*") for w in text.split("·") if w.strip().endswith("*"))


# --- writing -------------------------------------------------------------------------------------

Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""Rows by table name; `DocumentControl` holds one row, with its fields as headings."""


@dataclass(frozen=True)
class Layout:
    """How a workbook departs from the plainest one that keeps the contract.

    Attributes:
        shuffle: Seed by which columns, and the fields of Document Control, change places.
        extra_columns: Columns of the user's own in each table.
        extra_sheets: Sheets of the user's own, some of them in front.
        date1904: Count dates from 1904.
        totals: Give each table a totals row.
        corner: Row and column of each table's first heading.
        spell: Writes a heading another way.
        under: Rows typed directly under a table, by table.
        sheets: Another sheet name, by table.
        without: Tables, or columns as `Table/Heading`, or fields as `DocumentControl/Field`, to
            leave out.
        blank_rows: Wholly empty rows after each record of a table.
    """

    shuffle: int | None = None
    extra_columns: int = 0
    extra_sheets: tuple[str, ...] = ()
    date1904: bool = False
    totals: bool = False
    corner: tuple[int, int] = (1, 1)
    spell: Callable[[str], str] = str
    under: Rows = field(default_factory=lambda: MappingProxyType({}))
    sheets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    without: frozenset[str] = frozenset()
    blank_rows: int = 0


PLAIN = Layout()
ODD = Layout(
    shuffle=7,
    extra_columns=2,
    extra_sheets=("Cover", "My sums", "Ramblings & such"),
    date1904=True,
    totals=True,
    corner=(6, 3),
    spell=lambda heading: f"  {heading.upper().replace(' ', chr(10), 1)} ",
    blank_rows=1,
)


def write_register(path: Path, rows: Rows, layout: Layout = PLAIN) -> Path:
    """Write a register workbook; return its path."""
    book = openpyxl.Workbook()
    if layout.date1904:
        book.epoch = CALENDAR_MAC_1904
    book.remove(book.worksheets[0])
    for name in layout.extra_sheets[:1]:
        _own_sheet(book.create_sheet(name))
    for table, (sheet, headings) in {
        "DocumentControl": ("Document Control", "Field · Value"),
        **USER_SHEETS,
        **{name: entry for name, entry in TOOL_SHEETS.items() if name in rows},
    }.items():
        if table in layout.without:
            continue
        _Writer(book.create_sheet(layout.sheets.get(table, sheet)), table, layout).write(
            rows.get(table, ()), words(headings)
        )
    for name in layout.extra_sheets[1:]:
        _own_sheet(book.create_sheet(name))
    book.save(path)
    return path


def _own_sheet(sheet: Worksheet) -> None:
    sheet["B2"] = "Something of ours"
    sheet["B3"] = 17
    sheet["B4"] = "=B3*2"


class _Writer:
    """Writes one table on its sheet."""

    def __init__(self, sheet: Worksheet, table: str, layout: Layout) -> None:
        self._sheet = sheet
        self._table = table
        self._layout = layout
        self._top, self._left = layout.corner

    def write(self, rows: Sequence[Mapping[str, object]], headings: tuple[str, ...]) -> None:
        layout = self._layout
        if self._table == "DocumentControl":
            rows = self._fields(rows[0] if rows else {})
        headings = tuple(h for h in headings if f"{self._table}/{h}" not in layout.without)
        shown = [*headings, *(f"Ours {number + 1}" for number in range(layout.extra_columns))]
        if layout.shuffle is not None:
            random.Random(f"{layout.shuffle}{self._table}").shuffle(shown)
        spelt = [layout.spell(h) if h in headings else h for h in shown]
        for column, heading in enumerate(spelt):
            self._cell(self._top, column).value = heading
        at = self._top + 1
        for row in rows:
            self._row(at, shown, row)
            at += 1 + layout.blank_rows
        last = max(at - 1, self._top + 1)
        if layout.totals:
            last += 1
            self._cell(last, 0).value = "Total"
            self._cell(last, 1).value = len(rows)
        for number, row in enumerate(layout.under.get(self._table, ()), start=last + 1):
            self._row(number, shown, row)
        self._declare(last, spelt)

    def _fields(self, control: Mapping[str, object]) -> list[Mapping[str, object]]:
        fields = [f for f in words(FIELDS) if f"{self._table}/{f}" not in self._layout.without]
        fields += [f for f in control if f not in fields and f not in words(FIELDS)]
        if self._layout.shuffle is not None:
            random.Random(self._layout.shuffle).shuffle(fields)
        return [{"Field": self._layout.spell(f), "Value": control.get(f)} for f in fields]

    def _cell(self, row: int, column: int) -> Cell:
        cell = self._sheet.cell(row, self._left + column)
        assert isinstance(cell, Cell)
        return cell

    def _row(self, number: int, headings: Sequence[str], row: Mapping[str, object]) -> None:
        assert set(row) <= set(headings) | DERIVED, f"{self._table} has no such heading"
        for column, heading in enumerate(headings):
            value = row.get(heading)
            if value is None and heading.startswith("Ours ") and number % 2:
                value = f"ours, row {number}"
            put(self._cell(number, column), value)

    def _declare(self, last: int, headings: list[str]) -> None:
        first = get_column_letter(self._left)
        right = get_column_letter(self._left + len(headings) - 1)
        reference = f"{first}{self._top}:{right}{last}"
        table = Table(displayName=self._table, ref=reference)
        if self._layout.totals:
            table.totalsRowCount = 1
            table.totalsRowShown = True
        self._sheet.add_table(table)


def put(cell: Cell, value: object) -> None:
    """Write a value as what it is; text is text whatever it begins with."""
    text = str(value) if not isinstance(value, str | int | float | date | None) else None
    if text is not None:
        assert text in ERROR_CODES, f"{value!r} is nothing openpyxl writes"
        cell.value = text
        return
    cell.value = value  # type: ignore[assignment]
    if isinstance(value, str) and value not in ERROR_CODES:
        cell.data_type = "s"
    if isinstance(value, date) and not isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd"


# --- the parts of a file, read and changed without the package ------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Entry:
    """One entry of a zip archive as it is stored."""

    raw: bytes
    crc: int
    size: int
    method: int


def entries(data: bytes) -> dict[str, Entry]:
    """Return the entries of a zip archive with their compressed bytes, in its order."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            at = info.header_offset
            name, extra = struct.unpack("<HH", data[at + 26 : at + 30])
            assert data[at : at + 4] == b"PK\x03\x04"
            start = at + 30 + name + extra
            raw = data[start : start + info.compress_size]
            found[info.filename] = Entry(raw, info.CRC, info.file_size, info.compress_type)
    return found


def parts(data: bytes) -> dict[str, bytes]:
    """Return the parts of a package with their content."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items() if isinstance(content, Mapping) else content:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def change(path: Path, changes: Mapping[str, Callable[[str], str] | str | bytes | None]) -> Path:
    """Change, add or (None) remove parts of a workbook; return its path."""
    content = parts(path.read_bytes())
    for name, new in changes.items():
        if new is None:
            del content[name]
        elif callable(new):
            before = content[name].decode()
            after = new(before)
            assert after != before, f"{name} was not changed"
            content[name] = after.encode()
        else:
            content[name] = new if isinstance(new, bytes) else new.encode()
    path.write_bytes(packed(content))
    return path


def replaced(old: str, new: str) -> Callable[[str], str]:
    """Return a change of one text to another, once."""

    def changed(xml: str) -> str:
        assert old in xml, f"no {old}"
        return xml.replace(old, new, 1)

    return changed


def local(tag: str) -> str:
    """Return a tag's name without its namespace."""
    return tag.rpartition("}")[2]


def elements(xml: bytes, name: str) -> list[Element]:
    """Return all elements of that local name."""
    return [element for element in fromstring(xml).iter() if local(element.tag) == name]


def targets(content: Mapping[str, bytes], part: str) -> dict[str, str]:
    """Return the parts that a part refers to, by relationship id."""
    folder, _, name = part.rpartition("/")
    rels = content.get(f"{folder}/_rels/{name}.rels".lstrip("/"))
    found: dict[str, str] = {}
    for entry in elements(rels, "Relationship") if rels else ():
        target = entry.get("Target", "")
        if entry.get("TargetMode") == "External":
            continue
        steps = [] if target.startswith("/") else folder.split("/")
        for step in target.strip("/").split("/"):
            if step == "..":
                steps.pop()
            else:
                steps.append(step)
        found[entry.get("Id", "")] = "/".join(step for step in steps if step)
    return found


def sheet_parts(content: Mapping[str, bytes]) -> dict[str, str]:
    """Return the part of each sheet by its name."""
    rids = targets(content, "xl/workbook.xml")
    return {
        sheet.get("name", ""): rids[next(v for k, v in sheet.attrib.items() if k.endswith("}id"))]
        for sheet in elements(content["xl/workbook.xml"], "sheet")
    }


def parts_of_sheets(content: Mapping[str, bytes], sheets: Iterable[str]) -> set[str]:
    """Return the parts of sheets, of their tables, and their relationships."""
    found: set[str] = set()
    places = sheet_parts(content)
    for sheet in sheets:
        if sheet not in places:
            continue
        part = places[sheet]
        folder, _, name = part.rpartition("/")
        found |= {part, f"{folder}/_rels/{name}.rels"}
        found |= {t for t in targets(content, part).values() if t.startswith("xl/tables/")}
    return found


def prefixed(xml: str, prefix: str = "x") -> str:
    """Return XML of the spreadsheet namespace with a prefix on every element."""
    head, _, rest = xml.rpartition("?>")
    rest = re.sub(r"<(/?)([A-Za-z]\w*)(?=[\s/>])", rf"<\1{prefix}:\2", rest)
    return f"{head}?>{rest}".removeprefix("?>").replace(
        f'xmlns="{MAIN}"', f'xmlns:{prefix}="{MAIN}"'
    )


def strict(content: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a package as a strict one: other namespaces, otherwise the same."""
    swaps = (
        (MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
        (RELATION, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    )
    found = dict(content)
    for name in content:
        for old, new in swaps:
            found[name] = found[name].replace(old.encode(), new.encode())
    return found


def sheet_xml(rows: str, table: str = "rId1") -> str:
    """Return the XML of a worksheet that holds these rows and one table."""
    return (
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}"><sheetData>{rows}</sheetData>'
        f'<tableParts count="1"><tablePart r:id="{table}"/></tableParts></worksheet>'
    )


def values_of(sheet: Any, row: int) -> list[object]:
    """Return the values of a row as openpyxl reads them."""
    return [cell.value for cell in sheet[row]]
