"""Every hostile workbook ends in its sentence or a right reading, in bounded time and memory."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hostile import CASES, EXAMPLE, Case, changed, one_text_often, register
from workbooks import entries, packed

from isms_xl.books import reader
from isms_xl.books.file import FileBook
from isms_xl.changes import changes_of
from isms_xl.checking import check
from isms_xl.contract import TOOL_TABLES
from isms_xl.errors import IsmsXlError, UnreadableWorkbookError
from isms_xl.register import Register, text_of

DAY = date(2026, 11, 24)
MOST_SECONDS = 20
MOST_MEMORY = 1536 * 2**20

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measures a forked process")


@dataclass(frozen=True)
class Outcome:
    """What became of a workbook.

    Attributes:
        unreadable: The sentence that refused to read it, if any.
        party: Name of the party IP-001.
        codes: Rules that reported something.
        refused: The sentence that refused to write to it, if any.
        seconds: How long that took.
        memory: Bytes it took at most.
    """

    unreadable: str = ""
    party: str = ""
    codes: frozenset[str] = frozenset()
    refused: str = ""
    seconds: float = 0
    memory: int = 0


def _main_job(path: Path) -> Mapping[str, object]:
    try:
        tables = FileBook.open(path).tables()
    except UnreadableWorkbookError as error:
        return {"unreadable": f"{error.problem} {error.way_out}"}
    found = Register(tables)
    report = check(found, DAY)
    assert not report.failed_rules
    names = [text_of(p.raw("Name")) for p in found.parties if p.id == "IP-001"]
    seen = {"party": names[0] if names else "", "codes": frozenset(f.code for f in report.findings)}
    try:
        book = FileBook.open(path)
        book.apply(changes_of(report))
        book.save()
    except IsmsXlError as error:
        return {**seen, "refused": error.problem}
    again = Register(FileBook.open(path).tables())
    assert list(map(text_of, again.parties.raw["Name"])) == list(
        map(text_of, found.parties.raw["Name"])
    )
    return seen


def _report(path: Path, answer: Connection) -> None:
    import resource

    started = time.monotonic()
    try:
        outcome: Mapping[str, object] | str = _main_job(path)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
        outcome = f"{type(error).__name__}: {error}"
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    unit = 1 if sys.platform == "darwin" else 1024
    answer.send((outcome, time.monotonic() - started, peak * unit))


def outcome_of(path: Path) -> Outcome:
    """Do the main job on a workbook in a process of its own, and measure it."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_report, args=(path, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(MOST_SECONDS * 2), "it hangs"
        found, seconds, memory = ours.recv()
    except EOFError:
        process.join()
        pytest.fail(f"the process died ({process.exitcode})")
    finally:
        process.kill()
        process.join()
    assert not isinstance(found, str), found
    return Outcome(**found, seconds=seconds, memory=memory)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """Load here what all the processes need."""
    check(Register(FileBook.open(EXAMPLE).tables()), DAY)


LONG = {"a million cells", "text of 140 MB", "bomb of many parts"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.long] if n in LONG else []) for n in CASES]
)
def test_hostile_workbook_gets_its_answer(tmp_path: Path, name: str) -> None:
    case: Case = CASES[name]
    path = tmp_path / "register.xlsx"
    path.write_bytes(case.make())
    before = path.read_bytes()
    outcome = outcome_of(path)
    assert outcome.memory < MOST_MEMORY
    assert outcome.seconds < MOST_SECONDS
    assert list(tmp_path.iterdir()) == [path]
    if case.answer:
        assert case.answer in outcome.unreadable
        assert path.read_bytes() == before
        return
    assert (outcome.unreadable, outcome.party) == ("", case.name)
    assert case.finding in {"", *outcome.codes}
    if case.refuses:
        assert case.refuses in outcome.refused
        assert path.read_bytes() == before
    else:
        assert outcome.refused == ""
        written = entries(path.read_bytes())
        assert all(any(t.sheet.lower() in n for n in written) for t in TOOL_TABLES[:1])


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(CASES) >= 60


def test_reader_that_dies_in_its_trial_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(CASES["no addresses"].make())
    assert Register(FileBook.open(path).tables()).parties.present
    monkeypatch.setattr(reader, "TRIAL_MEMORY", 2**20)
    with pytest.raises(UnreadableWorkbookError, match="make no sense"):
        FileBook.open(path).tables()
    monkeypatch.undo()
    monkeypatch.setattr(reader, "TRIAL_SECONDS", 0.001)
    with pytest.raises(UnreadableWorkbookError, match="make no sense"):
        FileBook.open(path).tables()


def test_panic_ends_in_a_sentence_without_its_trace(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(CASES["endless date backwards"].make())
    with pytest.raises(UnreadableWorkbookError, match="is damaged"):
        FileBook.open(path).tables()
    assert capfd.readouterr().err == ""


def test_ordinary_workbooks_need_no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(package: bytes) -> None:
        raise AssertionError("read twice")

    monkeypatch.setattr(reader, "_try", fail)
    assert Register(FileBook.open(EXAMPLE).tables()).parties.present


def test_long_texts_shown_often_are_counted_one_by_one(tmp_path: Path) -> None:
    """The quick estimate is far above the limit here; what the cells show is not."""
    content = one_text_often(40_000)
    content["xl/sharedStrings.xml"] = content["xl/sharedStrings.xml"].replace(
        b"<si><t>", b"<si><t>short</t></si><si><t>", 1
    )
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(content))
    assert Register(FileBook.open(path).tables()).parties.present


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [("MOST_FILLED", "more cells"), ("LARGEST_SHEETS", "more cells"), ("MOST_TEXTS", "more text")],
)
def test_limits_hold_for_all_sheets_together(
    monkeypatch: pytest.MonkeyPatch, limit: str, sentence: str
) -> None:
    monkeypatch.setattr(reader, limit, 5)
    with pytest.raises(UnreadableWorkbookError, match=sentence):
        FileBook.open(EXAMPLE).tables()


def test_content_of_the_archive_is_what_its_directory_says(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(changed("xl/workbook.xml", "<sheets>", "<sheets >", register())))
    assert Register(FileBook.open(path).tables()).parties.names == ["IP-001"]
