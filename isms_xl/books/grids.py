"""Read the grids of the contract's tables from a workbook.

Values come from python-calamine. What it does not tell is found out before it runs: how far a sheet
extends (it allocates the whole rectangle) and which cells hold an error or a formula without a value
(it reads both as blank).
Everything that is read grows with the cells that are there, never with what a table claims to span.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from html import escape, unescape
from itertools import chain
from typing import NamedTuple
from xml.parsers import expat

from isms_xl.books.lists import Standing, as_shown, candidates, list_on
from isms_xl.books.markup import in_one_namespace, readable
from isms_xl.books.reader import (
    LARGEST_SHEETS,
    MOST_CELLS,
    MOST_FILLED,
    Looked,
    Reader,
    too_much,
)
from isms_xl.books.richvalues import rich_cells
from isms_xl.books.workbook import Area, Sheet, TablePart, Workbook, column_number
from isms_xl.contract import (
    TABLES,
    USER_TABLES,
    Kind,
    Table,
    find_table,
    heading_key,
)
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.formulas import row_formulas, whole_formulas
from isms_xl.register import (
    ExcelError,
    Grid,
    NotCalculated,
    NoValue,
    Tables,
    column_letters,
    is_blank,
    text_of,
)

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
_NO_VALUE = rb"\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
_HOLLOW = (re.compile(rb"</f>" + _NO_VALUE), re.compile(rb"<f(?:\s[^<>]*)?/>" + _NO_VALUE))
_UNCALCULATED = re.compile(
    rb'<c r="(?P<address>A?[A-Z][12]?\d{1,5})"(?: s="\d++")?+(?: t="[nb]")?+\s*>\s*'
    rb"(?:<f(?:\s[^<>]*)?>(?P<formula>[^<]*)</f>|<f(?:\s[^<>]*)?/>)" + _NO_VALUE
)
"""A formula without a value; an empty text (`t="str"`) is one."""

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_ERROR_IN_FORMULA = re.compile(
    r"#(?:REF!|DIV/0!|N/A|NAME\?|NULL!|NUM!|VALUE!|SPILL!|CALC!)", re.IGNORECASE
)
_CATCHES_ERRORS = re.compile(
    r"\b(?:IF|IFS|IFERROR|IFNA|ISERR|ISERROR|ISNA|ERROR\.TYPE|CHOOSE|SWITCH|AGGREGATE)\(",
    re.IGNORECASE,
)
_CODE = re.compile(r"#[A-Z0-9/_]{1,20}[!?]?")
_READABLE = frozenset(b"#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE!".split())
"""Errors that the reading library knows; others stop it."""

_ERROR_VALUE = re.compile(
    rb"(?P<cell><(?:[\w.-]+:)?c\b[^<>]*\bt\s*=\s*(?:\"e\"|'e')[^<>]*>\s*(?:<(?:[\w.-]+:)?f\b"
    rb"(?:[^<>]*/>|[^<]*</(?:[\w.-]+:)?f\s*>)\s*)?<(?:[\w.-]+:)?v\s*>)(?P<code>[^<]*)"
)
_ADDRESS = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_USUAL_CELLS = 100
"""Cells of the rectangle to each that is there, beyond which a sheet is an odd one."""
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


_MOST_NAMED = 5
_FIRST_DAY_1900, _FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
_MOST_DAYS = 2_000_000

MOST_UNSHOWN = 1_000_000
"""Cells without a value; a register of 200 000 rows that no program calculated has 600 000."""

Formulas = dict[tuple[int, int], str]
"""Formulas by (row, column), without the equals sign."""

_BEFORE_FORMULA = re.compile(
    rb"<(?:[\w.-]+:)?c\s(?:[^<>]*\s)?r\s*=\s*[\"'](?P<address>[A-Z]{1,3}[0-9]{1,7})[\"'][^<>]*>\s*\Z"
)
_SHARED = re.compile(rb"\ssi\s*=\s*[\"'](\d+)[\"']")

Unshown = dict[tuple[int, int], NoValue | str]
"""Cells that are filled and show no value, or another than is stored, by (row, column)."""

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
        bottom: The last row with a cell that holds something.
        right: The last column with one.
        cells: Number of cells.
        shared: Number of those that show a text of the string table.
        in_order: Whether all have an address, and no row stands above an earlier one.
        unshown: The cells without a value to show, by (row, column).
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._depth = 0
        self._home = ""
        self._inside = self._seen = False
        self.bottom = self.right = self.cells = self.shared = 0
        self.in_order = True
        self.unshown: Unshown = {}
        self._row = self._column = self._last_row = 0
        self._cell = (0, 0)
        self._type = ""
        self._formula: str | None = None
        self._value: str | None = None
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
            self.in_order = self.in_order and bool(address) and row >= self._last_row
            self._last_row = row
            self._cell, self._type = (row, self._column), attributes.get("t", "n")
            if self._type != "n":
                self._reach()
            self._formula = self._value = None
            self.shared += self._type == "s"
            self.cells += 1
            if self.cells > self._room:
                raise too_much("more cells")
        else:
            self._reach()
        if name == "f" or (name == "v" and (self._type == "e" or self._formula is not None)):
            self._text = []

    def _reach(self) -> None:
        """Count the cell at hand as one that holds something.

        The reading library leaves out those that only have a format, and some programs write these
        for whole rows.
        """
        row, column = self._cell
        self.bottom, self.right = max(self.bottom, row), max(self.right, column)

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
        name = tag.rpartition(" ")[2]
        if name == "c" and self._inside:
            self._note_cell()
        elif self._text is not None and name in ("f", "v"):
            text, self._text = "".join(self._text), None
            if name == "f":
                self._formula = text
            else:
                self._value = text

    def _note_cell(self) -> None:
        """Note what a cell without a value to show holds."""
        if self._type == "e" and self._value is not None:
            self.unshown[self._cell] = _error_of(self._value)
        elif (
            self._formula is not None
            and self._type in ("n", "b")
            and not (self._value or "").strip()
        ):
            self.unshown[self._cell] = uncalculated(self._formula)
        self._formula = None

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
        unshown: Those without a value to show, by (row, column).
    """

    number: int
    shared: int
    odd: bool
    unshown: Unshown


