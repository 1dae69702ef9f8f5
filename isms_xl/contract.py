"""The register workbook, declared once.

Sheets, Excel tables, headings, kinds of value, mandatory marks, allowed values and help texts.
The reader, the pandera schemas, the template with its drop-downs, the write-back and the handbook
are all made from this declaration; none of it is typed again elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

from isms_xl.folding import as_code


class Kind(StrEnum):
    """What a column holds, as the person who types into it would say."""

    IDENTIFIER = "identifier"
    REFERENCE = "reference"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    SCORE = "score"
    COUNT = "count"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, or one field of `Document Control`.

    Attributes:
        heading: The exact heading; matched ignoring case, surrounding space and line breaks.
        kind: What the column holds.
        help: What belongs here, in the words of the header note.
        clause: The clause of ISO/IEC 27001:2022 that asks for it; empty where only practice does.
        mandatory: Whether a blank cell is a finding.
        mandatory_unless: (heading, value) under which a blank is another rule's business.
        blank_reported_by: Rule that reports a blank cell instead of DAT002.
        allowed: Allowed values of a choice; each part of a `CHOICES` cell must be one of them.
        refers_to: Name of the table whose identifiers may stand here.
        happened: A date on which something happened, so it cannot lie in the future.
        width: Width in the template, in characters.
        is_name: Whether a text names something by a code, a number or a record's name, so that it is
            compared with others.
    """

    heading: str
    kind: Kind
    help: str
    clause: str = ""
    mandatory: bool = False
    mandatory_unless: tuple[str, str] | None = None
    blank_reported_by: str = ""
    allowed: tuple[str, ...] = ()
    refers_to: str = ""
    happened: bool = False
    width: int = 16
    is_name: bool = False

    @property
    def key(self) -> str:
        """The heading as it is compared."""
        return heading_key(self.heading)

    @property
    def is_code(self) -> bool:
        """Whether its cells hold identifiers, numbers, dates or values from a list: ASCII characters."""
        return self.is_name or self.kind not in (Kind.TEXT, Kind.DERIVED)

    @property
    def hint(self) -> str:
        """The first sentence of the help, as the second half of a sentence."""
        first = _SENTENCE_END.split(self.help, maxsplit=1)[0].rstrip(".")
        names_value = first.startswith(self.allowed) if self.allowed else False
        return first if names_value else first[0].lower() + first[1:]


@dataclass(frozen=True)
class Table:
    """One Excel table and the sheet it stands on.

    Attributes:
        name: Excel table name.
        sheet: Sheet name.
        columns: Columns in template order; users may reorder them and add their own.
        prefix: Prefix of the identifiers, e.g. "IP"; empty where records have none.
        label: Heading whose text names a record to a person; empty where only the ID does.
        vertical: Whether the table holds one record, a row for each field (`Document Control`).
        guidance: One sentence for the top of the sheet.
        record_word: What one row is called.
    """

    name: str
    sheet: str
    columns: tuple[Column, ...]
    prefix: str = ""
    label: str = ""
    vertical: bool = False
    guidance: str = ""
    record_word: str = "record"
    _by_key: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {column.key: column for column in self.columns})

    def column(self, heading: str) -> Column:
        """Return the column of that heading; KeyError where the contract has none."""
        return self._by_key[heading_key(heading)]

    def find(self, heading: str) -> Column | None:
        """Return the column of that heading, or None where the heading is the user's own."""
        return self._by_key.get(heading_key(heading))

    @cached_property
    def identifier(self) -> Column | None:
        """The column that identifies a record, if the table has one."""
        return next((c for c in self.columns if c.kind is Kind.IDENTIFIER), None)

    @cached_property
    def typed_columns(self) -> tuple[Column, ...]:
        """The columns people fill in: all but the derived ones."""
        return tuple(c for c in self.columns if c.kind is not Kind.DERIVED)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings in template order."""
        return tuple(column.heading for column in self.columns)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Its headings as they are compared."""
        return frozenset(map(heading_key, VERTICAL_HEADINGS if self.vertical else self.headings))

    @cached_property
    def landmarks(self) -> frozenset[str]:
        """Keys of the headings by which its list is recognised: the mandatory ones, else all.

        A single heading marks nothing.
        """
        mandatory = frozenset(column.key for column in self.columns if column.mandatory)
        return self.keys if self.vertical or len(mandatory) < 2 else mandatory


VERTICAL_HEADINGS = ("Field", "Value")
"""Headings of a table that holds one record."""

_SENTENCE_END = re.compile(r"\.\s+(?=[A-Z])")
_SEPARATORS = re.compile(r"[;,\n\r]+")


