"""The pages that show that the work was done: PESTLE, the evidence of each step, the reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from isms_xl.audit_copy import phrases as say
from isms_xl.audit_copy.book import Copy
from isms_xl.contract import EVIDENCE_LOG, FACTORS, PESTLE, REVIEWS, STEPS, TRIGGER_EVENTS
from isms_xl.pages import Column, Page, Row
from isms_xl.register import Record, RecordTable

PESTLE_PAGE = "PESTLE"
EVIDENCE_PAGE = "Evidence"
REVIEWS_PAGE = "Reviews"


def pestle_page(copy: Copy) -> Page:
    """Write the external and internal issues by factor."""
    page = copy.page(
        PESTLE_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Issue", 52),
            Column("Interested parties", 28),
            Column("Effect", 42),
            Column("Assessed on", 12),
            Column("Notes", 26, muted=True),
        ),
    )
    register = copy.report.register
    page.title(
        "PESTLE: what bears on information security",
        "Issues of clause 4.1 and the interested parties that come with them, by factor.",
    )

    def row(entry: Record) -> Row:
        return (
            entry.name,
            say.text(entry, "Issue"),
            say.names_of(register, entry.many("Party ID")),
            say.text(entry, "Effect"),
            say.value(entry, "Assessed on"),
            say.text(entry, "Notes"),
        )

    _by_choice(page, register[PESTLE.name], "Factor", FACTORS, row)
    return page


def evidence_page(copy: Copy) -> Page:
    """Write the record of each of the seven steps."""
    page = copy.page(
        EVIDENCE_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Date", 12),
            Column("Activity", 36),
            Column("Participants", 28),
            Column("Functions", 22),
            Column("Outcome", 38),
            Column("Record", 30),
        ),
    )
    page.title(
        "Evidence log by the seven steps",
        "What was done, who took part, what came of it and where the record is kept.",
    )

    def row(entry: Record) -> Row:
        notes = say.text(entry, "Notes")
        return (
            entry.name,
            say.value(entry, "Date"),
            say.text(entry, "Activity"),
            say.text(entry, "Participants"),
            say.text(entry, "Functions"),
            say.joined((say.text(entry, "Outcome"), f"Note: {notes}" if notes else "")),
            say.text(entry, "Record"),
        )

    _by_choice(page, copy.report.register[EVIDENCE_LOG.name], "Step", STEPS, row)
    return page


def _by_choice(
    page: Page,
    table: RecordTable,
    heading: str,
    choices: Sequence[str],
    row: Callable[[Record], Row],
) -> None:
    """Write a table's records under one section for each choice of a column."""
    page.headings(repeat=True)
    for choice in choices:
        _section(page, choice, [row(record) for record in table if record[heading] == choice])
    others = [record for record in table if record[heading] not in choices]
    if others:
        word = heading.lower()
        _section(page, f"Without a valid {word}", [row(record) for record in others])


def _section(page: Page, title: str, rows: Sequence[Row]) -> None:
    page.section(title)
    for row in rows:
        page.record(row)
    if not rows:
        page.nothing()


def reviews_page(copy: Copy) -> Page:
    """Write the reviews and what made some of them necessary."""
    page = copy.page(
        REVIEWS_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Date", 12),
            Column("Kind", 26),
            Column("Outcome", 62),
            Column("By", 26),
            Column("Trigger event", 15),
            Column("Next review due", 15),
        ),
    )
    register = copy.report.register
    page.title(
        "Reviews and trigger events",
        f"The review period is {register.review_months} months; trigger events ask for a review "
        "before it ends.",
    )
    page.section("Reviews")
    page.table(
        [
            (
                review.name,
                say.value(review, "Date"),
                say.text(review, "Kind"),
                say.text(review, "Outcome"),
                say.text(review, "Reviewer"),
                say.text(review, "Trigger event ID"),
                say.value(review, "Next review due"),
            )
            for review in register[REVIEWS.name]
        ]
    )
    page.section("Trigger events")
    page.table(
        [
            (
                event.name,
                say.value(event, "Date"),
                say.text(event, "Kind"),
                say.text(event, "Description"),
                say.text(event, "Review ID"),
                None,
                None,
            )
            for event in register[TRIGGER_EVENTS.name]
        ],
        ("No.", "Date", "Kind", "What happened", "Answered by review", "", ""),
    )
    return page
