"""Where client and worker meet: a private folder, a key only the user can read, and how they talk.

Both prove that they know the key before anything else is said, without ever sending it. Messages are
JSON behind their length; nothing that arrives is ever executed or unpickled. On Windows they meet only
within one session, and never with an administrator's rights: what anybody of this user may write
would otherwise steer a program that may do more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import socket
import stat
import struct
import sys
import time
from pathlib import Path
from typing import IO, Any, NamedTuple

from isms_xl import __version__

HANDSHAKE_SECONDS = 1.0
"""A worker that is busy longer than this is not waited for, and a stranger not listened to."""

_LENGTH = struct.Struct(">I")
_LONGEST = 64 * 2**20
_NONCE = _PROOF = 32
ON_WINDOWS = os.name == "nt"

Message = dict[str, Any]


class MeetingError(Exception):
    """Client and worker cannot come together; the client does the work itself."""


class Place(NamedTuple):
    """How a worker can be reached.

    Attributes:
        address: Path of its socket, or host and port.
        key: The secret both know.
        edition: What code it runs.
        process: Number of its process.
    """

    address: str | tuple[str, int]
    key: bytes
    edition: str
    process: int


def edition() -> str:
    """Return what distinguishes this code and interpreter from any other, also after an update."""
    package = Path(__file__).resolve().parent.parent
    changed = max(path.stat().st_mtime_ns for path in package.rglob("*.py"))
    return f"{__version__} {package} {changed} {sys.executable} {sys.version}"


def _is_private(status: os.stat_result) -> bool:
    """Whether a file or folder is this user's own, and nobody else may use it."""
    if sys.platform == "win32":
        return True  # the folder in the user's profile is closed to others by its access list
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def private_folder() -> Path:
    """Return the user's folder for meeting, made where it is missing.

    Raises:
        MeetingError: Others could use it too, or it cannot be made; or this process may do more than
            others of the user.
    """
    if ON_WINDOWS:
        if _session()[1]:
            raise MeetingError("an administrator meets nobody")
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        folder /= "isms-xl"
    elif runtime := os.environ.get("XDG_RUNTIME_DIR"):
        folder = Path(runtime) / "isms-xl"
    else:
        import tempfile  # not needed where the system has a place for such things

        folder = Path(tempfile.gettempdir()) / f"isms-xl-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise MeetingError(f"no folder {folder}") from error
    if not stat.S_ISDIR(status.st_mode) or not _is_private(status):
        raise MeetingError(f"{folder} is open to others")
    return folder


def _session() -> tuple[int, bool]:
    from isms_xl.resident.windows import session_and_elevation

    try:
        return session_and_elevation()
    except OSError as error:
        raise MeetingError("nobody knows who this is") from error


def key_file(folder: Path, entry: str) -> Path:
    """Return the file that says where the worker for an entry point is.

    Excel can be reached from within its session only, so on Windows each session has its own.

    Raises:
        MeetingError: Windows does not tell the session.
    """
    meant = f"{entry} {_session()[0]}" if ON_WINDOWS else entry
    return folder / f"{hashlib.sha256(meant.encode()).hexdigest()[:16]}.json"


