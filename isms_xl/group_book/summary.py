"""The summary for management: one printed page."""

from __future__ import annotations

from collections.abc import Iterator

from isms_xl.checklist import LINES
from isms_xl.finding import Severity
from isms_xl.group_book.book import SUMMARY, GroupBook, to_page
from isms_xl.group_book.charts import gap_bars
from isms_xl.group_book.facts import DAYS_AHEAD, is_overdue
from isms_xl.group_book.marks import (
    LEGEND,
    difference_form,
    difference_text,
    heat,
    state_form,
    state_text,
)
from isms_xl.group_book.previous import UNITS_PAGE, Change, sum_of
from isms_xl.group_book.trend_page import TotalsPlace
from isms_xl.look import MUTED, NAVY
from isms_xl.pages import Column, Page
from isms_xl.words import counted, join_words
from isms_xl.xlsx import done

MOST_UNITS = 14
"""Units that fit the one page beside the charts."""

_NUMBERS = 4
_CHART_HEIGHT = 255.0
_UNIT_HEIGHT = 15.75
"""Points; where there are fewer units, the charts are higher."""

_PIXELS = 4 / 3
_LEFT_PIXELS, _RIGHT_PIXELS = 640, 560


class Summary:
    """The first page: begun first, and written when the page with the totals is known.

    Attributes:
        page: The page.
    """

    def __init__(self, book: GroupBook) -> None:
        lines = [Column(line.number, 11.5, centred=True) for line in LINES]
        self.page: Page = book.page(
            SUMMARY,
            (
                Column("Unit", 36, strong=True),
                *(Column(name, 9, centred=True) for name in ("Major", "Minor", "Obs.", "Accepted")),
                Column("Before", 9, centred=True),
                Column("Change", 9, centred=True),
                *lines,
            ),
        )
        done(self.page.sheet.fit_to_pages(1, 1))
        self._book = book

    def write(self, changed: list[Change], totals: TotalsPlace) -> None:
        """Write the page.

        Args:
            changed: The units then and now; empty without an earlier workbook.
            totals: Where the totals by day stand.
        """
        page, book = self.page, self._book
        done(page.sheet.set_row(0, 30))
        title = book.look.form(font_size=20, bold=True, font_color=NAVY, valign="vcenter")
        page.put(0, 0, "Interested parties across the group", title)
        page.row = 1
        page.remark(_subtitle(book))
        for sentence in sentences(book, changed):
            page.sentence(sentence)
        self._units(changed)
        self._charts(totals)

    def _units(self, changed: list[Change]) -> None:
        page, book = self.page, self._book
        shown = book.units[:MOST_UNITS]
        all_units = len(shown) == len(book.units)
        page.section(
            "Open gaps and readiness by unit"
            if all_units
            else f"Open gaps and readiness: the {len(shown)} units with the heaviest gaps"
        )
        if not shown:
            page.nothing("No register was read.")
            return
        page.headings(
            [column.heading for column in page.columns[: _NUMBERS + 3]]
            + [f"{line.number} {_SHORT[line.number]}" for line in LINES]
        )
        most = {s: max(unit.result.counts.of(s) for unit in book.units) for s in Severity}
        self.first = page.row
        for number, unit in enumerate(shown):
            counts = unit.result.counts
            change = changed[number] if changed else None
            was = change.before.open if change and change.before else None
            before = counts.open if change is None else was
            forms = {
                at: heat(book.look, severity, counts.of(severity), most[severity])
                for at, severity in enumerate(Severity, start=1)
            }
            forms[6] = difference_form(book.look, before, counts.open)
            for at, state in enumerate(unit.result.checklist, start=_NUMBERS + 3):
                forms[at] = state_form(book.look, state)
            page.record(
                (
                    unit.label,
                    *(counts.of(severity) for severity in Severity),
                    counts.accepted,
                    (was if was is not None else "new") if changed else "–",
                    difference_text(was, counts.open) if changed else "–",
                    *(state_text(state) for state in unit.result.checklist),
                ),
                forms=forms,
            )
        self.last = page.row - 1
        page.remark(LEGEND)
        if not all_units:
            page.put(page.row, 0, to_page(UNITS_PAGE), book.look.link)
            rest = f"All {len(book.units)} units stand on the sheet {UNITS_PAGE}."
            page.put(page.row, 1, rest, book.look.form(font_color=MUTED, italic=True))
            page.row += 1

    def _charts(self, totals: TotalsPlace) -> None:
        page, book = self.page, self._book
        if not book.units:
            return
        top = page.row
        points = _CHART_HEIGHT + _UNIT_HEIGHT * (MOST_UNITS - (self.last - self.first + 1)) * 0.9
        pixels = int(points * _PIXELS)
        bars = gap_bars(
            book.workbook,
            kind="bar",
            title="Open gaps by unit",
            sheet=SUMMARY,
            rows=(self.first, self.last),
            label=0,
            first=1,
            size=(_LEFT_PIXELS, pixels),
        )
        days = gap_bars(
            book.workbook,
            kind="column",
            title="Open gaps of the group by day"
            if len(totals.days) > 1
            else "Open gaps of the group (no earlier group workbook was given)",
            sheet=totals.sheet,
            rows=totals.rows,
            label=0,
            first=2,
            size=(_RIGHT_PIXELS, pixels),
        )
        page.leave_room(points + 10)
        done(page.sheet.insert_chart(top, 0, bars, {"x_offset": 4, "y_offset": 6}))
        done(page.sheet.insert_chart(top, _NUMBERS + 3, days, {"x_offset": 60, "y_offset": 6}))


