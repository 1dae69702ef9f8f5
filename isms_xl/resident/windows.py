"""What only Windows asks of client and worker: sessions, rights, the foreground, and COM.

Excel is reached by COM. A thread of a single-threaded apartment owns a hidden window, and some calls
leave others behind; while nobody fetches their messages, every program that sends one to all windows
waits, such as Explorer opening a document. So an idle worker must own no window: it lives in the
multithreaded apartment, and each request runs in a thread that takes its windows along when it ends.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

_TOKEN_QUERY = 0x0008
_TOKEN_ELEVATION = 20
_MULTITHREADED = 0

Answer = TypeVar("Answer")


def session_and_elevation(libraries: Any = None) -> tuple[int, bool]:
    """Return the session of this process, and whether it runs with an administrator's rights.

    Args:
        libraries: Those of Windows, as `ctypes.windll` has them.
    """
    import ctypes  # all of these are for Windows only, where the client can afford it
    from ctypes import byref, wintypes

    libraries = libraries or getattr(ctypes, "windll")  # noqa: B009 - elsewhere it is not there
    kernel, security = libraries.kernel32, libraries.advapi32
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    security.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.c_void_p)
    session, elevation, size = wintypes.DWORD(), wintypes.DWORD(), wintypes.DWORD()
    token = wintypes.HANDLE()
    done = kernel.ProcessIdToSessionId(kernel.GetCurrentProcessId(), byref(session))
    done = done and security.OpenProcessToken(
        kernel.GetCurrentProcess(), _TOKEN_QUERY, byref(token)
    )
    if not done:
        raise OSError("Windows does not say who this process is")
    try:
        if not security.GetTokenInformation(
            token, _TOKEN_ELEVATION, byref(elevation), ctypes.sizeof(elevation), byref(size)
        ):
            raise OSError("Windows does not say what this process may do")
    finally:
        kernel.CloseHandle(token)
    return session.value, bool(elevation.value)


def let_to_the_front(process: int, libraries: Any = None) -> None:
    """Let a process bring its window to the front in place of this one.

    Windows lets the program do so that Excel, being in front, has started: the client, not the
    worker. Where it is refused, a box opens all the same, above the window of Excel that it belongs
    to.

    Args:
        process: Number of the process.
        libraries: Those of Windows, as `ctypes.windll` has them.
    """
    import ctypes

    libraries = libraries or getattr(ctypes, "windll")  # noqa: B009 - elsewhere it is not there
    libraries.user32.AllowSetForegroundWindow(process)


def enter_multithreaded_apartment() -> None:
    """Put the main thread into COM's multithreaded apartment, which lasts as long as it does.

    pywin32 enters an apartment when it is imported, and looks here for which. What xlwings asks for
    later is then without effect.
    """
    sys.coinit_flags = _MULTITHREADED  # type: ignore[attr-defined]
    with contextlib.suppress(ImportError):  # the command line needs no COM
        import_module("pywintypes")  # finds the libraries of the next
        import_module("pythoncom")


def in_own_thread(work: Callable[[], Answer]) -> Answer:
    """Do something in a thread that ends with it, and return what it returns.

    The thread enters the multithreaded apartment, since xlwings would put it into one of its own.
    """
    from threading import Thread

    answers: list[Answer] = []

    def run() -> None:
        com = sys.modules.get("pythoncom")
        if com is not None:
            com.CoInitializeEx(_MULTITHREADED)
        try:
            answers.append(work())
        finally:
            gc.collect()  # what is left of Excel goes before COM does
            if com is not None:
                com.CoUninitialize()

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]
