"""The register that is open, end to end: the ribbon's commands against a running LibreOffice."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import types
import weakref
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
import xlwings
from click.testing import CliRunner
from live_engine import LiveOffice
from test_in_office import wrong_highlights
from test_typed_formulas import with_formula
from workbooks import ODD, PLAIN, Layout, write_register

from isms_xl import ribbon
from isms_xl.audit_copy.verifying import Verdict, verify
from isms_xl.books.file import FileBook
from isms_xl.books.live import LiveBook, undisturbed
from isms_xl.cases import base_content
from isms_xl.changes import changes_of
from isms_xl.checking import Report, check, summary_line
from isms_xl.cli import main
from isms_xl.contract import CHANGE_LOG, GAP_INDEX, GAPS, TOOL_TABLES, USER_TABLES, VERSIONS
from isms_xl.errors import WriteRefusedError
from isms_xl.register import ExcelError, Register, text_of
from isms_xl.resident import worker
from isms_xl.resident.request import Request

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("foundation-models", "clinical-ai", "public-sector")
HOSTILE = (
    '=HYPERLINK("https://example.invalid","click")',
    "+1+1",
    "-2",
    "@SUM(1)",
    "'quoted'",
    "1-2",
    "007",
    "TRUE",
)


@pytest.fixture
def book(excel: LiveOffice, tmp_path: Path) -> Iterator[xlwings.Book]:
    """A typical register, open; a copy, so that a test can see whether it is written to."""
    yield from opened(excel, tmp_path, "clinical-ai")


def opened(excel: LiveOffice, folder: Path, name: str) -> Iterator[xlwings.Book]:
    path = folder / f"{name}.xlsx"
    path.write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    book = excel.workbook(path)
    for kept in (excel.app.boxes, excel.app.status, excel.app.history, excel.calls):
        kept.clear()
    yield book
    with excel.document(book):
        pass


def desk(book: xlwings.Book, **options: str) -> ribbon.Desk:
    return ribbon.Desk(book.app, book, DAY, options)


def report_of(tables: Any) -> Report:
    return check(Register(tables), DAY)


def user_cells(book: xlwings.Book) -> dict[str, object]:
    """Read what people typed, as formulas and texts, on all sheets that are not the tool's."""
    office, ours = book.app.impl.office, {table.sheet for table in TOOL_TABLES}
    document = office.document(book)
    return {
        sheet: [
            [(c.formula or c.value) if c.type != "formula" else c.formula for c in row]
            for row in document.cells(sheet)
        ]
        for sheet in document.sheets()
        if sheet not in ours
    }


# --- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_open_register_reads_like_its_file(excel: LiveOffice, tmp_path: Path, name: str) -> None:
    for book in opened(excel, tmp_path, name):
        live = LiveBook(book).tables()
        file = FileBook.open(EXAMPLES / f"{name}.xlsx").tables()
        assert live.sheets == file.sheets
        assert [part.split(b"<content")[-1] for part in (live.kept, file.kept)] == [
            file.kept.split(b"<content")[-1]
        ] * 2
        assert report_of(live).findings == report_of(file).findings


def test_open_register_with_typed_formulas_reads_like_its_file(
    excel: LiveOffice, tmp_path: Path
) -> None:
    path = tmp_path / "calculated.xlsx"
    path.write_bytes((EXAMPLES / "public-sector.xlsx").read_bytes())
    with_formula(path, "Interested Parties", "F5", "UPPER(&quot;a&quot;)")
    file = Register(FileBook.open(path).tables())
    book = excel.workbook(path)
    with excel.document(book):
        live = Register(LiveBook(book).tables())
    assert file.calculated == live.calculated == 1
    assert [t.formulas for t in live.tables] == [t.formulas for t in file.tables]


