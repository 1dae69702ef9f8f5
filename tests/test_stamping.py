"""Versions: computed summaries, the change log, and a history that shows when it was touched."""

from __future__ import annotations

import base64
import dataclasses
import io
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from isms_xl.books.file import FileBook
from isms_xl.cases import base_content, tables_of
from isms_xl.changes import Changes
from isms_xl.checking import check
from isms_xl.content import Content
from isms_xl.errors import ContractError
from isms_xl.register import Register
from isms_xl.stamping import Stamp, kept_lines, kept_part, next_stamp
from isms_xl.template import build_template
from isms_xl.versioning import stamp
from isms_xl.versions import canonical_form, content_digest, history

DAY = date(2026, 11, 24)


def written(path: Path, change: Callable[[Content], None] = lambda content: None) -> Path:
    content = base_content()
    change(content)
    path.write_bytes(build_template(content, created=DAY))
    return path


def stamped(path: Path, on: date = DAY, summary: str = "Update", **more: Any) -> Stamp | None:
    return stamp(path, on=on, author="Information Security Manager", summary=summary, **more)


def edited(path: Path, *cells: tuple[str, str, Any]) -> None:
    """Edit cells the way the tool itself never would, and put the kept content back in.

    openpyxl drops custom XML parts; Excel and LibreOffice keep them.
    """
    kept = FileBook.open(path).tables().kept
    workbook = openpyxl.load_workbook(path)
    for sheet, cell, value in cells:
        workbook[sheet][cell] = value
    workbook.save(path)
    if kept:
        book = FileBook.open(path)
        book.apply(Changes({}, kept=kept))
        book.save()


def register_of(path: Path) -> Register:
    return Register(FileBook.open(path).tables())


def codes(path: Path, on: date = DAY) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in check(register_of(path), on).findings:
        if finding.code.startswith("DOC"):
            found.setdefault(finding.code, []).append(finding.record)
    return found


def versions_sheet(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path)["Versions"]
    return [row for row in sheet.iter_rows(min_row=5, values_only=True) if row[0]]


def cell_of(path: Path, table: str, record: str, heading: str) -> str:
    return register_of(path)[table].by_id[record].cell(heading)


