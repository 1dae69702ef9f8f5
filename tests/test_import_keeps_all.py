"""Whatever a source holds: no text of it is lost, and the log tells the truth on where it went."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from layouts import Sheet, workbook
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from isms_xl.changes import LONGEST_TEXT
from isms_xl.content import Content
from isms_xl.errors import IsmsXlError
from isms_xl.importing.importer import import_register
from isms_xl.importing.log import LOG_SHEET
from isms_xl.importing.source import cell_text, read_source
from isms_xl.importing.words import known_headings
from isms_xl.register import is_blank

DAY = date(2026, 11, 24)
HEADINGS = sorted(known_headings())
ODD = (
    "=1+1",
    "@SUM(A1)",
    "-2+3",
    "+49 1",
    "\tx",
    "a\rb",
    "a\x01b",
    "\x02",
    "_x0001_",
    "<r>bold</r>",
    "<b>&amp;",
    "1. a\n2. b\n- c",
    "x; y (z; w);",
    ";;;",
    "•",
    "H",
    "For/High",
    "A.5.1; Backup Policy",
    "8.24",
    "ja",
    "03/04/2026",
    "internal",
    "Note: see below",
    "￾lone",
    "𝔘𝔫𝔦",
    '"quoted", text',
    " padded  ",
    "é" * 40,
)
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.text("ab ;.\n-1", max_size=14),
)
CELLS = st.one_of(st.just(""), TEXTS, st.just("w" * 40_000 + "end"))
HEADING = st.one_of(st.sampled_from(HEADINGS), TEXTS)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw rows with a known heading for names and one for needs, wherever they stand."""
    others = draw(st.lists(HEADING, max_size=4))
    headings = draw(st.permutations(["Interested party", "Requirements", *others]))
    width = len(headings)
    row = st.lists(CELLS, min_size=width, max_size=width)
    above = draw(st.lists(st.lists(TEXTS, max_size=2), max_size=2))
    below = draw(st.lists(st.lists(TEXTS, max_size=2), max_size=2))
    return [*above, headings, *draw(st.lists(row, max_size=6)), [], *below]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def all_text(content: Content, record: str) -> str:
    """Return all that stands in a record, or in those from one to another."""
    first, _, last = record.partition(" to ")
    found = []
    for rows in content.values():
        for row in rows:
            identifier = str(next(iter(row.values()), ""))
            same = identifier.split("-")[0] == first.split("-")[0]
            if same and first <= identifier <= (last or first):
                found += [str(value) for value in row.values()]
    return "\n".join(found)


def check_nothing_is_lost(data: bytes, name: str) -> None:
    try:
        imported = import_register(data, name, None, DAY)
    except IsmsXlError:  # refused whole: nothing was taken over, so nothing was lost
        return
    source = read_source(data, name)
    logged: dict[tuple[str, str], str] = {}
    log = [tuple(map(str, row)) for row in imported.log]
    for name_of_sheet, cell, text, _, _, _, how in log:
        part = re.search(r"\(part (\d+) of \d+\)$", str(how))
        if part and part[1] != "1":
            logged[name_of_sheet, cell] += text
        elif cell:
            logged[name_of_sheet, cell] = text
    for sheet in source.sheets:
        for row, column, value in sheet.cells():
            assert logged[sheet.name, sheet.address(row, column)] == cell_text(value)
    for _, _, text, into, record, field, how in log:
        as_text = field in ("Name", "Requirement", "Notes", "Source reference", "Owner", "Evidence")
        # Notes that other cells filled up are cut as well; what is cut stands in the log, above.
        held = all_text(imported.content, record) if as_text and record else ""
        if into and held and "(whole on the sheet Import Log)" not in held and "Cut" not in how:
            marks = {"a", "b", "c", *map(str, range(100))}  # numbering of lists goes
            assert set(words(text)) - marks <= set(words(held)), (text, record, field)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@example([["Interested party", "Requirements"], ["a\x01b", "=cmd|' /C calc'!A0"]], ",", "utf-8")
@example([["Interested party", "Requirements"], ["x" * 70_000, "y" * 70_000]], ",", "utf-8")
def test_no_text_of_a_delimited_file_is_lost(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    width = max(map(len, rows))
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
    check_nothing_is_lost(target.getvalue().encode(encoding, "ignore"), "list.csv")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.integers(0, 3), st.integers(0, 2), st.booleans())
def test_no_text_of_a_workbook_is_lost(
    rows: list[list[str]], down: int, right: int, merge: bool
) -> None:
    target = io.BytesIO()
    book = Workbook(target)
    book.add_worksheet("Cover").write_string(0, 0, "Registers of the unit")
    sheet = book.add_worksheet("Data")
    for at, row in enumerate(rows, start=down):
        for column, text in enumerate(row, start=right):
            if text and not is_blank(text):
                sheet.write_string(at, column, text[:LONGEST_TEXT])
    if merge and len(rows) > 4:
        top = down + len(rows)
        sheet.merge_range(top + 1, right, top + 1, right + 1, "Merged remark")
    book.close()
    check_nothing_is_lost(target.getvalue(), "list.xlsx")


@pytest.mark.parametrize("text", [t for t in ODD if t.strip()])
def test_odd_texts_survive_into_the_workbook(text: str) -> None:
    rows = [["Interested party", "Requirements", "Comments"], ["Clients", "Encrypt data", text]]
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows(rows)
    imported = import_register(target.getvalue().encode(), "list.csv", None, DAY)
    book = CalamineWorkbook.from_filelike(io.BytesIO(imported.workbook()))
    shown = {str(row[2]) for row in book.get_sheet_by_name(LOG_SHEET).to_python()}
    assert cell_text(text) in shown
    notes = [str(row[-2]) for row in book.get_sheet_by_name("Interested Parties").to_python()]
    assert any(f"Comments: {cell_text(text).strip()}" in note for note in notes)


def test_a_formula_that_was_never_calculated_is_kept_as_text() -> None:
    data = workbook(
        Sheet((("Interested party", "Requirements"), ("Clients", '="Encrypt "&"data at rest"')))
    )
    imported = import_register(data, "list.xlsx", None, DAY)
    assert imported.content["Requirements"][0]["Requirement"] == '="Encrypt "&"data at rest"'


def test_comments_on_cells_are_in_the_log() -> None:
    import openpyxl
    from openpyxl.comments import Comment

    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(Sheet((("Interested party", "Requirements"), ("Clients", "Encrypt it"))))
        )
    )
    book.worksheets[0]["B2"].comment = Comment("Agreed in May", "Quality")
    target = io.BytesIO()
    book.save(target)
    log = import_register(target.getvalue(), "list.xlsx", None, DAY).log
    assert [row[:2] for row in log if row[2] == "Agreed in May"] == [("Sheet1", "B2")]
