"""Apply the GRP rules to the registers of a group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from isms_xl.catalogue import Circumstances, GroupHit, Rule, group_rules
from isms_xl.checking import FailedRule, sort_key
from isms_xl.group import Group, GroupFinding


def check_group(group: Group) -> Group:
    """Return the group with what the GRP rules find in it.

    Args:
        group: The results of all units, sorted by source: of two that contradict each other, rules
            name the later one.
    """
    findings: list[GroupFinding] = []
    failed: list[FailedRule] = []
    for rule in group_rules().values():
        try:
            findings += _found(rule, group)
        except Exception as error:  # noqa: BLE001 - a crashed rule is reported, the others go on
            failed.append(FailedRule(rule.code, f"{type(error).__name__}: {error}"))
    place = {unit.source: number for number, unit in enumerate(group.units)}
    findings.sort(
        key=lambda found: (
            found.finding.severity.rank,
            found.finding.code,
            place.get(found.source, -1),
            sort_key(found.finding),
        )
    )
    return replace(group, findings=tuple(findings), failed_rules=tuple(failed))


def _found(rule: Rule, group: Group) -> Iterator[GroupFinding]:
    for hit in rule.find(group, Circumstances(group.as_of)):
        if not isinstance(hit, GroupHit):
            raise TypeError(f"{rule.code} yields {type(hit).__name__}, not GroupHit")
        yield GroupFinding(
            finding=rule.finding(hit),
            source=hit.unit.source if hit.unit else "",
            unit=hit.unit.name if hit.unit else hit.subject,
            others=hit.others,
        )
