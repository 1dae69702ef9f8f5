"""Other programs that save workbooks, each run as somebody runs it who never heard of isms-xl.

Those for Node are pinned in `tests/writers`: excelize and rust_xlsxwriter as WebAssembly, made from
the same Go and Rust. XlsxWriter and rust_xlsxwriter read nothing, so they write a register's lists
from scratch: each as an Excel table at its place, with its values, and nothing around it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from office import Office

from isms_xl.books.file import FileBook
from isms_xl.contract import TABLES
from isms_xl.register import ExcelError, Grid, NotCalculated

HERE = Path(__file__).parent / "writers"
REQUIRED = os.environ.get("ISMS_XL_REQUIRE_OFFICE") == "1"
SECONDS = 120

Writer = Callable[[Path, Path, Office], None]


def _need(there: bool, what: str) -> None:
    """Skip by name what cannot be run here; where nothing may be skipped, fail."""
    if there:
        return
    if REQUIRED:
        pytest.fail(what)
    pytest.skip(what)


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr


def _by_node(script: str, package: str) -> Writer:
    def write(source: Path, target: Path, _: Office) -> None:
        _need(shutil.which("node") is not None, f"node, which runs {package}, is not installed")
        there = (HERE / "node_modules" / package).is_dir()
        _need(there, f"{package} is not installed (npm ci in tests/writers)")
        _run("node", HERE / script, source, target)

    return write


def _by_gnumeric(source: Path, target: Path, _: Office) -> None:
    _need(shutil.which("ssconvert") is not None, "gnumeric (ssconvert) is not installed")
    _run("ssconvert", source, target)


def _by_libreoffice(source: Path, target: Path, office: Office) -> None:
    with office.open(source) as book:
        book.save_as(target)


def _by_openpyxl(source: Path, target: Path, _: Office) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        openpyxl.load_workbook(source).save(target)


def _lists(source: Path) -> Iterator[tuple[str, Grid, int, int]]:
    """Yield each list with the sheet it is on, and row and column of its first heading, from 0."""
    for name, grid in FileBook.open(source).tables().grids.items():
        yield TABLES[name].sheet, grid, grid.first_row - 2, grid.first_column - 1


def _by_xlsxwriter(source: Path, target: Path, _: Office) -> None:
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, grid, top, left in _lists(source):
            sheet = book.add_worksheet(name)
            bottom, right = top + max(len(grid.rows), 1), left + len(grid.headings) - 1
            columns = [{"header": heading} for heading in grid.headings]
            sheet.add_table(top, left, bottom, right, {"name": grid.table, "columns": columns})
            for number, row in enumerate(grid.rows, start=top + 1):
                for at, value in enumerate(row, start=left):
                    if isinstance(value, ExcelError):
                        sheet.write_formula(number, at, f"={value.code}", None, value.code)
                    elif value is not None and not isinstance(value, NotCalculated):
                        sheet.write(number, at, value)


_BY_RUST = _by_node("rust-xlsxwriter.mjs", "wasm-xlsxwriter")


def _by_rust(source: Path, target: Path, office: Office) -> None:
    lists = [
        {
            "sheet": name,
            "table": grid.table,
            "top": top,
            "left": left,
            "headings": grid.headings,
            "rows": [[_plain(value) for value in row] for row in grid.rows],
        }
        for name, grid, top, left in _lists(source)
    ]
    data = target.with_suffix(".json")
    data.write_text(json.dumps(lists), encoding="utf-8")
    _BY_RUST(data, target, office)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return {"date": value.isoformat()[:10]}
    if isinstance(value, ExcelError):
        return {"error": value.code}
    return None if isinstance(value, NotCalculated) or value == "" else value


WRITERS: Mapping[str, Writer] = {
    "LibreOffice": _by_libreoffice,
    "gnumeric": _by_gnumeric,
    "openpyxl": _by_openpyxl,
    "excelize": _by_node("excelize.mjs", "excelize-wasm"),
    "ExcelJS": _by_node("exceljs.mjs", "exceljs"),
    "SheetJS": _by_node("sheetjs.mjs", "xlsx"),
    "xlsx-populate": _by_node("xlsx-populate.mjs", "xlsx-populate"),
    "XlsxWriter": _by_xlsxwriter,
    "rust_xlsxwriter": _by_rust,
}
