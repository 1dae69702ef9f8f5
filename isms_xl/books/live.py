"""A register workbook that is open in Excel, read and written through xlwings.

Every call crosses the border to another process, so tables are read and written as whole blocks:
the number of calls depends on the tables, not on their rows. Nothing is saved, and neither selection
nor scroll position is touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from isms_xl.books.excel import ExcelTable, xlwings
from isms_xl.books.refusals import sheet_is_taken, sheet_was_rearranged
from isms_xl.books.workbook import Area, Sheet, TablePart
from isms_xl.changes import KEPT_NAMESPACE, Changes, Link, Row, fitted
from isms_xl.contract import (
    GAP_INDEX,
    GAP_INDEX_NAMES,
    HIDDEN_SHEETS,
    TABLES,
    USER_TABLES,
    Kind,
    Table,
    find_table,
    heading_key,
)
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import (
    ExcelError,
    Grid,
    Tables,
    column_letters,
    is_blank,
    without_control_characters,
)

_ERROR_WORDS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
)  # the ones that xlwings knows
_FIRST_ERROR = -2146828288
_NEWER_ERRORS = {
    _FIRST_ERROR + 2043: "#GETTING_DATA",
    _FIRST_ERROR + 2045: "#SPILL!",
    _FIRST_ERROR + 2046: "#CONNECT!",
    _FIRST_ERROR + 2047: "#BLOCKED!",
    _FIRST_ERROR + 2048: "#UNKNOWN!",
    _FIRST_ERROR + 2049: "#FIELD!",
    _FIRST_ERROR + 2050: "#CALC!",
}
"""Excel's numbers of the errors that xlwings passes on as numbers."""
_TIME_ONLY_YEAR = 1899
_LAST_ROW = 1_048_576
_MOST_STRAY_ROWS = 20_000
_DATE_FORMAT = "yyyy-mm-dd"
_WRAPPED_FROM = 30


@dataclass(frozen=True, slots=True)
class _LiveSheet:
    """A sheet in Excel, as the file reader knows it, and its Excel tables."""

    live: xlwings.Sheet
    known: Sheet
    tables: list[ExcelTable]


@dataclass(frozen=True, slots=True)
class _Place:
    """A table of the contract, and where it stands."""

    sheet: xlwings.Sheet
    known: Sheet
    table: ExcelTable
    part: TablePart

    @property
    def is_alone(self) -> bool:
        """Whether no other Excel table stands on its sheet."""
        return len(self.known.tables) == 1


