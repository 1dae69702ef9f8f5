"""A page for reading and printing: rows high enough for their text, and a record of every cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from isms_xl.changes import LONGEST_TEXT, MOST_LINKS, Link, cut
from isms_xl.digest import cell_line
from isms_xl.heights import LARGEST_LINES, line_ends, lines_of, row_height
from isms_xl.look import DATE_FORMAT, MUTED, NAVY, PAPER, RULE, WHITE, Look
from isms_xl.register import column_letters
from isms_xl.xlsx import carriable, done, put, unmarked

COVER = "Cover"
NOTHING = "None recorded."

_TITLE_ROW, _SECTION_ROW, _EMPTY_ROW = 28.0, 21.0, 14.0
_INDENT = 1.4
_TALLEST = 409.0
_LONGEST_TITLE = 1_000
"""Characters of the title that a group's rows share; it stands again on each page."""

_CONTINUED = " (continued)"
_POINTS_PER_CHARACTER, _CELL_PADDING = 5.6, 3.75
_A4, _A3 = 9, 8
_PRINTED = {_A4: (765.0, 475.0), _A3: (1112.0, 722.0)}
"""Points of a page between its margins by paper, the long side first, with a little to spare."""

_LEAST_SCALE = 71
"""Per cent at which letters of 10 points print at 7; below it a page takes the larger paper."""

_MOST_BREAKS = 1_000
"""Excel takes 1 026; a longer page breaks where it breaks from there on."""

_KEPT_TOGETHER = 70.0
"""Points that the heading of a block needs under it on the same printed page."""

