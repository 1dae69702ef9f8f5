"""Registers in other people's layouts: found, understood, taken over whole, or refused."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from layouts import LAYOUTS, Layout, Sheet, delimited, workbook
from office import Office, validate_ooxml
from own_values import without_own_values

from isms_xl.books.file import FileBook
from isms_xl.cli import main
from isms_xl.contract import ISMS_LINKS, PARTIES, REQUIREMENTS, Table
from isms_xl.creating import new_register
from isms_xl.errors import ContractError, UnreadableWorkbookError, WriteRefusedError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_planned, import_register, plan_import
from isms_xl.importing.into import additions
from isms_xl.importing.locating import MOST_COLUMNS
from isms_xl.importing.log import LOG_SHEET
from isms_xl.importing.mapping import read_map
from isms_xl.register import Register
from isms_xl.validating import validate

DAY = date(2026, 11, 24)
REAL = Path(
    os.environ.get("ISMS_XL_REAL_REGISTERS", Path(__file__).parents[2] / "shared/data/real")
)
"""Public registers that are not part of the project; their tests are skipped where they are not."""


def take(data: bytes, name: str = "register.xlsx", map_text: str = "") -> Imported:
    mapping = read_map(map_text, "map.toml") if map_text else None
    return import_register(data, name, mapping, DAY)


def numbered(table: Table, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    key = table.columns[0].heading
    more = {"Identified through": "Previous register"} if table is PARTIES else {}
    return [{key: f"{table.prefix}-{n:03}", **row, **more} for n, row in enumerate(rows, start=1)]


def read_back(data: bytes, table: Table) -> list[dict[str, object]]:
    """Return the rows of a table as another program reads them from the workbook."""
    sheet = openpyxl.load_workbook(io.BytesIO(data))[table.sheet]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    derived = {column.heading for column in table.columns} - {
        c.heading for c in table.typed_columns
    }
    found = []
    for row in rows[1:]:
        cells = {
            str(heading): value.date() if hasattr(value, "date") else value
            for heading, value in zip(rows[0], row, strict=True)
            if value is not None and heading != "Gaps" and heading not in derived
        }
        if cells:
            found.append(cells)
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_cell_of_a_layout_comes_out_right(layout: Layout) -> None:
    imported = take(layout.data, layout.file)
    book = imported.workbook()
    assert read_back(book, PARTIES) == numbered(PARTIES, layout.parties)
    assert read_back(book, REQUIREMENTS) == numbered(REQUIREMENTS, layout.requirements)
    assert read_back(book, ISMS_LINKS) == numbered(ISMS_LINKS, layout.links)
    assert len(imported.warnings) == len(layout.warnings)
    for warning, expected in zip(imported.warnings, layout.warnings, strict=True):
        assert warning.startswith(expected)


def test_there_are_enough_layouts_of_different_names() -> None:
    assert len({layout.name for layout in LAYOUTS}) >= 25


def log_of(data: bytes, sheet: str = LOG_SHEET) -> list[tuple[str, ...]]:
    rows = openpyxl.load_workbook(io.BytesIO(data))[sheet].iter_rows(min_row=2, values_only=True)
    return [tuple("" if cell is None else str(cell) for cell in row) for row in rows]


def cells_in(data: bytes) -> list[tuple[str, str, str]]:
    """Return sheet, address and text of every filled cell of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [
        (sheet.title, cell.coordinate, str(cell.value))
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None and not hasattr(cell.value, "date")
    ]


@pytest.mark.parametrize(
    "layout", [x for x in LAYOUTS if x.file.endswith("xlsx")], ids=lambda layout: layout.name
)
def test_the_log_names_every_cell_of_a_layout(layout: Layout) -> None:
    logged = {(sheet, cell): text for sheet, cell, text, *_ in log_of(take(layout.data).workbook())}
    for sheet, cell, text in cells_in(layout.data):
        assert logged[sheet, cell].removesuffix(".0") == text.removesuffix(".0")


