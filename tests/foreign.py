"""A workbook that holds what people's workbooks hold and what libraries lose on saving.

`make_foreign_workbook` adds a sheet `Team Notes` to a register, and to the workbook around it: an
image, a chart, a threaded comment and a note, a slicer, sparklines, validations and conditional
formats of the newer kind, printer settings, a link to another workbook, custom XML, a sensitivity
label, the calculation chain, what Excel itself leaves in `workbook.xml`, and in an `.xlsm` a VBA
project. It works on the parts of the package, since no library writes all of this.
"""

import base64
import io
import posixpath
import re
import struct
import zipfile
from pathlib import Path

import xlsxwriter

SHEET = "Team Notes"
COLUMNS = ("Team", "Open", "Closed")
TEAMS = (("Alpha", 3, 5), ("Beta", 8, 2), ("Gamma", 1, 9))
LAST = len(TEAMS) + 1  # the table's last row
DOT = (  # a PNG of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPENXML = "http://schemas.openxmlformats.org"
MICROSOFT = "http://schemas.microsoft.com/office"
MAIN = f"{OPENXML}/spreadsheetml/2006/main"
RELATION = f"{OPENXML}/officeDocument/2006/relationships"
CHART = f"{OPENXML}/drawingml/2006/chart"
EXCEL_2010 = f"{MICROSOFT}/spreadsheetml/2009/9/main"
EXCEL_2013 = f"{MICROSOFT}/spreadsheetml/2010/11/main"
SLICER = f"{MICROSOFT}/drawing/2010/slicer"
TABLE_SLICER = f"{MICROSOFT}/drawing/2012/slicer"
THREADS = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
R = f'xmlns:r="{RELATION}"'
MC = f'xmlns:mc="{OPENXML}/markup-compatibility/2006"'
XR = f'xmlns:xr="{MICROSOFT}/spreadsheetml/2014/revision"'

OFFICE = "application/vnd.openxmlformats-officedocument"
SPREADSHEET = f"{OFFICE}.spreadsheetml"
EXCEL = "application/vnd.ms-excel"
TYPES = "[Content_Types].xml"
WORKBOOK = "xl/workbook.xml"


def make_foreign_workbook(path: Path, base: bytes | None = None) -> tuple[str, ...]:
    """Write the workbook; return the names of the parts that were added to the base."""
    package = Package(base or small_register())
    before = set(package.parts)
    sheet = Sheet(package)
    table(package, sheet)
    image(package, sheet)
    chart(package, sheet)
    external_link(package, sheet)
    slicer(package, sheet)
    comments(package, sheet)
    newer_formats(sheet)
    newer_validation(sheet)
    sparklines(sheet)
    printer_settings(package, sheet)
    sheet.write()
    custom_xml(package)
    sensitivity_label(package)
    calculation_chain(package)
    marks_of_excel(package)
    if path.suffix == ".xlsm":
        vba_project(package)
    package.write(path)
    return tuple(sorted(set(package.parts) - before))


def small_register() -> bytes:
    """Make a workbook with one register table, for when no other is at hand."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        columns = [{"header": name} for name in ("Party ID", "Name", "Party type")]
        parties = [["IP-001", "Alice", "Staff"], ["IP-002", "Bob", "Board"]]
        book.add_worksheet("Interested Parties").add_table(
            "A4:C6", {"name": "Parties", "columns": columns, "data": parties}
        )
    return data.getvalue()


class Package:
    """A workbook as its parts."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}

    def text(self, name: str) -> str:
        """Read an XML part."""
        return self.parts[name].decode("utf-8")

    def replace(self, name: str, pattern: str, replacement: str) -> None:
        """Change the one place in an XML part that matches."""
        changed, times = re.subn(pattern, lambda _: replacement, self.text(name), count=1)
        if not times:
            raise ValueError(f"{name} has no {pattern}")
        self.parts[name] = changed.encode()

    def fresh(self, pattern: str) -> str:
        """Find a name no part has yet, such as `xl/charts/chart3.xml`."""
        numbered = (pattern.format(number) for number in range(1, 10_000))
        return next(name for name in numbered if name not in self.parts)

    def add(self, name: str, content: str | bytes, content_type: str = "") -> str:
        """Add a part; return its name."""
        self.parts[name] = content if isinstance(content, bytes) else (HEAD + content).encode()
        if content_type:
            entry = f'<Override PartName="/{name}" ContentType="{content_type}"/>'
            self.replace(TYPES, "(?=</Types>)", entry)
        return name

    def default_type(self, extension: str, content_type: str) -> None:
        """Declare the content type of all parts with this extension."""
        if f'Extension="{extension}"' not in self.text(TYPES):
            entry = f'<Default Extension="{extension}" ContentType="{content_type}"/>'
            self.replace(TYPES, "(?=<Default |<Override )", entry)

    def relate(self, source: str, kind: str, target: str, *, external: bool = False) -> str:
        """Relate a part (or, as "", the package) to another; return the relationship's id."""
        folder, name = posixpath.split(source)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        if rels not in self.parts:
            self.add(
                rels,
                f'<Relationships xmlns="{OPENXML}/package/2006/relationships"></Relationships>',
            )
        taken = map(int, re.findall(r'Id="rId(\d+)"', self.text(rels)))
        ident = f"rId{1 + max(taken, default=0)}"
        there = target if external else posixpath.relpath(target, folder or ".")
        mode = ' TargetMode="External"' if external else ""
        entry = f'<Relationship Id="{ident}" Type="{kind}" Target="{there}"{mode}/>'
        self.replace(rels, "(?=</Relationships>)", entry)
        return ident

    def define(self, name: str, value: str) -> None:
        """Add a defined name."""
        if "<definedNames>" not in self.text(WORKBOOK):
            empty = "<definedNames></definedNames>"
            self.replace(WORKBOOK, "(?<=</externalReferences>)", empty)
        entry = f'<definedName name="{name}">{value}</definedName>'
        self.replace(WORKBOOK, "(?=</definedNames>)", entry)

    def write(self, path: Path) -> None:
        """Write the package: always the same bytes, pictures stored, all else compressed."""
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in self.parts.items():
                entry = zipfile.ZipInfo(name)
                picture = name.endswith(".png")
                entry.compress_type = zipfile.ZIP_STORED if picture else zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)


