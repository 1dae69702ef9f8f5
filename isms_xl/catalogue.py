"""The rules, and the one place where they are declared to be rules.

A rule is a decorated function that finds places and facts. Everything said about it stands in its
declaration; the function composes no sentence, reads no file and does not look at the clock.
"""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from isms_xl.errors import ContractError
from isms_xl.finding import Basis, Finding, Severity
from isms_xl.words import join_words

if TYPE_CHECKING:
    from isms_xl.group import Group, UnitResult
    from isms_xl.register import Record, Register

RULE_SET_VERSION = "6"
"""Raised whenever a rule is added, withdrawn, reworded or changes what it reports."""

_RULE_MODULES = (
    "shape",
    "parties",
    "context",
    "requirements",
    "links",
    "evidence",
    "reviews",
    "documents",
    "imports",
    "acceptance",
)
_GROUP_MODULE = "group"
_CODE = re.compile(r"[A-Z]{3}\d{3}")

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "DAT": "Shape and values",
        "PTY": "Interested parties",
        "CTX": "Context: PESTLE and climate",
        "REQ": "Requirements",
        "LNK": "Links to the ISMS",
        "EVD": "Evidence that it happened",
        "REV": "Kept current",
        "DOC": "Document and version control",
        "IMP": "Taken over from another list",
        "ACC": "Accepted gaps",
        "GRP": "Across business units",
    }
)

GROUP_FAMILY = "GRP"
"""The family whose rules look at all registers of a group instead of one."""

ASKED_FOR = "EVD004"
"""The rule that looks only where it is asked to, by `--check-files`."""

NEVER_ACCEPTED = frozenset({"DAT006", "DOC005", "ACC001", "ACC002", "ACC003"})
"""Rules whose findings cannot be accepted, beside those of the group: no single register answers."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a rule may know beside the register.

    Attributes:
        as_of: The day that counts as today.
        file_exists: Whether a relative file exists beside the workbook; None when not asked to look.
        findings: For the rules about acceptances: what the other rules found.
        not_applied: For the same: codes of the rules that could not look, or were not asked to.
    """

    as_of: date
    file_exists: Callable[[str], bool] | None = None
    findings: tuple[Finding, ...] = ()
    not_applied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a rule found a departure, and the facts for its sentence.

    Attributes:
        record: The record concerned, or None for an absence or the register as a whole.
        field: Heading of the cell concerned; empty for the whole record.
        facts: Values for the placeholders of the wording.
        subject: For an absence, the missing subject; otherwise the register is meant.
        sheet: Sheet of a hit without a record; the rule's own sheet when empty.
        cell: Address, where the hit has no record but has a place.
        wording: Name of the variant of the wording; empty for the main one.
    """

    record: Record | None = None
    field: str = ""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)
    subject: str = ""
    sheet: str = ""
    cell: str = ""
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """Message and remedy of a finding, with placeholders for facts."""

    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class GroupHit(Hit):
    """A place in one unit's register that shows a departure beside the registers of other units.

    Attributes:
        unit: The unit in whose register the place is; None where no register is meant.
        others: The other units concerned, by name.
    """

    unit: UnitResult | None = None
    others: tuple[str, ...] = ()


RuleFunction = Callable[["Register", Circumstances], Iterable[Hit]]
GroupRuleFunction = Callable[["Group", Circumstances], Iterable[GroupHit]]
_Function = TypeVar("_Function", RuleFunction, GroupRuleFunction)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue.

    Attributes:
        code: Three letters for the family, three digits.
        severity: Weight of its findings.
        basis: Standard or practice.
        clause: Clause of ISO/IEC 27001:2022 it serves.
        sheet: Sheet its register-wide findings point at.
        title: What is reported, as a heading.
        wordings: Message and remedy by variant; the main one has the empty name.
        needs: Tables ("Parties") and mandatory columns ("Parties/Party type") without which the rule
            is silent, because DAT001 already reported the cause.
        checklist: Lines of the auditor's checklist its findings stand behind.
        find: The function: of a register, or of a group in the family GRP.
        why: Why the rule exists, for a reader who knows the standard.
    """

    code: str
    severity: Severity
    basis: Basis
    clause: str
    sheet: str
    title: str
    wordings: Mapping[str, Wording]
    needs: tuple[str, ...]
    checklist: tuple[str, ...]
    find: Callable[[Any, Circumstances], Iterable[Hit]]
    why: str

    @property
    def can_be_accepted(self) -> bool:
        """Whether somebody may answer for its findings."""
        return self.code not in NEVER_ACCEPTED and not self.is_of_group

    @property
    def is_of_group(self) -> bool:
        """Whether it looks at all registers of a group."""
        return self.code.startswith(GROUP_FAMILY)

    def finding(self, hit: Hit) -> Finding:
        """Word a hit as a finding."""
        wording = self.wordings[hit.wording]
        record = hit.record
        if record is None:
            name, cell, row, key, sheet = hit.subject or "Register", hit.cell, 0, "", hit.sheet
            facts: dict[str, object] = {}
        else:
            name, row, key, sheet = record.name, record.row, record.key, record.sheet
            cell = record.cell(hit.field)
            facts = {"label": record.label, "of": record.of}
        facts |= {"record": name, "field": hit.field, **hit.facts}
        message = _worded(wording.message, facts)
        return Finding(
            code=self.code,
            severity=self.severity,
            basis=self.basis,
            clause=self.clause,
            sheet=sheet or self.sheet,
            record=name,
            field="Value" if record is not None and record.is_field else hit.field,
            cell=cell,
            message=message,
            remedy=_worded(wording.remedy, facts),
            row=row,
            key=key,
            brief=message.replace(f" {facts['of']}", "") if "of" in facts else message,
        )


