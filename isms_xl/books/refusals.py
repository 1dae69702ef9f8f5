"""Why a tool sheet is not written, in words that are the same for files and for open workbooks."""

from __future__ import annotations

from collections.abc import Sequence

from isms_xl.contract import Table
from isms_xl.errors import WriteRefusedError
from isms_xl.words import join_words


def sheet_is_taken(table: Table) -> WriteRefusedError:
    """Return the refusal where a sheet of the user's stands where a tool sheet belongs."""
    return WriteRefusedError(
        f"The workbook has a sheet {table.sheet} that is not the tool's: it has no table "
        f"{table.name}.",
        f"Rename that sheet; isms-xl then makes its own sheet {table.sheet}.",
    )


def sheet_was_rearranged(sheet: str, own: Sequence[str] = ()) -> WriteRefusedError:
    """Return the refusal where a tool sheet is not built as the tool built it, and cannot be made anew.

    Args:
        sheet: The sheet.
        own: What on it is not the tool's, where that is known.
    """
    what = f"holds what is not the tool's ({join_words(list(own))})" if own else "was rearranged"
    move = "Move that to a sheet of your own, and delete" if own else "Delete"
    return WriteRefusedError(
        f"The sheet {sheet} {what}, so its rows cannot be replaced safely.",
        f"{move} the sheet {sheet}; isms-xl makes it anew. What the tool wrote there is computed.",
    )
