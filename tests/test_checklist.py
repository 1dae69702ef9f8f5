"""A line of the checklist is green only where its rules had something to look at, and found nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from isms_xl.books.file import FileBook
from isms_xl.cases import AS_OF, Case, base_content, tables_of
from isms_xl.checking import check
from isms_xl.checklist import LINES, NOT_STARTED, NOTHING_TO_JUDGE, PARTLY, LineState, states
from isms_xl.content import STARTERS, starter
from isms_xl.group_book.marks import NONE_FOUND, state_text
from isms_xl.group_facts import unit_result
from isms_xl.register import Register
from isms_xl.template import build_template

TABLES = {
    "A1": ("Pestle", "EvidenceLog"),
    "A2": ("Parties",),
    "A3": ("Requirements",),
    "A4": ("DocumentControl",),
    "F1": ("Parties",),
    "F2": ("Requirements",),
    "F3": ("Requirements",),
    "F4": ("Reviews",),
}
"""The tables whose records a line is about."""


def lines_of(register: Register) -> Mapping[str, LineState]:
    return {state.line.number: state for state in states(check(register, AS_OF))}


def test_every_line_is_clear_where_all_was_judged_and_nothing_found() -> None:
    lines = lines_of(Register(Case(rule="DAT001", kind="quiet", shows="").tables()))
    assert {line.state for line in lines.values()} == {"No gap found"}
    assert {line.judged.number == line.judged.of > 0 for line in lines.values()} == {True}


@pytest.mark.parametrize("number", [line.number for line in LINES])
def test_no_line_is_clear_without_its_records(number: str) -> None:
    content = base_content()
    for table in TABLES[number]:
        content[table] = [dict.fromkeys(row, "") for row in content[table]]
    assert not lines_of(Register(tables_of(content)))[number].is_clear


@pytest.mark.parametrize("number", [line.number for line in LINES])
def test_no_line_is_clear_without_its_tables(number: str) -> None:
    without = [f"table {table}" for table in TABLES[number]]
    line = lines_of(Register(tables_of(base_content(), without)))[number]
    assert not line.is_clear


@pytest.mark.parametrize("name", STARTERS)
def test_fresh_register_shows_no_green_line_for_what_nobody_began(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "fresh.xlsx"
    path.write_bytes(build_template(starter(name), created=AS_OF))
    lines = lines_of(Register(FileBook.open(path).tables()))
    assert [n for n in ("A3", "F2", "F3", "F4") if lines[n].is_clear] == []
    expected = NOT_STARTED if name == "blank" else NOTHING_TO_JUDGE
    assert lines["F2"].state == expected


def test_priorities_are_not_judged_before_anything_is_addressed() -> None:
    content = base_content()
    for row in content["Requirements"]:
        row.pop("Addressed by ISMS", None)
    line = lines_of(Register(tables_of(content)))["F2"]
    assert line.state == NOTHING_TO_JUDGE


def test_partly_decided_register_is_partly_checked() -> None:
    content = base_content()
    content["Requirements"][0].pop("Addressed by ISMS")
    line = lines_of(Register(tables_of(content)))["F2"]
    assert line.state == PARTLY
    assert "1 of" in line.behind
    assert "not decided yet" in line.behind


def test_missing_column_leaves_a_line_not_fully_checked() -> None:
    tables = tables_of(base_content(), ["column Parties | Party type"])
    line = lines_of(Register(tables))["F1"]
    assert line.state != "No gap found"
    assert "could not be applied" in line.behind


def test_group_workbook_says_the_same() -> None:
    report = check(Register(tables_of({**base_content(), "Requirements": []})), AS_OF)
    result = unit_result(report, source="a.xlsx", digest="")
    shown = {state.line: state_text(state) for state in result.checklist}
    assert shown["F2"] == "– not started"
    assert NONE_FOUND not in (shown["F2"], shown["F3"])