@lru_cache(maxsize=4096)
def heading_key(heading: str) -> str:
    """Return a heading as it is compared: as a reader sees it; case, space and line breaks ignored.

    Space within it as well: whoever breaks a heading in two may mean `Party⏎ID` or `Internal/⏎External`.
    """
    return "".join(as_code(heading).split()).casefold()


def split_references(text: str) -> tuple[str, ...]:
    """Split a cell that may hold several identifiers or values at `;`, `,` or a line break."""
    if not _SEPARATORS.search(text):
        return (text.strip(),) if text and not text.isspace() else ()
    return tuple(part for part in map(str.strip, _SEPARATORS.split(text)) if part)


# --- allowed values ---------------------------------------------------------------------------

YES_NO = ("Yes", "No")
NAMED_PARTY_TYPES = (
    "Senior leadership",
    "Board",
    "Shareholders",
    "Staff",
    "Clients",
    "Data subjects",
    "Competitors",
    "Suppliers",
    "Regulators",
    "Media",
    "Threat actors",
    "Auditors",
    "Insurers",
)
PARTY_TYPES = (*NAMED_PARTY_TYPES, "Other")
INTERNAL_EXTERNAL = ("Internal", "External")
PARTY_SOURCES = (
    "Brainstorm",
    "PESTLE",
    "Leadership meeting",
    "Contract review",
    "Legal review",
    "Previous register",
    "Other",
)
REQUIREMENT_SOURCES = (
    "Interview",
    "Survey",
    "Contract analysis",
    "Workshop",
    "Legislation",
    "Standard",
    "Other",
)
REQUIREMENT_TYPES = ("Legal", "Regulatory", "Contractual", "Need or expectation")
LINK_TYPES = ("Policy", "Procedure", "Control", "Risk treatment", "Objective")
LINK_STATUSES = ("Planned", "Implemented", "Verified")
APPLIES = ("Yes", "No", "To be determined")
FACTORS = ("Political", "Economic", "Social", "Technological", "Legal", "Environmental")
STEPS = (
    "1 Leadership meeting",
    "2 Brainstorm",
    "3 Document parties",
    "4 Confirm parties",
    "5 Identify requirements",
    "6 Confirm requirements",
    "7 Link to ISMS",
)
FUNCTIONS = (
    "Data science",
    "Engineering",
    "Legal",
    "Human resources",
    "Senior management",
    "Information security",
    "Product",
    "Operations",
    "Finance",
    "Other",
)
BRAINSTORM_FUNCTIONS = FUNCTIONS[:5]
REVIEW_KINDS = ("Annual", "Triggered", "Management review")
TRIGGER_KINDS = (
    "Security incident",
    "New or changed legislation",
    "Leadership change",
    "New product or AI model",
    "New market or client segment",
    "Supplier change",
    "Other",
)
SEVERITY_WORDS = ("major", "minor", "obs")
SCORES = range(1, 6)
DEFAULT_REVIEW_MONTHS = 12

# --- derived values ---------------------------------------------------------------------------

PRIORITIES = ("Low", "Medium", "High", "Critical")
PRIORITY_FLOORS = (1, 5, 10, 20)
HIGH_PRIORITIES = frozenset({"High", "Critical"})
HIGH_SCORE = 4


def priority_of(likelihood: int | None, impact: int | None) -> str:
    """Return the priority of two scores from 1 to 5; empty while either is missing."""
    if likelihood is None or impact is None:
        return ""
    return PRIORITIES[bisect(PRIORITY_FLOORS, likelihood * impact) - 1]


QUADRANTS = ("Manage closely", "Keep satisfied", "Keep informed", "Monitor")
"""What is done with the parties of each quadrant of the power–interest grid, the most powerful first."""


def engagement_of(power: int | None, interest: int | None) -> str:
    """Return the quadrant of the power–interest grid; empty while either score is missing."""
    if power is None or interest is None:
        return ""
    if power >= HIGH_SCORE:
        return "Manage closely" if interest >= HIGH_SCORE else "Keep satisfied"
    return "Keep informed" if interest >= HIGH_SCORE else "Monitor"


# --- tables people fill in --------------------------------------------------------------------


def _id(heading: str, prefix: str) -> Column:
    return Column(
        heading,
        Kind.IDENTIFIER,
        f"A unique number of the form {prefix}-001. Never reuse the number of a deleted row: "
        "other rows, evidence and versions refer to it.",
        clause="7.5.2",
        mandatory=True,
        width=13,
    )


