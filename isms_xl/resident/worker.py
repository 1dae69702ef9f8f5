"""The resident worker: calls one function again and again, for one user.

    python -I -m isms_xl.resident.worker MODULE:FUNCTION [IDLE SECONDS]

One request at a time, in the main thread, with the client's folder, environment and arguments. It
ends by itself when nobody asked anything for a while, when another worker took its place, or when a
client of another edition asks.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import secrets
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from isms_xl.resident.meeting import (
    HANDSHAKE_SECONDS,
    MeetingError,
    Message,
    Place,
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

IDLE_SECONDS = 15 * 60.0
_LOOK_AROUND_SECONDS = 5.0
_CRASHED = 1

Entry = Callable[[list[str]], int]


@contextlib.contextmanager
def _surroundings(
    arguments: Sequence[str], folder: str, environment: Mapping[str, str]
) -> Iterator[None]:
    """Be where the client is, and afterwards where the worker was."""
    before = sys.argv, Path.cwd(), dict(os.environ)
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["isms-xl", *arguments]
        yield
    finally:
        sys.argv = before[0]
        os.chdir(before[1])
        os.environ.clear()
        os.environ.update(before[2])


def answer_to(request: Message, call: Entry) -> Message:
    """Call the function as a request asks; return its exit code and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    arguments = [str(argument) for argument in request["arguments"]]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            with _surroundings(arguments, request["folder"], request["environment"]):
                code = call(arguments)
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else bool(leaving.code)
        except Exception:  # noqa: BLE001 - what would end a process of its own ends this request
            traceback.print_exc()
            code = _CRASHED
    return {"code": int(code or 0), "out": out.getvalue(), "err": err.getvalue()}


def _clear_away(file: Path) -> None:
    """Remove the socket of a worker that died, or that goes when it sees that another came."""
    with contextlib.suppress(MeetingError, OSError):
        address = read_place(file).address
        if isinstance(address, str):
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
        _clear_away(self._file)
        self._listener, address = listening_socket(folder)
        self._place = Place(address, secrets.token_bytes(32), edition())
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
            request = receive(connection)
            if request.get("edition") != self._place.edition:
                send(connection, {"refused": "edition"})
                return False
            send(connection, {"begun": True})
            answer = answer_to(request, self._call)
            connection.settimeout(None)
            send(connection, answer)
        except (MeetingError, OSError):
            return False
        return True

    def _leave(self) -> None:
        self._listener.close()
        if self._is_known():
            _clear_away(self._file)
            self._file.unlink(missing_ok=True)


def _warm_up() -> None:
    """Import what every check needs, and keep the collector from looking at it again."""
    import pandera.pandas  # noqa: F401

    import isms_xl.console
    import isms_xl.validating  # noqa: F401
    from isms_xl.catalogue import rules

    rules()
    gc.collect()
    gc.freeze()


def main(arguments: Sequence[str]) -> int:
    """Serve the named function until it is time to go."""
    os.chdir(private_folder())  # keeps no folder of the user's from being moved or removed
    _warm_up()  # first of all: whoever finds the worker is not to wait for it
    Worker(arguments[0], *map(float, arguments[1:2])).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
