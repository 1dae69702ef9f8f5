"""Registers to measure with: as many requirement rows as asked, about one row in twenty at fault.

The same number of rows gives the same content, so that two runs on two days measure the same work.
Workbooks are kept in `results/` until this module or the template changes.

    python benchmarks/registers.py 500 5000 20000
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from random import Random

import isms_xl
from isms_xl.books.file import FileBook
from isms_xl.books.saving import Snapshot
from isms_xl.cases import base_content
from isms_xl.changes import Changes
from isms_xl.content import Content
from isms_xl.contract import (
    HIGH_PRIORITIES,
    PARTY_TYPES,
    REQUIREMENT_TYPES,
    VERSIONS,
    priority_of,
)
from isms_xl.reference import annex_a, obligations
from isms_xl.register import ExcelError, Register
from isms_xl.template import build_template
from isms_xl.versions import version_row

AS_OF = date(2026, 11, 24)
"""The day that counts as today in every benchmark."""

FOLDER = Path(__file__).parent / "results"
FAULTY = 0.05
"""Share of rows that get a fault."""

_MOST_PARTIES = 2_000
_CREATED = date(2025, 9, 1)
_INTERNAL = ("Senior leadership", "Board", "Shareholders", "Staff")
_OLD = date(2024, 3, 11)
_FUTURE = date(2027, 2, 8)

Row = dict[str, object]


def _listed(text: str) -> list[str]:
    """Return the parts of a text between bars."""
    return text.split("|")


_PLACES = _listed(
    "Aldermoor|Brackwater|Calderholm|Dunmere|Eastwold|Fernwick|Garrowby|Hollin|Inverloch|Jarlshaw|"
    "Kettlewell|Langmere|Marlstone|Norvane|Ostrand|Penhallow|Quillmark|Ravensby|Skelling|Tarn|"
    "Ulverby|Varnholt|Westerby|Yarrowdale|Zennor|Ashcombe|Birkdale|Coldharbour|Drumlin|Elmstead|"
    "Foxholme|Glenmoor|Harrowgate|Islewick|Jessamine|Kirkwold|Lindholm|Mossgate|Netherby|Oakhurst|"
    "Pendle|Quarrington|Rothwell|Stannard|Thornby|Umberleigh|Vexley|Whitcombe|Yewdale|Zelwick"
)
_TRADES = _listed(
    "Bank|Cloud|Hospitals|Insurance|Analytics|Logistics|Ventures|Data Centres|Certification|Labs|"
    "University|Telecom|Energy|Press|Law Chambers|Robotics|Payments|Housing|Airports|Retail|"
    "Pharmacy|Council|Water|Rail|Semiconductors|Translation|Recruitment|Security|Broadcasting|"
    "Foundation|Ministry|Research|Publishing|Savings|Fertilisers|Shipping|Optics|Diagnostics|"
    "Education|Forestry"
)
_FORMS = ("", " Ltd", " GmbH", " plc", " Inc", " AG")
_ROLES = _listed(
    "Head of Information Security|Head of Legal|Data Protection Officer|Head of Client Services|"
    "Head of Infrastructure|Head of Research|Chief Financial Officer|Head of Human Resources|"
    "Head of Procurement|Company Secretary"
)
_DEEDS = (
    "Notify incidents that touch",
    "Keep complete records of access to",
    "Encrypt at rest and in transit",
    "Delete on justified request",
    "Separate from the data of others",
    "Test the restoration of",
    "Restrict to named roles the use of",
    "Review at least yearly who may see",
    "Show in each audit how we protect",
    "Keep inside the agreed region",
)
_OBJECTS = (
    "prompts and completions of the assistant",
    "the training data handed over for fine-tuning",
    "model weights derived from client material",
    "logs that may hold personal data",
    "the evaluation sets and their labels",
    "credentials for the inference service",
    "source code reviewed by the coding model",
    "recordings used for speech recognition",
)
_TERMS = (
    "",
    " within 24 hours of becoming aware",
    " before each release of a new model version, and keep the report for three years",
    ", including at suppliers and their sub-processors in every country in which they operate",
    ", as agreed in the yearly service meeting",
)
_EVIDENCE = (
    "Test report, ticket SEC-{n}",
    "Minutes of the service meeting {n}",
    "Access review, record AR-{n}, with the list of exceptions that were granted",
    "reports/control-{n}.pdf",
)
_DOCUMENTS = (
    ("Policy", "Information security policy, section {n}"),
    ("Procedure", "Handling of client data, procedure P-{n}"),
    ("Risk treatment", "Treatment plan RISK-{n}"),
    ("Objective", "Security objective {n} of 2026"),
)


def _day(rng: Random, first: date = date(2025, 12, 1), last: date = date(2026, 11, 10)) -> date:
    return first + timedelta(days=rng.randrange((last - first).days))


# --- rows without a fault ---------------------------------------------------------------------


def _party(rng: Random, number: int) -> Row:
    kind = PARTY_TYPES[number % len(PARTY_TYPES)]
    place = _PLACES[number % len(_PLACES)]
    name = f"{place} {_TRADES[number // len(_PLACES) % len(_TRADES)]}"
    role = rng.choice(_ROLES)
    row: Row = {
        "Party ID": f"IP-{number + 1:03}",
        "Name": f"{name}{rng.choice(_FORMS)}",
        "Party type": kind,
        "Internal/External": "Internal" if kind in _INTERNAL else "External",
        "Relevant to ISMS": "Yes",
        "Why relevant": f"Relies on the confidentiality and availability of what {name} entrusts to "
        "our models" + rng.choice(("", ", and can end the contract", ", and supervises us")) + ".",
        "Representative": f"Head of Supplier Assurance, {place}",
        "Identified through": rng.choice(("Brainstorm", "PESTLE", "Contract review")),
        "Power": rng.randint(1, 5),
        "Interest": rng.randint(1, 5),
        "Confirmed on": _day(rng),
        "Confirmed by": role,
        "Owner": role,
        "Last reviewed": _day(rng),
    }
    if rng.random() < 0.1:
        row["Notes"] = (
            "Met in the yearly service meeting; wants to be told before sub-processors change."
        )
    return row


def _requirement(rng: Random, number: int, parties: int, laws: list[str]) -> Row:
    kind = REQUIREMENT_TYPES[number % len(REQUIREMENT_TYPES)]
    role = rng.choice(_ROLES)
    party = f"IP-{number % parties + 1:03}"
    if rng.random() < 0.05:
        party = f"{party}; IP-{(number + 7) % parties + 1:03}"
    likelihood, impact = rng.randint(1, 5), rng.randint(1, 5)
    row: Row = {
        "Requirement ID": f"RQ-{number + 1:03}",
        "Party ID": party,
        "Requirement": f"{rng.choice(_DEEDS)} {rng.choice(_OBJECTS)}{rng.choice(_TERMS)} "
        f"(schedule {number + 1})",
        "Requirement type": kind,
        "Identified through": "Legislation" if kind in ("Legal", "Regulatory") else "Interview",
        "Addressed by ISMS": "Yes",
        "Likelihood": likelihood,
        "Impact": impact,
        "Owner": role,
        "Last reviewed": _day(rng),
    }
    match kind:
        case "Legal" | "Regulatory":
            row["Obligation ID"] = laws[number // 4 % len(laws)]
        case "Contractual":
            row["Source reference"] = f"Master services agreement, clause {rng.randint(2, 30)}.1"
    if kind not in ("Legal", "Regulatory"):
        row |= {"Confirmed on": _day(rng), "Confirmed by": role}
        if rng.random() < 0.1:
            row["Addressed by ISMS"] = "No"
            row["Justification"] = (
                "Outside the scope of the ISMS; answered by the quality management of the unit, as "
                "decided in the management review."
            )
    if priority_of(likelihood, impact) in HIGH_PRIORITIES:
        row["Risk reference"] = f"RISK-{rng.randint(1, 400):03}"
    if rng.random() < 0.15:
        row["Notes"] = "Wording agreed with the party; see the interview notes of the spring round."
    return row


def _link(rng: Random, number: int, requirement: Row, controls: list[str]) -> Row:
    if rng.random() < 0.6:
        kind, reference = "Control", rng.choice(controls)
    else:
        kind, reference = rng.choice(_DOCUMENTS)
    row: Row = {
        "Link ID": f"LK-{number + 1:03}",
        "Requirement ID": requirement["Requirement ID"],
        "Link type": kind,
        "Reference": reference.format(n=rng.randint(1, 900)),
        "Status": rng.choice(("Implemented", "Verified")),
        "Owner": requirement["Owner"],
    }
    if "Risk reference" not in requirement and rng.random() < 0.15:
        row["Status"] = "Planned"
    else:
        row["Evidence"] = rng.choice(_EVIDENCE).format(n=rng.randint(100, 999))
        row["Evidence date"] = _day(rng)
    return row


# --- faults -----------------------------------------------------------------------------------

Fault = Callable[[list[Row], int], None]


def _with(**values: object) -> Fault:
    """Return a fault that sets cells; underscores stand for spaces, None blanks the cell."""

    def fault(rows: list[Row], at: int) -> None:
        for name, value in values.items():
            rows[at][name.replace("_", " ")] = value

    return fault


def _like_the_row_before(*headings: str) -> Fault:
    def fault(rows: list[Row], at: int) -> None:
        for heading in headings:
            rows[at][heading] = rows[at - 1 if at else 1][heading]

    return fault


_PARTY_FAULTS: tuple[Fault, ...] = (
    _with(Power=None),
    _like_the_row_before("Name"),
    _with(Confirmed_on=None),
    _with(Owner=None),
    _with(Party_type="Supplier"),
    _with(Interest="high"),
    _with(Relevant_to_ISMS="No", Why_relevant=None),
    _with(Last_reviewed=_OLD),
    _with(Name="Regulators", Party_type="Regulators"),
    _with(Power=5, Interest=4, Representative=None),
    _with(Confirmed_on="13.10.2025"),
    _with(Why_relevant="to be completed"),
    _with(Last_reviewed=_FUTURE),
    _like_the_row_before("Party ID"),
    _with(Relevant_to_ISMS=None),
)
_REQUIREMENT_FAULTS: tuple[Fault, ...] = (
    _with(Addressed_by_ISMS=None),
    _with(Party_ID="IP-99999"),
    _with(Requirement="Security"),
    _with(Likelihood=None),
    _with(Owner=None),
    _with(Requirement_type="Contract", Source_reference=None),
    _with(Requirement_type="Contractual", Source_reference=None, Obligation_ID=None),
    _with(Requirement_type="Need or expectation", Confirmed_by=None),
    _with(Impact=7),
    _with(Last_reviewed="March 2026"),
    _with(Requirement_ID="RQ 17b"),
    _like_the_row_before("Requirement ID"),
    _like_the_row_before("Party ID", "Requirement"),
    _with(Addressed_by_ISMS="No", Justification=None, Requirement_type="Need or expectation"),
    _with(Addressed_by_ISMS="No", Justification="Too dear.", Requirement_type="Legal"),
    _with(Likelihood=5, Impact=4, Risk_reference=None),
    _with(Requirement="TBD"),
    _with(Confirmed_on=_FUTURE),
    _with(Last_reviewed=None),
    _with(Obligation_ID="OB-77777"),
    _with(Identified_through="Interveiw"),
    _with(Owner="n/a"),
    _with(Party_ID=None),
    _with(Notes=ExcelError("#REF!")),
)
_LINK_FAULTS: tuple[Fault, ...] = (
    _with(Evidence=None, Status="Verified"),
    _with(Evidence_date=None, Status="Implemented"),
    _with(Link_type="Control", Reference="A.18.1.4"),
    _with(Link_type="Control", Reference="A.8.99"),
    _with(Evidence_date=_OLD),
    _with(Status="Planned"),
    _with(Status="Done"),
    _with(Requirement_ID="RQ-99999999"),
    _with(Reference="tbc"),
    _with(Evidence_date="2026-13-01"),
    _with(Evidence_date=_FUTURE),
    _with(Link_type=None),
    _with(Link_ID="LINK-1"),
    _like_the_row_before("Link ID"),
    _with(Link_type="Control", Reference="Privacy and protection of PII"),
    _with(Notes=ExcelError("#N/A")),
)


def _spoil(rng: Random, rows: list[Row], faults: tuple[Fault, ...]) -> None:
    """Give one row in twenty a fault; each kind in turn, the rows scattered."""
    places = rng.sample(range(len(rows)), max(1, round(FAULTY * len(rows))))
    for turn, at in enumerate(places):
        faults[turn % len(faults)](rows, at)


# --- the register -----------------------------------------------------------------------------


def _obligations(base: list[Row]) -> list[Row]:
    rows = [dict(row) for row in base]
    for number, law in enumerate(obligations(), start=len(rows) + 1):
        rows.append(
            {
                "Obligation ID": f"OB-{number:03}",
                "Title": law.title,
                "Citation": law.citation,
                "Jurisdiction": law.jurisdiction,
                "Applies": "Yes",
                "Applies from": min(law.applies_from, date(2026, 8, 2)),
            }
        )
    rows[-1]["Applies"] = "To be determined"
    rows[-2]["Applies"] = "No"
    rows[-3]["Applies from"] = date(2026, 11, 15)
    return rows


def _accepted(rows: list[Row]) -> Iterator[Row]:
    """Yield acceptances: some in force, one expired, one that matches no gap."""
    refused = [
        row["Requirement ID"]
        for row in rows
        if row["Addressed by ISMS"] == "No" and not row.get("Justification")
    ]
    subjects = [("REQ009", subject) for subject in refused[::2]]
    subjects += [("REQ007", "OB-001"), ("REQ008", rows[0]["Requirement ID"])]
    for number, (code, subject) in enumerate(subjects, start=1):
        yield {
            "Acceptance ID": f"AG-{number:03}",
            "Rule": code,
            "Record": subject,
            "Reason": "Decided in the management review; to be settled in the next contract round.",
            "Approved by": "Chief Information Security Officer",
            "Approved on": date(2026, 6, 18),
            "Expires on": date(2026, 9, 30) if number == 1 else date(2027, 6, 30),
        }


def content_of_size(requirements: int) -> Content:
    """Return the rows of a register with so many requirements."""
    rng = Random(requirements)
    content = base_content()
    laws = _obligations(content["Obligations"])
    cited = [str(law["Obligation ID"]) for law in laws[:-4]]
    controls = [*annex_a(), "ORG:Prompt filtering, standard {n}"]
    parties = max(len(PARTY_TYPES), min(requirements // 10, _MOST_PARTIES))
    party_rows = [_party(rng, number) for number in range(parties)]
    rows = [_requirement(rng, number, parties, cited) for number in range(requirements)]
    addressed = [row for row in rows if row["Addressed by ISMS"] == "Yes"]
    link_rows = [_link(rng, number, row, controls) for number, row in enumerate(addressed)]
    _spoil(rng, party_rows, _PARTY_FAULTS)
    _spoil(rng, rows, _REQUIREMENT_FAULTS)
    _spoil(rng, link_rows, _LINK_FAULTS)
    del link_rows[5::397]
    return content | {
        "Parties": party_rows,
        "Requirements": rows,
        "IsmsLinks": link_rows,
        "Obligations": laws,
        "Pestle": [dict(row) for row in content["Pestle"]] + [_homeless_issue()],
        "EvidenceLog": content["EvidenceLog"][:-1],
        "TriggerEvents": [*content["TriggerEvents"], _unreviewed_event()],
        "AcceptedGaps": list(_accepted(rows)),
    }


def _homeless_issue() -> Row:
    return {
        "Entry ID": "PE-007",
        "Factor": "Technological",
        "Issue": "Agents act on behalf of users without being named",
    }


def _unreviewed_event() -> Row:
    return {
        "Event ID": "TE-002",
        "Date": date(2026, 11, 19),
        "Kind": "Security incident",
        "Description": "Prompts of two clients were shown to a third",
    }


def _book(data: bytes) -> FileBook:
    return FileBook(Snapshot(FOLDER / "register.xlsx", data, (len(data), 0)))


def workbook_of_size(requirements: int) -> bytes:
    """Return a register workbook with so many requirements and a history of two versions."""
    book = _book(build_template(content_of_size(requirements), created=_CREATED))
    register = Register(book.tables())
    rows = []
    previous = ""
    for version, day in (("1.0", date(2025, 11, 20)), ("1.1", date(2026, 11, 20))):
        row = version_row(
            previous,
            register,
            version=version,
            on=day,
            author="Head of Information Security",
            summary="Yearly review.",
            open_major=0,
            open_minor=0,
            approved_by="" if previous else "Chief Executive Officer",
            approved_on=None if previous else day,
        )
        previous = str(row["Chain digest"])
        rows.append(tuple(row[heading] for heading in VERSIONS.headings))
    book.apply(Changes({VERSIONS.name: rows}))  # type: ignore[dict-item]
    return book.data


def _edition() -> str:
    """Return a mark of what the workbooks are made from."""
    product = Path(isms_xl.__file__).parent
    sources = chain([Path(__file__)], (product / f"{n}.py" for n in ("template", "contract")))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def register_file(requirements: int) -> Path:
    """Return the file of a register with so many requirements, made when it is not there yet."""
    path = FOLDER / f"register-{requirements}-{_edition()}.xlsx"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob(f"register-{requirements}-*.xlsx"):
            old.unlink()
        path.write_bytes(workbook_of_size(requirements))
    return path


if __name__ == "__main__":
    for size in sys.argv[1:]:
        print(register_file(int(size)))
