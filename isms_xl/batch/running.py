"""A batch from its files to the group: what is done already, what is to do, and reading it together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from isms_xl.batch.discovery import UNITS, Job
from isms_xl.batch.journal import Journal, earlier
from isms_xl.batch.outputs import refuse_other_files
from isms_xl.batch.work import Options, Outcome, reviewed_path
from isms_xl.books.saving import read_file
from isms_xl.errors import IsmsXlError, WriteRefusedError
from isms_xl.group import Failure, FailureKind, Group, Skipped, UnitResult
from isms_xl.group_checking import check_group

Engine = Callable[[Sequence[Job]], Generator[Outcome, None, None]]
"""What works on the files: processes of this machine, or a cluster."""


_ENDED = {FailureKind.CRASHED, FailureKind.TIMED_OUT}
"""Failures after which a process was ended, whatever it was doing."""


class Listener(Protocol):
    """Who is told of a run while it goes on."""

    def begin(self, total: int) -> None:
        """Take note that there are so many files to do."""
        ...

    def tell(self, outcome: Outcome) -> None:
        """Take note of what became of a file."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """A batch that came to its end, or was stopped.

    Attributes:
        group: The registers read side by side.
        resumed: Number of registers taken over from an earlier run.
        left: Number of files that were not looked at, because the run was stopped by hand.
    """

    group: Group
    resumed: int
    left: int


def run_batch(
    jobs: Sequence[Job],
    options: Options,
    out: Path,
    engine: Engine,
    *,
    skipped: Sequence[Skipped] = (),
    expected: Sequence[str] = (),
    resume: bool = False,
    listener: Listener | None = None,
) -> Run:
    """Work on all files and read the results side by side.

    Args:
        jobs: The files.
        options: What to do with them.
        out: Folder of the batch; made where it is not there yet.
        engine: What works on them.
        skipped: Files that were left aside.
        expected: Units that should have delivered a register.
        resume: Take over what an earlier run did and has not changed since.
        listener: Is told how many files there are to do, and of each as it is done.

    Raises:
        WriteRefusedError: The folder cannot be made or written to, or something else stands where a
            result belongs.
    """
    refuse_other_files(out, jobs)
    _make(out)
    done = _unchanged(jobs, earlier(out, options), out, options) if resume else {}
    to_do = [job for job in jobs if job.source not in done]
    units = dict(done)
    failures: list[Failure] = []
    aside = list(skipped)
    finished = 0
    if listener is not None:
        listener.begin(len(to_do))
    with Journal(out, options) as journal:
        for unit in done.values():
            journal.add(unit)
        with suppress(KeyboardInterrupt), closing(engine(to_do)) as outcomes:
            for outcome in outcomes:
                finished += 1
                if outcome.unit is not None:
                    units[outcome.job.source] = outcome.unit
                if outcome.failure is not None:
                    failures.append(outcome.failure)
                elif outcome.unit is not None:
                    journal.add(outcome.unit)
                if outcome.skipped is not None:
                    aside.append(outcome.skipped)
                if listener is not None:
                    listener.tell(outcome)
    _sweep(out, _broken_off(to_do, units, failures) if options.write_back else ())
    group = Group(
        as_of=options.as_of,
        units=tuple(units[source] for source in sorted(units)),
        failures=tuple(sorted(failures, key=lambda failure: failure.source)),
        skipped=tuple(sorted(aside, key=lambda skipped: skipped.source)),
        expected=tuple(expected),
    )
    return Run(check_group(group), len(done), len(to_do) - finished)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteRefusedError(
            f"The folder {out} cannot be made ({error.strerror}).", "Name another folder."
        ) from error


def _unchanged(
    jobs: Sequence[Job], known: Mapping[str, UnitResult], out: Path, options: Options
) -> dict[str, UnitResult]:
    """Return the earlier results whose file is the same and whose copy is still there."""
    done = {}
    for job in jobs:
        unit = known.get(job.source)
        if unit is None:
            continue
        copy = reviewed_path(job, unit)
        if not options.write_back and not (
            unit.reviewed_copy == copy.as_posix() and (out / copy).is_file()
        ):
            continue
        with suppress(IsmsXlError):
            if hashlib.sha256(read_file(job.path).data).hexdigest() == unit.digest:
                done[job.source] = unit
    return done


def _broken_off(
    jobs: Sequence[Job], units: Mapping[str, UnitResult], failures: Sequence[Failure]
) -> list[Job]:
    """Return the files whose process may have been ended while it wrote."""
    told = {f.source for f in failures if f.kind not in _ENDED} | units.keys()
    return [job for job in jobs if job.source not in told]


def _sweep(out: Path, broken_off: Sequence[Job]) -> None:
    """Remove what a process left that was ended while it wrote."""
    folders = {job.path.resolve().parent for job in broken_off}
    for folder in (*(out / UNITS).glob("*"), *folders):
        for rest in folder.glob(".isms-xl-*.tmp"):
            with suppress(OSError):
                rest.unlink()
