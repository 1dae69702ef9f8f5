"""The register: typed records with the cell of every value.

Built from the grids a book hands over. Nothing here reads files; a grid may as well come from an
open workbook or from a test. Values keep three states apart: blank, unusable (an Excel error, a
word where a score belongs; reported once by the DAT rules) and typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

from isms_xl.contract import (
    DEFAULT_REVIEW_MONTHS,
    SCORES,
    USER_TABLES,
    Column,
    Kind,
    Table,
    engagement_of,
    find_table,
    gap_key,
    heading_key,
    identifier_pattern,
    priority_of,
    row_name,
    split_references,
)
from isms_xl.folding import NOTHING_TO_SEE, as_code, as_seen

T = TypeVar("T")
U = TypeVar("U")


class NoValue:
    """What stands in a cell that is filled, but shows no value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ExcelError(NoValue):
    """An error value such as `#REF!` in a cell."""

    code: str

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class NotCalculated(NoValue):
    """A formula without a value: the program that wrote the file did not calculate it."""

    formula: str

    def __str__(self) -> str:
        return "(formula not calculated yet)"


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one Excel table as they stand in the workbook.

    A cell is a str, float, int, bool, date, datetime, time, timedelta, NoValue or None.

    Attributes:
        table: The contract's name for it.
        sheet: Sheet the table is on.
        headings: Heading of each column, left to right.
        rows: Cell values by row, each as long as `headings`; the stray rows stand at the end.
        first_row: Row number (from 1) of the first of `rows`.
        first_column: Column number (from 1) of the first heading.
        stray_rows: Row numbers of rows that stand directly under the table without being part of
            it. Those that look like records are read as records all the same.
        row_numbers: Row number of each of `rows`, where they are not consecutive.
        called: Name of the Excel table, where that is another than the contract's.
        is_list: Whether it is no Excel table, and was recognised by its headings.
        beside: Headings of columns that stand directly beside the Excel table.
        left_out: Row numbers under a list that hold a total or a remark, and were not read.
        is_headless: Whether the Excel table does not show its row of headings.
        formulas: Formulas that are not the tool's own, by row number and place in the row.
    """

    table: str
    sheet: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    first_row: int
    first_column: int
    stray_rows: tuple[int, ...] = ()
    row_numbers: tuple[int, ...] = ()
    called: str = ""
    is_list: bool = False
    beside: tuple[str, ...] = ()
    left_out: tuple[int, ...] = ()
    is_headless: bool = False
    formulas: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def numbers(self) -> Sequence[int]:
        """Row number of each of `rows`."""
        return self.row_numbers or range(self.first_row, self.first_row + len(self.rows))


@dataclass(frozen=True, slots=True)
class Tables:
    """All a book knows of a workbook before it is understood.

    Attributes:
        grids: The tables of the contract that were found, by the contract's table name.
        sheets: Names of all sheets.
        kept: What the last stamp kept of the content, as `stamping.kept_part` wrote it; empty where
            the workbook has none.
    """

    grids: Mapping[str, Grid]
    sheets: tuple[str, ...]
    kept: bytes = b""


_LONGEST_LABEL = 80
_EVERY, _MOSTLY = 7, 0.7
"""Which cells of a column are looked at first, and the share of different ones among them from which on
looking for equal cells costs more than it saves."""

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WHOLE = re.compile(r"[+-]?\d+(?:[.,]0+)?")


def text_of(value: object) -> str:
    """Return a cell's value as the text a person reads in it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    return str(value).strip()


def is_blank(value: object) -> bool:
    """Whether a cell holds nothing a person would see."""
    return value is None or (isinstance(value, str) and not value.strip(NOTHING_TO_SEE))


def compare_key(text: str) -> str:
    """Return a text as it is compared: as seen; case and surrounding or repeated space ignored."""
    return " ".join(as_seen(text).split()).casefold()


