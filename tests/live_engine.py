"""An xlwings engine over a running LibreOffice, so that the live path meets a real spreadsheet program.

    with LiveOffice() as office:
        book = office.workbook(path)          # an xlwings.Book
        book.sheets["Gaps"].range("A5").value

Written from xlwings' base classes and documentation. Each method that Excel would be asked across the
border of its process is one request to LibreOffice, and is counted. What LibreOffice has no equal of
(status bar, message boxes, screen updating) is kept here, to be looked at.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import xlwings
from office import Document, Office
from xlwings import base_classes

from isms_xl.register import column_letters

PROCESS = 4202


class LiveOffice(Office):
    """A LibreOffice that xlwings takes for Excel, from entering to leaving.

    Attributes:
        calls: How often LibreOffice was asked for what.
        app: The state Excel keeps and LibreOffice does not.
    """

    server = "live_server.py"

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.app = App(self)

    def __enter__(self) -> Self:
        super().__enter__()
        self._before = xlwings.engines.active
        xlwings.engines.active = xlwings.Engine(impl=Engine(self))  # type: ignore[assignment]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        xlwings.engines.active = self._before
        super().__exit__(kind, problem, trace)

    def ask(self, do: str, seconds: float = 120, **details: Any) -> Any:
        """Count a request, and have it answered."""
        self.calls[do] += 1
        return super().ask(do, seconds, **details)

    def workbook(self, path: Path) -> xlwings.Book:
        """Open a workbook and make it the active one."""
        return xlwings.Book(impl=self.app.books.open(str(path)))

    def document(self, book: xlwings.Book) -> Document:
        """Look at an open workbook with the eyes of the other tests."""
        return Document(self, book.impl.number)


class Engine:
    """What xlwings calls an engine."""

    name, type = "libreoffice", "desktop"

    def __init__(self, office: LiveOffice) -> None:
        self.office = office

    @property
    def apps(self) -> "Apps":
        return Apps(self.office)

    @staticmethod
    def prepare_xl_data_element(value: Any, options: Any) -> Any:
        return {"date": value.isoformat()} if isinstance(value, datetime) else value

    @staticmethod
    def clean_value_data(
        data: Any, datetime_builder: Any, empty_as: Any, number_builder: Any, err_to_str: bool
    ) -> list[list[Any]]:
        def cleaned(value: Any) -> Any:
            if value is None or value == "":
                return empty_as
            if isinstance(value, dict) and "error" in value:
                return value["error"] if err_to_str else None
            if isinstance(value, dict):
                on = datetime.fromisoformat(value["date"])
                parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
                return datetime_builder(**{part: getattr(on, part) for part in parts}, tzinfo=None)
            if number_builder is not None and isinstance(value, float):
                return number_builder(value)
            return value

        return [[cleaned(value) for value in row] for row in data]


class Apps(base_classes.Apps):
    def __init__(self, office: LiveOffice) -> None:
        self.office = office

    def keys(self) -> list[int]:
        return [PROCESS]

    def __iter__(self) -> "Iterator[App]":
        yield self.office.app

    def __len__(self) -> int:
        return 1

    def __getitem__(self, pid: int) -> "App":
        return self.office.app


class NativeApp:
    """What of Excel's own object model the code under test reaches for.

    Attributes:
        answers: What a user types into the input boxes, in turn; False for Cancel.
        asked: What they asked.
    """

    def __init__(self) -> None:
        self.answers: list[str | bool] = []
        self.asked: list[str] = []

    def InputBox(self, prompt: str, title: str, default: str) -> str | bool:  # noqa: N802
        self.asked.append(prompt)
        return self.answers.pop(0) if self.answers else default


class App(base_classes.App):
    """Attributes:
    boxes: Texts of the message boxes.
    status: Texts of the status bar; False where it was handed back.
    history: Each change of screen updating and calculation.
    """

    engine: Any = None
    pid = hwnd = PROCESS
    version = "16.0"

    def __init__(self, office: LiveOffice) -> None:
        self.office = office
        self.engine = Engine(office)
        self.native = NativeApp()
        self.boxes: list[str] = []
        self.status: list[str | bool] = []
        self.history: list[tuple[str, Any]] = []
        self._screen_updating = True
        self.active_book: Book | None = None
        self.custom_parts: dict[int, CustomXMLParts] = {}

    @property
    def api(self) -> NativeApp:
        return self.native

    @property
    def books(self) -> "Books":
        return Books(self)

    @property
    def selection(self) -> "Range | None":
        book = self.active_book
        found = book.ask("selected") if book is not None else None
        return Range(Sheet(book, found[0]), tuple(found[1])) if book and found else None

    def activate(self, steal_focus: bool = False) -> None:
        """There is but one."""

    @property
    def screen_updating(self) -> bool:
        return self._screen_updating

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self._screen_updating = value
        self.history.append(("screen_updating", value))

    @property
    def calculation(self) -> str:
        assert self.active_book
        return "automatic" if self.active_book.ask("calculation") else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        assert self.active_book
        self.active_book.ask("calculation", automatic=value == "automatic")
        self.history.append(("calculation", value))

    @property
    def status_bar(self) -> str | bool:
        return self.status[-1] if self.status else False

    @status_bar.setter
    def status_bar(self, value: str | bool) -> None:
        self.status.append(value)

    def alert(self, prompt: str, title: Any, buttons: Any, mode: Any, callback: Any) -> str:
        self.boxes.append(prompt)
        return "ok"


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self.app = app

    @property
    def active(self) -> "Book | None":
        return self.app.active_book

    def __call__(self, name: str) -> "Book":
        for book in self:
            if book.name == name:
                return book
        raise KeyError(name)

    def open(self, fullname: str, *_: Any, **__: Any) -> "Book":
        document = self.app.office.open(Path(fullname))
        book = Book(self.app, document._number, fullname)
        self.app.active_book = book
        return book

    def __iter__(self) -> "Iterator[Book]":
        for number, path in self.app.office.ask("books"):
            yield Book(self.app, number, path)

    def __len__(self) -> int:
        return len(self.app.office.ask("books"))


class NativeBook:
    """What of a workbook's native object the code under test reaches for."""

    def __init__(self, book: "Book") -> None:
        self.FullName = book.fullname
        self.CustomXMLParts = book.custom_parts


