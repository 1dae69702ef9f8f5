"""The consolidated register: each party with what every unit says about it."""

from __future__ import annotations

from xlsxwriter.format import Format

from isms_xl.group import UnitParty
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.facts import ASPECTS, PartyLine, aspects
from isms_xl.group_book.marks import marked
from isms_xl.pages import Column, Page, Value
from isms_xl.words import join_words, named

PARTIES_PAGE = "Parties"
_DIFFERS = "≠ "
_NAMED = 3


def parties_page(book: GroupBook) -> None:
    """Write the parties, the units beside each other where they are few, else below each other."""
    if book.is_wide:
        _side_by_side(book)
    else:
        _one_below_the_other(book)


def _title(book: GroupBook, page: Page) -> None:
    lines = book.facts.parties
    several = sum(len({number for number, _ in line.seen}) > 1 for line in lines)
    page.title(
        "Consolidated register of interested parties",
        f"{len(lines)} names in all registers, {several} of them in more than one. Rows of one name "
        "are one party here; names that are only alike stand next to each other and are never "
        f"merged. {_DIFFERS.strip()} marks what differs from what most units say.",
    )


def _alike(line: PartyLine) -> str:
    names = [f"“{name}”" for name in dict.fromkeys(line.alike)]
    return f"Perhaps the same as {named(names, _NAMED)} (GRP004)" if names else ""


def _side_by_side(book: GroupBook) -> None:
    page = book.page(
        PARTIES_PAGE,
        (
            Column("Interested party", 30, strong=True),
            Column("Where the units differ", 22),
            *(Column(unit.label, 24) for unit in book.units),
        ),
    )
    _title(book, page)
    page.headings(repeat=True)
    mark = marked(book.look)
    for line in book.facts.parties:
        common = line.common()
        cells: list[list[str]] = [[] for _ in book.units]
        forms: dict[int, Format] = {}
        for number, party in line.seen:
            text, differs = _said(line, party, common)
            cells[number].append(text)
            if differs:
                forms[number + 2] = mark
        differing = line.differing()
        remarks = [join_words(differing)] if differing else []
        if alike := _alike(line):
            remarks.append(alike)
            forms[1] = mark
        page.record((line.name, "\n".join(remarks), *("\n".join(c) for c in cells)), forms=forms)
    if not book.facts.parties:
        page.nothing()


def _said(
    line: PartyLine, party: UnitParty, common: tuple[str | int | None, ...]
) -> tuple[str, bool]:
    """Return what a unit says about a party in a few lines, and whether any of it differs."""
    words = []
    differs = False
    for name, value, usual in zip(ASPECTS, aspects(party), common, strict=True):
        departs = value not in ("", None) and value != usual
        differs |= departs
        shown = f"{name} {value}" if name in ("Power", "Interest") else str(value)
        if name == "Relevant to ISMS":
            shown = {"Yes": "relevant", "No": "not relevant"}.get(str(value), "")
        if value not in ("", None):
            words.append(f"{_DIFFERS if departs else ''}{shown}")
    text = " · ".join(words) or "named"
    return (f"as “{party.name}”: {text}" if party.name != line.name else text), differs


def _one_below_the_other(book: GroupBook) -> None:
    page = book.page(
        PARTIES_PAGE,
        (
            Column("Interested party", 32, strong=True),
            Column("Unit", 28),
            Column("Party type", 22),
            Column("Internal/External", 12),
            Column("Relevant", 10, centred=True),
            Column("Power", 9, centred=True),
            Column("Interest", 9, centred=True),
            Column("Engagement", 18),
            Column("Requirements", 14, centred=True),
            Column("Remark", 44),
        ),
    )
    _title(book, page)
    page.headings(repeat=True)
    top = page.row - 1
    mark = marked(book.look)
    for line in book.facts.parties:
        common = line.common()
        differing = line.differing()
        alike = _alike(line)
        remark = f"Units differ: {join_words(differing)}" if differing else ""
        for at, (number, party) in enumerate(line.seen):
            forms: dict[int, Format] = {}
            values: list[Value] = []
            for place, (value, usual) in enumerate(zip(aspects(party), common, strict=True)):
                departs = value not in ("", None) and value != usual
                values.append(f"{_DIFFERS}{value}" if departs else value)
                if departs:
                    forms[place + 2] = mark
            notes = [alike, remark] if not at else [alike]
            if alike:
                forms[len(page.columns) - 1] = mark
            name = party.name or line.name
            page.record(
                (
                    name,
                    book.label(number),
                    *values,
                    party.requirements,
                    "\n".join(filter(None, notes)),
                ),
                forms=forms,
            )
    if book.facts.parties:
        page.sheet.autofilter(top, 0, page.row - 1, len(page.columns) - 1)
    else:
        page.nothing()
