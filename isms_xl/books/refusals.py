"""Why a tool sheet is not written, in words that are the same for files and for open workbooks."""

from __future__ import annotations

from isms_xl.contract import Table
from isms_xl.errors import WriteRefusedError


def sheet_is_taken(table: Table) -> WriteRefusedError:
    """Return the refusal where a sheet of the user's stands where a tool sheet belongs."""
    return WriteRefusedError(
        f"The workbook has a sheet {table.sheet} that is not the tool's: it has no table "
        f"{table.name}.",
        f"Rename that sheet; isms-xl then makes its own sheet {table.sheet}.",
    )


def sheet_was_rearranged(sheet: str) -> WriteRefusedError:
    """Return the refusal where a tool sheet is no longer built as the tool built it."""
    return WriteRefusedError(
        f"The sheet {sheet} was rearranged, so its rows cannot be replaced safely.",
        f"Delete the sheet {sheet}; isms-xl makes it anew. What it held is computed.",
    )
