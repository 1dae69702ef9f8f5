"""Which column of a table goes where, with a confidence and the reason for it."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from isms_xl.contract import ISMS_LINKS, OBLIGATIONS, PARTIES, REQUIREMENTS
from isms_xl.errors import ContractError
from isms_xl.folding import as_seen
from isms_xl.importing.values import (
    SCALES,
    Scale,
    date_of,
    level_of,
    number_of,
    party_type_of,
    scale_of,
    word_of,
)
from isms_xl.importing.words import cores_of, key_of, known_headings
from isms_xl.register import column_letters
from isms_xl.words import join_words, named

CONFIDENCE_LIMIT = 0.6
"""Below this a column's place is not taken for granted: the import stops and asks."""

NAME, NEED, REQUIREMENT, NOTES, OWN_ID = "Name", "Need", "Requirement", "Notes", "Own ID"
WEAK_NAME, REVERSE = "Weak name", "Notes (reverse)"
HOW_ADDRESSED, CONTROL_REFERENCE = "How addressed", "Control reference"
SCORE_TARGETS = ("Power", "Interest", "Likelihood", "Impact")
DATE_TARGETS = ("Confirmed on", "Last reviewed", "Evidence date", "Applies from")
OBLIGATION, LINK_STATUS = "Obligation", "Link status"
OBLIGATION_FIELDS = ("Citation", "Jurisdiction", "Applies", "Applies from", "Rationale")
"""Targets that say something of the obligation of their row."""
LINK_FIELDS = {"Link evidence": "Evidence", "Evidence date": "Evidence date", LINK_STATUS: "Status"}
"""Targets that say something of the links of their row, and the column they go to."""
DECISIONS = ("Relevant to ISMS", "Addressed by ISMS", "Applies")
"""What a person has to decide: taken from a heading that says exactly that, never from one like it."""
WORD_KINDS = {
    "Relevant to ISMS": "Yes/No",
    "Addressed by ISMS": "Yes/No",
    "Internal/External": "Internal/External",
    "Requirement type": "Requirement type",
}
"""Kind of words, in the list that ships, by the target whose values they are."""

CHOICES = {
    "Identified through": (
        *PARTIES.column("Identified through").allowed,
        *REQUIREMENTS.column("Identified through").allowed,
    ),
    LINK_STATUS: ISMS_LINKS.column("Status").allowed,
    "Applies": OBLIGATIONS.column("Applies").allowed,
}
"""Values of the targets whose values have to be the register's own words."""

_CELL_BY_CELL = (*SCORE_TARGETS, *DATE_TARGETS, *WORD_KINDS, *CHOICES, "Party type")
"""Targets whose values are judged one by one, so that one that does not fit harms none beside it."""

REQUIREMENT_FIELDS = (
    "Requirement type",
    "Source reference",
    "Addressed by ISMS",
    "Justification",
    "Likelihood",
    "Impact",
    "Risk reference",
)
"""Targets that say something of the requirements of their row."""

TARGETS = (
    NAME,
    "Party type",
    "Internal/External",
    "Relevant to ISMS",
    "Why relevant",
    "Representative",
    "Power",
    "Interest",
    NEED,
    REQUIREMENT,
    *REQUIREMENT_FIELDS,
    OBLIGATION,
    *OBLIGATION_FIELDS,
    HOW_ADDRESSED,
    CONTROL_REFERENCE,
    *LINK_FIELDS,
    "Identified through",
    "Confirmed on",
    "Confirmed by",
    "Owner",
    "Last reviewed",
    OWN_ID,
    NOTES,
)
_CLOSE_SPELLING = 88
_EXACT = "a known heading"
_SEVERAL = (NOTES, NEED, REQUIREMENT, HOW_ADDRESSED, CONTROL_REFERENCE, OWN_ID)
_PARENTHESES = re.compile(r"[(\[][^)\]]*[)\]]")
_MOST_VALUES = 500
_MOST_NAMED = 12
_ASKED = 0.5
"""Confidence of a place that a person has to confirm."""