Value = str | int | date | Link | None
Row = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a page.

    Attributes:
        heading: Its heading.
        width: Its width in characters.
        strong: Whether its text is bold.
        muted: Whether its text stands back.
        centred: Whether its text stands in the middle.
    """

    heading: str
    width: float
    strong: bool = False
    muted: bool = False
    centred: bool = False

    @property
    def room(self) -> float:
        """Its width less the indent of its text, in characters."""
        return self.width - _INDENT


class Page:
    """One sheet being written from top to bottom.

    Rows are written in order and every cell once. A text that is longer than a cell or a row can hold
    goes on in the rows below.

    Args:
        workbook: The workbook.
        look: Its formats.
        name: Name of the sheet.
        columns: Its columns; tables on the page share them.
        landscape: Whether it prints across.
        home: Name of the sheet its title leads back to.
        fixed: Whether it is kept as written: protected, and with account of every cell.
    """

    def __init__(
        self,
        workbook: Workbook,
        look: Look,
        name: str,
        columns: Sequence[Column],
        *,
        landscape: bool = True,
        home: str = COVER,
        fixed: bool = True,
    ) -> None:
        self.name = name
        self.columns = tuple(columns)
        self.row = 0
        self.sheet: Worksheet = workbook.add_worksheet(name)
        self.lines: list[str] = []
        self._links = 0
        self._look = look
        self._home = home
        self._fixed = fixed
        self._forms = [self._form(column, last=True) for column in columns]
        self._upper = [self._form(column, last=False) for column in columns]
        self._date_forms = [
            look.form(**_properties(column), num_format=DATE_FORMAT, bottom=1) for column in columns
        ]
        for number, column in enumerate(columns):
            done(self.sheet.set_column(number, number, column.width))
        self.sheet.hide_gridlines(2)
        if landscape:
            self.sheet.set_landscape()
        self.sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)
        needed = sum(_POINTS_PER_CHARACTER * column.width + _CELL_PADDING for column in columns)
        paper, scale, height = _paper(needed, landscape=landscape)
        self.sheet.set_paper(paper)
        done(self.sheet.set_print_scale(scale))
        self._breaks: list[int] = []
        self._left = self._full = height / scale * 100
        if fixed:
            self.sheet.protect("", _PERMITTED)

    def _form(self, column: Column, *, last: bool) -> Format:
        return self._look.form(**_properties(column), **({"bottom": 1} if last else {}))

    # --- single cells -------------------------------------------------------------------------

    def put(self, row: int, column: int, value: Value, form: Format | None = None) -> None:
        """Write a cell and keep account of it; a blank one only lends its format."""
        if value.__class__ is str and value:
            self._put_text(row, column, carriable(value), form)
        elif isinstance(value, Link):
            text = cut(carriable(value.text))
            target = f"internal:'{value.sheet.replace(chr(39), chr(39) * 2)}'!{value.cell}"
            self._links += 1
            if self._links <= MOST_LINKS:
                done(self.sheet.write_url(row, column, target, form, text))
            else:
                done(self.sheet.write_string(row, column, text, form))
            self._account(row, column, text)
        else:
            put(self.sheet, row, column, value, form)
            if value is not None and value != "":
                self._account(row, column, value)

    def _account(self, row: int, column: int, value: object) -> None:
        if self._fixed:
            self.lines.append(cell_line(row, column, value))

    def _put_text(self, row: int, column: int, text: str, form: Format | None) -> None:
        text = cut(unmarked(text))
        if answer := self.sheet.write_string(row, column, text, form):
            done(answer)
        self.lines.append(cell_line(row, column, text))

    def _take(self, height: float, kept: float = 0.0) -> None:
        """Give the present row its height, on the next printed page where it does not fit this one.

        Args:
            height: In points.
            kept: Points that must still fit below it.
        """
        if height + kept > self._left:
            self._left = self._full
            if len(self._breaks) < _MOST_BREAKS:
                self._breaks.append(self.row)
        self._left -= height
        done(self.sheet.set_row(self.row, height))

    # --- blocks -------------------------------------------------------------------------------

    def title(self, text: str, guidance: str) -> None:
        """Write the head of the page, with a way back to the first sheet."""
        self._take(_TITLE_ROW)
        self.put(self.row, 0, text, self._look.title)
        last = len(self.columns) - 1
        form = self._look.form(font_color=MUTED, underline=1, align="right", valign="vcenter")
        self.put(self.row, last, Link(f"Back to the {self._home.lower()}", self._home, "A1"), form)
        self.row += 1
        self.remark(guidance)
        self.leave_room(_EMPTY_ROW)

    def remark(self, text: str) -> None:
        """Write a sentence across the page."""
        self._across(text, self._look.form(font_color=MUTED, italic=True, text_wrap=True))

    def sentence(self, text: str) -> None:
        """Write a sentence of the page's own across it."""
        self._across(text, self._look.wrapped)

    def _across(self, text: str, form: Format) -> None:
        last = len(self.columns) - 1
        width = sum(column.width for column in self.columns)
        self._take(row_height(lines_of(text, width)))
        if last:
            done(self.sheet.merge_range(self.row, 0, self.row, last, "", form))
        self.put(self.row, 0, text, form)
        self.row += 1

    def section(self, text: str) -> None:
        """Write the heading of a block."""
        if self._left < self._full:
            self.leave_room(_EMPTY_ROW, kept=_SECTION_ROW + _KEPT_TOGETHER)
        self._take(_SECTION_ROW, kept=_KEPT_TOGETHER)
        self.put(self.row, 0, text, self._look.section)
        for number in range(1, len(self.columns)):
            self.put(self.row, number, None, self._look.section)
        self.row += 1

    def headings(
        self, names: Sequence[str] = (), *, repeat: bool = False, freeze: bool = True
    ) -> None:
        """Write a row of headings; `repeat` prints it on every page and keeps it in sight.

        Args:
            names: Headings in place of the columns' own.
            repeat: Whether it is the page's one row of headings.
            freeze: Whether it then stays in sight, too.
        """
        names = names or [column.heading for column in self.columns]
        form = self._look.form(**_HEADING)
        centred = self._look.form(**{**_HEADING, "align": "center", "indent": 0})
        widths = [column.width - 2 for column in self.columns]
        lines = max(map(lines_of, names, widths))
        height = row_height(lines) + 4
        self._take(height, kept=_KEPT_TOGETHER)
        for number, name in enumerate(names):
            self.put(self.row, number, name, centred if self.columns[number].centred else form)
        if repeat:
            self.sheet.repeat_rows(self.row)
            if freeze:
                self.sheet.freeze_panes(self.row + 1, 0)
            self._full -= height
        self.row += 1

    def table(self, rows: Sequence[Row], names: Sequence[str] = ()) -> None:
        """Write rows under headings, or that there are none."""
        if not rows:
            self.nothing()
            return
        self.headings(names)
        for row in rows:
            self.record(row)

    def leave_room(self, height: float, kept: float = 0.0) -> None:
        """Leave rows empty, as a gap or for something drawn over them.

        Args:
            height: In points.
            kept: Points that must still fit below on the same printed page.
        """
        while height > 0:
            self._take(_EMPTY_ROW, kept)
            height -= _EMPTY_ROW
            self.row += 1

    def nothing(self, text: str = NOTHING) -> None:
        """Say that a block is empty."""
        self._take(row_height(1))
        self.put(self.row, 0, text, self._look.form(font_color=MUTED, italic=True))
        self.row += 1

    def record(
        self, values: Row, *, forms: dict[int, Format] | None = None, ends: bool = True
    ) -> None:
        """Write one row of a table, over several rows of the sheet where its text is long.

        Args:
            values: One value a column.
            forms: Formats of single cells, by column, instead of the column's own.
            ends: Whether a line is drawn under it.
        """
        self._write(self.laid(values, ends=ends), 0, forms or {})

    def spread(self, values: Sequence[Value], text: str) -> None:
        """Write one row of a table whose last text has all the columns that are left."""
        first, last = len(values), len(self.columns) - 1
        room = sum(column.width for column in self.columns[first:]) - _INDENT
        for at, piece in enumerate(_pieces(carriable(text), room)):
            self._take(row_height(lines_of(piece, room)))
            for number, value in enumerate(values):
                self.put(self.row, number, None if at else value, self._forms[number])
            done(self.sheet.merge_range(self.row, first, self.row, last, "", self._forms[first]))
            self._put_text(self.row, first, piece, self._forms[first])
            self.row += 1

    def group(self, title: str, rows: Sequence[Row]) -> None:
        """Write rows whose first cell is shared by all of them, merged, with a title in it.

        Where a printed page ends within the group, the title stands again on the next one, so that
        every page says whose rows it shows.

        Args:
            title: Text of the shared cell.
            rows: The other cells of each row, from the second column on.
        """
        laid = [line for row in rows for line in self.laid(row, first=1)]
        form = self._look.form(**_properties(self.columns[0]), bottom=1, bg_color=PAPER)
        text = cut(carriable(title), _LONGEST_TITLE)
        while laid:
            needed = row_height(lines_of(text, self.columns[0].room))
            room = self._left if max(laid[0].height, needed) <= self._left else self._full
            height, count = 0.0, 0
            while count < len(laid) and (not count or height + laid[count].height <= room):
                height += laid[count].height
                count += 1
            start = self.row
            if count > 1:
                done(self.sheet.merge_range(start, 0, start + count - 1, 0, "", form))
            self._put_text(start, 0, text, form)
            kept = max(0.0, needed - laid[0].height)
            self._write(laid[:count], 1, {}, stretch=max(0.0, needed - height), kept=kept)
            del laid[:count]
            text = f"{text.partition(chr(10))[0].removesuffix(_CONTINUED)}{_CONTINUED}"

    # --- laying out ---------------------------------------------------------------------------

    def laid(self, values: Row, first: int = 0, *, ends: bool = True) -> list[Laid]:
        """Return the rows of the sheet that a row of a table takes, with their heights."""
        most = 1
        clean: list[Value] = []
        for number, value in enumerate(values, start=first):
            if value.__class__ is str:
                value = carriable(value)
                width = self.columns[number].room
                if len(value) > width or "\n" in value:
                    most = max(most, lines_of(value, width))
            clean.append(value)
        if most <= LARGEST_LINES:
            return [Laid(clean, row_height(most), last=ends)]
        return self._cut(clean, first, ends=ends)

    def _cut(self, values: Row, first: int, *, ends: bool) -> list[Laid]:
        """Return a row whose text is too long for one, cut into several."""
        pieces: list[list[Value]] = []
        for number, value in enumerate(values, start=first):
            if isinstance(value, str):
                parts = _pieces(value, self.columns[number].room)
                pieces.append([*parts])
            else:
                pieces.append([value])
        count = max(map(len, pieces))
        rows = [[p[at] if at < len(p) else None for p in pieces] for at in range(count)]
        laid = []
        for at, row in enumerate(rows):
            lines = max(
                lines_of(value, self.columns[number].room) if isinstance(value, str) else 1
                for number, value in enumerate(row, start=first)
            )
            laid.append(Laid(row, row_height(lines), last=ends and at == count - 1))
        return laid

    def _write(
        self,
        laid: Sequence[Laid],
        first: int,
        forms: dict[int, Format],
        *,
        stretch: float = 0.0,
        kept: float = 0.0,
    ) -> None:
        """Write laid rows from a column on.

        Args:
            laid: The rows.
            first: Number of the first column.
            forms: Formats of single cells, by column, instead of the column's own.
            stretch: Points by which the rows together are higher than their text needs.
            kept: Points that must still fit below the first one on the same printed page.
        """
        for line in laid:
            at = self.row
            self._take(min(line.height + stretch / len(laid), _TALLEST), kept)
            kept = 0.0
            plain = self._forms if line.last else self._upper
            for number, value in enumerate(line.values, start=first):
                if value.__class__ is str and value:
                    self._put_text(at, number, value, forms.get(number, plain[number]))
                elif isinstance(value, date):
                    self.put(at, number, value, forms.get(number, self._date_forms[number]))
                else:
                    self.put(at, number, value, forms.get(number, plain[number]))
            self.row += 1

    def finish(self, header: str, footer: str) -> None:
        """Set what prints at the top and foot of each page, and the area that prints."""
        self.sheet.set_header(header)
        self.sheet.set_footer(footer)
        if self._breaks:
            self.sheet.set_h_pagebreaks(self._breaks)
        done(self.sheet.print_area(0, 0, max(self.row - 1, 0), len(self.columns) - 1))
        self.sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letters(26)}1048576"})