def _look(workbook: Workbook, sheet: Sheet, room: int) -> tuple[Looked, Unshown, Formulas]:
    """Return what has to be known of a sheet before it is read, and its cells without a value.

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
    cells = _cells(xml, sheet.name, room)
    if any(isinstance(value, ExcelError) for value in cells.unshown.values()):
        errors = {found["code"] for found in _ERROR_VALUE.finditer(xml)}
        if not errors <= _READABLE:
            xml = _ERROR_VALUE.sub(rb"\g<cell>#N/A", xml)
    content = None if xml is kept else xml
    replaced = 0 if content is None else kept.count(b"<!") + kept.count(b"<?")
    looked = Looked(sheet, content, len(xml), cells.number, cells.shared, replaced, odd=cells.odd)
    for address, text in rich_cells(workbook, xml):
        cells.unshown[_place(address)] = text
    return looked, cells.unshown, _formulas(xml, sheet.name)


@cache
def _foreign_formula(own: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return what finds the formulas of a sheet but those of the table that belongs on it.

    The engine passes over these by itself: there is one in every row, or two.
    """
    forms = {re.escape(escape(text, quote=quote)) for text in own for quote in (False, True)}
    but = f"(?!(?:{'|'.join(sorted(forms))})</)".encode() if forms else b""
    return re.compile(
        rb"<(?:[\w.-]+:)?f(?P<options>(?:\s[^<>]*?)?)(?:/>|>" + but + rb"(?P<text>[^<]*)<)"
    )


