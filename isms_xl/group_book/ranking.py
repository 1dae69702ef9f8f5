"""The units of a group in the order of what is open in them, each with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from isms_xl.group import Counts, Group, UnitResult
from isms_xl.register import compare_key, shortened

_LONGEST_LABEL = 80


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit in its place.

    Attributes:
        label: What it is called in the workbook; no other unit is called so.
        result: What it gave to the group.
    """

    label: str
    result: UnitResult


def weight(counts: Counts) -> tuple[int, int, int]:
    """Return how heavy open gaps are: a major one outweighs any number of minor ones, and so on."""
    return counts.major, counts.minor, counts.obs


def ranked(group: Group) -> tuple[Ranked, ...]:
    """Return the units, the one with the heaviest open gaps first."""
    units = [Ranked(*pair) for pair in zip(_labels(group.units), group.units, strict=True)]
    units.sort(key=lambda unit: ([-n for n in weight(unit.result.counts)], compare_key(unit.label)))
    return tuple(units)


def _labels(units: Sequence[UnitResult]) -> list[str]:
    """Return the names of units, with the register's path where two are called alike."""
    names = [shortened(" ".join(unit.name.split()), _LONGEST_LABEL) for unit in units]
    count = Counter(map(compare_key, names))
    return [
        f"{name} ({unit.source})" if count[compare_key(name)] > 1 else name
        for name, unit in zip(names, units, strict=True)
    ]
