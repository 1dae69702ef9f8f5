"""Writes rows of lists, given as JSON, with rust_xlsxwriter: {sheet: [{heading: value}]}."""

import json
import sys
from datetime import date
from pathlib import Path

from rustpy_xlsxwriter import write_worksheets


def value(cell: object) -> object:
    return date.fromisoformat(cell["date"]) if isinstance(cell, dict) else cell


sheets = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
write_worksheets(
    [
        (name, [{heading: value(cell) for heading, cell in row.items()} for row in rows])
        for name, rows in sheets.items()
    ],
    sys.argv[2],
)
