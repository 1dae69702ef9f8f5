"""The file an import starts from, as cells; what it holds is not understood here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from xml.etree.ElementTree import Element

from isms_xl.books.grids import read_values
from isms_xl.books.package import Package
from isms_xl.books.workbook import (
    Area,
    Sheet,
    Workbook,
    area_of,
    attribute,
    children,
    local,
)
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.importing.delimited import read_delimited
from isms_xl.register import NotCalculated, column_letters, is_blank, shortened, text_of

_MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\b[^<>]*?\bref\s*=\s*[\"']([A-Z0-9:$]+)[\"']")
_NOT_CARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DELIMITED = (".csv", ".tsv", ".txt")


def carried(text: str) -> str:
    """Return a text as a workbook can carry it: signs no cell can hold are shown as signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_CARRIED.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else f"[U+{code:04X}]"


def cell_text(value: object) -> str:
    """Return a source cell's value as text that a workbook can carry, whole and unstripped."""
    if isinstance(value, str):
        return carried(value)
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    if isinstance(value, datetime | time | timedelta):
        return text_of(value)
    return carried(text_of(value))


@dataclass(frozen=True)
class SourceSheet:
    """One sheet of the source, or the whole of a delimited file.

    Attributes:
        name: Its name; empty for a delimited file.
        rows: Cells from A1 on, `None` or `''` where blank.
        hidden: Whether the workbook hides it.
        merged: Areas of merged cells.
        lines: For a delimited file, the line each row begins on.
        delimiter: For a delimited file, what stands between its fields.
        comments: Texts of notes and comments, by (row, column).
    """

    name: str
    rows: list[list[object]]
    hidden: bool = False
    merged: tuple[Area, ...] = ()
    lines: tuple[int, ...] = ()
    delimiter: str = ""
    comments: tuple[tuple[int, int, str], ...] = ()

    def value(self, row: int, column: int) -> object:
        """Return the value of a cell, counted from 1; None where it is blank."""
        if row > len(self.rows):
            return None
        cells = self.rows[row - 1]
        value = cells[column - 1] if column <= len(cells) else None
        return None if is_blank(value) else value

    def text(self, row: int, column: int) -> str:
        """Return the text of a cell, counted from 1, stripped."""
        return cell_text(self.value(row, column)).strip()

    def address(self, row: int, column: int) -> str:
        """Return where a person finds a cell: `B5`, or `line 7, field 2`."""
        if self.lines:
            return f"line {self.lines[row - 1]}, field {column}"
        return f"{column_letters(column)}{row}"

    def row_name(self, row: int) -> str:
        """Return what a person calls a row: `row 5`, or `line 7`."""
        return f"line {self.lines[row - 1]}" if self.lines else f"row {row}"

    def filled(self, row: int) -> list[int]:
        """Return the columns of a row that hold something."""
        return [n for n, value in enumerate(self.rows[row - 1], start=1) if not is_blank(value)]

    def cells(self) -> Iterator[tuple[int, int, object]]:
        """Yield row, column and value of every cell that holds something."""
        for number, row in enumerate(self.rows, start=1):
            for column, value in enumerate(row, start=1):
                if not is_blank(value):
                    yield number, column, value


@dataclass(frozen=True)
class Source:
    """A file to import.

    Attributes:
        name: Its name, without folders.
        digest: SHA-256 of its bytes.
        sheets: Its sheets, in their order.
        reading: How a delimited file was read, as a sentence; empty for a workbook.
    """

    name: str
    digest: str
    sheets: tuple[SourceSheet, ...]
    reading: str = ""


def read_source(data: bytes, name: str) -> Source:
    """Read the cells of a workbook or a delimited file.

    Args:
        data: The file's bytes.
        name: Its name; the ending says what it is, unless the bytes say otherwise.

    Raises:
        UnreadableWorkbookError: It can not be read, or not safely.
    """
    digest = hashlib.sha256(data).hexdigest()
    if name.lower().endswith(_DELIMITED) and not data.startswith(b"PK\x03\x04"):
        found = read_delimited(data)
        rows: list[list[object]] = [list(row) for row in found.rows]
        sheet = SourceSheet("", rows, lines=found.lines, delimiter=found.delimiter)
        return Source(name, digest, (sheet,), found.reading)
    workbook = Workbook(Package(data))
    hidden = {
        attribute(sheet, "name")
        for sheets in children(workbook.root, "sheets")
        for sheet in children(sheets, "sheet")
        if attribute(sheet, "state") in ("hidden", "veryHidden")
    }
    parts = {sheet.name: sheet for sheet in workbook.sheets}
    sheets = tuple(
        _sheet(workbook, parts[title], rows, hidden=title in hidden)
        for title, rows in read_values(workbook)
    )
    if not any(sheet.rows for sheet in sheets):
        raise UnreadableWorkbookError(
            f"{name} holds no cells with content.", "Check that this is the file you meant."
        )
    return Source(name, digest, sheets)


def _sheet(
    workbook: Workbook, part: Sheet, rows: list[list[object]], *, hidden: bool
) -> SourceSheet:
    xml = workbook.package.read(part.part)
    for cells in rows:
        for at, value in enumerate(cells):
            if isinstance(value, NotCalculated):
                cells[at] = f"={value.formula}"  # its text is all there is to keep
    merged = tuple(_area(part.name, ref.decode()) for ref in _MERGED.findall(xml))
    comments = tuple(
        found
        for target in dict.fromkeys(t for _, kind, t in part.relationships if kind == "comments")
        if workbook.package.find(target)
        for found in _comments(part.name, workbook.tree(target))
    )
    return SourceSheet(part.name, rows, hidden=hidden, merged=merged, comments=comments)


def _area(sheet: str, reference: str) -> Area:
    try:
        return area_of(reference)
    except ValueError as error:
        raise UnreadableWorkbookError(
            f"The sheet {sheet} is damaged: {shortened(reference, 30)} is no place in it.",
            "Open it in Excel, let Excel repair it, and save it.",
        ) from error


def _comments(sheet: str, root: Element) -> Iterator[tuple[int, int, str]]:
    for entry in root.iter():
        if local(entry.tag) == "comment":
            text = "".join(part.text or "" for part in entry.iter() if local(part.tag) == "t")
            if text.strip():
                place = _area(sheet, attribute(entry, "ref"))
                yield place.top, place.left, text