class Sheet:
    """The extra sheet while it is being put together."""

    # what may follow the cells, in the order the schema wants it
    ORDER = ("pageMargins", "pageSetup", "drawing", "legacyDrawing", "tableParts", "extLst")

    def __init__(self, package: Package) -> None:
        self.package = package
        self.part = package.fresh("xl/worksheets/sheet{}.xml")
        package.add(self.part, "", f"{SPREADSHEET}.worksheet+xml")
        ident = package.relate(WORKBOOK, f"{RELATION}/worksheet", self.part)
        taken = map(int, re.findall(r'sheetId="(\d+)"', package.text(WORKBOOK)))
        entry = f'<sheet name="{SHEET}" sheetId="{1 + max(taken)}" r:id="{ident}"/>'
        package.replace(WORKBOOK, "(?=</sheets>)", entry)
        self.drawing = package.add(
            package.fresh("xl/drawings/drawing{}.xml"), "", f"{OFFICE}.drawing+xml"
        )
        ident = self.relate(f"{RELATION}/drawing", self.drawing)
        sides = ("left", "right", "top", "bottom", "header", "footer")
        margins = " ".join(f'{side}="0.5"' for side in sides)
        self.elements = {
            "pageMargins": f"<pageMargins {margins}/>",
            "drawing": f'<drawing r:id="{ident}"/>',
        }
        self.table = 0  # its id
        self.formula = ""  # the row below the table
        self.shapes: list[str] = []
        self.extensions: list[str] = []

    def relate(self, kind: str, target: str) -> str:
        """Relate the sheet to a part; return the relationship's id."""
        return self.package.relate(self.part, kind, target)

    def draw(self, column: int, shape: str) -> None:
        """Place something to look at, from a column on."""
        corners = "".join(
            f"<xdr:{tag}><xdr:col>{column + right}</xdr:col><xdr:colOff>0</xdr:colOff>"
            f"<xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:{tag}>"
            for tag, right, row in (("from", 0, 8), ("to", 3, 18))
        )
        self.shapes.append(
            f"<xdr:twoCellAnchor>{corners}{shape}<xdr:clientData/></xdr:twoCellAnchor>"
        )

    def extend(self, uri: str, xml: str) -> None:
        """Add something only newer Excels know."""
        self.extensions.append(_extension(uri, xml))

    def write(self) -> None:
        """Put the sheet and its drawing together."""
        rows = [(_text("A1", COLUMNS[0]), _text("B1", COLUMNS[1]), _text("C1", COLUMNS[2]))]
        for y, (team, opened, closed) in enumerate(TEAMS, 2):
            rows.append((_text(f"A{y}", team), _number(f"B{y}", opened), _number(f"C{y}", closed)))
        cells = "".join(f'<row r="{y}">{"".join(row)}</row>' for y, row in enumerate(rows, 1))
        self.elements["extLst"] = f"<extLst>{''.join(self.extensions)}</extLst>"
        after = "".join(self.elements.get(tag, "") for tag in self.ORDER)
        self.package.add(
            self.part,
            f'<worksheet xmlns="{MAIN}" {R} {MC} {XR} mc:Ignorable="xr" xr:uid="{_uid(1)}">'
            f"<sheetData>{cells}{self.formula}</sheetData>{after}</worksheet>",
        )
        self.package.add(
            self.drawing,
            f'<xdr:wsDr xmlns:xdr="{OPENXML}/drawingml/2006/spreadsheetDrawing"'
            f' xmlns:a="{OPENXML}/drawingml/2006/main" {R} {MC}>{"".join(self.shapes)}</xdr:wsDr>',
        )