def whole_number(value: object) -> int | None:
    """Return the whole number a cell holds, also when it is typed as text; None for others."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and len(value) < 20 and _WHOLE.fullmatch(as_code(value).strip()):
        return int(re.split(r"[.,]", as_code(value).strip())[0])
    return None


def _score(value: object) -> int | None:
    number = whole_number(value)
    return number if number is not None and number in SCORES else None


def _count(value: object) -> int | None:
    number = whole_number(value)
    return number if number is not None and number > 0 else None


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _text(value: object) -> str | None:
    if value.__class__ is str:
        return value.strip() or None
    return None if isinstance(value, NoValue) else text_of(value) or None


def _identifier(value: object) -> str | None:
    text = _text(value)
    return as_code(text).strip() if text else None


def _references(value: object) -> tuple[str, ...] | None:
    text = _identifier(value)
    return split_references(text.upper()) if text else None


def _choice_of(column: Column) -> Callable[[object], str | None]:
    exact = dict(zip(column.allowed, column.allowed, strict=True))
    by_key = {compare_key(word): word for word in column.allowed}

    def choice(value: object) -> str | None:
        if not isinstance(value, str):
            return None
        return exact.get(value) or by_key.get(compare_key(as_code(value)))

    return choice


def _choices_of(column: Column) -> Callable[[object], tuple[str, ...] | None]:
    choice = _choice_of(column)

    def choices(value: object) -> tuple[str, ...] | None:
        if not isinstance(value, str):
            return None
        parts = split_references(as_code(value))
        found = tuple(word for part in parts if (word := choice(part)))
        return found or None

    return choices


def reader_of(column: Column) -> Callable[[object], object]:
    """Return the function that types a cell of that column; it answers None for the unusable."""
    match column.kind:
        case Kind.SCORE:
            return _score
        case Kind.COUNT:
            return _count
        case Kind.DATE:
            return _date
        case Kind.CHOICE:
            return _choice_of(column)
        case Kind.CHOICES:
            return _choices_of(column)
        case Kind.REFERENCE:
            return _references
        case Kind.IDENTIFIER:
            return _identifier
        case _:
            return _text


class Cells(list[T]):
    """A column of cells that knows which of them are equal: columns repeat themselves.

    What is said of a cell (its type, whether a rule lets it pass) is found out once for all equal
    ones. A blank cell is None.
    """

    @cached_property
    def distinct(self) -> Sequence[T]:
        """The cells, equal ones once; all of them where most are different."""
        return self._encoded[0]

    @cached_property
    def codes(self) -> Sequence[int]:
        """For each cell, where in `distinct` it stands."""
        return self._encoded[1]

    @cached_property
    def _encoded(self) -> tuple[Sequence[T], Sequence[int]]:
        alone = self, range(len(self))
        sample = self[::_EVERY]
        if len(set(sample)) > _MOSTLY * len(sample):
            return alone
        found = dict.fromkeys(self)
        if (True in found or False in found) and bool in set(map(type, self)):
            return alone  # TRUE equals 1, and is something else
        places = dict(zip(found, range(len(found)), strict=True))
        return list(found), list(map(places.__getitem__, self))

    def each(self, of: Callable[[T], U]) -> Cells[U | None]:
        """Return what a function says of each cell, None for a blank one."""
        return self.told([None if cell is None else of(cell) for cell in self.distinct])

    def told(self, said: list[U]) -> Cells[U]:
        """Return for each cell what is said of it, given what is said of the distinct ones."""
        alike = self.distinct is not self
        made = Cells(map(said.__getitem__, self.codes) if alike else said)
        made.distinct, made.codes = said if alike else made, self.codes
        return made


def shortened(text: str, most: int) -> str:
    """Return a text of at most that many characters, cut between words where it is longer."""
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    words = cut.rpartition(" ")[0]
    return f"{words if len(words) > most // 2 else cut}…"


def column_letters(number: int) -> str:
    """Return the letters of a column, 1 being A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Record:
    """One row of a table; for `Document Control`, one of its fields."""

    __slots__ = ("_position", "_table")

    def __init__(self, table: RecordTable, position: int) -> None:
        self._table = table
        self._position = position

    def __getitem__(self, heading: str) -> object:
        """Return the typed value; None when blank or unusable."""
        return self._table.values[heading][self._position]

    def text(self, heading: str) -> str:
        """Return the text of a cell; empty when blank, or an Excel error."""
        value = self._table.values[heading][self._position]
        return value if isinstance(value, str) else text_of(value)

    def date(self, heading: str) -> date | None:
        """Return a date column's value."""
        value = self._table.values[heading][self._position]
        return value if isinstance(value, date) else None

    def number(self, heading: str) -> int | None:
        """Return a score's or count's value."""
        value = self._table.values[heading][self._position]
        return value if isinstance(value, int) else None

    def many(self, heading: str) -> tuple[str, ...]:
        """Return the identifiers (in capitals) or choices of a cell; empty when there are none."""
        value = self._table.values[heading][self._position]
        return value if isinstance(value, tuple) else ()

    def raw(self, heading: str) -> object:
        """Return what stands in the cell."""
        return self._table.raw[heading][self._position]

    def blank(self, heading: str) -> bool:
        """Whether nothing stands in the cell; an unusable value is not blank."""
        return self._table.raw[heading][self._position] is None

    @property
    def id(self) -> str:
        """The identifier in capitals, as references are compared; empty where it lacks one."""
        return self._table.ids[self._position]

    @property
    def name(self) -> str:
        """The identifier as typed, or the row number standing in for it."""
        return self._table.names[self._position]

    @property
    def label(self) -> str:
        """What a sentence calls the record: its name or text, shortened, else its identifier."""
        label = self._table.contract.label
        text = " ".join(self.text(label).split()).rstrip(".") if label else ""
        return shortened(text, _LONGEST_LABEL) or self.name

    @property
    def row(self) -> int:
        """Row number on the sheet."""
        return self._table.row_numbers[self._position]

    @property
    def sheet(self) -> str:
        """Sheet the record is on."""
        return self._table.sheet

    @property
    def key(self) -> str:
        """Key in the Gap Index."""
        column = self._table.contract.identifier
        if column is None:
            return self.name
        value = self.raw(column.heading)
        typed = value if isinstance(value, str) else text_of(value)
        return gap_key(self.sheet, self.row, typed)

    @property
    def contract(self) -> Table:
        """The declaration of its table."""
        return self._table.contract

    @property
    def of(self) -> str:
        """How a sentence says whose cell it speaks of: `for party IP-004 (Acme Ltd)`."""
        who = f"for {self.contract.record_word} {self.name}"
        return who if self.label == self.name else f"{who} ({self.label})"

    @property
    def is_field(self) -> bool:
        """Whether this stands for a field of `Document Control`."""
        return False

    def cell(self, heading: str) -> str:
        """Return the address of a cell; that of the identifier for an empty heading."""
        return self._table.cell(heading, self.row)


