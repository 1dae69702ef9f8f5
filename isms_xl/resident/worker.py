"""The resident worker: calls one function again and again, for one user.

    python -I -m isms_xl.resident.worker MODULE:FUNCTION [IDLE SECONDS]

One request at a time, with the client's folder, environment and arguments. It ends by itself when
nobody asked anything for a while, when another worker took its place, or when a client of another
edition asks. A module that has a function `make_ready` is made ready by it.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import secrets
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from isms_xl.resident.meeting import (
    HANDSHAKE_SECONDS,
    ON_WINDOWS,
    MeetingError,
    Message,
    Place,
    claimed,
    edition,
    key_file,
    listening_socket,
    private_folder,
    read_place,
    receive,
    recognise_client,
    send,
    write_place,
)
from isms_xl.resident.request import Answer, Request, request_of

IDLE_SECONDS = 15 * 60.0
_LOOK_AROUND_SECONDS = 5.0
_PATIENCE = 2.0
"""Seconds to wait for a worker of another edition, which is about to go."""

_TELLING_SECONDS = 10.0
"""A client that does not take its answer is not waited for longer."""

_CRASHED = 1

Entry = Callable[[list[str]], int]


@contextlib.contextmanager
def _surroundings(request: Request) -> Iterator[None]:
    """Be where the client is, and afterwards where the worker was, whatever happened in between."""
    with contextlib.ExitStack() as back:
        back.callback(setattr, sys, "argv", sys.argv)
        back.callback(setattr, tempfile, "tempdir", tempfile.tempdir)
        back.callback(_take_environment, dict(os.environ))
        back.callback(os.umask, os.umask(request.mask))
        back.callback(os.chdir, Path.cwd())
        os.chdir(request.folder)
        _take_environment(request.environment)
        tempfile.tempdir = None  # else that of the first client stays
        sys.argv = ["isms-xl", *request.arguments]
        yield


def _take_environment(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    _take_time_zone()


def _take_time_zone() -> None:
    """Go by the time zone of the environment, or of the system where that changed: it says the day."""
    if sys.platform != "win32":
        time.tzset()


def answer_to(request: Request, call: Entry) -> Message:
    """Call the function as a request asks; return its exit code and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            with _surroundings(request):
                code = int(call(list(request.arguments)) or 0)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
        except Exception:  # noqa: BLE001 - what would end a process of its own ends this request
            traceback.print_exc()
            code = _CRASHED
    gc.collect()  # Excel stays in memory as long as anything here refers to it
    return Answer(int(code), out.getvalue(), err.getvalue())._asdict()


def _answered(request: Request, call: Entry) -> Message:
    if not ON_WINDOWS:
        return answer_to(request, call)
    from isms_xl.resident.windows import in_own_thread

    return in_own_thread(partial(answer_to, request, call))


def _clear_away(address: str | tuple[str, int]) -> None:
    """Remove the socket of a worker that died or goes."""
    if isinstance(address, str):
        with contextlib.suppress(OSError):
            Path(address).unlink(missing_ok=True)


class Worker:
    """A worker that listens.

    Args:
        entry: The function it calls, as `module:function`.
        idle: Seconds without a request after which it ends.

    Raises:
        MeetingError: There is no private place to listen at.
    """

    def __init__(self, entry: str, idle: float = IDLE_SECONDS) -> None:
        module, _, function = entry.partition(":")
        self._call: Entry = getattr(import_module(module), function)
        self._idle = idle
        folder = private_folder()
        self._file = key_file(folder, entry)
        with contextlib.suppress(MeetingError):
            _clear_away(read_place(self._file).address)
        self._listener, address = listening_socket(folder)
        self._place = Place(address, secrets.token_bytes(32), edition(), os.getpid())
        write_place(self._file, self._place)

    def serve(self) -> None:
        """Answer requests until it is time to go, and take the key away then."""
        self._listener.settimeout(min(self._idle, _LOOK_AROUND_SECONDS))
        last = time.monotonic()
        try:
            while time.monotonic() - last < self._idle and self._is_known():
                try:
                    connection, _ = self._listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    if self._attend(connection):
                        last = time.monotonic()
                    if edition() != self._place.edition:
                        return
        finally:
            self._leave()

    def _is_known(self) -> bool:
        """Whether clients are still led here, and not to a worker that came later."""
        try:
            return read_place(self._file) == self._place
        except MeetingError:
            return False

    def _attend(self, connection: socket.socket) -> bool:
        """Answer one client; return whether it was one of this user and edition."""
        connection.settimeout(HANDSHAKE_SECONDS)
        try:
            recognise_client(connection, self._place.key)
            message = receive(connection)
            if message.get("edition") != self._place.edition:
                send(connection, {"refused": "edition"})
                return False
            request = request_of(message)
            send(connection, {"ready": True})
            if "begin" not in receive(connection):
                return False
            answer = _answered(request, self._call)
            connection.settimeout(_TELLING_SECONDS)
            send(connection, answer)
        except (MeetingError, OSError):
            return False
        except Exception:  # noqa: BLE001 - a client costs itself, never those that come after it
            return False
        return True

    def _leave(self) -> None:
        self._listener.close()
        _clear_away(self._place.address)
        if self._is_known():
            self._file.unlink(missing_ok=True)


def _warm_up(module: str) -> None:
    """Do what the function and every check need once, and keep the collector from looking at it again.

    The function's own module comes first: the ribbon's has xlwings imported without pandas. A first
    check takes three times as long as the next.
    """
    make_ready = getattr(import_module(module), "make_ready", None)
    if make_ready is not None:
        make_ready()
    import isms_xl.console
    import isms_xl.validating  # noqa: F401
    from isms_xl.cases import AS_OF, base_content, tables_of
    from isms_xl.checking import check
    from isms_xl.register import Register

    check(Register(tables_of(base_content())), AS_OF)
    gc.collect()
    gc.freeze()


def main(arguments: Sequence[str]) -> int:
    """Serve the named function until it is time to go; go at once where another does."""
    entry, *idle = arguments
    folder = private_folder()
    os.chdir(folder)  # keeps no folder of the user's from being moved or removed
    claim = claimed(key_file(folder, entry), _PATIENCE)
    if claim is None:
        return 0
    with claim:
        if ON_WINDOWS:
            from isms_xl.resident.windows import enter_multithreaded_apartment

            enter_multithreaded_apartment()
        _warm_up(entry.partition(":")[0])  # before anybody finds it, who would wait for it
        Worker(entry, *map(float, idle)).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
