"""The judges themselves: LibreOffice and the validator say what is so about workbooks we know."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from foreign import SHEET, Package, make_foreign_workbook, small_register
from office import Cell, Office, OfficeError, render_png, require_office, validate_ooxml

MAJOR, MINOR = "#FFC7CE", "#FFEB9C"
FOREIGN = (
    *("sheet", "table", "drawing", "image", "chart", "comments", "threadedComment", "person"),
    *("vmlDrawing", "slicer", "slicerCache", "printerSettings", "externalLink", "calcChain"),
    *("item", "itemProps", "custom", "LabelInfo"),
)
PARTIES = [["IP-003", "Carol", "Staff"], ["IP-001", "Alice", ""], ["IP-002", "Bob", "Board"]]
INDEX = [
    ["IP-001", "Interested Parties", "|Name|", "|Party type|", "", "Alice has no type."],
    ["IP-003", "Interested Parties", "|Party ID|Party type|", "|Name|", "", "Carol left."],
]


def columns(*names: str) -> list[dict[str, str]]:
    return [{"header": name} for name in names]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Make a register whose highlights and `Gaps` column look at a hidden index."""
    path = tmp_path / "register.xlsx"
    gaps = '=IFERROR(INDEX(gap_text,MATCH(Parties[@[Party ID]],gap_records,0)),"")'
    with xlsxwriter.Workbook(path) as book:
        parties = book.add_worksheet("Interested Parties")
        headings = columns("Party ID", "Name", "Party type")
        headings.append({"header": "Gaps", "formula": gaps})
        parties.add_table("A4:D7", {"name": "Parties", "columns": headings, "data": PARTIES})
        index = book.add_worksheet("Gap Index")
        headings = columns("Record", "Sheet", "Major", "Minor", "Observation", "Text")
        index.add_table("A1:F3", {"name": "GapIndex", "columns": headings, "data": INDEX})
        index.hide()
        book.define_name("gap_records", "='Gap Index'!$A:$A")
        book.define_name("gap_text", "='Gap Index'!$F:$F")
        book.define_name("gap_major", "='Gap Index'!$C:$C")
        book.define_name("gap_minor", "=GapIndex[Minor]")
        book.define_name("gap_minor_records", "=GapIndex[Record]")
        for name, records, colour in (
            ("gap_major", "gap_records", MAJOR),
            ("gap_minor", "gap_minor_records", MINOR),
        ):
            found = f'FIND("|"&A$4&"|",INDEX({name},MATCH($A5,{records},0)))'
            look = {"type": "formula", "criteria": f"=ISNUMBER({found})"}
            parties.conditional_format(
                "A5:C7", look | {"format": book.add_format({"bg_color": colour})}
            )
    return path


CAROL, ALICE, BOB = [MAJOR, MINOR, MAJOR], [None, MAJOR, MINOR], [None, None, None]


def test_highlights_follow_the_records(office: Office, register: Path) -> None:
    with office.open(register) as book:
        assert book.highlights("Interested Parties", "A5:C7") == [CAROL, ALICE, BOB]
        book.sort("Interested Parties", "A4:D7", 0)
        assert book.highlights("Interested Parties", "A5:C7") == [ALICE, BOB, CAROL]
        book.sort("Interested Parties", "A4:D7", 1, descending=True)
        assert book.highlights("Interested Parties", "A5:C7") == [CAROL, BOB, ALICE]
        book.set_cell("Interested Parties", "A6", "IP-001")
        assert book.highlights("Interested Parties", "A5:C7") == [CAROL, ALICE, ALICE]
        book.clear_rows("Gap Index", "A2:F3")
        assert book.highlights("Interested Parties", "A5:C7") == [BOB, BOB, BOB]


def test_lookup_column_follows_the_records(office: Office, register: Path) -> None:
    def gaps() -> list[str]:
        return [row[0].text for row in book.cells("Interested Parties", "D5:D7")]

    with office.open(register) as book:
        assert gaps() == ["Carol left.", "Alice has no type.", ""]
        book.sort("Interested Parties", "A4:D7", 0)
        assert gaps() == ["Alice has no type.", "", "Carol left."]
        book.clear_rows("Gap Index", "A2:F3")
        assert gaps() == ["", "", ""]