def test_the_log_says_what_was_imported_and_how() -> None:
    layout = LAYOUTS[0]
    rows = log_of(take(layout.data).workbook())
    facts = {how: text for sheet, cell, text, *_, how in rows if not sheet and not cell}
    assert facts["Name of the file imported."] == "register.xlsx"
    assert len(facts["SHA-256 of the file imported."]) == 64
    assert any(how.startswith("Mapping: column B goes to Requirement (") for how in facts)
    places = {cell: (sheet, record, field) for _, cell, _, sheet, record, field, _ in rows if cell}
    assert places["A2"] == ("Interested Parties", "IP-001", "Name")
    assert places["B3"] == ("Requirements", "RQ-002", "Requirement")


# --- what is refused, and with which words ------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ((("Control", "Title"), ("A.5.1", "Policies")), "holds no register of interested parties"),
        ((("Risk", "Likelihood", "Impact"), ("Leak", 3, 4)), "holds no register"),
        ((("ID", "Internal issue", "Evidence"), ("1", "Small team", "Chart")), "holds no register"),
        (((1, 2), (3, 4)), "holds no register"),
    ],
)
def test_what_is_no_register_is_refused_with_the_reason(
    rows: tuple[tuple[object, ...], ...], words: str
) -> None:
    with pytest.raises(UnreadableWorkbookError, match=words):
        take(workbook(Sheet(rows)))


def test_two_tables_alike_are_not_chosen_between() -> None:
    rows = (("Interested party", "Requirements"), ("Clients", "Encrypt data at rest"))
    data = workbook(Sheet(rows, "North"), Sheet(rows, "South"))
    with pytest.raises(UnreadableWorkbookError, match=r"North.*South"):
        take(data)
    assert plan_import(data, "two.xlsx", sheet="south").table.sheet.name == "South"
    with pytest.raises(ContractError, match="no sheet West"):
        plan_import(data, "two.xlsx", sheet="West")


def test_two_columns_that_name_parties_are_not_chosen_between() -> None:
    rows = (
        ("Interested party", "Stakeholder", "Requirements"),
        ("Clients", "Purchasing", "Encrypt data at rest"),
    )
    with pytest.raises(UnreadableWorkbookError, match="B “Stakeholder”") as refused:
        take(workbook(Sheet(rows)))
    assert "--write-map" in refused.value.way_out


def test_a_mostly_ragged_file_is_refused_with_its_lines() -> None:
    text = "Stakeholder,Needs\na,b,c\nd,e,f\ng,h\n"
    with pytest.raises(UnreadableWorkbookError, match="line 2 and line 3"):
        take(text.encode(), "ragged.csv")


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04nothing"])
def test_damaged_files_are_refused(data: bytes) -> None:
    for name in ("x.xlsx", "x.csv"):
        with pytest.raises(UnreadableWorkbookError):
            take(data, name)


# --- maps ---------------------------------------------------------------------------------------


def test_a_map_decides_and_serves_another_file_of_the_layout() -> None:
    rows = (("Who", "Wants", "Weight"), ("Clients", "Encrypt data at rest", 8))
    text = """
        header = 1
        [[columns]]
        heading = "Who"
        to = "Name"
        [[columns]]
        heading = "Wants"
        to = "Requirement"
        [[columns]]
        heading = "weight"
        to = "Power"
        scale = "1-10"
    """
    with pytest.raises(UnreadableWorkbookError, match="no register"):
        take(workbook(Sheet(rows)))
    content = take(workbook(Sheet(rows, "Any name")), map_text=text).content
    assert content["Parties"][0]["Power"] == 4
    assert content["Requirements"][0]["Requirement"] == "Encrypt data at rest"


def test_a_map_translates_single_values() -> None:
    data = workbook(Sheet((("Party", "Type", "Requirement"), ("Acme", "Reseller", "Fair prices"))))
    text = '[[columns]]\nheading = "Type"\nto = "Party type"\nvalues = { "reseller" = "Clients" }'
    assert take(data).content["Parties"][0].get("Party type") is None
    assert take(data, map_text=text).content["Parties"][0]["Party type"] == "Clients"


