"""What headings and single words of other people's registers mean, from the lists that ship."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from isms_xl.contract import ISMS_LINKS, OBLIGATIONS, PARTIES, REQUIREMENTS, Kind
from isms_xl.register import plain_letters


def key_of(text: str) -> str:
    """Return a text as headings and words are compared: letters and digits only."""
    return plain_letters(text) or " ".join(text.split()).casefold()


def _rows(name: str) -> list[dict[str, str]]:
    text = files("isms_xl").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def known_headings() -> Mapping[str, tuple[str, ...]]:
    """Return where a heading may go, the likeliest first, by its key.

    A heading of the register's own that the list does not name goes to the field of that name.
    """
    found: dict[str, dict[str, None]] = {}
    for row in _rows("import_headings.csv"):
        found.setdefault(key_of(row["heading"]), {})[row["goes_to"]] = None
    for table in (PARTIES, REQUIREMENTS, ISMS_LINKS, OBLIGATIONS):
        for column in table.typed_columns:
            if column.kind not in (Kind.IDENTIFIER, Kind.REFERENCE):
                found.setdefault(key_of(column.heading), {column.heading: None})
    return {key: tuple(targets) for key, targets in found.items()}


def cores_of(key: str) -> Iterator[str]:
    """Yield the key of a heading without words that do not change what it means, as far as there are.

    `requirements` for `key requirements`; those that may belong to a party's name go last.
    """
    words = key.split()
    kept = words
    for kind in ("Modifier", "Modifier (party)"):
        fewer = [word for word in kept if word not in known_words(kind)]
        if fewer and len(fewer) < len(kept):
            kept = fewer
            yield " ".join(kept)


@cache
def known_words(kind: str) -> Mapping[str, str]:
    """Return what the words of one kind mean: `known_words("Yes/No")["ja"]` is `Yes`."""
    return {
        key_of(row["word"]): row["means"]
        for row in _rows("import_words.csv")
        if row["kind"] == kind
    }
