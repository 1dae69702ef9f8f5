"""The pages that show what the rules found: gaps, accepted gaps and the auditor's checklist."""

from __future__ import annotations

from xlsxwriter.format import Format

from isms_xl.acceptance import Acceptance, acceptances
from isms_xl.audit_copy import phrases as say
from isms_xl.audit_copy.book import Copy
from isms_xl.checking import Report
from isms_xl.checklist import states
from isms_xl.finding import Finding, Severity
from isms_xl.look import GOOD_FILL, GOOD_INK, RULE, SEVERITY_FILL, SEVERITY_INK, Look
from isms_xl.pages import Column, Page, Row

GAPS_PAGE = "Gaps"
CHECKLIST_PAGE = "Checklist"


def _severity_form(look: Look, severity: Severity) -> Format:
    return look.form(
        text_wrap=True,
        bottom=1,
        bottom_color=RULE,
        bold=severity is Severity.MAJOR,
        bg_color=SEVERITY_FILL[severity],
        font_color=SEVERITY_INK[severity],
    )


def gaps_page(copy: Copy) -> Page:
    """Write the open gaps, and the accepted ones with who answers for them."""
    page = copy.page(
        GAPS_PAGE,
        (
            Column("Severity", 14),
            Column("Rule", 9, strong=True),
            Column("Place", 24),
            Column("Finding", 54),
            Column("Remedy", 50),
            Column("Clause", 14),
        ),
    )
    report = copy.report
    page.title(
        "Open and accepted gaps",
        "Major and minor gaps are nonconformities in audit terms; an observation is none, but worth "
        "a look. Gaps marked practice depart from published guidance, not from the standard's words.",
    )
    page.section("Open gaps")
    is_open = [finding for finding in report.findings if finding.is_open]
    if is_open:
        page.headings()
    else:
        page.nothing("No rule found a departure that is not accepted.")
    for finding in is_open:
        page.record(
            (
                f"{finding.severity.mark} {finding.severity.word}",
                finding.code,
                _place(finding),
                finding.message,
                finding.remedy,
                f"{finding.clause}\n{finding.basis.value}",
            ),
            forms={0: _severity_form(copy.look, finding.severity)},
        )
    page.section("Accepted gaps")
    page.table(
        [_acceptance_row(report, acceptance) for acceptance in acceptances(report.register)],
        ("State", "Rule", "Record", "Reason, and what is accepted", "Approval", "Expires on"),
    )
    return page


def _place(finding: Finding) -> str:
    return say.joined((finding.record, say.joined((finding.sheet, finding.field), " · ")))


def _acceptance_row(report: Report, acceptance: Acceptance) -> Row:
    record = acceptance.record
    accepted = [f.message for f in report.findings if f.accepted == record.name]
    return (
        _acceptance_state(acceptance, report, used=bool(accepted)),
        say.text(record, "Rule"),
        say.joined((say.text(record, "Record"), record.name)),
        say.joined((say.text(record, "Reason"), *(f"– {message}" for message in accepted))),
        say.joined((say.text(record, "Approved by"), say.text(record, "Approved on"))),
        say.value(record, "Expires on"),
    )


def _acceptance_state(acceptance: Acceptance, report: Report, *, used: bool) -> str:
    if used:
        return "In force"
    if not acceptance.is_complete:
        return "Incomplete"
    if acceptance.has_expired(report.as_of):
        return "Expired"
    if not acceptance.is_in_force(report.as_of):
        return "Not yet approved"
    return "No such gap"


def checklist_page(copy: Copy) -> Page:
    """Write the auditor's checklist with the computed state of each line."""
    page = copy.page(
        CHECKLIST_PAGE,
        (
            Column("Line", 7, strong=True),
            Column("What the auditor looks at", 28, strong=True),
            Column("What is expected", 52),
            Column("State", 20),
            Column("Major", 8, centred=True),
            Column("Minor", 8, centred=True),
            Column("Obs.", 8, centred=True),
            Column("Accepted", 10, centred=True),
            Column("Findings behind it", 46, muted=True),
        ),
    )
    page.title(
        "The auditor's checklist for clause 4.2",
        "The states are computed from the findings; they do not replace the audit.",
    )
    page.headings(repeat=True)
    for state in states(copy.report):
        weight = next((s for s in Severity if state.count(s)), None)
        good = copy.look.form(
            text_wrap=True, bottom=1, bottom_color=RULE, bg_color=GOOD_FILL, font_color=GOOD_INK
        )
        page.record(
            (
                state.line.number,
                f"{state.line.subject}\n{state.line.part}",
                state.line.expected,
                state.state,
                *(state.count(severity) for severity in Severity),
                state.accepted,
                state.behind,
            ),
            forms={
                3: _severity_form(copy.look, weight)
                if weight
                else good
                if state.is_clear
                else copy.look.wrapped
            },
        )
    return page