def claimed(file: Path, patience: float = 0) -> IO[bytes] | None:
    """Return an open file that stands for the right to be the worker; None where another has it.

    Closing it gives the right back, and so does the end of the process, however it ends.

    Args:
        file: The worker's key file.
        patience: Seconds to wait for another to go.
    """
    until = time.monotonic() + patience
    claim = file.with_suffix(".lock").open("ab")
    while True:
        try:
            _lock(claim.fileno())
        except OSError:
            if time.monotonic() < until:
                time.sleep(0.05)
                continue
            claim.close()
            return None
        return claim


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def read_place(file: Path) -> Place:
    """Return where the worker is.

    Raises:
        MeetingError: There is none, or the file could have been written by somebody else.
    """
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, encoding="utf-8") as text:
            if not _is_private(os.fstat(handle)):
                raise MeetingError(f"{file} is open to others")
            told = json.load(text)
        address = told["address"]
        return Place(
            address if isinstance(address, str) else (str(address[0]), int(address[1])),
            bytes.fromhex(told["key"]),
            str(told["edition"]),
            int(told["process"]),
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise MeetingError("no worker is known") from error


def write_place(file: Path, place: Place) -> None:
    """Say where the worker is, readable for this user only and never half written."""
    import tempfile  # the client never writes

    handle, name = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    told = place._asdict() | {"key": place.key.hex()}
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump(told, text)
    Path(name).replace(file)


def send(connection: socket.socket, message: Message) -> None:
    """Send one message."""
    data = json.dumps(message).encode()
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive(connection: socket.socket) -> Message:
    """Return the next message.

    Raises:
        MeetingError: It breaks off, is too long or no message.
    """
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > _LONGEST:
        raise MeetingError("a message is too long")
    try:
        message = json.loads(_exactly(connection, length))
    except (ValueError, RecursionError) as error:
        raise MeetingError("a message is garbled") from error
    if not isinstance(message, dict):
        raise MeetingError("a message is garbled")
    return message


def _exactly(connection: socket.socket, length: int, until: float | None = None) -> bytes:
    """Return so many bytes; by a moment of the monotonic clock, however slowly they trickle in."""
    data = bytearray()
    while len(data) < length:
        try:
            if until is not None:
                connection.settimeout(max(until - time.monotonic(), 0.001))
            part = connection.recv(min(length - len(data), 2**20))
        except OSError as error:
            raise MeetingError("the other side does not answer") from error
        if not part:
            raise MeetingError("the other side hung up")
        data += part
    return bytes(data)


def _proof(key: bytes, who: bytes, mine: bytes, theirs: bytes) -> bytes:
    return hmac.digest(key, who + mine + theirs, "sha256")


def recognise_worker(connection: socket.socket, key: bytes) -> None:
    """Show the worker that the client knows the key, and see that the worker does.

    Raises:
        MeetingError: It does not, so whoever listens there is no worker of this user.
    """
    until = time.monotonic() + HANDSHAKE_SECONDS
    mine = secrets.token_bytes(_NONCE)
    theirs = _exactly(connection, _NONCE, until)
    connection.sendall(mine + _proof(key, b"client", mine, theirs))
    proof = _exactly(connection, _PROOF, until)
    if not hmac.compare_digest(proof, _proof(key, b"worker", theirs, mine)):
        raise MeetingError("the worker has another key")
    connection.settimeout(HANDSHAKE_SECONDS)


def recognise_client(connection: socket.socket, key: bytes) -> None:
    """See that the client knows the key, then show that the worker does.

    Raises:
        MeetingError: The client does not.
    """
    until = time.monotonic() + HANDSHAKE_SECONDS
    mine = secrets.token_bytes(_NONCE)
    connection.sendall(mine)
    theirs = _exactly(connection, _NONCE, until)
    proof = _exactly(connection, _PROOF, until)
    if not hmac.compare_digest(proof, _proof(key, b"client", theirs, mine)):
        raise MeetingError("the client has another key")
    connection.sendall(_proof(key, b"worker", mine, theirs))
    connection.settimeout(HANDSHAKE_SECONDS)


def listening_socket(folder: Path) -> tuple[socket.socket, str | tuple[str, int]]:
    """Return a socket that only this machine can reach, and its address."""
    if hasattr(socket, "AF_UNIX"):
        path = str(folder / f"{secrets.token_hex(8)}.sock")
        listener = socket.socket(socket.AF_UNIX)
        try:
            listener.bind(path)
        except OSError:  # the folder's path is longer than a socket's may be
            listener.close()
        else:
            listener.listen()
            return listener, path
    listener = socket.socket(socket.AF_INET)
    if exclusive := getattr(socket, "SO_EXCLUSIVEADDRUSE", 0):  # else another may take it over
        listener.setsockopt(socket.SOL_SOCKET, exclusive, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener, listener.getsockname()[:2]


def connected(place: Place) -> socket.socket:
    """Return a connection to a worker that has proved to be this user's.

    Raises:
        MeetingError: Nobody listens there, or somebody else does.
    """
    unix = isinstance(place.address, str)
    if unix and not hasattr(socket, "AF_UNIX"):
        raise MeetingError("no such kind of socket here")
    connection = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    connection.settimeout(HANDSHAKE_SECONDS)
    try:
        connection.connect(place.address)
        recognise_worker(connection, place.key)
    except (OSError, MeetingError) as error:
        connection.close()
        raise MeetingError("no worker answers") from error
    return connection
