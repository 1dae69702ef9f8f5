"""The XML of the sheets the tool writes.

A tool sheet that exists keeps everything but its rows: widths, formats, filters, print set-up. One
that does not is made from the contract. Texts are inline strings, so that no part is shared with
the user's sheets; they are text whatever they begin with, never a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape

from isms_xl.books.elements import Elements
from isms_xl.books.markup import is_plain
from isms_xl.books.workbook import column_number
from isms_xl.changes import LONGEST_TEXT, MOST_LINKS, Link, Row, fitted
from isms_xl.contract import Kind, Table
from isms_xl.errors import ContractError
from isms_xl.heights import lines_of, row_height
from isms_xl.register import column_letters

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NEEDS_CARE = re.compile("[^\n\x20-\x25\x27-\x3b\x3d\x3f-\x5e\x60-\u2fff]")
"""All signs but those that stand in XML as they are; `&`, `<`, `>` and `_` may need another form."""

_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH_1900 = date(1899, 12, 30).toordinal()
_EPOCH_1904 = date(1904, 1, 1).toordinal()
_STYLE = re.compile(rb"\bs=\"(\d+)\"")
_LETTERS = re.compile(rb"\br=\"([A-Z]+)\d+\"")
_ELEMENT = rb"<(?P<tag>(?:[\w.-]+:)?%s)(?=[\s/>])[^>]*?(?:/>|>.*?</(?P=tag)\s*>)"
_ROWS = re.compile(_ELEMENT % b"row", re.DOTALL)
_CELLS = re.compile(_ELEMENT % b"c", re.DOTALL)
_SHEET_DATA = re.compile(_ELEMENT % b"sheetData", re.DOTALL)
_DIMENSION = re.compile(_ELEMENT % b"dimension", re.DOTALL)
_HYPERLINKS = re.compile(_ELEMENT % b"hyperlinks", re.DOTALL)
_SORT_STATE = re.compile(_ELEMENT % b"sortState", re.DOTALL)
_ROW_NUMBER = re.compile(rb"<[^<>]*?\sr=\"(\d+)\"")
_ROW_START = re.compile(rb"<(?:[\w.-]+:)?row(?=[\s/>])")
_AFTER_HYPERLINKS = re.compile(
    rb"<(?:[\w.-]+:)?(?:printOptions|pageMargins|pageSetup|headerFooter|rowBreaks|colBreaks|"
    rb"customProperties|cellWatches|ignoredErrors|smartTags|drawing|legacyDrawing|legacyDrawingHF|"
    rb"drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b"
    rb"|</(?:[\w.-]+:)?worksheet\s*>"
)
_PLAIN_TABLE = {
    "name": "TableStyleLight1",
    "showFirstColumn": "0",
    "showLastColumn": "0",
    "showRowStripes": "0",
    "showColumnStripes": "0",
}


@dataclass(frozen=True, slots=True)
class Styles:
    """Indexes of cell formats to use; 0 is the workbook's default.

    Attributes:
        columns: Format by column number, from 1.
        wrapped: Format for long text.
        dates: Format for dates; None where the workbook has none, so that dates become ISO text.
    """

    columns: Mapping[int, int] = field(default_factory=dict)
    wrapped: int = 0
    dates: int | None = None

    def of(self, number: int, kind: Kind, width: int) -> int:
        """Return the format of a column."""
        known = self.columns.get(number)
        if known is not None:
            return known
        if kind is Kind.DATE:
            return self.dates or 0
        return self.wrapped if width > 30 else 0


def safe_text(text: str) -> str:
    """Return a text as an inline string can carry it: XML-safe, and cut at Excel's limit."""
    if len(text) < LONGEST_TEXT // 2 and _NEEDS_CARE.search(text) is None:
        return text
    text = _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return escape(_LOOKS_ESCAPED.sub("_x005F_", fitted(text)), quote=False)


def _attribute(text: str) -> str:
    return safe_text(text).replace('"', "&quot;").replace("\n", "&#10;")


