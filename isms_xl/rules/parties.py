"""PTY: interested parties, 4.2 a)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from isms_xl.catalogue import Circumstances, Hit, rule
from isms_xl.contract import INTERNAL_EXTERNAL, NAMED_PARTY_TYPES, PARTIES
from isms_xl.finding import Basis, Severity
from isms_xl.register import Record, Register, engagement, is_relevant, plain_letters
from isms_xl.rules.shape import is_placeholder

_SHEET = PARTIES.sheet

NEED_NO_CONFIRMATION = frozenset({"Competitors", "Media", "Threat actors"})
"""Types nobody asks for confirmation: a hacker confirms nothing."""

_MAY_BE_NAMED_BY_TYPE = frozenset(
    {
        "Staff",
        "Board",
        "Senior leadership",
        "Shareholders",
        "Competitors",
        "Media",
        "Threat actors",
        "Data subjects",
    }
)
_LEGAL_FORMS = frozenset(
    """
    ltd limited llc llp lp plc inc incorporated corp corporation co company gmbh mbh ag kg kgaa ug
    ohg se sa sas sarl srl spa bv nv oy oyj ab as asa aps sl sro doo kft zrt pty pte pvt kk ev eg
    """.split()
)
_DOTTED = re.compile(r"(?<=\b\w)\.(?=\w\b)|(?<=\b\w\.\w)\.")
_GENERIC_WORDS = re.compile(r"^(?:the|our|all|all our|other|various|any|key)\s+")


def name_key(name: str) -> str:
    """Return a party's name as it is compared: no case, punctuation, accents or legal form."""
    words = plain_letters(_DOTTED.sub("", name)).split()
    core = [word for word in words if word not in _LEGAL_FORMS]
    return " ".join(core or words)


def must_be_confirmed(party: Record) -> bool:
    """Whether somebody has to confirm the party; not judged while its type is unreadable."""
    party_type = party["Party type"]
    return party_type is not None and party_type not in NEED_NO_CONFIRMATION


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") else word


@rule(
    "PTY001",
    Severity.MAJOR,
    Basis.STANDARD,
    "4.2 a)",
    sheet=_SHEET,
    title="The register has no interested party",
    message="The register names no interested party.",
    remedy="Enter the interested parties on the sheet Interested Parties, starting from the "
    "thirteen kinds in the list of Party type.",
    needs=("Parties",),
    checklist=("A2", "F1"),
)
def no_party(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 4.2 a) asks the organisation to determine its interested parties."""
    if not len(register.parties):
        yield Hit()


@rule(
    "PTY002",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A kind of interested party has not been considered",
    message="No interested party of the kind {record} is in the register.",
    remedy="Enter the interested parties of this kind; or, if none matters to you, one row for them "
    "with Relevant to ISMS = No and the reason in Why relevant.",
    needs=("Parties", "Parties/Party type", "Parties/Why relevant"),
    checklist=("A2", "F1"),
)
def party_type_not_considered(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An AI company is expected to have thought of all thirteen kinds, if only to rule one out."""
    if not len(register.parties):
        return
    considered = {
        party["Party type"]
        for party in register.parties
        if party["Relevant to ISMS"] != "No" or not party.blank("Why relevant")
    }
    for party_type in NAMED_PARTY_TYPES:
        if party_type not in considered:
            yield Hit(subject=party_type)


