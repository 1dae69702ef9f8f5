"""The half of the office harness that runs on LibreOffice's side of the fence.

`office.py` starts this file with the system Python, the one that can import `uno`. It starts a
headless soffice with a profile of its own, has soffice load this very file *into its own process*
(a call from inside takes microseconds, one over the UNO bridge milliseconds) and passes requests
through: one line of JSON in, one line of JSON out. When standard input ends, soffice ends too, so
an aborted test run leaves no process behind.
"""

import importlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

uno = importlib.import_module("uno")
unohelper = importlib.import_module("unohelper")

SERVICE = "isms_xl.Documents"
START_SECONDS = 60
STOP_SECONDS = 20

# Calculate every file anew on loading; formulas as Excel writes them; no lock files beside the
# workbooks; the same language everywhere.
SETTINGS = {
    "org.openoffice.Office.Calc/Formula/Load": {"OOXMLRecalcMode": "0"},
    "org.openoffice.Office.Calc/Formula/Syntax": {
        "Grammar": "1",
        "EnglishFunctionName": "true",
        "SeparatorArg": ",",
        "SeparatorArrayCol": ",",
        "SeparatorArrayRow": ";",
    },
    "org.openoffice.Office.Common/Misc": {"UseLocking": "false"},
    "org.openoffice.Setup/L10N": {"ooLocale": "en-US", "ooSetupSystemLocale": "en-US"},
}

RUN_MACROS = 4  # MacroExecutionMode ALWAYS_EXECUTE_NO_WARN
CONTENT = 1 | 2 | 4 | 16  # CellFlags VALUE, DATETIME, STRING, FORMULA
MARK, FIRST_DYE = "#5A3C00", 0x5A3C01  # from here on, colours no workbook is expected to use


class Documents:
    """The open documents and what can be asked of them; lives inside soffice."""

    def __init__(self, context: Any) -> None:
        self.desktop = context.ServiceManager.createInstance("com.sun.star.frame.Desktop")
        self.opened: dict[int, Any] = {}
        self.numbers = itertools.count(1)

    def open(self, path: str, macros: bool = False) -> int:
        """Load a workbook without showing it; its macros can be run only if that is asked for."""
        how = _list(Hidden=True, MacroExecutionMode=RUN_MACROS if macros else 0)
        document = self.desktop.loadComponentFromURL(url(path), "_blank", 0, how)
        if document is None or not hasattr(document, "Sheets"):
            raise ValueError(f"LibreOffice cannot open {path} as a workbook")
        number = next(self.numbers)
        self.opened[number] = document
        return number

    def run_macro(self, document: int, macro: str, arguments: list[Any]) -> Any:
        """Call a VBA procedure, named as in `Module.Procedure`; return what it returns."""
        address = f"vnd.sun.star.script:VBAProject.{macro}?language=Basic&location=document"
        script = self.opened[document].getScriptProvider().getScript(address)
        return script.invoke(tuple(arguments), (), ())[0]

    def close(self, document: int) -> None:
        """Close without saving."""
        self.opened.pop(document).close(True)

    def sheets(self, document: int) -> list[str]:
        """Name the sheets, hidden ones included."""
        return list(self.opened[document].Sheets.ElementNames)

    def cells(self, document: int, sheet: str, address: str) -> list[list[dict[str, Any]]]:
        """Read what stands in each cell and how it is displayed."""
        area = self._area(document, sheet, address)
        rows = zip(area.getDataArray(), area.getFormulaArray(), strict=True)
        return [
            [
                _cell(area.getCellByPosition(x, y), value) if formula else {}
                for x, (value, formula) in enumerate(zip(*row, strict=True))
            ]
            for y, row in enumerate(rows)
        ]

    def highlights(self, document: int, sheet: str, address: str) -> list[list[str | None]]:
        """Say which colour a conditional format gives each cell.

        UNO cannot tell, but the HTML export draws what the screen shows. Every conditional style
        is dyed meanwhile, each in a colour of its own: so what a style drew is told apart from a
        fill of the cell's own, and a style without a fill is seen as well.
        """
        book = self.opened[document]
        area = self._area(document, sheet, address)
        where = area.RangeAddress
        with _dyed(book, area.Spreadsheet) as fills, _exposed(book, area):
            colours = _drawn(book)
        if colours[0, 0] not in {MARK, *fills}:
            raise ValueError("the export does not begin with cell A1")
        return [
            [fills.get(colours[y, x]) for x in range(where.StartColumn, where.EndColumn + 1)]
            for y in range(where.StartRow, where.EndRow + 1)
        ]

    def sort(self, document: int, sheet: str, address: str, column: int, descending: bool) -> None:
        """Sort the rows below the header; formats stay in their place."""
        field = _struct("table.TableSortField", Field=column, IsAscending=not descending)
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        self._area(document, sheet, address).sort(
            _list(SortFields=fields, ContainsHeader=True, BindFormatsToContent=False)
        )

    def set_cell(self, document: int, sheet: str, address: str, value: Any) -> None:
        """Put a number, a text, a formula in Excel's notation or nothing into a cell."""
        cell = self._area(document, sheet, address).getCellByPosition(0, 0)
        look = cell.NumberFormat
        if isinstance(value, str):
            setattr(cell, "FormulaLocal" if value.startswith("=") else "String", value)
        elif value is None:
            cell.clearContents(CONTENT)
        else:
            cell.Value = value
        cell.NumberFormat = look  # which a text that looks like a number would have changed

    def clear_rows(self, document: int, sheet: str, address: str) -> None:
        """Empty a range; its formats stay."""
        self._area(document, sheet, address).clearContents(CONTENT)

    def store(self, document: int, path: str, kind: str) -> None:
        """Write a copy by the export filter of that name."""
        self.opened[document].storeToURL(url(path), _list(FilterName=kind, Overwrite=True))

    def _area(self, document: int, sheet: str, address: str) -> Any:
        """Find a range; no address means from A1 to the last cell in use."""
        found = self.opened[document].Sheets.getByName(sheet)
        if address:
            return found.getCellRangeByName(address)
        cursor = found.createCursor()
        cursor.gotoEndOfUsedArea(False)
        last = cursor.RangeAddress
        return found.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow)


