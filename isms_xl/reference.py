"""Reference lists that ship with the package: Annex A of 2022, its 2013 forerunners, obligations."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from isms_xl.folding import as_code

OWN_CONTROL = "ORG:"
"""How the reference to a control of the organisation's own begins."""

_CONTROL = re.compile(r"(?:A\s*\.?\s*)?(\d+(?:\.\d+)+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Control:
    """A control of Annex A of ISO/IEC 27001:2022."""

    control: str
    title: str
    theme: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """A law or regulation of the starting list for AI companies."""

    title: str
    citation: str
    jurisdiction: str
    applies_from: date
    note: str


def _rows(name: str) -> list[dict[str, str]]:
    text = files("isms_xl").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def annex_a() -> Mapping[str, Control]:
    """Return the 93 controls of Annex A:2022 by number, in the standard's order."""
    return MappingProxyType({row["control"]: Control(**row) for row in _rows("annex_a_2022.csv")})


@cache
def _successors() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType(
        {
            row["control_2013"]: tuple(row["controls_2022"].split())
            for row in _rows("annex_a_2013_to_2022.csv")
        }
    )


OBLIGATIONS_AS_OF = date(2026, 11, 26)
"""The day on which the lists of obligations were last checked, whole."""


@cache
def obligations() -> tuple[Obligation, ...]:
    """Return the obligations that a starter begins with, in their order."""
    return _obligations("obligations.csv")


@cache
def all_obligations() -> tuple[Obligation, ...]:
    """Return every obligation that is known: those of the starter, then further ones."""
    return (*obligations(), *_obligations("obligations_more.csv"))


def _obligations(name: str) -> tuple[Obligation, ...]:
    return tuple(
        Obligation(
            title=row["title"],
            citation=row["citation"],
            jurisdiction=row["jurisdiction"],
            applies_from=date.fromisoformat(row["applies_from"]),
            note=row["note"] or "",
        )
        for row in _rows(name)
    )


def control_number(reference: str) -> str:
    """Return the Annex A number a reference states, as `A.x.y`; empty where it states none."""
    match = _CONTROL.fullmatch(as_code(reference).strip())
    return f"A.{match[1]}" if match else ""


def is_known_control(reference: str) -> bool:
    """Whether the reference is a control of Annex A:2022 or one of the organisation's own."""
    text = reference.strip()
    if text[: len(OWN_CONTROL)].upper() == OWN_CONTROL:
        return bool(text[len(OWN_CONTROL) :].strip())
    return control_number(text) in annex_a()


def successors(reference: str) -> tuple[str, ...]:
    """Return the 2022 controls that took over from a 2013 control or control objective."""
    number = control_number(reference)
    if not number:
        return ()
    exact = _successors().get(number)
    if exact is not None:
        return exact
    below = f"{number}."
    found = {c: None for old, new in _successors().items() if old.startswith(below) for c in new}
    return tuple(found)