_SHORT = {
    "A1": "Clause",
    "A2": "Parties",
    "A3": "Needs",
    "A4": "Document",
    "F1": "All found",
    "F2": "By risk",
    "F3": "Controls",
    "F4": "Reviews",
}


def _subtitle(book: GroupBook) -> str:
    group = book.group
    organisations = list(dict.fromkeys(u.organisation for u in group.units if u.organisation))
    parts = [
        organisations[0] if len(organisations) == 1 else "",
        "Registers of interested parties, ISO/IEC 27001:2022 clause 4.2",
        f"as of {group.as_of.isoformat()}",
        f"{counted(len(group.units), 'unit')} read",
        f"{counted(len(group.failures), 'file')} failed",
    ]
    return " · ".join(filter(None, parts))


def sentences(book: GroupBook, changed: list[Change]) -> Iterator[str]:
    """Yield what management should know, never that the group conforms.

    Args:
        book: The workbook.
        changed: The units then and now; empty without an earlier workbook.
    """
    group, counts, units = book.group, book.group.counts, len(book.units)
    if units:
        each = [
            f"{number} {'has' if number == 1 else 'have'} {words}"
            for severity, words in zip(
                Severity, ("major gaps", "minor gaps", "observations"), strict=True
            )
            for number in (sum(bool(unit.result.counts.of(severity)) for unit in book.units),)
        ]
        quiet = sum(not unit.result.counts.open for unit in book.units)
        none = f" In {quiet} no rule found a departure that is not accepted." if quiet else ""
        yield (
            f"Of {counted(units, 'unit')}, {join_words(each)}.{none} Open in all: "
            f"{counts.major} major, {counts.minor} minor, {counted(counts.obs, 'observation')}; "
            f"{counted(counts.accepted, 'gap')} accepted."
        )
    yield from _trend_sentence(book, changed)
    parts = []
    if group.failures:
        are = "is" if len(group.failures) == 1 else "are"
        parts.append(
            f"{counted(len(group.failures), 'file')} could not be done and {are} missing from these "
            "numbers in whole or in part"
        )
    if group.findings:
        found = counted(len(group.findings), "contradiction or gap", "contradictions or gaps")
        parts.append(f"{found} between the registers (sheet Group findings)")
    overdue = sum(is_overdue(due.on, group.as_of) for _, due in book.facts.due)
    ahead = len(book.facts.due) - overdue
    if overdue or ahead:
        dates = counted(overdue, "date")
        parts.append(
            f"{dates} overdue and {ahead} to come in the next {DAYS_AHEAD} days (sheet Reviews due)"
        )
    unapplied = {failed.code for unit in group.units for failed in unit.failed_rules}
    unapplied |= {failed.code for failed in group.failed_rules}
    if unapplied:
        parts.append(f"not applied everywhere: {join_words(sorted(unapplied))} (sheet Files)")
    if parts:
        text = "; ".join(parts)
        yield f"{text[0].upper()}{text[1:]}."
    yield (
        "This is the outcome of a program over documents. Whether the requirements of the standard "
        "are met is for people to audit."
    )


def _trend_sentence(book: GroupBook, changed: list[Change]) -> Iterator[str]:
    previous = book.previous
    if previous is None:
        return
    both = [c for c in changed if c.before is not None and c.now is not None]
    before = sum_of([c.before for c in both if c.before is not None])
    now = sum_of([c.now for c in both if c.now is not None])
    words = [
        f"{name} {getattr(before, name)} → {getattr(now, name)}"
        for name in ("major", "minor", "obs")
    ]
    new = sum(c.before is None for c in changed)
    gone = sum(c.now is None for c in changed)
    text = f"Since {previous.as_of.isoformat()}, in the {counted(len(both), 'unit')} read then and now: "
    text += ", ".join(words).replace("obs ", "observations ")
    if new:
        text += f"; {new} new"
    if gone:
        text += f"; {gone} of then not read now"
    yield f"{text}."
    if previous.as_of >= book.group.as_of:
        yield "The earlier group workbook is not of an earlier day; look whether it is the right one."
