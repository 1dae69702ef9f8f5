"""What a person sees of a batch: progress while it runs, and at the end where the group stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from isms_xl.batch.running import Run
from isms_xl.batch.work import Outcome
from isms_xl.checking import weighed
from isms_xl.console import shown
from isms_xl.finding import Severity
from isms_xl.group import Counts, Group, GroupFinding, UnitResult
from isms_xl.register import shortened, without_control_characters
from isms_xl.validating import finding_json
from isms_xl.words import counted, rebuilt_sentence

_MOST_SKIPPED = 10
_LONGEST_NAME = 40
_PLACE_WIDTH = 30


def counts_sentence(counts: Counts) -> str:
    """Return numbers of findings as a sentence, such as `Open: 2 major; 1 accepted.`."""
    parts = [weighed(counts.of(severity), severity) for severity in Severity if counts.of(severity)]
    sentence = f"Open: {', '.join(parts)}" if parts else "No rule found a departure"
    return f"{sentence}{f'; {counts.accepted} accepted' if counts.accepted else ''}."


class Teller:
    """Tells of each file as it is done: a bar where somebody watches, else a line a file.

    A context manager.

    Args:
        out: Where to.
    """

    def __init__(self, out: Console) -> None:
        self._out = out
        self._done = self._total = 0
        self._progress: Progress | None = None
        if out.is_terminal:
            self._progress = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                TextColumn("{task.description}"),
                console=out,
                transient=True,
            )
            self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Teller:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def begin(self, total: int) -> None:
        """Take note of the number of files."""
        self._total = total
        if self._progress is not None:
            self._progress.update(self._task, total=total)

    def tell(self, outcome: Outcome) -> None:
        """Tell of one file."""
        self._done += 1
        source = outcome.job.source
        if self._progress is not None:
            name = shown(shortened(Path(source).name, _LONGEST_NAME))
            self._progress.update(self._task, advance=1, description=name)
            if outcome.failure is not None:
                self._progress.console.print(f"{shown(source)}: {_became(outcome)}")
            return
        self._out.print(
            f"{self._done}/{self._total} {shown(source)}: {_became(outcome)}", soft_wrap=True
        )


def _became(outcome: Outcome) -> str:
    if outcome.failure is not None:
        return f"{shown(outcome.failure.problem)} {shown(outcome.failure.way_out)}"
    if outcome.skipped is not None:
        return f"left aside. {shown(outcome.skipped.reason)}"
    if outcome.unit is None:
        return ""
    anew = "".join(f" {shown(rebuilt_sentence(sheet))}" for sheet in outcome.rebuilt)
    return f"{counts_sentence(outcome.unit.counts)}{anew}"


def print_group(out: Console, run: Run, folder: Path, written: Sequence[Path]) -> None:
    """Print where the group stands, what could not be done, and what was written.

    Args:
        out: Where to.
        run: The batch.
        folder: Folder of the units' files.
        written: Files of the whole group.
    """
    group = run.group
    done = counted(len(group.units), "register")
    resumed = f", {run.resumed} of them in an earlier run" if run.resumed else ""
    out.print(f"[bold]{done}[/bold] as of {group.as_of.isoformat()}{resumed}\n")
    if group.units:
        out.print(_units_table(group))
    if group.findings:
        out.print("\n[bold]Across units[/bold]")
        _print_findings(out, group.findings)
    for failed in group.failed_rules:
        out.print(
            f"The rule {failed.code} could not be applied ({shown(failed.error)}). "
            "Please report this.",
            style="bold red",
        )
    if group.failures:
        out.print(f"\n[bold]{counted(len(group.failures), 'file')} not done[/bold]")
        for failure in group.failures:
            out.print(
                f"  {shown(failure.source)}: {shown(failure.problem)} {shown(failure.way_out)}",
                soft_wrap=not out.is_terminal,
            )
    _print_skipped(out, group)
    if run.left:
        out.print(
            f"\nStopped. {counted(run.left, 'file')} {'was' if run.left == 1 else 'were'} not looked "
            "at; run the same command with --resume to go on."
        )
    out.print("\nWritten:")
    if group.units:
        out.print(f"  {shown(str(folder))}: a reviewed copy and an audit copy of each register")
    for path in written:
        out.print(f"  {shown(str(path))}", soft_wrap=True)


def _print_skipped(out: Console, group: Group) -> None:
    if not group.skipped:
        return
    out.print(f"\n{counted(len(group.skipped), 'file')} left aside")
    for skipped in group.skipped[:_MOST_SKIPPED]:
        out.print(f"  {shown(skipped.source)}: {shown(skipped.reason)}", soft_wrap=True)
    if len(group.skipped) > _MOST_SKIPPED:
        more = len(group.skipped) - _MOST_SKIPPED
        out.print(f"  and {more} more (--format json lists all)")


def _units_table(group: Group) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Business unit")
    for heading in ("Version", *(s.word.capitalize() for s in Severity), "Accepted"):
        table.add_column(heading, justify="right")
    table.add_column("Register")
    for unit in group.units:
        _add(table, shown(unit.name), shown(unit.version_words), unit.counts, shown(unit.source))
    if len(group.units) > 1:
        table.add_section()
        _add(table, "All", "", group.counts, "")
    return table


def _add(table: Table, name: str, version: str, counts: Counts, source: str) -> None:
    numbers = (*(counts.of(severity) for severity in Severity), counts.accepted)
    table.add_row(name, version, *map(str, numbers), source)


def _print_findings(out: Console, findings: Sequence[GroupFinding]) -> None:
    """Print findings across units: a table where somebody watches, else a line each."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("mark", "code"):
        table.add_column(name, no_wrap=True)
    table.add_column("place", max_width=_PLACE_WIDTH)
    table.add_column("text", ratio=1)
    for found in findings:
        finding = found.finding
        where = (found.unit, finding.sheet, finding.cell or finding.record)
        place, message, remedy = (
            without_control_characters(text.replace("\n", " "))
            for text in (" ".join(where), finding.message, finding.remedy)
        )
        mark = finding.severity.mark
        if out.is_terminal:
            text = Text(message)
            text.append(f"\n→ {remedy}", "dim")
            table.add_row(mark, finding.code, Text(place, "bold"), text)
        else:
            out.file.write(f"  {mark} {finding.code} {place}: {message} → {remedy}\n")
    if out.is_terminal:
        out.print(Padding(table, (0, 0, 0, 2)))


