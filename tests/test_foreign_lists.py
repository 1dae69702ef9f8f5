"""Registers that other programs saved: read by their headings where tables are gone or wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import escape
from pathlib import Path

import openpyxl
import pytest
from workbooks import Layout, change, parts, sheet_parts, write_register

from isms_xl.books.file import FileBook
from isms_xl.cases import base_content
from isms_xl.changes import changes_of
from isms_xl.checking import Report, check
from isms_xl.contract import GAPS, USER_TABLES
from isms_xl.errors import ContractError
from isms_xl.register import ExcelError, NotCalculated, Register
from isms_xl.stamping import next_stamp
from isms_xl.validating import validate
from isms_xl.versioning import stamp
from isms_xl.versions import content_digest

DAY = date(2026, 11, 27)
CASES = Path(__file__).parent / "cases"
EXAMPLES = Path(__file__).parent.parent / "examples"
Found = set[tuple[str, str, str, str, str, str]]


def report_of(path: Path) -> Report:
    return check(Register(FileBook.open(path).tables()), DAY)


def found(report: Report, *without: str) -> Found:
    """Return what was found, but for some rules."""
    return {
        (f.code, f.sheet, f.record, f.field, f.cell, f.message)
        for f in report.findings
        if not f.code.startswith(without or ("none",))
    }


def missing(report: Report) -> dict[str, str]:
    return {f.record: f.message for f in report.findings if f.code == "DAT001"}


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Return a register as openpyxl writes it, with one fault in it."""
    content = base_content()
    content["Parties"][1].pop("Owner")
    return write_register(tmp_path / "register.xlsx", content)


def table_part(path: Path, name: str) -> str:
    return next(
        part
        for part, xml in parts(path.read_bytes()).items()
        if part.startswith("xl/tables/") and f'displayName="{name}"'.encode() in xml
    )


def in_table(path: Path, name: str, edit: Callable[[str], str]) -> Path:
    return change(path, {table_part(path, name): edit})


def without_tables(path: Path) -> Path:
    """Turn all Excel tables of a workbook into plain lists, as a trip through Google Sheets does."""
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for name in list(sheet.tables):
            del sheet.tables[name]
    book.save(path)
    return path


# --- lists that are no Excel tables -----------------------------------------------------------------


def test_register_without_tables_gives_the_findings_of_the_original() -> None:
    original = report_of(EXAMPLES / "foundation-models.xlsx")
    report = report_of(CASES / "our-register-without-tables.xlsx")
    assert found(report, "DAT001") == found(original, "DAT001")
    assert missing(report).keys() == {table.name for table in USER_TABLES}
    assert content_digest(report.register) == content_digest(original.register)
    parties = missing(report)["Parties"]
    assert "no Excel table named Parties" in parties
    assert "A4:Q58" in parties


@pytest.mark.parametrize("name", ["clinical-ai", "foundation-models", "public-sector"])
def test_tables_may_go(tmp_path: Path, name: str) -> None:
    original = report_of(EXAMPLES / f"{name}.xlsx")
    path = tmp_path / "r.xlsx"
    path.write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    report = report_of(without_tables(path))
    assert found(report, "DAT001") == found(original, "DAT001")
    assert content_digest(report.register) == content_digest(original.register)


def test_list_is_written_back_and_stamped(register: Path) -> None:
    without_tables(register)
    before = found(report_of(register))
    book = FileBook.open(register)
    stamped = next_stamp(book.tables(), on=DAY, author="Compliance", summary="First")
    assert stamped is not None
    book.apply(stamped.changes)
    book.save()
    book = FileBook.open(register)
    book.apply(changes_of(check(Register(book.tables()), DAY)))
    book.save()
    assert found(report_of(register), "DOC") == {f for f in before if not f[0].startswith("DOC")}
    with_gaps = openpyxl.load_workbook(register)["Gaps"]
    assert [row[2].value for row in with_gaps.iter_rows(min_row=2)].count("DAT001") == len(
        USER_TABLES
    )


