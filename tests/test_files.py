"""Workbooks as files: read whoever wrote them, written back without loss, refused with a sentence."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from foreign import make_foreign_workbook
from openpyxl.worksheet.table import Table
from own_values import changed_parts
from workbooks import (
    ODD,
    PLAIN,
    Layout,
    change,
    entries,
    packed,
    parts,
    parts_of_sheets,
    prefixed,
    sheet_parts,
    write_register,
)

from isms_xl.books.file import FileBook
from isms_xl.cases import base_content
from isms_xl.changes import Changes
from isms_xl.checking import Report, check
from isms_xl.content import STARTERS, starter
from isms_xl.contract import GAP_INDEX, GAPS, TOOL_TABLES
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.register import Register
from isms_xl.template import build_template
from isms_xl.validating import validate

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
INDEX_PARTS = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "docProps/app.xml",
}
Rows = dict[str, list[dict[str, object]]]


def rows() -> Rows:
    """Return the clean register with one fault in it, and no version stamped."""
    content = base_content()
    content["Parties"][1].pop("Owner")
    return content


def found(report: Report) -> list[tuple[str, str, str, str]]:
    return [(f.code, f.sheet, f.record, f.field) for f in report.findings]


def report_of(path: Path) -> Report:
    return check(Register(FileBook.open(path).tables()), DAY)


def unchanged_but_for_tool_sheets(before: bytes, after: bytes) -> list[str]:
    """Return the entries that differ although they are not the tool's."""
    ours = parts_of_sheets(parts(after), [table.sheet for table in TOOL_TABLES]) | INDEX_PARTS
    return changed_parts(before, after, ours)


# --- reading --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str, str]]:
    path = tmp_path_factory.mktemp("t") / "template.xlsx"
    path.write_bytes(build_template(rows(), created=DAY))
    return found(report_of(path))


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(ODD, id="everything odd at once"),
        pytest.param(Layout(shuffle=3), id="columns in another order"),
        pytest.param(Layout(date1904=True), id="dates from 1904"),
        pytest.param(Layout(totals=True), id="totals rows"),
        pytest.param(Layout(blank_rows=2), id="blank rows between"),
    ],
)
def test_register_from_the_contract_alone_reads_like_the_template(
    tmp_path: Path, expected: list[tuple[str, str, str, str]], layout: Layout
) -> None:
    report = report_of(write_register(tmp_path / "r.xlsx", rows(), layout))
    assert sorted(found(report)) == sorted(expected)
    owner = next(f for f in report.findings if f.field == "Owner")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Interested Parties"]
    assert sheet[owner.cell].value is None


def test_rows_under_a_table_are_reported_and_read(tmp_path: Path) -> None:
    content = rows()
    stray = content["Parties"].pop()
    path = write_register(tmp_path / "r.xlsx", content, Layout(under={"Parties": [stray]}))
    report = report_of(path)
    (finding,) = (f for f in report.findings if f.code == "DAT001")
    assert finding.record == "Parties"
    assert "stands directly under the table" in finding.message
    assert str(stray["Party ID"]) in [party.name for party in report.register.parties]


def test_missing_parts_are_reported_once(tmp_path: Path) -> None:
    layout = Layout(without=frozenset({"Pestle", "Parties/Owner"}))
    content = rows()
    for party in content["Parties"]:
        party.pop("Owner", None)
    report = report_of(write_register(tmp_path / "r.xlsx", content, layout))
    assert {(f.code, f.record) for f in report.findings if f.code == "DAT001"} == {
        ("DAT001", "PESTLE"),
        ("DAT001", "Owner"),
    }
    assert not any(f.code.startswith("CTX001") or f.field == "Owner" for f in report.findings)


def test_prefixed_xml_reads_the_same(
    tmp_path: Path, expected: list[tuple[str, str, str, str]]
) -> None:
    path = write_register(tmp_path / "r.xlsx", rows())
    sheets = sheet_parts(parts(path.read_bytes())).values()
    change(path, dict.fromkeys(sheets, prefixed))
    assert sorted(found(report_of(path))) == sorted(expected)


def test_error_cells_are_found_where_calamine_sees_a_blank(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows())
    book = openpyxl.load_workbook(path)
    cell = book["Requirements"]["L2"]
    cell.value, cell.data_type = "#REF!", "e"
    book.save(path)
    (finding,) = (f for f in report_of(path).findings if f.code == "DAT005")
    assert (finding.sheet, finding.cell) == ("Requirements", "L2")
    assert "#REF!" in finding.message