class LiveBook:
    """A register workbook open in Excel.

    Args:
        book: The workbook.
    """

    def __init__(self, book: xlwings.Book) -> None:
        self._book = book

    def tables(self) -> Tables:
        """Return the tables of the contract as they stand, unsaved changes included.

        Raises:
            UnreadableWorkbookError: The workbook holds none of the register's tables.
        """
        sheets = self._sheets()
        grids = {name: _read(name, place) for name, place in _places(sheets).items()}
        grids |= _lists([table for table in TABLES.values() if table.name not in grids], sheets)
        if not any(table.name in grids for table in USER_TABLES):
            raise UnreadableWorkbookError(
                "The workbook holds none of the register's tables.",
                "Click on a register and try again, or start a new one with New register.",
            )
        return Tables(grids, tuple(sheet.name for sheet in self._book.sheets), self._kept())

    def table(self, table: Table) -> Grid | None:
        """Return one table of the contract; None where the workbook has none."""
        sheets = self._sheets()
        place = _places(sheets).get(table.name)
        if place is None:
            return _lists([table], sheets).get(table.name)
        return _read(table.name, place)

    def apply(self, changes: Changes) -> None:
        """Write the changes to the tool sheets of the open workbook; nothing is saved.

        Raises:
            WriteRefusedError: A sheet of the user's stands where a tool sheet belongs, or a tool
                sheet was rearranged. Nothing was written.
        """
        places = _places(self._sheets())
        for name in changes.rows:
            self._refuse(TABLES[name], places.get(name))
        with undisturbed(self._book.app):
            for name, rows in changes.rows.items():
                place = places.get(name)
                if place is None:
                    self._create(TABLES[name], rows)
                else:
                    _replace(place, rows)
            if changes.kept:
                self._keep(changes.kept)

    def _sheets(self) -> list[_LiveSheet]:
        """Return the sheets, with the Excel tables on them."""
        found = []
        for sheet in self._book.sheets:
            tables = list(sheet.tables)
            parts = tuple(_part(table, table.name, _area(table.range)) for table in tables)
            found.append(_LiveSheet(sheet, Sheet(sheet.name, "", (), parts), tables))
        return found

    def _refuse(self, table: Table, place: _Place | None) -> None:
        if place is None:
            if table.sheet.casefold() in {sheet.name.casefold() for sheet in self._book.sheets}:
                raise sheet_is_taken(table)
            return
        area = place.part.area
        alone = place.is_alone and area.left == 1
        shown = place.part.header_rows == 1 and place.part.totals_rows == 0
        if not (alone and shown) or area.right != len(table.columns):
            raise sheet_was_rearranged(place.sheet.name)
        headings = place.sheet.range((area.top, 1), (area.top, area.right)).value
        if [heading_key(str(h)) for h in headings] != [heading_key(h) for h in table.headings]:
            raise sheet_was_rearranged(place.sheet.name)

    def _create(self, table: Table, rows: Sequence[Row]) -> None:
        """Make a tool sheet, plain: headings, widths and rows."""
        active = self._book.sheets.active
        try:
            sheet = self._book.sheets.add(table.sheet, after=self._book.sheets[-1])
            right, last = len(table.columns), 1 + max(len(rows), 1)
            for number, column in enumerate(table.columns, start=1):
                cells = sheet.range((2, number), (last, number))
                sheet.range((1, number)).column_width = column.width
                if column.kind is Kind.DATE:
                    cells.number_format = _DATE_FORMAT
                elif column.width > _WRAPPED_FROM:
                    cells.wrap_text = True
            sheet.range((1, 1), (1, right)).value = [list(map(_written, table.headings))]
            sheet.range((1, 1), (1, right)).font.bold = True
            made = sheet.tables.add(
                sheet.range((1, 1), (last, right)),
                name=table.name,
                table_style_name="TableStyleLight1",
            )
            _write(sheet, Area(1, 1, made.range.shape[0], right), rows)
            if table is GAP_INDEX:
                self._name_columns()
            sheet.visible = table.sheet not in HIDDEN_SHEETS
        finally:
            active.activate()

    def _name_columns(self) -> None:
        """Point the names that the highlights use at the new Gap Index."""
        for name, heading in GAP_INDEX_NAMES.items():
            letters = column_letters(GAP_INDEX.headings.index(heading) + 1)
            self._book.names.add(name, f"='{GAP_INDEX.sheet}'!${letters}:${letters}")

    def _custom_parts(self) -> Any:
        """Return Excel's collection of custom XML parts; None where it cannot be reached.

        xlwings has no name of its own for it. On Windows the native object has; what xlwings talks
        to on macOS has not, so there a stamp cannot keep the content it recorded.
        """
        return getattr(self._book.api, "CustomXMLParts", None)

    def _kept(self) -> bytes:
        parts = self._custom_parts()
        if parts is None:
            return b""
        ours = parts.SelectByNamespace(KEPT_NAMESPACE)
        return str(ours.Item(1).XML).encode() if ours.Count else b""

    def _keep(self, content: bytes) -> None:
        parts = self._custom_parts()
        if parts is None:
            return
        ours = parts.SelectByNamespace(KEPT_NAMESPACE)
        for number in range(ours.Count, 0, -1):
            ours.Item(number).Delete()
        parts.Add(content.decode())


@contextmanager
def undisturbed(app: xlwings.App) -> Iterator[None]:
    """Keep the screen still and formulas waiting; put both back in any case."""
    with ExitStack() as stack:
        for setting, meanwhile in (("screen_updating", False), ("calculation", "manual")):
            stack.callback(setattr, app, setting, getattr(app, setting))
            setattr(app, setting, meanwhile)
        yield


