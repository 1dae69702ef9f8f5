"""Read the list of units that should deliver a register."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from charset_normalizer import from_bytes

from isms_xl.books.saving import read_file
from isms_xl.contract import heading_key
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.register import compare_key

_HEADINGS = tuple(map(heading_key, ("Business unit", "Unit", "Expected unit", "Name")))
_SEPARATORS = ",;\t"


def expected_units(path: Path) -> tuple[str, ...]:
    """Return the business units a CSV file lists, each once, in its order.

    The column is the one headed Business unit (or Unit); in a file without such a heading the first
    column of every row counts. Commas, semicolons and tabs separate columns, as Excel writes them.

    Raises:
        UnreadableWorkbookError: The file cannot be read, or lists no unit.
    """
    text = _text(path)
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [[cell.strip() for cell in row] for row in reader]
    rows = [row for row in rows if any(row)]
    column, first = 0, 0
    if rows:
        keys = [heading_key(cell) for cell in rows[0]]
        heading = next((heading for heading in _HEADINGS if heading in keys), None)
        if heading is not None:
            column, first = keys.index(heading), 1
    found: dict[str, str] = {}
    for row in rows[first:]:
        if len(row) > column and row[column]:
            found.setdefault(compare_key(row[column]), row[column])
    if not found:
        raise UnreadableWorkbookError(
            f"{path} lists no business unit.",
            "Write one unit a line, in a column headed Business unit.",
        )
    return tuple(found.values())


def _text(path: Path) -> str:
    data = read_file(path).data
    best = from_bytes(data).best() if data else None
    if data and best is None:
        raise UnreadableWorkbookError(
            f"{path} is no text file.", "Save the list as CSV (in Excel: CSV UTF-8) and name that."
        )
    return str(best).removeprefix("\ufeff") if best is not None else ""
