"""The same batch on a Dask cluster: a real scheduler and two worker processes on this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_batch import EXAMPLES, OPTIONS, batch, misbehave

from isms_xl.batch import cluster, workers
from isms_xl.batch.discovery import Job, find_registers
from isms_xl.batch.running import Engine, Run, run_batch
from isms_xl.batch.work import Options, Product, examined
from isms_xl.group import Failure, FailureKind, Skipped

distributed: Any = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with two worker processes, each with a nanny."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        host="127.0.0.1",
        silence_logs=50,
    ) as local:
        yield str(local.scheduler_address)


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


def misbehaving(data: bytes, source: str, options: Options) -> Product | Failure | Skipped:
    """Do as the name of the file says, on the worker."""
    misbehaved = Job(source, Path(source), source)
    if Path(source).stem in ("exit", "hang", "raise"):
        misbehave(misbehaved, OPTIONS, Path())
    return examined(data, source, options)


def test_crash_and_hang_are_confined(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "examined", misbehaving)
    names = ["good0", "exit", "good1", "hang", "raise", "good2", "good3"]
    data = (EXAMPLES / "foundation-models.xlsx").read_bytes()
    for name in names:
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    jobs = [Job(name, tmp_path / f"{name}.xlsx", name) for name in names]
    found = {
        outcome.job.source: outcome
        for outcome in cluster.outcomes(jobs, OPTIONS, tmp_path, address=scheduler, timeout=30)
    }
    kinds = {name: o.failure.kind if o.failure else None for name, o in found.items()}
    assert kinds == {
        **dict.fromkeys(["good0", "good1", "good2", "good3"]),
        "exit": FailureKind.CRASHED,
        "hang": FailureKind.TIMED_OUT,
        "raise": FailureKind.DEFECT,
    }


def test_workers_of_another_version_are_refused(
    scheduler: str, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "__version__", "99.0")
    job = Job("x", inbox / "broken.xlsx", "x")
    with pytest.raises(cluster.ClusterError, match=r"this is 99\.0"):
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
    with pytest.raises(cluster.ClusterError) as refusal:
        list(cluster.outcomes([job], OPTIONS, tmp_path, address=address, timeout=60))
    assert address in refusal.value.problem


def test_missing_extra_is_said(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['distributed'] = None\n"
        "from isms_xl.cli import run; sys.argv[1:] = "
        f"['batch', {str(EXAMPLES)!r}, '--out', {str(tmp_path / 'out')!r}, '--dask', 'tcp://x:1']\n"
        "run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "isms-xl[dask]" in done.stderr
    assert "Traceback" not in done.stderr
