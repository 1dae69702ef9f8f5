"""Import a register of another layout: the whole way from bytes to a workbook of ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sized
from dataclasses import replace
from datetime import date

from isms_xl.content import content_of
from isms_xl.contract import (
    DOCUMENT_CONTROL,
    OBLIGATIONS,
    REQUIREMENTS,
)
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.importing.building import Built, build
from isms_xl.importing.citations import cited
from isms_xl.importing.commas import only_readings
from isms_xl.importing.imported import Imported
from isms_xl.importing.locating import Wanted, find_table
from isms_xl.importing.log import left_out, log_rows
from isms_xl.importing.mapping import (
    NAME,
    NOTES,
    UNKNOWN,
    ColumnMapping,
    Mapping,
    fields_of,
    holds_sentences,
    map_columns,
)
from isms_xl.importing.ours import register_of_lists
from isms_xl.importing.plan import Plan
from isms_xl.importing.powergrid import find_grid, import_grid
from isms_xl.importing.source import read_source
from isms_xl.importing.tasks import tasks_of
from isms_xl.register import shortened, text_of
from isms_xl.words import counted, named

_SHOWN = 8


def plan_import(
    data: bytes,
    name: str,
    mapping: Mapping | None = None,
    *,
    sheet: str = "",
    header: int = 0,
    party: str = "",
) -> Plan:
    """Find the table of a foreign file and work out where its columns go.

    Args:
        data: The file's bytes.
        name: Its name.
        mapping: What somebody decided on its columns; None to work it out.
        sheet: Sheet to take; empty for the map's, else the best.
        header: Row of the headings; 0 for the map's, else to find it.
        party: Heading or letters of the column that names the parties; empty to find it.

    Raises:
        UnreadableWorkbookError: It cannot be read, or holds no register of parties.
        ContractError: It has no such sheet.
    """
    source = read_source(data, name)
    names = (
        frozenset(key for key, m in mapping.columns.items() if m.to == NAME)
        if mapping
        else (frozenset())
    )
    wanted = sheet or (mapping.sheet if mapping else "")
    if len(source.sheets) == 1 and not source.sheets[0].name:
        wanted = ""
    row = header or (mapping.header if mapping else 0)
    table, others = find_table(source, Wanted(wanted, row, names, party))
    columns = []
    for column, heading in sorted(table.headings.items()):
        texts = Counter(filter(None, (table.text(row, column) for row in table.rows)))
        columns.append((column, heading, texts))
    return Plan(source, table, map_columns(columns, mapping, party), others)


def import_planned(plan: Plan, as_of: date, *, organisation: str = "", unit: str = "") -> Imported:
    """Carry out a plan.

    Args:
        plan: The plan.
        as_of: Today, for the document properties and the log.
        organisation: For Document Control; empty leaves it open.
        unit: Business unit, likewise.

    Raises:
        UnreadableWorkbookError: A column's place is not clear.
    """
    plan.refuse_unclear()
    if not plan.table.rows:
        raise UnreadableWorkbookError(
            f"{plan.source.name} has headings, but no rows with parties ({plan.table.place}).",
            "Check that this is the file you meant; if the parties stand on another sheet or further "
            "down, name it with --sheet or --header-row.",
        )
    content = content_of({})
    control = content[DOCUMENT_CONTROL.name][0]
    for heading, value in (("Organisation", organisation), ("Business unit", unit)):
        if value:
            control[heading] = value
    built = build(plan.table, plan.mappings, content)
    plan = replace(plan, mappings=tuple(_landed(plan, m, built) for m in plan.mappings))
    log = log_rows(plan.source, plan.table.sheet, built.places, _facts(plan, as_of))
    suggestions = {
        row: "; ".join(f"{heading}: {text}" for heading, text in reading.items() if text)
        for row, reading in only_readings(plan.table).items()
    }
    left = left_out(plan.source, plan.table.sheet, plan.table.header, built.places, suggestions)
    obligations = content[OBLIGATIONS.name]
    there = [text_of(o.get(heading)) for o in obligations for heading in ("Title", "Citation")]
    tasks = [*tasks_of(left), *built.tasks, *cited(_texts(plan), there)]
    return Imported(plan.source, plan, content, log, _warnings(plan, built), left, tasks, as_of)


def known_form(
    data: bytes, name: str, as_of: date, organisation: str = "", unit: str = ""
) -> Imported | None:
    """Return what a file becomes of which nothing has to be worked out; None for all others.

    A register of ours in plain lists comes back whole; a power–interest grid names its parties.

    Args:
        data: The file's bytes.
        name: Its name.
        as_of: Today.
        organisation: For Document Control; empty leaves it open.
        unit: Business unit, likewise.

    Raises:
        ContractError: It is a register already.
        UnreadableWorkbookError: It cannot be read.
    """
    ours = register_of_lists(data, name, as_of)
    if ours is not None:
        return ours
    source = read_source(data, name)
    grid = find_grid(source)
    if grid is None:
        return None
    return import_grid(source, grid, as_of, organisation=organisation, unit=unit)


def import_register(
    data: bytes,
    name: str,
    mapping: Mapping | None,
    as_of: date,
    *,
    organisation: str = "",
    unit: str = "",
) -> Imported:
    """Turn a register of another layout, or one of ours in plain lists, into one of ours.

    Args:
        data: The file's bytes: a workbook (.xlsx, .xlsm) or delimited text (.csv, .tsv, .txt).
        name: Its name, with its ending.
        mapping: What somebody decided on its columns (`mapping.read_map`); None to work it out.
        as_of: Today.
        organisation: For Document Control; empty leaves it open.
        unit: Business unit, likewise.

    Raises:
        UnreadableWorkbookError: It cannot be read, holds no register of parties, or it is not
            clear enough where its columns belong.
        ContractError: The map names a sheet that is not there, or the file is a register already.
    """
    known = known_form(data, name, as_of, organisation, unit) if mapping is None else None
    if known is not None:
        return known
    plan = plan_import(data, name, mapping)
    return import_planned(plan, as_of, organisation=organisation, unit=unit)


def _texts(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the texts of the table's rows, those set aside included, with their places."""
    table = plan.table
    for row in sorted({*table.rows, *table.ragged}):
        for column in table.sheet.filled(row):
            yield table.sheet.row_name(row), table.sheet.text(row, column)