def _formulas(xml: bytes, sheet: str) -> Formulas:
    """Return the formulas of a sheet that are not the tool's own, by (row, column)."""
    found: Formulas = {}
    shared: dict[bytes, str] = {}
    own = (text for text, formula in row_formulas().items() if formula.table.sheet == sheet)
    for formula in _foreign_formula(tuple(own)).finditer(xml):
        cell = _BEFORE_FORMULA.search(
            xml, max(xml.rfind(b"<", 0, formula.start()), 0), formula.start()
        )
        if cell is None:
            continue
        text = unescape((formula["text"] or b"").decode("utf-8", "replace")).strip()
        if formula["options"] and (number := _SHARED.search(formula["options"])):
            text = shared.setdefault(number[1], text) if text else shared.get(number[1], "")
        if not text or text in row_formulas() or text in whole_formulas():
            continue
        found[_place(cell["address"].decode())] = text
    return found


def _cells(xml: bytes, sheet: str, room: int = MOST_FILLED) -> _Cells:
    unshown = _unshown_of_ordinary(xml)
    if unshown is not None:
        return _Cells(xml.count(b"<c "), xml.count(b' t="s"'), False, unshown)
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
    return _Cells(survey.cells, survey.shared, survey.is_odd, survey.unshown)


def _unshown_of_ordinary(xml: bytes) -> Unshown | None:
    """Return the cells without a value of a sheet written as usual; None where only a parser can tell.

    A parser takes ten times as long.
    """
    start, end = xml.find(b"<sheetData"), xml.find(b"</sheetData>")
    if not 0 < start < end or xml.count(b"sheetData") != _TAGS_OF_AN_ELEMENT:
        return None
    if not in_one_namespace(xml, start, end):
        return None
    found: list[tuple[int, str, NoValue]] = []
    for other in _OTHER.finditer(xml):
        error = _ERROR_CELL.match(xml, other.start(), end)
        if error is None or other.start() < start:
            return None
        found.append((other.start(), error["address"].decode(), _error_of(error["code"].decode())))
    if _USUAL_CELLS * xml.count(b"<c ") < _FARTHEST and _FAR.search(xml):
        return None
    for hollow in chain.from_iterable(end_of.finditer(xml, start, end) for end_of in _HOLLOW):
        cell = _UNCALCULATED.match(xml, xml.rfind(b"<c ", start, hollow.start()), hollow.end())
        if cell is not None:
            formula = unescape((cell["formula"] or b"").decode("utf-8", "replace"))
            found.append((cell.start(), cell["address"].decode(), uncalculated(formula)))
    # Of two cells with one address the last one counts, as it does for a parser.
    found.sort(key=lambda entry: entry[0])
    return {_place(address): value for _, address, value in found}


def _error_of(text: str) -> ExcelError:
    """Return an error; gnumeric writes formulas it cannot parse where others write the error's code."""
    code = text.strip()
    return ExcelError(code if _CODE.fullmatch(code) else "#VALUE!")


def uncalculated(formula: str) -> NoValue:
    """Return what a formula without a value stands for: an error, where its text is one."""
    text = _QUOTED.sub("", formula)
    error = _ERROR_IN_FORMULA.search(text)
    if error and not _CATCHES_ERRORS.search(text):
        return ExcelError(error[0])
    return ExcelError("#N/A") if text.replace(" ", "").upper() == "NA()" else NotCalculated(formula)


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
    """The cells of one sheet, or of a part of it, with what shows no value put back in its places.

    Args:
        rows: The cells, row by row.
        unshown: The cells without a value to show, by (row, column).
        formulas: Their formulas that are not the tool's own.
        top: Row number of the first of the rows.
        left: Column number of their first cells.
    """

    def __init__(
        self,
        rows: list[list[object]],
        unshown: Unshown,
        formulas: Formulas,
        top: int = 1,
        left: int = 1,
    ) -> None:
        self.formulas = formulas
        self._rows = rows
        self._top = top
        self._left = left
        for (row, column), value in unshown.items():
            self._place(row, column, value)

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
    def right(self) -> int:
        """Column number of the last column with cells."""
        return self._left - 1 + max(map(len, self._rows), default=0)

    @property
    def rows(self) -> list[list[object]]:
        """All cells, row by row."""
        return self._rows

    def row(self, number: int, area: Area) -> list[object]:
        """Return the cells of a row within an area's columns, blank ones where there are none."""
        width = area.right - area.left + 1
        at = number - self._top
        if not 0 <= at < len(self._rows):
            return [""] * width
        before = max(self._left - area.left, 0)
        cells = self._rows[at][area.left + before - self._left : area.right - self._left + 1]
        if before:
            cells = [""] * before + cells
        missing = width - len(cells)
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
    contract: Table, sheet: Sheet, table: TablePart, cells: SheetCells, room: int = MOST_CELLS
) -> Grid:
    """Return the grid of an Excel table, provided that it has at most so many cells.

    Args:
        contract: Declaration of the table.
        sheet: The sheet, with all tables on it.
        table: The table as the workbook declares it.
        cells: The cells of the sheet, at least those of the table and of the row under it.
        room: How many cells it may have.
    """
    others = [other.area for other in sheet.tables if other is not table]
    return _grid(contract, sheet.name, as_shown(contract, table, cells), others, cells, room)


