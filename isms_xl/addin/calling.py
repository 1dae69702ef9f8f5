"""How the add-in calls Python: `python -I -m isms_xl.button COMMAND --wb-hex=... --from_xl=1 --hwnd=N`.

The workbook's full name travels as hexadecimal digits of its UTF-16 code units, the high byte
first. So no file name, whatever it holds, can be taken for a part of the command, or be changed by
a code page on its way.
"""

from __future__ import annotations

from collections.abc import Sequence

from isms_xl.errors import ContractError

COMMANDS = (
    "validate",
    "previous-gap",
    "next-gap",
    "clear",
    "new",
    "import",
    "stamp",
    "audit-copy",
    "audit-copy-pdf",
    "batch",
    "explain",
    "handbook",
    "about",
)
"""The commands of the ribbon, in its order."""

_WORKBOOK = "--wb-hex="
_WINDOW = "--hwnd="


def workbook_called_from(arguments: Sequence[str]) -> str | None:
    """Return the full name of the workbook a command is for, or None where none was open.

    Args:
        arguments: What Python was called with, as in `sys.argv`.

    Raises:
        ContractError: The name is not written as the add-in writes it.
    """
    digits = next((a.removeprefix(_WORKBOOK) for a in arguments if a.startswith(_WORKBOOK)), None)
    try:
        return None if digits is None else bytes.fromhex(digits).decode("utf-16-be")
    except ValueError as error:
        raise ContractError(
            "The workbook's name did not arrive from Excel as the add-in sends it.",
            "Run isms-xl addin install, so that the add-in and isms-xl are of the same version.",
        ) from error


def window_called_from(arguments: Sequence[str]) -> int:
    """Return the handle of the Excel window a command came from; 0 where it is not known."""
    handle = next((a.removeprefix(_WINDOW) for a in arguments if a.startswith(_WINDOW)), "")
    return int(handle) if handle.isascii() and handle.isdigit() else 0
