"""The main job on the three example registers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.table import Table

from isms_xl.batch.results import write_results
from isms_xl.checking import Report
from isms_xl.checklist import states
from isms_xl.console import shown
from isms_xl.copying import write_audit_copy
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.finding import Severity
from isms_xl.group import Group
from isms_xl.group_checking import check_group
from isms_xl.group_facts import unit_result
from isms_xl.validating import validate
from isms_xl.versioning import stamp
from isms_xl.versions import history

AS_OF = date(2026, 11, 24)
"""The examples tell a story that ends on this day; the demo looks at them as of then."""

_AUTHOR = "Information Security Manager"
_SUMMARY = "State of the day, stamped by the demo"


def examples_folder() -> Path:
    """Return the folder of the example registers: in the installed package, or in the checkout.

    Raises:
        UnreadableWorkbookError: Neither is there.
    """
    package = Path(str(files("isms_xl")))
    for folder in (package / "data" / "examples", package.parent / "examples"):
        if any(folder.glob("*.xlsx")):
            return folder
    raise UnreadableWorkbookError(
        "The example registers are missing.", "Install isms-xl anew, or run this in its checkout."
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """What was done with one example.

    Attributes:
        register: The register with its gaps marked and its version stamped.
        report: What the rules find in it.
        copy: Its audit copy.
        digest: SHA-256 of the register.
    """

    register: Path
    report: Report
    copy: Path
    digest: str


def run(folder: Path, out: Console) -> None:
    """Validate the examples into a folder, stamp them, write audit copies, and print the outcome.

    Raises:
        WriteRefusedError: The folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteRefusedError(
            f"The folder {folder} cannot be made ({error.strerror}).", "Name another folder."
        ) from error
    done = [_process(path, folder) for path in sorted(examples_folder().glob("*.xlsx"))]
    out.print(f"Three example registers of one AI company, as of {AS_OF.isoformat()}\n")
    out.print(_summary(done))
    out.print("\nThe registers with their gaps marked and their versions stamped:")
    for one in done:
        out.print(f"  {shown(str(one.register.resolve()))}", soft_wrap=True)
    out.print("\nTheir audit copies, for reading and printing:")
    for one in done:
        out.print(f"  {shown(str(one.copy.resolve()))}", soft_wrap=True)
    out.print("\nAll units side by side: the group workbook, all gaps, and the reviews due:")
    for path in write_results(_group(done), folder):
        out.print(f"  {shown(str(path.resolve()))}", soft_wrap=True)
    out.print(
        "\nOpen one in Excel or LibreOffice: a register's sheet Start shows where it stands, Gaps what "
        "to do, and the marked cells where."
    )


def _process(path: Path, folder: Path) -> _Done:
    register = folder / path.name
    validation = validate(path, AS_OF, output=register)
    made = stamp(register, on=AS_OF, author=_AUTHOR, summary=_SUMMARY)
    target = folder / f"{path.stem}-audit-copy.xlsx"
    copy = write_audit_copy(register, AS_OF, output=target, overwrite=True)
    report = made.report if made is not None else validation.report
    return _Done(register, report, copy.path, sha256(register.read_bytes()).hexdigest())


def _group(done: list[_Done]) -> Group:
    """Return the three registers read side by side."""
    units = [
        replace(
            unit_result(one.report, source=one.register.name, digest=one.digest),
            reviewed_copy=one.register.name,
            audit_copy=one.copy.name,
        )
        for one in done
    ]
    return check_group(Group(AS_OF, tuple(units)))


def _summary(done: list[_Done]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Business unit")
    for heading in (
        "Version",
        "Parties",
        "Requirements",
        *(s.word.capitalize() for s in Severity),
        "Accepted",
    ):
        table.add_column(heading, justify="right")
    table.add_column("Checklist lines without gaps", justify="right")
    for one in done:
        report = one.report
        register = report.register
        lines = states(report)
        clear = sum(state.is_clear for state in lines)
        table.add_row(
            shown(register.field_text("Business unit") or one.register.stem),
            shown(history(register)[-1].name),
            str(len(register.parties)),
            str(len(register.requirements)),
            *(str(number) for number in report.open_by_severity.values()),
            str(report.accepted),
            f"{clear} of {len(lines)}",
        )
    return table
