"""The resident worker: it does what a process of its own would, and only for its own user."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
import types
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from elsewhere import wait_for

from isms_xl.resident import client, meeting, request, windows, worker

ENTRY = "served:main"
SERVED = """
import datetime, os, sys, time
def main(arguments):
    if arguments[:1] == ["day"]: print(datetime.date.today())
    if arguments[:1] == ["touch"]: open(arguments[1], "w").close()
    if arguments[:1] == ["wait"]:
        open(arguments[1] + ".begun", "w").close()
        while not os.path.exists(arguments[1]): time.sleep(0.02)
    if arguments[:1] == ["crash"]: raise RuntimeError("it broke")
    if arguments[:1] == ["die"]: os._exit(9)
    if arguments[:1] == ["leave"]: sys.exit(3)
    if arguments[:1] == ["surroundings"]:
        import tempfile
        mask = os.umask(0o22)
        os.umask(mask)
        print(tempfile.gettempdir(), oct(mask))
    if arguments[:1] == ["alter"]:
        import tempfile
        tempfile.tempdir = "/nowhere"
        os.umask(0o777)
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
    with pytest.raises(client.BrokenOffError):
        client.by_worker(ENTRY, ["die"])
    running.wait()
    assert client.by_worker(ENTRY, []) is None


def test_a_worker_that_dies_costs_a_sentence(
    running: subprocess.Popen[bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    assert client.main([ENTRY, "die"]) == 2
    assert capfd.readouterr().err.endswith("Look at the workbook, and try again.\n")


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


def hand_shaken(place: Path) -> socket.socket:
    """Return a connection to the worker that has its trust."""
    return meeting.connected(meeting.read_place(place))


def test_a_worker_begins_only_when_the_client_waits_for_it(
    running: subprocess.Popen[bytes], place: Path, tmp_path: Path
) -> None:
    told = request.request_here([]) | {"folder": str(tmp_path)}
    for go_on in (False, True):
        with hand_shaken(place) as connection:
            meeting.send(connection, told | {"arguments": ["touch", "begun"]})
            assert meeting.receive(connection) == {"ready": True}
            if go_on:
                meeting.send(connection, {"begin": True})
                assert meeting.receive(connection)["code"] == 1
        assert client.by_worker(ENTRY, []) == 1  # it is through with the one before
        assert (tmp_path / "begun").exists() == go_on


ODD: list[object] = [
    None,
    [],
    {},
    {"arguments": None},
    {"arguments": "text"},
    {"arguments": [1]},
    {"arguments": ["nul\0"]},
    {"folder": None},
    {"folder": "nul\0"},
    {"folder": "/there/is/none"},
    {"environment": None},
    {"environment": [["A", "B"]]},
    {"environment": {"A": 1}},
    {"environment": {"A=B": "x"}},
    {"environment": {"": "x"}},
    {"environment": {"A": "nul\0"}},
    {"environment": {"A": "\ud800"}},
    {"mask": None},
    {"mask": True},
    {"mask": -1},
    {"mask": 0o1000},
    {"edition": None},
    {"edition": []},
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_request_costs_only_itself(place: Path, tmp_path: Path, odd: object) -> None:
    here = worker.Worker(ENTRY, 60)
    thread = threading.Thread(target=here.serve)
    thread.start()
    try:
        sound = request.request_here([])
        told = {**sound, **odd} if isinstance(odd, dict) and odd else odd
        with hand_shaken(place) as connection:
            meeting.send(connection, told)  # type: ignore[arg-type]
            with contextlib.suppress(meeting.MeetingError):
                answer = meeting.receive(connection)
                if "ready" in answer:
                    meeting.send(connection, {"begin": True})
                    answer = meeting.receive(connection)
                    assert answer["code"] == 1
        assert client.by_worker(ENTRY, []) == 1
    finally:
        place.unlink()
        thread.join(30)


@pytest.mark.parametrize(
    "raw", [b"\xff" * 4, b"\0\0\0\1[", b"\0\x01\x86\xa0" + b"[" * 100_000, b"\0\0\0\2\xff\xff"]
)
def test_nor_does_what_is_no_message(
    running: subprocess.Popen[bytes], place: Path, raw: bytes
) -> None:
    with hand_shaken(place) as connection:
        connection.sendall(raw)
        with pytest.raises(meeting.MeetingError):
            meeting.receive(connection)
    assert client.by_worker(ENTRY, []) == 1


def test_an_odd_answer_is_one_of_a_worker_that_broke_off(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for odd in ({}, {"code": "x"}, {"code": 1, "out": None}, {"code": True, "out": "", "err": ""}):
        sent: list[object] = []
        answers = iter([{"ready": True}, odd])
        near, far = socket.socketpair()
        with monkeypatch.context() as patched, far:
            patched.setattr(client, "read_place", lambda _: types.SimpleNamespace(process=1))
            patched.setattr(client, "connected", lambda _, end=near: end)
            patched.setattr(client, "send", lambda _, message, sent=sent: sent.append(message))
            patched.setattr(client, "receive", lambda _, answers=answers: next(answers))
            with pytest.raises(client.BrokenOffError):
                client.by_worker(ENTRY, [])


def test_each_request_has_its_own_temporary_folder_and_mask(
    running: subprocess.Popen[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = os.umask(0o22)
    try:
        for name, mask in (("first", 0o77), ("second", 0o27)):
            (tmp_path / name).mkdir()
            monkeypatch.setenv("TMPDIR", str(tmp_path / name))
            os.umask(mask)
            client.by_worker(ENTRY, ["alter"])
            capfd.readouterr()
            client.by_worker(ENTRY, ["surroundings"])
            said = capfd.readouterr().out.splitlines()[0]
            assert said == f"{tmp_path / name} {oct(mask)}"
    finally:
        os.umask(before)


def test_while_the_worker_is_busy_the_client_does_it_and_starts_none(
    running: subprocess.Popen[bytes],
    place: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a worker was started")

    done, known = tmp_path / "done", place.read_bytes()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.by_worker, ENTRY, ["wait", str(done)])
        wait_for(done.with_suffix(".begun").exists, "the worker did not begin")
        with monkeypatch.context() as patched:
            patched.setattr(subprocess, "Popen", refuse)
            assert client.main([ENTRY, "meanwhile"]) == 1
        assert not first.done()
        done.touch()
        assert first.result(30) == 1
    mine, theirs = capfd.readouterr().out.splitlines()
    assert mine.startswith(f"{os.getpid()} ")
    assert theirs.startswith(f"{running.pid} ")
    assert place.read_bytes() == known
    assert client.by_worker(ENTRY, []) == 1


def test_a_second_worker_goes_at_once_and_the_first_stays(
    running: subprocess.Popen[bytes], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = place.read_bytes()
    monkeypatch.setattr(worker, "_PATIENCE", 0.1)
    monkeypatch.setattr(worker, "_warm_up", lambda _: pytest.fail("it got ready"))
    monkeypatch.chdir(place.parent)
    assert worker.main([ENTRY]) == 0
    assert place.read_bytes() == known
    assert client.by_worker(ENTRY, []) == 1


def test_the_right_to_be_the_worker_ends_with_the_process(place: Path) -> None:
    process = started(place)
    assert meeting.claimed(place) is None
    process.kill()
    process.wait()
    claim = meeting.claimed(place, 5)
    assert claim
    claim.close()


def test_a_worker_can_be_sent_away(
    running: subprocess.Popen[bytes], place: Path, tmp_path: Path
) -> None:
    assert client.send_worker_away(ENTRY)
    assert running.wait(timeout=30) == 0
    assert not list(place.parent.glob("*.sock"))
    assert client.send_worker_away(ENTRY)


def test_a_busy_worker_leaves_when_it_is_done(
    running: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.by_worker, ENTRY, ["wait", str(done)])
        wait_for(done.with_suffix(".begun").exists, "the worker did not begin")
        assert not client.send_worker_away(ENTRY, 0.2)
        done.touch()
        assert answer.result(30) == 1
    assert running.wait(timeout=30) == 0


def test_the_worker_is_started_when_the_work_is_done(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(client, "start_worker", lambda _: order.append("worker"))
    monkeypatch.setattr(client, "here", lambda *_: order.index("worker") if order else 7)
    assert client.main([ENTRY]) == 7
    assert order == ["worker"]


def test_the_day_is_that_of_the_request(
    running: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    days = []
    for zone in ("<+14>-14", "<-12>12"):  # 26 hours apart
        monkeypatch.setenv("TZ", zone)
        client.by_worker(ENTRY, ["day"])
        days.append(capfd.readouterr().out.splitlines()[0])
    assert days[0] > days[1]


def test_without_a_console_nothing_is_said_and_nothing_fails(
    running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert client.main([ENTRY, "leave"]) == 3
    assert client.main([ENTRY, "x"]) == 1
    assert client.main([ENTRY, "die"]) == 2


def test_nothing_of_a_request_stays() -> None:
    class Excel:
        """Something that only the collector takes away."""

        def __init__(self) -> None:
            self.itself = self

    alive: weakref.WeakSet[Excel] = weakref.WeakSet()

    def crashing(arguments: list[str]) -> int:
        excel = Excel()
        alive.add(excel)
        if arguments:
            raise ValueError(excel)
        return len(alive)

    asked = request.request_of(request.request_here([]))
    gc.disable()
    try:
        assert worker.answer_to(asked, crashing)["code"] == 1
        assert not alive
        assert "ValueError" in worker.answer_to(asked._replace(arguments=("x",)), crashing)["err"]
        assert not alive
    finally:
        gc.enable()


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
    meeting.write_place(place, meeting.Place(listener.getsockname()[:2], key, meeting.edition(), 1))
    assert client.by_worker(ENTRY, ["secret"]) is None
    thread.join()
    listener.close()
    assert key not in heard
    assert b"secret" not in heard
    assert len(heard) == 64


def trickle(connection: socket.socket, stop: threading.Event) -> None:
    """Send a byte now and then, often enough to be no silence."""
    with connection:
        while not stop.wait(0.3):
            try:
                connection.sendall(b"\0")
            except OSError:
                return


def test_a_stranger_that_trickles_holds_nobody_up(
    running: subprocess.Popen[bytes], place: Path
) -> None:
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    true = meeting.read_place(place)
    stranger = true._replace(address=listener.getsockname()[:2])
    threading.Thread(target=lambda: trickle(listener.accept()[0], stop)).start()
    start = time.monotonic()
    with pytest.raises(meeting.MeetingError):
        meeting.connected(stranger)
    assert time.monotonic() - start < 3 * meeting.HANDSHAKE_SECONDS
    stop.set()
    listener.close()

    stop = threading.Event()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(true.address))
    threading.Thread(target=trickle, args=(connection, stop)).start()
    time.sleep(2 * meeting.HANDSHAKE_SECONDS)
    assert client.by_worker(ENTRY, []) == 1
    stop.set()


def test_another_edition_is_not_served(
    running: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "edition", lambda: "of tomorrow")
    assert client.by_worker(ENTRY, []) is None
    monkeypatch.undo()


def test_an_idle_worker_leaves_and_takes_the_key_away(place: Path) -> None:
    process = started(place, idle=0.2)
    assert process.wait(timeout=30) == 0
    assert list(place.parent.iterdir()) == [place.with_suffix(".lock")]


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
    true = meeting.Place("nowhere", b"k" * 32, meeting.edition(), 1)
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
    with listener, socket.socket() as another:
        assert address[0] == "127.0.0.1"
        another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            another.bind(tuple(address))


# --- Windows, by stand-ins ------------------------------------------------------------------------


class Libraries:
    """What is asked of Windows, and its answers."""

    def __init__(self, session: int, elevated: bool, works: bool = True) -> None:
        self.asked: list[Any] = []

        def fill(number: int) -> Callable[..., bool]:
            def answer(*arguments: Any) -> bool:
                self.asked.append(arguments)
                pointers = [a for a in arguments if hasattr(a, "_obj")]
                pointers[0]._obj.value = number
                return works

            return answer

        self.kernel32 = types.SimpleNamespace(
            GetCurrentProcess=lambda: -1,
            GetCurrentProcessId=lambda: 77,
            ProcessIdToSessionId=fill(session),
            CloseHandle=self.asked.append,
        )
        self.advapi32 = types.SimpleNamespace(
            OpenProcessToken=fill(9), GetTokenInformation=fill(int(elevated))
        )
        self.user32 = types.SimpleNamespace(AllowSetForegroundWindow=self.asked.append)
        for library in (self.kernel32, self.advapi32):
            for name, function in list(vars(library).items()):
                vars(library)[name] = FunctionOfWindows(function)


class FunctionOfWindows:
    """A function that takes attributes, as those of ctypes do."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


@pytest.mark.parametrize(("session", "elevated"), [(1, False), (2, True)])
def test_windows_is_asked_for_session_and_rights(session: int, elevated: bool) -> None:
    libraries = Libraries(session, elevated)
    assert windows.session_and_elevation(libraries) == (session, elevated)
    assert libraries.asked[0][0] == 77
    assert libraries.asked[-1].value == 9, "the token was not closed"
    with pytest.raises(OSError, match="does not say"):
        windows.session_and_elevation(Libraries(1, False, works=False))


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int, bool], None]:
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setattr(meeting, "ON_WINDOWS", True)

    def pretend(session: int, elevated: bool) -> None:
        monkeypatch.setattr(windows, "session_and_elevation", lambda: (session, elevated))

    return pretend


def test_each_session_has_its_own_worker(on_windows: Callable[[int, bool], None]) -> None:
    files = set()
    for session in (1, 2):
        on_windows(session, False)
        files.add(meeting.key_file(meeting.private_folder(), ENTRY))
    assert len(files) == 2


def test_an_administrator_meets_nobody(
    place: Path,
    on_windows: Callable[[int, bool], None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a worker was started"))
    on_windows(1, True)
    with pytest.raises(meeting.MeetingError):
        meeting.private_folder()
    assert client.main([ENTRY]) == 1
    assert capfd.readouterr().out.startswith(f"{os.getpid()} ")


def test_where_windows_does_not_say_who_this_is_nobody_is_met(
    on_windows: Callable[[int, bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no")

    monkeypatch.setattr(windows, "session_and_elevation", fail)
    with pytest.raises(meeting.MeetingError):
        meeting.private_folder()


def test_the_client_lets_the_worker_to_the_front_before_it_begins(
    running: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = Libraries(1, False)
    begun = tmp_path / "begun"

    def let(process: int) -> None:
        time.sleep(0.2)
        assert not begun.exists()
        allow(process, libraries)

    allow = windows.let_to_the_front
    monkeypatch.setattr(windows, "let_to_the_front", let)
    monkeypatch.setattr(client, "ON_WINDOWS", True)
    assert client.by_worker(ENTRY, ["touch", str(begun)]) == 1
    assert begun.exists()
    assert libraries.asked == [running.pid]


def test_a_request_has_a_thread_and_com_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class Excel:
        def __init__(self) -> None:
            self.itself = self

    events: list[object] = []
    alive: weakref.WeakSet[Excel] = weakref.WeakSet()
    com = types.SimpleNamespace(
        CoInitializeEx=lambda flags: events.append(("in", flags, threading.get_ident())),
        CoUninitialize=lambda: events.append(("out", len(alive), threading.get_ident())),
    )
    monkeypatch.setitem(sys.modules, "pythoncom", com)
    monkeypatch.setattr(worker, "ON_WINDOWS", True)

    def work(arguments: list[str]) -> int:
        alive.add(Excel())
        events.append(threading.get_ident())
        return 5

    asked = request.request_of(request.request_here([]))
    gc.disable()
    try:
        assert worker._answered(asked, work)["code"] == 5
    finally:
        gc.enable()
    thread = events[1]
    assert events == [("in", 0, thread), thread, ("out", 0, thread)]
    assert thread != threading.get_ident()
    assert threading.active_count() == 1 or thread not in {t.ident for t in threading.enumerate()}


def test_the_worker_enters_the_multithreaded_apartment(tmp_path: Path) -> None:
    (tmp_path / "pywintypes.py").touch()
    (tmp_path / "pythoncom.py").write_text("import sys\nprint('flags', sys.coinit_flags)\n")
    code = "from isms_xl.resident import windows; windows.enter_multithreaded_apartment()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=dict(os.environ, PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "flags 0\n"
