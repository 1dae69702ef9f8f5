"""GRP: across business units. These rules look at the registers of a group side by side.

Where registers contradict each other, what most of them say counts as the common answer (where there
is no majority, what the first of them says), and each register that says otherwise is named: these
are the fewest places that have to change.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from isms_xl.catalogue import Circumstances, GroupHit, Wording, rule
from isms_xl.contract import DOCUMENT_CONTROL, OBLIGATIONS, PARTIES, REQUIREMENTS
from isms_xl.finding import Basis, Severity
from isms_xl.group import FailureKind, Group, UnitDetails, UnitResult
from isms_xl.register import compare_key, plain_letters, shortened
from isms_xl.rules.parties import name_key
from isms_xl.rules.shape import is_placeholder
from isms_xl.words import counted, named

_LONGEST_LABEL = 80
_NAMED_UNITS = 3
_UNIT, _DOCUMENT = "Business unit", "Document ID"
_KIND, _SIDE = "Party type", "Internal/External"


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one register says about something other registers speak of too.

    Attributes:
        unit: Its unit.
        record: The record that says it.
        label: What a sentence calls the record.
        value: What it says.
        cell: Where.
    """

    unit: UnitResult
    record: str
    label: str
    value: str
    cell: str


@dataclass
class _Topic:
    """What the registers say about one thing; of each register only the first word counts."""

    statements: list[_Statement] = field(default_factory=list)

    def add(self, statement: _Statement) -> None:
        if not self.statements or self.statements[-1].unit is not statement.unit:
            self.statements.append(statement)

    def departing(self) -> Iterator[tuple[_Statement, str, tuple[str, ...]]]:
        """Yield each statement against the common answer, that answer, and the units that give it."""
        count = Counter(statement.value for statement in self.statements)
        if len(count) < 2:
            return
        common = count.most_common(1)[0][0]  # of equal ones, the one met first
        units = _names(said for said in self.statements if said.value == common)
        for statement in self.statements:
            if statement.value != common:
                yield statement, common, units


def _names(statements: Iterable[_Statement]) -> tuple[str, ...]:
    """Return the names of the statements' units; two registers may carry one name (GRP001)."""
    return tuple(dict.fromkeys(said.unit.name for said in statements))


class _Topics(dict[object, _Topic]):
    def __missing__(self, key: object) -> _Topic:
        topic = self[key] = _Topic()
        return topic

    def departing(self) -> Iterator[tuple[_Statement, str, tuple[str, ...]]]:
        for topic in self.values():
            yield from topic.departing()


class _SideBySide:
    """What all registers say, by what they speak of; each is unpacked only once."""

    def __init__(self, group: Group) -> None:
        self.kinds = _Topics()
        self.sides = _Topics()
        self.names = _Topics()
        self.decisions = _Topics()
        self.applicability = _Topics()
        for unit in group.units:
            details = unit.details
            keys = self._read_parties(unit, details)
            self._read_requirements(unit, details, keys)
            for obligation in details.obligations:
                citation = plain_letters(obligation.citation)
                if obligation.applies in ("Yes", "No") and _is_content(obligation.citation):
                    label = shortened(obligation.title or obligation.citation, _LONGEST_LABEL)
                    self.applicability[citation].add(
                        _Statement(
                            unit,
                            obligation.record,
                            label,
                            obligation.applies,
                            obligation.applies_cell,
                        )
                    )

    def _read_parties(self, unit: UnitResult, details: UnitDetails) -> dict[str, str]:
        """Return the keys of the parties' names by record."""
        keys: dict[str, str] = {}
        for party in details.parties:
            key = name_key(party.name)
            if not _is_content(party.name) or not key:
                continue
            keys.setdefault(party.record, key)
            label = shortened(party.name, _LONGEST_LABEL)
            said = _Statement(unit, party.record, label, party.name, party.name_cell)
            self.names[key].add(said)
            if party.kind:
                said = _Statement(unit, party.record, label, party.kind, party.kind_cell)
                self.kinds[key].add(said)
            if party.side:
                said = _Statement(unit, party.record, label, party.side, party.side_cell)
                self.sides[key].add(said)
        return keys

    def _read_requirements(
        self, unit: UnitResult, details: UnitDetails, keys: dict[str, str]
    ) -> None:
        for requirement in details.requirements:
            if requirement.addressed not in ("Yes", "No") or not _is_content(requirement.text):
                continue
            text = plain_letters(requirement.text)
            for party in dict.fromkeys(keys.get(record, "") for record in requirement.parties):
                if party and text:
                    label = shortened(requirement.text.rstrip("."), _LONGEST_LABEL)
                    # its hash stands in for the text, as there are ten thousands of them
                    self.decisions[hash((party, text))].add(
                        _Statement(
                            unit,
                            requirement.record,
                            label,
                            requirement.addressed,
                            requirement.addressed_cell,
                        )
                    )


