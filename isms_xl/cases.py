"""The rule cases: small registers that show when a rule fires, stays quiet, and where its edge is.

One set of TOML files serves the tests, the rule handbook and `isms-xl rules CODE`. Every case is a
patch on the same clean register (`base.toml`), so what the patch changes is what the rule is about.
A case of a group rule patches a register for each of several units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar

from isms_xl.catalogue import FAMILIES, GROUP_FAMILY
from isms_xl.checking import Report, check
from isms_xl.content import Content, content_of, data_document
from isms_xl.contract import IMPORT_TASKS, USER_TABLES, VERSIONS, Table, row_name
from isms_xl.errors import ContractError
from isms_xl.finding import Finding
from isms_xl.group import Failure, FailureKind, Group
from isms_xl.group_checking import check_group
from isms_xl.group_facts import unit_result
from isms_xl.register import ExcelError, Grid, NotCalculated, Register, Tables
from isms_xl.versions import version_row

AS_OF = date(2026, 11, 24)
HEADER_ROW = 4
"""Row of the headings in the case registers, as in the template."""

HISTORY = ("1.0 2025-11-20", "1.1 2026-11-20")
"""The versions of a case register, unless the case says otherwise."""

EXCEL_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
"""Texts that stand for Excel's own error values."""


@dataclass(frozen=True)
class Case:
    """One case of one rule.

    Attributes:
        rule: Code of the rule.
        kind: `fires`, `quiet` or `edge`.
        shows: What the case shows, as a sentence.
        expect: Places of the rule's findings, `Sheet | Record | Field`; none where it stays quiet.
        says: Words to be read in the messages or remedies of the rule's findings.
        also: What other rules rightly report too, `CODE Sheet | Record | Field`.
        set: New cell values by `Table | Record | Field`; an empty text blanks the cell, a text
            such as `#REF!` is that Excel error. A record without ID is known by its row, `row 19`.
        add: Rows to append, by table; an empty one is a wholly empty row. What a row leaves out it
            takes over from the record of the clean register that its key `like` names.
        remove: Records to take out, `Table | Record`; `Table` alone empties the table.
        without: Parts to leave out: `sheet Name`, `table Name` or `column Table | Heading`.
        stray: By table, how many of its last rows stand directly under it without being part of it.
        read_as: By table, attributes of its grid that differ where a book read it by its headings.
        moved: By table, the sheet on which it stands instead of its own.
        versions: The history stamped on that content, `Version Date` each. What `set`, `add` and
            `remove` do to Versions comes after the stamp and tampers with it.
        since: Cell values changed since the latest version, in the manner of `set`.
        fix: The cell values that mend it, in the manner of `set`.
        fix_remove: Records whose removal mends it, in the manner of `remove`.
        fix_add: Rows that mend it, in the manner of `add`.
        fix_parts: Whether it is mended by putting back what `without`, `stray`, `moved` and `read_as`
            name.
        fix_versions: The history that mends it, stamped on the mended content.
        as_of: The day that counts as today.
        files: Files that exist beside the workbook; None for not looking.
    """

    rule: str
    kind: str
    shows: str
    expect: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    set: Mapping[str, object] = field(default_factory=dict)
    add: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    stray: Mapping[str, int] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    read_as: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    versions: tuple[str, ...] = HISTORY
    since: Mapping[str, object] = field(default_factory=dict)
    fix: Mapping[str, object] = field(default_factory=dict)
    fix_remove: tuple[str, ...] = ()
    fix_add: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    fix_parts: bool = False
    fix_versions: tuple[str, ...] = ()
    as_of: date = AS_OF
    files: tuple[str, ...] | None = None

    @property
    def has_fix(self) -> bool:
        """Whether the case says how it is mended."""
        values = self.fix or self.fix_remove or self.fix_add
        return bool(values or self.fix_parts or self.fix_versions)

    @property
    def patches(self) -> Mapping[str, Case]:
        """The patches of the case by unit; one register needs no name."""
        return {"": self}

    def found(self, *, fixed: bool = False) -> tuple[Finding, ...]:
        """Return the findings before or after mending."""
        return self.report(fixed=fixed).findings

    def report(self, *, fixed: bool = False) -> Report:
        """Check the case's register, before or after mending."""
        exists = None if self.files is None else self.files.__contains__
        return check(Register(self.tables(fixed=fixed)), self.as_of, exists)

    def tables(self, *, fixed: bool = False) -> Tables:
        """Return the case's register as a book would hand it over, before or after mending."""
        build = tables_of if fixed and self.fix_parts else self._tables_of
        content = base_content()
        _change(content, self.remove, self.add, self.set)
        if fixed and not self.since:
            _change(content, self.fix_remove, self.fix_add, self.fix)
        versions = _stamped(build(content), self.versions)
        _set(content, self.since)
        if fixed and self.since:
            _change(content, self.fix_remove, self.fix_add, self.fix)
        if fixed and self.fix_versions:
            versions = _stamped(build(content), self.fix_versions)
        else:
            _change(versions, self.remove, self.add, self.set)
        tasks: Content = {IMPORT_TASKS.name: []}
        _change(tasks, self.remove, self.add, self.set)
        if fixed:
            _change(versions, self.fix_remove, self.fix_add, self.fix)
            _change(tasks, self.fix_remove, self.fix_add, self.fix)
        return build(content | versions | tasks)

    def _tables_of(self, content: Content) -> Tables:
        tables = tables_of(content, self.without, self.stray, self.moved)
        odd = {
            name: replace(tables.grids[name], **_grid_values(other))
            for name, other in self.read_as.items()
        }
        return replace(tables, grids={**tables.grids, **odd})


