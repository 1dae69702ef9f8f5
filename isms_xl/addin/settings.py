"""The settings of one user's add-in: a few lines `key = value` that its launcher reads.

They are written in UTF-16, the one encoding in which VBA reads every letter of a path.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from isms_xl.errors import IsmsXlError

_HEADING = "[isms-xl]"


@dataclass(frozen=True)
class Settings:
    """What installing writes down.

    Attributes:
        version: Of isms-xl.
        interpreter: Path of the Python it is installed in.
        log: Path of the log file.
    """

    version: str
    interpreter: str
    log: str

    def as_file(self) -> bytes:
        """Return the settings as the launcher reads them."""
        lines = [_HEADING, *(f"{key} = {value}" for key, value in vars(self).items())]
        return codecs.BOM_UTF16_LE + "".join(f"{line}\r\n" for line in lines).encode("utf-16-le")


def read_settings(data: bytes) -> Settings:
    """Return the settings a file holds.

    Raises:
        IsmsXlError: It is no settings file, or lacks a value.
    """
    try:
        lines = data.decode("utf-16").splitlines()
        pairs = dict(line.split(" = ", 1) for line in lines if line != _HEADING)
        return Settings(**pairs)
    except (ValueError, TypeError) as error:
        raise IsmsXlError(
            "The add-in's settings are damaged.", "Run isms-xl addin install again."
        ) from error
