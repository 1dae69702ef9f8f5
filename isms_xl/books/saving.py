"""Write a file so that afterwards it is the old one or the new one, never less."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from isms_xl.books.package import LARGEST_FILE
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError

_TEMPORARY = (".isms-xl-", ".tmp")
_LEFT_BEHIND_SECONDS = 3600
"""Age at which a temporary file is no other run's at work, but what a killed one left behind."""

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was when it was read.

    Attributes:
        path: Where it is, links resolved.
        data: Its bytes.
        seen: Its size and time of change.
    """

    path: Path
    data: bytes
    seen: tuple[int, int]


def _seen(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _resolved(path: Path, *, strict: bool = False) -> Path:
    """Return a path with its links resolved.

    Raises:
        OSError: The links lead in a circle, for which pathlib has an error of its own; or, when
            strict, to nothing.
    """
    try:
        return path.resolve(strict=strict)
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error


def is_same(path: Path, snapshot: Snapshot) -> bool:
    """Whether a path leads to the file that was read."""
    with _refusing(path):
        return _resolved(path) == snapshot.path


def read_file(path: Path) -> Snapshot:
    """Read a file whole.

    Raises:
        UnreadableWorkbookError: There is no such file, or it cannot be read.
    """
    try:
        target = _resolved(path, strict=True)
        if target.is_dir():
            raise UnreadableWorkbookError(
                f"{path} is a folder.", "Name the register workbook in it."
            )
        seen = _seen(target)
        return Snapshot(target, _content(target), seen)
    except FileNotFoundError as error:
        raise UnreadableWorkbookError(
            f"There is no file {path}.", "Check the name and the folder."
        ) from error
    except PermissionError as error:
        raise UnreadableWorkbookError(
            f"The file {path} may not be read.",
            "Close it in other programs, or ask its owner for permission to read it.",
        ) from error
    except OSError as error:
        raise UnreadableWorkbookError(
            f"The file {path} could not be read ({error.strerror or error}).",
            "Check that the drive or network folder is still there, and try again.",
        ) from error


def begins_with(path: Path, most: int) -> bytes:
    """Return the first bytes of a file; none of what is no file or cannot be read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return b""
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""


def _content(path: Path) -> bytes:
    """Return what a file holds, never more than a workbook may be, and never from what is no file.

    A device gives bytes without end and a pipe makes its reader wait, whatever size they show.
    """
    kind = path.stat()
    if not stat.S_ISREG(kind.st_mode):
        raise UnreadableWorkbookError(
            f"{path} is no file, but a device or a pipe.", "Name the register workbook itself."
        )
    if kind.st_size > LARGEST_FILE:
        raise UnreadableWorkbookError(
            f"The file is larger than {LARGEST_FILE // 2**20} MB.",
            "Remove pictures and sheets that do not belong to the register.",
        )
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def lock_file_of(path: Path) -> Path | None:
    """Return the file by which Excel or LibreOffice shows that the workbook is open, if any."""
    # Excel drops the first two letters of long names: ~$gister.xlsx for register.xlsx.
    names = [f"~${path.name}", f"~${path.name[2:]}", f".~lock.{path.name}#"]
    return next((lock for name in names if _exists(lock := path.with_name(name))), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise


def _refuse_open(path: Path) -> None:
    lock = lock_file_of(path)
    if lock is not None:
        raise WriteRefusedError(
            f"{path.name} is open in Excel or another program.",
            f"Close it there and try again. If nobody has it open, delete {lock.name} beside it.",
        )


def _refuse_read_only(path: Path) -> None:
    if path.exists() and not path.stat().st_mode & stat.S_IWUSR:
        raise WriteRefusedError(
            f"{path.name} is marked read-only.",
            "Remove the read-only mark in its properties, or work on a copy of it.",
        )


def replace_file(snapshot: Snapshot, data: bytes) -> None:
    """Replace a file that was read by new content.

    Raises:
        WriteRefusedError: It is open elsewhere, read-only or was changed since it was read, or the
            new content could not be written. The file is as it was.
    """
    path = snapshot.path

    def unchanged() -> None:
        try:
            same = _seen(path) == snapshot.seen and _content(path) == snapshot.data
        except OSError:
            same = False
        if not same:
            raise WriteRefusedError(
                f"{path.name} was changed by somebody else in the meantime.",
                "Run the command again on the file as it is now.",
            )

    with _refusing(path):
        _refuse_open(path)
        _refuse_read_only(path)
        with _held(path):
            _write(path, data, before_replacing=unchanged)


def output_place(path: Path) -> Path:
    """Return where an output goes. `missing/../file` names a file, although it is not found as such."""
    with _refusing(path):
        return _resolved(path)


def refuse_existing(path: Path, way_out: str) -> None:
    """Refuse an output where something stands already.

    Raises:
        WriteRefusedError: It does.
    """
    if output_place(path).exists():
        raise WriteRefusedError(f"{path} already exists.", way_out)


def write_file(path: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Write a new file, or replace one that is an output of the tool.

    Raises:
        WriteRefusedError: It exists and must not be overwritten, is open elsewhere or read-only,
            or could not be written.
    """
    with _refusing(path):
        target = _resolved(path)
        if target.is_dir():
            raise WriteRefusedError(f"{path} is a folder.", "Name a file in it.")
        if not overwrite:
            refuse_existing(path, "Choose another name, or move the file away first.")
        _refuse_open(target)
        _refuse_read_only(target)
        _write(target, data)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn what the system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from error


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep other runs from replacing a file at the same time; a run that is killed lets go.

    Windows has no such lock that would let the file be replaced; nor have some network folders.
    There, only a change that came before the last look at the file is noticed.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WriteRefusedError(
                f"{path.name} is just being written by another run.",
                "Run the command again when that one is done.",
            ) from error
        except OSError:
            pass
        yield


def _write(path: Path, data: bytes, before_replacing: Callable[[], None] | None = None) -> None:
    temporary: Path | None = None
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
        prefix, suffix = _TEMPORARY
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(mode if mode is not None else 0o666 & ~_umask())
        if before_replacing is not None:
            before_replacing()
        temporary.replace(path)
        temporary = None
        _sync_folder(path.parent)
        _sweep(path.parent)
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def _sweep(folder: Path) -> None:
    """Remove what runs that were killed left behind."""
    with contextlib.suppress(OSError):
        for left in folder.glob("*".join(_TEMPORARY)):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                left.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system can."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refusal(path: Path, error: OSError) -> WriteRefusedError:
    if error.errno in _NO_SPACE:
        return WriteRefusedError(
            f"There is no room left to write {path.name}.",
            "Free some space on that drive and try again; nothing was changed.",
        )
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return WriteRefusedError(
            f"The folder {path.parent} does not exist.", "Create it, or choose another folder."
        )
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return WriteRefusedError(
            f"{path.name} could not be written in {path.parent}: not permitted.",
            "Close the file in other programs, or choose a folder that you may write to.",
        )
    return WriteRefusedError(
        f"{path.name} could not be written ({error.strerror or error}).",
        "Check that the drive or network folder is still there; nothing was changed.",
    )
