"""No output takes the place of an input, of somebody's file, or of a copy that was handed out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from isms_xl.cli import main
from isms_xl.errors import IsmsXlError

EXAMPLES = Path(__file__).parent.parent / "examples"
DAY = "2026-11-24"


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    if isinstance(done.exception, IsmsXlError):
        return 2, f"{done.exception.problem} {done.exception.way_out}"
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(EXAMPLES / "clinical-ai.xlsx", folder / "clinical.xlsx")
    return folder


def state(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def batch(inbox: Path, out: Path, *more: object) -> tuple[int, str]:
    return run("batch", inbox, "--out", out, "--as-of", DAY, *more)


def test_a_register_called_like_a_result_is_not_overwritten(inbox: Path) -> None:
    (inbox / "clinical.xlsx").rename(inbox / "group.xlsx")
    before = state(inbox)
    code, told = batch(inbox, inbox)
    assert code == 2
    assert "is one of the registers to be read" in told
    assert state(inbox) == before


@pytest.mark.parametrize("name", ["group.xlsx", "gaps.csv", "reviews.ics", "run.jsonl"])
def test_a_file_that_no_run_wrote_is_not_overwritten(
    inbox: Path, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    if name.endswith(".xlsx"):
        shutil.copy(EXAMPLES / "public-sector.xlsx", out / name)
    else:
        (out / name).write_text("somebody's own, list\n")
    before = state(out)
    code, told = batch(inbox, out)
    assert code == 2
    assert "was not made by isms-xl" in told
    assert state(out) == before


def test_results_of_earlier_runs_are_replaced(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert batch(inbox, out)[0] == 1
    first = state(out)
    assert batch(inbox, out)[0] == 1
    assert state(out).keys() == first.keys()
    assert batch(inbox, out, "--resume")[0] == 1


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["gaps.csv", "units"])
def test_links_in_the_folder_of_results_are_not_followed(
    inbox: Path, tmp_path: Path, name: str
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    out.mkdir()
    other.mkdir()
    (other / "file").write_text("somebody's own")
    (out / name).symlink_to(other if name == "units" else other / "file")
    code, told = batch(inbox, out)
    assert code == 2
    assert "is a link" in told
    assert state(other) == {"file": b"somebody's own"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_place_of_a_units_folder_costs_that_unit_only(
    inbox: Path, tmp_path: Path
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    (out / "units").mkdir(parents=True)
    other.mkdir()
    (out / "units" / "Clinical AI").symlink_to(other)
    _, told = batch(inbox, out)
    assert "is a link" in " ".join(told.split())
    assert state(other) == {}
    assert (out / "group.xlsx").exists()


def test_a_register_among_the_copies_of_a_batch_is_not_read_and_written_at_once(
    inbox: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    batch(inbox, out)
    (copy,) = out.glob("units/*/* reviewed.xlsx")
    before = state(out)
    code, told = run("batch", copy, "--out", out, "--as-of", DAY)
    assert code == 2
    assert "where the batch writes its copies" in told
    assert state(out) == before


@pytest.mark.parametrize("command", ["audit-copy", "new", "import"])
def test_an_output_is_checked_under_the_name_it_is_written_to(inbox: Path, command: str) -> None:
    register = inbox / "clinical.xlsx"
    before = register.read_bytes()
    target = f"{inbox}/missing/../clinical.xlsx"
    (inbox / "list.csv").write_text("Stakeholder,Needs\nClients,Secrecy of their data\n")
    arguments = {
        "audit-copy": ("audit-copy", register, "--output", target, "--overwrite"),
        "new": ("new", target),
        "import": ("import", inbox / "list.csv", "--output", target),
    }[command]
    code, told = run(*arguments)
    assert code == 2
    assert "already exists" in told
    assert register.read_bytes() == before


def test_a_copy_that_may_be_handed_out_is_not_replaced(inbox: Path) -> None:
    register, target = inbox / "clinical.xlsx", inbox / "copy.xlsx"
    run("audit-copy", register, "--output", target, "--as-of", DAY)
    first = target.read_bytes()
    assert run("audit-copy", register, "--output", target, "--as-of", DAY)[0] == 0
    assert target.read_bytes() == first
    code, told = run("audit-copy", register, "--output", target, "--as-of", "2026-11-25")
    assert code == 2
    assert "may have been handed out" in told
    assert target.read_bytes() == first
    again = run("audit-copy", register, "--output", target, "--as-of", "2026-11-25", "--overwrite")
    assert again[0] == 0
    assert target.read_bytes() != first


def test_a_pdf_that_is_there_is_not_replaced(inbox: Path) -> None:
    (inbox / "copy.pdf").write_text("printed and signed")
    code, told = run(
        "audit-copy", inbox / "clinical.xlsx", "--output", inbox / "copy.xlsx", "--pdf"
    )
    assert code == 2
    assert "copy.pdf already exists" in told
    assert not (inbox / "copy.xlsx").exists()


@pytest.mark.skipif(os.name == "nt", reason="devices, pipes and links of Unix")
def test_odd_entries_cost_only_themselves(inbox: Path, tmp_path: Path) -> None:
    (inbox / "circle.xlsx").symlink_to(inbox / "circle.xlsx")
    (inbox / "nowhere.xlsx").symlink_to(inbox / "missing.xlsx")
    (inbox / "endless.xlsx").symlink_to("/dev/zero")
    os.mkfifo(inbox / "pipe.xlsx")
    code, told = batch(inbox, tmp_path / "out")
    assert code == 1
    words = " ".join(told.split())
    for name in ("circle", "nowhere", "endless", "pipe"):
        assert f"{name}.xlsx" in words
    assert "no file, but a device, a pipe, or a link" in words
    assert len(list((tmp_path / "out").glob("units/*/* reviewed.xlsx"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="devices, pipes and links of Unix")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "command",
    [
        ("validate",),
        ("import",),
        ("audit-copy",),
        ("stamp", "--author", "Security Office", "--summary", "Reviewed"),
    ],
)
def test_no_command_reads_from_a_device_or_a_pipe(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "endless.xlsx").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.xlsx")
    for name in ("endless.xlsx", "pipe.xlsx"):
        code, told = run(*command, tmp_path / name)
        assert code == 2
        assert "no file, but a device or a pipe" in " ".join(told.split())
