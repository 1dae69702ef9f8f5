"""Every hostile workbook ends in its sentence or a right reading, in bounded time and memory."""

from __future__ import annotations

import io
import multiprocessing
import re
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from hostile import (
    BOOK,
    BOOK_RELS,
    CASES,
    EXAMPLE,
    SHEET,
    SHEET_RELS,
    TABLE,
    Case,
    Parts,
    changed,
    one_text_often,
    register,
    relationships,
    row,
    text,
)
from workbooks import MAIN, RELATION, packed, sheet_xml

from isms_xl.books import reader
from isms_xl.books.appending import appended
from isms_xl.books.file import FileBook
from isms_xl.books.grids import read_tables
from isms_xl.books.package import Package
from isms_xl.books.workbook import Workbook
from isms_xl.changes import Changes, changes_of
from isms_xl.checking import check
from isms_xl.contract import PARTIES, TOOL_TABLES
from isms_xl.errors import IsmsXlError, UnreadableWorkbookError, WriteRefusedError
from isms_xl.importing.importer import import_register
from isms_xl.register import Grid, Register, text_of

DAY = date(2026, 11, 24)
MOST_SECONDS = 20
Job = Callable[[Path], Mapping[str, object]]
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


def _report(path: Path, job: Job, answer: Connection) -> None:
    import resource

    started = time.monotonic()
    try:
        outcome: Mapping[str, object] | str = job(path)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
        outcome = f"{type(error).__name__}: {error}"
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    unit = 1 if sys.platform == "darwin" else 1024
    answer.send((outcome, time.monotonic() - started, peak * unit))


def outcome_of(path: Path, job: Job = _main_job) -> Outcome:
    """Do a job on a workbook in a process of its own, and measure it."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_report, args=(path, job, theirs))
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
    assert outcome.refused == ""
    again = FileBook.open(path).tables()
    assert {table.name for table in TOOL_TABLES[:2]} <= again.grids.keys()


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


def test_formulas_are_not_counted_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A register of 200,000 rows has more formulas than it may have text."""
    monkeypatch.setattr(reader, "LARGEST_TEXTS", 140_000)
    assert Register(FileBook.open(EXAMPLE).tables()).parties.present
    monkeypatch.setattr(reader, "_FORMULA", re.compile(b"no formula"))
    with pytest.raises(UnreadableWorkbookError, match="more text"):
        FileBook.open(EXAMPLE).tables()


def test_content_of_the_archive_is_what_its_directory_says(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(changed("xl/workbook.xml", "<sheets>", "<sheets >", register())))
    assert Register(FileBook.open(path).tables()).parties.names == ["IP-001"]


# --- as sources of an import ----------------------------------------------------------------------

LIST = register(
    row(1, text("A1", "Interested party"), text("B1", "Requirements"))
    + row(2, text("A2", "Acme"), text("B2", "Tell us about incidents")),
    headings=("Interested party", "Requirements"),
)


def after_cells(what: str) -> Parts:
    return changed(SHEET, "</sheetData>", f"</sheetData>{what}", LIST)


def with_comments(comments: str, times: int = 1) -> Parts:
    places = [("comments", "../comments.xml")] * times
    return LIST | {
        SHEET_RELS: relationships(*places).encode(),
        "xl/comments.xml": f'<comments xmlns="{MAIN}">{comments}</comments>'.encode(),
    }


def more_sheets(number: int, content: str) -> Parts:
    names = range(2, number)
    listed = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rIdX{n}"/>' for n in names)
    related = "".join(
        f'<Relationship Id="rIdX{n}" Type="{RELATION}/worksheet" Target="worksheets/x{n}.xml"/>'
        for n in names
    )
    found = changed(BOOK, "</sheets>", f"{listed}</sheets>", LIST)
    found = changed(BOOK_RELS, "</Relationships>", f"{related}</Relationships>", found)
    return found | {f"xl/worksheets/x{n}.xml": sheet_xml(content).encode() for n in names}


FORMULAS = "".join(
    row(n, *(f'<c r="{c}{n}"><f>1</f></c>' for c in "ABCDEF")) for n in range(1, 9_000)
)
CORNERS = row(1, text("AZ1", "x")) + row(99_999, text("A99999", "x"))
SOURCES: Mapping[str, tuple[Callable[[], Parts], str]] = {
    "a hundred thousand tags without an end": (lambda: after_cells("<mergeCell " * 100_000), ""),
    "merged cells nowhere": (lambda: after_cells('<mergeCell ref="A0:B2"/>'), "no place in it"),
    "comment nowhere": (
        lambda: with_comments('<comment ref="A0"><text><t>x</t></text></comment>'),
        "no place in it",
    ),
    "one list of comments, ten times": (
        lambda: with_comments('<comment ref="A1"/>' * 200_000, 10),
        "",
    ),
    "a million comments": (
        lambda: with_comments('<comment ref="A1"/>' * 1_000_001),
        "far more sheets",
    ),
    "formula without an address": (
        lambda: changed(SHEET, "</row></sheetData>", "<c><f>1</f></c></row></sheetData>", LIST),
        "",
    ),
    "formulas on 30 sheets": (lambda: more_sheets(30, FORMULAS), "more formulas"),
    "six million cells without addresses": (
        lambda: more_sheets(4, f"<row>{'<c/>' * 3_100_000}</row>"),
        "more cells",
    ),
    "30 sheets of two corners": (lambda: more_sheets(30, CORNERS), "more cells"),
    "seven million comments": (lambda: more_sheets(12, "<!---->" * 700_000), "more cells"),
}


