"""The charts of the group workbook: bars of open gaps by unit, and by day."""

from __future__ import annotations

from typing import Any, Literal

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart

from isms_xl.finding import Severity
from isms_xl.group_book.marks import STRONG
from isms_xl.look import DATE_FORMAT, FONT, INK, MUTED, NAVY, RULE
from isms_xl.xlsx import done

NAMES = {Severity.MAJOR: "Major", Severity.MINOR: "Minor", Severity.OBS: "Observations"}
_TEXT = {"name": FONT, "size": 11, "color": INK}


def gap_bars(
    workbook: Workbook,
    *,
    kind: Literal["bar", "column"],
    title: str,
    sheet: str,
    rows: tuple[int, int],
    label: int,
    first: int,
    size: tuple[int, int],
) -> Chart:
    """Return stacked bars of open gaps by severity, the major ones next to the axis.

    Args:
        workbook: The workbook.
        kind: Lying bars, the first row on top, or columns from left to right.
        title: Title.
        sheet: Sheet with the numbers.
        rows: First and last row of the numbers, from 0.
        label: Column of the labels.
        first: Column of the major gaps; minor ones and observations stand to its right.
        size: Width and height in pixels.
    """
    chart: Chart = workbook.add_chart({"type": kind, "subtype": "stacked"})
    for offset, severity in enumerate(Severity):
        column = first + offset
        done(
            chart.add_series(
                {
                    "name": NAMES[severity],
                    "categories": [sheet, rows[0], label, rows[1], label],
                    "values": [sheet, rows[0], column, rows[1], column],
                    "fill": {"color": STRONG[severity]},
                    "border": {"none": True},
                    "gap": 45,
                    "overlap": 100,
                }
            )
        )
    numbers: dict[str, Any] = {
        "num_font": {**_TEXT, "color": MUTED},
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
        "num_format": "0",
        "min": 0,
    }
    names: dict[str, Any] = {
        "num_font": _TEXT,
        "line": {"color": RULE},
        "major_tick_mark": "none",
        "text_axis": True,
        "interval_unit": 1,
        "num_format": DATE_FORMAT,
    }
    if kind == "bar":
        # XlsxWriter turns the axes of lying bars with the bars. The first unit stands on top, which
        # takes the axis of numbers along; its labels are put back below.
        chart.set_y_axis(names | {"reverse": True})
        chart.set_x_axis(numbers | {"label_position": "high"})
    else:
        chart.set_x_axis(names)
        chart.set_y_axis(numbers)
    chart.set_title(
        {"name": title, "name_font": {"name": FONT, "size": 12, "bold": True, "color": NAVY}}
    )
    chart.set_legend({"position": "bottom", "font": _TEXT})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": size[0], "height": size[1]})
    return chart
