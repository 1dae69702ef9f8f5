"""EVD: evidence that it happened, 7.5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import PurePosixPath, PureWindowsPath

from isms_xl.catalogue import Circumstances, Hit, rule
from isms_xl.contract import BRAINSTORM_FUNCTIONS, EVIDENCE_LOG, ISMS_LINKS, STEPS
from isms_xl.finding import Basis, Severity
from isms_xl.register import Record, Register

_SHEET = EVIDENCE_LOG.sheet
_FILE_NAME = re.compile(r"[^<>:\"|?*\x00-\x1f]+\.[A-Za-z][A-Za-z0-9]{1,4}")
_MANY = re.compile(r"[;\n\r]+")


def relative_files(text: str) -> tuple[str, ...]:
    """Return the relative file names a cell holds; web addresses and absolute paths are none."""
    found = []
    for part in map(str.strip, _MANY.split(text)):
        if not _FILE_NAME.fullmatch(part):
            continue
        absolute = PureWindowsPath(part).anchor or PurePosixPath(part).is_absolute()
        if not absolute:
            found.append(part)
    return tuple(found)


@rule(
    "EVD001",
    Severity.MAJOR,
    Basis.PRACTICE,
    "7.5.1 b)",
    sheet=_SHEET,
    title="One of the seven steps has no evidence record",
    message="Nothing shows that step {record} took place.",
    remedy="Enter on the Evidence Log when it took place, who took part and where the record is; "
    "or carry it out now.",
    needs=("EvidenceLog", "EvidenceLog/Step"),
    checklist=("A1", "A2", "A3", "A4"),
)
def step_without_evidence(register: Register, on: Circumstances) -> Iterator[Hit]:
    """“No evidence that it happened” is the first of the three classic failures."""
    recorded = set(register["EvidenceLog"].values["Step"])
    for step in STEPS:
        if step not in recorded:
            yield Hit(subject=step)


@rule(
    "EVD002",
    Severity.OBS,
    Basis.PRACTICE,
    "4.2 a)",
    sheet=_SHEET,
    title="No brainstorm brought the five functions together",
    message="The brainstorms on record were held without {missing}.",
    remedy="Hold a brainstorm with {missing}, or add them under Functions if they did take part.",
    needs=("EvidenceLog", "EvidenceLog/Step"),
    checklist=("A2", "F1"),
)
def one_sided_brainstorm(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Each function meets other parties: who is not in the room has parties nobody thinks of."""
    brainstorms = [e for e in register["EvidenceLog"] if e["Step"] == STEPS[1]]
    present = {function for entry in brainstorms for function in entry.many("Functions")}
    missing = tuple(f for f in BRAINSTORM_FUNCTIONS if f not in present)
    if brainstorms and missing:
        yield Hit(facts={"missing": missing})


@rule(
    "EVD003",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.1 b)",
    sheet=_SHEET,
    title="Steps are recorded out of order",
    message="Step {record} is recorded only before step {earlier}, on {last}.",
    remedy="Confirm again now that step {earlier} is done and record it, or correct the dates.",
    needs=("EvidenceLog", "EvidenceLog/Step", "EvidenceLog/Date"),
    checklist=("A2", "A3"),
)
def steps_out_of_order(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What was confirmed before it was written down was not what was confirmed."""
    for earlier, later in ((STEPS[2], STEPS[3]), (STEPS[4], STEPS[5])):
        begun = _dates(register, earlier)
        confirmed = _dates(register, later)
        if begun and confirmed and max(confirmed) < min(begun):
            yield Hit(subject=later, facts={"earlier": earlier, "last": max(confirmed)})


def _dates(register: Register, step: str) -> list[date]:
    entries = (entry for entry in register["EvidenceLog"] if entry["Step"] == step)
    return [day for entry in entries if (day := entry.date("Date")) is not None]


@rule(
    "EVD004",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet=_SHEET,
    title="A record names a file that does not exist",
    message="The file {file} named {of} does not exist beside the workbook.",
    remedy="Put the file there, or correct its name; folders are counted from the workbook's own.",
    needs=(),
    checklist=("A4",),
)
def missing_file(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Evidence that cannot be opened in the audit is no evidence. Asked for with --check-files."""
    if on.file_exists is None:
        return
    for table, heading in ((EVIDENCE_LOG, "Record"), (ISMS_LINKS, "Evidence")):
        for record in register[table.name]:
            yield from _missing_files(record, heading, on)


def _missing_files(record: Record, heading: str, on: Circumstances) -> Iterator[Hit]:
    exists = on.file_exists
    for name in relative_files(record.text(heading)):
        if exists is not None and not exists(name):
            yield Hit(record, heading, {"file": name})
