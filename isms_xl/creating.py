"""Make a fresh register workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from isms_xl.books.saving import write_file
from isms_xl.content import starter as starter_content
from isms_xl.contract import DOCUMENT_CONTROL
from isms_xl.errors import WriteRefusedError
from isms_xl.template import build_template


def new_register(path: Path, *, organisation: str, unit: str, starter: str, created: date) -> None:
    """Write a fresh register workbook.

    Args:
        path: Where; an existing file is never overwritten.
        organisation: Name of the organisation; blank leaves it open.
        unit: Business unit; blank leaves it open.
        starter: What it begins with, see `content.STARTERS`.
        created: Date in the document properties.

    Raises:
        WriteRefusedError: The file exists, has another ending than .xlsx, or cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise WriteRefusedError(
            f"{path} does not end in .xlsx.", "Give the register a name that ends in .xlsx."
        )
    content = starter_content(starter)
    control = content[DOCUMENT_CONTROL.name][0]
    for field, value in (("Organisation", organisation), ("Business unit", unit)):
        if value:
            control[field] = value
    write_file(path, build_template(content, created=created), overwrite=False)
