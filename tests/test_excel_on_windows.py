"""Finding Excel on Windows, with a model of what xlwings does there.

xlwings 0.36 (`_xlwindows.py`) says:

- `get_excel_hwnds` goes through the top windows in their order and yields one a process, and only those
  with a child window `XLDESK` > `EXCEL7`, which an Excel without a workbook does not have;
- `Apps.__iter__` is `for hwnd in get_excel_hwnds(): yield App(xl=hwnd)`;
- `App.pid` is `win32process.GetWindowThreadProcessId(hwnd)[1]`, `App.hwnd` the window it was found by.

Nothing here ran on Windows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from isms_xl.books import excel
from isms_xl.ribbon import main


@dataclass
class Book:
    name: str


@dataclass
class App:
    """An Excel of the model; its windows lie in the order of `windows`, the topmost first."""

    pid: int
    windows: list[int]
    books: list[Book] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    status_bar: object = "working"

    @property
    def hwnd(self) -> int:
        return self.windows[0]

    def alert(self, text: str, title: str, mode: str) -> None:
        self.boxes.append(text)


class ComError(Exception):
    """What pywin32 raises where nothing answers."""


class Windows:
    """The processes of a desk, and what the modules for Windows say of them."""

    def __init__(self, *apps: App) -> None:
        self.apps = list(apps)
        self.boxes: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[App]:
        return (app for app in self.apps if app.books)

    @property
    def active(self) -> App | None:
        return next(iter(self), None)

    def process(self, window: int) -> tuple[int, int]:
        return 1, next((app.pid for app in self.apps if window in app.windows), 0)

    def get_active_object(self, name: str) -> App:
        assert name == "Excel.Application"
        if not self.apps:
            raise ComError
        return self.apps[0]

    def message_box(self, window: int, text: str, title: str, style: int) -> int:
        self.boxes.append((window, text))
        return 1


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Windows:
    windows = Windows()
    modules: dict[str, Any] = {
        "win32process": SimpleNamespace(GetWindowThreadProcessId=windows.process),
        "win32com.client": SimpleNamespace(GetActiveObject=windows.get_active_object),
        "pywintypes": SimpleNamespace(com_error=ComError),
        "xlwings._xlwindows": SimpleNamespace(
            App=lambda xl: xl, COMRetryObjectWrapper=lambda native: native
        ),
        "ctypes": SimpleNamespace(
            windll=SimpleNamespace(user32=SimpleNamespace(MessageBoxW=windows.message_box))
        ),
    }
    monkeypatch.setattr(excel, "import_module", modules.__getitem__)
    monkeypatch.setattr(
        excel,
        "xlwings",
        SimpleNamespace(
            apps=windows, engines=SimpleNamespace(active=object()), App=lambda impl: impl
        ),
    )
    monkeypatch.setattr(sys, "platform", "win32")
    return windows


def same(found: object, expected: object) -> bool:
    """Whether what was found is an object of the model, whatever the types say."""
    return found is expected


def test_an_excel_without_a_workbook_is_found(desk: Windows) -> None:
    desk.apps = [App(7, [700])]
    assert same(excel.running_app(), desk.apps[0])
    assert same(excel.app_of(700), desk.apps[0])
    assert excel.called_from("C:\\registers\\register.xlsx", 700) is None


def test_no_excel_at_all_is_told(desk: Windows) -> None:
    assert excel.running_app() is None
    assert excel.app_of(700) is None


def test_the_workbook_of_another_window_of_the_same_excel_is_found(desk: Windows) -> None:
    book = Book("register.xlsx")
    # The user turned to another workbook while Python started: its window lies on top now.
    desk.apps = [App(7, [702, 701], [Book("other.xlsx"), book])]
    assert same(excel.called_from("C:\\registers\\register.xlsx", 701), book)
    assert same(excel.app_of(701), desk.apps[0])


def test_a_workbook_of_the_same_name_in_another_excel_is_not_taken(desk: Windows) -> None:
    mine, other = Book("register.xlsx"), Book("register.xlsx")
    desk.apps = [App(8, [801], [other]), App(7, [702, 701], [mine])]
    assert same(excel.called_from("register.xlsx", 701), mine)


def test_a_message_is_shown_where_no_excel_answers(desk: Windows) -> None:
    assert main(["new", "--from_xl=1", "--hwnd=700"]) == 2
    ((window, text),) = desk.boxes
    assert window == 700
    assert "No Excel is open that could be reached" in text


def test_a_message_is_shown_where_excel_refuses_it(
    desk: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(App):
        def alert(self, text: str, title: str, mode: str) -> None:
            raise ComError

    desk.apps = [Refusing(7, [700])]
    assert main(["no-such-command", "--from_xl=1", "--hwnd=700"]) == 2
    ((window, text),) = desk.boxes
    assert window == 700
    assert "isms-xl has no command no-such-command" in text
