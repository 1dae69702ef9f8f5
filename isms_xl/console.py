"""What a person sees on the terminal: the summary first, then the findings by sheet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from isms_xl.checking import Report, summary_line, weighed
from isms_xl.checklist import states
from isms_xl.contract import ALL_TABLES
from isms_xl.finding import Finding, Severity
from isms_xl.register import without_control_characters
from isms_xl.words import calculated_sentence, counted

if TYPE_CHECKING:  # a validation need load neither what looks after the add-in nor what stamps
    from isms_xl.addin.doctor import Link
    from isms_xl.stamping import Stamp

SEVERITY_STYLE = {Severity.MAJOR: "bold red", Severity.MINOR: "yellow", Severity.OBS: "cyan"}
_SHEETS = {table.sheet: position for position, table in enumerate(ALL_TABLES)}
_PLAIN_WIDTH = 110
_RECORD_WIDTH = 22
_SPACE = re.compile(r"\s")


def console(*, error: bool = False) -> Console:
    """Return a console that is plain, and of a fixed width, when nobody watches it."""
    made = Console(stderr=error, highlight=False, emoji=False)
    if not made.is_terminal:
        made = Console(
            stderr=error, highlight=False, emoji=False, width=_PLAIN_WIDTH, soft_wrap=False
        )
    return made


_LINE_BREAKS = re.compile("\\s*[\n\r\v\f\x85\u2028\u2029]+\\s*")


def shown(text: str) -> str:
    """Return a text from a workbook as a terminal may show it: on one line, without commands."""
    return escape(without_control_characters(_LINE_BREAKS.sub(" ", text)))


def print_report(out: Console, path: Path, report: Report) -> None:
    """Print one register's summary, the auditor's checklist and the findings by sheet."""
    register = report.register
    title = " · ".join(
        filter(
            None,
            (register.field_text("Organisation"), register.field_text("Business unit")),
        )
    )
    out.print(f"[bold]{shown(path.name)}[/bold]{f'  {shown(title)}' if title else ''}")
    line = Text("  ")
    for severity, number in report.open_by_severity.items():
        style = SEVERITY_STYLE[severity] if number else "dim"
        line.append(f"{severity.mark} {weighed(number, severity)}   ", style)
    if report.accepted:
        line.append(f"○ {report.accepted} accepted   ", "dim")
    line.append(f"as of {report.as_of.isoformat()}", "dim")
    out.print(line)
    if not report.findings:
        out.print("  No rule found a departure.", style="green")
    for failed in report.failed_rules:
        out.print(
            f"  The rule {failed.code} could not be applied ({shown(failed.error)}). "
            "Please report this.",
            style="bold red",
        )
    by_sheet = sorted(report.findings, key=lambda f: _SHEETS.get(f.sheet, len(_SHEETS)))
    for sheet, findings in groupby(by_sheet, key=lambda finding: finding.sheet):
        _print_sheet(out, sheet, list(findings))
    out.print()


def _plain_line(finding: Finding) -> str:
    """Return a finding as one line, for files and for programs that read line by line."""
    accepted = f" (accepted by {finding.accepted})" if finding.accepted else ""
    line = (
        f"  {finding.severity.mark} {finding.code} {finding.cell or '–'} {finding.record}{accepted}: "
        f"{finding.message} → {finding.remedy}"
    )
    return without_control_characters(_SPACE.sub(" ", line)) + "\n"


def _print_sheet(out: Console, sheet: str, findings: Sequence[Finding]) -> None:
    out.print()
    out.print(f"  [bold]{shown(sheet)}[/bold]  [dim]{counted(len(findings), 'finding')}[/dim]")
    if not out.is_terminal:
        out.file.writelines(map(_plain_line, findings))
        return
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("mark", "code", "cell"):
        table.add_column(name, no_wrap=True)
    table.add_column("record", max_width=_RECORD_WIDTH)
    table.add_column("text", ratio=1)
    for finding in findings:
        text = Text(without_control_characters(finding.message))
        text.append(f"\n→ {without_control_characters(finding.remedy)}", "dim")
        mark = Text(finding.severity.mark, SEVERITY_STYLE[finding.severity])
        if finding.accepted:
            mark = Text("○", "dim")
            text.append(f"\naccepted by {finding.accepted}", "dim")
        record = Text(without_control_characters(finding.record), "bold")
        table.add_row(mark, finding.code, finding.cell or "–", record, text)
    out.print(Padding(table, (0, 0, 0, 2)))


def print_strict(out: Console, path: Path) -> None:
    """Print that a register is in the rarer of the two formats that share an ending."""
    out.print(
        f"{shown(path.name)} is a Strict Open XML workbook. It is read and written as such; where "
        "another program cannot open it, save it as Excel Workbook (.xlsx) in Excel.",
        soft_wrap=True,
    )


def print_stamp(out: Console, path: Path, stamp: Stamp | None) -> None:
    """Print what a stamp recorded."""
    if stamp is None:
        out.print(
            f"{shown(path.name)}: nothing changed since the latest version, so nothing was stamped. "
            "Its approval is entered by hand, on the sheet Versions."
        )
        return
    out.print(f"Stamped version {stamp.version} of {shown(path.name)}.")
    out.print(f"  {shown(stamp.summary)}")
    out.print(f"  Content digest {stamp.digest}", style="dim")
    if not stamp.is_approved:
        from isms_xl.stamping import DRAFT

        out.print(f"  {DRAFT}")
    calculated = stamp.report.register.calculated
    if calculated:
        out.print(f"  {calculated_sentence(calculated)}")
    broken = [f for f in stamp.report.findings if f.code == "DOC005"]
    for finding in broken:
        out.print(f"  {shown(finding.message)} {shown(finding.remedy)}", style="bold red")
    out.print(f"  {summary_line(stamp.report)}")


def print_checklist(out: Console, report: Report) -> None:
    """Print the auditor's checklist with its computed states."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for state in states(report):
        table.add_row(state.line.number, state.line.subject, state.state)
    out.print(Padding(table, (0, 0, 0, 2)))


def print_links(out: Console, links: Iterable[Link]) -> None:
    """Print the links of the chain from Excel to Python, and what to do about the broken ones."""
    for link in links:
        mark = Text("✓ ", "green") if link.holds else Text("✗ ", "bold red")
        out.print(mark, shown(link.what), sep="")
        if not link.holds:
            out.print(Padding(f"{shown(link.problem)} {shown(link.way_out)}", (0, 0, 0, 2)))
