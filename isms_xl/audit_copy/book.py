"""The workbook of an audit copy while it is being written."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter import Workbook

from isms_xl.checking import Report
from isms_xl.look import Look
from isms_xl.pages import Column, Page


class Copy:
    """A workbook and what it is a copy of.

    Args:
        workbook: The workbook.
        report: The register and what the rules found in it.
    """

    def __init__(self, workbook: Workbook, report: Report) -> None:
        self.workbook = workbook
        self.report = report
        self.look = Look(workbook)
        self.pages: list[Page] = []

    def page(self, name: str, columns: Sequence[Column], *, landscape: bool = True) -> Page:
        """Add a page at the end; see `Page`."""
        page = Page(self.workbook, self.look, name, columns, landscape=landscape)
        self.pages.append(page)
        return page