def _cell(cell: Any, value: Any) -> dict[str, Any]:
    kind = cell.Type.value.lower()
    return {
        "type": {"value": "number"}.get(kind, kind),
        "value": value,
        "text": cell.String,
        "error": cell.getError(),
        "formula": cell.FormulaLocal if kind == "formula" else "",
    }


@contextmanager
def _dyed(book: Any, sheet: Any) -> Iterator[dict[str, str]]:
    """Give each conditional style of a sheet a colour of its own; yield dye -> real colour."""
    known = book.StyleFamilies.getByName("CellStyles")
    names = {
        formats.getByIndex(index).StyleName
        for formats in sheet.ConditionalFormats.getConditionalFormats()
        for index in range(formats.getCount())
        if hasattr(formats.getByIndex(index), "StyleName")
    }
    styles = [known.getByName(name) for name in sorted(names)]
    fills = [style.CellBackColor for style in styles]
    dyes = [FIRST_DYE + index for index in range(len(styles))]
    try:
        for style, dye in zip(styles, dyes, strict=True):
            style.CellBackColor = dye
        yield {_hex(dye): _hex(fill) for dye, fill in zip(dyes, fills, strict=True)}
    finally:
        for style, fill in zip(styles, fills, strict=True):
            style.CellBackColor = fill


@contextmanager
def _exposed(book: Any, area: Any) -> Iterator[None]:
    """Make the export hold all of this range, hidden rows included, and no other sheet."""
    sheet, controller = area.Spreadsheet, book.CurrentController
    end = area.RangeAddress
    active = controller.getActiveSheet()
    names = set(book.Sheets.ElementNames) - {sheet.Name}
    others = [each for each in map(book.Sheets.getByName, names) if each.IsVisible]
    lines = [sheet.Columns.getByIndex(x) for x in range(end.EndColumn + 1)]
    lines += [sheet.Rows.getByIndex(y) for y in range(end.EndRow + 1)]
    hidden = [(line, getattr(line, "IsFiltered", False)) for line in lines if not line.IsVisible]
    # The export begins and ends with the first and the last cell that holds or looks something.
    corners = sheet.getCellByPosition(0, 0), sheet.getCellByPosition(end.EndColumn, end.EndRow)
    fills, shown = [corner.CellBackColor for corner in corners], sheet.IsVisible
    try:
        sheet.IsVisible = True
        for each in others:
            each.IsVisible = False
        for line, _ in hidden:
            line.IsVisible = True
        for corner in corners:
            corner.CellBackColor = int(MARK[1:], 16)
        yield
    finally:
        for corner, fill in zip(corners, fills, strict=True):
            corner.CellBackColor = fill
        for line, filtered in hidden:
            line.IsVisible = False
            if filtered:
                line.IsFiltered = True
        for each in others:
            each.IsVisible = True
        sheet.IsVisible = shown
        controller.setActiveSheet(active)