# --- writing back ---------------------------------------------------------------------------------


def test_write_back_creates_the_tool_sheets(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows(), ODD)
    before = path.read_bytes()
    report = validate(path, DAY, write_back=True).report
    assert unchanged_but_for_tool_sheets(before, path.read_bytes()) == []
    book = openpyxl.load_workbook(path)
    assert book[GAP_INDEX.sheet].sheet_state == "hidden"
    sheet = book[GAPS.sheet]
    table = sheet.tables[GAPS.name]
    assert table.ref == f"A1:L{len(report.findings) + 1}"
    for row, finding in zip(sheet.iter_rows(min_row=2), report.findings, strict=True):
        assert [c.value for c in row[1:6]] == [
            finding.severity.value,
            finding.code,
            finding.sheet,
            finding.record,
            finding.field or None,
        ]
        assert row[7].value == finding.message
        if finding.cell:
            assert row[6].hyperlink is not None
            assert row[6].hyperlink.location == f"'{finding.sheet}'!{finding.cell}"
    assert [f for f in found(report_of(path)) if f[0] != "DOC001"] == [
        f for f in found(report) if f[0] != "DOC001"
    ]


def test_first_seen_is_kept_while_a_gap_persists(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows())
    validate(path, DAY, write_back=True)
    book = FileBook.open(path)
    seen = [row.cells["First seen"] for row in Register(book.tables()).tool_rows("Gaps")]
    later = date(2026, 12, 1)
    validate(path, later, write_back=True)
    now = {
        (row.cells["Rule"], row.cells["Record"], row.cells["Field"]): row.cells["First seen"]
        for row in Register(FileBook.open(path).tables()).tool_rows("Gaps")
    }
    assert seen
    assert now["DAT002", base_content()["Parties"][1]["Party ID"], "Owner"] == DAY
    assert set(now.values()) <= {DAY, later}


def test_write_back_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    validate(EXAMPLES / "clinical-ai.xlsx", DAY, output=path)
    once = path.read_bytes()
    validate(path, DAY, write_back=True)
    assert path.read_bytes() == once


@pytest.mark.parametrize("name", ["foundation-models", "clinical-ai", "public-sector", *STARTERS])
def test_user_parts_stay_byte_identical(tmp_path: Path, name: str) -> None:
    path = tmp_path / "r.xlsx"
    if name in STARTERS:
        path.write_bytes(build_template(starter(name), created=DAY))
    else:
        path.write_bytes((EXAMPLES / f"{name}.xlsx").read_bytes())
    before = path.read_bytes()
    validate(path, DAY, write_back=True)
    assert path.read_bytes() != before
    assert unchanged_but_for_tool_sheets(before, path.read_bytes()) == []
    assert list(entries(before)) == list(entries(path.read_bytes()))


@pytest.mark.parametrize("base", [None, "clinical-ai"])
@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_what_libraries_lose_stays_byte_identical(
    tmp_path: Path, base: str | None, suffix: str
) -> None:
    path = tmp_path / f"foreign{suffix}"
    data = None if base is None else (EXAMPLES / f"{base}.xlsx").read_bytes()
    added = make_foreign_workbook(path, data)
    before = path.read_bytes()
    validate(path, DAY, write_back=True)
    assert unchanged_but_for_tool_sheets(before, path.read_bytes()) == []
    assert set(added) <= set(entries(path.read_bytes())) | {"xl/calcChain.xml"}


def gaps_with(path: Path, text: str) -> Path:
    book = FileBook.open(path)
    row = (1, "major", "DAT002", "Parties", text, text, None, text, text, "4.2", None, DAY)
    book.apply(Changes({GAPS.name: [row]}))
    book.save()
    return path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "=1+1"),
        ("+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"),
        ("-2", "-2"),
        ("@SUM(1)", "@SUM(1)"),
        ("a\x07b\x1bc", "abc"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("x" * 40_000, "x" * 32_766 + "…"),
    ],
)
def test_text_stays_text(tmp_path: Path, text: str, shown: str) -> None:
    path = gaps_with(write_register(tmp_path / "r.xlsx", rows()), text)
    cell = openpyxl.load_workbook(path)[GAPS.sheet]["H2"]
    assert (cell.value, cell.data_type) == (shown, "s")


def test_text_that_looks_like_an_escape_is_not_decoded(tmp_path: Path) -> None:
    path = gaps_with(write_register(tmp_path / "r.xlsx", rows()), "_x0041_")
    content = parts(path.read_bytes())
    assert b"_x005F_x0041_" in content[sheet_parts(content)[GAPS.sheet]]


