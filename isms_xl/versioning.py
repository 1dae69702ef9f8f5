"""Stamp a register file with a new version."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from isms_xl.books.file import FileBook
from isms_xl.stamping import Stamp, next_stamp


def stamp(
    path: Path,
    *,
    on: date,
    author: str,
    summary: str,
    bump: str = "",
    approved_by: str = "",
    approved_on: date | None = None,
) -> Stamp | None:
    """Record a register's present content as a new version, in the workbook itself.

    Args:
        path: The register workbook.
        on: Date of the version.
        author: The role that stamps it.
        summary: What changed, in the author's own words.
        bump: `major` or `minor`; empty to let the changes decide.
        approved_by: The role that approved it, if any.
        approved_on: When.

    Returns:
        The version, or None when nothing changed since the last one and nothing was written.

    Raises:
        UnreadableWorkbookError: The workbook cannot be read.
        ContractError: The version cannot follow the recorded ones.
        WriteRefusedError: The workbook could not be written; it is as it was.
    """
    book = FileBook.open(path)
    made = next_stamp(
        book.tables(),
        on=on,
        author=author,
        summary=summary,
        bump=bump,
        approved_by=approved_by,
        approved_on=approved_on,
    )
    if made is not None:
        book.apply(made.changes)
        book.save()
    return made
