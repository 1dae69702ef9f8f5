"""Print a workbook to PDF through LibreOffice, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from isms_xl.errors import WriteRefusedError

_SECONDS = 600
_NAMES = ("soffice", "libreoffice")
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "/usr/lib/libreoffice/program/soffice",
    "/opt/libreoffice/program/soffice",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)")
_BY_HAND = "Open the workbook in Excel and choose File > Export > PDF, or install LibreOffice."


def find_libreoffice() -> str | None:
    """Return the program that starts LibreOffice; None where it is not installed."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    places = list(_PLACES)
    if sys.platform == "win32":
        folders = filter(None, map(os.environ.get, _WINDOWS_FOLDERS))
        places = [str(Path(folder, "LibreOffice", "program", "soffice.com")) for folder in folders]
    return next((place for place in places if Path(place).exists()), None)


def as_pdf(workbook: bytes) -> bytes:
    """Return a workbook of our own making as it prints.

    Raises:
        WriteRefusedError: LibreOffice is not installed, or did not print it.
    """
    program = find_libreoffice()
    if program is None:
        raise WriteRefusedError(
            "The PDF was not made: LibreOffice, which prints it, is not installed.", _BY_HAND
        )
    with tempfile.TemporaryDirectory(prefix="isms-xl-") as name:
        folder = Path(name)
        source = folder / "copy.xlsx"
        source.write_bytes(workbook)
        # A profile of its own: a LibreOffice that is open would take the file over and print nothing.
        profile = (folder / "profile").as_uri()
        command = [
            program,
            f"-env:UserInstallation={profile}",
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf",
            "--outdir",
            name,
            str(source),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
            return source.with_suffix(".pdf").read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise WriteRefusedError(
                "The PDF was not made: LibreOffice did not print the workbook.", _BY_HAND
            ) from error