def test_sheet_of_the_users_called_gaps_is_not_touched(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows(), Layout(extra_sheets=("Cover", "Gaps")))
    before = path.read_bytes()
    with pytest.raises(WriteRefusedError, match="not the tool's"):
        validate(path, DAY, write_back=True)
    assert path.read_bytes() == before


def test_signed_workbook_is_only_copied(tmp_path: Path) -> None:
    path = write_register(tmp_path / "r.xlsx", rows())
    change(path, {"_xmlsignatures/origin.sigs": b""})
    before = path.read_bytes()
    with pytest.raises(WriteRefusedError, match="signed"):
        validate(path, DAY, write_back=True)
    validate(path, DAY, output=tmp_path / "copy.xlsx")
    assert path.read_bytes() == before
    assert (tmp_path / "copy.xlsx").exists()


# --- saving ---------------------------------------------------------------------------------------


def refused(path: Path, sentence: str) -> None:
    """A write-back is refused with that sentence; the file is as it was and nothing lies about."""
    before = path.read_bytes()
    others = sorted(p.name for p in path.parent.iterdir())
    with pytest.raises(WriteRefusedError, match=sentence):
        validate(path, DAY, write_back=True)
    assert path.read_bytes() == before
    assert sorted(p.name for p in path.parent.iterdir()) == others


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return write_register(tmp_path / "register.xlsx", rows())


@pytest.mark.parametrize("lock", ["~$register.xlsx", "~$gister.xlsx", ".~lock.register.xlsx#"])
def test_open_workbook_is_refused(register: Path, lock: str) -> None:
    register.with_name(lock).write_bytes(b"")
    refused(register, "is open in Excel")


def test_read_only_workbook_is_refused(register: Path) -> None:
    register.chmod(stat.S_IRUSR)
    refused(register, "marked read-only")


def test_copy_onto_the_register_itself_is_refused(register: Path) -> None:
    before = register.read_bytes()
    (register.parent / "folder").mkdir()
    for same in (register, register.parent / "folder" / ".." / register.name):
        with pytest.raises(WriteRefusedError, match="is the register itself"):
            validate(register, DAY, output=same)
    assert register.read_bytes() == before


@pytest.mark.parametrize("name", ["copy.xlsm", "copy.csv", "copy"])
def test_copy_keeps_the_ending_by_which_excel_opens_it(register: Path, name: str) -> None:
    with pytest.raises(WriteRefusedError, match=r"does not end in \.xlsx"):
        validate(register, DAY, output=register.with_name(name))
    assert not register.with_name(name).exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("~$register.xlsx", "while the workbook beside it is open"),
        ("parties.csv", "a list, not an Excel workbook"),
        ("PARTIES.TSV", "a list, not an Excel workbook"),
    ],
)
def test_file_that_is_no_register_by_its_name(tmp_path: Path, name: str, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"Party ID;Name\n")
    with pytest.raises(UnreadableWorkbookError, match=sentence):
        validate(path, DAY)


@pytest.mark.parametrize(
    ("step", "error", "sentence"),
    [
        ("os.fsync", OSError(errno.ENOSPC, "No space left on device"), "no room left"),
        ("tempfile.mkstemp", PermissionError(errno.EACCES, "Permission denied"), "not permitted"),
        ("tempfile.mkstemp", OSError(errno.EROFS, "Read-only file system"), "not permitted"),
        ("pathlib.Path.replace", PermissionError(errno.EACCES, "in use"), "not permitted"),
        ("pathlib.Path.replace", OSError(errno.EIO, "Input/output error"), "could not be written"),
    ],
)
def test_failed_write_leaves_the_old_file(
    register: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: OSError, sentence: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(step, fail)
    refused(register, sentence)


def test_workbook_changed_meanwhile_is_refused(register: Path) -> None:
    book = FileBook.open(register)
    book.apply(Changes({GAPS.name: []}))
    register.write_bytes(register.read_bytes() + b"\0")
    changed = register.read_bytes()
    with pytest.raises(WriteRefusedError, match="changed by somebody else"):
        book.save()
    assert register.read_bytes() == changed


def test_mode_and_links_are_kept(register: Path) -> None:
    register.chmod(0o640)
    link = register.with_name("link.xlsx")
    link.symlink_to(register)
    validate(link, DAY, write_back=True)
    assert link.is_symlink()
    assert stat.S_IMODE(register.stat().st_mode) == 0o640
    assert GAPS.sheet in openpyxl.load_workbook(register).sheetnames


# --- the command line -----------------------------------------------------------------------------


def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "isms_xl", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


def bomb() -> bytes:
    return packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"\0" * 2**26})


