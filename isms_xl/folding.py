"""Characters as a reader sees them: what looks the same is compared as the same.

Word, Outlook, browsers and keyboards put characters into cells that nobody sees, or that look like
others: a zero-width space behind a value, a non-breaking hyphen in an identifier, a Cyrillic А. There
are two grades. `as_seen` is for any text: invisible characters go, composed letters are composed, all
spaces are spaces. `as_code` is for identifiers, numbers and values from lists, which consist of ASCII
characters: there dashes are hyphens, too, and full-width, Cyrillic and Greek characters are the ones
they look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_INVISIBLE = "".join(
    chr(code)
    for first, last in (
        *((code, code) for code in (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0xFEFF)),
        *((0x180B, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F)),
    )
    for code in range(first, last + 1)
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_ODD_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u202f\u205f\u3000"
)
NOTHING_TO_SEE = f" \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029{_ODD_SPACES}{_INVISIBLE}"
"""All characters of which a blank cell may consist."""

_SPACES = re.compile(f"[{_ODD_SPACES}]")
_ALPHABETS = ("LATIN ", "GREEK ", "CYRILLIC ", "EN DASH", "EM DASH", "RIGHT SINGLE", "COMBINING ")
"""How the names of letters begin whose words need no invisible characters."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u30fc\ufe58\ufe63\uff0d"
_LOOK_ALIKES = {
    ord(other): latin
    for others, latins in (
        (_DASHES, "-" * len(_DASHES)),
        ("АВЕЅІЈКМНОРСТУХасеіјорѕхуһԁԛԝ", "ABESIJKMHOPCTYXaceijopsxyhdqw"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳν", "ABEZHIKMNOPTYXocjv"),
        ("、․‚⁏", ",.,;"),
    )
    for other, latin in zip(others, latins, strict=True)
}


def as_seen(text: str) -> str:
    """Return a text without what nobody sees in it."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _SPACES.sub(" ", _UNSEEN.sub("", text)))


def as_code(text: str) -> str:
    """Return an identifier, a number or a value from a list in the characters it consists of.

    Where others than ASCII characters would be left, it is none: then as any text.
    """
    if text.isascii():
        return text
    seen = as_seen(text)
    code = unicodedata.normalize("NFKC", seen.translate(_LOOK_ALIKES)).translate(_LOOK_ALIKES)
    return code if code.isascii() else seen


def unseen_in(text: str) -> Iterator[str]:
    """Yield the name of each kind of character of a text that nobody sees, such as `zero width space`.

    Arabic, Indic and other scripts need such characters, and so do joined emoji: there they are none.
    """
    if text.isascii() or not _UNSEEN.search(text):
        return
    letters = (c for c in as_seen(text) if not c.isascii())
    if all(unicodedata.name(c, "").startswith(_ALPHABETS) for c in letters):
        yield from _names(_UNSEEN.findall(text))


def odd_in(code: str) -> Iterator[str]:
    """Yield the name of each kind of character that does not belong into an identifier or number."""
    if as_code(code) != code:
        yield from _names([c for c in code if not c.isascii() and not _SPACES.fullmatch(c)])


def _names(characters: list[str]) -> Iterator[str]:
    for character in dict.fromkeys(characters):
        name = unicodedata.name(character, "").lower() or "control character"
        yield f"{name}, U+{ord(character):04X}"
