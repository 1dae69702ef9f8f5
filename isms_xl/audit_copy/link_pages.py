"""The pages that show the link to the ISMS: traceability, Annex A and the obligations."""

from __future__ import annotations

from isms_xl.audit_copy import phrases as say
from isms_xl.audit_copy.book import Copy
from isms_xl.contract import OBLIGATIONS
from isms_xl.pages import Column, Page, Row
from isms_xl.reference import annex_a, control_number
from isms_xl.register import Record, Register, compare_key, shortened
from isms_xl.words import counted

TRACE_PAGE = "Traceability"
ANNEX_PAGE = "Annex A"
OBLIGATIONS_PAGE = OBLIGATIONS.sheet

_LONGEST_REQUIREMENT = 160


def trace_page(copy: Copy) -> Page:
    """Write the matrix: requirement, risk, policy or control, status and evidence."""
    page = copy.page(
        TRACE_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Requirement", 38),
            Column("Interested party", 22),
            Column("Risk", 18),
            Column("State", 16, strong=True),
            Column("Answered by", 15),
            Column("Reference", 28),
            Column("Status", 12),
            Column("Evidence", 30),
            Column("Evidence of", 12),
        ),
    )
    register = copy.report.register
    page.title(
        "Traceability: from the requirement to the evidence",
        "One row for each link. The full text of each requirement stands on the page Register.",
    )
    page.headings(repeat=True)
    for requirement in register.requirements:
        rows = _trace_rows(register, requirement)
        for number, row in enumerate(rows, start=1):
            page.record(row, ends=number == len(rows))
    strangers = [
        link
        for link in register.links
        if not any(i in register.requirements.by_id for i in link.many("Requirement ID"))
    ]
    for link in strangers:
        missing = say.text(link, "Requirement ID") or "–"
        page.record((missing, "No requirement of the register", None, None, None, *_link_row(link)))
    if not len(register.requirements) and not strangers:
        page.nothing()
    return page


def _trace_rows(register: Register, requirement: Record) -> list[Row]:
    links = register.links_of.get(requirement.id, []) if requirement.id else []
    text = say.text(requirement, "Requirement").replace("\n", " ")
    risk = say.joined(
        (say.weight(requirement).replace("\n", " "), say.text(requirement, "Risk reference"))
    )
    head: Row = (
        requirement.name,
        shortened(text, _LONGEST_REQUIREMENT),
        say.names_of(register, requirement.many("Party ID")),
        risk,
        say.state(requirement, links),
    )
    if not links:
        return [(*head, None, None, None, None, None)]
    below: Row = (None,) * len(head)
    return [(*(below if at else head), *_link_row(link)) for at, link in enumerate(links)]


def _link_row(link: Record) -> Row:
    return (
        say.text(link, "Link type"),
        say.joined((say.text(link, "Reference"), say.text(link, "Notes"))),
        say.text(link, "Status"),
        say.joined((say.text(link, "Evidence"), say.text(link, "Owner"))),
        say.value(link, "Evidence date"),
    )


def annex_page(copy: Copy) -> Page:
    """Write which requirements each control answers, and which controls none leads to."""
    page = copy.page(
        ANNEX_PAGE,
        (
            Column("Control", 12, strong=True),
            Column("Title", 50),
            Column("Theme", 16, muted=True),
            Column("Furthest status", 14),
            Column("Requirements", 13, centred=True),
            Column("Which", 60),
        ),
    )
    links = _links_by_control(copy.report.register)
    used = sum(control in links for control in annex_a())
    page.title(
        "Controls of Annex A and the requirements they answer",
        f"{counted(used, 'control')} of the {len(annex_a())} of ISO/IEC 27001:2022 "
        f"{'answers' if used == 1 else 'answer'} a requirement of an interested party. A control "
        "without one is no gap: controls follow from the risk assessment (6.1.3), too.",
    )
    page.headings(repeat=True)
    for control in annex_a().values():
        page.record(
            (control.control, control.title, control.theme, *_use(links.pop(control.control, [])))
        )
    if links:
        page.section("Other controls referred to")
        for name in sorted(links):
            found = links[name]
            reference = say.text(found[0], "Reference")
            page.record((None, reference, "Not of Annex A:2022", *_use(found)))
    return page


def _links_by_control(register: Register) -> dict[str, list[Record]]:
    """Return the links to each control, by its number in Annex A or else by its name."""
    found: dict[str, list[Record]] = {}
    for link in register.links:
        reference = say.text(link, "Reference")
        if link["Link type"] == "Control" and reference:
            number = control_number(reference)
            key = number if number in annex_a() else compare_key(reference)
            found.setdefault(key, []).append(link)
    return found


def _use(links: list[Record]) -> Row:
    requirements = dict.fromkeys(i for link in links for i in link.many("Requirement ID"))
    if not requirements:
        return (
            say.furthest(links) or None,
            None,
            "No requirement leads here" if not links else None,
        )
    return (say.furthest(links), len(requirements), ", ".join(requirements))


def obligations_page(copy: Copy) -> Page:
    """Write the laws and regulations, with the requirements that cite them."""
    page = copy.page(
        OBLIGATIONS_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Obligation", 34),
            Column("Citation", 32),
            Column("Jurisdiction", 15),
            Column("Applies", 12),
            Column("Applies from", 12),
            Column("Rationale", 38),
            Column("Requirements", 26),
        ),
    )
    register = copy.report.register
    page.title(
        "Legal and regulatory obligations",
        "What applies was decided by the organisation; the dates are those of its register.",
    )
    page.headings(repeat=True)
    for obligation in register[OBLIGATIONS.name]:
        citing = register.requirements_citing.get(obligation.id, []) if obligation.id else []
        notes = say.text(obligation, "Notes")
        page.record(
            (
                obligation.name,
                say.text(obligation, "Title"),
                say.text(obligation, "Citation"),
                say.text(obligation, "Jurisdiction"),
                say.text(obligation, "Applies"),
                say.value(obligation, "Applies from"),
                say.joined((say.text(obligation, "Rationale"), f"Note: {notes}" if notes else "")),
                ", ".join(requirement.name for requirement in citing),
            )
        )
    if not len(register[OBLIGATIONS.name]):
        page.nothing()
    return page
