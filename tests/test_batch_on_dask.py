"""The same batch on a Dask cluster: a real scheduler and two worker processes on this machine."""

from __future__ import annotations

import base64
import importlib
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from test_batch import EXAMPLES, OPTIONS, batch, misbehave
from workbooks import parts

from isms_xl.batch import answers, cluster, inert, workers
from isms_xl.batch import scheduler as schedulers
from isms_xl.batch.discovery import Job, find_registers
from isms_xl.batch.running import Engine, Run, run_batch
from isms_xl.batch.scheduler import Certificates, ClusterError
from isms_xl.batch.work import examined
from isms_xl.group import Failure, FailureKind

distributed: Any = pytest.importorskip("distributed")

HERE = Path(__file__).parent


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running_cluster(
    folder: Path, scheme: str = "tcp", options: Sequence[str] = ()
) -> Iterator[str]:
    """Run a scheduler and two workers, each with a nanny, in processes of their own.

    In this process they could not read the pickles that they live on while a client refuses them.
    """
    address = f"{scheme}://127.0.0.1:{_free_port()}"
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    commands = [
        ["dask_scheduler", "--host", address, "--no-dashboard"],
        *[["dask_worker", address, "--nthreads", "1", "--no-dashboard"]] * 2,
    ]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{name}", *arguments, *options],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for name, *arguments in commands
    ]
    try:
        yield address
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two worker processes, each with a nanny."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as address:
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield address


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for path in EXAMPLES.glob("*.xlsx"):
        shutil.copy(path, folder)
    (folder / "broken.xlsx").write_bytes(b"no workbook")
    return folder


def run(inbox: Path, out: Path, engine: Engine) -> Run:
    jobs, skipped = find_registers([inbox], out)
    return run_batch(jobs, OPTIONS, out, engine, skipped=skipped)


def test_the_same_comes_out_as_on_this_machine(scheduler: str, inbox: Path, tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    far = run(
        inbox,
        there,
        lambda jobs: cluster.outcomes(jobs, OPTIONS, there, address=scheduler, timeout=60),
    )
    near = run(
        inbox, here, lambda jobs: workers.outcomes(jobs, OPTIONS, here, processes=2, timeout=60)
    )
    assert far.group.units == near.group.units
    assert far.group.failures == near.group.failures
    assert far.group.findings == near.group.findings
    files = [
        {path.relative_to(out): path.read_bytes() for path in out.rglob("*.xlsx")}
        for out in (there, here)
    ]
    assert len(files[0]) == 6
    assert files[0] == files[1]


class Boobytrap:
    """Something that, unpickled, makes a file in the folder it is unpickled in."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("sprung",)


class BoobytrapError(Exception):
    """The same, as what a worker fails with."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("sprung",)


def misbehaving(data: bytes, source: str, question: bytes) -> object:
    """Do as the name of the file says, on the worker."""
    misbehaved = Job(source, Path(source), source)
    match Path(source).stem:
        case "exit" | "hang" | "raise":
            misbehave(misbehaved, OPTIONS, Path())
        case "trap":
            return Boobytrap()
        case "trapped":
            raise BoobytrapError
        case "trapped-list":
            return [b"", Boobytrap()]
        case "nothing":
            return None
        case "garbled":
            return b"{"
    return answers.answer(data, source, question)


def results(
    names: list[str], folder: Path, address: str, timeout: float = 30
) -> dict[str, Failure | None]:
    data = (EXAMPLES / "foundation-models.xlsx").read_bytes()
    for name in names:
        (folder / f"{name}.xlsx").write_bytes(data)
    jobs = [Job(name, folder / f"{name}.xlsx", name) for name in names]
    return {
        outcome.job.source: outcome.failure
        for outcome in cluster.outcomes(jobs, OPTIONS, folder, address=address, timeout=timeout)
    }


def test_crash_and_hang_are_confined(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "answer", misbehaving)
    names = ["good0", "exit", "good1", "hang", "raise", "good2", "good3"]
    found = results(names, tmp_path, scheduler)
    assert {name: failure and failure.kind for name, failure in found.items()} == {
        **dict.fromkeys(["good0", "good1", "good2", "good3"]),
        "exit": FailureKind.CRASHED,
        "hang": FailureKind.TIMED_OUT,
        "raise": FailureKind.DEFECT,
    }


def test_wrong_answers_run_nothing_and_cost_their_file_only(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "answer", misbehaving)
    monkeypatch.chdir(tmp_path)
    wrong = ["trap", "trapped", "trapped-list", "nothing", "garbled"]
    found = results([*wrong, "good"], tmp_path, scheduler)
    assert not (tmp_path / "sprung").exists()
    assert found.pop("good") is None
    assert {f.problem for f in found.values() if f} == {
        "The Dask worker that had the file did not answer as isms-xl does."
    }
    assert set(found) == set(wrong)


def test_no_message_of_a_scheduler_is_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = importlib.import_module("distributed.client")
    core: Any = importlib.import_module("distributed.core")
    protocol: Any = importlib.import_module("distributed.protocol")
    serialize: Any = importlib.import_module("distributed.protocol.serialize")
    monkeypatch.chdir(tmp_path)
    messages = [
        protocol.dumps([serialize.ToPickle(Boobytrap())]),
        protocol.dumps([serialize.Serialize(Boobytrap())]),
        protocol.dumps([serialize.Serialize([b"1", Boobytrap()])]),
    ]
    raw = pickle.dumps(Boobytrap())
    before = protocol.pickle.loads, client.loads, client.pickle, core.clean_exception
    with inert.nothing_unpickled():
        for message in messages:
            assert "Inert" in repr(protocol.loads(message))
        assert isinstance(client.loads(raw), inert.Inert)
        assert isinstance(client.pickle.loads(raw), inert.Inert)
        for module in (client, core):
            kind, failure, traceback = module.clean_exception(exception=raw, traceback=raw)
            assert (kind, type(failure), traceback) == (inert.Inert, inert.Inert, None)
        plain = protocol.dumps([serialize.Serialize(b"plain"), {"a": 1}])
        assert protocol.loads(plain) == (b"plain", {"a": 1})
    assert (protocol.pickle.loads, client.loads, client.pickle, core.clean_exception) == before
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        pickle.dumps(Boobytrap())[:-3],
        b"cbuiltins\nbytes\n(I99999999999999\ntR.",
        b"cos\nsystem\n(Vx\ntRcos\nsystem\n}Vargs\nVy\nsb.",
    ],
)
def test_crafted_pickles_are_stand_ins(data: bytes) -> None:
    assert isinstance(inert.loads(data), inert.Inert)
    assert inert.loads(pickle.dumps(bytes)) is bytes
    assert inert.loads(pickle.dumps([1, "a", None])) == [1, "a", None]


