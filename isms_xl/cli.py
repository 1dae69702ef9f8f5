"""The command line: a thin edge over the same functions the ribbon calls."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from isms_xl import __version__
from isms_xl.content import STARTERS
from isms_xl.errors import IsmsXlError
from isms_xl.finding import Severity

CLEAN, GAPS_OPEN, UNUSABLE, RULE_FAILED = range(4)
"""Exit codes: nothing open, something open, input or call unusable, a rule could not be applied."""


class _Date(click.ParamType[date]):
    """A date as people write it in commands: 2026-03-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write it as 2026-03-31.", param, ctx)


_as_of = click.option(
    "--as-of",
    type=_Date(),
    default=lambda: date.today(),
    show_default="today",
    metavar="DATE",
    help="The day that counts as today, for results that can be repeated.",
)


def _say(error: IsmsXlError, what: str = "") -> None:
    from isms_xl.console import console, shown

    prefix = f"{shown(what)}: " if what else ""
    console(error=True).print(f"{prefix}{shown(error.problem)} {shown(error.way_out)}")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="isms-xl")
def main() -> None:
    """Check and keep registers of interested parties (ISO/IEC 27001:2022, clause 4.2) in Excel."""


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--organisation", default="", metavar="O", help="Entered in Document Control.")
@click.option("--unit", default="", metavar="U", help="The business unit, likewise.")
@click.option(
    "--starter",
    type=click.Choice(STARTERS),
    default=STARTERS[0],
    show_default=True,
    help="What the register begins with: suggestions for an AI company, or nothing.",
)
def new(path: Path, organisation: str, unit: str, starter: str) -> None:
    """Make a fresh register workbook at PATH."""
    from isms_xl.console import console, shown
    from isms_xl.creating import new_register

    new_register(path, organisation=organisation, unit=unit, starter=starter, created=date.today())
    out = console()
    out.print(f"Made {shown(str(path))}.")
    if starter == STARTERS[0]:
        out.print(
            "Its parties, requirements and links are suggestions to edit. Nothing in it is confirmed "
            "or decided yet, so a validation will say so."
        )
    out.print(f"Next: open it in Excel, or run isms-xl validate {shown(str(path))} --write-back")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_as_of
@click.option("--write-back", is_flag=True, help="Write the gaps into the workbook.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Write the gaps into a copy; the register stays as it is.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--fail-on",
    type=click.Choice([*(s.value for s in Severity), "never"]),
    default="minor",
    show_default=True,
    help="Exit with 1 when a gap of this weight or heavier is open.",
)
@click.option("--check-files", is_flag=True, help="Look whether files named as evidence exist.")
def validate(
    files: tuple[Path, ...],
    as_of: date,
    write_back: bool,
    output: Path | None,
    form: str,
    fail_on: str,
    check_files: bool,
) -> None:
    """Check registers against the rules.

    Exit codes: 0 nothing at or above --fail-on is open; 1 something is; 2 the input or the call is
    unusable; 3 a rule could not be applied.
    """
    from isms_xl.validating import as_json
    from isms_xl.validating import validate as check_file

    if output is not None and (write_back or len(files) > 1):
        raise click.UsageError(
            "--output goes with one file and without --write-back; give one of the two."
        )
    code = CLEAN
    documents = []
    for path in files:
        try:
            validation = check_file(
                path, as_of, write_back=write_back, output=output, check_files=check_files
            )
        except IsmsXlError as error:
            _say(error, path.name)
            code = max(code, UNUSABLE)
            continue
        report = validation.report
        if report.failed_rules:
            code = max(code, RULE_FAILED)
        elif fail_on != "never" and report.has_open(Severity(fail_on)):
            code = max(code, GAPS_OPEN)
        if form == "json":
            documents.append(as_json(validation))
        else:
            from isms_xl.console import console, print_report, shown

            out = console()
            print_report(out, path, report)
            if validation.written is not None:
                out.print(f"Gaps written to {shown(str(validation.written))}.")
    if form == "json" and documents:
        answer = documents[0] if len(files) == 1 else documents
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    sys.exit(code)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--author", required=True, metavar="A", help="The role that stamps the version.")
@click.option("--summary", required=True, metavar="S", help="What changed, in your own words.")
@click.option(
    "--bump",
    type=click.Choice(["major", "minor"]),
    help="Which number to raise; otherwise the changes decide.",
)
@click.option("--approved-by", default="", metavar="P", help="The role that approved it.")
@click.option("--approved-on", type=_Date(), metavar="DATE", help="When it was approved.")
@_as_of
def stamp(
    file: Path,
    author: str,
    summary: str,
    bump: str | None,
    approved_by: str,
    approved_on: date | None,
    as_of: date,
) -> None:
    """Record the register's present content as a new version."""
    from isms_xl.console import console, print_stamp
    from isms_xl.versioning import stamp as stamp_file

    if bool(approved_by) != (approved_on is not None):
        raise click.UsageError("--approved-by and --approved-on go together; give both or neither.")
    done = stamp_file(
        file,
        on=as_of,
        author=author,
        summary=summary,
        bump=bump or "",
        approved_by=approved_by,
        approved_on=approved_on,
    )
    print_stamp(console(), file, done)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The register to make; otherwise FILE's name with -register.xlsx beside it.",
)
@click.option("--sheet", default="", metavar="NAME", help="The sheet that holds the parties.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    metavar="MAP.TOML",
    help="Where each column goes, as --write-map wrote it and you corrected it.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done; write no register.")
