"""Judges from outside: LibreOffice computes and draws workbooks, Microsoft's validator reads them.

    with Office() as office, office.open(path) as book:
        book.set_cell("Parties", "B5", "Alice")
        assert book.highlights("Parties", "A5:C8")[0][1] is None

One running LibreOffice serves many workbooks: tests share one `Office` for the whole session.
"""

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pytest

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"  # has python3-uno, which no virtual environment has
START_SECONDS = 90
ANSWER_SECONDS = 120
STOP_SECONDS = 30


def require_office(tool: Literal["soffice", "ooxml-validator"]) -> None:
    """Skip the test where a tool is missing; fail it where ISMS_XL_REQUIRE_OFFICE=1."""
    missing = _missing(tool)
    if missing and os.environ.get("ISMS_XL_REQUIRE_OFFICE") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def has_validator() -> bool:
    """Whether the Open XML SDK validator can be used here."""
    return not _missing("ooxml-validator")


def _missing(tool: Literal["soffice", "ooxml-validator"]) -> str:
    """Say what a tool lacks here; nothing if it can be used."""
    if tool == "ooxml-validator":
        if _validator() is None:
            return "ooxml-validator is not installed (npm ci in tests/ooxml)"
        return "" if shutil.which("node") else "node, which runs ooxml-validator, is not installed"
    if shutil.which("soffice") is None:
        return "soffice (LibreOffice) is not installed"
    return "" if _uno_available() else f"python3-uno is not installed for {SYSTEM_PYTHON}"


@functools.cache
def _uno_available() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True).returncode == 0


def _validator() -> str | None:
    if chosen := os.environ.get("ISMS_XL_OOXML_VALIDATOR"):
        return chosen
    for folder in (HERE / "ooxml", HERE.parent):
        if (found := folder / "node_modules/.bin/ooxml-validator").exists():
            return str(found)
    return shutil.which("ooxml-validator")