def sparse_giant() -> bytes:
    target = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Interested Parties"
    for cell, value in (("A1", "Party ID"), ("B1", "Name"), ("A2", "IP-001"), ("XFD1048576", 1)):
        sheet[cell] = value
    sheet.add_table(Table(displayName="Parties", ref="A1:B2"))
    book.save(target)
    return target.getvalue()


def entity_bomb() -> bytes:
    content = parts((EXAMPLES / "clinical-ai.xlsx").read_bytes())
    entity = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace(
        b"<workbook", entity + b"<workbook", 1
    )
    return packed(content)


def example() -> bytes:
    return (EXAMPLES / "clinical-ai.xlsx").read_bytes()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BAD: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "text": (lambda: b"Party ID;Name\n", "not an Excel workbook"),
    "html": (lambda: b"<html><table></table></html>", "not an Excel workbook"),
    "zip": (lambda: packed({"a.txt": b"a"}), "not an Office file"),
    "ods": (lambda: packed({"mimetype": b"application/vnd.oasis"}), "not an Office file"),
    "docx": (
        lambda: packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<d/>"}),
        "not an Excel workbook",
    ),
    "encrypted": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "xls": (lambda: OLE + "Workbook".encode("utf-16-le"), "old Excel format"),
    "xlsb": (
        lambda: packed(
            {
                "[Content_Types].xml": b"<Types/>",
                "_rels/.rels": b'<Relationships><Relationship Id="a" '
                b'Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>',
                "xl/workbook.bin": b"",
            }
        ),
        "binary Excel workbook",
    ),
    "truncated": (lambda: example()[:30_000], "damaged"),
    "twice": (lambda: packed([(n, b"") for n in ("[Content_Types].xml", "a", "A")]), "twice"),
    "outside": (lambda: packed({"[Content_Types].xml": b"", "../../evil": b""}), "outside"),
    "bomb": (bomb, "unpacks to far more"),
    "entities": (entity_bomb, "declares entities"),
    "sparse": (sparse_giant, "as far as row"),
    "no table": (lambda: plain_workbook(), "none of the register's tables"),
}


def plain_workbook() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_one_sentence(tmp_path: Path, name: str) -> None:
    make, sentence = BAD[name]
    path = tmp_path / "register.xlsx"
    path.write_bytes(make())
    before = path.read_bytes()
    with pytest.raises(UnreadableWorkbookError) as refusal:
        validate(path, DAY, write_back=True)
    assert sentence in refusal.value.problem
    assert refusal.value.way_out.endswith(".")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["encrypted", "truncated", "no table", "missing", "folder"])
