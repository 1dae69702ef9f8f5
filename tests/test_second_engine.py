"""Every formula that isms-xl ships, judged by a second engine beside LibreOffice.

LibreOffice is lenient where Excel is not, and the other way round: `COUNTIF` with "5.1" does not count
the text "5.10" there, and does in Excel. gnumeric does as Excel documents it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from office import Cell, Office
from openpyxl.utils import get_column_letter
from second_engine import Judged, judged, require_gnumeric

from isms_xl.books.file import FileBook
from isms_xl.books.live import _link
from isms_xl.changes import Link, changes_of
from isms_xl.checking import check
from isms_xl.content import STARTERS, starter
from isms_xl.contract import ISMS_LINKS, PARTIES, REQUIREMENTS
from isms_xl.reference import annex_a
from isms_xl.register import Register
from isms_xl.template import ANNEX_SHEET, build_template

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
WORKBOOKS = ("clinical-ai", *STARTERS)

pytestmark = pytest.mark.filterwarnings("ignore:Print area cannot be set")


def written(folder: Path, name: str) -> Path:
    """Write a register with its gaps: an example, or a fresh one."""
    path = folder / "register.xlsx"
    if name in STARTERS:
        path.write_bytes(build_template(starter(name), created=DAY))
    else:
        path.write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    book = FileBook.open(path)
    book.apply(changes_of(check(Register(book.tables()), DAY)))
    book.save_as(folder / "checked.xlsx")
    return folder / "checked.xlsx"


def as_text(cell: Cell) -> str:
    """Return what a cell holds, whatever its number format shows of it."""
    if isinstance(cell.value, bool):
        return str(cell.value).upper()
    if isinstance(cell.value, float | int):
        return f"{cell.value:g}"
    return cell.text


@pytest.mark.parametrize("name", WORKBOOKS)
def test_both_engines_agree_on_every_formula(office: Office, tmp_path: Path, name: str) -> None:
    require_gnumeric()
    path = written(tmp_path, name)
    told = judged(path, tmp_path)
    assert len(told.cells) > 400
    with office.open(path) as document:
        differ, formulas = [], 0
        for sheet in document.sheets():
            for row, cells in enumerate(document.cells(sheet), start=1):
                for column, cell in enumerate(cells, start=1):
                    at = f"{get_column_letter(column)}{row}"
                    if cell.type != "formula" or (sheet, at) not in told.cells:
                        continue
                    formulas += 1
                    if told.cells[sheet, at] != as_text(cell):
                        differ.append((sheet, at, told.cells[sheet, at], as_text(cell)))
    assert differ == []
    assert formulas == len(told.cells)


def shown(told: Judged, at: tuple[str, str]) -> str | None:
    """Return the colour of a cell: that of the first condition that holds."""
    return next(
        (colour for value, colour in told.highlights[at] if value == "TRUE" and colour), None
    )


def test_both_engines_highlight_the_same_cells(office: Office, tmp_path: Path) -> None:
    require_gnumeric()
    path = written(tmp_path, "clinical-ai")
    told = judged(path, tmp_path)
    colours = set()
    with office.open(path) as document:
        for table in (PARTIES, REQUIREMENTS, ISMS_LINKS):
            right = get_column_letter(len(table.columns))
            drawn = document.highlights(table.sheet, f"A5:{right}40")
            for row, marks in enumerate(drawn, start=5):
                for column, mark in enumerate(marks, start=1):
                    at = table.sheet, f"{get_column_letter(column)}{row}"
                    told_mark = shown(told, at) if at in told.highlights else None
                    assert mark == (told_mark and f"#{told_mark[-6:]}"), at
                    colours.add(mark)
    assert len(colours) == 4, "each severity, and none"


def test_link_counts_do_not_take_one_control_for_another(office: Office, tmp_path: Path) -> None:
    """Excel's `COUNTIF(range,"5.1")` also counts 5.10 and 5.100; so does gnumeric's."""
    references = ["5.1", "5.10", "5.10", "A.5.10", "a.5.1", "5.100", "5.1 and 5.2", "8.12"]
    content = starter("blank")
    content[ISMS_LINKS.name] = [
        {"Link ID": f"LK-{number:03}", "Link type": "Annex A control", "Reference": reference}
        for number, reference in enumerate(references, start=1)
    ]
    path = tmp_path / "links.xlsx"
    path.write_bytes(build_template(content, created=DAY))
    rows = {control: row for row, control in enumerate(annex_a(), start=5)}
    told = judged(path, tmp_path)
    expected = dict.fromkeys(annex_a(), 0) | {"A.5.1": 2, "A.5.10": 3, "A.8.12": 1}
    gnumeric = {name: int(told.cells[ANNEX_SHEET, f"D{row}"]) for name, row in rows.items()}
    assert gnumeric == expected
    with office.open(path) as document:
        cells = document.cells(ANNEX_SHEET, f"D5:D{4 + len(rows)}")
        assert [cell.value for (cell,) in cells] == list(expected.values())


def test_identifiers_are_judged_the_same(tmp_path: Path) -> None:
    content = starter("blank")
    names = ["IP-001", "IP-002", "IP-002", "IP-3", "RQ-004", "IP-1234"]
    content[PARTIES.name] = [{"Party ID": name} for name in names]
    path = tmp_path / "register.xlsx"
    path.write_bytes(build_template(content, created=DAY))
    told = judged(path, tmp_path)
    fits = [told.entries[PARTIES.sheet, f"A{row}"] for row in range(5, 5 + len(names))]
    assert fits == ["TRUE", "FALSE", "FALSE", "FALSE", "FALSE", "TRUE"]


def test_link_of_an_open_register_is_a_formula_both_know(office: Office, tmp_path: Path) -> None:
    formula = _link(Link('say "B5"', 'O\'Neill "quoted"', "B5"))
    book = openpyxl.Workbook()
    book.active["A1"] = formula  # type: ignore[index]
    book.save(tmp_path / "link.xlsx")
    assert judged(tmp_path / "link.xlsx", tmp_path).cells["Sheet", "A1"] == 'say "B5"'
    with office.open(tmp_path / "link.xlsx") as document:
        assert document.cells("Sheet", "A1")[0][0].text == 'say "B5"'