def _import_job(path: Path) -> Mapping[str, object]:
    try:
        imported = import_register(path.read_bytes(), path.name, None, DAY)
    except UnreadableWorkbookError as error:
        return {"unreadable": f"{error.problem} {error.way_out}"}
    return {"party": str(imported.content[PARTIES.name][0]["Name"])}


@pytest.mark.parametrize("name", SOURCES)
def test_hostile_source_gets_its_answer(tmp_path: Path, name: str) -> None:
    make, answer = SOURCES[name]
    path = tmp_path / "list.xlsx"
    path.write_bytes(packed(make()))
    outcome = outcome_of(path, _import_job)
    assert outcome.memory < MOST_MEMORY
    assert outcome.seconds < MOST_SECONDS
    assert answer in outcome.unreadable
    assert outcome.party == ("" if answer else "Acme")


# --- as registers that are added to ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</sheetData>", "<!-- </sheetData> --></sheetData>"),
        ("<sheetData>", "<?x <row> ?><sheetData>"),
        ('<row r="2">', '<row r="2" a=">">'),
    ],
)
def test_rows_are_added_where_excel_sees_them(old: str, new: str) -> None:
    data = packed(changed(SHEET, old, new))
    grid = read_tables(Workbook(Package(data))).grids[PARTIES.name]
    more = appended(data, PARTIES, [{"Party ID": "IP-002", "Name": "Bank"}], grid)
    rows = read_tables(Workbook(Package(more))).grids[PARTIES.name].rows
    assert [list(cells) for cells in rows] == [["IP-001", "Acme"], ["IP-002", "Bank"]]


@pytest.mark.parametrize("row", ["<row>", '<row r="1">', "<row r='two'>"])
def test_rows_are_not_added_where_their_numbers_are_unclear(row: str) -> None:
    data = packed(changed(SHEET, '<row r="2">', row))
    grid = Grid(PARTIES.name, PARTIES.sheet, ("Party ID", "Name"), [["IP-001", "Acme"]], 2, 1)
    with pytest.raises(WriteRefusedError, match="unusual way"):
        appended(data, PARTIES, [{"Party ID": "IP-002", "Name": "Bank"}], grid)


# --- what is written into them --------------------------------------------------------------------


def written_to(tmp_path: Path, parts: Parts) -> dict[str, bytes]:
    """Return the parts of a workbook after the gaps were written to it."""
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(parts))
    book = FileBook.open(path)
    book.apply(changes_of(check(Register(book.tables()), DAY)))
    book.save()
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_new_sheets_take_numbers_that_are_free(tmp_path: Path) -> None:
    content = changed(BOOK, 'sheetId="1"', 'sheetId="4294967295"')
    content = changed(TABLE, 'id="1" name', 'id="4294967295" name', content)
    external = '<Relationship Id="rId2" Type="urn:z" TargetMode="External" Target="http://x"/>'
    content = changed(BOOK_RELS, "</Relationships>", f"{external}</Relationships>", content)
    written = written_to(tmp_path, content)
    numbers = re.findall(rb'sheetId="(\d+)"', written[BOOK])
    assert len(set(numbers)) == len(numbers) > 1
    assert sorted(map(int, numbers))[-2] < 65_535
    relations = re.findall(rb' Id="([^"]+)"', written[BOOK_RELS])
    assert len(set(relations)) == len(relations)
    tables = [xml for name, xml in written.items() if name.startswith("xl/tables/isms")]
    assert all(re.search(rb'<table [^>]*id="\d{1,2}"', xml) for xml in tables)


def test_name_in_single_quotes_is_replaced(tmp_path: Path) -> None:
    names = "<definedNames><definedName name='gap_records'>1</definedName></definedNames>"
    written = written_to(tmp_path, changed(BOOK, "</workbook>", f"{names}</workbook>"))
    assert len(re.findall(rb"name=[\"']gap_records[\"']", written[BOOK])) == 1


def test_kept_content_takes_no_name_that_another_part_has(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    theirs = {"customXml/itemProps1.xml": b"<theirs/>"}
    path.write_bytes(packed(register() | theirs))
    book = FileBook.open(path)
    book.apply(Changes({}, kept=b"<ours/>"))
    with zipfile.ZipFile(io.BytesIO(book.data)) as archive:
        assert archive.read("customXml/itemProps1.xml") == b"<theirs/>"
        assert archive.read("customXml/item2.xml") == b"<ours/>"
