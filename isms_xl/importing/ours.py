"""A register of ours whose lists are no Excel tables any more comes back whole, in a new workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import groupby

from isms_xl.books.grids import read_tables
from isms_xl.books.package import Package
from isms_xl.books.workbook import Workbook
from isms_xl.changes import Row, fits
from isms_xl.content import Content, content_of
from isms_xl.contract import (
    DOCUMENT_CONTROL,
    GAPS_COLUMN,
    IMPORT_TASKS,
    PARTIES,
    REQUIREMENTS,
    TABLES,
    TOOL_TABLES,
    USER_TABLES,
    VERTICAL_HEADINGS,
    heading_key,
)
from isms_xl.errors import ContractError, UnreadableWorkbookError
from isms_xl.importing.imported import Imported
from isms_xl.importing.log import KEPT, LeftOut, Placed, fact_rows, rows_of
from isms_xl.importing.source import Source, SourceSheet, cell_text, read_source
from isms_xl.importing.tasks import tasks_of
from isms_xl.register import Grid, NotCalculated, Register, is_blank, looks_like_record, text_of
from isms_xl.template import build_template
from isms_xl.words import counted, named

_NOTES = "Notes"
_OTHER_SHEET = f"{KEPT}it stands on a sheet that the register does not have."
_OUTSIDE = f"{KEPT}it stands outside the register's lists."
_COMMENT = f"{KEPT}it is a comment on the cell."
_USER_SHEETS = frozenset(table.sheet for table in USER_TABLES)
_TOOL_SHEETS = frozenset(table.sheet for table in (*TOOL_TABLES, IMPORT_TASKS))
_HEADING_COMMENT = f"{KEPT}it is a comment on a heading; the register has one of its own there."
_HEAD = ((1, 1), (2, 1))
"""Where a sheet of a register has its title and its guidance, in the words of its release."""

_GUIDANCE = f"{KEPT}it stands where the register has its title or its guidance."
_TO_NOTES = "Taken over with its heading, as the register has no such column."


def register_of_lists(data: bytes, name: str, as_of: date) -> Imported | None:
    """Return a register of ours with its lists as tables again; None where the file is none.

    Its records and the history of its versions are taken over as they stand. What stands in a column of
    somebody's own goes to Notes, where the list has that column; whatever else is not the register's
    stands in the Import Log only, and is a task.

    Args:
        data: The file's bytes.
        name: Its name.
        as_of: Today, for the document properties and the log.

    Raises:
        ContractError: All its lists are tables, so there is nothing to bring back.
        UnreadableWorkbookError: It holds formulas whose values nobody has calculated yet.
    """
    try:
        tables = read_tables(Workbook(Package(data)))
    except UnreadableWorkbookError:
        return None  # what is no workbook, or a broken one, is for the import to judge
    grids = [tables.grids[table.name] for table in USER_TABLES if table.name in tables.grids]
    if not {PARTIES.name, REQUIREMENTS.name, DOCUMENT_CONTROL.name} <= tables.grids.keys():
        return None
    if not any(grid.is_list for grid in grids):
        raise ContractError(
            f"{name} is a register already.",
            "Validate it as it is; or name with --into the register that it is to be compared with.",
        )
    source = read_source(data, name)
    taken = _Taking(source)
    for grid in grids:
        taken.list(grid)
    if taken.uncalculated:
        raise UnreadableWorkbookError(
            f"{name} holds {counted(taken.uncalculated, 'formula')} whose value nobody has "
            "calculated yet.",
            "Open it in Excel or LibreOffice, save it, and import it again.",
        )
    taken.rest()
    return Imported(
        source=source,
        plan=None,
        content=taken.content,
        log=[*fact_rows(_facts(source, grids, as_of)), *taken.log],
        warnings=tuple(taken.warnings()),
        left=taken.left,
        tasks=tasks_of(taken.left),
        created=as_of,
        before=Register(tables),
    )


def _facts(source: Source, grids: Iterable[Grid], as_of: date) -> Iterator[tuple[str, str]]:
    yield "Name of the file imported.", source.name
    yield "SHA-256 of the file imported.", source.digest
    yield "Day of the import.", as_of.isoformat()
    for grid in grids:
        yield (
            f"A list of the register, on the sheet {grid.sheet}, taken over as it stands.",
            ", ".join(" ".join(heading.split()) for heading in grid.headings),
        )


@cache
def _furniture() -> Mapping[str, frozenset[str]]:
    """Return what stands on the sheets of a fresh register without being anybody's content."""
    fresh = read_source(build_template(content_of({}), created=date(2022, 10, 25)), "fresh.xlsx")
    return {
        sheet.name: frozenset(
            text_of(value)
            for value in (
                *(value for _, _, value in sheet.cells()),
                *(text for _, _, text in sheet.comments),
            )
        )
        for sheet in fresh.sheets
    }