def _landed(plan: Plan, mapping: ColumnMapping, built: Built) -> ColumnMapping:
    """Return where the values of a column went, which may not be where its heading sent them."""
    cells = [
        places
        for row in plan.table.rows
        if (places := built.places.get(plan.table.merges.anchor(row, mapping.column)))
    ]
    wanted = fields_of(mapping)
    missed = [places for places in cells if not any(place.field in wanted for place in places)]
    if not missed:
        return mapping
    why = missed[0][0].how.rstrip(".").removeprefix("In Notes: ")
    if len(missed) == len(cells):
        reason = f"{mapping.reason}; but nothing of it could be taken over: {why}"
        return replace(mapping, to=NOTES, scale=None, reason=reason)
    reason = f"{mapping.reason}; {counted(len(missed), 'cell')} in Notes: {why}"
    return replace(mapping, reason=reason)


def _facts(plan: Plan, as_of: date) -> list[tuple[str, str]]:
    facts = [
        ("Name of the file imported.", plan.source.name),
        ("SHA-256 of the file imported.", plan.source.digest),
        ("Day of the import.", as_of.isoformat()),
        ("Where the table was found.", plan.table.place),
    ]
    if plan.source.reading:
        facts.append(("How the text was read.", plan.source.reading))
    facts += [
        (
            f"Mapping: column {m.letters} goes to {m.to} ({m.confidence:.0%}: {m.reason}"
            f"{'; scale ' + m.scale.rule if m.scale else ''}).",
            " ".join(m.heading.split()),
        )
        for m in plan.mappings
    ]
    return facts


def _warnings(plan: Plan, built: Built) -> tuple[str, ...]:
    table = plan.table
    found: list[str] = []
    if table.ragged:
        places = named([table.sheet.row_name(row) for row in table.ragged], 20)
        found.append(
            f"{counted(len(table.ragged), 'row')} set aside, as another number of fields than the "
            f"headings have leaves their order unclear: {places}. {_logged(table.ragged)}"
        )
    if built.set_aside:
        places = named([table.sheet.row_name(row) for row in built.set_aside], 20)
        found.append(
            f"{counted(len(built.set_aside), 'row')} set aside, as they name no party: {places}. "
            f"{_logged(built.set_aside)}"
        )
    if table.below:
        places = named([table.sheet.row_name(row) for row in table.below], 10)
        found.append(
            f"{counted(len(table.below), 'row')} below the end of the table not taken: {places}. "
            f"{_logged(table.below)}"
        )
    if plan.others:
        found.append(
            f"{counted(len(plan.others), 'other table')} of parties not taken: "
            f"{named(plan.others, _SHOWN)}. {_logged(plan.others)}"
        )
    return (*found, *_about_requirements(plan, built))


def _about_requirements(plan: Plan, built: Built) -> Iterator[str]:
    """Yield what a person should know where no requirement, or a column of sentences, was taken."""
    if not built.content[REQUIREMENTS.name]:
        kept = [" ".join(m.heading.split()) for m in plan.mappings if m.to == NOTES]
        yield "No requirement was found in the list" + (
            f"; what stands in {named(kept, _SHOWN)} is kept in Notes." if kept else "."
        )
    for m in plan.mappings:
        texts = Counter(filter(None, (plan.table.text(row, m.column) for row in plan.table.rows)))
        if m.to == NOTES and m.reason.startswith(UNKNOWN) and holds_sentences(texts):
            yield (
                f"Column {m.letters} “{shortened(' '.join(m.heading.split()), 40)}” holds sentences and "
                "is kept in Notes. If they are requirements, write a map that says so (--write-map)."
            )


def _logged(found: Sized) -> str:
    return f"{'It stands' if len(found) == 1 else 'They stand'} in the Import Log."