# --- reading ----------------------------------------------------------------------------------


def _area(cells: xlwings.Range) -> Area:
    top, left = cells.row, cells.column
    height, width = cells.shape
    return Area(top, left, top + height - 1, left + width - 1)


def _places(sheets: Sequence[_LiveSheet]) -> dict[str, _Place]:
    """Find the Excel tables of the contract."""
    found: dict[str, _Place] = {}
    for sheet in sheets:
        for table, part in zip(sheet.tables, sheet.known.tables, strict=True):
            contract = find_table(part.name)
            if contract is not None:
                found[contract.name] = _Place(sheet.live, sheet.known, table, part)
    return found


def _lists(tables: Sequence[Table], sheets: Sequence[_LiveSheet]) -> dict[str, Grid]:
    """Return lists that are no Excel tables, or tables of other names, by their headings."""
    # Not needed where nothing is read, and it brings the file reader with it.
    from isms_xl.books.grids import SheetCells, first_list
    from isms_xl.books.lists import candidates

    live = {sheet.known.name: sheet.live for sheet in sheets}
    known = [sheet.known for sheet in sheets]
    cells: dict[str, SheetCells] = {}
    found = {}
    for table in tables:
        places = candidates(table, known)
        for name in {place.name for place in places} - cells.keys():
            last = live[name].used_range.last_cell
            area = Area(1, 1, last.row, last.column)
            values = _values(live[name], area)
            cells[name] = SheetCells(values, {}, _formulas(live[name], area, values))
        grid = first_list(table, [(place, cells[place.name]) for place in places])
        if grid is not None:
            found[table.name] = grid
    return found


def _part(table: ExcelTable, name: str, area: Area) -> TablePart:
    has_header = bool(table.show_headers)
    return TablePart(
        name=name,
        number=0,
        part="",
        area=area,
        header_rows=int(has_header),
        totals_rows=int(bool(table.show_totals)),
        headings=() if has_header else tuple(column.name for column in table.columns),
    )


def _read(name: str, place: _Place) -> Grid:
    """Read a table, and the rows that stand directly under it without being part of it."""
    # Not needed where nothing is read, and it brings the file reader with it.
    from isms_xl.books.grids import SheetCells, grid_of

    area, sheet = place.part.area, place.sheet
    rows = _values(sheet, Area(area.top, area.left, min(area.bottom + 1, _LAST_ROW), area.right))
    if area.bottom < _LAST_ROW and not all(map(is_blank, rows[-1])):
        last = min(sheet.used_range.last_cell.row, area.bottom + _MOST_STRAY_ROWS)
        if last > area.bottom + 1:
            rows += _values(sheet, Area(area.bottom + 2, area.left, last, area.right))
    formulas = _formulas(sheet, area, rows) if TABLES[name] in USER_TABLES else {}
    cells = SheetCells(rows, {}, formulas, area.top, area.left)
    return grid_of(TABLES[name], place.known, place.part, cells)


def _formulas(
    sheet: xlwings.Sheet, area: Area, values: list[list[object]]
) -> dict[tuple[int, int], str]:
    """Return the formulas of a block, by (row, column), read in one call.

    A text that begins with an equals sign is given as it is; its value tells it from a formula.
    """
    block: Any = sheet.range((area.top, area.left), (area.bottom, area.right)).formula
    rows: Any = block if isinstance(block, tuple | list) else ((block,),)
    if not isinstance(rows[0], tuple | list):
        rows = (rows,)
    return {
        (area.top + down, area.left + across): text[1:]
        for down, (cells, shown) in enumerate(zip(rows, values, strict=False))
        for across, (text, value) in enumerate(zip(cells, shown, strict=False))
        if isinstance(text, str) and text.startswith("=") and text != value
    }


