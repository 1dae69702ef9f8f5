"""What the registers of a group give together: the results of units, failures, group findings.

A unit's result crosses process borders, stays in memory until the last file is done and is kept on
disk for a run that is resumed. So what there is much of (findings, parties, requirements) is packed,
a few kilobytes a unit, and unpacked when somebody looks.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from isms_xl.checking import FailedRule
from isms_xl.finding import Finding, Severity

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_LARGEST_DETAILS = 512 * 2**20
"""Bytes of the details of one unit, unpacked."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of findings: open ones by severity, and accepted ones."""

    major: int = 0
    minor: int = 0
    obs: int = 0
    accepted: int = 0

    def of(self, severity: Severity) -> int:
        """Return the number of open findings of a severity."""
        return {Severity.MAJOR: self.major, Severity.MINOR: self.minor, Severity.OBS: self.obs}[
            severity
        ]

    @property
    def open(self) -> int:
        """Number of all open findings."""
        return self.major + self.minor + self.obs


@dataclass(frozen=True, slots=True)
class ChecklistState:
    """The state of one line of the auditor's checklist in one unit.

    Attributes:
        line: Number of the line in `checklist.LINES`, `A1` to `F4`.
        state: The state in words.
        counts: The findings behind it.
    """

    line: str
    state: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class UnitParty:
    """An interested party as one unit sees it.

    Attributes:
        record: Its ID as typed, or the row number standing in for it.
        name: Its name.
        kind: Party type; empty where blank or not in the list. The like below.
        side: Internal or External.
        relevant: Yes or No.
        power: From 1 to 5, or None.
        interest: From 1 to 5, or None.
        engagement: The quadrant of both; empty while either is missing.
        requirements: Number of its requirements.
        critical: Number of those whose priority is High or Critical.
        priority: The highest priority among them; empty where none has one.
        owner: The role that answers for the row.
        last_reviewed: When somebody last looked at it.
        name_cell: Address of its name on Interested Parties; the two below likewise.
        kind_cell: Address of its Party type.
        side_cell: Address of its Internal/External.
    """

    record: str
    name: str
    kind: str
    side: str
    relevant: str
    power: int | None
    interest: int | None
    engagement: str
    requirements: int
    critical: int
    priority: str
    owner: str
    last_reviewed: date | None
    name_cell: str = ""
    kind_cell: str = ""
    side_cell: str = ""


@dataclass(frozen=True, slots=True)
class UnitRequirement:
    """A requirement in one unit, and how far the ISMS answers it.

    Attributes:
        record: Its ID as typed, or the row number standing in for it.
        text: What is required.
        kind: Requirement type; empty where blank or not in the list.
        parties: Records of the parties it is of, as in `UnitParty.record`; unknown ones left out.
        addressed: Yes, No, or empty while undecided.
        priority: Low to Critical; empty while a score is missing.
        obligations: IDs of the obligations it cites.
        links: Number of its links to the ISMS.
        status: How far the furthest link is: Planned, Implemented, Verified; empty without one.
        owner: The role that answers for the row.
        last_reviewed: When somebody last looked at it.
        addressed_cell: Address of its Addressed by ISMS on Requirements.
    """

    record: str
    text: str
    kind: str
    parties: tuple[str, ...]
    addressed: str
    priority: str
    obligations: tuple[str, ...]
    links: int
    status: str
    owner: str
    last_reviewed: date | None
    addressed_cell: str = ""


@dataclass(frozen=True, slots=True)
class UnitControl:
    """A control one unit answers requirements with.

    Attributes:
        control: `A.5.1` to `A.8.34`, or `ORG:<name>`; references to no known control are left out.
        requirements: Number of requirements it answers.
        status: How far the furthest of its links is; empty where none says.
    """

    control: str
    requirements: int
    status: str


@dataclass(frozen=True, slots=True)
class UnitObligation:
    """An obligation as one unit sees it.

    Attributes:
        record: Its ID as typed, or the row number standing in for it.
        title: Its title.
        citation: Where it stands.
        jurisdiction: Where it holds.
        applies: Yes, No, To be determined, or empty.
        applies_from: From when.
        requirements: Number of requirements that cite it.
        applies_cell: Address of its Applies on Obligations.
    """

    record: str
    title: str
    citation: str
    jurisdiction: str
    applies: str
    applies_from: date | None
    requirements: int
    applies_cell: str = ""


class DueKind(StrEnum):
    """What falls due on a date."""

    REVIEW = "Review of the register"
    ACCEPTANCE = "Accepted gap expires"


@dataclass(frozen=True, slots=True)
class UnitDate:
    """A date on which a unit has to look at something again, past or to come.

    Attributes:
        kind: What falls due.
        on: When.
        record: The field, review or acceptance it stands in.
        subject: In a few words, what it is about.
        owner: The role that answers for it; may be empty.
        sheet: Sheet the date stands on.
        cell: Its address there.
    """

    kind: DueKind
    on: date
    record: str
    subject: str
    owner: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class UnitDetails:
    """What there is much of in one unit's result.

    Attributes:
        findings: All findings, sorted as on its Gaps sheet; accepted ones are marked.
        parties: Its interested parties, top to bottom.
        requirements: Its requirements, top to bottom.
        controls: The controls it answers requirements with, Annex A first, in its order.
        obligations: Its obligations, top to bottom.
        dates: What falls due when, earliest first.
    """

    findings: tuple[Finding, ...] = ()
    parties: tuple[UnitParty, ...] = ()
    requirements: tuple[UnitRequirement, ...] = ()
    controls: tuple[UnitControl, ...] = ()
    obligations: tuple[UnitObligation, ...] = ()
    dates: tuple[UnitDate, ...] = ()

    def packed(self) -> bytes:
        """Return them as a few kilobytes."""
        return zlib.compress(_details().dump_json(self, exclude_defaults=True), 6)


