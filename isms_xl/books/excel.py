"""Find the running Excel, and the workbook a command was called from.

On Windows xlwings finds an Excel by the window of an open workbook, and says of each only the window
that lies on top at the moment. Since Excel 2013 every workbook has a window of its own, so an Excel is
told here by its process; and one without a workbook is asked for by its name.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from isms_xl.books.patience import be_patient


@contextmanager
def _absent(*names: str) -> Iterator[None]:
    """Make imports of these modules fail meanwhile, unless they are imported already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# xlwings imports pandas and numpy where they are installed, which takes longer than all else that
# going to the next gap needs. What is read and written here are plain lists.
with _absent("pandas", "numpy"):
    import xlwings as xlwings

ExcelTable = xlwings.main.Table


def leave_excel_alone_at_the_end(*modules: str) -> None:
    """Keep xlwings from what it does to every Excel when Python ends.

    Args:
        modules: Those of xlwings for one system each; the ones of other systems are not there.
    """
    for module in filter(None, map(sys.modules.get, modules)):
        atexit.unregister(module.cleanup)


# On Windows it would end every Excel in which it sees no workbook: one that has just been started,
# or that runs in another session.
leave_excel_alone_at_the_end("xlwings._xlwindows")

be_patient(sys.modules.get("xlwings._xlwindows"))

_WINDOWS = "win32"
_ERROR, _INFORMATION, _TO_THE_FRONT = 0x10, 0x40, 0x10000


def process_of(window: int) -> int:
    """Return the process that a window belongs to; 0 where that is not known, or no Windows runs.

    Args:
        window: Handle of the window; 0 where it is not known.
    """
    if not window or sys.platform != _WINDOWS:
        return 0
    native: Any = import_module("win32process")
    return int(native.GetWindowThreadProcessId(window)[1])


def excel_without_workbook() -> xlwings.App | None:
    """Return a running Excel that has no workbook open; None where none is, or no Windows runs."""
    if sys.platform != _WINDOWS:
        return None
    client: Any = import_module("win32com.client")
    errors: Any = import_module("pywintypes")
    engine: Any = import_module("xlwings._xlwindows")
    try:
        native = client.GetActiveObject("Excel.Application")
    except errors.com_error:
        return None
    return xlwings.App(impl=engine.App(xl=engine.COMRetryObjectWrapper(native)))


def running_app() -> xlwings.App | None:
    """Return the Excel that is running; None where none is, or none can be reached."""
    if xlwings.engines.active is None:
        return None
    return xlwings.apps.active or excel_without_workbook()


def _apps() -> Iterator[xlwings.App]:
    """Yield every Excel that is running, one without a workbook last."""
    if xlwings.engines.active is None:
        return
    known = set()
    for app in xlwings.apps:
        known.add(app.pid)
        yield app
    bare = excel_without_workbook()
    if bare is not None and bare.pid not in known:
        yield bare


def _has_window(app: xlwings.App, window: int) -> bool:
    """Whether a window is of that Excel: any of its windows, not only the topmost one."""
    process = process_of(window)
    return not window or (app.pid == process if process else app.hwnd == window)


def app_of(window: int) -> xlwings.App | None:
    """Return the Excel a command was started from; None where it does not run any more.

    Args:
        window: Handle of one of its windows; 0 where it is not known, or on macOS.
    """
    return next((app for app in _apps() if _has_window(app, window)), None)


def called_from(name: str, window: int) -> xlwings.Book | None:
    """Return the open workbook a command was started from; None where it is not open any more.

    Looked for here and not by `Book.caller()`, which cuts names at `=`, and which asks a workbook on
    OneDrive for a setting of its own that this tool leaves alone.

    Args:
        name: Full name of the workbook, as Excel gives it.
        window: Handle of an Excel window; 0 where it is not known, or on macOS.
    """
    short = name.replace("\\", "/").rpartition("/")[2].casefold()
    for app in _apps():
        if not _has_window(app, window):
            continue
        for book in app.books:
            if book.name.casefold() == short:
                return book
    return None


def message_box(text: str, title: str, window: int, *, failed: bool) -> bool:
    """Show a plain message box on a window, without Excel; return whether that could be done.

    Args:
        text: What it says.
        title: Its title.
        window: Handle of the window it belongs to; 0 where it is not known.
        failed: Whether it tells of a failure.
    """
    if sys.platform != _WINDOWS:
        return False
    ctypes: Any = import_module("ctypes")
    style = (_ERROR if failed else _INFORMATION) | _TO_THE_FRONT
    return bool(ctypes.windll.user32.MessageBoxW(window, text, title, style))
