"""XML as bytes: what the reading library can be given, and what may be edited by patterns."""

from __future__ import annotations

import re
from html import escape
from xml.parsers import expat

from isms_xl.errors import UnreadableWorkbookError

_UNUSUAL = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[(?P<text>.*?)\]\]>|<!|(?P<instruction><\?).*?(?:\?>|\Z)", re.DOTALL
)
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?+\s*+<\?xml\s(?P<inside>[^?>]*+)\?>")
_ENCODING = re.compile(rb"\bencoding\s*+=\s*+[\"'](?P<name>[\w.:-]*+)[\"']")
MOST_UNUSUAL = 1_000_000
"""Comments, instructions and CDATA in a part; some programs write each text of a list as CDATA."""

_PREFIXED = re.compile(rb"<[^\s/>:]*:")
_DEFAULT_NAMESPACE = re.compile(rb"xmlns(?!:)")
_UTF_16 = {
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
"""How a part in UTF-16 begins: with a byte-order mark, as it should, or without."""

_ASCII = frozenset({"us-ascii", "ascii"})
_OTHERS = frozenset(
    {"utf-16", "iso-8859-1", "iso-8859-15", "windows-1252", "windows-1250", *_UTF_16.values()}
)
ENCODINGS = _OTHERS | {"utf-8", "ascii"}
"""Encodings that a part may be written in."""

_BRACKET_IN_VALUE = re.compile(rb"=\s*(?:\"[^\"<>]*>|'[^'<>]*>)")
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


def damaged(part: str) -> UnreadableWorkbookError:
    """Return the refusal of a part that no parser reads."""
    return UnreadableWorkbookError(f"The workbook's part {part} is damaged.", _DAMAGED)


def as_utf8(xml: bytes, part: str) -> bytes:
    """Return a part in UTF-8.

    Raises:
        UnreadableWorkbookError: It is in no known encoding.
    """
    encoding = encoding_of(xml)
    if encoding in ("utf-8", "ascii"):
        return xml
    if encoding not in _OTHERS:
        raise damaged(part)
    try:
        text = xml.decode(encoding)
    except UnicodeError as error:
        raise damaged(part) from error
    return re.sub(r"^\ufeff?\s*<\?xml\b[^>]*\?>|^\ufeff", "", text).encode("utf-8", "surrogatepass")


def readable(xml: bytes, part: str) -> bytes:
    """Return a part as UTF-8 without comments and CDATA, which the reading library stumbles over.

    It reads UTF-16 as an empty sheet and CDATA as blank cells, without a word. Instructions go as
    well: what stands in them would look like cells to a pattern.

    Raises:
        UnreadableWorkbookError: The part declares entities, or is in no known encoding.
    """
    xml = as_utf8(xml, part)
    if b"\0" in xml:
        raise damaged(part)
    declaration = _DECLARATION.match(xml)
    start = declaration.end() if declaration else 0
    if xml.find(b"<!", start) < 0 and xml.find(b"<?", start) < 0:
        return xml
    if xml.count(b"<!", start) + xml.count(b"<?", start) > MOST_UNUSUAL:
        raise damaged(part)
    return _UNUSUAL.sub(_plain, xml[start:])


def encoding_of(xml: bytes) -> str:
    """Return the encoding a part is written in, as Python names it; it need not be one it knows."""
    if xml[:2] in _UTF_16:
        return _UTF_16[xml[:2]]
    declaration = _DECLARATION.match(xml)
    found = _ENCODING.search(declaration["inside"]) if declaration else None
    name = found["name"].decode().lower() if found else "utf-8"
    return "ascii" if name in _ASCII else "utf-8" if name == "utf8" else name


def _plain(found: re.Match[bytes]) -> bytes:
    if found[0] == b"<!":
        raise declares_entities("")
    if found["instruction"]:
        return b""
    text = found["text"]
    return (
        escape(text.decode("utf-8", "replace"), quote=False).encode() if text is not None else b""
    )


def declares_entities(part: str) -> UnreadableWorkbookError:
    """Return the refusal of a part with a document type."""
    which = f"part {part}" if part else "sheets"
    return UnreadableWorkbookError(
        f"The workbook's {which} declares entities, which no spreadsheet program writes.",
        "Ask the sender where the file comes from, and do not open it.",
    )


def in_one_namespace(xml: bytes, start: int, end: int) -> bool:
    """Whether all elements between two places are of the root's namespace, seen at once."""
    if xml.find(b":", start, end) >= 0 and _PREFIXED.search(xml, start, end):
        return False
    return len(_DEFAULT_NAMESPACE.findall(xml)) == 1


def is_plain(xml: bytes) -> bool:
    """Whether patterns find in XML what a parser would find.

    They do in well-formed UTF-8 without comments, CDATA and processing instructions, where no `>`
    hides in an attribute. Spreadsheet programs write nothing else.
    """
    declaration = _DECLARATION.match(xml)
    if encoding_of(xml) != "utf-8":
        return False
    start = xml[declaration.end() :] if declaration else xml
    if b"<!" in start or b"<?" in start or b"\0" in xml or _BRACKET_IN_VALUE.search(start):
        return False
    try:
        expat.ParserCreate().Parse(xml, True)
    except expat.ExpatError:
        return False
    return True