def test_open_lists_read_like_their_file(excel: LiveOffice, tmp_path: Path) -> None:
    source = Path(__file__).parent / "cases" / "our-register-without-tables.xlsx"
    path = tmp_path / "lists.xlsx"
    path.write_bytes(source.read_bytes())
    book = excel.workbook(path)
    with excel.document(book):
        live = report_of(LiveBook(book).tables()).findings
    expected = report_of(FileBook.open(source).tables()).findings
    assert [finding.code for finding in expected].count("DAT001") == len(USER_TABLES)
    assert live == expected


def rows() -> dict[str, list[dict[str, object]]]:
    content = base_content()
    content["Parties"][1].pop("Owner")
    content["Parties"][0]["Notes"] = ExcelError("#REF!")
    content["Parties"][1]["Notes"] = "#REF!, as a text"
    content["Parties"][0]["Power"] = "4"
    content["Parties"][0]["Confirmed on"] = "2026-01-31"
    return content


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(ODD, id="everything odd at once"),
        pytest.param(Layout(date1904=True), id="dates from 1904"),
        pytest.param(Layout(blank_rows=2), id="blank rows between"),
        pytest.param(
            Layout(under={"Parties": [{"Party ID": "IP-777", "Name": "Typed below"}] * 2}),
            id="rows under a table",
        ),
        pytest.param(
            Layout(without=frozenset({"Pestle", "Parties/Owner"})),
            id="a table and a column missing",
        ),
    ],
)
def test_workbooks_of_other_layouts_read_like_their_files(
    excel: LiveOffice, tmp_path: Path, layout: Layout
) -> None:
    content = rows()
    for party in content["Parties"] if "Parties/Owner" in layout.without else ():
        party.pop("Owner", None)
    path = write_register(tmp_path / "r.xlsx", content, layout)
    book = excel.workbook(path)
    with excel.document(book):
        live, file = report_of(LiveBook(book).tables()), report_of(FileBook.open(path).tables())
    assert live.findings == file.findings
    assert {"DAT002", "DAT004", "DAT005"} & {finding.code for finding in live.findings}


def test_an_error_and_a_text_that_reads_like_one_are_told_apart(book: xlwings.Book) -> None:
    sheet = book.sheets["Interested Parties"]
    sheet.range("P5:P6").value = [["=NA()"], ["'#N/A"]]
    grid = LiveBook(book).tables().grids["Parties"]
    notes = grid.headings.index("Notes")
    assert [row[notes] for row in grid.rows[:2]] == [ExcelError("#N/A"), "#N/A"]


# --- validate -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_validate_marks_the_open_register(excel: LiveOffice, tmp_path: Path, name: str) -> None:
    for book in opened(excel, tmp_path, name):
        path = tmp_path / f"{name}.xlsx"
        before, typed = path.read_bytes(), user_cells(book)
        sheet = book.sheets["Requirements"]
        sheet.activate()
        sheet.range("C9:D11").select()
        book.impl.ask("scroll", row=7)
        seen = book.impl.ask("selected"), book.impl.ask("scrolled"), book.impl.ask("active")
        said = ribbon.validate(desk(book))
        now = book.impl.ask("selected"), book.impl.ask("scrolled"), book.impl.ask("active")
        assert now == seen
        report = report_of(FileBook.open(path).tables())
        assert said == ribbon.Said(summary_line(report))
        gaps = [list(map(text_of, row)) for row in gaps_of(book)]
        expected = changes_of(report).rows[GAPS.name]
        assert [row[:6] for row in gaps] == [list(map(text_of, row[:6])) for row in expected]
        assert [row[6] for row in gaps] == [finding.cell for finding in report.findings]
        assert wrong_highlights(excel.document(book), report) == []
        assert user_cells(book) == typed
        assert path.read_bytes() == before, "it was saved"
        assert excel.app.history[-2:] == [("calculation", "automatic"), ("screen_updating", True)]
        assert "applying the rules" in str(excel.app.status)


def gaps_of(book: xlwings.Book) -> list[Any]:
    grid = LiveBook(book).table(GAPS)
    assert grid is not None
    return [row for row in grid.rows if text_of(row[0])]


