"""Look at each link of the chain from the button in Excel to Python, and say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isms_xl import __version__
from isms_xl.addin.installing import runs_isolated
from isms_xl.addin.places import MACOS, WINDOWS, Machine, places
from isms_xl.addin.settings import Settings, read_settings
from isms_xl.addin.sources import applescript_for, built_addin
from isms_xl.errors import IsmsXlError

_INSTALL = "Run isms-xl addin install."


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    Attributes:
        what: What was looked at.
        problem: What is wrong with it, in a sentence; nothing where it holds.
        way_out: What to do then.
    """

    what: str
    problem: str = ""
    way_out: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problem


def examine(machine: Machine) -> list[Link]:
    """Return the links of the chain in order.

    What hangs on a broken link is not looked at.

    Raises:
        IsmsXlError: The system has no Excel that add-ins run in.
    """
    return list(_links(machine))


def _links(machine: Machine) -> Iterator[Link]:
    where = places(machine)
    yield _file("The add-in in Excel's start folder", where.addin, built_addin())
    settings = _settings(where.settings)
    yield settings if isinstance(settings, Link) else _version(settings, where.settings)
    if isinstance(settings, Link):
        return
    python = Path(settings.interpreter)
    if where.script is not None:
        expected = applescript_for(settings.interpreter).encode("ascii")
        yield _file("The start script", where.script, expected)
    if machine.system == WINDOWS:
        yield _letters(settings.interpreter, where.settings, machine.code_page)
    found = python.exists()
    yield _python(python, found)
    if found:
        yield _isolated(python)


def _file(what: str, path: Path, expected: bytes) -> Link:
    what = f"{what}: {path}"
    try:
        if path.read_bytes() == expected:
            return Link(what)
    except FileNotFoundError:
        return Link(what, "It is not there.", _INSTALL)
    except OSError as error:
        return Link(
            what,
            f"It cannot be read ({error.strerror}).",
            "Ask whoever looks after this computer for permission to read it.",
        )
    return Link(
        what,
        "It is not the one that belongs to this version of isms-xl.",
        "Close Excel and run isms-xl addin install.",
    )


def _settings(path: Path) -> Settings | Link:
    what = f"The settings: {path}"
    try:
        return read_settings(path.read_bytes())
    except FileNotFoundError:
        return Link(what, "They are not there.", _INSTALL)
    except OSError as error:
        return Link(
            what,
            f"They cannot be read ({error.strerror}).",
            "Ask whoever looks after this computer for permission to read them.",
        )
    except IsmsXlError as error:
        return Link(what, error.problem, error.way_out)


def _version(settings: Settings, path: Path) -> Link:
    what = f"The settings: {path}"
    if settings.version == __version__:
        return Link(what)
    return Link(
        what,
        f"They were written by version {settings.version}, and this is version {__version__}.",
        _INSTALL,
    )


def _letters(interpreter: str, settings: Path, code_page: str) -> Link:
    what = "Names that macros can pass on"
    for name in (interpreter, str(settings)):
        try:
            name.encode(code_page)
        except UnicodeEncodeError:
            return Link(
                what,
                f"{name} has letters that macros in Excel cannot pass on with this computer's "
                "language settings.",
                "Install isms-xl in a folder with plain letters and run isms-xl addin install "
                "there; or use the commands of isms-xl live in a terminal.",
            )
    return Link(what)


def _python(python: Path, found: bool) -> Link:
    what = f"Python: {python}"
    if found:
        return Link(what)
    return Link(
        what,
        "It is no longer there.",
        "Install isms-xl again, and run its isms-xl addin install.",
    )


def _isolated(python: Path) -> Link:
    what = "isms-xl in that Python, started the way the add-in starts it"
    if runs_isolated(python):
        return Link(what)
    return Link(
        what,
        "That Python does not find isms-xl, or another version of it.",
        "Install isms-xl with pipx or in a virtual environment, and run its isms-xl addin install.",
    )


def beyond_reach(machine: Machine) -> str:
    """Return what cannot be seen from outside Excel, in a sentence or two."""
    if machine.system == MACOS:
        return (
            "Not seen from here: whether macOS lets Python control Excel. If a button does nothing, "
            "look under System Settings > Privacy & Security > Automation."
        )
    return (
        "Not seen from here: whether Excel may run macros and start other programs. If a button says "
        "that it could not start Python, a security rule of your company keeps Office from it; the "
        "commands of isms-xl live do the same in a terminal."
    )