def validate_ooxml(path: Path) -> list[str]:
    """Have the Open XML SDK judge a file as Microsoft 365 would read it: one line per error."""
    require_office("ooxml-validator")
    command = [str(_validator()), str(path), "--officeVersion", "Microsoft365"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    if run.returncode not in (0, 1):
        raise OfficeError(f"ooxml-validator failed: {run.stderr.strip()}")
    errors = json.loads(run.stdout)["errors"]
    return [f"{error['description']} | {error['xPath']} | {error['path']}" for error in errors]


def render_png(path: Path, out_dir: Path, dpi: int = 70) -> list[Path]:
    """Draw a workbook or a PDF, one picture per page, as it would be printed."""
    out_dir.mkdir(parents=True, exist_ok=True)
    pdf = path
    if path.suffix != ".pdf":
        with Office() as office, office.open(path) as book:
            pdf = book.pdf(out_dir / f"{path.stem}.pdf")
    pages = out_dir / path.stem
    command = ["pdftoppm", "-png", "-r", str(dpi), str(pdf), str(pages)]
    subprocess.run(command, check=True, timeout=ANSWER_SECONDS)
    return sorted(out_dir.glob(f"{path.stem}-*.png"))


class OfficeError(Exception):
    """LibreOffice or the validator could not do what was asked."""


@dataclass(frozen=True)
class Cell:
    """One cell as LibreOffice has it after calculating."""

    type: Literal["empty", "number", "text", "formula"] = "empty"
    value: float | str | None = None
    text: str = ""  # as displayed
    formula: str = ""  # as in Excel, but for other sheets: `$'Gap Index'.$A:$A`
    error: int = 0  # LibreOffice's number; 0 means none


class Office:
    """A headless LibreOffice with its own profile; started on entering, or again after a crash."""

    server = "office_server.py"

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None
        self._profile: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        require_office("soffice")
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def open(self, path: Path, *, macros: bool = False) -> "Document":
        """Open a workbook, calculated anew and unprotected; the file itself is not written to.

        Its macros can be run only if `macros` says so.
        """
        if self._server is None or self._server.poll() is not None:
            self._stop()
            self._start()
        assert self._profile
        unlocked = _unprotected(path, Path(tempfile.mkdtemp(dir=self._profile.name)))
        return Document(self, self.ask("open", path=str(unlocked.absolute()), macros=macros))

    def ask(self, do: str, seconds: float = ANSWER_SECONDS, **details: Any) -> Any:
        """Have the server do something and return its answer."""
        if self._server is None or self._server.stdin is None:
            raise OfficeError("LibreOffice is not running")
        with suppress(BrokenPipeError):
            self._server.stdin.write(json.dumps({"do": do, **details}) + "\n")
            self._server.stdin.flush()
        return self._answer(do, seconds)

    def _answer(self, do: str, seconds: float) -> Any:
        assert self._server
        assert self._server.stdout
        watchdog = threading.Timer(seconds, self._kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            line = self._server.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self._kill()
            words = self._last_words()
            raise OfficeError(
                f"LibreOffice died, or was not done with '{do}' in {seconds} s{words}"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise OfficeError(answer["error"])
        return answer["answer"]

    def _start(self) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="isms-xl-", ignore_cleanup_errors=True)
        server, soffice = str(HERE / self.server), str(shutil.which("soffice"))
        # The Python inside soffice would take its library from a virtual environment on the path.
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
        with (Path(self._profile.name) / "log").open("w") as log:
            self._server = subprocess.Popen(
                [SYSTEM_PYTHON, server, soffice, self._profile.name],
                env=environ | {"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # so that soffice can be ended with it
            )
        try:
            self._answer("start", START_SECONDS)
        except OfficeError:
            self._stop()
            raise

    def _last_words(self) -> str:
        assert self._profile
        return ": " + (Path(self._profile.name) / "log").read_text(errors="replace")[-1000:].strip()

    def _stop(self) -> None:
        if self._server is not None:
            with suppress(BrokenPipeError, subprocess.TimeoutExpired):
                self._server.communicate(timeout=STOP_SECONDS)
            self._kill()
        if self._profile is not None:
            profile = Path(self._profile.name)
            for pipe in Path("/tmp").glob(f"OSL_PIPE_*_{profile.name}"):
                pipe.unlink(missing_ok=True)  # which a soffice that was killed leaves behind
            self._profile.cleanup()
        self._server = self._profile = None

    def _kill(self) -> None:
        if self._server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait()


def _unprotected(path: Path, folder: Path) -> Path:
    """Copy a workbook without its protection, if any: LibreOffice passes over locked cells."""
    if not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    lock = re.compile(rb"<(?:\w+:)?(?:sheet|workbook)Protection\b[^>]*/>")
    locked = [name for name, data in parts.items() if name.endswith(".xml") and lock.search(data)]
    if not locked:
        return path
    with zipfile.ZipFile(folder / path.name, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, lock.sub(b"", data) if name in locked else data)
    return folder / path.name


class Document:
    """A workbook open in LibreOffice. Addresses as in `B5` or `A1:Z50`; none means all in use."""

    def __init__(self, office: Office, number: int) -> None:
        self._office = office
        self._number = number

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OfficeError):  # a LibreOffice that died took the document along
            self._ask("close")

    def sheets(self) -> list[str]:
        """Name the sheets in order, hidden ones included."""
        return list(self._ask("sheets"))

    def cells(self, sheet: str, address: str = "") -> list[list[Cell]]:
        """Read a range, row by row."""
        rows = self._ask("cells", sheet=sheet, address=address)
        return [[Cell(**cell) for cell in row] for row in rows]

    def highlights(self, sheet: str, address: str = "") -> list[list[str | None]]:
        """Read the colour conditional formatting gives each cell, such as `#FFC7CE`.

        None where no conditional format applies; `no fill` where one applies that has no fill.
        """
        rows: list[list[str | None]] = self._ask("highlights", sheet=sheet, address=address)
        return rows

    def sort(self, sheet: str, address: str, column: int, *, descending: bool = False) -> None:
        """Sort a range with its header row by a column counted from 0."""
        self._ask("sort", sheet=sheet, address=address, column=column, descending=descending)

    def set_cell(self, sheet: str, address: str, value: float | str | None) -> None:
        """Put in a number, a text, a formula (`=…`, Excel's notation) or, with None, nothing."""
        self._ask("set_cell", sheet=sheet, address=address, value=value)

    def clear_rows(self, sheet: str, address: str) -> None:
        """Empty a range; its formats stay."""
        self._ask("clear_rows", sheet=sheet, address=address)

    def run_macro(self, macro: str, *arguments: float | str | bool) -> Any:
        """Call a VBA procedure, named as in `Module.Procedure`; return what it returns."""
        return self._ask("run_macro", macro=macro, arguments=arguments)

    def save_as(self, path: Path, kind: str = "Calc MS Excel 2007 XML") -> Path:
        """Write a copy by the export filter of that name."""
        self._ask("store", path=str(path.absolute()), kind=kind)
        return path

    def pdf(self, path: Path) -> Path:
        """Write the workbook as a PDF."""
        return self.save_as(path, "calc_pdf_Export")

    def _ask(self, do: str, **details: Any) -> Any:
        return self._office.ask(do, document=self._number, **details)
