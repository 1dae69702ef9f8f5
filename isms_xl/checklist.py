"""The auditor's checklist for clause 4.2: four actions and four focus areas.

Which findings stand behind a line is declared with each rule; the states are computed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from isms_xl.catalogue import rules
from isms_xl.checking import Report
from isms_xl.contract import DOCUMENT_CONTROL, EVIDENCE_LOG, PESTLE, REVIEWS
from isms_xl.finding import Finding, Severity
from isms_xl.register import Register
from isms_xl.words import named

_NAMED_RECORDS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist.

    Attributes:
        number: `A1` to `A4` for actions, `F1` to `F4` for focus areas.
        part: `Action` or `Focus area`.
        subject: What the auditor looks at.
        expected: What the auditor wants to see.
    """

    number: str
    part: str
    subject: str
    expected: str


LINES = (
    Line(
        "A1",
        "Action",
        "Understand the clause",
        "Leadership knows what clause 4.2 asks, with the context of 4.1: external and internal "
        "issues, climate change included.",
    ),
    Line(
        "A2",
        "Action",
        "List the interested parties",
        "A list of the interested parties that are relevant to the ISMS, worked out together, "
        "documented and confirmed.",
    ),
    Line(
        "A3",
        "Action",
        "Assess needs and expectations",
        "For each party its requirements, where they come from, confirmed, and the decision which "
        "of them the ISMS addresses.",
    ),
    Line(
        "A4",
        "Action",
        "Keep it in a formal document",
        "One complete document under control: identified, versioned, approved, with a record of "
        "each step.",
    ),
    Line(
        "F1",
        "Focus area",
        "All parties identified",
        "No kind of interested party of an AI company was forgotten, and no obligation that "
        "applies.",
    ),
    Line(
        "F2",
        "Focus area",
        "Requirements prioritised by risk",
        "Each addressed requirement has its likelihood and impact; what matters most is referred "
        "to in the risk register and acted on first.",
    ),
    Line(
        "F3",
        "Focus area",
        "Integrated with policies and controls",
        "Each addressed requirement leads to a policy, procedure, control or treatment, with "
        "evidence that it works.",
    ),
    Line(
        "F4",
        "Focus area",
        "Reviewed regularly",
        "Reviews at least once a period, after every trigger event and in the management review, "
        "each on record.",
    ),
)


NOT_STARTED = "Not started"
NOTHING_TO_JUDGE = "Nothing to judge yet"
PARTLY = "Not fully checked"
CLEAR = ("Observations only", "No gap found")
"""States that say that nothing weighs against a line."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules behind a line had to look at.

    Attributes:
        number: How many records they could judge.
        of: How many there are to judge.
        what: What these are, in the plural.
        begun: Whether there is any record at all.
    """

    number: int
    of: int
    what: str
    begun: bool


def _judged(line: str, register: Register) -> Judged:
    """Return what the rules behind a line had to look at."""
    parties, requirements = register.parties, register.requirements
    match line:
        case "A1":
            context = len(register[PESTLE.name]) + len(register[EVIDENCE_LOG.name])
            return Judged(context, context, "records", bool(context))
        case "A2":
            decided = sum(party["Relevant to ISMS"] is not None for party in parties)
            return Judged(decided, len(parties), "parties", bool(len(parties)))
        case "A3":
            decided = sum(row["Addressed by ISMS"] is not None for row in requirements)
            return Judged(decided, len(requirements), "requirements", bool(len(requirements)))
        case "A4":
            control = register[DOCUMENT_CONTROL.name]
            fields = control.fields() if control.present else ()
            filled = sum(not field.blank(field.name) for field in fields)
            return Judged(filled, filled, "fields", bool(filled))
        case "F1":
            return Judged(len(parties), len(parties), "parties", bool(len(parties)))
        case "F2" | "F3":
            addressed = sum(row["Addressed by ISMS"] == "Yes" for row in requirements)
            refused = sum(row["Addressed by ISMS"] == "No" for row in requirements)
            left = len(requirements) - refused
            return Judged(addressed, left, "requirements", bool(len(requirements)))
        case _:
            reviews = len(register[REVIEWS.name])
            return Judged(reviews, reviews, "reviews", bool(reviews))


@dataclass(frozen=True, slots=True)
class LineState:
    """The computed state of a line.

    Attributes:
        line: The line.
        findings: The findings behind it, accepted ones included.
        unapplied: Codes of its rules that could not be applied.
        judged: What its rules had to look at.
    """

    line: Line
    findings: tuple[Finding, ...]
    unapplied: tuple[str, ...]
    judged: Judged

    def count(self, severity: Severity) -> int:
        """Return the number of open findings of a severity."""
        return sum(f.is_open and f.severity is severity for f in self.findings)

    @property
    def accepted(self) -> int:
        """Number of accepted findings."""
        return sum(not f.is_open for f in self.findings)

    @property
    def state(self) -> str:
        """The state in words; it never says that the register conforms."""
        if self.count(Severity.MAJOR):
            return "Major gaps open"
        if self.count(Severity.MINOR):
            return "Minor gaps open"
        if not self.judged.number:
            return NOTHING_TO_JUDGE if self.judged.begun else NOT_STARTED
        if self.unapplied or self.judged.number < self.judged.of:
            return PARTLY
        return CLEAR[0] if self.count(Severity.OBS) else CLEAR[1]

    @property
    def is_clear(self) -> bool:
        """Whether nothing weighs against the line, and all of it was judged."""
        return self.state in CLEAR

    @property
    def behind(self) -> str:
        """Rule codes with their records, the heaviest first."""
        open_findings = [f for f in self.findings if f.is_open]
        parts = []
        for code, count in Counter(f.code for f in open_findings).items():
            names = list(dict.fromkeys(f.record for f in open_findings if f.code == code))
            parts.append(f"{code} ({count}): {named(names, _NAMED_RECORDS)}")
        parts += [f"{code} could not be applied" for code in self.unapplied]
        if self.judged.number < self.judged.of:
            open_yet = self.judged.of - self.judged.number
            parts.append(f"{open_yet} of {self.judged.of} {self.judged.what} not decided yet")
        return "; ".join(parts)


def states(report: Report) -> tuple[LineState, ...]:
    """Return the state of every line of the checklist."""
    catalogue = rules()
    behind: dict[str, list[Finding]] = {line.number: [] for line in LINES}
    for finding in report.findings:
        for number in catalogue[finding.code].checklist:
            behind[number].append(finding)
    return tuple(
        LineState(
            line,
            tuple(behind[line.number]),
            tuple(
                code
                for code in (*(f.code for f in report.failed_rules), *sorted(report.blind_rules))
                if line.number in catalogue[code].checklist
            ),
            _judged(line.number, report.register),
        )
        for line in LINES
    )
