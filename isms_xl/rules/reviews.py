"""REV: kept current, 4.2 with 9.3.2 c) and 10.1."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import AS_OF_FIELD, DOCUMENT_CONTROL, OBLIGATIONS, REVIEWS, TRIGGER_EVENTS
from isms_xl.finding import Basis, Severity
from isms_xl.periods import is_older
from isms_xl.register import Record, Register

_SHEET = REVIEWS.sheet
_DATED = ("Reviews", "Reviews/Date")
_LIST_MONTHS = 12

NEXT_REVIEW = "Next review due"
"""Heading of the date, with a review as in Document Control."""


def held_reviews(register: Register, as_of: date) -> list[tuple[date, Record]]:
    """Return the reviews that have taken place, oldest first; a future one is DAT008's business."""
    dated = ((review.date("Date"), review) for review in register["Reviews"])
    held = [(day, review) for day, review in dated if day is not None and day <= as_of]
    return sorted(held, key=lambda pair: (pair[0], pair[1].row))


def next_review(register: Register, as_of: date) -> Record:
    """Return the record that says when the next review is due: the latest review, else the control."""
    held = held_reviews(register, as_of)
    if held and not held[-1][1].blank(NEXT_REVIEW):
        return held[-1][1]
    return register.field(NEXT_REVIEW)


@rule(
    "REV001",
    Severity.MAJOR,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=_SHEET,
    title="No review is recorded",
    message="No review of the register is recorded.",
    remedy="Review parties and requirements and enter the review on the sheet Reviews.",
    needs=("Reviews",),
    checklist=("F4",),
)
def no_review(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Parties and requirements change; a register nobody looks at again is out of date unseen."""
    if not len(register["Reviews"]):
        yield Hit()


@rule(
    "REV002",
    Severity.MAJOR,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=_SHEET,
    title="The last review is older than the review period",
    message="The last review was on {date}; the review period is {months} months.",
    remedy="Review the register now and enter the review on the sheet Reviews.",
    needs=_DATED,
    checklist=("F4",),
)
def review_too_old(register: Register, on: Circumstances) -> Iterator[Hit]:
    """At least once a review period somebody has to look again."""
    held = held_reviews(register, on.as_of)
    if held and is_older(held[-1][0], register.review_months, on.as_of):
        facts = {"date": held[-1][0], "months": register.review_months}
        yield Hit(held[-1][1], "Date", facts)


@rule(
    "REV003",
    Severity.MINOR,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=_SHEET,
    title="No next review is scheduled, or it is overdue",
    message="No next review is scheduled.",
    remedy="Enter Next review due with the latest review, or in Document Control.",
    variants={
        "overdue": Wording(
            "The next review was due on {date}.",
            "Review the register now and enter the date of the next review.",
        )
    },
    needs=("Reviews", "DocumentControl"),
    checklist=("F4",),
)
def next_review_missing(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What has no date does not happen."""
    place = next_review(register, on.as_of)
    due = place.date(NEXT_REVIEW)
    if place.blank(NEXT_REVIEW):
        yield Hit()
    elif due is not None and due < on.as_of:
        yield Hit(place, NEXT_REVIEW, {"date": due}, wording="overdue")


@rule(
    "REV004",
    Severity.MAJOR,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=TRIGGER_EVENTS.sheet,
    title="A trigger event has not been followed by a review",
    message="Since “{label}” on {date} no review has taken place.",
    remedy="Review what the event changes for parties and requirements and enter the review on the "
    "sheet Reviews.",
    needs=("TriggerEvents", "TriggerEvents/Date", *_DATED),
    checklist=("F4",),
)
def event_without_review(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An incident, a new law or a new model can make the register wrong overnight."""
    held = held_reviews(register, on.as_of)
    latest = held[-1][0] if held else date.min
    for event in register["TriggerEvents"]:
        day = event.date("Date")
        if day is not None and latest < day <= on.as_of:
            yield Hit(event, facts={"date": day})


@rule(
    "REV005",
    Severity.MINOR,
    Basis.STANDARD,
    "9.3.2 c)",
    sheet=_SHEET,
    title="No management review in the last review period",
    message="No management review within the last {months} months is on record.",
    remedy="Put changes in the needs and expectations of interested parties on the agenda of the "
    "management review, and enter it on the sheet Reviews with the Kind Management review.",
    needs=(*_DATED, "Reviews/Kind"),
    checklist=("F4",),
)
def no_management_review(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 9.3.2 c): the management review considers changes in needs and expectations."""
    months = register.review_months
    recent = (
        review
        for day, review in held_reviews(register, on.as_of)
        if review["Kind"] == "Management review" and not is_older(day, months, on.as_of)
    )
    if next(recent, None) is None:
        yield Hit(facts={"months": months})


@rule(
    "REV006",
    Severity.MINOR,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=OBLIGATIONS.sheet,
    title="An obligation has come into force since the last review",
    message="{label} applies from {date}, after the last review on {last}.",
    remedy="Review what it requires and enter the review on the sheet Reviews.",
    needs=("Obligations", *_DATED),
    checklist=("F4",),
)
def obligation_since_review(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Law that came into force since anybody looked is law nobody has considered."""
    held = held_reviews(register, on.as_of)
    if not held:
        return
    last = held[-1][0]
    for obligation in register["Obligations"]:
        day = obligation.date("Applies from")
        if obligation["Applies"] != "No" and day is not None and last < day <= on.as_of:
            yield Hit(obligation, "Applies from", {"date": day, "last": last})


@rule(
    "REV007",
    Severity.OBS,
    Basis.PRACTICE,
    "9.3.2 c)",
    sheet=_SHEET,
    title="A party or requirement has not been reviewed within the review period",
    message="“{label}” was last reviewed on {date}.",
    remedy="Look whether the row is still right and enter today in Last reviewed.",
    variants={
        "never": Wording(
            "“{label}” has never been reviewed.",
            "Look whether the row is right and enter today in Last reviewed.",
        )
    },
    needs=(),
    checklist=("F4",),
)
def record_not_reviewed(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A review of the register means that each row was looked at."""
    heading = "Last reviewed"
    for table in (register.parties, register.requirements):
        for record in table:
            day = record.date(heading)
            if record.blank(heading):
                yield Hit(record, heading, wording="never")
            elif day is not None and is_older(day, register.review_months, on.as_of):
                yield Hit(record, heading, {"date": day})


@rule(
    "REV008",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 b)",
    sheet=DOCUMENT_CONTROL.sheet,
    title="The list that the obligations came from is older than a year",
    message="The register's obligations came from a list as of {date}, more than {months} months ago.",
    remedy="Compare the sheet Obligations with the law of today, or with the list of a newer isms-xl, "
    "and enter in Obligations as of the day to which it is up to date.",
    needs=("DocumentControl",),
    checklist=("F4",),
)
def obligations_out_of_date(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Law moves: dates were put off, acts replaced and articles added within months."""
    field = register.field(AS_OF_FIELD)
    day = field.date(AS_OF_FIELD)
    if day is not None and is_older(day, _LIST_MONTHS, on.as_of):
        yield Hit(field, AS_OF_FIELD, {"date": day, "months": _LIST_MONTHS})
