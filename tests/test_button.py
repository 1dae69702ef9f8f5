"""Clicks as Excel's macro starts them: client, worker and LibreOffice, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlwings
from elsewhere import SECONDS, Exchange, wait_for
from live_engine import LiveOffice
from test_in_office import wrong_highlights
from test_live import EXAMPLES, as_hex, gaps_of, user_cells

from isms_xl.books.file import FileBook
from isms_xl.button import ENTRY
from isms_xl.checking import check
from isms_xl.register import Register
from isms_xl.resident import meeting

WINDOW = "--hwnd=4202"
DAY = date(2026, 11, 24)


@pytest.fixture
def clicks(
    excel: LiveOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Exchange]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with Exchange(excel, tmp_path) as exchange:
        yield exchange
    if exchange.starts("isms_xl.resident.worker"):
        with suppress(ProcessLookupError):
            os.kill(worker(), signal.SIGKILL)


def place() -> Path:
    return meeting.key_file(meeting.private_folder(), ENTRY)


def worker() -> int:
    """Return the number of the worker's process; wait for it."""
    wait_for(place().exists, "no worker came")
    return meeting.read_place(place()).process


def opened(excel: LiveOffice, folder: Path, name: str = "clinical-ai.xlsx") -> xlwings.Book:
    path = folder / name
    path.write_bytes((EXAMPLES / "clinical-ai.xlsx").read_bytes())
    book = excel.workbook(path)
    book.sheets[0].activate()
    book.sheets[0].range("A1").select()
    return book


@pytest.fixture
def book(excel: LiveOffice, tmp_path: Path) -> Iterator[xlwings.Book]:
    book = opened(excel, tmp_path)
    yield book
    with excel.document(book):
        pass


def called(command: str, book: xlwings.Book) -> list[str]:
    return [command, as_hex(book.fullname), "--from_xl=1", WINDOW, f"--as-of={DAY}"]


def test_the_worker_does_what_a_process_by_itself_does(
    excel: LiveOffice, clicks: Exchange, tmp_path: Path
) -> None:
    report = check(Register(FileBook.open(EXAMPLES / "clinical-ai.xlsx").tables()), DAY)
    by: list[int] = []
    seen: list[Any] = []
    for _ in range(3):
        book = opened(excel, tmp_path)
        with excel.document(book) as document:
            typed = user_cells(book)
            clicks.told.clear()
            by.append(clicks.clicked(*called("validate", book)))
            by.append(clicks.clicked(*called("next-gap", book)))
            assert user_cells(book) == typed
            assert wrong_highlights(document, report) == []
            selected = book.impl.ask("selected")
            seen.append((gaps_of(book), [told[1:] for told in clicks.told], selected))
        worker()
    assert len(seen[0][0]) == len(report.findings) > 10
    assert seen[0] == seen[1] == seen[2]
    (box,) = clicks.said("box")
    assert box.startswith("Open: ")
    assert clicks.said("status")[-1].startswith("(1 of ")
    assert by[0] != worker()
    assert by[2:] == [worker()] * 4
    assert clicks.starts("isms_xl.resident.worker") == 1


def test_first_act_is_to_take_the_launchers_text_away(clicks: Exchange, book: xlwings.Book) -> None:
    for _ in range(2):
        clicks.told.clear()
        clicks.clicked(*called("next-gap", book))
        assert [told[1:] for told in clicks.told] == [
            ("status", "ISMS Register: one moment …"),
            ("status", False),
            ("box", "No open gap is listed on the sheet Gaps. Validate looks for gaps."),
        ]
        worker()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["validate", "--wb-hex=zz", WINDOW], "did not arrive"),
        (["dance", WINDOW], "no command dance"),
        (["isms_xl.cli:call", "rules", WINDOW], "no command isms_xl.cli:call"),
        (["validate", as_hex("/elsewhere/closed.xlsx"), WINDOW], "not open any more"),
    ],
)
def test_what_cannot_be_done_is_said_by_the_worker_as_well(
    clicks: Exchange, book: xlwings.Book, arguments: list[str], words: str
) -> None:
    clicks.clicked("about", WINDOW)
    clicks.told.clear()
    assert worker() == clicks.clicked(*arguments)
    (box,) = clicks.said("box")
    assert words in box
    assert clicks.said("status")[-1] is False


