"""What a batch may write over: its own earlier results, and nothing else.

A file in the folder of the results is taken for an earlier result by what is in it, not by its name.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from isms_xl.batch.discovery import JOURNAL, UNITS, Job
from isms_xl.batch.results import CALENDAR_FILE, GAPS_FILE, GROUP_FILE
from isms_xl.books.file import is_output
from isms_xl.books.saving import begins_with, read_file
from isms_xl.errors import IsmsXlError, UnreadableWorkbookError, WriteRefusedError
from isms_xl.gaps_csv import HEADINGS
from isms_xl.reviews_calendar import MADE_BY

_LONGEST_LOOK = 64 * 1024
_WAY_OUT = "Move it away, or choose another folder with --out."


def refuse_other_files(out: Path, jobs: Iterable[Job]) -> None:
    """Refuse a folder in which a result would take the place of something else, before a run starts.

    Args:
        out: Folder of the results.
        jobs: The files that are read.

    Raises:
        WriteRefusedError: A register of the run, a file that isms-xl did not make, or a link stands
            where a result belongs.
    """
    read = {_resolved(job.path): job for job in jobs}
    for name, is_ours in _RESULTS.items():
        path = out / name
        _refuse_link(path)
        if not path.exists():
            continue
        if _resolved(path) in read:
            raise WriteRefusedError(
                f"{path} is one of the registers to be read, and the batch writes a result under that "
                "name.",
                "Choose another folder with --out, or give the register another name.",
            )
        if not is_ours(path):
            raise WriteRefusedError(
                f"{path} was not made by isms-xl, and the batch writes a result under that name.",
                _WAY_OUT,
            )
    units = out / UNITS
    _refuse_link(units)
    inside = next((job for path, job in read.items() if _resolved(units) in path.parents), None)
    if inside is not None:
        raise WriteRefusedError(
            f"{inside.source} lies in {units}, where the batch writes its copies.",
            "Move the register elsewhere, or choose another folder with --out.",
        )


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise WriteRefusedError(
            f"{path} is a link, and the batch would write to what it leads to.",
            "Remove the link, or choose another folder with --out.",
        )


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise UnreadableWorkbookError(
            f"{path} cannot be found: its links lead in a circle.", "Name the file itself."
        ) from error


def _is_group(path: Path) -> bool:
    try:
        return is_output(read_file(path).data)
    except IsmsXlError:
        return False


def _is_gaps(path: Path) -> bool:
    text = begins_with(path, _LONGEST_LOOK).decode("utf-8-sig", "replace")
    first = text.partition("\n")[0]
    dialects = (next(csv.reader(io.StringIO(first), delimiter=d), []) for d in ",;\t")
    return any(tuple(row) == HEADINGS for row in dialects)


def _is_calendar(path: Path) -> bool:
    return MADE_BY.encode() in begins_with(path, _LONGEST_LOOK)


def _is_journal(path: Path) -> bool:
    data = begins_with(path, _LONGEST_LOOK)
    try:
        header = json.loads(data.partition(b"\n")[0])
    except ValueError:
        return path.is_file() and not data  # a run that was killed before its first line
    return isinstance(header, dict) and str(header.get("tool", "")).startswith("isms-xl ")


_RESULTS: dict[str, Callable[[Path], bool]] = {
    GROUP_FILE: _is_group,
    GAPS_FILE: _is_gaps,
    CALENDAR_FILE: _is_calendar,
    JOURNAL: _is_journal,
}
