"""A batch: found, worked on, kept apart, resumed, read together and told."""

from __future__ import annotations

import csv
import ctypes
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from test_files import BAD
from workbooks import parts

from isms_xl.batch import workers
from isms_xl.batch.discovery import JOURNAL, Job, find_registers
from isms_xl.batch.expected import expected_units
from isms_xl.batch.journal import earlier, line_of, unit_of
from isms_xl.batch.naming import file_names, name_key, safe_name
from isms_xl.batch.results import GROUP_FILE
from isms_xl.batch.running import Run, run_batch
from isms_xl.batch.work import Options, Outcome, attempt, work_on
from isms_xl.books.file import FileBook
from isms_xl.cases import base_content
from isms_xl.contract import DOCUMENT_CONTROL
from isms_xl.copying import write_audit_copy
from isms_xl.errors import IsmsXlError, UnreadableWorkbookError
from isms_xl.gaps_csv import HEADINGS, gaps_csv, guarded, plain_text
from isms_xl.group import FailureKind
from isms_xl.importing.importer import plan_import
from isms_xl.register import Register
from isms_xl.reviews_calendar import reviews_calendar
from isms_xl.template import build_template
from isms_xl.validating import as_json, validate

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
DAY = date(2026, 11, 24)
OPTIONS = Options(DAY)


def register(unit: str, document: str, **values: object) -> bytes:
    content = base_content()
    content[DOCUMENT_CONTROL.name][0] |= {"Business unit": unit, "Document ID": document, **values}
    return build_template(content, created=DAY)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with the three examples and a file that is no workbook."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    for path in EXAMPLES.glob("*.xlsx"):
        shutil.copy(path, folder)
    (folder / "broken.xlsx").write_bytes(b"no workbook")
    return folder


def batch(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "isms_xl", "batch", *map(str, arguments), "--as-of", str(DAY)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def run(inbox: Path, out: Path, *, processes: int = 2, options: Options = OPTIONS) -> Run:
    jobs, skipped = find_registers([inbox], out)
    return run_batch(
        jobs,
        options,
        out,
        lambda jobs: workers.outcomes(jobs, options, out, processes=processes, timeout=60),
        skipped=skipped,
    )


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Clinical AI", "Clinical AI"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "other"),
        ("C:\\Users\\x", "C--Users-x"),
        ("con", "_con"),
        ("Aux.xlsx", "_Aux.xlsx"),
        ("COM¹", "_COM¹"),
        ("a" * 300, "a" * 60),
        ("名" * 300, "名" * 50),
        ("trailing. . ", "trailing"),
        ("~$open", "open"),
        ("", "other"),
        ("\u202egpj.exe", "gpj.exe"),
        ("two\nlines\tand\x00more", "two lines and more"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("R&D / Labs: <1>", "R&D - Labs- -1"),
    ],
)
def test_safe_name(text: str, name: str) -> None:
    assert safe_name(text, "other") == name


@given(st.text())
def test_any_text_gives_a_safe_name(text: str) -> None:
    name = safe_name(text, "other")
    assert name
    assert not set(name) & set('<>:"/\\|?*\0\n\r')
    assert name.strip(" .") == name
    assert len(name.encode()) <= 160
    assert safe_name(name, "other") == name


@given(st.lists(st.text(min_size=1).filter(lambda text: "\0" not in text), unique=True))
def test_names_never_collide(sources: list[str]) -> None:
    names = file_names(sources)
    assert len({name_key(name) for name in names.values()}) == len(sources)
    assert file_names(sources[::-1]) == names


def test_names_differ_on_every_file_system() -> None:
    sources = [
        "a/Register.xlsx",
        "b/register.XLSX",
        "c/Re\u0301gister.xlsx",
        "d/R\u00e9gister.xlsx",
    ]
    names = file_names(sources)
    assert len({name_key(name) for name in names.values()}) == 4
    assert file_names(["a/Register.xlsx"]) == {"a/Register.xlsx": "Register"}


# --- finding ----------------------------------------------------------------------------------


