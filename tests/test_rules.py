"""Every rule does what its cases say, and nothing else happens on the way."""

from __future__ import annotations

import gc
import re
import weakref
from dataclasses import replace
from datetime import date

import pytest

from isms_xl.cases import AS_OF, Case, base_content, cases, place_of, tables_of
from isms_xl.catalogue import NEVER_ACCEPTED, placeholders, rules
from isms_xl.checking import Report, check
from isms_xl.contract import USER_TABLES
from isms_xl.finding import Finding
from isms_xl.register import Register

ALL_CASES = [
    pytest.param(case, id=f"{case.rule}-{case.kind}-{number}")
    for entries in cases().values()
    for number, case in enumerate(entries, start=1)
]
KINDS = {"fires", "quiet", "edge"}


def place(finding: Finding) -> str:
    return place_of(finding.sheet, finding.record, finding.field)


def places(report: Report, code: str) -> list[str]:
    return sorted(place(finding) for finding in report.findings if finding.code == code)


@pytest.mark.parametrize("case", ALL_CASES)
def test_case(case: Case) -> None:
    report = case.report()
    assert report.failed_rules == ()
    assert places(report, case.rule) == sorted(case.expect)
    others = sorted(f"{f.code} {place(f)}" for f in report.findings if f.code != case.rule)
    assert others == sorted(case.also)
    sentences = [f"{f.message} {f.remedy}" for f in report.findings if f.code == case.rule]
    assert [words for words in case.says if not any(words in text for text in sentences)] == []


@pytest.mark.parametrize("case", [p for p in ALL_CASES if p.values[0].has_fix])  # type: ignore[union-attr]
def test_remedy_works(case: Case) -> None:
    """What the case gives as the remedy makes the rule quiet."""
    assert case.expect, "a case with a fix must fire before it"
    assert places(case.report(fixed=True), case.rule) == []


def test_base_register_is_clean() -> None:
    case = Case(rule="DAT001", kind="quiet", shows="")
    assert case.report().findings == ()


def test_a_malformed_identifier_used_twice_is_reported_once_a_row() -> None:
    content = base_content()
    for row in content["Pestle"][:2]:
        row["Entry ID"] = "one"
    report = check(Register(tables_of(content)), AS_OF)
    rows = [f.cell for f in report.findings if f.code == "DAT006"]
    assert len(rows) == len(set(rows)) == 2


def test_nothing_of_a_register_outlives_its_check() -> None:
    """A worker that stays must not keep what somebody's register holds."""
    register = Register(tables_of(base_content()))
    report = check(register, AS_OF)
    alive = weakref.ref(register), weakref.ref(register.parties)
    assert report.register is register
    del report, register
    gc.collect()
    assert (alive[0](), alive[1]()) == (None, None)


@pytest.mark.parametrize("code", list(rules()))
def test_rule_has_every_kind_of_case(code: str) -> None:
    entries = cases()[code]
    assert {case.kind for case in entries} == KINDS
    firing = [case for case in entries if case.kind == "fires"]
    assert all(case.expect for case in firing)
    assert not any(case.expect for case in entries if case.kind == "quiet")
    assert any(case.has_fix for case in firing), "the handbook shows how it is mended"


@pytest.mark.parametrize("code", list(rules()))
def test_every_wording_is_complete(code: str) -> None:
    rule = rules()[code]
    assert rule.why.endswith("."), "the docstring says why the rule exists"
    assert rule.checklist, "somebody reads the checklist to find it"
    for wording in rule.wordings.values():
        assert wording.message.endswith(".")
        assert wording.remedy.endswith((".", "}"))
        assert wording.message[0] in "{“" or wording.message[0].isupper()
        assert wording.remedy[0].isupper()
    fired = [case.report() for case in cases()[code] if case.expect]
    messages = [f.message + f.remedy for report in fired for f in report.findings if f.code == code]
    assert messages
    assert not any(set("{}") & set(text) for text in messages)
    assert all(name for w in rule.wordings.values() for name in placeholders(w.message))


@pytest.mark.parametrize("code", list(rules()))
def test_every_variant_of_the_wording_is_shown_by_a_case(code: str) -> None:
    rule = rules()[code]
    seen = {
        f.remedy
        for case in cases()[code]
        if case.expect
        for f in case.report().findings
        if f.code == code
    }
    for name, wording in rule.wordings.items():
        start = wording.remedy.split("{")[0]
        assert any(remedy.startswith(start) for remedy in seen), f"no case words {name!r}"