@cache
def _details() -> TypeAdapter[UnitDetails]:
    from pydantic import TypeAdapter

    return TypeAdapter(UnitDetails)


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What the run over one register gives to the group.

    Attributes:
        source: The register's path, as it is shown to people.
        organisation: From Document Control, as the six below; empty where blank.
        business_unit: What the register covers.
        document_title: Under which it is filed.
        document_id: Under which document control knows it.
        classification: Confidentiality class.
        document_owner: The role that answers for it.
        unit_cell: Address of the business unit on Document Control.
        document_id_cell: Address of the document ID there.
        version: Latest version recorded in it; empty without one.
        as_of: The day that counted as today.
        digest: SHA-256 of the file.
        content_digest: SHA-256 of its content, as in Versions.
        rule_set: Version of the rules applied.
        counts: Findings, open and accepted.
        checklist: States of the lines of the auditor's checklist, in its order.
        failed_rules: Rules that could not be applied.
        parties: Number of interested parties.
        requirements: Number of requirements.
        links: Number of links to the ISMS.
        version_words: That version and whether the content is approved, as people read it.
        state: What the register is as a document: draft, approved and so on.
        reviewed_copy: The copy with the gaps in it, relative to the output folder, with `/`; with
            --write-back the register itself, empty where none was written. The one below likewise.
        audit_copy: The copy frozen for the auditor.
        packed: The details, packed.
    """

    source: str
    organisation: str
    business_unit: str
    document_title: str
    document_id: str
    classification: str
    document_owner: str
    unit_cell: str
    document_id_cell: str
    version: str
    as_of: date
    digest: str
    content_digest: str
    rule_set: str
    counts: Counts
    checklist: tuple[ChecklistState, ...]
    failed_rules: tuple[FailedRule, ...]
    parties: int
    requirements: int
    links: int
    version_words: str = ""
    state: str = ""
    reviewed_copy: str = ""
    audit_copy: str = ""
    packed: bytes = field(default=b"", repr=False)

    @property
    def name(self) -> str:
        """What people call the unit: its business unit, else the file."""
        return self.business_unit or self.source

    @property
    def details(self) -> UnitDetails:
        """Findings, parties and the rest, unpacked anew at each call.

        Go through the units one after the other and let each one's details go: then the memory
        needed does not grow with the number of registers.

        Raises:
            zlib.error: They are damaged, or larger than those of any register.
        """
        if not self.packed:
            return UnitDetails()
        unpacking = zlib.decompressobj()
        details = unpacking.decompress(self.packed, _LARGEST_DETAILS)
        if not unpacking.eof:  # a bomb, or broken off
            raise zlib.error("details damaged")
        return _details().validate_json(details)


class FailureKind(StrEnum):
    """Why a register was not done."""

    UNREADABLE = "unreadable"
    NOT_WRITTEN = "not written"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Failure:
    """A register that was not done; the others were.

    Attributes:
        source: Its path, as it is shown to people.
        kind: Why, for scripts.
        problem: One sentence: what could not be done.
        way_out: One sentence starting with a verb: what to do now.
    """

    source: str
    kind: FailureKind
    problem: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file in the folders that was not taken for a register.

    Attributes:
        source: Its path, as it is shown to people.
        reason: One sentence why.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class GroupFinding:
    """A departure that shows only when registers are read side by side.

    Attributes:
        finding: The finding; its place is in the register of `source`.
        source: Path of that register; empty where no register is meant (GRP005).
        unit: Name of its unit; of the expected one for GRP005.
        others: Names of the other units concerned, in the order of their registers.
    """

    finding: Finding
    source: str
    unit: str
    others: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Group:
    """The registers of one run, read side by side. Two are the same only if they are one object.

    Attributes:
        as_of: The day that counted as today.
        units: Results of the registers that were done, by source.
        failures: Registers that were not done, by source.
        skipped: Files that were not taken for registers, by source.
        expected: Business units that should have delivered one, in the order of the list given.
        findings: What the GRP rules found.
        failed_rules: GRP rules that could not be applied.
    """

    as_of: date
    units: tuple[UnitResult, ...]
    failures: tuple[Failure, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    expected: tuple[str, ...] = ()
    findings: tuple[GroupFinding, ...] = ()
    failed_rules: tuple[FailedRule, ...] = ()

    @property
    def counts(self) -> Counts:
        """Findings of all units together; what the GRP rules found is not among them."""
        each = [unit.counts for unit in self.units]
        return Counts(
            sum(count.major for count in each),
            sum(count.minor for count in each),
            sum(count.obs for count in each),
            sum(count.accepted for count in each),
        )

    def has_open(self, threshold: Severity) -> bool:
        """Whether a finding of that severity or a heavier one is open, in a unit or across units."""
        heavy = [severity for severity in Severity if severity.rank <= threshold.rank]
        return any(self.counts.of(severity) for severity in heavy) or any(
            found.finding.severity in heavy for found in self.findings
        )
