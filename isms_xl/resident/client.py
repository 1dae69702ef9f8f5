"""Have the resident worker call a function, or call it here.

    python -I -m isms_xl.resident.client MODULE:FUNCTION ARGUMENT...

The function takes its arguments as a list and returns the exit code. Where no worker answers, the
work is done here and a worker started for the next time.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from isms_xl.resident.meeting import (
    MeetingError,
    connected,
    edition,
    key_file,
    private_folder,
    read_place,
    receive,
    send,
)

_FAILED = 2
_DETACHED = 0x00000008 | 0x08000000  # DETACHED_PROCESS, CREATE_NO_WINDOW: no console on Windows


def by_worker(entry: str, arguments: Sequence[str]) -> int | None:
    """Have the worker do it, and show what it says; None where it has not begun.

    Once it has begun nothing is done a second time, whatever becomes of it.
    """
    try:
        connection = connected(read_place(key_file(private_folder(), entry)))
    except MeetingError:
        return None
    with connection:
        try:
            send(
                connection,
                {
                    "edition": edition(),
                    "arguments": list(arguments),
                    "folder": os.getcwd(),  # noqa: PTH109 - pathlib would be the dearest import
                    "environment": dict(os.environ),
                },
            )
            if "begun" not in receive(connection):
                return None
        except (MeetingError, OSError):
            return None
        connection.settimeout(None)
        try:
            answer = receive(connection)
        except MeetingError:
            sys.stderr.write(
                "The resident worker ended before it was done. Look at the workbook, and try "
                "again.\n"
            )
            return _FAILED
    sys.stdout.write(str(answer.get("out", "")))
    sys.stderr.write(str(answer.get("err", "")))
    return int(answer.get("code", _FAILED))


def start_worker(entry: str) -> None:
    """Start a worker for the next time, and do not wait for it."""
    import subprocess  # dearer than all the rest, and mostly not needed

    options = {"creationflags": _DETACHED} if os.name == "nt" else {"start_new_session": True}
    subprocess.Popen(  # noqa: S603 - this interpreter, and an entry point the caller named
        [sys.executable, "-I", "-m", "isms_xl.resident.worker", entry],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )


def here(entry: str, arguments: Sequence[str]) -> int:
    """Do it in this process."""
    module, _, function = entry.partition(":")
    sys.argv = [entry, *arguments]
    return int(getattr(import_module(module), function)(list(arguments)))


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say, by the worker where there is one."""
    entry, *rest = arguments
    code = by_worker(entry, rest)
    if code is not None:
        return code
    with contextlib.suppress(OSError):  # then the next time is as slow as this one
        start_worker(entry)
    return here(entry, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