def test_folders_are_searched_and_the_rest_is_told(inbox: Path, tmp_path: Path) -> None:
    for name in ("~$clinical-ai.xlsx", ".hidden.xlsx", "notes.docx", "list.csv", "old.xls"):
        (inbox / name).write_bytes(b"x")
    (inbox / "deep" / "er").mkdir(parents=True)
    shutil.copy(EXAMPLES / "clinical-ai.xlsx", inbox / "deep" / "er" / "MACROS.XLSM")
    (inbox / ".git").mkdir()
    (inbox / ".git" / "x.xlsx").write_bytes(b"x")
    out = inbox / "out"
    out.mkdir()
    (out / "x.xlsx").write_bytes(b"x")
    (inbox / "last quarter").mkdir()
    (inbox / "last quarter" / JOURNAL).write_text("{}")
    (inbox / "last quarter" / "x.xlsx").write_bytes(b"x")
    jobs, skipped = find_registers([inbox, inbox / "clinical-ai.xlsx"], out)
    assert [job.path.relative_to(inbox).as_posix() for job in jobs] == [
        "broken.xlsx",
        "clinical-ai.xlsx",
        "deep/er/MACROS.XLSM",
        "foundation-models.xlsx",
        "old.xls",
        "public-sector.xlsx",
    ]
    reasons = {Path(s.source).relative_to(inbox).as_posix(): s.reason for s in skipped}
    assert reasons.keys() == {
        "~$clinical-ai.xlsx",
        ".hidden.xlsx",
        ".git",
        "notes.docx",
        "list.csv",
        "out",
        "last quarter",
    }
    assert "isms-xl import" in reasons["list.csv"]
    assert "open" in reasons["~$clinical-ai.xlsx"]
    assert reasons["out"] == reasons["last quarter"]


def test_results_beside_the_registers_are_not_read_again(inbox: Path) -> None:
    first, second = run(inbox, inbox).group, run(inbox, inbox).group
    assert [unit.source for unit in first.units] == [unit.source for unit in second.units]
    assert "units" in [Path(skipped.source).name for skipped in second.skipped]


@pytest.mark.parametrize("name", ["absent", "empty"])
def test_nothing_to_do_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableWorkbookError, match="There is no"):
        find_registers([tmp_path / name], tmp_path / "out")


@pytest.mark.parametrize(
    "content",
    [
        "Business unit\nClinical AI\nRobotics\n",
        "Clinical AI\r\nRobotics\r\nclinical ai\r\n",
        "\ufeffNo.;Business unit;Contact\n1;Clinical AI;a@b\n2;Robotics;c@d\n3;;\n",
        "Unit\tSite\nClinical AI\tHull\n\n\nRobotics\tYork\n",
    ],
)
def test_expected_units(tmp_path: Path, content: str) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes(content.encode())
    assert expected_units(path) == ("Clinical AI", "Robotics")


def test_expected_units_of_another_encoding_or_none(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    path.write_bytes("Business unit\nForschung für Sprache\nÖffentlicher Sektor\n".encode("cp1252"))
    assert expected_units(path) == ("Forschung für Sprache", "Öffentlicher Sektor")
    path.write_bytes(b"")
    with pytest.raises(UnreadableWorkbookError, match="lists no business unit"):
        expected_units(path)


# --- the run ----------------------------------------------------------------------------------


def test_every_register_gets_its_copies(inbox: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in inbox.iterdir()}
    out = tmp_path / "out"
    group = run(inbox, out).group
    assert {path: path.read_bytes() for path in inbox.iterdir()} == before
    assert [unit.business_unit for unit in group.units] == [
        "Clinical AI",
        "Foundation Models",
        "Public Sector",
    ]
    for unit in group.units:
        gaps = load_workbook(out / unit.reviewed_copy)["Gaps"]
        rules = [row[2] for row in gaps.iter_rows(min_row=5, values_only=True) if row[2]]
        assert rules == [finding.code for finding in unit.details.findings]
        assert unit.counts.open + unit.counts.accepted == len(rules)
        assert unit.audit_copy.startswith(f"units/{unit.business_unit}/")
        assert "Register" in load_workbook(out / unit.audit_copy, read_only=True).sheetnames
    (failure,) = group.failures
    assert (Path(failure.source).name, failure.kind) == ("broken.xlsx", FailureKind.UNREADABLE)
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL, "units"]