class FieldRecord(Record):
    """A field of `Document Control`: the record is the field, its place the `Value` cell."""

    __slots__ = ("_heading",)

    def __init__(self, table: RecordTable, heading: str) -> None:
        super().__init__(table, 0)
        self._heading = heading

    @property
    def name(self) -> str:
        """The field's name."""
        return self._heading

    @property
    def label(self) -> str:
        """The field's name."""
        return self._heading

    @property
    def of(self) -> str:
        """How a sentence says where the field is."""
        return f"in {self.contract.sheet}"

    @property
    def row(self) -> int:
        """Row of the field; 0 where the workbook lacks it."""
        return self._table.field_rows.get(heading_key(self._heading), 0)

    @property
    def key(self) -> str:
        """Key in the Gap Index."""
        return self._heading

    @property
    def is_field(self) -> bool:
        """It does."""
        return True

    def cell(self, heading: str) -> str:  # noqa: ARG002 - a field has one cell only
        """Return the address of the field's value; empty where the workbook lacks it."""
        return self._table.cell("Value", self.row) if self.row else ""


class _Made(dict[str, Cells[object]]):
    """Columns made when first asked for."""

    def __init__(self, make: Callable[[str], Cells[object]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, heading: str) -> Cells[object]:
        column = self[heading] = self._make(heading)
        return column


@dataclass
class RecordTable:
    """The records of one table, kept by column.

    Attributes:
        contract: The table's declaration.
        sheet: Sheet it stands on.
        row_numbers: Row number of each record; wholly empty rows are no records.
        columns: Cells by heading key, one for each record.
        letters: Column letters by heading key.
        field_rows: For `Document Control`, the row of each field.
        present: Whether the workbook has the table at all.
        spelling: Headings as the workbook spells them, by heading key.
        stray_rows: Row numbers of rows directly under the table.
    """

    contract: Table
    sheet: str
    row_numbers: list[int] = field(default_factory=list)
    columns: dict[str, Cells[object]] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)
    field_rows: dict[str, int] = field(default_factory=dict)
    present: bool = True
    stray_rows: tuple[int, ...] = ()
    spelling: dict[str, str] = field(default_factory=dict)
    formulas: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row_numbers)

    @property
    def has_identifier(self) -> bool:
        """Whether the workbook has the column by which records are referred to."""
        column = self.contract.identifier
        return column is not None and self.has(column.heading)

    def heading(self, key: str) -> str:
        """Return a heading as the workbook spells it."""
        return self.spelling.get(key, key)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @cached_property
    def records(self) -> list[Record]:
        """All records, top to bottom."""
        return [Record(self, position) for position in range(len(self.row_numbers))]

    def has(self, heading: str) -> bool:
        """Whether the workbook has that column."""
        return heading_key(heading) in self.columns

    @cached_property
    def raw(self) -> Mapping[str, Cells[object]]:
        """Cells by heading, None where blank; all None where the workbook lacks the column."""
        return _Made(
            lambda heading: (
                self.columns.get(heading_key(heading)) or Cells([None] * len(self.row_numbers))
            )
        )

    @cached_property
    def values(self) -> Mapping[str, Cells[object]]:
        """Typed values by heading; None where blank or unusable."""
        return _Made(
            lambda heading: self.raw[heading].each(reader_of(self.contract.column(heading)))
        )

    @cached_property
    def ids(self) -> list[str]:
        """Identifiers in capitals; empty where a record lacks one."""
        column = self.contract.identifier
        if column is None:
            return [""] * len(self.row_numbers)
        return [str(value).upper() if value else "" for value in self.values[column.heading]]

    @cached_property
    def names(self) -> list[str]:
        """Identifiers as typed, or row numbers standing in for them."""
        heading = self.contract.identifier or self.contract.columns[0]
        return [
            str(value) if value else row_name(row)
            for value, row in zip(self.values[heading.heading], self.row_numbers, strict=True)
        ]

    @cached_property
    def by_id(self) -> dict[str, Record]:
        """The first record of each identifier."""
        found: dict[str, Record] = {}
        for record in self.records:
            if record.id:
                found.setdefault(record.id, record)
        return found

    def cell(self, heading: str, row: int) -> str:
        """Return a cell's address; the identifier's where the heading is empty or unknown."""
        letters = self.letters.get(heading_key(heading)) if heading else None
        if letters is None:
            first = self.contract.columns[0].key
            letters = self.letters.get(first) or min(
                self.letters.values(), key=lambda a: (len(a), a), default=""
            )
        return f"{letters}{row}" if letters else ""

    def fields(self) -> Iterator[FieldRecord]:
        """Yield the fields of a vertical table, in the contract's order."""
        for column in self.contract.columns:
            yield self.field_record(column.heading)

    def field_record(self, heading: str) -> FieldRecord:
        """Return one field of a vertical table."""
        return FieldRecord(self, heading)


