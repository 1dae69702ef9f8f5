"""Lists as people keep them: every text of theirs stands in the register, or is said to be left."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from isms_xl.books.file import FileBook
from isms_xl.checking import check
from isms_xl.errors import IsmsXlError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_register
from isms_xl.importing.source import cell_text, read_source
from isms_xl.register import Register

DAY = date(2026, 11, 24)
PARTIES = (
    "Northwind Ltd",
    "Northwind Ltd.",
    "NORTHWIND LTD",
    "Müller & Söhne",
    "Muller & Sohne",
    "Key account customers",
    "Version control vendors",
    "Data protection authority",
    "Staff",
    "Staff (internal)",
    "Board",
    "C",
    "C++",
    "Internal stakeholders",
)
HEADINGS = (
    "E-mail",
    "Contact",
    "Contact person",
    "Contact details",
    "Representative",
    "Owner",
    "Responsible",
    "Type",
    "Category",
    "Internal/External",
    "Relevant",
    "Influence (1-10)",
    "Power",
    "Interest",
    "Priority",
    "How addressed",
    "Controls",
    "Evidence",
    "Last reviewed",
    "Confirmed on",
    "Date",
    "Comments",
    "Notes",
    "ID",
    "",
)
VALUES = (
    "jane.doe@northwind.example",
    "info@regulator.example; press@regulator.example",
    "+49 30 1234567",
    "03.04.2026",
    "31.12.2025",
    "2026-05-01",
    "4",
    "4 - High",
    "High",
    "yes",
    "Yes, from 2027 on",
    "A.5.1",
    "Access control policy; quarterly check",
    "Encrypt data at rest",
    "Answers within 72 hours",
    "Head of Legal",
    "",
    "",
)
CELLS = st.one_of(
    st.sampled_from(VALUES),
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
    st.integers(0, 10),
    st.sampled_from((0.5, 2.75, True, False)),
)
Cell = str | date | int | float
List = list[list[Cell]]


@st.composite
def lists(draw: st.DrawFn) -> List:
    """Draw a list: columns of one target several times, the same party in several rows, bands."""
    more = draw(st.lists(st.sampled_from(HEADINGS), max_size=6))
    headings: list[Cell] = ["Interested party", "Requirements", *more]
    rows: List = [headings]
    names = draw(st.lists(st.sampled_from(PARTIES), min_size=1, max_size=6))
    for name in names:
        kind = draw(st.sampled_from(("record", "record", "record", "name only", "band", "blank")))
        if kind == "record":
            needs = st.sampled_from(("Encrypt data; report breaches", "Answers in time", ""))
            rows.append([name, draw(needs), *(draw(CELLS) for _ in more)])
        elif kind == "name only":
            rows.append([name])
        elif kind == "band":
            rows.append(
                [draw(st.sampled_from(("External parties", "Team North", "Note: see p. 3")))]
            )
        else:
            rows.append([])
    return rows


def as_workbook(rows: List) -> bytes:
    target = io.BytesIO()
    with Workbook(target, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("List")
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, str) and value:
                    sheet.write_string(at, column, value)
                elif value != "":
                    sheet.write(at, column, value)
    return target.getvalue()


def as_text(rows: List) -> bytes:
    target = io.StringIO()
    width = max(map(len, rows))
    csv.writer(target).writerows([*row, *[""] * (width - len(row))] for row in rows)
    return target.getvalue().encode()


def pieces(text: str) -> list[str]:
    """Return what of a cell must be found: its parts, as lists within cells are taken apart."""
    parts = re.split(r"[;\n]", text)
    return [" ".join(part.split()).casefold() for part in parts if any(c.isalnum() for c in part)]


def held_by(imported: Imported) -> tuple[list[str], set[object]]:
    """Return the texts and the typed values of a register."""
    cells = [v for rows in imported.content.values() for row in rows for v in row.values()]
    texts = [" ".join(v.split()).casefold() for v in cells if isinstance(v, str)]
    return texts, {v for v in cells if not isinstance(v, str)}


def lost_cells(data: bytes, name: str) -> list[str]:
    """Return the cells of a list that are nowhere in the register, and not said to be left out.

    A value that became a value of ours by a rule, as High becomes 5, counts as held where the log
    names record and field, and the field holds it.
    """
    try:
        imported = import_register(data, name, None, DAY)
    except IsmsXlError:  # refused whole, so nothing was taken over
        return []
    texts, typed = held_by(imported)
    told = {task.place for task in imported.tasks}
    logged: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for sheet_name, address, _, *place in imported.log:
        logged.setdefault((str(sheet_name), str(address)), []).append(tuple(map(str, place)))
    lost = []
    for sheet in read_source(data, name).sheets:
        for row, column, value in sheet.cells():
            text, address = cell_text(value), sheet.address(row, column)
            places = logged[sheet.name, address]
            day, in_day = value, False
            if isinstance(value, datetime):
                day, in_day = value.date(), value != datetime.combine(value, datetime.min.time())
            typed_as_it_is = not isinstance(value, str) and not in_day and day in typed
            if typed_as_it_is or all(any(p in held for held in texts) for p in pieces(text)):
                continue
            heading = any(how.startswith(("Heading: ", "Heading of")) for *_, how in places)
            repeats = any(how.endswith("repeats the headings.") for *_, how in places)
            by_rule = not in_day and field_is_a_choice(places)
            where = f"{sheet.name}, {sheet.row_name(row)}" if sheet.name else sheet.row_name(row)
            if heading or repeats or by_rule or where in told:
                continue
            lost.append(f"{address} {text!r}: {places}")
    return lost


CHOICES = {"Power", "Interest", "Likelihood", "Impact", "Party type", "Internal/External"}
CHOICES |= {"Relevant to ISMS", "Addressed by ISMS", "Requirement type"}
DATES = {"Confirmed on", "Last reviewed"}


def field_is_a_choice(places: list[tuple[str, ...]]) -> bool:
    """Whether a cell became a value of a choice, of a score or of a date, by a rule in the log."""
    return any(field in CHOICES | DATES and record for _, record, field, _ in places)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lists())
def test_nothing_of_a_workbook_is_lost(rows: List) -> None:
    assert not lost_cells(as_workbook(rows), "list.xlsx")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lists())
def test_nothing_of_a_delimited_list_is_lost(rows: List) -> None:
    assert not lost_cells(as_text(rows), "list.csv")


def rows_of_parties(count: int, *, gap: bool) -> List:
    beside = ["", "E-mail"] if gap else [""]
    found: List = [["Interested party", "Requirements", *beside]]
    for number in range(1, count + 1):
        more = ["", f"p{number}@example.org"] if gap else [f"p{number}@example.org"]
        found.append([f"Party {number}", "Answers in time", *more])
    return found


def test_a_column_beside_the_table_belongs_to_its_rows() -> None:
    for gap in (False, True):
        imported = import_register(as_workbook(rows_of_parties(12, gap=gap)), "a.xlsx", None, DAY)
        heading = "E-mail" if gap else "Column C"
        notes = [str(row["Notes"]) for row in imported.content["Parties"]]
        assert notes == [f"{heading}: p{n}@example.org" for n in range(1, 13)]
        assert not imported.tasks


def test_what_was_not_taken_over_is_a_task_until_somebody_dismisses_it(tmp_path: Path) -> None:
    rows: List = [["Stakeholders 2026"], ["Interested party", "Requirements", "Owner"]]
    rows += [["Staff", "Clear rules", "HR"], [], ["Note: see the annex"]]
    imported = import_register(as_workbook(rows), "a.xlsx", None, DAY)
    assert [(t.place, t.text) for t in imported.tasks] == [
        ("List, above the headings", "Stakeholders 2026"),
        ("List, row 5", "Note: see the annex"),
    ]
    path = tmp_path / "register.xlsx"
    path.write_bytes(imported.workbook())
    report = check(Register(FileBook.open(path).tables()), DAY)
    found = [f for f in report.findings if f.code == "IMP001"]
    assert [f.record for f in found] == ["IT-001", "IT-002"]
    assert "Note: see the annex" in found[1].message


def test_a_time_of_day_is_kept_beside_its_date() -> None:
    rows: List = [["Interested party", "Requirements", "Last reviewed"]]
    rows += [["Staff", "Clear rules", datetime(2026, 4, 3, 14, 30)]]
    (party,) = import_register(as_workbook(rows), "a.xlsx", None, DAY).content["Parties"]
    assert party["Last reviewed"] == date(2026, 4, 3)
    assert "14:30" in str(party["Notes"])
