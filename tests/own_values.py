"""What a write may change in a sheet that is not the tool's: the values of the tool's own formulas."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from html import unescape
from pathlib import Path

from workbooks import entries, parts, sheet_parts

from isms_xl.formulas import row_formulas, whole_formulas

_FORMULA_CELL = re.compile(
    rb"<((?:[\w.-]+:)?)c( [^>]*)>(<\1f(?: [^>]*)?(?:/>|>([^<]*)</\1f>))"
    rb"(?:<\1v>[^<]*</\1v>|<\1v/>)?</\1c>"
)
_CALCULATED = re.compile(
    rb"<c(?P<attributes> [^>]*)><f(?: [^>]*)?(?:/>|>[^<]*</f>)(?:<v>(?P<value>[^<]*)</v>|<v/>)?</c>"
)


def without_own_values(xml: bytes) -> bytes:
    """Return a sheet without the values of the tool's own formulas, which every write renews."""
    own = set(whole_formulas()) | set(row_formulas())

    def bare(cell: re.Match[bytes]) -> bytes:
        if unescape((cell[4] or b"").decode()).strip() not in own:
            return cell[0]
        return re.sub(rb' t="[a-z]+"', b"", cell[2]) + cell[3]

    return _FORMULA_CELL.sub(bare, xml)


def changed_parts(before: bytes, after: bytes, ours: Iterable[str]) -> list[str]:
    """Return the parts that are not as they were, the tool's and its own formulas' values aside."""
    old, new = entries(before), entries(after)
    texts = parts(before), parts(after)
    return [
        name
        for name in old
        if name not in set(ours)
        and new.get(name) != old[name]
        and (
            name not in new
            or not name.startswith("xl/worksheets/")
            or without_own_values(texts[0][name]) != without_own_values(texts[1][name])
        )
    ]


def own_values(path: Path) -> dict[tuple[str, str], str]:
    """Return the value beside every formula of a workbook, by sheet and cell."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    found = {}
    for sheet, part in sheet_parts(content).items():
        for cell in _CALCULATED.finditer(content[part]):
            text = unescape(cell["value"].decode()) if cell["value"] else ""
            if not re.search(rb' t="(?:str|e|b)"', cell["attributes"]) and text:
                text = f"{float(text):g}"
            address = re.search(rb' r="([A-Z]+[0-9]+)"', cell["attributes"])
            assert address
            found[sheet, address[1].decode()] = text
    return found
