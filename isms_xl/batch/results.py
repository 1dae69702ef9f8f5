"""Write what the group gives as a whole beside the units' files."""

from __future__ import annotations

from pathlib import Path

from isms_xl.books.saving import write_file
from isms_xl.gaps_csv import gaps_csv
from isms_xl.group import Group
from isms_xl.reviews_calendar import reviews_calendar

GAPS_FILE = "gaps.csv"
CALENDAR_FILE = "reviews.ics"


def write_results(group: Group, out: Path) -> tuple[Path, ...]:
    """Write the files of the whole group into the folder of the batch and return their paths.

    Raises:
        WriteRefusedError: One is open elsewhere or cannot be written.
    """
    files = {GAPS_FILE: gaps_csv(group), CALENDAR_FILE: reviews_calendar(group)}
    for name, data in files.items():
        write_file(out / name, data)
    return tuple(out / name for name in files)
