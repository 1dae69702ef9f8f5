"""The rule handbook, made from the catalogue and the rule cases: no word of a rule stands here."""

from __future__ import annotations

import re
import string
from itertools import groupby

from pages import bullets, page, plain, table

from isms_xl.cases import Case, GroupCase, cases_of
from isms_xl.catalogue import FAMILIES, NEVER_ACCEPTED, Rule, Wording, all_rules, group_rules
from isms_xl.checklist import LINES
from isms_xl.errors import ContractError
from isms_xl.finding import Basis, Finding, Severity
from isms_xl.rule_console import basis_sentence, example_of
from isms_xl.words import counted, join_words

_KINDS = {"fires": "Fires", "quiet": "Stays quiet", "edge": "At the edge"}


def rule_handbook() -> bytes:
    """Return the page."""
    catalogue = list(all_rules().values())
    lines = _introduction(catalogue)
    for family, entries in groupby(catalogue, key=lambda rule: rule.code[:3]):
        lines += ["", f"## {FAMILIES[family]} ({family})", ""]
        for rule in entries:
            lines += _section(rule)
    return page(lines)


def _introduction(catalogue: list[Rule]) -> list[str]:
    never = join_words([*sorted(NEVER_ACCEPTED), "the rules of the group"])
    shall = sum(rule.basis is Basis.STANDARD for rule in catalogue)
    lines = [
        "# Rule handbook",
        "",
        f"isms-xl checks a register against {counted(len(catalogue), 'rule')}. This page holds what "
        "`isms-xl rules CODE` says about each of them, and the cases they are tested with. All "
        "clauses are of ISO/IEC 27001:2022.",
        "",
        "**Weight.** "
        f"{Severity.MAJOR.mark} *major* and {Severity.MINOR.mark} *minor* are nonconformities in "
        f"audit terms; {Severity.OBS.mark} an *observation* is none, but worth a look. A register "
        "without open gaps of a weight is not thereby conforming: it means that no rule found a "
        "departure. The tool checks; people audit.",
        "",
        f"**Basis.** {counted(shall, 'rule')} {'rests' if shall == 1 else 'rest'} on a “shall” of the "
        f"standard. The other {len(catalogue) - shall} rest on practice: what auditors and published "
        "guidance expect although the standard leaves the form open. Clause 4.2 itself demands no "
        "document. Each rule says which it is.",
        "",
        "**Accepting a gap.** On the sheet Accepted Gaps somebody can answer for a gap, with a reason "
        f"and an end date. Not so for {never}.",
        "",
        f"**Groups.** {counted(len(group_rules()), 'rule')} ({', '.join(group_rules())}) read the "
        "registers of several business units side by side; `isms-xl batch` applies them. Where "
        "registers contradict each other, those that say otherwise than most are named.",
        "",
        "**Examples.** Each starts from the same clean register; only what is named is different. "
        "`Requirements | RQ-003 | Owner` is the column Owner of the record RQ-003 on Requirements.",
        "",
    ]
    overview = (
        [
            f"[{rule.code}](#{rule.code.lower()})",
            f"{rule.severity.mark} {rule.severity.word}",
            rule.basis.value,
            rule.clause,
            plain(rule.title),
        ]
        for rule in catalogue
    )
    return [*lines, *table(["Rule", "Weight", "Basis", "Clause", "Reported"], overview)]


def _section(rule: Rule) -> list[str]:
    subjects = [line.subject for line in LINES if line.number in rule.checklist]
    lines = [
        f'<a id="{rule.code.lower()}"></a>',
        "",
        f"### {rule.code} {plain(rule.title)}",
        "",
        f"**{rule.severity.mark} {rule.severity.word}** · {rule.clause} · "
        f"{plain(basis_sentence(rule.basis))}",
        "",
        plain(rule.why),
        "",
    ]
    found = [_worded(rule, wording) for wording in rule.wordings.values()]
    says = ([plain(f.message), plain(f.remedy)] for f in found)
    lines += table(["Finding, for example", "What to do next"], says)
    before, after = example_of(rule)
    lines += ["Before:", "", *bullets(map(plain, before))]
    lines += ["After:", "", *bullets(map(plain, after))]
    lines += ["Its other cases:", ""]
    lines += bullets(f"*{_kind(case)}:* {plain(case.shows)}" for case in _others(rule, before))
    counts = join_words([plain(subject) for subject in subjects])
    accepted = "" if rule.can_be_accepted else " Gaps of this rule cannot be accepted."
    return [*lines, f"On the auditor's checklist: {counts}.{accepted}", ""]


def _kind(case: Case | GroupCase) -> str:
    word = _KINDS[case.kind]
    return word if case.kind != "edge" else f"{word}, {'fires' if case.expect else 'quiet'}"


def _others(rule: Rule, before: list[str]) -> list[Case | GroupCase]:
    """Return the cases beside the one that is the example."""
    return [case for case in cases_of(rule.code) if case.shows not in before]


def _worded(rule: Rule, wording: Wording) -> Finding:
    """Return the first finding of the rule's cases that is worded this way."""
    message, remedy = (_pattern(text) for text in (wording.message, wording.remedy))
    for case in cases_of(rule.code):
        if not case.expect:
            continue
        for finding in case.found():
            if (
                finding.code == rule.code
                and message.fullmatch(finding.message)
                and remedy.fullmatch(finding.remedy)
            ):
                return finding
    raise ContractError(
        f"No case of {rule.code} words “{wording.message}”.", "Add one to isms_xl/data/rule_cases."
    )


def _pattern(text: str) -> re.Pattern[str]:
    parts = string.Formatter().parse(text)
    pattern = "".join(
        re.escape(literal) + ("" if name is None else ".*") for literal, name, _, _ in parts
    )
    return re.compile(pattern, re.DOTALL)
