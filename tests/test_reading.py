"""Which cells show no value, told without a parser: as the parser tells it, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from isms_xl.books import grids
from isms_xl.books.reader import MOST_CELLS
from isms_xl.contract import PARTIES
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import Cells, ExcelError, reader_of, text_of

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(*cells: str, row: str = '<row r="2">', tail: str = "") -> bytes:
    return (
        f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="2"/></cols><sheetData>{row}'
        f"{''.join(cells)}</row></sheetData>{tail}</worksheet>"
    ).encode()


TEXT = '<c r="A2" t="s"><v>7</v></c>'
ERROR = '<c r="B2" s="4" t="e"><f>VLOOKUP("t=""e""",A:A,1)</f><v>#N/A</v></c>'


@pytest.mark.parametrize(
    "cells",
    [
        (TEXT,),
        (TEXT, ERROR),
        ('<c r="AZ9999" t="e"><v>#REF!</v></c>', ERROR),
        ('<c r="C2"/>', '<c r="D2" s="1" t="str"><f>"a"</f><v>t="e"</v></c>'),
        ('<c r="C2" t="e" vm="1"><f t="array" ref="C2">A1</f><v> #SPILL! </v></c>',),
        ('<c r="C2" t="e"><f/><v></v></c>',),
    ],
    ids=["none", "one", "corner", "text that looks like it", "spill", "without its name"],
)
def test_usual_sheets_need_no_parser(cells: tuple[str, ...]) -> None:
    xml = sheet(*cells)
    assert grids._unshown_of_ordinary(xml) == grids._surveyed(xml, "S").unshown


@pytest.mark.parametrize(
    "xml",
    [
        sheet("<c t='e'><v>#REF!</v></c>"),
        sheet("<c r='B2' t='e'><v>#REF!</v></c>"),
        sheet('<c t="e" r="B2"><v>#REF!</v></c>'),
        sheet('<c r="B2" t = "e"><v>#REF!</v></c>'),
        sheet('<c\nr="B2" t="e"><v>#REF!</v></c>'),
        sheet('<c r="b2" t="e"><v>#REF!</v></c>'),
        sheet('<c r="B2" t="e"/>'),
        sheet('<c r="B2" t="e"><v>#DIV&#47;0!</v></c>'),
        sheet('<c r="B2" t="&#101;"><v>#REF!</v></c>'),
        sheet(f'<x:c xmlns:x="{MAIN}" r="B2" t="e"><x:v>#REF!</x:v></x:c>'),
        sheet(TEXT, tail='<!-- <c r="A2" t="e"><v>#REF!</v></c> -->'),
        sheet('<c r="A2" t="e"><f><![CDATA[<c r="A9">]]></f><v>#REF!</v></c>'),
    ],
)
def test_unusual_sheets_are_left_to_the_parser(xml: bytes) -> None:
    assert grids._unshown_of_ordinary(xml) is None
    assert grids._cells(xml, "S").unshown == grids._surveyed(xml, "S").unshown


ATTRIBUTES = st.lists(
    st.sampled_from(
        [
            ' r="B2"',
            " r='B3'",
            ' r="BA3"',
            ' r="C300000"',
            ' t="e"',
            " t='e'",
            ' t="s"',
            ' s="3"',
            ' t="str"',
            ' t="b"',
            ' t="n"',
        ]
    ),
    max_size=3,
    unique_by=lambda attribute: attribute[1],
)
CONTENT = st.sampled_from(
    [
        "",
        "<v>#REF!</v>",
        "<f>A1</f><v>#N/A</v>",
        "<v>1</v>",
        "<!-- x --><v>2</v>",
        "<v/>",
        "<f>A1&lt;2</f>",
        "<f>#REF!</f><v/>",
        '<f t="shared" si="0"/><v> </v>',
        "<f/> <v></v>",
    ]
)


@settings(max_examples=600, deadline=None)
@example([([' r="B2"'], '<f t="shared" si="0"/><v> </v>'), ([' r="B2"'], "<f>A1&lt;2</f>")])
@given(st.lists(st.tuples(ATTRIBUTES, CONTENT), max_size=5))
def test_whatever_is_told_without_a_parser_is_what_the_parser_tells(
    cells: list[tuple[list[str], str]],
) -> None:
    xml = sheet(*(f"<c{''.join(attributes)}>{content}</c>" for attributes, content in cells))
    told = grids._unshown_of_ordinary(xml)
    assert told is None or told == grids._surveyed(xml, "S").unshown


def test_the_rectangle_that_needs_no_parser_is_one_that_may_be_read() -> None:
    inside, far, below, beside = (
        sheet(f'<c r="{address}"/>') for address in ("AZ9999", "AZ299999", "A300000", "BA1")
    )
    assert grids._surveyed(far, "S").bottom * 52 <= MOST_CELLS
    assert grids._unshown_of_ordinary(inside) == {}
    for xml in (far, below, beside):
        assert grids._unshown_of_ordinary(xml) is None


def test_far_cells_need_no_parser_where_there_are_many() -> None:
    few, many = (
        sheet(*(f'<c r="A{number}"/>' for number in range(299_999 - count, 299_999)))
        for count in (10_000, 160_000)
    )
    assert grids._unshown_of_ordinary(few) is None
    assert grids._unshown_of_ordinary(many) == {}


@pytest.mark.parametrize(
    "cells",
    [
        ('<c r="A1"><v>1</v></c>', '<c r="XFD1048576"><f>1</f></c>'),
        ('<c r="ZZZ1"><v>1</v></c>', '<c r="A1048576" t="s"/>'),
    ],
)
def test_a_sparse_giant_is_refused(cells: tuple[str, ...]) -> None:
    with pytest.raises(UnreadableWorkbookError, match="almost nothing in between"):
        grids._cells(sheet(*cells), "S")


@pytest.mark.parametrize("of", [text_of, reader_of(PARTIES.column("Power"))])
def test_equal_cells_of_different_kinds_are_told_apart(of: Callable[[object], object]) -> None:
    cells = [1, True, 1.0, None, "1", ExcelError("#N/A"), "x", "x", False, 0.0]
    assert Cells(cells).each(of) == [None if cell is None else of(cell) for cell in cells]
    mixed = [1, 1.0, None, "1", "x", "x", 0.0]
    assert Cells(mixed).each(of) == [None if cell is None else of(cell) for cell in mixed]