def test_headings_may_stand_lower_and_further_right(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("interested parties ")
    sheet["A1"] = "Name of the list: Party ID and Name"
    for column, heading in enumerate(
        ["Party\nID", "NAME", "Party type", "Internal/\nExternal", "Relevant to ISMS", "Mine"], 3
    ):
        sheet.cell(9, column, heading)
    for column, value in enumerate(["IP-001", "Acme Ltd", "Clients", "External", "Yes", "x"], 3):
        sheet.cell(10, column, value)
    sheet["C13"] = "IP-002"
    sheet["C14"] = "Total"
    sheet["D14"] = 2
    sheet["C16"] = "Prepared by the compliance team"
    path = tmp_path / "r.xlsx"
    book.save(path)
    report = report_of(path)
    parties = report.register.parties
    assert [(p.name, p.row, p.text("Name"), p.text("Internal/External")) for p in parties] == [
        ("IP-001", 10, "Acme Ltd", "External"),
        ("IP-002", 13, "", ""),
    ]
    assert missing(report)["Parties"].endswith(
        "by its headings, C9:H13; rows 14, 16 were taken for a total or a remark."
    )
    assert {"Why relevant", "Owner"} <= missing(report).keys()
    assert "Party ID" not in missing(report)


def test_sheet_without_headings_is_missing(tmp_path: Path, register: Path) -> None:
    book = openpyxl.load_workbook(register)
    del book["Reviews"].tables["Reviews"]
    book["Reviews"].delete_rows(1, 1)
    book.save(register)
    report = report_of(register)
    assert "no row with its headings" in missing(report)["Reviews"]
    assert not report.register["Reviews"].present


# --- Excel tables that say what is not so -----------------------------------------------------------


def test_heading_row_that_is_said_not_to_be_there() -> None:
    original = report_of(EXAMPLES / "clinical-ai.xlsx")
    report = report_of(CASES / "header-flag-off.xlsx")
    assert found(report, "DOC") == found(original, "DOC")


def without_header(xml: str) -> str:
    return re.sub(r'headerRowCount="1"', 'headerRowCount="0"', xml)


def moved(rows: int, *, end: int = 0) -> Callable[[str], str]:
    """Return an edit that shifts where a table begins, and where it ends."""

    def edit(xml: str) -> str:
        def shifted(match: re.Match[str]) -> str:
            first, last = int(match[2]) + rows, int(match[4]) + end
            return f'{match[1]}{first}:{match[3]}{last}"'

        return re.sub(r'(\bref="[A-Z]+)(\d+):([A-Z]+)(\d+)"', shifted, xml)

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(without_header, id="no header"),
        pytest.param(moved(1), id="begins under its headings"),
        pytest.param(
            lambda xml: moved(1)(without_header(xml)),
            id="begins under its headings and says so",
        ),
        pytest.param(lambda x: x.replace(" id=", ' totalsRowCount="1" id=', 1), id="totals"),
        pytest.param(lambda x: x.replace(" id=", ' totalsRowShown="1" id=', 1), id="totals once"),
        pytest.param(moved(0, end=900), id="reaches far down"),
    ],
)
def test_table_is_read_as_its_cells_show_it(register: Path, edit: Callable[[str], str]) -> None:
    expected = found(report_of(register))
    for table in USER_TABLES:
        in_table(register, table.name, edit)
    assert found(report_of(register)) == expected


def test_title_within_the_table(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", base_content(), Layout(corner=(3, 1)))
    expected = found(report_of(path))
    in_table(path, "Parties", moved(-1))
    assert found(report_of(path)) == expected


def test_totals_row_that_is_not_said_to_be_one(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", base_content(), Layout(totals=True))
    expected = found(report_of(path))
    in_table(path, "Parties", lambda xml: re.sub(r' totalsRow(?:Count|Shown)="\d"', "", xml))
    assert found(report_of(path)) == expected


def test_table_that_is_too_short_is_read_on(register: Path) -> None:
    expected = found(report_of(register))
    in_table(register, "Parties", moved(0, end=-2))
    report = report_of(register)
    assert found(report, "DAT001") == expected
    assert "stand directly under the table" in missing(report)["Parties"]


def test_columns_beside_the_table_are_read(register: Path) -> None:
    book = openpyxl.load_workbook(register)
    table = book["Interested Parties"].tables["Parties"]
    expected = found(report_of(register))
    first, _, last = table.ref.partition(":")
    columns = len(table.tableColumns)
    narrower = f"{chr(ord('A') + columns - 4)}{re.sub('[A-Z]', '', last)}"
    table.ref = table.autoFilter.ref = f"{first}:{narrower}"
    del table.tableColumns[columns - 3 :]
    book.save(register)
    report = report_of(register)
    assert found(report, "DAT001") == expected
    assert len(missing(report)) == 3
    assert "beside the table" in missing(report)["Owner"]


@pytest.mark.parametrize("copied", [False, True])
def test_table_with_the_name_of_a_copy(register: Path, copied: bool) -> None:
    expected = {f for f in found(report_of(register)) if f[0] != "DAT001"}
    in_table(register, "Parties", lambda xml: xml.replace('"Parties"', '"Parties_1"'))
    if copied:
        change(
            register,
            {
                "xl/workbook.xml": lambda x: x.replace(
                    '"Interested Parties"', '"Interested Parties (2)"'
                )
            },
        )
    report = report_of(register)
    assert {(f[0], f[2], f[3]) for f in found(report, "DAT001")} == {
        (f[0], f[2], f[3]) for f in expected
    }
    (text,) = (f for f in report.findings if f.code == "DAT001")
    assert "is named Parties_1 instead of Parties" in text.message
    assert ("rename the sheet" in text.remedy) == copied


# --- formulas that nobody calculated ----------------------------------------------------------------


def test_formula_without_a_value_is_not_blank() -> None:
    original = report_of(EXAMPLES / "foundation-models.xlsx")
    report = report_of(CASES / "formulas-not-calculated.xlsx")
    new = found(report) - found(original)
    assert {(code, cell) for code, _, _, _, cell, _ in new} == {
        ("DAT005", "N5"),
        ("DAT005", "L6"),
        ("DAT005", "B7"),
    }
    assert all("not calculated yet" in message for *_, message in new)
    assert found(original) - found(report) == set()


def with_formula(path: Path, formula: str) -> object:
    """Put a formula into the first party's Notes as openpyxl does, and return what is read there."""
    book = openpyxl.load_workbook(path)
    sheet = book["Interested Parties"]
    headings = {sheet.cell(1, n).value: n for n in range(1, sheet.max_column + 1)}
    sheet.cell(2, headings["Notes"], formula)
    book.save(path)
    return next(iter(report_of(path).register.parties)).raw("Notes")


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=#REF!", ExcelError("#REF!")),
        ("=Missing!#REF!+1", ExcelError("#REF!")),
        ("=NA()", ExcelError("#N/A")),
        ('="#REF!"', NotCalculated('"#REF!"')),
        ("=IFERROR(#REF!,1)", NotCalculated("IFERROR(#REF!,1)")),
        ('="a<b"&"ü"', NotCalculated('"a<b"&"ü"')),
    ],
)
def test_error_is_told_by_the_formula(register: Path, formula: str, value: object) -> None:
    assert with_formula(register, formula) == value


