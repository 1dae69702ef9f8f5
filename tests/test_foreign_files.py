"""Writing back into files that other programs wrote, in every form an element may take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from office import Office, validate_ooxml
from workbooks import change, packed, parts, prefixed, sheet_parts, strict

from isms_xl.books.elements import Elements
from isms_xl.books.file import FileBook
from isms_xl.checking import check
from isms_xl.contract import GAP_INDEX_NAMES, GAPS, TOOL_TABLES
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.register import Register
from isms_xl.validating import Validation, validate

DAY = date(2026, 11, 27)
CASES = Path(__file__).parent / "cases"
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("clinical-ai", "foundation-models", "public-sector")
BOOK, RELS, TYPES, APP = (
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "[Content_Types].xml",
    "docProps/app.xml",
)


def copy_of(name: str, folder: Path) -> Path:
    path = folder / f"{name}.xlsx"
    path.write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    return path


def without_tool_sheets(path: Path) -> Path:
    """Return a register without the tool's sheets, so that a write has to make them all."""
    book = openpyxl.load_workbook(path)
    for table in TOOL_TABLES:
        if table.sheet in book.sheetnames:
            del book[table.sheet]
    for name in GAP_INDEX_NAMES:
        book.defined_names.pop(name, None)
    book.save(path)
    return path


def findings_of(path: Path) -> set[tuple[str, str, str, str, str]]:
    report = check(Register(FileBook.open(path).tables()), DAY)
    return {(f.code, f.sheet, f.record, f.field, f.message) for f in report.findings}


def written_back(path: Path) -> Validation:
    """Write the gaps in; the file reads as before, and has no fault it did not have."""
    before, faults = findings_of(path), set(validate_ooxml(path))
    validation = validate(path, DAY, write_back=True)
    assert findings_of(path) == before
    assert set(validate_ooxml(path)) - faults == set()
    return validation


def once(xml: bytes, name: str) -> None:
    assert len(list(Elements(xml, "xl/workbook.xml").root.all(name))) == 1, name


def emptied(names: Iterable[str]) -> Callable[[str], str]:
    def edit(xml: str) -> str:
        for name in names:
            xml = re.sub(rf"<{name}\b.*?(?:/>|</{name}>)", f"<{name}/>", xml, flags=re.DOTALL)
        return xml

    return edit


def put(new: str, before: str) -> Callable[[str], str]:
    return lambda xml: re.sub(f"(?=<{before}\\b)", new, xml, count=1)


FORMS: dict[str, dict[str, Callable[[str], str] | bytes]] = {
    "no names": {BOOK: lambda xml: re.sub(r"<definedNames\b.*?(?:/>|</definedNames>)", "", xml)},
    "empty names": {BOOK: emptied(["definedNames"])},
    "names of two tags": {
        BOOK: lambda xml: re.sub(
            r"<definedNames\b.*?(?:/>|</definedNames>)", "<definedNames></definedNames>", xml
        )
    },
    "no calculation": {BOOK: lambda xml: re.sub(r"<calcPr\b[^>]*/>", "", xml)},
    "calculation of two tags": {
        BOOK: lambda xml: re.sub(
            r"<calcPr\b[^>]*/>", "<calcPr calcId='1' fullCalcOnLoad = 'false'></calcPr>", xml
        )
    },
    "comments that look like elements": {
        BOOK: put("<!-- </sheets><definedNames/><calcPr/> -->", "sheets")
    },
    "comment and instruction in front": {
        BOOK: lambda xml: re.sub(r"(?=<workbook\b)", "<?made by='x>'?><!-- <workbook> -->", xml)
    },
    "alternate content": {
        BOOK: put(
            '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
            '2006"><mc:Choice Requires="x15" xmlns:x15="http://schemas.microsoft.com/office/'
            'spreadsheetml/2010/11/main"><x15:absPath url="C:/a" xmlns:x15="http://schemas.'
            'microsoft.com/office/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>',
            "bookViews",
        )
    },
    "extension list": {
        BOOK: lambda xml: xml.replace(
            "</workbook>",
            '<extLst><ext uri="{79F54976-1DA5-4618-B147-4CDE4B953A38}"/></extLst></workbook>',
        )
    },
    "brackets in values": {
        BOOK: lambda xml: xml.replace("<workbookPr", "<workbookPr codeName='a>b'")
    },
    "line ends of Windows": {BOOK: lambda xml: xml.replace("><", ">\r\n<")},
}