_OWNER_HELP = "The role that answers for keeping this row right, for example Head of Legal."
_NOTES = Column(
    "Notes", Kind.TEXT, "Anything else worth keeping. The rules do not read it.", width=36
)
_LAST_REVIEWED = Column(
    "Last reviewed",
    Kind.DATE,
    "When somebody last looked at this row and found it still right.",
    clause="9.3.2 c)",
    happened=True,
    width=13,
)

AS_OF_FIELD = "Obligations as of"
DOCUMENT_CONTROL = Table(
    name="DocumentControl",
    sheet="Document Control",
    vertical=True,
    record_word="field",
    guidance="Who owns this register, which part of the organisation it covers and when it is due "
    "for review.",
    columns=(
        Column(
            "Organisation",
            Kind.TEXT,
            "The legal name of the organisation whose ISMS this is.",
            "4.3",
            mandatory=True,
        ),
        Column(
            "Business unit",
            Kind.TEXT,
            "The part of the organisation this register covers. One register for each unit; head "
            "office tells registers apart by this name.",
            "4.3",
            mandatory=True,
        ),
        Column(
            "Document title",
            Kind.TEXT,
            "The title under which the register is filed.",
            "7.5.2 a)",
            mandatory=True,
        ),
        Column(
            "Document ID",
            Kind.TEXT,
            "The reference under which your document control knows it, for example ISMS-REG-042.",
            "7.5.2 a)",
            mandatory=True,
        ),
        Column(
            "Classification",
            Kind.TEXT,
            "The confidentiality class by your own scheme. A list of what attackers and regulators "
            "want from you is rarely public.",
            "7.5.3",
            mandatory=True,
        ),
        Column(
            "Document owner",
            Kind.TEXT,
            "The role that answers for this register as documented information.",
            "7.5.2 c)",
            mandatory=True,
        ),
        Column(
            "ISMS scope reference",
            Kind.TEXT,
            "The document that states the scope of the ISMS. Clause 4.3 b) takes these "
            "requirements into account when the scope is set.",
            "4.3",
            mandatory=True,
        ),
        Column(
            "Review period (months)",
            Kind.COUNT,
            "How many months may pass between reviews; 12 when left blank.",
            "9.3.2 c)",
        ),
        Column(
            "Next review due",
            Kind.DATE,
            "The date by which the register must next be reviewed.",
            "9.3.2 c)",
            mandatory=True,
        ),
        Column(
            "Climate change determined to be relevant",
            Kind.CHOICE,
            "Whether climate change is a relevant issue (Amendment 1:2024). Both answers are "
            "allowed; no answer is not.",
            "4.1 (Amd 1:2024)",
            mandatory=True,
            blank_reported_by="CTX002",
            allowed=YES_NO,
        ),
        Column(
            "Climate change rationale",
            Kind.TEXT,
            "Why climate change is or is not relevant, for example heat and water stress at the "
            "data centres that train your models.",
            "4.1 (Amd 1:2024)",
            mandatory=True,
            blank_reported_by="CTX002",
        ),
        Column(
            "Context of organisation reference",
            Kind.TEXT,
            "Where the external and internal issues of clause 4.1 are kept, if in another document.",
            "4.1",
        ),
        Column(
            AS_OF_FIELD,
            Kind.DATE,
            "The date of the list that the register's obligations were taken from; isms-xl new enters "
            "that of its own.",
            "4.2 b)",
        ),
    ),
)

