"""Pieces of Markdown that the generated pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_\[\]|])")
NOTICE = (
    "<!-- Made by docs/generate.py (make generate). Change what it is made from, not this page. -->"
)


def plain(text: str) -> str:
    """Return a text so that Markdown shows it as it is, in a paragraph or in a table."""
    escaped = _SPECIAL.sub(r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(escaped.split())


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; its cells are Markdown already."""
    lines = [headings, ["---"] * len(headings), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def bullets(texts: Iterable[str]) -> list[str]:
    """Return the lines of a list; its texts are Markdown already."""
    return [*(f"- {text}" for text in texts), ""]


def page(lines: Iterable[str]) -> bytes:
    """Return the lines of a page as its file holds them."""
    return ("\n".join((NOTICE, "", *lines)).rstrip() + "\n").encode()
