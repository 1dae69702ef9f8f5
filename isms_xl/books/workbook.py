"""The structure of a workbook: its sheets, its Excel tables, and where each part is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from isms_xl.books.markup import declares_entities
from isms_xl.books.package import Package
from isms_xl.errors import UnreadableWorkbookError

_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_STRICT = "http://purl.oclc.org/ooxml"
_NOT_A_WORKBOOK = "Open it in Excel, save it as an Excel workbook (.xlsx) and use that."
_DAMAGED = "Open it in Excel, let Excel repair it, and save it."
_TOO_MUCH = UnreadableWorkbookError(
    "The workbook has far more sheets, names or formats than a register can need.",
    "Move the register's sheets to a fresh workbook, and use that.",
)
LARGEST_INDEX = 32 * 2**20
"""Bytes of a part that is taken in whole as a tree, which needs 25 times that."""
LARGEST_INDEXES = 96 * 2**20
MOST_NODES = 5_000_000
"""Tags and attributes of such a part: some hundred bytes of memory each."""
MOST_CONTENT_NODES = 2_000_000
"""Those of all parts whose content is taken from trees: sheets with formulas, and comments."""
MOST_INDEX_NODES = 1_500_000
"""Those of all parts that say how a workbook is built."""

MAIN_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, rows and columns counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class TablePart:
    """An Excel table as the workbook declares it.

    Attributes:
        name: Its name (the display name, which formulas use).
        number: Its id in the workbook.
        part: Name of its part.
        area: Header, body and totals.
        header_rows: 1, or 0 for a table without a header row.
        totals_rows: 1 where a totals row is shown.
        headings: Headings as declared.
        totals_labels: Texts that its totals row shows, or would show.
    """

    name: str
    number: int
    part: str
    area: Area
    header_rows: int
    totals_rows: int
    headings: tuple[str, ...]
    totals_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A worksheet.

    Attributes:
        name: Its name.
        part: Name of its part.
        relationships: (id, kind, target part) of what it refers to.
        tables: The Excel tables on it.
    """

    name: str
    part: str
    relationships: tuple[tuple[str, str, str], ...]
    tables: tuple[TablePart, ...]


def column_number(letters: str) -> int:
    """Return the number of a column, A being 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def area_of(reference: str) -> Area:
    """Return the rectangle of a reference such as `A4:R45`; ValueError where it is none."""
    cells = [_ADDRESS.fullmatch(part) for part in reference.split(":")]
    first, last = cells[0], cells[-1]
    if len(cells) > 2 or first is None or last is None:
        raise ValueError(reference)
    area = Area(int(first[2]), column_number(first[1]), int(last[2]), column_number(last[1]))
    if not (1 <= area.top <= area.bottom and area.left <= area.right):
        raise ValueError(reference)
    return area


def _nodes(data: bytes) -> int:
    """Return a number that the tags and attributes in XML, in any encoding, do not exceed."""
    return data.count(b"<") + data.count(b"=")


def parse(data: bytes, part: str) -> Element:
    """Parse a part's XML; document types and entities are refused.

    Raises:
        UnreadableWorkbookError: The part is no well-formed XML, declares a document type, or is
            too large.
    """
    if len(data) > LARGEST_INDEX or _nodes(data) > MOST_NODES:
        raise _TOO_MUCH
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise declares_entities(part) from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableWorkbookError(
            f"The workbook's part {part} is damaged.", _DAMAGED
        ) from error
    return root


def local(name: str) -> str:
    """Return a tag or attribute name without its namespace."""
    return name.rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the child elements of that name, in the namespace of their parent.

    Excel passes over elements of others; what it does not see must not count here.
    """
    tag = element.tag[: element.tag.rfind("}") + 1] + name
    return (child for child in element if child.tag == tag)


def attribute(element: Element, name: str) -> str:
    """Return an attribute of no namespace; empty where it is missing."""
    return element.get(name, "")


def _count(element: Element, name: str, usual: int) -> int:
    number = int(attribute(element, name) or usual)
    if number < 0:
        raise ValueError(name)
    return number