def _grid(
    contract: Table,
    sheet: str,
    standing: Standing,
    others: Sequence[Area],
    cells: SheetCells,
    room: int,
) -> Grid:
    """Return the grid of a list; rows below the last cell of the sheet are blank, and left out."""
    table = standing.part
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
    stray = tuple(cells.stray_rows(area, others)) if table.name else ()
    numbers = (*range(first, last + 1), *stray)
    if len(numbers) * width > room:
        raise UnreadableWorkbookError(
            f"The table {contract.name} spans {len(numbers):,} rows and {width:,} columns, far more "
            "than a register can need.",
            "Resize the table to the rows and columns that are filled, and save the workbook.",
        )
    return Grid(
        table=contract.name,
        sheet=sheet,
        headings=tuple(headings),
        rows=[cells.row(number, area) for number in numbers],
        first_row=first,
        first_column=area.left,
        stray_rows=stray,
        row_numbers=numbers,
        called="" if find_table(table.name) is contract else table.name,
        is_list=not table.name,
        beside=standing.beside,
        left_out=standing.left_out,
        is_headless=not table.header_rows,
        formulas=_within(cells.formulas, area, numbers),
    )


def _within(formulas: Formulas, area: Area, numbers: Iterable[int]) -> Formulas:
    """Return the formulas of some rows of an area, by row number and place in the row.

    Those that are an error by their text are left out: their value says it all, in whichever form a
    program stores them.
    """
    if not formulas:
        return {}
    rows = set(numbers)
    return {
        (row, column - area.left): text
        for (row, column), text in formulas.items()
        if row in rows
        and area.left <= column <= area.right
        and isinstance(uncalculated(text), NotCalculated)
    }


def read_tables(workbook: Workbook) -> Tables:
    """Return the grids of all tables of the contract that a workbook holds.

    Where none bears a table's name, the list is looked for on the sheet of its name.

    Raises:
        UnreadableWorkbookError: A sheet is damaged or cannot be read safely.
    """
    named = _named_tables(workbook)
    sought = {
        contract.name: candidates(contract, workbook.sheets)
        for contract in TABLES.values()
        if contract.name not in named
    }
    searched = set(chain.from_iterable(sought.values()))
    sheets = dict.fromkeys(chain((sheet for sheet, _ in named.values()), *sought.values()))
    grids: dict[str, Grid] = {}
    kept: dict[Sheet, SheetCells] = {}
    room = MOST_CELLS
    for sheet, cells in _cells_of(workbook, list(sheets)):
        for name, (place, table) in named.items():
            if place is sheet:
                grids[name] = grid_of(TABLES[name], sheet, table, cells, room)
                room -= _size(grids[name])
        if sheet in searched:
            kept[sheet] = cells
    for name, places in sought.items():
        found = first_list(TABLES[name], [(sheet, kept[sheet]) for sheet in places], room)
        if found is not None:
            grids[name] = found
            room -= _size(found)
    first_day = _FIRST_DAY_1904 if workbook.counts_from_1904 else _FIRST_DAY_1900
    dated = {
        table.name: _with_dates(grids[table.name], table, first_day)
        for table in TABLES.values()
        if table not in USER_TABLES and table.name in grids
    }
    return Tables(grids | dated, workbook.sheet_names)


