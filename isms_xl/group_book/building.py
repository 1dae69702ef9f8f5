"""Build the group workbook: all pages in their order."""

from __future__ import annotations

import io
from datetime import datetime, time

from xlsxwriter import Workbook

from isms_xl.group import Group
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.closing_pages import due_page, files_page, findings_page
from isms_xl.group_book.coverage_pages import controls_pages, obligations_page, requirements_page
from isms_xl.group_book.facts import facts_of
from isms_xl.group_book.gap_page import gap_pages
from isms_xl.group_book.party_page import parties_page
from isms_xl.group_book.previous import Previous, changes, properties_of
from isms_xl.group_book.ranking import ranked
from isms_xl.group_book.summary import Summary
from isms_xl.group_book.trend_page import trend_page
from isms_xl.group_book.unit_page import units_page
from isms_xl.look import DATE_FORMAT
from isms_xl.margins import margins

_TITLE = "Interested parties across the group"
_SUBJECT = "ISO/IEC 27001:2022, clause 4.2"
_MOST_CLASSES = 3


def build_group_workbook(group: Group, *, previous: Previous | None = None) -> bytes:
    """Return a workbook that shows the registers of a group side by side.

    The same group and the same earlier numbers give the same bytes.

    Args:
        group: The group, with what the GRP rules found.
        previous: The numbers of the earlier group workbook, for the trend.

    Raises:
        ContractError: Something could not be written.
    """
    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True, "default_date_format": DATE_FORMAT})
    units = ranked(group)
    book = GroupBook(workbook, group, units, facts_of(group, units), previous)
    changed = changes(units, previous) if previous else []
    summary = Summary(book)
    units_page(book)
    totals = trend_page(book, changed)
    gap_pages(book)
    parties_page(book)
    requirements_page(book)
    controls_pages(book)
    obligations_page(book)
    due_page(book)
    findings_page(book)
    files_page(book)
    summary.write(changed, totals)
    header, footer = _header(group), _footer(group)
    for page in book.pages:
        page.finish(header, footer)
    workbook.set_properties(
        {"title": _TITLE, "subject": _SUBJECT, "created": datetime.combine(group.as_of, time())}
    )
    for name, value in properties_of(group).items():
        workbook.set_custom_property(name, value, "text")
    workbook.set_size(2400, 1600)
    workbook.close()
    return target.getvalue()


def _header(group: Group) -> str:
    organisations = list(dict.fromkeys(u.organisation for u in group.units if u.organisation))
    whose = organisations[0] if len(organisations) == 1 else "Group"
    return margins([whose], "", f"{_TITLE} · as of {group.as_of.isoformat()}")


def _footer(group: Group) -> str:
    """Return the foot of a page: how the registers in it are classified, and the page."""
    classes = list(dict.fromkeys(u.classification for u in group.units if u.classification))
    shown = classes[:_MOST_CLASSES]
    if len(classes) > _MOST_CLASSES:
        shown.append("and others")
    return margins(
        [f"Registers classified: {', '.join(shown)}"] if shown else [], "", "Page &P of &N"
    )
