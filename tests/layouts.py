"""Registers of parties in layouts that people made, each with the traps it was seen with.

What must come of each is written out: every cell of every party, requirement and link. Identifiers
count up and every party was identified through a previous register; the tests add both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook

Rows = Sequence[Sequence[object]]
Records = list[dict[str, object]]


@dataclass(frozen=True)
class Sheet:
    """A sheet to write: its rows from A1 on, and its merged areas."""

    rows: Rows
    title: str = "Sheet1"
    merged: tuple[str, ...] = ()
    hidden: bool = False


@dataclass(frozen=True)
class Layout:
    """A file and what must come of it."""

    name: str
    data: bytes
    parties: Records
    requirements: Records
    links: Records
    warnings: tuple[str, ...] = ()
    file: str = "register.xlsx"


def workbook(*sheets: Sheet) -> bytes:
    """Return a workbook of those sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        made = book.create_sheet(sheet.title)
        for row in sheet.rows:
            made.append(list(row))
        for area in sheet.merged:
            made.merge_cells(area)
        if sheet.hidden:
            made.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def delimited(rows: Rows, delimiter: str = ",") -> str:
    """Return delimited text of those rows."""
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return target.getvalue()


def _of(party: int, text: str, **more: object) -> dict[str, object]:
    words = {key.replace("_", " "): value for key, value in more.items()}
    words = {"Addressed by ISMS" if k == "Addressed" else k: v for k, v in words.items()}
    return {"Party ID": f"IP-{party:03}", "Requirement": text, **words}


def _to(requirement: int, kind: str, reference: str, **more: object) -> dict[str, object]:
    return {
        "Requirement ID": f"RQ-{requirement:03}",
        "Link type": kind,
        "Reference": reference,
        **more,
    }


CLIENTS = {"Party type": "Clients", "Internal/External": "External"}
STAFF = {"Party type": "Staff", "Internal/External": "Internal"}
SUPPLIERS = {"Party type": "Suppliers", "Internal/External": "External"}
REGULATORS = {"Party type": "Regulators", "Internal/External": "External"}
BOARD = {"Party type": "Board", "Internal/External": "Internal"}
INSURERS = {"Party type": "Insurers", "Internal/External": "External"}

