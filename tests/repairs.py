"""What Excel offers to repair in a workbook although the schema allows it.

Written from documentation: ISO/IEC 29500-1 and -2 (packages, SpreadsheetML), Microsoft's "Excel
specifications and limits" and [MS-OI29500], which says where Excel is stricter. `repairs` returns a
line for each fault; an empty list means that nothing known would be repaired.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from xml.etree.ElementTree import Element, ParseError, fromstring

TYPES = "[Content_Types].xml"
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LONGEST_TEXT, LONGEST_FORMULA = 32_767, 8_192
FIRST_OWN_FORMAT = 164
MOST_BREAKS = 1_026
MOST_LINKS = 65_530
TALLEST_ROW = 409.5
ERRORS = frozenset(
    "#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! "
    "#BLOCKED! #CONNECT! #UNKNOWN! #BUSY!".split()
)
BUILT_IN_NAMES = frozenset(
    "_xlnm.print_area _xlnm.print_titles _xlnm.criteria _xlnm._filterdatabase _xlnm.extract "
    "_xlnm.consolidate_area _xlnm.database _xlnm.sheet_title _xlnm.auto_open "
    "_xlnm.auto_close".split()
)
ORDERS = {
    "workbook": (
        "fileVersion fileSharing workbookPr AlternateContent revisionPtr workbookProtection "
        "bookViews sheets functionGroups externalReferences definedNames calcPr oleSize "
        "customWorkbookViews pivotCaches smartTagPr smartTagTypes webPublishing fileRecoveryPr "
        "webPublishObjects extLst"
    ).split(),
    "worksheet": (
        "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection "
        "protectedRanges scenarios autoFilter sortState dataConsolidate customSheetViews "
        "mergeCells phoneticPr conditionalFormatting dataValidations hyperlinks printOptions "
        "pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches "
        "ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture "
        "oleObjects controls webPublishItems tableParts extLst"
    ).split(),
    "table": "autoFilter sortState tableColumns tableStyleInfo extLst".split(),
    "styleSheet": (
        "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"
    ).split(),
}
USES = frozenset({"id", "embed", "link", "pict"})
"""Attributes by which a part uses its relationships."""

OFTEN = frozenset({"conditionalFormatting", "fileRecoveryPr", "AlternateContent"})

Area = tuple[int, int, int, int]
"""Top, left, bottom and right of a rectangle of cells, from 1."""


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


def kids(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [e for e in element if local(e.tag) == name]


def kid(element: Element | None, name: str) -> Element | None:
    return next(iter(kids(element, name)), None)


def everywhere(element: Element, name: str) -> Iterator[Element]:
    return (e for e in element.iter() if isinstance(e.tag, str) and local(e.tag) == name)


def text_in(element: Element | None) -> str:
    """Return the text of an entry of the string table or of an inline string."""
    if element is None:
        return ""
    return "".join(
        t.text or ""
        for part in element
        for t in ([part] if local(part.tag) == "t" else kids(part, "t"))
        if local(part.tag) in ("t", "r")
    )


def units(text: str) -> int:
    """Return the length of a text as Excel counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def place_of(cell: str) -> tuple[int, int]:
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", cell)
    if found is None:
        raise ValueError(cell)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    if column > LAST_COLUMN or int(found[2]) > LAST_ROW:
        raise ValueError(cell)
    return int(found[2]), column


def area_of(reference: str) -> Area:
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = place_of(first), place_of(last or first)
    if top > bottom or left > right:
        raise ValueError(reference)
    return top, left, bottom, right


def is_area(reference: str) -> bool:
    try:
        area_of(reference)
    except ValueError:
        return False
    return True


