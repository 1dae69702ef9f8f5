"""DAT: shape and values (7.5). Column checks are pandera schemas made from the contract.

Each column schema's checks carry the rule code in their name. They run on object-dtype columns in
which a blank is None, none of them can raise on odd values, and the records come from the check's
mask: one bad value never hides another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rapidfuzz import process, utils

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import (
    GAPS_COLUMN,
    USER_TABLES,
    VERTICAL_HEADINGS,
    Column,
    Kind,
    Table,
    heading_key,
    identifier_pattern,
    split_references,
)
from isms_xl.finding import Basis, Severity
from isms_xl.folding import as_code, as_seen, odd_in, unseen_in
from isms_xl.register import (
    ExcelError,
    Grid,
    NotCalculated,
    NoValue,
    Record,
    RecordTable,
    Register,
    column_letters,
    compare_key,
    reader_of,
    shortened,
    text_of,
    without_control_characters,
)
from isms_xl.words import counted, join_words

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

_PLACEHOLDERS = re.compile(
    r"[\W_]+"
    r"|\W*(?:n\s*/?\s*a|not applicable|none|nil|todo|to do|pending|unknown|x{2,}|placeholder|dummy|"
    r"sample text|enter text(?: here)?|fill in)\W*"
    r"|\W*(?:tb[acd]|to be (?:completed|confirmed|defined|determined|decided|advised|filled in))"
    r"(?:\W*|\s*[-–:(].*)"
    r"|\W*lorem ipsum\b.*",
    re.IGNORECASE | re.DOTALL,
)
_LIKENESS = 60


CellTest = Callable[[Any], bool]
"""Whether a cell passes; it is asked of filled cells only, and never raises."""


def _no_excel_error(cell: object) -> bool:
    return cell.__class__ is not ExcelError


def _shows_value(cell: object) -> bool:
    return not isinstance(cell, NoValue)


def _is_filled(cell: object) -> bool:
    return cell is not None


def _usable(column: Column) -> CellTest:
    """Whether a cell can be typed as the column asks."""
    read = reader_of(column)
    return lambda cell: read(cell) is not None


def _all_allowed(column: Column) -> CellTest:
    allowed = {compare_key(word) for word in column.allowed}
    return lambda cell: all(
        compare_key(part) in allowed for part in split_references(as_code(text_of(cell)))
    )


def _well_formed(prefix: str) -> CellTest:
    matches = identifier_pattern([prefix]).fullmatch
    return lambda cell: matches(as_code(text_of(cell)).strip()) is not None


def _first_use(cells: pd.Series) -> pd.Series:
    """Whether each identifier stands in no cell above; blanks and Excel errors are none."""
    texts = cells.map(
        lambda cell: (
            as_code(text_of(cell)).upper() if _is_filled(cell) and _shows_value(cell) else None
        )
    )
    return ~texts.duplicated() | texts.isna()


def _not_after(as_of: date) -> CellTest:
    return lambda cell: (
        not isinstance(cell, date) or (cell.date() if isinstance(cell, datetime) else cell) <= as_of
    )


def _has_no_odd_character(cell: object) -> bool:
    return not isinstance(cell, str) or not any(odd_in(cell))


def _has_no_unseen_character(cell: object) -> bool:
    return not isinstance(cell, str) or not any(unseen_in(cell))


def is_placeholder(text: str) -> bool:
    """Whether a text only keeps the place of content: TBC, N/A, ?, “to be completed: …”."""
    return _PLACEHOLDERS.fullmatch(text) is not None


def _is_content(cell: object) -> bool:
    return not (isinstance(cell, str) and is_placeholder(cell))


def _checks(table: Table, column: Column, as_of: date) -> list[pa.Check]:
    import pandera.pandas as pa  # costs half a second; only a validation pays for it

    def check(code: str, passes: Callable[..., Any], *, each: bool = False) -> pa.Check:
        return pa.Check(passes, name=code, element_wise=each, ignore_na=False)

    def check_each(code: str, passes: CellTest) -> pa.Check:
        """Return a check of each cell; blanks pass, cells without a value are DAT005's business."""
        return check(
            code,
            lambda cell: cell is None or isinstance(cell, NoValue) or passes(cell),
            each=True,
        )

    # Derived columns are computed here; whether the workbook shows their values does not matter.
    derived = column.kind is Kind.DERIVED
    checks = [check("DAT005", _no_excel_error if derived else _shows_value, each=True)]
    if column.mandatory and not column.blank_reported_by:
        checks.append(check("DAT002", _is_filled, each=True))
    match column.kind:
        case Kind.CHOICE:
            checks.append(check_each("DAT003", _usable(column)))
        case Kind.CHOICES:
            checks.append(check_each("DAT003", _all_allowed(column)))
        case Kind.SCORE | Kind.COUNT | Kind.DATE:
            checks.append(check_each("DAT004", _usable(column)))
        case Kind.IDENTIFIER:
            checks.append(check_each("DAT006", _well_formed(table.prefix)))
            checks.append(check("DAT006", _first_use))
        case Kind.TEXT if column.mandatory:
            checks.append(check_each("DAT009", _is_content))
    if column.is_code:
        checks.append(check_each("DAT010", _has_no_odd_character))
    elif column.heading == table.label == "Name":
        checks.append(check_each("DAT010", _has_no_unseen_character))
    if column.happened:
        checks.append(check_each("DAT008", _not_after(as_of)))
    return checks


