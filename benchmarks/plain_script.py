"""The script a colleague would write in an afternoon: pandas reads, pandas checks, openpyxl writes.

It knows nothing of isms-xl. It does the same job on the same workbook as well as pandas and
openpyxl let it: the sheets are read in one call, the checks work on whole columns, only rows with a
departure are looked at one by one.

    python benchmarks/plain_script.py REGISTER OUTPUT DATE
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

NOT_COVERED = {
    "DAT005": "pandas and openpyxl read an error value as a blank or as its formula",
    "DOC004": "needs the digest of the content",
    "DOC005": "needs the digests of the version history",
    "EVD004": "only asked for with --check-files",
}
"""Rules of isms-xl that this script does not check."""


def words(text: str) -> list[str]:
    """Return the parts of a text between bars."""
    return text.split("|")


TYPES = words(
    "Senior leadership|Board|Shareholders|Staff|Clients|Data subjects|Competitors|Suppliers|"
    "Regulators|Media|Threat actors|Auditors|Insurers"
)
GROUPS = [*TYPES[:4], "Competitors", "Media", "Threat actors", "Data subjects"]
UNASKED = ["Competitors", "Media", "Threat actors"]
LAW = ["Legal", "Regulatory"]
YES_NO = ["Yes", "No"]
FACTORS = words("Political|Economic|Social|Technological|Legal|Environmental")
STEPS = words(
    "1 Leadership meeting|2 Brainstorm|3 Document parties|4 Confirm parties|"
    "5 Identify requirements|6 Confirm requirements|7 Link to ISMS"
)
FUNCTIONS = words(
    "Data science|Engineering|Legal|Human resources|Senior management|Information security|"
    "Product|Operations|Finance|Other"
)
ANNEX_A = {
    f"{theme}.{number}"
    for theme, last in ((5, 37), (6, 8), (7, 14), (8, 34))
    for number in range(1, last + 1)
}
NEVER_ACCEPTED = ["DAT006", "DOC005", "ACC001", "ACC002"]
FIRST_ROW = 5
SPLIT = r"[;,\n\r]+"
WORD = r"[^\W_]+(?:['’\-./][^\W_]+)*"
CONTROL = r"(?i:A\s*\.?\s*)?(\d+(?:\.\d+)+)"
LEGAL_FORM = r"\b(?:ltd|limited|llc|llp|plc|inc|corp|co|gmbh|ag|kg|se|sa|sas|srl|spa|bv|nv|ab)\b"
PLACEHOLDER = (
    r"[\W_]+|\W*(?:n\s*/?\s*a|not applicable|none|nil|todo|to do|pending|unknown|x{2,}|placeholder|"
    r"dummy|sample text|enter text(?: here)?|fill in)\W*|\W*(?:tb[acd]|to be (?:completed|confirmed|"
    r"defined|determined|decided|advised|filled in))(?:\W*|\s*[-–:(].*)|\W*lorem ipsum\b.*"
)


@dataclass(frozen=True)
class Sheet:
    """What the script knows of a sheet; `*` marks a mandatory column."""

    name: str
    prefix: str
    texts: str
    choices: dict[str, list[str]]
    dates: str = ""
    scores: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()

    @property
    def text_columns(self) -> dict[str, bool]:
        """Text columns, and whether they are mandatory."""
        return {name.rstrip("*"): name.endswith("*") for name in self.texts.split("|") if name}

    @property
    def date_columns(self) -> list[str]:
        """Date columns."""
        return [name.rstrip("*") for name in self.dates.split("|") if name]

    @property
    def mandatory(self) -> list[str]:
        """Mandatory columns but the identifier."""
        optional = ("Addressed by ISMS",)
        needed = [name for name, must in self.text_columns.items() if must]
        needed += [name for name in self.choices if name not in optional]
        needed += [name.rstrip("*") for name in self.dates.split("|") if name.endswith("*")]
        return needed + [name for name in self.others if name.endswith("*")]


SHEETS = {
    "Interested Parties": Sheet(
        "Interested Parties",
        "IP",
        "Name*|Why relevant*|Representative|Confirmed by|Owner*|Notes",
        {
            "Party type": [*TYPES, "Other"],
            "Internal/External": ["Internal", "External"],
            "Relevant to ISMS": YES_NO,
            "Identified through": words(
                "Brainstorm|PESTLE|Leadership meeting|Contract review|Legal review|"
                "Previous register|Other"
            ),
        },
        "Confirmed on|Last reviewed",
        ("Power", "Interest"),
    ),
    "Requirements": Sheet(
        "Requirements",
        "RQ",
        "Requirement*|Source reference|Justification|Risk reference|Confirmed by|Owner*|Notes",
        {
            "Requirement type": [*LAW, "Contractual", "Need or expectation"],
            "Identified through": words(
                "Interview|Survey|Contract analysis|Workshop|Legislation|Standard|Other"
            ),
            "Addressed by ISMS": YES_NO,
        },
        "Confirmed on|Last reviewed",
        ("Likelihood", "Impact"),
        (("Party ID*", "Interested Parties"), ("Obligation ID", "Obligations")),
    ),
    "ISMS Links": Sheet(
        "ISMS Links",
        "LK",
        "Reference*|Evidence|Owner|Notes",
        {
            "Link type": ["Policy", "Procedure", "Control", "Risk treatment", "Objective"],
            "Status": ["Planned", "Implemented", "Verified"],
        },
        "Evidence date",
        (),
        (("Requirement ID*", "Requirements"),),
    ),
    "Obligations": Sheet(
        "Obligations",
        "OB",
        "Title*|Citation*|Jurisdiction|Rationale|Notes",
        {"Applies": ["Yes", "No", "To be determined"]},
        "Applies from",
    ),
    "PESTLE": Sheet(
        "PESTLE",
        "PE",
        "Issue*|Effect|Notes",
        {"Factor": FACTORS},
        "Assessed on",
        (),
        (("Party ID", "Interested Parties"),),
    ),
    "Evidence Log": Sheet(
        "Evidence Log",
        "EV",
        "Activity*|Participants*|Functions|Outcome*|Record*|Notes",
        {"Step": STEPS},
        "Date*",
    ),
    "Reviews": Sheet(
        "Reviews",
        "RV",
        "Reviewer*|Outcome*",
        {"Kind": ["Annual", "Triggered", "Management review"]},
        "Date*|Next review due",
        (),
        (("Trigger event ID", "Trigger Events"),),
    ),
    "Trigger Events": Sheet(
        "Trigger Events",
        "TE",
        "Description*",
        {
            "Kind": words(
                "Security incident|New or changed legislation|Leadership change|"
                "New product or AI model|New market or client segment|Supplier change|Other"
            )
        },
        "Date*",
        (),
        (("Review ID", "Reviews"),),
    ),
    "Accepted Gaps": Sheet(
        "Accepted Gaps", "AG", "Rule*|Record*|Reason*|Approved by*", {}, "Approved on*|Expires on*"
    ),
}
CONTROL_FIELDS = words(
    "Organisation|Business unit|Document title|Document ID|Classification|Document owner|"
    "ISMS scope reference|Climate change rationale"
)
PLANNED_DATES = ["Next review due", "Applies from", "Approved on", "Expires on"]
LABELS = {"Interested Parties": "Name", "Requirements": "Requirement", "Obligations": "Title"}

RULES = {
    "DAT001": ("major", "The workbook lacks {record}.", "Copy it from a fresh register."),
    "DAT002": ("major", "{field} of {record} is blank.", "Fill it in."),
    "DAT003": ("minor", "“{value}” is no allowed value for {field} of {record}.", "Choose {near}."),
    "DAT004": ("minor", "“{value}” is of the wrong type for {field} of {record}.", "Type it anew."),
    "DAT006": ("major", "{record} is malformed or used twice.", "Give it the next free number."),
    "DAT007": ("major", "{field} of {record} names {value}, which does not exist.", "Correct it."),
    "DAT008": ("minor", "{field} of {record} lies in the future.", "Enter the real date."),
    "DAT009": ("obs", "{field} of {record} holds a placeholder.", "Replace it by content."),
    "PTY001": ("major", "The register names no interested party.", "Enter them."),
    "PTY002": ("minor", "No interested party of the kind {record} is there.", "Enter them."),
    "PTY003": ("minor", "“{label}” stands twice.", "Keep one of the two rows."),
    "PTY004": ("obs", "“{label}” names a kind, not a party.", "Name the ones that matter."),
    "PTY005": ("minor", "{field} of {record} ({label}) is not scored.", "Score it from 1 to 5."),
    "PTY006": ("minor", "Nothing confirms {label}.", "Confirm it and enter when and by whom."),
    "PTY007": ("minor", "{label} is set aside without a reason.", "Write the reason."),
    "PTY008": ("obs", "All parties are on one side.", "Add the others too."),
    "PTY009": ("obs", "{label} has no representative.", "Enter who speaks for it."),
    "CTX001": ("minor", "The factor {record} has no entry.", "Enter at least one issue."),
    "CTX002": ("minor", "{record} is blank.", "Decide and say why."),
    "CTX003": ("obs", "{record} names no party.", "Enter whom it concerns."),
    "REQ001": ("major", "{label} has no requirement.", "Ask and enter at least one."),
    "REQ002": ("minor", "“{label}” is too vague.", "Write what has to be done."),
    "REQ003": ("minor", "“{label}” stands twice for a party.", "Keep one of the two rows."),
    "REQ004": ("minor", "“{label}” cites no source.", "Enter the law or the contract clause."),
    "REQ005": ("minor", "Nothing confirms “{label}”.", "Confirm it with the party."),
    "REQ006": ("major", "{label} applies, but nothing cites it.", "Enter what it requires."),
    "REQ007": ("minor", "{label} is undetermined or set aside without reason.", "Decide it."),
    "REQ008": ("major", "It is undecided whether “{label}” is addressed.", "Decide Yes or No."),
    "REQ009": ("minor", "“{label}” is refused without justification.", "Justify it."),
    "REQ010": ("minor", "{field} of {record} is blank.", "Score it, or name the risk."),
    "REQ011": ("major", "“{label}” is law, but not addressed.", "Address it."),
    "LNK001": ("major", "“{label}” has no link.", "Add a row on ISMS Links."),
    "LNK002": ("minor", "“{value}” is no control of Annex A.", "Enter A.5.1 to A.8.34 or ORG:…"),
    "LNK003": ("minor", "{record} is done, but {field} is blank.", "Enter {field}."),
    "LNK004": ("minor", "“{label}” is urgent, but only planned.", "Put a link into operation."),
    "LNK005": ("obs", "The evidence of {record} is old.", "Enter newer evidence."),
    "LNK006": ("obs", "{record} points to a refused requirement.", "Remove it, or address it."),
    "EVD001": ("major", "Nothing shows that step {record} took place.", "Enter the evidence."),
    "EVD002": ("obs", "The brainstorms lacked {value}.", "Hold one with them."),
    "EVD003": ("minor", "Step {record} is recorded too early.", "Confirm again."),
    "REV001": ("major", "No review is recorded.", "Review the register."),
    "REV002": ("major", "The last review is too old.", "Review the register."),
    "REV003": ("minor", "No next review is scheduled, or it is overdue.", "Schedule it."),
    "REV004": ("major", "Since “{record}” nothing was reviewed.", "Review what it changes."),
    "REV005": ("minor", "No management review in the period.", "Put it on the agenda."),
    "REV006": ("minor", "{label} came into force since the last review.", "Review it."),
    "REV007": ("obs", "{record} was not reviewed in the period.", "Look at it again."),
    "DOC001": ("major", "No version is recorded.", "Stamp one."),
    "DOC002": ("minor", "The latest version is not approved.", "Have it approved."),
    "DOC003": ("minor", "Version {record} is out of order.", "Restore the history."),
    "ACC001": ("minor", "The acceptance {record} has expired.", "Close the gap."),
    "ACC002": ("obs", "The acceptance {record} matches no gap.", "Remove it."),
}
WEIGHTS = {"major": 0, "minor": 1, "obs": 2}
FILLS = {
    "major": PatternFill("solid", start_color="F8CBAD"),
    "minor": PatternFill("solid", start_color="FFE699"),
    "obs": PatternFill("solid", start_color="DDEBF7"),
}


class Check:
    """One run of the script over one register."""

    def __init__(self, path: Path, as_of: date) -> None:
        self.path = path
        self.today = pd.Timestamp(as_of)
        self.gaps: list[dict[str, Any]] = []
        self.frames: dict[str, Any] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.control: dict[str, Any] = {}
        self.control_rows: dict[str, int] = {}

    # --- read -----------------------------------------------------------------------------

    def read(self) -> None:
        """Read all sheets in one go, texts stripped, wholly blank rows dropped."""
        wanted = ["Document Control", *SHEETS, "Versions"]
        with pd.ExcelFile(self.path, engine="openpyxl") as book:
            there = [name for name in wanted if name in book.sheet_names]
            frames = pd.read_excel(
                book, sheet_name=there, header=3, keep_default_na=False, na_values=[""]
            )
        for name in set(wanted) - set(there):
            self.add_one("DAT001", name, name)
        control = frames["Document Control"]
        self.control = dict(zip(control["Field"], control["Value"], strict=True))
        self.control_rows = {f: n for n, f in enumerate(control["Field"], start=FIRST_ROW)}
        self.versions = frames["Versions"].dropna(how="all")
        for sheet in SHEETS.values():
            frame = frames.get(sheet.name, pd.DataFrame())
            self.columns[sheet.name] = {
                str(heading): get_column_letter(number)
                for number, heading in enumerate(frame.columns, start=1)
            }
            self.frames[sheet.name] = self.tidy(sheet, frame)
        months: Any = self.control.get("Review period (months)")
        months = pd.to_numeric(months, errors="coerce")
        self.months = 12 if pd.isna(months) else int(months)

    def tidy(self, sheet: Sheet, frame: Any) -> Any:
        """Return a frame with an `id` column, all expected columns, and stripped texts."""
        references = [name.rstrip("*") for name, _ in sheet.references]
        texts = [*sheet.text_columns, *sheet.choices, *references]
        identifier = frame.columns[0] if len(frame.columns) else "ID"
        for heading in (*texts, *sheet.date_columns, *sheet.scores):
            if heading not in frame:
                self.add_one("DAT001", sheet.name, heading)
                frame[heading] = None
        frame = frame.dropna(
            how="all", subset=[identifier, *texts, *sheet.date_columns, *sheet.scores]
        ).copy()
        for heading in (identifier, *texts):
            frame[heading] = frame[heading].astype(object).fillna("").astype(str).str.strip()
        for heading, allowed in sheet.choices.items():
            words = {word.casefold(): word for word in allowed}
            frame[f"{heading} ok"] = frame[heading].str.casefold().map(words).fillna("")
        for heading in sheet.date_columns:
            column = frame[heading]
            if not pd.api.types.is_datetime64_any_dtype(column):
                column = column.where(column.map(lambda value: isinstance(value, datetime)))
            frame[f"{heading} ok"] = pd.to_datetime(column)
        for heading in sheet.scores:
            number = pd.to_numeric(frame[heading], errors="coerce")
            frame[f"{heading} ok"] = number.where(number.between(1, 5) & (number % 1 == 0))
        frame["id"] = frame[identifier].str.upper()
        frame["name"] = frame[identifier].where(
            frame[identifier] != "", "row " + (frame.index + FIRST_ROW).astype(str)
        )
        return frame

    # --- note -----------------------------------------------------------------------------

    def add(
        self,
        code: str,
        sheet: str,
        rows: Any,
        field: str = "",
        value: Any = None,
        near: Any = None,
    ) -> None:
        """Note a gap for each of the rows."""
        if not len(rows):
            return
        severity, message, remedy = RULES[code]
        labels = rows[LABELS[sheet]] if sheet in LABELS else rows["name"]
        values = rows[field].astype(str) if value is None and field else value
        column = self.columns[sheet].get(field, "A") if field else "A"
        for position, (index, name, label) in enumerate(
            zip(rows.index, rows["name"], labels, strict=True)
        ):
            facts = {
                "record": name,
                "field": field,
                "label": label if len(label) <= 80 else label[:77] + "…",
                "value": values.iloc[position] if values is not None else "",
                "near": near.iloc[position] if near is not None else "",
            }
            self.gaps.append(
                {
                    "severity": severity,
                    "code": code,
                    "sheet": sheet,
                    "record": name,
                    "field": field,
                    "row": index + FIRST_ROW,
                    "cell": f"{column}{index + FIRST_ROW}",
                    "message": message.format(**facts),
                    "remedy": remedy.format(**facts),
                }
            )

    def add_one(
        self, code: str, sheet: str, record: str = "Register", field: str = "", value: str = ""
    ) -> None:
        """Note a gap that is about no row."""
        severity, message, remedy = RULES[code]
        row = self.control_rows.get(field, 0) if sheet == "Document Control" else 0
        facts = {"record": record, "field": field, "label": record, "value": value, "near": ""}
        self.gaps.append(
            {
                "severity": severity,
                "code": code,
                "sheet": sheet,
                "record": record,
                "field": "Value" if row else field,
                "row": row,
                "cell": f"B{row}" if row else "",
                "message": message.format(**facts),
                "remedy": remedy.format(**facts),
            }
        )

    # --- check ----------------------------------------------------------------------------

    def check(self) -> None:
        """Check everything."""
        for sheet in SHEETS.values():
            self.check_shape(sheet)
        self.check_control()
        self.check_parties()
        self.check_context()
        self.check_requirements()
        self.check_decisions()
        self.check_links()
        self.check_evidence()
        self.check_reviews()
        self.check_versions()
        self.check_acceptances()

    def check_shape(self, sheet: Sheet) -> None:
        """DAT rules of one sheet."""
        frame = self.frames[sheet.name]
        name = sheet.name
        identifier = frame.columns[0]
        self.add("DAT002", name, frame[frame["id"] == ""], identifier)
        wrong = ~frame["id"].str.fullmatch(rf"{sheet.prefix}-\d{{3,}}") | frame["id"].duplicated()
        self.add("DAT006", name, frame[wrong & (frame["id"] != "")], identifier)
        needed = [*sheet.mandatory, *(n.rstrip("*") for n, _ in sheet.references if n[-1] == "*")]
        for heading in needed:
            blank = frame[heading].isna() | (frame[heading] == "")
            if heading == "Why relevant":
                blank &= frame["Relevant to ISMS ok"] != "No"
            self.add("DAT002", name, frame[blank], heading)
        for heading, allowed in sheet.choices.items():
            rows = frame[(frame[heading] != "") & (frame[f"{heading} ok"] == "")]
            near = rows[heading].map(
                lambda word, allowed=allowed: next(
                    iter(get_close_matches(word, allowed)), "another"
                )
            )
            self.add("DAT003", name, rows, heading, near=near)
        for heading in (*sheet.date_columns, *sheet.scores):
            filled = frame[heading].notna() & (frame[heading].astype(str).str.strip() != "")
            self.add("DAT004", name, frame[filled & frame[f"{heading} ok"].isna()], heading)
        for heading in sheet.date_columns:
            if heading not in PLANNED_DATES:
                late = frame[f"{heading} ok"].dt.normalize() > self.today
                self.add("DAT008", name, frame[late], heading)
        for heading, must in sheet.text_columns.items():
            if must:
                self.add("DAT009", name, frame[is_placeholder(frame[heading])], heading)
        for heading, target in sheet.references:
            heading = heading.rstrip("*")
            named = split(frame[heading])
            unknown = named[~named.isin(self.frames[target]["id"])].groupby(level=0).agg(", ".join)
            self.add("DAT007", name, frame.loc[unknown.index], heading, value=unknown)
        if name == "Evidence Log":
            function = frame["Functions"].str.split(SPLIT, regex=True).explode().str.strip()
            known = function.str.casefold().isin([word.casefold() for word in FUNCTIONS])
            bad = function[(function != "") & ~known].index.unique()
            self.add("DAT003", name, frame.loc[bad], "Functions")

    def check_control(self) -> None:
        """DAT and CTX002 on Document Control."""
        sheet = "Document Control"
        for field in (*CONTROL_FIELDS, "Next review due"):
            value = self.control.get(field)
            if pd.isna(value) or not str(value).strip():
                code = "CTX002" if field.startswith("Climate") else "DAT002"
                self.add_one(code, sheet, field, field)
            elif field in CONTROL_FIELDS and is_placeholder(pd.Series([str(value).strip()]))[0]:
                self.add_one("DAT009", sheet, field, field)
        due = self.control.get("Next review due")
        if not pd.isna(due) and not isinstance(due, datetime):
            self.add_one("DAT004", sheet, "Next review due", "Next review due", str(due))
        months = self.control.get("Review period (months)")
        if not pd.isna(months) and not float(pd.to_numeric(months, errors="coerce")) >= 1:
            self.add_one("DAT004", sheet, "Review period (months)", "", str(months))
        field = "Climate change determined to be relevant"
        climate = self.control.get(field)
        if pd.isna(climate) or not str(climate).strip():
            self.add_one("CTX002", sheet, field, field)
        elif str(climate).strip().casefold() not in ("yes", "no"):
            self.add_one("DAT003", sheet, field, field, str(climate))

    def check_parties(self) -> None:
        """PTY rules."""
        sheet = "Interested Parties"
        parties = self.frames[sheet]
        if not len(parties):
            self.add_one("PTY001", sheet)
            return
        kind, relevant = parties["Party type ok"], parties["Relevant to ISMS ok"]
        why_blank = parties["Why relevant"] == ""
        considered = set(kind[(relevant != "No") | ~why_blank])
        for missing in (word for word in TYPES if word not in considered):
            self.add_one("PTY002", sheet, missing)
        name = plain(parties["Name"].str.replace(r"(?<=\b\w)\.", "", regex=True))
        key = name.str.replace(LEGAL_FORM, "", regex=True).str.split().str.join(" ")
        key = key.where(key != "", name)
        real = key[(key != "") & ~is_placeholder(parties["Name"])]
        self.add("PTY003", sheet, parties.loc[real[real.duplicated()].index], "Name")
        types = plain(pd.Series([word for word in TYPES if word not in GROUPS])).str.rstrip("s")
        bare = name.str.replace(
            r"^(?:the|our|all our|all|other|various|any|key)\s+", "", regex=True
        )
        is_yes = relevant == "Yes"
        generic = is_yes & ~kind.isin(GROUPS) & bare.str.rstrip("s").isin(types)
        self.add("PTY004", sheet, parties[generic], "Name")
        for score in ("Power", "Interest"):
            self.add("PTY005", sheet, parties[is_yes & parties[score].isna()], score)
        unconfirmed = (parties["Confirmed on"].isna()) | (parties["Confirmed by"] == "")
        asked = is_yes & (kind != "") & ~kind.isin(UNASKED)
        self.add("PTY006", sheet, parties[asked & unconfirmed], "Confirmed on")
        self.add("PTY007", sheet, parties[(relevant == "No") & why_blank], "Why relevant")
        sides = parties["Internal/External ok"].unique()
        if len(sides) == 1 and sides[0]:
            self.add_one("PTY008", sheet)
        close = (parties["Power ok"] >= 4) & (parties["Interest ok"] >= 4)
        mute = close & (parties["Representative"] == "")
        self.add("PTY009", sheet, parties[mute], "Representative")

    def check_context(self) -> None:
        """CTX001 and CTX003."""
        pestle = self.frames["PESTLE"]
        for factor in FACTORS:
            if factor not in set(pestle["Factor ok"]):
                self.add_one("CTX001", "PESTLE", factor)
        self.add("CTX003", "PESTLE", pestle[pestle["Party ID"] == ""], "Party ID")

    def check_requirements(self) -> None:
        """REQ001 to REQ007."""
        sheet = "Requirements"
        frame, parties = self.frames[sheet], self.frames["Interested Parties"]
        obligations = self.frames["Obligations"]
        named = split(frame["Party ID"])
        first = first_of_each(parties)
        lonely = (first["Relevant to ISMS ok"] == "Yes") & ~first["id"].isin(named)
        self.add("REQ001", "Interested Parties", first[lonely])
        text = frame["Requirement"]
        vague = (text != "") & (text.str.count(WORD) < 3) & ~is_placeholder(text)
        self.add("REQ002", sheet, frame[vague], "Requirement")
        pairs = pd.DataFrame({"party": named[named.isin(first["id"])]})
        pairs["text"] = plain(text[~is_placeholder(text)])
        pairs = pairs[pairs["text"].fillna("") != ""].reset_index().drop_duplicates()
        twice = pairs.loc[pairs.duplicated(["party", "text"]), "index"].unique()
        self.add("REQ003", sheet, frame.loc[twice], "Requirement")
        kind = frame["Requirement type ok"]
        sourceless = (frame["Obligation ID"] == "") & (frame["Source reference"] == "")
        cited = kind.isin([*LAW, "Contractual"])
        self.add("REQ004", sheet, frame[cited & sourceless], "Source reference")
        party_kind = named.map(first.set_index("id")["Party type ok"]).fillna("")
        asked = (party_kind != "") & ~party_kind.isin(UNASKED)
        asked_rows = frame.index.isin(asked[asked].index)
        unconfirmed = frame["Confirmed on"].isna() | (frame["Confirmed by"] == "")
        open_kind = (kind != "") & ~kind.isin(LAW)
        self.add("REQ005", sheet, frame[open_kind & unconfirmed & asked_rows], "Confirmed on")
        first = first_of_each(obligations)
        uncited = (first["Applies ok"] == "Yes") & ~first["id"].isin(split(frame["Obligation ID"]))
        self.add("REQ006", "Obligations", first[uncited])
        applies = obligations["Applies ok"]
        refused = (applies == "No") & (obligations["Rationale"] == "")
        open_law = obligations[(applies == "To be determined") | refused]
        self.add("REQ007", "Obligations", open_law, "Applies")

    def check_decisions(self) -> None:
        """REQ008 to REQ011."""
        sheet = "Requirements"
        frame = self.frames[sheet]
        addressed = frame["Addressed by ISMS ok"]
        undecided = frame[frame["Addressed by ISMS"] == ""]
        self.add("REQ008", sheet, undecided, "Addressed by ISMS")
        unjustified = (addressed == "No") & (frame["Justification"] == "")
        self.add("REQ009", sheet, frame[unjustified], "Justification")
        for score in ("Likelihood", "Impact"):
            self.add("REQ010", sheet, frame[(addressed == "Yes") & frame[score].isna()], score)
        frame["risk"] = frame["Likelihood ok"] * frame["Impact ok"]
        unnamed = (addressed == "Yes") & (frame["risk"] >= 10) & (frame["Risk reference"] == "")
        self.add("REQ010", sheet, frame[unnamed], "Risk reference")
        refused_law = (addressed == "No") & frame["Requirement type ok"].isin(LAW)
        self.add("REQ011", sheet, frame[refused_law], "Addressed by ISMS")

    def check_links(self) -> None:
        """LNK rules."""
        sheet = "ISMS Links"
        links = self.frames[sheet]
        requirements = first_of_each(self.frames["Requirements"])
        addressed = requirements["Addressed by ISMS ok"]
        named = split(links["Requirement ID"])
        unlinked = (addressed == "Yes") & ~requirements["id"].isin(named)
        self.add("LNK001", "Requirements", requirements[unlinked])
        reference = links["Reference"]
        controls = reference[(links["Link type ok"] == "Control") & ~is_placeholder(reference)]
        controls = controls[(controls != "") & ~is_control(controls)]
        parts = controls.str.split(SPLIT, regex=True).explode().str.strip()
        bad = parts[(parts != "") & ~is_control(parts)]
        self.add("LNK002", sheet, links.loc[bad.index], "Reference", value=bad)
        done = links["Status ok"].isin(["Implemented", "Verified"])
        self.add("LNK003", sheet, links[done & (links["Evidence"] == "")], "Evidence")
        self.add("LNK003", sheet, links[done & links["Evidence date"].isna()], "Evidence date")
        planned = (links["Status ok"] == "Planned").reindex(named.index)
        only_planned = planned.groupby(named.to_numpy()).all()
        urgent = requirements[(requirements["risk"] >= 10) & (addressed != "No")]
        waiting = urgent["id"].isin(only_planned[only_planned].index)
        self.add("LNK004", "Requirements", urgent[waiting])
        old = self.is_old(links["Evidence date ok"])
        self.add("LNK005", sheet, links[old], "Evidence date")
        refused = named.isin(requirements.loc[addressed == "No", "id"])
        rows = links.loc[refused[refused].index.unique()]
        self.add("LNK006", sheet, rows, "Requirement ID")

    def check_evidence(self) -> None:
        """EVD001 to EVD003."""
        sheet = "Evidence Log"
        log = self.frames[sheet]
        for step in STEPS:
            if step not in set(log["Step ok"]):
                self.add_one("EVD001", sheet, step)
        functions = log.loc[log["Step ok"] == STEPS[1], "Functions"]
        if len(functions):
            present = set(functions.str.split(SPLIT, regex=True).explode().str.strip())
            missing = [word for word in FUNCTIONS[:5] if word not in present]
            if missing:
                self.add_one("EVD002", sheet, value=", ".join(missing))
        for earlier, later in ((STEPS[2], STEPS[3]), (STEPS[4], STEPS[5])):
            begun = log.loc[log["Step ok"] == earlier, "Date ok"].min()
            confirmed = log.loc[log["Step ok"] == later, "Date ok"].max()
            if confirmed < begun:
                self.add_one("EVD003", sheet, later)

    def check_reviews(self) -> None:
        """REV rules."""
        sheet = "Reviews"
        reviews, events = self.frames[sheet], self.frames["Trigger Events"]
        obligations = self.frames["Obligations"]
        if not len(reviews):
            self.add_one("REV001", sheet)
        held = reviews[reviews["Date ok"] <= self.today].sort_values("Date ok", kind="stable")
        latest = held["Date ok"].max()
        due = self.control.get("Next review due")
        if len(held):
            last = held.tail(1)
            self.add("REV002", sheet, last[self.is_old(last["Date ok"])], "Date")
            last_due = held["Next review due"].iloc[-1]
            due = due if pd.isna(last_due) else last_due
        if pd.isna(due) or (isinstance(due, datetime) and pd.Timestamp(due) < self.today):
            self.add_one("REV003", sheet)
        since = events["Date ok"] <= self.today
        if len(held):
            since &= events["Date ok"] > latest
        self.add("REV004", "Trigger Events", events[since])
        management = held["Kind ok"] == "Management review"
        if not (management & ~self.is_old(held["Date ok"])).any():
            self.add_one("REV005", sheet)
        if len(held):
            start = obligations["Applies from ok"]
            fresh = (obligations["Applies ok"] != "No") & (start > latest) & (start <= self.today)
            self.add("REV006", "Obligations", obligations[fresh], "Applies from")
        for name in ("Interested Parties", "Requirements"):
            frame = self.frames[name]
            old = frame["Last reviewed"].isna() | self.is_old(frame["Last reviewed ok"])
            self.add("REV007", name, frame[old], "Last reviewed")

    def check_versions(self) -> None:
        """DOC001 to DOC003."""
        versions = self.versions
        if not len(versions):
            self.add_one("DOC001", "Versions")
            return
        latest = versions.iloc[-1]
        for heading in ("Approved by", "Approved on"):
            if pd.isna(latest[heading]):
                self.add_one("DOC002", "Versions", str(latest["Version"]), heading)
        numbers = [tuple(map(int, str(v).split("."))) for v in versions["Version"]]
        days = list(versions["Date"])
        for at in range(1, len(numbers)):
            if numbers[at] <= numbers[at - 1] or days[at] < days[at - 1]:
                self.add_one("DOC003", "Versions", str(versions["Version"].iloc[at]))

    def check_acceptances(self) -> None:
        """ACC rules, and the mark of accepted gaps."""
        sheet = "Accepted Gaps"
        accepted = self.frames[sheet]
        expired = accepted["Expires on ok"] < self.today
        self.add("ACC001", sheet, accepted[expired], "Expires on")
        texts = ["Rule", "Record", "Reason", "Approved by"]
        complete = (accepted[texts] != "").all(axis=1) & accepted["Approved on ok"].notna()
        complete &= accepted["Expires on ok"].notna() & (accepted["id"] != "")
        rows = accepted[complete & ~expired]
        gaps = {(gap["code"], gap["record"].casefold()) for gap in self.gaps}
        keys = list(zip(rows["Rule"].str.upper(), rows["Record"].str.casefold(), strict=True))
        idle = [code in NEVER_ACCEPTED or (code, record) not in gaps for code, record in keys]
        self.add("ACC002", sheet, rows[pd.Series(idle, index=rows.index, dtype=bool)])
        approved = rows["Approved on ok"] <= self.today
        names = {
            key: name for key, name, ok in zip(keys, rows["name"], approved, strict=True) if ok
        }
        for gap in self.gaps:
            gap["accepted"] = (
                ""
                if gap["code"] in NEVER_ACCEPTED
                else names.get((gap["code"], gap["record"].casefold()), "")
            )

    def is_old(self, days: Any) -> Any:
        """Return which days lie more than the review period back."""
        return days.dt.normalize() + pd.DateOffset(months=self.months) < self.today

    # --- write ----------------------------------------------------------------------------

    def write(self, output: Path) -> None:
        """Fill the Gaps sheet, highlight the cells, save."""
        order = {name: number for number, name in enumerate(["Document Control", *SHEETS])}
        self.gaps.sort(
            key=lambda gap: (WEIGHTS[gap["severity"]], order.get(gap["sheet"], 99), gap["row"])
        )
        book = openpyxl.load_workbook(self.path)
        sheet = book["Gaps"]
        if sheet.max_row >= FIRST_ROW:
            sheet.delete_rows(FIRST_ROW, sheet.max_row - FIRST_ROW + 1)
        link = Font(color="1B5FAA", underline="single")
        for number, gap in enumerate(self.gaps, start=1):
            row = FIRST_ROW + number - 1
            values = (
                number,
                gap["severity"],
                gap["code"],
                gap["sheet"],
                gap["record"],
                gap["field"],
                gap["cell"],
                gap["message"],
                gap["remedy"],
                "",
                gap["accepted"],
                self.today.to_pydatetime(),
            )
            for column, value in enumerate(values, start=1):
                sheet.cell(row, column, value)
            if gap["cell"]:
                cell = sheet.cell(row, 7)
                cell.hyperlink = f"#'{gap['sheet']}'!{gap['cell']}"
                cell.font = link
                if not gap["accepted"]:
                    book[gap["sheet"]][gap["cell"]].fill = FILLS[gap["severity"]]
        last = FIRST_ROW + max(len(self.gaps), 1) - 1
        sheet.tables["Gaps"].ref = f"A{FIRST_ROW - 1}:L{last}"
        if sheet.tables["Gaps"].autoFilter is not None:
            sheet.tables["Gaps"].autoFilter.ref = sheet.tables["Gaps"].ref
        book.save(output)


def split(column: Any) -> Any:
    """Return the identifiers of a column in capitals, one a row, blanks left out."""
    parts = column.str.upper().str.split(SPLIT, regex=True).explode().str.strip()
    return parts[parts != ""]


def plain(column: Any) -> Any:
    """Return texts without accents, punctuation and case."""
    ascii_only = column.str.normalize("NFKD").str.encode("ascii", "ignore").str.decode("ascii")
    return ascii_only.str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()


def first_of_each(frame: Any) -> Any:
    """Return the first row of each identifier."""
    return frame[frame["id"] != ""].drop_duplicates("id")


def is_placeholder(column: Any) -> Any:
    """Return which texts only keep the place of content."""
    return column.str.fullmatch(PLACEHOLDER, case=False)


def is_control(column: Any) -> Any:
    """Return which references are controls of Annex A or of the organisation's own."""
    number = column.str.extract(rf"^{CONTROL}$", expand=False)
    return number.isin(ANNEX_A) | column.str.fullmatch(r"ORG:\s*\S.*", case=False)


def run(path: Path, output: Path, as_of: date) -> Counter[str]:
    """Do the whole job; return the number of gaps by rule."""
    script = Check(path, as_of)
    script.read()
    script.check()
    script.write(output)
    return Counter(gap["code"] for gap in script.gaps)


def main(arguments: Iterable[str]) -> None:
    """Run the script from the command line."""
    path, output, as_of = arguments
    found = run(Path(path), Path(output), date.fromisoformat(as_of))
    print(json.dumps(found, sort_keys=True))


if __name__ == "__main__":
    main(sys.argv[1:])
