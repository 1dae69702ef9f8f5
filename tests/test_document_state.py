"""No output claims an approval for content that nobody approved."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from test_stamping import edited

from isms_xl.cli import main

DAY, LATER = date(2026, 11, 24), date(2026, 11, 27)
APPROVER = "Chief Information Security Officer"


def run(*arguments: object, on: date = DAY) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*map(str, arguments), "--as-of", on.isoformat()])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, " ".join(done.output.split())


def stamp(path: Path, *more: object, on: date = DAY) -> None:
    run("stamp", path, "--author", "Security Office", "--summary", "Reviewed", *more, on=on)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.xlsx"
    done = CliRunner().invoke(main, ["new", str(path), "--organisation", "Acme", "--unit", "R&D"])
    assert done.exit_code == 0
    return path


def copied(path: Path, on: date = DAY) -> tuple[Path, int, str, str, str]:
    """Return the copy, the exit code, and what cover and page heads say of version and approval."""
    before = set(path.parent.iterdir())
    code, _ = run("audit-copy", path, on=on)
    (copy,) = set(path.parent.iterdir()) - before
    book = openpyxl.load_workbook(copy)
    cover = {
        row[0]: str(row[1]) for row in book.worksheets[0].iter_rows(values_only=True) if row[0]
    }
    heads = [sheet.oddHeader for sheet in book.worksheets]
    (head,) = {h.center.text or "" for h in heads if h is not None}
    return copy, code, cover["Version"], cover["Approved"], head


def state(path: Path, on: date = DAY) -> str:
    done = CliRunner().invoke(
        main, ["validate", str(path), "--format", "json", "--as-of", on.isoformat()]
    )
    return str(json.loads(done.output)["state"])


def test_each_state_is_said_as_it_is(register: Path) -> None:
    copy, code, version, approved, head = copied(register)
    assert copy.name == "register-audit-copy-unversioned.xlsx"
    assert (code, version, head) == (0, "not stamped yet", "DRAFT")
    assert approved == "no: no version was stamped yet"
    assert state(register) == "unversioned"

    stamp(register)
    copy, code, version, approved, head = copied(register)
    assert copy.name == "register-audit-copy-1.0-draft.xlsx"
    assert (code, version, head) == (0, "1.0 (draft)", "DRAFT")
    assert approved == "no: version 1.0 is a draft until somebody approves it"
    assert state(register) == "draft"

    edited(register, ("Document Control", "B5", "Acme Group"))
    stamp(register, "--approved-by", APPROVER, "--approved-on", DAY)
    copy, code, version, approved, head = copied(register)
    name = copy.name.removeprefix("register-audit-copy-").removesuffix(".xlsx")
    assert (code, version, head) == (0, name, "")
    assert approved == f"{APPROVER}, 2026-11-24"
    assert state(register) == "approved"

    edited(register, ("Document Control", "B5", "Acme Holding"))
    copy, code, version, approved, head = copied(register, LATER)
    assert copy.name == f"register-audit-copy-{name}-changed.xlsx"
    assert (code, version, head) == (0, f"{name}, changed since", "DRAFT")
    assert approved == f"no. Content changed since the approved version {name} (1 change)"
    assert state(register, LATER) == "changed since"

    edited(register, ("Versions", "D5", "Nothing happened"))
    copy, code, version, approved, head = copied(register, LATER)
    assert copy.name == f"register-audit-copy-{name}-history-altered.xlsx"
    assert (code, version, head) == (
        1,
        f"{name}, history altered",
        "DRAFT - HISTORY ALTERED",
    )
    assert approved.startswith("no. The history of versions was altered")
    assert state(register, LATER) == "history altered"


def test_an_approval_on_a_day_to_come_does_not_count_yet(register: Path) -> None:
    stamp(register, "--approved-by", APPROVER, "--approved-on", DAY)
    edited(register, ("Versions", "F5", LATER))
    assert state(register, DAY) == "draft"
    assert state(register, LATER) == "approved"


def test_an_approval_without_its_day_or_its_role_counts_for_nothing(register: Path) -> None:
    stamp(register, "--approved-by", APPROVER, "--approved-on", DAY)
    edited(register, ("Versions", "F5", None))
    assert state(register) == "draft"
    edited(register, ("Versions", "F5", DAY), ("Versions", "E5", None))
    assert state(register) == "draft"


def test_head_office_sees_the_state_of_each_unit(register: Path, tmp_path: Path) -> None:
    stamp(register)
    out = tmp_path / "out"
    _, told = run("batch", register, "--out", out)
    assert "1.0 (draft)" in told
    rows = openpyxl.load_workbook(out / "group.xlsx")["Units"].iter_rows(values_only=True)
    assert any("1.0 (draft)" in row for row in rows)
