"""Every output takes every text at the full length that Excel allows, and many texts together."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from isms_xl.cases import base_content
from isms_xl.changes import LONGEST_TEXT, cut
from isms_xl.cli import main
from isms_xl.content import Content
from isms_xl.contract import USER_TABLES, Kind
from isms_xl.template import build_template

DAY = date(2026, 11, 24)
LONGEST = "wordy " * (LONGEST_TEXT // 6) + "w" * (LONGEST_TEXT % 6)


def run(*arguments: object) -> str:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output + repr(done.exception)
    return done.output


def with_longest(table: str) -> Content:
    content = copy.deepcopy(base_content())
    for row in content[table]:
        for column in next(t for t in USER_TABLES if t.name == table).typed_columns:
            if column.kind is Kind.TEXT:
                row[column.heading] = LONGEST
    return content


def with_many_links() -> Content:
    content = copy.deepcopy(base_content())
    first = content["IsmsLinks"][0]
    content["IsmsLinks"] = [
        {
            **first,
            "Link ID": f"LK-{number:04}",
            "Evidence": f"Report {number} " + "of the year " * 9,
        }
        for number in range(1, 2_501)
    ]
    return content


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registers")
    for table in USER_TABLES:
        path = folder / f"{table.name}.xlsx"
        path.write_bytes(build_template(with_longest(table.name), created=DAY))
    (folder / "many-links.xlsx").write_bytes(build_template(with_many_links(), created=DAY))
    return folder


NAMES = [*(table.name for table in USER_TABLES), "many-links"]


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_shows_every_text_or_says_how_much_more_there_is(
    registers: Path, tmp_path: Path, name: str
) -> None:
    path = registers / f"{name}.xlsx"
    target = tmp_path / "copy.xlsx"
    run("audit-copy", path, "--output", target, "--as-of", DAY)
    book = openpyxl.load_workbook(target, read_only=True)
    texts = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str)
    ]
    assert max(map(len, texts)) <= LONGEST_TEXT
    whole = "".join(texts)
    if name == "many-links":
        assert all(f"Report {number} of the year" in whole for number in (1, 1_250, 2_500))


def test_a_batch_takes_them_all(registers: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = run("batch", registers, "--out", out, "--as-of", DAY)
    assert "could not" not in told
    assert len(list(out.glob("units/*/* reviewed.xlsx"))) == len(NAMES)
    assert (out / "group.xlsx").exists()


def test_a_written_back_register_holds_them(registers: Path, tmp_path: Path) -> None:
    for name in NAMES:
        run("validate", registers / f"{name}.xlsx", "--output", tmp_path / f"{name}.xlsx")


def test_what_is_cut_says_how_much() -> None:
    assert cut("short") == "short"
    text = cut("x" * 50_000)
    assert len(text) <= LONGEST_TEXT
    kept, _, said = text.partition("…")
    assert said == f" {50_000 - len(kept):,} more characters, see the register"
    assert cut("abc " * 500, 100).endswith("more characters, see the register")
    assert len(cut("😀" * 40_000).encode("utf-16-le")) <= 2 * LONGEST_TEXT


def test_a_line_break_in_the_business_unit_breaks_no_line(tmp_path: Path) -> None:
    content = copy.deepcopy(base_content())
    content["DocumentControl"][0]["Business unit"] = "Research\nand\r\nDevelopment"
    path = tmp_path / "register.xlsx"
    path.write_bytes(build_template(content, created=DAY))
    for arguments in (("validate", path), ("validate", path, "--format", "text")):
        first = run(*arguments).splitlines()[0]
        assert "Research and Development" in first
