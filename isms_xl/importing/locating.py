"""Find the table of interested parties in a file: the sheet, the row of headings, where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from isms_xl.errors import ContractError, UnreadableWorkbookError
from isms_xl.importing.mapping import (
    NAME,
    NEED,
    NOTES,
    OWN_ID,
    REQUIREMENT,
    REVERSE,
    WEAK_NAME,
    heading_targets,
    is_column,
)
from isms_xl.importing.source import Source, SourceSheet
from isms_xl.importing.values import number_of
from isms_xl.importing.words import key_of
from isms_xl.register import column_letters
from isms_xl.words import counted, named

_HEADER_WITHIN = 60
"""Filled rows from the top among which the headings are looked for."""

MOST_COLUMNS = 1_000
"""Columns with content on a sheet that is searched: each is compared with every target. The widest
honest lists, with a column for each control or unit, have a few hundred."""

_LONGEST_HEADING = 90
_WEIGHTS = {NAME: 3.0, WEAK_NAME: 1.5, NEED: 2.0, REQUIREMENT: 2.0, NOTES: 0.25, OWN_ID: 0.25}
_SUPPORT = {NEED, REQUIREMENT, "Power", "Interest", "Party type", "Relevant to ISMS"}
_MOST_RAGGED = 0.25
_REMARK = re.compile(
    r"(note|notes|legend|key|source|prepared by|approved by|reviewed by|version|total|completion|"
    r"hinweis|anmerkung|legende|quelle|remarque|nota|leyenda|примечание)\b\s*[:.*]?",
    re.IGNORECASE,
)
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody said of where the table is.

    Attributes:
        sheet: Name of its sheet; empty where the best counts.
        header: Row of its headings; 0 where it is to be found.
        names: Keys of headings that a map says name the parties.
        party: Heading or letters of the column that names them; empty where nobody said so.
    """

    sheet: str = ""
    header: int = 0
    names: frozenset[str] = frozenset()
    party: str = ""


class Merges:
    """Where merged cells begin, for any cell they cover."""

    def __init__(self, sheet: SourceSheet) -> None:
        self._anchors: dict[tuple[int, int], tuple[int, int]] = {}
        self.areas = sheet.merged
        height, width = len(sheet.rows), max(map(len, sheet.rows), default=0)
        for area in sheet.merged:
            for row in range(area.top, min(area.bottom, height) + 1):
                for column in range(area.left, min(area.right, width) + 1):
                    self._anchors[row, column] = area.top, area.left
        self._widths = {(a.top, a.left): a.right - a.left + 1 for a in sheet.merged}

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that shows a cell's content: its own, or the first of its merged area."""
        return self._anchors.get((row, column), (row, column))

    def width(self, row: int, column: int) -> int:
        """Return how many columns the cell spans."""
        return self._widths.get(self.anchor(row, column), 1)


@dataclass(frozen=True)
class Table:
    """A table of parties as it stands in the source.

    Attributes:
        sheet: The sheet it is on.
        header: Row of its headings, the lower one where there are two.
        header_rows: 1 or 2.
        headings: Heading by column, the band above it included.
        rows: The body's rows that hold records.
        bands: Text of rows that divide the body, by row.
        repeats: Rows that repeat the headings.
        ragged: Rows of a delimited file with another number of fields.
        below: Rows under its end that are filled as records are, and were not taken.
        merges: The sheet's merged cells.
        score: How much it looks like a register of parties.
    """

    sheet: SourceSheet
    header: int
    header_rows: int
    headings: Mapping[int, str]
    rows: tuple[int, ...]
    bands: Mapping[int, str]
    repeats: tuple[int, ...]
    ragged: tuple[int, ...]
    below: tuple[int, ...]
    merges: Merges
    score: float

    def text(self, row: int, column: int) -> str:
        """Return what a cell of the body shows, a cell merged with those above included."""
        top, left = self.merges.anchor(row, column)
        if left != column:
            return ""
        return self.sheet.text(top, left) if top > self.header else self.sheet.text(row, column)

    @property
    def place(self) -> str:
        """What a sentence calls its place."""
        where = f"sheet {self.sheet.name}, " if self.sheet.name else ""
        return f"{where}headings in {self.sheet.row_name(self.header)}"


@lru_cache(maxsize=20_000)
def _targets(heading: str) -> tuple[str, ...]:
    if not heading or len(heading) > _LONGEST_HEADING:
        return ()
    return heading_targets(heading)