def table_xml(
    table: Table, number: int, first_row: int, rows: int, *, name: str, existing: bytes, main: str
) -> bytes:
    """Return the XML of a tool table's part.

    Args:
        table: Its declaration.
        number: Its id in the workbook.
        first_row: Row of its headings.
        rows: Number of rows in its body.
        name: Its name as the workbook spells it.
        existing: XML of the part it replaces, for its style; empty for a new one.
        main: Namespace of the workbook.
    """
    reference = f"A{first_row}:{column_letters(len(table.columns))}{first_row + max(rows, 1)}"
    columns = "".join(
        f'<tableColumn id="{position}" name="{_attribute(column.heading)}"/>'
        for position, column in enumerate(table.columns, start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<table xmlns="{main}" id="{number}" name="{name}" displayName="{name}" '
        f'ref="{reference}" totalsRowShown="0"><autoFilter ref="{reference}"/>'
        f'<tableColumns count="{len(table.columns)}">{columns}</tableColumns>'
        f"<tableStyleInfo{_style_of(existing)}/></table>"
    ).encode()


def _style_of(table: bytes) -> str:
    """Return the attributes of a table's style; those of a plain one where it has none."""
    style = Elements(table, "table").root.first("tableStyleInfo") if table else None
    look = style.attributes if style is not None else _PLAIN_TABLE
    return "".join(f' {name}="{_attribute(value)}"' for name, value in look.items())


_PRINT_SCALE = 80
"""Per cent at which a sheet made anew prints, on A3: all columns of the widest stand side by side.

It is not shrunk to fit: where the workbook has no format that wraps, long texts run past the table.
"""


class _RowWriter:
    """Writes rows of one tool table, and collects their links."""

    def __init__(self, table: Table, styles: Styles, *, date1904: bool) -> None:
        self._epoch = _EPOCH_1904 if date1904 else _EPOCH_1900
        self._dates_as_text = styles.dates is None and not any(
            column.kind is Kind.DATE and number in styles.columns
            for number, column in enumerate(table.columns, start=1)
        )
        self._columns = [
            (column_letters(number), f' s="{style}"' if style else "", column.width)
            for number, column in enumerate(table.columns, start=1)
            for style in (styles.of(number, column.kind, column.width),)
        ]
        self.links: list[str] = []

    def row(self, number: int, row: Row) -> str:
        """Return the XML of a row."""
        cells = []
        lines = 1
        for (letters, look, width), value in zip(self._columns, row, strict=True):
            if value is None or value == "":
                if look:
                    cells.append(f'<c r="{letters}{number}"{look}/>')
                continue
            if isinstance(value, Link):
                self._link(f"{letters}{number}", value)
                value = value.text
            elif isinstance(value, date):
                days = value.toordinal() - self._epoch
                value = value.isoformat() if self._dates_as_text else days
            if isinstance(value, str):
                if look and len(value) > width:
                    lines = max(lines, lines_of(value, width))
                cells.append(
                    f'<c r="{letters}{number}"{look} t="inlineStr"><is><t xml:space="preserve">'
                    f"{safe_text(value)}</t></is></c>"
                )
            else:
                cells.append(f'<c r="{letters}{number}"{look}><v>{value}</v></c>')
        height = f' ht="{row_height(lines)}"' if lines > 1 else ""
        return f'<row r="{number}"{height}>{"".join(cells)}</row>'

    def _link(self, address: str, link: Link) -> None:
        if len(self.links) < MOST_LINKS:
            sheet = link.sheet.replace("'", "''")
            location = _attribute(f"'{sheet}'!{link.cell}")
            self.links.append(f'<hyperlink ref="{address}" location="{location}"/>')

    def hyperlinks(self) -> str:
        """Return the XML of the links, empty where there are none."""
        return f"<hyperlinks>{''.join(self.links)}</hyperlinks>" if self.links else ""

    def body(self, first: int, rows: Sequence[Row]) -> Iterable[str]:
        """Return the XML of all rows; a table keeps one blank row when it has none."""
        blank: Row = (None,) * len(self._columns)
        return [self.row(first + n, row) for n, row in enumerate(rows or [blank])]


def _namespaced(xml: str, main: str) -> bytes:
    """Return an element with its namespace declared, whatever prefix its surroundings use."""
    return re.sub(r"^<(\w+)", rf'<\1 xmlns="{main}"', xml, count=1).encode()


def _found(pattern: re.Pattern[bytes], xml: bytes) -> re.Match[bytes]:
    match = pattern.search(xml)
    if match is None:
        raise ContractError(
            "A tool sheet is not built as a worksheet.", "Delete it; isms-xl makes it anew."
        )
    return match


def can_be_kept(sheet: bytes, first_row: int) -> bool:
    """Whether an existing tool sheet is plain enough for its rows to be replaced in place.

    Args:
        sheet: XML of the sheet.
        first_row: Row of the table's headings, which are kept.
    """
    data = _SHEET_DATA.search(sheet)
    if data is None or not is_plain(sheet):
        return False
    rows = [_ROW_NUMBER.match(row[0]) for row in _ROWS.finditer(data[0])]
    numbers = [int(number[1]) for number in rows if number is not None]
    return first_row in numbers and len(numbers) == len(_ROW_START.findall(data[0]))


def existing_styles(sheet: bytes, first_row: int) -> dict[int, int]:
    """Return the formats of the first body row of an existing tool sheet, by column number."""
    for row in _ROWS.finditer(sheet):
        number = _ROW_NUMBER.match(row[0])
        if number is not None and int(number[1]) == first_row + 1:
            styles = {}
            for cell in _CELLS.finditer(row[0]):
                letters, style = _LETTERS.search(cell[0]), _STYLE.search(cell[0])
                if letters is not None and style is not None:
                    styles[column_number(letters[1].decode())] = int(style[1])
            return styles
    return {}


def replaced_sheet(
    sheet: bytes, table: Table, first_row: int, rows: Sequence[Row], *, date1904: bool, main: str
) -> bytes:
    """Return an existing tool sheet with other rows under its headings.

    Args:
        sheet: XML of the sheet.
        table: Declaration of its table.
        first_row: Row of the table's headings.
        rows: The new rows.
        date1904: Whether the workbook counts dates from 1904.
        main: Namespace of the workbook.
    """
    writer = _RowWriter(table, Styles(existing_styles(sheet, first_row)), date1904=date1904)
    data = _found(_SHEET_DATA, sheet)
    kept = [
        row[0]
        for row in _ROWS.finditer(data[0])
        if (number := _ROW_NUMBER.match(row[0])) is not None and int(number[1]) <= first_row
    ]
    body = "".join(writer.body(first_row + 1, rows))
    prefix = data["tag"].rpartition(b":")[0]
    if prefix:
        body = re.sub(r"<(/?)(row|c|v|is|t)\b", rf"<\1{prefix.decode()}:\2", body)
    tag, last = data["tag"], f"{column_letters(len(table.columns))}{first_row + max(len(rows), 1)}"
    above = _DIMENSION.sub(
        lambda found: b"<" + found["tag"] + b' ref="A1:' + last.encode() + b'"/>',
        sheet[: data.start()],
        count=1,
    )
    below = sheet[data.end() :]
    for pattern in (_HYPERLINKS, _SORT_STATE):
        below = pattern.sub(b"", below, count=1)
    links = writer.hyperlinks()
    if links:
        place = _found(_AFTER_HYPERLINKS, below).start()
        below = below[:place] + _namespaced(links, main) + below[place:]
    cells = (b"<", tag, b">", *kept, body.encode(), b"</", tag, b">")
    return b"".join((above, *cells, below))


def new_sheet(
    table: Table, rows: Sequence[Row], styles: Styles, *, date1904: bool, main: str, relations: str
) -> bytes:
    """Return the XML of a tool sheet that did not exist, its headings in row 1.

    Args:
        table: Declaration of its table; relationship rId1 leads to it.
        rows: Its rows.
        styles: Formats that the workbook already has.
        date1904: Whether the workbook counts dates from 1904.
        main: Namespace of the workbook.
        relations: Namespace of relationships in the workbook.
    """
    writer = _RowWriter(table, styles, date1904=date1904)
    plain = _RowWriter(table, Styles(), date1904=date1904)
    header = plain.row(1, table.headings)
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{column.width + 0.7109375}" customWidth="1"/>'
        for n, column in enumerate(table.columns, start=1)
    )
    body = "".join(writer.body(2, rows))
    last = f"{column_letters(len(table.columns))}{1 + max(len(rows), 1)}"
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{main}" xmlns:r="{relations}">'
        f'<dimension ref="A1:{last}"/>'
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{widths}</cols>'
        f"<sheetData>{header}{body}</sheetData>{writer.hyperlinks()}"
        '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="8" scale="{_PRINT_SCALE}" orientation="landscape"/>'
        '<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>'
    ).encode()
