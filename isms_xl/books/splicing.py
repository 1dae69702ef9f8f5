"""Change single elements of a part and leave every other byte of it as it is.

Programs write the same workbook in many ways: elements with a prefix or without, empty ones as one
tag or as two, parts in UTF-8 or UTF-16, comments anywhere. A parser says where the elements stand,
by their namespaces; what is put among them takes the prefix of the element it goes into, the place
that the schema gives it, and the encoding of the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from xml.parsers import expat

from isms_xl.books.markup import ENCODINGS, encoding_of
from isms_xl.errors import UnreadableWorkbookError

_ORDERS: Mapping[str, tuple[str, ...]] = {
    "workbook": tuple(
        "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
        "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr "
        "smartTagTypes webPublishing fileRecoveryPr webPublishObjects extLst".split()
    ),
    "worksheet": tuple(
        "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
        "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells "
        "phoneticPr conditionalFormatting dataValidations hyperlinks printOptions pageMargins "
        "pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors "
        "smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls "
        "webPublishItems tableParts extLst".split()
    ),
}
"""Order of the children that ISO/IEC 29500-1 fixes, by the name of their parent."""

MOST_NODES = 500_000
"""Elements of a part that are looked at; a sheet with all hyperlinks Excel keeps has 65 000."""

_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_DEPTH = 4
"""How deep elements are looked at: a child of the root may stand in one of two alternatives."""
_UNUSUAL = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_VALUE = re.compile(rb"=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_BRACKET_IN_VALUE = re.compile(rb"=\s*(?:\"[^\"<>]*>|'[^'<>]*>)")
_ATTRIBUTE = re.compile(rb"\s+(?P<name>[^\s=/>]+)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')")
_TAG = re.compile(r"<(/?)(?=\w)")
_CELLS = re.compile(rb"<(?P<tag>(?:[^\s<>/:!?]+:)?sheetData)(?=[\s/>])[^>]*>")


@dataclass(frozen=True, slots=True)
class Node:
    """An element where it stands in a part.

    Attributes:
        namespace: Its namespace.
        name: Its name in it.
        prefix: The prefix it is written with; empty for none.
        attributes: Its attributes by name; those of a namespace as `{namespace}name`.
        start: Where its tag begins.
        inner: Where its content begins.
        close: Where its content ends.
        end: Where it ends. An element of a single tag ends where its content would begin.
        children: The elements in it, as deep as they were looked at.
    """

    namespace: str
    name: str
    prefix: str
    attributes: Mapping[str, str]
    start: int
    inner: int
    close: int
    end: int
    children: tuple[Node, ...]

    def all(self, name: str) -> Iterator[Node]:
        """Yield the children of that name in the element's own namespace."""
        return (c for c in self.children if c.name == name and c.namespace == self.namespace)

    def first(self, name: str) -> Node | None:
        """Return the first child of that name in the element's own namespace."""
        return next(self.all(name), None)

    @property
    def is_one_tag(self) -> bool:
        """Whether it is written as `<name/>`."""
        return self.inner == self.end


@dataclass(slots=True)
class _Open:
    """An element whose end the parser has not come to yet."""

    namespace: str
    name: str
    prefix: str
    attributes: Mapping[str, str]
    start: int
    children: list[Node] = field(default_factory=list)


class Splice:
    """A part, and what is to be changed in it.

    Args:
        data: The part as it is.

    Attributes:
        xml: The part in UTF-8; all places count in its bytes.
        root: Its outermost element.

    Raises:
        UnreadableWorkbookError: It is not well-formed, or declares a document type.
    """

    def __init__(self, data: bytes) -> None:
        self._encoding = encoding_of(data)
        if self._encoding not in ENCODINGS:
            raise not_extensible()
        try:
            self.xml = data if self._encoding == "utf-8" else data.decode(self._encoding).encode()
        except UnicodeError as error:
            raise not_extensible() from error
        _parse(expat.ParserCreate(encoding="utf-8"), self.xml)
        self.root = _outlined(self.visible)
        self._edits: list[tuple[int, int, bytes]] = []
        self._filled: dict[int, tuple[Node, list[bytes]]] = {}

    @cached_property
    def visible(self) -> bytes:
        """The part with blanks in place of what only looks like tags, so that patterns can be used.

        Comments, instructions and CDATA are blotted out, and each `>` in the value of an attribute:
        places are the same as in the part.
        """
        xml = self.xml
        if xml.find(b"<!") >= 0 or xml.find(b"<?") >= 0:
            xml = _UNUSUAL.sub(lambda found: b" " * len(found[0]), xml)
        if _BRACKET_IN_VALUE.search(xml):
            xml = _VALUE.sub(lambda found: found[0].replace(b">", b" "), xml)
        return xml

    def elements(self, parent: Node, name: str) -> Iterator[re.Match[bytes]]:
        """Find, by pattern, the elements of that name in another, written with its prefix.

        They are to hold none of their own name. Each match is of an element in what is `visible`.
        """
        tag = re.escape(f"{parent.prefix}:{name}" if parent.prefix else name).encode()
        pattern = re.compile(rb"<%s(?=[\s/>])[^>]*?(?:/>|>.*?</%s\s*>)" % (tag, tag), re.DOTALL)
        return pattern.finditer(self.visible, parent.inner, parent.close)

    def insert(self, parent: Node, new: str) -> None:
        """Put elements into another, the last of their kind.

        Args:
            parent: Where; its namespace is theirs.
            new: Their XML, without prefixes.
        """
        content = with_prefix(new, parent.prefix).encode()
        if parent.is_one_tag:
            _, texts = self._filled.setdefault(parent.start, (parent, []))
            texts.append(content)
            return
        order = _ORDERS.get(parent.name, ())
        found = re.match(r"<(\w+)", new)
        place = parent.close
        if found and found[1] in order:
            place = _place_in(parent, order, order.index(found[1]))
        self._edits.append((place, place, content))

    def replace(self, node: Node, new: str) -> None:
        """Put an element of the same namespace, written without prefixes, in place of one."""
        self._edits.append((node.start, node.end, with_prefix(new, node.prefix).encode()))

    def remove(self, node: Node) -> None:
        """Take an element out."""
        self._edits.append((node.start, node.end, b""))

    def fill(self, node: Node, content: bytes) -> None:
        """Give an element other content, which is taken as it is."""
        if node.is_one_tag:
            self._filled[node.start] = (node, [content])
        else:
            self._edits.append((node.inner, node.close, content))

    def put(self, start: int, end: int, content: bytes) -> None:
        """Put other bytes, which are taken as they are, between two places."""
        self._edits.append((start, end, content))

    def set(self, node: Node, name: str, value: str) -> None:
        """Give an element's attribute of no namespace another value, or add it."""
        text = escape(value, quote=True).encode()
        for found in _ATTRIBUTE.finditer(self.visible, node.start, node.inner):
            if found["name"] == name.encode():
                new = b' %s="%s"' % (found["name"], text)
                self._edits.append((found.start(), found.end(), new))
                return
        place = node.inner - (2 if node.is_one_tag else 1)
        while self.visible[place - 1 : place].isspace():
            place -= 1
        self._edits.append((place, place, b' %s="%s"' % (name.encode(), text)))

    def finished(self) -> bytes:
        """Return the part with its changes, in the encoding it had."""
        for node, texts in self._filled.values():
            tag = f"{node.prefix}:{node.name}" if node.prefix else node.name
            content = b">" + b"".join(texts) + f"</{tag}>".encode()
            self._edits.append((node.inner - 2, node.end, content))
        self._filled = {}
        pieces, at = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):
            pieces += [self.xml[at:start], new]
            at = end
        xml = b"".join((*pieces, self.xml[at:]))
        if self._encoding == "utf-8":
            return xml
        return xml.decode().encode(self._encoding, "xmlcharrefreplace")


