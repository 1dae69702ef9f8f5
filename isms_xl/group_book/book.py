"""The group workbook while it is being written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from isms_xl.changes import MOST_LINKS, Link
from isms_xl.contract import USER_TABLES
from isms_xl.group import Group
from isms_xl.group_book.facts import Facts
from isms_xl.group_book.previous import Previous
from isms_xl.group_book.ranking import Ranked
from isms_xl.look import Look
from isms_xl.pages import Column, Page
from isms_xl.xlsx import clean, done, put

SUMMARY = "Summary"

MOST_UNIT_COLUMNS = 8
"""Units that stand side by side as columns; more of them stand one below the other."""

_SHEETS = frozenset(table.sheet for table in USER_TABLES)
_CELL = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")
_ESCAPED = re.compile(r"""[ "#%<>\[\]^`{}]""")
_FOREIGN = re.compile(r"[:\\\x00-\x1f\x7f]")
_LONGEST_PATH = 1_000


class GroupBook:
    """A workbook and the group it is about.

    Attributes:
        workbook: The workbook.
        group: The group.
        units: Its units, the heaviest first.
        facts: What they say, side by side.
        previous: The numbers of the earlier group workbook, if one was given.
        look: Its formats.
        pages: Its pages so far.
    """

    def __init__(
        self,
        workbook: Workbook,
        group: Group,
        units: Sequence[Ranked],
        facts: Facts,
        previous: Previous | None,
    ) -> None:
        self.workbook = workbook
        self.group = group
        self.units = tuple(units)
        self.facts = facts
        self.previous = previous
        self.look = Look(workbook)
        self.pages: list[Page] = []
        self._links: dict[str, int] = {}

    @property
    def is_wide(self) -> bool:
        """Whether the units are few enough to stand side by side."""
        return len(self.units) <= MOST_UNIT_COLUMNS

    def page(self, name: str, columns: Sequence[Column]) -> Page:
        """Add a page at the end; see `Page`."""
        page = Page(self.workbook, self.look, name, columns, home=SUMMARY, fixed=False)
        self.pages.append(page)
        return page

    def label(self, number: int) -> str:
        """Return what the unit of that place in the ranking is called."""
        return self.units[number].label

    def put_file(
        self,
        sheet: Worksheet,
        row: int,
        column: int,
        path: str,
        form: Format,
        *,
        text: str = "",
        place: tuple[str, str] = ("", ""),
    ) -> None:
        """Write the way to a file the batch made, as a link where it lies below this workbook.

        Args:
            sheet: The sheet.
            row: Row, from 0.
            column: Column, from 0.
            path: The file, relative to the folder of this workbook.
            form: Format of a link; plain text gets that of the cell.
            text: What is shown instead of the path.
            place: Sheet and address within the file.
        """
        target = link_target(path, place)
        count = self._links.get(sheet.name, 0)
        if not target or count >= MOST_LINKS:
            put(sheet, row, column, path, self.look.body(indent=1))
            return
        self._links[sheet.name] = count + 1
        done(sheet.write_url(row, column, target, form, clean(text or path)))


def link_target(path: str, place: tuple[str, str] = ("", "")) -> str:
    """Return a file below the workbook as XlsxWriter takes it; empty where it may lie elsewhere.

    Args:
        path: The file, relative, with `/`.
        place: Sheet and address within it; left out where they are none of a register.
    """
    parts = PurePosixPath(path).parts
    if (
        not parts
        or path.startswith(("/", "~", "-"))
        or ".." in parts
        or _FOREIGN.search(path)
        or len(path) > _LONGEST_PATH
    ):
        return ""
    # XlsxWriter leaves a path with a per cent sign as it is, so all that Excel escapes is done here.
    target = f"external:{_ESCAPED.sub(lambda sign: f'%{ord(sign[0]):02X}', path)}"
    sheet, cell = place
    if sheet in _SHEETS and _CELL.fullmatch(cell):
        target += f"#'{sheet}'!{cell}"
    return target


def to_page(name: str) -> Link:
    """Return a link to the top of a page."""
    return Link(name, name, "A1")