class _Taking:
    """Takes the lists of a register over, and notes what is not theirs.

    Attributes:
        content: Rows of the register's tables.
        log: Rows of the Import Log.
        left: What was not taken over.
        uncalculated: Formulas of the register's columns without a value.
        own: Headings of columns of somebody's own, by sheet.
    """

    def __init__(self, source: Source) -> None:
        self.content: Content = content_of({})
        self.log: list[Row] = []
        self.left: list[LeftOut] = []
        self.uncalculated = 0
        self.own: dict[str, list[str]] = {}
        self._source = source
        self._sheets = {sheet.name: sheet for sheet in source.sheets}
        self._seen: dict[str, set[tuple[int, int]]] = {}
        self._headings: dict[str, set[tuple[int, int]]] = {}

    def list(self, grid: Grid) -> None:
        """Take a list over."""
        if TABLES[grid.table].vertical:
            self._take_fields(grid)
        else:
            self._take_records(grid)

    def _begin(self, grid: Grid) -> set[tuple[int, int]]:
        """Return the cells of the list's sheet that were taken over; its headings are the first."""
        headings = {
            (grid.first_row - 1, grid.first_column + at) for at in range(len(grid.headings))
        }
        self._headings.setdefault(grid.sheet, set()).update(headings)
        seen = self._seen.setdefault(grid.sheet, set())
        seen.update(headings)
        return seen

    def _take_records(self, grid: Grid) -> None:
        table = TABLES[grid.table]
        keys = [heading_key(heading) for heading in grid.headings]
        seen = self._begin(grid)
        stray = set(grid.stray_rows)
        columns = [
            table.find(heading) if keys.index(key) == at else None
            for at, (heading, key) in enumerate(zip(grid.headings, keys, strict=True))
        ]
        for number, cells in zip(grid.numbers, grid.rows, strict=True):
            if number in stray and not looks_like_record(table, keys, cells):
                continue
            record: dict[str, object] = {}
            own: list[tuple[int, str]] = []
            for at, (column, value) in enumerate(zip(columns, cells, strict=True)):
                place = number, grid.first_column + at
                if column is None:
                    if not is_blank(value) and keys[at] != heading_key(GAPS_COLUMN):
                        own.append((at, cell_text(value)))
                        continue
                elif column in table.typed_columns:
                    self.uncalculated += isinstance(value, NotCalculated)
                    if not is_blank(value):
                        record[column.heading] = value
                seen.add(place)
            if record:
                self._own_cells(grid, number, record, own)
                self.content[table.name].append(record)

    def _own_cells(
        self, grid: Grid, number: int, record: dict[str, object], own: Iterable[tuple[int, str]]
    ) -> None:
        """Put what stands in columns of somebody's own into the record's notes."""
        table = TABLES[grid.table]
        sheet = self._sheets[grid.sheet]
        headings = self.own.setdefault(grid.sheet, [])
        for at, text in own:
            heading = " ".join(grid.headings[at].split())
            if heading not in headings:
                headings.append(heading)
            if _NOTES not in table.headings:
                continue
            notes = "\n".join(filter(None, (text_of(record.get(_NOTES)), f"{heading}: {text}")))
            if not fits(notes):
                continue
            record[_NOTES] = notes
            place = number, grid.first_column + at
            self._seen[grid.sheet].add(place)
            identifier = table.identifier
            name = text_of(record.get(identifier.heading)) if identifier else ""
            went = Placed(table.sheet, name, _NOTES, _TO_NOTES)
            self.log += rows_of(sheet, sheet.address(*place), text, (went,))

    def _take_fields(self, grid: Grid) -> None:
        """Take the fields of Document Control over, which stand one below the other."""
        table = TABLES[grid.table]
        keys = [heading_key(heading) for heading in grid.headings]
        places = [keys.index(key) for key in map(heading_key, VERTICAL_HEADINGS) if key in keys]
        if len(places) < len(VERTICAL_HEADINGS):
            return
        field, value = places
        (record,) = self.content[table.name]
        seen = self._begin(grid)
        for number, cells in zip(grid.numbers, grid.rows, strict=True):
            column = table.find(text_of(cells[field]))
            if column is None or column.heading in record:
                continue
            self.uncalculated += isinstance(cells[value], NotCalculated)
            if not is_blank(cells[value]):
                record[column.heading] = cells[value]
            seen.update((number, grid.first_column + at) for at in (field, value))

    def rest(self) -> None:
        """Note every cell and comment that was not taken over and is not the tool's."""
        for sheet in self._source.sheets:
            furniture = _furniture().get(sheet.name)
            made = furniture is not None and sheet.name not in _USER_SHEETS
            if made or sheet.name in _TOOL_SHEETS:
                continue
            found: list[tuple[int, int, str, str]] = []
            seen = self._seen.get(sheet.name)
            for row, column, value in sheet.cells():
                if seen is None:
                    found.append((row, column, cell_text(value), _OTHER_SHEET))
                elif (row, column) in seen or text_of(value) in (furniture or ()):
                    pass
                elif (row, column) in _HEAD:
                    self._log(sheet, row, column, cell_text(value), _GUIDANCE)
                else:
                    found.append((row, column, cell_text(value), _OUTSIDE))
            for row, column, text in sheet.comments:
                if text in (furniture or ()):
                    continue
                if (row, column) in self._headings.get(sheet.name, ()):
                    self._log(sheet, row, column, text, _HEADING_COMMENT)
                else:
                    found.append((row, column, text, _COMMENT))
            self._note(sheet, found)

    def _note(self, sheet: SourceSheet, found: Iterable[tuple[int, int, str, str]]) -> None:
        whole = sheet.name not in self._seen
        for (why, row), cells in groupby(
            found, key=lambda cell: (cell[3], 0 if whole else cell[0])
        ):
            place = f"sheet {sheet.name}" if whole else f"{sheet.name}, {sheet.row_name(row)}"
            left = LeftOut(place, why.removeprefix(KEPT))
            for number, column, text, _ in cells:
                left.texts.append(text)
                self._log(sheet, number, column, text, why)
            self.left.append(left)

    def _log(self, sheet: SourceSheet, row: int, column: int, text: str, why: str) -> None:
        self.log += rows_of(sheet, sheet.address(row, column), text, (Placed("", "", "", why),))

    def warnings(self) -> Iterator[str]:
        """Yield what a person should know."""
        for sheet, headings in self.own.items():
            if headings:
                yield (
                    f"{counted(len(headings), 'column')} on the sheet {sheet} "
                    f"{'is' if len(headings) == 1 else 'are'} not the register's: {named(headings, 8)}. "
                    "What stands there is in Notes, or in the Import Log where there is no column Notes."
                )