def _without_blanks(cells: Sequence[object]) -> Cells[object]:
    """Return cells with None for whatever is blank, so that blankness is looked at only once."""
    return Cells(
        [
            None if cell.__class__ is str and not cell.strip(NOTHING_TO_SEE) else cell
            for cell in cells
        ]
    )


def _blank_in_all(columns: Iterable[Sequence[object]], rows: int) -> set[int]:
    """Return the positions at which every column is blank."""
    blank: Iterable[int] = range(rows)
    for cells in columns:
        blank = [at for at in blank if cells[at] is None]
    return set(blank)


def looks_like_record(table: Table, keys: Sequence[str], row: Sequence[object]) -> bool:
    """Whether a row under a table is a record rather than a remark.

    Args:
        table: The table's declaration.
        keys: Keys of its headings, left to right.
        row: The cells.
    """
    filled = {key for key, value in zip(keys, row, strict=False) if not is_blank(value)}
    mandatory = [column for column in table.columns if column.mandatory and column.key in filled]
    return len(mandatory) >= 2 or has_identifier(table, keys, row)


def has_identifier(table: Table, keys: Sequence[str], row: Sequence[object]) -> bool:
    """Whether a row of cells bears a well-formed identifier of a table."""
    column = table.identifier
    if column is None or column.key not in keys:
        return False
    value = as_code(text_of(row[keys.index(column.key)])).strip()
    return bool(identifier_pattern([table.prefix]).fullmatch(value))