@pytest.mark.parametrize("form", FORMS)
def test_write_back_whatever_form_the_workbook_part_has(tmp_path: Path, form: str) -> None:
    path = change(without_tool_sheets(copy_of("clinical-ai", tmp_path)), FORMS[form])
    written_back(path)
    book = parts(path.read_bytes())[BOOK]
    for name in ("sheets", "definedNames", "calcPr"):
        once(book, name)
    names = openpyxl.load_workbook(path).defined_names
    assert set(GAP_INDEX_NAMES) <= set(names)
    assert b'fullCalcOnLoad="1"' in book


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda x: x.encode("utf-8-sig"), id="byte-order mark"),
        pytest.param(lambda x: x.encode("utf-16"), id="UTF-16"),
    ],
)
@pytest.mark.parametrize("part", [BOOK, RELS, TYPES, APP])
def test_write_back_in_any_encoding(
    tmp_path: Path, part: str, encode: Callable[[str], bytes]
) -> None:
    path = without_tool_sheets(copy_of("clinical-ai", tmp_path))
    text = re.sub(r"^<\?xml.*?\?>\s*", "", parts(path.read_bytes())[part].decode())
    change(path, {part: encode(text)})
    before = findings_of(path)
    validate(path, DAY, write_back=True)
    assert findings_of(path) == before
    assert openpyxl.load_workbook(path)["Gaps"]["C2"].value


RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT = "http://schemas.openxmlformats.org/package/2006/content-types"


def with_prefixes(path: Path, prefix: str) -> Path:
    """Give every element of spreadsheet, relationship and content type parts a prefix."""
    content = parts(path.read_bytes())
    for name, xml in content.items():
        text = xml.decode("utf-8", "replace")
        for namespace in (
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            RELATIONS,
            CONTENT,
        ):
            if f'xmlns="{namespace}"' in text and "<mc:" not in text and "<x14" not in text:
                text = prefixed(text.replace(f'xmlns="{namespace}"', 'xmlns="MAIN"'), prefix)
                text = text.replace('xmlns="MAIN"', f'xmlns:{prefix}="{namespace}"')
                content[name] = text.encode()
    path.write_bytes(packed(content))
    return path


@pytest.mark.parametrize("prefix", ["x", "ssml.main-1"])
@pytest.mark.parametrize("bare", [False, True], ids=["with tool sheets", "without"])
@pytest.mark.parametrize("name", NAMES)
def test_prefixes_make_no_difference(
    tmp_path: Path, office: Office, name: str, bare: bool, prefix: str
) -> None:
    path = copy_of(name, tmp_path)
    if bare:
        without_tool_sheets(path)
    plain = findings_of(path)
    with_prefixes(path, prefix)
    assert f"<{prefix}:sheetData".encode() in b"".join(parts(path.read_bytes()).values())
    assert findings_of(path) == plain
    assert written_back(path).rebuilt == ()
    with office.open(path) as book:
        shown = {cell.text for row in book.cells("Gaps") for cell in row}
    assert {code for code, *_ in plain} <= shown


