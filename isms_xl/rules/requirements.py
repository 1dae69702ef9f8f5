"""REQ: requirements, 4.2 b) and c), 6.1."""

from __future__ import annotations

import re
from collections.abc import Iterator

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import HIGH_PRIORITIES, OBLIGATIONS, PARTIES, REQUIREMENTS, STEPS
from isms_xl.finding import Basis, Severity
from isms_xl.register import Record, Register, is_relevant, plain_letters, priority
from isms_xl.rules.parties import must_be_confirmed
from isms_xl.rules.shape import is_placeholder

_SHEET = REQUIREMENTS.sheet
_LAW = frozenset({"Legal", "Regulatory"})
_CITED = _LAW | {"Contractual"}
_FEWEST_WORDS = 3
# Chinese, Japanese, Korean and Thai are written without spaces: there a sign counts as a word.
_WORD = (
    r"(?:[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
    r"|[^\W_]++(?:['’\-./][^\W_]++)*+)"
)
_ENOUGH_WORDS = re.compile(rf"(?:[\W_]*+{_WORD}){{{_FEWEST_WORDS}}}")


def _is_vague(text: str) -> bool:
    return _ENOUGH_WORDS.match(text) is None


def _parties_of(register: Register, requirement: Record) -> list[Record]:
    known = register.parties.by_id
    return [known[i] for i in requirement.many("Party ID") if i in known]


@rule(
    "REQ001",
    Severity.MAJOR,
    Basis.STANDARD,
    "4.2 b)",
    sheet=PARTIES.sheet,
    title="A relevant party has no requirement",
    message="{label} is relevant, but no requirement of theirs is recorded.",
    remedy="Ask {label} or whoever deals with them and enter at least one requirement; or set "
    "Relevant to ISMS to No and say why.",
    needs=(
        "Parties",
        "Parties/Party ID",
        "Parties/Relevant to ISMS",
        "Requirements",
        "Requirements/Party ID",
    ),
    checklist=("A3", "F1"),
)
def party_without_requirement(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 4.2 b) asks for the relevant requirements of each interested party."""
    with_requirement = register.requirements_of
    for party in register.parties.by_id.values():
        if is_relevant(party) and party.id not in with_requirement:
            yield Hit(party)


@rule(
    "REQ002",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=_SHEET,
    title="A requirement is too vague to act on",
    message="“{label}” is too short to say what is required.",
    remedy="Write what has to be done, for whom and how well, so that somebody could check whether "
    "it is met.",
    needs=("Requirements", "Requirements/Requirement"),
    checklist=("A3",),
)
def vague_requirement(register: Register, on: Circumstances) -> Iterator[Hit]:
    """“Security” is no requirement: nobody could tell whether it is met."""
    for requirement in register.requirements:
        text = requirement.text("Requirement")
        if text and _is_vague(text) and not is_placeholder(text):
            yield Hit(requirement, "Requirement")


@rule(
    "REQ003",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=_SHEET,
    title="The same requirement stands twice for a party",
    message="{party} already has this requirement as {first}.",
    remedy="Keep one of the two rows and move its links there; or word them so that the difference "
    "shows.",
    needs=("Requirements", "Requirements/Party ID", "Requirements/Requirement"),
    checklist=("A3",),
)
def requirement_twice(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Two rows for one requirement end in two different answers."""
    first: dict[tuple[str, str], Record] = {}
    for requirement in register.requirements:
        words = requirement.text("Requirement")
        text = plain_letters(words)
        if not text:
            continue
        for party in _parties_of(register, requirement):
            known = first.setdefault((party.id, text), requirement)
            if known is not requirement and not is_placeholder(words):
                yield Hit(requirement, "Requirement", {"party": party.label, "first": known.name})
                break