def _drawn(book: Any) -> dict[tuple[int, int], str]:
    """Export the only visible sheet; give the background colours by row and column from zero."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        book.storeToURL(
            page.as_uri(), _list(FilterName="HTML (StarCalc)", FilterOptions="SkipImages")
        )
        html = page.read_text("utf-8")
    colours: dict[tuple[int, int], str] = {}
    y = x = -1
    for match in re.finditer(r"<(tr|td)\b([^>]*)>", html):
        if match[1] == "tr":
            y, x = y + 1, 0
            continue
        while (y, x) in colours:  # covered by a merged cell
            x += 1
        about = dict(re.findall(r'(\w+)="?([^"\s]+)', match[2]))
        colours[y, x] = about.get("bgcolor", "")
        spans = range(int(about.get("rowspan", 1))), range(int(about.get("colspan", 1)))
        for down, right in itertools.product(*spans):
            colours.setdefault((y + down, x + right), "")
    return colours


def _hex(colour: int) -> str:
    return "no fill" if colour < 0 else f"#{colour:06X}"


def _struct(name: str, **values: Any) -> Any:
    made = uno.createUnoStruct(f"com.sun.star.{name}")
    for key, value in values.items():
        setattr(made, key, value)
    return made


def _list(**values: Any) -> tuple[Any, ...]:
    return tuple(_struct("beans.PropertyValue", Name=k, Value=v) for k, v in values.items())


def url(path: str) -> str:
    """Turn a path into the form UNO wants."""
    return Path(path).absolute().as_uri()


class Job(unohelper.Base, uno.getClass("com.sun.star.task.XJob")):  # type: ignore[misc,name-defined]
    """What soffice instantiates: takes one request, answers it."""

    def __init__(self, context: Any) -> None:
        self.documents = Documents(context)

    def execute(self, arguments: Any) -> str:
        """Answer a request; the name is UNO's."""
        try:
            request = json.loads(arguments[0].Value)
            operation = getattr(self.documents, request.pop("do"))
            return json.dumps({"answer": operation(**request)})
        except Exception as problem:  # noqa: BLE001  whatever it is, the test is to see it
            return json.dumps({"error": f"{type(problem).__name__}: {problem}"})


helper = unohelper.ImplementationHelper()
helper.addImplementation(Job, SERVICE, ("com.sun.star.task.Job",))
globals()["g_ImplementationHelper"] = helper  # where the Python loader looks for it


def connect(pipe: str) -> Any:
    """Wait for soffice to listen, and return its component context."""
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def write_settings(profile: Path) -> None:
    """Prepare the user profile."""
    items = "".join(
        f'<item oor:path="/{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, settings in SETTINGS.items()
        for name, value in settings.items()
    )
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>'
    )


def main(
    program: str,
    profile: Path,
    *,
    module: str = __file__,
    service: str = SERVICE,
    shown: bool = False,
) -> None:
    """Start soffice, have it load a module, relay requests until standard input ends, stop soffice."""
    write_settings(profile)
    command = [program, *([] if shown else ["--headless"]), "--norestore", "--nologo"]
    command += [f"-env:UserInstallation={profile.as_uri()}"]
    command += [f"--accept=pipe,name={profile.name};urp;"]
    soffice = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    try:
        services = connect(profile.name).ServiceManager
        loader = services.createInstance("com.sun.star.loader.Python")
        factory = loader.activate(service, "", url(module), None)
        job = factory.createInstanceWithContext(services.DefaultContext)
        print(json.dumps({"answer": "ready"}), flush=True)
        for line in sys.stdin:
            request = _struct("beans.NamedValue", Name="request", Value=line)
            print(job.execute((request,)), flush=True)
        with suppress(Exception):  # the bridge breaks while this call is under way
            services.createInstance("com.sun.star.frame.Desktop").terminate()
        soffice.wait(STOP_SECONDS)
    except Exception:
        traceback.print_exc()
        os.killpg(0, signal.SIGKILL)  # soffice with all it started, and this process
        raise


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