def test_the_map_that_is_written_gives_the_same_register() -> None:
    for layout in LAYOUTS:
        plan = plan_import(layout.data, layout.file)
        again = take(layout.data, layout.file, plan.map_text)
        assert again.content == take(layout.data, layout.file).content, layout.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns = [", "cannot be read"),
        ('[[columns]]\nheading = "A"\nto = "Nowhere"', "no place"),
        ('[[columns]]\nheading = "A"\nto = "Power"\nscale = "1-7"', "not known"),
        ('[[columns]]\nheading = "A"\nto = "Power"\nvalues = 3', "no table of values"),
    ],
)
def test_maps_that_cannot_be_followed_are_refused(text: str, words: str) -> None:
    with pytest.raises(ContractError, match=words):
        read_map(text, "map.toml")


# --- the real files -----------------------------------------------------------------------------


def real(name: str) -> bytes:
    if not (REAL / name).exists():
        pytest.skip(f"{name}, a public register kept outside the project, is not here")
    return (REAL / name).read_bytes()


def test_real_register_on_the_second_sheet() -> None:
    imported = take(real("a02_ip_urielle_42.xlsx"))
    assert imported.plan is not None
    assert imported.plan.table.sheet.name == "Stakeholder Register Template"
    assert imported.counts == {"parties": 10, "requirements": 10, "links": 0}
    types = {
        row["Requirement"]: row.get("Requirement type") for row in imported.content["Requirements"]
    }
    assert types["Compliance with AI regulations"] == "Regulatory"
    assert types["Interface integrity, audit independence"] == "Contractual"
    assert types["Training and awareness"] is None


def test_real_register_with_two_rows_of_headings() -> None:
    plan = plan_import(real("b32_sh_bizarch.xlsx"), "b32_sh_bizarch.xlsx")
    headings = {m.heading: m.to for m in plan.mappings}
    assert plan.table.header == 8
    assert headings["Stakeholder"] == "Name"
    assert headings["Week 2: Assessment"] == "Notes"
    with pytest.raises(UnreadableWorkbookError, match="headings, but no rows with parties"):
        import_planned(plan, DAY)


@pytest.mark.parametrize(
    ("name", "lines", "counts"),
    [
        ("e02_ip_cenedril_en.csv", "line 7", (10, 12, 10)),
        ("e03_ip_cenedril_de.csv", "line 2 and line 7", (10, 10, 7)),
    ],
)
def test_real_ragged_text(name: str, lines: str, counts: tuple[int, int, int]) -> None:
    imported = take(real(name), name)
    assert f"unclear: {lines}." in imported.warnings[0]
    assert tuple(imported.counts.values()) == counts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a03_ctx_urielle_41.xlsx", "no register of interested parties"),
        ("d01_soa_pehan.xlsx", "no register of interested parties"),
        ("e04_comm_cenedril_malformed.csv", "another number of fields"),
    ],
)
def test_real_files_that_are_refused(name: str, words: str) -> None:
    with pytest.raises(UnreadableWorkbookError, match=words):
        take(real(name), name)


# --- what comes out is a register ---------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(LAYOUTS)), ids=lambda n: LAYOUTS[n].name)
def test_an_imported_register_validates_and_opens(
    number: int, tmp_path: Path, office: Office
) -> None:
    path = tmp_path / "register.xlsx"
    imported = take(LAYOUTS[number].data, LAYOUTS[number].file)
    path.write_bytes(imported.workbook())
    report = validate(path, DAY, write_back=True).report
    codes = {finding.code for finding in report.findings}
    assert not report.failed_rules
    assert {"DAT002", "REV001"} <= codes
    assert not {"DAT001", "DAT003", "DAT004", "DAT006", "DAT007"} & codes
    assert validate_ooxml(path) == []
    with office.open(path) as book:
        assert book.sheets()[-1] == LOG_SHEET
        assert (
            book.cells("Interested Parties", "B5")[0][0].text
            == imported.content["Parties"][0]["Name"]
        )
        assert len(book.cells(LOG_SHEET)) == len(imported.log) + 1


