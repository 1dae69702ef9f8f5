"""The digest of an audit copy: over what its cells say, however a program stores them.

Opening and saving the copy in Excel or LibreOffice rewrites the file but not its cells, so the digest
still matches a paper copy. The cells that hold the digest itself are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime

_SHORT, _GROUP = 16, 4


def cell_line(row: int, column: int, value: object) -> str:
    """Return one cell as it is digested.

    Args:
        row: Row, from 0.
        column: Column, from 0.
        value: Text, number or date; a date counts as the text that it shows.
    """
    if value.__class__ is str:
        return f"{row}\t{column}\t{value}"
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        value = value.isoformat()
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{row}\t{column}\t{value}"


def sheet_digest(lines: Iterable[str]) -> str:
    """Return the SHA-256 of a sheet's cells, given row by row."""
    return hashlib.sha256("\0".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def copy_digest(sheets: Mapping[str, str]) -> str:
    """Return the SHA-256 of a copy from the digests of its sheets, in their order."""
    text = "\0".join(f"{name}\t{digest}" for name, digest in sheets.items())
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def short_form(digest: str) -> str:
    """Return the part of a digest that people compare: `3fa1 b2c3 9d00 12ab`."""
    start = digest[:_SHORT]
    return " ".join(start[at : at + _GROUP] for at in range(0, len(start), _GROUP))
