"""What prints at the top and foot of a page."""

from __future__ import annotations

from collections.abc import Sequence

from isms_xl.register import without_control_characters

_LONGEST_MARGIN = 255
"""Characters Excel takes in a header or footer."""


def margins(left: Sequence[str], middle: str, right: str) -> str:
    """Return a header or footer, its free texts cut so that Excel takes it whole.

    Args:
        left: Free texts.
        middle: Words of our own; may be empty. The like on the right.
        right: They may hold codes such as `&P`.
    """
    most = _LONGEST_MARGIN
    while True:
        texts = [_plain(text, most) for text in left if text]
        # A space keeps a text that begins with a digit from being read as part of the font size.
        line = f"&L&10 {' · '.join(texts)}"
        if middle:
            line += f"&C&10 {middle}"
        line += f"&R&10 {right}"
        if len(line) <= _LONGEST_MARGIN:
            return line
        most -= 5


def _plain(text: str, most: int) -> str:
    """Return a text on one line as a header shows it, with nothing in it that Excel would obey."""
    text = " ".join(without_control_characters(text).split())
    text = text if len(text) <= most else f"{text[: max(most - 1, 0)]}…"
    return text.replace("&", "&&")