UNKNOWN = "no known heading"
GUESSED = "its values look like names, but its heading does not say so"
_WORDS_OF_NAMES, _WORDS_OF_SENTENCES = 9, 4


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Where one source column goes.

    Attributes:
        column: Its number, from 1.
        heading: Its heading as it stands in the source, band included.
        to: One of `TARGETS`.
        confidence: From 0 to 1.
        reason: Why, as half a sentence.
        scale: How its values become 1 to 5; None for other columns.
        values: Own translations of values, by their key.
    """

    column: int
    heading: str
    to: str
    confidence: float
    reason: str
    scale: Scale | None = None
    values: Map[str, str] = field(default_factory=dict)

    @property
    def letters(self) -> str:
        """The column's letters."""
        return column_letters(self.column)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping somebody fixed: by heading, so that it serves the same layout again.

    Attributes:
        columns: `to`, and where given `scale` and `values`, by heading key.
        sheet: Sheet to take; empty for the best.
        header: Row of the headings; 0 to find it.
    """

    columns: Map[str, ColumnMapping]
    sheet: str = ""
    header: int = 0


def _candidates(heading: str) -> tuple[tuple[str, ...], float, str]:
    """Return where a heading may go, how sure its wording is, and how that was found."""
    known = known_headings()
    plain = _PARENTHESES.sub(" ", heading)
    last = heading.rsplit(": ", 1)[-1]
    for text in (heading, plain, last, _PARENTHESES.sub(" ", last)):
        targets = known.get(key_of(text))
        if targets:
            return targets, 0.95, _EXACT
    parts = [known[key] for key in map(key_of, re.split(r"[/|–—\n]", plain)) if key in known]
    if parts:
        shared = [t for t in parts[0] if all(t in other for other in parts)]
        if shared:
            return tuple(shared), 0.85, "a known heading in other words"
    for text in (plain, last):
        for core in cores_of(key_of(text)):
            if core in known:
                return known[core], 0.85, "a known heading with a word more"
    key = key_of(plain)
    if len(key) > 3:
        best = process.extractOne(
            key, known.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=_CLOSE_SPELLING
        )
        if best is not None:
            return known[best[0]], best[1] / 100 * 0.85, f"spelt much like “{best[0]}”"
    return (), 0.0, ""


def heading_targets(heading: str) -> tuple[str, ...]:
    """Return where a heading may go by its wording alone; empty where it is not known."""
    return _candidates(heading)[0]


def _share(texts: Counter[str], test: Callable[[str], object]) -> float:
    total = texts.total()
    return sum(count for text, count in texts.items() if test(text)) / total if total else 0.0


def _fit(to: str, heading: str, texts: Counter[str]) -> tuple[float | None, str]:
    """Return which share of a column's values suits a target, and what they are."""
    if not texts:
        return None, "the column is empty"
    if to in SCORE_TARGETS:
        scale = scale_of(heading, list(texts))
        if scale is None:
            return 0.0, "its values are on no scale"
        return _share(texts, lambda t: scale.convert(t) is not None), f"values: {scale.rule}"
    if to in WORD_KINDS:
        kind = WORD_KINDS[to]
        return _share(texts, lambda t: word_of(kind, t)), f"values are words for {kind}"
    if to in CHOICES:
        return _share(texts, lambda t: choice_of(to, t)), f"values are the register's for {to}"
    if to in DATE_TARGETS:
        return _share(texts, lambda t: date_of(t) is not None), "values are dates"
    if to == "Party type":
        share = _share(texts, lambda t: not (word_of("Internal/External", t) or _is_plain_value(t)))
        known = _share(texts, party_type_of)
        return max(share * 0.8, known), "values name kinds of party"
    if to in (NEED, REQUIREMENT, "Why relevant"):
        return _share(texts, lambda t: not _is_plain_value(t)), "values are texts"
    if to in (NAME, WEAK_NAME):
        return _share(texts, _may_be_name), "values are names"
    return None, ""