def test_changes_that_are_not_saved_count(book: xlwings.Book) -> None:
    before = len(gaps_of(book))
    ribbon.validate(desk(book))
    owner = FileBook.open(Path(book.fullname)).tables().grids["Parties"].headings.index("Owner")
    book.sheets["Interested Parties"].range((5, owner + 1)).value = [[None]]
    ribbon.validate(desk(book))
    assert ("DAT002", "Owner", "IP-001") in {
        (row[2], row[5], row[4]) for row in map(tuple, gaps_of(book))
    }
    assert before == 0


def test_gaps_shrink_and_grow_without_rests(book: xlwings.Book) -> None:
    live = LiveBook(book)
    changes = changes_of(report_of(live.tables()))
    few = {name: rows[:3] for name, rows in changes.rows.items()}
    for rows in (changes.rows, few, changes.rows):
        live.apply(type(changes)(rows))
        grid = live.table(GAPS)
        assert grid is not None
        assert len(grid.rows) == len(rows[GAPS.name])
        assert not grid.stray_rows
    assert grid is not None
    looks = {c.text for c in excel_cells(book, GAPS.sheet, f"L5:L{4 + len(grid.rows)}")}
    assert all(len(text) == len("2026-11-24") for text in looks), "the format was not carried down"


def excel_cells(book: xlwings.Book, sheet: str, area: str) -> list[Any]:
    document = book.app.impl.office.document(book)
    return [cell for row in document.cells(sheet, area) for cell in row]


def test_links_of_a_file_run_do_not_outlive_a_live_run(excel: LiveOffice, tmp_path: Path) -> None:
    from isms_xl.validating import validate

    path = tmp_path / "written.xlsx"
    validate(EXAMPLES / "clinical-ai.xlsx", DAY, output=path)
    book = excel.workbook(path)
    with excel.document(book):
        links = book.impl.ask("links", sheet=GAPS.sheet, area=[5, 7, 60, 7])
        assert len(links) > 5, "the file had no links to begin with"
        ribbon.validate(desk(book))
        assert book.impl.ask("links", sheet=GAPS.sheet, area=[5, 7, 60, 7]) == []
        (cell,) = excel_cells(book, GAPS.sheet, "G5")
        assert cell.formula.startswith('=HYPERLINK("#')
        assert cell.error == 0


def test_texts_of_the_register_stay_texts(book: xlwings.Book) -> None:
    texts = [[f"'{text}", f"'{text}"] for text in HOSTILE]
    book.sheets["Interested Parties"].range((5, 1), (4 + len(texts), 2)).value = texts
    ribbon.validate(desk(book))
    assert set(HOSTILE) <= {row[4] for row in gaps_of(book)}
    index = LiveBook(book).table(GAP_INDEX)
    assert index is not None
    assert set(HOSTILE) <= {row[0] for row in index.rows}
    document = book.app.impl.office.document(book)
    for table, has_links in ((GAPS, True), (GAP_INDEX, False)):
        formulas = [c.formula for row in document.cells(table.sheet) for c in row if c.formula]
        assert bool(formulas) == has_links
        assert all(formula.startswith('=HYPERLINK("#') for formula in formulas)


def calls_of(excel: LiveOffice, folder: Path, parties: int) -> Mapping[str, int]:
    content = base_content()
    model = {**content["Parties"][0], "Owner": None}
    content["Parties"] += [
        {**model, "Party ID": f"IP-{number}", "Name": f"Party {number}"}
        for number in range(1000, 1000 + parties)
    ]
    path = folder / f"{parties}.xlsx"
    write_register(path, content)
    book = excel.workbook(path)
    with excel.document(book):
        ribbon.validate(desk(book))  # makes the tool sheets
        assert len(gaps_of(book)) > parties
        excel.calls.clear()
        ribbon.validate(desk(book))
        return dict(excel.calls)


