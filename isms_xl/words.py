"""Small pieces of sentences: plurals, counts and lists."""

from __future__ import annotations

from collections.abc import Sequence


def plural(word: str) -> str:
    """Return the plural of one of the register's nouns: `parties`, `entries`, `links`."""
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def counted(number: int, word: str, many: str = "") -> str:
    """Return a number with its noun: `1 gap`, `2 gaps`, `0 gaps`."""
    return f"{number} {word if number == 1 else many or plural(word)}"


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """Join words as a sentence does: `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def named(words: Sequence[str], most: int) -> str:
    """Join words, counting those beyond the first few: `a, b and 3 more`."""
    shown = list(words[:most])
    if len(words) > most:
        shown.append(f"{len(words) - most} more")
    return join_words(shown)


def rebuilt_sentence(sheet: str) -> str:
    """Return that a sheet of the tool's was made anew."""
    return f"The sheet {sheet} had been rearranged, so it was made anew."


def calculated_sentence(cells: int) -> str:
    """Return that so many typed cells hold formulas."""
    those = "1 typed cell holds a formula" if cells == 1 else f"{cells} typed cells hold formulas"
    return f"{those}, so what is shown there may change by itself (DAT011)."
