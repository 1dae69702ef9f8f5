"""Acceptances: gaps that somebody answers for until a date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from isms_xl.contract import ACCEPTED_GAPS
from isms_xl.folding import as_code
from isms_xl.register import Record, Register


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One row of Accepted Gaps.

    Attributes:
        record: The row.
        code: Code of the rule, in capitals.
        subject: Record of the gap, as on the Gaps sheet.
        approved_on: When it was approved.
        expires_on: The last day on which it holds.
    """

    record: Record
    code: str
    subject: str
    approved_on: date | None
    expires_on: date | None

    @property
    def target(self) -> tuple[str, str]:
        """Rule and record as they are matched, ignoring case."""
        return self.code, self.subject.casefold()

    @property
    def is_complete(self) -> bool:
        """Whether every mandatory cell holds a usable value; otherwise nobody answers for it."""
        return all(
            self.record[column.heading] is not None
            for column in ACCEPTED_GAPS.columns
            if column.mandatory
        )

    def has_expired(self, as_of: date) -> bool:
        """Whether its last day has passed."""
        return self.expires_on is not None and self.expires_on < as_of

    def is_in_force(self, as_of: date) -> bool:
        """Whether it is complete, approved by today and not expired."""
        return (
            self.is_complete
            and self.approved_on is not None
            and self.approved_on <= as_of
            and not self.has_expired(as_of)
        )


def acceptances(register: Register) -> Iterator[Acceptance]:
    """Yield the acceptances of a register, top to bottom."""
    for row in register[ACCEPTED_GAPS.name]:
        yield Acceptance(
            record=row,
            code=as_code(row.text("Rule")).upper(),
            subject=as_code(row.text("Record")),
            approved_on=row.date("Approved on"),
            expires_on=row.date("Expires on"),
        )