def test_unit_cannot_choose_where_its_files_go(tmp_path: Path) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "deep" / "out"
    for number, unit in enumerate(["../../evil", "CON", "a/b", "A-B", "", "x" * 400]):
        (inbox / str(number)).mkdir(parents=True)
        (inbox / str(number) / "register.xlsx").write_bytes(register(unit, f"D-{number}"))
    group = run(inbox, out).group
    assert len(group.units) == 6
    assert group.failures == ()
    written = {
        (out / path).resolve() for u in group.units for path in (u.reviewed_copy, u.audit_copy)
    }
    assert len(written) == 12
    assert {path for path in tmp_path.rglob("*.xlsx") if inbox not in path.parents} == written
    assert all(out / "units" in path.parents for path in written)
    assert len({name_key(str(path)) for path in written}) == 12


def test_write_back_changes_the_registers_themselves(inbox: Path, tmp_path: Path) -> None:
    before = parts((inbox / "clinical-ai.xlsx").read_bytes())
    out = tmp_path / "out"
    group = run(inbox, out, options=Options(DAY, write_back=True)).group
    after = parts((inbox / "clinical-ai.xlsx").read_bytes())
    assert before != after
    assert {
        name for name in before if "sheet2.xml" in name and before[name] != after[name]
    } == set()
    unit = group.units[0]
    assert (out / unit.reviewed_copy).resolve() == (inbox / "clinical-ai.xlsx").resolve()
    assert not list(out.rglob("* reviewed.xlsx"))
    again = run(inbox, out, options=Options(DAY, write_back=True)).group
    assert [u.counts for u in again.units] == [u.counts for u in group.units]


def test_open_register_is_checked_though_not_written(inbox: Path, tmp_path: Path) -> None:
    (inbox / "~$clinical-ai.xlsx").write_bytes(b"x")
    group = run(inbox, tmp_path / "out", options=Options(DAY, write_back=True)).group
    assert len(group.units) == 3
    kinds = {Path(f.source).name: f.kind for f in group.failures}
    assert kinds["clinical-ai.xlsx"] is FailureKind.NOT_WRITTEN


def test_audit_copies_are_left_aside_wherever_they_are(inbox: Path, tmp_path: Path) -> None:
    first = run(inbox, tmp_path / "out").group
    shutil.copy(tmp_path / "out" / first.units[0].audit_copy, inbox / "mailed back.xlsx")
    group = run(inbox, tmp_path / "again").group
    assert [Path(s.source).name for s in group.skipped] == ["mailed back.xlsx"]
    assert len(group.units) == 3
    assert len(group.failures) == 1


def test_one_process_or_two_the_same_comes_out(inbox: Path, tmp_path: Path) -> None:
    one, two = (run(inbox, tmp_path / f"out{n}", processes=n) for n in (1, 2))
    assert one.group.units == two.group.units
    assert one.group.failures == two.group.failures
    assert one.group.findings == two.group.findings
    first, second = (
        {
            path.relative_to(tmp_path / f"out{n}"): path.read_bytes()
            for path in (tmp_path / f"out{n}").rglob("*.xlsx")
        }
        for n in (1, 2)
    )
    assert first == second


# --- one file never touches another -----------------------------------------------------------


def misbehave(job: Job, options: Options, out: Path) -> Outcome:
    """Do as the name of the file says."""
    match job.path.stem:
        case "exit":
            os._exit(3)
        case "segfault":
            ctypes.string_at(0)
        case "hang":
            time.sleep(600)
        case "memory":
            found = attempt(job.source, lambda: bytearray(workers.MEMORY_LIMIT + 2**20))
            assert not isinstance(found, bytearray), "no limit was set"
            return Outcome(job, failure=found)
        case "raise":
            attempt(job.source, lambda: 1 / 0)
            raise RuntimeError("a defect")
    return work_on(job, options, out)


