"""Work on the machines of a Dask cluster. They need not see the files: bytes go there and come back."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from isms_xl import __version__
from isms_xl.batch.discovery import Job
from isms_xl.batch.work import (
    Options,
    Outcome,
    attempt,
    crashed,
    defect,
    deliver,
    examined,
    timed_out,
)
from isms_xl.books.saving import Snapshot, read_file
from isms_xl.catalogue import RULE_SET_VERSION
from isms_xl.errors import IsmsXlError
from isms_xl.group import Failure

_CONNECT_SECONDS = 15


class ClusterError(IsmsXlError):
    """The cluster cannot be used."""


@dataclass(slots=True)
class _Sent:
    job: Job
    snapshot: Snapshot
    deadline: float


def edition() -> tuple[str, str]:
    """Return the version of isms-xl and of its rules; workers are asked for theirs."""
    return __version__, RULE_SET_VERSION


def outcomes(
    jobs: Iterable[Job], options: Options, out: Path, *, address: str, timeout: float
) -> Generator[Outcome, None, None]:
    """Yield what becomes of each file, in the order in which they are done.

    As many files are on their way as the cluster has threads, so that neither side fills up. A file
    that is not done in time is given up and the worker that had it started anew.

    Args:
        jobs: The files.
        options: What to do with them.
        out: Folder of the batch, on this machine.
        address: Of the scheduler, such as `tcp://scheduler:8786`.
        timeout: Seconds after which a file is given up.

    Raises:
        ClusterError: The scheduler does not answer, has no workers, or they run another version.
    """
    waiting = iter(jobs)
    with _connected(address) as client:
        threads = _threads(client)
        sent: dict[Any, _Sent] = {}
        more = True
        while more or sent:
            while more and len(sent) < threads:
                job = next(waiting, None)
                if job is None:
                    more = False
                    break
                snapshot = attempt(job.source, lambda path=job.path: read_file(path))  # type: ignore[misc]
                if isinstance(snapshot, Failure):
                    yield Outcome(job, failure=snapshot)
                    continue
                future = client.submit(
                    examined, snapshot.data, job.source, options, pure=False, retries=0
                )
                sent[future] = _Sent(job, snapshot, time.monotonic() + timeout)
            yield from _arrived(client, sent, options, out, timeout)


def _library() -> Any:
    """Return the package distributed, which is there only where it was asked for."""
    try:
        return import_module("distributed")
    except ImportError as error:
        raise ClusterError(
            "--dask needs the package distributed, which is not installed.",
            'Install it with: pip install "isms-xl[dask]"',
        ) from error


def _connected(address: str) -> Any:
    client = _library().Client
    try:
        return client(address, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(
            f"The Dask scheduler {address} does not answer.",
            "Check the address, for example tcp://scheduler:8786, and that it is running.",
        ) from error


def _threads(client: Any) -> int:
    """Return how many files the cluster can work on at a time."""
    threads = sum(client.nthreads().values())
    if not threads:
        raise ClusterError(
            "The Dask scheduler has no workers.", "Start workers with dask worker, and try again."
        )
    try:
        editions = client.run(edition)
    except Exception as error:
        raise ClusterError(
            f"The Dask workers cannot run isms-xl ({error}).",
            f"Install isms-xl {__version__} where they run.",
        ) from error
    for worker, found in editions.items():
        if tuple(found) != edition():
            raise ClusterError(
                f"The Dask worker {worker} runs isms-xl {found[0]}, this is {__version__}.",
                f"Install isms-xl {__version__} where the workers run.",
            )
    return int(threads)


def _arrived(
    client: Any, sent: dict[Any, _Sent], options: Options, out: Path, timeout: float
) -> Generator[Outcome, None, None]:
    """Wait for something to arrive or run out of time, and yield it."""
    if not sent:
        return
    left = max(min(each.deadline for each in sent.values()) - time.monotonic(), 0.01)
    with suppress(TimeoutError):
        _library().wait(list(sent), timeout=left, return_when="FIRST_COMPLETED")
    for future in [future for future in sent if future.done()]:
        each = sent.pop(future)
        yield _outcome(future, each, options, out)
        future.release()
    now = time.monotonic()
    for future in [future for future, each in sent.items() if each.deadline <= now]:
        each = sent.pop(future)
        _give_up(client, future)
        yield timed_out(each.job, timeout)


def _outcome(future: Any, each: _Sent, options: Options, out: Path) -> Outcome:
    try:
        product = future.result()
    except _library().KilledWorker:
        return crashed(each.job)
    except Exception as error:  # noqa: BLE001 - whatever the cluster reports
        product = defect(each.job.source, error)
    return deliver(each.job, product, each.snapshot, options, out)


def _give_up(client: Any, future: Any) -> None:
    """Cancel a file's work and start the worker anew that has it: work cannot be interrupted."""
    workers = [worker for worker, keys in client.processing().items() if future.key in keys]
    client.cancel([future])
    if workers:
        with suppress(Exception):  # a worker without a nanny cannot be started anew
            client.restart_workers(workers, raise_for_error=False)
