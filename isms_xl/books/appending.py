"""Add rows to one of the user's tables, and leave every other byte of the sheet as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from isms_xl.books.package import Package
from isms_xl.books.splicing import Splice, attributes_of, with_prefix
from isms_xl.books.toolsheet import existing_styles, safe_text
from isms_xl.books.workbook import (
    Area,
    Sheet,
    TablePart,
    Workbook,
    attribute,
    children,
    local,
    parse,
)
from isms_xl.contract import Table, heading_key
from isms_xl.errors import WriteRefusedError
from isms_xl.register import Grid, column_letters, is_blank

_CONTENT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|f|is)[\s>]")
_ROW_START = re.compile(rb"<(?:[^\s<>/:]+:)?row(?=[\s/>])")
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
    if part.totals_rows or part.header_rows != 1:
        raise _refusal(sheet.name, "the table has a totals row or no row of headings")
    if grid.stray_rows:
        raise _refusal(sheet.name, f"row {grid.stray_rows[0]} stands directly below the table")
    xml = Splice(workbook.package.read(sheet.part))
    there = _rows_of(xml)
    if there is None:
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
    _refuse_below(there, sheet, part, end)
    written = _rows_xml(workbook, xml, part, grid.headings, formulas, first, rows)
    area = Area(part.area.top, part.area.left, max(end, part.area.bottom), part.area.right)
    _put_rows(xml, there, first, end, written)
    _widen(xml, end)
    table_part = Splice(workbook.package.read(part.part))
    _set_area(table_part, area)
    return workbook.package.rewritten(
        {sheet.part: xml.finished(), part.part: table_part.finished()}
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of cells where it stands in the part of its sheet.

    Attributes:
        number: Its number, from 1.
        start: Where it begins.
        end: Where it ends.
        filled: Whether any of its cells holds something.
    """

    number: int
    start: int
    end: int
    filled: bool


def _rows_of(sheet: Splice) -> list[_Row] | None:
    """Return the rows of a sheet; None where some are not written as programs write them."""
    data = sheet.root.first("sheetData")
    if data is None or data.is_one_tag:
        return None
    rows = [
        _Row(
            int(number) if (number := attributes_of(row[0]).get("r", "")).isdecimal() else 0,
            row.start(),
            row.end(),
            bool(_CONTENT.search(row[0])),
        )
        for row in sheet.elements(data, "row")
    ]
    starts = len(_ROW_START.findall(sheet.visible, data.inner, data.close))
    in_order = all(one.number < other.number for one, other in pairwise(rows))
    return rows if rows and rows[0].number and in_order and starts == len(rows) else None


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


def _refuse_below(rows: Sequence[_Row], sheet: Sheet, part: TablePart, end: int) -> None:
    for row in rows:
        if part.area.bottom < row.number <= end + 1 and row.filled:
            raise _refusal(sheet.name, f"row {row.number} below the table is filled")
    for other in sheet.tables:
        if other is not part and other.area.bottom > part.area.top:
            raise _refusal(sheet.name, f"the table {other.name} stands on it as well")


def _rows_xml(
    workbook: Workbook,
    sheet: Splice,
    part: TablePart,
    headings: Sequence[str],
    formulas: Mapping[str, str],
    first: int,
    rows: Sequence[Mapping[str, object]],
) -> str:
    styles = existing_styles(sheet.visible, part.area.top)
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
    return "".join(lines)


def _put_rows(sheet: Splice, rows: Sequence[_Row], first: int, end: int, written: str) -> None:
    """Put rows in their place; blank rows that stood there make room."""
    data = sheet.root.first("sheetData")
    if data is None:
        return
    later = [row for row in rows if row.number >= first]
    start = later[0].start if later else data.close
    stop = max((row.end for row in later if row.number <= end), default=start)
    sheet.put(start, stop, with_prefix(written, data.prefix).encode())


def _widen(sheet: Splice, end: int) -> None:
    """Have the sheet say that its cells reach down to a row."""
    dimension = sheet.root.first("dimension")
    if dimension is None:
        return
    corners = dimension.attributes.get("ref", "").split(":")
    corner = re.fullmatch(r"([A-Z]+)(\d+)", corners[-1])
    if corner is not None:
        sheet.set(dimension, "ref", f"{corners[0]}:{corner[1]}{max(end, int(corner[2]))}")


def _set_area(table: Splice, area: Area) -> None:
    reference = f"{column_letters(area.left)}{area.top}:{column_letters(area.right)}{area.bottom}"
    for node in (table.root, *table.root.all("autoFilter")):
        table.set(node, "ref", reference)
