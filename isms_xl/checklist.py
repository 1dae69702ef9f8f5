"""The auditor's checklist for clause 4.2: four actions and four focus areas.

Which findings stand behind a line is declared with each rule; the states are computed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from isms_xl.catalogue import rules
from isms_xl.checking import Report
from isms_xl.finding import Finding, Severity
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


@dataclass(frozen=True, slots=True)
class LineState:
    """The computed state of a line.

    Attributes:
        line: The line.
        findings: The findings behind it, accepted ones included.
        unapplied: Codes of its rules that could not be applied.
    """

    line: Line
    findings: tuple[Finding, ...]
    unapplied: tuple[str, ...]

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
        if self.unapplied:
            return "Not fully checked"
        if self.count(Severity.OBS):
            return "Observations only"
        return "No gap found"

    @property
    def behind(self) -> str:
        """Rule codes with their records, the heaviest first."""
        open_findings = [f for f in self.findings if f.is_open]
        parts = []
        for code, count in Counter(f.code for f in open_findings).items():
            names = list(dict.fromkeys(f.record for f in open_findings if f.code == code))
            parts.append(f"{code} ({count}): {named(names, _NAMED_RECORDS)}")
        parts += [f"{code} could not be applied" for code in self.unapplied]
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
                f.code for f in report.failed_rules if line.number in catalogue[f.code].checklist
            ),
        )
        for line in LINES
    )
