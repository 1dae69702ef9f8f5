"""A register of ours in plain lists comes back whole: records, history, and what is somebody's own."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.comments import Comment

from isms_xl.books.file import FileBook
from isms_xl.checking import check
from isms_xl.cli import main
from isms_xl.errors import ContractError, UnreadableWorkbookError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_register
from isms_xl.register import Register
from isms_xl.versions import content_digest, history

pytestmark = pytest.mark.filterwarnings("ignore:Print area:UserWarning")
DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parents[1] / "examples"
CASE = Path(__file__).parent / "cases" / "our-register-without-tables.xlsx"


def as_lists(path: Path) -> Path:
    """Save a register as programs do that know no Excel tables."""
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for name in list(sheet.tables):
            del sheet.tables[name]
    book.save(path)
    return path


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    path = Path(shutil.copy(EXAMPLES / "public-sector.xlsx", tmp_path / "register.xlsx"))
    run("validate", path, "--write-back")
    return path


def run(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output
    return done.output


def take(path: Path) -> Imported:
    return import_register(path.read_bytes(), path.name, None, DAY)


def register_of(path: Path) -> Register:
    return Register(FileBook.open(path).tables())


def made(imported: Imported, tmp_path: Path) -> Path:
    path = tmp_path / "made.xlsx"
    path.write_bytes(imported.workbook())
    return path


def codes(path: Path) -> list[tuple[str, str, str]]:
    report = check(register_of(path), DAY)
    return sorted((f.code, f.sheet, f.record) for f in report.findings)


def test_all_records_and_the_history_come_back(stamped: Path, tmp_path: Path) -> None:
    before, findings = register_of(stamped), codes(stamped)
    imported = take(as_lists(stamped))
    path = made(imported, tmp_path)
    after = register_of(path)
    assert not imported.left
    assert imported.counts["requirements"] == len(before.requirements) > 0
    assert content_digest(after) == content_digest(before)
    assert history(after) == history(before)
    assert codes(path) == findings
    assert not any(grid.is_list for grid in after.grids.values())


def test_the_kept_case_comes_back() -> None:
    imported = take(CASE)
    assert imported.counts == {"parties": 54, "requirements": 118, "links": 163}
    assert imported.tasks == []


def test_own_columns_go_to_notes_and_the_rest_to_the_log(stamped: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(as_lists(stamped))
    sheet = book["Requirements"]
    column = sheet.max_column + 1
    sheet.cell(4, column, "Ticket")
    sheet.cell(5, column, "SEC-17")
    sheet.cell(5, column).comment = Comment("ask again", "Security Office")
    reviews = book["Reviews"]
    reviews.cell(4, reviews.max_column + 1, "Room")
    reviews.cell(5, reviews.max_column, "Hall 3")
    book["Obligations"]["C2"] = "Read by the law firm in March"
    book.create_sheet("Minutes")["B2"] = "Held on Monday"
    book.save(stamped)
    imported = take(stamped)
    notes = imported.content["Requirements"][0]["Notes"]
    assert "Ticket: SEC-17" in str(notes).splitlines()
    logged = {str(row[2]) for row in imported.log}
    outside = {"ask again", "Hall 3", "Read by the law firm in March", "Held on Monday"}
    assert outside < logged
    assert {text for found in imported.left for text in found.texts} == outside
    assert any("Ticket" in warning for warning in imported.warnings)
    after = register_of(made(imported, tmp_path))
    assert outside == {str(row.cells["Source text"]) for row in after.tool_rows("ImportTasks")}


def test_tasks_of_an_earlier_import_come_along(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("Stakeholder,Needs\nClients,Encrypt their data\nBanks,Reports,monthly\n")
    run("import", source)
    path = as_lists(source.with_name("list-register.xlsx"))
    (task,) = take(path).before.tool_rows("ImportTasks")  # type: ignore[union-attr]
    after = register_of(made(take(path), tmp_path))
    assert after.tool_rows("ImportTasks")[0].cells == task.cells


def test_nothing_is_brought_back_where_all_are_tables(stamped: Path) -> None:
    with pytest.raises(ContractError, match="is a register already"):
        take(stamped)


def test_formulas_without_a_value_are_refused(stamped: Path) -> None:
    book = openpyxl.load_workbook(as_lists(stamped))
    book["Requirements"]["C5"] = '="Keep "&"logs"'
    book.save(stamped)
    with pytest.raises(UnreadableWorkbookError, match="1 formula whose value nobody"):
        take(stamped)


def test_the_command_says_what_it_made(stamped: Path) -> None:
    as_lists(stamped)
    told = run("import", stamped, "--dry-run")
    assert "Nothing was written" in told
    document = json.loads(run("import", stamped, "--format", "json"))
    assert document["columns"] == []
    assert document["requirements"] == len(register_of(stamped).requirements)
    assert Path(document["output"]).exists()


def test_a_living_register_is_compared_in_all_three_tables(stamped: Path, tmp_path: Path) -> None:
    living = shutil.copy(stamped, tmp_path / "living.xlsx")
    book = openpyxl.load_workbook(as_lists(stamped))
    sheet = book["Requirements"]
    row = max(r for r in range(5, sheet.max_row + 1) if sheet.cell(r, 1).value)
    for column in range(1, sheet.max_column + 1):
        sheet.cell(row + 1, column, sheet.cell(row, column).value)
    sheet.cell(row + 1, 1, "RQ-900")
    sheet.cell(row + 1, 3, "A requirement nobody wrote down before")
    book.save(stamped)
    told = run("import", stamped, "--into", living)
    assert "New requirements (1)" in told