def test_highlights_of_hidden_merged_filled_and_blank_cells(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Front").write("A1", "x")
        sheet = book.add_worksheet("Hidden")
        sheet.hide()
        filled = book.add_format({"bg_color": MAJOR})
        for row in range(2, 8):
            sheet.write_row(row, 1, [row] * 4, filled if row == 5 else None)
        sheet.merge_range("B4:C5", 3)
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
        for criteria, look in (
            ('=OR(A1="",MOD(A1,3)=1)', {"bg_color": MINOR}),
            ("=A1=3", {"bold": 1}),
        ):
            rule = {"type": "formula", "criteria": criteria, "format": book.add_format(look)}
            sheet.conditional_format("A1:E9", rule)
    fill, bold, none = MINOR, "no fill", None
    with office.open(path) as opened:
        assert opened.highlights("Hidden", "A1:F10") == [
            [fill, fill, fill, fill, fill, none],
            [fill, fill, fill, fill, fill, none],
            [fill, none, none, none, none, none],
            [fill, bold, none, bold, bold, none],
            [fill, none, none, fill, fill, none],
            [fill, none, none, none, none, none],
            [fill, none, none, none, none, none],
            [fill, fill, fill, fill, fill, none],
            [fill, fill, fill, fill, fill, none],
            [none, none, none, none, none, none],
        ]
        assert opened.highlights("Hidden", "D4:E5") == [[bold, bold], [fill, fill]]
        saved = opened.save_as(tmp_path / "saved.xlsx")
    sheet_part = Package(saved.read_bytes()).text("xl/worksheets/sheet2.xml")
    assert re.findall(r'<row r="(\d+)"[^>]* hidden="true"', sheet_part) == ["7"]
    assert re.findall(r'<col [^>]*hidden="true"[^>]* min="(\d+)"', sheet_part) == ["4"]


def test_highlights_are_what_is_drawn(office: Office, tmp_path: Path) -> None:
    """Random overlapping formats: each cell's middle has that colour in the printed page."""
    path, rows, width, chance = tmp_path / "drawn.xlsx", 40, 8, random.Random(27001)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Drawn")
        for row in range(rows):
            sheet.write_row(row, 0, [chance.randrange(20) for _ in range(width)])
        for _ in range(8):
            top, left = chance.randrange(30), chance.randrange(6)
            corner = f"{chr(ord('A') + left)}{top + 1}"
            criteria = f"=MOD({corner},{chance.randrange(2, 6)})=0"
            colour = book.add_format({"bg_color": f"#{chance.randrange(0x404040, 0xFFFFF0):06X}"})
            where = (top, left, top + chance.randrange(10), chance.randrange(left, width))
            sheet.conditional_format(
                *where, {"type": "formula", "criteria": criteria, "format": colour}
            )
    with office.open(path) as opened:
        found = opened.highlights("Drawn", f"A1:H{rows}")
        page = opened.pdf(tmp_path / "drawn.pdf")
    subprocess.run(["pdftoppm", "-singlefile", "-r", "144", page, page.with_suffix("")], check=True)
    header, across, pixels = re.split(
        rb"^P6\s+(\d+)\s+\d+\s+255\s", page.with_suffix(".ppm").read_bytes(), maxsplit=1
    )
    assert header == b""

    def drawn(row: int, column: int) -> str | None:
        # margins of 0.7 and 0.75 inches, cells of 48 by 15 points, two pixels a point
        x, y = 2 * (50.4 + 48 * column + 8), 2 * (54 + 15 * row + 7)
        at = 3 * (int(y) * int(across) + int(x))
        colour = f"#{pixels[at : at + 3].hex().upper()}"
        return None if colour == "#FFFFFF" else colour

    assert found == [[drawn(row, column) for column in range(width)] for row in range(rows)]
    assert len({colour for row in found for colour in row}) > 5


def test_cells(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "cells.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Cells")
        sheet.write_row(0, 0, [None, "=text", 45000.5, True])
        sheet.write("C1", 45000.5, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string("B1", "=text")
        for column, formula in enumerate(("=2*3", "=1/0", "=NA()", "=gone", '=""', '="a"&"b"')):
            sheet.write_formula(1, column, formula, None, 99)  # the stored results are wrong
    with office.open(path) as opened:
        above, below = opened.cells("Cells", "A1:F2")
        assert opened.cells("Cells") == [above, below]
    assert above[:2] == [Cell(), Cell("text", "=text", "=text")]
    assert above[2] == Cell("number", 45000.5, "2023-03-15")
    assert above[3].value == 1
    assert {cell.type for cell in below} == {"formula"}
    assert [cell.text for cell in below] == ["6", "#DIV/0!", "#N/A", "#NAME?", "", "ab"]
    assert [cell.error for cell in below] == [0, 532, 32767, 525, 0, 0]
    assert below[5].formula == '="a"&"b"'


def test_set_cell(office: Office, register: Path) -> None:
    with office.open(register) as book:
        assert book.sheets() == ["Interested Parties", "Gap Index"]
        for value, text in (
            (7, "7"),
            ("007", "007"),
            ("=COUNTIF('Gap Index'!$A:$A,\"IP-00*\")", "2"),
            ('=IF(ROWS(Parties[Name])=3,"yes","no")', "yes"),
            (None, ""),
        ):
            book.set_cell("Interested Parties", "H1", value)
            assert book.cells("Interested Parties", "H1")[0][0].text == text


def test_protection_is_no_obstacle(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "protected.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Locked")
        sheet.write_column("A1", [3, 2, 1])
        look = {"type": "cell", "criteria": ">", "value": 2}
        sheet.conditional_format("A1:A3", look | {"format": book.add_format({"bg_color": MAJOR})})
        sheet.protect("secret")
    with office.open(path) as opened:
        assert opened.highlights("Locked") == [[MAJOR], [None], [None]]
        opened.set_cell("Locked", "A2", 4)
        opened.clear_rows("Locked", "A1")
        assert opened.highlights("Locked") == [[None], [MAJOR], [None]]


def test_files_are_left_alone(office: Office, register: Path) -> None:
    before = register.read_bytes()
    with office.open(register) as book:
        book.set_cell("Interested Parties", "B5", "Zoe")
        saved = book.save_as(register.with_name("copy.xlsx"))
        assert [path.name for path in sorted(register.parent.iterdir())] == [
            "copy.xlsx",
            "register.xlsx",
        ]
    assert register.read_bytes() == before
    with office.open(saved) as book:
        assert book.cells("Interested Parties", "B5")[0][0].text == "Zoe"


def test_render_png(register: Path, tmp_path: Path) -> None:
    require_office("soffice")
    pictures = render_png(register, tmp_path / "pictures")
    assert [picture.name for picture in pictures] == ["register-1.png"]
    assert pictures[0].read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_done_is_said(office: Office, register: Path, tmp_path: Path) -> None:
    with pytest.raises(OfficeError):
        office.open(tmp_path / "missing.xlsx")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(register.read_bytes()[:3000])
    with pytest.raises(OfficeError):
        office.open(broken)
    with office.open(register) as book, pytest.raises(OfficeError):
        book.cells("No such sheet")


def test_office_starts_again_after_a_crash(register: Path) -> None:
    with Office() as office:
        with office.open(register) as book:
            assert office._server
            os.killpg(office._server.pid, signal.SIGKILL)
            with pytest.raises(OfficeError, match="died"):
                book.sheets()
        with office.open(register) as book:
            assert len(book.sheets()) == 2


def test_office_gives_up_waiting(register: Path) -> None:
    with Office() as office, pytest.raises(OfficeError, match="not done"):
        office.ask("open", seconds=0.001, path=str(register))


@pytest.mark.parametrize("tool", ["soffice", "ooxml-validator"])
def test_missing_tools(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setenv("ISMS_XL_REQUIRE_OFFICE", "0")
    with pytest.raises(pytest.skip.Exception, match=tool):
        require_office(tool)
    monkeypatch.setenv("ISMS_XL_REQUIRE_OFFICE", "1")
    with pytest.raises(pytest.fail.Exception, match=tool):
        require_office(tool)


def test_validator(register: Path) -> None:
    assert validate_ooxml(register) == []
    package = Package(register.read_bytes())
    package.replace("xl/worksheets/sheet1.xml", "(?=</sheetData>)", "<odd/>")
    package.replace("xl/tables/table1.xml", "(?<=<tableColumn id=)", '"x" broken=')
    package.write(register)
    errors = validate_ooxml(register)
    assert any("invalid child element" in e and "sheet1.xml" in e for e in errors)
    assert any("invalid value 'x'" in e and "table1.xml" in e for e in errors)
    register.write_bytes(b"PK")
    assert validate_ooxml(register) != []


@pytest.mark.parametrize("kind", ["xlsx", "xlsm"])
@pytest.mark.parametrize("based", [False, True])
def test_foreign_workbook(
    office: Office, register: Path, tmp_path: Path, kind: str, based: bool
) -> None:
    path, again = tmp_path / f"foreign.{kind}", tmp_path / f"again.{kind}"
    base = register.read_bytes() if based else small_register()
    added = make_foreign_workbook(path, base)
    make_foreign_workbook(again, base)
    assert path.read_bytes() == again.read_bytes()
    kinds = [re.sub(r"\d*\.\w+$", "", name.rpartition("/")[2]) for name in added]
    assert set(FOREIGN) <= set(kinds)
    assert ("xl/vbaProject.bin" in added) == (kind == "xlsm")
    before, after = Package(base).parts, Package(path.read_bytes()).parts
    changed = {name for name in before if before[name] != after[name]}
    index = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
    assert changed == index
    assert validate_ooxml(path) == []
    with office.open(path) as book:
        assert book.sheets()[-1] == SHEET
        assert [cell.text for cell in book.cells(SHEET)[1]][:3] == ["Alpha", "3", "5"]
        assert book.highlights(SHEET, "B2:B4") == [[None], ["#CCE5FF"], [None]]