def _score(headings: Iterable[str]) -> float:
    """Return how much headings look like those of a register of parties; 0 where they do not."""
    named_by = [targets for targets in map(_targets, headings) if targets]
    firsts: dict[str, None] = dict.fromkeys(targets[0] for targets in named_by)
    others = {t for targets in named_by for t in targets} - {
        NAME,
        WEAK_NAME,
        NOTES,
        REVERSE,
        OWN_ID,
    }
    strong = NAME in firsts and len(others) >= 1
    weak = WEAK_NAME in firsts and len(others) >= 2 and others & _SUPPORT
    if not (strong or weak):
        return 0.0
    return sum(_WEIGHTS.get(target, 1.0) for target in firsts)


def _loose_score(headings: Mapping[int, str], *, below: int) -> float:
    """Return how much a row of headings looks like that of any list of parties.

    Args:
        headings: The headings by column.
        below: How many of the rows below are filled.
    """
    texts = headings.values()
    if not below or any(len(t) > _LONGEST_HEADING or number_of(t) is not None for t in texts):
        return 0.0
    firsts = [targets[0] for targets in map(_targets, headings.values()) if targets]
    known = 0.1 * len(firsts)
    if NAME in firsts:
        return 1.0 + known
    if WEAK_NAME in firsts and len(headings) > 1:
        return 0.5 + known
    return known if len(firsts) > 1 or len(headings) > 2 else 0.0


def _headings(sheet: SourceSheet, merges: Merges, row: int, *, upper: bool) -> dict[int, str]:
    """Return the headings of a row by column, with the row above it where that belongs to them."""
    own = {column: sheet.text(row, column) for column in sheet.filled(row)}
    if not upper:
        return own
    width = max([*own, *sheet.filled(row - 1)])
    found = {}
    for column in range(1, width + 1):
        top, left = merges.anchor(row - 1, column)
        above = sheet.text(top, left)
        spans = merges.width(row - 1, column) > 1
        text = own.get(column, "")
        if text and above and spans:
            text = f"{above}: {text}"
        elif not text and (not spans or left == column):
            text = above
        if text:
            found[column] = text
    return found


def _has_upper(sheet: SourceSheet, merges: Merges, row: int) -> bool:
    """Whether the row above belongs to the headings: bands over several, or cells merged down."""
    if row < 2 or not sheet.filled(row - 1):
        return False
    filled = sheet.filled(row)
    above = sheet.filled(row - 1)
    bands = [a for a in merges.areas if a.top == a.bottom == row - 1 and a.right > a.left]
    banded = [a for a in bands if sheet.text(a.top, a.left)]
    if any(a.left > min(filled) and a.right <= max(filled) + 1 for a in banded):
        return True
    if any(a.top == row - 1 and a.bottom == row and a.left == a.right for a in merges.areas):
        return True
    if len(above) < 2 or not all(_targets(sheet.text(row, c)) for c in filled):
        return False
    plain = _score(_headings(sheet, merges, row, upper=False).values())
    return _score(_headings(sheet, merges, row, upper=True).values()) > max(plain, 3.0)


def _header_candidates(sheet: SourceSheet, merges: Merges) -> list[tuple[float, int]]:
    """Return (score, row) of the rows that may hold the headings, best first."""
    found = []
    seen = 0
    after_blank = True
    for row in range(1, len(sheet.rows) + 1):
        filled = sheet.filled(row)
        if not filled:
            after_blank = True
            continue
        seen += 1
        if seen > _HEADER_WITHIN and not after_blank:
            continue
        after_blank = False
        upper = _has_upper(sheet, merges, row)
        score = _score(_headings(sheet, merges, row, upper=upper).values())
        if score:
            found.append((score, row))
    return sorted(found, key=lambda item: (-item[0], item[1]))


def _loose_candidates(sheet: SourceSheet, merges: Merges) -> list[tuple[float, int]]:
    """Return (score, row) of the rows that may be the headings of some list of parties, best first."""
    found = []
    filled = [row for row in range(1, len(sheet.rows) + 1) if sheet.filled(row)]
    for at, row in enumerate(filled[:_HEADER_WITHIN]):
        widths = [len(sheet.filled(n)) for n in filled[at + 1 : at + 4]]
        headings = _headings(sheet, merges, row, upper=_has_upper(sheet, merges, row))
        is_title = len(headings) == 1 and max(widths, default=0) > 1
        score = 0.0 if is_title else _loose_score(headings, below=len(widths))
        if score:
            found.append((score, row))
    return sorted(found, key=lambda item: (-item[0], item[1]))


