"""Write what the group gives as a whole beside the units' files."""

from __future__ import annotations

from pathlib import Path

from isms_xl.books.saving import read_file, write_file
from isms_xl.gaps_csv import gaps_csv
from isms_xl.group import Group
from isms_xl.group_book import Previous, build_group_workbook, read_previous
from isms_xl.reviews_calendar import reviews_calendar

GAPS_FILE = "gaps.csv"
CALENDAR_FILE = "reviews.ics"
GROUP_FILE = "group.xlsx"


def previous_group(path: Path) -> Previous:
    """Return what an earlier group workbook tells of its day.

    Raises:
        UnreadableWorkbookError: It is missing, no group workbook, or damaged.
    """
    return read_previous(read_file(path).data)


def write_results(group: Group, out: Path, previous: Previous | None = None) -> tuple[Path, ...]:
    """Write the files of the whole group into the folder of the batch and return their paths.

    Args:
        group: The registers read side by side.
        out: The folder.
        previous: An earlier day to compare with.

    Raises:
        WriteRefusedError: One is open elsewhere or cannot be written.
    """
    files = {
        GROUP_FILE: build_group_workbook(group, previous=previous),
        GAPS_FILE: gaps_csv(group),
        CALENDAR_FILE: reviews_calendar(group),
    }
    for name, data in files.items():
        write_file(out / name, data)
    return tuple(out / name for name in files)
