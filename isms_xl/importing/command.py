"""The import command: files in, a register out, and what a person is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from isms_xl.books.file import FileBook
from isms_xl.books.saving import read_file, write_file
from isms_xl.console import console, shown
from isms_xl.contract import ISMS_LINKS, OBLIGATIONS, PARTIES, REQUIREMENTS
from isms_xl.errors import WriteRefusedError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_planned, known_form, plan_import
from isms_xl.importing.into import INTO, Additions, additions, with_additions
from isms_xl.importing.mapping import CONFIDENCE_LIMIT, Mapping, read_map
from isms_xl.importing.maps import text_of_map
from isms_xl.importing.plan import Plan
from isms_xl.importing.source import Source
from isms_xl.register import Register, shortened, text_of
from isms_xl.words import counted, join_words

_FIRST_ROWS = 3
_MOST_SHOWN = 30
_MOST_TASKS = 10
_LONGEST_SHOWN = 46
_IN_ALL = {
    OBLIGATIONS: "obligations",
    PARTIES: "parties",
    REQUIREMENTS: "requirements",
    ISMS_LINKS: "links",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for on the command line; each attribute is an option of `isms-xl import`."""

    file: Path
    output: Path | None
    sheet: str
    header_row: int
    party_column: str
    map_file: Path | None
    dry_run: bool
    write_map: Path | None
    into: Path | None
    yes: bool
    organisation: str
    unit: str
    as_of: date


def run_import(request: Request, *, as_json: bool) -> None:
    """Import a file as asked, and say what was done.

    Raises:
        UnreadableWorkbookError: The file cannot be read, or is not clear enough.
        ContractError: The map or the sheet does not fit.
        WriteRefusedError: The register could not be written.
    """
    mapping = _map(request.map_file)
    data = read_file(request.file).data
    out = console()
    told = mapping or request.sheet or request.header_row or request.party_column
    if not told and request.write_map is None:
        imported = known_form(
            data, request.file.name, request.as_of, request.organisation, request.unit
        )
        if imported is not None:
            _finish(request, imported, out, as_json=as_json)
            return
    plan = plan_import(
        data,
        request.file.name,
        mapping,
        sheet=request.sheet,
        header=request.header_row,
        party=request.party_column,
    )
    if request.write_map is not None:
        write_file(request.write_map, plan.map_text.encode(), overwrite=False)
    shows = not as_json and (request.dry_run or request.write_map or plan.unclear)
    if shows and plan.unclear:
        _print_mapping(out, plan, request.write_map)
    if plan.unclear and request.dry_run:
        if as_json:
            click.echo(_json(plan.source, plan))
        else:
            out.print(
                f"\nNothing can be imported yet: below {CONFIDENCE_LIMIT:.0%} you decide. Write the "
                "map with --write-map, correct it and hand it back with --map."
            )
        return
    imported = import_planned(
        plan, request.as_of, organisation=request.organisation, unit=request.unit
    )
    if shows and imported.plan is not None:
        _print_mapping(out, imported.plan, request.write_map)
    _finish(request, imported, out, as_json=as_json)


def _finish(request: Request, imported: Imported, out: Console, *, as_json: bool) -> None:
    """Write what an import made, or show it, and say what was done."""
    if request.into is not None:
        _into(request, imported, out, as_json=as_json)
        return
    written = None if request.dry_run else _written(request, imported)
    if as_json:
        click.echo(_json(imported.source, imported.plan, imported, written))
        return
    if request.dry_run:
        _print_first_rows(out, imported)
    _print_outcome(out, imported, written)


def _map(path: Path | None) -> Mapping | None:
    return None if path is None else read_map(text_of_map(path), path.name)


def _written(request: Request, imported: Imported) -> Path:
    path = request.output or request.file.with_name(f"{request.file.stem}-register.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise WriteRefusedError(
            f"{path.name} does not end in .xlsx.", "Give the register a name that ends in .xlsx."
        )
    write_file(path, imported.workbook(), overwrite=False)
    return path


def _into(request: Request, imported: Imported, out: Console, *, as_json: bool) -> None:
    """Show what a living register lacks, and add it when told to."""
    if request.into is None:
        return
    book = FileBook.open(request.into)
    found = additions(Register(book.tables()), imported.content)
    written: Path | None = None
    if request.yes and not request.dry_run and found.any:
        new = with_additions(book, found, imported)
        written = request.output or request.into
        if request.output is None:
            book.replace(new)
        else:
            write_file(request.output, new, overwrite=False)
    if as_json:
        click.echo(_json(imported.source, imported.plan, imported, written, found))
        return
    whole = not (found.any or found.differing or imported.warnings or imported.tasks)
    if whole:
        out.print("The register holds all of it already; nothing is to be added.")
    elif not found.any:
        out.print("Nothing is to be added.")
    _print_additions(out, found)
    _print_told(out, imported)
    if written is not None:
        out.print(f"Added to {shown(str(written))}. Next: validate it.")
    elif found.any:
        out.print("Nothing is written yet. Add it with --yes, to a copy with --output as well.")


# --- words and tables on the terminal -----------------------------------------------------------


