"""The rules that read registers side by side do what their cases say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from isms_xl import catalogue
from isms_xl.cases import GroupCase, group_cases, place_of
from isms_xl.catalogue import group_rules, placeholders
from isms_xl.group import Group, GroupFinding, UnitDetails, UnitParty
from isms_xl.group_checking import check_group

ALL_CASES = [
    pytest.param(case, id=f"{case.rule}-{case.kind}-{number}")
    for entries in group_cases().values()
    for number, case in enumerate(entries, start=1)
]
FIXED = [param for param in ALL_CASES if param.values[0].has_fix]  # type: ignore[union-attr]


def place(found: GroupFinding) -> str:
    finding = found.finding
    return f"{found.unit} | {place_of(finding.sheet, finding.record, finding.field)}"


def places(group: Group, code: str) -> list[str]:
    return sorted(place(found) for found in group.findings if found.finding.code == code)


@pytest.mark.parametrize("case", ALL_CASES)
def test_case(case: GroupCase) -> None:
    group = case.group()
    assert group.failed_rules == ()
    assert places(group, case.rule) == sorted(case.expect)
    others = [f"{f.finding.code} {place(f)}" for f in group.findings if f.finding.code != case.rule]
    assert sorted(others) == sorted(case.also)
    sentences = [f"{found.finding.message} {found.finding.remedy}" for found in group.findings]
    assert [words for words in case.says if not any(words in text for text in sentences)] == []


@pytest.mark.parametrize("case", FIXED)
def test_remedy_works(case: GroupCase) -> None:
    assert case.expect, "a case with a fix must fire before it"
    assert places(case.group(fixed=True), case.rule) == []


@pytest.mark.parametrize("code", list(group_rules()))
def test_rule_is_complete(code: str) -> None:
    rule, entries = group_rules()[code], group_cases()[code]
    assert {case.kind for case in entries} == {"fires", "quiet", "edge"}
    assert all(case.expect for case in entries if case.kind == "fires")
    assert not any(case.expect for case in entries if case.kind == "quiet")
    assert any(case.has_fix for case in entries), "the handbook shows how it is mended"
    assert rule.why.endswith(".")
    assert rule.checklist
    assert not rule.can_be_accepted
    found = [f for case in entries for f in case.found() if f.code == code]
    assert not any(set("{}") & set(finding.message + finding.remedy) for finding in found)
    for wording in rule.wordings.values():
        assert wording.message.endswith(".")
        assert wording.remedy.endswith(".")
        assert list(placeholders(wording.message))
        start = wording.remedy.split("{")[0]
        assert any(finding.remedy.startswith(start) for finding in found)


def test_cell_is_where_the_register_says_it() -> None:
    case = next(case for case in group_cases()["GRP002"] if case.kind == "fires")
    found = next(found for found in case.group().findings)
    assert (found.source, found.finding.cell) == ("speech.xlsx", "C9")
    assert found.others == ("Language",)


def test_crashed_rule_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(group: Group, on: object) -> list[catalogue.GroupHit]:
        raise ZeroDivisionError("division by zero")

    rule = group_rules()["GRP002"]
    monkeypatch.setitem(catalogue._REGISTERED, "GRP002", replace(rule, find=crash))
    case = next(case for case in group_cases()["GRP003"] if case.kind == "fires")
    group = case.group()
    assert [failed.code for failed in group.failed_rules] == ["GRP002"]
    assert places(group, "GRP003") == sorted(case.expect)


def crowd(units: int, names: int) -> Group:
    """Return a group whose units have parties of their own, and one they all spell alike or nearly."""
    plain = next(iter(group_cases()["GRP001"])).group().units[0]
    places = (
        "Alder",
        "Brack",
        "Calder",
        "Dun",
        "East",
        "Fern",
        "Garrow",
        "Hollin",
        "Inver",
        "Jarl",
    )
    results = []
    for number in range(units):
        parties = [
            f"{places[(number + n) % 10]}{chr(97 + n % 26) * 5} Bank {number * names + n}"
            for n in range(names)
        ]
        parties.append("Norvane Water Company" if number else "Norvane Watter Company")
        details = UnitDetails(
            parties=tuple(
                UnitParty(f"IP-{n:03}", name, "", "", "Yes", None, None, "", 0, 0, "", "", None)
                for n, name in enumerate(parties, start=1)
            )
        )
        name = f"Unit {number}"
        results.append(
            replace(
                plain,
                source=f"{number:04}.xlsx",
                business_unit=name,
                document_id=name,
                packed=details.packed(),
            )
        )
    return Group(date(2026, 11, 24), tuple(results))


def test_thousand_registers_are_compared() -> None:
    """Forty names each: without blocks these would be eight hundred million pairs."""
    found = check_group(crowd(1_000, 40)).findings
    assert [(f.source, f.finding.record) for f in found] == [("0000.xlsx", "IP-041")]
    assert len(found[0].others) == 999
