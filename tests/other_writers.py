"""Other programs that save workbooks, each run as somebody runs it who never heard of isms-xl."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from office import Office

from isms_xl.books.file import FileBook
from isms_xl.contract import TABLES, USER_TABLES
from isms_xl.register import ExcelError, Grid, NotCalculated

HERE = Path(__file__).parent / "writers"
PYTHON = HERE.parent.parent / "build" / "writers" / "bin" / "python"
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


def _by_node(script: str) -> Writer:
    def write(source: Path, target: Path, _: Office) -> None:
        ready = shutil.which("node") is not None and (HERE / "node_modules").is_dir()
        _need(ready, "the programs of tests/writers are not installed (npm ci there)")
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


def _by_excelize(source: Path, target: Path, _: Office) -> None:
    _need(PYTHON.exists(), "excelize is not installed (tests/writers/requirements.lock)")
    _run(PYTHON, HERE / "excelize_writer.py", source, target)


def _grids(source: Path) -> Mapping[str, Grid]:
    return FileBook.open(source).tables().grids


def _by_xlsxwriter(source: Path, target: Path, _: Office) -> None:
    """Write the lists from scratch, as Excel tables."""
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, grid in _grids(source).items():
            sheet = book.add_worksheet(TABLES[name].sheet)
            top, left = grid.first_row - 2, grid.first_column - 1
            bottom, right = top + max(len(grid.rows), 1), left + len(grid.headings) - 1
            columns = [{"header": heading} for heading in grid.headings]
            sheet.add_table(top, left, bottom, right, {"name": name, "columns": columns})
            for number, row in enumerate(grid.rows, start=top + 1):
                for at, value in enumerate(row, start=left):
                    if isinstance(value, ExcelError):
                        sheet.write_formula(number, at, f"={value.code}", None, value.code)
                    elif value is not None and not isinstance(value, NotCalculated):
                        sheet.write(number, at, value)


def _by_rust(source: Path, target: Path, _: Office) -> None:
    """Write the user's lists from scratch, without Excel tables."""
    _need(PYTHON.exists(), "rust_xlsxwriter is not installed (tests/writers/requirements.lock)")
    sheets = {
        TABLES[name].sheet: [
            {h: _plain(v) for h, v in zip(grid.headings, row, strict=True)} for row in grid.rows
        ]
        for name, grid in _grids(source).items()
        if TABLES[name] in USER_TABLES and grid.rows
    }
    data = target.with_suffix(".json")
    data.write_text(json.dumps(sheets), encoding="utf-8")
    _run(PYTHON, HERE / "rust_writer.py", data, target)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return {"date": value.isoformat()[:10]}
    if isinstance(value, ExcelError):
        return value.code
    return None if isinstance(value, NotCalculated) or value == "" else value


WRITERS: Mapping[str, Writer] = {
    "LibreOffice": _by_libreoffice,
    "gnumeric": _by_gnumeric,
    "openpyxl": _by_openpyxl,
    "excelize": _by_excelize,
    "ExcelJS": _by_node("exceljs.js"),
    "SheetJS": _by_node("sheetjs.js"),
    "xlsx-populate": _by_node("xlsx-populate.js"),
    "XlsxWriter": _by_xlsxwriter,
    "rust_xlsxwriter": _by_rust,
}
