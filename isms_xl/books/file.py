"""A register workbook as a file: read without a spreadsheet program, written without loss.

A write replaces the parts of the tool sheets and the few index parts this needs. All other parts
are copied as they are, byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count, islice
from pathlib import Path
from xml.etree.ElementTree import Element

from isms_xl.books.calculated import with_values
from isms_xl.books.elements import Elements
from isms_xl.books.grids import holds_list, not_of_the_list, read_tables
from isms_xl.books.package import Package
from isms_xl.books.refusals import sheet_is_taken, sheet_was_rearranged
from isms_xl.books.saving import Snapshot, is_same, read_file, replace_file, write_file
from isms_xl.books.toolsheet import (
    Styles,
    can_be_kept,
    new_sheet,
    replaced_sheet,
    table_xml,
)
from isms_xl.books.workbook import (
    MAIN_NAMESPACE,
    RELATIONSHIPS,
    Sheet,
    TablePart,
    Workbook,
    attribute,
    children,
    parse,
)
from isms_xl.changes import KEPT_NAMESPACE, Changes, Link, Row
from isms_xl.contract import (
    GAP_INDEX,
    GAP_INDEX_NAMES,
    HIDDEN_SHEETS,
    TABLES,
    USER_TABLES,
    VERTICAL_HEADINGS,
    Table,
)
from isms_xl.contract import heading_key as key_of
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.formulas import Facts
from isms_xl.register import Tables, column_letters, text_of

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PACKAGE_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_TABLE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_XML_TYPE = "application/xml"
_PROPERTIES_TYPE = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
_CUSTOM_XML = re.compile(r"customXml/item\d+\.xml", re.IGNORECASE)
_KEPT_ITEM = "{6B1C2B5E-5A0E-4C66-9D6A-4F2C1E0A4202}"
_STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_STRICT_RELATIONSHIPS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_CUSTOM_PROPERTIES = "docProps/custom.xml"
_MADE_BY = b"isms-xl"
_TYPES_PART = "[Content_Types].xml"
_FAST_LEVEL_FROM = 4 * 2**20
_PROPERTIES_KINDS = frozenset({"extended-properties", "extendedProperties"})
_MOST_FORMATS = 65_490
"""Formats of cells that Excel allows."""


_AFTER_CALCULATION = (
    "oleSize",
    "customWorkbookViews",
    "pivotCaches",
    "smartTagPr",
    "smartTagTypes",
    "webPublishing",
    "fileRecoveryPr",
    "webPublishObjects",
    "extLst",
)
"""Elements of the workbook part that come after `calcPr`."""

_WORKBOOKS = frozenset({".xlsx", ".xlsm"})
_LISTS = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tool table stands in the workbook; its Excel table is None where that is gone."""

    sheet: Sheet
    table: TablePart | None