SOURCE = "inbox/a.xlsx"
REGISTER = (EXAMPLES / "foundation-models.xlsx").read_bytes()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """An answer, read as JSON."""
    found: dict[str, Any] = json.loads(
        answers.answer(REGISTER, SOURCE, answers.question_of(OPTIONS))
    )
    return found


def read(told: object) -> object:
    return answers.answered(told, REGISTER, SOURCE, OPTIONS)


def test_an_answer_says_what_was_found(told: dict[str, Any]) -> None:
    assert read(json.dumps(told).encode()) == examined(REGISTER, SOURCE, OPTIONS)
    failure = examined(b"none", SOURCE, OPTIONS)
    assert isinstance(failure, Failure)
    assert read(answers.answer_of(failure)) == failure


def with_macro() -> str:
    """A reviewed copy that has got a macro, in base64."""
    from workbooks import packed

    return base64.b64encode(packed(parts(REGISTER) | {"xl/vbaProject.bin": b"x"})).decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("unit", "{"),
        ("unit", "[]"),
        ("unit", None),
        ("reviewed", "no base64!"),
        ("reviewed", base64.b64encode(b"no workbook").decode()),
        ("audit", ""),
        ("is_signed", "yes"),
        ("is_signed", True),
        ("is_imported", True),
        ("refused", ["one"]),
        ("rebuilt", 7),
    ],
)
def test_an_answer_that_is_none_is_refused(told: dict[str, Any], field: str, value: object) -> None:
    wrong = {**told, "product": {**told["product"], field: value}}
    with pytest.raises(answers.OddAnswerError):
        read(json.dumps(wrong).encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "another.xlsx"),
        ("digest", "0" * 64),
        ("as_of", "2020-01-01"),
        ("rule_set", "0"),
        ("reviewed_copy", "../../x"),
        ("audit_copy", "x"),
        ("packed", base64.b64encode(zlib.compress(b"[]")).decode()),
        ("packed", base64.b64encode(b"[]").decode()),
    ],
)
def test_an_answer_to_another_question_is_refused(
    told: dict[str, Any], field: str, value: object
) -> None:
    unit = json.loads(told["product"]["unit"]) | {field: value}
    wrong = {**told, "product": {**told["product"], "unit": json.dumps(unit)}}
    with pytest.raises(answers.OddAnswerError):
        read(json.dumps(wrong).encode())


def test_macros_that_were_not_in_the_register_are_refused(told: dict[str, Any]) -> None:
    wrong = {**told, "product": {**told["product"], "reviewed": with_macro()}}
    with pytest.raises(answers.OddAnswerError, match="vbaProject"):
        read(json.dumps(wrong).encode())


