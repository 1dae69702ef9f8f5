"""What the buttons of the ISMS Register tab do: a thin edge over the same functions as the commands.

Excel's macro starts `python -I -m isms_xl.button COMMAND --wb-hex=… --from_xl=1 --hwnd=N`, which calls
`main` in the resident worker or in its own process. `isms-xl live COMMAND` calls the same functions
where macros may not start programs. Nothing here keeps a reference to Excel when a command is done: it
would stay in memory after the user has closed it.
"""

from __future__ import annotations

import io
import os
import platform
import re
import subprocess
import sys
import traceback
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import isms_xl
from isms_xl.addin.calling import window_called_from, workbook_called_from
from isms_xl.addin.places import places, this_machine
from isms_xl.books.excel import (
    app_of,
    called_from,
    leave_excel_alone_at_the_end,
    message_box,
    running_app,
    xlwings,
)
from isms_xl.books.live import LiveBook
from isms_xl.books.patience import ExcelIsBusyError, is_busy
from isms_xl.books.workbook import column_number
from isms_xl.changes import Changes, changes_of
from isms_xl.contract import ALL_TABLES, DOCUMENT_CONTROL, GAP_INDEX, GAPS
from isms_xl.errors import ContractError, IsmsXlError, WriteRefusedError
from isms_xl.finding import Severity
from isms_xl.register import Grid, shortened, text_of
from isms_xl.synced import path_of
from isms_xl.words import counted, join_words

TITLE = "ISMS Register"
_LONGEST_STATUS = 250
_BATCH_SECONDS = 300.0
_FILE_PICKER, _FOLDER_PICKER = 3, 4
"""Kinds of dialog, as Office numbers them."""

