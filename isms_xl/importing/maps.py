"""Read the files in which somebody decided where the columns of a list go."""

from __future__ import annotations

from pathlib import Path

from isms_xl.books.saving import read_file
from isms_xl.errors import ContractError


def text_of_map(path: Path) -> str:
    """Return the text of a map.

    Raises:
        UnreadableWorkbookError: The file cannot be read.
        ContractError: It is not written in UTF-8.
    """
    try:
        return read_file(path).data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContractError(
            f"The map {path.name} is not written in UTF-8.", "Save it as UTF-8 and try again."
        ) from error


def maps_in(folder: Path) -> dict[str, str]:
    """Return the texts of the maps in a folder, by the name of the list each is for.

    Raises:
        UnreadableWorkbookError: One cannot be read.
        ContractError: One is not written in UTF-8.
    """
    return {path.stem: text_of_map(path) for path in sorted(folder.glob("*.toml"))}