@pytest.mark.parametrize(
    "wrong", [None, {}, "text", bytearray(b"{}"), b"", b"[]", b"{}", b"[" * 9999]
)
def test_no_answer_is_refused(wrong: object) -> None:
    with pytest.raises(answers.OddAnswerError):
        read(wrong)


def test_details_that_are_a_bomb_are_not_unpacked(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isms_xl.group._LARGEST_DETAILS", 100)
    with pytest.raises(answers.OddAnswerError, match="details damaged"):
        read(json.dumps(told).encode())


@pytest.mark.parametrize(
    "address",
    [
        "tcp://192.0.2.1:8786",
        "192.0.2.1:8786",
        "tcp://scheduler:8786",
        "ws://127.0.0.1:1",
        "inproc://x",
    ],
)
def test_registers_leave_this_machine_encrypted_only(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(distributed, "Client", lambda *_, **__: pytest.fail("it connected"))
    job = Job("x", inbox / "broken.xlsx", "x")
    with pytest.raises(ClusterError) as refusal:
        list(cluster.outcomes([job], OPTIONS, tmp_path, address=address, timeout=60))
    assert address in refusal.value.problem
    assert "tls://" in refusal.value.way_out


def test_nor_do_they_travel_on_in_clear() -> None:
    schedulers.refuse_open_workers(("tcp://127.0.0.1:1", "tcp://[::1]:1", "tls://192.0.2.1:1"))
    with pytest.raises(ClusterError, match=r"192\.0\.2\.1"):
        schedulers.refuse_open_workers(("tcp://127.0.0.1:1", "tcp://192.0.2.1:1"))


def test_without_usable_certificates_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="none are named"):
        schedulers.security_for("tls://scheduler:8786", Certificates())
    (tmp_path / "no.pem").write_text("no certificate")
    bad = Certificates(tmp_path / "no.pem", tmp_path / "no.pem")
    with pytest.raises(ClusterError, match="cannot be used"):
        schedulers.security_for("tls://scheduler:8786", bad)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate that vouches for itself, and its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("pem")
    subprocess.run(
        f"{program} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test "
        "-keyout key.pem -out cert.pem".split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def test_an_encrypted_cluster_works(pem: Path, inbox: Path, tmp_path: Path) -> None:
    cert, key = str(pem / "cert.pem"), str(pem / "key.pem")
    files = ["--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key]
    mine = ["--dask-ca", cert, "--dask-cert", cert, "--dask-key", key]
    security = distributed.Security(tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key)
    with running_cluster(tmp_path, "tls", files) as address:
        with distributed.Client(address, timeout=60, security=security) as client:
            client.wait_for_workers(2, timeout=60)
        done = batch("inbox", "--out", "out", "--dask", address, *mine, cwd=tmp_path)
        assert "3 registers" in done.stdout
        bare = batch("inbox", "--out", "out", "--dask", address, cwd=tmp_path)
        assert "--dask-ca" in bare.stderr
    assert "Traceback" not in done.stderr + bare.stderr


def test_certificates_without_a_cluster_are_refused(pem: Path, tmp_path: Path) -> None:
    done = batch("inbox", "--out", "out", "--dask-ca", pem / "cert.pem", cwd=tmp_path)
    assert "go with --dask" in done.stderr


def test_workers_of_another_version_are_refused(
    scheduler: str, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "99.0")
    job = Job("x", inbox / "broken.xlsx", "x")
    with pytest.raises(ClusterError, match=r"this is 99\.0"):
        list(cluster.outcomes([job], OPTIONS, tmp_path, address=scheduler, timeout=60))


def test_command_line(scheduler: str, inbox: Path, tmp_path: Path) -> None:
    done = batch("inbox", "--out", "out", "--dask", scheduler, cwd=tmp_path)
    assert done.returncode == 2
    assert "3 registers" in done.stdout
    assert "Traceback" not in done.stderr
    assert len(list((tmp_path / "out" / "units").rglob("*.xlsx"))) == 6


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense://x", "127.0.0.1:9"])
def test_scheduler_that_does_not_answer_is_said(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    job = Job("x", inbox / "broken.xlsx", "x")
    with pytest.raises(ClusterError) as refusal:
        list(cluster.outcomes([job], OPTIONS, tmp_path, address=address, timeout=60))
    assert address in refusal.value.problem


def test_missing_extra_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from isms_xl.cli import run; sys.argv[1:] = "
        f"['batch', {str(EXAMPLES)!r}, '--out', {str(tmp_path / 'out')!r}, '--dask', 'tls://x:1']\n"
        "run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "isms-xl[dask]" in done.stderr
    assert "Traceback" not in done.stderr