def _short(value: object) -> str:
    return shown(shortened(" ".join(str(value).split()), _LONGEST_SHOWN))


def _print_mapping(out: Console, plan: Plan, map_file: Path | None) -> None:
    out.print(f"{shown(plan.source.name)}: {shown(plan.table.place)}.")
    if plan.source.reading:
        out.print(shown(plan.source.reading))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Column", "Heading", "Goes to", "Sure", "Why"):
        table.add_column(heading)
    for m in plan.mappings:
        scale = f"; {m.scale.rule}" if m.scale and m.scale.rule not in m.reason else ""
        table.add_row(
            m.letters, _short(m.heading), m.to, f"{m.confidence:.0%}", shown(m.reason + scale)
        )
    out.print(table)
    if map_file is not None:
        out.print(f"\nMap written to {shown(str(map_file))}.")


def _print_first_rows(out: Console, imported: Imported) -> None:
    if imported.plan is not None:
        source = imported.plan.table
        out.print("\nBefore, the first rows:")
        for row in source.rows[:_FIRST_ROWS]:
            cells = [
                f"{_short(h)}: {_short(source.text(row, c))}"
                for c, h in source.headings.items()
                if source.text(row, c)
            ]
            out.print(f"  {source.sheet.row_name(row)}: {'; '.join(cells)}", soft_wrap=True)
    out.print("After:")
    for table in INTO:
        for record in islice(imported.content[table.name], _FIRST_ROWS):
            out.print(
                "  " + "; ".join(f"{h}: {_short(v)}" for h, v in record.items()), soft_wrap=True
            )


def _counts(imported: Imported) -> str:
    counts = imported.counts
    return join_words(
        [
            counted(counts["parties"], "party"),
            counted(counts["requirements"], "requirement"),
            counted(counts["links"], "link"),
        ]
    )


def _print_told(out: Console, imported: Imported) -> None:
    """Say what a person should know, and what is left to decide."""
    for warning in imported.warnings:
        out.print(shown(warning))
    if not imported.tasks:
        return
    out.print(f"Left for you to decide, on the sheet Import Tasks ({len(imported.tasks)}):")
    for task in imported.tasks[:_MOST_TASKS]:
        out.print(f"  {shown(task.place)}: {shown(task.what)} {_short(task.text)}", soft_wrap=True)
    if len(imported.tasks) > _MOST_TASKS:
        out.print(f"  and {len(imported.tasks) - _MOST_TASKS} more")


def _print_outcome(out: Console, imported: Imported, written: Path | None) -> None:
    _print_told(out, imported)
    if written is None:
        out.print(f"It would become {_counts(imported)}. Nothing was written.")
        return
    out.print(f"Made {shown(str(written))} with {_counts(imported)}.")
    out.print(
        "Its sheet Import Log says where every cell went. Next: "
        f"isms-xl validate {shown(str(written))} --write-back"
    )


def _print_additions(out: Console, found: Additions) -> None:
    for table in INTO:
        rows = found.of(table)
        if not rows:
            continue
        out.print(f"New {_IN_ALL[table]} ({len(rows)}):")
        for row in rows[:_MOST_SHOWN]:
            identifier = text_of(row[table.columns[0].heading])
            like = found.similar.get(identifier, "")
            beside = f"  — like {_short(like)}?" if like else ""
            out.print(f"  {identifier} {_short(row[table.label])}{beside}", soft_wrap=True)
        if len(rows) > _MOST_SHOWN:
            out.print(f"  and {len(rows) - _MOST_SHOWN} more")
    if found.differing:
        out.print(f"Different in the register, left as it is there ({len(found.differing)}):")
        for line in found.differing[:_MOST_SHOWN]:
            out.print(f"  {shown(line)}", soft_wrap=True)


def _json(
    source: Source,
    plan: Plan | None,
    imported: Imported | None = None,
    written: Path | None = None,
    found: Additions | None = None,
) -> str:
    document: dict[str, object] = {
        "schema": 1,
        "file": source.name,
        "sha256": source.digest,
        "sheet": plan.table.sheet.name if plan else "",
        "header": plan.table.header if plan else 0,
        "columns": [
            {
                "column": m.letters,
                "heading": m.heading,
                "to": m.to,
                "confidence": round(m.confidence, 2),
                "reason": m.reason,
                "scale": m.scale.name if m.scale else "",
            }
            for m in (plan.mappings if plan else ())
        ],
        "unclear": [m.letters for m in plan.unclear] if plan else [],
        **(imported.counts if imported else {}),
        "warnings": list(imported.warnings) if imported else [],
        "tasks": [
            {"what": t.what, "place": t.place, "text": t.text, "suggestion": t.suggestion}
            for t in (imported.tasks if imported else ())
        ],
        "output": str(written) if written else "",
    }
    if found is not None:
        document["new"] = {
            table.name: [row[table.columns[0].heading] for row in found.of(table)] for table in INTO
        }
        document["similar"] = dict(found.similar)
        document["differing"] = list(found.differing)
    return json.dumps(document, ensure_ascii=False, indent=2)
