"""A register prints so that people can read it, also with its gaps written in."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from office import Office
from workbooks import parts, write_register

from isms_xl.cli import main
from isms_xl.content import starter
from isms_xl.contract import HIDDEN_SHEETS, USER_TABLES
from isms_xl.validating import validate

EXAMPLES = Path(__file__).parent.parent / "examples"
LEAST_POINTS = 7
_ZOOM = 3
_PAGE = re.compile(r"<page number=\"(\d+)\"")
_FONT = re.compile(r"<fontspec id=\"(\d+)\" size=\"(\d+)\"")
_TEXT = re.compile(r"<text [^>]*font=\"(\d+)\">(.*?)</text>")


def sizes(pdf: Path) -> Iterator[tuple[int, float, str]]:
    """Yield (page, size in points, text) of what a PDF shows."""
    command = ["pdftohtml", "-xml", "-i", "-zoom", str(_ZOOM), "-stdout", str(pdf)]
    page, points = 0, dict[str, float]()
    for line in subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines():
        if found := _PAGE.search(line):
            page = int(found[1])
        if found := _FONT.search(line):
            points[found[1]] = int(found[2]) / _ZOOM
        if found := _TEXT.search(line):
            yield page, points[found[1]], re.sub("<[^>]*>", "", found[2])


@pytest.mark.parametrize("name", ["public-sector", "clinical-ai"])
def test_nothing_prints_too_small_to_read(tmp_path: Path, office: Office, name: str) -> None:
    if shutil.which("pdftohtml") is None:
        pytest.skip("pdftohtml (poppler) is not installed")
    path = tmp_path / "reviewed.xlsx"
    validate(EXAMPLES / f"{name}.xlsx", date(2026, 11, 27), output=path)
    with office.open(path) as book:
        shown = list(sizes(book.pdf(tmp_path / "reviewed.pdf")))
    assert len(shown) > 500
    small = {entry for entry in shown if entry[1] < LEAST_POINTS and entry[2].strip()}
    assert small == set()
    texts = {text.strip() for _, _, text in shown}
    assert "Interested Parties" in texts
    assert "Gap Index" not in texts


def test_tool_sheets_in_a_register_made_elsewhere_can_be_read(
    tmp_path: Path, office: Office
) -> None:
    if shutil.which("pdftohtml") is None:
        pytest.skip("pdftohtml (poppler) is not installed")
    path = write_register(tmp_path / "register.xlsx", starter("ai-company"))
    validate(path, date(2026, 11, 27), write_back=True)
    with office.open(path) as book:
        shown = list(sizes(book.pdf(tmp_path / "register.pdf")))
    assert len(shown) > 300
    assert {e for e in shown if e[1] < LEAST_POINTS and e[2].strip()} == set()


def test_each_sheet_prints_its_own_columns_only() -> None:
    book = parts((EXAMPLES / "public-sector.xlsx").read_bytes())["xl/workbook.xml"].decode()
    areas = dict(re.findall(r"Print_Area\"[^>]*>'?([^'!<]+)'?!(\$A:\$[A-Z]+)<", book))
    assert {table.sheet for table in USER_TABLES} <= areas.keys()
    assert not HIDDEN_SHEETS & areas.keys()


def test_group_workbook_and_audit_copies_can_be_read(tmp_path: Path, office: Office) -> None:
    if shutil.which("pdftohtml") is None:
        pytest.skip("pdftohtml (poppler) is not installed")
    out = tmp_path / "out"
    CliRunner().invoke(main, ["batch", str(EXAMPLES), "--out", str(out), "--as-of", "2026-11-27"])
    books = [out / "group.xlsx", *out.glob("units/Clinical AI/*audit copy.xlsx")]
    assert len(books) == 2
    for path in books:
        with office.open(path) as book:
            shown = list(sizes(book.pdf(tmp_path / "printed.pdf")))
        assert len(shown) > 500
        assert {e for e in shown if e[1] < LEAST_POINTS - 0.05 and e[2].strip()} == set()