def choice_of(to: str, text: str) -> str:
    """Return which of a target's values a text is, in its spelling; empty where it is none."""
    said = " ".join(as_seen(text).split()).casefold()
    return next((value for value in CHOICES[to] if value.casefold() == said), "")


def _may_be_name(text: str) -> bool:
    """Whether a text may name a party; Media does, though it is a level in Spanish."""
    return len(text) < 200 and (not _is_plain_value(text) or bool(party_type_of(text)))


def _is_plain_value(text: str) -> bool:
    """Whether a text is a number, a date, a level or a yes or no rather than words."""
    return bool(
        number_of(text) is not None
        or level_of(text)
        or word_of("Yes/No", text)
        or date_of(text) is not None
    )


def _mapped(column: int, heading: str, texts: Counter[str]) -> ColumnMapping:
    targets, wording, how = _candidates(heading)
    best: ColumnMapping | None = None
    against = ""
    for to in targets:
        if to in DECISIONS and how != _EXACT:
            against = against or f"{how}, but it does not say exactly {to}, which somebody decides"
            continue
        fit, why = _fit(to, heading, texts)
        if to in (NOTES, REVERSE):
            reason = "the reverse direction: what is wanted of the party" if to == REVERSE else how
            found = ColumnMapping(column, heading, NOTES, wording, reason)
            fit = 0.5
        elif fit is None:
            # An empty column that may be one thing or another could go to either.
            sure = wording * (0.9 if len(targets) == 1 or not texts else 0.8)
            found = ColumnMapping(column, heading, to, sure, f"{how}{'; ' + why if why else ''}")
        elif fit >= 0.6:
            found = ColumnMapping(
                column, heading, to, wording * (0.85 + 0.15 * fit), f"{how}; {why}"
            )
        elif to in DECISIONS:
            against = against or f"{how}, but its values do not say it ({to}: {why})"
            continue
        elif fit > 0 and len(targets) == 1 and to in _CELL_BY_CELL:
            reason = f"{how}; only some {why}, the others stay in Notes"
            found = ColumnMapping(column, heading, to, wording * 0.75, reason)
        elif fit > 0.3:
            found = ColumnMapping(
                column, heading, to, wording * fit, f"{how}, but only part of its {why}"
            )
        else:
            against = against or f"{how}, but not by its values ({to}: {why})"
            continue
        if to in SCORE_TARGETS:
            scale = scale_of(heading, list(texts))
            letters = scale is not None and scale.name == "A-C"
            sure = found.confidence * (0.75 if letters else 1.0)
            found = replace(found, scale=scale, confidence=sure)
        if best is None or found.confidence > best.confidence + 0.05:
            best = found
    if best is not None:
        return best
    if against:
        return ColumnMapping(column, heading, NOTES, 0.8, f"{against}; kept with its heading")
    return ColumnMapping(column, heading, NOTES, 0.8, f"{UNKNOWN}; kept with its heading")


def is_column(heading: str, column: int, wanted: str) -> bool:
    """Whether a column is the one somebody named, by its heading or its letters."""
    return key_of(heading) == key_of(wanted) or column_letters(column) == wanted.strip().upper()


def map_columns(
    columns: Sequence[tuple[int, str, Counter[str]]], fixed: Mapping | None, party: str = ""
) -> tuple[ColumnMapping, ...]:
    """Return where every column of a table goes.

    Args:
        columns: Number, heading and counted values of each column.
        fixed: What somebody decided; it wins.
        party: Heading or letters of the column that names the parties; empty where nobody said so.

    Raises:
        ContractError: There is no such column.
    """
    if party and not any(is_column(heading, column, party) for column, heading, _ in columns):
        known = [f"{column_letters(c)} “{' '.join(h.split())}”" for c, h, _ in columns]
        raise ContractError(
            f"The list has no column {party}.", f"Name one of {named(known, _MOST_NAMED)}."
        )
    found = []
    for column, heading, texts in columns:
        few = Counter(dict(texts.most_common(_MOST_VALUES)))
        chosen = fixed.columns.get(key_of(heading)) if fixed else None
        if chosen is None:
            mapped = _mapped(column, heading, few)
            if fixed is not None and mapped.confidence < CONFIDENCE_LIMIT:
                mapped = replace(
                    mapped, to=NOTES, scale=None, confidence=1.0, reason="not in the map"
                )
            found.append(mapped)
            continue
        scale = chosen.scale
        if chosen.to in SCORE_TARGETS and scale is None:
            scale = scale_of(heading, list(few))
        found.append(replace(chosen, column=column, heading=heading, scale=scale))
    counted = {column: texts for column, _, texts in columns}
    found = _with_party(found, counted, party)
    return tuple(_with_doubts(_settled(found, counted), counted, decided=fixed is not None))


