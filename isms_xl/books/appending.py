"""Add rows to one of the user's tables, and leave every other byte of the sheet as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from isms_xl.books.markup import is_plain
from isms_xl.books.package import Package
from isms_xl.books.toolsheet import existing_styles, safe_text
from isms_xl.books.workbook import (
    Area,
    Sheet,
    TablePart,
    Workbook,
    attribute,
    children,
    column_number,
    local,
    parse,
)
from isms_xl.contract import Table, heading_key
from isms_xl.errors import WriteRefusedError
from isms_xl.register import Grid, column_letters, is_blank

_ROW = re.compile(rb"<row\b[^>]*?\br=\"(\d+)\"[^>]*?(?:/>|>.*?</row\s*>)", re.DOTALL)
_CONTENT = re.compile(rb"<(?:v|f|is)[\s>]")
_DATA_END = re.compile(rb"</sheetData\s*>")
_DIMENSION = re.compile(rb"(<dimension\b[^>]*?\bref=\")[^\"]*(\")")
_TABLE_REF = re.compile(rb"(<(?:table|autoFilter)\b[^>]*?\bref=\")[^\"]*(\")")
_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30).toordinal(), date(1904, 1, 1).toordinal()


def _refusal(sheet: str, why: str) -> WriteRefusedError:
    return WriteRefusedError(
        f"Rows cannot be added safely on the sheet {sheet}: {why}.",
        "Import into a new register with --output instead, and copy the rows over in Excel.",
    )


def appended(
    data: bytes, table: Table, rows: Sequence[Mapping[str, object]], grid: Grid | None
) -> bytes:
    """Return a workbook with rows added at the end of a table.

    Args:
        data: The workbook.
        table: Declaration of the table.
        rows: New rows, cells by heading; text, whole numbers or dates.
        grid: The table's cells as they stand; None where the workbook lacks it.

    Raises:
        WriteRefusedError: The table is absent, something stands below it, or the sheet is built
            in a way that rows cannot be added to safely.
    """
    workbook = Workbook(Package(data))
    found = _find(workbook, table)
    if found is None or grid is None:
        raise _refusal(table.sheet, f"there is no table {table.name}")
    sheet, part = found
    xml = workbook.package.read(sheet.part)
    if part.totals_rows or part.header_rows != 1:
        raise _refusal(sheet.name, "the table has a totals row or no row of headings")
    if grid.stray_rows:
        raise _refusal(sheet.name, f"row {grid.stray_rows[0]} stands directly below the table")
    if not (is_plain(xml) and _DATA_END.search(xml) and b"<row" in xml):
        raise _refusal(sheet.name, "its parts are written in an unusual way")
    formulas = _formulas(workbook, part)
    last = max(
        [
            part.area.top,
            *(
                grid.row_numbers[n]
                for n, cells in enumerate(grid.rows)
                if any(
                    not is_blank(value)
                    for heading, value in zip(grid.headings, cells, strict=True)
                    if heading_key(heading) not in formulas
                )
            ),
        ]
    )
    first, end = last + 1, last + len(rows)
    _refuse_below(xml, sheet, part, end)
    written = _rows_xml(workbook, xml, part, grid.headings, formulas, first, rows)
    area = Area(part.area.top, part.area.left, max(end, part.area.bottom), part.area.right)
    return workbook.package.rewritten(
        {
            sheet.part: _widened(_with_rows(xml, first, end, written), end),
            part.part: _with_area(workbook.package.read(part.part), area),
        }
    )


def _find(workbook: Workbook, table: Table) -> tuple[Sheet, TablePart] | None:
    for sheet in workbook.sheets:
        for part in sheet.tables:
            if part.name.casefold() == table.name.casefold():
                return sheet, part
    return None


def _formulas(workbook: Workbook, part: TablePart) -> dict[str, str]:
    """Return the formula of each calculated column, by heading key."""
    found = {}
    for columns in children(parse(workbook.package.read(part.part), part.part), "tableColumns"):
        for column in children(columns, "tableColumn"):
            for entry in column:
                if local(entry.tag) == "calculatedColumnFormula" and entry.text:
                    found[heading_key(attribute(column, "name"))] = entry.text
    return found


def _refuse_below(xml: bytes, sheet: Sheet, part: TablePart, end: int) -> None:
    for row in _ROW.finditer(xml):
        number = int(row[1])
        if part.area.bottom < number <= end + 1 and _CONTENT.search(row[0]):
            raise _refusal(sheet.name, f"row {number} below the table is filled")
    for other in sheet.tables:
        if other is not part and other.area.bottom > part.area.top:
            raise _refusal(sheet.name, f"the table {other.name} stands on it as well")


def _rows_xml(
    workbook: Workbook,
    xml: bytes,
    part: TablePart,
    headings: Sequence[str],
    formulas: Mapping[str, str],
    first: int,
    rows: Sequence[Mapping[str, object]],
) -> bytes:
    styles = existing_styles(xml, part.area.top)
    properties = next(children(workbook.root, "workbookPr"), None)
    flag = attribute(properties, "date1904") if properties is not None else ""
    epoch = _EPOCH_1904 if flag in ("1", "true", "on") else _EPOCH_1900
    lines = []
    for number, row in enumerate(rows, start=first):
        values = {heading_key(heading): value for heading, value in row.items()}
        cells = []
        for position, heading in enumerate(headings):
            column = part.area.left + position
            style = styles.get(column)
            address = f'r="{column_letters(column)}{number}"' + (f' s="{style}"' if style else "")
            key = heading_key(heading)
            value = values.get(key)
            if key in formulas:
                formula = safe_text(formulas[key])
                cells.append(f'<c {address} t="str"><f>{formula}</f><v></v></c>')
            elif isinstance(value, date):
                cells.append(f"<c {address}><v>{value.toordinal() - epoch}</v></c>")
            elif isinstance(value, int | float):
                cells.append(f"<c {address}><v>{value}</v></c>")
            elif isinstance(value, str) and value:
                cells.append(
                    f'<c {address} t="inlineStr"><is><t xml:space="preserve">{safe_text(value)}'
                    "</t></is></c>"
                )
            elif style:
                cells.append(f"<c {address}/>")
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(lines).encode()


def _with_rows(xml: bytes, first: int, end: int, written: bytes) -> bytes:
    """Put rows in their place; blank rows that stood there make room."""
    start = stop = None
    for row in _ROW.finditer(xml):
        number = int(row[1])
        if number >= first and start is None:
            start = stop = row.start()
        if first <= number <= end:
            stop = row.end()
    if start is None or stop is None:
        found = _DATA_END.search(xml)
        start = stop = found.start() if found else len(xml)
    return xml[:start] + written + xml[stop:]


def _widened(xml: bytes, end: int) -> bytes:
    def widen(found: re.Match[bytes]) -> bytes:
        reference = found[0][len(found[1]) : -len(found[2])].decode()
        corners = reference.split(":")
        corner = re.fullmatch(r"([A-Z]+)(\d+)", corners[-1])
        if corner is None or not column_number(corner[1]):
            return found[0]
        last = f"{corner[1]}{max(end, int(corner[2]))}"
        return found[1] + f"{corners[0]}:{last}".encode() + found[2]

    return _DIMENSION.sub(widen, xml, count=1)


def _with_area(table: bytes, area: Area) -> bytes:
    reference = (
        f"{column_letters(area.left)}{area.top}:{column_letters(area.right)}{area.bottom}"
    ).encode()
    return _TABLE_REF.sub(rb"\g<1>" + reference + rb"\g<2>", table)