@rule(
    "PTY003",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="The same interested party stands twice",
    message="“{label}” is the same interested party as {first} (“{first_name}”).",
    remedy="Keep one of the two rows and move the requirements of the other to it; or tell them "
    "apart by name if they are two.",
    needs=("Parties", "Parties/Name"),
    checklist=("A2", "F1"),
)
def party_twice(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A party in two rows is asked twice and answered differently."""
    first: dict[str, Record] = {}
    for party in register.parties:
        name = party.text("Name")
        key = name_key(name)
        if not key or is_placeholder(name):
            continue
        known = first.setdefault(key, party)
        if known is not party:
            yield Hit(party, "Name", {"first": known.name, "first_name": known.label})


@rule(
    "PTY004",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A relevant party is named by its kind only",
    message="“{label}” names a kind of interested party, not an interested party.",
    remedy="Name the ones that matter, a row each, for example the data protection authority that "
    "supervises you.",
    needs=("Parties", "Parties/Name", "Parties/Party type", "Parties/Relevant to ISMS"),
    checklist=("A2", "F1"),
)
def party_named_by_type(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Nobody can ask “Regulators” what they require."""
    types = {
        _singular(plain_letters(name))
        for name in NAMED_PARTY_TYPES
        if name not in _MAY_BE_NAMED_BY_TYPE
    }
    for party in register.parties:
        if not is_relevant(party) or party["Party type"] in _MAY_BE_NAMED_BY_TYPE:
            continue
        name = _GENERIC_WORDS.sub("", plain_letters(party.text("Name")))
        if _singular(name) in types:
            yield Hit(party, "Name")


@rule(
    "PTY005",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A relevant party has no power or interest score",
    message="{field} is not scored {of}.",
    remedy="Score {field} from 1 to 5, so that the party has its place in the power–interest grid.",
    needs=("Parties", "Parties/Relevant to ISMS"),
    checklist=("A2", "F1"),
)
def party_without_score(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Without its place in the grid nobody knows how closely a party must be kept in touch with."""
    for party in register.parties:
        if is_relevant(party):
            for score in ("Power", "Interest"):
                if party.blank(score):
                    yield Hit(party, score)


@rule(
    "PTY006",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A relevant party is not confirmed",
    message="Nothing on record confirms {label} as an interested party.",
    remedy="Confirm it with the party or with whoever deals with it, then enter Confirmed on and "
    "Confirmed by.",
    needs=("Parties", "Parties/Relevant to ISMS", "Parties/Party type"),
    checklist=("A2", "F1"),
)
def party_not_confirmed(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Step 4: a list that nobody confirmed is one person's guess."""
    for party in register.parties:
        if is_relevant(party) and must_be_confirmed(party):
            blank = [f for f in ("Confirmed on", "Confirmed by") if party.blank(f)]
            if blank:
                yield Hit(party, blank[0])


@rule(
    "PTY007",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A party is set aside without a reason",
    message="{label} is not relevant to the ISMS, but nothing says why.",
    remedy="Write in Why relevant why this party does not matter to information security, or set "
    "Relevant to ISMS to Yes.",
    needs=("Parties", "Parties/Relevant to ISMS", "Parties/Why relevant"),
    checklist=("A2", "F1"),
)
def party_set_aside_without_reason(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 4.2 a) is about relevant parties; an auditor asks how relevance was decided."""
    for party in register.parties:
        if party["Relevant to ISMS"] == "No" and party.blank("Why relevant"):
            yield Hit(party, "Why relevant")


@rule(
    "PTY008",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="All parties are internal, or all are external",
    message="All interested parties are {side}.",
    remedy="Add the {other} interested parties too; staff and leadership are Internal, clients and "
    "authorities External.",
    needs=("Parties", "Parties/Internal/External"),
    checklist=("A2", "F1"),
)
def one_sided_parties(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A list with one side only is the view from one desk."""
    sides = {party["Internal/External"] for party in register.parties}
    if len(sides) == 1 and (side := sides.pop()) is not None:
        other = next(word for word in INTERNAL_EXTERNAL if word != side)
        yield Hit(facts={"side": side, "other": other})


@rule(
    "PTY009",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="A party to be managed closely has no representative",
    message="{label} is to be managed closely, but nobody is named who speaks for it.",
    remedy="Enter in Representative the role or body that speaks for {label}.",
    needs=("Parties",),
    checklist=("A2", "F1"),
)
def close_party_without_representative(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Whoever has much power and much interest needs somebody to talk to."""
    for party in register.parties:
        if engagement(party) == "Manage closely" and party.blank("Representative"):
            yield Hit(party, "Representative")