@rule(
    "REQ004",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=_SHEET,
    title="A legal, regulatory or contractual requirement cites no source",
    message="The requirement “{label}” is {kind}, but says neither in which law nor in which document "
    "it stands.",
    remedy="Enter the Obligation ID, or in Source reference the article or contract clause.",
    needs=("Requirements", "Requirements/Requirement type"),
    checklist=("A3",),
)
def requirement_without_source(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What is binding is written somewhere; without the place nobody can look it up."""
    for requirement in register.requirements:
        kind = requirement.text("Requirement type")
        if (
            kind in _CITED
            and requirement.blank("Obligation ID")
            and requirement.blank("Source reference")
        ):
            yield Hit(requirement, "Source reference", {"kind": kind})


@rule(
    "REQ005",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=_SHEET,
    title="A requirement is not confirmed",
    message="Nothing on record confirms the requirement “{label}”.",
    remedy="Confirm it with the party or with whoever deals with it, then enter Confirmed on and "
    "Confirmed by.",
    needs=(
        "Requirements",
        "Requirements/Requirement type",
        "Requirements/Party ID",
        "Parties",
        "Parties/Party type",
    ),
    checklist=("A3",),
)
def requirement_not_confirmed(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Step 6: what a party requires is what it says, not what we suppose. Laws speak for themselves."""
    for requirement in register.requirements:
        kind = requirement["Requirement type"]
        if kind is None or kind in _LAW:
            continue
        blank = [f for f in ("Confirmed on", "Confirmed by") if requirement.blank(f)]
        parties = _parties_of(register, requirement) if blank else []
        if any(must_be_confirmed(party) for party in parties):
            yield Hit(requirement, blank[0])


@rule(
    "REQ006",
    Severity.MAJOR,
    Basis.STANDARD,
    "4.2 b)",
    sheet=OBLIGATIONS.sheet,
    title="An obligation that applies is cited by no requirement",
    message="{label} applies, but no requirement cites it.",
    remedy="Enter what it requires on the sheet Requirements with {record} as Obligation ID; or, if "
    "it does not apply, set Applies to No and say why.",
    needs=("Obligations", "Obligations/Obligation ID", "Obligations/Applies", "Requirements"),
    checklist=("A3", "F1"),
)
def obligation_without_requirement(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Requirements of interested parties include legal and regulatory ones."""
    cited = register.requirements_citing
    for obligation in register["Obligations"].by_id.values():
        if obligation["Applies"] == "Yes" and obligation.id not in cited:
            yield Hit(obligation)


@rule(
    "REQ007",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=OBLIGATIONS.sheet,
    title="An obligation is undetermined, or set aside without rationale",
    message="Whether {label} applies is still To be determined.",
    remedy="Decide with counsel whether it applies and set Applies to Yes or No.",
    variants={
        "rationale": Wording(
            "{label} is said not to apply, but nothing says why.",
            "Write the reason in Rationale, or set Applies to Yes.",
        )
    },
    needs=("Obligations", "Obligations/Applies"),
    checklist=("A3",),
)
def obligation_undetermined(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An open question about the law is a risk somebody runs without knowing."""
    for obligation in register["Obligations"]:
        if obligation["Applies"] == "To be determined":
            yield Hit(obligation, "Applies")
        elif obligation["Applies"] == "No" and obligation.blank("Rationale"):
            yield Hit(obligation, "Rationale", wording="rationale")


@rule(
    "REQ008",
    Severity.MAJOR,
    Basis.STANDARD,
    "4.2 c)",
    sheet=_SHEET,
    title="It is undecided whether the ISMS addresses a requirement",
    message="Nobody has decided whether the ISMS addresses “{label}”.",
    remedy="Set Addressed by ISMS to Yes and link the answer on ISMS Links, or to No and justify it.",
    needs=("Requirements",),
    checklist=("A3", "F3"),
)
def undecided_requirement(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 4.2 c), new in 2022: determine which requirements will be addressed through the ISMS."""
    for requirement in register.requirements:
        if requirement.blank("Addressed by ISMS"):
            yield Hit(requirement, "Addressed by ISMS")


@rule(
    "REQ009",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 c)",
    sheet=_SHEET,
    title="A requirement is not addressed, without justification",
    message="The ISMS does not address “{label}”, but nothing says why.",
    remedy="Write the reason in Justification, or decide to address it.",
    needs=("Requirements",),
    checklist=("A3", "F3"),
)
def refusal_without_justification(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A requirement may be declined; an auditor asks who decided so and why."""
    for requirement in register.requirements:
        if requirement["Addressed by ISMS"] == "No" and requirement.blank("Justification"):
            yield Hit(requirement, "Justification")


@rule(
    "REQ010",
    Severity.MINOR,
    Basis.PRACTICE,
    "6.1.2",
    sheet=_SHEET,
    title="An addressed requirement is not prioritised by risk",
    message="{field} is not scored {of}.",
    remedy="Score {field} from 1 to 5, so that the requirement gets its priority.",
    variants={
        "reference": Wording(
            "“{label}” has priority {priority}, but no risk is referred to.",
            "Enter in Risk reference its number in the risk register.",
        )
    },
    needs=("Requirements",),
    checklist=("F2",),
)
def requirement_without_risk(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Auditors ask how requirements were prioritised; clause 6.1 answers by risk."""
    for requirement in register.requirements:
        if requirement["Addressed by ISMS"] != "Yes":
            continue
        blank = [score for score in ("Likelihood", "Impact") if requirement.blank(score)]
        for score in blank:
            yield Hit(requirement, score)
        if priority(requirement) in HIGH_PRIORITIES and requirement.blank("Risk reference"):
            facts = {"priority": priority(requirement)}
            yield Hit(requirement, "Risk reference", facts, wording="reference")


@rule(
    "REQ011",
    Severity.MAJOR,
    Basis.PRACTICE,
    "4.2 c)",
    sheet=_SHEET,
    title="A legal or regulatory requirement is not addressed",
    message="The requirement “{label}” is {kind}, and the ISMS does not address it.",
    remedy="Address it; or, if it is no requirement of law on information security, correct its "
    "Requirement type or remove it.",
    needs=("Requirements", "Requirements/Requirement type"),
    checklist=("A3", "F3"),
)
def law_not_addressed(register: Register, on: Circumstances) -> Iterator[Hit]:
    """The law leaves no choice; A.5.31 asks that legal requirements be met."""
    for requirement in register.requirements:
        if requirement["Addressed by ISMS"] == "No" and requirement["Requirement type"] in _LAW:
            kind = requirement.text("Requirement type")
            yield Hit(requirement, "Addressed by ISMS", {"kind": kind})


@rule(
    "REQ012",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=OBLIGATIONS.sheet,
    title="The register has no obligation",
    message="The register names no law or regulation that applies, or may apply.",
    remedy="Enter on Obligations the laws and regulations that reach you, such as those on personal "
    "data; leave Applies at To be determined until counsel decides.",
    needs=("Obligations", "Obligations/Applies", "EvidenceLog", "EvidenceLog/Step"),
    checklist=("A3", "F1"),
)
def no_obligation(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What parties require includes what the law does; an organisation that no law reaches is none.

    Before the parties are documented (step 3) nobody can have looked for their laws.
    """
    documented = STEPS[2] in set(register["EvidenceLog"].values["Step"])
    applies = set(register["Obligations"].values["Applies"])
    if documented and applies.isdisjoint(("Yes", "To be determined")):
        yield Hit()