class FileBook:
    """A register workbook on disk.

    Attributes:
        path: Where it was read from.
        rebuilt: Tool sheets that the last `apply` made anew, as others had rearranged them.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.path = snapshot.path
        self.rebuilt: tuple[str, ...] = ()
        self._snapshot = snapshot
        self._package = Package(snapshot.data)
        self._workbook = Workbook(self._package)
        self._new: bytes | None = None

    @classmethod
    def open(cls, path: Path) -> FileBook:
        """Read a workbook.

        Raises:
            UnreadableWorkbookError: It is missing, no workbook, or cannot be read safely.
        """
        snapshot = read_file(path)
        _refuse_by_name(path)
        return cls(snapshot)

    @cached_property
    def _tables(self) -> Tables:
        tables = replace(read_tables(self._workbook), kept=self._kept())
        if all(grid.is_list for grid in tables.grids.values()) and is_output(self._snapshot.data):
            raise UnreadableWorkbookError(
                "isms-xl made this workbook from registers; it is none.",
                "Name the register itself.",
            )
        if not any(table.name in tables.grids for table in USER_TABLES):
            raise UnreadableWorkbookError(
                "The workbook holds none of the register's tables.",
                "If it is a list of interested parties in another layout, make a register of it with "
                f"isms-xl import {self.path.name}; else start from a fresh register (isms-xl new).",
            )
        return tables

    def tables(self) -> Tables:
        """Return the tables of the contract as they stand in the file.

        Raises:
            UnreadableWorkbookError: The workbook holds none of them, or is damaged.
        """
        return self._tables

    def _kept(self) -> bytes:
        part = _kept_part_of(self._package)
        return self._package.read(part) if part else b""

    @property
    def is_signed(self) -> bool:
        """Whether the workbook carries a digital signature."""
        return self._package.is_signed

    @property
    def is_strict(self) -> bool:
        """Whether the workbook is Strict Open XML, with namespaces of its own."""
        return self._workbook.is_strict

    def apply(self, changes: Changes) -> None:
        """Work out the file with the changes in its tool sheets; nothing is written yet.

        Raises:
            WriteRefusedError: A sheet of the user's stands where a tool sheet belongs.
        """
        edit = _Edit(self._workbook, self._tables)
        for name, rows in changes.rows.items():
            edit.write(TABLES[name], rows)
        if changes.kept:
            edit.keep(changes.kept)
        self._new = edit.finished()
        self.rebuilt = tuple(edit.rebuilt)

    @property
    def data(self) -> bytes:
        """The workbook's bytes, with the changes applied so far."""
        return self._snapshot.data if self._new is None else self._new

    def save(self) -> None:
        """Replace the file that was read.

        Raises:
            WriteRefusedError: The file is open elsewhere, read-only, signed, was changed in the
                meantime, or could not be written. It is as it was.
        """
        if self.is_signed:
            raise WriteRefusedError(
                f"{self.path.name} is digitally signed, and any change would void the signature.",
                "Write a copy with validate --output; or remove the signature in Excel, and sign it "
                "again afterwards.",
            )
        replace_file(self._snapshot, self.data)

    def replace(self, data: bytes) -> None:
        """Replace the file that was read by other content made from it.

        Raises:
            WriteRefusedError: As for `save`.
        """
        self._new = data
        self.save()

    def save_as(self, path: Path) -> None:
        """Write the workbook to another file.

        Raises:
            WriteRefusedError: It is the file that was read or would have an ending by which Excel
                does not open it, is open elsewhere, or could not be written.
        """
        if is_same(path, self._snapshot):
            raise WriteRefusedError(
                f"{path.name} is the register itself, not a copy.",
                "Choose another name with --output; or write into the register with --write-back.",
            )
        ending = self.path.suffix.lower()
        if ending in _WORKBOOKS and path.suffix.lower() != ending and not path.is_dir():
            raise WriteRefusedError(
                f"{path.name} does not end in {ending}, as the register does.",
                f"Give the copy a name that ends in {ending}.",
            )
        write_file(path, self.data)


def _refuse_by_name(path: Path) -> None:
    """Say more of files that are no workbooks than their content would tell."""
    if path.name.startswith("~$"):
        raise UnreadableWorkbookError(
            "Excel keeps this file while the workbook beside it is open.",
            "Name the workbook itself.",
        )
    if path.suffix.lower() in _LISTS:
        raise UnreadableWorkbookError(
            "The file is a list, not an Excel workbook.",
            "Make a register of it with isms-xl import, and use that.",
        )


def with_tool_tables(data: bytes, tables: Mapping[Table, Sequence[Row]]) -> bytes:
    """Return a workbook with rows in tables of the tool's, each on a sheet of its own.

    Args:
        data: The workbook.
        tables: Rows by the declaration of the table; it need not be one of the contract's.

    Raises:
        UnreadableWorkbookError: It is no workbook.
        WriteRefusedError: A sheet of the user's stands where the sheet belongs.
    """
    workbook = Workbook(Package(data))
    edit = _Edit(workbook, read_tables(workbook))
    for table, rows in tables.items():
        edit.write(table, rows)
    return edit.finished()


def is_output(data: bytes) -> bool:
    """Whether a workbook says in its properties that isms-xl made it from registers."""
    try:
        return _MADE_BY in Package(data).read(_CUSTOM_PROPERTIES)
    except UnreadableWorkbookError:
        return False


def _kept_part_of(package: Package) -> str | None:
    """Return the name of the custom XML part that is ours.

    Looked for by its content, not its relationship: LibreOffice moves that elsewhere on saving.
    """
    for name in package.names:
        if _CUSTOM_XML.fullmatch(name) and KEPT_NAMESPACE.encode() in package.begins_with(
            name, 400
        ):
            return name
    return None