def _with_party(
    found: list[ColumnMapping], counted: Map[int, Counter[str]], party: str
) -> list[ColumnMapping]:
    """Settle which column names the parties, where its heading alone does not say so."""
    if party:
        return [
            replace(m, to=NAME, scale=None, confidence=1.0, reason="--party-column says so")
            if is_column(m.heading, m.column, party)
            else replace(m, to=NOTES, reason="another column names the parties")
            if m.to in (NAME, WEAK_NAME)
            else m
            for m in found
        ]
    if any(m.to == NAME for m in found):
        return found
    weak = [m for m in found if m.to == WEAK_NAME]
    if len(weak) == 1:
        sure = weak[0].confidence * 0.85
        return [replace(m, to=NAME, confidence=sure) if m is weak[0] else m for m in found]
    if weak:
        others = join_words([f"{m.letters} “{m.heading}”" for m in weak[1:]])
        reason = f"{others} may name the parties as well; say which with --party-column"
        return [
            replace(m, to=NAME, confidence=_ASKED, reason=reason) if m is weak[0] else m
            for m in found
        ]
    guess = next((m for m in found if _looks_like_names(m, counted[m.column])), None)
    return [
        replace(m, to=NAME, scale=None, confidence=_ASKED, reason=GUESSED) if m is guess else m
        for m in found
    ]


def _looks_like_names(mapping: ColumnMapping, texts: Counter[str]) -> bool:
    """Whether the values of a column may name parties: texts, short, and mostly different."""
    if mapping.to not in (NOTES, "Why relevant", "Representative", "Party type") or not texts:
        return False
    short = _share(texts, lambda t: _may_be_name(t) and len(t.split()) < _WORDS_OF_NAMES)
    return short >= 0.6 and len(texts) >= 0.6 * texts.total()


def _with_doubts(
    found: list[ColumnMapping], counted: Map[int, Counter[str]], *, decided: bool
) -> list[ColumnMapping]:
    """Ask about a column of sentences without a known heading where nothing else is a requirement."""
    if decided or any(m.to in (NEED, REQUIREMENT) or m.reason == GUESSED for m in found):
        return found
    reason = "it holds sentences, and no column is known to hold requirements"
    return [
        replace(m, confidence=_ASKED, reason=reason)
        if m.to == NOTES and m.reason.startswith(UNKNOWN) and holds_sentences(counted[m.column])
        else m
        for m in found
    ]


def holds_sentences(texts: Counter[str]) -> bool:
    """Whether most values of a column are sentences rather than names or values."""
    return _share(texts, lambda t: len(t.split()) >= _WORDS_OF_SENTENCES) >= 0.6


def _settled(found: list[ColumnMapping], counted: Map[int, Counter[str]]) -> list[ColumnMapping]:
    """Give each target to one column; the others keep their content in Notes."""
    has_requirement = any(m.to == REQUIREMENT for m in found)
    taken: dict[str, ColumnMapping] = {}
    result = []
    for mapping in found:
        to = mapping.to
        if to == WEAK_NAME:
            mapping = replace(mapping, to=NOTES, reason="another column names the parties")
        elif to == NEED and has_requirement:
            mapping = replace(
                mapping, to=NOTES, reason=f"{mapping.reason}; another column holds the requirement"
            )
        elif to == NEED:
            pass
        elif to not in _SEVERAL and to in taken:
            rival = taken[to]
            if to == NAME and counted[rival.column] == counted[mapping.column]:
                mapping = replace(mapping, to=NOTES, reason="names the same parties again")
            elif to == NAME:
                mapping = replace(
                    mapping,
                    confidence=_ASKED,
                    reason=f"column {rival.letters} names the parties as well",
                )
            else:
                mapping = replace(
                    mapping,
                    to=NOTES,
                    scale=None,
                    reason=f"column {rival.letters} goes to {to} already; kept with its heading",
                )
        else:
            taken[to] = mapping
        result.append(mapping)
    return result


