"""Names of files and folders that are safe on every system, whatever a unit or a file is called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.I)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LONGEST = 60
_MOST_BYTES = 150
_EDGES = " .~$-"


def safe_name(text: str, otherwise: str) -> str:
    """Return a text as the name of a file or folder, without ending.

    No separators, invisible or reserved characters, no name Windows keeps for itself, none that
    leads elsewhere or hides; in composed form (NFC) and short enough for every file system.

    Args:
        text: What the unit or file is called.
        otherwise: The name when nothing is left of it.
    """
    shown = "".join(
        " " if unicodedata.category(sign) in _INVISIBLE or sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", text)
    )
    name = " ".join(_FORBIDDEN.sub("-", shown).split())[:_LONGEST]
    name = name.encode()[:_MOST_BYTES].decode(errors="ignore").strip(_EDGES)
    return f"_{name}" if _RESERVED.match(name) else name or otherwise


def name_key(name: str) -> str:
    """Return a name as file systems compare it that ignore case or the form of accents."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def file_names(sources: Sequence[str]) -> dict[str, str]:
    """Return a name for each of the sources, without ending, no two alike on any system.

    It is the name of the source. Where several are called alike, a mark made from the whole path is
    added to each, so that the same sources get the same names in every run.

    Args:
        sources: Paths, each different.
    """
    names = {source: safe_name(PurePath(source).stem, "register") for source in sources}
    count: dict[str, int] = {}
    for name in names.values():
        count[name_key(name)] = count.get(name_key(name), 0) + 1
    taken = {key for key, number in count.items() if number == 1}
    for source in sorted(sources):
        if count[name_key(names[source])] > 1:
            digest = hashlib.sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
            length = 8
            while name_key(f"{names[source]}-{digest[:length]}") in taken:
                length += 1
            names[source] = f"{names[source]}-{digest[:length]}"
            taken.add(name_key(names[source]))
    return names