def test_register_with_prefixes_is_written_back(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes((CASES / "prefixed-elements.xlsx").read_bytes())
    written_back(path)
    written_back(path)


def test_strict_workbook_is_written_back_as_strict(tmp_path: Path) -> None:
    path = without_tool_sheets(copy_of("clinical-ai", tmp_path))
    plain = findings_of(path)
    path.write_bytes(packed(strict(parts(path.read_bytes()))))
    assert findings_of(path) == plain
    validate(path, DAY, write_back=True)
    assert findings_of(path) == plain
    index = b"".join(v for k, v in parts(path.read_bytes()).items() if "isms_" in k or k == BOOK)
    assert b"schemas.openxmlformats.org/spreadsheetml" not in index


# --- tool sheets that others wrote again ------------------------------------------------------------


def first_seen(path: Path) -> list[object]:
    sheet = openpyxl.load_workbook(path)["Gaps"]
    top = next(r for r in range(1, 9) if sheet.cell(r, 1).value == "No.")
    column = next(c for c in range(1, 20) if sheet.cell(top, c).value == "First seen")
    return [
        getattr(sheet.cell(row, column).value, "isoformat", str)()[:10]
        for row in range(top + 1, sheet.max_row + 1)
        if sheet.cell(row, column).value
    ]


def seen_early(path: Path) -> Path:
    validate(path, date(2026, 10, 1), write_back=True)
    return path


def no_table(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    del book["Gaps"].tables["Gaps"]
    book.save(path)


def columns_moved(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Gaps"]
    top = next(r for r in range(1, 9) if sheet.cell(r, 1).value == "No.")
    for row in range(top, sheet.max_row + 1):
        one, two = sheet.cell(row, 2).value, sheet.cell(row, 3).value
        sheet.cell(row, 2).value, sheet.cell(row, 3).value = two, one
    table = sheet.tables["Gaps"]
    table.tableColumns[1].name, table.tableColumns[2].name = "Rule", "Severity"
    book.save(path)


def header_off(path: Path) -> None:
    content = parts(path.read_bytes())
    part = next(n for n, x in content.items() if b'displayName="Gaps"' in x)
    change(path, {part: lambda x: x.replace(" id=", ' headerRowCount="0" id=', 1)})


@pytest.mark.parametrize("edit", [no_table, columns_moved, header_off])
def test_rearranged_tool_sheet_is_made_anew(tmp_path: Path, edit: Callable[[Path], None]) -> None:
    path = seen_early(copy_of("clinical-ai", tmp_path))
    before = first_seen(path)
    edit(path)
    validation = written_back(path)
    assert validation.rebuilt == ("Gaps",)
    assert first_seen(path).count("2026-10-01") >= len(before) - 3
    assert written_back(path).rebuilt == ()


def test_what_is_not_the_tools_is_never_lost_with_its_sheet(tmp_path: Path) -> None:
    path = seen_early(copy_of("clinical-ai", tmp_path))
    book = openpyxl.load_workbook(path)
    sheet = book["Gaps"]
    del sheet.tables["Gaps"]
    top = next(r for r in range(1, 9) if sheet.cell(r, 1).value == "No.")
    sheet.cell(top, len(GAPS.columns) + 1, "My remark")
    book.save(path)
    before = path.read_bytes()
    with pytest.raises(WriteRefusedError, match=r"not the tool's \(My remark\)"):
        validate(path, DAY, write_back=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("left", ["", "'Gap Index'!#REF!"])
def test_highlights_get_their_names_again(tmp_path: Path, left: str) -> None:
    path = copy_of("clinical-ai", tmp_path)
    entry = f'<definedName name="gap_texts">{left}</definedName>' if left else ""
    change(
        path,
        {BOOK: lambda xml: re.sub(r'<definedName name="gap_texts">.*?</definedName>', entry, xml)},
    )
    written_back(path)
    names = openpyxl.load_workbook(path).defined_names
    assert {names[name].attr_text.split("!")[0] for name in GAP_INDEX_NAMES} == {"'Gap Index'"}
    assert "#REF!" not in names["gap_texts"].attr_text
    book = parts(path.read_bytes())[BOOK]
    assert book.count(b'"gap_texts"') == 1


RICH = "http://schemas.microsoft.com/office/spreadsheetml/2017/richdata"
RICH_PARTS = {
    "xl/metadata.xml": f"""<metadata xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:xlrd="{RICH}"><metadataTypes count="1"><metadataType name="XLRICHVALUE"/></metadataTypes>
<futureMetadata name="XLRICHVALUE" count="3">
<bk><extLst><ext uri="a"><xlrd:rvb i="0"/></ext></extLst></bk>
<bk><extLst><ext uri="a"><xlrd:rvb i="1"/></ext></extLst></bk>
<bk><extLst><ext uri="a"><xlrd:rvb i="2"/></ext></extLst></bk></futureMetadata>
<valueMetadata count="3"><bk><rc t="1" v="0"/></bk><bk><rc t="1" v="1"/></bk><bk><rc t="1" v="2"/></bk>
</valueMetadata></metadata>""",
    "xl/richData/rdrichvalue.xml": f"""<rvData xmlns="{RICH}" count="3">
<rv s="0"><v>7</v><v>Irish Data Protection Commission</v></rv>
<rv s="1"><v>0</v></rv><rv s="2"><v>5</v></rv>
</rvData>""",
    "xl/richData/rdrichvaluestructure.xml": f"""<rvStructures xmlns="{RICH}" count="3">
<s t="_linkedentity2"><k n="_Provider" t="spb"/><k n="_DisplayString" t="s"/></s>
<s t="_error"><k n="errorType" t="i"/></s><s t="_localImage"><k n="_rvRel:LocalImageIdentifier"/></s>
</rvStructures>""",
}
KINDS = {
    "xl/metadata.xml": "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sheetMetadata",
    "xl/richData/rdrichvalue.xml": "http://schemas.microsoft.com/office/2017/06/relationships/rdRichValue",
    "xl/richData/rdrichvaluestructure.xml": (
        "http://schemas.microsoft.com/office/2017/06/relationships/rdRichValueStructure"
    ),
}


def test_linked_data_types_and_pictures_are_no_errors(tmp_path: Path) -> None:
    path = copy_of("public-sector", tmp_path)
    content = parts(path.read_bytes())
    sheet = sheet_parts(content)["Interested Parties"]
    xml = content[sheet].decode()
    for row, number in ((5, 1), (6, 2), (7, 3)):
        xml = re.sub(
            rf'<c r="B{row}"( s="\d+")? t="s"><v>\d+</v></c>',
            rf'<c r="B{row}"\1 t="e" vm="{number}"><v>#VALUE!</v></c>',
            xml,
        )
    rels = content[RELS].decode()
    for number, (part, kind) in enumerate(KINDS.items(), start=900):
        entry = f'<Relationship Id="rId{number}" Type="{kind}" Target="/{part}"/>'
        rels = rels.replace("</Relationships>", f"{entry}</Relationships>")
    rich = {name: text.encode() for name, text in RICH_PARTS.items()}
    path.write_bytes(packed({**content, sheet: xml.encode(), RELS: rels.encode(), **rich}))
    register = Register(FileBook.open(path).tables())
    names = [str(value) for value in register.parties.raw["Name"][:3]]
    assert names == ["Irish Data Protection Commission", "#VALUE!", "(picture)"]
    errors = [f.record for f in check(register, DAY).findings if f.code == "DAT005"]
    assert [record for record in errors if record.startswith("IP")] == [register.parties.ids[1]]


def test_names_of_parts_may_hold_backslashes(tmp_path: Path) -> None:
    path = copy_of("clinical-ai", tmp_path)
    expected = findings_of(path)
    content = parts(path.read_bytes())
    path.write_bytes(packed((name.replace("/", "\\"), xml) for name, xml in content.items()))
    assert findings_of(path) == expected
    written_back(path)
    assert set(content) <= set(parts(path.read_bytes()))


def test_parts_outside_the_file_stay_refused(tmp_path: Path) -> None:
    path = copy_of("clinical-ai", tmp_path)
    content = parts(path.read_bytes())
    path.write_bytes(packed({**content, "..\\..\\evil.xml": b"<a/>"}))
    with pytest.raises(UnreadableWorkbookError, match="leads outside"):
        FileBook.open(path)


def test_a_hidden_heading_row_is_said(tmp_path: Path) -> None:
    path = copy_of("clinical-ai", tmp_path)
    content = parts(path.read_bytes())
    table = next(n for n, xml in content.items() if b'displayName="Parties"' in xml)
    sheet = sheet_parts(content)["Interested Parties"]
    edited = re.sub(r'ref="A4:(Q\d+)"', r'ref="A5:\1"', content[table].decode())
    edited = re.sub(r"<autoFilter[^>]*/>", "", edited).replace(
        'totalsRowShown="0"', 'headerRowCount="0" totalsRowShown="0"'
    )
    bare = re.sub(rb'<row r="4".*?</row>', b"", content[sheet], flags=re.DOTALL)
    before = findings_of(path)
    path.write_bytes(packed({**content, table: edited.encode(), sheet: bare}))
    new = findings_of(path) - before
    assert [(code, sheet, record) for code, sheet, record, *_ in new] == [
        ("DAT001", "Interested Parties", "Parties")
    ]
