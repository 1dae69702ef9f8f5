"""Work in processes of this machine: what becomes of one file never touches another.

Each slot is an executor of concurrent.futures with a single process. When that process dies or has
to be ended, only the file it was working on is lost; the slot gets a new one. Whatever the work
needs is imported before the clock of a file starts.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any, Protocol

from isms_xl.batch.discovery import Job
from isms_xl.batch.work import Options, Outcome, crashed, defect, timed_out, work_on
from isms_xl.errors import IsmsXlError
from isms_xl.group import FailureKind

MEMORY_LIMIT = 2 * 2**30
"""Bytes that one file may take in a process of its own, where the system can limit that (not on
Windows)."""

_GRACE = 5.0
"""Seconds for files at hand when the run is stopped by hand."""

_STARTS = 3
"""How often a process may fail to start before the run is given up."""


_FATAL = {FailureKind.CRASHED, FailureKind.OUT_OF_MEMORY}
"""Failures after which a process is not used any more."""


class Work(Protocol):
    """What is done with each file, as `work.work_on` does; it has to be a function of a module."""

    def __call__(self, job: Job, options: Options, out: Path) -> Outcome:
        """Return what became of the file."""
        ...


class WorkersError(IsmsXlError):
    """No process could be started to work in."""


def processors() -> int:
    """Return how many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def outcomes(
    jobs: Iterable[Job],
    options: Options,
    out: Path,
    *,
    processes: int,
    timeout: float,
    work: Work = work_on,
) -> Generator[Outcome, None, None]:
    """Yield what becomes of each file, in the order in which they are done.

    When the run is stopped by hand, files at hand get a few seconds to be finished.

    Args:
        jobs: The files.
        options: What to do with them.
        out: Folder of the batch.
        processes: How many processes.
        timeout: Seconds after which a file is given up.
        work: What is done with each file.

    Raises:
        WorkersError: The processes do not start.
        KeyboardInterrupt: The run was stopped by hand.
    """
    waiting = iter(jobs)
    context = _context()
    slots = [_Slot(context, partial(work, options=options, out=out)) for _ in range(processes)]
    stopped_at = 0.0
    try:
        while True:
            for slot in slots:
                if slot.is_idle and not stopped_at:
                    job = next(waiting, None)
                    if job is not None:
                        slot.give(job, timeout)
            busy = [slot for slot in slots if slot.job is not None]
            if stopped_at and (not busy or time.monotonic() > stopped_at + _GRACE):
                raise KeyboardInterrupt
            if not busy and all(slot.is_idle for slot in slots):
                return
            try:
                wait(
                    [future for slot in slots if (future := slot.waited_for) is not None],
                    timeout=min((slot.seconds_left for slot in busy), default=None)
                    if not stopped_at
                    else _GRACE / 10,
                    return_when=FIRST_COMPLETED,
                )
            except KeyboardInterrupt:
                if stopped_at:
                    raise
                stopped_at = time.monotonic()
            for slot in slots:
                outcome = slot.taken()
                if outcome is not None:
                    yield outcome
    finally:
        for slot in slots:
            slot.end()


def _context() -> BaseContext:
    """Return how processes are made: from one that has imported everything, where that exists."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["isms_xl.batch.preload"])
        return context
    return multiprocessing.get_context("spawn")


def _prepare() -> None:
    """Make a fresh process ready: it leaves stopping by hand to its parent and has its limits."""
    import isms_xl.batch.preload  # noqa: F401 - where processes do not start with it imported

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # after each file instead, when nearly nothing is left to look at
    _limit_memory()


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        pages = 0
    taken = pages * resource.getpagesize()
    with suppress(ValueError, OSError):  # a lower limit is set already, or the system has none
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_LIMIT, hard))


def _cleanly(work: Callable[[Job], Outcome], job: Job) -> Outcome:
    """Work on a file and leave nothing behind, so that no process grows with the number of files."""
    try:
        return work(job)
    finally:
        gc.collect()


class _Slot:
    """A place for one process at a time.

    Attributes:
        job: The file at hand.
        future: Its outcome to come.
    """

    def __init__(self, context: BaseContext, work: Callable[[Job], Outcome]) -> None:
        self._context = context
        self._work = work
        self._failed_starts = 0
        self._deadline = self._timeout = 0.0
        self.job: Job | None = None
        self.future: Future[Outcome] | None = None
        self._start()

    def _start(self) -> None:
        self._process = 0
        self._executor = ProcessPoolExecutor(1, self._context, initializer=_prepare)
        self._starting: Future[int] | None = self._executor.submit(os.getpid)

    @property
    def is_idle(self) -> bool:
        """Whether it is ready for a file."""
        return self._starting is None and self.job is None

    @property
    def waited_for(self) -> Future[Any] | None:
        """The start of the process, or the file at hand being done; None when idle."""
        return self._starting or self.future

    @property
    def seconds_left(self) -> float:
        """Seconds until the file at hand is given up."""
        return max(self._deadline - time.monotonic(), 0)

    def give(self, job: Job, timeout: float) -> None:
        """Have a file worked on."""
        self.job = job
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        try:
            self.future = self._executor.submit(_cleanly, self._work, job)
        except BrokenProcessPool as error:  # the process was ended from outside while it was idle
            self.future = Future()
            self.future.set_exception(error)

    def taken(self) -> Outcome | None:
        """Return the outcome of the file at hand, if there is one, and make ready for the next."""
        if self._starting is not None:
            self._look_at_start(self._starting)
            return None
        if self.job is None or self.future is None:
            return None
        if not self.future.done():
            return self._gave_up(self.job) if self.seconds_left == 0 else None
        try:
            outcome = self.future.result()
        except BrokenProcessPool:
            outcome = crashed(self.job)
        except Exception as error:  # noqa: BLE001 - an outcome that cannot even be sent back
            outcome = Outcome(self.job, failure=defect(self.job.source, error))
        self.job = self.future = None
        if outcome.failure is not None and outcome.failure.kind in _FATAL:
            self._restart()
        return outcome

    def _look_at_start(self, starting: Future[int]) -> None:
        if not starting.done():
            return
        try:
            self._process = starting.result()
        except BrokenProcessPool as error:
            self._failed_starts += 1
            if self._failed_starts == _STARTS:
                raise WorkersError(
                    "The processes that work on the registers do not start.",
                    "Free some memory and try again, or check the registers one by one with "
                    "isms-xl validate.",
                ) from error
            self._restart()
        else:
            self._failed_starts = 0
            self._starting = None

    def _gave_up(self, job: Job) -> Outcome:
        self._restart()
        return timed_out(job, self._timeout)

    def _restart(self) -> None:
        self.end()
        self._start()

    def end(self) -> None:
        """End the process, whatever it is doing."""
        if self._process and (self.job is not None):
            with suppress(OSError):
                os.kill(self._process, getattr(signal, "SIGKILL", signal.SIGTERM))
        self.job = self.future = None
        self._executor.shutdown(wait=False, cancel_futures=True)
