"""What a run will write, as data: rows of the tool tables. A book applies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from isms_xl.checking import Report
from isms_xl.checklist import states
from isms_xl.contract import CHECKLIST, GAP_INDEX, GAPS, Table
from isms_xl.finding import Finding, Severity
from isms_xl.register import ExcelError, Register, text_of

KEPT_NAMESPACE = "urn:isms-xl:content:1"
"""Namespace of the custom XML part in which a stamp keeps the content it recorded."""

_BETWEEN = "   "
"""Between the findings of a row: its Gaps column is one line, as no run may change a row's height."""

LONGEST_TEXT = 32_767
"""Characters Excel keeps in a cell; a sign such as an emoji counts as two."""

MOST_LINKS = 65_000
"""Links that a sheet gets, a little below the 65 530 that Excel takes; what is beyond is plain text."""

_MORE = "… {:,} more characters, see the register"


def fits(text: str) -> bool:
    """Whether a cell can hold a text."""
    return (
        len(text) <= LONGEST_TEXT // 2
        or len(text.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST_TEXT
    )


def fitted(text: str, ending: str = "…") -> str:
    """Return a text as a cell can hold it: whole, or cut, with an ending that says so."""
    if fits(text):
        return text
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * (LONGEST_TEXT - len(ending))]
    return kept.decode("utf-16-le", "ignore") + ending


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text as a page can show it: whole, or cut, with how much more the register holds.

    Args:
        text: The text.
        most: Characters that are shown at most; no cell holds more than `LONGEST_TEXT`.
    """
    if len(text) <= most and fits(text):
        return text
    room = min(most, LONGEST_TEXT) - len(_MORE.format(len(text)))
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * room].decode("utf-16-le", "ignore")
    return kept + _MORE.format(len(text) - len(kept))


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads to another place in the same workbook.

    Attributes:
        text: What the cell shows.
        sheet: Sheet it leads to.
        cell: Address it leads to.
    """

    text: str
    sheet: str
    cell: str


Cell = str | int | float | date | Link | None
Row = tuple[Cell, ...]


def cell_of(value: object) -> Cell:
    """Return a value that was read as a cell to be written."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, ExcelError):
        return value.code
    if isinstance(value, str | int | float | date) or value is None:
        return value or (value if value == 0 else None)
    return text_of(value)


def rows_now(register: Register, table: Table) -> list[Row]:
    """Return the rows a tool table has now, to be written again under the new ones."""
    return [
        tuple(cell_of(row.cells.get(heading)) for heading in table.headings)
        for row in register.tool_rows(table.name)
    ]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is written to a workbook.

    Attributes:
        rows: New rows of tool tables by table name, each in the order of the contract's columns.
        kept: The content to keep for the next stamp; empty to leave what is kept as it is.
    """

    rows: Mapping[str, Sequence[Row]]
    kept: bytes = b""


def _first_seen(register: Register) -> dict[tuple[str, str, str], date]:
    """Return when each gap of the last run was first found."""
    seen: dict[tuple[str, str, str], date] = {}
    for row in register.tool_rows(GAPS.name):
        rule, record, field = (text_of(row.cells.get(h)) for h in ("Rule", "Record", "Field"))
        on = row.cells.get("First seen")
        if isinstance(on, datetime):
            on = on.date()
        elif isinstance(on, str):
            on = _iso_date(on)
        if rule and isinstance(on, date):
            seen.setdefault((rule, record, field), on)
    return seen


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _gap_rows(report: Report) -> list[Row]:
    seen = _first_seen(report.register)
    return [
        (
            number,
            finding.severity.value,
            finding.code,
            finding.sheet,
            finding.record,
            finding.field,
            Link(finding.cell, finding.sheet, finding.cell) if finding.cell else None,
            finding.message,
            finding.remedy,
            finding.clause,
            finding.accepted or None,
            min(
                seen.get((finding.code, finding.record, finding.field), report.as_of), report.as_of
            ),
        )
        for number, finding in enumerate(report.findings, start=1)
    ]


def _line(finding: Finding) -> str:
    if finding.accepted:
        return f"○ accepted ({finding.accepted}) {finding.code}: {finding.brief}"
    return f"{finding.severity.mark} {finding.severity.word} {finding.code}: {finding.brief}"


def _index_rows(report: Report) -> list[Row]:
    by_record: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.key:
            by_record.setdefault(finding.key.casefold(), []).append(finding)
    identifiers = {
        table.contract.sheet: table.contract.columns[0].heading for table in report.register.tables
    }
    rows: list[Row] = []
    for findings in by_record.values():
        first = findings[0]
        marked = []
        for severity in Severity:
            headings = dict.fromkeys(
                finding.field or identifiers.get(finding.sheet, "")
                for finding in findings
                if finding.is_open and finding.severity is severity
            )
            marked.append(f"|{'|'.join(headings)}|" if headings else "")
        text = _BETWEEN.join(map(_line, findings))
        ending = f"… more on the sheet {GAPS.sheet}"
        rows.append((first.key, first.sheet, *marked, fitted(text, ending)))
    return rows


def _checklist_rows(report: Report) -> list[Row]:
    return [
        (
            state.line.number,
            state.line.part,
            state.line.subject,
            state.line.expected,
            state.state,
            *(state.count(severity) for severity in Severity),
            state.accepted,
            state.behind or None,
        )
        for state in states(report)
    ]


def changes_of(report: Report) -> Changes:
    """Return what a validation writes: the gaps, their index and the auditor's checklist."""
    return Changes(
        {
            GAPS.name: _gap_rows(report),
            CHECKLIST.name: _checklist_rows(report),
            GAP_INDEX.name: _index_rows(report),
        }
    )