def test_bad_input_is_exit_code_2(tmp_path: Path, name: str) -> None:
    path = tmp_path / "register.xlsx"
    if name == "folder":
        path.mkdir()
    elif name != "missing":
        path.write_bytes(BAD[name][0]())
    done = run("validate", path, "--write-back", "--format", "json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "register.xlsx" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_as_agreed() -> None:
    names = [EXAMPLES / f"{name}.xlsx" for name in ("clinical-ai", "foundation-models")]
    one = run("validate", names[0], "--as-of", "2026-11-24", "--format", "json")
    assert one.returncode == 1
    document = json.loads(one.stdout)
    assert list(document) == [
        *("schema", "file", "organisation", "business_unit", "version", "as_of", "summary"),
        *("findings", "failed_rules", "rebuilt", "state"),
    ]
    assert document["schema"] == 1
    assert document["summary"] == {"major": 9, "minor": 28, "obs": 11, "accepted": 1}
    assert set(document["findings"][0]) == {
        *("code", "severity", "basis", "clause", "sheet", "record", "field", "cell", "message"),
        *("remedy", "accepted"),
    }
    both = run("validate", *names, "--as-of", "2026-11-24", "--format", "json")
    assert [entry["business_unit"] for entry in json.loads(both.stdout)] == [
        "Clinical AI",
        "Foundation Models",
    ]


@pytest.mark.parametrize(
    ("name", "threshold", "code"),
    [
        ("foundation-models", "minor", 0),
        ("foundation-models", "obs", 1),
        ("clinical-ai", "major", 1),
        ("public-sector", "never", 0),
    ],
)
def test_exit_code_follows_the_threshold(name: str, threshold: str, code: int) -> None:
    done = run(
        *("validate", EXAMPLES / f"{name}.xlsx", "--as-of", "2026-11-24", "--fail-on", threshold)
    )
    assert done.returncode == code
    assert "\x1b" not in done.stdout


def test_crashed_rule_is_exit_code_3(tmp_path: Path) -> None:
    script = (
        "import sys, isms_xl.catalogue as c\n"
        "from dataclasses import replace\n"
        "def crash(register, on): raise RuntimeError('a defect')\n"
        "c.rules(); c._REGISTERED['PTY003'] = replace(c._REGISTERED['PTY003'], find=crash)\n"
        "from isms_xl.cli import run\n"
        "run()\n"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-c", script, "validate", str(EXAMPLES / "foundation-models.xlsx")),
            *("--as-of", "2026-11-24", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert json.loads(done.stdout)["failed_rules"] == [
        {"code": "PTY003", "error": "RuntimeError: a defect"}
    ]


def test_new_fills_in_the_control_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    done = run("new", path, "--organisation", "Fennholt AI", "--unit", "=Edge & Co")
    assert done.returncode == 0, done.stderr
    register = Register(FileBook.open(path).tables())
    assert register.field_text("Organisation") == "Fennholt AI"
    assert register.field_text("Business unit") == "=Edge & Co"
    before = path.read_bytes()
    again = run("new", path)
    assert again.returncode == 2
    assert "already exists" in again.stderr
    assert path.read_bytes() == before
    assert run("new", tmp_path / "no" / "folder.xlsx").returncode == 2
    assert run("new", tmp_path / "r.xls").returncode == 2


def test_fresh_register_is_honest_about_being_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    path.write_bytes(build_template(starter("ai-company"), created=DAY))
    report = report_of(path)
    codes = [finding.code for finding in report.findings]
    assert codes.count("REQ008") == len(report.register.requirements)
    assert codes.count("REQ007") == len(report.register["Obligations"])
    assert codes.count("DAT009") == len(report.register["Pestle"])
    assert codes.count("EVD001") == 7
    assert {"PTY005", "PTY006", "REV001", "DOC001", "CTX002", "DAT002"} <= set(codes)
    assert not {"PTY002", "CTX001", "REQ001", "DAT003", "DAT006", "DAT007"} & set(codes)


def test_terminal_never_sees_control_characters(tmp_path: Path) -> None:
    content = rows()
    content["Parties"][0]["Name"] = "Evil\x9b31m [bold]Corp[/bold]"
    content["Parties"][0].pop("Owner")
    path = tmp_path / "r.xlsx"
    write_register(path, content)
    done = run("validate", path, "--as-of", "2026-11-24")
    assert "Evil31m [bold]Corp[/bold]" in done.stdout.replace("\n", " ")
    assert not any(ord(sign) < 32 and sign != "\n" for sign in done.stdout)
    assert "\x9b" not in done.stdout


@pytest.mark.parametrize("code", ["REQ008", "dat001", "DOC004"])
def test_rule_is_explained_with_an_example(code: str) -> None:
    done = run("rules", code)
    assert done.returncode == 0
    assert code.upper() in done.stdout
    assert "Before" in done.stdout
    assert "After" in done.stdout


def test_rules_lists_all_and_unknown_is_said_so() -> None:
    listed = run("rules")
    assert listed.returncode == 0
    assert all(code in listed.stdout for code in ("DAT001", "PTY009", "ACC002"))
    unknown = run("rules", "XYZ999")
    assert unknown.returncode == 2
    assert "There is no rule XYZ999" in unknown.stderr


def test_demo_does_the_main_job(tmp_path: Path) -> None:
    done = run("demo", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "Clinical AI" in done.stdout
    for name in ("clinical-ai", "foundation-models", "public-sector"):
        assert (tmp_path / "out" / f"{name}.xlsx").exists()


def test_stamp_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(example())
    call = ("stamp", path, "--author", "Information Security Manager", "--summary", "Autumn")
    done = run(*call, "--as-of", "2026-11-24")
    assert done.returncode == 0, done.stderr
    assert "Stamped version 2.0" in done.stdout
    assert "3 requirements added" in done.stdout
    assert "nothing changed" in run(*call, "--as-of", "2026-11-24").stdout
    nobody = run("stamp", path, "--author", " ", "--summary", "First issue")
    assert nobody.returncode == 2
    assert "--author is blank" in nobody.stderr
    half = run(*call, "--approved-by", "Board")
    assert half.returncode == 2