_IDENTIFIER = re.compile(r"[A-Z]{2}-\d{3,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command has to say when it is done.

    Attributes:
        text: The words.
        in_box: Whether they are shown in a message box; else they stay in the status bar.
        failed: Whether they say that the command could not be carried out.
    """

    text: str
    in_box: bool = True
    failed: bool = False


@dataclass(frozen=True)
class Desk:
    """Where a command works: the Excel that is open, and the workbook it is for.

    Attributes:
        app: Excel.
        book: The workbook; None where none is open.
        today: The day that counts as today.
        options: What the caller gave along, by name: `author`, `summary`, `path`, `as_of` …
    """

    app: xlwings.App
    book: xlwings.Book | None
    today: date
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def workbook(self) -> xlwings.Book:
        """The workbook.

        Raises:
            IsmsXlError: None is open.
        """
        if self.book is None:
            raise IsmsXlError(
                "The workbook this was meant for is not open any more.",
                "Open the register, click on it and try again.",
            )
        return self.book

    @property
    def register(self) -> LiveBook:
        """The workbook as a register."""
        return LiveBook(self.workbook)

    @property
    def folder(self) -> Path:
        """Folder of the workbook.

        Raises:
            WriteRefusedError: It was never saved, or lies on the web.
        """
        native = self.workbook.api
        name = str(native.FullName if hasattr(native, "FullName") else self.workbook.fullname)
        if "://" in name:
            raise WriteRefusedError(
                f"{self.workbook.name} lies on the web, where isms-xl cannot put a file beside it.",
                "Open the copy that OneDrive keeps in a folder of this computer.",
            )
        if not Path(name).is_absolute():
            raise WriteRefusedError(
                f"{self.workbook.name} was never saved, so there is no folder to put a file into.",
                "Save it, and try again.",
            )
        return Path(name).parent

    def progress(self, text: str) -> None:
        """Show in the status bar what is going on."""
        self.app.status_bar = f"{TITLE}: {text} …"


# --- register -----------------------------------------------------------------------------------


def new(desk: Desk) -> Said:
    """Make a fresh register, and open it."""
    from isms_xl.content import STARTERS
    from isms_xl.creating import new_register

    desk.progress("making a register")
    path = Path(desk.options["path"]) if "path" in desk.options else _free_name()
    new_register(
        path,
        organisation=desk.options.get("organisation", ""),
        unit=desk.options.get("unit", ""),
        starter=desk.options.get("starter", STARTERS[0]),
        created=desk.today,
    )
    desk.app.books.open(str(path))
    return Said(
        f"A fresh register was made and opened: {path}\n\nFill in Document Control first. Its parties, "
        "requirements and links are suggestions; nothing in it is confirmed or decided yet."
    )


def _free_name() -> Path:
    """Return a name for a register that is not taken, in the user's folder for documents."""
    documents = Path.home() / "Documents"
    folder = documents if documents.is_dir() else Path.home()
    number = 1
    while (path := folder / f"ISMS register{f' {number}' if number > 1 else ''}.xlsx").exists():
        number += 1
    return path


def import_(desk: Desk) -> Said:
    """Make a register from a list in another layout, beside it, and open it."""
    from isms_xl.books.saving import read_file, write_file
    from isms_xl.importing.importer import import_register

    source = _chosen(desk, "Which list of interested parties shall become a register?")
    if source is None:
        return Said("Nothing was imported.", in_box=False)
    desk.progress(f"reading {source.name}")
    imported = import_register(read_file(source).data, source.name, None, desk.today)
    path = source.with_name(f"{source.stem}-register.xlsx")
    desk.progress("making the register")
    write_file(path, imported.workbook(), overwrite=False)
    desk.app.books.open(str(path))
    counts = [counted(number, word[:-1], word) for word, number in imported.counts.items()]
    told = [f"{path.name} was made from {source.name} and opened: {join_words(counts)}."]
    told += imported.warnings
    told.append("The sheet Import Log says where every cell went. Next: Validate.")
    return Said("\n\n".join(told))


def validate(desk: Desk) -> Said:
    """Check the open register, write its gaps, and say in one sentence what was found."""
    from isms_xl.checking import check, summary_line
    from isms_xl.register import Register

    book = desk.register
    desk.progress("reading the register")
    tables = book.tables()
    desk.progress("applying the rules")
    report = check(Register(tables), desk.today)
    desk.progress(f"writing {counted(len(report.findings), 'gap')}")
    book.apply(changes_of(report))
    lines = [summary_line(report)]
    lines += [
        f"The rule {failed.code} could not be applied. Please report this: {failed.error}"
        for failed in report.failed_rules
    ]
    if desk.app.calculation == "manual":
        lines.append("Excel calculates by hand at the moment: press F9 to see the marks.")
    return Said("\n\n".join(lines))


def clear(desk: Desk) -> Said:
    """Take the highlights off; the list on the sheet Gaps stays."""
    desk.register.apply(Changes({GAP_INDEX.name: []}))
    return Said(
        f"The highlights are off. The list on the sheet {GAPS.sheet} stays; Validate marks the cells "
        "again.",
        in_box=False,
    )


# --- from gap to gap ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Gap:
    """A gap as the sheet Gaps lists it, with the cell to show for it: its own, or its line there."""

    order: tuple[int, int, int]
    sheet: str
    row: int
    column: int
    listed_in: int
    text: Mapping[str, str]

    @property
    def line(self) -> str:
        """The gap in one line: mark, rule, record, finding and remedy."""
        text = self.text
        severity = Severity(text["Severity"])
        return (
            f"{severity.mark} {severity.word} {text['Rule']} · {text['Record']}: "
            f"{text['Finding']} → {text['Remedy']}"
        )


def next_gap(desk: Desk) -> Said:
    """Select the next cell with a gap, and show finding and remedy in the status bar."""
    return _go(desk, 1)


def previous_gap(desk: Desk) -> Said:
    """Select the previous cell with a gap, and show finding and remedy in the status bar."""
    return _go(desk, -1)


def _go(desk: Desk, step: int) -> Said:
    gaps = [gap for gap in _gaps(desk) if not gap.text["Accepted"]]
    if not gaps:
        return Said(f"No open gap is listed on the sheet {GAPS.sheet}. Validate looks for gaps.")
    places = sorted({gap.order for gap in gaps})
    here = _here(desk.workbook)
    if step > 0:
        target = next((place for place in places if place > here), places[0])
    else:
        target = next((place for place in reversed(places) if place < here), places[-1])
    found = [gap for gap in gaps if gap.order == target]
    first = found[0]
    sheet = desk.workbook.sheets[first.sheet]
    sheet.activate()
    sheet.range((first.row, first.column)).select()
    where = f"({places.index(target) + 1} of {len(places)})"
    if _has_moved(sheet, first):
        return Said(
            f"{where} {first.text['Record']} is not in this row any more: the rows have moved since "
            "the last validation. Validate again.",
            in_box=False,
        )
    more = f" · and {counted(len(found) - 1, 'more gap')} here" if len(found) > 1 else ""
    room = _LONGEST_STATUS - len(where) - len(more) - 1
    return Said(f"{where} {shortened(first.line, room)}{more}", in_box=False)


def _gaps(desk: Desk) -> list[_Gap]:
    grid = desk.register.table(GAPS)
    if grid is None:
        raise IsmsXlError(
            "This workbook has no list of gaps yet.", "Click Validate on a register first."
        )
    order = {sheet.name: number for number, sheet in enumerate(desk.workbook.sheets)}
    gaps = []
    for position, row in enumerate(grid.rows):
        text = dict(zip(GAPS.headings, map(text_of, row), strict=False))
        if text["Severity"] not in [severity.value for severity in Severity]:
            continue
        line = grid.row_numbers[position]
        sheet, at = text["Sheet"], re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", text["Cell"])
        if at is not None and sheet in order:
            cell = int(at[2]), column_number(at[1])
        else:
            sheet, cell = grid.sheet, (line, grid.first_column)
        gaps.append(_Gap((order[sheet], *cell), sheet, *cell, line, text))
    return gaps


def _here(book: xlwings.Book) -> tuple[int, int, int]:
    """Return sheet, row and column of the active cell; the start where something else is selected."""
    selection = book.selection
    if selection is None:
        return (-1, 0, 0)
    names = [sheet.name for sheet in book.sheets]
    return names.index(selection.sheet.name), selection.row, selection.column


def _has_moved(sheet: xlwings.Sheet, gap: _Gap) -> bool:
    """Whether a gap's row no longer holds its record."""
    record = gap.text["Record"]
    if gap.sheet == GAPS.sheet or not _IDENTIFIER.fullmatch(record):
        return False
    used = sheet.used_range.last_cell.column
    cells = sheet.range((gap.row, 1), (gap.row, max(used, 2))).value
    return record.casefold() not in {text_of(cell).casefold() for cell in cells}


# --- group --------------------------------------------------------------------------------------


def batch(desk: Desk) -> Said:
    """Check all registers in a folder, and open the group workbook."""
    from isms_xl.batch.discovery import find_registers
    from isms_xl.batch.results import GROUP_FILE, write_results
    from isms_xl.batch.running import run_batch
    from isms_xl.batch.work import Options
    from isms_xl.batch.workers import outcomes, processors

    folder = _chosen(desk, "Which folder holds the registers?", folder=True)
    if folder is None:
        return Said("No folder was read.", in_box=False)
    out = folder / f"isms-xl {desk.today.isoformat()}"
    found, skipped = find_registers([folder], out)
    options = Options(desk.today)
    processes = min(processors(), len(found))
    desk.progress(f"checking {counted(len(found), 'workbook')}")
    run = run_batch(
        found,
        options,
        out,
        lambda jobs: outcomes(jobs, options, out, processes=processes, timeout=_BATCH_SECONDS),
        skipped=skipped,
    )
    write_results(run.group, out)
    desk.app.books.open(str(out / GROUP_FILE))
    done, failed = len(run.group.units), len(run.group.failures)
    could_not = f", {counted(failed, 'file')} could not" if failed else ""
    return Said(
        f"{counted(done, 'register')} checked{could_not}. The group workbook is open; everything is in "
        f"{out}"
    )


# --- document control ---------------------------------------------------------------------------


def stamp(desk: Desk) -> Said:
    """Record the present content as a new version in the open workbook."""
    from isms_xl.checking import summary_line
    from isms_xl.stamping import DRAFT, next_stamp

    book = desk.register
    desk.progress("reading the register")
    tables = book.tables()
    control = tables.grids.get(DOCUMENT_CONTROL.name)
    author = _asked(desk, "author", "Which role stamps this version?", _owner(control))
    if not author:
        return Said("Nothing was stamped.", in_box=False)
    summary = _asked(desk, "summary", "What changed, in your own words? It may stay blank.", "")
    if summary is None:
        return Said("Nothing was stamped.", in_box=False)
    desk.progress("working out what changed")
    approved_on = desk.options.get("approved_on", "")
    made = next_stamp(
        tables,
        on=desk.today,
        author=author,
        summary=summary,
        bump=desk.options.get("bump", ""),
        approved_by=desk.options.get("approved_by", ""),
        approved_on=date.fromisoformat(approved_on) if approved_on else None,
    )
    if made is None:
        return Said("Nothing changed since the latest version, so nothing was stamped.")
    desk.progress("writing the version")
    book.apply(made.changes)
    draft = "" if made.is_approved else f"{DRAFT}\n\n"
    return Said(
        f"Stamped version {made.version}. {made.summary} {summary_line(made.report)}\n\n{draft}"
        "Save the workbook to keep the version."
    )


def _owner(control: Grid | None) -> str:
    """Return the document owner as Document Control names it."""
    for row in control.rows if control is not None else ():
        cells = list(map(text_of, row))
        if cells and cells[0].casefold() == "document owner":
            return next(iter(cells[1:]), "")
    return ""


def _asked(desk: Desk, name: str, question: str, default: str) -> str | None:
    """Return what the caller gave along or the user types; None where the user cancels.

    Excel's own input box is reached on Windows only; elsewhere the default stands.

    Raises:
        ContractError: There is neither.
    """
    if name in desk.options:
        return desk.options[name]
    box = getattr(desk.app.api, "InputBox", None)
    if box is not None:
        answer = box(question, TITLE, default)
        return None if answer is False else str(answer).strip()
    if not default and name == "author":
        raise ContractError(
            "The version needs to say which role stamps it, and Document Control names no owner.",
            "Fill in Document owner on Document Control, and try again.",
        )
    return default


def _chosen(desk: Desk, question: str, *, folder: bool = False) -> Path | None:
    """Return the file or folder that the caller gave along or the user picks; None on cancelling.

    Raises:
        ContractError: This system has no dialog to pick with, or the choice lies on the web only.
    """
    if "path" in desk.options:
        return path_of(desk.options["path"], os.environ)
    if sys.platform == "darwin":
        return _chosen_on_a_mac(question, folder=folder)
    dialog = getattr(desk.app.api, "FileDialog", None)
    if dialog is None:
        raise ContractError("No dialog to choose a file can be shown here.", "Give --path along.")
    picker = dialog(_FOLDER_PICKER if folder else _FILE_PICKER)
    picker.Title = question
    picker.AllowMultiSelect = False
    return path_of(str(picker.SelectedItems(1)), os.environ) if picker.Show() else None


def _chosen_on_a_mac(question: str, *, folder: bool) -> Path | None:
    kind = "folder" if folder else "file"
    script = f'POSIX path of (choose {kind} with prompt "{question}")'
    command = ["/usr/bin/osascript", "-e", script]  # our own words only
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return Path(asked.stdout.strip()) if asked.returncode == 0 else None


def audit_copy(desk: Desk) -> Said:
    """Write the audit copy of the open register beside it."""
    return _copied(desk, pdf=False)


def audit_copy_pdf(desk: Desk) -> Said:
    """Write the audit copy of the open register, and its PDF, beside it."""
    return _copied(desk, pdf=True)


def _copied(desk: Desk, *, pdf: bool) -> Said:
    from isms_xl.checking import check
    from isms_xl.copying import copy_of_report
    from isms_xl.register import Register

    register = desk.folder / desk.workbook.name
    desk.progress("reading the register")
    report = check(Register(desk.register.tables()), desk.today)
    desk.progress("writing the audit copy")
    written = copy_of_report(report, register, pdf=pdf)
    names = " and ".join(path.name for path in (written.path, written.pdf) if path is not None)
    return Said(
        f"Wrote {names} in {written.path.parent}, with the register as it is open now.\n\n"
        f"Digest {written.copy.digest}"
    )


# --- help ---------------------------------------------------------------------------------------


def explain(desk: Desk) -> Said:
    """Explain the rules behind the gaps at the active cell."""
    from isms_xl.catalogue import rules
    from isms_xl.rule_console import basis_sentence

    sheet, row, column = _here(desk.workbook)
    on_list = sheet >= 0 and desk.workbook.sheets[sheet].name == GAPS.sheet
    found = [
        gap
        for gap in _gaps(desk)
        if gap.order == (sheet, row, column) or (on_list and gap.listed_in == row)
    ]
    if not found:
        return Said(
            "No gap is listed for the selected cell. Select a marked cell, or a line on the sheet "
            f"{GAPS.sheet}; Next gap goes there."
        )
    texts = []
    for gap in found:
        rule = rules()[gap.text["Rule"]]
        texts.append(
            f"{gap.line}\n\n{rule.code} {rule.title}\n{' '.join(rule.why.split())}\n"
            f"ISO/IEC 27001:2022, {rule.clause}: {basis_sentence(rule.basis)}."
        )
    return Said("\n\n".join(texts))


def handbook(desk: Desk) -> Said:
    """Show the rule handbook in the browser."""
    from isms_xl.catalogue import rules
    from isms_xl.console import console
    from isms_xl.rule_console import print_rule

    desk.progress("writing the rule handbook")
    out = console()
    out.record, out.file = True, io.StringIO()
    for rule in rules().values():
        print_rule(out, rule)
        out.print()
    page = log_file().with_name("rule-handbook.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(out.export_html(), encoding="utf-8")
    webbrowser.open(page.as_uri())
    return Said(f"The rule handbook opens in the browser: {page}", in_box=False)


def about(desk: Desk) -> Said:
    """Say what is installed, and whether the open workbook is a register."""
    lines = [
        f"isms-xl {isms_xl.__version__}",
        f"Python {platform.python_version()}: {sys.executable}",
        f"xlwings {xlwings.__version__}, Excel {desk.app.version}",
        f"Log of what went wrong: {log_file()}",
    ]
    if desk.book is None:
        lines.append("No workbook is open.")
    else:
        names = {t.name.casefold() for sheet in desk.book.sheets for t in sheet.tables}
        known = sum(table.name.casefold() in names for table in ALL_TABLES)
        lines.append(f"{desk.book.name} has {known} of the {len(ALL_TABLES)} tables of a register.")
    lines.append("The tool checks; people audit. It needs no network.")
    return Said("\n".join(lines))


# --- the edge -----------------------------------------------------------------------------------

COMMANDS: Mapping[str, Callable[[Desk], Said]] = {
    "new": new,
    "import": import_,
    "validate": validate,
    "previous-gap": previous_gap,
    "next-gap": next_gap,
    "clear": clear,
    "stamp": stamp,
    "audit-copy": audit_copy,
    "audit-copy-pdf": audit_copy_pdf,
    "batch": batch,
    "explain": explain,
    "handbook": handbook,
    "about": about,
}


def log_file() -> Path:
    """Return where errors are written in full."""
    try:
        return places(this_machine()).log
    except IsmsXlError:  # on Linux, where LibreOffice stands in for Excel
        return Path.home() / ".local" / "state" / "isms-xl" / "isms-xl.log"


def perform(command: str, desk: Desk) -> Said:
    """Carry out a command; errors come back as what to say, with the details in the log.

    The status bar tells from the first that isms-xl is there, as the launcher expects, and is handed
    back to Excel, unless it shows the outcome.
    """
    try:
        desk.progress("one moment")
        said = COMMANDS[command](desk)
    except Exception as error:  # noqa: BLE001 - whoever clicked sees a sentence, not a traceback
        said = _failure(command, error)
    desk.app.status_bar = False if said.in_box else said.text
    return said


def _failure(command: str, error: Exception) -> Said:
    if is_busy(error):
        _log(command, error)
        error = ExcelIsBusyError()
    if isinstance(error, IsmsXlError):
        return Said(f"{error.problem}\n\n{error.way_out}", failed=True)
    _log(command, error)
    return Said(
        f"The command {command} could not be carried out.\n\nTry again; if it fails again, send "
        f"the file {log_file()} to whoever looks after isms-xl for you.",
        failed=True,
    )


def _log(command: str, error: Exception) -> None:
    path = log_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now().isoformat(timespec='seconds')} {command}\n")
        log.writelines(traceback.format_exception(error))


def desk_at_hand(today: date, options: Mapping[str, str]) -> Desk:
    """Return the Excel that is open, with its active workbook.

    Raises:
        IsmsXlError: No Excel is open, or none can be reached from this system.
    """
    app = running_app()
    if app is None:
        raise IsmsXlError(
            "No Excel is open that could be reached.",
            "Open the register in Excel for Windows or macOS, and try again.",
        )
    return Desk(app, app.books.active if len(app.books) else None, today, options)


def _desk(arguments: Sequence[str]) -> Desk:
    """Return the Excel and the workbook that Excel's macro calls for."""
    given = [argument[2:].partition("=") for argument in arguments if argument.startswith("--")]
    options = {name.replace("-", "_"): value for name, _, value in given}
    today = date.fromisoformat(options["as_of"]) if "as_of" in options else date.today()
    name = workbook_called_from(arguments) or options.get("wb", "")
    if not name:
        return replace(desk_at_hand(today, options), book=None)
    book = called_from(name, window_called_from(arguments))
    return (
        replace(desk_at_hand(today, options), book=None)
        if book is None
        else Desk(book.app, book, today, options)
    )


def main(
    arguments: Sequence[str] | None = None, when_done: Callable[[], None] = lambda: None
) -> int:
    """Carry out the command that Excel's macro asks for; return 0 when that could be done.

    Args:
        arguments: The command, and where it was called from.
        when_done: Called when the work is done, before a message box waits for the user.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    command = arguments[0] if arguments else ""
    try:
        desk = _desk(arguments)
        if command not in COMMANDS:
            raise IsmsXlError(
                f"isms-xl has no command {command}.",
                "Run isms-xl addin install, so that the add-in and isms-xl are of one version.",
            )
        said, app = perform(command, desk), desk.app
    except Exception as error:  # noqa: BLE001 - there may be no Excel to show it in
        said, app = _failure(command, error), None
    when_done()
    _show(said, app, arguments)
    return 2 if said.failed else 0


def say_that_it_broke_off(arguments: Sequence[str]) -> int:
    """Say that the worker ended in the middle of a command, and give the user's Excel back."""
    text = (
        "isms-xl was ended before it was done.\n\nLook whether the workbook is as you expect it, and "
        "try again."
    )
    try:
        app = app_of(window_called_from(arguments))
        if app is not None:
            app.screen_updating = True
            if app.calculation == "manual":
                text += (
                    " Excel calculates by hand at the moment: set Formulas > Calculation Options back "
                    "to Automatic, unless it was you who chose that."
                )
    except Exception as error:  # noqa: BLE001 - what is to be said matters more
        _log("after breaking off", error)
    _show(Said(text, failed=True), None, arguments)
    return 2


def _show(said: Said, app: xlwings.App | None, arguments: Sequence[str]) -> None:
    """Show what a command has to say; in the Excel it was called from where that was not found yet.

    Where no Excel answers, the launcher's own text stays in the status bar, and the launcher says so.
    """
    try:
        if app is None:
            app = app_of(window_called_from(arguments)) or running_app()
            if app is None:
                _show_without_excel(said, arguments)
                return
            app.status_bar = False
        if said.in_box:
            app.alert(said.text, TITLE, mode="critical" if said.failed else "info")
    except Exception as error:  # noqa: BLE001 - Excel does not answer; the window may still do
        _log("message box", error)
        _show_without_excel(said, arguments)


def _show_without_excel(said: Said, arguments: Sequence[str]) -> None:
    """Show what a command has to say where no Excel answers: never nothing at all."""
    try:
        window = window_called_from(arguments)
        if said.in_box and message_box(said.text, TITLE, window, failed=said.failed):
            return
        if sys.stderr is not None:  # under pythonw.exe there is none
            sys.stderr.write(f"{said.text}\n")
    except Exception as error:  # noqa: BLE001 - there is nobody left to tell
        _log("message box", error)


def make_ready() -> None:
    """Prepare for carrying out many commands, as the resident worker does.

    xlwings has a macro run in every Excel on macOS when Python ends, which takes away what the launcher
    showed. A worker ends at any time, and whoever works in Excel then did not ask for anything.
    """
    import isms_xl.books.grids
    import isms_xl.changes
    import isms_xl.checking  # noqa: F401

    leave_excel_alone_at_the_end("xlwings._xlmac")


if __name__ == "__main__":
    sys.exit(main())