def test_crash_hang_and_memory_are_confined(tmp_path: Path) -> None:
    good = [f"good{number}" for number in range(6)]
    names = ["exit", good[0], "hang", good[1], "segfault", good[2], good[3], "raise", good[4]]
    if sys.platform == "linux":
        names += ["memory"]
    names += [good[5]]
    data = (EXAMPLES / "foundation-models.xlsx").read_bytes()
    for name in names:
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    jobs = [Job(name, tmp_path / f"{name}.xlsx", name) for name in names]
    (tmp_path / "out").mkdir()
    found = {
        outcome.job.source: outcome
        for outcome in workers.outcomes(
            jobs, OPTIONS, tmp_path / "out", processes=2, timeout=8, work=misbehave
        )
    }
    assert found.keys() == set(names)
    assert all(found[name].unit is not None and found[name].failure is None for name in good)
    kinds = {name: outcome.failure.kind for name, outcome in found.items() if outcome.failure}
    expected = {
        "exit": FailureKind.CRASHED,
        "segfault": FailureKind.CRASHED,
        "hang": FailureKind.TIMED_OUT,
        "raise": FailureKind.DEFECT,
        "memory": FailureKind.OUT_OF_MEMORY,
    }
    assert kinds == {name: expected[name] for name in names if name not in good}


