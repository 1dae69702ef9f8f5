"""What a write leaves behind when the system fails it, or kills it, at any of its calls."""

from __future__ import annotations

import errno
import fcntl
import io
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hostile import register
from workbooks import packed

from isms_xl.books.file import FileBook
from isms_xl.books.saving import read_file, replace_file, write_file
from isms_xl.changes import Changes
from isms_xl.contract import GAPS
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills forked processes")

CALLS = ("open", "fsync", "close", "chmod", "replace", "unlink", "stat", "scandir", "umask")
OLD = packed(register())
ERRORS = (errno.ENOSPC, errno.EACCES, errno.EIO, errno.ENOENT, errno.EROFS)


class _Torn(io.FileIO):
    """A file of which each write is one of the calls that may fail, half of it being written."""

    def __init__(self, handle: int, fault: Fault) -> None:
        super().__init__(handle, "wb")
        self._fault = fault

    def write(self, data: Any) -> int:
        half = len(data) // 2
        super().write(data[:half])
        self._fault.reached("write")
        super().write(data[half:])
        return len(data)


class Fault:
    """Counts the system calls of a write, and makes one of them fail.

    Attributes:
        calls: Names of the calls so far.
    """

    def __init__(self, at: int = -1, strike: Callable[[], None] = lambda: None) -> None:
        self.calls: list[str] = []
        self._at = at
        self._strike = strike

    def reached(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) - 1 == self._at:
            self._strike()

    @contextmanager
    def injected(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, self._counted(name, getattr(os, name)))
            patch.setattr(os, "fdopen", lambda handle, mode: _Torn(handle, self))
            yield

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self.reached(name)
            return call(*arguments, **options)

        return counted


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def failing(number: int) -> Callable[[], None]:
    def strike() -> None:
        raise OSError(number, os.strerror(number))

    return strike


def overwrite(path: Path) -> None:
    book = FileBook.open(path)
    book.apply(Changes({GAPS.name: []}))
    book.save()


def make_copy(path: Path) -> None:
    book = FileBook.open(path)
    book.apply(Changes({GAPS.name: []}))
    book.save_as(path.with_name("copy.xlsx"))


def written(folder: Path) -> bytes:
    """Return the new content, written without a fault."""
    folder.mkdir()
    path = folder / "register.xlsx"
    path.write_bytes(OLD)
    overwrite(path)
    return path.read_bytes()


def calls_of(write: Callable[[Path], None], folder: Path) -> list[str]:
    """Return the system calls of a write without a fault."""
    folder.mkdir()
    (folder / "register.xlsx").write_bytes(OLD)
    fault = Fault()
    with fault.injected():
        write(folder / "register.xlsx")
    assert {"open", "write", "fsync", "chmod", "replace", "stat"} <= set(fault.calls)
    return fault.calls


def strike_in_process(write: Callable[[Path], None], path: Path, at: int) -> int:
    """Kill a process at a call of its write; return how it ended."""

    def run() -> None:
        with Fault(at, kill).injected():
            write(path)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(30)
    assert process.exitcode is not None
    return process.exitcode


def whole(folder: Path, expected: bytes) -> None:
    """The workbook is the old or the new one, a copy the new one or not there."""
    assert (folder / "register.xlsx").read_bytes() in (OLD, expected)
    copy = folder / "copy.xlsx"
    assert not copy.exists() or copy.read_bytes() == expected


