"""Look at each link of the chain from the button in Excel to Python, and say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isms_xl import __version__
from isms_xl.addin.installing import runs_isolated
from isms_xl.addin.places import MACOS, WINDOWS, Machine, Places, places
from isms_xl.addin.policies import is_disabled, rules_against
from isms_xl.addin.redirection import PROBLEM, WAY_OUT, comes_from_the_store, is_kept_apart
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
    if machine.system == WINDOWS:
        seen = _seen_by_excel(machine, where)
        yield seen
        if not seen.holds:
            return
    yield _file("The add-in in Excel's start folder", where.addin, built_addin())
    if machine.system == WINDOWS:
        yield _disabled_items()
        yield _rules(where.addin)
    settings = _settings(where.settings)
    yield settings if isinstance(settings, Link) else _version(settings, where.settings)
    if isinstance(settings, Link):
        return
    python = Path(settings.interpreter)
    if where.script is not None:
        expected = applescript_for(settings.interpreter).encode("ascii")
        yield _file("The start script", where.script, expected)
    if machine.system == WINDOWS:
        yield _letters(python, machine)
    found = python.exists()
    yield _python(python, found)
    if found:
        yield _isolated(python)


def _seen_by_excel(machine: Machine, where: Places) -> Link:
    what = "Files that Excel sees, too"
    store = machine.base is not None and comes_from_the_store(machine.base)
    if store or any(is_kept_apart(path) for path in where.written):
        return Link(what, PROBLEM, WAY_OUT)
    return Link(what)


def _disabled_items() -> Link:
    what = "Excel's list of disabled items"
    if not is_disabled():
        return Link(what)
    return Link(
        what,
        "Excel has put the add-in there, as it does after a crash.",
        "In Excel, choose File > Options > Add-ins, Manage: Disabled Items, Go; choose isms_xl.xlam, "
        "click Enable, and start Excel again.",
    )


def _rules(addin: Path) -> Link:
    what = "The company's rules for add-ins and macros"
    try:
        signed = addin.read_bytes() != built_addin()
    except OSError:
        signed = False
    marked = addin.with_name(f"{addin.name}:Zone.Identifier").exists()
    against = list(rules_against(signed=signed, marked=marked))
    if not against:
        return Link(what)
    return Link(
        what,
        " ".join(against),
        "Show your IT the notes for IT that come with the add-in; until then, the commands of "
        "isms-xl live do the same in a terminal.",
    )


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


def _letters(python: Path, machine: Machine) -> Link:
    what = "A name of Python that macros can pass on"
    # Excel reads the settings in any letters; only what it starts must have some plain name.
    if any(_fits(name, machine.code_page) for name in (str(python), machine.short_name(python))):
        return Link(what)
    return Link(
        what,
        f"{python} has letters that macros in Excel cannot pass on with this computer's language "
        "settings.",
        "Install isms-xl in a folder with plain letters, such as C:\\Tools\\isms-xl, and run its "
        "isms-xl addin install; your user name may stay as it is. Or use the commands of isms-xl "
        "live in a terminal.",
    )


def _fits(name: str, code_page: str) -> bool:
    try:
        name.encode(code_page)
    except UnicodeEncodeError:
        return False
    return True


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
        "Not seen from here: whether Excel may start other programs. If a button says "
        "that it could not start Python, a security rule of your company keeps Office from it; the "
        "commands of isms-xl live do the same in a terminal."
    )