PARTIES = Table(
    name="Parties",
    sheet="Interested Parties",
    prefix="IP",
    label="Name",
    record_word="party",
    guidance="Clause 4.2 a): who can affect, or be affected by, our information security? One row "
    "for each interested party.",
    columns=(
        _id("Party ID", "IP"),
        Column(
            "Name",
            Kind.TEXT,
            "The interested party by name: the authority, the client, the supplier. A type alone "
            "will do for groups such as Staff, Media or Threat actors.",
            "4.2 a)",
            mandatory=True,
            width=30,
        ),
        Column(
            "Party type",
            Kind.CHOICE,
            "Which of the kinds of interested party of an AI company this is.",
            "4.2 a)",
            mandatory=True,
            allowed=PARTY_TYPES,
            width=18,
        ),
        Column(
            "Internal/External",
            Kind.CHOICE,
            "Internal for those inside the organisation, such as staff, board and leadership; External "
            "for all others.",
            "4.2 a)",
            mandatory=True,
            allowed=INTERNAL_EXTERNAL,
            width=12,
        ),
        Column(
            "Relevant to ISMS",
            Kind.CHOICE,
            "Whether this party matters to information security. No is an answer too, when the "
            "next column says why.",
            "4.2 a)",
            mandatory=True,
            allowed=YES_NO,
            width=11,
        ),
        Column(
            "Why relevant",
            Kind.TEXT,
            "What this party can do to, or needs from, our information security; or why it is not "
            "relevant.",
            "4.2 a)",
            mandatory=True,
            mandatory_unless=("Relevant to ISMS", "No"),
            width=44,
        ),
        Column(
            "Representative",
            Kind.TEXT,
            "The role or body that speaks for the party. No names of people are needed.",
            width=22,
        ),
        Column(
            "Identified through",
            Kind.CHOICE,
            "How we found out that this is an interested party.",
            "4.2 a)",
            mandatory=True,
            allowed=PARTY_SOURCES,
            width=16,
        ),
        Column(
            "Power",
            Kind.SCORE,
            "From 1 to 5: how far this party can enforce what it wants. 4 and 5 count as high.",
            width=9,
        ),
        Column(
            "Interest",
            Kind.SCORE,
            "From 1 to 5: how much our information security matters to this party. 4 and 5 count "
            "as high.",
            width=9,
        ),
        Column(
            "Engagement",
            Kind.DERIVED,
            "Calculated from power and interest: Manage closely, Keep satisfied, Keep informed or "
            "Monitor.",
            width=16,
        ),
        Column(
            "Confirmed on",
            Kind.DATE,
            "When it was confirmed that this party belongs here (step 4).",
            "7.5.1 b)",
            happened=True,
            width=13,
        ),
        Column(
            "Confirmed by",
            Kind.TEXT,
            "The role that confirmed it: of the party itself, or whoever deals with it.",
            "7.5.1 b)",
            width=22,
        ),
        Column("Owner", Kind.TEXT, _OWNER_HELP, "5.3", mandatory=True, width=22),
        _LAST_REVIEWED,
        _NOTES,
    ),
)

REQUIREMENTS = Table(
    name="Requirements",
    sheet="Requirements",
    prefix="RQ",
    label="Requirement",
    record_word="requirement",
    guidance="Clause 4.2 b) and c): what do the interested parties require of our information "
    "security, and which of it will the ISMS address?",
    columns=(
        _id("Requirement ID", "RQ"),
        Column(
            "Party ID",
            Kind.REFERENCE,
            "Whose requirement this is: a Party ID such as IP-001; several are separated by a "
            "semicolon.",
            "4.2 b)",
            mandatory=True,
            refers_to="Parties",
            width=12,
        ),
        Column(
            "Requirement",
            Kind.TEXT,
            "What the party requires, so that somebody could check whether it is met. One "
            "requirement a row.",
            "4.2 b)",
            mandatory=True,
            width=52,
        ),
        Column(
            "Requirement type",
            Kind.CHOICE,
            "Legal when a law demands it, Regulatory when an authority does, Contractual when an "
            "agreement does, otherwise Need or expectation.",
            "4.2 b)",
            mandatory=True,
            allowed=REQUIREMENT_TYPES,
            width=18,
        ),
        Column(
            "Identified through",
            Kind.CHOICE,
            "How we learnt of it (step 5): Interview, Survey, Contract analysis, Workshop …",
            "4.2 b)",
            mandatory=True,
            allowed=REQUIREMENT_SOURCES,
            width=16,
        ),
        Column(
            "Source reference",
            Kind.TEXT,
            "Where it is written: article, contract clause, minutes.",
            "7.5.3 (external origin)",
            width=30,
        ),
        Column(
            "Obligation ID",
            Kind.REFERENCE,
            "The law or regulation on the Obligations sheet that it comes from.",
            "4.2 b)",
            refers_to="Obligations",
            width=12,
        ),
        Column(
            "Addressed by ISMS",
            Kind.CHOICE,
            "The decision clause 4.2 c) asks for. Blank means undecided, and that is a major gap.",
            "4.2 c)",
            allowed=YES_NO,
            width=12,
        ),
        Column(
            "Justification",
            Kind.TEXT,
            "Why the ISMS does not address it, whenever the decision is No.",
            "4.2 c)",
            width=36,
        ),
        Column(
            "Likelihood",
            Kind.SCORE,
            "From 1 to 5: how likely we are to fail this requirement as things stand.",
            "6.1.2 d)",
            width=11,
        ),
        Column(
            "Impact",
            Kind.SCORE,
            "From 1 to 5: how bad it would be if we failed it.",
            "6.1.2 d)",
            width=9,
        ),
        Column(
            "Risk reference",
            Kind.TEXT,
            "The number in the risk register. Needed for High and Critical requirements.",
            "6.1.2",
            width=16,
        ),
        Column(
            "Priority",
            Kind.DERIVED,
            "Calculated: likelihood × impact. 1–4 Low, 5–9 Medium, 10–16 High, 20–25 Critical.",
            width=11,
        ),
        Column(
            "Confirmed on",
            Kind.DATE,
            "When the party, or whoever deals with it, confirmed that this is what it requires "
            "(step 6). Laws need no confirmation.",
            "7.5.1 b)",
            happened=True,
            width=13,
        ),
        Column(
            "Confirmed by",
            Kind.TEXT,
            "The role that confirmed it.",
            "7.5.1 b)",
            width=22,
        ),
        Column("Owner", Kind.TEXT, _OWNER_HELP, "5.3", mandatory=True, width=22),
        _LAST_REVIEWED,
        _NOTES,
    ),
)