def test_number_of_calls_does_not_grow_with_the_rows(excel: LiveOffice, tmp_path: Path) -> None:
    few, many = (calls_of(excel, tmp_path, parties) for parties in (50, 500))
    assert few == many
    assert few["read"] <= 20
    assert few["write"] == 3


def test_settings_come_back_whatever_happens(
    book: xlwings.Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ribbon, "log_file", lambda: tmp_path / "log" / "isms-xl.log")
    book.app.calculation = "manual"

    def fail(*_: object, **__: object) -> None:
        raise OSError("the connection broke")

    monkeypatch.setattr("live_engine.Range.raw_value", property(lambda s: s.ask("read"), fail))
    said = ribbon.perform("validate", desk(book))
    assert said.failed
    assert str(tmp_path) in said.text
    assert "the connection broke" in (tmp_path / "log" / "isms-xl.log").read_text()
    assert (book.app.screen_updating, book.app.calculation) == (True, "manual")
    assert book.app.status_bar is False
    book.app.calculation = "automatic"


def test_a_hand_calculated_workbook_stays_one(book: xlwings.Book) -> None:
    book.app.calculation = "manual"
    said = ribbon.validate(desk(book))
    assert "press F9" in said.text
    assert book.app.calculation == "manual"
    with undisturbed(book.app):
        assert not book.app.screen_updating
    book.app.calculation = "automatic"


# --- tool sheets ----------------------------------------------------------------------------------


def test_missing_tool_sheets_are_made(excel: LiveOffice, tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows(), Layout(extra_sheets=("Cover",)))
    book = excel.workbook(path)
    with excel.document(book):
        active = book.sheets.active.name
        ribbon.validate(desk(book))
        assert book.sheets.active.name == active
        tables = LiveBook(book).tables()
        assert {"Gaps", "Checklist", "GapIndex"} <= set(tables.grids)
        saved = excel.document(book).save_as(tmp_path / "saved.xlsx")
        assert set(FileBook.open(saved).tables().grids) >= {"Gaps", "Checklist", "GapIndex"}
        assert tables.grids["Gaps"].headings == GAPS.headings
        again = ribbon.validate(desk(book))
    assert again.text.startswith("Open: ")


def test_a_sheet_of_the_users_in_the_place_is_left_alone(excel: LiveOffice, tmp_path: Path) -> None:
    layout = Layout(extra_sheets=("Cover", "Checklist"))
    book = excel.workbook(write_register(tmp_path / "r.xlsx", rows(), layout))
    with excel.document(book) as document:
        before = document.cells("Checklist")
        with pytest.raises(WriteRefusedError, match="not the tool's"):
            ribbon.validate(desk(book))
        assert document.cells("Checklist") == before
        assert GAPS.sheet not in document.sheets(), "something was written before the refusal"


def test_a_rearranged_tool_sheet_is_not_written(book: xlwings.Book) -> None:
    book.sheets[GAPS.sheet].range("B4").value = [["Weight of it"]]
    with pytest.raises(WriteRefusedError, match="rearranged"):
        ribbon.validate(desk(book))


# --- from gap to gap ------------------------------------------------------------------------------


def test_next_gap_visits_every_gap_and_previous_goes_back(book: xlwings.Book) -> None:
    ribbon.validate(desk(book))
    open_gaps = [row for row in gaps_of(book) if not row[10]]
    book.sheets[0].activate()
    book.sheets[0].range("A1").select()
    visited = []
    for _ in open_gaps:
        said = ribbon.next_gap(desk(book))
        assert not said.in_box
        assert len(said.text) <= 250
        here = book.impl.ask("selected")
        visited.append((here[0], tuple(here[1][:2])))
    places = {(row[3], row[6]) if row[6] else (GAPS.sheet, row[0]) for row in open_gaps}
    assert len(set(visited)) == len(places)
    assert ribbon.next_gap(desk(book)).text.startswith("(1 of ")
    assert ribbon.previous_gap(desk(book)).text.startswith(f"({len(places)} of ")
    assert ribbon.previous_gap(desk(book)).text.startswith(f"({len(places) - 1} of ")


