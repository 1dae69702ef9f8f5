"""Write the audit copy of a register file, and verify one against a register."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from isms_xl.audit_copy import AuditCopy, build_audit_copy
from isms_xl.audit_copy.properties import read_properties
from isms_xl.audit_copy.verifying import Verification
from isms_xl.audit_copy.verifying import verify as verify_books
from isms_xl.books.file import FileBook
from isms_xl.books.package import Package
from isms_xl.books.saving import output_place, read_file, refuse_existing, write_file
from isms_xl.checking import Report, check
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.printing import as_pdf
from isms_xl.register import Register

_NO_VERSION = "unversioned"


@dataclass(frozen=True, slots=True)
class Written:
    """An audit copy that was written.

    Attributes:
        copy: The copy.
        path: Where the workbook is.
        pdf: Where the PDF is; None where none was asked for.
    """

    copy: AuditCopy
    path: Path
    pdf: Path | None


def write_audit_copy(
    path: Path,
    as_of: date,
    *,
    output: Path | None = None,
    pdf: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write the audit copy of a register, and its PDF when asked.

    Args:
        path: The register workbook.
        as_of: The day that counts as today.
        output: Where to write it; by default beside the register, with its version in the name.
        pdf: Write a PDF of the same name, too.
        overwrite: Replace another audit copy of that name, which may have been handed out; any other
            file is never replaced.

    Raises:
        UnreadableWorkbookError: The register cannot be read.
        WriteRefusedError: Something could not be written. When only the PDF could not be made, the
            workbook is there.
    """
    report = check(Register(FileBook.open(path).tables()), as_of)
    return copy_of_report(report, path, output=output, pdf=pdf, overwrite=overwrite)


def copy_of_report(
    report: Report,
    path: Path,
    *,
    output: Path | None = None,
    pdf: bool = False,
    overwrite: bool = False,
) -> Written:
    """Write the audit copy of a register that was checked already, open or closed.

    Args:
        report: What the rules found.
        path: The register workbook; not read.
        output: Where to write it, see `write_audit_copy`.
        pdf: Write a PDF of the same name, too.
        overwrite: Replace another audit copy of that name, see `write_audit_copy`.

    Raises:
        WriteRefusedError: Something could not be written. When only the PDF could not be made, the
            workbook is there.
    """
    copy = build_audit_copy(report)
    target = output or path.with_name(_name(path, copy.identity.state.in_file_name))
    if target.suffix.lower() != ".xlsx":
        raise WriteRefusedError(
            f"{target.name} does not end in .xlsx.",
            "Give the audit copy a name that ends in .xlsx; --pdf writes a PDF beside it.",
        )
    printed = target.with_suffix(".pdf") if pdf else None
    is_same = _refuse_other_files(target, copy.data, overwrite=overwrite)
    if printed is not None and not (is_same or overwrite):
        refuse_existing(printed, _OVERWRITE)
    if not is_same:
        write_file(target, copy.data)
    if printed is not None:
        write_file(printed, as_pdf(copy.data))
    return Written(copy, target, printed)


def _name(register: Path, version: str) -> str:
    """Return the name of a register's audit copy; every version and state has one of its own."""
    safe = re.sub(r"[^0-9A-Za-z.-]", "", version).strip(".") or _NO_VERSION
    return f"{register.stem}-audit-copy-{safe}.xlsx"


_OVERWRITE = "Choose another name with --output, or say --overwrite if nobody has that one."


def _refuse_other_files(target: Path, data: bytes, *, overwrite: bool) -> bool:
    """Return whether this very copy is there already; refuse to replace another file.

    A copy may have been handed out or printed: once it is replaced, paper and file differ.
    """
    place = output_place(target)
    if not place.is_file():
        return False
    there = read_file(place).data
    if there == data:
        return True
    try:
        earlier = read_properties(Package(there))
    except UnreadableWorkbookError:
        earlier = None
    if earlier is None:
        raise WriteRefusedError(
            f"{target} already exists and is no audit copy.",
            "Choose another name with --output, or move the file away first.",
        )
    if not overwrite:
        raise WriteRefusedError(
            f"{target} already exists: an audit copy of another state, which may have been handed out.",
            _OVERWRITE,
        )
    return False


def verify(copy: Path, register: Path) -> Verification:
    """Tell whether an audit copy and a register belong together.

    Raises:
        UnreadableWorkbookError: One of them cannot be read, or the first is no audit copy.
    """
    return verify_books(read_file(copy).data, FileBook.open(register))