def fields_of(mapping: ColumnMapping) -> frozenset[str]:
    """Return the columns of the register in which the values of a source column belong."""
    to = mapping.to
    if to in (NEED, REQUIREMENT):
        return frozenset({"Requirement"})
    if to in (HOW_ADDRESSED, CONTROL_REFERENCE):
        return frozenset({"Reference"})
    if to == OBLIGATION:
        return frozenset({"Title", "Obligation ID"})
    return frozenset({NOTES if to == OWN_ID else LINK_FIELDS.get(to, to)})


def unclear(mappings: Sequence[ColumnMapping]) -> list[ColumnMapping]:
    """Return the columns whose place is below the confidence limit."""
    return [m for m in mappings if m.confidence < CONFIDENCE_LIMIT]


def map_text(sheet: str, header: int, mappings: Sequence[ColumnMapping]) -> str:
    """Return a mapping as the TOML that `--map` takes."""
    lines = [
        "# Where each column goes. Change `to` where it is wrong, then import with --map.",
        f"# to: {', '.join(TARGETS)}",
        f"# scale, for {join_words(SCORE_TARGETS)}: {', '.join(SCALES)}",
        '# values = { "their word" = "our value" } translates single values.',
        "",
        f"sheet = {_quoted(sheet)}",
        f"header = {header}",
    ]
    for mapping in mappings:
        lines += [
            "",
            "[[columns]]",
            f"heading = {_quoted(mapping.heading)}",
            f"to = {_quoted(mapping.to)}  # {mapping.confidence:.0%}: {_one_line(mapping.reason)}",
        ]
        if mapping.scale is not None:
            lines.append(f"scale = {_quoted(mapping.scale.name)}")
        if mapping.values:
            pairs = (f"{_quoted(k)} = {_quoted(v)}" for k, v in mapping.values.items())
            lines.append(f"values = {{ {', '.join(pairs)} }}")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted.replace("\x7f", "\\u007F")


def read_map(text: str, name: str) -> Mapping:
    """Read a map file.

    Raises:
        ContractError: It is no TOML, or names a place or scale that does not exist.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ContractError(
            f"The map {name} cannot be read ({error}).",
            "Write a fresh one with --dry-run --write-map, and change that.",
        ) from error
    columns = {}
    entries = document.get("columns", [])
    for entry in entries if isinstance(entries, list) else []:
        heading, to = str(entry.get("heading", "")), str(entry.get("to", ""))
        scale = entry.get("scale")
        values = entry.get("values", {})
        if to not in TARGETS:
            raise ContractError(
                f"The map {name} sends the column {heading} to {to}, which is no place.",
                f"Use one of {', '.join(TARGETS)}.",
            )
        if scale is not None and scale not in SCALES:
            raise ContractError(
                f"The map {name} names the scale {scale}, which is not known.",
                f"Use one of {', '.join(SCALES)}.",
            )
        if not isinstance(values, dict):
            raise ContractError(
                f"The map {name} gives no table of values for the column {heading}.",
                'Write it as values = { "their word" = "our value" }.',
            )
        columns[key_of(heading)] = ColumnMapping(
            0,
            heading,
            to,
            1.0,
            f"the map {name} says so",
            SCALES[scale] if scale else None,
            {key_of(str(k)): str(v) for k, v in values.items()},
        )
    header = document.get("header", 0)
    return Mapping(
        columns, str(document.get("sheet", "")), header if isinstance(header, int) else 0
    )