def _with_first_column(sheet: SourceSheet, header: int, headings: dict[int, str]) -> dict[int, str]:
    """Take in a column without a heading in front of those that have one, where none names parties."""
    if any({NAME, WEAK_NAME} & set(_targets(text)) for text in headings.values()):
        return headings
    column = min(headings) - 1
    below = range(header + 1, min(header + 6, len(sheet.rows)) + 1)
    texts = [sheet.value(row, column) for row in below] if column else []
    if not any(isinstance(text, str) and text.strip() for text in texts):
        return headings
    return {column: f"Column {column_letters(column)}", **headings}


def _table(sheet: SourceSheet, merges: Merges, header: int, score: float, wanted: Wanted) -> Table:
    upper = _has_upper(sheet, merges, header)
    headings = _headings(sheet, merges, header, upper=upper)
    headings = _with_unnamed(sheet, header, headings)
    headings = _with_first_column(sheet, header, headings)
    body = _Body(sheet, merges, header, headings, wanted)
    body.walk()
    body.name_the_unnamed()
    if body.rows:
        ragged_share = len(body.ragged) / (len(body.rows) + len(body.ragged))
    else:
        ragged_share = 1.0 if body.ragged else 0.0
    if len(body.ragged) > 1 and ragged_share > _MOST_RAGGED:
        raise UnreadableWorkbookError(
            f"{counted(len(body.ragged), 'row')} of the file "
            f"{'has' if len(body.ragged) == 1 else 'have'} another number of fields than the "
            f"{len(sheet.rows[header - 1])} headings: "
            f"{named([sheet.row_name(r) for r in body.ragged], 10)}.",
            "Put texts that hold the delimiter in quotation marks, or save the list anew as an "
            "Excel workbook, and import that.",
        )
    return Table(
        sheet,
        header,
        1 + upper,
        body.headings,
        tuple(body.rows),
        body.bands,
        tuple(body.repeats),
        tuple(body.ragged),
        tuple(body.below),
        merges,
        score,
    )


def _with_unnamed(sheet: SourceSheet, header: int, headings: dict[int, str]) -> dict[int, str]:
    """Cut off what stands beside the table behind an empty column, as a legend does."""
    columns = sorted(headings)
    kept = [columns[0]]
    has_name = False
    for column in columns:
        targets = _targets(headings[column])
        is_name = NAME in targets
        gap = column > kept[-1] + 1 and not any(
            sheet.value(row, between) is not None
            for between in range(kept[-1] + 1, column)
            for row in range(header, min(len(sheet.rows), header + 20) + 1)
        )
        if (
            gap
            and has_name
            and not (is_name and _names_the_same(sheet, header, headings, kept, column))
            and (is_name or not any(_targets(headings[c]) for c in columns if c >= column))
        ):
            break
        if (
            gap
            and not has_name
            and is_name
            and not any(set(_targets(headings[c])) - {NOTES, OWN_ID} for c in kept)
        ):
            kept = []
        has_name = has_name or is_name
        kept.append(column)
    return {column: headings[column] for column in dict.fromkeys(kept)}


def _names_the_same(
    sheet: SourceSheet, header: int, headings: Mapping[int, str], kept: list[int], column: int
) -> bool:
    """Whether a list beside the table names the same parties, row by row."""
    first = next(c for c in kept if NAME in _targets(headings[c]))
    rows = range(header + 1, len(sheet.rows) + 1)
    named_rows = [row for row in rows if sheet.value(row, column) is not None]
    return bool(named_rows) and all(
        key_of(sheet.text(row, column)) == key_of(sheet.text(row, first)) for row in named_rows
    )