def table(package: Package, sheet: Sheet) -> None:
    """Add an Excel table."""
    tables = [package.text(name) for name in package.parts if name.startswith("xl/tables/")]
    taken = (re.findall(r'<table\b[^>]*?\sid="(\d+)"', text)[0] for text in tables)
    sheet.table = 1 + max(map(int, taken), default=0)
    columns = (f'<tableColumn id="{x}" name="{name}"/>' for x, name in enumerate(COLUMNS, 1))
    part = package.add(
        package.fresh("xl/tables/table{}.xml"),
        f'<table xmlns="{MAIN}" id="{sheet.table}" name="TeamNotes" displayName="TeamNotes"'
        f' ref="A1:C{LAST}"><autoFilter ref="A1:C{LAST}"/>'
        f'<tableColumns count="{len(COLUMNS)}">{"".join(columns)}</tableColumns></table>',
        f"{SPREADSHEET}.table+xml",
    )
    ident = sheet.relate(f"{RELATION}/table", part)
    sheet.elements["tableParts"] = f'<tableParts count="1"><tablePart r:id="{ident}"/></tableParts>'


def image(package: Package, sheet: Sheet) -> None:
    """Add a picture."""
    package.default_type("png", "image/png")
    part = package.add(package.fresh("xl/media/image{}.png"), base64.b64decode(DOT))
    ident = package.relate(sheet.drawing, f"{RELATION}/image", part)
    sheet.draw(
        5,
        '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="Logo"/><xdr:cNvPicPr/></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip r:embed="{ident}"/><a:stretch><a:fillRect/></a:stretch>'
        '</xdr:blipFill><xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9525" cy="9525"/>'
        '</a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic>',
    )


def chart(package: Package, sheet: Sheet) -> None:
    """Add a column chart of the table."""
    axes = "".join(
        f'<c:{tag}><c:axId val="{ident}"/><c:scaling/><c:delete val="0"/>'
        f'<c:axPos val="{side}"/><c:crossAx val="{other}"/></c:{tag}>'
        for tag, ident, other, side in (("catAx", 1, 2, "b"), ("valAx", 2, 1, "l"))
    )
    part = package.add(
        package.fresh("xl/charts/chart{}.xml"),
        f'<c:chartSpace xmlns:c="{CHART}"><c:chart><c:plotArea><c:layout/><c:barChart>'
        '<c:barDir val="col"/><c:grouping val="clustered"/>'
        '<c:ser><c:idx val="0"/><c:order val="0"/>'
        f"<c:cat><c:strRef><c:f>'{SHEET}'!$A$2:$A${LAST}</c:f></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>'{SHEET}'!$B$2:$B${LAST}</c:f></c:numRef></c:val></c:ser>"
        f'<c:axId val="1"/><c:axId val="2"/></c:barChart>{axes}</c:plotArea>'
        '<c:plotVisOnly val="1"/></c:chart></c:chartSpace>',
        f"{OFFICE}.drawingml.chart+xml",
    )
    ident = package.relate(sheet.drawing, f"{RELATION}/chart", part)
    sheet.draw(9, _frame(3, "Chart", CHART, f'<c:chart xmlns:c="{CHART}" r:id="{ident}"/>'))


