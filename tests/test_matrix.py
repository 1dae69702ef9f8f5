"""The same register gives the same findings, whichever program saved it last.

Each example, and one with its gaps written in, is saved by other programs. What may differ then is
named here with its reason; everything else is the same, the content digest included. Each is written
back to, judged by the Open XML SDK and calculated by LibreOffice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from office import Office, validate_ooxml
from other_writers import WRITERS

from isms_xl.books.file import FileBook
from isms_xl.checking import Report, check
from isms_xl.contract import USER_TABLES
from isms_xl.register import Register
from isms_xl.validating import validate
from isms_xl.versions import content_digest

DAY = date(2026, 11, 27)
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("clinical-ai", "foundation-models", "public-sector", "written back")

WITHOUT_TABLES = {"gnumeric", "SheetJS", "rust_xlsxwriter"}
"""They drop Excel tables: DAT001 says so for each list."""

WITHOUT_HISTORY = {"rust_xlsxwriter"}
"""Only the user's lists are written, so the register has no version any more."""

WITHOUT_ERRORS = {"rust_xlsxwriter"}
"""It writes no Excel errors, so that they become texts."""

_ROW = re.compile(r"\brow \d+")

Found = Counter[tuple[str, str, str, str, str]]


def report_of(path: Path) -> Report:
    return check(Register(FileBook.open(path).tables()), DAY)


def found(report: Report, left_out: set[str]) -> Found:
    return Counter(
        # A list written from scratch begins in another row.
        (f.code, f.sheet, _ROW.sub("row", f.record), f.field, _ROW.sub("row", f.message))
        for f in report.findings
        if not f.code.startswith(tuple(left_out) or ("none",))
    )


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return the registers before other programs save them."""
    folder = tmp_path_factory.mktemp("sources")
    found = {name: EXAMPLES / f"{name}.xlsx" for name in NAMES[:3]}
    found["written back"] = folder / "reviewed.xlsx"
    validate(found["public-sector"], DAY, output=found["written back"])
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("writer", WRITERS)
def test_whoever_saved_it(
    tmp_path: Path, office: Office, sources: Mapping[str, Path], writer: str, name: str
) -> None:
    source, path = sources[name], tmp_path / "saved.xlsx"
    WRITERS[writer](source, path, office)
    original, report = report_of(source), report_of(path)
    left_out = set()
    if writer in WITHOUT_TABLES:
        left_out.add("DAT001")
        assert {f.record for f in report.findings if f.code == "DAT001"} >= {
            table.name for table in USER_TABLES if len(report.register[table.name])
        }
    if writer in WITHOUT_HISTORY:
        left_out |= {"DOC"}
    if writer in WITHOUT_ERRORS:
        left_out |= {"DAT005"}
    assert found(report, left_out) == found(original, left_out)
    assert content_digest(report.register) == content_digest(original.register)

    faults = Counter(validate_ooxml(path))
    validate(path, DAY, write_back=True)
    assert Counter(validate_ooxml(path)) - faults == Counter()
    assert found(report_of(path), left_out) == found(original, left_out)
    with office.open(path) as book:
        shown = {cell.text for row in book.cells("Gaps") for cell in row}
    assert {f.code for f in report.findings} <= shown