class _Body:
    """Walks down from the headings, and says what each row is."""

    def __init__(
        self,
        sheet: SourceSheet,
        merges: Merges,
        header: int,
        headings: dict[int, str],
        wanted: Wanted,
    ) -> None:
        self._sheet, self._merges, self._header = sheet, merges, header
        self.headings = headings
        self._columns = set(headings)
        self._first, self._last = min(headings), max(headings)
        self._width = len(sheet.rows[header - 1])
        self._names = [
            c
            for c, h in headings.items()
            if key_of(h) in wanted.names
            or {NAME, WEAK_NAME} & set(_targets(h))
            or (wanted.party and is_column(h, c, wanted.party))
        ] or [self._first]
        self._own = [key_of(sheet.text(header, c)) for c in sorted(headings)]
        self.rows: list[int] = []
        self.bands: dict[int, str] = {}
        self.repeats: list[int] = []
        self.ragged: list[int] = []
        self.below: list[int] = []

    def walk(self) -> None:
        sheet = self._sheet
        gap = False
        row = self._header + 1
        while row <= len(sheet.rows):
            filled = [c for c in sheet.filled(row) if self._first <= c <= self._last or sheet.lines]
            covered = self._covered(row)
            if not filled and not covered:
                gap = True
            elif self._is_repeat(row):
                self.repeats.append(row)
                gap = False
            elif sheet.lines and self._is_ragged(row):
                self.ragged.append(row)
                gap = False
            elif self._is_other_table(row, gap=gap):
                break
            elif self._is_band(row, filled, covered):
                following = self._next_filled(row)
                remark = _REMARK.match(sheet.text(row, filled[0]))
                if following is None or remark or (gap and not self._goes_on(following)):
                    if not self._more_records(row):
                        break
                    self.bands[row] = ""
                    row += 1
                    continue
                self.bands[row] = sheet.text(row, filled[0])
                gap = False
            elif gap and not self._is_record(filled):
                break
            else:
                self.rows.append(row)
                gap = False
            row += 1
        self.below = [
            number
            for number in range(row, len(sheet.rows) + 1)
            if len(self._columns & set(sheet.filled(number))) >= 2
        ]

    def name_the_unnamed(self) -> None:
        """Give columns within the table that have content but no heading their letters for one."""
        for column in range(self._first + 1, self._last):
            if column not in self.headings and any(
                self._sheet.value(row, column) is not None for row in self.rows
            ):
                self.headings[column] = f"Column {column_letters(column)}"

    def _covered(self, row: int) -> bool:
        return any(self._merges.anchor(row, c)[0] < row for c in self._columns) and any(
            self._merges.anchor(row, c)[0] > self._header for c in self._columns
        )

    def _more_records(self, row: int) -> bool:
        """Whether records go on right below a remark within the table."""
        following = self._next_filled(row)
        return following == row + 1 and self._goes_on(following)

    def _goes_on(self, row: int) -> bool:
        filled = [c for c in self._sheet.filled(row) if c in self._columns]
        return self._is_repeat(row) or (
            self._is_record(filled) and not self._is_other_table(row, gap=True)
        )

    def _next_filled(self, row: int) -> int | None:
        for number in range(row + 1, min(len(self._sheet.rows), row + 50) + 1):
            if self._sheet.filled(number):
                return number
        return None

    def _is_record(self, filled: list[int]) -> bool:
        in_table = [c for c in filled if c in self._columns]
        return len(in_table) >= min(2, len(self._columns))

    def _is_repeat(self, row: int) -> bool:
        texts = [key_of(self._sheet.text(row, c)) for c in sorted(self._columns)]
        return texts == self._own and any(texts)

    def _is_ragged(self, row: int) -> bool:
        fields = self._sheet.rows[row - 1]
        if len(fields) < self._width:
            return True
        return any(str(field).strip() for field in fields[self._width :])

    def _is_other_table(self, row: int, *, gap: bool) -> bool:
        """Whether a row holds headings: of parties, or behind a gap of anything."""
        texts = [self._sheet.text(row, c) for c in self._sheet.filled(row)]
        known = [text for text in texts if _targets(text)]
        most = len(known) >= 2 and 2 * len(known) > len(texts)
        return most and (gap or _score(texts) > 0)

    def _is_band(self, row: int, filled: list[int], covered: bool) -> bool:
        """Whether a row divides the table or stands below it, rather than holding a record."""
        if len(filled) != 1 or covered:
            return False
        column = filled[0]
        text = self._sheet.text(row, column)
        wide = self._merges.width(row, column)
        if wide > 1 and 2 * wide > len(self._columns):
            return True
        remark = _REMARK.match(text)
        if remark and column in self._names:
            # A party may be called Key account managers, or Source code providers.
            return remark[0].rstrip()[-1] in ":*" or text.rstrip().endswith(":")
        if remark and (len(text.split()) > 2 or text.rstrip().endswith(":")):
            return True
        if inside_or_outside(text):
            return True
        return column not in self._names and column == self._first and len(self._columns) > 2


def inside_or_outside(text: str) -> str:
    """Return Internal or External where a dividing row says so: `External stakeholders`."""
    words = key_of(text).split()
    if not words or len(words) > 4:
        return ""
    inside = {"internal", "interne", "interna", "internos", "внутренние"} & set(words)
    outside = {"external", "externe", "externa", "externos", "внешние"} & set(words)
    rest = [word for word in words if word not in inside | outside]
    if bool(inside) == bool(outside) or any(
        NAME not in _targets(word) and word not in ("parties", "interested", "party", "parteien")
        for word in rest
    ):
        return ""
    return "Internal" if inside else "External"