@lru_cache(maxsize=1)
def _side_by_side(group: Group) -> _SideBySide:
    return _SideBySide(group)


def _is_content(text: str) -> bool:
    return bool(text) and not is_placeholder(text)


@rule(
    "GRP001",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.2 a)",
    sheet=DOCUMENT_CONTROL.sheet,
    title="Two registers carry the same business unit, or the same document ID",
    message="The registers {file} and {first} both carry the business unit {value}.",
    remedy="If one replaces the other, take the older one away; if not, give each register the name "
    "of its own unit.",
    variants={
        "document": Wording(
            "The registers {file} and {first} both carry the document ID {document}.",
            "Give each register a document ID of its own.",
        ),
        "both": Wording(
            "The registers {file} and {first} both carry the business unit {value} and the document "
            "ID {document}.",
            "Find out which of the two is current and take the other one away.",
        ),
    },
    needs=(),
    checklist=("A4",),
)
def register_twice(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """Head office tells registers apart by unit and document ID; of two alike only one can count."""
    first_of_unit: dict[str, UnitResult] = {}
    first_of_document: dict[str, UnitResult] = {}
    for unit in group.units:
        named_so = _first(first_of_unit, unit.business_unit, unit)
        numbered_so = _first(first_of_document, unit.document_id, unit)
        if named_so is not unit:
            both = numbered_so is named_so
            yield _twin(unit, named_so, _UNIT, unit.unit_cell, "both" if both else "")
        if numbered_so is not unit and numbered_so is not named_so:
            yield _twin(unit, numbered_so, _DOCUMENT, unit.document_id_cell, "document")


def _first(known: dict[str, UnitResult], text: str, unit: UnitResult) -> UnitResult:
    """Return the first unit of that name or number; the unit itself where it has none."""
    return known.setdefault(compare_key(text), unit) if _is_content(text) else unit


def _twin(unit: UnitResult, first: UnitResult, subject: str, cell: str, wording: str) -> GroupHit:
    facts = {"file": unit.source, "first": first.source, "value": unit.business_unit}
    return GroupHit(
        subject=subject,
        field="Value",
        cell=cell,
        facts=facts | {"document": unit.document_id},
        wording=wording,
        unit=unit,
        others=(first.name,),
    )


@rule(
    "GRP002",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=PARTIES.sheet,
    title="The same party has another type, or is internal here and external there",
    message="“{label}” is of the type {value} here, but {common} in {units}.",
    remedy="Agree with {units} on one Party type and enter it in all registers; or tell the two "
    "apart by name if they are not the same party.",
    variants={
        "side": Wording(
            "“{label}” is {value} here, but {common} in {units}.",
            "Agree with {units} whether the party is Internal or External and enter it in all "
            "registers; or tell the two apart by name if they are not the same party.",
        )
    },
    needs=(),
    checklist=("A2", "F1"),
)
def party_seen_differently(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """One party, one description: an auditor of the group reads the registers side by side."""
    found = _side_by_side(group)
    for said, common, units in found.kinds.departing():
        yield _hit(said, common, units, _KIND)
    for said, common, units in found.sides.departing():
        yield _hit(said, common, units, _SIDE, "side")


def _hit(
    said: _Statement,
    common: str,
    units: tuple[str, ...],
    heading: str,
    wording: str = "",
) -> GroupHit:
    return GroupHit(
        subject=said.record,
        field=heading,
        cell=said.cell,
        facts={
            "label": said.label,
            "value": said.value,
            "common": common,
            "units": named(units, _NAMED_UNITS),
        },
        wording=wording,
        unit=said.unit,
        others=units,
    )


@rule(
    "GRP003",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 c)",
    sheet=REQUIREMENTS.sheet,
    title="The same requirement of the same party is addressed in one unit and refused in another",
    message="“{label}” is refused here, but addressed in {units}.",
    remedy="Decide together with {units}: address it here too; or, if the two are not the same "
    "requirement, word them so that the difference shows.",
    variants={
        "addressed": Wording(
            "“{label}” is addressed here, but refused in {units}.",
            "Decide together with {units}: have it addressed there too, or refuse it here as well and "
            "say why.",
        )
    },
    needs=(),
    checklist=("A3",),
)
def requirement_decided_differently(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """The party hears yes from one unit and no from another of the same organisation."""
    told: set[tuple[str, str]] = set()  # a requirement of two parties is one requirement
    for said, common, units in _side_by_side(group).decisions.departing():
        if (said.unit.source, said.record) not in told:
            told.add((said.unit.source, said.record))
            wording = "addressed" if said.value == "Yes" else ""
            yield _hit(said, common, units, "Addressed by ISMS", wording)


# --- names spelt differently ------------------------------------------------------------------

_SIMILAR = 90
_SHORTEST = 5
_STEM = 3
_LARGEST_BLOCK = 150
_DIGITS = re.compile(r"\d+")


def _blocks(keys: Sequence[str]) -> Iterator[list[int]]:
    """Yield groups of names worth comparing: those with a word that begins alike.

    Two spellings of one name share the beginning of a word, or of the whole where the spaces differ.
    A word many names share would still give millions of pairs; there only neighbours in the alphabet
    are compared.
    """
    blocks: dict[str, list[int]] = {}
    for number, key in enumerate(keys):
        words = [word for word in key.split() if len(word) >= _STEM]
        for stem in {word[:_STEM] for word in (*words, key.replace(" ", ""))}:
            blocks.setdefault(stem, []).append(number)
    for block in blocks.values():
        block.sort(key=keys.__getitem__)
        for start in range(0, max(len(block) - _LARGEST_BLOCK // 2, 1), _LARGEST_BLOCK // 2):
            window = block[start : start + _LARGEST_BLOCK]
            if len(window) > 1:
                yield window


def _alike(keys: Sequence[str]) -> list[tuple[int, int]]:
    """Return the pairs of names that differ by a few letters, spaces or the order of words."""
    from rapidfuzz import process
    from rapidfuzz.fuzz import ratio, token_sort_ratio

    squeezed = [key.replace(" ", "") for key in keys]
    found: set[tuple[int, int]] = set()
    for block in _blocks(keys):
        for texts, scorer in ((keys, token_sort_ratio), (squeezed, ratio)):
            compared = [texts[number] for number in block]
            scores = process.cdist(compared, compared, scorer=scorer, score_cutoff=_SIMILAR)
            for one, other in zip(*scores.nonzero(), strict=True):
                if block[one] < block[other]:
                    found.add((block[one], block[other]))
    return sorted(
        (one, other)
        for one, other in found
        if _DIGITS.findall(keys[one]) == _DIGITS.findall(keys[other])
    )


@rule(
    "GRP004",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=PARTIES.sheet,
    title="Two parties in different units are probably the same, spelt differently",
    message="“{label}” is probably the same interested party as “{common}” in {units}.",
    remedy="If they are one party, agree on one spelling with {units}; if they are two, leave both as "
    "they are, or name them so that nobody takes one for the other.",
    needs=(),
    checklist=("A2", "F1"),
)
def party_spelt_differently(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """Whoever puts the registers together would count one party twice; a person has to decide.

    Names are taken for two where one register has both, or where their numbers differ.
    """
    names = _side_by_side(group).names
    keys = [str(key) for key in names if len(str(key).replace(" ", "")) >= _SHORTEST]
    for pair in _alike(keys):
        one, other = (names[keys[number]].statements for number in pair)
        if {id(said.unit) for said in one} & {id(said.unit) for said in other}:
            continue
        fewer, more = (one, other) if len(one) < len(other) else (other, one)
        units = _names(more)
        for said in fewer:
            yield _hit(said, more[0].label, units, "Name")


@rule(
    "GRP005",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet=DOCUMENT_CONTROL.sheet,
    title="A unit on the expected list delivered no readable register",
    message="{record} is on the list of expected units, but no register of that business unit was read.",
    remedy="Ask {record} for its register and run the batch again; or take the unit off the list.",
    variants={
        "failures": Wording(
            "{record} is on the list of expected units, but no register of that business unit was "
            "read; {failures} could not be read.",
            "Look whether its register is among those that could not be read; otherwise ask {record} "
            "for it, and run the batch again.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def unit_without_register(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """What a unit does not deliver is missing from every sum and every overview of the group."""
    delivered = {compare_key(unit.business_unit) for unit in group.units}
    unread = sum(failure.kind is not FailureKind.NOT_WRITTEN for failure in group.failures)
    for name in group.expected:
        if compare_key(name) not in delivered:
            yield GroupHit(
                subject=name,
                facts={"failures": counted(unread, "file")},
                wording="failures" if unread else "",
            )


@rule(
    "GRP006",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=OBLIGATIONS.sheet,
    title="An obligation applies in one unit and not in another",
    message="{label} does not apply here, but it does in {units}.",
    remedy="Have counsel look at both answers; where both are right, write in Rationale what makes "
    "this unit different.",
    variants={
        "applies": Wording(
            "{label} applies here, but not in {units}.",
            "Have counsel look at both answers; where both are right, write in Rationale what makes "
            "this unit different.",
        )
    },
    needs=(),
    checklist=("A3",),
)
def obligation_judged_differently(group: Group, on: Circumstances) -> Iterator[GroupHit]:
    """A law seldom binds one unit of an organisation and not the next; somebody should know why."""
    for said, common, units in _side_by_side(group).applicability.departing():
        yield _hit(said, common, units, "Applies", "applies" if said.value == "Yes" else "")
