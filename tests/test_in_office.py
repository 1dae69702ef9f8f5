"""The workbooks as a spreadsheet program shows them: highlights, formulas, and life after editing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from foreign import make_foreign_workbook
from office import Document, Office, require_office, validate_ooxml

from isms_xl.books.file import FileBook
from isms_xl.changes import Changes, changes_of
from isms_xl.checking import Report, check
from isms_xl.content import STARTERS, starter
from isms_xl.contract import (
    CHECKLIST,
    GAP_INDEX,
    GAPS,
    PARTIES,
    REQUIREMENTS,
    USER_TABLES,
    VERSIONS,
)
from isms_xl.finding import Severity
from isms_xl.look import SEVERITY_FILL
from isms_xl.register import ExcelError, RecordTable, Register, engagement, priority
from isms_xl.template import START_SHEET, build_template
from isms_xl.validating import validate
from isms_xl.versioning import stamp

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("foundation-models", "clinical-ai", "public-sector")
TABLES = [table.name for table in USER_TABLES]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Report]]:
    folder = tmp_path_factory.mktemp("checked")
    found = {}
    for name in NAMES:
        path = folder / f"{name}.xlsx"
        found[name] = path, validate(EXAMPLES / f"{name}.xlsx", DAY, output=path).report
    return found


def expected_colours(report: Report) -> dict[tuple[str, str], str]:
    """Return the colour each cell must have, by (key in the Gap Index, heading)."""
    colours: dict[tuple[str, str], str] = {}
    first = {
        table.contract.sheet: table.contract.columns[0].heading for table in report.register.tables
    }
    for severity in reversed(Severity):
        for finding in report.findings:
            if finding.severity is severity and finding.key and finding.is_open:
                heading = finding.field or first[finding.sheet]
                colours[finding.key.casefold(), heading] = SEVERITY_FILL[severity]
    return colours


def shown_highlights(
    document: Document, table: RecordTable, last: int
) -> Iterator[tuple[int, str, str, str | None]]:
    """Yield row, identifier as shown, heading and colour of every cell of a table."""
    headings = [c.heading for c in table.contract.columns]
    if table.contract.vertical:
        headings = ["Field", "Value"]
    area = f"A5:{chr(64 + len(headings))}{last}"
    cells = document.cells(table.sheet, area)
    for row, (texts, colours) in enumerate(
        zip(cells, document.highlights(table.sheet, area), strict=True), start=5
    ):
        for heading, colour in zip(headings, colours, strict=True):
            yield row, texts[0].text, heading, colour


def wrong_highlights(document: Document, report: Report) -> list[str]:
    expected = expected_colours(report)
    wrong = []
    for table in report.register.tables:
        last = max([*table.row_numbers, *table.field_rows.values()], default=5)
        identifiers = [name.casefold() for name in table.names]
        for row, shown, heading, colour in shown_highlights(document, table, last):
            key = shown or f"{table.sheet} row {row}"
            want = expected.get((key.casefold(), heading))
            if (
                heading == table.contract.columns[0].heading
                and identifiers.count(key.casefold()) > 1
            ):
                want = SEVERITY_FILL[Severity.MAJOR]  # every use of a number that is used twice
            if colour != want:
                wrong.append(f"{table.sheet}!{row} {key} {heading}: {colour}, not {want}")
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_highlighted_as_its_findings_say(
    office: Office, checked: dict[str, tuple[Path, Report]], name: str
) -> None:
    path, report = checked[name]
    with office.open(path) as document:
        assert wrong_highlights(document, report) == []
    assert expected_colours(report), "nothing would be highlighted at all"


def test_highlights_follow_the_rows_when_a_table_is_sorted(
    office: Office, checked: dict[str, tuple[Path, Report]]
) -> None:
    path, report = checked["clinical-ai"]
    table = report.register.parties
    last = max(table.row_numbers)
    with office.open(path) as document:
        before = [row[0].text for row in document.cells(table.sheet, f"A5:A{last}")]
        document.sort(table.sheet, f"A4:Q{last}", column=1, descending=True)
        after = [row[0].text for row in document.cells(table.sheet, f"A5:A{last}")]
        assert sorted(before) == sorted(after)
        assert before != after
        assert wrong_highlights(document, report) == []


def test_no_highlight_is_left_when_the_gaps_are_cleared(
    office: Office, checked: dict[str, tuple[Path, Report]], tmp_path: Path
) -> None:
    book = FileBook.open(checked["clinical-ai"][0])
    book.apply(Changes({GAPS.name: [], CHECKLIST.name: [], GAP_INDEX.name: []}))
    book.save_as(tmp_path / "cleared.xlsx")
    with office.open(tmp_path / "cleared.xlsx") as document:
        for table in checked["clinical-ai"][1].register.tables:
            last = max([*table.row_numbers, *table.field_rows.values()], default=5)
            colours = {colour for *_, colour in shown_highlights(document, table, last)}
            assert colours == {None}, table.sheet


@pytest.mark.parametrize("name", NAMES)
def test_formulas_agree_with_the_rules(
    office: Office, checked: dict[str, tuple[Path, Report]], name: str
) -> None:
    path, report = checked[name]
    register = report.register
    with office.open(path) as document:
        for table, heading, compute in (
            (register.parties, "Engagement", engagement),
            (register.requirements, "Priority", priority),
        ):
            for record in table:
                (cell,) = document.cells(table.sheet, record.cell(heading))[0]
                assert cell.text == compute(record), record.cell(heading)
        errors = [
            (sheet, cell)
            for sheet in document.sheets()
            for row in document.cells(sheet)
            for cell in row
            if cell.error
        ]
        typed_errors = sum(f.code == "DAT005" for f in report.findings)
        assert len(errors) == typed_errors


def test_formulas_agree_with_the_rules_on_any_score(office: Office, tmp_path: Path) -> None:
    scores = [1, 3, 4, 5, "4", " 2 ", "3.0", 0, 6, -1, 2.5, "x", "", None, ExcelError("#N/A")]
    pairs = list(product(scores, repeat=2))
    content = starter("blank")
    content[PARTIES.name] = [
        {"Party ID": f"IP-{number:03}", "Power": one, "Interest": other}
        for number, (one, other) in enumerate(pairs, start=1)
    ]
    content[REQUIREMENTS.name] = [
        {"Requirement ID": f"RQ-{number:03}", "Likelihood": one, "Impact": other}
        for number, (one, other) in enumerate(pairs, start=1)
    ]
    path = tmp_path / "scores.xlsx"
    path.write_bytes(build_template(content, created=DAY))
    register = Register(FileBook.open(path).tables())
    assert len(register.parties) == len(register.requirements) == len(pairs)
    with office.open(path) as document:
        for table, heading, compute in (
            (register.parties, "Engagement", engagement),
            (register.requirements, "Priority", priority),
        ):
            shown = {r.id: document.cells(table.sheet, r.cell(heading))[0][0].text for r in table}
            assert shown == {r.id: compute(r) for r in table}
            assert len(set(shown.values())) == 5  # four words, and nothing


def test_start_sheet_counts_what_the_rules_found(
    office: Office, checked: dict[str, tuple[Path, Report]]
) -> None:
    path, report = checked["clinical-ai"]
    with office.open(path) as document:
        texts = [[cell.text for cell in row] for row in document.cells(START_SHEET)]
    by_label = {row[1]: row for row in texts if row[1]}
    labels = ("Open major gaps", "Open minor gaps", "Open observations")
    for label, number in zip(labels, report.open_by_severity.values(), strict=True):
        assert by_label[label][2] == str(number)
    assert by_label["Accepted gaps"][2] == str(report.accepted)
    assert by_label["Understand the clause"][4] == "Observations only"
    assert by_label["Steps on record"][4] == "7 of 7"


def test_gaps_column_tells_each_rows_findings(
    office: Office, checked: dict[str, tuple[Path, Report]]
) -> None:
    path, report = checked["clinical-ai"]
    table = report.register.parties
    with office.open(path) as document:
        for record in table:
            (cell,) = document.cells(table.sheet, f"Q{record.row}")[0]
            briefs = [f.brief for f in report.findings if f.key == record.key]
            assert sum(cell.text.count(code) for code in {f.code for f in report.findings}) >= len(
                briefs
            )
            assert bool(cell.text) == bool(briefs)
            assert all(brief in cell.text for brief in briefs)


def test_stamp_edit_in_office_and_stamp_again_twice(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes((EXAMPLES / "foundation-models.xlsx").read_bytes())
    for on, value, version in ((DAY, "first edit", "2.1"), (DAY, "second edit", "2.2")):
        with office.open(path) as document:
            document.set_cell("Interested Parties", "P6", value)
            document.save_as(path)
        made = stamp(path, on=on, author="Information Security Manager", summary="Edited")
        assert made is not None
        assert (made.version, made.summary) == (version, "Edited. 1 party changed (IP-002).")
    log = [row.cells for row in Register(FileBook.open(path).tables()).tool_rows("ChangeLog")]
    assert [(row["Version"], row["Record"], row["Field"], row["After"]) for row in log] == [
        ("2.1", "IP-002", "Notes", "first edit"),
        ("2.2", "IP-002", "Notes", "second edit"),
    ]
    with office.open(path) as document:
        document.save_as(path)
    codes = {finding.code for finding in check_file(path).findings}
    assert not codes & {"DOC001", "DOC003", "DOC004", "DOC005"}
    with office.open(path) as document:
        document.set_cell(VERSIONS.sheet, "D6", "A kinder story")
        document.save_as(path)
    tampered = [f.record for f in check_file(path).findings if f.code == "DOC005"]
    assert tampered == ["1.1"]


def check_file(path: Path) -> Report:
    return check(Register(FileBook.open(path).tables()), DAY)


def test_register_saved_by_another_program_takes_a_write_back(
    office: Office, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.xlsx"
    with office.open(EXAMPLES / "clinical-ai.xlsx") as document:
        document.save_as(saved)
    report = validate(saved, DAY, write_back=True).report
    original = validate(EXAMPLES / "clinical-ai.xlsx", DAY).report
    assert [(f.code, f.record, f.field) for f in report.findings] == [
        (f.code, f.record, f.field) for f in original.findings
    ]
    with office.open(saved) as document:
        assert wrong_highlights(document, report) == []


@pytest.mark.parametrize("name", STARTERS)
def test_validator_finds_nothing_in_a_fresh_register(tmp_path: Path, name: str) -> None:
    require_office("ooxml-validator")
    path = tmp_path / "fresh.xlsx"
    path.write_bytes(build_template(starter(name), created=DAY))
    assert validate_ooxml(path) == []
    validate(path, DAY, write_back=True)
    assert validate_ooxml(path) == []


@pytest.mark.parametrize("name", NAMES)
def test_validator_finds_nothing_in_a_written_back_register(
    checked: dict[str, tuple[Path, Report]], name: str
) -> None:
    require_office("ooxml-validator")
    assert validate_ooxml(checked[name][0]) == []


def test_validator_finds_nothing_new_in_a_foreign_workbook(tmp_path: Path) -> None:
    require_office("ooxml-validator")
    path = tmp_path / "foreign.xlsm"
    make_foreign_workbook(path, (EXAMPLES / "clinical-ai.xlsx").read_bytes())
    before = validate_ooxml(path)
    report = validate(path, DAY, write_back=True).report
    assert validate_ooxml(path) == before
    book = FileBook.open(path)
    book.apply(changes_of(report))
    assert len(Register(book.tables()).tool_rows(GAPS.name)) == len(report.findings)