# --- for scripts ------------------------------------------------------------------------------


def json_lines(run: Run, written: Sequence[Path]) -> Iterator[str]:
    """Yield the run as the JSON that scripts rely on: one object, its units a line each."""
    group = run.group
    head = {
        "schema": 1,
        "as_of": group.as_of.isoformat(),
        "summary": {
            "registers": len(group.units),
            "resumed": run.resumed,
            "failures": len(group.failures),
            "left": run.left,
            **_counts_json(group.counts),
        },
        "findings": [
            {
                **finding_json(found.finding),
                "file": found.source,
                "business_unit": found.unit,
                "other_units": list(found.others),
            }
            for found in group.findings
        ],
        "failures": [
            {
                "file": failure.source,
                "kind": failure.kind.value,
                "problem": failure.problem,
                "way_out": failure.way_out,
            }
            for failure in group.failures
        ],
        "skipped": [{"file": s.source, "reason": s.reason} for s in group.skipped],
        "failed_rules": [{"code": f.code, "error": f.error} for f in group.failed_rules],
        "written": [str(path) for path in written],
    }
    yield f'{_dumped(head)[:-1]}, "units": ['
    for number, unit in enumerate(group.units, start=1):
        yield f"{_dumped(_unit_json(unit))}{',' if number < len(group.units) else ''}"
    yield "]}"


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _counts_json(counts: Counts) -> dict[str, int]:
    by_severity = {severity.value: counts.of(severity) for severity in Severity}
    return {**by_severity, "accepted": counts.accepted}


def _unit_json(unit: UnitResult) -> dict[str, object]:
    return {
        "file": unit.source,
        "organisation": unit.organisation,
        "business_unit": unit.business_unit,
        "document_id": unit.document_id,
        "version": unit.version,
        "state": unit.state,
        "summary": _counts_json(unit.counts),
        "checklist": {state.line: state.state for state in unit.checklist},
        "reviewed_copy": unit.reviewed_copy,
        "audit_copy": unit.audit_copy,
        "findings": [finding_json(finding) for finding in unit.details.findings],
        "failed_rules": [{"code": f.code, "error": f.error} for f in unit.failed_rules],
    }
