"""Lines of a delimited file in which a text holds the delimiter without quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from isms_xl.importing.locating import Table

_MOST_READINGS = 1_000
_MOST_LINES = 200
"""Lines that are looked at; a file with more of them is better saved anew."""

_MOST_VALUES = 12
"""Different texts of a column that are a set of values rather than free text."""

_DIGITS = re.compile(r"\d+")


def only_readings(table: Table) -> dict[int, dict[str, str]]:
    """Return the one way to read each line with too many fields that fits the other rows.

    A field that begins with a space goes on the text before it. Of what is left, a reading fits where
    columns that hold few different values, numbers of one form, or nothing, hold such here as well.

    Args:
        table: The table the lines belong to.

    Returns:
        Texts by heading, by row; without the lines that have no such reading, or several.
    """
    columns = sorted(table.headings)
    if not table.sheet.delimiter or not columns or not table.ragged:
        return {}
    tests = {column: _Values([table.text(row, column) for row in table.rows]) for column in columns}
    found = {}
    for row in table.ragged[:_MOST_LINES]:
        reading = _only_reading(table, row, tests)
        if reading is not None:
            found[row] = {table.headings[c]: reading[c - 1].strip() for c in columns}
    return found


def _only_reading(table: Table, row: int, tests: Mapping[int, _Values]) -> list[str] | None:
    delimiter, width = table.sheet.delimiter, max(tests)
    fields = _joined([str(field) for field in table.sheet.rows[row - 1]], delimiter)
    if len(fields) < width:
        return None
    fitting: list[list[str]] = []
    for number, reading in enumerate(_readings(fields, width, delimiter)):
        if number == _MOST_READINGS:
            return None
        if all(test.fit(reading[column - 1].strip()) for column, test in tests.items()):
            fitting.append(reading)
            if len(fitting) > 1:
                return None
    return fitting[0] if fitting else None


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
