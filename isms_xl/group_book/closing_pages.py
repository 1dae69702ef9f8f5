"""What is due, what the registers show only together, and the files that are missing."""

from __future__ import annotations

from isms_xl.finding import Severity
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.facts import DAYS_AHEAD, is_overdue
from isms_xl.group_book.marks import severity_form, severity_text
from isms_xl.pages import Column
from isms_xl.words import counted, join_words, named

DUE_PAGE, FINDINGS_PAGE, FILES_PAGE = "Reviews due", "Group findings", "Files"
_NAMED_UNITS = 6


def due_page(book: GroupBook) -> None:
    """Write what is overdue and what falls due in the next days."""
    page = book.page(
        DUE_PAGE,
        (
            Column("Due", 13, strong=True),
            Column("State", 20),
            Column("Unit", 32, strong=True),
            Column("What", 24),
            Column("Subject", 44),
            Column("Answers for it", 28),
            Column("Where", 30, muted=True),
        ),
    )
    due, as_of = book.facts.due, book.group.as_of
    overdue = sum(is_overdue(entry.on, as_of) for _, entry in due)
    page.title(
        f"Reviews due in the next {DAYS_AHEAD} days",
        f"As of {as_of.isoformat()}: {overdue} overdue, {len(due) - overdue} to come, earliest "
        "first. The calendar file beside this workbook holds the same dates.",
    )
    page.headings(repeat=True)
    late, soon = severity_form(book.look, Severity.MAJOR), severity_form(book.look, Severity.MINOR)
    for number, entry in due:
        is_late = is_overdue(entry.on, as_of)
        days = counted(abs((entry.on - as_of).days), "day", "days")
        state = f"■ {days} overdue" if is_late else "▲ today" if entry.on == as_of else f"in {days}"
        forms = {1: late} if is_late else {1: soon} if entry.on == as_of else {}
        place = " ".join(filter(None, (entry.sheet, entry.cell)))
        page.record(
            (
                entry.on,
                state,
                book.label(number),
                entry.kind.value,
                entry.subject,
                entry.owner,
                place,
            ),
            forms=forms,
        )
    if not due:
        page.nothing("Nothing is overdue or falls due in these days.")
    if book.facts.undated:
        page.section("Registers that name no next review")
        for number in book.facts.undated:
            page.record((None, None, book.label(number), None, None, None, None))


def findings_page(book: GroupBook) -> None:
    """Write what the GRP rules found."""
    page = book.page(
        FINDINGS_PAGE,
        (
            Column("Severity", 14),
            Column("Rule", 10, strong=True),
            Column("Unit", 26, strong=True),
            Column("Place", 26),
            Column("Finding", 52),
            Column("Remedy", 48),
            Column("Other units", 28, muted=True),
            Column("Clause", 10),
        ),
    )
    page.title(
        "What shows only when the registers are read side by side",
        "Not counted among the gaps of the units. Where registers contradict each other, those that "
        "say something else than most are named.",
    )
    page.headings(repeat=True)
    top = page.row - 1
    labels = {unit.result.source: unit.label for unit in book.units}
    for found in book.group.findings:
        finding = found.finding
        place = " · ".join(filter(None, (finding.sheet, finding.record, finding.field)))
        page.record(
            (
                severity_text(finding.severity),
                finding.code,
                labels.get(found.source, found.unit),
                place,
                finding.message,
                finding.remedy,
                named(found.others, _NAMED_UNITS),
                finding.clause,
            ),
            forms={0: severity_form(book.look, finding.severity)},
        )
    if book.group.findings:
        page.sheet.autofilter(top, 0, page.row - 1, len(page.columns) - 1)
    else:
        page.nothing("No rule found a departure between the registers.")


def files_page(book: GroupBook) -> None:
    """Write the files that failed and why, those skipped, and rules that could not be applied."""
    page = book.page(
        FILES_PAGE,
        (
            Column("File", 50, strong=True),
            Column("Why", 16),
            Column("What could not be done", 60),
            Column("What to do now", 60),
        ),
    )
    group = book.group
    page.title(
        "Files that are missing from the numbers, and files left aside",
        f"{counted(len(group.units), 'register')} read, {len(group.failures)} failed, "
        f"{len(group.skipped)} left aside.",
    )
    page.section("Failed")
    page.table(
        [
            (failure.source, failure.kind.value, failure.problem, failure.way_out)
            for failure in group.failures
        ]
    )
    page.section("Left aside")
    page.table(
        [(skipped.source, None, skipped.reason, None) for skipped in group.skipped],
        ("File", "", "Why it was not taken for a register", ""),
    )
    page.section("Rules that could not be applied")
    rows = [
        (unit.label, None, join_words([f"{f.code}: {f.error}" for f in failed]), _REPORT)
        for unit in book.units
        if (failed := unit.result.failed_rules)
    ]
    rows += [
        ("All registers together", None, f"{f.code}: {f.error}", _REPORT)
        for f in group.failed_rules
    ]
    page.table(rows, ("Unit", "", "Rule and reason", "What to do now"))


_REPORT = "Report this as a defect of isms-xl; the other rules were applied."
