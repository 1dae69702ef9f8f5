"""Enter the values of the tool's own formulas into sheets, and leave every other byte as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from isms_xl.books.markup import in_one_namespace
from isms_xl.books.splicing import Splice
from isms_xl.books.toolsheet import safe_text
from isms_xl.contract import heading_key
from isms_xl.formulas import Facts, Formula, RowFormula, Value, row_formulas, whole_formulas
from isms_xl.register import Grid

_TYPE = re.compile(rb"\s+t\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ROW = re.compile(rb"\sr\s*=\s*[\"'][A-Z]{1,3}([0-9]{1,7})[\"']")
_SHARED = re.compile(rb"\ssi\s*=\s*[\"'](\d+)[\"']")
_ORDINARY = b""


def with_values(xml: bytes, sheet: str, facts: Facts, grids: Callable[[str], Grid | None]) -> bytes:
    """Return a sheet in which the tool's own formulas have the values that they have now.

    A formula is the tool's by its text. One that a person or a program wrote otherwise keeps its value
    until a spreadsheet program calculates it.

    Args:
        xml: The sheet's part.
        sheet: The sheet's name.
        facts: What the formulas read.
        grids: Returns the grid of a table by its name; None where the workbook has none.
    """
    if not _may_hold_formulas(xml):
        return xml
    start, end = xml.find(b"<sheetData"), xml.find(b"</sheetData>")
    if 0 <= start < end and b"<!" not in xml and in_one_namespace(xml, start, end):
        pieces, at = [], 0
        for edit_start, edit_end, new in _edits(xml, _ORDINARY, sheet, facts, grids):
            pieces += [xml[at:edit_start], new]
            at = edit_end
        return b"".join((*pieces, xml[at:])) if pieces else xml
    splice = Splice(xml)
    data = splice.root.first("sheetData")
    if data is None:
        return xml
    prefix = f"{data.prefix}:".encode() if data.prefix else _ORDINARY
    edits = list(_edits(splice.visible, prefix, sheet, facts, grids))
    for edit_start, edit_end, new in edits:
        splice.put(edit_start, edit_end, new)
    return splice.finished() if edits else xml


def _may_hold_formulas(xml: bytes) -> bool:
    return b"<f" in xml or b":f" in xml or b"\0" in xml[:200]


def _edits(
    xml: bytes, prefix: bytes, sheet: str, facts: Facts, grids: Callable[[str], Grid | None]
) -> Iterator[tuple[int, int, bytes]]:
    """Yield what stands where and is to be replaced by what, in the order of places."""
    known: dict[bytes, Formula | _Rows | None] = {}
    shared: dict[bytes, bytes] = {}
    for cell in _pattern(prefix).finditer(xml):
        text = cell["formula"] or b""
        if cell["options"] and (number := _SHARED.search(cell["options"])):
            text = shared.setdefault(number[1], text) if text else shared.get(number[1], b"")
        if text in known:
            own = known[text]
        else:
            own = known[text] = _own(text, sheet, grids)
        if own is None:
            continue
        value: Value | None
        if isinstance(own, Formula):
            value = own.value(facts)
        else:
            row = _ROW.search(cell["attributes"])
            value = own.value(facts, int(row[1])) if row else None
        if value is not None and (new := _cell(cell, prefix, value)) is not None:
            yield cell.start(), cell.end(), new


def _own(text: bytes, sheet: str, grids: Callable[[str], Grid | None]) -> Formula | _Rows | None:
    """Return the tool's formula of a text as it stands in the part; None where it is none."""
    plain = unescape(text.decode("utf-8", "replace")).strip()
    of_row = row_formulas().get(plain)
    return _Rows(of_row, sheet, grids) if of_row is not None else whole_formulas().get(plain)


def _pattern(prefix: bytes) -> re.Pattern[bytes]:
    p = re.escape(prefix)
    return re.compile(
        rb"<%bc(?P<attributes>\s[^>]*)>\s*"
        rb"(?P<whole><%bf(?P<options>(?:\s[^>]*?)?)(?:/>|>(?P<formula>[^<]*)</%bf\s*>))\s*"
        rb"(?:<%bv\s*/>|<%bv\s*>(?P<value>[^<]*)</%bv\s*>)?\s*</%bc\s*>" % ((p,) * 7)
    )


def _cell(found: re.Match[bytes], prefix: bytes, value: Value) -> bytes | None:
    """Return a cell with a value; None where it has it."""
    kind = _TYPE.search(found["attributes"])
    is_text = isinstance(value, str)
    new = safe_text(value).encode() if isinstance(value, str) else b"%d" % value
    has = found["value"]
    named = (kind[1] or kind[2] or b"") if kind else b"n"
    if named == (b"str" if is_text else b"n") and has is not None:
        same = has == new or unescape(has.decode("utf-8", "replace")) == unescape(new.decode())
        if same or (not is_text and _number(has) == value):
            return None
    if named == b"str" and is_text and not value and not has:
        return None
    attributes = _TYPE.sub(b"", found["attributes"]) + (b' t="str"' if is_text else b"")
    return b"<%bc%b>%b<%bv>%b</%bv></%bc>" % (
        prefix,
        attributes,
        found["whole"],
        prefix,
        new,
        prefix,
        prefix,
    )


def _number(text: bytes) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class _Rows:
    """A formula of a table's rows, with the cells that it reads."""

    def __init__(
        self, formula: RowFormula, sheet: str, grids: Callable[[str], Grid | None]
    ) -> None:
        self._formula = formula
        grid = grids(formula.table.name)
        self._grid = grid if grid is not None and grid.sheet == sheet else None
        if self._grid is not None:
            keys = list(map(heading_key, self._grid.headings))
            wanted = list(map(heading_key, formula.inputs))
            self._places = [keys.index(key) if key in keys else None for key in wanted]
            self._rows = dict(zip(self._grid.numbers, self._grid.rows, strict=True))

    def value(self, facts: Facts, row: int) -> str | None:
        """Return the formula's value in a row; None where that is no row of the table."""
        cells = self._rows.get(row) if self._grid is not None else None
        if cells is None:
            return None
        inputs = [None if at is None else cells[at] for at in self._places]
        return self._formula.value(facts, row, inputs)
