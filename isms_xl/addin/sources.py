"""Where the add-in's texts and the built add-in are: in the installed package, or in the checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from isms_xl.addin.calling import COMMANDS
from isms_xl.errors import UnreadableWorkbookError

BUILT = "isms_xl.xlam"
RIBBON = "ribbon.xml"
WORKBOOK_MODULE = "ThisWorkbook"
APPLESCRIPT = "isms-xl.applescript"


def addin_folder() -> Path:
    """Return the folder of the add-in's texts.

    Raises:
        UnreadableWorkbookError: It is neither in the package nor in a checkout.
    """
    package = Path(str(files("isms_xl")))
    for folder in (package / "data" / "addin", package.parent / "addin"):
        if (folder / RIBBON).exists():
            return folder
    raise UnreadableWorkbookError(
        "The add-in's files are missing.", "Install isms-xl anew, or run this in its checkout."
    )


def modules(folder: Path) -> dict[str, str]:
    """Return the VBA modules of a folder by name, each with CRLF line ends.

    git and editors may change line ends on their way; VBA knows one kind only.
    """
    paths = sorted([*folder.glob("*.bas"), *folder.glob("*.cls")], key=lambda path: path.stem)
    return {
        path.stem: path.read_text("ascii").replace("\n", "\r\n")  # read with universal line ends
        for path in paths
    }


def built_addin() -> bytes:
    """Return the built add-in that ships with isms-xl.

    Raises:
        UnreadableWorkbookError: It is missing.
    """
    path = addin_folder() / BUILT
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableWorkbookError(
            "The built add-in is missing.",
            "Install isms-xl anew, or run make generate in its checkout.",
        ) from error


def applescript_for(interpreter: str) -> str:
    """Return the script that starts an interpreter on macOS.

    The interpreter stands in it as the numbers of its letters, so that nothing in its name can be
    taken for AppleScript and the file's encoding does not matter.
    """
    letters = ", ".join(str(ord(letter)) for letter in interpreter)
    tasks = ", ".join(f'"{command}"' for command in COMMANDS)
    text = (addin_folder() / APPLESCRIPT).read_text("ascii")
    return text.replace("@INTERPRETER@", letters).replace("@TASKS@", tasks)