@pytest.mark.parametrize("write", [overwrite, make_copy])
def test_killed_at_any_call_it_leaves_the_old_or_the_new(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    expected = written(tmp_path / "expected")
    states = set()
    for at, name in enumerate(calls_of(write, tmp_path / "plain")):
        folder = tmp_path / f"{at}-{name}"
        folder.mkdir()
        path = folder / "register.xlsx"
        path.write_bytes(OLD)
        assert strike_in_process(write, path, at) == -signal.SIGKILL
        whole(folder, expected)
        states.add(path.read_bytes() == OLD and not (folder / "copy.xlsx").exists())
        path.write_bytes(OLD)
        for left in folder.glob(".isms-xl-*"):
            os.utime(left, (0, 0))
        write(path)  # the next run is not confused by what was left
        whole(folder, expected)
        assert list(folder.glob(".*")) == []
    assert states == {True, False}


@pytest.mark.parametrize("number", ERRORS, ids=lambda n: errno.errorcode[n])
@pytest.mark.parametrize("write", [overwrite, make_copy])
def test_error_at_any_call_leaves_the_old_or_the_new(
    tmp_path: Path, write: Callable[[Path], None], number: int
) -> None:
    expected = written(tmp_path / "expected")
    refused = 0
    for at, name in enumerate(calls_of(write, tmp_path / "plain")):
        folder = tmp_path / f"{at}-{name}"
        folder.mkdir()
        path = folder / "register.xlsx"
        path.write_bytes(OLD)
        try:
            with Fault(at, failing(number)).injected():
                write(path)
        except (WriteRefusedError, UnreadableWorkbookError):
            refused += 1
            assert path.read_bytes() == OLD
            assert not (folder / "copy.xlsx").exists()
        whole(folder, expected)
        assert list(folder.glob(".*")) == []
    assert refused > 3


def test_folder_that_vanishes_is_said_to_be_gone(tmp_path: Path) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    path = folder / "register.xlsx"
    path.write_bytes(OLD)
    book = FileBook.open(path)
    book.apply(Changes({GAPS.name: []}))
    folder.rename(tmp_path / "gone")
    with pytest.raises(WriteRefusedError, match="does not exist"):
        book.save()
    assert (tmp_path / "gone" / "register.xlsx").read_bytes() == OLD
    assert [p.name for p in (tmp_path / "gone").iterdir()] == ["register.xlsx"]


@pytest.mark.long
def test_disk_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)])
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        path = small / "register.xlsx"
        path.write_bytes(OLD)
        (small / "filler").write_bytes(b"x" * (64 * 1024 - len(OLD) - 8192))
        snapshot = read_file(path)
        with pytest.raises(WriteRefusedError, match="no room left"):
            replace_file(snapshot, bytes(32_768))
        assert path.read_bytes() == OLD
        assert sorted(p.name for p in small.iterdir()) == ["filler", "register.xlsx"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


# --- two runs at once -----------------------------------------------------------------------------


def test_second_run_says_that_another_is_writing(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(OLD)
    book = FileBook.open(path)
    book.apply(Changes({GAPS.name: []}))
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(WriteRefusedError, match="by another run"):
            book.save()
    assert path.read_bytes() == OLD
    book.save()
    assert path.read_bytes() != OLD


def test_of_many_runs_at_once_one_wins(tmp_path: Path) -> None:
    """All read the same workbook, then all write at the same moment."""
    path = tmp_path / "register.xlsx"
    path.write_bytes(OLD)
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(6), context.Queue()

    def run(number: int) -> None:
        snapshot = read_file(path)
        ready.wait(30)
        try:
            replace_file(snapshot, OLD + bytes([number]))
        except WriteRefusedError:
            answers.put(None)
        else:
            answers.put(number)

    runs = [context.Process(target=run, args=(number,)) for number in range(6)]
    for process in runs:
        process.start()
    found = [answers.get(timeout=30) for _ in runs]
    for process in runs:
        process.join(30)
    (winner,) = (number for number in found if number is not None)
    assert path.read_bytes() == OLD + bytes([winner])
    assert list(tmp_path.iterdir()) == [path]


# --- names and marks ------------------------------------------------------------------------------


def test_chain_of_links_ends_at_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    path = tmp_path / "real" / "register.xlsx"
    path.write_bytes(OLD)
    (tmp_path / "a.xlsx").symlink_to(path)
    (tmp_path / "b.xlsx").symlink_to(tmp_path / "a.xlsx")
    overwrite(tmp_path / "b.xlsx")
    assert path.read_bytes() != OLD
    assert (tmp_path / "b.xlsx").is_symlink()
    assert (tmp_path / "a.xlsx").is_symlink()


def test_links_in_a_circle_and_to_nowhere_end_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").symlink_to(tmp_path / "b.xlsx")
    (tmp_path / "b.xlsx").symlink_to(tmp_path / "a.xlsx")
    (tmp_path / "c.xlsx").symlink_to(tmp_path / "nowhere.xlsx")
    for name in ("a.xlsx", "c.xlsx"):
        with pytest.raises(UnreadableWorkbookError):
            FileBook.open(tmp_path / name)
    with pytest.raises(WriteRefusedError):
        write_file(tmp_path / "a.xlsx", b"new")


def test_output_through_a_link_replaces_what_it_leads_to(tmp_path: Path) -> None:
    target = tmp_path / "report.xlsx"
    target.write_bytes(b"old")
    (tmp_path / "link.xlsx").symlink_to(target)
    write_file(tmp_path / "link.xlsx", b"new")
    assert target.read_bytes() == b"new"


def test_read_only_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(OLD)
    path.chmod(stat.S_IRUSR)
    with pytest.raises(WriteRefusedError, match="read-only"):
        overwrite(path)
    assert path.read_bytes() == OLD


def test_name_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    path = tmp_path / f"{'r' * 250}.xlsx"
    path.write_bytes(OLD)
    overwrite(path)
    assert path.read_bytes() != OLD
    with pytest.raises(WriteRefusedError, match="could not be written"):
        write_file(tmp_path / f"{'r' * 300}.xlsx", b"new")
    with pytest.raises(UnreadableWorkbookError, match="could not be read"):
        FileBook.open(tmp_path / f"{'r' * 300}.xlsx")


def test_path_longer_than_windows_used_to_allow(tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["long" * 20] * 6)
    folder.mkdir(parents=True)
    path = folder / "register.xlsx"
    path.write_bytes(OLD)
    overwrite(path)
    assert path.read_bytes() != OLD


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_name_keeps_its_normal_form(tmp_path: Path, form: Any) -> None:
    name = unicodedata.normalize(form, "Prüfung für Ämter.xlsx")
    path = tmp_path / name
    path.write_bytes(OLD)
    overwrite(path)
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "name", ["REGISTER.XLSX", "Register.xlsX", "$(id).xlsx", "-rf.xlsx", "a\nb.xlsx"]
)
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(OLD)
    overwrite(path)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_what_killed_runs_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(OLD)
    old, fresh, own = (tmp_path / n for n in (".isms-xl-a.tmp", ".isms-xl-b.tmp", "notes.tmp"))
    for left in (old, fresh, own):
        left.write_bytes(b"")
    for left in (old, own):
        os.utime(left, (time.time() - 7200, time.time() - 7200))
    overwrite(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [fresh.name, own.name, path.name]