@click.option(
    "--write-map",
    type=click.Path(path_type=Path),
    metavar="MAP.TOML",
    help="Write where each column goes, to correct it and hand it back with --map.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="REGISTER",
    help="Show what this register lacks, and with --yes add it there.",
)
@click.option("--yes", is_flag=True, help="Add to the register of --into what is new.")
@click.option("--organisation", default="", metavar="O", help="Entered in Document Control.")
@click.option("--unit", default="", metavar="U", help="The business unit, likewise.")
@_as_of
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def import_(
    file: Path,
    output: Path | None,
    sheet: str,
    map_file: Path | None,
    dry_run: bool,
    write_map: Path | None,
    into: Path | None,
    yes: bool,
    organisation: str,
    unit: str,
    as_of: date,
    form: str,
) -> None:
    """Make a register from a list of interested parties in another layout."""
    from isms_xl.importing.command import Request, run_import

    if into is not None and (organisation or unit):
        raise click.UsageError("--into keeps the register's Document Control; leave those out.")
    if yes and into is None:
        raise click.UsageError("--yes goes with --into; name the register there.")
    run_import(
        Request(
            file, output, sheet, map_file, dry_run, write_map, into, yes, organisation, unit, as_of
        ),
        as_json=form == "json",
    )


@main.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """List the rules, or explain the rule CODE with an example."""
    from isms_xl.catalogue import rules as catalogue
    from isms_xl.console import console, print_rule, print_rules

    known = catalogue()
    if code is None:
        print_rules(console(), known.values())
        return
    found = known.get(code.upper())
    if found is None:
        raise click.UsageError(f"There is no rule {code}. Run isms-xl rules for the list.")
    print_rule(console(), found)


@main.command()
@click.argument("folder", default="demo-output", type=click.Path(path_type=Path), metavar="[DIR]")
def demo(folder: Path) -> None:
    """Do the main job on the three example registers, into DIR (demo-output)."""
    from isms_xl.console import console
    from isms_xl.demo import run

    run(folder, console())


def run(command: Callable[[], Any] = main) -> None:
    """Run the command line; whatever cannot be done ends in a sentence and exit code 2."""
    gc.set_threshold(200_000, 20, 20)  # a register is many small objects and hardly any cycle
    try:
        command()
    except IsmsXlError as error:
        _say(error)
        sys.exit(UNUSABLE)
