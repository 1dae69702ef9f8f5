"""The chart of the power–interest grid: one look in the template and in the audit copy."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.chart import Chart

from isms_xl.contract import SCORES
from isms_xl.look import NAVY, RULE, STEEL, WHITE
from isms_xl.xlsx import done

MOST_BUBBLES = 10
"""Parties from which a bubble grows no more."""

_SERIES_NAME = b'<c:showSerName val="1"/>'
_SERIES_NAME_ONLY = (
    b'<c:showLegendKey val="0"/><c:showVal val="0"/><c:showCatName val="0"/>'
    + _SERIES_NAME
    + b'<c:showPercent val="0"/><c:showBubbleSize val="0"/>'
)

Place = Sequence[str | int]
"""Sheet, row and column, or sheet and the rows and columns of two corners, from 0."""


def add_bubbles(chart: Chart, name: Place, interest: Place, power: Place, parties: int) -> None:
    """Add a series of bubbles as large as that number of parties asks, labelled by its name."""
    done(
        chart.add_series(
            {
                "name": list(name),
                "categories": list(interest),
                "values": list(power),
                "marker": {
                    "type": "circle",
                    "size": 12 + 3 * min(parties, MOST_BUBBLES),
                    "fill": {"color": STEEL},
                    "border": {"color": NAVY},
                },
                "data_labels": {
                    "series_name": True,
                    "position": "center",
                    "font": {"color": WHITE, "bold": True, "size": 10},
                },
            }
        )
    )


def finish_grid(chart: Chart) -> None:
    """Give the chart its axes, from 1 to 5 with room for the bubbles, and its size."""
    axis = {
        "min": SCORES[0] - 0.5,
        "max": SCORES[-1] + 0.5,
        "major_unit": 1,
        "crossing": SCORES[0] - 0.5,
        "major_gridlines": {"visible": True, "line": {"color": RULE, "width": 0.5}},
        "name_font": {"color": NAVY, "size": 10},
        "line": {"color": RULE},
        "label_position": "none",
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
    }
    chart.set_x_axis(axis | {"name": "Interest: 1 (left) to 5 (right)"})
    chart.set_y_axis(axis | {"name": "Power: 1 (bottom) to 5 (top)"})
    chart.set_title({"none": True})
    chart.set_legend({"none": True})
    chart.set_size({"width": 560, "height": 430})


def with_plain_labels(chart_xml: bytes) -> bytes:
    """Return a chart whose labels show the series' name and, in so many words, nothing else.

    LibreOffice takes what is left out for a yes, and XlsxWriter cannot say no.
    """
    return chart_xml.replace(_SERIES_NAME, _SERIES_NAME_ONLY)
