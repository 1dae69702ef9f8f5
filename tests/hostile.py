"""Workbooks made to harm or confuse whoever reads them, each with the answer it must get.

Most are one small register (party IP-001, Acme) with one thing in it that no spreadsheet program
writes. `CASES` names them all; a fault that somebody or a fuzzer found adds one.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from workbooks import MAIN, RELATION, TOOL_SHEETS, packed, prefixed, sheet_xml, strict, words

Parts = dict[str, bytes]
EXAMPLE = Path(__file__).parent.parent / "examples" / "clinical-ai.xlsx"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = "[Content_Types].xml"
RELS = "_rels/.rels"
BOOK = "xl/workbook.xml"
BOOK_RELS = "xl/_rels/workbook.xml.rels"
SHEET = "xl/worksheets/sheet1.xml"
SHEET_RELS = "xl/worksheets/_rels/sheet1.xml.rels"
TABLE = "xl/tables/table1.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
DATES = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'

DAMAGED = "damaged"
ENTITIES = "declares entities"
TOO_MUCH = "than a register can need"


@dataclass(frozen=True)
class Case:
    """A hostile workbook.

    Attributes:
        make: Makes its bytes.
        answer: Words of the sentence that refuses to read it; empty where it is read.
        name: The name that party IP-001 is then read with; empty where there is no such party.
        finding: A rule that must report something in it.
    """

    make: Callable[[], bytes]
    answer: str = ""
    name: str = "Acme"
    finding: str = ""


# --- a small register -----------------------------------------------------------------------------


def text(cell: str, content: str) -> str:
    return f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


HEADER = row(1, text("A1", "Party ID"), text("B1", "Name"))
PARTY = row(2, text("A2", "IP-001"), text("B2", "Acme"))
ACME = HEADER + PARTY


def named(cell: str) -> str:
    """Return rows in which this cell is the name of the party."""
    return HEADER + row(2, text("A2", "IP-001"), cell)


def register(
    rows: str = ACME,
    reference: str = "A1:B2",
    *,
    texts: str = "",
    styles: str = "",
    headings: tuple[str, ...] = ("Party ID", "Name"),
) -> Parts:
    """Return the parts of a small register."""
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for number, (kind, target, there) in enumerate(
            (
                ("worksheet", "worksheets/sheet1.xml", True),
                ("sharedStrings", "sharedStrings.xml", texts),
                ("styles", "styles.xml", styles),
            ),
            start=1,
        )
        if there
    )
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{KIND}.{kind}+xml"/>'
        for part, kind in ((BOOK, "sheet.main"), (SHEET, "worksheet"), (TABLE, "table"))
    )
    found = {
        TYPES: f'<Types xmlns="{CONTENT_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
        RELS: relationships(("officeDocument", "xl/workbook.xml")),
        BOOK: f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><workbookPr/><sheets>'
        '<sheet name="Interested Parties" sheetId="1" r:id="rId1"/></sheets></workbook>',
        BOOK_RELS: f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>',
        SHEET: sheet_xml(rows),
        SHEET_RELS: relationships(("table", "../tables/table1.xml")),
        TABLE: table("Parties", reference, headings),
    }
    if texts:
        found[TEXTS] = f'<sst xmlns="{MAIN}">{texts}</sst>'
    if styles:
        found[STYLES] = f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'
    return {name: xml.encode() for name, xml in found.items()}


def relationships(*entries: tuple[str, str]) -> str:
    found = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(entries, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{found}</Relationships>'


def table(name: str, reference: str, headings: tuple[str, ...], number: int = 1) -> str:
    columns = "".join(
        f'<tableColumn id="{position}" name="{heading}"/>'
        for position, heading in enumerate(headings, start=1)
    )
    return (
        f'<table xmlns="{MAIN}" id="{number}" name="{name}" displayName="{name}" '
        f'ref="{reference}"><tableColumns count="{len(headings)}">{columns}</tableColumns></table>'
    )


def changed(part: str, old: str, new: str, parts: Parts | None = None) -> Parts:
    """Return the parts of a register with one text in one of them replaced."""
    content = parts or register()
    assert old.encode() in content[part], f"{part} has no {old}"
    return content | {part: content[part].replace(old.encode(), new.encode(), 1)}


def confirmed(value: str, *, from_1904: bool = False) -> Parts:
    """Return the register with a date in a third column."""
    content = register(
        row(1, text("A1", "Party ID"), text("B1", "Name"), text("C1", "Confirmed on"))
        + row(2, text("A2", "IP-001"), text("B2", "Acme"), f'<c r="C2" s="1"><v>{value}</v></c>'),
        "A1:C2",
        styles=DATES,
        headings=("Party ID", "Name", "Confirmed on"),
    )
    return changed(BOOK, "<workbookPr/>", f'<workbookPr date1904="{int(from_1904)}"/>', content)


def with_gaps(rows: str, after: str = "", head: str = "") -> Parts:
    """Return the register with a Gaps sheet of ours, these rows on it."""
    headings = words(TOOL_SHEETS["Gaps"][1])
    shown = row(1, *(text(f"{chr(65 + n)}1", h) for n, h in enumerate(headings)))
    content = changed(BOOK, "</sheets>", '<sheet name="Gaps" sheetId="2" r:id="rId9"/></sheets>')
    entry = f'<Relationship Id="rId9" Type="{RELATION}/worksheet" Target="worksheets/gaps.xml"/>'
    content = changed(BOOK_RELS, "</Relationships>", f"{entry}</Relationships>", content)
    sheet = sheet_xml(shown + rows).replace("</sheetData>", f"</sheetData>{after}")
    return content | {
        "xl/worksheets/gaps.xml": (head + sheet).encode(),
        "xl/worksheets/_rels/gaps.xml.rels": relationships(
            ("table", "../tables/gaps.xml")
        ).encode(),
        "xl/tables/gaps.xml": table("Gaps", "A1:L2", headings, 9).encode(),
    }


# --- archives -------------------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def with_entry(name: str, content: bytes = b"x") -> bytes:
    return packed([*register().items(), (name, content)])


def in_directory(data: bytes, offset: int, value: int, part: str = "", size: str = "<L") -> bytes:
    """Return an archive with a field of its directory changed, for all entries or for one."""
    found = bytearray(data)
    at = found.find(b"PK\x01\x02")
    while at >= 0:
        if found[at + 46 :].startswith(part.encode()):
            struct.pack_into(size, found, at + offset, value)
        at = found.find(b"PK\x01\x02", at + 46)
    return bytes(found)


def overlapping() -> bytes:
    """Return an archive of 500 entries that all unpack from the same bytes."""
    target = io.BytesIO(packed(register() | {"kernel": bytes(2**20)}))
    with zipfile.ZipFile(target, "a") as archive:
        kernel = archive.getinfo("kernel")
        for number in range(500):
            twin = zipfile.ZipInfo(f"twin{number}")
            for of in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(twin, of, getattr(kernel, of))
            archive.filelist.append(twin)
        archive.writestr("last", b"")
    return target.getvalue()


def claims_less() -> bytes:
    """Return the register with a sheet that claims to unpack to less than it does."""
    size = len(register()[SHEET])
    data = packed(register() | {SHEET: register()[SHEET] + b" " * 2**26})
    return in_directory(data, 24, size, SHEET)


def hidden_register() -> bytes:
    """Return two archives in one file, of which programs may take the first or the last."""
    return packed(register(named(text("B2", "Evil")))) + packed(register())


def truncated(share: float) -> bytes:
    data = EXAMPLE.read_bytes()
    return data[: int(len(data) * share)]


def half(part: str) -> Parts:
    """Return the parts of a register of which one breaks off."""
    content = register(
        named('<c r="B2" t="s"><v>0</v></c>'), texts="<si><t>Acme</t></si>", styles=DATES
    )
    return content | {part: content[part][: len(content[part]) // 2]}


def without(part: str) -> Parts:
    content = register(
        named('<c r="B2" t="s"><v>0</v></c>'), texts="<si><t>Acme</t></si>", styles=DATES
    )
    del content[part]
    return content


def flipped() -> bytes:
    data = bytearray(packed(register()))
    for place in random.Random(7).sample(range(30, len(data) - 22), 20):
        data[place] ^= 0xFF
    return bytes(data)


# --- XML ------------------------------------------------------------------------------------------

XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY e "{"a" * 50_000}">]>'
LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
BOMB = f"<!DOCTYPE x [{LAUGHS}]>"


def in_front(part: str, what: str, parts: Parts | None = None) -> Parts:
    content = parts or register()
    return content | {part: what.encode() + content[part]}


def encoded(part: str, encoding: str, declared: str = "") -> Parts:
    content = register(named('<c r="B2" t="s"><v>0</v></c>'), texts="<si><t>Grün</t></si>")
    head = f'<?xml version="1.0" encoding="{declared or encoding}"?>'
    return content | {part: (head + content[part].decode()).encode(encoding)}


def nested(depth: int, tag: str = "x") -> str:
    return f"<{tag}>" * depth + f"</{tag}>" * depth


def alternatives(first: str, second: str) -> str:
    """Return markup of which Excel takes the second part."""
    return (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice xmlns:z="urn:z" Requires="z">{first}</mc:Choice>'
        f"<mc:Fallback>{second}</mc:Fallback></mc:AlternateContent>"
    )


def two_workbooks() -> Parts:
    """Return the register behind another one, to which a relationship of no known kind leads."""
    entry = '<Relationship Id="rId0" Type="urn:z/officeDocument" Target="xl/other.xml"/>'
    content = changed(RELS, "<Relationship ", f"{entry}<Relationship ")
    return content | {"xl/other.xml": content[BOOK]}


def two_tables_of_texts() -> Parts:
    content = register(named('<c r="B2" t="s"><v>0</v></c>'), texts="<si><t>Acme</t></si>")
    entry = '<Relationship Id="rId0" Type="urn:z/sharedStrings" Target="other.xml"/>'
    content = changed(BOOK_RELS, "<Relationship ", f"{entry}<Relationship ", content)
    return content | {"xl/other.xml": content[TEXTS]}


# --- sizes ----------------------------------------------------------------------------------------


def dense(rows: int) -> str:
    cells = "ABCDEFGHIJKLMNOPQRST"
    return "".join(
        row(number, *(f'<c r="{letter}{number}"><v>1</v></c>' for letter in cells))
        for number in range(5, rows)
    )


def long_text(size: int) -> bytes:
    """Return the register with a text of that many bytes, not compressed."""
    content = register(named(text("B2", "a" * size)))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, part in content.items():
            archive.writestr(name, part)
    return target.getvalue()


def one_text_often(cells: int) -> Parts:
    line = "<row>" + '<c t="s"><v>0</v></c>' * 20 + "</row>"
    return register(ACME + line * (cells // 20), texts=f"<si><t>{'a' * 32_767}</t></si>")


def hidden_long_text(cells: int, hidden: str, fakes: str) -> Parts:
    """Return one long text in many cells that a pattern misses, and as many look-alikes of a short one.

    Args:
        cells: How many cells show the long text.
        hidden: The cell that does, as a parser reads it.
        fakes: What looks like a cell with the short text; it may stand behind the cells, or among them.
    """
    line = "<row>" + hidden * 20 + "</row>"
    among = f"<row>{fakes * 20}</row>" * (cells // 20) if fakes.startswith("<c foo") else ""
    parts = register(
        ACME + line * (cells // 20) + among,
        texts=f"<si><t>{'a' * 32_767}</t></si><si><t>short</t></si>",
    )
    if among:
        return parts
    behind = f"</sheetData><extLst><ext>{fakes * cells}</ext></extLst>"
    return changed(SHEET, "</sheetData>", behind, parts)


def many_sheets(number: int) -> Parts:
    one = '<sheet name="Interested Parties" sheetId="1" r:id="rId1"/>'
    more = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(2, number))
    return changed(BOOK, one, one + more)


def many_tables(number: int) -> Parts:
    """Return the register with as many tables on its sheet, and a long list under them."""
    rows = ACME + "".join(row(n, text(f"A{n}", "x")) for n in range(3, 3_000))
    content = register(rows)
    places = [("table", f"../tables/table{n}.xml") for n in range(1, number)]
    content[SHEET_RELS] = relationships(*places).encode()
    for n in range(2, number):
        content[f"xl/tables/table{n}.xml"] = table(f"T{n}", "A1:B2", ("a", "b"), n).encode()
    return content


def two_sheets_with_the_table() -> Parts:
    content = changed(BOOK, "</sheets>", '<sheet name="b" sheetId="2" r:id="rId9"/></sheets>')
    entry = f'<Relationship Id="rId9" Type="{RELATION}/worksheet" Target="worksheets/b.xml"/>'
    content = changed(BOOK_RELS, "</Relationships>", f"{entry}</Relationships>", content)
    return content | {
        "xl/worksheets/b.xml": content[SHEET],
        "xl/worksheets/_rels/b.xml.rels": relationships(("table", "../tables/b.xml")).encode(),
        "xl/tables/b.xml": table("PARTIES", "A1:B2", ("Party ID", "Name"), 2).encode(),
    }


def relations_everywhere() -> Parts:
    """Return the register with index parts that are too much together, though none is alone."""
    padding = " " * (31 * 2**20)
    names = (RELS, BOOK, BOOK_RELS, SHEET_RELS)
    return register() | {name: register()[name] + padding.encode() for name in names}


def packs(make: Callable[[], Parts], answer: str = "", **more: str) -> Case:
    return Case(lambda: packed(make()), answer, **more)


def cell(rows: str, answer: str = "", **more: str) -> Case:
    return packs(lambda: register(rows), answer, **more)


def shared(entries: str, value: str = "0", answer: str = "", **more: str) -> Case:
    rows = named(f'<c r="B2" t="s"><v>{value}</v></c>')
    return packs(lambda: register(rows, texts=entries), answer, **more)


def counted(count: str) -> Case:
    rows = named('<c r="B2" t="s"><v>0</v></c>')
    content = register(rows, texts="<si><t>Acme</t></si>")
    claim = f'<sst uniqueCount="{count}" '
    return packs(lambda: changed(TEXTS, "<sst ", claim, content), "claims to be longer")


NAME = '<definedName name="gap_records"/>'
FAR = "as far as row"

CASES: Mapping[str, Case] = {
    # no workbook at all
    "empty": Case(lambda: b"", "is empty"),
    "text": Case(lambda: b"Party ID;Name\n", "not an Excel workbook"),
    "html called xlsx": Case(lambda: b"<html><table></table></html>", "not an Excel workbook"),
    "zip called xlsx": Case(lambda: packed({"a.txt": b"a"}), "not an Office file"),
    "ods called xlsx": Case(
        lambda: packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "not an Office file",
    ),
    "xls called xlsx": Case(lambda: OLE + "Workbook".encode("utf-16-le"), "old Excel format"),
    "encrypted": Case(lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "xlsb": packs(
        lambda: changed(RELS, "xl/workbook.xml", "xl/workbook.bin"), "binary Excel workbook"
    ),
    "docx": Case(
        lambda: packed({TYPES: b"<Types/>", "word/document.xml": b"<d/>"}), "not an Excel workbook"
    ),
    # archives
    "bomb of one part": Case(lambda: with_entry("xl/bomb.bin", bytes(2**26)), "far more"),
    "bomb of zeros in the sheet": packs(
        lambda: register() | {SHEET: bytes(300 * 2**20)}, "far more"
    ),
    "bomb of many parts": Case(
        lambda: packed([*register().items(), *((f"b{n}", bytes(31 * 2**20)) for n in range(36))]),
        "far more",
    ),
    "twenty thousand parts": Case(
        lambda: packed([*register().items(), *((f"p{n}", b"") for n in range(20_000))]),
        "more than 20,000 parts",
    ),
    "part for a program of the future": Case(
        lambda: in_directory(packed(register()), 6, 100, SHEET, "<H"), DAMAGED
    ),
    "overlapping parts": Case(overlapping, DAMAGED),
    "part longer than claimed": Case(claims_less, DAMAGED),
    "claims of 4 GB": Case(lambda: in_directory(packed(register()), 24, 2**32 - 2), "far more"),
    "parts outside the file": Case(
        lambda: in_directory(packed(register()), 42, 2**31, TABLE), DAMAGED
    ),
    "unknown compression": Case(
        lambda: in_directory(packed(register()), 10, 99, SHEET, "<H"), DAMAGED
    ),
    "encrypted parts": Case(lambda: in_directory(packed(register()), 8, 1, "", "<H"), "encrypted"),
    "part twice": Case(lambda: with_entry("xl/Workbook.xml"), "twice"),
    "part above the folder": Case(lambda: with_entry("../../evil.xml"), "leads outside"),
    "part at the root": Case(lambda: with_entry("/etc/cron.d/evil"), "leads outside"),
    "part on a drive": Case(lambda: with_entry("C:\\evil.xml"), "leads outside"),
    "two archives in one": Case(hidden_register),
    "bytes turned": Case(flipped, DAMAGED),
    **{
        f"broken off at {percent} %": Case(partial(truncated, percent / 100), DAMAGED)
        for percent in (1, 25, 50, 75, 90, 99)
    },
    **{
        f"{part} breaks off": packs(partial(half, part), DAMAGED)
        for part in (RELS, BOOK, BOOK_RELS, SHEET, SHEET_RELS, TABLE, TEXTS, STYLES)
    },
    "no content types": packs(lambda: without(TYPES), "not an Office file"),
    "no relationships": packs(lambda: without(RELS), "not an Excel workbook"),
    "no workbook": packs(lambda: without(BOOK), "not an Excel workbook"),
    "no sheet": packs(lambda: without(SHEET), "none of the register's tables"),
    "no table": packs(lambda: without(TABLE), "none of the register's tables"),
    "no texts": packs(lambda: without(TEXTS), DAMAGED),
    "no styles": packs(lambda: without(STYLES)),
    "wrong content types": packs(lambda: changed(TYPES, "sheet.main+xml", "comments+xml")),
    "relationship leads outside": packs(
        lambda: changed(BOOK_RELS, "worksheets/sheet1.xml", "../../../../etc/passwd"),
        "none of the register's tables",
    ),
    "relationship to a web address": packs(
        lambda: changed(
            BOOK_RELS,
            'Target="worksheets/sheet1.xml"',
            'Target="http://127.0.0.1:9/s.xml" TargetMode="External"',
        ),
        "none of the register's tables",
    ),
    "two workbooks": packs(two_workbooks, "two workbooks"),
    "two tables of texts": packs(two_tables_of_texts, "meant for the same"),
    "number of a sheet that is none": packs(
        lambda: changed(BOOK, 'sheetId="1"', 'sheetId="first"')
    ),
    # XML
    "declaration of 100,000 encodings": packs(
        lambda: in_front(SHEET, "<?xml " + 'encoding="u" ' * 100_000 + ">"), DAMAGED
    ),
    "error in an instruction": cell(ACME + '<?x <c r="B2" t="e"><v>#N/A</v></c> ?>'),
    "instruction begins a comment": cell(HEADER + "<?x <!-- ?>" + PARTY + "<!-- --><?x ?>"),
    "instruction without an end": cell(ACME + "<?x ", DAMAGED),
    "two million comments": cell(ACME + "<!---->" * 2_000_000, DAMAGED),
    "two million tags in the workbook": packs(
        lambda: changed(BOOK, "<sheets>", f"{'<x/>' * 2_000_000}<sheets>"), "far more sheets"
    ),
    "row that Excel passes over": cell(
        ACME + f'<z:row xmlns:z="urn:z" r="2">{text("B2", "Evil")}</z:row>', DAMAGED
    ),
    "row that Excel passes over, without a prefix": cell(
        ACME + f'<row r="2" xmlns="urn:z">{text("B2", "Evil")}</row>', DAMAGED
    ),
    "row in an element that Excel passes over": cell(
        ACME + f'<z:x xmlns:z="urn:z">{row(2, text("B2", "Evil"))}</z:x>', DAMAGED
    ),
    "one of two rows": cell(HEADER + alternatives(row(2, text("B2", "Evil")), PARTY), DAMAGED),
    "one of two texts": shared(
        f"<si>{alternatives('<t>Evil</t>', '<t>Acme</t>')}</si>", answer=DAMAGED
    ),
    "text that Excel passes over": shared(
        '<z:si xmlns:z="urn:z"><t>Evil</t></z:si><si><t>Acme</t></si>', answer=DAMAGED
    ),
    "cells before the cells": packs(
        lambda: changed(
            SHEET,
            "<sheetData>",
            f'<z:sheetData xmlns:z="urn:z">{HEADER}</z:sheetData><sheetData>',
        ),
        DAMAGED,
    ),
    "cells twice": packs(
        lambda: changed(SHEET, "</sheetData>", f"</sheetData><sheetData>{PARTY}</sheetData>"),
        DAMAGED,
    ),
    "error beyond the cells": packs(
        lambda: changed(
            SHEET,
            "</sheetData>",
            '</sheetData><extLst><ext><c r="B2" t="e"><v>#N/A</v></c></ext></extLst>',
        )
    ),
    "place of a table in a foreign attribute": packs(
        lambda: changed(TABLE, "<table ", '<table xmlns:z="urn:z" z:ref="A1:A1" ')
    ),
    **{
        f"{kind} in {part}": packs(partial(in_front, part, what), ENTITIES)
        for kind, what in (("file entity", XXE), ("entity bomb", BOMB))
        for part in (RELS, BOOK, SHEET, TABLE)
    },
    "quadratic entities": packs(
        lambda: in_front(SHEET, QUADRATIC, register(named(text("B2", "&e;" * 5_000)))),
        ENTITIES,
    ),
    "remote document type": packs(lambda: in_front(SHEET, REMOTE), ENTITIES),
    "file entity in texts": packs(
        lambda: in_front(
            TEXTS, XXE, register(named('<c r="B2" t="s"><v>0</v></c>'), texts="<si><t>&e;</t></si>")
        ),
        ENTITIES,
    ),
    "file entity in styles": packs(lambda: in_front(STYLES, XXE, register(styles=DATES)), ENTITIES),
    "UTF-16 sheet": packs(lambda: encoded(SHEET, "utf-16"), name="Grün"),
    "UTF-16 texts": packs(lambda: encoded(TEXTS, "utf-16"), name="Grün"),
    "Latin-1 texts": packs(lambda: encoded(TEXTS, "iso-8859-1"), name="Grün"),
    "UTF-16 workbook": packs(lambda: encoded(BOOK, "utf-16"), name="Grün"),
    "UTF-7 sheet": packs(lambda: encoded(SHEET, "utf-7"), DAMAGED),
    "wrong encoding named": packs(lambda: encoded(TEXTS, "iso-8859-1", "utf-8"), DAMAGED),
    "null bytes": packs(lambda: changed(SHEET, "Acme", "Ac\0me"), DAMAGED),
    "CDATA": cell(named(text("B2", "<![CDATA[Ac]]>me<!-- not me -->"))),
    "CDATA in texts": shared("<si><t><![CDATA[Acme]]></t></si>"),
    "comment in a number": cell(named('<c r="B2"><v>1<!-- x -->2</v></c>'), name="12"),
    "nested a million deep": cell(named(text("B2", "Acme")) + row(3, nested(1_000_000))),
    "workbook nested deep": packs(lambda: changed(BOOK, "<sheets>", f"{nested(300_000)}<sheets>")),
    "workbook of 40 MB": packs(
        lambda: changed(BOOK, "<sheets>", f"{'<x/>' * 10**7}<sheets>"), "far more"
    ),
    "relationships of 100 MB in all": packs(relations_everywhere, "far more sheets"),
    "prefixed": packs(
        lambda: {
            name: prefixed(xml.decode()).encode() if name in (SHEET, TABLE) else xml
            for name, xml in register().items()
        }
    ),
    "strict": packs(lambda: strict(register())),
    "comment hides the end of the sheets": packs(
        lambda: changed(BOOK, "<sheets>", "<!-- </sheets> --><sheets>")
    ),
    "attribute hides a tag": packs(
        lambda: changed(BOOK, "<workbookPr/>", '<workbookPr codeName="a>"/>')
    ),
    # where cells are
    "sparse giant": cell(ACME + row(1048576, '<c r="XFD1048576"><v>1</v></c>'), FAR),
    "sparse giant without addresses": cell(
        ACME + f'<row r="1048576">{"<c/>" * 16_383}<c><v>1</v></c></row>', FAR
    ),
    "sparse giant in UTF-16": packs(
        lambda: {
            **register(),
            SHEET: sheet_xml(ACME + row(1048576, '<c r="XFD1048576"><v>1</v></c>')).encode(
                "utf-16"
            ),
        },
        FAR,
    ),
    "address twice": cell(named('<c r="B2" r="XFD1048576"><v>1</v></c>'), DAMAGED),
    "row number twice": cell(HEADER + '<row r="2" r="1048576"><c><v>1</v></c></row>', DAMAGED),
    "nine letters": cell(named('<c r="AAAAAAAAB2"><v>1</v></c>'), DAMAGED),
    "ten digits": cell(named('<c r="B4294967298"><v>1</v></c>'), DAMAGED),
    "row 0": cell(named('<c r="B0"><v>1</v></c>'), DAMAGED),
    "no row in the address": cell(named('<c r="B"><v>1</v></c>'), DAMAGED),
    "no letters in the address": cell(named('<c r="2"><v>1</v></c>'), DAMAGED),
    "no addresses": cell(ACME.replace(' r="', ' x="')),
    "rows out of order": cell(row(2, text("A2", "IP-001"), text("B2", "Acme")) + HEADER),
    "cells out of order": cell(HEADER + row(2, text("B2", "Acme"), text("A2", "IP-001"))),
    "dimension of the whole sheet": packs(
        lambda: changed(SHEET, "<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    ),
    "dimension of nonsense": packs(
        lambda: changed(SHEET, "<sheetData>", '<dimension ref="ZZZ9:A0"/><sheetData>'), DAMAGED
    ),
    "table over the whole sheet": packs(lambda: register(reference="A1:XFD1048576")),
    "table wide over a long list": packs(
        lambda: register(
            HEADER + "".join(row(n, text(f"A{n}", "x")) for n in range(2, 50_000)), "A1:XFD1048576"
        ),
        "far more than a register can need",
    ),
    "wide table over a long list": packs(
        lambda: register(
            HEADER + "".join(row(n, text(f"A{n}", "x")) for n in range(2, 50_000)), "A1:XFD1"
        ),
        "far more than a register can need",
    ),
    "table upside down": packs(lambda: register(reference="B2:A1"), "no usable place"),
    "table in row 0": packs(lambda: register(reference="A0:B2"), "no usable place"),
    "table with -5 header rows": packs(
        lambda: changed(TABLE, 'id="1" name="P', 'id="1" headerRowCount="-5" name="P'),
        "no usable place",
    ),
    "table without header row, wrong columns": packs(
        lambda: changed(
            TABLE,
            'id="1" name="P',
            'id="1" headerRowCount="0" name="P',
            register(reference="A2:F2"),
        )
    ),
    "table twice": packs(two_sheets_with_the_table, "twice"),
    "one sheet, named 100,000 times": packs(lambda: many_sheets(100_000), DAMAGED),
    "one table, a thousand times": packs(
        lambda: (
            register()
            | {SHEET_RELS: relationships(*[("table", "../tables/table1.xml")] * 1_000).encode()}
        )
    ),
    "2,000 tables over a long list": packs(lambda: many_tables(2_000)),
    # what is in cells
    "4 billion texts claimed": counted("4000000000"),
    "10^18 texts claimed": counted("1000000000000000000"),
    "five million texts": packs(lambda: register(texts="<si/>" * 5_000_000), "more text"),
    "one long text in 200,000 cells": packs(lambda: one_text_often(200_000), "more text"),
    "long texts hidden behind cells elsewhere": packs(
        lambda: hidden_long_text(200_000, "<c t='s'><v>0</v></c>", '<c r="A1" t="s"><v>1</v></c>'),
        "more text",
    ),
    "long texts written as numbers of signs": packs(
        lambda: hidden_long_text(
            200_000, '<c t="&#115;"><v>0</v></c>', '<c r="A1" t="s"><v>1</v></c>'
        ),
        "more text",
    ),
    "long texts hidden behind attributes": packs(
        lambda: hidden_long_text(
            200_000, '<c t="&#115;"><v>0</v></c>', """<c foo=" t='s'"><v>1</v></c>"""
        ),
        "more text",
    ),
    "eight million cells": packs(
        lambda: register(ACME + ("<row>" + "<c><v>1</v></c>" * 40 + "</row>") * 200_000), "far more"
    ),
    "a million cells": packs(lambda: register(ACME + dense(50_000))),
    "text of 140 MB": Case(lambda: long_text(140 * 2**20), "more text"),
    "32,767 characters": cell(named(text("B2", "a" * 32_767)), name="a" * 32_767),
    "40,000 characters": cell(named(text("B2", "a" * 40_000)), name="a" * 40_000),
    "text that is not there": shared("<si><t>Acme</t></si>", "99", DAMAGED),
    "lone surrogate": cell(named(text("B2", "&#xD800;")), DAMAGED),
    "lone surrogate as an escape": cell(named(text("B2", "Ac_xD800_me")), name="Ac_xD800_me"),
    "lone surrogate in UTF-8": packs(
        lambda: {**register(), SHEET: register()[SHEET].replace(b"Acme", b"\xed\xa0\x80")}, DAMAGED
    ),
    "control characters": cell(named(text("B2", "Ac&#9;me_x001B_[31m")), name="Ac\tme\x1b[31m"),
    "null as an escape": cell(named(text("B2", "Acme_x0000_")), name="Acme\0"),
    "direction turned": cell(named(text("B2", "\u202ecme\u2066")), name="\u202ecme\u2066"),
    "formula": cell(named('<c r="B2" t="str"><f>cmd|\' /C calc\'!A0</f><v>Acme</v></c>')),
    "formula without a value": cell(
        named('<c r="B2"><f>WEBSERVICE("http://x")</f></c>'), name="(formula not calculated yet)"
    ),
    "unknown kind of cell": cell(named('<c r="B2" t="zzz"><v>1</v></c>'), DAMAGED),
    "unknown error": cell(named('<c r="B2" t="e"><v>#EVIL!</v></c>'), name="#EVIL!"),
    "formatted row without an end": cell(
        named(text("B2", "Acme") + "".join(f'<c r="{c}2" s="0"/>' for c in ("AMJ", "XFD")))
    ),
    "newer error": cell(named('<c r="B2" t="e"><v>#CONNECT!</v></c>'), name="#CONNECT!"),
    "formula where an error belongs": cell(
        named('<c r="B2" t="e"><f>x.ERROR("A")</f><v>#"A&amp;B"</v></c>'), name="#VALUE!"
    ),
    "number of no kind": cell(named('<c r="B2"><v>NaN</v></c>'), name="nan"),
    "endless number": cell(named('<c r="B2"><v>1e999</v></c>'), name="inf"),
    "format that is not there": packs(
        lambda: register(named('<c r="B2" s="4000000000"><v>7</v></c>'), styles=DATES), name="7"
    ),
    # dates
    "1904": packs(lambda: confirmed("44500", from_1904=True)),
    "day 60, which never was": packs(lambda: confirmed("60")),
    "date before all dates": packs(lambda: confirmed("-1"), finding="DAT004"),
    "date after all dates": packs(lambda: confirmed("2958466"), finding="DAT004"),
    "endless date": packs(lambda: confirmed("1e999"), finding="DAT004"),
    "endless date backwards": packs(lambda: confirmed("-1e999"), DAMAGED),
    "date of no kind": packs(lambda: confirmed("NaN")),
    # tool sheets somebody prepared
    "prepared gaps": packs(lambda: with_gaps(row(2, text("A2", "1")))),
    "gaps in a comment": packs(lambda: with_gaps("", "<!-- <hyperlinks> -->")),
    "gaps in an instruction": packs(lambda: with_gaps("", "<?x <row><hyperlinks> ?>" * 10)),
    "gaps that break off": packs(lambda: with_gaps("", "<x>")),
    "gaps of a hundred thousand unclosed tags": packs(
        lambda: with_gaps('<row-x a="1"></row-x>' * 100_000)
    ),
    "gaps in Latin-1": packs(
        lambda: with_gaps("", head='<?xml version="1.0" encoding="iso-8859-1"?>')
    ),
    "gaps with single quotes": packs(
        lambda: changed("xl/worksheets/gaps.xml", '<row r="1">', "<row r='1'>", with_gaps(""))
    ),
    "gaps with a row in a row": packs(lambda: with_gaps('<row r="2"><row r="3"></row></row>')),
    "gaps with brackets in attributes": packs(lambda: with_gaps('<row r="2" a=">"/>' * 100_000)),
    "names repeated": packs(
        lambda: changed(
            BOOK,
            "</workbook>",
            f"<definedNames>{NAME * 50_000}</definedNames></workbook>",
        )
    ),
}