def test_a_2013_control_is_kept_and_reported(tmp_path: Path) -> None:
    layout = next(x for x in LAYOUTS if x.name.startswith("controls and policies"))
    path = tmp_path / "register.xlsx"
    path.write_bytes(take(layout.data).workbook())
    found = [f for f in validate(path, DAY).report.findings if f.code == "LNK002"]
    assert [finding.record.name for finding in found if hasattr(finding.record, "name")] or [
        finding.record for finding in found
    ] == ["LK-004"]


# --- the command --------------------------------------------------------------------------------


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["import", *map(str, arguments), "--as-of", "2026-11-24"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "list.xlsx"
    path.write_bytes(LAYOUTS[1].data)
    return path


def test_the_command_makes_a_register_beside_the_file_once(source: Path) -> None:
    code, text = run(source, "--organisation", "Fennholt AI", "--unit", "Research")
    made = source.with_name("list-register.xlsx")
    assert code == 0
    assert "2 parties, 2 requirements and 0 links" in " ".join(text.split())
    register = Register(FileBook.open(made).tables())
    assert register.field_text("Business unit") == "Research"
    with pytest.raises(WriteRefusedError, match="already exists"):
        run(source)


def test_a_register_is_not_taken_for_a_list(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    new_register(path, organisation="", unit="", starter="ai-company", created=DAY)
    for more in ((), ("--dry-run",)):
        with pytest.raises(ContractError, match="is a register already"):
            run(path, *more)
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_set_aside_is_said_in_the_right_number(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    names = ("Clients", "Staff", "Press", "Board", "Auditors", "Insurers", "Unions", "Suppliers")
    good = "Stakeholder,Needs\n" + "".join(f"{name},Encrypt their data\n" for name in names)
    path.write_text(f"{good}Banks,Reports,monthly\n")
    assert "It stands in the Import Log." in " ".join(run(path, "--dry-run")[1].split())
    path.write_text(f"{good}Banks,Reports,monthly\nUnions,Talks,yearly\n")
    assert "They stand in the Import Log." in " ".join(run(path, "--dry-run")[1].split())


def test_a_dry_run_shows_and_writes_nothing_but_the_map(source: Path) -> None:
    target = source.with_name("map.toml")
    _, text = run(source, "--dry-run", "--write-map", target)
    assert sorted(p.name for p in source.parent.iterdir()) == ["list.xlsx", "map.toml"]
    assert "Before, the first rows:" in text
    assert "row 5: Ref: S1; Stakeholder: Employees" in text
    assert "Party ID: IP-001; Name: Employees" in text
    assert read_map(target.read_text(encoding="utf-8"), "map.toml").header == 4
    code, _ = run(source, "--map", target, "--output", source.with_name("made.xlsx"))
    assert code == 0


def test_json_tells_the_mapping(source: Path) -> None:
    _, text = run(source, "--dry-run", "--format", "json")
    answer = json.loads(text)
    assert answer["parties"] == 2
    assert [c["to"] for c in answer["columns"]] == ["Own ID", "Name", "Need", "Owner"]
    assert answer["unclear"] == []


# --- into a living register ---------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.xlsx"
    rows = (
        ("Interested party", "Requirement", "Power"),
        ("Employees", "Clear rules for AI tools", 2),
        ("Acme Hosting Ltd", "Forecast of demand", 3),
    )
    path.write_bytes(take(workbook(Sheet(rows))).workbook())
    return path


def newer(tmp_path: Path) -> Path:
    path = tmp_path / "newer.xlsx"
    rows = (
        ("Interested party", "Requirement", "Power", "How addressed"),
        ("employees", "Clear rules for AI tools", 4, "A.5.10"),
        ("Employees", "=A say in monitoring", None, "A.5.34"),
        ("Acme Hosting", "Payment in 30 days", None, None),
    )
    path.write_bytes(workbook(Sheet(rows)))
    return path


def test_into_shows_and_writes_nothing_without_yes(register: Path, tmp_path: Path) -> None:
    before = register.read_bytes()
    _, text = run(newer(tmp_path), "--into", register)
    assert register.read_bytes() == before
    assert "IP-003 Acme Hosting  — like IP-002 Acme Hosting Ltd?" in text
    assert "Power: 2 there, 4 in the import" in text


def test_into_adds_only_what_is_new(register: Path, tmp_path: Path, office: Office) -> None:
    before = {t.name: read_back(register.read_bytes(), t) for t in (PARTIES, REQUIREMENTS)}
    code, _ = run(newer(tmp_path), "--into", register, "--yes")
    assert code == 0
    data = register.read_bytes()
    parties, requirements = read_back(data, PARTIES), read_back(data, REQUIREMENTS)
    assert parties[:2] == before["Parties"]
    assert [row["Name"] for row in parties[2:]] == ["Acme Hosting"]
    assert requirements[:2] == before["Requirements"]
    assert [(r["Requirement ID"], r["Party ID"]) for r in requirements[2:]] == [
        ("RQ-003", "IP-001"),
        ("RQ-004", "IP-003"),
    ]
    links = [(r["Requirement ID"], r["Reference"]) for r in read_back(data, ISMS_LINKS)]
    assert links == [("RQ-001", "A.5.10"), ("RQ-003", "A.5.34")]
    logged = {cell: (record, how) for _, cell, _, _, record, _, how in log_of(data, "Import Log 2")}
    assert logged["B3"] == ("RQ-003", "Requirement.")
    assert logged["C2"][1].startswith("Not added")
    report = validate(register, DAY, write_back=True).report
    assert len(report.register.parties) == 3
    assert not {"DAT006", "DAT007"} & {finding.code for finding in report.findings}
    assert validate_ooxml(register) == []
    with office.open(register) as book:
        texts = [row[0].text for row in book.cells("Requirements", "C5:C8")]
        assert texts[2] == "=A say in monitoring"
        assert book.cells("Interested Parties", "K7")[0][0].type == "formula"
    _, text = run(newer(tmp_path), "--into", register)
    assert "Nothing is to be added." in text
    assert "holds all of it" not in text  # the power differs


def test_into_says_that_it_holds_all_only_where_nothing_was_left_out(
    register: Path, tmp_path: Path
) -> None:
    path = tmp_path / "same.csv"
    same = "Interested party,Requirement,Power\nEmployees,Clear rules for AI tools,2\n"
    path.write_text(same)
    assert "holds all of it already" in run(path, "--into", register)[1]
    path.write_text(f"{same}Banks,Reports,3,monthly\n")
    told = run(path, "--into", register)[1]
    assert "holds all of it" not in told
    assert "line 3" in told


def test_into_compares_every_column_of_all_three_tables(register: Path, tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    head = "Interested party,Requirement,How addressed,Likelihood,Impact,Status\n"
    path.write_text(f"{head}Employees,Clear rules for AI tools,A.5.10,2,2,Planned\n")
    run(path, "--into", register, "--yes")
    path.write_text(f"{head}Employees,Clear rules for AI tools,A.5.10,5,5,Implemented\n")
    told = " ".join(run(path, "--into", register)[1].split())
    for heading, there, new in (
        ("Likelihood", "blank", "5"),
        ("Impact", "blank", "5"),
        ("Status", "Planned", "Implemented"),
    ):
        assert f"{heading}: {there} there, {new} in the import" in told


def test_into_leaves_what_is_left_to_decide_as_tasks_once(register: Path, tmp_path: Path) -> None:
    path = tmp_path / "more.csv"
    path.write_text("Interested party,Requirement\nUnions,Talks\nBanks,Reports,monthly\n")
    run(path, "--into", register, "--yes")
    path.write_text("Interested party,Requirement\nPress,News\nBanks,Reports,monthly\n")
    run(path, "--into", register, "--yes")
    tasks = Register(FileBook.open(register).tables()).tool_rows("ImportTasks")
    assert [row.cells["Source text"] for row in tasks] == ["Banks | Reports | monthly"]


def test_into_leaves_all_other_parts_as_they_were(register: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(register) as archive:
        before = {name: archive.read(name) for name in archive.namelist()}
    run(newer(tmp_path), "--into", register, "--yes")
    with zipfile.ZipFile(register) as archive:
        after = {name: archive.read(name) for name in archive.namelist()}
    changed = {
        name
        for name in before
        if without_own_values(before[name]) != without_own_values(after[name])
    }
    kinds = {name.rpartition("/")[2] for name in changed if "sheet" in name or "table" in name}
    assert len([name for name in kinds if name.startswith("sheet")]) == 3
    assert len([name for name in kinds if name.startswith("table")]) == 3
    assert changed - {n for n in changed if "/worksheets/" in n or "/tables/" in n} <= {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "docProps/app.xml",
    }
    for name in changed:
        if "/worksheets/sheet" in name:
            head = before[name].partition(b"<dimension")[0]
            assert after[name].startswith(head)
            assert after[name].endswith(before[name].partition(b"</sheetData>")[2])


@pytest.mark.parametrize("row", [7, 8])
def test_into_refuses_where_something_stands_below_the_table(
    register: Path, tmp_path: Path, row: int
) -> None:
    book = openpyxl.load_workbook(register)
    book["Interested Parties"].cell(row, 2, "A remark of ours")
    book.save(register)
    before = register.read_bytes()
    with pytest.raises(WriteRefusedError, match=f"row {row}"):
        run(newer(tmp_path), "--into", register, "--yes")
    assert register.read_bytes() == before


def test_additions_number_on_from_the_highest(register: Path) -> None:
    found = additions(Register(FileBook.open(register).tables()), take(LAYOUTS[0].data).content)
    assert [row["Party ID"] for row in found.parties] == ["IP-003", "IP-004"]


def test_a_text_file_says_how_it_was_read() -> None:
    rows = (("Stakeholder", "Needs"), ("Łódź office", "Clear rules for AI tools"))
    plan = plan_import(delimited(rows, "|").encode("utf-8-sig"), "list.csv")
    assert plan.source.reading == "Read as utf-8 with vertical bar between the fields."


def wide(columns: int) -> list[list[str]]:
    """A list of parties with so many columns."""
    headings = ["Interested party", "Requirement", *(f"Column {n}" for n in range(2, columns))]
    return [headings, ["Customers", "Keep data safe", *["x"] * (columns - 2)]]


def test_a_list_of_a_thousand_columns_is_taken_over() -> None:
    data = "\n".join(",".join(row) for row in wide(MOST_COLUMNS)).encode()
    assert len(plan_import(data, "list.csv").mappings) == MOST_COLUMNS


def test_one_with_more_is_refused_with_a_sentence() -> None:
    data = "\n".join(",".join(row) for row in wide(MOST_COLUMNS + 1)).encode()
    with pytest.raises(UnreadableWorkbookError) as refusal:
        plan_import(data, "list.csv")
    assert refusal.value.problem == (
        "list.csv has 1,001 columns with content, and an import takes at most 1,000."
    )
    assert refusal.value.way_out == "Delete the columns that do not belong to the list."


def test_beside_a_sheet_as_wide_as_excel_has_them_another_can_be_named() -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "Wide"
    for row in wide(16_384):
        first.append(row)
    second = book.create_sheet("Parties")
    for row in wide(2):
        second.append(row)
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(UnreadableWorkbookError) as refusal:
        plan_import(stream.getvalue(), "list.xlsx")
    assert "The sheet Wide of list.xlsx has 16,384 columns" in refusal.value.problem
    assert refusal.value.way_out.endswith("or name another sheet with --sheet.")
    assert len(plan_import(stream.getvalue(), "list.xlsx", sheet="Parties").mappings) == 2
