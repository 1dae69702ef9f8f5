"""The half of the xlwings engine that runs on LibreOffice's side of the fence.

What Excel's object model offers and `live_engine.py` asks for, told in LibreOffice's. Started like
`office_server.py`, whose requests it answers as well.
"""

import importlib
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__.removeprefix("file://")).parent))

server = importlib.import_module("office_server")
uno = importlib.import_module("uno")
unohelper = importlib.import_module("unohelper")

SERVICE = "isms_xl.LiveDocuments"
ALL_CONTENT = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256 | 512
ERROR_RESULTS = 4
DATE, TIME, LOGICAL = 2, 4, 1024
ERRORS = {
    503: "#NUM!",
    519: "#VALUE!",
    521: "#NULL!",
    524: "#REF!",
    525: "#NAME?",
    532: "#DIV/0!",
    32767: "#N/A",
}
FORMATS = (
    *("NumberFormat", "CellStyle", "IsTextWrapped", "VertJustify", "HoriJustify"),
    *("CharColor", "CharHeight", "CharWeight", "CharUnderline", "CharFontName"),
    *("CellBackColor", "TableBorder2", "BottomBorder"),
)


class LiveDocuments(server.Documents):  # type: ignore[misc,name-defined]
    """The open documents, as an xlwings engine wants to know them. Areas: top, left, bottom, right,
    counted from 1.
    """

    def open(self, path: str, **how: Any) -> int:
        """Load a workbook; on a screen where there is one."""
        if "DISPLAY" not in os.environ:
            return int(super().open(path, **how))
        document = self.desktop.loadComponentFromURL(server.url(path), "_blank", 0, ())
        number = next(self.numbers)
        self.opened[number] = document
        return int(number)

    def maximise(self, document: int, size: list[int], zoom: int) -> None:
        """Let a window fill the screen, at a zoom in percent."""
        self.opened[document].CurrentController.ZoomType = 3  # by value
        self.opened[document].CurrentController.ZoomValue = zoom
        window = self.opened[document].CurrentController.Frame.ContainerWindow
        window.setPosSize(0, 0, *size, 15)
        window.toFront()

    def books(self) -> list[tuple[int, str]]:
        """Number and path of each open workbook."""
        return [
            (number, uno.fileUrlToSystemPath(document.URL))
            for number, document in self.opened.items()
        ]

    def tables(self, document: int) -> list[dict[str, Any]]:
        """The database ranges: LibreOffice makes one of each Excel table."""
        ranges = self.opened[document].DatabaseRanges
        found = []
        for name in ranges.ElementNames:
            table = ranges.getByName(name)
            where = table.DataArea
            found.append(
                {
                    "name": name,
                    "sheet": self.opened[document].Sheets.getByIndex(where.Sheet).Name,
                    "area": [
                        where.StartRow + 1,
                        where.StartColumn + 1,
                        where.EndRow + 1,
                        where.EndColumn + 1,
                    ],
                    "headers": bool(table.ContainsHeader),
                    "totals": bool(table.TotalsRow),
                    "autofilter": bool(table.AutoFilter),
                }
            )
        return found

    def resize_table(self, document: int, name: str, area: list[int]) -> None:
        """Change what a table covers."""
        table = self.opened[document].DatabaseRanges.getByName(name)
        table.DataArea = _address(table.DataArea.Sheet, area)

    def add_table(self, document: int, sheet: str, name: str, area: list[int]) -> None:
        """Declare a table."""
        number = self.opened[document].Sheets.getByName(sheet).RangeAddress.Sheet
        ranges = self.opened[document].DatabaseRanges
        ranges.addNewByName(name, _address(number, area))
        ranges.getByName(name).ContainsHeader = True

    def clear_filter(self, document: int, name: str) -> None:
        """Show the rows a filter hides."""
        table = self.opened[document].DatabaseRanges.getByName(name)
        table.getFilterDescriptor().setFilterFields(())
        table.refresh()

    def formulas(self, document: int, sheet: str, area: list[int]) -> list[list[str]]:
        """Read a block's formulas; Excel gives no apostrophe before a text that looks like one."""
        rows = self._block(document, sheet, area).getFormulaArray()
        return [[text.removeprefix("'") for text in row] for row in rows]

    def read(self, document: int, sheet: str, area: list[int]) -> list[list[Any]]:
        """Read a block as Excel hands it over: dates as dates, errors as errors, blanks as None."""
        book, block = self.opened[document], self._block(document, sheet, area)
        rows = [[value if value != "" else None for value in row] for row in block.getDataArray()]
        kinds: dict[int, int] = {}
        start = datetime(book.NullDate.Year, book.NullDate.Month, book.NullDate.Day)
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                if not isinstance(value, float):
                    continue
                key = block.getCellByPosition(x, y).NumberFormat
                if key not in kinds:
                    kinds[key] = book.NumberFormats.getByKey(key).Type
                if kinds[key] & (DATE | TIME):
                    row[x] = {"date": (start + timedelta(days=value)).isoformat()}
                elif kinds[key] & LOGICAL:
                    row[x] = bool(value)
        for where in block.queryFormulaCells(ERROR_RESULTS).RangeAddresses:
            for y in range(where.StartRow, where.EndRow + 1):
                for x in range(where.StartColumn, where.EndColumn + 1):
                    at = y - area[0] + 1, x - area[1] + 1
                    code = block.getCellByPosition(at[1], at[0]).getError()
                    rows[at[0]][at[1]] = {"error": ERRORS.get(code, "#VALUE!")}
        return rows

    def write(self, document: int, sheet: str, area: list[int], rows: list[list[Any]]) -> None:
        """Write a block as if it was typed: `=…` is a formula, `'…` a text whatever it looks like."""
        block = self._block(document, sheet, area)
        formulas = [
            (x, y, value)
            for y, row in enumerate(rows)
            for x, value in enumerate(row)
            if isinstance(value, str) and value.startswith("=")
        ]
        dates = self.opened[document].NullDate
        start = datetime(dates.Year, dates.Month, dates.Day)
        block.setFormulaArray(tuple(tuple(_typed(value, start) for value in row) for row in rows))
        for x, y, formula in formulas:
            block.getCellByPosition(x, y).FormulaLocal = formula

    def clear(self, document: int, sheet: str, area: list[int]) -> None:
        """Empty a block, formats and links included."""
        self._block(document, sheet, area).clearContents(ALL_CONTENT)

    def fill_formats(
        self, document: int, sheet: str, area: list[int], destination: list[int]
    ) -> None:
        """Give a block the formats of its first row."""
        block = self._block(document, sheet, destination)
        last = destination[2] - destination[0]
        for x in range(destination[3] - destination[1] + 1):
            model = block.getCellByPosition(x, 0)
            column = block.getCellRangeByPosition(x, 0, x, last)
            for name in FORMATS:
                setattr(column, name, getattr(model, name))

    def clear_links(self, document: int, sheet: str, area: list[int]) -> int:
        """Turn cells that hold link fields into plain text; tell how many there were."""
        block = self._block(document, sheet, area)
        found = 0
        for y in range(area[2] - area[0] + 1):
            for x in range(area[3] - area[1] + 1):
                cell = block.getCellByPosition(x, y)
                if cell.Type.value == "TEXT" and cell.TextFields.getCount():
                    cell.setString(cell.getString())
                    found += 1
        return found

    def links(self, document: int, sheet: str, area: list[int]) -> list[str]:
        """Name the targets of link fields in a block."""
        block = self._block(document, sheet, area)
        return [
            field.URL
            for y in range(area[2] - area[0] + 1)
            for x in range(area[3] - area[1] + 1)
            for field in block.getCellByPosition(x, y).TextFields
        ]

    def look(self, document: int, sheet: str, area: list[int], name: str, value: Any) -> None:
        """Set a property of a block: `wrap`, `bold`, `date` or `width` in characters."""
        block = self._block(document, sheet, area)
        match name:
            case "wrap":
                block.IsTextWrapped = value
            case "bold":
                block.CharWeight = 150.0 if value else 100.0
            case "width":
                block.Columns.Width = int(value * 190)
            case "height":
                block.Rows.OptimalHeight = True
            case "format":
                formats = self.opened[document].NumberFormats
                here = uno.createUnoStruct("com.sun.star.lang.Locale")
                key = formats.queryKey(value, here, False)
                block.NumberFormat = formats.addNew(value, here) if key < 0 else key

    def used(self, document: int, sheet: str) -> list[int]:
        """Tell how far a sheet is in use."""
        where = self._area(document, sheet, "").RangeAddress
        return [1, 1, where.EndRow + 1, where.EndColumn + 1]

    def add_sheet(self, document: int, name: str, after: str) -> None:
        """Insert a sheet and make it the active one, as Excel does."""
        book = self.opened[document]
        book.Sheets.insertNewByName(name, list(book.Sheets.ElementNames).index(after) + 1)
        book.CurrentController.setActiveSheet(book.Sheets.getByName(name))

    def show_sheet(self, document: int, name: str, visible: bool) -> None:
        """Show or hide a sheet."""
        self.opened[document].Sheets.getByName(name).IsVisible = visible

    def remove_sheet(self, document: int, name: str) -> None:
        """Delete a sheet."""
        self.opened[document].Sheets.removeByName(name)

    def add_name(self, document: int, name: str, content: str) -> None:
        """Define a name, in place of an older one."""
        names = self.opened[document].NamedRanges
        if names.hasByName(name):
            names.removeByName(name)
        content = content.replace("!", ".").removeprefix("=")
        position = uno.createUnoStruct("com.sun.star.table.CellAddress")
        names.addNewByName(name, f"${content}", position, 0)

    def active(self, document: int) -> str:
        """Name the active sheet."""
        return str(self.opened[document].CurrentController.ActiveSheet.Name)

    def activate(self, document: int, name: str) -> None:
        """Make a sheet the active one."""
        book = self.opened[document]
        book.CurrentController.setActiveSheet(book.Sheets.getByName(name))

    def select(self, document: int, sheet: str, area: list[int]) -> None:
        """Select cells on the active sheet and bring them into view."""
        controller = self.opened[document].CurrentController
        controller.select(self._block(document, sheet, area))
        seen = controller.VisibleRange
        if not seen.StartRow <= area[0] - 1 <= seen.EndRow:
            controller.setFirstVisibleRow(max(area[0] - 4, 0))

    def selected(self, document: int) -> list[Any] | None:
        """Tell sheet and area of what is selected; None where it is no block of cells."""
        chosen = self.opened[document].CurrentSelection
        if not hasattr(chosen, "RangeAddress"):
            return None
        where = chosen.RangeAddress
        area = [where.StartRow, where.StartColumn, where.EndRow, where.EndColumn]
        return [chosen.Spreadsheet.Name, [number + 1 for number in area]]

    def scrolled(self, document: int) -> list[int]:
        """Tell the first visible row and column."""
        controller = self.opened[document].CurrentController
        return [controller.FirstVisibleRow + 1, controller.FirstVisibleColumn + 1]

    def scroll(self, document: int, row: int) -> None:
        """Scroll to a row."""
        self.opened[document].CurrentController.setFirstVisibleRow(row - 1)

    def is_changed(self, document: int) -> bool:
        """Whether the workbook has changes that are not saved."""
        return bool(self.opened[document].isModified())

    def calculation(self, document: int, automatic: bool | None = None) -> bool:
        """Tell whether formulas are computed at once, or set it."""
        book = self.opened[document]
        if automatic is not None:
            book.enableAutomaticCalculation(automatic)
        return bool(book.isAutomaticCalculationEnabled())

    def custom_xml(self, document: int) -> list[str]:
        """Return the custom XML parts that came with the file."""
        bag = {entry.Name: entry.Value for entry in self.opened[document].InteropGrabBag}
        return [self._written(part) for part in bag.get("OOXCustomXml", ())]

    def _written(self, part: Any) -> str:
        """Write a part out as text."""
        services = uno.getComponentContext().ServiceManager
        pipe = services.createInstance("com.sun.star.io.Pipe")
        writer = services.createInstance("com.sun.star.xml.sax.Writer")
        writer.setOutputStream(pipe)
        part.serialize(writer, ())
        text: bytes = b""
        while True:
            _, more = pipe.readBytes(None, 1 << 20)
            text += more.value
            if len(more.value) < 1 << 20:
                return text.decode()

    def _block(self, document: int, sheet: str, area: list[int]) -> Any:
        top, left, bottom, right = area
        found = self.opened[document].Sheets.getByName(sheet)
        return found.getCellRangeByPosition(left - 1, top - 1, right - 1, bottom - 1)


def _address(sheet: int, area: list[int]) -> Any:
    where = uno.createUnoStruct("com.sun.star.table.CellRangeAddress")
    where.Sheet = sheet
    where.StartRow, where.StartColumn, where.EndRow, where.EndColumn = (n - 1 for n in area)
    return where


def _typed(value: Any, start: datetime) -> Any:
    """Return a value as LibreOffice takes it from somebody who types; formulas come afterwards."""
    if isinstance(value, dict):
        return (datetime.fromisoformat(value["date"]) - start) / timedelta(days=1)
    if value is None or (isinstance(value, str) and value.startswith("=")):
        return ""
    return float(value) if isinstance(value, int) else value


class LiveJob(server.Job):  # type: ignore[misc,name-defined]
    """What soffice instantiates: takes one request, answers it."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.documents = LiveDocuments(context)


helper = unohelper.ImplementationHelper()
helper.addImplementation(LiveJob, SERVICE, ("com.sun.star.task.Job",))
globals()["g_ImplementationHelper"] = helper  # where the Python loader looks for it


if __name__ == "__main__":
    server.main(
        sys.argv[1],
        Path(sys.argv[2]),
        module=__file__,
        service=SERVICE,
        shown="DISPLAY" in os.environ,
    )
