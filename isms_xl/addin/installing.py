"""Put the add-in in place for one user, and take it away again."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from isms_xl import __version__
from isms_xl.addin.places import WINDOWS, Machine, places
from isms_xl.addin.redirection import PROBLEM, WAY_OUT, comes_from_the_store, keeps_apart
from isms_xl.addin.settings import Settings
from isms_xl.addin.sources import applescript_for, built_addin
from isms_xl.books.saving import write_file
from isms_xl.errors import IsmsXlError, WriteRefusedError

_SECONDS = 60


@dataclass(frozen=True)
class Part:
    """One file of the installed add-in.

    Attributes:
        what: What it is, in a few words.
        path: Where it belongs.
        content: What it holds.
    """

    what: str
    path: Path
    content: bytes


def parts(machine: Machine) -> list[Part]:
    """Return the files that make up the add-in on a machine.

    Raises:
        IsmsXlError: The system has no Excel that add-ins run in.
    """
    where = places(machine)
    interpreter = str(machine.interpreter)
    settings = Settings(__version__, interpreter, str(where.log))
    made = [
        Part("the add-in", where.addin, built_addin()),
        Part("the settings", where.settings, settings.as_file()),
    ]
    if where.script is not None:
        script = applescript_for(interpreter).encode("ascii")
        made.append(Part("the start script", where.script, script))
    return made


def runs_isolated(interpreter: Path) -> bool:
    """Whether a Python finds this version of isms-xl, and what buttons start, the way the add-in does.

    Isolated, Python knows neither the current folder nor packages installed for one user only
    (`pip install --user`).
    """
    check = "import sys, isms_xl.button; sys.exit(isms_xl.__version__ != sys.argv[1])"
    command = [str(interpreter), "-I", "-c", check, __version__]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install(machine: Machine) -> list[Part]:
    """Write the add-in's files, replacing those of an earlier version; return them.

    Raises:
        IsmsXlError: The system has no Excel that add-ins run in, isms-xl is installed where the
            add-in would not find it, or Excel would not find what this Python writes.
        WriteRefusedError: A file could not be written.
    """
    wanted = parts(machine)
    if machine.base is not None and comes_from_the_store(machine.base):
        raise IsmsXlError(PROBLEM, WAY_OUT)
    if not runs_isolated(machine.interpreter):
        raise IsmsXlError(
            "The add-in would not find isms-xl: it starts Python without packages that were "
            "installed with pip install --user.",
            "Install isms-xl with pipx or in a virtual environment, and run isms-xl addin install "
            "there.",
        )
    for part in wanted:
        _make_folder(part.path.parent)
    if machine.system == WINDOWS:
        _refuse_private_copies(places(machine).settings.parent)
    for part in wanted:
        if not _holds(part):
            write_file(part.path, part.content)
    return wanted


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteRefusedError(
            f"The folder {folder} could not be made ({error.strerror}).",
            "Ask whoever looks after this computer for permission to write there.",
        ) from error


def _refuse_private_copies(folder: Path) -> None:
    """Refuse to install where Excel would not see what is written, before anything is."""
    try:
        apart = keeps_apart(folder)
    except OSError as error:
        raise WriteRefusedError(
            f"In the folder {folder} nothing can be written ({error.strerror}).",
            "Ask whoever looks after this computer for permission to write there.",
        ) from error
    if apart:
        raise IsmsXlError(PROBLEM, WAY_OUT)


def _holds(part: Part) -> bool:
    try:
        return part.path.read_bytes() == part.content
    except OSError:
        return False


def uninstall(machine: Machine) -> list[Path]:
    """Remove what `install` wrote, and nothing else; return what was there to remove.

    Folders stay, but for the tool's own where they are empty.

    Raises:
        IsmsXlError: The system has no Excel that add-ins run in.
        WriteRefusedError: A file could not be removed.
    """
    where = places(machine)
    removed = [path for path in where.written if _remove(path)]
    with suppress(OSError):
        where.settings.parent.rmdir()  # refused where something else is in it, such as the log
    return removed


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise WriteRefusedError(
            f"{path} could not be removed ({error.strerror}).",
            "Close Excel, and run isms-xl addin uninstall again.",
        ) from error
    return True
