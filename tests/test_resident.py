"""The resident worker: it does what a process of its own would, and only for its own user."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isms_xl.resident import client, meeting, worker

ENTRY = "served:main"
SERVED = """
import os, sys, time
def main(arguments):
    if arguments[:1] == ["crash"]: raise RuntimeError("it broke")
    if arguments[:1] == ["die"]: os._exit(9)
    if arguments[:1] == ["leave"]: sys.exit(3)
    if arguments[:1] == ["slow"]: time.sleep(0.1)
    print(os.getpid(), os.getcwd(), os.environ.get("FLAVOUR"), sys.argv[1:], "ünï")
    print("warned", file=sys.stderr)
    return 1
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX file modes to be looked at")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a private place to meet, and make the served module importable."""
    (tmp_path / "served.py").write_text(SERVED, encoding="utf-8")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "argv", sys.argv)
    return meeting.key_file(meeting.private_folder(), ENTRY)


def started(place: Path, idle: float = 60) -> subprocess.Popen[bytes]:
    before = place.read_bytes() if place.exists() else b""
    process = subprocess.Popen([sys.executable, "-m", "isms_xl.resident.worker", ENTRY, str(idle)])
    until = time.monotonic() + 60
    while not place.exists() or place.read_bytes() == before:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


@pytest.fixture
def running(place: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = started(place)
    yield process
    process.kill()
    process.wait()


def test_a_request_runs_in_the_worker_as_it_would_here(
    running: subprocess.Popen[bytes],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("FLAVOUR", "plum")
    assert client.by_worker(ENTRY, ["one", "two words"]) == 1
    by_worker = capfd.readouterr()
    assert client.here(ENTRY, ["one", "two words"]) == 1
    here = capfd.readouterr()
    assert by_worker.out == here.out.replace(str(os.getpid()), str(running.pid), 1)
    assert f"{tmp_path / 'elsewhere'} plum ['one', 'two words'] ünï" in by_worker.out
    assert by_worker.err == here.err == "warned\n"


def test_exit_codes_and_crashes_come_back_and_the_worker_goes_on(
    running: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    assert client.by_worker(ENTRY, ["leave"]) == 3
    assert client.by_worker(ENTRY, ["crash"]) == 1
    assert "RuntimeError: it broke" in capfd.readouterr().err
    assert client.by_worker(ENTRY, []) == 1


def test_requests_at_the_same_time_are_all_answered(
    running: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    with ThreadPoolExecutor(3) as pool:
        codes = list(pool.map(lambda name: client.by_worker(ENTRY, [name]), ["slow", "b", "c"]))
    assert codes == [1, 1, 1]
    out = capfd.readouterr().out
    assert sorted(line.split("[")[1] for line in out.splitlines()) == [
        "'b'] ünï",
        "'c'] ünï",
        "'slow'] ünï",
    ]


def test_a_worker_that_dies_in_the_middle_is_not_asked_again_for_the_same(
    running: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    assert client.by_worker(ENTRY, ["die"]) == 2
    assert "try again" in capfd.readouterr().err
    running.wait()
    assert client.by_worker(ENTRY, []) is None


@pytest.mark.parametrize("state", ["absent", "dead", "garbled"])
def test_without_a_worker_the_client_does_it_and_starts_one(
    place: Path,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if state == "dead":
        process = started(place)
        process.kill()
        process.wait()
        assert place.exists()
    elif state == "garbled":
        place.write_text("{", encoding="utf-8")
        place.chmod(0o600)
    wanted: list[str] = []
    monkeypatch.setattr(client, "start_worker", wanted.append)
    assert client.main([ENTRY, "x"]) == 1
    assert capfd.readouterr().out.startswith(f"{os.getpid()} ")
    assert wanted == [ENTRY]


def test_a_new_worker_takes_the_place_of_a_dead_one(place: Path) -> None:
    first = started(place)
    first.kill()
    first.wait()
    second = started(place)
    try:
        assert client.by_worker(ENTRY, []) == 1
        assert len(list(place.parent.glob("*.sock"))) == 1
    finally:
        second.kill()
        second.wait()


def test_the_client_starts_a_real_worker(place: Path) -> None:
    entry = "isms_xl.cli:call"
    file = meeting.key_file(place.parent, entry)
    command = [sys.executable, "-I", "-m", "isms_xl.resident.client", entry, "rules", "DAT005"]
    first = subprocess.run(command, capture_output=True, check=True)
    until = time.monotonic() + 60
    while not file.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    again = subprocess.run(command, capture_output=True, check=True)
    assert (again.stdout, again.stderr) == (first.stdout, b"")
    assert b"DAT005" in first.stdout
    file.unlink()  # it sees that it is no longer led to, and goes


def with_key(place: Path, **changed: object) -> None:
    told = json.loads(place.read_text(encoding="utf-8")) | changed
    place.write_text(json.dumps(told), encoding="utf-8")


def test_a_client_with_another_key_is_not_served(
    running: subprocess.Popen[bytes], place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    true = meeting.read_place(place)
    with pytest.raises(meeting.MeetingError):
        meeting.connected(true._replace(key=b"0" * 32))
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(true.address))
        connection.recv(32)
        connection.sendall(b"0" * 64)
        assert connection.recv(1) == b""
    assert capfd.readouterr().out == ""
    assert client.by_worker(ENTRY, []) == 1


def test_a_stranger_who_took_the_port_learns_nothing(place: Path) -> None:
    heard = b""
    listener = socket.create_server(("127.0.0.1", 0))

    def stranger() -> None:
        nonlocal heard
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"\0" * 32)
            heard = connection.recv(4096)
            connection.sendall(b"\0" * 32)
            heard += connection.recv(4096)

    thread = threading.Thread(target=stranger)
    thread.start()
    key = b"k" * 32
    meeting.write_place(place, meeting.Place(listener.getsockname()[:2], key, meeting.edition()))
    assert client.by_worker(ENTRY, ["secret"]) is None
    thread.join()
    listener.close()
    assert key not in heard
    assert b"secret" not in heard
    assert len(heard) == 64


def test_another_edition_is_not_served(
    running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "edition", lambda: "of tomorrow")
    assert client.by_worker(ENTRY, []) is None
    monkeypatch.undo()


def test_an_idle_worker_leaves_and_takes_the_key_away(place: Path) -> None:
    process = started(place, idle=0.2)
    assert process.wait(timeout=30) == 0
    assert list(place.parent.iterdir()) == []


def test_a_worker_leaves_when_its_code_was_replaced(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = worker.Worker(ENTRY, 60)
    monkeypatch.setattr(worker, "edition", lambda: "of tomorrow")
    thread = threading.Thread(target=here.serve)
    thread.start()
    meeting.connected(meeting.read_place(place)).close()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert not place.exists()


@pytest.mark.parametrize("mode", [0o750, 0o707, 0o777])
def test_a_folder_open_to_others_is_no_place_to_meet(place: Path, mode: int) -> None:
    place.parent.chmod(mode)
    with pytest.raises(meeting.MeetingError):
        meeting.private_folder()
    place.parent.chmod(0o700)


def test_a_key_that_others_can_read_or_a_link_is_not_trusted(place: Path) -> None:
    true = meeting.Place("nowhere", b"k" * 32, meeting.edition())
    meeting.write_place(place, true)
    assert meeting.read_place(place) == true
    assert place.stat().st_mode & 0o777 == 0o600
    place.chmod(0o640)
    with pytest.raises(meeting.MeetingError):
        meeting.read_place(place)
    place.chmod(0o600)
    link = place.with_name("link.json")
    link.symlink_to(place)
    with pytest.raises(meeting.MeetingError):
        meeting.read_place(link)


def test_the_client_needs_no_library() -> None:
    code = "import sys, isms_xl.resident.client; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert not loaded & {"pandas", "pandera", "numpy", "click", "rich", "isms_xl.cli", "pickle"}


def test_without_unix_sockets_they_meet_on_this_machine_only(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "AF_UNIX")
    listener, address = meeting.listening_socket(place.parent)
    with listener:
        assert address[0] == "127.0.0.1"
