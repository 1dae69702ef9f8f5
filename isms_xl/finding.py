"""What a rule reports: a place, a sentence, a remedy. Frozen, complete, comparable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """The weight of a finding, in audit terms; the first two are nonconformities."""

    MAJOR = "major"
    MINOR = "minor"
    OBS = "obs"

    @property
    def rank(self) -> int:
        """0 for the heaviest."""
        return _RANKS[self]

    @property
    def word(self) -> str:
        """The word a person reads."""
        return _WORDS[self]

    @property
    def mark(self) -> str:
        """A sign that tells severities apart without colour."""
        return _MARKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_WORDS = {Severity.MAJOR: "major", Severity.MINOR: "minor", Severity.OBS: "observation"}
_MARKS = {Severity.MAJOR: "■", Severity.MINOR: "▲", Severity.OBS: "●"}


class Basis(StrEnum):
    """Whether the standard demands it, or auditors and published guidance expect it."""

    STANDARD = "standard"
    PRACTICE = "practice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure found by one rule.

    Attributes:
        code: Code of the rule.
        severity: Its weight.
        basis: Standard or practice.
        clause: Clause of ISO/IEC 27001:2022.
        sheet: Sheet on which it is.
        record: The record's ID; for an absence the missing subject; otherwise `Register`.
        field: Column heading; empty for a whole record.
        cell: Address such as `B5` on that sheet; empty where there is no cell.
        message: One sentence stating what is so.
        remedy: One sentence saying what to do next.
        accepted: ID of the acceptance in force; empty while the finding is open.
        row: Row number on the sheet, 0 where there is none; rows move, so this is not shown.
        key: Key of the record in the Gap Index; empty where no record carries the finding.
        brief: The message without saying again which record it is about, for the record's own row.
    """

    code: str
    severity: Severity
    basis: Basis
    clause: str
    sheet: str
    record: str
    field: str
    cell: str
    message: str
    remedy: str
    accepted: str = ""
    row: int = 0
    key: str = ""
    brief: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it counts against the result."""
        return not self.accepted