def _with_dates(grid: Grid, contract: Table, first_day: date) -> Grid:
    """Return a tool table in whose date columns numbers are dates.

    The tool wrote dates there; a program that dropped their format left the days that Excel counts. In
    the user's tables a number is no date: nobody knows what was meant.
    """
    columns = [
        at
        for at, heading in enumerate(grid.headings)
        if (column := contract.find(heading)) is not None and column.kind is Kind.DATE
    ]
    rows = [list(row) for row in grid.rows]
    for row in rows:
        for at in columns:
            value = row[at]
            if isinstance(value, float) and value.is_integer() and 0 < value < _MOST_DAYS:
                row[at] = first_day + timedelta(days=int(value))
    return replace(grid, rows=rows)


def _size(grid: Grid) -> int:
    return len(grid.row_numbers) * len(grid.headings)


def _named_tables(workbook: Workbook) -> dict[str, tuple[Sheet, TablePart]]:
    found: dict[str, tuple[Sheet, TablePart]] = {}
    for sheet in workbook.sheets:
        for table in sheet.tables:
            contract = find_table(table.name)
            if contract is None:
                continue
            if contract.name in found:
                raise UnreadableWorkbookError(
                    f"The workbook holds the table {contract.name} twice, so it is unclear which "
                    "one counts.",
                    _DAMAGED,
                )
            found[contract.name] = (sheet, table)
    return found


def first_list(
    contract: Table, sheets: Sequence[tuple[Sheet, SheetCells]], room: int = MOST_CELLS
) -> Grid | None:
    """Return the first list with a table's headings on some sheets; None where there is none."""
    for sheet, cells in sheets:
        standing = list_on(contract, sheet, cells)
        if standing is not None:
            others = [t.area for t in sheet.tables if t.area != standing.part.area]
            return _grid(contract, sheet.name, standing, others, cells, room)
    return None


def holds_list(workbook: Workbook, sheet: Sheet, contract: Table) -> bool:
    """Whether a sheet holds the headings of a list."""
    ((_, cells),) = _cells_of(workbook, [sheet])
    return list_on(contract, sheet, cells) is not None


def not_of_the_list(workbook: Workbook, sheet: Sheet, contract: Table) -> list[str]:
    """Return what a sheet holds beside a list, from its headings down: headings or addresses."""
    ((_, cells),) = _cells_of(workbook, [sheet])
    named = next((t for t in sheet.tables if find_table(t.name) is contract), None)
    standing = as_shown(contract, named, cells) if named else list_on(contract, sheet, cells)
    top = standing.part.area.top if standing is not None else 1
    whole = Area(1, 1, cells.bottom, cells.right)
    keys = [heading_key(text_of(cell)) for cell in cells.row(top, whole)]
    own = [
        " ".join(text_of(cell).split())
        for cell, key in zip(cells.row(top, whole), keys, strict=True)
        if key and key not in contract.keys
    ]
    outside = [at for at, key in enumerate(keys) if not key]
    own += [
        f"{column_letters(at + 1)}{number}"
        for number in range(top + 1, cells.bottom + 1)
        for at in outside
        if not is_blank(cells.row(number, whole)[at])
    ]
    return own[:_MOST_NAMED]


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
        if sum(len(unshown) for _, unshown, _ in looked) > MOST_UNSHOWN:
            raise too_much("more formulas without a value")
    reader = Reader(workbook, [entry for entry, *_ in looked])
    for entry, unshown, formulas in looked:
        yield entry.sheet, SheetCells(reader.rows(entry.sheet), unshown, formulas)


def read_values(workbook: Workbook) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield the name and the cells, from A1 on, of every worksheet.

    Raises:
        UnreadableWorkbookError: A sheet is damaged or cannot be read safely.
    """
    for sheet, cells in _cells_of(workbook, workbook.sheets):
        yield sheet.name, cells.rows
