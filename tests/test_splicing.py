"""Elements go where the schema wants them, in the part's own prefix and encoding."""

from __future__ import annotations

import pytest

from isms_xl.books.splicing import Splice
from isms_xl.errors import UnreadableWorkbookError

MAIN = "urn:main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
SHEET = f'<worksheet xmlns="{MAIN}" xmlns:mc="{MC}" xmlns:o="urn:other">'


def inserted(xml: str, new: str, into: str = "") -> str:
    part = Splice(xml.encode())
    parent = part.root.first(into) if into else part.root
    assert parent is not None
    part.insert(parent, new)
    return part.finished().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<sheetData/>", "<sheetData/>|"),
        ("<sheetData/><tableParts/>", "<sheetData/>|<tableParts/>"),
        ("<cols/><sheetData/><!-- <hyperlinks/> -->", "<cols/><sheetData/>|<!-- <hyperlinks/> -->"),
        ("<tableParts/><extLst/>", "|<tableParts/><extLst/>"),
        ("<sheetData/><o:pageMargins/>", "<sheetData/>|<o:pageMargins/>"),
        ("<mergeCells/><dataValidations/>", "<mergeCells/><dataValidations/>|"),
        ("<hyperlinks/><drawing/>", "<hyperlinks/>|<drawing/>"),
        (
            '<sheetData/><mc:AlternateContent><mc:Choice Requires="x"><controls/></mc:Choice>'
            "</mc:AlternateContent>",
            '<sheetData/>|<mc:AlternateContent><mc:Choice Requires="x"><controls/></mc:Choice>'
            "</mc:AlternateContent>",
        ),
        (
            '<sheetData/><mc:AlternateContent><mc:Choice Requires="x"><mergeCells/></mc:Choice>'
            "</mc:AlternateContent><tableParts/>",
            '<sheetData/><mc:AlternateContent><mc:Choice Requires="x"><mergeCells/></mc:Choice>'
            "</mc:AlternateContent>|<tableParts/>",
        ),
        (
            "<sheetData><row><c><v>1</v></c></row></sheetData><pageMargins/>",
            "<sheetData><row><c><v>1</v></c></row></sheetData>|<pageMargins/>",
        ),
    ],
)
def test_links_go_where_the_schema_wants_them(before: str, after: str) -> None:
    new = '<hyperlinks><hyperlink ref="A1"/></hyperlinks>'
    expected = f"{SHEET}{after.replace('|', new)}</worksheet>"
    assert inserted(f"{SHEET}{before}</worksheet>", new) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<names/>", "<names><n/></names>"),
        ("<names />", "<names ><n/></names>"),
        ("<names></names>", "<names><n/></names>"),
        ("<names><n a='>'/></names>", "<names><n a='>'/><n/></names>"),
        ("<names><!-- </names> --></names>", "<names><!-- </names> --><n/></names>"),
        ("<names><![CDATA[</names>]]></names>", "<names><![CDATA[</names>]]><n/></names>"),
    ],
)
def test_an_element_is_filled_in_whatever_form_it_has(before: str, after: str) -> None:
    assert inserted(f'<a xmlns="{MAIN}">{before}</a>', "<n/>", "names") == (
        f'<a xmlns="{MAIN}">{after}</a>'
    )


@pytest.mark.parametrize("prefix", ["x", "s-1.b", "ä"])
def test_what_is_put_in_takes_the_prefix(prefix: str) -> None:
    root = f'<{prefix}:a xmlns:{prefix}="{MAIN}" xmlns="urn:other">'
    end = f"</{prefix}:a>"
    assert inserted(f"{root}<names/><{prefix}:names/>{end}", '<n b="1"><m/></n>', "names") == (
        f'{root}<names/><{prefix}:names><{prefix}:n b="1"><{prefix}:m/></{prefix}:n>'
        f"</{prefix}:names>{end}"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<c/>", '<c on="1"/>'),
        ("<c />", '<c on="1" />'),
        ("<c></c>", '<c on="1"></c>'),
        ("<c on='0' b='2'/>", "<c on=\"1\" b='2'/>"),
        ("<c\non = '0'/>", '<c on="1"/>'),
        ("""<c b=' on="0"'/>""", """<c b=' on="0"' on="1"/>"""),
        ("<c b='>'/>", "<c b='>' on=\"1\"/>"),
        ("<c o:on='0'/>", "<c o:on='0' on=\"1\"/>"),
    ],
)
def test_an_attribute_is_set_once(before: str, after: str) -> None:
    root = f'<a xmlns="{MAIN}" xmlns:o="urn:other">'
    part = Splice(f"{root}{before}</a>".encode())
    node = part.root.first("c")
    assert node is not None
    part.set(node, "on", "1")
    assert part.finished().decode() == f"{root}{after}</a>"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", ""),
        ("utf-8", "\ufeff"),
        ("utf-16-le", "\ufeff"),
        ("utf-16-be", "\ufeff"),
        ("utf-16-le", ""),
        ("iso-8859-1", ""),
        ("us-ascii", ""),
    ],
)
def test_the_encoding_stays(encoding: str, mark: str) -> None:
    declared = encoding.removesuffix("-le").removesuffix("-be")
    head = f'{mark}<?xml version="1.0" encoding="{declared}"?>\r\n'
    name = "a" if encoding == "us-ascii" else "é"
    xml = f'{head}<a xmlns="{MAIN}"><b c="{name}"/></a>'.encode(encoding)
    part = Splice(xml)
    assert part.finished() == xml
    part.insert(part.root, '<d e="é漢"/>')
    there = part.finished().decode(encoding)
    odd = "é漢" if encoding.startswith("utf") else f"{'&#233;' if name == 'a' else 'é'}&#28450;"
    assert there == f'{head}<a xmlns="{MAIN}"><b c="{name}"/><d e="{odd}"/></a>'


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b"<a>" + b"<b/>" * 600_000 + b"</a>",
        b"<a><sheetData><sheetData></sheetData><b></b></sheetData></a>",
    ],
)
def test_what_cannot_be_trusted_is_refused(xml: bytes) -> None:
    with pytest.raises(UnreadableWorkbookError, match="cannot be extended safely"):
        Splice(xml)
