"""A power–interest grid with the names of the parties in its cells, read as a register of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from isms_xl.content import content_of
from isms_xl.contract import DOCUMENT_CONTROL, PARTIES, QUADRANTS
from isms_xl.importing.building import identifier
from isms_xl.importing.imported import Imported
from isms_xl.importing.log import Placed, Places, left_out, log_rows
from isms_xl.importing.source import Source, SourceSheet
from isms_xl.importing.splitting import split_requirements
from isms_xl.importing.tasks import tasks_of
from isms_xl.importing.values import Scale, level_of, number_of, party_type_of, scale_of
from isms_xl.importing.words import key_of, known_headings

_AXES = ("Power", "Interest")
_FEWEST_LEVELS = 2
_MOST_WORDS, _LONGEST_TITLE = 4, 8
_MOST_ROWS, _MOST_COLUMNS = 80, 40
"""How far from the first cell of a sheet a grid is looked for."""

_LONGEST_AXIS = 80
"""Characters of a text that names an axis."""

_WORD = re.compile(r"[^\W_]+")
_ACROSS, _DOWN = re.compile("[→⟶➔➝>]"), re.compile("[↓⭣↑⭡]")


@dataclass(frozen=True)
class PowerGrid:
    """A grid on a sheet.

    Attributes:
        sheet: The sheet.
        header: Row of the levels across.
        across: Level by column.
        side: Column of the levels down.
        down: Level by row.
        columns_are: `Power` or `Interest`; empty where nothing says which axis is which.
    """

    sheet: SourceSheet
    header: int
    across: dict[int, str]
    side: int
    down: dict[int, str]
    columns_are: str


def _axes_in(text: str) -> set[str]:
    """Return which of the two axes a text names."""
    known = known_headings()
    words = _WORD.findall(text)
    keys = [key_of(word) for word in words] + [key_of(text)]
    return {axis for axis in _AXES for key in keys if known.get(key, ("",))[0] == axis}


def _level_in(text: str) -> str:
    """Return the level a heading of the grid names: `High` of `High power`; empty for none."""
    if level_of(text) or number_of(text) is not None:
        return text
    rest = " ".join(word for word in _WORD.findall(text) if not _axes_in(word))
    return rest if level_of(rest) or number_of(rest) is not None else ""


def find_grid(source: Source) -> PowerGrid | None:
    """Return the first grid of a file; None where it has none.

    A row that holds nothing but levels, beside a column that holds nothing but levels, with names in
    the cells between, and both axes named somewhere on the sheet, make a grid.
    """
    for sheet in source.sheets:
        texts = {
            (row, column): sheet.text(row, column)
            for row in range(1, min(len(sheet.rows), _MOST_ROWS) + 1)
            for column in sheet.filled(row)
            if column <= _MOST_COLUMNS
        }
        short = (text for text in texts.values() if len(text) <= _LONGEST_AXIS)
        if set().union(*map(_axes_in, short)) != set(_AXES):
            continue
        for header in range(1, min(len(sheet.rows), _MOST_ROWS) + 1):
            found = _grid_below(sheet, header, texts)
            if found is not None:
                return found
    return None


def _grid_below(
    sheet: SourceSheet, header: int, texts: dict[tuple[int, int], str]
) -> PowerGrid | None:
    levels = {
        column: level
        for column in sheet.filled(header)
        if (level := _level_in(texts.get((header, column), "")))
    }
    if len(levels) < _FEWEST_LEVELS:
        return None
    for side in range(1, min(levels)):
        down: dict[int, str] = {}
        for row in range(header + 1, min(len(sheet.rows), _MOST_ROWS) + 1):
            level = _level_in(texts.get((row, side), ""))
            if level:
                down[row] = level
            elif down and sheet.filled(row):
                break
        across = {column: level for column, level in levels.items() if column > side}
        inside = [texts[row, c] for row in down for c in across if (row, c) in texts]
        names = [text for text in inside if not _level_in(text) or party_type_of(text)]
        if len(down) >= _FEWEST_LEVELS and names and len(names) == len(inside):
            axis = _columns_are(header, side, min(across), max(down), texts)
            return PowerGrid(sheet, header, across, side, down, axis)
    return None


def _columns_are(
    header: int,
    side: int,
    first: int,
    last: int,
    texts: dict[tuple[int, int], str],
) -> str:
    """Return which axis lies across, by the words above the grid and beside it; empty if unknown."""
    above: set[str] = set()
    beside: set[str] = set()
    for (row, column), text in texts.items():
        axes = _axes_in(text)
        if len(axes) == len(_AXES):  # a corner: Power ↓ Interest →
            above |= _marked(text, _ACROSS)
            beside |= _marked(text, _DOWN)
        elif (row <= header and column >= first) or (row == header and column > side):
            above |= axes
        elif header < row <= last and column <= side:
            beside |= axes
        elif row <= header and column <= side:
            above |= axes if _ACROSS.search(text) else set()
            beside |= axes if _DOWN.search(text) else set()
    for axis, other in (_AXES, _AXES[::-1]):
        if (axis in above and axis not in beside) or (other in beside and other not in above):
            return axis
    return ""


def _marked(text: str, arrow: re.Pattern[str]) -> set[str]:
    """Return the axis next to an arrow in a text that names both."""
    found = arrow.search(text)
    if found is None:
        return set()
    before = _WORD.findall(text[: found.start()])
    return _axes_in(before[-1]) if before else set()


def _names(text: str) -> list[str]:
    """Return the names in a cell: by line, bullet or semicolon, else by commas between short ones."""
    pieces = split_requirements(text)
    if len(pieces) == 1:
        parts = [part.strip() for part in text.split(",")]
        if all(part and len(part.split()) <= _MOST_WORDS for part in parts):
            return parts
    return pieces


def import_grid(
    source: Source, grid: PowerGrid, as_of: date, *, organisation: str = "", unit: str = ""
) -> Imported:
    """Make a register of the parties of a grid.

    Args:
        source: The file.
        grid: The grid in it.
        as_of: Today.
        organisation: For Document Control; empty leaves it open.
        unit: Business unit, likewise.
    """
    content = content_of({})
    control = content[DOCUMENT_CONTROL.name][0]
    for heading, value in (("Organisation", organisation), ("Business unit", unit)):
        if value:
            control[heading] = value
    places: Places = {}
    rows_are = next((axis for axis in _AXES if axis != grid.columns_are), "")
    scales = {
        grid.columns_are: scale_of(grid.columns_are, list(grid.across.values())),
        rows_are: scale_of(rows_are, list(grid.down.values())),
    }
    parties: dict[str, dict[str, object]] = {}
    for row, column, name in _placed(grid):
        levels = {grid.columns_are: grid.across[column], rows_are: grid.down[row]}
        party = parties.setdefault(
            key_of(name), {"Party ID": identifier(PARTIES, len(parties) + 1), "Name": name}
        )
        how = _enter(party, levels if grid.columns_are else {}, scales)
        if not grid.columns_are:
            how = "Name; the grid does not say which axis is power and which is interest."
            party["Notes"] = (
                f"Place in the grid: {grid.down[row]} down, {grid.across[column]} across"
            )
        placed = Placed(PARTIES.sheet, str(party["Party ID"]), "Name", how)
        places.setdefault((row, column), []).append(placed)
    for party in parties.values():
        party["Identified through"] = "Previous register"
        if kind := party_type_of(str(party["Name"])):
            party["Party type"] = kind
    content[PARTIES.name] = list(parties.values())
    for place in _headings(grid):
        places.setdefault(place, []).append(
            Placed("", "", "Power and Interest", "A level of the grid.")
        )
    for row, column, text in ((r, c, grid.sheet.text(r, c)) for r, c, _ in grid.sheet.cells()):
        if (row, column) not in places and _names_the_grid(text):
            places[row, column] = [Placed("", "", "Power and Interest", "It names the grid.")]
    left = left_out(source, grid.sheet, grid.header, places, {})
    facts = [
        ("Name of the file imported.", source.name),
        ("SHA-256 of the file imported.", source.digest),
        ("Day of the import.", as_of.isoformat()),
        ("A power–interest grid was found, with names in its cells.", grid.sheet.name),
        *(
            (f"How {axis} was read: {scale.rule}.", ", ".join(dict.fromkeys(texts.values())))
            for axis, texts in ((grid.columns_are, grid.across), (rows_are, grid.down))
            if (scale := scales[axis]) is not None and grid.columns_are
        ),
    ]
    warnings = ["No requirement was found: a grid holds none."]
    if not grid.columns_are:
        warnings.append(
            "The grid does not say which axis is power and which is interest, so both are left blank; "
            "Notes says where each party stands."
        )
    return Imported(
        source=source,
        plan=None,
        content=content,
        log=log_rows(source, grid.sheet, places, facts),
        warnings=tuple(warnings),
        left=left,
        tasks=tasks_of(left),
        created=as_of,
    )


def _placed(grid: PowerGrid) -> Iterator[tuple[int, int, str]]:
    for row in grid.down:
        for column in grid.across:
            text = grid.sheet.text(row, column)
            for name in _names(text) if text else ():
                yield row, column, " ".join(name.split())


def _names_the_grid(text: str) -> bool:
    """Whether a text is a title of the grid or of an axis, or the name of a quadrant."""
    return text in QUADRANTS or (len(text.split()) <= _LONGEST_TITLE and bool(_axes_in(text)))


def _headings(grid: PowerGrid) -> Sequence[tuple[int, int]]:
    return [(grid.header, column) for column in grid.across] + [
        (row, grid.side) for row in grid.down
    ]


def _enter(
    party: dict[str, object], levels: dict[str, str], scales: dict[str, Scale | None]
) -> str:
    """Enter the scores of a place, and return how; a party that stands twice keeps the first."""
    said = ["Name."]
    for axis, level in levels.items():
        scale = scales[axis]
        score = scale.convert(level) if scale is not None else None
        if score is None:
            continue
        if party.setdefault(axis, score) == score:
            said.append(f"{axis} {score}, from {level}.")
        else:
            said.append(f"{axis} {level}: the party stands elsewhere in the grid as well.")
    return " ".join(said)
