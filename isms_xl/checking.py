"""Apply all rules to a register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from isms_xl.acceptance import acceptances
from isms_xl.catalogue import ASKED_FOR, Circumstances, Rule, rules
from isms_xl.contract import ALL_TABLES
from isms_xl.finding import Finding, Severity
from isms_xl.register import Register
from isms_xl.words import counted

_SHEET_ORDER = {table.sheet: position for position, table in enumerate(ALL_TABLES)}
_COLUMN_ORDER = {
    (table.sheet, heading): position
    for table in ALL_TABLES
    for position, heading in enumerate(table.headings)
}


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that could not be applied: our defect, never a clean result."""

    code: str
    error: str


@dataclass(frozen=True)
class Report:
    """What the rules found in one register on one day.

    Attributes:
        register: The register.
        as_of: The day that counted as today.
        findings: All findings, sorted; accepted ones are marked.
        failed_rules: Rules that could not be applied.
        blind_rules: Codes of rules that had nothing to look at, as a table or column is missing.
    """

    register: Register
    as_of: date
    findings: tuple[Finding, ...]
    failed_rules: tuple[FailedRule, ...]
    blind_rules: frozenset[str] = frozenset()

    @cached_property
    def open_by_severity(self) -> Mapping[Severity, int]:
        """Number of open findings by severity, heaviest first."""
        count = Counter(finding.severity for finding in self.findings if finding.is_open)
        return {severity: count[severity] for severity in Severity}

    @property
    def accepted(self) -> int:
        """Number of accepted findings."""
        return sum(not finding.is_open for finding in self.findings)

    def has_open(self, threshold: Severity) -> bool:
        """Whether a finding of that severity or a heavier one is open."""
        return any(
            count
            for severity, count in self.open_by_severity.items()
            if severity.rank <= threshold.rank
        )


def sort_key(finding: Finding) -> tuple[object, ...]:
    """Return by what findings of one register are sorted: the heaviest first, then by place."""
    return (
        finding.severity.rank,
        _SHEET_ORDER.get(finding.sheet, len(_SHEET_ORDER)),
        finding.row,
        _COLUMN_ORDER.get((finding.sheet, finding.field), -1),
        finding.code,
    )


def _can_look(rule: Rule, register: Register) -> bool:
    return all(register.has(need) for need in rule.needs)


def _not_applied(
    blind: frozenset[str], on: Circumstances, failed: Iterable[FailedRule]
) -> frozenset[str]:
    """Return the codes of rules that say nothing about whether their gaps are there."""
    codes = blind | {rule.code for rule in failed}
    return codes if on.file_exists is not None else codes | {ASKED_FOR}


def _apply(
    rule: Rule, register: Register, on: Circumstances, failed: list[FailedRule]
) -> list[Finding]:
    if not _can_look(rule, register):
        return []
    try:
        return [rule.finding(hit) for hit in rule.find(register, on)]
    except Exception as error:  # noqa: BLE001 - a crashed rule is reported, the others go on
        failed.append(FailedRule(rule.code, f"{type(error).__name__}: {error}"))
        return []


def _marked(findings: list[Finding], register: Register, as_of: date) -> list[Finding]:
    in_force = {
        acceptance.target: acceptance.record.name
        for acceptance in acceptances(register)
        if acceptance.is_in_force(as_of)
    }
    catalogue = rules()
    return [
        replace(finding, accepted=in_force.get((finding.code, finding.record.casefold()), ""))
        if in_force and catalogue[finding.code].can_be_accepted
        else finding
        for finding in findings
    ]


def check(
    register: Register, as_of: date, file_exists: Callable[[str], bool] | None = None
) -> Report:
    """Apply all rules to a register.

    Args:
        register: The register.
        as_of: The day that counts as today.
        file_exists: Tells whether a relative file exists beside the workbook; None to not look.
    """
    failed: list[FailedRule] = []
    findings: list[Finding] = []
    on = Circumstances(as_of, file_exists)
    catalogue = rules().values()
    blind = frozenset(rule.code for rule in catalogue if not _can_look(rule, register))
    for rule in (rule for rule in catalogue if not rule.code.startswith("ACC")):
        findings += _apply(rule, register, on, failed)
    seen = replace(on, findings=tuple(findings), not_applied=_not_applied(blind, on, failed))
    for rule in (rule for rule in catalogue if rule.code.startswith("ACC")):
        findings += _apply(rule, register, seen, failed)
    marked = _marked(findings, register, as_of)
    return Report(register, as_of, tuple(sorted(marked, key=sort_key)), tuple(failed), blind)


def weighed(number: int, severity: Severity) -> str:
    """Return a number with its severity: `2 major`, but `2 observations`."""
    return counted(number, severity.word, "" if severity is Severity.OBS else severity.word)


def summary_line(report: Report) -> str:
    """Return the outcome of one register in a sentence, without markup."""
    parts = [weighed(n, s) for s, n in report.open_by_severity.items() if n]
    accepted = report.accepted
    sentence = f"Open: {', '.join(parts)}" if parts else "No rule found a departure"
    return f"{sentence}{f'; {accepted} accepted' if accepted else ''}."