ISMS_LINKS = Table(
    name="IsmsLinks",
    sheet="ISMS Links",
    prefix="LK",
    label="Reference",
    record_word="link",
    guidance="Step 7: which policy, procedure, control, risk treatment or objective answers each "
    "requirement, and what shows that it works?",
    columns=(
        _id("Link ID", "LK"),
        Column(
            "Requirement ID",
            Kind.REFERENCE,
            "Which requirement this answers: a Requirement ID such as RQ-001.",
            "4.2 c)",
            mandatory=True,
            refers_to="Requirements",
            width=14,
        ),
        Column(
            "Link type",
            Kind.CHOICE,
            "What kind of answer it is.",
            "4.2 c)",
            mandatory=True,
            allowed=LINK_TYPES,
            width=15,
        ),
        Column(
            "Reference",
            Kind.TEXT,
            "For a control its number in Annex A of ISO/IEC 27001:2022, such as A.5.34, or ORG: and "
            "the name of a control of your own; otherwise the document or plan by name.",
            "6.1.3",
            mandatory=True,
            is_name=True,
            width=36,
        ),
        Column(
            "Status",
            Kind.CHOICE,
            "Planned when it is decided, Implemented when it is in operation, Verified when somebody "
            "checked that it works.",
            "8.1",
            mandatory=True,
            allowed=LINK_STATUSES,
            width=13,
        ),
        Column(
            "Evidence",
            Kind.TEXT,
            "The record that shows it works: a report, a file beside this workbook, a ticket.",
            "8.1",
            width=36,
        ),
        Column(
            "Evidence date",
            Kind.DATE,
            "The date of that record. It ages with the review period.",
            "8.1",
            happened=True,
            width=13,
        ),
        Column("Owner", Kind.TEXT, _OWNER_HELP, "5.3", width=22),
        _NOTES,
    ),
)

OBLIGATIONS = Table(
    name="Obligations",
    sheet="Obligations",
    prefix="OB",
    label="Title",
    record_word="obligation",
    guidance="Laws and regulations that reach us. Document Control says of which day the starting "
    "list is; confirm every line and date with your counsel.",
    columns=(
        _id("Obligation ID", "OB"),
        Column(
            "Title",
            Kind.TEXT,
            "The law or regulation by its usual name.",
            "4.2 b)",
            mandatory=True,
            width=40,
        ),
        Column(
            "Citation",
            Kind.TEXT,
            "Number and articles, so that another person finds the same text.",
            "7.5.3 (external origin)",
            mandatory=True,
            width=36,
        ),
        Column("Jurisdiction", Kind.TEXT, "Where it is law: EU, UK, US-CA …", width=13),
        Column(
            "Applies",
            Kind.CHOICE,
            "Whether it applies to this unit. To be determined stays a gap until counsel decides.",
            "4.2 b)",
            mandatory=True,
            allowed=APPLIES,
            width=16,
        ),
        Column(
            "Applies from",
            Kind.DATE,
            "The date from which it applies.",
            "4.2 b)",
            width=13,
        ),
        Column(
            "Rationale",
            Kind.TEXT,
            "Why it applies or does not; needed whenever the answer is No.",
            "4.2 b)",
            width=44,
        ),
        _NOTES,
    ),
)

PESTLE = Table(
    name="Pestle",
    sheet="PESTLE",
    prefix="PE",
    label="Issue",
    record_word="entry",
    guidance="Clause 4.1: political, economic, social, technological, legal and environmental "
    "issues, and the interested parties they bring to mind.",
    columns=(
        _id("Entry ID", "PE"),
        Column(
            "Factor",
            Kind.CHOICE,
            "Which of the six factors the issue belongs to.",
            "4.1",
            mandatory=True,
            allowed=FACTORS,
            width=16,
        ),
        Column(
            "Issue",
            Kind.TEXT,
            "What is happening out there, or in here, that bears on our information security.",
            "4.1",
            mandatory=True,
            width=60,
        ),
        Column(
            "Party ID",
            Kind.REFERENCE,
            "The interested parties it concerns; several are separated by a semicolon.",
            "4.2 a)",
            refers_to="Parties",
            width=14,
        ),
        Column(
            "Effect",
            Kind.TEXT,
            "What it means for what the parties require of us.",
            "4.1",
            width=44,
        ),
        Column(
            "Assessed on",
            Kind.DATE,
            "When this issue was last assessed.",
            "4.1",
            happened=True,
            width=13,
        ),
        _NOTES,
    ),
)