@cache
def schema_of(name: str, as_of: date) -> pa.DataFrameSchema:
    """Return the pandera schema of a user table, made from the contract.

    Args:
        name: Excel table name.
        as_of: The day after which nothing can have happened yet.
    """
    import pandera.pandas as pa

    table = next(table for table in USER_TABLES if table.name == name)
    return pa.DataFrameSchema(
        {
            column.heading: pa.Column(
                object, checks=_checks(table, column, as_of), nullable=True, required=False
            )
            for column in table.columns
        },
        name=name,
    )


_TICKED = {True: "Yes", False: "No"}
"""What a cell means that is a checkbox, or holds TRUE or FALSE."""


class _Departures:
    """What the schemas found in one register on one day: (record, heading) by rule code."""

    def __init__(self, register: Register, as_of: date) -> None:
        self._found: dict[str, dict[tuple[str, str, int], tuple[Record, str]]] = {}
        self._crashed: dict[str, Exception] = {}
        for table in register.tables:
            if table.present:
                self._check(table, as_of)

    def _check(self, table: RecordTable, as_of: date) -> None:
        import numpy as np
        import pandas as pd

        for heading, column in schema_of(table.contract.name, as_of).columns.items():
            if not table.has(heading) and not table.contract.vertical:
                continue
            cells = table.raw[heading]
            distinct = pd.Series(list(cells.distinct), dtype=object)
            for check in column.checks:
                code = str(check.name)
                alone = check.element_wise
                # The report pandera makes of a failed validate() costs more than its checks; the
                # checks of the same schema, called one by one, give their masks for nothing. What
                # is asked of each cell is asked once for all equal ones.
                try:
                    looked_at = distinct if alone else pd.Series(list(cells), dtype=object)
                    passed = check(looked_at).check_output
                except Exception as error:  # noqa: BLE001 - told by the rule, never swallowed
                    self._crashed.setdefault(code, error)
                    continue
                if passed.all():
                    continue
                places = cells.codes if alone else range(len(cells))
                for position in np.flatnonzero(~passed.to_numpy(bool)[places]):
                    record = (
                        table.field_record(heading)
                        if table.contract.vertical
                        else table.records[position]
                    )
                    place = (table.contract.name, heading, int(position))
                    self._found.setdefault(code, {})[place] = record, heading

    def of(self, code: str) -> Iterable[tuple[Record, str]]:
        """Return the places one rule is about.

        Raises:
            Exception: Whatever stopped one of the rule's checks.
        """
        if code in self._crashed:
            raise self._crashed[code]
        return self._found.get(code, {}).values()