def test_first_version(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    made = stamped(path, approved_by="Chief Executive Officer", approved_on=DAY)
    assert made is not None
    assert made.version == "1.0"
    assert made.summary == "Update. First version."
    assert codes(path) == {}
    (row,) = versions_sheet(path)
    register = register_of(path)
    assert row[6:9] == (len(register.parties), len(register.requirements), len(register.links))
    assert row[11] == content_digest(register)


def test_unchanged_content_adds_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    before = path.read_bytes()
    assert stamped(path, summary="Nothing new") is None
    assert path.read_bytes() == before


def test_changed_field_raises_the_minor_number(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    record = register_of(path).parties.records[0]
    edited(path, (record.sheet, record.cell("Notes"), "Seen at the fair"))
    assert codes(path)["DOC004"] == ["Register"]
    made = stamped(path, summary="Notes added")
    assert made is not None
    assert made.version == "1.1"
    assert made.summary == f"Notes added. 1 party changed ({record.name})."
    assert [(d.record, d.field, d.before, d.after) for d in made.differences or ()] == [
        (record.name, "Notes", "", "Seen at the fair")
    ]
    log = list(openpyxl.load_workbook(path)["Change Log"].iter_rows(min_row=5, values_only=True))
    assert log == [("1.1", record.sheet, record.name, "Notes", None, "Seen at the fair")]
    assert "DOC004" not in codes(path)


def test_decision_raises_the_major_number(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    record = register_of(path).requirements.records[-1]
    edited(path, (record.sheet, record.cell("Addressed by ISMS"), "No"))
    made = stamped(path)
    assert made is not None
    assert made.version == "2.0"


def test_added_and_removed_records_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    kept = FileBook.open(path).tables().kept

    def change(content: Content) -> None:
        content["Requirements"].append(
            content["Requirements"][0] | {"Requirement ID": "RQ-900", "Requirement": "A new one"}
        )
        content["IsmsLinks"].pop()

    other = FileBook.open(written(tmp_path / "other.xlsx", change)).tables()
    first = FileBook.open(path).tables()
    tables = dataclasses.replace(
        other, grids={**other.grids, "Versions": first.grids["Versions"]}, kept=kept
    )
    made = next_stamp(tables, on=DAY, author="A", summary="")
    assert made is not None
    assert made.version == "2.0"
    gone = base_content()["IsmsLinks"][-1]["Link ID"]
    assert made.summary == f"1 requirement added (RQ-900) and 1 link removed ({gone})."


@pytest.mark.parametrize(("bump", "expected"), [("major", "2.0"), ("minor", "1.1")])
def test_bump_decides_when_given(tmp_path: Path, bump: str, expected: str) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    record = register_of(path).parties.records[0]
    edited(path, (record.sheet, record.cell("Notes"), "x y z"))
    made = stamped(path, bump=bump)
    assert made is not None
    assert made.version == expected


def test_content_that_was_not_kept_is_said_so(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    workbook = openpyxl.load_workbook(path)  # drops custom XML parts
    cell = cell_of(path, "Parties", register_of(path).parties.records[0].id, "Notes")
    workbook["Interested Parties"][cell] = "changed"
    workbook.save(path)
    made = stamped(path)
    assert made is not None
    assert made.differences is None
    assert "cannot be computed" in made.summary


def test_saving_without_edits_is_no_change(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    openpyxl.load_workbook(path).save(path)
    assert "DOC004" not in codes(path)
    assert stamped(path) is None


def history_of_three(path: Path) -> Path:
    written(path)
    for number in range(3):
        if number:
            record = register_of(path).parties.records[0]
            edited(path, (record.sheet, record.cell("Notes"), f"note number {number}"))
        stamped(path, summary=f"Stamp {number}")
    return path


def test_untouched_history_is_in_order(tmp_path: Path) -> None:
    path = history_of_three(tmp_path / "r.xlsx")
    assert [version.name for version in history(register_of(path))] == ["1.0", "1.1", "1.2"]
    assert set(codes(path)) == {"DOC002"}


@pytest.mark.parametrize("column", ["A", "B", "C", "D", "G", "H", "I", "J", "K", "L", "M"])
def test_edited_row_is_named(tmp_path: Path, column: str) -> None:
    path = history_of_three(tmp_path / "r.xlsx")
    value: object = {"A": "1.05", "B": date(2026, 11, 23)}.get(
        column, 7 if column in "GHIJK" else "x"
    )
    edited(path, ("Versions", f"{column}6", value))
    assert codes(path)["DOC005"] == ["1.05" if column == "A" else "1.1"]


def test_approval_by_hand_is_no_tampering(tmp_path: Path) -> None:
    path = history_of_three(tmp_path / "r.xlsx")
    edited(path, ("Versions", "E7", "Board"), ("Versions", "F7", DAY))
    assert codes(path) == {}


def test_deleted_and_reordered_rows_are_found(tmp_path: Path) -> None:
    path = history_of_three(tmp_path / "r.xlsx")
    rows = versions_sheet(path)

    def rewrite(target: Path, order: list[int]) -> Path:
        target.write_bytes(path.read_bytes())
        places = range(5, 8)
        new = [rows[n] for n in order] + [(None,) * len(rows[0])] * (3 - len(order))
        cells = [
            ("Versions", f"{get_column_letter(c)}{at}", value)
            for at, row in zip(places, new, strict=True)
            for c, value in enumerate(row, start=1)
        ]
        edited(target, *cells)
        return target

    assert codes(rewrite(tmp_path / "deleted.xlsx", [0, 2]))["DOC005"] == ["1.2"]
    swapped = codes(rewrite(tmp_path / "swapped.xlsx", [1, 0, 2]))
    assert swapped["DOC005"] == ["1.1"]
    assert swapped["DOC003"] == ["1.0"]


def test_earlier_date_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "r.xlsx")
    stamped(path)
    record = register_of(path).parties.records[0]
    edited(path, (record.sheet, record.cell("Notes"), "x y z"))
    with pytest.raises(ContractError, match="2026-11-24"):
        stamped(path, on=date(2026, 11, 23))


def test_kept_content_is_checked_against_its_digest(tmp_path: Path) -> None:
    register = register_of(written(tmp_path / "r.xlsx"))
    part = kept_part(register, "1.0")
    digest = content_digest(register)
    assert kept_lines(part, digest) == list(canonical_form(register))
    assert kept_lines(part, "0" * 64) is None
    assert kept_lines(b"", digest) is None
    assert kept_lines(part.replace(b"</content>", b"!</content>"), digest) is None
    assert kept_lines(b"<content>" + b"A" * 40 + b"</content>", digest) is None


def test_bomb_in_the_kept_content_is_not_unpacked() -> None:
    bomb = io.BytesIO()
    packer = zlib.compressobj(9)
    for _ in range(300):
        bomb.write(packer.compress(b"\0" * 2**20))
    bomb.write(packer.flush())
    part = (
        b'<content xmlns="urn:isms-xl:content:1">'
        + base64.b64encode(bomb.getvalue())
        + b"</content>"
    )
    assert kept_lines(part, "0" * 64) is None


def test_a_register_without_a_single_field_has_a_digest() -> None:
    empty: Content = {name: [{}] if name == "DocumentControl" else [] for name in base_content()}
    filled = base_content()
    digests = {content_digest(Register(tables_of(content))) for content in (empty, filled)}
    assert len(digests) == 2
