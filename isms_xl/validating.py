"""The main job on one file: read, check, write back. Both front ends and the demo call it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from isms_xl.books.file import FileBook
from isms_xl.changes import changes_of
from isms_xl.checking import Report, check
from isms_xl.document_state import state_of
from isms_xl.finding import Finding
from isms_xl.register import Register

_UNPRINTABLE = re.compile("[\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Validation:
    """A register that was checked, and where it was written, if anywhere.

    Attributes:
        path: The register.
        report: What the rules found.
        written: The workbook with the gaps in it; None when nothing was to be written.
        rebuilt: Sheets of the tool's that were made anew, as others had rearranged them.
        is_strict: Whether the register is Strict Open XML.
    """

    path: Path
    report: Report
    written: Path | None
    rebuilt: tuple[str, ...] = ()
    is_strict: bool = False


def validate(
    path: Path,
    as_of: date,
    *,
    write_back: bool = False,
    output: Path | None = None,
    check_files: bool = False,
) -> Validation:
    """Check a register and, when asked, write its gaps into it or into a copy.

    Args:
        path: The register workbook.
        as_of: The day that counts as today.
        write_back: Replace the workbook's tool sheets in place.
        output: Write a copy here instead; the register itself stays as it is.
        check_files: Look whether files named as evidence exist beside the workbook.

    Raises:
        UnreadableWorkbookError: The workbook cannot be read.
        WriteRefusedError: It could not be written; it is as it was.
    """
    book = FileBook.open(path)
    exists = exists_beside(book.path) if check_files else None
    report = check(Register(book.tables()), as_of, exists)
    if output is not None or write_back:
        book.apply(changes_of(report))
        if output is not None:
            book.save_as(output)
        else:
            book.save()
    written = output if output is not None else path if write_back else None
    return Validation(path, report, written, book.rebuilt, book.is_strict)


def exists_beside(workbook: Path) -> Callable[[str], bool]:
    """Return a test whether a relative file, as typed on any system, exists beside a workbook."""
    folder = workbook.parent

    def exists(name: str) -> bool:
        try:
            return folder.joinpath(*name.replace("\\", "/").split("/")).exists()
        except (OSError, ValueError):
            return False

    return exists


def finding_json(finding: Finding) -> dict[str, object]:
    """Return a finding as the JSON that scripts rely on."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "basis": finding.basis.value,
        "clause": finding.clause,
        "sheet": finding.sheet,
        "record": finding.record,
        "field": finding.field,
        "cell": finding.cell,
        "message": finding.message,
        "remedy": finding.remedy,
        "accepted": not finding.is_open,
    }


def as_json(validation: Validation) -> dict[str, object]:
    """Return a validation as the JSON that scripts rely on."""
    report = validation.report
    register = report.register
    state = state_of(register, report.as_of)
    return {
        "schema": 1,
        "file": str(validation.path),
        "organisation": register.field_text("Organisation"),
        "business_unit": register.field_text("Business unit"),
        "version": state.version,
        "as_of": report.as_of.isoformat(),
        "summary": {
            **{severity.value: count for severity, count in report.open_by_severity.items()},
            "accepted": report.accepted,
        },
        "findings": [finding_json(finding) for finding in report.findings],
        "failed_rules": [{"code": f.code, "error": f.error} for f in report.failed_rules],
        "rebuilt": list(validation.rebuilt),
        "state": state.state.value,
    }


def json_text(document: object) -> str:
    """Return a document as JSON that a terminal can show: what could command one is escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
