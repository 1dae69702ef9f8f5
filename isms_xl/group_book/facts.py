"""What the units say, put side by side: parties, requirements, controls, obligations and dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from isms_xl.group import (
    DueKind,
    Group,
    UnitControl,
    UnitDate,
    UnitDetails,
    UnitObligation,
    UnitParty,
    UnitRequirement,
)
from isms_xl.group_book.ranking import Ranked
from isms_xl.reference import annex_a
from isms_xl.register import plain_letters, shortened
from isms_xl.rules.parties import name_key

DAYS_AHEAD = 90
_LONGEST_QUOTED = 80
"""Characters of a name that the findings of GRP004 quote."""

ASPECTS = (
    "Party type",
    "Internal/External",
    "Relevant to ISMS",
    "Power",
    "Interest",
    "Engagement",
)


def aspects(party: UnitParty) -> tuple[str | int | None, ...]:
    """Return what a unit says about a party, in the order of `ASPECTS`."""
    return (party.kind, party.side, party.relevant, party.power, party.interest, party.engagement)


@dataclass(slots=True)
class PartyLine:
    """A party with what each unit says about it.

    Attributes:
        name: Its name, as the first unit spells it.
        seen: Number of the unit and what it says; a unit can have two rows of one name.
        alike: Names that are probably the same party, spelt differently (GRP004).
    """

    name: str
    seen: list[tuple[int, UnitParty]] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)

    def common(self) -> tuple[str | int | None, ...]:
        """Return what most rows say, aspect by aspect; blanks do not count."""
        columns = zip(*(aspects(party) for _, party in self.seen), strict=True)
        return tuple(_most_common(column) for column in columns)

    def differing(self) -> list[str]:
        """Return the aspects in which what is said differs."""
        columns = zip(*(aspects(party) for _, party in self.seen), strict=True)
        return [
            aspect
            for aspect, column in zip(ASPECTS, columns, strict=True)
            if len(set(column) - {"", None}) > 1
        ]


@dataclass(slots=True)
class Tally:
    """How far requirements are answered.

    Attributes:
        requirements: Number of them.
        addressed: Addressed by the ISMS.
        refused: Decided not to be addressed.
        linked: With a link to the ISMS.
        implemented: Whose furthest link is implemented or verified.
        verified: Whose furthest link is verified.
    """

    requirements: int = 0
    addressed: int = 0
    refused: int = 0
    linked: int = 0
    implemented: int = 0
    verified: int = 0

    def add(self, requirement: UnitRequirement) -> None:
        """Count one more."""
        self.requirements += 1
        self.addressed += requirement.addressed == "Yes"
        self.refused += requirement.addressed == "No"
        self.linked += requirement.links > 0
        self.implemented += requirement.status in ("Implemented", "Verified")
        self.verified += requirement.status == "Verified"


@dataclass(slots=True)
class ObligationLine:
    """An obligation with what each unit says about it.

    Attributes:
        title: Its title, as the first unit has it.
        citation: Where it stands.
        seen: Number of the unit and what it says.
    """

    title: str
    citation: str
    seen: list[tuple[int, UnitObligation]] = field(default_factory=list)

    @property
    def is_contradicted(self) -> bool:
        """Whether it applies in one unit and not in another."""
        return {"Yes", "No"} <= {obligation.applies for _, obligation in self.seen}

    def common(self) -> str:
        """Return what most units say."""
        return str(_most_common(o.applies for _, o in self.seen) or "")


@dataclass(slots=True)
class Facts:
    """What all units say; numbers of units are their places in the ranking.

    Attributes:
        parties: The parties by name; names that are probably the same stand together.
        coverage: By unit, the requirements of each type; the type is empty where none is chosen.
        controls: By control, Annex A first, then the organisation's own; by unit what it does.
        obligations: The obligations by title.
        due: Dates past and within the next days, earliest first.
        undated: Units whose register names no next review.
    """

    parties: list[PartyLine]
    coverage: list[dict[str, Tally]]
    controls: dict[str, dict[int, UnitControl]]
    obligations: list[ObligationLine]
    due: list[tuple[int, UnitDate]]
    undated: list[int]


def facts_of(group: Group, units: Sequence[Ranked]) -> Facts:
    """Go through the units once, one after the other.

    Args:
        group: The group.
        units: Its units in their ranking.
    """
    parties: dict[str, PartyLine] = {}
    obligations: dict[str, ObligationLine] = {}
    controls: dict[str, dict[int, UnitControl]] = {control: {} for control in annex_a()}
    facts = Facts([], [], controls, [], [], [])
    last = group.as_of + timedelta(days=DAYS_AHEAD)
    for number, unit in enumerate(units):
        details = unit.result.details
        for party in details.parties:
            # A party without a name is like no other.
            key = name_key(party.name) or f"\0{number} {party.record}"
            line = parties.setdefault(key, PartyLine(party.name or "(no name)"))
            line.seen.append((number, party))
        facts.coverage.append(_coverage(details))
        for control in details.controls:
            controls.setdefault(control.control, {})[number] = control
        for obligation in details.obligations:
            cited = plain_letters(obligation.citation or obligation.title)
            text = cited or f"\0{number} {obligation.record}"
            found = ObligationLine(obligation.title, obligation.citation)
            obligations.setdefault(text, found).seen.append((number, obligation))
        facts.due += [(number, due) for due in details.dates if due.on <= last]
        if all(due.kind is not DueKind.REVIEW for due in details.dates):
            facts.undated.append(number)
    own = sorted((c for c in controls if c not in annex_a()), key=str.casefold)
    facts.controls = {control: controls[control] for control in (*annex_a(), *own)}
    facts.parties = _together(parties, _probably_same(group, units, parties))
    facts.obligations = sorted(
        obligations.values(), key=lambda line: (plain_letters(line.title), line.citation)
    )
    facts.due.sort(key=lambda entry: (entry[1].on, units[entry[0]].label, entry[1].record))
    return facts


def is_overdue(due: date, as_of: date) -> bool:
    """Whether a day has passed; the day itself has not."""
    return due < as_of


def _coverage(details: UnitDetails) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for requirement in details.requirements:
        found.setdefault(requirement.kind, Tally()).add(requirement)
    return found


def _most_common(values: Iterable[str | int | None]) -> str | int | None:
    said = Counter(value for value in values if value not in ("", None))
    return said.most_common(1)[0][0] if said else None


def _probably_same(
    group: Group, units: Sequence[Ranked], parties: dict[str, PartyLine]
) -> list[tuple[str, str]]:
    """Return pairs of keys that GRP004 found alike: the one it names, and the one it quotes."""
    numbers = {unit.result.source: number for number, unit in enumerate(units)}
    keys: dict[tuple[int, str], str] = {}
    quoted: dict[str, list[str]] = {}
    for key, line in parties.items():
        for number, party in line.seen:
            keys.setdefault((number, party.record), key)
            quoted.setdefault(f"“{shortened(party.name, _LONGEST_QUOTED)}”", []).append(key)
    pairs: dict[tuple[str, str], None] = {}
    for found in group.findings:
        finding = found.finding
        if finding.code != "GRP004" or found.source not in numbers:
            continue
        own = keys.get((numbers[found.source], finding.record))
        other = f"“{finding.message.rpartition('“')[2].partition('”')[0]}”"
        if own is not None:
            pairs |= {(own, same): None for same in quoted.get(other, ()) if same != own}
    return list(pairs)


def _together(parties: dict[str, PartyLine], pairs: Sequence[tuple[str, str]]) -> list[PartyLine]:
    """Return the parties by name, those probably the same beside each other, none merged."""
    first = {key: key for key in parties}

    def leader(key: str) -> str:
        while first[key] != key:
            key = first[key]
        return key

    for one, other in pairs:
        parties[one].alike.append(parties[other].name)
        parties[other].alike.append(parties[one].name)
        low, high = sorted((leader(one), leader(other)))
        first[high] = low
    return [parties[key] for key in sorted(parties, key=lambda key: (leader(key), key))]
