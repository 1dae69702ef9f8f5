"""How high a row must be for its text to be seen whole.

Widths are those of Calibri, and of Carlito, its twin where Calibri is not installed.
"""

from __future__ import annotations

import math
import re

_LINE_HEIGHT = 12.75
_PADDING = 3.0
TALLEST_ROW = 400.0
"""Excel allows 409.5 points."""

LARGEST_LINES = int((TALLEST_ROW - _PADDING) / _LINE_HEIGHT)
"""Lines that fit the tallest row."""

_PER_CHARACTER = 1.035
"""Columns are measured in digits of the workbook's font of 11 points; texts are set in 10."""
_BREAKING_COSTS = 3.0
_NARROW = " .,:;'!|()[]{}-/\\\"`ijlftrIJ"
_WIDE = "mwMWDGHNOQUABCKRVX%@&—…“”"
_NARROW_SAVES = 0.42
_WIDE_COSTS = 0.35
_WIDEST = 2.0
"""More digits than any sign is wide."""

_NARROW_BYTES = _NARROW.encode("ascii")
_WIDE_BYTES = _WIDE.encode("ascii", "ignore")
_WIDE_OTHERS = tuple(sign for sign in _WIDE if not sign.isascii())
_DOUBLE_FROM = "\u2e80"
_WORD = re.compile(r"[^ \n]*[ \n]|[^ \n]+")


def _units(text: str) -> float:
    """Return about how many digits wide a text is."""
    signs = text.encode("utf-8", "surrogatepass")  # bytes are quicker to look through than text
    narrow = len(signs) - len(signs.translate(None, _NARROW_BYTES))
    wide = len(signs) - len(signs.translate(None, _WIDE_BYTES))
    double = 0
    if not text.isascii():
        wide += sum(map(text.count, _WIDE_OTHERS))
        if max(text) >= _DOUBLE_FROM:
            double = sum(sign >= _DOUBLE_FROM for sign in text)
    return len(text) - _NARROW_SAVES * narrow + _WIDE_COSTS * wide + double


def _per_line(width: float) -> float:
    """Return how many digits of a text fit a line, less what breaking between words costs."""
    room = width * _PER_CHARACTER
    return max(room - min(_BREAKING_COSTS, room / 8), 1.0)


def lines_of(text: str, width: float) -> int:
    """Return about how many lines a text takes in a column of that width, in characters.

    Signs beyond Latin, Greek and Cyrillic count double, as they are about twice as wide.
    """
    per_line = _per_line(width)
    lines = 0
    for part in text.split("\n"):
        if len(part) * _WIDEST <= per_line:
            lines += 1
        else:
            lines += max(1, math.ceil(_units(part) / per_line))
    return lines


def line_ends(text: str, width: float) -> list[int]:
    """Return where the lines of a text end in a column of that width; the last end is the text's.

    Lines are cut behind a space where there is one.
    """
    room = _per_line(width)
    ends: list[int] = []
    used = 0.0
    for word in _WORD.finditer(text):
        at, units = word.start(), _units(word[0])
        if used and used + units > room:
            ends.append(at)
            used = 0.0
        while units > room:
            at += max(1, int((word.end() - at) * room / units))
            ends.append(at)
            units = _units(text[at : word.end()])
        used += units
        if word[0].endswith("\n"):
            ends.append(word.end())
            used = 0.0
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    return ends


def row_height(lines: int) -> float:
    """Return the height in points of a row of that many lines."""
    return min(_PADDING + _LINE_HEIGHT * lines, TALLEST_ROW)