EVIDENCE_LOG = Table(
    name="EvidenceLog",
    sheet="Evidence Log",
    prefix="EV",
    label="Activity",
    record_word="evidence record",
    guidance="The record that each of the seven steps really happened. Without it an auditor has "
    "only your word.",
    columns=(
        _id("Evidence ID", "EV"),
        Column(
            "Step",
            Kind.CHOICE,
            "Which of the seven steps it shows.",
            "7.5.1 b)",
            mandatory=True,
            allowed=STEPS,
            width=24,
        ),
        Column("Activity", Kind.TEXT, "What was done.", "7.5.1 b)", mandatory=True, width=40),
        Column(
            "Date",
            Kind.DATE,
            "When it was done.",
            "7.5.1 b)",
            mandatory=True,
            happened=True,
            width=13,
        ),
        Column(
            "Participants",
            Kind.TEXT,
            "Which roles or bodies took part.",
            "7.5.1 b)",
            mandatory=True,
            width=32,
        ),
        Column(
            "Functions",
            Kind.CHOICES,
            "Which functions were in the room, separated by a semicolon. A brainstorm needs Data "
            "science, Engineering, Legal, Human resources and Senior management.",
            allowed=FUNCTIONS,
            width=32,
        ),
        Column("Outcome", Kind.TEXT, "What came of it.", "7.5.1 b)", mandatory=True, width=40),
        Column(
            "Record",
            Kind.TEXT,
            "Where the record is kept: minutes, a file beside this workbook, a ticket.",
            "7.5.3",
            mandatory=True,
            width=36,
        ),
        _NOTES,
    ),
)

REVIEWS = Table(
    name="Reviews",
    sheet="Reviews",
    prefix="RV",
    label="Outcome",
    record_word="review",
    guidance="Clause 9.3.2 c): at least once a review period, and after every trigger event, "
    "somebody looks again.",
    columns=(
        _id("Review ID", "RV"),
        Column(
            "Date",
            Kind.DATE,
            "When the review took place.",
            "9.3.2 c)",
            mandatory=True,
            happened=True,
            width=13,
        ),
        Column(
            "Kind",
            Kind.CHOICE,
            "Annual, Triggered by an event, or the Management review.",
            "9.3.2 c)",
            mandatory=True,
            allowed=REVIEW_KINDS,
            width=20,
        ),
        Column(
            "Trigger event ID",
            Kind.REFERENCE,
            "The event that made a triggered review necessary.",
            refers_to="TriggerEvents",
            width=15,
        ),
        Column(
            "Reviewer", Kind.TEXT, "The role that reviewed.", "9.3.2 c)", mandatory=True, width=30
        ),
        Column(
            "Outcome",
            Kind.TEXT,
            "What was found and decided; “no change” is an outcome too.",
            "9.3.3",
            mandatory=True,
            width=52,
        ),
        Column(
            "Next review due",
            Kind.DATE,
            "When the next review is due.",
            "9.3.2 c)",
            width=15,
        ),
    ),
)

TRIGGER_EVENTS = Table(
    name="TriggerEvents",
    sheet="Trigger Events",
    prefix="TE",
    label="Description",
    record_word="trigger event",
    guidance="Events that make a review necessary before its date: an incident, a new law, a new "
    "model, another market.",
    columns=(
        _id("Event ID", "TE"),
        Column(
            "Date",
            Kind.DATE,
            "When it happened.",
            "9.3.2 c)",
            mandatory=True,
            happened=True,
            width=13,
        ),
        Column(
            "Kind",
            Kind.CHOICE,
            "What kind of event it was.",
            "9.3.2 c)",
            mandatory=True,
            allowed=TRIGGER_KINDS,
            width=28,
        ),
        Column(
            "Description",
            Kind.TEXT,
            "What happened, in a sentence.",
            "9.3.2 c)",
            mandatory=True,
            width=60,
        ),
        Column(
            "Review ID",
            Kind.REFERENCE,
            "The review that dealt with it.",
            refers_to="Reviews",
            width=13,
        ),
    ),
)

