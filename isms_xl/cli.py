"""The command line: a thin edge over the same functions the ribbon calls."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isms_xl import __version__
from isms_xl.content import STARTERS
from isms_xl.errors import IsmsXlError
from isms_xl.finding import Severity
from isms_xl.words import rebuilt_sentence

if TYPE_CHECKING:
    from isms_xl.batch.running import Engine
    from isms_xl.batch.work import Options
    from isms_xl.group import Group

CLEAN, GAPS_OPEN, UNUSABLE, RULE_FAILED = range(4)
"""Exit codes: nothing open, something open, input or call unusable, a rule could not be applied."""

INTERRUPTED = 130
"""Exit code of a run that was stopped by hand, as shells have it."""


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


_format = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice([*(s.value for s in Severity), "never"]),
    default="minor",
    show_default=True,
    help="Exit with 1 when a gap of this weight or heavier is open.",
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
@_format
@_fail_on
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
    from isms_xl.validating import as_json, json_text
    from isms_xl.validating import validate as check_file

    if output is not None and (write_back or len(files) > 1):
        raise click.UsageError(
            "--output goes with one file and without --write-back; give one of the two."
        )
    code = CLEAN
    documents = []
    for number, path in enumerate(files):
        if number:
            gc.collect()  # the register before
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
            from isms_xl.console import console, print_report, print_strict, shown

            out = console()
            print_report(out, path, report)
            if validation.written is not None:
                out.print(f"Gaps written to {shown(str(validation.written))}.")
            for sheet in validation.rebuilt:
                out.print(shown(rebuilt_sentence(sheet)))
            if validation.is_strict:
                print_strict(out, path)
    if form == "json" and documents:
        answer = documents[0] if len(files) == 1 else documents
        click.echo(json_text(answer))
    sys.exit(code)


@main.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH..."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for everything that is written.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Registers worked on at a time; by default as many as there are processors.",
)
@click.option(
    "--expect",
    type=click.Path(path_type=Path),
    metavar="CSV",
    help="List of the business units that should have delivered a register.",
)
@_as_of
@click.option("--write-back", is_flag=True, help="Write the gaps into the registers, not copies.")
@click.option(
    "--resume", is_flag=True, help="Leave what an earlier run into DIR did and has not changed."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Give a register up after this time.",
)
@click.option(
    "--dask", default="", metavar="ADDRESS", help="Work on the cluster of this Dask scheduler."
)
@click.option(
    "--dask-ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="PEM",
    help="For --dask tls://...: certificate of the authority that the cluster trusts.",
)
@click.option(
    "--dask-cert",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="PEM",
    help="For --dask tls://...: your certificate.",
)
@click.option(
    "--dask-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="PEM",
    help="For --dask tls://...: its private key.",
)
@click.option(
    "--import", "imports", is_flag=True, help="Take over lists in other layouts, CSV included."
)
@click.option(
    "--maps",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="For --import: maps of columns, unit.toml for unit.xlsx or unit.csv.",
)
@click.option(
    "--previous",
    type=click.Path(path_type=Path),
    metavar="GROUP.XLSX",
    help="Compare with the group workbook of an earlier batch.",
)
@_format
@_fail_on
def batch(
    paths: tuple[Path, ...],
    out: Path,
    jobs: int | None,
    expect: Path | None,
    as_of: date,
    write_back: bool,
    resume: bool,
    timeout: float,
    dask: str,
    dask_ca: Path | None,
    dask_cert: Path | None,
    dask_key: Path | None,
    imports: bool,
    maps: Path | None,
    previous: Path | None,
    form: str,
    fail_on: str,
) -> None:
    """Check the registers of many business units in one run.

    Finds the registers in files and folders, and writes a reviewed copy and an audit copy of each
    into DIR, with the group workbook (group.xlsx), the gaps of all (gaps.csv) and the reviews due
    (reviews.ics). One bad file never stops the run. Exit codes as for validate; 130 when it was
    stopped by hand.
    """
    from isms_xl.batch.discovery import UNITS, find_registers
    from isms_xl.batch.expected import expected_units
    from isms_xl.batch.results import previous_group, write_results
    from isms_xl.batch.running import run_batch
    from isms_xl.batch.telling import Teller, json_lines, print_group
    from isms_xl.batch.work import Options
    from isms_xl.batch.workers import processors
    from isms_xl.console import console
    from isms_xl.importing.maps import maps_in

    if dask and jobs is not None:
        raise click.UsageError("--jobs is for this machine; the cluster decides for --dask.")
    pem = dask_ca, dask_cert, dask_key
    if any(pem) and not dask:
        raise click.UsageError("--dask-ca, --dask-cert and --dask-key go with --dask.")
    if maps is not None and not imports:
        raise click.UsageError("--maps goes with --import; add that, or leave it out.")
    expected = expected_units(expect) if expect is not None else ()
    before = previous_group(previous) if previous is not None else None
    found, skipped = find_registers(paths, out, lists=imports)
    options = Options(as_of, write_back, imports, maps_in(maps) if maps is not None else {})
    with Teller(console(error=True)) as teller:
        run = run_batch(
            found,
            options,
            out,
            _on_dask(options, out, timeout, dask, pem)
            if dask
            else _on_this_machine(options, out, timeout, min(jobs or processors(), len(found))),
            skipped=skipped,
            expected=expected,
            resume=resume,
            listener=teller,
        )
    written = write_results(run.group, out, before)
    if form == "json":
        for line in json_lines(run, written):
            click.echo(line)
    else:
        print_group(console(), run, out / UNITS, written)
    sys.exit(INTERRUPTED if run.left else _batch_code(run.group, fail_on))


def _on_dask(
    options: Options,
    out: Path,
    timeout: float,
    address: str,
    pem: tuple[Path | None, Path | None, Path | None],
) -> Engine:
    """Return what works on the files where a cluster does."""
    from isms_xl.batch import cluster
    from isms_xl.batch.scheduler import Certificates

    return lambda jobs: cluster.outcomes(
        jobs, options, out, address=address, timeout=timeout, certificates=Certificates(*pem)
    )


def _on_this_machine(options: Options, out: Path, timeout: float, processes: int) -> Engine:
    """Return what works on the files in processes here."""
    from isms_xl.batch import workers

    return lambda jobs: workers.outcomes(jobs, options, out, processes=processes, timeout=timeout)


def _batch_code(group: Group, fail_on: str) -> int:
    """Return the exit code of a batch: the gravest of its registers, files and the group."""
    if group.failed_rules or any(unit.failed_rules for unit in group.units):
        return RULE_FAILED
    if group.failures:
        return UNUSABLE
    return GAPS_OPEN if fail_on != "never" and group.has_open(Severity(fail_on)) else CLEAN


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

    if not author.strip():
        raise click.UsageError("--author is blank; give the role that stamps the version.")
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


@main.command("audit-copy")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Where to write it; by default beside the register, with its version in the name.",
)
@click.option("--pdf", is_flag=True, help="Print it to PDF, too; needs LibreOffice.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an audit copy of another state; without it a copy that may be handed out stays.",
)
@_as_of
def audit_copy(file: Path, output: Path | None, pdf: bool, overwrite: bool, as_of: date) -> None:
    """Write a formatted copy of the register for reading and printing.

    Exit codes: 0 it is written; 1 it is written, and the history of versions was altered; 2 it is not
    written.
    """
    from isms_xl.console import console
    from isms_xl.copy_console import print_copy
    from isms_xl.copying import write_audit_copy
    from isms_xl.document_state import State

    written = write_audit_copy(file, as_of, output=output, pdf=pdf, overwrite=overwrite)
    print_copy(console(), written)
    sys.exit(1 if written.copy.identity.state.state is State.ALTERED else 0)


@main.command()
@click.argument("copy", type=click.Path(path_type=Path))
@click.argument("register", type=click.Path(path_type=Path))
def verify(copy: Path, register: Path) -> None:
    """Tell whether the audit copy COPY and the register REGISTER belong together.

    Exit codes: 0 they do, also where an approval or findings were added since; 1 they do not; 2 one of
    them cannot be read.
    """
    from isms_xl.audit_copy.verifying import Verdict
    from isms_xl.console import console
    from isms_xl.copy_console import print_verification
    from isms_xl.copying import verify as verify_files

    found = verify_files(copy, register)
    print_verification(console(), found)
    sys.exit(GAPS_OPEN if found.verdict is Verdict.OTHER else CLEAN)


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
    "--header-row",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="The row that holds the headings; otherwise it is found.",
)
@click.option(
    "--party-column",
    default="",
    metavar="COLUMN",
    help="The column that names the parties, by its heading or its letter.",
)
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
    header_row: int | None,
    party_column: str,
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
            file,
            output,
            sheet,
            header_row or 0,
            party_column,
            map_file,
            dry_run,
            write_map,
            into,
            yes,
            organisation,
            unit,
            as_of,
        ),
        as_json=form == "json",
    )


@main.command()
@click.argument("code", required=False)
def rules(code: str | None) -> None:
    """List the rules, or explain the rule CODE with an example."""
    from isms_xl.catalogue import all_rules as catalogue
    from isms_xl.console import console
    from isms_xl.rule_console import print_rule, print_rules

    known = catalogue()
    if code is None:
        print_rules(console(), known.values())
        return
    found = known.get(code.upper())
    if found is None:
        raise click.UsageError(f"There is no rule {code}. Run isms-xl rules for the list.")
    print_rule(console(), found)


@main.command()
@click.argument("command")
@click.option("--author", metavar="A", help="stamp: the role that stamps the version.")
@click.option("--summary", metavar="S", help="stamp: what changed, in your own words.")
@click.option("--path", metavar="PATH", help="new: where to make the register.")
@_as_of
def live(command: str, as_of: date, **given: str | None) -> None:
    """Do what a button of Excel's ribbon does, in the Excel that is open.

    COMMAND is validate, next-gap, previous-gap, clear, stamp, audit-copy, audit-copy-pdf, explain,
    handbook, about, new, import or batch. For computers on which macros may not start programs.
    """
    from isms_xl.ribbon import COMMANDS, desk_at_hand, perform

    if command not in COMMANDS:
        raise click.UsageError(f"There is no {command}. Use one of {', '.join(COMMANDS)}.")
    options = {name: value for name, value in given.items() if value is not None}
    said = perform(command, desk_at_hand(as_of, options))
    click.echo(said.text)
    sys.exit(UNUSABLE if said.failed else CLEAN)


@main.command()
@click.argument("folder", default="demo-output", type=click.Path(path_type=Path), metavar="[DIR]")
def demo(folder: Path) -> None:
    """Do the main job on the three example registers, into DIR (demo-output)."""
    from isms_xl.console import console
    from isms_xl.demo import run

    run(folder, console())


@main.group()
def addin() -> None:
    """Put the ISMS Register tab into Excel, look after it, or take it away."""


@addin.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("isms_xl.xlam"),
    show_default=True,
    metavar="PATH",
    help="Where to put it.",
)
def build(output: Path) -> None:
    """Build the add-in from its texts; for maintainers."""
    from isms_xl.addin.building import build_addin
    from isms_xl.addin.sources import addin_folder
    from isms_xl.books.saving import write_file
    from isms_xl.console import console, shown

    write_file(output, build_addin(addin_folder()))
    console().print(f"Built {shown(str(output))}.")


@addin.command()
def install() -> None:
    """Put the add-in into Excel for this user, or bring it up to date."""
    from isms_xl.addin.installing import install as install_on
    from isms_xl.addin.places import this_machine
    from isms_xl.console import console, shown

    out = console()
    for part in install_on(this_machine()):
        out.print(f"In place: {part.what}, {shown(str(part.path))}")
    out.print("Start Excel again; the tab ISMS Register is then there.")


@addin.command()
def uninstall() -> None:
    """Take the add-in out of Excel for this user."""
    from isms_xl.addin.installing import uninstall as uninstall_from
    from isms_xl.addin.places import places, this_machine
    from isms_xl.button import ENTRY
    from isms_xl.console import console, shown
    from isms_xl.resident.client import send_worker_away

    machine = this_machine()
    removed = uninstall_from(machine)
    out = console()
    if not send_worker_away(ENTRY):
        out.print(
            "A command started in Excel is still at work; it ends by itself when that is done."
        )
    for path in removed:
        out.print(f"Removed {shown(str(path))}.")
    if not removed:
        out.print("The add-in was not installed for this user; nothing was removed.")
    log = places(machine).log
    if log.exists():
        out.print(f"The log file stays, delete it if you like: {shown(str(log))}")


@addin.command()
def doctor() -> None:
    """Look at each link of the chain from the button in Excel to Python."""
    from isms_xl.addin.doctor import beyond_reach, examine
    from isms_xl.addin.places import this_machine
    from isms_xl.console import console, print_links

    machine = this_machine()
    links = examine(machine)
    print_links(console(), links)
    console().print(beyond_reach(machine))
    if not all(link.holds for link in links):
        sys.exit(GAPS_OPEN)


def run(command: Callable[[], Any] = main) -> None:
    """Run the command line; whatever cannot be done ends in a sentence and exit code 2."""
    # A register is many small objects; looking for cycles among them costs a tenth of the work, and
    # once more at the end 0.15 s. Whoever takes one file after the other collects in between.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        command()
    except IsmsXlError as error:
        _say(error)
        sys.exit(UNUSABLE)


def call(arguments: Sequence[str]) -> int:
    """Run the command line with these arguments and return its exit code, for the worker."""
    try:
        run(partial(main, list(arguments), "isms-xl"))
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else UNUSABLE
    return CLEAN
