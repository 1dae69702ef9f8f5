"""A Python whose Excel is the LibreOffice of a test that runs in another process.

    elsewhere.py -I -m MODULE ARGUMENT...

So what a button starts, and the worker that it starts in turn, run as they are, each in a process of
its own, and meet one spreadsheet program. `Exchange` is the test's end of it.
"""

from __future__ import annotations

import json
import os
import runpy
import shlex
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from live_engine import LiveOffice

HERE = Path(__file__)
ADDRESS, PYTHON = "ISMS_XL_TEST_ADDRESS", "ISMS_XL_TEST_PYTHON"
SECONDS = 60


class Exchange:
    """Answers the processes of clicks on behalf of a running LibreOffice.

    Attributes:
        told: What was shown, each with the number of the process that did: "status", "box" or
            "screen", and the value.
        held: Set while a process is kept waiting, as by a message box.
        go_on: Set to let it go on.
    """

    def __init__(self, office: LiveOffice, folder: Path) -> None:
        self.office = office
        self.told: list[tuple[int, str, Any]] = []
        self.held, self.go_on = threading.Event(), threading.Event()
        self._waits_at: tuple[str, str] | None = None
        self._folder, self._one_at_a_time = folder, threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._python = folder / "python"

    def __enter__(self) -> Self:
        address = str(self._folder / "exchange")
        self._listener.bind(address)
        self._listener.listen()
        threading.Thread(target=self._listen, daemon=True).start()
        command = shlex.join([sys.executable, "-I", str(HERE)])
        self._python.write_text(
            f"#!/bin/sh\necho \"$*\" >> '{self._folder}/starts'\n"
            f"export {PYTHON}='{self._python}' {ADDRESS}='{address}'\nexec {command} \"$@\"\n"
        )
        self._python.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self._listener.close()

    def hold_at(self, kind: str, words: str) -> None:
        """Keep the first process waiting that shows this, until `go_on` is set."""
        self._waits_at = kind, words

    def click(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start what the launcher starts for a button."""
        return subprocess.Popen([self._python, "-I", "-m", "isms_xl.button", *arguments])

    def clicked(self, *arguments: str) -> int:
        """Click, wait until it is done, and return the number of the process that showed something."""
        before = len(self.told)
        process = self.click(*arguments)
        process.wait(SECONDS)
        (by,) = {told[0] for told in self.told[before:]}
        return by

    def starts(self, module: str) -> int:
        """Return how often a module was started."""
        return (self._folder / "starts").read_text().count(f"-I -m {module}")

    def said(self, kind: str) -> list[Any]:
        """Return what was shown of a kind."""
        return [value for _, known, value in self.told if known == kind]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        talk = connection.makefile("r", encoding="utf-8")
        with connection, talk, suppress(OSError):  # a process may have been killed
            process = int(talk.readline())
            for line in talk:
                asked = json.loads(line)
                try:
                    answer = {"answer": self._answer(process, **asked)}
                except Exception as error:  # noqa: BLE001 - whoever asked is told
                    answer = {"problem": repr(error)}
                connection.sendall(json.dumps(answer).encode() + b"\n")

    def _answer(self, process: int, do: str, **details: Any) -> Any:
        if do == "tell":
            kind, value = details["kind"], details["value"]
            self.told.append((process, kind, value))
            if self._waits_at and self._waits_at[0] == kind and self._waits_at[1] in str(value):
                self._waits_at = None
                self.held.set()
                self.go_on.wait(SECONDS)
            return None
        with self._one_at_a_time:
            if do == "active":
                book = self.office.app.active_book
                return None if book is None else [book.number, book.fullname]
            if do == "make_active":
                app = self.office.app
                app.active_book = next(b for b in app.books if b.number == details["document"])
                return None
            return self.office.ask(do, **details)


class WhenXlwingsComes(MetaPathFinder):
    """Gives xlwings its engine when it has been imported, not earlier: a client may not need it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "xlwings":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        assert spec
        assert spec.loader
        execute = spec.loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            execute(module)
            engine(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def engine(module: types.ModuleType) -> None:
    """Make the LibreOffice of the test xlwings' Excel."""
    sys.path.append(str(HERE.parent))
    sys.modules["pytest"] = types.ModuleType("pytest")  # takes long, and is of no use here
    import live_engine

    class FarOffice:
        def __init__(self) -> None:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(os.environ[ADDRESS])
            self.talk = connection.makefile("rw", encoding="utf-8")
            print(os.getpid(), file=self.talk, flush=True)
            self.app = FarApp(self)

        def ask(self, do: str, **details: Any) -> Any:
            print(json.dumps({"do": do, **details}), file=self.talk, flush=True)
            told = json.loads(self.talk.readline())
            if "problem" in told:
                raise RuntimeError(told["problem"])
            return told["answer"]

    class FarApp(live_engine.App):
        def __init__(self, office: Any) -> None:
            super().__init__(office)

        def tell(self, kind: str, value: object) -> None:
            self.office.ask("tell", kind=kind, value=value)

        def active(self) -> live_engine.Book | None:
            found = self.office.ask("active")
            return live_engine.Book(self, *found) if found else None

        def make_active(self, book: live_engine.Book | None) -> None:
            if book is not None:
                self.office.ask("make_active", document=book.number)

        active_book = property(active, make_active)
        status_bar = property(None, lambda self, value: self.tell("status", value))
        screen_updating = property(
            lambda self: True, lambda self, value: self.tell("screen", value)
        )

        def alert(self, prompt: str, *_: Any) -> str:
            self.tell("box", prompt)
            return "ok"

    office: Any = FarOffice()
    module.engines.active = module.Engine(impl=live_engine.Engine(office))


def main() -> None:
    isolated, dash_m, module, *rest = sys.argv[1:]
    assert (isolated, dash_m) == ("-I", "-m")
    sys.meta_path.insert(0, WhenXlwingsComes())
    sys.executable = os.environ[PYTHON]
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def wait_for(condition: Any, what: str) -> None:
    """Wait until something is so."""
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


if __name__ == "__main__":
    main()
