"""No workbook that isms-xl writes is one that Excel would offer to repair; see `repairs`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from foreign import make_foreign_workbook
from repairs import CHECKS, repairs
from spellings import SPELLINGS
from workbooks import ODD, packed, parts, write_register

from isms_xl.cases import base_content
from isms_xl.cli import main
from isms_xl.content import STARTERS, starter
from isms_xl.template import build_template
from isms_xl.validating import validate
from isms_xl.versioning import stamp

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
ADDIN = Path(__file__).parent.parent / "addin" / "isms_xl.xlam"
CASES = Path(__file__).parent / "cases"


def run(*arguments: object) -> None:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code in (0, 1), done.output


def repaired(folder: Path) -> dict[str, list[str]]:
    """Return the faults of each workbook below a folder."""
    found = {
        str(path.relative_to(folder)): repairs(path.read_bytes())
        for path in sorted(folder.rglob("*.xls[xm]"))
    }
    assert found
    return {name: faults for name, faults in found.items() if faults}


# --- what the tool writes -------------------------------------------------------------------------


def test_the_demo(tmp_path: Path) -> None:
    """Registers written back and stamped, audit copies and the group workbook."""
    run("demo", tmp_path / "out")
    assert repaired(tmp_path) == {}


@pytest.mark.parametrize("name", STARTERS)
def test_a_fresh_register(tmp_path: Path, name: str) -> None:
    path = tmp_path / "fresh.xlsx"
    path.write_bytes(build_template(starter(name), created=DAY))
    assert repaired(tmp_path) == {}
    validate(path, DAY, write_back=True)
    stamp(path, on=DAY, author="ISM", summary="First")
    assert repaired(tmp_path) == {}


def test_an_import(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text(
        "Interested party,Requirement,Power,Review\n"
        + "".join(
            f"Party {n},Wants {n} & more,{n % 5 + 1},2026-0{n % 9 + 1}-01\n" for n in range(90)
        )
    )
    register = tmp_path / "register.xlsx"
    run("import", source, "--output", register)
    assert repaired(tmp_path) == {}
    more = tmp_path / "more.csv"
    more.write_text("Interested party,Requirement\nParty 7,Something new\nNewcomer,A say\n")
    run("import", more, "--into", register, "--yes")
    run("validate", register, "--write-back")
    assert repaired(tmp_path) == {}


def bare(path: Path) -> None:
    write_register(path, base_content())


def odd(path: Path) -> None:
    write_register(path, base_content(), ODD)


def prefixed(path: Path) -> None:
    path.write_bytes((CASES / "prefixed-elements.xlsx").read_bytes())


def foreign_example(path: Path) -> None:
    make_foreign_workbook(path, (EXAMPLES / "clinical-ai.xlsx").read_bytes())


WRITERS: dict[str, Callable[[Path], object]] = {
    "openpyxl": bare,
    "odd": odd,
    "prefixed": prefixed,
    "foreign": make_foreign_workbook,
    "foreign example": foreign_example,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_register_of_another_program(tmp_path: Path, writer: str) -> None:
    path = tmp_path / "register.xlsx"
    WRITERS[writer](path)
    before = repairs(path.read_bytes())
    validate(path, DAY, write_back=True)
    assert [fault for fault in repairs(path.read_bytes()) if fault not in before] == []
    stamp(path, on=DAY, author="ISM", summary="First")
    assert [fault for fault in repairs(path.read_bytes()) if fault not in before] == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_register_spelt_otherwise(tmp_path: Path, spelling: str) -> None:
    path = tmp_path / "register.xlsx"
    bare(path)
    path.write_bytes(packed(SPELLINGS[spelling](parts(path.read_bytes()))))
    validate(path, DAY, write_back=True)
    assert repaired(tmp_path) == {}


def test_a_batch(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    bare(inbox / "one.xlsx")
    prefixed(inbox / "two.xlsx")
    run("batch", inbox, "--out", tmp_path / "out")
    assert repaired(tmp_path / "out") == {}


def test_the_add_in() -> None:
    assert repairs(ADDIN.read_bytes()) == []


# --- each check finds its fault -------------------------------------------------------------------

BOOK, STYLES, TYPES = "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"
SHEET, TABLE, CHAIN = "xl/worksheets/sheet3.xml", "xl/tables/table2.xml", "xl/calcChain.xml"
BOOK_RELS, SHEET_RELS = "xl/_rels/workbook.xml.rels", "xl/worksheets/_rels/sheet3.xml.rels"
LONG = "x" * 256

FAULTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "parts": (),
    "content_types": (
        (TYPES, "</Types>", '<Override PartName="/xl/gone.xml" ContentType="a/b"/></Types>'),
        (TYPES, "</Types>", '<Default Extension="XML" ContentType="a/b"/></Types>'),
        (TYPES, r'<Default Extension="vml"[^>]*>', ""),
    ),
    "relationships": (
        (SHEET_RELS, 'Id="rId2"', 'Id="rId1"'),
        (SHEET_RELS, r"tables/table2\.xml", "tables/table99.xml"),
        (SHEET_RELS, r"tables/table2\.xml", "tables/table3.xml"),
        (SHEET, r'<tablePart r:id="rId\d+"', '<tablePart r:id="rId77"'),
    ),
    "element_order": (
        (BOOK, "</workbook>", "<definedNames/></workbook>"),
        (SHEET, "<sheetData>", '<pageMargins left="1"/><sheetData>'),
        (TABLE, r"(<autoFilter[^>]*>)(.*)(<tableStyleInfo)", r"\2\1\3"),
    ),
    "properties": (),
    "sheet_entries": (
        (BOOK, 'name="Requirements"', 'name="interested PARTIES"'),
        (BOOK, 'name="Requirements"', f'name="{LONG[:32]}"'),
        (BOOK, 'name="Requirements"', 'name="a/b"'),
        (BOOK, 'name="Requirements"', 'name="History"'),
        (BOOK, 'sheetId="3"', 'sheetId="2"'),
        (BOOK, "(<workbookView [^>]*)/>", r'\1 activeTab="99"/>'),
        (BOOK, '(<sheet name="Start" sheetId="1")', r'\1 state="hidden"'),
        (SHEET, "<sheetView ", '<sheetView tabSelected="1" '),
    ),
    "defined_names": (
        (BOOK, "</definedNames>", '<definedName name="GAP_TEXTS">1</definedName></definedNames>'),
        (BOOK, "</definedNames>", '<definedName name="AB12">1</definedName></definedNames>'),
        (BOOK, "</definedNames>", '<definedName name="Parties">1</definedName></definedNames>'),
        (BOOK, "</definedNames>", '<definedName name="two words">1</definedName></definedNames>'),
        (BOOK, "</definedNames>", '<definedName name="empty"/></definedNames>'),
        (
            BOOK,
            "</definedNames>",
            '<definedName name="x" localSheetId="99">1</definedName></definedNames>',
        ),
        (BOOK, r"(name=\"_xlnm.Print_Titles\" localSheetId=\"2\">)[^!]*", r"\1Lists"),
    ),
    "cells": (
        (SHEET, r'<c r="A5"', '<c r="C5"'),
        (SHEET, r'<row r="6"', '<row r="5"'),
        (SHEET, r't="s"><v>\d+', 't="s"><v>999999'),
        (SHEET, r'(<c r="A5") s="\d+"', r'\1 s="99999"'),
        (SHEET, r'<c r="A5"[^>]*><v>\d+</v></c>', '<c r="A5"><v>one</v></c>'),
        (SHEET, r'<c r="A5"[^>]*><v>\d+</v></c>', '<c r="A5" t="e"><v>#EVIL!</v></c>'),
        (SHEET, r'<c r="A5"[^>]*><v>\d+</v></c>', f'<c r="A5" t="str"><v>{LONG * 129}</v></c>'),
        (SHEET, r'<c r="A5"[^>]*><v>\d+</v></c>', f'<c r="A5"><f>{LONG * 33}</f></c>'),
    ),
    "columns": (
        (SHEET, r'<col min="2" max="2"', '<col min="1" max="2"'),
        (SHEET, r'(<col min="2" max="2" width=)"[^"]*"', r'\1"300"'),
    ),
    "merged": (
        (SHEET, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1"/></mergeCells>'),
        (SHEET, "</sheetData>", '</sheetData><mergeCells><mergeCell ref="A5:B6"/></mergeCells>'),
    ),
    "table_names": (
        (TABLE, ' id="2"', ' id="3"'),
        (TABLE, 'displayName="Parties"', 'displayName="requirements"'),
        (TABLE, 'displayName="Parties"', 'displayName="two words"'),
    ),
    "table_shapes": (
        (TABLE, 'name="Owner"', 'name="Owner of it"'),
        (TABLE, 'name="Owner"', 'name="NAME"'),
        (TABLE, r'<tableColumns count="\d+"', '<tableColumns count="3"'),
        (TABLE, r'<tableColumn id="2" name="Name"[^>]*/>', ""),
        (TABLE, r'<autoFilter ref="A4:', '<autoFilter ref="A5:'),
        (TABLE, r'(<table [^>]*ref="A4:[A-Z]+)\d+"', r'\g<1>4"'),
        (SHEET, r'<tableParts count="1"', '<tableParts count="2"'),
    ),
    "validations": (
        (SHEET, "<formula1>[^<]*</formula1>", f'<formula1>"{LONG}"</formula1>'),
        (SHEET, 'promptTitle="[^"]*"', f'promptTitle="{LONG[:33]}"'),
        (SHEET, r'<dataValidations count="\d+"', '<dataValidations count="99"'),
        (SHEET, r'(<dataValidation [^>]*)prompt="[^"]*"', rf'\1prompt="{LONG}"'),
    ),
    "conditional_formats": (
        (SHEET, r'dxfId="\d+"', 'dxfId="999"'),
        (SHEET, r"(<cfRule [^>]*>)<formula>", r"\1<formula>="),
    ),
    "hyperlinks": (
        (SHEET, "<pageMargins", '<hyperlinks><hyperlink ref="A5"/></hyperlinks><pageMargins'),
        (SHEET, "<pageMargins", "<hyperlinks/><pageMargins"),
    ),
    "comments": (
        ("xl/comments2.xml", 'ref="B4"', 'ref="A4"'),
        ("xl/comments2.xml", 'authorId="0"', 'authorId="7"'),
    ),
    "page_breaks": (
        (
            SHEET,
            "<legacyDrawing",
            '<rowBreaks count="2" manualBreakCount="1"><brk id="9" man="1"/></rowBreaks>'
            "<legacyDrawing",
        ),
    ),
    "page_set_up": (
        (SHEET, r"<oddFooter>", f"<oddFooter>{LONG}"),
        (SHEET, r"<pageSetup ", '<pageSetup scale="5" '),
    ),
    "panes": ((SHEET, r'xSplit="\d+" ', ""),),
    "styles": (
        (STYLES, r'(<cellXfs.*?)fontId="\d+"', r'\1fontId="999"'),
        (STYLES, r'(<cellXfs.*?)numFmtId="\d+"', r'\1numFmtId="999"'),
    ),
    "calculation_chain": (),
}


@pytest.fixture(scope="module")
def template() -> dict[str, bytes]:
    return parts((EXAMPLES / "clinical-ai.xlsx").read_bytes())


@pytest.mark.parametrize(
    ("name", "part", "old", "new"),
    [(name, *fault) for name, faults in FAULTS.items() for fault in faults],
)
def test_a_fault_is_found(
    template: dict[str, bytes], name: str, part: str, old: str, new: str
) -> None:
    changed = re.sub(old, new, template[part].decode(), count=1, flags=re.DOTALL)
    assert changed != template[part].decode(), "the fault was not put in"
    found = repairs(packed(template | {part: changed.encode()}))
    assert any(fault.startswith(f"{name}:") for fault in found), found


def test_a_part_twice_is_found(template: dict[str, bytes]) -> None:
    twice = packed([*template.items(), ("XL/styles.xml", template[STYLES])])
    assert any(fault.startswith("parts:") for fault in repairs(twice))


def test_a_property_twice_is_found(template: dict[str, bytes]) -> None:
    entry = '<property fmtid="{0}" pid="2" name="A"/>'
    root = f"<Properties>{entry}{entry}</Properties>"
    found = repairs(packed(template | {"docProps/custom.xml": root.encode()}))
    assert any(fault.startswith("properties:") for fault in found)


def test_a_chain_that_names_no_formula_is_found(template: dict[str, bytes]) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    entry = f'<Relationship Id="rIdC" Type="{kind}" Target="calcChain.xml"/></Relationships>'
    changed = {
        BOOK_RELS: template[BOOK_RELS].replace(b"</Relationships>", entry.encode()),
        CHAIN: b'<calcChain><c r="A1" i="3"/></calcChain>',
    }
    found = repairs(packed(template | changed))
    assert any(fault.startswith("calculation_chain:") for fault in found)


def test_xml_that_breaks_off_is_found(template: dict[str, bytes]) -> None:
    (fault,) = repairs(packed(template | {SHEET: template[SHEET][:-9]}))
    assert "not well-formed" in fault


def test_each_check_has_a_seeded_fault() -> None:
    assert {check.__name__ for check in CHECKS} == set(FAULTS)
