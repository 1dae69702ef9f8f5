"""A formula in a typed cell is content: what it shows may change after somebody approved it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from office import Office
from workbooks import packed, parts, sheet_parts

from isms_xl.audit_copy.verifying import Verdict, verify
from isms_xl.books.file import FileBook
from isms_xl.checking import check
from isms_xl.cli import main
from isms_xl.document_state import State, state_of
from isms_xl.register import Register
from isms_xl.versions import content_digest

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"


def register_of(path: Path) -> Register:
    return Register(FileBook.open(path).tables())


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


def with_formula(path: Path, sheet: str, cell: str, formula: str) -> None:
    """Put a formula into a typed cell whose value stays what it was."""
    content = parts(path.read_bytes())
    part = sheet_parts(content)[sheet]
    strings = re.findall(rb"<si>.*?</si>", content["xl/sharedStrings.xml"], re.DOTALL)

    def edit(found: re.Match[bytes]) -> bytes:
        text = b"".join(re.findall(rb"<t[^>]*>([^<]*)</t>", strings[int(found[2])]))
        return b'<c r="%b"%b t="str"><f>%b</f><v>%b</v></c>' % (
            cell.encode(),
            found[1],
            formula.encode(),
            text,
        )

    pattern = rb'<c r="%b"((?: s="\d+")?) t="s"><v>(\d+)</v></c>' % cell.encode()
    new, count = re.subn(pattern, edit, content[part])
    assert count == 1
    path.write_bytes(packed({**content, part: new}))


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    path = tmp_path / "register.xlsx"
    path.write_bytes((EXAMPLES / "foundation-models.xlsx").read_bytes())
    assert state_of(register_of(path), DAY).state is State.APPROVED
    return path


@pytest.mark.parametrize(
    ("sheet", "cell"), [("Interested Parties", "F5"), ("Document Control", "B7")]
)
def test_an_approval_covers_no_formula_put_in_later(approved: Path, sheet: str, cell: str) -> None:
    run("audit-copy", approved, "--output", approved.with_name("copy.xlsx"))
    copy = approved.with_name("copy.xlsx").read_bytes()
    before = register_of(approved)
    with_formula(approved, sheet, cell, "IF(TODAY()&gt;46000,&quot;x&quot;,&quot;y&quot;)")
    after = register_of(approved)
    assert [t.columns for t in after.tables] == [t.columns for t in before.tables]
    assert content_digest(after) != content_digest(before)
    assert state_of(after, DAY).state is State.CHANGED
    found = verify(copy, FileBook.open(approved))
    assert found.verdict is Verdict.OTHER
    assert found.calculated == 1
    findings = [f for f in check(after, DAY).findings if f.code == "DAT011"]
    assert [(f.sheet, f.cell) for f in findings] == [(sheet, cell)]


def test_a_stamp_says_how_many_cells_are_calculated(approved: Path) -> None:
    with_formula(approved, "Interested Parties", "F5", "UPPER(&quot;a&quot;)")
    _, told = run("stamp", approved, "--author", "Security Office", "--summary", "Reviewed")
    assert "1 typed cell holds a formula" in told
    after = register_of(approved)
    assert state_of(after, date(2026, 12, 31)).state is State.DRAFT
    rows = [r for r in after.tool_rows("ChangeLog") if r.cells["Field"] == "Why relevant"]
    assert str(rows[-1].cells["After"]).startswith('=UPPER("a") (')


def test_errors_and_own_formulas_are_no_typed_formulas(approved: Path) -> None:
    with_formula(approved, "Interested Parties", "F5", "#REF!")
    assert register_of(approved).calculated == 0
    assert register_of(EXAMPLES / "public-sector.xlsx").calculated == 0


def test_libreoffice_keeps_a_formula_in_a_typed_cell(approved: Path, office: Office) -> None:
    with_formula(approved, "Interested Parties", "F5", "UPPER(&quot;a&quot;)")
    with office.open(approved) as book:
        saved = book.save_as(approved.with_name("saved.xlsx"))
    (texts,) = [list(t.formulas.values()) for t in register_of(saved).tables if t.formulas]
    assert texts == ['UPPER("a")']