def test_register_that_is_not_calculated_cannot_be_stamped(register: Path) -> None:
    with_formula(register, "=1+1")
    with pytest.raises(ContractError, match="not calculated yet"):
        next_stamp(FileBook.open(register).tables(), on=DAY, author="Compliance", summary="")


# --- characters that look like others ---------------------------------------------------------------


def test_look_alike_characters_change_no_finding() -> None:
    original = report_of(EXAMPLES / "public-sector.xlsx")
    report = report_of(CASES / "lookalike-characters.xlsx")
    assert found(report, "DAT010", "DOC") == found(original, "DAT010", "DOC")
    assert content_digest(report.register) == content_digest(original.register)
    odd = [(f.sheet, f.cell) for f in report.findings if f.code == "DAT010"]
    book = openpyxl.load_workbook(CASES / "lookalike-characters.xlsx", read_only=True)
    assert sorted(odd) == sorted(
        (table.sheet, cell.coordinate)
        for table in USER_TABLES
        for row in book[table.sheet].iter_rows()
        for cell in row
        if str(cell.value) in ("Yes\u200b", "IP\u2011003", "IP\u2013005")
    )


@pytest.mark.parametrize("error", ["#SPILL!", "#CALC!", "#GETTING_DATA", " #N/A ", '#"SUM(A1)"'])
@pytest.mark.parametrize("formula", ["", "<f>A1#</f>", '<f t="shared" si="0"/>', "<f/>"])
def test_errors_that_the_library_does_not_know_are_read(
    tmp_path: Path, error: str, formula: str
) -> None:
    content = base_content()
    content["Requirements"][0]["Notes"] = "to be an error"
    path = write_register(tmp_path / "r.xlsx", content)
    part = sheet_parts(parts(path.read_bytes()))["Requirements"]
    (before,) = re.findall(r'<c r="R2".*?</c>', parts(path.read_bytes())[part].decode())
    shown = f'<c r="R2" t="e">{formula}<v>{escape(error)}</v></c>'
    change(path, {part: lambda xml: xml.replace(before, shown)})
    (finding,) = (f for f in report_of(path).findings if f.code == "DAT005")
    assert finding.cell == "R2"
    name = error.strip() if re.fullmatch(r"#[A-Z/_]+!?", error.strip()) else "#VALUE!"
    assert f"shows the Excel error {name}." in finding.message


@pytest.mark.parametrize("from_1904", [False, True])
def test_history_whose_dates_lost_their_format_is_not_altered(
    tmp_path: Path, from_1904: bool
) -> None:
    path = write_register(tmp_path / "r.xlsx", base_content(), Layout(date1904=from_1904))
    stamp(path, on=DAY, author="A", summary="B")
    validate(path, DAY, write_back=True)
    before = report_of(path)
    book = openpyxl.load_workbook(path)
    for sheet, column in (("Versions", "B"), ("Gaps", "L")):
        for (cell,) in book[sheet][f"{column}2:{column}{book[sheet].max_row}"]:
            cell.number_format = "General"
    book.save(path)
    assert found(report_of(path)) == found(before)
    later = check(Register(FileBook.open(path).tables()), DAY + timedelta(days=1))
    first_seen = [row[GAPS.headings.index("First seen")] for row in changes_of(later).rows["Gaps"]]
    assert DAY in first_seen
