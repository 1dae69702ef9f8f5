"""Lines of a delimited file in which a text holds the delimiter without quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from isms_xl.importing.locating import Table

_MOST_READINGS = 3_000
_MOST_VALUES = 12
"""Different texts of a column that are a set of values rather than free text."""

_DIGITS = re.compile(r"\d+")


def only_reading(table: Table, row: int) -> dict[str, str]:
    """Return the one way to read a line with too many fields that fits the other rows, by heading.

    A field that begins with a space goes on the text before it. Of what is left, a reading fits where
    columns that hold few different values, numbers of one form, or nothing, hold such here as well.

    Args:
        table: The table the line belongs to.
        row: Its row.

    Returns:
        Texts by heading; empty where there is none, or more than one.
    """
    delimiter = table.sheet.delimiter
    columns = sorted(table.headings)
    width = max(columns, default=0)
    fields = _joined([str(field) for field in table.sheet.rows[row - 1]], delimiter)
    if not delimiter or len(fields) < width:
        return {}
    tests = {column: _Values([table.text(r, column) for r in table.rows]) for column in columns}
    fitting = [
        reading
        for reading in islice(_readings(fields, width, delimiter), _MOST_READINGS)
        if all(tests[column].fit(reading[column - 1].strip()) for column in columns)
    ]
    if len(fitting) != 1:
        return {}
    (reading,) = fitting
    return {table.headings[column]: reading[column - 1].strip() for column in columns}


def _joined(fields: Sequence[str], delimiter: str) -> list[str]:
    """Return fields with those that begin with a space joined to the one before."""
    joined: list[str] = []
    for field in fields:
        if joined and field[:1] == " " and field.strip():
            joined[-1] += delimiter + field
        else:
            joined.append(field)
    return joined


def _readings(fields: Sequence[str], width: int, delimiter: str) -> Iterator[list[str]]:
    """Yield every way to join neighbouring fields so that `width` of them are left."""
    if width == 1:
        yield [delimiter.join(fields)]
        return
    for first in range(1, len(fields) - width + 2):
        for rest in _readings(fields[first:], width - 1, delimiter):
            yield [delimiter.join(fields[:first]), *rest]


class _Values:
    """What the other rows hold in a column."""

    def __init__(self, texts: Sequence[str]) -> None:
        filled = [text for text in texts if text]
        different = set(filled)
        repeated = len(different) <= min(_MOST_VALUES, len(filled) // 2)
        self._known = different | {""} if repeated or not filled else None
        forms = {_DIGITS.sub("0", text) for text in filled}
        self._form = forms.pop() if len(forms) == 1 and len(different) > 1 else None

    def fit(self, text: str) -> bool:
        """Whether a text may stand in the column."""
        if self._form is not None and "0" in self._form:
            return _DIGITS.sub("0", text) == self._form
        return self._known is None or text in self._known