def _record_table(contract: Table, grid: Grid | None) -> RecordTable:
    if grid is None:
        return RecordTable(contract, contract.sheet, present=False)
    keys = [heading_key(heading) for heading in grid.headings]
    stray = set(grid.stray_rows)
    letters: dict[str, str] = {}
    positions: dict[str, int] = {}
    for position, key in enumerate(keys):
        if key not in positions:
            positions[key] = position
            letters[key] = column_letters(grid.first_column + position)
    typed = [c.key for c in contract.typed_columns if c.key in positions]
    if contract.vertical:
        typed = list(positions)
    rows = [
        (number, row)
        for number, row in zip(grid.numbers, grid.rows, strict=True)
        if number not in stray or looks_like_record(contract, keys, row)
    ]
    by_column = list(zip(*(row for _, row in rows), strict=True)) or [()] * len(keys)
    columns = {key: _without_blanks(by_column[position]) for key, position in positions.items()}
    # A row in which nothing is filled in is no record.
    blank = _blank_in_all([columns[key] for key in typed], len(rows))
    if blank:
        columns = {
            key: Cells([cell for at, cell in enumerate(cells) if at not in blank])
            for key, cells in columns.items()
        }
    numbers = [number for at, (number, _) in enumerate(rows) if at not in blank]
    kept = set(numbers) if grid.formulas else ()
    table = RecordTable(
        contract,
        grid.sheet,
        numbers,
        columns,
        letters,
        stray_rows=grid.stray_rows,
        spelling=dict(zip(keys, (" ".join(h.split()) for h in grid.headings), strict=True)),
        formulas={
            (number, keys[at]): text
            for (number, at), text in grid.formulas.items()
            if number in kept and keys[at] in typed and positions[keys[at]] == at
        },
    )
    return _turned(table) if contract.vertical else table


