r"""Whether Windows keeps what this Python writes in a private copy, which Excel never sees.

Windows does so for apps from the Microsoft Store, and a Python from there is one: what it writes
under `%APPDATA%` lands below `%LOCALAPPDATA%\Packages`, and only it finds it where it was written.
The real path of a file tells (so does CPython's own `venv`).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path, PureWindowsPath

PROBLEM = (
    "This Python comes from the Microsoft Store. Windows keeps what it writes in a copy of its own, "
    "where Excel does not find the add-in."
)
WAY_OUT = (
    "Install Python from python.org, or with uv (uv tool install isms-xl), install isms-xl in it, and "
    "run its isms-xl addin install."
)


def comes_from_the_store(python: Path) -> bool:
    """Whether a Python, or the one its virtual environment was made with, is an app of the Store."""
    return "windowsapps" in _parts(python)


def is_kept_apart(path: Path) -> bool:
    """Whether a file that was written really lies in an app's private copy."""
    return _is_private(Path(os.path.realpath(path))) and not _is_private(path)


def keeps_apart(folder: Path) -> bool:
    """Whether a file written in a folder lands in an app's private copy; writes one to see.

    Raises:
        OSError: No file can be written there.
    """
    handle, name = tempfile.mkstemp(prefix="isms-xl-", suffix=".tmp", dir=folder)
    os.close(handle)
    probe = Path(name)
    try:
        return is_kept_apart(probe)
    finally:
        probe.unlink()


def _is_private(path: Path) -> bool:
    parts = _parts(path)
    return "localcache" in parts and "packages" in parts[: parts.index("localcache")]


def _parts(path: Path) -> list[str]:
    return [part.casefold() for part in PureWindowsPath(path).parts]
