"""Work on the machines of a Dask cluster. They need not see the files: bytes go there and come back.

What comes back is data that is checked, never objects: a worker or scheduler that somebody else has
taken over can answer wrongly, but run nothing here.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isms_xl import __version__
from isms_xl.batch.answers import answer, answered, question_of
from isms_xl.batch.discovery import Job
from isms_xl.batch.inert import KilledWorker, nothing_unpickled
from isms_xl.batch.scheduler import (
    Certificates,
    ClusterError,
    library,
    refuse_open_workers,
    security_for,
)
from isms_xl.batch.work import Options, Outcome, attempt, crashed, deliver, timed_out
from isms_xl.books.saving import Snapshot, read_file
from isms_xl.catalogue import RULE_SET_VERSION
from isms_xl.group import Failure, FailureKind

_CONNECT_SECONDS = 15
_PLAIN = ["dask", "msgpack"]
"""How results may be written: neither runs anything when it is read. Pickles are left out."""


@dataclass(slots=True)
class _Sent:
    job: Job
    snapshot: Snapshot
    deadline: float


def edition() -> tuple[str, str]:
    """Return the version of isms-xl and of its rules; workers are asked for theirs."""
    return __version__, RULE_SET_VERSION


def outcomes(
    jobs: Iterable[Job],
    options: Options,
    out: Path,
    *,
    address: str,
    timeout: float,
    certificates: Certificates | None = None,
) -> Generator[Outcome, None, None]:
    """Yield what becomes of each file, in the order in which they are done.

    As many files are on their way as the cluster has threads, so that neither side fills up. A file
    that is not done in time is given up and the worker that had it started anew.

    Args:
        jobs: The files.
        options: What to do with them.
        out: Folder of the batch, on this machine.
        address: Of the scheduler, such as `tls://scheduler:8786`.
        timeout: Seconds after which a file is given up.
        certificates: For a scheduler on another machine, where Dask's configuration has none.

    Raises:
        ClusterError: The scheduler does not answer, is not reached in an encrypted way, or has no
            workers; or they run another version.
    """
    waiting = iter(jobs)
    question = question_of(options)
    with _connected(address, certificates or Certificates()) as client:
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
                    answer, snapshot.data, job.source, question, pure=False, retries=0
                )
                sent[future] = _Sent(job, snapshot, time.monotonic() + timeout)
            yield from _arrived(client, sent, options, out, timeout)


@contextmanager
def _connected(address: str, certificates: Certificates) -> Iterator[Any]:
    distributed = library()
    security = security_for(address, certificates)
    with ExitStack() as stack:
        try:
            stack.enter_context(nothing_unpickled())
        except (ImportError, AttributeError) as error:
            raise ClusterError(
                "The package distributed that is installed cannot be kept from running what a "
                "scheduler sends.",
                "Install the version that requirements.lock names.",
            ) from error
        try:
            client = distributed.Client(
                address,
                timeout=_CONNECT_SECONDS,
                security=security,
                serializers=_PLAIN,
                deserializers=_PLAIN,
                direct_to_workers=False,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterError(
                f"The Dask scheduler {address} does not answer.",
                "Check the address, for example tls://scheduler:8786, that it is running, and that "
                "it knows the authority of your certificate.",
            ) from error
        yield stack.enter_context(client)


def _threads(client: Any) -> int:
    """Return how many files the cluster can work on at a time."""
    workers = client.nthreads()
    threads = sum(workers.values())
    if not threads:
        raise ClusterError(
            "The Dask scheduler has no workers.", "Start workers with dask worker, and try again."
        )
    refuse_open_workers(tuple(workers))
    try:
        editions = client.run(edition)
    except Exception as error:
        raise ClusterError(
            "The Dask workers cannot run isms-xl.",
            f"Install isms-xl {__version__} where they run; their logs tell more.",
        ) from error
    for worker, found in editions.items():
        if found != edition():
            theirs = found[0] if isinstance(found, tuple) and found else "nobody knows what"
            raise ClusterError(
                f"The Dask worker {worker} runs isms-xl {theirs}, this is {__version__}.",
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
        library().wait(list(sent), timeout=left, return_when="FIRST_COMPLETED")
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
        product = answered(future.result(), each.snapshot.data, each.job.source, options)
    except KilledWorker:
        return crashed(each.job)
    except Exception:  # noqa: BLE001 - whatever the cluster answers, it costs this file only
        return Outcome(each.job, failure=_odd_answer(each.job.source))
    return deliver(each.job, product, each.snapshot, options, out)


def _odd_answer(source: str) -> Failure:
    return Failure(
        source,
        FailureKind.DEFECT,
        "The Dask worker that had the file did not answer as isms-xl does.",
        "Look at the logs of the workers, see that nobody else can reach them, and check the file on "
        "this machine, without --dask.",
    )


def _give_up(client: Any, future: Any) -> None:
    """Cancel a file's work and start the worker anew that has it: work cannot be interrupted."""
    workers = [worker for worker, keys in client.processing().items() if future.key in keys]
    client.cancel([future])
    if workers:
        with suppress(Exception):  # a worker without a nanny cannot be started anew
            client.restart_workers(workers, raise_for_error=False)