ACCEPTED_GAPS = Table(
    name="AcceptedGaps",
    sheet="Accepted Gaps",
    prefix="AG",
    label="Reason",
    record_word="acceptance",
    guidance="Gaps that somebody answers for, with an end date. They stay listed and no longer "
    "count against the result.",
    columns=(
        _id("Acceptance ID", "AG"),
        Column(
            "Rule",
            Kind.TEXT,
            "The rule's code as on the Gaps sheet, such as PTY002.",
            "10.2",
            mandatory=True,
            is_name=True,
            width=11,
        ),
        Column(
            "Record",
            Kind.TEXT,
            "The record as on the Gaps sheet, such as IP-004 or Media.",
            "10.2",
            mandatory=True,
            is_name=True,
            width=18,
        ),
        Column(
            "Reason",
            Kind.TEXT,
            "Why the gap can stand for the time being.",
            "10.2",
            mandatory=True,
            width=52,
        ),
        Column(
            "Approved by",
            Kind.TEXT,
            "The role that answers for it.",
            "5.3",
            mandatory=True,
            width=26,
        ),
        Column(
            "Approved on",
            Kind.DATE,
            "When that role approved it.",
            "10.2",
            mandatory=True,
            happened=True,
            width=13,
        ),
        Column(
            "Expires on",
            Kind.DATE,
            "The last day on which the acceptance holds.",
            "10.2",
            mandatory=True,
            width=13,
        ),
    ),
)

USER_TABLES = (
    DOCUMENT_CONTROL,
    PARTIES,
    REQUIREMENTS,
    ISMS_LINKS,
    OBLIGATIONS,
    PESTLE,
    EVIDENCE_LOG,
    REVIEWS,
    TRIGGER_EVENTS,
    ACCEPTED_GAPS,
)

# --- tables the tool writes -------------------------------------------------------------------

GAPS = Table(
    name="Gaps",
    sheet="Gaps",
    record_word="gap",
    guidance="Written by isms-xl at each validation; whatever is typed here is replaced. Click a "
    "cell address to go there.",
    columns=(
        Column("No.", Kind.COUNT, "Running number.", width=6),
        Column("Severity", Kind.CHOICE, "Weight of the gap.", allowed=SEVERITY_WORDS, width=10),
        Column("Rule", Kind.TEXT, "Code of the rule; see the rule handbook.", width=9),
        Column("Sheet", Kind.TEXT, "Where it is.", width=18),
        Column("Record", Kind.TEXT, "Which record, or what is missing.", width=18),
        Column("Field", Kind.TEXT, "Which column; blank for the whole record.", width=18),
        Column("Cell", Kind.TEXT, "Click to go there.", width=8),
        Column("Finding", Kind.TEXT, "What is so.", width=56),
        Column("Remedy", Kind.TEXT, "What to do next.", width=56),
        Column("Clause", Kind.TEXT, "Clause of ISO/IEC 27001:2022.", width=16),
        Column("Accepted", Kind.TEXT, "The acceptance in force, if any.", width=11),
        Column("First seen", Kind.DATE, "When it was first found.", width=13),
    ),
)

VERSIONS = Table(
    name="Versions",
    sheet="Versions",
    label="Version",
    record_word="version",
    guidance="The version history, appended by isms-xl. Only Approved by and Approved on are "
    "filled in by hand.",
    columns=(
        Column("Version", Kind.TEXT, "Version number.", width=10),
        Column("Date", Kind.DATE, "Date of the version.", width=13),
        Column("Author", Kind.TEXT, "The role that stamped it.", width=22),
        Column("Change summary", Kind.TEXT, "What changed.", width=60),
        Column("Approved by", Kind.TEXT, "The role that approved it.", width=22),
        Column("Approved on", Kind.DATE, "When it was approved.", width=13),
        Column("Parties", Kind.COUNT, "Number of interested parties.", width=10),
        Column("Requirements", Kind.COUNT, "Number of requirements.", width=13),
        Column("Links", Kind.COUNT, "Number of links.", width=8),
        Column("Open major", Kind.COUNT, "Open major gaps when stamped.", width=11),
        Column("Open minor", Kind.COUNT, "Open minor gaps when stamped.", width=11),
        Column("Content digest", Kind.TEXT, "SHA-256 of the content.", width=24),
        Column("Chain digest", Kind.TEXT, "SHA-256 of this row and the one before.", width=24),
    ),
)

