"""Read the grids of the contract's tables from a workbook.

Values come from python-calamine. What it does not tell is found out before it runs: how far a sheet
extends (it allocates the whole rectangle) and which cells hold an error (it reads them as blank).
Everything that is read grows with the cells that are there, never with what a table claims to span.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.parsers import expat

from isms_xl.books.markup import in_one_namespace, readable
from isms_xl.books.reader import (
    LARGEST_SHEETS,
    MOST_CELLS,
    MOST_FILLED,
    Looked,
    Reader,
    too_much,
)
from isms_xl.books.workbook import Area, Sheet, TablePart, Workbook, column_number
from isms_xl.contract import find_table
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import ExcelError, Grid, Tables, is_blank

_ROW = rb' r="\d{1,6}+"(?: (?!r=)[\w:]++="[^"<>]*+")*+/?+>'
_CELL = rb' r="A?[A-Z][12]?\d{1,5}+"(?: s="\d++")?+(?: t="(?:s|str|n|b|inlineStr)")?+/?+>'
_OTHER = re.compile(rb"<(?:c(?!%s|[^\s/>])|row(?!%s|[^\s/>]))" % (_CELL, _ROW))
"""A row or cell that is not at once seen to have one address within A1:AZ299999 and no error."""

_FAR = re.compile(rb'<c r="(?:A[A-Z]\d{5}|A?[A-Z]\d{6})"')
"""A cell so far out that a sheet must hold many cells for it to be usual."""

_ANY_CELL = re.compile(rb"<(?:[^\s/>:]*:)?c[\s/>]")
_FARTHEST = 52 * 299_999
_TAGS_OF_AN_ELEMENT = 2
_ERROR_CELL = re.compile(
    rb'<c r="(?P<address>A?[A-Z][12]?\d{1,5})"(?: s="\d+")? t="e"(?: [cv]m="\d+")*>'
    rb"(?:<f(?:\s[^<>]*)?>[^<]*</f>|<f(?:\s[^<>]*)?/>)?<v>(?P<code>[^<&]*)</v></c>"
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_USUAL_CELLS = 100
"""Cells of the rectangle to each that is there, beyond which a sheet is an odd one."""
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


_SHEET_DATA = 2
_DEPTHS = {"sheetData": _SHEET_DATA, "row": 3, "c": 4, "v": 5}
"""How deep in a sheet its elements stand."""


class _Survey:
    """Where the cells of a sheet are, and which hold errors; takes the parser's events.

    Excel passes over elements of a namespace it does not know, and takes one of two alternatives; the
    reading library takes them all for cells. So there may be none among the cells.

    Args:
        room: How many cells there may be.

    Attributes:
        bottom: The last row.
        right: The last column.
        cells: Number of cells.
        shared: Number of those that show a text of the string table.
        in_order: Whether all have an address, and no row stands above an earlier one.
        errors: The error cells by (row, column).
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._depth = 0
        self._home = ""
        self._inside = self._seen = False
        self.bottom = self.right = self.cells = self.shared = 0
        self.in_order = True
        self.errors: dict[tuple[int, int], ExcelError] = {}
        self._row = self._column = 0
        self._error: tuple[int, int] | None = None
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        namespace, _, name = tag.rpartition(" ")
        if self._depth == 1:
            self._home = namespace
        if self._depth <= _SHEET_DATA or not self._inside:
            self._enter(namespace, name)
            return
        if namespace != self._home or self._depth != _DEPTHS.get(name, self._depth):
            raise ValueError(tag)
        address = attributes.get("r")
        if name == "row":
            self._row, self._column = int(address or self._row + 1), 0
        elif name == "c":
            row, self._column = self._row, self._column + 1
            if address:
                row, self._column = _place(address)
            self.in_order = self.in_order and bool(address) and row >= self.bottom
            self.bottom, self.right = max(self.bottom, row), max(self.right, self._column)
            self._error = (row, self._column) if attributes.get("t") == "e" else None
            self.shared += attributes.get("t") == "s"
            self.cells += 1
            if self.cells > self._room:
                raise too_much("more cells")
        elif name == "v" and self._error:
            self._text = []

    def _enter(self, namespace: str, name: str) -> None:
        """Note whether what begins outside the cells is where they stand: once, in its place."""
        if name != "sheetData":
            return
        if self._seen or self._depth != _SHEET_DATA or namespace != self._home:
            raise ValueError(name)
        self._seen = self._inside = True

    def end(self, tag: str) -> None:
        if self._depth == _SHEET_DATA:
            self._inside = False
        self._depth -= 1
        if self._error and self._text is not None and tag.rpartition(" ")[2] == "v":
            self.errors[self._error] = _error_of("".join(self._text))
            self._text = None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    @property
    def is_odd(self) -> bool:
        """Whether the cells stand as no spreadsheet program places them."""
        return not self.in_order or self.bottom * self.right > _USUAL_CELLS * self.cells + 10_000