def find_table(source: Source, wanted: Wanted = Wanted()) -> tuple[Table, tuple[str, ...]]:
    """Find the table of parties.

    Args:
        source: The file.
        wanted: What somebody said of where it is.

    Returns:
        The table, and the places of other tables of parties that were not taken.

    Raises:
        UnreadableWorkbookError: The file holds no register of parties, or several alike, or more
            columns than are looked at.
        ContractError: There is no sheet or row of that name.
    """
    sheet, header = wanted.sheet, wanted.header
    sheets = [s for s in source.sheets if not sheet or key_of(s.name) == key_of(sheet)]
    if not sheets:
        raise ContractError(
            f"{source.name} has no sheet {sheet}.",
            f"Name one of {named([s.name for s in source.sheets], 12)}.",
        )
    for candidate in sheets:
        _refuse_too_wide(source, candidate)
    found: list[tuple[float, int, SourceSheet, Merges]] = []
    for candidate in sheets:
        merges = Merges(candidate)
        if header:
            if header > len(candidate.rows) or not candidate.filled(header):
                continue
            texts = _headings(
                candidate, merges, header, upper=_has_upper(candidate, merges, header)
            )
            found.append((max(_score(texts.values()), 0.1), header, candidate, merges))
            continue
        shown = 0.5 if candidate.hidden and not sheet else 1.0
        found += [
            (s * shown, r, candidate, merges) for s, r in _header_candidates(candidate, merges)
        ]
    if not found and not header:
        found = [
            (s * (0.5 if candidate.hidden and not sheet else 1.0), r, candidate, merges)
            for candidate in sheets
            for merges in (Merges(candidate),)
            for s, r in _loose_candidates(candidate, merges)[:1]
        ]
        found = sorted(found, key=lambda item: -item[0])[:1]
    if not found:
        raise _no_register(source, sheets, header)
    found.sort(key=lambda item: -item[0])
    best = found[0]
    tables = [_table(best[2], best[3], best[1], best[0], wanted)]
    for score, row, candidate, merges in found[1:]:
        first = tables[0]
        taken = {first.header - first.header_rows + 1, first.header, *first.rows, *first.repeats}
        if candidate is first.sheet and row in taken:
            continue
        tables.append(_table(candidate, merges, row, score, wanted))
    chosen, others = tables[0], [t for t in tables[1:] if t.rows]
    rivals = [t for t in others if t.score >= 0.9 * chosen.score]
    if not chosen.rows and rivals:
        chosen = rivals[0]
        others = [t for t in others if t is not chosen]
        rivals = rivals[1:]
    if rivals and not header:
        raise UnreadableWorkbookError(
            f"{source.name} holds several tables of parties that look alike: "
            f"{named([t.place for t in (chosen, *rivals)], _SHOWN)}.",
            "Say which one with --sheet, or with a map (--dry-run --write-map) that names the "
            "header row; import the others into the same register with --into.",
        )
    return chosen, tuple(t.place for t in others)


def _refuse_too_wide(source: Source, sheet: SourceSheet) -> None:
    columns = len({column for _, column, _ in sheet.cells()})
    if columns <= MOST_COLUMNS:
        return
    place = f"The sheet {sheet.name} of {source.name}" if sheet.name else source.name
    other = ", or name another sheet with --sheet" if len(source.sheets) > 1 else ""
    raise UnreadableWorkbookError(
        f"{place} has {columns:,} columns with content, and an import takes at most "
        f"{MOST_COLUMNS:,}.",
        f"Delete the columns that do not belong to the list{other}.",
    )


def _no_register(source: Source, sheets: list[SourceSheet], header: int) -> UnreadableWorkbookError:
    if header:
        return UnreadableWorkbookError(
            f"Row {header} of {source.name} holds no headings.",
            "Correct the header row (--header-row, or in the map).",
        )
    seen = []
    for sheet in sheets:
        rows = [r for r in range(1, min(len(sheet.rows), 40) + 1) if len(sheet.filled(r)) > 1]
        row = max(rows, key=lambda r: len(sheet.filled(r)), default=0)
        if row:
            heads = named([sheet.text(row, c)[:30] for c in sheet.filled(row)], 4)
            seen.append(f"{sheet.name or 'the file'} has {heads}")
    return UnreadableWorkbookError(
        f"{source.name} holds no register of interested parties: no row of headings with a list of "
        f"names below it{' (' + '; '.join(seen[:_SHOWN]) + ')' if seen else ''}.",
        "Check that this is the file you meant. If it is, say with --sheet and --header-row where the "
        "list begins, and with --party-column (a heading or a letter) which column names the parties.",
    )
