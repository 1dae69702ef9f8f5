"""Laws that a list cites, offered as obligations: nobody has yet decided that they apply."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from isms_xl.importing.tasks import Task
from isms_xl.importing.words import key_of, known_words
from isms_xl.reference import Obligation, all_obligations
from isms_xl.register import shortened
from isms_xl.words import join_words

_NUMBERED = re.compile(
    r"\b(?:Regulation|Directive|Verordnung|Richtlinie|Règlement|Reglamento|Directiva|Rozporządzenie)\s*"
    r"\((?:EU|EC|UE|EG|CE)\)\s*(?:No\.?\s*|Nr\.?\s*)?(\d{2,4}/\d{2,4})",
    re.IGNORECASE,
)
_GERMAN = re.compile(r"§+\s*\d+\w?(?:\s+(?:Abs|Satz|Nr)\.?\s*\d+)*\s+([A-ZÄÖÜ][A-Za-zÄÖÜäöü]*G)\b")
_MOST_PLACES = 5
_MOST_NAMED = 4
_LONGEST_WORDS = 5


def cited(texts: Iterable[tuple[str, str]], there: Iterable[str]) -> list[Task]:
    """Return a task for each law that is cited and that no obligation names.

    Args:
        texts: Texts of the list with their places.
        there: Titles and citations of the obligations the list itself became.
    """
    known = {law for text in there for law in _laws(text)} | {key_of(text) for text in there}
    found: dict[str, list[tuple[str, str]]] = {}
    for place, text in texts:
        for law in _laws(text):
            if law not in known and key_of(law) not in known:
                found.setdefault(law, []).append((place, text))
    return [_task(law, cites) for law, cites in found.items()]


def _laws(text: str) -> dict[str, None]:
    """Return the laws a text names: as the list of obligations cites them, else as they stand."""
    words = key_of(text).split()
    laws: dict[str, None] = {}
    at = 0
    while at < len(words):
        for length in range(_LONGEST_WORDS, 0, -1):
            law = known_words("Law").get(" ".join(words[at : at + length]))
            if law is not None:
                laws[law] = None
                at += length - 1  # UK GDPR is not the GDPR
                break
        at += 1
    for found in _NUMBERED.finditer(text):
        laws[next((law for law in _citations() if found[1] in law), found[0])] = None
    for found in _GERMAN.finditer(text):
        laws[found[1]] = None
    return laws


@cache
def _citations() -> tuple[str, ...]:
    return tuple(dict.fromkeys(known_words("Law").values())) + tuple(
        obligation.citation for obligation in all_obligations()
    )


def _of(law: str) -> list[Obligation]:
    return [o for o in all_obligations() if o.citation.startswith(law)]


def _task(law: str, cites: list[tuple[str, str]]) -> Task:
    places = list(dict.fromkeys(place for place, _ in cites))
    more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    known = _of(law)
    if known:
        lines = [
            f"{o.title} ({o.citation}, {o.jurisdiction}, applies from {o.applies_from})"
            for o in known[:_MOST_NAMED]
        ]
        rest = f" and {len(known) - _MOST_NAMED} further parts" if len(known) > _MOST_NAMED else ""
        offered = f"{join_words(lines)}{rest}" if not rest else f"{'; '.join(lines)}{rest}"
    else:
        offered = law
    return Task(
        f"The list cites {law}, which is no obligation of the register.",
        f"{', '.join(places[:_MOST_PLACES])}{more}",
        shortened(cites[0][1], 300),
        f"Add it on the sheet Obligations, decide whether it applies, and name it with the requirements "
        f"that come from it: {offered}.",
    )