def external_link(package: Package, sheet: Sheet) -> None:
    """Add a link to another workbook, a formula that uses it, and a name for that cell."""
    part = package.fresh("xl/externalLinks/externalLink{}.xml")
    there = package.relate(
        part, f"{RELATION}/externalLinkPath", "file:///C:/Teams/hours.xlsx", external=True
    )
    package.add(
        part,
        f'<externalLink xmlns="{MAIN}" {R}><externalBook r:id="{there}">'
        '<sheetNames><sheetName val="Hours"/></sheetNames><sheetDataSet><sheetData sheetId="0">'
        '<row r="1"><cell r="A1"><v>12</v></cell></row></sheetData></sheetDataSet>'
        "</externalBook></externalLink>",
        f"{SPREADSHEET}.externalLink+xml",
    )
    ident = package.relate(WORKBOOK, f"{RELATION}/externalLink", part)
    if "<externalReferences>" not in package.text(WORKBOOK):
        empty = "<externalReferences></externalReferences>"
        package.replace(WORKBOOK, "(?<=</sheets>)", empty)
    entry = f'<externalReference r:id="{ident}"/>'
    package.replace(WORKBOOK, "(?=</externalReferences>)", entry)
    number = package.text(WORKBOOK).count("<externalReference ")
    row = LAST + 2
    sheet.formula = f'<row r="{row}"><c r="A{row}"><f>[{number}]Hours!$A$1</f><v>12</v></c></row>'
    package.define("TeamHours", f"'{SHEET}'!$A${row}")


def slicer(package: Package, sheet: Sheet) -> None:
    """Add a slicer on the table: its cache, its definition and its drawing."""
    cache = package.add(
        package.fresh("xl/slicerCaches/slicerCache{}.xml"),
        f'<slicerCacheDefinition xmlns="{EXCEL_2010}" xmlns:x="{MAIN}" {MC} mc:Ignorable="x"'
        f' name="Slicer_Team" sourceName="{COLUMNS[0]}"><extLst>'
        f'<x:ext uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{EXCEL_2013}">'
        f'<x15:tableSlicerCache tableId="{sheet.table}" column="1"/></x:ext>'
        "</extLst></slicerCacheDefinition>",
        f"{EXCEL}.slicerCache+xml",
    )
    part = package.add(
        package.fresh("xl/slicers/slicer{}.xml"),
        f'<slicers xmlns="{EXCEL_2010}"><slicer name="Team" cache="Slicer_Team" caption="Team"'
        ' rowHeight="241300"/></slicers>',
        f"{EXCEL}.slicer+xml",
    )
    of_workbook = package.relate(WORKBOOK, f"{MICROSOFT}/2007/relationships/slicerCache", cache)
    extension = _extension(
        "46BE6895-7355-4a93-B00E-2C351335B9C9",
        f'<x15:slicerCaches><x14:slicerCache r:id="{of_workbook}"/></x15:slicerCaches>',
    )
    if "<extLst>" not in package.text(WORKBOOK):
        package.replace(WORKBOOK, "(?=</workbook>)", "<extLst></extLst>")
    package.replace(WORKBOOK, "(?=</extLst></workbook>)", extension)
    package.define("Slicer_Team", "#N/A")
    of_sheet = sheet.relate(f"{MICROSOFT}/2007/relationships/slicer", part)
    sheet.extend(
        "3A4CF648-6AED-40f4-86FF-DC5316D8AED3",
        f'<x14:slicerList><x14:slicer r:id="{of_sheet}"/></x14:slicerList>',
    )
    drawn = _frame(4, "Team", SLICER, f'<sle:slicer xmlns:sle="{SLICER}" name="Team"/>')
    sheet.draw(
        13,
        f'<mc:AlternateContent><mc:Choice xmlns:sle15="{TABLE_SLICER}" Requires="sle15">{drawn}'
        '</mc:Choice><mc:Fallback><xdr:sp><xdr:nvSpPr><xdr:cNvPr id="0" name=""/><xdr:cNvSpPr/>'
        '</xdr:nvSpPr><xdr:spPr><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr>'
        "</xdr:sp></mc:Fallback></mc:AlternateContent>",
    )