@dataclass(frozen=True, slots=True)
class Laid:
    """One row of the sheet, ready to be written.

    Attributes:
        values: Its cells.
        height: Its height in points.
        last: Whether a table's row ends with it.
    """

    values: Row
    height: float
    last: bool


_PERMITTED = {
    "format_columns": True,
    "format_rows": True,
    "select_locked_cells": True,
    "select_unlocked_cells": True,
}


_HEADING = {
    "bold": True,
    "font_color": WHITE,
    "bg_color": NAVY,
    "text_wrap": True,
    "valign": "vcenter",
    "align": "left",
    "indent": 1,
}


def _properties(column: Column) -> dict[str, object]:
    properties: dict[str, object] = {"text_wrap": True, "bottom_color": RULE}
    if column.strong:
        properties["bold"] = True
    if column.muted:
        properties["font_color"] = MUTED
    if column.centred:
        properties["align"] = "center"
    else:
        properties |= {"align": "left", "indent": 1}
    return properties


def _paper(needed: float, *, landscape: bool) -> tuple[int, int, float]:
    """Return the paper for columns of so many points, its scale in per cent, and its height."""
    for paper in (_A4, _A3):
        width, height = _PRINTED[paper] if landscape else _PRINTED[paper][::-1]
        scale = min(100, int(width / needed * 100))
        if scale >= _LEAST_SCALE:
            break
    return paper, scale, height


def _pieces(text: str, width: float) -> list[str]:
    """Return a text cut into pieces that each fit a row of the sheet."""
    pieces = []
    start = 0
    ends = line_ends(text, width)
    for at in range(LARGEST_LINES - 1, len(ends) + LARGEST_LINES - 1, LARGEST_LINES):
        end = ends[min(at, len(ends) - 1)]
        while start < end:
            stop = min(end, start + LONGEST_TEXT // 2)
            pieces.append(text[start:stop])
            start = stop
    return pieces