def overlap(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def twice(values: list[str]) -> list[str]:
    """Return the values that are there more than once, ignoring case."""
    return [value for value, times in Counter(map(str.casefold, values)).items() if times > 1]


@dataclass(frozen=True)
class Relation:
    """A relationship of a part."""

    rid: str
    kind: str
    target: str
    external: bool


@dataclass
class Sheet:
    """A worksheet: its entry in the workbook, its part and what it refers to."""

    name: str
    state: str
    part: str
    root: Element
    relations: list[Relation]

    @cached_property
    def rows(self) -> list[Element]:
        return kids(kid(self.root, "sheetData"), "row")

    @cached_property
    def cells(self) -> dict[tuple[int, int], Element]:
        found = {}
        for row in self.rows:
            for cell in kids(row, "c"):
                try:
                    found[place_of(cell.get("r", ""))] = cell
                except ValueError:
                    continue
        return found


class Book:
    """A workbook taken apart."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.names = [name for name in archive.namelist() if not name.endswith("/")]
            self.parts = {name: archive.read(name) for name in self.names}
        self.trees: dict[str, Element] = {}
        self.broken: list[str] = []
        for name, xml in self.parts.items():
            if name.endswith((".xml", ".rels", ".vml")):
                try:
                    self.trees[name] = fromstring(xml)
                except ParseError as error:
                    self.broken.append(f"{name} is not well-formed: {error}")

    def relations(self, part: str) -> list[Relation]:
        folder, name = posixpath.split(part)
        found = []
        for entry in self.trees.get(posixpath.join(folder, "_rels", f"{name}.rels"), ()):
            target = entry.get("Target", "")
            external = entry.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = entry.get("Type", "").rpartition("/")[2]
            found.append(Relation(entry.get("Id", ""), kind, target, external))
        return found

    @cached_property
    def part(self) -> str:
        return next(r.target for r in self.relations("") if r.kind == "officeDocument")

    @cached_property
    def workbook(self) -> Element:
        return self.trees[self.part]

    def only(self, kind: str) -> Element | None:
        targets = [r.target for r in self.relations(self.part) if r.kind == kind]
        return self.trees.get(targets[0]) if targets else None

    @cached_property
    def entries(self) -> list[Element]:
        return kids(kid(self.workbook, "sheets"), "sheet")

    @cached_property
    def sheets(self) -> list[Sheet]:
        targets = {r.rid: r.target for r in self.relations(self.part)}
        found = []
        for entry in self.entries:
            rid = next((v for k, v in entry.attrib.items() if k.endswith("}id")), "")
            part = targets.get(rid, "")
            root = self.trees.get(part)
            if root is not None and local(root.tag) == "worksheet":
                state = entry.get("state", "visible")
                found.append(Sheet(entry.get("name", ""), state, part, root, self.relations(part)))
        return found

    @cached_property
    def texts(self) -> list[str]:
        return [text_in(entry) for entry in kids(self.only("sharedStrings"), "si")]

    def tables(self, sheet: Sheet) -> list[Element]:
        return [
            self.trees[r.target]
            for r in sheet.relations
            if r.kind == "table" and r.target in self.trees
        ]

    def shown(self, cell: Element | None) -> str:
        """Return the text of a cell; nothing for numbers."""
        if cell is None:
            return ""
        value = kid(cell, "v")
        written = "" if value is None else value.text or ""
        kind = cell.get("t", "n")
        if kind == "s":
            return self.texts[int(written)] if int(written) < len(self.texts) else ""
        if kind == "inlineStr":
            return text_in(kid(cell, "is"))
        return written if kind == "str" else ""


Check = Callable[[Book], Iterator[str]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def repairs(data: bytes) -> list[str]:
    """Return what Excel would offer to repair in a workbook."""
    book = Book(data)
    if book.broken:
        return book.broken
    return [f"{run.__name__}: {fault}" for run in CHECKS for fault in run(book)]


# --- the package ----------------------------------------------------------------------------------


@check
def parts(book: Book) -> Iterator[str]:
    for name in twice(book.names):
        yield f"the part {name} is there twice"
    if book.names and TYPES not in book.names:
        yield "there are no content types"


@check
def content_types(book: Book) -> Iterator[str]:
    entries = list(book.trees[TYPES])
    overrides = [e.get("PartName", "") for e in entries if local(e.tag) == "Override"]
    defaults = [e.get("Extension", "") for e in entries if local(e.tag) == "Default"]
    yield from (f"{name} is declared twice" for name in twice(overrides) + twice(defaults))
    there = {f"/{name}".casefold() for name in book.names}
    yield from (f"{n} is declared and missing" for n in overrides if n.casefold() not in there)
    known = {name.casefold() for name in overrides}
    endings = {ending.casefold() for ending in defaults}
    for name in book.names:
        ending = name.rpartition(".")[2].casefold()
        if name != TYPES and f"/{name}".casefold() not in known and ending not in endings:
            yield f"{name} has no content type"
    kinds = Counter(e.get("ContentType", "") for e in entries if local(e.tag) == "Override")
    if sum(n for kind, n in kinds.items() if kind.endswith(".main+xml") and "sheet" in kind) > 1:
        yield "two parts are declared as the workbook"


@check
def relationships(book: Book) -> Iterator[str]:
    for rels in (name for name in book.names if name.endswith(".rels")):
        folder, name = posixpath.split(rels)
        source = posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))
        if source not in book.parts and source != "":
            yield f"{rels} belongs to no part"
        found = book.relations(source)
        yield from (
            f"{source} has the relationship {r} twice" for r in twice([x.rid for x in found])
        )
        for relation in found:
            if not relation.external and relation.target not in book.parts:
                yield f"{source} refers to {relation.target}, which is missing"
        inside = [r.target for r in found if not r.external and r.kind in ("table", "worksheet")]
        yield from (f"{source} refers to {target} twice" for target in twice(inside))
        known = {r.rid for r in found}
        if source in book.trees and source.startswith("xl/"):
            for element in book.trees[source].iter():
                for key, value in element.attrib.items():
                    if "/relationships}" in key and local(key) in USES and value not in known:
                        yield f"{source} uses the relationship {value}, which is missing"
    owners = Counter(
        r.target.casefold() for s in book.sheets for r in s.relations if r.kind == "table"
    )
    yield from (f"{target} is a table of two sheets" for target, n in owners.items() if n > 1)


@check
def element_order(book: Book) -> Iterator[str]:
    for part, root in book.trees.items():
        order = ORDERS.get(local(root.tag))
        if order is None or not part.startswith("xl/"):
            continue
        home = root.tag.rpartition("}")[0]
        names = [local(c.tag) for c in root if c.tag.rpartition("}")[0] == home]
        yield from (f"{part} has an unknown {name}" for name in names if name not in order)
        places = [order.index(name) for name in names if name in order]
        if places != sorted(places):
            yield f"{part} has its elements out of order: {' '.join(names)}"
        for name, times in Counter(names).items():
            if times > 1 and name not in OFTEN:
                yield f"{part} has {name} twice"


@check
def properties(book: Book) -> Iterator[str]:
    custom = book.trees.get("docProps/custom.xml")
    if custom is not None:
        yield from (f"the property {p} twice" for p in twice([e.get("pid", "") for e in custom]))
        yield from (f"the property {p} twice" for p in twice([e.get("name", "") for e in custom]))
        for entry in custom:
            if int(entry.get("pid", "0")) < 2:
                yield f"the property {entry.get('name')} has the number {entry.get('pid')}"
            if units("".join(entry.itertext())) > 255 or units(entry.get("name", "")) > 255:
                yield f"the property {entry.get('name')} is too long"


# --- the workbook ---------------------------------------------------------------------------------


@check
def sheet_entries(book: Book) -> Iterator[str]:
    names = [entry.get("name", "") for entry in book.entries]
    yield from (f"two sheets are called {name}" for name in twice(names))
    for name in names:
        if not 1 <= units(name) <= 31:
            yield f"the sheet name {name!r} has {units(name)} characters"
        if re.search(r"[\[\]:*?/\\\x00-\x1f]", name) or name[:1] == "'" or name[-1:] == "'":
            yield f"the sheet name {name!r} has characters Excel refuses"
        if name.casefold() == "history":
            yield "a sheet is called History, which Excel keeps for itself"
    yield from (f"sheetId {n} twice" for n in twice([e.get("sheetId", "") for e in book.entries]))
    for entry in book.entries:
        if not 1 <= int(entry.get("sheetId", "0")) <= 65_534:
            yield f"sheetId {entry.get('sheetId')} is out of range"
    rids = [v for e in book.entries for k, v in e.attrib.items() if k.endswith("}id")]
    yield from (f"two sheets are the relationship {rid}" for rid in twice(rids))
    states = [entry.get("state", "visible") for entry in book.entries]
    if "visible" not in states:
        yield "all sheets are hidden"
    for view in kids(kid(book.workbook, "bookViews"), "workbookView"):
        for name in ("activeTab", "firstSheet"):
            at = int(view.get(name, "0"))
            if at >= len(states):
                yield f"{name} is {at}, of {len(states)} sheets"
            elif name == "activeTab" and states[at] != "visible":
                yield f"the active sheet {names[at]} is hidden"
    chosen = [
        sheet
        for sheet in book.sheets
        for view in kids(kid(sheet.root, "sheetViews"), "sheetView")
        if view.get("tabSelected") in ("1", "true")
    ]
    yield from (f"the hidden sheet {s.name} is selected" for s in chosen if s.state != "visible")
    if len(chosen) > 1:
        yield f"{len(chosen)} sheets are selected, so that typing goes into all of them"


@check
def defined_names(book: Book) -> Iterator[str]:
    entries = kids(kid(book.workbook, "definedNames"), "definedName")
    scoped = [f"{e.get('name', '')}|{e.get('localSheetId', '')}" for e in entries]
    yield from (f"the name {name} is defined twice" for name in twice(scoped))
    tables = {t.get("displayName", "").casefold() for s in book.sheets for t in book.tables(s)}
    names = [entry.get("name", "") for entry in book.entries]
    for entry in entries:
        name, content = entry.get("name", ""), entry.text or ""
        yield from _name_faults(name)
        if name.casefold() in tables:
            yield f"{name} is a name and a table"
        if not content.strip():
            yield f"the name {name} stands for nothing"
        if len(content) > LONGEST_FORMULA or content.startswith("="):
            yield f"the name {name} has a formula Excel does not take"
        sheet = entry.get("localSheetId")
        if sheet is not None and int(sheet) >= len(names):
            yield f"the name {name} belongs to sheet {sheet} of {len(names)}"
        elif name.startswith("_xlnm."):
            if name.casefold() not in BUILT_IN_NAMES:
                yield f"{name} is no built-in name"
            elif name.casefold() in ("_xlnm.print_titles", "_xlnm._filterdatabase"):
                own = names[int(sheet or 0)]
                if content != "#REF!" and not content.startswith((f"{own}!", _quoted(own))):
                    yield f"{name} of {own} lies on another sheet: {content}"


def _quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'!"


def _name_faults(name: str) -> Iterator[str]:
    if name.startswith("_xlnm."):
        return
    if not re.fullmatch(r"[^\W\d][\w.\\?]*|\\[\w.\\?]+", name) or units(name) > 255:
        yield f"{name!r} is no name Excel takes"
    if re.fullmatch(r"(?i)[a-z]{1,3}[1-9]\d{0,6}|r\d*(c\d*)?|c\d*", name):
        yield f"the name {name} reads like a cell"


# --- cells ----------------------------------------------------------------------------------------


@check
def cells(book: Book) -> Iterator[str]:
    formats = len(kids(kid(book.only("styles"), "cellXfs"), "xf"))
    for sheet in book.sheets:
        numbers = [int(row.get("r", "0")) for row in sheet.rows]
        if any(b <= a for a, b in pairwise(numbers)):
            yield f"{sheet.name}: rows are out of order or there twice"
        for row, number in zip(sheet.rows, numbers, strict=True):
            if not 1 <= number <= LAST_ROW or float(row.get("ht", "0")) > TALLEST_ROW:
                yield f"{sheet.name}: row {number} is out of range or too high"
            if int(row.get("s", "0")) >= max(formats, 1):
                yield f"{sheet.name}: row {number} has the format {row.get('s')} of {formats}"
            at = 0
            for cell in kids(row, "c"):
                address = cell.get("r", "")
                try:
                    there, column = place_of(address)
                except ValueError:
                    yield f"{sheet.name}: a cell is called {address!r}"
                    continue
                if there != number or column <= at:
                    yield f"{sheet.name}: {address} is out of place"
                at = column
                yield from (f"{sheet.name}: {fault}" for fault in _cell_faults(book, cell, formats))


def _cell_faults(book: Book, cell: Element, formats: int) -> Iterator[str]:
    address, kind = cell.get("r", ""), cell.get("t", "n")
    value, formula = kid(cell, "v"), kid(cell, "f")
    written = "" if value is None else value.text or ""
    if int(cell.get("s", "0")) >= max(formats, 1):
        yield f"{address} has the format {cell.get('s')} of {formats}"
    if kind == "s" and not (written.isdecimal() and int(written) < len(book.texts)):
        yield f"{address} shows the text {written} of {len(book.texts)}"
    if kind == "b" and written not in ("0", "1", ""):
        yield f"{address} is {written!r}, neither true nor false"
    if kind == "e" and written not in ERRORS:
        yield f"{address} holds the unknown error {written}"
    if kind == "n" and written:
        try:
            fine = abs(float(written)) < 1e308
        except ValueError:
            fine = False
        if not fine:
            yield f"{address} holds the number {written!r}"
    if units(book.shown(cell)) > LONGEST_TEXT:
        yield f"{address} holds a text of {units(book.shown(cell))} characters"
    if formula is not None and units(formula.text or "") > LONGEST_FORMULA:
        yield f"{address} has a formula of {units(formula.text or '')} characters"
    if formula is not None and (formula.text or "").startswith("="):
        yield f"{address} has a formula that begins with ="
    if formula is not None and kind in ("s", "inlineStr"):
        yield f"{address} has a formula and a text of its own"


@check
def columns(book: Book) -> Iterator[str]:
    formats = len(kids(kid(book.only("styles"), "cellXfs"), "xf"))
    for sheet in book.sheets:
        at = 0
        for entry in kids(kid(sheet.root, "cols"), "col"):
            first, last = int(entry.get("min", "0")), int(entry.get("max", "0"))
            if not at < first <= last <= LAST_COLUMN:
                yield f"{sheet.name}: columns {first} to {last} overlap others or are out of range"
            if not 0 <= float(entry.get("width", "8")) <= 255:
                yield f"{sheet.name}: column {first} is {entry.get('width')} wide"
            if int(entry.get("style", "0")) >= max(formats, 1):
                yield f"{sheet.name}: column {first} has the format {entry.get('style')}"
            at = max(at, last)
        if kid(sheet.root, "cols") is not None and not at:
            yield f"{sheet.name}: cols is empty"


@check
def merged(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        block = kid(sheet.root, "mergeCells")
        references = [entry.get("ref", "") for entry in kids(block, "mergeCell")]
        if block is not None and not references:
            yield f"{sheet.name}: mergeCells is empty"
        for reference in references:
            if not is_area(reference) or ":" not in reference:
                yield f"{sheet.name}: {reference} is merged"
        areas = [area_of(r) for r in references if is_area(r)]
        for one, other in combinations(areas, 2):
            if overlap(one, other):
                yield f"{sheet.name}: merged cells overlap"
        for table in book.tables(sheet):
            if is_area(table.get("ref", "")) and any(
                overlap(area_of(table.get("ref", "")), area) for area in areas
            ):
                yield f"{sheet.name}: cells of the table {table.get('name')} are merged"


# --- tables ---------------------------------------------------------------------------------------


@check
def table_names(book: Book) -> Iterator[str]:
    tables = [table for sheet in book.sheets for table in book.tables(sheet)]
    for attribute in ("id", "displayName", "name"):
        values = [table.get(attribute, "") for table in tables]
        yield from (f"two tables have the {attribute} {value}" for value in twice(values))
    for table in tables:
        if int(table.get("id", "0")) < 1:
            yield f"the table {table.get('name')} has the id {table.get('id')}"
        yield from _name_faults(table.get("displayName", ""))


@check
def table_shapes(book: Book) -> Iterator[str]:
    differential = len(kids(kid(book.only("styles"), "dxfs"), "dxf"))
    for sheet in book.sheets:
        tables = book.tables(sheet)
        parts = kids(kid(sheet.root, "tableParts"), "tablePart")
        if len(parts) != len(tables):
            yield f"{sheet.name}: {len(parts)} tables are named, {len(tables)} are there"
        claimed = kid(sheet.root, "tableParts")
        if claimed is not None and claimed.get("count", str(len(parts))) != str(len(parts)):
            yield f"{sheet.name}: the count of tables is wrong"
        for table in tables:
            name = table.get("displayName", "")
            if not is_area(table.get("ref", "")):
                yield f"the table {name} has the place {table.get('ref')}"
                continue
            yield from _table_faults(book, sheet, table, differential)
        areas = [area_of(t.get("ref", "")) for t in tables if is_area(t.get("ref", ""))]
        if any(overlap(one, other) for one, other in combinations(areas, 2)):
            yield f"{sheet.name}: tables overlap"
        own = kid(sheet.root, "autoFilter")
        filtered = own.get("ref", "") if own is not None else ""
        if is_area(filtered) and any(overlap(area_of(filtered), area) for area in areas):
            yield f"{sheet.name}: the filter of the sheet overlaps a table"


def _table_faults(book: Book, sheet: Sheet, table: Element, dxfs: int) -> Iterator[str]:
    name = table.get("displayName", "")
    top, left, bottom, right = area_of(table.get("ref", ""))
    heads, totals = int(table.get("headerRowCount", "1")), int(table.get("totalsRowCount", "0"))
    if bottom - top + 1 < heads + totals + 1:
        yield f"the table {name} has no row"
    block = kid(table, "tableColumns")
    entries = kids(block, "tableColumn")
    headings = [entry.get("name", "") for entry in entries]
    if not (block is not None and int(block.get("count", len(entries))) == len(entries)):
        yield f"the table {name} claims {block.get('count') if block is not None else 0} columns"
    if len(entries) != right - left + 1:
        yield f"the table {name} has {len(entries)} columns on {right - left + 1} of the sheet"
    yield from (f"the table {name} has two columns {heading}" for heading in twice(headings))
    yield from (f"{name} has two columns {n}" for n in twice([e.get("id", "") for e in entries]))
    for at, heading in enumerate(headings):
        if not 1 <= units(heading) <= 255:
            yield f"the table {name} has a heading of {units(heading)} characters"
        if heads and at <= right - left:
            shown = book.shown(sheet.cells.get((top, left + at)))
            if _plain(shown) != _plain(heading):
                yield f"the table {name} calls {heading!r} what the cell calls {shown!r}"
    for element in table.iter():
        for key, value in element.attrib.items():
            if key.endswith("DxfId") and int(value) >= dxfs:
                yield f"the table {name} uses the format {value} of {dxfs}"
    filtered = kid(table, "autoFilter")
    reference = filtered.get("ref", "") if filtered is not None else ""
    if is_area(reference) and area_of(reference) != (top, left, bottom - totals, right):
        yield f"the filter of the table {name} is of another size or stands elsewhere"
    if filtered is not None and not heads:
        yield f"the table {name} has a filter and no headings"


def _plain(heading: str) -> str:
    text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), heading)
    return text.replace("\r\n", "\n").replace("\r", "\n")


# --- what is laid over cells ----------------------------------------------------------------------


@check
def validations(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for block in everywhere(sheet.root, "dataValidations"):
            entries = kids(block, "dataValidation")
            if int(block.get("count", len(entries))) != len(entries) or not entries:
                yield f"{sheet.name}: {block.get('count')} validations are claimed"
            for entry in entries:
                where = f"{sheet.name}, validation of {entry.get('sqref', '')[:40]}"
                for attribute, most in (
                    *(("promptTitle", 32), ("errorTitle", 32)),
                    *(("prompt", 255), ("error", 255)),
                ):
                    if units(entry.get(attribute, "")) > most:
                        yield f"{where}: the {attribute} is longer than {most} characters"
                formulas = [kid(entry, name) for name in ("formula1", "formula2")]
                for formula in (f for f in formulas if f is not None):
                    written = "".join(formula.itertext())
                    if written.startswith('"') and units(written.strip('"')) > 255:
                        yield f"{where}: the list has {units(written.strip(chr(34)))} characters"
                    if units(written) > LONGEST_FORMULA or written.startswith("="):
                        yield f"{where}: the formula is none Excel takes"
                if entry.get("type", "none") == "list" and formulas[0] is None:
                    yield f"{where}: there is no list"
                references = entry.get("sqref") or "".join(
                    text.text or "" for text in everywhere(entry, "sqref")
                )
                if not references or not all(map(is_area, references.split())):
                    yield f"{where}: it is of no cells"


@check
def conditional_formats(book: Book) -> Iterator[str]:
    differential = len(kids(kid(book.only("styles"), "dxfs"), "dxf"))
    for sheet in book.sheets:
        for block in kids(sheet.root, "conditionalFormatting"):
            references = block.get("sqref", "")
            if not references or not all(map(is_area, references.split())):
                yield f"{sheet.name}: a conditional format is of {references!r}"
            if not kids(block, "cfRule"):
                yield f"{sheet.name}: a conditional format has no rule"
        for rule in kids_of_all(sheet.root, "conditionalFormatting", "cfRule"):
            if int(rule.get("dxfId", "0")) >= max(differential, 1):
                yield f"{sheet.name}: a rule uses the format {rule.get('dxfId')} of {differential}"
            if int(rule.get("priority", "0")) < 1:
                yield f"{sheet.name}: a rule has the priority {rule.get('priority')}"
            for formula in kids(rule, "formula"):
                written = formula.text or ""
                if not written or written.startswith("=") or units(written) > LONGEST_FORMULA:
                    yield f"{sheet.name}: a rule has a formula Excel does not take"


def kids_of_all(root: Element, block: str, name: str) -> Iterator[Element]:
    return (entry for found in kids(root, block) for entry in kids(found, name))


@check
def hyperlinks(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        block = kid(sheet.root, "hyperlinks")
        entries = kids(block, "hyperlink")
        if block is not None and not 1 <= len(entries) <= MOST_LINKS:
            yield f"{sheet.name}: there are {len(entries)} links"
        targets = {r.rid: r.target for r in sheet.relations}
        for entry in entries:
            rid = next((v for k, v in entry.attrib.items() if k.endswith("}id")), "")
            if not is_area(entry.get("ref", "")) or not (rid or entry.get("location")):
                yield f"{sheet.name}: a link is of {entry.get('ref')!r}, to nothing"
            if units(targets.get(rid, "")) > 2_079 or units(entry.get("location", "")) > 2_079:
                yield f"{sheet.name}: the link of {entry.get('ref')} is too long"
            if units(entry.get("tooltip", "")) > 255:
                yield f"{sheet.name}: the tip of {entry.get('ref')} is too long"


@check
def comments(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for relation in sheet.relations:
            if relation.kind != "comments" or relation.target not in book.trees:
                continue
            root = book.trees[relation.target]
            entries = kids(kid(root, "commentList"), "comment")
            authors = len(kids(kid(root, "authors"), "author"))
            yield from (
                f"{sheet.name}: {cell} has two notes"
                for cell in twice([e.get("ref", "") for e in entries])
            )
            for entry in entries:
                if int(entry.get("authorId", "0")) >= authors:
                    yield f"{sheet.name}: the note of {entry.get('ref')} has no author"
                if units(text_in(kid(entry, "text"))) > LONGEST_TEXT:
                    yield f"{sheet.name}: the note of {entry.get('ref')} is too long"
            if kid(sheet.root, "legacyDrawing") is None:
                yield f"{sheet.name}: notes have no drawing"


# --- printing and views ---------------------------------------------------------------------------


@check
def page_breaks(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for name, last in (("rowBreaks", LAST_ROW), ("colBreaks", LAST_COLUMN)):
            block = kid(sheet.root, name)
            entries = kids(block, "brk")
            if block is None:
                continue
            manual = sum(entry.get("man") in ("1", "true") for entry in entries)
            if int(block.get("count", "0")) != len(entries):
                yield f"{sheet.name}: {block.get('count')} breaks are claimed of {len(entries)}"
            if int(block.get("manualBreakCount", "0")) != manual:
                yield f"{sheet.name}: {block.get('manualBreakCount')} breaks by hand are claimed"
            if len(entries) > MOST_BREAKS:
                yield f"{sheet.name}: there are {len(entries)} breaks"
            places = [int(entry.get("id", "0")) for entry in entries]
            if any(b <= a for a, b in pairwise(places)) or not all(0 < at < last for at in places):
                yield f"{sheet.name}: breaks are out of order or range"


@check
def page_set_up(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        setup = kid(sheet.root, "pageSetup")
        if setup is not None and not 10 <= int(setup.get("scale", "100")) <= 400:
            yield f"{sheet.name}: it prints at {setup.get('scale')} %"
        for lines in kid(sheet.root, "headerFooter") or ():
            if units(lines.text or "") > 255:
                yield f"{sheet.name}: a header or footer is longer than 255 characters"


@check
def panes(book: Book) -> Iterator[str]:
    for sheet in book.sheets:
        for view in kids(kid(sheet.root, "sheetViews"), "sheetView"):
            pane = kid(view, "pane")
            across = pane is not None and float(pane.get("xSplit", "0")) > 0
            down = pane is not None and float(pane.get("ySplit", "0")) > 0
            there = {"topLeft"}
            there |= {"topRight"} if across else set()
            there |= {"bottomLeft"} if down else set()
            there |= {"bottomRight"} if across and down else set()
            if pane is not None and pane.get("activePane", "topLeft") not in there:
                yield f"{sheet.name}: the active pane {pane.get('activePane')} is not there"
            chosen = [s.get("pane", "topLeft") for s in kids(view, "selection")]
            yield from (f"{sheet.name}: the pane {n} is selected twice" for n in twice(chosen))
            for name in chosen:
                if name not in there:
                    yield f"{sheet.name}: the pane {name} is selected and not there"
            if not 10 <= int(view.get("zoomScale", "100")) <= 400:
                yield f"{sheet.name}: it is shown at {view.get('zoomScale')} %"


@check
def styles(book: Book) -> Iterator[str]:
    root = book.only("styles")
    if root is None:
        return
    own = [entry.get("numFmtId", "") for entry in kids(kid(root, "numFmts"), "numFmt")]
    yield from (f"the number format {number} is there twice" for number in twice(own))
    counts = {
        "fontId": len(kids(kid(root, "fonts"), "font")),
        "fillId": len(kids(kid(root, "fills"), "fill")),
        "borderId": len(kids(kid(root, "borders"), "border")),
        "xfId": len(kids(kid(root, "cellStyleXfs"), "xf")),
    }
    for block in ("cellStyleXfs", "cellXfs"):
        for at, entry in enumerate(kids(kid(root, block), "xf")):
            for name, number in counts.items():
                if int(entry.get(name, "0")) >= max(number, 1):
                    yield f"format {at} of {block} has the {name} {entry.get(name)} of {number}"
            code = entry.get("numFmtId", "0")
            if int(code) >= FIRST_OWN_FORMAT and code not in own:
                yield f"format {at} of {block} has the number format {code}, which is missing"
    named = kids(kid(root, "cellStyles"), "cellStyle")
    yield from (f"two styles are called {n}" for n in twice([e.get("name", "") for e in named]))
    for entry in named:
        if int(entry.get("xfId", "0")) >= max(counts["xfId"], 1):
            yield f"the style {entry.get('name')} has the format {entry.get('xfId')}"


@check
def calculation_chain(book: Book) -> Iterator[str]:
    chain = book.only("calcChain")
    sheets = {
        entry.get("sheetId"): sheet
        for entry in book.entries
        for sheet in book.sheets
        if sheet.name == entry.get("name")
    }
    number = None
    for entry in kids(chain, "c"):
        number = entry.get("i", number)
        sheet = sheets.get(number)
        cell = sheet.cells.get(place_of(entry.get("r", ""))) if sheet else None
        if cell is None or kid(cell, "f") is None:
            yield f"the calculation chain names {entry.get('r')} of sheet {number}, no formula"