def comments(package: Package, sheet: Sheet) -> None:
    """Add a threaded comment with a reply, the note Excel keeps in its place, and a plain note."""
    persons = package.add(
        package.fresh("xl/persons/person{}.xml"),
        f'<personList xmlns="{THREADS}"><person displayName="Anna" id="{_uid(2)}" userId="anna"'
        ' providerId="None"/></personList>',
        f"{EXCEL}.person+xml",
    )
    package.relate(WORKBOOK, f"{MICROSOFT}/2017/10/relationships/person", persons)
    said = f'ref="A2" dT="2026-01-12T09:30:00.00" personId="{_uid(2)}"'
    threads = package.add(
        package.fresh("xl/threadedComments/threadedComment{}.xml"),
        f'<ThreadedComments xmlns="{THREADS}">'
        f'<threadedComment {said} id="{_uid(3)}"><text>Is this list current?</text>'
        f'</threadedComment><threadedComment {said} id="{_uid(4)}" parentId="{_uid(3)}">'
        "<text>As of Monday.</text></threadedComment></ThreadedComments>",
        f"{EXCEL}.threadedcomments+xml",
    )
    sheet.relate(f"{MICROSOFT}/2017/10/relationships/threadedComment", threads)
    notes = (("A2", f"tc={_uid(3)}", "[Threaded comment]"), ("B3", "Anna", "Counted twice."))
    authors = "".join(f"<author>{author}</author>" for _, author, _ in notes)
    texts = "".join(
        f'<comment ref="{cell}" authorId="{number}" shapeId="0" xr:uid="{_uid(3 + 2 * number)}">'
        f"<text><t>{text}</t></text></comment>"
        for number, (cell, _, text) in enumerate(notes)
    )
    part = package.add(
        package.fresh("xl/comments{}.xml"),
        f'<comments xmlns="{MAIN}" {MC} {XR} mc:Ignorable="xr"><authors>{authors}</authors>'
        f"<commentList>{texts}</commentList></comments>",
        f"{SPREADSHEET}.comments+xml",
    )
    sheet.relate(f"{RELATION}/comments", part)
    boxes = "".join(
        f'<v:shape id="_x0000_s102{row}" type="#_x0000_t202" fillcolor="#ffffe1"'
        ' style="position:absolute;visibility:hidden"><x:ClientData ObjectType="Note">'
        "<x:Anchor>3, 15, 1, 10, 5, 15, 5, 4</x:Anchor>"
        f"<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        for row, column in ((1, 0), (2, 1))
    )
    package.default_type("vml", f"{OFFICE}.vmlDrawing")
    drawing = package.add(
        package.fresh("xl/drawings/vmlDrawing{}.vml"),
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:'
        'office" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shapetype id="_x0000_t202"'
        f' coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"/>{boxes}</xml>',
    )
    ident = sheet.relate(f"{RELATION}/vmlDrawing", drawing)
    sheet.elements["legacyDrawing"] = f'<legacyDrawing r:id="{ident}"/>'


def newer_formats(sheet: Sheet) -> None:
    """Add a conditional format of the kind that may look at other sheets."""
    sheet.extend(
        "78C0D931-6437-407d-A8EE-F0AAD7539E65",
        '<x14:conditionalFormattings><x14:conditionalFormatting><x14:cfRule type="expression"'
        f' priority="1" id="{_uid(6)}"><xm:f>B2&gt;5</xm:f><x14:dxf><fill><patternFill>'
        '<bgColor rgb="FFCCE5FF"/></patternFill></fill></x14:dxf></x14:cfRule>'
        f"<xm:sqref>B2:B{LAST}</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings>",
    )


