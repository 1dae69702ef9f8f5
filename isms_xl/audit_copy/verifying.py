"""Tell whether an audit copy and a register belong together and, if not, what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from isms_xl import __version__
from isms_xl.audit_copy.building import build_audit_copy
from isms_xl.audit_copy.front_pages import COPY_DIGEST
from isms_xl.audit_copy.properties import Properties, read_properties, shortened_digest
from isms_xl.books.file import FileBook
from isms_xl.books.grids import read_values
from isms_xl.books.package import Package
from isms_xl.books.workbook import Workbook
from isms_xl.checking import check
from isms_xl.digest import cell_line, copy_digest, sheet_digest
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.pages import COVER
from isms_xl.register import Register
from isms_xl.versions import content_digest, history

_BETWEEN = " | "

Lines = Mapping[str, Sequence[str]]
"""Cells of a copy as they are digested, by sheet."""


class Verdict(StrEnum):
    """Whether a copy and a register belong together."""

    SAME = "the same state"
    SAME_CONTENT = "the same content"
    OTHER = "another content, or a changed copy"


@dataclass(frozen=True, slots=True)
class SheetDifference:
    """Rows that stand on one sheet of a copy, but not on that of another.

    Attributes:
        sheet: The sheet.
        copy_only: Rows of the copy.
        register_only: Rows that the register gives instead.
    """

    sheet: str
    copy_only: tuple[str, ...]
    register_only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about a copy and a register.

    Attributes:
        properties: What the copy says about itself.
        changed_sheets: Sheets of the copy whose cells are not those that were written.
        register_digest: Content digest of the register as it is now.
        register_version: Its latest version; empty where none was stamped.
        recorded_as: The version under which the register's history records the copy's content.
        differences: What a copy made now, as of the copy's day, would say otherwise; None where it
            was made by another version of isms-xl and cannot be made again.
        calculated: Number of the register's typed cells that hold a formula.
    """

    properties: Properties
    changed_sheets: tuple[str, ...]
    register_digest: str
    register_version: str
    recorded_as: str
    differences: tuple[SheetDifference, ...] | None
    calculated: int

    @property
    def is_intact(self) -> bool:
        """Whether the copy says what it said when it was made."""
        return not self.changed_sheets

    @property
    def same_content(self) -> bool:
        """Whether the register's content is what the copy was made of."""
        return self.register_digest == self.properties.register_digest

    @property
    def verdict(self) -> Verdict:
        """Whether they belong together.

        With the same content they do, whatever was added around it since: an approval, or what newer
        rules find.
        """
        if not (self.is_intact and self.same_content):
            return Verdict.OTHER
        return Verdict.SAME_CONTENT if self.differences else Verdict.SAME


def verify(copy: bytes, register: FileBook) -> Verification:
    """Compare an audit copy with a register.

    Args:
        copy: The copy's bytes.
        register: The register.

    Raises:
        UnreadableWorkbookError: The copy is no audit copy, or cannot be read.
    """
    package = Package(copy)
    properties = read_properties(package)
    if properties is None:
        raise UnreadableWorkbookError(
            "The first file is no audit copy.",
            "Name the audit copy first and the register second.",
        )
    lines = _lines(Workbook(package))
    tables = register.tables()
    report = check(Register(tables), properties.as_of)
    versions = history(report.register)
    differences = None
    if properties.made_by == __version__:
        differences = _differences(lines, build_audit_copy(report).lines)
    return Verification(
        properties=properties,
        changed_sheets=_changed(lines, properties),
        register_digest=content_digest(report.register),
        register_version=versions[-1].name if versions else "",
        recorded_as=next(
            (
                version.name
                for version in versions
                if version.text("Content digest").lower() == properties.register_digest
            ),
            "",
        ),
        differences=differences,
        calculated=report.register.calculated,
    )


def _lines(workbook: Workbook) -> dict[str, list[str]]:
    """Return the cells of a copy as they are digested, all but its own digest."""
    found: dict[str, list[str]] = {}
    for name, rows in read_values(workbook):
        lines = []
        for number, cells in enumerate(rows):
            own_digest = name == COVER and cells[:1] == [COPY_DIGEST]
            lines += [
                cell_line(number, column, value)
                for column, value in enumerate(cells[:1] if own_digest else cells)
                if value.__class__ is not str or value != ""
            ]
        found[name] = lines
    return found


def _changed(lines: Lines, properties: Properties) -> tuple[str, ...]:
    digests = {name: sheet_digest(cells) for name, cells in lines.items()}
    if copy_digest(digests) == properties.copy_digest:
        return ()
    recorded = properties.sheet_digests
    if len(recorded) != len(digests):
        return tuple(digests)
    pairs = zip(digests.items(), recorded, strict=True)
    changed = tuple(name for (name, digest), was in pairs if shortened_digest(digest) != was)
    return changed or tuple(digests)


def _differences(copy: Lines, now: Lines) -> tuple[SheetDifference, ...]:
    found = []
    for sheet in dict.fromkeys((*now, *copy)):
        theirs, ours = (Counter(_rows(lines.get(sheet, ()))) for lines in (copy, now))
        if theirs != ours:
            found.append(
                SheetDifference(
                    sheet, tuple((theirs - ours).elements()), tuple((ours - theirs).elements())
                )
            )
    return tuple(found)


def _rows(lines: Sequence[str]) -> list[str]:
    """Return the rows of a sheet as texts, wherever they stand."""
    rows: dict[str, list[str]] = {}
    for line in lines:
        row, _, text = line.split("\t", 2)
        rows.setdefault(row, []).append(" ".join(text.split()))
    return [_BETWEEN.join(cells) for cells in rows.values()]