def not_extensible() -> UnreadableWorkbookError:
    """Return the refusal of a part in which no place for another element can be found."""
    return UnreadableWorkbookError(
        "The workbook's structure cannot be extended safely.",
        "Open it in Excel, save it, and try again.",
    )


def attributes_of(element: bytes) -> dict[str, str]:
    """Return the attributes in the tag with which an element begins, as they are written."""
    tag = element[: element.index(b">")]
    return {
        found["name"].decode(): found["value"][1:-1].decode() for found in _ATTRIBUTE.finditer(tag)
    }


def with_prefix(xml: str, prefix: str) -> str:
    """Return XML written without prefixes with one on each of its elements."""
    return _TAG.sub(rf"<\1{prefix}:", xml) if prefix else xml


def _place_in(parent: Node, order: tuple[str, ...], rank: int) -> int:
    """Return where an element goes: behind those that come before it or are of its kind."""
    place = parent.inner
    for child in parent.children:
        names = (
            [n.name for choice in child.children for n in choice.children]
            if child.namespace == _COMPATIBILITY
            else [child.name]
            if child.namespace == parent.namespace
            else []
        )
        if any(name in order and order.index(name) <= rank for name in names):
            place = child.end
    return place


def _refuse_document_type(*declaration: object) -> None:
    raise ValueError(declaration)


def _parse(parser: expat.XMLParserType, xml: bytes) -> None:
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise not_extensible() from error


def _outlined(visible: bytes) -> Node:
    """Return the root of a well-formed part, given as patterns can be used in it.

    The rows of a sheet are passed over: a parser that tells of each takes ten times as long.
    """
    cells = _CELLS.search(visible)
    gap = (len(visible), 0)
    if cells and not cells[0].endswith(b"/>"):
        close = visible.find(b"</" + cells["tag"], cells.end())
        gap = (cells.end(), close - cells.end())
    brief = visible[: gap[0]] + visible[gap[0] + gap[1] :]

    def place() -> int:
        at = parser.CurrentByteIndex
        return at if at < gap[0] else at + gap[1]

    roots: list[Node] = []
    opened: list[_Open] = []
    depth = seen = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, seen
        depth += 1
        if depth <= _DEPTH:
            seen += 1
            if seen > MOST_NODES:
                raise ValueError(tag)
            names = {_clark(key): value for key, value in attributes.items()}
            opened.append(_Open(*_split(tag), names, place()))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1
        if depth >= _DEPTH:
            return
        this = opened.pop()
        inner = visible.index(b">", this.start) + 1
        close = stop = inner
        if visible[inner - 2 : inner] != b"/>":
            close = place()
            stop = visible.index(b">", close) + 1
        node = Node(
            this.namespace,
            this.name,
            this.prefix,
            this.attributes,
            this.start,
            inner,
            close,
            stop,
            tuple(this.children),
        )
        (opened[-1].children if opened else roots).append(node)

    parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    _parse(parser, brief)
    return roots[0]


def _split(tag: str) -> tuple[str, str, str]:
    """Return the namespace, name and prefix of a tag as the parser tells it."""
    parts = tag.split(" ")
    if len(parts) == 1:
        return "", parts[0], ""
    namespace, name, *prefix = parts
    return namespace, name, "".join(prefix)


def _clark(key: str) -> str:
    namespace, name, _ = _split(key)
    return f"{{{namespace}}}{name}" if namespace else name
