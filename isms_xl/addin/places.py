"""The places of one user's add-in, and what it takes to find them.

Nothing here looks at the machine: `this_machine` does, once, at the edge. So the same functions say
what is where on Windows and macOS, whichever system they run on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isms_xl.addin.sources import APPLESCRIPT, BUILT
from isms_xl.errors import IsmsXlError

WINDOWS, MACOS = "win32", "darwin"


@dataclass(frozen=True)
class Machine:
    """What the installer needs to know of the machine and its user.

    Attributes:
        system: As `sys.platform` names it.
        home: The user's folder.
        appdata: Windows: the user's folder for settings (`%APPDATA%`).
        interpreter: The Python that isms-xl runs in.
        code_page: Windows: the code page by which macros pass on names, as Python knows it.
        base: Where that Python, or the one its virtual environment was made with, is installed.
        short_name: Windows: gives the short name of a file, in plain letters where it has one.
    """

    system: str
    home: Path
    appdata: Path | None
    interpreter: Path
    code_page: str = "utf-8"
    base: Path | None = None
    short_name: Callable[[Path], str] = str


@dataclass(frozen=True)
class Places:
    """Where the parts of one user's add-in are.

    Attributes:
        addin: The add-in, in the folder Excel opens add-ins from when it starts.
        settings: Which Python runs, of which version.
        log: What went wrong, in full.
        script: macOS: the script that starts Python outside Excel's sandbox.
    """

    addin: Path
    settings: Path
    log: Path
    script: Path | None = None

    @property
    def written(self) -> tuple[Path, ...]:
        """All files that installing writes."""
        return tuple(p for p in (self.addin, self.settings, self.script) if p is not None)


def this_machine() -> Machine:
    """Look at the machine this runs on."""
    interpreter = Path(sys.executable)
    if sys.platform == WINDOWS:
        windowless = interpreter.with_name("pythonw.exe")
        interpreter = windowless if windowless.exists() else interpreter
    appdata = os.environ.get("APPDATA", "")
    return Machine(
        system=sys.platform,
        home=Path.home(),
        appdata=Path(appdata) if appdata else None,
        interpreter=interpreter,
        code_page="mbcs" if sys.platform == WINDOWS else "utf-8",
        base=Path(sys.base_prefix),
        short_name=_short_name,
    )


def _short_name(path: Path) -> str:
    """Return the short name Windows keeps of a file; its own name where there is none."""
    if sys.platform != "win32":
        return str(path)
    import ctypes

    buffer = ctypes.create_unicode_buffer(32768)
    found = ctypes.windll.kernel32.GetShortPathNameW(str(path), buffer, len(buffer))
    return buffer.value if 0 < found < len(buffer) else str(path)


def places(machine: Machine) -> Places:
    """Return where the add-in's parts belong.

    Raises:
        IsmsXlError: This system has no Excel that add-ins run in.
    """
    if machine.system == WINDOWS:
        roaming = machine.appdata or machine.home / "AppData" / "Roaming"
        return Places(
            addin=roaming / "Microsoft" / "Excel" / "XLSTART" / BUILT,
            settings=roaming / "isms-xl" / "settings.ini",
            log=roaming / "isms-xl" / "isms-xl.log",
        )
    if machine.system == MACOS:
        library = machine.home / "Library"
        office = library / "Group Containers" / "UBF8T346G9.Office"
        return Places(
            addin=office / "User Content.localized" / "Startup.localized" / "Excel" / BUILT,
            settings=library / "Application Support" / "isms-xl" / "settings.ini",
            log=library / "Logs" / "isms-xl" / "isms-xl.log",
            script=library / "Application Scripts" / "com.microsoft.Excel" / APPLESCRIPT,
        )
    raise IsmsXlError(
        "The add-in runs in Excel for Windows and macOS, and this is another system.",
        "Use the command line here: isms-xl validate register.xlsx --write-back does the same on a "
        "closed workbook.",
    )