class Workbook:
    """The structure of the workbook in a package.

    Raises:
        UnreadableWorkbookError: The package holds no workbook, or a broken one.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._parsed = self._nodes = self._nodes_of_trees = 0
        self.part = self._workbook_part()
        self.root = self._parse(self.part)
        if local(self.root.tag) != "workbook":
            raise UnreadableWorkbookError("The file is not an Excel workbook.", _NOT_A_WORKBOOK)
        self.is_strict = self.root.tag.startswith("{" + _STRICT)
        self._targets = {rid: target for rid, _, target in self.relationships_of(self.part)}

    def _parse(self, part: str) -> Element:
        data = self.package.read(part)
        self._parsed += len(data)
        self._nodes += _nodes(data)
        if self._parsed > LARGEST_INDEXES or self._nodes > MOST_INDEX_NODES:
            raise _TOO_MUCH
        return parse(data, part)

    def tree(self, part: str) -> Element:
        """Return a part of content as a tree.

        Raises:
            UnreadableWorkbookError: It is damaged, or too large together with those before.
        """
        data = self.package.read(part)
        self._nodes_of_trees += _nodes(data)
        if self._nodes_of_trees > MOST_CONTENT_NODES:
            raise _TOO_MUCH
        return parse(data, part)

    def _workbook_part(self) -> str:
        found = [t for _, kind, t in self.relationships_of("") if kind == "officeDocument"]
        if len({target.casefold() for target in found if self.package.find(target)}) > 1:
            raise UnreadableWorkbookError(
                "The file holds two workbooks, so it is unclear which one counts.", _DAMAGED
            )
        for target in found:
            if target.lower().endswith(".bin"):
                raise UnreadableWorkbookError(
                    "The file is a binary Excel workbook (.xlsb).", _NOT_A_WORKBOOK
                )
            if self.package.find(target):
                return target
        raise UnreadableWorkbookError("The file is not an Excel workbook.", _NOT_A_WORKBOOK)

    def relationships_of(self, part: str) -> list[tuple[str, str, str]]:
        """Return (id, kind, target part) of what a part refers to inside the package."""
        folder, _, name = part.rpartition("/")
        rels = self.package.find(posixpath.join(folder, "_rels", f"{name}.rels"))
        if rels is None:
            return []
        found = []
        for entry in children(self._parse(rels), "Relationship"):
            if attribute(entry, "TargetMode") == "External":
                continue
            target = attribute(entry, "Target")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = attribute(entry, "Type").rpartition("/")[2]
            found.append((attribute(entry, "Id"), kind, posixpath.normpath(path)))
        return found

    @cached_property
    def sheet_names(self) -> tuple[str, ...]:
        """Names of all sheets, chart sheets included."""
        return tuple(
            attribute(sheet, "name")
            for sheets in children(self.root, "sheets")
            for sheet in children(sheets, "sheet")
        )

    @cached_property
    def counts_from_1904(self) -> bool:
        """Whether dates are counted from 1904 instead of 1900."""
        properties = next(children(self.root, "workbookPr"), None)
        flag = attribute(properties, "date1904") if properties is not None else ""
        return flag in ("1", "true", "on")

    def target_of(self, kind: str) -> str | None:
        """Return the part that the workbook refers to as of that kind, None where there is none."""
        targets = (t for _, k, t in self.relationships_of(self.part) if k == kind)
        found = list(dict.fromkeys(filter(None, map(self.package.find, targets))))
        if len(found) > 1:
            raise UnreadableWorkbookError(
                f"The workbook is damaged: {found[0]} and {found[1]} are meant for the same.",
                _DAMAGED,
            )
        return next(iter(found), None)

    @cached_property
    def sheets(self) -> tuple[Sheet, ...]:
        """The worksheets, in the workbook's order.

        Raises:
            UnreadableWorkbookError: Two share a part or an Excel table: read for each, a small file
                would keep the tool busy for hours.
        """
        found = []
        seen: set[str] = set()
        for sheets in children(self.root, "sheets"):
            for sheet in children(sheets, "sheet"):
                rid = next(
                    (v for k, v in sheet.attrib.items() if local(k) == "id" and k != "id"), ""
                )
                part = self._targets.get(rid, "")
                if not self.package.find(part):
                    continue
                relationships = tuple(self.relationships_of(part))
                tables = dict.fromkeys(
                    target
                    for _, kind, target in relationships
                    if kind == "table" and self.package.find(target)
                )
                parts = {name.casefold() for name in (part, *tables)}
                if parts & seen:
                    raise UnreadableWorkbookError(
                        "The workbook is damaged: two of its sheets share their cells or a table.",
                        _DAMAGED,
                    )
                seen |= parts
                found.append(
                    Sheet(
                        attribute(sheet, "name"),
                        part,
                        relationships,
                        tuple(map(self._table, tables)),
                    )
                )
        return tuple(found)

    def _table(self, part: str) -> TablePart:
        root = self._parse(part)
        columns = [
            column
            for columns in children(root, "tableColumns")
            for column in children(columns, "tableColumn")
        ]
        try:
            area = area_of(attribute(root, "ref"))
            return TablePart(
                name=attribute(root, "displayName") or attribute(root, "name"),
                number=int(attribute(root, "id") or 0),
                part=part,
                area=area,
                header_rows=min(1, _count(root, "headerRowCount", 1)),
                totals_rows=_count(root, "totalsRowCount", 0),
                headings=tuple(attribute(column, "name") for column in columns),
                totals_labels=tuple(
                    filter(None, (attribute(column, "totalsRowLabel") for column in columns))
                ),
            )
        except ValueError as error:
            raise UnreadableWorkbookError(
                f"The workbook's table in {part} has no usable place.", _DAMAGED
            ) from error