def test_next_gap_shows_finding_and_remedy_and_scrolls_there(book: xlwings.Book) -> None:
    ribbon.validate(desk(book))
    sheet = book.sheets["Requirements"]
    sheet.activate()
    sheet.range("A1").select()
    ribbon.perform("next-gap", desk(book))
    active, (top, *_) = book.impl.ask("selected")
    (row,) = [r for r in gaps_of(book) if (r[3], r[6]) == (active, address(book))][:1]
    shown = str(book.app.status_bar)
    assert row[2] in shown
    assert row[4] in shown
    assert row[7][:60] in shown
    assert book.impl.ask("scrolled")[0] <= top


def address(book: xlwings.Book) -> str:
    selection = book.selection
    assert selection is not None
    return str(selection.address.split(":")[0].replace("$", ""))


def test_rows_that_moved_since_are_noticed(book: xlwings.Book) -> None:
    ribbon.validate(desk(book))
    book.sheets["Interested Parties"].activate()
    book.sheets["Interested Parties"].range("A1").select()
    ribbon.next_gap(desk(book))
    row = book.impl.ask("selected")[1][0]
    book.sheets["Interested Parties"].range((row, 1)).value = [["'IP-999"]]
    book.sheets["Interested Parties"].range("A1").select()
    assert "Validate again" in ribbon.next_gap(desk(book)).text


def test_without_gaps_there_is_nowhere_to_go(book: xlwings.Book) -> None:
    assert "No open gap" in ribbon.next_gap(desk(book)).text


def test_clear_takes_all_highlights_off_and_keeps_the_list(
    excel: LiveOffice, book: xlwings.Book
) -> None:
    ribbon.validate(desk(book))
    listed = len(gaps_of(book))
    ribbon.clear(desk(book))
    document = excel.document(book)
    for table in USER_TABLES:
        colours = {colour for row in document.highlights(table.sheet, "A5:S60") for colour in row}
        assert colours == {None}, table.sheet
    assert len(gaps_of(book)) == listed > 0


def test_explain_tells_the_rule_of_the_selected_cell(book: xlwings.Book) -> None:
    ribbon.validate(desk(book))
    assert "No gap is listed" in ribbon.explain(desk(book)).text
    ribbon.next_gap(desk(book))
    explained = ribbon.explain(desk(book)).text
    gap = next(r for r in gaps_of(book) if r[6] == address(book))
    assert gap[7] in explained
    assert gap[8] in explained
    assert "ISO/IEC 27001:2022" in explained
    book.sheets[GAPS.sheet].activate()
    book.sheets[GAPS.sheet].range("C7").select()
    assert gaps_of(book)[2][7] in ribbon.explain(desk(book)).text


# --- document control -----------------------------------------------------------------------------


def test_stamp_twice_computes_what_changed(
    excel: LiveOffice, book: xlwings.Book, tmp_path: Path
) -> None:
    owner = "Chief Information Security Officer"
    first = ribbon.stamp(desk(book, author=owner, summary="Annual review"))
    assert first.text.startswith("Stamped version ")
    assert ribbon.stamp(desk(book, author=owner, summary="")).text.startswith("Nothing changed")
    book.sheets["Interested Parties"].range("P6").value = [["'Looked at again"]]
    second = ribbon.stamp(desk(book, author=owner, summary="One note"))
    assert "1 party changed (IP-002)" in second.text
    log = LiveBook(book).table(CHANGE_LOG)
    assert log is not None
    assert log.rows[-1][2:4] == ["IP-002", "Notes"]
    saved = excel.document(book).save_as(tmp_path / "saved.xlsx")
    codes = {finding.code for finding in report_of(FileBook.open(saved).tables()).findings}
    assert not codes & {"DOC001", "DOC003", "DOC004", "DOC005"}