_KNOWN: WeakKeyDictionary[Register, tuple[date, _Departures]] = WeakKeyDictionary()


def _departures(register: Register, as_of: date) -> _Departures:
    """Run the schemas once for the register at hand, whichever DAT rule asks first."""
    day, departures = _KNOWN.get(register, (None, None))
    if departures is None or day != as_of:
        departures = _Departures(register, as_of)
        _KNOWN[register] = as_of, departures
    return departures


def _quoted(value: object) -> str:
    return shortened(" ".join(without_control_characters(text_of(value)).split()), 60)


def _hits(code: str, register: Register, on: Circumstances) -> Iterator[tuple[Record, str, Column]]:
    for record, heading in _departures(register, on.as_of).of(code):
        yield record, heading, record.contract.column(heading)


@rule(
    "DAT001",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.1 b)",
    sheet="Document Control",
    title="An expected sheet, table or mandatory column is missing",
    message="The sheet {on} has no Excel table named {table}, and no row with its headings.",
    remedy="Enter the headings of {table} in one row, choose Insert > Table, and name the table "
    "{table}; or move the content into a fresh register.",
    variants={
        "sheet": Wording(
            "The workbook has no sheet {record}.",
            "Add a sheet {record} with a table {table}, or move the content into a fresh register "
            "(isms-xl new makes one).",
        ),
        "moved": Wording(
            "The table {table} stands on the sheet {found}, not on a sheet {record}.",
            "Rename the sheet {found} to {record}.",
        ),
        "list": Wording(
            "The list on the sheet {on} is no Excel table named {table}. It was read by its headings, "
            "{reference}{left_out}.",
            "Select {reference} on the sheet {on}, choose Insert > Table with headers, and enter "
            "{table} as its name under Table Design.",
        ),
        "renamed": Wording(
            "The Excel table on the sheet {on} is named {called} instead of {table}. It was read by "
            "its headings.",
            "Click into it and enter {table} as its name under Table Design{rename_sheet}.",
        ),
        "beside": Wording(
            "The column {record} stands beside the table {table} without being part of it. It was "
            "read all the same.",
            "Drag the corner of the table over it.",
        ),
        "headless": Wording(
            "The table {table} does not show its row of headings, so nobody sees which column is "
            "which, and no cell of it is marked.",
            "Click into it and tick Header Row under Table Design.",
        ),
        "column": Wording(
            "The table {table} has no column {record}, which is mandatory.",
            "Add a column with exactly the heading {record}, or rename the column that holds it.",
        ),
        "stray": Wording(
            "{rows} directly under the table {record} without being part of it.",
            "Drag the corner of the table down over them, or leave an empty row above a remark. "
            "Rows that look like records were checked all the same.",
        ),
    },
    needs=(),
    checklist=("A4",),
)
def missing_part(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What is not there cannot be checked, and an auditor cannot see it either.

    A part that is missing is reported once; the rules that would need it stay silent.
    """
    sheets = {sheet.casefold() for sheet in register.sheets}
    for table in register.tables:
        contract = table.contract
        grid = register.grids.get(contract.name)
        facts: dict[str, object] = {"table": contract.name, "found": table.sheet}
        if grid is None:
            if contract.sheet.casefold() in sheets:
                yield Hit(
                    subject=contract.name,
                    sheet=contract.sheet,
                    facts=facts | {"on": contract.sheet},
                )
            else:
                yield Hit(
                    subject=contract.sheet, sheet=contract.sheet, facts=facts, wording="sheet"
                )
            continue
        is_elsewhere = contract.sheet.casefold() not in sheets
        if grid.called or grid.is_list:
            yield _not_its_table(contract, grid, is_elsewhere=is_elsewhere)
        elif is_elsewhere:
            yield Hit(subject=contract.sheet, sheet=table.sheet, facts=facts, wording="moved")
        if grid.is_headless:
            yield Hit(subject=contract.name, sheet=table.sheet, facts=facts, wording="headless")
        for heading in grid.beside:
            yield Hit(subject=heading, sheet=table.sheet, facts=facts, wording="beside")
        headings = {heading_key(heading) for heading in grid.headings}
        expected = (
            VERTICAL_HEADINGS
            if contract.vertical
            else [column.heading for column in contract.columns if column.mandatory]
        )
        for heading in expected:
            if heading_key(heading) not in headings:
                yield Hit(subject=heading, sheet=table.sheet, facts=facts, wording="column")
        if table.stray_rows:
            yield Hit(
                subject=contract.name,
                sheet=table.sheet,
                cell=f"{column_letters(grid.first_column)}{table.stray_rows[0]}",
                facts={"rows": _rows_stand(table.stray_rows)},
                wording="stray",
            )


def _not_its_table(contract: Table, grid: Grid, *, is_elsewhere: bool) -> Hit:
    """Return that a list was read by its headings, as no Excel table bears its name."""
    facts: dict[str, object] = {"table": contract.name, "on": grid.sheet, "called": grid.called}
    renaming = f", and rename the sheet {grid.sheet} to {contract.sheet}" if is_elsewhere else ""
    first, last = (column_letters(grid.first_column + n) for n in (0, len(grid.headings) - 1))
    bottom = grid.numbers[-1] if grid.numbers else grid.first_row
    facts |= {
        "rename_sheet": renaming,
        "reference": f"{first}{grid.first_row - 1}:{last}{bottom}",
        "left_out": f"; {_left_out(grid.left_out)}" if grid.left_out else "",
    }
    return Hit(
        subject=contract.name,
        sheet=grid.sheet,
        cell=f"{first}{grid.first_row - 1}",
        facts=facts,
        wording="list" if grid.is_list else "renamed",
    )


def _left_out(rows: tuple[int, ...]) -> str:
    which = "row" if len(rows) == 1 else "rows"
    verb = "was" if len(rows) == 1 else "were"
    return f"{which} {', '.join(map(str, rows))} {verb} taken for a total or a remark"


def _rows_stand(rows: tuple[int, ...]) -> str:
    if len(rows) == 1:
        return f"Row {rows[0]} stands"
    return f"Rows {rows[0]} to {rows[-1]} stand"


@rule(
    "DAT002",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.1 b)",
    sheet="Document Control",
    title="A mandatory cell is blank",
    message="{field} is blank {of}.",
    remedy="Fill in {field}: {hint}.",
    needs=(),
    checklist=("A4",),
)
def blank_mandatory_cell(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A register with holes is no documented information an auditor can follow."""
    for record, heading, column in _hits("DAT002", register, on):
        unless = column.mandatory_unless
        if unless is None or record[unless[0]] != unless[1]:
            yield Hit(record, heading, {"hint": column.hint})


@rule(
    "DAT003",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.2",
    sheet="Document Control",
    title="A value is not in its list of allowed values",
    message="“{value}” {of} is no allowed value for {field}.",
    remedy="Choose one of: {allowed:or}.",
    variants={
        "closest": Wording(
            "“{value}” {of} is no allowed value for {field}.",
            "Choose “{closest}”, or another value from the list of the cell.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def value_not_in_list(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Registers can only be read side by side when all use the same words."""
    for record, heading, column in _hits("DAT003", register, on):
        value = record.raw(heading)
        parts = (
            split_references(text_of(value)) if column.kind is Kind.CHOICES else (text_of(value),)
        )
        known = {compare_key(word) for word in column.allowed}
        wrong = next((part for part in parts if compare_key(part) not in known), text_of(value))
        closest = process.extractOne(
            _TICKED[value] if isinstance(value, bool) else wrong,
            column.allowed,
            processor=utils.default_process,
            score_cutoff=_LIKENESS,
        )
        yield Hit(
            record,
            heading,
            {
                "value": _quoted(wrong),
                "allowed": column.allowed,
                "closest": closest[0] if closest else "",
            },
            wording="closest" if closest else "",
        )


@rule(
    "DAT004",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.2",
    sheet="Document Control",
    title="A value has the wrong type",
    message="“{value}” {of} is no date in Excel's sense, although {field} is a date.",
    remedy="Type the date anew as a date, for example 2026-03-31, so that Excel aligns it to the right.",
    variants={
        "score": Wording(
            "“{value}” {of} is no whole number from 1 to 5, although {field} is a score.",
            "Enter a whole number from 1 (lowest) to 5 (highest).",
        ),
        "count": Wording(
            "“{value}” {of} is no number of months.",
            "Enter a whole number of months, for example 12, or leave the cell blank for 12.",
        ),
    },
    needs=(),
    checklist=("A4",),
)
def wrong_type(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A date typed as text sorts and counts as nothing; the tool never guesses what was meant."""
    words = {Kind.DATE: "", Kind.SCORE: "score", Kind.COUNT: "count"}
    for record, heading, column in _hits("DAT004", register, on):
        value = _quoted(record.raw(heading))
        yield Hit(record, heading, {"value": value}, wording=words[column.kind])


@rule(
    "DAT005",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet="Document Control",
    title="A cell of a record holds an Excel error value",
    message="{field} {of} shows the Excel error {value}.",
    remedy="Correct the formula in that cell, or type the value.",
    variants={
        "uncalculated": Wording(
            "{field} {of} holds a formula that is not calculated yet, so its value cannot be told.",
            "Open the workbook in Excel or LibreOffice, let it calculate, and save it.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def excel_error(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An error value hides what was once written there; its integrity is lost."""
    for record, heading in _departures(register, on.as_of).of("DAT005"):
        value = record.raw(heading)
        wording = "uncalculated" if isinstance(value, NotCalculated) else ""
        grid = register.grids[record.contract.name]
        if (grid.is_list or grid.called) and record.contract.column(heading).kind is Kind.DERIVED:
            continue  # its formula names the table, which DAT001 says is missing
        yield Hit(record, heading, {"value": value}, wording=wording)
    for table in register.tables:
        contract = table.contract
        for key, cells in table.columns.items():
            column = contract.find(key)
            if column is not None or key == heading_key(GAPS_COLUMN):
                continue
            for position, value in enumerate(cells):
                if isinstance(value, ExcelError):
                    heading = table.heading(key)
                    record = (
                        table.field_record(heading)
                        if contract.vertical
                        else table.records[position]
                    )
                    yield Hit(record, heading, {"value": value})


@rule(
    "DAT006",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.2 a)",
    sheet="Interested Parties",
    title="An identifier is malformed or used twice",
    message="“{record}” is no well-formed {field}.",
    remedy="Give it an identifier of the form {prefix}-001 and use that wherever it is referred to.",
    variants={
        "twice": Wording(
            "{field} {record} is used more than once; this is not its first use.",
            "Give this row the next free number and correct the references that mean it.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def bad_identifier(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Everything refers to records by their identifiers; an ambiguous one breaks the trail."""
    for record, heading, _ in _hits("DAT006", register, on):
        prefix = record.contract.prefix
        malformed = identifier_pattern([prefix]).fullmatch(record.id) is None
        yield Hit(record, heading, {"prefix": prefix}, wording="" if malformed else "twice")


@rule(
    "DAT007",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet="Requirements",
    title="A reference names a record that does not exist",
    message="{field} {of} names {missing:and}, which {verb} not in the register.",
    remedy="Correct the identifier, or add the record it means to the sheet {target}.",
    needs=(),
    checklist=("A4",),
)
def dangling_reference(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A trail that ends in nothing cannot be followed by an auditor."""
    for table in register.tables:
        for column in table.contract.columns:
            if not column.refers_to or not table.has(column.heading):
                continue
            target = register[column.refers_to]
            if not target.present or not target.has_identifier:
                continue
            dangling = _not_in(target.by_id)
            for record, missing in zip(
                table.records, table.values[column.heading].each(dangling), strict=True
            ):
                if missing:
                    yield Hit(
                        record,
                        column.heading,
                        {
                            "missing": missing,
                            "verb": "is" if len(missing) == 1 else "are",
                            "target": target.contract.sheet,
                        },
                    )


def _not_in(known: Container[str]) -> Callable[[object], tuple[str, ...]]:
    """Return the function that picks the unknown ones out of a cell's identifiers."""

    def dangling(ids: object) -> tuple[str, ...]:
        if not isinstance(ids, tuple):
            return ()
        return tuple(_quoted(i) for i in dict.fromkeys(ids) if i not in known)

    return dangling


@rule(
    "DAT008",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet="Evidence Log",
    title="Something is said to have happened in the future",
    message="{field} {of} is {value}, which lies in the future.",
    remedy="Enter the date on which it really happened, or leave the cell blank until it has.",
    variants={
        "record": Wording(
            "{field} {of} is {value}, which lies in the future.",
            "Enter the date on which it really happened, or take the row out until it has.",
        ),
    },
    needs=(),
    checklist=("A4",),
)
def happened_in_the_future(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A record of what has not happened yet is no evidence."""
    for record, heading, column in _hits("DAT008", register, on):
        wording = "record" if column.mandatory else ""
        yield Hit(record, heading, {"value": record.date(heading)}, wording=wording)


@rule(
    "DAT009",
    Severity.OBS,
    Basis.PRACTICE,
    "7.5.1 b)",
    sheet="Document Control",
    title="A placeholder stands where content belongs",
    message="{field} {of} holds the placeholder “{value}”.",
    remedy="Replace the placeholder with {field} as it really is: {hint}.",
    needs=(),
    checklist=("A4",),
)
def placeholder(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A placeholder looks filled in and says nothing."""
    for record, heading, column in _hits("DAT009", register, on):
        value = _quoted(record.raw(heading))
        yield Hit(record, heading, {"value": value, "hint": column.hint})


@rule(
    "DAT010",
    Severity.OBS,
    Basis.PRACTICE,
    "7.5.2",
    sheet="Document Control",
    title="A cell holds an invisible or look-alike character",
    message="{field} {of} holds an invisible or look-alike character ({characters}). A reader sees "
    "“{seen}”, and it was read as that.",
    remedy="Type {seen} into the cell anew, so that Excel finds, filters and sorts it, too.",
    needs=(),
    checklist=("A4",),
)
def odd_character(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What looks the same must be the same, or filters, formulas and other programs do not find it."""
    for record, heading, column in _hits("DAT010", register, on):
        value = text_of(record.raw(heading))
        fold, names = (as_code, odd_in) if column.is_code else (as_seen, unseen_in)
        facts = {"characters": join_words(list(names(value))), "seen": _quoted(fold(value))}
        yield Hit(record, heading, facts)


@rule(
    "DAT011",
    Severity.OBS,
    Basis.PRACTICE,
    "7.5.3 e)",
    sheet="Document Control",
    title="A typed cell holds a formula",
    message="{cells} {on} calculated by a formula, {first} the first, so what is shown there may change "
    "after it was approved.",
    remedy="Copy the cell, and paste it in its place as a value (Paste Special > Values).",
    needs=(),
    checklist=("A4",),
)
def typed_formula(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Who approves a text does not approve a formula that shows another one tomorrow."""
    for table in register.tables:
        at = {row: position for position, row in enumerate(table.row_numbers)}
        shown = [  # DAT005 reports what shows an error, or no value yet
            (row, key)
            for row, key in table.formulas
            if not isinstance(table.columns[key][at.get(row, 0)], NoValue)
        ]
        if not shown:
            continue
        row, key = min(shown, key=lambda place: place[0])
        heading = "Value" if table.contract.vertical else key
        many = len(shown)
        yield Hit(
            subject=table.contract.name,
            sheet=table.sheet,
            cell=table.cell(heading, row),
            facts={
                "cells": f"{counted(many, 'cell')} of {table.sheet}",
                "on": "is" if many == 1 else "are",
                "first": table.cell(heading, row),
            },
        )