def test_name_of_a_workbook_stays_a_name_in_the_worker(
    excel: LiveOffice, clicks: Exchange, tmp_path: Path
) -> None:
    clicks.clicked("about", WINDOW)
    clicks.told.clear()
    meant = opened(excel, tmp_path, "-m served:main --path=x 'a' $(b) = %TEMP% 漢字 😀.xlsx")
    other = opened(excel, tmp_path, "other.xlsx")
    with excel.document(meant), excel.document(other):
        assert worker() == clicks.clicked(*called("validate", meant))
        assert gaps_of(meant)
        assert not gaps_of(other)
        assert sorted(path.suffix for path in tmp_path.glob("*x")) == [".xlsx", ".xlsx"]


def test_while_a_message_box_is_open_the_next_click_is_done_by_itself(
    clicks: Exchange, book: xlwings.Book
) -> None:
    clicks.clicked(*called("validate", book))
    busy = worker()
    clicks.hold_at("box", "Open: ")
    first = clicks.click(*called("validate", book))
    assert clicks.held.wait(SECONDS)
    before = len(clicks.told)
    start = time.monotonic()
    second = clicks.click(*called("next-gap", book))
    assert second.wait(SECONDS) == 0
    assert time.monotonic() - start < SECONDS / 3
    assert first.poll() is None
    assert {told[0] for told in clicks.told[before:]} == {second.pid}
    assert clicks.said("status")[-1].startswith("(1 of ")
    clicks.go_on.set()
    assert first.wait(SECONDS) == 0
    assert clicks.clicked(*called("next-gap", book)) == busy == worker()
    assert clicks.starts("isms_xl.resident.worker") == 1


def test_worker_that_is_ended_in_the_middle_costs_a_sentence(
    clicks: Exchange, book: xlwings.Book
) -> None:
    clicks.clicked("about", WINDOW)
    gone = worker()
    clicks.told.clear()
    clicks.hold_at("status", "applying the rules")
    click = clicks.click(*called("validate", book))
    assert clicks.held.wait(SECONDS)
    os.kill(gone, signal.SIGKILL)
    assert click.wait(SECONDS) == 2
    clicks.go_on.set()
    (box,) = clicks.said("box")
    assert box.startswith("isms-xl was ended before it was done.\n\nLook whether the workbook")
    assert clicks.told[-2:] == [(click.pid, "status", False), (click.pid, "box", box)]
    assert (click.pid, "screen", True) in clicks.told
    assert not gaps_of(book)
    # The next click is done, and brings a new worker.
    place().unlink()
    assert clicks.clicked(*called("validate", book)) != gone
    assert gaps_of(book)
    assert worker() != gone


def test_hand_calculation_that_a_worker_left_behind_is_spoken_of(
    excel: LiveOffice, clicks: Exchange, book: xlwings.Book
) -> None:
    clicks.clicked("about", WINDOW)
    gone = worker()
    clicks.told.clear()
    clicks.hold_at("screen", "False")
    click = clicks.click(*called("validate", book))
    assert clicks.held.wait(SECONDS)
    book.app.calculation = "manual"
    os.kill(gone, signal.SIGKILL)
    click.wait(SECONDS)
    clicks.go_on.set()
    assert "Calculation Options back to Automatic" in clicks.said("box")[0]
    book.app.calculation = "automatic"


def test_the_client_needs_no_library() -> None:
    code = "import sys, isms_xl.button; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert not loaded & {
        "xlwings",
        "pandas",
        "numpy",
        "isms_xl.ribbon",
        "isms_xl.cli",
        "subprocess",
    }
