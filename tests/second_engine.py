"""A second engine for formulas beside LibreOffice: gnumeric, which compares as Excel documents it.

    judged(path, folder).cells["Annex A 2022", "D5"]

gnumeric knows no tables. So a workbook is handed over with `Parties[Power]` as the cells that it means,
and with what decides on highlights and entries as formulas in cells, where it can be asked about them.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pytest
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

_OF_THIS_ROW = re.compile(r"(\w+)\[\[#This Row\],\[([^\]]+)\]\]")
_COLUMN = re.compile(r"(\w+)\[([^\[\]]+)\]")
_ASIDE = 60
"""Columns to the right where formulas of highlights and of entries go."""


def require_gnumeric() -> None:
    """Skip the test without gnumeric; fail it where ISMS_XL_REQUIRE_OFFICE=1."""
    if shutil.which("ssconvert") is None:
        missing = "ssconvert (gnumeric) is not installed"
        (pytest.fail if os.environ.get("ISMS_XL_REQUIRE_OFFICE") == "1" else pytest.skip)(missing)


@dataclass
class Judged:
    """What gnumeric makes of a workbook.

    Attributes:
        cells: Text of each cell that holds a formula, by sheet and address.
        highlights: What decides on the highlights of a cell, each with what comes of it, in order.
        entries: What decides on whether an entry fits, by sheet and address.
    """

    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    highlights: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    entries: dict[tuple[str, str], str] = field(default_factory=dict)


class _Places:
    """Where the columns of the tables are."""

    def __init__(self, book: openpyxl.Workbook) -> None:
        self._at: dict[tuple[str, str], tuple[str, str, int, int]] = {}
        for sheet in book.worksheets:
            for table in sheet.tables.values():
                first, last = table.ref.split(":")
                top, bottom = sheet[first].row + 1, sheet[last].row
                for number, column in enumerate(table.tableColumns, start=sheet[first].column):
                    letters = get_column_letter(number)
                    self._at[table.name, column.name] = sheet.title, letters, top, bottom

    def plain(self, formula: str, row: int) -> str:
        """Return a formula with plain references in place of those to tables."""

        def of_this_row(found: re.Match[str]) -> str:
            sheet, letters, *_ = self._at[found[1], found[2]]
            return f"'{sheet}'!${letters}{row}"

        def column(found: re.Match[str]) -> str:
            sheet, letters, top, bottom = self._at[found[1], found[2]]
            return f"'{sheet}'!${letters}${top}:${letters}${bottom}"

        return _COLUMN.sub(column, _OF_THIS_ROW.sub(of_this_row, formula))


def judged(path: Path, folder: Path) -> Judged:
    """Have gnumeric calculate all formulas of a workbook, those outside of cells included."""
    require_gnumeric()
    book = openpyxl.load_workbook(path)
    places, told = _Places(book), Judged()
    asked: list[tuple[dict[tuple[str, str], str], tuple[str, str], str]] = []
    shown: list[tuple[tuple[str, str], str, str]] = []
    for sheet in book.worksheets:
        last = max([sheet[t.ref.split(":")[1]].row for t in sheet.tables.values()], default=40)
        aside = _Aside(sheet, places)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            for cell in row:
                value = cell.value
                if isinstance(value, ArrayFormula):
                    value.text = places.plain(str(value.text), number)
                elif cell.data_type == "f":
                    cell.value = places.plain(str(value), number)
                if cell.data_type == "f":
                    asked.append((told.cells, (sheet.title, cell.coordinate), cell.coordinate))
        for highlight in sheet.conditional_formatting:
            for rule in sorted(highlight.rules, key=lambda rule: rule.priority):
                if rule.type == "expression":
                    for area in highlight.sqref.ranges:
                        first = f"{get_column_letter(area.min_col)}{area.min_row}"
                        for at in _addresses(area, last):
                            put = aside.put(rule.formula[0], first, at)
                            shown.append(((sheet.title, at), put, rule.dxf.fill.bgColor.rgb))
        for validation in sheet.data_validations.dataValidation:
            if validation.type == "custom":
                for area in validation.sqref.ranges:
                    first = f"{get_column_letter(area.min_col)}{area.min_row}"
                    for at in _addresses(area, last):
                        put = aside.put(validation.formula1, first, at)
                        asked.append((told.entries, (sheet.title, at), put))
        sheet.tables.clear()
        sheet.conditional_formatting = type(sheet.conditional_formatting)()
        sheet.data_validations.dataValidation = []
    plain = folder / "plain.xlsx"
    book.save(plain)
    values = _calculated(plain, [sheet.title for sheet in book.worksheets])
    for target, key, at in asked:
        target[key] = values[key[0]].get(at, "")
    for key, at, colour in shown:
        told.highlights.setdefault(key, []).append((values[key[0]].get(at, ""), colour))
    return told


class _Aside:
    """Puts formulas of a sheet that stand in no cell into cells to the right."""

    def __init__(self, sheet: Worksheet, places: _Places) -> None:
        self._sheet, self._places, self._count = sheet, places, 0

    def put(self, formula: str, first: str, at: str) -> str:
        """Put a formula that is written for one cell the way it applies to another."""
        meant = Translator(f"={formula.removeprefix('=')}", origin=first).translate_formula(at)
        row = self._sheet[at].row
        self._count += 1
        there = f"{get_column_letter(_ASIDE + self._count % 200)}{1 + self._count // 200}"
        # ROW() asks where the formula stands, which is no longer where it applies.
        self._sheet[there] = self._places.plain(meant.replace("ROW()", str(row)), row)
        return there


def _addresses(area: object, last: int) -> list[str]:
    return [
        f"{get_column_letter(column)}{row}"
        for row in range(area.min_row, min(area.max_row, last) + 1)  # type: ignore[attr-defined]
        for column in range(area.min_col, area.max_col + 1)  # type: ignore[attr-defined]
    ]


def _calculated(path: Path, sheets: list[str]) -> dict[str, dict[str, str]]:
    """Return the text of each cell as gnumeric calculates it."""
    command = ["ssconvert", "--recalc", "-S", path.name, "sheet-%n.csv"]
    subprocess.run(command, cwd=path.parent, capture_output=True, check=True, timeout=600)
    found = {}
    for number, name in enumerate(sheets):
        with (path.parent / f"sheet-{number}.csv").open(encoding="utf-8", newline="") as lines:
            found[name] = {
                f"{get_column_letter(column)}{row}": text
                for row, cells in enumerate(csv.reader(lines), start=1)
                for column, text in enumerate(cells, start=1)
                if text
            }
    return found
