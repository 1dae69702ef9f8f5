"""ACC: accepted gaps. These rules run after the others and see what those found."""

from __future__ import annotations

from collections.abc import Iterator

from isms_xl.acceptance import Acceptance, acceptances
from isms_xl.catalogue import NEVER_ACCEPTED, Circumstances, Hit, Wording, rule
from isms_xl.contract import ACCEPTED_GAPS
from isms_xl.finding import Basis, Severity
from isms_xl.periods import is_older
from isms_xl.register import Register

_SHEET = ACCEPTED_GAPS.sheet


@rule(
    "ACC001",
    Severity.MINOR,
    Basis.PRACTICE,
    "10.2",
    sheet=_SHEET,
    title="An acceptance has expired",
    message="The acceptance of {rule} for {subject} expired on {date}; the gap counts again.",
    remedy="Close the gap and remove the acceptance, or have it approved anew with a later date.",
    needs=("AcceptedGaps", "AcceptedGaps/Expires on"),
    checklist=("A4",),
)
def expired_acceptance(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Somebody answered for the gap until a date; that date has passed."""
    for acceptance in acceptances(register):
        if acceptance.has_expired(on.as_of):
            facts = _facts(acceptance) | {"date": acceptance.expires_on}
            yield Hit(acceptance.record, "Expires on", facts)


@rule(
    "ACC002",
    Severity.OBS,
    Basis.PRACTICE,
    "10.2",
    sheet=_SHEET,
    title="An acceptance matches no present gap",
    message="There is no gap {rule} for {subject} at present.",
    remedy="Remove the acceptance, or correct its Rule and Record as they stand on the Gaps sheet.",
    variants={
        "never": Wording(
            "Gaps of the rule {rule} cannot be accepted.",
            "Close the gap and remove the acceptance.",
        )
    },
    needs=("AcceptedGaps", "AcceptedGaps/Rule", "AcceptedGaps/Record"),
    checklist=("A4",),
)
def pointless_acceptance(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An acceptance left standing could hide the gap when it comes back.

    Nothing is said where nobody looked: a table is missing, or `--check-files` was not asked for.
    """
    present = {(f.code, f.record.casefold()) for f in on.findings}
    for acceptance in acceptances(register):
        if not acceptance.is_complete or acceptance.has_expired(on.as_of):
            continue
        if acceptance.code in NEVER_ACCEPTED:
            yield Hit(acceptance.record, "Rule", _facts(acceptance), wording="never")
        elif acceptance.target not in present and acceptance.code not in on.not_applied:
            yield Hit(acceptance.record, facts=_facts(acceptance))


@rule(
    "ACC003",
    Severity.OBS,
    Basis.PRACTICE,
    "10.2",
    sheet=_SHEET,
    title="An acceptance runs too long, or is not approved yet",
    message="The acceptance of {rule} for {subject} runs from {approved} to {date}, longer than the "
    "review period of {months} months.",
    remedy="Bring Expires on forward to the end of the review period, and have the acceptance "
    "approved anew then.",
    variants={
        "future": Wording(
            "The approval of accepting {rule} for {subject} bears the date {approved}, which lies in "
            "the future; the gap counts until then.",
            "Enter in Approved on the day on which it was approved.",
        )
    },
    needs=(
        "AcceptedGaps",
        "AcceptedGaps/Rule",
        "AcceptedGaps/Record",
        "AcceptedGaps/Approved on",
        "AcceptedGaps/Expires on",
    ),
    checklist=("A4",),
)
def long_acceptance(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Who answers for a gap looks at it again no later than at everything else.

    An acceptance that is not complete, or has expired, is the business of other rules.
    """
    months = register.review_months
    for acceptance in acceptances(register):
        approved, expires = acceptance.approved_on, acceptance.expires_on
        if not acceptance.is_complete or acceptance.has_expired(on.as_of):
            continue
        if approved is None or expires is None:
            continue
        facts = _facts(acceptance) | {"approved": approved, "date": expires, "months": months}
        if approved > on.as_of:
            yield Hit(acceptance.record, "Approved on", facts, wording="future")
        elif is_older(approved, months, expires):
            yield Hit(acceptance.record, "Expires on", facts)


def _facts(acceptance: Acceptance) -> dict[str, object]:
    return {"rule": acceptance.code, "subject": acceptance.subject}
