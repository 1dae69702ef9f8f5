"""The Import Log: where every non-empty cell of the source went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from isms_xl.changes import LONGEST_TEXT, Row, fits
from isms_xl.contract import Column, Kind, Table
from isms_xl.importing.source import Source, SourceSheet, cell_text

LOG_SHEET = "Import Log"
IMPORT_LOG = Table(
    name="ImportLog",
    sheet=LOG_SHEET,
    columns=tuple(
        Column(heading, Kind.TEXT, text, width=width)
        for heading, width, text in (
            ("Source sheet", 22, "Sheet of the source file; empty for a text file."),
            ("Source cell", 16, "Cell of the source, or its line and field."),
            ("Source text", 60, "What stood there, whole."),
            ("Sheet", 20, "Sheet of this register it went to; empty where it went to none."),
            ("Record", 22, "Record it went to."),
            ("Field", 22, "Column it went to."),
            ("What was done", 60, "How it was taken over, or why it was kept as it is."),
        )
    ),
)
KEPT = "Kept as it is: "
REPEATED = f"{KEPT}the row repeats the headings."


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the content of one source cell went.

    Attributes:
        sheet: Sheet of the register; empty where it went to none.
        record: Identifier of the record, or of several.
        field: Heading.
        how: What was done, as a sentence.
    """

    sheet: str
    record: str
    field: str
    how: str


Places = dict[tuple[int, int], list[Placed]]
"""Where the cells of the table's sheet went, by row and column."""

_OUTSIDE = Placed("", "", "", f"{KEPT}it stands outside the table of parties.")


@dataclass
class LeftOut:
    """Content of the source that went nowhere but into the log.

    Attributes:
        place: Where a person finds it: `List, row 9`, `line 9`, or `sheet Cover`.
        why: Why it was left out, as the log says it.
        texts: What stands there, cell by cell.
        suggestion: What it probably means; empty where nothing can be said.
    """

    place: str
    why: str
    texts: list[str] = field(default_factory=list)
    suggestion: str = ""


def left_out(
    source: Source,
    table_sheet: SourceSheet,
    header: int,
    places: Places,
    suggestions: Mapping[int, str],
) -> list[LeftOut]:
    """Return what of a file was not taken over: by line on the table's sheet, else by sheet.

    Args:
        source: The file.
        table_sheet: The sheet that holds the table.
        header: Row of its headings; what stands above them is told as one.
        places: Where its cells went.
        suggestions: What rows of it probably mean.
    """
    found: dict[tuple[str, str], LeftOut] = {}

    def add(place: str, why: str, text: str, suggestion: str = "") -> None:
        found.setdefault((place, why), LeftOut(place, why, suggestion=suggestion)).texts.append(
            text
        )

    for sheet in source.sheets:
        ours = sheet is table_sheet
        where = f"sheet {sheet.name}"
        for row, column, value in sheet.cells():
            went = (places.get((row, column)) if ours else None) or [_OUTSIDE]
            if any(place.sheet or place.field or place.how == REPEATED for place in went):
                continue
            line = "above the headings" if row < header else sheet.row_name(row)
            place = (f"{sheet.name}, {line}" if sheet.name else line) if ours else where
            suggestion = suggestions.get(row, "") if ours else ""
            add(place, went[0].how.removeprefix(KEPT), cell_text(value), suggestion)
        for row, column, text in sheet.comments:
            why = f"{sheet.address(row, column)} bears a comment"
            add(f"{where}, {sheet.address(row, column)}", f"{why}.", cell_text(text))
    return list(found.values())


_PIECE = LONGEST_TEXT // 2
"""Characters of a piece: so many fit a cell even if each counts twice."""


def _pieces(text: str) -> list[str]:
    """Return a text in pieces that fit a cell."""
    if fits(text):
        return [text]
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def rows_of(sheet: SourceSheet, address: str, text: str, places: Sequence[Placed]) -> Iterator[Row]:
    """Yield the rows of the log on one text of the source: one for each place it went to."""
    pieces = _pieces(text)
    for number, piece in enumerate(pieces, start=1):
        part = f" (part {number} of {len(pieces)})" if len(pieces) > 1 else ""
        for place in places if number == 1 else places[:1]:
            yield (
                sheet.name,
                address,
                piece,
                place.sheet,
                place.record,
                place.field,
                f"{place.how}{part}",
            )


def fact_rows(facts: Iterable[tuple[str, str]]) -> list[Row]:
    """Return rows of the log that say what was imported and how, as (what, text)."""
    return [("", "", text, "", "", "", what) for what, text in facts]


def log_rows(
    source: Source, table_sheet: SourceSheet, places: Places, facts: Sequence[tuple[str, str]]
) -> list[Row]:
    """Return the rows of the log: facts on the import, then every cell of every sheet.

    Args:
        source: The file.
        table_sheet: The sheet that holds the table.
        places: Where its cells went; those not named were kept as they are.
        facts: What was imported and how, as (what, text).
    """
    rows = fact_rows(facts)
    for sheet in source.sheets:
        ours = sheet is table_sheet
        for row, column, value in sheet.cells():
            found = places.get((row, column)) if ours else None
            rows += rows_of(
                sheet, sheet.address(row, column), cell_text(value), found or (_OUTSIDE,)
            )
        for row, column, text in sheet.comments:
            note = Placed("", "", "", f"{KEPT}it is a comment on the cell.")
            rows += rows_of(sheet, sheet.address(row, column), cell_text(text), (note,))
    return rows