LAYOUTS = (
    Layout(
        "two columns",
        workbook(
            Sheet(
                (
                    ("Interested Party Name", "Their Requirements"),
                    ("Customers", "Data stays confidential"),
                    ("Hackers", "Access to model weights"),
                )
            )
        ),
        [{"Name": "Customers", **CLIENTS}, {"Name": "Hackers", "Party type": "Threat actors"}],
        [_of(1, "Data stays confidential"), _of(2, "Access to model weights")],
        [],
    ),
    Layout(
        "title block above and notes below",
        workbook(
            Sheet(
                (
                    ("Register of interested parties",),
                    ("Version 3, owner: Quality",),
                    (),
                    ("Ref", "Stakeholder", "Expectations", "Responsible"),
                    ("S1", "Employees", "Clear rules for AI tools", "Head of People"),
                    ("S2", "Insurer", "Yearly attestation of controls", "CFO"),
                    (),
                    ("Note: reviewed every year by the management team",),
                )
            )
        ),
        [
            {"Name": "Employees", **STAFF, "Owner": "Head of People", "Notes": "Ref: S1"},
            {"Name": "Insurer", **INSURERS, "Owner": "CFO", "Notes": "Ref: S2"},
        ],
        [_of(1, "Clear rules for AI tools"), _of(2, "Yearly attestation of controls")],
        [],
    ),
    Layout(
        "two rows of headings with a band over scores",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Needs", "Assessment", None),
                    (None, None, "Influence", "Interest"),
                    ("Board", "No surprises from AI", 5, 4),
                    ("Data centre supplier", "Forecast of demand", 2, 3),
                ),
                merged=("A1:A2", "B1:B2", "C1:D1"),
            )
        ),
        [
            {"Name": "Board", **BOARD, "Power": 5, "Interest": 4},
            {"Name": "Data centre supplier", **SUPPLIERS, "Power": 2, "Interest": 3},
        ],
        [_of(1, "No surprises from AI"), _of(2, "Forecast of demand")],
        [],
    ),
    Layout(
        "the register on the second sheet after a cover",
        workbook(
            Sheet((("Context of the organisation",), ("Prepared by: Quality",)), "Cover"),
            Sheet(
                (
                    ("Interested party", "Needs and expectations"),
                    ("Media", "Correct statements on incidents"),
                ),
                "4.2",
            ),
        ),
        [{"Name": "Media", "Party type": "Media", "Internal/External": "External"}],
        [_of(1, "Correct statements on incidents")],
        [],
    ),
    Layout(
        "an old copy on a hidden sheet",
        workbook(
            Sheet(
                (("Interested party", "Requirements"), ("Old Ltd", "Old requirement text")),
                "2019",
                hidden=True,
            ),
            Sheet(
                (("Interested party", "Requirements"), ("New Ltd", "New requirement text")), "Now"
            ),
        ),
        [{"Name": "New Ltd"}],
        [_of(1, "New requirement text")],
        [],
        ("1 other table of parties not taken",),
    ),
    Layout(
        "interest as a need",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Interest", "Influence"),
                    ("Investors", "Return on the money they put in", "High"),
                    ("Press", "Stories about biased models", "Low"),
                    ("Unions", "Fair use of staff data", "Medium"),
                )
            )
        ),
        [
            {"Name": "Investors", "Party type": "Shareholders", "Power": 5},
            {"Name": "Press", "Party type": "Media", "Internal/External": "External", "Power": 1},
            {"Name": "Unions", "Power": 3},
        ],
        [
            _of(1, "Return on the money they put in"),
            _of(2, "Stories about biased models"),
            _of(3, "Fair use of staff data"),
        ],
        [],
    ),
    Layout(
        "interest as a level, H/M/L",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Interest", "Power", "Requirements"),
                    ("Staff", "H", "M", "Training on AI use"),
                    ("Competitors", "L", "L", "Know our prices early"),
                )
            )
        ),
        [
            {"Name": "Staff", **STAFF, "Power": 3, "Interest": 5},
            {
                "Name": "Competitors",
                "Party type": "Competitors",
                "Internal/External": "External",
                "Power": 1,
                "Interest": 1,
            },
        ],
        [_of(1, "Training on AI use"), _of(2, "Know our prices early")],
        [],
    ),
    Layout(
        "the reverse direction",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "What do they expect from us?", "What do we need from them?"),
                    ("Cloud supplier", "Prompt payment of bills", "24-hour incident notice"),
                )
            )
        ),
        [
            {
                "Name": "Cloud supplier",
                **SUPPLIERS,
                "Notes": "What do we need from them?: 24-hour incident notice",
            }
        ],
        [_of(1, "Prompt payment of bills")],
        [],
    ),
    Layout(
        "influence that holds categories",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Influence", "Requirements"),
                    ("Regulator", "Decision maker", "Report within 72 hours"),
                    ("Clients", "User", "Service without outages"),
                )
            )
        ),
        [
            {"Name": "Regulator", **REGULATORS, "Notes": "Influence: Decision maker"},
            {"Name": "Clients", **CLIENTS, "Notes": "Influence: User"},
        ],
        [_of(1, "Report within 72 hours"), _of(2, "Service without outages")],
        [],
    ),
    Layout(
        "scores from 1 to 10",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Influence", "Interest level", "Needs"),
                    ("Board", 10, 7, "Growth within the law"),
                    ("Suppliers", 3, 1, "Orders they can plan"),
                )
            )
        ),
        [
            {"Name": "Board", **BOARD, "Power": 5, "Interest": 4},
            {"Name": "Suppliers", **SUPPLIERS, "Power": 2, "Interest": 1},
        ],
        [_of(1, "Growth within the law"), _of(2, "Orders they can plan")],
        [],
    ),
    Layout(
        "decimals, and a heading that states the scale",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Influence", "Interest (1-3)", "Needs"),
                    ("Board", 4.5, 3, "Growth within the law"),
                    ("Suppliers", 2.4, 2, "Orders they can plan"),
                )
            )
        ),
        [
            {"Name": "Board", **BOARD, "Power": 5, "Interest": 5},
            {"Name": "Suppliers", **SUPPLIERS, "Power": 2, "Interest": 3},
        ],
        [_of(1, "Growth within the law"), _of(2, "Orders they can plan")],
        [],
    ),
    Layout(
        "A, B, C and strong, neutral, weak",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Influence", "Interest level", "Needs"),
                    ("Board", "A", "Strong", "Growth within the law"),
                    ("Suppliers", "B", "Neutral", "Orders they can plan"),
                    ("Media", "C", "Weak", "News they can print"),
                )
            )
        ),
        [
            {"Name": "Board", **BOARD, "Power": 5, "Interest": 5},
            {"Name": "Suppliers", **SUPPLIERS, "Power": 3, "Interest": 3},
            {
                "Name": "Media",
                "Party type": "Media",
                "Internal/External": "External",
                "Power": 1,
                "Interest": 1,
            },
        ],
        [
            _of(1, "Growth within the law"),
            _of(2, "Orders they can plan"),
            _of(3, "News they can print"),
        ],
        [],
    ),
    Layout(
        "attitude and level in one cell",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Influence", "Needs"),
                    ("Works council", "Against/High", "A say in monitoring"),
                    ("Clients", "For/Low", "Help with the models"),
                )
            )
        ),
        [
            {"Name": "Works council", **STAFF, "Power": 5, "Notes": "Influence: Against/High"},
            {"Name": "Clients", **CLIENTS, "Power": 1, "Notes": "Influence: For/Low"},
        ],
        [_of(1, "A say in monitoring"), _of(2, "Help with the models")],
        [],
    ),
    Layout(
        "German with ja and nein in a semicolon file of cp1252",
        delimited(
            (
                ("Interessierte Partei", "Anforderungen", "Relevanz für QMS", "Verantwortlich"),
                ("Behörden", "Meldung binnen 72 Stunden", "ja", "Datenschutz"),
                ("Geschäftsführung", "Überblick über Vorfälle", "nein", "Qualität"),
            ),
            ";",
        ).encode("cp1252"),
        [
            {
                "Name": "Behörden",
                **REGULATORS,
                "Owner": "Datenschutz",
                "Notes": "Relevanz für QMS: ja",  # a decision on another management system
            },
            {
                "Name": "Geschäftsführung",
                "Party type": "Senior leadership",
                "Internal/External": "Internal",
                "Owner": "Qualität",
                "Notes": "Relevanz für QMS: nein",
            },
        ],
        [_of(1, "Meldung binnen 72 Stunden"), _of(2, "Überblick über Vorfälle")],
        [],
        file="parteien.csv",
    ),
    Layout(
        "French in a UTF-16 file with tabs",
        delimited(
            (
                ("Réf.", "Partie intéressée", "Exigences", "Traitée par le SMSI"),
                ("P1", "Fournisseurs", "Contrats clairs et équilibrés", "Oui"),
                ("P2", "Assureur", "Déclaration annuelle des risques", "Non"),
            ),
            "\t",
        ).encode("utf-16"),
        [
            {"Name": "Fournisseurs", **SUPPLIERS, "Notes": "Réf.: P1"},
            {"Name": "Assureur", **INSURERS, "Notes": "Réf.: P2"},
        ],
        [
            _of(1, "Contrats clairs et équilibrés", Addressed="Yes"),
            _of(2, "Déclaration annuelle des risques", Addressed="No"),
        ],
        [],
        file="parties.csv",
    ),
    Layout(
        "Russian",
        workbook(
            Sheet(
                (
                    ("Заинтересованная сторона", "Требования", "Влияние"),
                    ("Клиенты", "Защита персональных данных", "высокое"),
                    ("Поставщики", "Своевременная оплата счетов", "низкий"),
                    ("Сотрудники", "Понятные правила работы", "высокий"),
                )
            )
        ),
        [
            {"Name": "Клиенты", **CLIENTS, "Notes": "Влияние: высокое"},
            {"Name": "Поставщики", **SUPPLIERS, "Power": 1},
            {"Name": "Сотрудники", **STAFF, "Power": 5},
        ],
        [
            _of(1, "Защита персональных данных"),
            _of(2, "Своевременная оплата счетов"),
            _of(3, "Понятные правила работы"),
        ],
        [],
    ),
    Layout(
        "several requirements in a cell: lines, bullets, numbers, semicolons",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirements"),
                    ("Clients", "Encrypt data at rest\nReport incidents\nwithin a day"),
                    ("Auditors", "• Evidence on time\n• A quiet room"),
                    ("Insurers", "1. Yearly test of backups\n2. Two-factor login"),
                    ("Regulators", "Keep records (who; when); appoint a DPO"),
                    ("Staff", "a) Training\nb) Clear rules"),
                    ("Board", "1. Growth 2. No fines 3. Good press"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS},
            {"Name": "Auditors", "Party type": "Auditors"},
            {"Name": "Insurers", **INSURERS},
            {"Name": "Regulators", **REGULATORS},
            {"Name": "Staff", **STAFF},
            {"Name": "Board", **BOARD},
        ],
        [
            _of(1, "Encrypt data at rest"),
            _of(1, "Report incidents within a day"),
            _of(2, "Evidence on time"),
            _of(2, "A quiet room"),
            _of(3, "Yearly test of backups"),
            _of(3, "Two-factor login"),
            _of(4, "Keep records (who; when)"),
            _of(4, "appoint a DPO"),
            _of(5, "Training"),
            _of(5, "Clear rules"),
            _of(6, "Growth"),
            _of(6, "No fines"),
            _of(6, "Good press"),
        ],
        [],
    ),
    Layout(
        "a party merged over its rows",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirement", "Owner"),
                    ("Clients", "Encrypt data at rest", "Sales"),
                    (None, "Report incidents early", "Security"),
                    ("Media", "Answers within a day", "Press office"),
                ),
                merged=("A2:A3",),
            )
        ),
        [
            {"Name": "Clients", **CLIENTS},
            {"Name": "Media", "Party type": "Media", "Internal/External": "External"},
        ],
        [
            _of(1, "Encrypt data at rest", Owner="Sales"),
            _of(1, "Report incidents early", Owner="Security"),
            _of(2, "Answers within a day", Owner="Press office"),
        ],
        [],
    ),
    Layout(
        "a party repeated, with blanks below and own numbers",
        workbook(
            Sheet(
                (
                    ("ID", "Interested party", "Requirement"),
                    ("R1", "Clients", "Encrypt data at rest"),
                    ("R2", None, "Report incidents early"),
                    ("R3", "Staff", "Training on AI use"),
                    ("R4", "CLIENTS", "Delete data on request"),
                )
            )
        ),
        [{"Name": "Clients", **CLIENTS}, {"Name": "Staff", **STAFF}],
        [
            _of(1, "Encrypt data at rest", Notes="ID: R1"),
            _of(1, "Report incidents early", Notes="ID: R2"),
            _of(2, "Training on AI use", Notes="ID: R3"),
            _of(1, "Delete data on request", Notes="ID: R4"),
        ],
        [],
    ),
    Layout(
        "rows that divide the table into internal and external",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Needs", "Owner"),
                    ("Internal stakeholders", None, None),
                    ("Research team", "Access to computing", "CTO"),
                    ("External stakeholders", None, None),
                    ("Standards body", "Comments on drafts", "Legal"),
                ),
                merged=("A2:C2", "A4:C4"),
            )
        ),
        [
            {"Name": "Research team", "Internal/External": "Internal", "Owner": "CTO"},
            {"Name": "Standards body", "Internal/External": "External", "Owner": "Legal"},
        ],
        [_of(1, "Access to computing"), _of(2, "Comments on drafts")],
        [],
    ),
    Layout(
        "controls and policies in the column on how it is addressed",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirement", "How addressed"),
                    ("Clients", "Encrypt data at rest", "A.8.24 and A.5.31"),
                    ("Regulators", "Protect personal data", "Privacy Policy; A.18.1.4"),
                    ("Insurers", "Tested backups every year", "Backup Procedure"),
                    ("Media", "Answers within a day", "We talk to them"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS},
            {"Name": "Regulators", **REGULATORS},
            {"Name": "Insurers", **INSURERS},
            {"Name": "Media", "Party type": "Media", "Internal/External": "External"},
        ],
        [
            _of(1, "Encrypt data at rest", Notes="How addressed: A.8.24 and A.5.31"),
            _of(2, "Protect personal data"),
            _of(3, "Tested backups every year"),
            _of(4, "Answers within a day", Notes="How addressed: We talk to them"),
        ],
        [
            _to(1, "Control", "A.8.24"),
            _to(1, "Control", "A.5.31"),
            _to(2, "Policy", "Privacy Policy"),
            _to(2, "Control", "A.18.1.4"),
            _to(3, "Procedure", "Backup Procedure"),
        ],
    ),
    Layout(
        "a column of control numbers with evidence",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirement", "Annex A control", "Evidence"),
                    ("Clients", "Encrypt data at rest", "8.24", "Key register"),
                    ("Suppliers", "Clear security clauses", "A.5.20, A.5.21", "Contracts"),
                    ("Media", "Answers within a day", None, "Press log"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS},
            {"Name": "Suppliers", **SUPPLIERS},
            {"Name": "Media", "Party type": "Media", "Internal/External": "External"},
        ],
        [
            _of(1, "Encrypt data at rest"),
            _of(2, "Clear security clauses"),
            _of(3, "Answers within a day", Notes="Evidence: Press log"),
        ],
        [
            _to(1, "Control", "8.24", Evidence="Key register"),
            _to(2, "Control", "A.5.20", Evidence="Contracts"),
            _to(2, "Control", "A.5.21", Evidence="Contracts"),
        ],
    ),
    Layout(
        "dates, of which one settles the others",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirement", "Last reviewed"),
                    ("Clients", "Encrypt data at rest", datetime(2026, 3, 4)),
                    ("Staff", "Training on AI use", "31/01/2026"),
                    ("Board", "Report on incidents", "2026-02-05"),
                    ("Media", "Answers within a day", "03/04/2026"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS, "Last reviewed": date(2026, 3, 4)},
            {"Name": "Staff", **STAFF, "Last reviewed": date(2026, 1, 31)},
            {"Name": "Board", **BOARD, "Last reviewed": date(2026, 2, 5)},
            {
                "Name": "Media",
                "Party type": "Media",
                "Internal/External": "External",
                "Last reviewed": date(2026, 4, 3),
            },
        ],
        [
            _of(1, "Encrypt data at rest"),
            _of(2, "Training on AI use"),
            _of(3, "Report on incidents"),
            _of(4, "Answers within a day"),
        ],
        [],
    ),
    Layout(
        "types of requirement, partly ours",
        workbook(
            Sheet(
                (
                    ("Interested party", "Requirement", "Type of requirement", "Source"),
                    ("Clients", "Encrypt data at rest", "Contractual", "Master agreement 4.2"),
                    ("Regulators", "Protect personal data", "Law", "GDPR Art. 32"),
                    ("Staff", "Training on AI use", "Ethical", None),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS},
            {"Name": "Regulators", **REGULATORS},
            {"Name": "Staff", **STAFF},
        ],
        [
            _of(
                1,
                "Encrypt data at rest",
                Requirement_type="Contractual",
                Source_reference="Master agreement 4.2",
            ),
            _of(
                2,
                "Protect personal data",
                Requirement_type="Legal",
                Source_reference="GDPR Art. 32",
            ),
            _of(3, "Training on AI use", Notes="Type of requirement: Ethical"),
        ],
        [],
    ),
    Layout(
        "ragged lines in a text file",
        (
            b"Stakeholder,Requirements,Owner\r\n"
            b"Clients,Encrypt data at rest,Sales\r\n"
            b"Board,99,5 % availability,CTO\r\n"
            b"\r\n"
            b'Staff,"Training, twice a year",HR\r\n'
            b"Media,Answers within a day,Press\r\n"
            b"Auditors,Evidence on time,Quality\r\n"
        ),
        [
            {"Name": "Clients", **CLIENTS, "Owner": "Sales"},
            {"Name": "Staff", **STAFF, "Owner": "HR"},
            {
                "Name": "Media",
                "Party type": "Media",
                "Internal/External": "External",
                "Owner": "Press",
            },
            {"Name": "Auditors", "Party type": "Auditors", "Owner": "Quality"},
        ],
        [
            _of(1, "Encrypt data at rest"),
            _of(2, "Training, twice a year"),
            _of(3, "Answers within a day"),
            _of(4, "Evidence on time"),
        ],
        [],
        (
            "1 row set aside, as another number of fields than the headings have leaves their order "
            "unclear: line 3.",
        ),
        file="ragged.csv",
    ),
    Layout(
        "a legend beside the table and headings repeated in it",
        workbook(
            Sheet(
                (
                    ("Stakeholder", "Power", "Needs", None, "Scale", "Meaning"),
                    ("Clients", 4, "Encrypt data at rest", None, 1, "low"),
                    ("Stakeholder", "Power", "Needs", None, 5, "high"),
                    ("Staff", 2, "Training on AI use"),
                )
            )
        ),
        [{"Name": "Clients", **CLIENTS, "Power": 4}, {"Name": "Staff", **STAFF, "Power": 2}],
        [_of(1, "Encrypt data at rest"), _of(2, "Training on AI use")],
        [],
    ),
    Layout(
        "another table below, and a column without heading",
        workbook(
            Sheet(
                (
                    ("Party", "Requirement", None, "Owner"),
                    ("Clients", "Encrypt data at rest", "see contract", "Sales"),
                    ("Staff", "Training on AI use", None, "HR"),
                    (),
                    ("Risk", "Rating", "Treatment"),
                    ("Leak of weights", "High", "Encrypt them"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS, "Owner": "Sales", "Notes": "Column C: see contract"},
            {"Name": "Staff", **STAFF, "Owner": "HR"},
        ],
        [_of(1, "Encrypt data at rest"), _of(2, "Training on AI use")],
        [],
        ("2 rows below the end of the table not taken: row 5 and row 6.",),
    ),
    Layout(
        "an earlier row says otherwise",
        workbook(
            Sheet(
                (
                    ("Interested party", "Category", "Power", "Requirement"),
                    ("Fennholt Cloud", "Supplier", 4, "Forecast of demand"),
                    ("Fennholt Cloud", "Competitor", 2, "Know our prices early"),
                )
            )
        ),
        [
            {
                "Name": "Fennholt Cloud",
                "Party type": "Suppliers",
                "Internal/External": "External",
                "Power": 4,
            }
        ],
        [
            _of(1, "Forecast of demand"),
            _of(1, "Know our prices early", Notes="Category: Competitor\nPower: 2"),
        ],
        [],
    ),
    Layout(
        "internal and external in a column called Category",
        workbook(
            Sheet(
                (
                    ("Interested party", "Category", "Needs"),
                    ("Internal audit", "Internal", "Evidence on time"),
                    ("Research partners", "External", "Shared data sets"),
                )
            )
        ),
        [
            {"Name": "Internal audit", "Internal/External": "Internal"},
            {"Name": "Research partners", "Internal/External": "External"},
        ],
        [_of(1, "Evidence on time"), _of(2, "Shared data sets")],
        [],
    ),
    Layout(
        "formulas in text, line breaks in headings, percent in requirements",
        workbook(
            Sheet(
                (
                    ("Interested\nparty", "Needs and\nexpectations", "Remarks"),
                    ("Clients", "99.5% availability", "'=1+1"),
                    ("Staff", "@home work rules", "+49 is the prefix"),
                )
            )
        ),
        [
            {"Name": "Clients", **CLIENTS, "Notes": "Remarks: '=1+1"},
            {"Name": "Staff", **STAFF, "Notes": "Remarks: +49 is the prefix"},
        ],
        [_of(1, "99.5% availability"), _of(2, "@home work rules")],
        [],
    ),
)
