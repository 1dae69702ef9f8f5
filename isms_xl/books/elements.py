"""Where the elements of a part stand, byte by byte, so that a part can be edited and stay what it is.

The namespace says what an element is, never its prefix: the Open XML SDK, ClosedXML and others write
`<x:sheets>`, others declare a namespace on each element. Elements that are put in declare their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from isms_xl.books.markup import as_utf8, damaged, declares_entities

_START_TAG = re.compile(
    rb"<(?P<tag>[^\s/>]+)(?P<attributes>(?:\s+[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*(?P<empty>/?)>"
)


@dataclass(slots=True)
class Element:
    """An element, and where it stands.

    Attributes:
        namespace: Its namespace.
        name: Its name without a prefix.
        attributes: Values of those of no namespace.
        start: Place of its `<`.
        inside: Place behind its start tag.
        inside_end: Place of its end tag; that of `inside` where it has none.
        end: Place behind it.
        children: The elements in it.
    """

    namespace: str
    name: str
    attributes: Mapping[str, str]
    start: int
    inside: int
    inside_end: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """Yield its children of that name, in its own namespace."""
        return (c for c in self.children if c.name == name and c.namespace == self.namespace)

    def first(self, name: str) -> Element | None:
        """Return the first child of that name, in its own namespace."""
        return next(self.all(name), None)


class Elements:
    """The elements of a part.

    Args:
        xml: The part.
        part: Its name.

    Attributes:
        xml: The part in UTF-8.
        root: Its root.

    Raises:
        UnreadableWorkbookError: The part is damaged or declares a document type.
    """

    def __init__(self, xml: bytes, part: str) -> None:
        self.xml = as_utf8(xml, part)
        self._part = part
        document = Element("", "", {}, 0, 0)
        self._open = [document]
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        try:
            self._parser.Parse(self.xml, True)
        except expat.ExpatError as error:
            raise damaged(part) from error
        (self.root,) = document.children

    def _refuse(self, *_: object) -> None:
        raise declares_entities(self._part)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        start = self._parser.CurrentByteIndex
        found = self._tag_at(start)
        plain = {key: value for key, value in attributes.items() if " " not in key}
        element = Element(namespace, name, plain, start, found.end())
        if found["empty"]:
            element.inside_end = element.end = found.end()
        self._open[-1].children.append(element)
        self._open.append(element)

    def _tag_at(self, start: int) -> re.Match[bytes]:
        found = _START_TAG.match(self.xml, start)
        if found is None:  # the parser has read a start tag there
            raise damaged(self._part)
        return found

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if not element.end:
            element.inside_end = self._parser.CurrentByteIndex
            element.end = self.xml.index(b">", element.inside_end) + 1

    def with_inside(self, element: Element, new: str) -> bytes:
        """Return the part with more content at the end of an element, which may have none yet."""
        xml = self.xml
        if element.inside_end == element.end:  # <a/>
            found = self._tag_at(element.start)
            filled = b"<%s%s>%s</%s>" % (
                found["tag"],
                found["attributes"],
                new.encode(),
                found["tag"],
            )
            return xml[: element.start] + filled + xml[element.end :]
        return xml[: element.inside_end] + new.encode() + xml[element.inside_end :]

    def with_child(self, new: str, before: Iterable[str]) -> bytes:
        """Return the part with a new child of its root.

        Args:
            new: The element, its namespace declared.
            before: Names of the elements that come after it by the schema.
        """
        later = frozenset(before)
        for child in self.root.children:
            if child.name in later and child.namespace == self.root.namespace:
                return self.xml[: child.start] + new.encode() + self.xml[child.start :]
        return self.with_inside(self.root, new)

    def without(self, elements: Iterable[Element]) -> bytes:
        """Return the part without some elements, none of which stands in another."""
        xml = self.xml
        for element in sorted(elements, key=lambda e: e.start, reverse=True):
            xml = xml[: element.start] + xml[element.end :]
        return xml

    def with_text(self, element: Element, text: str) -> bytes:
        """Return the part with other content in an element that has some."""
        return self.xml[: element.inside] + text.encode() + self.xml[element.inside_end :]

    def with_attribute(self, element: Element, name: str, value: str) -> bytes:
        """Return the part with an attribute of an element set."""
        found = self._tag_at(element.start)
        others = re.sub(
            rb"\s+%s\s*=\s*(?:\"[^\"]*\"|'[^']*')" % name.encode(), b"", found["attributes"]
        )
        tag = b'<%s%s %s="%s"%s>' % (
            found["tag"],
            others,
            name.encode(),
            value.encode(),
            found["empty"],
        )
        return self.xml[: element.start] + tag + self.xml[found.end() :]
