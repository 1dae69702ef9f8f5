"""The trend: the units then and now, and the group by day."""

from __future__ import annotations

from dataclasses import dataclass

from isms_xl.finding import Severity
from isms_xl.group import Counts
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.charts import gap_bars
from isms_xl.group_book.marks import difference_form, difference_text
from isms_xl.group_book.previous import AS_OF, COUNTED, TREND_PAGE, UNITS_DONE, Change, Total
from isms_xl.look import DATE_FORMAT, RULE
from isms_xl.pages import Column
from isms_xl.xlsx import done

_CHART_ROWS, _CHART_PIXELS = 220.0, 290


@dataclass(frozen=True, slots=True)
class TotalsPlace:
    """Where the totals by day stand.

    Attributes:
        sheet: Sheet.
        rows: First and last row, from 0.
        days: The totals.
    """

    sheet: str
    rows: tuple[int, int]
    days: tuple[Total, ...]


def trend_page(book: GroupBook, changed: list[Change]) -> TotalsPlace:
    """Write the totals by day, with a chart, and each unit then and now.

    Args:
        book: The workbook.
        changed: The units then and now; empty without an earlier workbook.
    """
    page = book.page(
        TREND_PAGE,
        (
            Column("Unit", 40, strong=True),
            *(Column("", 10, centred=True) for _ in range(10)),
            Column("Remark", 38, muted=True),
        ),
    )
    previous, group = book.previous, book.group
    page.title(
        "Trend",
        f"Compared with the group workbook as of {previous.as_of.isoformat()}."
        if previous
        else "No earlier group workbook was given; name it with --previous to see the trend.",
    )
    page.section("The group by day")
    days = [total for total in (previous.totals if previous else ()) if total.as_of < group.as_of]
    days.append(Total(group.as_of, len(group.units), group.counts))
    page.headings([AS_OF, UNITS_DONE, *COUNTED, *[""] * 6])
    first = page.row
    day = book.look.form(
        bold=True, num_format=DATE_FORMAT, align="left", indent=1, bottom=1, bottom_color=RULE
    )
    for total in days:
        counts = [total.counts.major, total.counts.minor, total.counts.obs, total.counts.accepted]
        page.record((total.as_of, total.units, *counts, *[None] * 6), forms={0: day})
    place = TotalsPlace(TREND_PAGE, (first, page.row - 1), tuple(days))
    chart = gap_bars(
        book.workbook,
        kind="column",
        title="Open gaps of the group by day",
        sheet=TREND_PAGE,
        rows=place.rows,
        label=0,
        first=2,
        size=(900, _CHART_PIXELS),
    )
    top = page.row
    page.leave_room(_CHART_ROWS)
    done(page.sheet.insert_chart(top, 0, chart, {"x_offset": 4, "y_offset": 8}))
    if not changed:
        return place
    page.section("The units then and now")
    names = [f"{name} {when}" for name in COUNTED[:3] for when in ("before", "now", "change")]
    page.headings(["Unit", *names, "Open change", "Remark"], repeat=True, freeze=False)
    for change in changed:
        forms = {}
        values: list[int | str | None] = []
        for at, severity in enumerate(Severity):
            before, now = _of(change.before, severity), _of(change.now, severity)
            forms[3 * at + 3] = difference_form(book.look, before, now)
            values += [before, now, difference_text(before, now)]
        then = change.before.open if change.before else None
        today = change.now.open if change.now else None
        forms[10] = difference_form(book.look, then, today)
        remark = ""
        if change.before is None:
            remark = "Not in the earlier workbook"
        elif change.now is None:
            remark = "In the earlier workbook, not read now"
        elif change.before_label:
            remark = f"Was called {change.before_label}"
        page.record((change.label, *values, difference_text(then, today), remark), forms=forms)
    return place


def _of(counts: Counts | None, severity: Severity) -> int | None:
    return None if counts is None else counts.of(severity)
