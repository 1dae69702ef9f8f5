"""What cells show whose value is a linked data type or a picture.

Excel stores `#VALUE!` in them, for programs that know no such values, and what the cell shows in parts
of its own ([MS-XLSX], rich values).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from isms_xl.books.workbook import Workbook, attribute, local

PICTURE = "(picture)"
LINKED = "(linked data)"
_RICH_CELL = re.compile(
    rb"<(?:[\w.-]+:)?c\b(?=[^<>]*\st\s*=\s*[\"']e[\"'])(?=[^<>]*\sr\s*=\s*[\"'](?P<address>[A-Z]+\d+))"
    rb"[^<>]*\svm\s*=\s*[\"'](?P<meta>\d{1,7})[\"']"
)
_METADATA, _VALUES, _STRUCTURES = "sheetMetadata", "rdRichValue", "rdRichValueStructure"
_RICH = "XLRICHVALUE"


def rich_cells(workbook: Workbook, xml: bytes) -> Iterator[tuple[str, str]]:
    """Yield the address of each such cell of a sheet, and the text it shows.

    Args:
        workbook: The workbook.
        xml: The sheet's part.
    """
    if b"vm=" not in xml:
        return
    texts = _texts(workbook)
    for cell in _RICH_CELL.finditer(xml):
        text = texts.get(int(cell["meta"]))
        if text:
            yield cell["address"].decode(), text


def _texts(workbook: Workbook) -> dict[int, str]:
    """Return what rich values show, by the number a cell names; real errors are left out."""
    parts = {
        kind: target
        for _, kind, target in workbook.relationships_of(workbook.part)
        if kind in (_METADATA, _VALUES, _STRUCTURES) and workbook.package.find(target)
    }
    if len(parts) != len((_METADATA, _VALUES, _STRUCTURES)):
        return {}
    trees = {kind: workbook.tree(part) for kind, part in parts.items()}
    shown = list(_shown(trees[_VALUES], trees[_STRUCTURES]))
    numbers = _numbers(trees[_METADATA])
    return {at: shown[n] for at, n in numbers.items() if n < len(shown)}


def _all(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if local(element.tag) == name)


def _shown(values: Element, structures: Element) -> Iterator[str]:
    """Yield what each rich value shows; empty for an error."""
    kinds = [
        (attribute(s, "t"), [attribute(key, "n") for key in _all(s, "k")])
        for s in _all(structures, "s")
    ]
    for value in _all(values, "rv"):
        number = int(attribute(value, "s") or 0)
        kind, keys = kinds[number] if number < len(kinds) else ("", [])
        texts = dict(zip(keys, (v.text or "" for v in _all(value, "v")), strict=False))
        if kind == "_error":
            yield ""
        elif kind in ("_localImage", "_webimage"):
            yield texts.get("Text") or PICTURE
        else:
            yield texts.get("_DisplayString") or LINKED


def _numbers(metadata: Element) -> dict[int, int]:
    """Return the number of the rich value by the number of the metadata, counted from 1."""
    types = [attribute(entry, "name") for entry in _all(metadata, "metadataType")]
    rich = [
        int(attribute(entry, "i") or 0)
        for future in _all(metadata, "futureMetadata")
        if attribute(future, "name") == _RICH
        for entry in _all(future, "rvb")
    ]
    found = {}
    for block in _all(metadata, "valueMetadata"):
        for at, entry in enumerate(_all(block, "bk"), start=1):
            for record in _all(entry, "rc"):
                kind, number = (int(attribute(record, name) or 0) for name in ("t", "v"))
                if 0 < kind <= len(types) and types[kind - 1] == _RICH and number < len(rich):
                    found[at] = rich[number]
    return found