def newer_validation(sheet: Sheet) -> None:
    """Add a data validation of the kind that may look at other sheets."""
    sheet.extend(
        "CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF",
        '<x14:dataValidations count="1"><x14:dataValidation type="list" allowBlank="1">'
        f"<x14:formula1><xm:f>'{SHEET}'!$A$2:$A${LAST}</xm:f></x14:formula1>"
        "<xm:sqref>E2</xm:sqref></x14:dataValidation></x14:dataValidations>",
    )


def sparklines(sheet: Sheet) -> None:
    """Add a sparkline beside each row of the table."""
    lines = "".join(
        f"<x14:sparkline><xm:f>'{SHEET}'!B{y}:C{y}</xm:f><xm:sqref>D{y}</xm:sqref></x14:sparkline>"
        for y in range(2, LAST + 1)
    )
    sheet.extend(
        "05C60535-1F16-4fd2-B633-F4F36F0B64E0",
        '<x14:sparklineGroups><x14:sparklineGroup displayEmptyCellsAs="gap">'
        f'<x14:colorSeries rgb="FF376092"/><x14:sparklines>{lines}</x14:sparklines>'
        "</x14:sparklineGroup></x14:sparklineGroups>",
    )


def printer_settings(package: Package, sheet: Sheet) -> None:
    """Add what a printer driver left behind."""
    part = package.add(
        package.fresh("xl/printerSettings/printerSettings{}.bin"),
        bytes(range(256)),
        f"{SPREADSHEET}.printerSettings",
    )
    ident = sheet.relate(f"{RELATION}/printerSettings", part)
    sheet.elements["pageSetup"] = f'<pageSetup paperSize="9" r:id="{ident}"/>'


def custom_xml(package: Package) -> None:
    """Add data a document management system keeps in the workbook."""
    item = package.add(
        package.fresh("customXml/item{}.xml"), '<record xmlns="urn:example:records" number="17"/>'
    )
    package.relate(WORKBOOK, f"{RELATION}/customXml", item)
    properties = package.add(
        item.replace("item", "itemProps"),
        f'<ds:datastoreItem ds:itemID="{_uid(7)}"'
        f' xmlns:ds="{OPENXML}/officeDocument/2006/customXml"><ds:schemaRefs/></ds:datastoreItem>',
        f"{OFFICE}.customXmlProperties+xml",
    )
    package.relate(item, f"{RELATION}/customXmlProps", properties)


def sensitivity_label(package: Package) -> None:
    """Add a sensitivity label both ways: as a document property and as label information."""
    part = "docProps/custom.xml"
    if part not in package.parts:
        package.add(
            part,
            f'<Properties xmlns="{OPENXML}/officeDocument/2006/custom-properties"'
            f' xmlns:vt="{OPENXML}/officeDocument/2006/docPropsVTypes"></Properties>',
            f"{OFFICE}.custom-properties+xml",
        )
        package.relate("", f"{RELATION}/custom-properties", part)
    taken = map(int, re.findall(r'pid="(\d+)"', package.text(part)))
    pid = 1 + max(taken, default=1)
    label = _uid(8).strip("{}").lower()
    package.replace(
        part,
        "(?=</Properties>)",
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{pid}"'
        f' name="MSIP_Label_{label}_Name"><vt:lpwstr>Confidential</vt:lpwstr></property>',
    )
    information = package.add(
        "docMetadata/LabelInfo.xml",
        f'<clbl:labelList xmlns:clbl="{MICROSOFT}/2020/mipLabelMetadata"><clbl:label'
        f' id="{{{label}}}" enabled="1" method="Privileged" siteId="{_uid(9)}" removed="0"/>'
        "</clbl:labelList>",
        "application/vnd.ms-office.classificationlabels+xml",
    )
    package.relate("", f"{MICROSOFT}/2020/02/relationships/classificationlabels", information)