class _Edit:
    """The parts that one write replaces or adds.

    Attributes:
        rebuilt: Tool sheets that were made anew, as they were no longer built as the tool builds them.
    """

    def __init__(self, workbook: Workbook, tables: Tables) -> None:
        self._workbook = workbook
        self._tables = tables
        self._rows: dict[str, Sequence[Row]] = {}
        self._package = workbook.package
        self._parts: dict[str, bytes] = {}
        self._removed: set[str] = set()
        self._types: list[tuple[str, str]] = []
        self._sheets: list[tuple[str, str, bool]] = []
        self._links: list[tuple[str, str]] = []
        self._main = _STRICT_MAIN if workbook.is_strict else MAIN_NAMESPACE
        self._relations = _STRICT_RELATIONSHIPS if workbook.is_strict else RELATIONSHIPS
        self._date1904 = workbook.counts_from_1904
        taken = {table.number for sheet in workbook.sheets for table in sheet.tables}
        self.rebuilt: list[str] = []
        self._free_tables = (number for number in count(1) if number not in taken)

    def write(self, table: Table, rows: Sequence[Row]) -> None:
        """Replace the rows of a tool table, creating its sheet where it is absent.

        Raises:
            WriteRefusedError: A sheet of the user's stands there, or the sheet also holds what is
                not the tool's.
        """
        self._rows[table.name] = rows
        place = self._find(table)
        if place is None:
            self._create(table, rows)
        elif place.table is not None and self._is_as_made(place.sheet, place.table, table):
            self._replace(place.sheet, place.table, table, rows)
        else:
            self._rebuild(place, table, rows)

    def _find(self, table: Table) -> _Place | None:
        for sheet in self._workbook.sheets:
            for part in sheet.tables:
                if part.name.casefold() == table.name.casefold():
                    return _Place(sheet, part)
        taken = {name.casefold() for name in self._workbook.sheet_names}
        if table.sheet.casefold() not in taken:
            return None
        for sheet in self._workbook.sheets:
            if sheet.name.casefold() == table.sheet.casefold() and holds_list(
                self._workbook, sheet, table
            ):
                return _Place(sheet, None)
        raise sheet_is_taken(table)

    def _is_as_made(self, sheet: Sheet, part: TablePart, table: Table) -> bool:
        alone = len(sheet.tables) == 1 and part.area.left == 1 and part.header_rows == 1
        return (
            alone
            and tuple(map(key_of, part.headings)) == tuple(map(key_of, table.headings))
            and can_be_kept(self._package.read(sheet.part), part.area.top)
        )

    def _replace(self, sheet: Sheet, part: TablePart, table: Table, rows: Sequence[Row]) -> None:
        old = self._package.read(sheet.part)
        self._drop_formulas_of(old)
        top = part.area.top
        self._parts[sheet.part] = replaced_sheet(
            old, table, top, rows, date1904=self._date1904, main=self._main
        )
        self._parts[part.part] = table_xml(
            table,
            part.number,
            top,
            len(rows),
            name=part.name,
            existing=self._package.read(part.part),
            main=self._main,
        )

    def _rebuild(self, place: _Place, table: Table, rows: Sequence[Row]) -> None:
        """Make a tool sheet anew that another program or a person rearranged: it is computed."""
        sheet, part = place.sheet, place.table
        others = [other.name for other in sheet.tables if other is not part]
        own = others or not_of_the_list(self._workbook, sheet, table)
        if own:
            raise sheet_was_rearranged(sheet.name, own)
        self._drop_formulas_of(self._package.read(sheet.part))
        number = part.number if part is not None else next(self._free_tables)
        self._fill(sheet.part, part.part if part is not None else "", number, table, rows)
        self.rebuilt.append(sheet.name)

    def _fill(
        self, sheet_part: str, table_part: str, number: int, table: Table, rows: Sequence[Row]
    ) -> None:
        """Write a whole tool sheet and its Excel table, a new one where no part is given for it."""
        if not table_part:
            stem = table.sheet.lower().replace(" ", "_")
            table_part = self._free(f"xl/tables/isms_{stem}.xml")
            self._types.append((table_part, _TABLE_TYPE))
        folder, _, name = sheet_part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels"
        self._parts[sheet_part] = new_sheet(
            table,
            rows,
            self._found_styles,
            date1904=self._date1904,
            main=self._main,
            relations=self._relations,
        )
        self._parts[table_part] = table_xml(
            table,
            number,
            1,
            len(rows),
            name=table.name,
            existing=b"",
            main=self._main,
        )
        self._parts[self._package.find(rels) or rels] = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<Relationships xmlns="{_PACKAGE_RELS}"><Relationship Id="rId1" '
            f'Type="{self._relations}/table" Target="/{table_part}"/></Relationships>'
        ).encode()

    def _drop_formulas_of(self, sheet: bytes) -> None:
        if re.search(rb"<(?:[\w.-]+:)?f\b", sheet):
            self._drop_calculation_chain()

    def keep(self, content: bytes) -> None:
        """Keep content in a custom XML part of our own, which spreadsheet programs leave alone."""
        part = _kept_part_of(self._package)
        if part is not None:
            self._parts[part] = content
            return
        # The names Office itself uses: LibreOffice keeps parts of these names only.
        number = 1
        while any(
            self._package.find(f"customXml/{name}{number}.xml{more}")
            for name, more in (("item", ""), ("itemProps", ""), ("_rels/item", ".rels"))
        ):
            number += 1
        item, properties = (f"customXml/{stem}{number}.xml" for stem in ("item", "itemProps"))
        self._parts[item] = content
        self._parts[properties] = (
            '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
            f'<ds:datastoreItem ds:itemID="{_KEPT_ITEM}" xmlns:ds="{self._relations.rpartition("/")[0]}'
            f'/customXml"><ds:schemaRefs><ds:schemaRef ds:uri="{KEPT_NAMESPACE}"/></ds:schemaRefs>'
            "</ds:datastoreItem>"
        ).encode()
        self._parts[f"customXml/_rels/item{number}.xml.rels"] = (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<Relationships xmlns="{_PACKAGE_RELS}"><Relationship Id="rId1" '
            f'Type="{self._relations}/customXmlProps" Target="itemProps{number}.xml"/></Relationships>'
        ).encode()
        self._types += [(item, _XML_TYPE), (properties, _PROPERTIES_TYPE)]
        self._links.append(("customXml", item))

    def _drop_calculation_chain(self) -> None:
        """Leave out the list of formula cells when formulas on a tool sheet go away with its rows.

        Excel makes the list anew; one that names cells without formulas it calls damaged.
        """
        for _, kind, target in self._workbook.relationships_of(self._workbook.part):
            if kind == "calcChain" and self._package.find(target):
                self._removed.add(self._package.find(target) or target)

    def _create(self, table: Table, rows: Sequence[Row]) -> None:
        stem = table.sheet.lower().replace(" ", "_")
        sheet_part = self._free(f"xl/worksheets/isms_{stem}.xml")
        self._fill(sheet_part, "", next(self._free_tables), table, rows)
        self._types.append((sheet_part, _SHEET_TYPE))
        self._sheets.append((table.sheet, sheet_part, table.sheet in HIDDEN_SHEETS))

    def _free(self, part: str) -> str:
        stem = part.removesuffix(".xml")
        number = 1
        while self._package.find(part) is not None:
            number += 1
            part = f"{stem}_{number}.xml"
        return part

    @cached_property
    def _found_styles(self) -> Styles:
        """Formats the workbook already has: its styles part is the user's and stays as it is."""
        for _, kind, target in self._workbook.relationships_of(self._workbook.part):
            if kind == "styles" and self._package.find(target):
                return _styles_of(parse(self._package.read(target), target))
        return Styles()

    def finished(self) -> bytes:
        """Return the new file."""
        if self._sheets or self._links:
            self._link_parts()
        if self._index_is_not_named():
            self._name_columns()
        self._enter_values()
        self._calculate_on_opening()
        self._name_the_writer()
        if self._types or self._removed:
            self._enter_types()
        if self._removed:
            self._forget_removed()
        size = sum(map(len, self._parts.values()))
        return self._package.rewritten(
            self._parts, self._removed, level=1 if size > _FAST_LEVEL_FROM else 6
        )

    def _enter_values(self) -> None:
        """Give the tool's own formulas the values they have with the new rows.

        Previews, phones and Protected View show the values that the file holds.
        """
        facts = Facts(self._column)
        for sheet in self._workbook.sheets:
            if sheet.part in self._parts:
                continue
            old = self._package.read(sheet.part)
            new = with_values(old, sheet.name, facts, self._tables.grids.get)
            if new is not old:
                self._parts[sheet.part] = new

    def _column(self, table: Table, heading: str) -> list[object]:
        """Return the cells of a column as they will be."""
        if table.name in self._rows:
            at = table.headings.index(heading)
            cells = (row[at] for row in self._rows[table.name])
            return [cell.text if isinstance(cell, Link) else cell for cell in cells]
        grid = self._tables.grids.get(table.name)
        if grid is None:
            return []
        keys = list(map(key_of, grid.headings))
        if table.vertical:
            places = [
                keys.index(key_of(name)) for name in VERTICAL_HEADINGS if key_of(name) in keys
            ]
            if len(places) < len(VERTICAL_HEADINGS):
                return []
            return [row[places[-1]] for row in grid.rows if text_of(row[places[0]]) == heading]
        if key_of(heading) not in keys:
            return [None] * len(grid.rows)
        place = keys.index(key_of(heading))
        stray = set(grid.stray_rows)
        pairs = zip(grid.numbers, grid.rows, strict=True)
        return [row[place] for number, row in pairs if number not in stray]

    def _elements(self, part: str) -> Elements:
        """Return the elements of an index part as edited so far."""
        return Elements(self._parts.get(part) or self._package.read(part), part)

    def _name_the_writer(self) -> None:
        """Enter in the application properties who wrote the file last.

        LibreOffice trusts the cached values of files that name Excel; of others it computes all
        formulas on opening, and so shows the new gaps at once.
        """
        for _, kind, target in self._workbook.relationships_of(""):
            part = self._package.find(target) if kind in _PROPERTIES_KINDS else None
            if part is not None:
                properties = self._elements(part)
                application = properties.root.first("Application")
                if application is not None and application.inside_end < application.end:
                    self._parts[part] = properties.with_text(application, "isms-xl")

    def _link_parts(self) -> None:
        """Enter new sheets into the workbook part, and the relationships of new parts beside it."""
        rels_part = self._relationships_part()
        rels = self._elements(rels_part)
        taken = {entry.attributes.get("Id", "") for entry in rels.root.all("Relationship")}
        numbers = {
            attribute(sheet, "sheetId").strip().lstrip("+0")
            for sheets in children(self._workbook.root, "sheets")
            for sheet in children(sheets, "sheet")
        }
        links = [(kind, part, _free_id(taken)) for kind, part in self._links]
        entries = ""
        number = 0
        for name, part, hidden in self._sheets:
            number = next(n for n in count(number + 1) if str(n) not in numbers)
            rid = _free_id(taken)
            state = ' state="hidden"' if hidden else ""
            entries += (
                f'<sheet xmlns="{self._main}" xmlns:r="{self._relations}" name="{name}" '
                f'sheetId="{number}"{state} r:id="{rid}"/>'
            )
            links.append(("worksheet", part, rid))
        self._parts[rels_part] = rels.with_inside(
            rels.root,
            "".join(
                f'<Relationship xmlns="{_PACKAGE_RELS}" Id="{rid}" '
                f'Type="{self._relations}/{kind}" Target="/{part}"/>'
                for kind, part, rid in links
            ),
        )
        if entries:
            workbook = self._elements(self._workbook.part)
            sheets = workbook.root.first("sheets")
            if sheets is None:
                raise _not_extensible()
            self._parts[self._workbook.part] = workbook.with_inside(sheets, entries)

    def _index_is_not_named(self) -> bool:
        """Whether the highlights would not find the Gap Index.

        It is new, or another program dropped the names: ExcelJS does with those of whole columns.
        """
        if GAP_INDEX.sheet in {*self.rebuilt, *(name for name, _, _ in self._sheets)}:
            return True
        named = {
            attribute(entry, "name").casefold()
            for names in children(self._workbook.root, "definedNames")
            for entry in children(names, "definedName")
            if "#REF!" not in (entry.text or "")
        }
        return GAP_INDEX.sheet in self._workbook.sheet_names and not named.issuperset(
            GAP_INDEX_NAMES
        )

    def _name_columns(self) -> None:
        """Point the names that the highlights use at the Gap Index."""
        part = self._workbook.part
        workbook = self._elements(part)
        ours = {name.casefold() for name in GAP_INDEX_NAMES}
        former = [
            entry
            for names in workbook.root.all("definedNames")
            for entry in names.all("definedName")
            if entry.attributes.get("name", "").casefold() in ours
        ]
        workbook = Elements(workbook.without(former), part)
        names = "".join(
            f'<definedName xmlns="{self._main}" name="{name}">'
            f"'{GAP_INDEX.sheet}'!${letters}:${letters}</definedName>"
            for name, heading in GAP_INDEX_NAMES.items()
            for letters in (column_letters(GAP_INDEX.headings.index(heading) + 1),)
        )
        block = workbook.root.first("definedNames")
        if block is not None:
            self._parts[part] = workbook.with_inside(block, names)
        else:
            self._parts[part] = workbook.with_child(
                f'<definedNames xmlns="{self._main}">{names}</definedNames>',
                before=("calcPr", *_AFTER_CALCULATION),
            )

    def _calculate_on_opening(self) -> None:
        """Have Excel compute all formulas when it opens the file: some look at the tool sheets."""
        part = self._workbook.part
        workbook = self._elements(part)
        calculation = workbook.root.first("calcPr")
        if calculation is not None:
            new = workbook.with_attribute(calculation, "fullCalcOnLoad", "1")
        else:
            new = workbook.with_child(
                f'<calcPr xmlns="{self._main}" fullCalcOnLoad="1"/>', before=_AFTER_CALCULATION
            )
        self._parts[part] = new

    def _relationships_part(self) -> str:
        folder, _, name = self._workbook.part.rpartition("/")
        return f"{folder}/_rels/{name}.rels".lstrip("/")

    def _enter_types(self) -> None:
        types = self._elements(_TYPES_PART)
        gone = {f"/{part}".casefold() for part in self._removed}
        former = [
            entry
            for entry in types.root.all("Override")
            if entry.attributes.get("PartName", "").casefold() in gone
        ]
        types = Elements(types.without(former), _TYPES_PART)
        usual = {
            entry.attributes.get("Extension", "").casefold(): entry.attributes.get("ContentType")
            for entry in types.root.all("Default")
        }
        new = "".join(
            f'<Override xmlns="{_TYPES}" PartName="/{part}" ContentType="{kind}"/>'
            for part, kind in self._types
            if usual.get("xml") != kind
        )
        if "rels" not in usual:
            new = f'<Default xmlns="{_TYPES}" Extension="rels" ContentType="{_RELS_TYPE}"/>{new}'
        self._parts[_TYPES_PART] = types.with_inside(types.root, new)

    def _forget_removed(self) -> None:
        part = self._relationships_part()
        rels = self._elements(part)
        self._parts[part] = rels.without(
            entry
            for entry in rels.root.all("Relationship")
            if entry.attributes.get("Type", "").endswith("/calcChain")
        )


