"""LNK: links to the ISMS, 4.2 c), 6.1.3, 8.1."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz import process

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import HIGH_PRIORITIES, ISMS_LINKS, REQUIREMENTS, split_references
from isms_xl.finding import Basis, Severity
from isms_xl.periods import is_older
from isms_xl.reference import annex_a, is_known_control, successors
from isms_xl.register import Register, priority
from isms_xl.rules.shape import is_placeholder

_SHEET = ISMS_LINKS.sheet
_DONE = frozenset({"Implemented", "Verified"})
_LIKENESS = 70


@rule(
    "LNK001",
    Severity.MAJOR,
    Basis.PRACTICE,
    "4.2 c)",
    sheet=REQUIREMENTS.sheet,
    title="An addressed requirement has no link",
    message="The ISMS is said to address “{label}”, but nothing is linked that does.",
    remedy="Add a row on ISMS Links with {record} and the Policy, Procedure, Control, Risk treatment or "
    "Objective that answers it.",
    needs=(
        "Requirements",
        "Requirements/Requirement ID",
        "IsmsLinks",
        "IsmsLinks/Requirement ID",
    ),
    checklist=("F3",),
)
def addressed_without_link(register: Register, on: Circumstances) -> Iterator[Hit]:
    """“No link to the ISMS” is one of the three classic failures."""
    linked = register.links_of
    for requirement in register.requirements.by_id.values():
        if requirement["Addressed by ISMS"] == "Yes" and requirement.id not in linked:
            yield Hit(requirement)


@rule(
    "LNK002",
    Severity.MINOR,
    Basis.PRACTICE,
    "6.1.3 c)",
    sheet=_SHEET,
    title="A control reference is no control of Annex A:2022",
    message="“{value}” is no control of Annex A of ISO/IEC 27001:2022.",
    remedy="Enter a control from A.5.1 to A.8.34, or ORG: and the name of a control of your own.",
    variants={
        "2013": Wording(
            "“{value}” is a number of the 2013 edition; Annex A of ISO/IEC 27001:2022 has no such "
            "control.",
            "Enter the number of what took its place in 2022: {successors}.",
        ),
        "closest": Wording(
            "“{value}” is no control of Annex A of ISO/IEC 27001:2022.",
            "Enter {closest} if {title} is meant, another control of Annex A, or ORG: and the name "
            "of a control of your own.",
        ),
    },
    needs=("IsmsLinks", "IsmsLinks/Link type", "IsmsLinks/Reference"),
    checklist=("F3",),
)
def unknown_control(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A reference to the edition of 2013 tells the auditor how old the register is."""
    titles = {control.title: control for control in annex_a().values()}
    for link in register.links:
        if link["Link type"] != "Control":
            continue
        text = link.text("Reference")
        if not text or is_placeholder(text) or is_known_control(text):
            continue
        for reference in split_references(text):
            if is_known_control(reference):
                continue
            new = successors(reference)
            facts: dict[str, object] = {"value": reference[:60]}
            if new:
                named = [f"{number} {annex_a()[number].title}" for number in new]
                yield Hit(link, "Reference", facts | {"successors": tuple(named)}, wording="2013")
            elif like := process.extractOne(reference, list(titles), score_cutoff=_LIKENESS):
                control = titles[like[0]]
                facts |= {"closest": control.control, "title": control.title}
                yield Hit(link, "Reference", facts, wording="closest")
            else:
                yield Hit(link, "Reference", facts)


@rule(
    "LNK003",
    Severity.MINOR,
    Basis.PRACTICE,
    "8.1",
    sheet=_SHEET,
    title="A link is implemented or verified without evidence",
    message="{label} is {status}, but {field} is blank.",
    remedy="Enter {field} of the record that shows it, or set Status back to Planned.",
    needs=("IsmsLinks", "IsmsLinks/Status"),
    checklist=("F3", "A4"),
)
def done_without_evidence(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 8.1: documented information, as far as needed for confidence that it was done."""
    for link in register.links:
        if link["Status"] in _DONE:
            for field in ("Evidence", "Evidence date"):
                if link.blank(field):
                    yield Hit(link, field, {"status": link.text("Status")})


@rule(
    "LNK004",
    Severity.MINOR,
    Basis.PRACTICE,
    "8.1",
    sheet=REQUIREMENTS.sheet,
    title="A high-priority requirement has only planned links",
    message="“{label}” has priority {priority}, but all that answers it is still planned.",
    remedy="Put one of its links into operation and enter the evidence; or, if the risk is less than "
    "that, correct Likelihood or Impact.",
    needs=("Requirements", "Requirements/Requirement ID", "IsmsLinks", "IsmsLinks/Status"),
    checklist=("F2", "F3"),
)
def high_priority_only_planned(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What matters most should not be what is still to come."""
    for requirement in register.requirements.by_id.values():
        if requirement["Addressed by ISMS"] == "No":
            continue
        urgency = priority(requirement)
        if urgency not in HIGH_PRIORITIES:
            continue
        links = register.links_of.get(requirement.id, ())
        if links and all(link["Status"] == "Planned" for link in links):
            yield Hit(requirement, facts={"priority": urgency})


@rule(
    "LNK005",
    Severity.OBS,
    Basis.PRACTICE,
    "9.1",
    sheet=_SHEET,
    title="Evidence is older than the review period",
    message="The evidence for {label} is of {date}, older than the review period.",
    remedy="Enter newer evidence; or check that it still shows what it should, and enter the record "
    "and date of that check.",
    needs=("IsmsLinks",),
    checklist=("F4", "F3"),
)
def old_evidence(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Evidence shows how things were; after a review period that is history."""
    for link in register.links:
        day = link.date("Evidence date")
        if day is not None and is_older(day, register.review_months, on.as_of):
            yield Hit(link, "Evidence date", {"date": day})


@rule(
    "LNK006",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 c)",
    sheet=_SHEET,
    title="A link points to a requirement that is not addressed",
    message="{label} is linked to {requirement}, which the ISMS is said not to address.",
    remedy="Set Addressed by ISMS to Yes for {requirement}, or remove the link.",
    needs=("IsmsLinks", "IsmsLinks/Requirement ID", "Requirements"),
    checklist=("F3",),
)
def link_to_unaddressed(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Either the decision or the link is wrong."""
    known = register.requirements.by_id
    for link in register.links:
        for identifier in link.many("Requirement ID"):
            requirement = known.get(identifier)
            if requirement is not None and requirement["Addressed by ISMS"] == "No":
                yield Hit(link, "Requirement ID", {"requirement": requirement.name})
                break