def calculation_chain(package: Package) -> None:
    """Add the list of all formula cells, as Excel keeps it."""
    rels = package.text("xl/_rels/workbook.xml.rels")
    targets = {
        ident: f"xl/{target.removeprefix('/xl/')}"
        for entry in re.findall(r"<Relationship\b[^>]*>", rels)
        for ident, target in [(_attribute(entry, "Id"), _attribute(entry, "Target"))]
    }
    cells = "".join(
        f'<c r="{cell}" i="{_attribute(entry, "sheetId")}"/>'
        for entry in re.findall(r"<sheet\b[^>]*>", package.text(WORKBOOK))
        for cell in re.findall(
            r'<c r="([A-Z]+\d+)"[^>]*><f\b', package.text(targets[_attribute(entry, "r:id")])
        )
    )
    part = "xl/calcChain.xml"
    if part not in package.parts:
        package.add(part, "", f"{SPREADSHEET}.calcChain+xml")
        package.relate(WORKBOOK, f"{RELATION}/calcChain", part)
    package.add(part, f'<calcChain xmlns="{MAIN}">{cells}</calcChain>')


def marks_of_excel(package: Package) -> None:
    """Add what Excel itself leaves in the workbook part: its path, namespaces to be ignored."""
    if "mc:Ignorable" in package.text(WORKBOOK):
        return
    package.replace(
        WORKBOOK,
        "(?<=<workbook) ",
        f' {MC} {XR} mc:Ignorable="xr x15 x15ac"'
        f' xmlns:x15="{EXCEL_2013}" xmlns:x15ac="{MICROSOFT}/spreadsheetml/2010/11/ac" ',
    )
    package.replace(
        WORKBOOK,
        "(?=<bookViews>)",
        '<mc:AlternateContent><mc:Choice Requires="x15"><x15ac:absPath url="C:\\Teams\\"/>'
        "</mc:Choice></mc:AlternateContent>"
        f'<xr:revisionPtr revIDLastSave="0" documentId="1_{_uid(10)}"/>',
    )


def vba_project(package: Package) -> None:
    """Add an empty compound file in the place of macros, and declare the workbook as having some.

    Nobody runs it; one sector says which sectors are in use, one holds the root directory.
    """
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    header = struct.pack(
        "<8s16sHHHHH6x9I109I",
        *(bytes.fromhex("D0CF11E0A1B11AE1"), bytes(16), 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, end, 0, end, 0),
        *(0, *[free] * 108),
    )
    sectors = struct.pack("<128I", 0xFFFFFFFD, end, *[free] * 126)
    name = "Root Entry".encode("utf-16-le")
    root = struct.pack("<64sHBB3I36xI8x", name, len(name) + 2, 5, 1, free, free, free, end)
    part = package.add(
        "xl/vbaProject.bin",
        header + sectors + root.ljust(512, b"\0"),
        "application/vnd.ms-office.vbaProject",
    )
    package.relate(WORKBOOK, f"{MICROSOFT}/2006/relationships/vbaProject", part)
    package.replace(
        TYPES,
        re.escape(f"{SPREADSHEET}.sheet.main+xml"),
        f"{EXCEL}.sheet.macroEnabled.main+xml",
    )


def _uid(number: int) -> str:
    return f"{{6D2F4E0A-58A1-4C55-9D3B-{number:012X}}}"


def _text(cell: str, text: str) -> str:
    return f'<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>'


def _number(cell: str, number: int) -> str:
    return f'<c r="{cell}"><v>{number}</v></c>'


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _extension(uri: str, xml: str) -> str:
    spaces = (
        f'xmlns:x14="{EXCEL_2010}" xmlns:x15="{EXCEL_2013}" xmlns:xm="{MICROSOFT}/excel/2006/main"'
    )
    return f'<ext uri="{{{uri}}}" {spaces}>{xml}</ext>'


def _frame(ident: int, name: str, uri: str, content: str) -> str:
    """Make the frame in which a drawing shows a chart or a slicer."""
    return (
        '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>'
        f'<xdr:cNvPr id="{ident}" name="{name}"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>'
        '<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
        f'<a:graphic><a:graphicData uri="{uri}">{content}</a:graphicData></a:graphic>'
        "</xdr:graphicFrame>"
    )
