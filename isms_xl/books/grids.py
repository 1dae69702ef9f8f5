"""Read the grids of the contract's tables from a workbook.

Values come from python-calamine. What it does not tell is found out before it runs: how far a sheet
extends (it allocates the whole rectangle) and which cells hold an error (it reads them as blank).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import cast
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from python_calamine import CalamineError, CalamineWorkbook

from isms_xl.books.workbook import Area, Sheet, TablePart, Workbook, column_number, local
from isms_xl.contract import find_table
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import ExcelError, Grid, Tables, is_blank

MOST_CELLS = 20_000_000
"""Cells in the rectangle a sheet spans; a register of 200 000 rows has a tenth of that."""

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d+)\"")
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=\"([A-Z]+)(\d+)\"")
_FAR_COLUMN = re.compile(rb"\br=\"[A-Z]{3}\d")
_SECOND_BLOCK = re.compile(rb"\br=\"[A-Z]{2}\d")
_ERROR_CELL = re.compile(rb"\bt\s*=\s*[\"']e[\"']")
_ADDRESS = re.compile(r"([A-Z]+)(\d+)")
_EVERY_COLUMN = 16_384
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


def _guard_extent(xml: bytes, sheet: str) -> None:
    """Refuse a sheet whose farthest cells span more than a register can need."""
    rows = max(map(int, _ROW.findall(xml)), default=0)
    if (
        not rows
    ):  # rows or cells without addresses follow each other: there are as many as are there
        rows = xml.count(b"<row") + xml.count(b":row")
    columns = _EVERY_COLUMN if _FAR_COLUMN.search(xml) else 702 if _SECOND_BLOCK.search(xml) else 26
    if rows * columns <= MOST_CELLS:
        return
    right = bottom = 0
    for letters, row in _CELL.findall(xml):
        right = max(right, column_number(letters.decode()))
        bottom = max(bottom, int(row))
    if max(bottom, 1) * max(right, 1) > MOST_CELLS:
        raise UnreadableWorkbookError(
            f"The sheet {sheet} has cells as far as row {bottom:,} and column {right:,}, with almost "
            "nothing in between.",
            "Delete the empty rows and columns beyond the register (press Ctrl+End to find them), "
            "and save it.",
        )


def _error_cells(xml: bytes, sheet: str) -> dict[tuple[int, int], ExcelError]:
    """Return the error cells of a sheet by (row, column)."""
    if not _ERROR_CELL.search(xml):
        return {}
    found: dict[tuple[int, int], ExcelError] = {}
    row = column = 0
    try:
        for event, element in iterparse(io.BytesIO(xml), events=("start", "end"), forbid_dtd=True):
            name = local(element.tag)
            if name == "row":
                if event == "start":
                    row, column = int(element.get("r") or row + 1), 0
                else:
                    element.clear()
            elif name == "c" and event == "start":
                address = _ADDRESS.fullmatch(element.get("r") or "")
                column = column_number(address[1]) if address else column + 1
            elif name == "c" and element.get("t") == "e":
                value = next((c.text for c in element if local(c.tag) == "v"), None)
                found[row, column] = ExcelError(value or "#VALUE!")
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise UnreadableWorkbookError(f"The sheet {sheet} is damaged.", _DAMAGED) from error
    return found


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


class _SheetCells:
    """The cells of one sheet, with its errors put back in their places."""

    def __init__(self, rows: list[list[object]], errors: dict[tuple[int, int], ExcelError]) -> None:
        self._rows = rows
        for (row, column), error in errors.items():
            self._place(row, column, error)

    def _place(self, row: int, column: int, value: object) -> None:
        while len(self._rows) < row:
            self._rows.append([])
        cells = self._rows[row - 1]
        cells.extend([""] * (column - len(cells)))
        cells[column - 1] = value

    def row(self, number: int, area: Area) -> list[object]:
        """Return the cells of a row within an area's columns."""
        if number > len(self._rows):
            return [""] * (area.right - area.left + 1)
        cells = self._rows[number - 1][area.left - 1 : area.right]
        missing = area.right - area.left + 1 - len(cells)
        return cells + [""] * missing if missing else cells

    def stray_rows(self, area: Area, others: Sequence[Area]) -> Iterator[int]:
        """Yield the rows that stand directly under an area, up to the first blank one."""
        number = area.bottom + 1
        while number <= len(self._rows):
            covered = any(
                a.top <= number <= a.bottom and a.left <= area.right and area.left <= a.right
                for a in others
            )
            if covered or all(map(is_blank, self.row(number, area))):
                return
            yield number
            number += 1


def _grid(name: str, sheet: Sheet, table: TablePart, cells: _SheetCells) -> Grid:
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
        _guard_extent(xml, sheet.name)
        cells = _SheetCells(_values(values, sheet.name), _error_cells(xml, sheet.name))
        for contract, table in ours:
            if contract is not None:
                grids[contract.name] = _grid(contract.name, sheet, table, cells)
    return Tables(grids, workbook.sheet_names)
