"""How high a row must be for its text to be seen whole."""

_LINE_HEIGHT = 13.5
_PADDING = 3.0
TALLEST_ROW = 400.0
"""Excel allows 409.5 points."""


def lines_of(text: str, width: float) -> int:
    """Return about how many lines a text takes in a column of that width, in characters.

    Signs beyond Latin, Greek and Cyrillic count double, as they are about twice as wide.
    """
    per_line = max(width * 1.15, 1.0)
    lines = 0
    for paragraph in text.split("\n"):
        length = len(paragraph)
        if not paragraph.isascii():
            length += sum(sign > "\u2e7f" for sign in paragraph)
        lines += max(1, -int(-length // per_line))
    return lines


def row_height(lines: int) -> float:
    """Return the height in points of a row of that many lines."""
    return min(_PADDING + _LINE_HEIGHT * lines, TALLEST_ROW)