def _told(fact: object, form: str) -> str:
    """Return a fact as a sentence wants it: lists joined by a word, dates as dates."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, tuple | list):
        return join_words([str(item) for item in fact], form or "and")
    return fact.isoformat() if isinstance(fact, date) else str(fact)


@cache
def _parts(wording: str) -> tuple[tuple[str, str | None, str], ...]:
    """Return the pieces of a wording: a text, the placeholder behind it, and its form."""
    return tuple(
        (text, name, form or "") for text, name, form, _ in string.Formatter().parse(wording)
    )


def _worded(wording: str, facts: Mapping[str, object]) -> str:
    return "".join(
        text if name is None else text + _told(facts[name], form)
        for text, name, form in _parts(wording)
    )


_REGISTERED: dict[str, Rule] = {}


def rule(
    code: str,
    severity: Severity,
    basis: Basis,
    clause: str,
    *,
    sheet: str,
    title: str,
    message: str,
    remedy: str,
    needs: tuple[str, ...],
    checklist: tuple[str, ...],
    variants: Mapping[str, Wording] = MappingProxyType({}),
) -> Callable[[_Function], _Function]:
    """Declare a rule; the decorated function's docstring says why it exists.

    Raises:
        ContractError: The code is malformed or already taken.
    """
    if not _CODE.fullmatch(code) or code[:3] not in FAMILIES:
        raise ContractError(
            f"{code!r} is no rule code.", "Use a family's letters and three digits."
        )
    if code in _REGISTERED:
        raise ContractError(f"The rule code {code} is taken.", "Choose the family's next number.")

    def register(find: _Function) -> _Function:
        _REGISTERED[code] = Rule(
            code=code,
            severity=severity,
            basis=basis,
            clause=clause,
            sheet=sheet,
            title=title,
            wordings=MappingProxyType({"": Wording(message, remedy), **variants}),
            needs=needs,
            checklist=checklist,
            find=find,
            why=" ".join((find.__doc__ or "").split()),
        )
        return find

    return register


def all_rules() -> Mapping[str, Rule]:
    """Return all rules by code, in the catalogue's order."""
    return {**rules(), **group_rules()}


def rules() -> Mapping[str, Rule]:
    """Return the rules that look at one register, by code, in the catalogue's order."""
    return _rules_of(_RULE_MODULES, of_group=False)


def group_rules() -> Mapping[str, Rule]:
    """Return the rules that look at the registers of a group side by side, by code."""
    return _rules_of((_GROUP_MODULE,), of_group=True)


def _rules_of(modules: Iterable[str], *, of_group: bool) -> Mapping[str, Rule]:
    """Return rules, their modules imported: one register is checked without those of groups."""
    for module in modules:
        import_module(f"isms_xl.rules.{module}")
    order = list(FAMILIES)
    return {
        code: _REGISTERED[code]
        for code in sorted(_REGISTERED, key=lambda code: (order.index(code[:3]), code))
        if _REGISTERED[code].is_of_group == of_group
    }


def placeholders(text: str) -> Iterator[str]:
    """Yield the names of the placeholders in a wording."""
    return (name for _, name, _ in _parts(text) if name)