CHANGE_LOG = Table(
    name="ChangeLog",
    sheet="Change Log",
    record_word="change",
    guidance="What changed from version to version, written by isms-xl when a version is stamped.",
    columns=(
        Column("Version", Kind.TEXT, "The version that brought the change.", width=10),
        Column("Sheet", Kind.TEXT, "Where it is.", width=18),
        Column("Record", Kind.TEXT, "Which record.", width=18),
        Column("Field", Kind.TEXT, "Which column; blank for the whole record.", width=22),
        Column("Before", Kind.TEXT, "What stood there.", width=60),
        Column("After", Kind.TEXT, "What stands there.", width=60),
    ),
)

CHECKLIST = Table(
    name="Checklist",
    sheet="Checklist",
    record_word="line",
    guidance="What an auditor looks at under clause 4.2, with what the rules found. The tool "
    "checks; people audit.",
    columns=(
        Column("Line", Kind.TEXT, "Number of the line.", width=7),
        Column("Part", Kind.TEXT, "Action or focus area.", width=13),
        Column("What the auditor looks at", Kind.TEXT, "The line.", width=34),
        Column("What is expected", Kind.TEXT, "What the auditor wants to see.", width=56),
        Column("State", Kind.TEXT, "Computed from the open gaps.", width=22),
        Column("Major", Kind.COUNT, "Open major gaps.", width=8),
        Column("Minor", Kind.COUNT, "Open minor gaps.", width=8),
        Column("Observations", Kind.COUNT, "Open observations.", width=13),
        Column("Accepted", Kind.COUNT, "Accepted gaps.", width=10),
        Column("Findings behind it", Kind.TEXT, "Rule codes and records.", width=60),
    ),
)

GAP_INDEX = Table(
    name="GapIndex",
    sheet="Gap Index",
    record_word="record",
    guidance="One row for each record with gaps. The highlights on the other sheets look here.",
    columns=(
        Column("Record", Kind.TEXT, "The record's ID.", width=18),
        Column("Sheet", Kind.TEXT, "Its sheet.", width=20),
        Column("Major", Kind.TEXT, "Headings with a major gap.", width=40),
        Column("Minor", Kind.TEXT, "Headings with a minor gap.", width=40),
        Column("Observation", Kind.TEXT, "Headings with an observation.", width=40),
        Column("Text", Kind.TEXT, "The text shown in the row's Gaps column.", width=80),
    ),
)

IMPORT_TASKS = Table(
    name="ImportTasks",
    sheet="Import Tasks",
    prefix="IT",
    label="What to do",
    record_word="task",
    guidance="What an import left for a person to decide. A task is open until somebody enters "
    "who dismissed it.",
    columns=(
        _id("Task ID", "IT"),
        Column("What to do", Kind.TEXT, "What is left to decide, and why.", width=60),
        Column("Source place", Kind.TEXT, "Where it stands in the file imported.", width=24),
        Column("Source text", Kind.TEXT, "What stands there.", width=60),
        Column("Suggestion", Kind.TEXT, "What it probably means; nothing was done.", width=60),
        Column("Dismissed by", Kind.TEXT, "Who settled it, or decided to leave it.", width=22),
    ),
)
"""Only in registers that an import made or added to."""

TOOL_TABLES = (GAPS, CHECKLIST, VERSIONS, CHANGE_LOG, GAP_INDEX)
HIDDEN_SHEETS = frozenset({GAP_INDEX.sheet})
ALL_TABLES = (*USER_TABLES, *TOOL_TABLES)
TABLES = {table.name: table for table in (*ALL_TABLES, IMPORT_TASKS)}
_TABLES_BY_KEY = {name.casefold(): table for name, table in TABLES.items()}

GAPS_COLUMN = "Gaps"
"""Heading of the formula column at the end of each user table of the template."""

GAP_INDEX_NAMES = {
    "gap_records": "Record",
    "gap_major": "Major",
    "gap_minor": "Minor",
    "gap_obs": "Observation",
    "gap_texts": "Text",
}
"""Defined names of the template, and the Gap Index column each points at."""


def find_table(name: str) -> Table | None:
    """Return the table of that Excel table name (Excel ignores case), or None."""
    return _TABLES_BY_KEY.get(name.casefold())


def row_name(row: int) -> str:
    """Return what stands in for the ID of a record without one, by its row number."""
    return f"row {row}"


def gap_key(sheet: str, row: int, identifier: str) -> str:
    """Return the key by which a record is looked up in the Gap Index.

    The identifier as it is typed; a record without one is known by sheet and row, because the
    same row number occurs on every sheet. The template's formulas build the same key.
    """
    return identifier if identifier.strip() else f"{sheet} {row_name(row)}"


def identifier_pattern(prefixes: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of identifiers with one of the prefixes, ignoring case."""
    return re.compile(rf"(?:{'|'.join(prefixes)})-\d{{3,}}", re.IGNORECASE)
