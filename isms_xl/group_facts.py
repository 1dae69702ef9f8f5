"""From one register's report to what the group needs of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from isms_xl.acceptance import acceptances
from isms_xl.catalogue import RULE_SET_VERSION
from isms_xl.checking import Report
from isms_xl.checklist import LineState, states
from isms_xl.contract import (
    ACCEPTED_GAPS,
    DOCUMENT_CONTROL,
    HIGH_PRIORITIES,
    LINK_STATUSES,
    PRIORITIES,
)
from isms_xl.document_state import state_of
from isms_xl.finding import Severity
from isms_xl.group import (
    ChecklistState,
    Counts,
    DueKind,
    UnitControl,
    UnitDate,
    UnitDetails,
    UnitObligation,
    UnitParty,
    UnitRequirement,
    UnitResult,
)
from isms_xl.reference import OWN_CONTROL, annex_a, control_number, is_known_control
from isms_xl.register import Record, Register, engagement, priority
from isms_xl.rules.reviews import NEXT_REVIEW, next_review


def unit_result(report: Report, *, source: str, digest: str) -> UnitResult:
    """Return what the group needs of one register.

    Args:
        report: What the rules found in it.
        source: Its path, as it is shown to people.
        digest: SHA-256 of its file.
    """
    register = report.register
    text = register.field_line
    state = state_of(register, report.as_of)
    return UnitResult(
        source=source,
        organisation=text("Organisation"),
        business_unit=text("Business unit"),
        document_title=text("Document title"),
        document_id=text("Document ID"),
        classification=text("Classification"),
        document_owner=text("Document owner"),
        unit_cell=_control_cell(register, "Business unit"),
        document_id_cell=_control_cell(register, "Document ID"),
        version=state.version,
        version_words=state.version_words,
        state=state.state.value,
        as_of=report.as_of,
        digest=digest,
        content_digest=state.digest,
        rule_set=RULE_SET_VERSION,
        counts=_counts(report),
        checklist=tuple(map(_checklist_state, states(report))),
        failed_rules=report.failed_rules,
        parties=len(register.parties),
        requirements=len(register.requirements),
        links=len(register.links),
        packed=details_of(report).packed(),
    )


def details_of(report: Report) -> UnitDetails:
    """Return findings, parties, requirements, controls, obligations and dates of one register."""
    register = report.register
    return UnitDetails(
        findings=report.findings,
        parties=tuple(_parties(register)),
        requirements=tuple(_requirements(register)),
        controls=_controls(register),
        obligations=tuple(_obligations(register)),
        dates=tuple(sorted(_dates(register, report.as_of), key=lambda d: (d.on, d.record))),
    )


def _control_cell(register: Register, heading: str) -> str:
    return register.field(heading).cell(heading) if register.has(DOCUMENT_CONTROL.name) else ""


def _counts(report: Report) -> Counts:
    major, minor, obs = (report.open_by_severity[severity] for severity in Severity)
    return Counts(major, minor, obs, report.accepted)


def _checklist_state(line: LineState) -> ChecklistState:
    major, minor, obs = (line.count(severity) for severity in Severity)
    return ChecklistState(line.line.number, line.state, Counts(major, minor, obs, line.accepted))


def _furthest(words: Sequence[str], order: Sequence[str]) -> str:
    """Return which of the words stands last in an order; empty where none stands in it."""
    return max((word for word in words if word in order), key=order.index, default="")


def _parties(register: Register) -> Iterator[UnitParty]:
    for party in register.parties:
        own = register.requirements_of.get(party.id, []) if party.id else []
        priorities = [priority(requirement) for requirement in own]
        yield UnitParty(
            record=party.name,
            name=party.text("Name"),
            kind=party.text("Party type"),
            side=party.text("Internal/External"),
            relevant=party.text("Relevant to ISMS"),
            power=party.number("Power"),
            interest=party.number("Interest"),
            engagement=engagement(party),
            requirements=len(own),
            critical=sum(word in HIGH_PRIORITIES for word in priorities),
            priority=_furthest(priorities, PRIORITIES),
            owner=party.text("Owner"),
            last_reviewed=party.date("Last reviewed"),
            name_cell=party.cell("Name"),
            kind_cell=party.cell("Party type"),
            side_cell=party.cell("Internal/External"),
        )


def _requirements(register: Register) -> Iterator[UnitRequirement]:
    parties = register.parties.by_id
    for requirement in register.requirements:
        links = register.links_of.get(requirement.id, []) if requirement.id else []
        yield UnitRequirement(
            record=requirement.name,
            text=requirement.text("Requirement"),
            kind=requirement.text("Requirement type"),
            parties=tuple(parties[i].name for i in requirement.many("Party ID") if i in parties),
            addressed=requirement.text("Addressed by ISMS"),
            priority=priority(requirement),
            obligations=requirement.many("Obligation ID"),
            links=len(links),
            status=_furthest([link.text("Status") for link in links], LINK_STATUSES),
            owner=requirement.text("Owner"),
            last_reviewed=requirement.date("Last reviewed"),
            addressed_cell=requirement.cell("Addressed by ISMS"),
        )


def _controls(register: Register) -> tuple[UnitControl, ...]:
    links: dict[str, list[Record]] = {}
    for link in register.links:
        reference = link.text("Reference")
        if link["Link type"] == "Control" and is_known_control(reference):
            number = control_number(reference)
            own = f"{OWN_CONTROL}{' '.join(reference.strip()[len(OWN_CONTROL) :].split())}"
            links.setdefault(number or own, []).append(link)
    known = register.requirements.by_id
    order = {control: place for place, control in enumerate(annex_a())}
    return tuple(
        UnitControl(
            control,
            len({i for link in answered for i in link.many("Requirement ID") if i in known}),
            _furthest([link.text("Status") for link in answered], LINK_STATUSES),
        )
        for control, answered in sorted(
            links.items(), key=lambda item: (order.get(item[0], len(order)), item[0].casefold())
        )
    )


def _obligations(register: Register) -> Iterator[UnitObligation]:
    for obligation in register["Obligations"]:
        citing = register.requirements_citing.get(obligation.id, []) if obligation.id else []
        yield UnitObligation(
            record=obligation.name,
            title=obligation.text("Title"),
            citation=obligation.text("Citation"),
            jurisdiction=obligation.text("Jurisdiction"),
            applies=obligation.text("Applies"),
            applies_from=obligation.date("Applies from"),
            requirements=len(citing),
            applies_cell=obligation.cell("Applies"),
        )


def _dates(register: Register, as_of: date) -> Iterator[UnitDate]:
    if register.has(DOCUMENT_CONTROL.name):
        place = next_review(register, as_of)
        due = place.date(NEXT_REVIEW)
        if due is not None:
            yield UnitDate(
                kind=DueKind.REVIEW,
                on=due,
                record=place.name,
                subject=register.field_line("Document title") or "Register of interested parties",
                owner=register.field_line("Document owner"),
                sheet=place.sheet,
                cell=place.cell(NEXT_REVIEW),
            )
    for acceptance in acceptances(register):
        if acceptance.is_in_force(as_of) and acceptance.expires_on is not None:
            yield UnitDate(
                kind=DueKind.ACCEPTANCE,
                on=acceptance.expires_on,
                record=acceptance.record.name,
                subject=f"{acceptance.code} for {acceptance.subject}",
                owner=acceptance.record.text("Approved by"),
                sheet=ACCEPTED_GAPS.sheet,
                cell=acceptance.record.cell("Expires on"),
            )