def _turned(table: RecordTable) -> RecordTable:
    """Turn a Field/Value table into one record with a column for each field."""
    names, values = table.columns.get("field"), table.columns.get("value")
    if names is None or values is None:
        return RecordTable(table.contract, table.sheet, present=False)
    rows: dict[str, int] = {}
    columns: dict[str, Cells[object]] = {}
    spelling: dict[str, str] = {}
    for name, value, row in zip(names, values, table.row_numbers, strict=True):
        key = heading_key(text_of(name))
        if key and key not in columns:
            columns[key] = Cells([value])
            rows[key] = row
            spelling[key] = text_of(name)
    return RecordTable(
        table.contract,
        table.sheet,
        [min(rows.values(), default=1)],
        columns,
        table.letters,
        field_rows=rows,
        stray_rows=table.stray_rows,
        spelling=spelling,
        formulas={
            (row, key): table.formulas[row, "value"]
            for key, row in rows.items()
            if (row, "value") in table.formulas
        },
    )


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A row of a table that the tool itself writes.

    Attributes:
        number: Row number on the sheet.
        cells: Cells by heading.
        letters: Column letters by heading.
    """

    number: int
    cells: Mapping[str, object]
    letters: Mapping[str, str]

    def cell(self, heading: str) -> str:
        """Return the address of a cell; empty where the workbook lacks the column."""
        letters = self.letters.get(heading)
        return f"{letters}{self.number}" if letters else ""


class Register:
    """One business unit's register, as the rules see it."""

    def __init__(self, tables: Tables) -> None:
        self.sheets = tables.sheets
        self.grids = tables.grids
        self.kept = tables.kept
        self._tables = {
            contract.name: _record_table(contract, tables.grids.get(contract.name))
            for contract in USER_TABLES
        }

    def __getitem__(self, table: str) -> RecordTable:
        """Return the records of a user table."""
        return self._tables[table]

    @property
    def tables(self) -> Iterable[RecordTable]:
        """All user tables, in the contract's order."""
        return self._tables.values()

    @property
    def parties(self) -> RecordTable:
        """The interested parties."""
        return self["Parties"]

    @property
    def requirements(self) -> RecordTable:
        """Their requirements."""
        return self["Requirements"]

    @property
    def links(self) -> RecordTable:
        """The links to the ISMS."""
        return self["IsmsLinks"]

    def has(self, need: str) -> bool:
        """Whether the workbook has a table, or a column given as `Table/Heading`."""
        name, _, heading = need.partition("/")
        table = self[name]
        return table.present and (not heading or table.has(heading))

    def field(self, heading: str) -> FieldRecord:
        """Return a field of `Document Control`."""
        return self["DocumentControl"].field_record(heading)

    def field_text(self, heading: str) -> str:
        """Return the text of a field of `Document Control`; empty where it is blank or absent."""
        control = self["DocumentControl"]
        return self.field(heading).text(heading) if control.present else ""

    @cached_property
    def calculated(self) -> int:
        """Number of typed cells that hold a formula, so that what they show may change by itself."""
        return sum(len(table.formulas) for table in self.tables)

    def field_line(self, heading: str) -> str:
        """Return the text of a field of `Document Control` on one line, as titles need it."""
        return " ".join(self.field_text(heading).split())

    @cached_property
    def is_calculated(self) -> bool:
        """Whether each formula among the content has a value."""
        return not any(
            NotCalculated in set(map(type, table.raw[column.heading]))
            for table in self.tables
            for column in table.contract.typed_columns
        )

    @cached_property
    def review_months(self) -> int:
        """The review period in months."""
        if not self["DocumentControl"].present:
            return DEFAULT_REVIEW_MONTHS
        period = "Review period (months)"
        return self.field(period).number(period) or DEFAULT_REVIEW_MONTHS

    @cached_property
    def requirements_of(self) -> dict[str, list[Record]]:
        """Requirements by Party ID."""
        return _by_reference(self.requirements, "Party ID")

    @cached_property
    def links_of(self) -> dict[str, list[Record]]:
        """Links by Requirement ID."""
        return _by_reference(self.links, "Requirement ID")

    @cached_property
    def requirements_citing(self) -> dict[str, list[Record]]:
        """Requirements by Obligation ID."""
        return _by_reference(self.requirements, "Obligation ID")

    def tool_rows(self, table: str) -> list[ToolRow]:
        """Return the rows of a tool table; empty where the workbook has none."""
        grid = self.grids.get(table)
        contract = find_table(table)
        if grid is None or contract is None:
            return []
        wanted = {column.key: column.heading for column in contract.columns}
        places = [
            (wanted[key], position)
            for position, key in enumerate(map(heading_key, grid.headings))
            if key in wanted
        ]
        return [
            ToolRow(
                number=number,
                cells={heading: row[position] for heading, position in places},
                letters={
                    heading: column_letters(grid.first_column + position)
                    for heading, position in places
                },
            )
            for number, row in zip(grid.numbers, grid.rows, strict=True)
            if any(not is_blank(row[position]) for _, position in places)
        ]


def _by_reference(table: RecordTable, heading: str) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for record, ids in zip(table.records, table.values[heading], strict=True):
        if isinstance(ids, tuple):
            for identifier in dict.fromkeys(ids):
                found.setdefault(identifier, []).append(record)
    return found


def priority(requirement: Record) -> str:
    """Return a requirement's priority; empty while a score is missing."""
    return priority_of(requirement.number("Likelihood"), requirement.number("Impact"))


def engagement(party: Record) -> str:
    """Return a party's quadrant of the power–interest grid; empty while a score is missing."""
    return engagement_of(party.number("Power"), party.number("Interest"))


def is_relevant(party: Record) -> bool:
    """Whether the party was decided to be relevant to the ISMS."""
    return party["Relevant to ISMS"] == "Yes"


_ASCII_LETTERS = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else 32 for code in range(256)
)


def plain_letters(text: str) -> str:
    """Return a text without accents, punctuation and case, for comparing names."""
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_LETTERS).split()).decode()
    decomposed = unicodedata.normalize("NFKD", as_seen(text))
    kept = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return compare_key(kept)


def without_control_characters(text: str) -> str:
    """Return a text without the characters XML and terminals cannot carry."""
    return _CONTROL_CHARACTERS.sub("", text)