def _place(address: str) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(address)
    return int(found[2]), column_number(found[1].upper())


def _refuse_document_type(*declaration: object) -> None:
    raise ValueError(declaration)


class _Cells(NamedTuple):
    """What is known of a sheet's cells before they are read.

    Attributes:
        number: How many there are.
        shared: How many of them show a text of the string table.
        odd: Whether they stand as no spreadsheet program places them.
        errors: Those that hold an error, by (row, column).
    """

    number: int
    shared: int
    odd: bool
    errors: dict[tuple[int, int], ExcelError]


def _look(
    workbook: Workbook, sheet: Sheet, room: int
) -> tuple[Looked, dict[tuple[int, int], ExcelError]]:
    """Return what has to be known of a sheet before it is read, and its error cells.

    Args:
        workbook: The workbook.
        sheet: The sheet.
        room: How many cells it may have.

    Raises:
        UnreadableWorkbookError: Its farthest cells span more than a register can need, or it is
            damaged.
    """
    kept = workbook.package.read(sheet.part)
    xml = readable(kept, sheet.part)
    content = None if xml is kept else xml
    cells = _cells(xml, sheet.name, room)
    replaced = 0 if content is None else kept.count(b"<!") + kept.count(b"<?")
    looked = Looked(sheet, content, len(xml), cells.number, cells.shared, replaced, odd=cells.odd)
    return looked, cells.errors


def _cells(xml: bytes, sheet: str, room: int = MOST_FILLED) -> _Cells:
    errors = _errors_of_ordinary(xml)
    if errors is not None:
        return _Cells(xml.count(b"<c "), xml.count(b' t="s"'), False, errors)
    if sum(1 for _ in _ANY_CELL.finditer(xml)) > room:
        raise too_much("more cells")
    survey = _surveyed(xml, sheet, room)
    if survey.bottom * survey.right > MOST_CELLS:
        raise UnreadableWorkbookError(
            f"The sheet {sheet} has cells as far as row {survey.bottom:,} and column "
            f"{survey.right:,}, with almost nothing in between.",
            "Delete the empty rows and columns beyond the register (press Ctrl+End to find them), "
            "and save it.",
        )
    return _Cells(survey.cells, survey.shared, survey.is_odd, survey.errors)


def _errors_of_ordinary(xml: bytes) -> dict[tuple[int, int], ExcelError] | None:
    """Return the error cells of a sheet written as usual; None where only a parser can tell.

    A parser takes ten times as long.
    """
    start, end = xml.find(b"<sheetData"), xml.find(b"</sheetData>")
    if not 0 < start < end or xml.count(b"sheetData") != _TAGS_OF_AN_ELEMENT:
        return None
    if not in_one_namespace(xml, start, end):
        return None
    errors = {}
    for other in _OTHER.finditer(xml):
        error = _ERROR_CELL.match(xml, other.start(), end)
        if error is None or other.start() < start:
            return None
        errors[_place(error["address"].decode())] = _error_of(error["code"].decode())
    if _USUAL_CELLS * xml.count(b"<c ") < _FARTHEST and _FAR.search(xml):
        return None
    return errors


def _error_of(text: str) -> ExcelError:
    return ExcelError(text.strip() or "#VALUE!")


def _surveyed(xml: bytes, sheet: str, room: int = MOST_FILLED) -> _Survey:
    """Return where the cells of a sheet are, of which there may be so many.

    Raises:
        UnreadableWorkbookError: It is damaged.
    """
    survey = _Survey(room)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = survey.start
    parser.EndElementHandler = survey.end
    parser.CharacterDataHandler = survey.data
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableWorkbookError(f"The sheet {sheet} is damaged.", _DAMAGED) from error
    return survey