def _values(sheet: xlwings.Sheet, area: Area) -> list[list[object]]:
    """Read a block of cells in one call; in two where it seems to hold errors."""
    cells = sheet.range((area.top, area.left), (area.bottom, area.right))
    rows: list[list[object]] = cells.options(ndim=2, err_to_str=True).value
    if any(value in _ERROR_WORDS for row in rows for value in row if isinstance(value, str)):
        # A text may read like an error: left out this time are the errors only.
        texts = cells.options(ndim=2).value
        rows = [
            [
                ExcelError(value)
                if text is None and isinstance(value, str) and value in _ERROR_WORDS
                else value
                for value, text in zip(row, without, strict=True)
            ]
            for row, without in zip(rows, texts, strict=True)
        ]
    return [[_value(value) for value in row] for row in rows]


def _value(value: object) -> object:
    """Return a cell's value as the file reader hands it over."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return ExcelError(_NEWER_ERRORS[value]) if value in _NEWER_ERRORS else float(value)
    if isinstance(value, Decimal):  # a cell formatted as currency
        return float(value)
    if isinstance(value, datetime) and value.year <= _TIME_ONLY_YEAR:
        return value.time()
    return value


# --- writing ----------------------------------------------------------------------------------


def _replace(place: _Place, rows: Sequence[Row]) -> None:
    """Put other rows under a tool table's headings; formats are those of its first row."""
    sheet, table, area = place.sheet, place.table, place.part.area
    new = Area(area.top, area.left, area.top + max(len(rows), 1), area.right)
    if table.show_autofilter:
        table.autofilter.clear()  # filling formats passes over rows that a filter hides
    _remove_links(_cells(sheet, Area(area.top + 1, area.left, area.bottom, area.right)))
    table.resize(_cells(sheet, new))
    if area.bottom > new.bottom:
        _cells(sheet, Area(new.bottom + 1, area.left, area.bottom, area.right)).clear()
    elif new.bottom > area.bottom:
        first = _cells(sheet, Area(area.top + 1, area.left, area.top + 1, area.right))
        body = Area(area.top + 1, area.left, new.bottom, area.right)
        first.autofill(_cells(sheet, body), "fill_formats")
    _write(sheet, new, rows)


def _cells(sheet: xlwings.Sheet, area: Area) -> xlwings.Range:
    return sheet.range((area.top, area.left), (area.bottom, area.right))


def _write(sheet: xlwings.Sheet, area: Area, rows: Sequence[Row]) -> None:
    """Write all rows of a table, in one call up to 100 000 cells and one more for each beyond."""
    width = area.right - area.left + 1
    body = _cells(sheet, Area(area.top + 1, area.left, area.bottom, area.right))
    body.value = [[_written(cell) for cell in row] for row in rows or [(None,) * width]]
    if sheet.name not in HIDDEN_SHEETS:
        body.rows.autofit()


def _written(cell: object) -> object:
    """Return a cell as Excel is to be told it.

    Excel takes an assigned text as if somebody typed it: `=…` becomes a formula, `1-2` a date. A
    leading apostrophe, which does not become part of the text, says that what follows is text.
    """
    if isinstance(cell, Link):
        return _link(cell)
    if isinstance(cell, str):
        text = without_control_characters(cell.replace("\r\n", "\n").replace("\r", "\n"))
        return f"'{fitted(text)}" if text else None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime.combine(cell, time())
    return cell


def _link(link: Link) -> str:
    """Return the formula of a link to a place in the same workbook.

    Real hyperlinks would take a call each. Sheet name and address stand inside text literals, their
    quotes doubled, and the target begins with `#`: it can lead nowhere but into this workbook.
    """
    sheet = link.sheet.replace("'", "''")
    target, text = (part.replace('"', '""') for part in (f"#'{sheet}'!{link.cell}", link.text))
    return f'=HYPERLINK("{target}","{text}")'


def _remove_links(cells: xlwings.Range) -> None:
    """Take real hyperlinks, which a file run writes, off cells; what the cells look like stays.

    They would outlive the text and lead astray. xlwings has no name of its own for this.
    """
    native = cells.api
    if hasattr(native, "ClearHyperlinks"):
        native.ClearHyperlinks()
    elif hasattr(native, "hyperlinks"):
        native.hyperlinks.delete()
