"""All gaps of all units as tables that Excel filters."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.format import Format

from isms_xl.changes import MOST_LINKS
from isms_xl.contract import DOCUMENT_CONTROL, PARTIES, REQUIREMENTS
from isms_xl.finding import Finding, Severity
from isms_xl.group import UnitDetails, UnitResult
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.marks import severity_form, severity_text
from isms_xl.heights import lines_of, row_height
from isms_xl.look import LINK_INK, MUTED, NAVY, WHITE
from isms_xl.pages import Column, Page
from isms_xl.words import counted
from isms_xl.xlsx import clean, done, put

GAPS_PAGE = "Gaps"
LARGEST_SHEET = 1_048_576
"""Rows Excel takes on one sheet."""

_COLUMNS = (
    Column("Unit", 22, strong=True),
    Column("Severity", 14),
    Column("Rule", 9, strong=True),
    Column("Sheet", 16),
    Column("Record", 14),
    Column("Field", 16),
    Column("Finding", 48),
    Column("Remedy", 44),
    Column("Clause", 10),
    Column("Accepted", 11),
    Column("Owner", 20, muted=True),
    Column("Reviewed copy", 12),
)
_LONG = (0, 3, 4, 5, 6, 7, 10)
"""Columns whose text may need several lines."""

_HEADER_HEIGHT = 20.0
_COPY = len(_COLUMNS) - 1


def gap_pages(book: GroupBook) -> None:
    """Write all findings of all units, open and accepted, over as many sheets as Excel needs.

    The units follow one after the other, the heaviest first, and only one is unpacked at a time.
    """
    total = sum(unit.result.counts.open + unit.result.counts.accepted for unit in book.units)
    number = 1
    page = _begun(book, number, total)
    first = page.row
    page.row += 1
    columns = _forms(book)
    severities = {severity: severity_form(book.look, severity) for severity in Severity}
    link = book.look.body(font_color=LINK_INK, underline=1, indent=1)
    for unit in book.units:
        for values, finding in _rows(unit.result, unit.label):
            if page.row >= LARGEST_SHEET:
                _finish(book, page, first, number)
                number += 1
                page = _begun(book, number, total)
                first = page.row
                page.row += 1
            row = page.row
            lines = max(lines_of(values[at], _COLUMNS[at].room) for at in _LONG)
            done(page.sheet.set_row(row, row_height(lines)))
            for at, value in enumerate(values):
                form = severities[finding.severity] if at == 1 else columns[at]
                put(page.sheet, row, at, value, form)
            copy = unit.result.reviewed_copy
            if copy:
                place = (finding.sheet, finding.cell)
                book.put_file(page.sheet, row, _COPY, copy, link, text="Open", place=place)
            else:
                put(page.sheet, row, _COPY, None, columns[_COPY])
            page.row += 1
    _finish(book, page, first, number)


def _begun(book: GroupBook, number: int, total: int) -> Page:
    page = book.page(GAPS_PAGE if number == 1 else f"{GAPS_PAGE} {number}", _COLUMNS)
    remark = (
        f"{counted(total, 'finding')}, accepted ones included. Filter by the arrows in the headings. "
        "Open leads to the place in the unit's reviewed copy, as long as this workbook stays in the "
        "folder of the batch."
    )
    if total > MOST_LINKS:
        remark += (
            f" Excel takes {MOST_LINKS:,} links on a sheet; below them the file is named instead, and "
            "the sheet Units leads to every copy."
        )
    page.title(
        "All gaps of all units" if number == 1 else "All gaps of all units, continued", remark
    )
    return page


def _forms(book: GroupBook) -> list[Format]:
    strong, muted = {"bold": True}, {"font_color": MUTED}
    return [
        book.look.body(
            indent=1, **(strong if column.strong else {}), **(muted if column.muted else {})
        )
        for column in _COLUMNS
    ]


def _rows(unit: UnitResult, label: str) -> Iterator[tuple[list[str], Finding]]:
    details = unit.details
    owners = _owners(details)
    for finding in details.findings:
        owner = owners.get((finding.sheet, finding.record), "")
        if finding.sheet == DOCUMENT_CONTROL.sheet:
            owner = unit.document_owner
        values = [
            label,
            severity_text(finding.severity),
            finding.code,
            finding.sheet,
            finding.record,
            finding.field,
            finding.message,
            finding.remedy,
            finding.clause,
            finding.accepted,
            owner,
        ]
        yield [clean(value) for value in values], finding


def _owners(details: UnitDetails) -> dict[tuple[str, str], str]:
    """Return who answers for a record, as far as the group knows it."""
    found = {(PARTIES.sheet, party.record): party.owner for party in details.parties}
    found |= {(REQUIREMENTS.sheet, one.record): one.owner for one in details.requirements}
    return found


def _finish(book: GroupBook, page: Page, first: int, number: int) -> None:
    """Make a table of the rows, or say that there are none."""
    if page.row == first + 1:
        page.row = first
        page.nothing("No rule found a departure in any of these registers.")
        return
    heading = book.look.form(
        bold=True, font_color=WHITE, bg_color=NAVY, valign="vcenter", align="left", indent=1
    )
    done(page.sheet.set_row(first, _HEADER_HEIGHT))
    columns = [{"header": column.heading, "header_format": heading} for column in _COLUMNS]
    name = "AllGaps" if number == 1 else f"AllGaps{number}"
    options = {"name": name, "columns": columns, "style": None, "autofilter": True}
    done(page.sheet.add_table(first, 0, page.row - 1, len(_COLUMNS) - 1, options))
    page.sheet.freeze_panes(first + 1, 1)
    page.sheet.repeat_rows(first)