def _free_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"rId{number}" in taken:
        number += 1
    taken.add(f"rId{number}")
    return f"rId{number}"


def _not_extensible() -> UnreadableWorkbookError:
    return UnreadableWorkbookError(
        "The workbook's structure cannot be extended safely.",
        "Open it in Excel, save it, and try again.",
    )


def _styles_of(root: Element) -> Styles:
    """Find plain formats for long text and for dates among a workbook's own."""
    custom = {
        attribute(entry, "numFmtId"): attribute(entry, "formatCode").lower()
        for formats in children(root, "numFmts")
        for entry in children(formats, "numFmt")
    }
    wrapped, dates = 0, None
    for number, entry in enumerate(islice(_cell_formats(root), _MOST_FORMATS)):
        code = attribute(entry, "numFmtId")
        plain = all(attribute(entry, part) in ("", "0") for part in ("fontId", "fillId"))
        is_date = code == "14" or {"y", "m", "d"} <= set(custom.get(code, ""))
        if dates is None and is_date:
            dates = number
        wraps = any(
            attribute(alignment, "wrapText") in ("1", "true")
            for alignment in children(entry, "alignment")
        )
        if not wrapped and wraps and plain and code in ("", "0"):
            wrapped = number
    return Styles(wrapped=wrapped, dates=dates)


def _cell_formats(root: Element) -> Iterator[Element]:
    for formats in children(root, "cellXfs"):
        yield from children(formats, "xf")
