"""Read the grids of the contract's tables from a workbook.

Values come from python-calamine. What it does not tell is found out before it runs: how far a sheet
extends (it allocates the whole rectangle) and which cells hold an error (it reads them as blank).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import cast
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from isms_xl.books.workbook import Area, Sheet, TablePart, Workbook, column_number
from isms_xl.contract import find_table
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import ExcelError, Grid, Tables, is_blank

MOST_CELLS = 20_000_000
"""Cells in the rectangle a sheet spans; a register of 200 000 rows has a tenth of that."""

_PLAIN = rb'(?=[\s/>])(?! r="[A-Z]?\d{1,5}")'
_NOT_PLAIN = re.compile(b"<row%s|<c%s" % (_PLAIN, _PLAIN))
"""A row or cell whose address is not at once seen to lie within Z99999."""

_PREFIXED = re.compile(rb":(?:row|c)[\s/>]")
_ERROR_CELL = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_ADDRESS = re.compile(r"([A-Za-z]{1,4})(\d{1,9})")
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


class _Survey:
    """Where the cells of a sheet are, and which hold errors; takes the parser's events.

    Attributes:
        bottom: The last row.
        right: The last column.
        errors: The error cells by (row, column).
    """

    def __init__(self) -> None:
        self.bottom = self.right = 0
        self.errors: dict[tuple[int, int], ExcelError] = {}
        self._row = self._column = 0
        self._error: tuple[int, int] | None = None
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        address = attributes.get("r")
        if name == "row":
            self._row, self._column = int(address or self._row + 1), 0
        elif name == "c":
            row, self._column = self._row, self._column + 1
            if address:
                row, self._column = _place(address)
            self.bottom, self.right = max(self.bottom, row), max(self.right, self._column)
            self._error = (row, self._column) if attributes.get("t") == "e" else None
        elif name == "v" and self._error:
            self._text = []

    def end(self, tag: str) -> None:
        if self._error and self._text is not None and tag.rpartition(":")[2] == "v":
            self.errors[self._error] = ExcelError("".join(self._text).strip() or "#VALUE!")
            self._text = None

    def data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def _place(address: str) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(address)
    return int(found[2]), column_number(found[1].upper())


def _refuse_document_type(*declaration: object) -> None:
    raise ValueError(declaration)


def _error_cells(xml: bytes, sheet: str) -> dict[tuple[int, int], ExcelError]:
    """Return the error cells of a sheet by (row, column).

    Raises:
        UnreadableWorkbookError: Its farthest cells span more than a register can need, or it is
            damaged.
    """
    if not any(pattern.search(xml) for pattern in (_NOT_PLAIN, _PREFIXED, _ERROR_CELL)):
        return {}
    survey = _Survey()
    parser = expat.ParserCreate()
    parser.StartElementHandler = survey.start
    parser.EndElementHandler = survey.end
    parser.CharacterDataHandler = survey.data
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableWorkbookError(f"The sheet {sheet} is damaged.", _DAMAGED) from error
    if survey.bottom * survey.right > MOST_CELLS:
        raise UnreadableWorkbookError(
            f"The sheet {sheet} has cells as far as row {survey.bottom:,} and column "
            f"{survey.right:,}, with almost nothing in between.",
            "Delete the empty rows and columns beyond the register (press Ctrl+End to find them), "
            "and save it.",
        )
    return survey.errors


def _values(workbook: CalamineWorkbook, sheet: str) -> list[list[object]]:
    """Return all cells of a sheet, from A1 on."""
    try:
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableWorkbookError(f"The sheet {sheet} is damaged.", _DAMAGED) from error
    return cast("list[list[object]]", rows)


def _open(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableWorkbookError("The workbook is damaged.", _DAMAGED) from error


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
        number = area.bottom + 1
        while number < self._top + len(self._rows):
            covered = any(
                a.top <= number <= a.bottom and a.left <= area.right and area.left <= a.right
                for a in others
            )
            if covered or all(map(is_blank, self.row(number, area))):
                return
            yield number
            number += 1


def grid_of(name: str, sheet: Sheet, table: TablePart, cells: SheetCells) -> Grid:
    """Return the grid of a table.

    Args:
        name: The contract's name for it.
        sheet: The sheet, with all tables on it.
        table: The table.
        cells: The cells of the sheet, at least those of the table and of the row under it.
    """
    area = table.area
    first = area.top + table.header_rows
    last = area.bottom - table.totals_rows
    headings = list(table.headings)
    if table.header_rows:
        shown = cells.row(area.top, area)
        headings = [
            text if isinstance(text, str) and text.strip() else declared
            for text, declared in zip(
                shown, headings + [""] * (len(shown) - len(headings)), strict=False
            )
        ]
    others = [other.area for other in sheet.tables if other is not table]
    stray = tuple(cells.stray_rows(area, others))
    numbers = (*range(first, last + 1), *stray)
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
    grids: dict[str, Grid] = {}
    values = _open(workbook.package.data)
    for sheet in workbook.sheets:
        ours = [(find_table(table.name), table) for table in sheet.tables]
        if not any(contract for contract, _ in ours):
            continue
        xml = workbook.package.read(sheet.part)
        errors = _error_cells(xml, sheet.name)
        cells = SheetCells(_values(values, sheet.name), errors)
        for contract, table in ours:
            if contract is not None:
                grids[contract.name] = grid_of(contract.name, sheet, table, cells)
    return Tables(grids, workbook.sheet_names)


def read_values(workbook: Workbook) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield the name and the cells, from A1 on, of every worksheet.

    Raises:
        UnreadableWorkbookError: A sheet is damaged or cannot be read safely.
    """
    values = _open(workbook.package.data)
    for sheet in workbook.sheets:
        xml = workbook.package.read(sheet.part)
        errors = _error_cells(xml, sheet.name)
        cells = SheetCells(_values(values, sheet.name), errors)
        yield sheet.name, cells.rows
