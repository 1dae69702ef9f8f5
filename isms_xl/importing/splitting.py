"""Take apart cells that hold several things: requirements, and the controls and policies named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from isms_xl.importing.words import key_of, known_words
from isms_xl.reference import annex_a, successors

_BULLET = re.compile(r"^\s*(?:[•·▪●○◦‣∙*►➢✓–—-]\s*(?=\S)|\(?(?:\d{1,2}|[a-z])[.)]\s+)")
_INLINE_BULLET = re.compile(r"\s*[•▪●◦‣]\s*")
_INLINE_NUMBER = re.compile(r"(?:^|(?<=\s))\(?(\d{1,2})[.)]\s+")
_CONTROL = re.compile(
    r"(?<![\w.])(?:Annex\s+)?A\s?\.?\s?(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)(?![\w]|\.\d)", re.IGNORECASE
)
_BARE_CONTROL = re.compile(r"(?<![\w.])(?:A\.?\s?)?(\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)(?![\w%]|\.\d)")
_PIECES = re.compile(r"\s*(?:[;+\n]|,(?=\s))\s*")
_LINE_NUMBER = re.compile(r"\s*\(?(\d{1,2})[.):]\s+")
_LONGEST_REFERENCE = 90


def split_requirements(text: str) -> list[str]:
    """Return the requirements a cell holds: by line, bullet, number or semicolon; never none."""
    parts = [part for piece in _lines(text) for part in _at_semicolons(piece)]
    return [part for part in parts if any(c.isalnum() for c in part)] or [text.strip()]


def _lines(text: str) -> list[str]:
    """Return the items of a text by line; a line that goes on with the one before is joined."""
    lines = [line for line in text.splitlines() if line.strip()]
    marked = any(_BULLET.match(line) for line in lines)
    items: list[str] = []
    for line in lines:
        begins = bool(_BULLET.match(line))
        stripped = line.strip()
        goes_on = not begins if marked else stripped[:1].islower()
        if items and goes_on:
            items[-1] = f"{items[-1]} {stripped}"
        else:
            items.append(stripped)
    items = [part for item in items for part in _numbered(item)]
    inline = [p for item in items for p in _INLINE_BULLET.split(_bare(item)) if p.strip()]
    return [_bare(piece) for piece in inline] if marked or len(inline) > len(items) else items


def _bare(item: str) -> str:
    return _BULLET.sub("", item, count=1).strip()


def _numbered(text: str) -> list[str]:
    """Split `1. this 2. that`, where the numbers count up from one at the very beginning."""
    starts: list[re.Match[str]] = []
    for found in _INLINE_NUMBER.finditer(text):
        if int(found[1]) == len(starts) + 1:
            starts.append(found)
    if len(starts) < 2 or text[: starts[0].start()].strip():
        return [text]
    ends = [found.start() for found in starts[1:]] + [len(text)]
    return [text[s.end() : e].strip() for s, e in zip(starts, ends, strict=True)]


def _at_semicolons(text: str) -> list[str]:
    if ";" not in text:
        return [text]
    parts, depth, start = [], 0, 0
    for position, sign in enumerate(text):
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth = max(0, depth - 1)
        elif sign == ";" and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return [part for part in (*parts, text[start:].strip()) if part]


@dataclass(frozen=True, slots=True)
class Mention:
    """A control, policy or procedure that a text names.

    Attributes:
        link_type: Type of the link it becomes.
        reference: How the text names it.
    """

    link_type: str
    reference: str


def mentions(text: str, *, control_column: bool) -> tuple[list[Mention], bool]:
    """Return what a text names, and whether that is all it says.

    Args:
        text: The text of a cell on how a requirement is addressed.
        control_column: Whether its column holds control numbers, so that bare ones count.
    """
    found: dict[Mention, None] = {}
    whole = True
    for piece in filter(None, map(str.strip, _PIECES.split(text))):
        bare = _bare(piece) or piece
        controls = list(_controls(bare, control_column=control_column))
        for mention in controls:
            found[mention] = None
        if controls:
            whole = whole and len(controls) == 1 and bare == controls[0].reference
            continue
        kind = _kind_of(bare)
        if kind and len(bare) <= _LONGEST_REFERENCE:
            found[Mention(kind, bare)] = None
            whole = whole and bare == piece
        else:
            whole = False
    return list(found), whole and bool(found)


def mentions_by_requirement(
    text: str, needs: str, count: int, *, control_column: bool
) -> list[list[Mention]] | None:
    """Return what a text names for each requirement; None where it does not say for which.

    It does where there is but one; where its items bear the numbers of the requirements; and where
    each of as many items as there are requirements names something.

    Args:
        text: The text of a cell on how the requirements of its row are addressed.
        needs: The text the requirements were split from; empty where it was several cells.
        count: Number of requirements.
        control_column: Whether its column holds control numbers, so that bare ones count.
    """
    if count == 1:
        return [mentions(text, control_column=control_column)[0]]
    numbers = _item_numbers(text)
    if numbers and _item_numbers(needs) == list(range(1, count + 1)):
        found: list[list[Mention]] = [[] for _ in range(count)]
        for number, item in zip(numbers, split_requirements(text), strict=False):
            if not 1 <= number <= count:
                return None
            found[number - 1] += mentions(item, control_column=control_column)[0]
        return found
    items = [item for item in _PIECES.split(text) if any(c.isalnum() for c in item)]
    by_item = [mentions(item, control_column=control_column)[0] for item in items]
    return by_item if len(items) == count and all(by_item) else None


def _item_numbers(text: str) -> list[int]:
    """Return the numbers of a numbered list, line by line; empty where a line has none."""
    found = [_LINE_NUMBER.match(line) for line in text.splitlines() if line.strip()]
    return [int(number[1]) for number in found if number] if all(found) else []


def _controls(text: str, *, control_column: bool) -> Iterator[Mention]:
    for found in (_BARE_CONTROL if control_column else _CONTROL).finditer(text):
        if f"A.{found[1]}" in annex_a() or successors(found[1]) or control_column:
            yield Mention("Control", found[0].strip())


def _kind_of(text: str) -> str:
    """Return the type of link a piece names: its words, or the end of one, say policy or plan."""
    known = known_words("Link type")
    kinds = {
        known[ending]
        for word in key_of(text).split()
        for ending in known
        if word == ending or (len(ending) > 5 and word.endswith(ending)) or word == f"{ending}s"
    }
    return "Policy" if "Policy" in kinds else kinds.pop() if kinds else ""