class SheetCells:
    """The cells of one sheet, or of a part of it, with its errors put back in their places.

    Args:
        rows: The cells, row by row.
        errors: The error cells by (row, column).
        top: Row number of the first of the rows.
        left: Column number of their first cells.
    """

    def __init__(
        self,
        rows: list[list[object]],
        errors: dict[tuple[int, int], ExcelError],
        top: int = 1,
        left: int = 1,
    ) -> None:
        self._rows = rows
        self._top = top
        self._left = left
        for (row, column), error in errors.items():
            self._place(row, column, error)

    def _place(self, row: int, column: int, value: object) -> None:
        at, place = row - self._top, column - self._left
        while len(self._rows) <= at:
            self._rows.append([])
        cells = self._rows[at]
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = value

    @property
    def bottom(self) -> int:
        """Row number of the last of the rows."""
        return self._top + len(self._rows) - 1

    @property
    def rows(self) -> list[list[object]]:
        """All cells, row by row."""
        return self._rows

    def row(self, number: int, area: Area) -> list[object]:
        """Return the cells of a row within an area's columns."""
        at = number - self._top
        if at >= len(self._rows):
            return [""] * (area.right - area.left + 1)
        cells = self._rows[at][area.left - self._left : area.right - self._left + 1]
        missing = area.right - area.left + 1 - len(cells)
        return cells + [""] * missing if missing else cells

    def stray_rows(self, area: Area, others: Sequence[Area]) -> Iterator[int]:
        """Yield the rows that stand directly under an area, up to the first blank one."""
        first, below = area.bottom + 1, self.bottom + 1
        end = min(
            (
                max(a.top, first)
                for a in others
                if a.bottom >= first and a.left <= area.right and area.left <= a.right
            ),
            default=below,
        )
        for number in range(first, min(end, below)):
            if all(map(is_blank, self.row(number, area))):
                return
            yield number


def grid_of(
    name: str, sheet: Sheet, table: TablePart, cells: SheetCells, room: int = MOST_CELLS
) -> Grid:
    """Return the grid of a table, provided that it has at most so many cells.

    Rows below the last cell of the sheet are blank, however far down the table claims to reach.

    Args:
        name: The contract's name for it.
        sheet: The sheet, with all tables on it.
        table: The table.
        cells: The cells of the sheet, at least those of the table and of the row under it.
        room: How many cells it may have.
    """
    area = table.area
    width = area.right - area.left + 1
    first = area.top + table.header_rows
    last = min(area.bottom - table.totals_rows, max(cells.bottom, first - 1))
    headings = [*table.headings, *[""] * (width - len(table.headings))][:width]
    if table.header_rows:
        headings = [
            text if isinstance(text, str) and text.strip() else declared
            for text, declared in zip(cells.row(area.top, area), headings, strict=True)
        ]
    others = [other.area for other in sheet.tables if other is not table]
    stray = tuple(cells.stray_rows(area, others))
    numbers = (*range(first, last + 1), *stray)
    if len(numbers) * width > room:
        raise UnreadableWorkbookError(
            f"The table {name} spans {len(numbers):,} rows and {width:,} columns, far more than a "
            "register can need.",
            "Resize the table to the rows and columns that are filled, and save the workbook.",
        )
    return Grid(
        table=name,
        sheet=sheet.name,
        headings=tuple(headings),
        rows=[cells.row(number, area) for number in numbers],
        first_row=first,
        first_column=area.left,
        stray_rows=stray,
        row_numbers=numbers,
    )


def read_tables(workbook: Workbook) -> Tables:
    """Return the grids of all tables of the contract that a workbook holds.

    Raises:
        UnreadableWorkbookError: A sheet is damaged or cannot be read safely.
    """
    ours: dict[str, tuple[Sheet, TablePart]] = {}
    for sheet in workbook.sheets:
        for table in sheet.tables:
            contract = find_table(table.name)
            if contract is None:
                continue
            if contract.name in ours:
                raise UnreadableWorkbookError(
                    f"The workbook holds the table {contract.name} twice, so it is unclear which "
                    "one counts.",
                    _DAMAGED,
                )
            ours[contract.name] = (sheet, table)
    grids: dict[str, Grid] = {}
    room = MOST_CELLS
    sheets = list(dict.fromkeys(sheet for sheet, _ in ours.values()))
    for sheet, cells in _cells_of(workbook, sheets):
        for name, (place, table) in ours.items():
            if place is sheet:
                grids[name] = grid_of(name, sheet, table, cells, room)
                room -= len(grids[name].row_numbers) * len(grids[name].headings)
    return Tables(grids, workbook.sheet_names)


def _cells_of(workbook: Workbook, sheets: Sequence[Sheet]) -> Iterator[tuple[Sheet, SheetCells]]:
    """Yield sheets with their cells; all are looked at before the first is read."""
    if sum(workbook.package.size_of(sheet.part) for sheet in sheets) > LARGEST_SHEETS:
        raise too_much("more cells")
    room = MOST_FILLED
    looked = []
    for sheet in sheets:
        looked.append(_look(workbook, sheet, room))
        room -= looked[-1][0].cells + looked[-1][0].replaced
        if room < 0:
            raise too_much("more cells")
    reader = Reader(workbook, [entry for entry, _ in looked])
    for entry, errors in looked:
        yield entry.sheet, SheetCells(reader.rows(entry.sheet), errors)


def read_values(workbook: Workbook) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield the name and the cells, from A1 on, of every worksheet.

    Raises:
        UnreadableWorkbookError: A sheet is damaged or cannot be read safely.
    """
    for sheet, cells in _cells_of(workbook, workbook.sheets):
        yield sheet.name, cells.rows
