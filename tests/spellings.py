"""The same workbook as other programs spell its XML: prefixes, encodings, comments, line ends.

Each of `SPELLINGS` takes the parts of a workbook and returns parts that mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import cycle

from workbooks import strict

Parts = dict[str, bytes]
Spelling = Callable[[Mapping[str, bytes]], Parts]

_DEFAULT = re.compile(r"<(/?)([A-Za-z]\w*)(?=[\s/>])")
_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>\s*")
_ROOT = re.compile(r"<(?![?!])[^>]*>")


def is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def is_spreadsheet(name: str, xml: bytes) -> bool:
    return is_xml(name) and b"spreadsheetml/2006/main" in xml[:600]


def prefixed(xml: bytes, prefix: str) -> bytes:
    """Return XML with a prefix on each element of the default namespace of its root."""
    text = xml.decode()
    head = found[0] if (found := _HEAD.match(text)) else ""
    body = text[len(head) :]
    root = _ROOT.search(body)
    assert root is not None
    if ' xmlns="' not in root[0] or f" xmlns:{prefix}=" in root[0]:
        return xml
    body = _DEFAULT.sub(rf"<\1{prefix}:\2", body)
    return (head + body.replace(' xmlns="', f' xmlns:{prefix}="', 1)).encode()


def each(change: Callable[[bytes], bytes], parts: Mapping[str, bytes]) -> Parts:
    return {name: change(xml) if is_xml(name) else xml for name, xml in parts.items()}


def spreadsheet_prefixed(*prefixes: str) -> Spelling:
    """Return a spelling with prefixes on the spreadsheet's own elements, by turns."""

    def spelt(parts: Mapping[str, bytes]) -> Parts:
        turns = cycle(prefixes)
        return {
            name: prefixed(xml, next(turns)) if is_spreadsheet(name, xml) else xml
            for name, xml in parts.items()
        }

    return spelt


def all_prefixed(parts: Mapping[str, bytes]) -> Parts:
    """Prefix relationships, content types and properties, too."""
    own = {"rels": "r1", "Types].xml": "ct", "app.xml": "ep"}
    found = spreadsheet_prefixed("x", "s-1.b")(parts)
    for name, xml in found.items():
        for ending, prefix in own.items():
            if name.endswith(ending):
                found[name] = prefixed(xml, prefix)
    return found


def encoded(encoding: str, mark: bytes, xml: bytes) -> bytes:
    text = xml.decode()
    name = encoding.rpartition("-")[0] if encoding.startswith("utf-16") else encoding
    body = text[len(head[0]) :] if (head := _HEAD.match(text)) else text
    head_now = f'<?xml version="1.0" encoding="{name.upper()}"?>\n'
    return mark + (head_now + body).encode(encoding)


def marked(xml: bytes) -> bytes:
    return b"\xef\xbb\xbf" + xml


def with_crlf(xml: bytes) -> bytes:
    """End the lines between elements as Windows does."""
    text = xml.decode().replace("?>\n", "?>\r\n")
    names = (
        "sheets?|definedNames?|calcPr|Override|Default|Relationship|row|cols|sheetData|table\\w+"
    )
    return re.sub(rf"(?<=>)(?=</?(?:{names})\b)", "\r\n\t", text).encode()


def commented(xml: bytes) -> bytes:
    """Put comments and instructions that look like elements before, among and after them."""
    text = xml.decode()
    head = found[0] if (found := _HEAD.match(text)) else ""
    body = text[len(head) :]
    trap = (
        "<!-- <worksheet><sheetData><row r='1'/></sheetData></worksheet> </sheets> <Types> "
        "</definedNames> <calcPr/> <tableStyleInfo/> -->"
        "<?x <sheetData> <hyperlinks/> </Relationships> > ?>"
    )
    root = _ROOT.search(body)
    assert root is not None
    end = body.rindex("</") if not root[0].endswith("/>") else len(body)
    inside = root.end()
    return (
        head + trap + body[:inside] + trap + body[inside:end] + trap + body[end:] + trap
    ).encode()


def in_single_quotes(xml: bytes) -> bytes:
    """Quote attributes with apostrophes, where they hold none."""
    return re.sub(rb"<[^>!?]+>", lambda tag: _requoted(tag[0]), xml)


def _requoted(tag: bytes) -> bytes:
    return re.sub(rb'="([^"\']*)"', rb"='\1'", tag)


def in_two_tags(xml: bytes) -> bytes:
    """Write empty elements as two tags."""
    return re.sub(rb"<([^\s<>/!?]+)([^<>]*?)\s*/>", rb"<\1\2></\1>", xml)


SPELLINGS: Mapping[str, Spelling] = {
    "prefix x": spreadsheet_prefixed("x"),
    "prefix s-1.b": spreadsheet_prefixed("s-1.b"),
    "prefixes by turns": spreadsheet_prefixed("x", "ss"),
    "all parts prefixed": all_prefixed,
    "UTF-16": partial(each, partial(encoded, "utf-16-le", b"\xff\xfe")),
    "UTF-16, the other end first": partial(each, partial(encoded, "utf-16-be", b"\xfe\xff")),
    "byte-order mark": partial(each, marked),
    "CRLF": partial(each, with_crlf),
    "comments": partial(each, commented),
    "single quotes": partial(each, in_single_quotes),
    "two tags": partial(each, in_two_tags),
    "strict": strict,
    "prefixed in UTF-16 with comments": lambda parts: each(
        partial(encoded, "utf-16-le", b"\xff\xfe"), each(commented, all_prefixed(parts))
    ),
}