def test_real_register_is_given_up_in_time(tmp_path: Path) -> None:
    sys.path.append(str(ROOT / "benchmarks"))
    from registers import workbook_of_size

    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "huge.xlsx").write_bytes(workbook_of_size(1_200))
    done = batch("inbox", "--out", "out", "--timeout", "0.1", "--jobs", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "inbox/huge.xlsx: The file was not done after" in done.stdout
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_panic_of_a_library_is_a_failure_and_no_crash() -> None:
    class Panic(BaseException):
        pass

    def panic() -> None:
        raise Panic("unreachable")

    failure = attempt("x.xlsx", panic)
    assert failure is not None
    assert (failure.kind, "Panic: unreachable" in failure.problem) == (FailureKind.DEFECT, True)
    with pytest.raises(KeyboardInterrupt):
        attempt("x.xlsx", lambda: (_ for _ in ()).throw(KeyboardInterrupt()))


@pytest.mark.parametrize("name", list(BAD))
def test_every_unreadable_file_is_a_row_with_its_reason(tmp_path: Path, name: str) -> None:
    make, sentence = BAD[name]
    path = tmp_path / "bad.xlsx"
    path.write_bytes(make())
    outcome = work_on(Job("bad.xlsx", path, "bad"), OPTIONS, tmp_path)
    assert outcome.unit is None
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.UNREADABLE
    assert sentence in outcome.failure.problem
    assert outcome.failure.way_out.endswith(".")


# --- resuming ---------------------------------------------------------------------------------


def test_result_survives_the_journal(inbox: Path, tmp_path: Path) -> None:
    group = run(inbox, tmp_path / "out").group
    for unit in group.units:
        assert unit_of(line_of(unit)) == unit
        assert unit_of(line_of(unit)).details == unit.details
    assert earlier(tmp_path / "out", OPTIONS) == {unit.source: unit for unit in group.units}


def resumed(inbox: Path, out: Path, options: Options = OPTIONS) -> tuple[list[str], Run]:
    """Resume a run and return the files it worked on."""
    jobs, _ = find_registers([inbox], out)
    worked: list[str] = []

    def engine(jobs: list[Job]) -> Iterator[Outcome]:
        for job in jobs:
            worked.append(job.path.name)
            yield work_on(job, options, out)

    return worked, run_batch(jobs, options, out, engine, resume=True)  # type: ignore[arg-type]


def test_resume_does_only_what_changed(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = run(inbox, out).group
    worked, again = resumed(inbox, out)
    assert worked == ["broken.xlsx"]
    assert again.resumed == 3
    assert again.group.units == first.units
    assert again.group.findings == first.findings
    shutil.copy(EXAMPLES / "public-sector.xlsx", inbox / "clinical-ai.xlsx")
    (out / first.units[1].reviewed_copy).unlink()
    worked, again = resumed(inbox, out)
    assert worked == ["broken.xlsx", "clinical-ai.xlsx", "foundation-models.xlsx"]
    assert (out / first.units[1].reviewed_copy).exists()
    assert again.group.units[0].business_unit == "Public Sector"


def test_another_day_or_way_of_writing_resumes_nothing(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(inbox, out)
    assert earlier(out, Options(date(2026, 11, 25))) == {}
    assert earlier(out, Options(DAY, write_back=True)) == {}
    assert len(earlier(out, OPTIONS)) == 3


def test_write_back_is_resumed_by_what_it_wrote(inbox: Path, tmp_path: Path) -> None:
    options = Options(DAY, write_back=True)
    run(inbox, tmp_path / "out", options=options)
    worked, _ = resumed(inbox, tmp_path / "out", options)
    assert worked == ["broken.xlsx"]


@pytest.mark.parametrize("damage", ["cut", "garbage", "packed", "empty", "binary"])
def test_damaged_journal_costs_only_what_is_damaged(
    inbox: Path, tmp_path: Path, damage: str
) -> None:
    out = tmp_path / "out"
    run(inbox, out)
    journal = out / JOURNAL
    lines = journal.read_text(encoding="utf-8").split("\n")
    match damage:
        case "cut":
            journal.write_text("\n".join(lines)[:-40], encoding="utf-8")
        case "garbage":
            journal.write_text("\n".join([lines[0], "{}", "[1]", *lines[1:3]]), encoding="utf-8")
        case "packed":
            bad = json.loads(lines[1]) | {"packed": "AAAA"}
            journal.write_text("\n".join([lines[0], json.dumps(bad), *lines[2:]]), encoding="utf-8")
        case "empty":
            journal.write_text("")
        case "binary":
            journal.write_bytes(bytes(range(256)))
    assert len(earlier(out, OPTIONS)) == (0 if damage in ("empty", "binary") else 2)


@contextmanager
def started(*arguments: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "isms_xl", "batch", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_stopped_by_hand_keeps_what_is_done(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for number in range(30):
        (inbox / f"{number:02}.xlsx").write_bytes((EXAMPLES / "clinical-ai.xlsx").read_bytes())
    with started("inbox", "--out", "out", "--as-of", str(DAY), cwd=tmp_path) as process:
        assert process.stderr is not None
        for _ in range(3):
            process.stderr.readline()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        printed, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped." in printed
    assert "Traceback" not in printed + errors
    done = earlier(tmp_path / "out", OPTIONS)
    assert 3 <= len(done) < 30
    assert not list((tmp_path / "out").rglob("*.tmp"))
    again = batch("inbox", "--out", "out", "--resume", "--format", "json", cwd=tmp_path)
    answer = json.loads(again.stdout)
    assert answer["summary"]["registers"] == 30
    assert answer["summary"]["resumed"] == len(done)


# --- what comes out ---------------------------------------------------------------------------


# --- lists in other layouts -----------------------------------------------------------------------

LIST = """Interested party,Requirements
Nordbank AG,Report incidents within 24 hours
Data protection authority,Notify breaches within 72 hours
"""


def test_lists_are_left_aside_unless_they_are_to_be_taken_over(tmp_path: Path) -> None:
    source = tmp_path / "inbox" / "robotics.csv"
    source.parent.mkdir()
    source.write_text(LIST, encoding="utf-8")
    shutil.copy(EXAMPLES / "clinical-ai.xlsx", source.parent)
    aside = run(source.parent, tmp_path / "out", options=Options(DAY)).group
    assert [s.source for s in aside.skipped] == [source.as_posix()]
    assert len(aside.units) == 1
    options = Options(DAY, write_back=True, imports=True)
    done = batch(source.parent, "--out", tmp_path / "new", "--import", "--write-back")
    assert done.returncode == 1
    assert source.read_text(encoding="utf-8") == LIST
    reviewed = tmp_path / "new" / "units" / "robotics" / "robotics reviewed.xlsx"
    register = Register(FileBook.open(reviewed).tables())
    assert [party.text("Name") for party in register.parties] == [
        "Nordbank AG",
        "Data protection authority",
    ]
    kept = earlier(tmp_path / "new", options)
    assert {unit.parties for unit in kept.values()} == {2, 42}


def test_what_the_batch_made_is_no_list(inbox: Path, tmp_path: Path) -> None:
    audit = tmp_path / "inbox" / "copy.xlsx"
    write_audit_copy(inbox / "clinical-ai.xlsx", DAY, output=audit)
    jobs, _ = find_registers([audit], tmp_path / "out", lists=True)
    outcome = work_on(jobs[0], Options(DAY, imports=True), tmp_path / "out")
    assert outcome.skipped is not None
    assert outcome.unit is None


def test_a_map_says_where_the_columns_of_a_list_go(tmp_path: Path) -> None:
    source = tmp_path / "inbox" / "robotics.csv"
    source.parent.mkdir()
    source.write_text(LIST, encoding="utf-8")
    maps = tmp_path / "maps"
    maps.mkdir()
    plan = plan_import(LIST.encode(), source.name)
    (maps / "robotics.toml").write_text(
        plan.map_text.replace('to = "Requirement"', 'to = "Notes"'), encoding="utf-8"
    )
    (maps / "other.toml").write_text("no map at all", encoding="utf-8")
    done = batch(source.parent, "--out", tmp_path / "out", "--import", "--maps", maps)
    assert done.returncode == 1, done.stderr
    reviewed = tmp_path / "out" / "units" / "robotics" / "robotics reviewed.xlsx"
    register = Register(FileBook.open(reviewed).tables())
    assert len(register.requirements) == 0
    assert "24 hours" in register.parties.records[0].text("Notes")
    (maps / "robotics.toml").write_text("no map at all", encoding="utf-8")
    failed = batch(source.parent, "--out", tmp_path / "out", "--import", "--maps", maps)
    assert failed.returncode == 2
    assert "robotics.toml" in failed.stdout


def test_the_group_workbook_is_compared_with_an_earlier_one(inbox: Path, tmp_path: Path) -> None:
    (inbox / "broken.xlsx").unlink()
    assert batch(inbox, "--out", tmp_path / "q1").returncode == 1
    (inbox / "public-sector.xlsx").unlink()
    before = tmp_path / "q1" / GROUP_FILE
    assert batch(inbox, "--out", tmp_path / "q2", "--previous", before).returncode == 1
    trend = load_workbook(tmp_path / "q2" / GROUP_FILE)["Trend"]
    shown = {str(cell.value) for row in trend.iter_rows() for cell in row}
    assert "Public Sector" in shown
    refused = batch(inbox, "--out", tmp_path / "q3", "--previous", inbox / "clinical-ai.xlsx")
    assert refused.returncode == 2
    assert "group workbook" in refused.stderr


def test_command_line(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("Business unit\nRobotics\nClinical AI\n")
    done = batch("inbox", "--out", "out", "--expect", "units.csv", "--format", "json", cwd=tmp_path)
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["schema"] == 1
    assert [unit["business_unit"] for unit in answer["units"]] == [
        "Clinical AI",
        "Foundation Models",
        "Public Sector",
    ]
    assert [f["file"] for f in answer["failures"]] == ["inbox/broken.xlsx"]
    missing = [f for f in answer["findings"] if f["code"] == "GRP005"]
    assert [(f["record"], f["file"]) for f in missing] == [("Robotics", "")]
    alone = as_json(validate(inbox / "clinical-ai.xlsx", DAY))
    assert alone["findings"] == answer["units"][0]["findings"]
    assert answer["written"] == ["out/group.xlsx", "out/gaps.csv", "out/reviews.ics"]
    assert done.stderr.count("\n") == 4
    assert "4/4" in done.stderr


@pytest.mark.parametrize(
    ("unit", "threshold", "code"),
    [
        ("foundation-models", "minor", 0),
        ("foundation-models", "obs", 1),
        ("clinical-ai", "major", 1),
    ],
)
def test_exit_codes(tmp_path: Path, unit: str, threshold: str, code: int) -> None:
    done = batch(EXAMPLES / f"{unit}.xlsx", "--out", tmp_path / "out", "--fail-on", threshold)
    assert done.returncode == code
    assert str(tmp_path / "out" / "units") in done.stdout


def test_finding_across_units_counts(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        (tmp_path / "in" / f"{name}.xlsx").write_bytes(register("Unit", "D-1"))
    done = batch("in", "--out", "out", "--fail-on", "major", "--format", "json", cwd=tmp_path)
    assert [f["code"] for f in json.loads(done.stdout)["findings"]] == ["GRP001"]
    assert done.returncode == 1


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_folder_that_cannot_be_made_is_said(inbox: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("x")
    done = batch("inbox", "--out", out, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_csv_holds_every_gap_and_reads_back(inbox: Path, tmp_path: Path) -> None:
    group = run(inbox, tmp_path / "out").group
    rows = list(csv.DictReader(io.StringIO(gaps_csv(group).decode("utf-8-sig"), newline="")))
    findings = [(u, f) for u in group.units for f in u.details.findings]
    assert len(rows) == len(findings) + len(group.findings)
    assert tuple(rows[0]) == HEADINGS
    for row, (unit, finding) in zip(rows, findings, strict=False):
        assert plain_text(row["Business unit"]) == unit.business_unit
        assert plain_text(row["Finding"]) == finding.message
        assert plain_text(row["Record"]) == finding.record
        assert row["Rule"] == finding.code


HOSTILE = st.text(alphabet="=+-@\t\r\n'\",;| aA1＝") | st.text()


@given(HOSTILE)
def test_guarded_text_is_no_formula_and_reads_back(text: str) -> None:
    field = guarded(text)
    assert plain_text(field) == text
    for separator in ",;\t\r\n":
        field = field.replace(separator, "\0")
    assert not any(piece.startswith(("=", "+", "-", "@", "＝")) for piece in field.split("\0"))


def test_calendar_has_the_reviews_of_the_next_90_days(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    due = {
        "today": DAY,
        "last": date(2027, 2, 22),
        "beyond": date(2027, 2, 23),
        "overdue": date(2026, 11, 23),
    }
    for number, (name, day) in enumerate(due.items()):
        content = base_content()
        control = content[DOCUMENT_CONTROL.name][0]
        control |= {"Business unit": name, "Document ID": f"D-{number}", "Next review due": day}
        for review in content["Reviews"]:
            review.pop("Next review due", None)
        (inbox / f"{name}.xlsx").write_bytes(build_template(content, created=DAY))
    group = run(inbox, tmp_path / "out").group
    data = reviews_calendar(group)
    events = icalendar.Calendar.from_ical(data).walk("VEVENT")
    found = [(str(event["summary"]), event.decoded("dtstart")) for event in events]
    assert found == [
        ("today: review of the register is due", due["today"]),
        ("last: review of the register is due", due["last"]),
    ]
    assert len({str(event["uid"]) for event in events}) == 2
    assert data == reviews_calendar(run(inbox, tmp_path / "again").group)
    assert b"DTSTAMP:20261124T000000Z" in data


def test_errors_of_the_engine_have_both_halves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workers, "_prepare", _dies)
    job = Job("x", tmp_path / "x.xlsx", "x")
    with pytest.raises(IsmsXlError) as refusal:
        list(workers.outcomes([job], OPTIONS, tmp_path, processes=1, timeout=5))
    assert "do not start" in refusal.value.problem


def _dies() -> None:
    os._exit(1)
