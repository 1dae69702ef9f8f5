"""What the values of a column are, and how they become values of ours; unclear ones stay as text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from isms_xl.importing.words import key_of, known_words

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_LABELLED = re.compile(r"(\d+(?:[.,]\d+)?)\s*[-–—:=(.]+\s*[^\d\s][^\d]*")
_STATED_RANGE = re.compile(r"(?<![\d.])([01])\s*(?:-|–|—|to|bis|à|a)\s*(\d+)(?![\d.])")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")
_NUMERIC_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_WORD_DATES = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y")
_CLEAR_DAY = 13
"""From this number on a part of a date can only be the day."""


def number_of(text: str) -> float | None:
    """Return the number a text is, or begins with where a label follows: `4`, `4 - High`."""
    text = text.strip()
    found = _NUMBER.fullmatch(text) or _LABELLED.fullmatch(text)
    if found is None:
        return None
    return float((found[1] if found.lastindex else found[0]).replace(",", "."))


def level_of(text: str) -> str:
    """Return the level a text names, as `very high` to `very low`; empty where it names none.

    Of several words with strokes between them exactly one must be a level: `For/High`.
    """
    levels = known_words("Level")
    exact = levels.get(key_of(text))
    if exact:
        return exact
    named = {levels[key] for key in map(key_of, text.split("/")) if len(key) > 1 and key in levels}
    return named.pop() if len(named) == 1 else ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A way to say how much.

    Attributes:
        name: Its name in a map file.
        rule: How it becomes 1 to 5, as a sentence.
        convert: The score from 1 to 5; None where the text is not on this scale.
    """

    name: str
    rule: str
    convert: Callable[[str], int | None]


def _numbers(
    top: float, of: Callable[[float], int], *, whole: bool = True, least: float = 1
) -> Callable[[str], int | None]:
    def convert(text: str) -> int | None:
        number = number_of(text)
        if number is None or not least <= number <= top or (whole and not number.is_integer()):
            return None
        return of(number)

    return convert


def _levels(scores: Mapping[str, int]) -> Callable[[str], int | None]:
    return lambda text: scores.get(level_of(text))


_LETTERS = {"a": 5, "b": 3, "c": 1}
SCALES = {
    scale.name: scale
    for scale in (
        Scale("1-5", "1 to 5, taken as it is", _numbers(5, int)),
        Scale("1-10", "1 to 10: halved and rounded up", _numbers(10, lambda n: math.ceil(n / 2))),
        Scale("1-3", "1 to 3: 1, 3 and 5", _numbers(3, lambda n: int(n) * 2 - 1)),
        Scale("1-4", "1 to 4: 1, 2, 4 and 5", _numbers(4, lambda n: (1, 2, 4, 5)[int(n) - 1])),
        Scale(
            "decimals",
            "1 to 5 with decimals: rounded to the nearest, halves up",
            _numbers(5, lambda n: math.floor(n + 0.5), whole=False),
        ),
        Scale(
            "0-1",
            "0 to 1: times five, rounded up, at least 1",
            _numbers(1, lambda n: max(1, math.ceil(round(n * 5, 6))), whole=False, least=0),
        ),
        Scale(
            "words",
            "high, medium, low: 5, 3 and 1",
            _levels({"very high": 5, "high": 5, "medium": 3, "low": 1, "very low": 1}),
        ),
        Scale(
            "five words",
            "very high to very low: 5 to 1",
            _levels({"very high": 5, "high": 4, "medium": 3, "low": 2, "very low": 1}),
        ),
        Scale("A-C", "A, B, C: 5, 3 and 1", lambda text: _LETTERS.get(key_of(text))),
    )
}
_STATED = {"1-3", "1-4", "1-5", "1-10", "0-1"}


def scale_of(heading: str, texts: Sequence[str]) -> Scale | None:
    """Return the scale that a column's values are on; None where they are on none.

    Args:
        heading: Its heading, which may state the scale: `Influence (1-10)`.
        texts: Its distinct values.
    """
    stated = _STATED_RANGE.search(heading)
    name = f"{stated[1]}-{stated[2]}" if stated else ""
    if name in _STATED:
        return SCALES[name]
    words = [text for text in texts if level_of(text)]
    if words and 2 * len(words) >= len(texts):
        five = {"very high", "very low"} & set(map(level_of, words))
        return SCALES["five words" if five else "words"]
    numbers = [number for number in map(number_of, texts) if number is not None]
    if numbers and 2 * len(numbers) >= len(texts):
        return _number_scale(numbers)
    letters = [text for text in texts if key_of(text) in _LETTERS]
    return SCALES["A-C"] if letters and 2 * len(letters) >= len(texts) else None


def _number_scale(numbers: Sequence[float]) -> Scale | None:
    top = max(numbers)
    if all(number.is_integer() for number in numbers):
        return SCALES["1-5"] if top <= 5 else SCALES["1-10"] if top <= 10 else None
    if top <= 1:
        return SCALES["0-1"]
    return SCALES["decimals"] if top <= 5 else None


def word_of(kind: str, text: str) -> str:
    """Return what a text means among the words of a kind; empty where it is not one of them."""
    return known_words(kind).get(key_of(text), "")


def party_types_in(text: str) -> set[str]:
    """Return the party types whose words stand in a text, whole words, plural or not."""
    words = key_of(text).split()
    known = known_words("Party type")
    found: dict[str, str] = {}
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            kind = known.get(phrase) or known.get(_singular(phrase))
            if kind and not any(phrase in longer.split("|") for longer in found):
                found["|".join((phrase, *phrase.split()))] = kind
    return set(found.values())


def _singular(phrase: str) -> str:
    if phrase.endswith("ies"):
        return f"{phrase[:-3]}y"
    return phrase.removesuffix("s")


def party_type_of(text: str) -> str:
    """Return the party type a text names clearly; empty where it names none, or several."""
    exact = word_of("Party type", text) or word_of("Party type (whole)", text)
    if exact:
        return exact
    found = party_types_in(text)
    return found.pop() if len(found) == 1 else ""


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether a column writes the day before the month; None where its dates do not settle it.

    One 31.12. settles every 03.04. of the column, as long as no 12.31. contradicts it.
    """
    found = set()
    for text in texts:
        numeric = _NUMERIC_DATE.fullmatch(text.strip())
        if numeric:
            first, second = int(numeric[1]), int(numeric[2])
            if (first >= _CLEAR_DAY) != (second >= _CLEAR_DAY):
                found.add(first >= _CLEAR_DAY)
    return found.pop() if len(found) == 1 else None


def date_of(value: object, *, day_first: bool | None = None) -> date | None:
    """Return the date a cell holds, where only one date can be meant; None otherwise.

    Args:
        value: The cell's value.
        day_first: Whether its column writes the day before the month; None where that is open.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    text = value.strip()
    iso = _ISO.fullmatch(text)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    numeric = _NUMERIC_DATE.fullmatch(text)
    if numeric:
        first, second, year = map(int, numeric.groups())
        if first == second or first >= _CLEAR_DAY:
            return _day(year, second, first)
        if second >= _CLEAR_DAY:
            return _day(year, first, second)
        if day_first is None:
            return None
        return _day(year, second, first) if day_first else _day(year, first, second)
    for form in _WORD_DATES:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def has_time(value: object) -> bool:
    """Whether a value also says at what time of its day, which a date of ours does not."""
    if isinstance(value, datetime):
        return value.time() != time.min
    iso = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    return iso is not None and bool((iso[4] or "").strip("0:"))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        made = date(year, month, day)
    except ValueError:
        return None
    return made if made.year >= 1904 else None
