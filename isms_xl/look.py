"""How our workbooks look: one restrained palette and a handful of formats, made once a workbook."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from isms_xl.finding import Severity

FONT = "Calibri"
INK = "#1F2A37"
MUTED = "#6B7280"
NAVY = "#1F3A5F"
STEEL = "#5B7595"
RULE = "#D5DAE1"
PAPER = "#F4F6F9"
WHITE = "#FFFFFF"
SEVERITY_FILL = {Severity.MAJOR: "#F8C9C4", Severity.MINOR: "#FCE6A9", Severity.OBS: "#D6E6F7"}
SEVERITY_INK = {Severity.MAJOR: "#8B1A10", Severity.MINOR: "#6B4E00", Severity.OBS: "#1B4B80"}
GOOD_FILL, GOOD_INK = "#D9EAD9", "#1E5B2A"
LINK_INK = "#1B5FAA"
DATE_FORMAT = "yyyy-mm-dd"


class Look:
    """The formats of one workbook.

    Args:
        workbook: The workbook being written.
    """

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def form(self, **properties: Any) -> Format:
        """Return a format of those properties on top of the common font, made only once."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            base = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "top"}
            self._made[key] = self._workbook.add_format(base | properties)
        return self._made[key]

    @cached_property
    def title(self) -> Format:
        """Title of a sheet."""
        return self.form(font_size=18, bold=True, font_color=NAVY, valign="vcenter")

    @cached_property
    def guidance(self) -> Format:
        """The sentence under the title."""
        return self.form(font_color=MUTED, italic=True, valign="vcenter")

    @cached_property
    def mark(self) -> Format:
        """The small line above the headings."""
        return self.form(font_size=9, font_color=MUTED, valign="bottom", text_wrap=True)

    @cached_property
    def section(self) -> Format:
        """Heading of a block on a sheet."""
        return self.form(font_size=12, bold=True, font_color=NAVY, bottom=1, bottom_color=RULE)

    @cached_property
    def link(self) -> Format:
        """A link to another place in the workbook."""
        return self.form(font_color=LINK_INK, underline=1)

    @cached_property
    def wrapped(self) -> Format:
        """Long text."""
        return self.form(text_wrap=True)

    def heading(self, *, strong: bool, derived: bool = False) -> Format:
        """Return the format of a column heading."""
        fill = PAPER if derived else NAVY if strong else STEEL
        return self.form(
            bold=True,
            font_color=MUTED if derived else WHITE,
            bg_color=fill,
            text_wrap=True,
            valign="vcenter",
            border=1,
            border_color=WHITE,
        )

    def body(self, **properties: Any) -> Format:
        """Return the format of a table cell."""
        return self.form(**({"text_wrap": True, "bottom": 1, "bottom_color": RULE} | properties))

    def severity(self, severity: Severity) -> Format:
        """Return what a highlight of that severity adds to a cell."""
        properties: dict[str, Any] = {
            "bg_color": SEVERITY_FILL[severity],
            "font_color": SEVERITY_INK[severity],
        }
        if severity is Severity.MAJOR:
            properties["bold"] = True
        elif severity is Severity.OBS:
            properties["italic"] = True
        return self._workbook.add_format(properties)

    def severity_text(self, severity: Severity) -> Format:
        """Return the ink in which a row's Gaps column speaks of that severity."""
        return self._workbook.add_format({"font_color": SEVERITY_INK[severity]})

    def good(self) -> Format:
        """Return what a state without open gaps adds to a cell."""
        return self._workbook.add_format({"bg_color": GOOD_FILL, "font_color": GOOD_INK})
