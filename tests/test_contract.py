"""The contract and the catalogue are what other people's files and scripts rely on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbooks import FIELDS, TOOL_SHEETS, USER_SHEETS, mandatory, words

from isms_xl.catalogue import all_rules, rules
from isms_xl.checklist import LINES
from isms_xl.contract import TABLES, engagement_of, priority_of
from isms_xl.periods import add_months, is_older
from isms_xl.reference import all_obligations, annex_a, is_known_control, obligations, successors

RULES = """
DAT001 major practice | DAT002 major practice | DAT003 minor practice | DAT004 minor practice
DAT005 minor practice | DAT006 major practice | DAT007 major practice | DAT008 minor practice
DAT009 obs practice | DAT010 obs practice | DAT011 obs practice
| PTY001 major standard | PTY002 minor practice
PTY003 minor practice
PTY004 obs practice | PTY005 minor practice | PTY006 minor practice | PTY007 minor practice
PTY008 obs practice | PTY009 obs practice | CTX001 minor practice | CTX002 minor standard
CTX003 obs practice | REQ001 major standard | REQ002 minor practice | REQ003 minor practice
REQ004 minor practice | REQ005 minor practice | REQ006 major standard | REQ007 minor practice
REQ008 major standard | REQ009 minor practice | REQ010 minor practice | REQ011 major practice
REQ012 minor practice | IMP001 obs practice
LNK001 major practice | LNK002 minor practice | LNK003 minor practice | LNK004 minor practice
LNK005 obs practice | LNK006 obs practice | EVD001 major practice | EVD002 obs practice
EVD003 minor practice | EVD004 minor practice | REV001 major practice | REV002 major practice
REV003 minor practice | REV004 major practice | REV005 minor standard | REV006 minor practice
REV007 obs practice | REV008 obs practice
| DOC001 major standard | DOC002 minor standard | DOC003 minor standard
DOC004 major standard | DOC005 major standard | ACC001 minor practice | ACC002 obs practice
DOC006 minor practice | DOC007 obs practice | ACC003 obs practice
GRP001 major practice | GRP002 minor practice | GRP003 minor practice | GRP004 obs practice
GRP005 major practice | GRP006 minor practice
"""


@pytest.mark.parametrize("name", [*USER_SHEETS, *TOOL_SHEETS])
def test_tables_are_as_agreed(name: str) -> None:
    sheet, headings = (USER_SHEETS | TOOL_SHEETS)[name]
    table = TABLES[name]
    assert table.sheet == sheet
    assert table.headings == words(headings)
    assert tuple(c.heading for c in table.columns if c.mandatory) == mandatory(headings)


def test_document_control_is_as_agreed() -> None:
    table = TABLES["DocumentControl"]
    assert table.headings == words(FIELDS)
    assert tuple(c.heading for c in table.columns if c.mandatory) == mandatory(FIELDS)


def test_catalogue_is_as_agreed() -> None:
    agreed = {
        tuple(entry.split()) for line in RULES.split("\n") for entry in line.split("|") if entry
    }
    found = {(code, rule.severity.value, rule.basis.value) for code, rule in all_rules().items()}
    assert found == agreed


def test_every_checklist_line_has_rules_behind_it() -> None:
    behind = {number for rule in rules().values() for number in rule.checklist}
    assert behind == {line.number for line in LINES}


def test_reference_lists_are_whole() -> None:
    assert len(annex_a()) == 93
    assert len(obligations()) == 12
    assert len({o.title for o in all_obligations()}) == len(all_obligations()) == 50
    assert successors("A.18.2.3") == ("A.5.36", "A.8.8")
    assert all(new in annex_a() for new in successors("A.9.2"))
    assert all(map(is_known_control, ("A.5.1", "8.34", "ORG: Model release board")))
    assert not any(map(is_known_control, ("A.18.1.4", "A.5.38", "ORG:", "")))


@given(st.integers(1, 5), st.integers(1, 5))
def test_derived_values(one: int, other: int) -> None:
    bands = {
        "Low": range(1, 5),
        "Medium": range(5, 10),
        "High": range(10, 17),
        "Critical": range(17, 26),
    }
    assert one * other in bands[priority_of(one, other)]
    quadrant = {
        (True, True): "Manage closely",
        (True, False): "Keep satisfied",
        (False, True): "Keep informed",
        (False, False): "Monitor",
    }
    assert engagement_of(one, other) == quadrant[one >= 4, other >= 4]


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_period_ends_on_the_same_day_or_the_months_last(day: date, months: int) -> None:
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day <= day.day
    assert not is_older(day, months, end)