def _grid_values(other: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes of a grid; formulas are given as `[row, place in the row, text]`."""
    formulas = {(row, at): text for row, at, text in other.get("formulas", ())}
    return {**other, "formulas": formulas} if formulas else dict(other)


@dataclass(frozen=True)
class GroupCase:
    """One case of a rule that reads the registers of several units side by side.

    Attributes:
        rule: Code of the rule.
        kind: `fires`, `quiet` or `edge`.
        shows: What the case shows, as a sentence.
        unit: The units' patches by business unit, in the order of their registers. A unit has that
            name and a document ID of its own, unless its patch says otherwise.
        expected: Units that should have delivered a register.
        unread: Number of files that could not be read.
        expect: Places of the rule's findings, `Unit | Sheet | Record | Field`.
        says: Words to be read in the messages or remedies of the rule's findings.
        also: What other group rules rightly report too, `CODE Unit | Sheet | Record | Field`.
        fix_unit: Patches of registers whose arrival mends it, by business unit.
    """

    rule: str
    kind: str
    shows: str
    unit: Mapping[str, Mapping[str, Any]]
    expected: tuple[str, ...] = ()
    unread: int = 0
    expect: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    fix_unit: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def has_fix(self) -> bool:
        """Whether the case says how it is mended."""
        return bool(self.fix_unit) or any(case.has_fix for case in self.patches.values())

    @property
    def patches(self) -> Mapping[str, Case]:
        """The patches of the case by unit."""
        return {
            name: Case(rule=self.rule, kind=self.kind, shows="", **patch)
            for name, patch in self.unit.items()
        }

    def found(self, *, fixed: bool = False) -> tuple[Finding, ...]:
        """Return the findings before or after mending."""
        return tuple(found.finding for found in self.group(fixed=fixed).findings)

    def group(self, *, fixed: bool = False) -> Group:
        """Check the registers side by side, before or after mending."""
        units = dict(self.unit) | (dict(self.fix_unit) if fixed else {})
        results = []
        for number, (name, patch) in enumerate(units.items(), start=1):
            own = {
                "DocumentControl | Business unit": name,
                "DocumentControl | Document ID": f"ISMS-REG-{number:03}",
            }
            values = {**own, **patch.get("set", {})}
            case = Case(rule=self.rule, kind=self.kind, shows="", **{**patch, "set": values})
            file = f"{name.casefold().replace(' ', '-')}.xlsx"
            results.append(unit_result(case.report(fixed=fixed), source=file, digest=""))
        failures = tuple(
            Failure(
                f"file-{number}.xlsx", FailureKind.UNREADABLE, "The file is empty.", "Ask again."
            )
            for number in range(self.unread)
        )
        return check_group(Group(AS_OF, tuple(results), failures, expected=self.expected))


def _split(place: str) -> list[str]:
    return [part.strip() for part in place.split("|")]


def base_content() -> Content:
    """Return a fresh copy of the clean register's rows: no rule finds a departure in it."""
    return content_of(data_document("rule_cases/base.toml"))


def _named(table: Table, rows: list[dict[str, object]], record: str) -> dict[str, object]:
    heading = table.columns[0].heading
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        if table.vertical or record in (row.get(heading), row_name(number)):
            return row
    raise ContractError(f"{table.name} has no record {record}.", "Correct the rule case.")


def _table(name: str) -> Table:
    for table in (*USER_TABLES, VERSIONS, IMPORT_TASKS):
        if table.name == name:
            return table
    raise ContractError(f"No table is called {name}.", "Correct the rule case.")


def _change(
    content: Content,
    remove: Sequence[str],
    add: Mapping[str, Sequence[Mapping[str, object]]],
    values: Mapping[str, object],
) -> None:
    """Change the tables at hand; what is said about others is for another call."""
    _remove(content, [place for place in remove if _table(_split(place)[0]).name in content])
    for name, rows in add.items():
        if _table(name).name in content:
            content[name] += [_row(name, row) for row in rows]
    _set(content, {k: v for k, v in values.items() if _table(_split(k)[0]).name in content})


def _row(name: str, row: Mapping[str, object]) -> dict[str, object]:
    cells = dict(row)
    model = cells.pop("like", None)
    return _named(_table(name), base_content()[name], str(model)) | cells if model else cells


def _set(content: Content, values: Mapping[str, object]) -> None:
    for place, value in values.items():
        name, record, *heading = _split(place)
        table = _table(name)
        row = _named(table, content[name], record)
        row[record if table.vertical else heading[0]] = value


def _remove(content: Content, records: Sequence[str]) -> None:
    for place in records:
        name, *record = _split(place)
        table, rows = _table(name), content[name]
        if not record:
            rows.clear()
        elif table.vertical:
            rows[0].pop(record[0])
        else:
            rows.remove(_named(table, rows, record[0]))


def _stamped(tables: Tables, versions: Sequence[str]) -> Content:
    """Return a version history that fits the content, so that only a case's own patch breaks it."""
    register = Register(tables)
    rows: list[dict[str, object]] = []
    previous = ""
    for entry in versions:
        version, day = entry.split()
        on = date.fromisoformat(day)
        row = version_row(
            previous,
            register,
            version=version,
            on=on,
            author="Head of Information Security",
            summary="Yearly review." if rows else "First issue.",
            open_major=0,
            open_minor=0,
            approved_by="Chief Executive Officer",
            approved_on=on,
        )
        previous = str(row["Chain digest"])
        rows.append(row)
    return {VERSIONS.name: rows}


def _cell(value: object) -> object:
    if isinstance(value, Mapping):
        return NotCalculated(value["formula"])
    if value in EXCEL_ERRORS:
        return ExcelError(str(value))
    return None if value == "" else value


def _grid(
    table: Table, rows: list[dict[str, object]], left_out: Sequence[str], stray: int, sheet: str
) -> Grid:
    own = [heading for row in rows for heading in row if table.find(heading) is None]
    known = [h for h in table.headings if not table.vertical or h in rows[0]]
    headings = tuple(dict.fromkeys((*known, *own)))
    if table.vertical:
        rows = [{"Field": name, "Value": rows[0][name]} for name in headings]
        headings = ("Field", "Value")
    headings = tuple(h for h in headings if f"column {table.name} | {h}" not in left_out)
    end = HEADER_ROW + 1 + len(rows)
    return Grid(
        table=table.name,
        sheet=sheet,
        headings=headings,
        rows=[[_cell(row.get(heading)) for heading in headings] for row in rows],
        first_row=HEADER_ROW + 1,
        first_column=1,
        stray_rows=tuple(range(end - stray, end)),
    )


def tables_of(
    content: Content,
    without: Sequence[str] = (),
    stray: Mapping[str, int] = MappingProxyType({}),
    moved: Mapping[str, str] = MappingProxyType({}),
) -> Tables:
    """Return rows as the grids a book would hand over."""
    written = (IMPORT_TASKS,) if content.get(IMPORT_TASKS.name) else ()
    known = (*USER_TABLES, VERSIONS, *written)
    tables = [table for table in known if f"sheet {table.sheet}" not in without]
    sheets = {table.name: moved.get(table.name, table.sheet) for table in tables}
    grids = {
        table.name: _grid(
            table, content[table.name], without, stray.get(table.name, 0), sheets[table.name]
        )
        for table in tables
        if table.name in content and f"table {table.name}" not in without
    }
    return Tables(grids, tuple(sheets.values()))


@cache
def cases() -> Mapping[str, tuple[Case, ...]]:
    """Return the cases of the rules that look at one register, by rule code."""
    return _by_rule(
        Case(**values)
        for family in FAMILIES
        if family != GROUP_FAMILY
        for values in _entries(family)
    )


@cache
def group_cases() -> Mapping[str, tuple[GroupCase, ...]]:
    """Return the cases of the group rules by rule code."""
    return _by_rule(GroupCase(**values) for values in _entries(GROUP_FAMILY))


def cases_of(code: str) -> Sequence[Case | GroupCase]:
    """Return the cases of one rule."""
    return group_cases()[code] if code.startswith(GROUP_FAMILY) else cases()[code]


def _entries(family: str) -> Iterator[dict[str, Any]]:
    for entry in data_document(f"rule_cases/{family}.toml")["case"]:
        yield {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}


_AnyCase = TypeVar("_AnyCase", Case, GroupCase)


def _by_rule(entries: Iterable[_AnyCase]) -> Mapping[str, tuple[_AnyCase, ...]]:
    found: dict[str, list[_AnyCase]] = {}
    for case in entries:
        found.setdefault(case.rule, []).append(case)
    return {code: tuple(entries) for code, entries in found.items()}


def place_of(sheet: str, record: str, heading: str) -> str:
    """Return a place in the cases' notation."""
    return f"{sheet} | {record} | {heading}" if heading else f"{sheet} | {record}"