class CustomXMLParts:
    """Excel's collection of custom XML parts; LibreOffice hands over those that came with the file."""

    def __init__(self, texts: list[str]) -> None:
        self.parts = [CustomXMLPart(self, text) for text in texts]

    def SelectByNamespace(self, namespace: str) -> "CustomXMLParts":  # noqa: N802
        found = CustomXMLParts([])
        found.parts = [part for part in self.parts if f'xmlns="{namespace}"' in part.XML]
        return found

    @property
    def Count(self) -> int:  # noqa: N802
        return len(self.parts)

    def Item(self, number: int) -> "CustomXMLPart":  # noqa: N802
        return self.parts[number - 1]

    def Add(self, text: str) -> None:  # noqa: N802
        self.parts.append(CustomXMLPart(self, text))


class CustomXMLPart:
    def __init__(self, home: CustomXMLParts, text: str) -> None:
        self.home = home
        self.XML = text

    def Delete(self) -> None:  # noqa: N802
        self.home.parts.remove(self)


class Book(base_classes.Book):
    app: Any = None
    name = fullname = ""

    def __init__(self, app: App, number: int, fullname: str) -> None:
        self.app = app
        self.number = number
        self.fullname = fullname
        self.name = Path(fullname).name

    def ask(self, do: str, **details: Any) -> Any:
        return self.app.office.ask(do, document=self.number, **details)

    @property
    def custom_parts(self) -> CustomXMLParts:
        known: dict[int, CustomXMLParts] = self.app.custom_parts
        if self.number not in known:
            known[self.number] = CustomXMLParts(self.ask("custom_xml"))
        return known[self.number]

    @property
    def api(self) -> NativeBook:
        return NativeBook(self)

    @property
    def sheets(self) -> "Sheets":
        return Sheets(self)

    @property
    def names(self) -> "Names":
        return Names(self)

    def activate(self) -> None:
        self.app.active_book = self


class Names(base_classes.Names):
    def __init__(self, book: Book) -> None:
        self.book = book

    def add(self, name: str, refers_to: str) -> None:
        self.book.ask("add_name", name=name, content=refers_to)


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    def _names(self) -> list[str]:
        return list(self.book.ask("sheets"))

    @property
    def active(self) -> "Sheet":
        return Sheet(self.book, self.book.ask("active"))

    def __call__(self, name_or_index: int | str) -> "Sheet":
        names = self._names()
        if isinstance(name_or_index, int):
            return Sheet(self.book, names[name_or_index - 1])
        return Sheet(self.book, next(n for n in names if n.casefold() == name_or_index.casefold()))

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> "Iterator[Sheet]":
        for name in self._names():
            yield Sheet(self.book, name)

    def add(self, before: Any = None, after: Any = None, name: str = "") -> "Sheet":
        self.book.ask("add_sheet", name=name, after=after.name)
        return Sheet(self.book, name)


Box = tuple[int, int, int, int]
"""Top, left, bottom and right, counted from 1."""


class Sheet(base_classes.Sheet):
    book: Any = None
    name = ""

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.name = name

    def ask(self, do: str, **details: Any) -> Any:
        return self.book.ask(do, sheet=self.name, **details)

    def activate(self) -> None:
        self.book.ask("activate", name=self.name)

    def delete(self) -> None:
        self.book.ask("remove_sheet", name=self.name)

    visible: Any = property(None, lambda self, value: self._show(value))

    def _show(self, visible: bool) -> None:
        self.book.ask("show_sheet", name=self.name, visible=visible)

    @property
    def tables(self) -> "Tables":
        return Tables(self)

    @property
    def used_range(self) -> "Range":
        return Range(self, tuple(self.ask("used")))

    def range(self, cell1: Any, cell2: Any = None) -> "Range":
        if isinstance(cell1, str):
            return Range(self, _box(cell1))
        if isinstance(cell1, Range):
            first, last = cell1.box, (cell2 or cell1).box
            return Range(self, (first[0], first[1], last[2], last[3]))
        return Range(self, (*cell1, *(cell2 or cell1)))