def test_same_register_same_findings() -> None:
    register = Register(tables_of(base_content(), ["sheet PESTLE"]))
    assert check(register, AS_OF).findings == check(register, AS_OF).findings


MANDATORY = [
    f"column {table.name} | {column.heading}"
    for table in USER_TABLES
    for column in table.columns
    if column.mandatory and not table.vertical
]
WHOLE = [part for t in USER_TABLES for part in (f"sheet {t.sheet}", f"table {t.name}")]


@pytest.mark.parametrize("part", [*WHOLE, *MANDATORY])
def test_missing_part_is_reported_once(part: str) -> None:
    """No rule speaks of what it could not see."""
    case = Case(rule="DAT001", kind="fires", shows="", without=(part,))
    assert [finding.code for finding in case.report().findings] == ["DAT001"]


GAP = {"Parties | IP-003 | Power": ""}
ACCEPTANCE: dict[str, object] = {
    "Acceptance ID": "AG-001",
    "Rule": "pty005",
    "Record": "ip-003",
    "Reason": "The shareholder is about to sell its stake.",
    "Approved by": "Chief Financial Officer",
    "Approved on": date(2026, 11, 24),
    "Expires on": date(2026, 11, 24),
}


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, "AG-001"),
        ({"Expires on": date(2026, 11, 23)}, ""),
        ({"Approved on": date(2026, 11, 25)}, ""),
        ({"Approved by": None}, ""),
        ({"Reason": "   "}, ""),
        ({"Expires on": "next year"}, ""),
        ({"Record": "IP-004"}, ""),
        ({"Rule": "PTY006"}, ""),
    ],
)
def test_only_acceptance_in_force_closes_a_gap(change: dict[str, object], accepted: str) -> None:
    """The day of approval and the day of expiry belong to it; the gap stays listed either way."""
    add = {"AcceptedGaps": [ACCEPTANCE | change]}
    report = Case(rule="PTY005", kind="fires", shows="", set=GAP, add=add).report()
    gap = next(finding for finding in report.findings if finding.code == "PTY005")
    assert gap.accepted == accepted
    assert report.accepted == bool(accepted)


@pytest.mark.parametrize("code", sorted(NEVER_ACCEPTED))
def test_what_cannot_be_accepted_stays_open(code: str) -> None:
    case = next(case for case in cases()[code] if case.kind == "fires")
    record = next(f.record for f in case.report().findings if f.code == code)
    row = ACCEPTANCE | {"Acceptance ID": "AG-009", "Rule": code, "Record": record}
    add = {**case.add, "AcceptedGaps": [*case.add.get("AcceptedGaps", ()), row]}
    report = replace(case, add=add).report()
    assert [f.accepted for f in report.findings if f.code == code and f.record == record] == [""]


def test_cases_are_told_apart_by_what_they_show() -> None:
    shown = [(case.rule, case.shows) for entries in cases().values() for case in entries]
    assert len(set(shown)) == len(shown)
    assert all(text[0].isupper() or text[0] in "“0123456789" for _, text in shown)
    assert all(text.endswith((".", "!")) for _, text in shown)


WORDS = sorted(
    {
        w
        for table in USER_TABLES
        for c in table.columns
        for w in (c.heading, *c.allowed)
        if " " in w
    },
    key=len,
    reverse=True,
)
NO_NAMES = {"Applies from", "Last reviewed", "Management review", "Information security"}
"""Headings and values that are words of sentences, too: “applies from 2026-08-02”."""


def test_headings_and_values_keep_their_spelling_in_all_messages() -> None:
    """Whoever filters the sheet for what a message names must find it."""
    wrong = set()
    for finding in (f for entries in cases().values() for case in entries for f in case.found()):
        for text in (finding.message, finding.remedy, finding.brief):
            own = re.sub(r"“[^”]*”|\([^)]*\)", "", text)
            for word in (word for word in WORDS if word not in NO_NAMES):
                for found in re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", own, re.IGNORECASE):
                    if found != word:
                        wrong.add((finding.code, found, text))
                own = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "", own, flags=re.IGNORECASE)
    assert wrong == set()


def test_hints_spell_values_as_their_lists_do() -> None:
    for table in USER_TABLES:
        for column in table.columns:
            for word in column.allowed:
                found = re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", column.hint, re.IGNORECASE)
                assert set(found) <= {word}, f"{table.name} {column.heading}: {column.hint}"
