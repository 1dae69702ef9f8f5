"""Where a list of the contract stands: as an Excel table says, and as the cells show it.

Other programs drop Excel tables, leave their flags and extent as they were, or rename them on
copying. The headings tell a list all the same, so they count where the two contradict each other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from isms_xl.books.workbook import Area, Sheet, TablePart
from isms_xl.contract import Table, find_table, heading_key
from isms_xl.register import has_identifier, is_blank, looks_like_record, text_of

_COPIED_SHEET = re.compile(r"\s*\(\d+\)\Z")
_COPIED_TABLE = re.compile(r"_?\d+\Z")
_MOST_ROWS_ABOVE = 200
"""Rows of a sheet in which headings are looked for."""

_TOTALS = frozenset(
    "total totals sum subtotal count number summe gesamt gesamtsumme ergebnis anzahl somme totaux "
    "nombre totale somma suma totaal aantal razem soma итого всего összesen celkem yhteensä".split()
)


class CellRows(Protocol):
    """The cells of a sheet, by row."""

    @property
    def bottom(self) -> int:
        """Row number of the last row with cells."""
        ...

    @property
    def right(self) -> int:
        """Column number of the last column with cells."""
        ...

    def row(self, number: int, area: Area) -> list[object]:
        """Return the cells of a row within an area's columns."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a list stands.

    Attributes:
        part: The Excel table; one without a name where the list is none.
        beside: Headings of the contract that stand beside the Excel table, and belong to the list.
        left_out: Row numbers under the list that hold a total or a remark, not a record.
    """

    part: TablePart
    beside: tuple[str, ...] = ()
    left_out: tuple[int, ...] = ()


def _keys(row: Sequence[object]) -> list[str]:
    return [heading_key(cell) if isinstance(cell, str) else "" for cell in row]


def holds_headings(contract: Table, row: Sequence[object]) -> bool:
    """Whether a row of cells is the heading row of a list: it holds half of what marks it."""
    wanted = contract.landmarks
    found = len(wanted.intersection(_keys(row)))
    return found >= 2 and 2 * found >= len(wanted)


def candidates(contract: Table, sheets: Sequence[Sheet]) -> list[Sheet]:
    """Return the sheets on which a list may stand that no Excel table is named after.

    The sheet of the contract's name comes first, then copies of it, then sheets with a copy of the
    table.
    """
    named, copied, elsewhere = [], [], []
    wanted = contract.sheet.casefold()
    for sheet in sheets:
        name = sheet.name.strip().casefold()
        if name == wanted:
            named.append(sheet)
        elif _COPIED_SHEET.sub("", name) == wanted:
            copied.append(sheet)
        elif any(_is_copy(contract, table) for table in sheet.tables):
            elsewhere.append(sheet)
    return [*named, *copied, *elsewhere]


def _is_copy(contract: Table, table: TablePart) -> bool:
    return _COPIED_TABLE.sub("", table.name).casefold() == contract.name.casefold()


def list_on(contract: Table, sheet: Sheet, cells: CellRows) -> Standing | None:
    """Return where a list stands on a sheet that has no Excel table of its name.

    Args:
        contract: The list.
        sheet: The sheet.
        cells: Its cells, from A1 on.

    Returns:
        The Excel table of another name that has its headings, else the first row that has them and
        what stands below; None where there is neither.
    """
    unclaimed = [table for table in sheet.tables if find_table(table.name) is None]
    for table in sorted(unclaimed, key=lambda table: not _is_copy(contract, table)):
        standing = as_shown(contract, table, cells)
        if holds_headings(contract, cells.row(standing.part.area.top, standing.part.area)):
            return standing
    whole = Area(1, 1, max(cells.bottom, 1), max(cells.right, 1))
    for number in range(1, min(cells.bottom, _MOST_ROWS_ABOVE) + 1):
        row = cells.row(number, whole)
        if holds_headings(contract, row):
            return _plain_list(contract, number, row, cells)
    return None


def _plain_list(contract: Table, top: int, headings: Sequence[object], cells: CellRows) -> Standing:
    """Return the list under a row of headings, down to its last row that is not empty."""
    known = [at for at, key in enumerate(_keys(headings)) if key in contract.keys]
    left, right = known[0], known[-1]
    while left > 0 and not is_blank(headings[left - 1]):
        left -= 1
    while right + 1 < len(headings) and not is_blank(headings[right + 1]):
        right += 1
    area = Area(top, left + 1, cells.bottom, right + 1)
    filled = [n for n in range(top + 1, cells.bottom + 1) if not _is_empty(cells.row(n, area))]
    keys = _keys(headings[left : right + 1])
    left_out: list[int] = []
    while filled and not contract.vertical:
        row = cells.row(filled[-1], area)
        apart = len(filled) > 1 and filled[-1] - filled[-2] > 1
        is_remark = apart and not looks_like_record(contract, keys, row)
        if not is_remark and not is_total(contract, keys, row):
            break
        left_out.append(filled.pop())
    bottom = filled[-1] if filled else top
    return Standing(
        TablePart("", 0, "", replace(area, bottom=bottom), 1, 0, ()), (), tuple(left_out[::-1])
    )


def _is_empty(row: Sequence[object]) -> bool:
    return all(map(is_blank, row))


def is_total(
    contract: Table, keys: Sequence[str], row: Sequence[object], labels: Sequence[str] = ()
) -> bool:
    """Whether a row holds totals: its first filled cell says so, and it bears no identifier.

    Args:
        contract: The list.
        keys: Keys of its headings, left to right.
        row: The cells.
        labels: Further words that say so.
    """
    first = next((cell for cell in row if not is_blank(cell)), None)
    word = heading_key(text_of(first)).rstrip(":.")
    says_so = word in _TOTALS or word in map(heading_key, labels)
    return says_so and not has_identifier(contract, keys, row)


def as_shown(contract: Table, table: TablePart, cells: CellRows) -> Standing:
    """Return an Excel table as its cells show it, where what it declares contradicts them."""
    table = _with_heading_row(contract, table, cells)
    if not table.header_rows:
        return Standing(table)
    table, beside = _with_columns_beside(contract, table, cells)
    return Standing(_with_totals(contract, table, cells), beside)


def _with_heading_row(contract: Table, table: TablePart, cells: CellRows) -> TablePart:
    area = table.area
    first = cells.row(area.top, area)
    declared = [heading_key(heading) for heading in table.headings]
    if holds_headings(contract, first) or (any(declared) and _keys(first) == declared):
        return replace(table, header_rows=1)
    below = range(area.top + 1, min(area.bottom, area.top + _MOST_ROWS_ABOVE, cells.bottom) + 1)
    for number in (area.top - 1, *below):
        if number >= 1 and holds_headings(contract, cells.row(number, area)):
            return replace(table, header_rows=1, area=replace(area, top=number))
    return table


def _with_columns_beside(
    contract: Table, table: TablePart, cells: CellRows
) -> tuple[TablePart, tuple[str, ...]]:
    """Take in the columns of the contract whose headings stand directly beside the table's."""
    area = table.area
    inside = set(_keys(cells.row(area.top, area))) | set(map(heading_key, table.headings))
    wide = Area(area.top, 1, area.top, max(cells.right, area.right))
    headings = cells.row(area.top, wide)
    left, right = area.left, area.right
    while left > 1 and _belongs(contract, headings[left - 2], inside):
        left -= 1
    while right < wide.right and _belongs(contract, headings[right], inside):
        right += 1
    beside = [*headings[left - 1 : area.left - 1], *headings[area.right : right]]
    if not beside:
        return table, ()
    widened = replace(table, area=replace(area, left=left, right=right), headings=())
    return widened, tuple(" ".join(text_of(heading).split()) for heading in beside)


def _belongs(contract: Table, heading: object, inside: set[str]) -> bool:
    key = heading_key(heading) if isinstance(heading, str) else ""
    return key in contract.keys and key not in inside


def _with_totals(contract: Table, table: TablePart, cells: CellRows) -> TablePart:
    """Count the last row as totals, or as a record, by what stands in it."""
    area = table.area
    bottom = min(area.bottom, cells.bottom)
    if contract.vertical or bottom <= area.top:
        return table
    keys = _keys(cells.row(area.top, area))
    if table.totals_rows:
        last = cells.row(area.bottom, area)
        return replace(table, totals_rows=0) if has_identifier(contract, keys, last) else table
    if is_total(contract, keys, cells.row(bottom, area), table.totals_labels):
        return replace(table, area=replace(area, bottom=bottom), totals_rows=1)
    return table