def _box(address: str) -> Box:
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = (int(number or 1) for number in range_boundaries(address))
    return top, left, bottom, right


class NativeRange:
    """What of a range's native object the code under test reaches for."""

    def __init__(self, cells: "Range") -> None:
        self._cells = cells

    def ClearHyperlinks(self) -> None:  # noqa: N802
        self._cells.ask("clear_links")


class Range(base_classes.Range):
    sheet: Any = None

    def __init__(self, sheet: Sheet, box: Any) -> None:
        self.sheet = sheet
        self.box: Box = box
        self.options: dict[str, Any] = {}

    def ask(self, do: str, **details: Any) -> Any:
        return self.sheet.ask(do, area=self.box, **details)

    @property
    def api(self) -> NativeRange:
        return NativeRange(self)

    @property
    def row(self) -> int:
        return self.box[0]

    @property
    def column(self) -> int:
        return self.box[1]

    @property
    def shape(self) -> tuple[int, int]:
        top, left, bottom, right = self.box
        return bottom - top + 1, right - left + 1

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, row: int, column: int | None = None) -> "Range":
        if column is None:
            down, across = divmod(row - 1, self.shape[1])
        else:
            down, across = row - 1, column - 1
        top, left = self.box[0] + down, self.box[1] + across
        return Range(self.sheet, (top, left, top, left))

    def get_address(self, *_: Any) -> str:
        top, left, bottom, right = self.box
        return f"${column_letters(left)}${top}:${column_letters(right)}${bottom}"

    @property
    def address(self) -> str:
        return self.get_address()

    @property
    def raw_value(self) -> Any:
        return self.ask("read")

    @raw_value.setter
    def raw_value(self, value: Any) -> None:
        rows = value if isinstance(value, list) else [[value]]
        self.ask("write", rows=rows)

    @property
    def formula(self) -> Any:
        """Formulas of a block as Excel gives them: a tuple of rows, texts and numbers as they are."""
        rows = tuple(tuple(row) for row in self.ask("formulas"))
        return rows[0][0] if self.shape == (1, 1) else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        raise NotImplementedError("isms-xl writes values only")

    def clear(self) -> None:
        self.ask("clear")

    def autofill(self, destination: Any, type_: str) -> None:
        assert type_ == "fill_formats"
        self.ask("fill_formats", destination=destination.impl.box)

    def autofit(self, axis: str | None = None) -> None:
        assert axis == "r"
        self.ask("look", name="height", value=True)

    def select(self) -> None:
        self.ask("select")

    def _set(self, name: str, value: Any) -> None:
        self.ask("look", name=name, value=value)

    column_width = property(None, lambda self, value: self._set("width", value))
    number_format = property(None, lambda self, value: self._set("format", value))
    wrap_text = property(None, lambda self, value: self._set("wrap", value))

    @property
    def font(self) -> "Font":
        return Font(self)


class Font(base_classes.Font):
    def __init__(self, cells: Range) -> None:
        self._cells = cells

    bold = property(None, lambda self, value: self._cells._set("bold", value))


class Tables(base_classes.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def _here(self) -> list[dict[str, Any]]:
        found = self.sheet.book.ask("tables")
        return [table for table in found if table["sheet"] == self.sheet.name]

    def __iter__(self) -> "Iterator[Table]":
        for about in self._here():
            yield Table(self.sheet, about)

    def __len__(self) -> int:
        return len(self._here())

    def __call__(self, key: int | str) -> "Table":
        tables = self._here()
        if isinstance(key, int):
            return Table(self.sheet, tables[key - 1])
        return Table(self.sheet, next(about for about in tables if about["name"] == key))

    def add(self, source: Any = None, name: str = "", **_: Any) -> "Table":  # type: ignore[override]
        self.sheet.ask("add_table", name=name, area=source.impl.box)
        return self(name)


class Table(base_classes.Table):
    name = show_headers = show_totals = show_autofilter = None

    def __init__(self, sheet: Sheet, about: dict[str, Any]) -> None:
        self.sheet = sheet
        self.name = about["name"]
        self.show_headers = about["headers"]
        self.show_totals = about["totals"]
        self.show_autofilter = about["autofilter"]
        self._area = tuple(about["area"])

    @property
    def parent(self) -> Sheet:
        return self.sheet

    @property
    def range(self) -> Range:
        return Range(self.sheet, self._area)

    @property
    def autofilter(self) -> "AutoFilter":
        return AutoFilter(self)

    def resize(self, cells: Any) -> None:
        self.sheet.book.ask("resize_table", name=self.name, area=cells.impl.box)


class AutoFilter(base_classes.AutoFilter):
    def __init__(self, table: Table) -> None:
        self._table = table

    def clear(self, field: int | None) -> None:
        self._table.sheet.book.ask("clear_filter", name=self._table.name)
