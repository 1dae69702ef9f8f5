"""Have the resident worker call a function, or call it here.

    python -I -m isms_xl.resident.client MODULE:FUNCTION ARGUMENT...

The function takes its arguments as a list and returns the exit code. Where no worker answers, the
work is done here and then a worker started for the next time: both at once would hinder each other.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TextIO

from isms_xl.resident.meeting import (
    ON_WINDOWS,
    MeetingError,
    claimed,
    connected,
    key_file,
    private_folder,
    read_place,
    receive,
    send,
)
from isms_xl.resident.request import answer_of, request_here

_FAILED = 2
_PATIENCE = 10.0
"""Seconds to wait for a worker that is to leave; an idle one looks around twice meanwhile."""

_DETACHED = 0x00000008 | 0x08000000  # DETACHED_PROCESS, CREATE_NO_WINDOW: no console on Windows


class BrokenOffError(Exception):
    """The worker ended before it was done, and nobody knows how far it came."""


def by_worker(entry: str, arguments: Sequence[str]) -> int | None:
    """Have the worker do it, and show what it says; None where it has not begun.

    The worker begins when it is told that the client waits for it. From then on nothing is done a
    second time, whatever becomes of it.

    Raises:
        BrokenOffError: It began, and did not end.
    """
    try:
        place = read_place(key_file(private_folder(), entry))
        connection = connected(place)
    except MeetingError:
        return None
    with connection:
        try:
            send(connection, request_here(arguments))
            if "ready" not in receive(connection):
                return None
            if ON_WINDOWS:
                from isms_xl.resident.windows import let_to_the_front

                let_to_the_front(place.process)
            send(connection, {"begin": True})
        except (MeetingError, OSError):
            return None
        connection.settimeout(None)
        try:
            answer = answer_of(receive(connection))
        except MeetingError as error:
            raise BrokenOffError from error
    _write(sys.stdout, answer.out)
    _write(sys.stderr, answer.err)
    return answer.code


def _write(stream: TextIO | None, text: str) -> None:
    if stream is not None:  # under pythonw.exe there is none
        stream.write(text)


def start_worker(entry: str) -> None:
    """Start a worker for the next time where there is none, and do not wait for it."""
    import subprocess  # dearer than all the rest, and mostly not needed

    options = {"creationflags": _DETACHED} if ON_WINDOWS else {"start_new_session": True}
    with contextlib.suppress(MeetingError, OSError):  # then the next time is as slow as this one
        claim = claimed(key_file(private_folder(), entry))
        if claim is None:  # it is there, and was busy
            return
        claim.close()
        subprocess.Popen(  # noqa: S603 - this interpreter, and an entry point the caller named
            [sys.executable, "-I", "-m", "isms_xl.resident.worker", entry],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )


def send_worker_away(entry: str, patience: float = _PATIENCE) -> bool:
    """Have a worker leave that is not busy, and wait for it; return whether none is there any more.

    As long as it is there, Windows lets nobody replace the libraries that it has loaded.
    """
    try:
        file = key_file(private_folder(), entry)
        if not file.exists():
            return True
        file.unlink()  # it sees that nobody is led to it any more
        claim = claimed(file, patience)
    except (MeetingError, OSError):
        return True
    if claim is not None:
        claim.close()
    return claim is not None


def here(entry: str, arguments: Sequence[str]) -> int:
    """Do it in this process."""
    module, _, function = entry.partition(":")
    sys.argv = [entry, *arguments]
    return int(getattr(import_module(module), function)(list(arguments)))


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say, by the worker where there is one."""
    entry, *rest = arguments
    try:
        code = by_worker(entry, rest)
    except BrokenOffError:
        _write(
            sys.stderr,
            "The resident worker ended before it was done. Look at the workbook, and try again.\n",
        )
        return _FAILED
    if code is not None:
        return code
    try:
        return here(entry, rest)
    finally:
        start_worker(entry)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