def test_stamp_asks_for_role_and_words(excel: LiveOffice, book: xlwings.Book) -> None:
    native = excel.app.native
    native.answers[:] = ["Head of Compliance", "After the audit"]
    said = ribbon.stamp(desk(book))
    assert "After the audit." in said.text
    history = LiveBook(book).table(VERSIONS)
    assert history is not None
    assert history.rows[-1][2] == "Head of Compliance"
    native.answers[:] = [False]
    assert ribbon.stamp(desk(book)).text == "Nothing was stamped."


def test_stamp_without_custom_parts_says_that_differences_are_unknown(
    book: xlwings.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_engine.NativeBook", lambda _: object())
    for note in ("one", "two"):
        book.sheets["Interested Parties"].range("P6").value = [[f"'{note}"]]
        said = ribbon.stamp(desk(book, author="Owner", summary="Edited"))
    assert "cannot be computed" in said.text


def test_audit_copy_shows_the_register_as_it_is_open(book: xlwings.Book, tmp_path: Path) -> None:
    book.sheets["Interested Parties"].range("B6").value = [["'A party typed just now"]]
    said = ribbon.audit_copy(desk(book))
    (copy,) = tmp_path.glob("*-audit-copy-*.xlsx")
    assert copy.name in said.text
    saved = book.app.impl.office.document(book).save_as(tmp_path / "saved.xlsx")
    assert verify(copy.read_bytes(), FileBook.open(saved)).verdict is Verdict.SAME
    assert verify(copy.read_bytes(), FileBook.open(Path(book.fullname))).verdict is Verdict.OTHER


def test_new_makes_and_opens_a_register(excel: LiveOffice, tmp_path: Path) -> None:
    app = xlwings.App(impl=excel.app)
    path = tmp_path / "fresh.xlsx"
    said = ribbon.new(ribbon.Desk(app, None, DAY, {"path": str(path)}))
    assert str(path) in said.text
    assert app.books.active.name == "fresh.xlsx"
    with excel.document(app.books.active):
        assert len(LiveBook(app.books.active).tables().grids["Parties"].rows) > 10


def test_import_makes_and_opens_a_register(excel: LiveOffice, tmp_path: Path) -> None:
    app = xlwings.App(impl=excel.app)
    source = tmp_path / "list.csv"
    source.write_text(
        "Interested party,Requirements\nNordbank AG,Report incidents within 24 hours\n"
        "Data protection authority,Notify breaches within 72 hours\n",
        encoding="utf-8",
    )
    said = ribbon.import_(ribbon.Desk(app, None, DAY, {"path": str(source)}))
    assert "2 parties, 2 requirements and 0 links" in said.text
    assert app.books.active.name == "list-register.xlsx"
    with excel.document(app.books.active):
        names = [row[1] for row in LiveBook(app.books.active).tables().grids["Parties"].rows]
    assert names == ["Nordbank AG", "Data protection authority"]


def test_batch_checks_a_folder_and_opens_the_group_workbook(
    excel: LiveOffice, tmp_path: Path
) -> None:
    app = xlwings.App(impl=excel.app)
    for name in ("clinical-ai", "foundation-models"):
        (tmp_path / f"{name}.xlsx").write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    said = ribbon.batch(ribbon.Desk(app, None, DAY, {"path": str(tmp_path)}))
    assert said.text.startswith("2 registers checked. The group workbook is open")
    book = app.books.active
    assert book.name == "group.xlsx"
    with excel.document(book):
        assert "Summary" in [sheet.name for sheet in book.sheets]
    assert (tmp_path / f"isms-xl {DAY.isoformat()}" / "gaps.csv").exists()


# --- the edge -------------------------------------------------------------------------------------


def as_hex(name: str) -> str:
    return f"--wb-hex={name.encode('utf-16-be').hex().upper()}"


def test_command_finds_the_workbook_that_was_meant(excel: LiveOffice, tmp_path: Path) -> None:
    data = (EXAMPLES / "clinical-ai.xlsx").read_bytes()
    paths = [tmp_path / "a=b 'quoted' – ünits.xlsx", tmp_path / "other.xlsx"]
    for path in paths:
        path.write_bytes(data)
    meant, other = map(excel.workbook, paths)
    with excel.document(meant), excel.document(other):
        excel.app.boxes.clear()
        code = ribbon.main(["validate", as_hex(str(paths[0])), "--from_xl=1", "--hwnd=4202"])
        assert code == 0
        assert gaps_of(meant)
        assert not gaps_of(other)
        (box,) = excel.app.boxes
        assert box.startswith("Open: ")
        assert ribbon.main(["clear", f"--wb={paths[1]}", "--from_xl=1", "--hwnd=4202"]) == 0
        assert "highlights are off" in str(excel.app.status_bar)


def test_what_cannot_be_done_is_said_in_a_box(
    excel: LiveOffice, book: xlwings.Book, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ribbon, "log_file", lambda: tmp_path / "isms-xl.log")
    assert ribbon.main(["validate", as_hex("/elsewhere/closed.xlsx"), "--hwnd=4202"]) == 2
    assert ribbon.main(["dance", as_hex(book.fullname), "--hwnd=4202"]) == 2
    assert ribbon.main(["validate", "--wb-hex=zz", "--hwnd=4202"]) == 2
    closed, unknown, garbled = excel.app.boxes
    assert "not open any more" in closed
    assert "no command dance" in unknown
    assert "did not arrive" in garbled
    foreign = tmp_path / "foreign.xlsx"
    import openpyxl

    openpyxl.Workbook().save(foreign)
    other = excel.workbook(foreign)
    with excel.document(other):
        assert ribbon.main(["validate", as_hex(str(foreign)), "--hwnd=4202"]) == 2
    assert "none of the register's tables" in excel.app.boxes[-1]


def test_about_says_where_the_log_is(book: xlwings.Book) -> None:
    said = ribbon.about(desk(book)).text
    assert str(ribbon.log_file()) in said
    assert sys.executable in said
    assert "15 of the 15 tables" in said


def test_live_command_works_on_the_active_workbook(book: xlwings.Book) -> None:
    outcome = CliRunner().invoke(main, ["live", "validate", "--as-of", DAY.isoformat()])
    assert outcome.exit_code == 0
    assert outcome.output.startswith("Open: ")
    assert gaps_of(book)
    assert CliRunner().invoke(main, ["live", "dance"]).exit_code == 2


def test_handbook_page_holds_every_rule(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, book: xlwings.Book
) -> None:
    from isms_xl.catalogue import rules

    shown: list[str] = []
    monkeypatch.setattr(ribbon, "log_file", lambda: tmp_path / "isms-xl.log")
    monkeypatch.setattr("webbrowser.open", shown.append)
    ribbon.handbook(desk(book))
    page = (tmp_path / "rule-handbook.html").read_text("utf-8")
    assert shown == [(tmp_path / "rule-handbook.html").as_uri()]
    assert all(code in page for code in rules())


def test_without_excel_the_command_says_so() -> None:
    program = [sys.executable, "-I", "-m", "isms_xl.cli", "live", "validate"]
    program[3:4] = ["isms_xl"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "No Excel is open" in done.stderr


def test_without_excel_and_without_a_console_nothing_fails(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "sys.stderr = sys.stdout = None\n"
        "from isms_xl import ribbon\n"
        "codes = ribbon.main(['validate', '--hwnd=7']), ribbon.say_that_it_broke_off(['--hwnd=7'])\n"
        "sys.exit(0 if codes == (2, 2) else 1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], env={"HOME": str(tmp_path)}, timeout=60
    )
    assert done.returncode == 0


class Held:
    """Something of Excel that only the collector takes away, as COM's wrappers in a cycle are."""

    alive: ClassVar[weakref.WeakSet[Held]] = weakref.WeakSet()
    made = 0

    def __init__(self) -> None:
        self.itself = self
        self.alive.add(self)
        Held.made += 1


class HeldApp(Held):
    """An Excel as xlwings sees it: each look at it makes new objects."""

    pid = hwnd = 4202
    fails_at = ""

    def _answer(self, name: str, value: Any) -> Any:
        if name == self.fails_at:
            raise ValueError(self)
        return value

    books = property(lambda self: self._answer("books", [HeldBook()]))
    version = property(lambda self: self._answer("version", "16"))
    status_bar = property(None, lambda self, value: self._answer("status_bar", value))

    def alert(self, *_: object) -> str:
        return str(self._answer("alert", "ok"))


class HeldBook(Held):
    name = "register.xlsx"

    @property
    def app(self) -> HeldApp:
        return HeldApp()

    @property
    def sheets(self) -> list[Held]:
        return []


class HeldApps:
    def __iter__(self) -> Iterator[HeldApp]:
        yield HeldApp()


@pytest.mark.parametrize("fails_at", ["", "version", "status_bar", "alert", "books"])
def test_no_reference_to_excel_outlives_a_request(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails_at: str
) -> None:
    monkeypatch.setattr(ribbon, "log_file", lambda: tmp_path / "isms-xl.log")
    monkeypatch.setattr(HeldApp, "fails_at", fails_at)
    monkeypatch.setattr(Held, "made", 0)
    engine = types.SimpleNamespace(apps=HeldApps())
    monkeypatch.setattr(xlwings.engines, "active", xlwings.Engine(impl=engine))
    arguments = ("about", as_hex("/registers/register.xlsx"), "--hwnd=4202")
    request = Request(arguments, str(tmp_path), dict(os.environ), 0o022)
    gc.disable()
    try:
        answer = worker.answer_to(request, ribbon.main)
        left = len(Held.alive)
    finally:
        gc.enable()
    assert left == 0
    assert Held.made > 1
    # Where Excel shows nothing, and no window can, the words are not lost.
    assert bool(answer["err"]) == (fails_at in ("status_bar", "alert"))
    assert answer["code"] == (0 if fails_at in ("", "alert") else 2)
    assert (tmp_path / "isms-xl.log").exists() == bool(fails_at)


@pytest.mark.parametrize(
    ("ready", "left"), [("", "cleanup _xlmac\n"), ("isms_xl.ribbon.make_ready()", "")]
)
def test_the_end_of_python_leaves_every_excel_alone(ready: str, left: str) -> None:
    script = (
        "import atexit, sys, types\n"
        "for name in ('_xlwindows', '_xlmac'):\n"
        "    module = sys.modules[f'xlwings.{name}'] = types.ModuleType(name)\n"
        "    module.cleanup = lambda name=name: print('cleanup', name)\n"
        "    atexit.register(module.cleanup)\n"
        f"import isms_xl.ribbon\n{ready}\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == (left, "")


def test_the_day_is_looked_up_for_each_command(
    monkeypatch: pytest.MonkeyPatch, book: xlwings.Book
) -> None:
    class Calendar(date):
        days: ClassVar[Iterator[Any]] = iter((date(2026, 1, 1), date(2026, 1, 2)))

        @classmethod
        def today(cls) -> Self:
            day: Self = next(cls.days)
            return day

    monkeypatch.setattr(ribbon, "date", Calendar)
    monkeypatch.setattr(
        ribbon, "COMMANDS", {"about": lambda desk: ribbon.Said(desk.today.isoformat())}
    )
    for _ in range(2):
        assert ribbon.main(["about", as_hex(book.fullname), "--hwnd=4202"]) == 0
    assert book.app.impl.boxes == ["2026-01-01", "2026-01-02"]


def test_going_to_a_gap_imports_nothing_heavy() -> None:
    script = (
        "import sys, isms_xl.ribbon\n"
        "heavy = {'pandas', 'numpy', 'pandera', 'xlsxwriter', 'openpyxl', 'rich', 'python_calamine'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "import pandas\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
