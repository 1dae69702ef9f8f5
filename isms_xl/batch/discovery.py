"""Find the registers in files and folders, and say what was left aside."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from isms_xl.batch.naming import file_names
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.group import Skipped

JOURNAL = "run.jsonl"
"""The file by which the folder of a batch is known, and from which a run is resumed."""

UNITS = "units"
"""Folder of the units' files in the folder of a batch."""

_WORKBOOKS = frozenset({".xlsx", ".xlsm"})
_OTHER_FORMATS = frozenset({".xls", ".xlsb", ".xltx", ".xltm"})
_DELIMITED = frozenset({".csv", ".tsv"})
_LISTS = _DELIMITED | {".ods", ".txt"}


@dataclass(frozen=True, slots=True)
class Job:
    """One file to work on.

    Attributes:
        source: Its path, as it is shown to people: what was given, and the way from there.
        path: Where it is.
        name: Name of the files made from it, without ending; no other job has it.
    """

    source: str
    path: Path
    name: str


def find_registers(
    paths: Sequence[Path], out: Path, *, lists: bool = False
) -> tuple[tuple[Job, ...], tuple[Skipped, ...]]:
    """Return the files that may be registers, and those left aside, each sorted by path.

    Args:
        paths: Files, which are taken whatever they are, and folders, which are searched.
        out: The folder the results go to; it is not searched.
        lists: Whether delimited lists count as registers to be.

    Raises:
        UnreadableWorkbookError: A path does not exist, or no file is left.
    """
    found: dict[Path, Path] = {}
    skipped: dict[str, Skipped] = {}
    for path in paths:
        if _is_folder(path):
            for file, reason in _in_folder(path, out.resolve(), lists=lists):
                target = None if reason else _regular(file)
                if target is not None:
                    found.setdefault(target, file)
                else:
                    skipped[file.as_posix()] = Skipped(file.as_posix(), reason or _NO_FILE)
        elif (target := _regular(path)) is not None:
            found[target] = path
        elif os.path.lexists(path):
            skipped[path.as_posix()] = Skipped(path.as_posix(), _NO_FILE)
        else:
            raise UnreadableWorkbookError(
                f"There is no file or folder {path}.", "Check the name and the folder."
            )
    if not found:
        aside = f" ({len(skipped)} left aside)" if skipped else ""
        raise UnreadableWorkbookError(
            f"There is no workbook (.xlsx or .xlsm) in {', '.join(map(str, paths))}{aside}.",
            "Name the folder that holds the registers.",
        )
    sources = {path.as_posix(): target for target, path in found.items()}
    names = file_names(list(sources))
    jobs = tuple(Job(source, sources[source], names[source]) for source in sorted(sources))
    taken = {job.source for job in jobs}
    return jobs, tuple(skipped[source] for source in sorted(skipped) if source not in taken)


_NO_FILE = "It is no file, but a device, a pipe, or a link that leads nowhere or in a circle."


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _regular(path: Path) -> Path | None:
    """Return where a file is, its links resolved; None where it is no file of the usual kind."""
    try:
        target = path.resolve(strict=True)
        return target if stat.S_ISREG(target.stat().st_mode) else None
    except (OSError, RuntimeError):  # links in a circle are one or the other, by the Python
        return None


def _in_folder(folder: Path, out: Path, *, lists: bool) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder, with the reason why it is left aside, if it is.

    Of a folder left aside only the folder itself is yielded.
    """
    unread: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=unread.append):
        place = Path(here)
        for name in sorted(folders):
            reason = _folder_reason(place / name, out)
            if reason:
                yield place / name, reason
        folders[:] = sorted(name for name in folders if not _folder_reason(place / name, out))
        for name in sorted(files):
            yield place / name, _file_reason(place / name, lists=lists)
    for error in unread:
        yield Path(str(error.filename)), f"The folder could not be opened ({error.strerror})."


def _folder_reason(folder: Path, out: Path) -> str:
    is_units = folder.name == UNITS and (folder.parent / JOURNAL).is_file()
    if is_units or folder.resolve() == out or (folder / JOURNAL).is_file():
        return "The folder holds the results of a batch."
    if folder.is_symlink():
        return "The folder is a link; what it leads to is not searched."
    return "The folder is hidden." if _is_hidden(folder) else ""


def _file_reason(file: Path, *, lists: bool) -> str:
    if file.name.startswith("~$"):
        return "Excel keeps this file while the workbook beside it is open."
    if _is_hidden(file):
        return "The file is hidden."
    ending = file.suffix.lower()
    if ending in _WORKBOOKS or ending in _OTHER_FORMATS:
        return ""
    if lists and ending in _DELIMITED:
        return ""
    if ending in _LISTS:
        return "It is a list, not an Excel workbook; isms-xl import takes lists over."
    return "It is no Excel workbook (.xlsx or .xlsm)."


def _is_hidden(path: Path) -> bool:
    if path.name.startswith("."):
        return True
    try:
        attributes = getattr(path.lstat(), "st_file_attributes", 0)  # Windows only
    except OSError:
        return False
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)
