"""The audit copy: what it shows, that nothing is lost or cut, and that it can be verified."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from office import Office, require_office, validate_ooxml
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import change, parts

from isms_xl import __version__
from isms_xl.audit_copy import AuditCopy, build_audit_copy
from isms_xl.audit_copy import properties as copy_properties
from isms_xl.audit_copy.identity import Identity, footer_of, header_of
from isms_xl.audit_copy.verifying import Verdict, verify
from isms_xl.books.file import FileBook
from isms_xl.books.grids import read_values
from isms_xl.books.package import Package
from isms_xl.books.workbook import Workbook
from isms_xl.cases import base_content, tables_of
from isms_xl.checking import Report, check
from isms_xl.cli import main
from isms_xl.content import Content
from isms_xl.digest import copy_digest, sheet_digest, short_form
from isms_xl.document_state import DocumentState, State
from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.heights import LARGEST_LINES, line_ends, lines_of
from isms_xl.printing import as_pdf, find_libreoffice
from isms_xl.reference import annex_a
from isms_xl.register import Register
from isms_xl.template import build_template
from isms_xl.versioning import stamp

DAY = date(2026, 11, 24)
EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = ("foundation-models", "clinical-ai", "public-sector")
LARGEST = "foundation-models"
PAGES = [
    "Cover",
    "Document control",
    "Versions",
    "Register",
    "Power-interest grid",
    "Traceability",
    "Annex A",
    "Obligations",
    "PESTLE",
    "Evidence",
    "Reviews",
    "Gaps",
    "Checklist",
]


@cache
def report_of(name: str) -> Report:
    return check(Register(FileBook.open(EXAMPLES / f"{name}.xlsx").tables()), DAY)


@cache
def copy_of(name: str) -> AuditCopy:
    return build_audit_copy(report_of(name))


def copied(edit: Callable[[Content], None] = lambda content: None) -> tuple[Report, AuditCopy]:
    content = base_content()
    edit(content)
    report = check(Register(tables_of(content)), DAY)
    return report, build_audit_copy(report)


def workbook_of(copy: AuditCopy) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(copy.data))


def rows_of(sheet: Worksheet) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def links_of(sheet: Worksheet) -> dict[str, str]:
    cells = (cell for row in sheet.iter_rows() for cell in row)
    return {str(c.value): str(c.hyperlink.location) for c in cells if c.hyperlink}


def texts_of(sheet: Worksheet, column: int) -> str:
    """Return the text of a column, with what goes on in the rows below put together."""
    return "".join(str(row[column]) for row in rows_of(sheet) if row[column] is not None)


# --- what it shows ------------------------------------------------------------------------------


def test_pages_stand_in_order_and_the_cover_leads_to_them() -> None:
    book = workbook_of(copy_of(LARGEST))
    assert book.sheetnames == PAGES
    assert links_of(book["Cover"]) == {name: f"'{name}'!A1" for name in PAGES[1:]}
    for name in PAGES[1:]:
        assert links_of(book[name]) == {"Back to the cover": "'Cover'!A1"}


def test_cover_says_what_it_is_a_copy_of() -> None:
    copy = copy_of(LARGEST)
    facts = {row[0]: row[1] for row in rows_of(workbook_of(copy)["Cover"])}
    register = report_of(LARGEST).register
    assert facts["Organisation"] == "Fennholt AI"
    assert facts["Document ID"] == register.field_text("Document ID")
    assert facts["Version"] == "2.0"
    assert facts["As of"].date() == DAY
    assert facts["Digest of the register"].endswith(f"\n{copy.identity.digest}")
    assert facts["Digest of this copy"] == f"{short_form(copy.digest)}\n{copy.digest}"


@pytest.mark.parametrize("name", NAMES)
def test_cover_tells_the_outcome_and_never_that_it_conforms(name: str) -> None:
    text = "\n".join(str(row[0]) for row in rows_of(workbook_of(copy_of(name))["Cover"]))
    report = report_of(name)
    for severity, number in report.open_by_severity.items():
        assert not number or f"{number} {severity.word}" in text
    everything = "\n".join(
        str(cell) for sheet in workbook_of(copy_of(name)) for row in rows_of(sheet) for cell in row
    )
    assert not re.search(r"\b(?:conforms|compliant|is certified)\b", everything)


def test_cover_without_findings() -> None:
    report, _ = copied()
    clean = replace(report, findings=())
    text = "\n".join(str(row[0]) for row in rows_of(workbook_of(build_audit_copy(clean))["Cover"]))
    assert "No rule found a departure." in text


def test_each_party_stands_merged_beside_its_requirements() -> None:
    report, sheet = report_of(LARGEST), workbook_of(copy_of(LARGEST))["Register"]
    register = report.register
    shown: dict[str, list[str]] = {}
    party = ""
    for row in rows_of(sheet)[4:]:
        if row[0]:
            party = row[0].split("\n")[0].removesuffix(" (continued)")
        if str(row[1]).startswith("RQ-"):
            shown.setdefault(party, []).append(row[1])
    expected: dict[str, list[str]] = {}
    for one in register.parties:
        for requirement in register.requirements_of.get(one.id, []):
            expected.setdefault(one.text("Name"), []).append(requirement.name)
    assert shown == expected
    merged = [r for r in sheet.merged_cells.ranges if r.min_col == r.max_col == 1]
    assert len(merged) > 20
    assert all(r.min_row < r.max_row for r in merged)


def test_requirements_tell_how_they_are_met() -> None:
    report, copy = copied()
    register = report.register
    rows = {row[1]: row for row in rows_of(workbook_of(copy)["Register"])}
    for requirement in register.requirements:
        told = str(rows[requirement.name][5] or "")
        for link in register.links_of.get(requirement.id, []):
            line = f"{link.text('Link type')}: {link.text('Reference')} ({link.text('Status')})"
            assert line in told.split("\n")


def test_traceability_has_a_row_for_each_link() -> None:
    report, copy = copied()
    register = report.register
    rows = rows_of(workbook_of(copy)["Traceability"])
    shown = [(row[6].split("\n")[0], row[7]) for row in rows[4:] if row[6]]
    expected = [
        (link.text("Reference"), link.text("Status"))
        for requirement in register.requirements
        for link in register.links_of.get(requirement.id, [])
    ]
    assert shown == expected
    states = {row[0]: row[4] for row in rows[4:] if row[0]}
    for requirement in register.requirements:
        if requirement.id not in register.links_of and requirement["Addressed by ISMS"] == "Yes":
            assert states[requirement.name] == "Nothing is linked"


def test_annex_a_lists_every_control_once_with_its_requirements() -> None:
    report, copy = copied(
        lambda content: content["IsmsLinks"].append(
            dict(content["IsmsLinks"][0])
            | {"Link ID": "LK-901", "Link type": "Control", "Reference": "8.34"}
        )
    )
    rows = rows_of(workbook_of(copy)["Annex A"])
    controls = [row for row in rows if str(row[0]).startswith("A.")]
    assert [row[0] for row in controls] == list(annex_a())
    by_number = {row[0]: row for row in controls}
    reference = report.register.links.by_id["LK-901"].many("Requirement ID")[0]
    assert reference in by_number["A.8.34"][5]
    unused = [row for row in controls if row[4] is None]
    assert unused
    assert {row[5] for row in unused} == {"No requirement leads here"}
    assert f"{len(controls) - len(unused)} control" in str(rows[1][0])


def test_controls_outside_annex_a_are_listed_too() -> None:
    def edit(content: Content) -> None:
        link = dict(content["IsmsLinks"][0]) | {"Link type": "Control"}
        content["IsmsLinks"] += [
            link | {"Link ID": "LK-901", "Reference": "ORG: Model release gate"},
            link | {"Link ID": "LK-902", "Reference": "A.18.2.3"},
        ]

    _, copy = copied(edit)
    titles = [row[1] for row in rows_of(workbook_of(copy)["Annex A"])]
    assert {"ORG: Model release gate", "A.18.2.3"} <= set(titles)


def test_evidence_stands_under_its_step_and_empty_steps_say_so() -> None:
    def edit(content: Content) -> None:
        content["EvidenceLog"] = [
            row for row in content["EvidenceLog"] if not str(row["Step"]).startswith("4")
        ]
        content["EvidenceLog"].append(
            dict(content["EvidenceLog"][0]) | {"Evidence ID": "EV-901", "Step": "Lunch"}
        )

    report, copy = copied(edit)
    rows = [row[0] for row in rows_of(workbook_of(copy)["Evidence"]) if row[0]]
    fourth = rows.index("4 Confirm parties")
    assert rows[fourth + 1] == "None recorded."
    assert rows[rows.index("Without a valid step") + 1] == "EV-901"
    assert {r.name for r in report.register["EvidenceLog"]} <= set(rows)


def test_accepted_gaps_tell_reason_approver_and_expiry() -> None:
    rows = rows_of(workbook_of(copy_of(LARGEST))["Gaps"])
    start = next(number for number, row in enumerate(rows) if row[0] == "Accepted gaps")
    listed = {row[2].split("\n")[1]: row for row in rows[start + 2 :] if row[0]}
    accepted = report_of(LARGEST).register["AcceptedGaps"]
    assert len(listed) == len(accepted) > 0
    for record in accepted:
        row = listed[record.name]
        assert row[0] == "In force"
        assert record.text("Reason") in row[3]
        assert record.text("Approved by") in row[4]
        assert row[5].date() == record.date("Expires on")


def test_open_gaps_are_all_listed_in_their_order() -> None:
    rows = rows_of(workbook_of(copy_of("clinical-ai"))["Gaps"])
    shown = [row[3] for row in rows if str(row[0])[:1] in "■▲●"]
    assert shown == [f.message for f in report_of("clinical-ai").findings if f.is_open]


def test_an_empty_register_says_so_on_every_page() -> None:
    empty: Content = {name: [{}] if name == "DocumentControl" else [] for name in base_content()}
    copy = build_audit_copy(check(Register(tables_of(empty)), DAY))
    book = workbook_of(copy)
    for name in ("Versions", "Register", "Power-interest grid", "Traceability", "Obligations"):
        assert "None recorded." in [row[0] for row in rows_of(book[name])], name


def test_sheets_are_protected_without_a_password_and_recommended_for_reading() -> None:
    content = parts(copy_of(LARGEST).data)
    for number in range(1, len(PAGES) + 1):
        xml = content[f"xl/worksheets/sheet{number}.xml"].decode()
        (protection,) = re.findall(r"<sheetProtection[^>]*>", xml)
        assert "password" not in protection
        assert "hashValue" not in protection
    assert b'readOnlyRecommended="1"' in content["xl/workbook.xml"]


# --- nothing is lost ------------------------------------------------------------------------------

ODD_TEXTS = (
    '=HYPERLINK("http://example.test","x")',
    "+1+cmd|'/C calc'!A0",
    "<r>not markup</r>",
    "  leading and trailing  ",
    "הדרישות של הרשות להגנת הפרטיות",
    "数据主体要求在三十天内删除其个人数据。",
    "_x0041_ stays as typed",
    "internal:'Cover'!A1",
    "{=1+1}",
)


def test_odd_texts_survive_as_text() -> None:
    def edit(content: Content) -> None:
        like = dict(content["Requirements"][0])
        content["Requirements"] += [
            like | {"Requirement ID": f"RQ-{901 + at}", "Requirement": text}
            for at, text in enumerate(ODD_TEXTS)
        ]

    _, copy = copied(edit)
    rows = {row[1]: row for row in rows_of(workbook_of(copy)["Register"])}
    for at, text in enumerate(ODD_TEXTS):
        assert str(rows[f"RQ-{901 + at}"][2]).strip() == text.strip()
    for name, part in parts(copy.data).items():
        if "/worksheets/sheet" in name:
            assert b"<f>" not in part
        if name.endswith(".rels"):
            assert b"External" not in part


def test_text_longer_than_a_cell_goes_on_below() -> None:
    text = " ".join(f"word{number}" for number in range(9_000))
    assert len(text) > 2 * 32_767

    def edit(content: Content) -> None:
        content["Requirements"][0]["Requirement"] = text

    _, copy = copied(edit)
    sheet = workbook_of(copy)["Register"]
    assert text in texts_of(sheet, 2)
    for number in range(5, sheet.max_row + 1):
        assert (sheet.row_dimensions[number].height or 15) <= 409.5


def test_signs_that_count_twice_fit_their_cells() -> None:
    text = "\U0001f512" * 20_000

    def edit(content: Content) -> None:
        content["Requirements"][0]["Requirement"] = text
        content["Requirements"][0]["Notes"] = text

    _, copy = copied(edit)
    assert text in texts_of(workbook_of(copy)["Register"], 2)
    content = base_content()
    edit(content)
    book = openpyxl.load_workbook(io.BytesIO(build_template(content, created=DAY)))
    held = book["Requirements"]["C5"].value
    assert isinstance(held, str)
    assert held == f"{text[: len(held) - 1]}…"
    assert len(held) * 2 - 1 <= 32_767


def test_a_thousand_requirements_of_one_party_say_whose_they_are_on_every_page() -> None:
    def edit(content: Content) -> None:
        like = dict(content["Requirements"][0])
        content["Requirements"] += [
            like | {"Requirement ID": f"RQ-{1_000 + n}", "Requirement": f"Requirement {n}"}
            for n in range(1_000)
        ]

    report, copy = copied(edit)
    sheet = workbook_of(copy)["Register"]
    shown = {row[1] for row in rows_of(sheet)}
    assert {r.name for r in report.register.requirements} <= shown
    breaks = [item.id for item in sheet.row_breaks.brk]
    assert len(breaks) > 20
    for row in breaks:
        assert sheet.cell(row + 1, 1).value, f"page that begins with row {row + 1}"
    scale = (sheet.page_setup.scale or 100) / 100
    for start, stop in zip([4, *breaks], [*breaks, sheet.max_row], strict=True):
        heights = [sheet.row_dimensions[row].height or 15 for row in range(start + 1, stop + 1)]
        assert sum(heights) * scale <= {9: 487, 8: 734}[int(sheet.page_setup.paperSize or 9)]


def test_what_belongs_nowhere_is_still_shown() -> None:
    def edit(content: Content) -> None:
        content["Requirements"][0]["Party ID"] = "IP-777"
        content["IsmsLinks"][0]["Requirement ID"] = "RQ-777"

    report, copy = copied(edit)
    book = workbook_of(copy)
    register = rows_of(book["Register"])
    at = next(number for number, row in enumerate(register) if row[0] == "No party of the register")
    assert register[at][1] == report.register.requirements.records[0].name
    traced = [row for row in rows_of(book["Traceability"]) if row[0] == "RQ-777"]
    assert [row[6].split("\n")[0] for row in traced] == [
        report.register.links.records[0].text("Reference")
    ]


@given(st.text(max_size=3_000), st.floats(3, 90))
def test_lines_of_a_text_put_together_are_the_text(text: str, width: float) -> None:
    ends = line_ends(text, width)
    starts = [0, *ends[:-1]]
    assert "".join(text[a:b] for a, b in zip(starts, ends, strict=True)) == text
    assert lines_of(text, width) >= text.count("\n") + 1


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=9_000), st.integers(8, 60))
def test_pieces_fit_the_tallest_row(text: str, width: int) -> None:
    ends = line_ends(text, width)
    for at in range(0, len(ends), LARGEST_LINES):
        start = ends[at - 1] if at else 0
        stop = ends[min(at + LARGEST_LINES, len(ends)) - 1]
        assert text[start:stop].rstrip("\n").count("\n") < LARGEST_LINES


# --- the same bytes, and digests ------------------------------------------------------------------


def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    data = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.xlsx"
        source = str(EXAMPLES / f"{LARGEST}.xlsx")
        command = [sys.executable, "-m", "isms_xl", "audit-copy", source, "--as-of", "2026-11-24"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([*command, "--output", str(target)], check=True, env=environment)
        data.append(target.read_bytes())
    assert data[0] == data[1] == copy_of(LARGEST).data


@pytest.mark.parametrize("name", NAMES)
def test_digest_follows_from_the_cells_in_the_file(name: str) -> None:
    copy = copy_of(name)
    found = verify(copy.data, FileBook.open(EXAMPLES / f"{name}.xlsx"))
    assert found.verdict is Verdict.SAME
    assert found.properties.copy_digest == copy.digest


def test_another_day_is_another_copy() -> None:
    other = build_audit_copy(replace(report_of(LARGEST), as_of=date(2026, 11, 25)))
    assert other.digest != copy_of(LARGEST).digest
    assert other.identity.digest == copy_of(LARGEST).identity.digest


@given(st.text(), st.text(), st.text())
def test_headers_and_footers_obey_nothing_a_register_says(
    organisation: str, document: str, classification: str
) -> None:
    identity = Identity(
        organisation,
        f"{organisation} & more",
        document,
        classification,
        DocumentState(State.CHANGED, "1.0", "Board", "2026-01-01", 3, "0" * 64),
        DAY,
    )
    for line in (header_of(identity), footer_of(identity, "f" * 64)):
        assert len(line) <= 255
        codes = re.findall(r"&(10|.)", line.replace("&&", ""), re.DOTALL)
        assert set(codes) <= {"L", "C", "R", "10", "P", "N"}
        assert not re.search(r"&10\d", line)


# --- verify -------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.xlsx"
    path.write_bytes(build_template(base_content(), created=DAY))
    stamp(path, on=DAY, author="Information Security Manager", summary="First version")
    return path


@pytest.fixture
def audit_copy(register: Path) -> Path:
    path = register.with_name("copy.xlsx")
    path.write_bytes(build_audit_copy(check(Register(FileBook.open(register).tables()), DAY)).data)
    return path


def edited(path: Path, sheet: str, cell: str, value: str) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def cell_of(path: Path, sheet: str, text: str) -> str:
    for row in openpyxl.load_workbook(path)[sheet].iter_rows():
        for cell in row:
            if cell.value == text:
                return str(cell.coordinate)
    raise AssertionError(f"{text} is not on {sheet}")


def test_a_copy_saved_by_another_program_still_belongs(
    register: Path, audit_copy: Path, office: Office, tmp_path: Path
) -> None:
    with office.open(audit_copy) as document:
        saved = document.save_as(tmp_path / "saved.xlsx")
    assert saved.read_bytes() != audit_copy.read_bytes()
    assert verify(saved.read_bytes(), FileBook.open(register)).verdict is Verdict.SAME
    openpyxl.load_workbook(audit_copy).save(audit_copy)
    assert verify(audit_copy.read_bytes(), FileBook.open(register)).verdict is Verdict.SAME


def test_a_changed_copy_is_named_by_its_sheet(register: Path, audit_copy: Path) -> None:
    edited(audit_copy, "Traceability", "H6", "Verified, really")
    found = verify(audit_copy.read_bytes(), FileBook.open(register))
    assert found.verdict is Verdict.OTHER
    assert found.changed_sheets == ("Traceability",)
    assert found.same_content
    assert found.differences is not None
    (difference,) = found.differences
    assert difference.sheet == "Traceability"
    assert "Verified, really" in difference.copy_only[0]


def test_an_added_sheet_or_digest_is_seen(register: Path, audit_copy: Path) -> None:
    cell = cell_of(audit_copy, "Cover", "Organisation").replace("A", "B")
    edited(audit_copy, "Cover", cell, "Another organisation")
    assert verify(audit_copy.read_bytes(), FileBook.open(register)).changed_sheets == ("Cover",)
    book = openpyxl.load_workbook(audit_copy)
    book.create_sheet("Extra")["A1"] = "Approved"
    book.save(audit_copy)
    assert not verify(audit_copy.read_bytes(), FileBook.open(register)).is_intact


def test_a_forged_copy_with_digests_of_its_own_is_found(register: Path, audit_copy: Path) -> None:
    edited(audit_copy, "Traceability", "H6", "Verified, really")
    package = Package(audit_copy.read_bytes())
    before = copy_properties.read_properties(package)
    assert before is not None
    lines = {
        name: [f"{r}\t{c}\t{v}" for r, row in enumerate(rows) for c, v in enumerate(row) if v != ""]
        for name, rows in read_values(Workbook(package))
    }
    digests = {name: sheet_digest(cells) for name, cells in lines.items()}
    short = "".join(digest[:16] for digest in digests.values())

    def forge(xml: str) -> str:
        xml = xml.replace(before.copy_digest, copy_digest(digests))
        return xml.replace("".join(before.sheet_digests), short)

    change(audit_copy, {"docProps/custom.xml": forge})
    found = verify(audit_copy.read_bytes(), FileBook.open(register))
    assert found.same_content
    assert found.verdict is Verdict.OTHER
    assert [d.sheet for d in found.differences or ()] == ["Traceability"]


def test_a_changed_register_is_named_by_what_differs(register: Path, audit_copy: Path) -> None:
    party = Register(FileBook.open(register).tables()).parties.records[0]
    edited(register, party.sheet, party.cell("Name"), "Renamed party")
    found = verify(audit_copy.read_bytes(), FileBook.open(register))
    assert found.verdict is Verdict.OTHER
    assert found.is_intact
    assert not found.same_content
    assert found.recorded_as == "1.0"
    by_sheet = {d.sheet: d for d in found.differences or ()}
    assert any("Renamed party" in row for row in by_sheet["Register"].register_only)
    assert any(party.text("Name") in row for row in by_sheet["Register"].copy_only)


def test_an_approval_entered_later_is_told(register: Path, audit_copy: Path) -> None:
    (row,) = Register(FileBook.open(register).tables()).tool_rows("Versions")
    edited(register, "Versions", row.cell("Approved by"), "Head of Compliance")
    found = verify(audit_copy.read_bytes(), FileBook.open(register))
    assert found.same_content
    assert {d.sheet for d in found.differences or ()} >= {"Versions"}
    assert found.verdict is Verdict.SAME_CONTENT
    done = CliRunner().invoke(main, ["verify", str(audit_copy), str(register)])
    assert done.exit_code == 0
    assert "They belong together: the content is the same." in done.output


def test_a_copy_of_another_release_is_compared_by_its_digests(
    register: Path, audit_copy: Path
) -> None:
    change(audit_copy, {"docProps/custom.xml": lambda xml: xml.replace(__version__, "9.9.9")})
    found = verify(audit_copy.read_bytes(), FileBook.open(register))
    assert found.differences is None
    assert found.verdict is Verdict.SAME


@pytest.mark.parametrize("swap", [False, True])
def test_what_is_no_audit_copy_is_refused(register: Path, audit_copy: Path, swap: bool) -> None:
    first, second = (register, audit_copy) if swap else (register, register)
    with pytest.raises(UnreadableWorkbookError, match=r"audit copy first|none of the register"):
        verify(first.read_bytes(), FileBook.open(second))


# --- the commands ---------------------------------------------------------------------------------


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_commands_print_the_digests_and_answer(register: Path) -> None:
    code, said = run("audit-copy", register, "--as-of", "2026-11-24")
    copy = register.with_name("register-audit-copy-1.0-draft.xlsx")
    assert code == 0
    found = verify(copy.read_bytes(), FileBook.open(register))
    assert short_form(found.properties.copy_digest) in said
    assert short_form(found.properties.register_digest) in said
    code, said = run("verify", copy, register)
    assert (code, said.splitlines()[0]) == (0, "They belong together.")
    code, said = run("verify", copy, EXAMPLES / "public-sector.xlsx")
    assert code == 1
    assert "do not belong together" in said
    assert "only the copy has" in said


def test_only_an_earlier_audit_copy_is_replaced(register: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.xlsx"
    shutil.copy(register, target)
    before = target.read_bytes()
    with pytest.raises(WriteRefusedError, match="is no audit copy"):
        main(["audit-copy", str(register), "--output", str(target)], standalone_mode=False)
    assert target.read_bytes() == before
    target.unlink()
    for day in ("2026-11-24", "2026-11-25"):
        code, _ = run("audit-copy", register, "--output", target, "--as-of", day, "--overwrite")
        assert code == 0
    properties = copy_properties.read_properties(Package(target.read_bytes()))
    assert properties is not None
    assert properties.as_of == date(2026, 11, 25)


def test_another_ending_is_refused(register: Path, tmp_path: Path) -> None:
    with pytest.raises(WriteRefusedError, match=r"ends in \.xlsx"):
        main(
            ["audit-copy", str(register), "--output", str(tmp_path / "copy.pdf")],
            standalone_mode=False,
        )


def test_without_libreoffice_the_workbook_is_written_and_the_way_told(
    register: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isms_xl.printing.find_libreoffice", lambda: None)
    with pytest.raises(WriteRefusedError, match=r"LibreOffice.*not installed.*Excel"):
        main(["audit-copy", str(register), "--pdf"], standalone_mode=False)
    assert register.with_name("register-audit-copy-1.0-draft.xlsx").exists()


# --- as it prints -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require_office("soffice")
    assert find_libreoffice()
    path = tmp_path_factory.mktemp("printed") / "copy.pdf"
    path.write_bytes(as_pdf(copy_of(LARGEST).data))
    return path


def pdf_text(pdf: Path, *options: str) -> str:
    command = ["pdftotext", *options, str(pdf), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_page_is_numbered_and_holds_something(printed: Path) -> None:
    pages = pdf_text(printed, "-layout").split("\f")[:-1]
    copy = copy_of(LARGEST)
    for number, page in enumerate(pages, start=1):
        lines = [line for line in page.splitlines() if line.strip()]
        assert f"Page {number} of {len(pages)}" in page
        assert copy.identity.document in page
        assert short_form(copy.digest) in page
        assert len(lines) > 5, f"page {number} is empty"
        assert "###" not in page


def letters(cells: Iterable[object]) -> str:
    """Return the letters of some cells in an order that line breaks do not change."""
    return "".join(sorted("".join("".join(str(cell).split()) for cell in cells if cell)))


def test_no_row_of_the_register_is_cut(printed: Path) -> None:
    """Between the tops of two rows stand all letters of the row above, and no others."""
    rows = rows_of(workbook_of(copy_of(LARGEST))["Register"])
    wanted = {row[1]: letters(row[1:]) for row in rows if str(row[1]).startswith("RQ-")}
    found: dict[str, str] = {}
    for page in re.findall(r"<page.*?</page>", pdf_text(printed, "-bbox"), re.DOTALL):
        tree = fromstring(page)
        words = [
            (float(word.get("yMin", 0)), float(word.get("xMin", 0)), (word.text or "").strip())
            for word in tree
        ]
        heading: dict[str, float] = {}
        for _, x, text in sorted(words):
            heading.setdefault(text, x)
        if not {"No.", "Need", "Type", "Addressed"} <= heading.keys():
            continue
        left = heading["No."] - 3
        starts = sorted(
            (y, text)
            for y, x, text in words
            if (text in wanted and abs(x - heading["No."]) < 3)
            or (text == "No" and abs(x - heading["Need"]) < 3)  # No requirement recorded.
        )
        ends = [y for y, _ in starts[1:]] + [float(tree.get("height", 0)) - 54]
        for (top, name), bottom in zip(starts, ends, strict=True):
            found[name] = letters(t for y, x, t in words if x > left and top - 2 <= y < bottom - 2)
    found.pop("No")
    assert found == wanted


@pytest.mark.parametrize("name", NAMES)
def test_copies_satisfy_the_open_xml_sdk(name: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.xlsx"
    path.write_bytes(copy_of(name).data)
    assert validate_ooxml(path) == []


def test_an_odd_copy_satisfies_the_open_xml_sdk_and_opens(office: Office, tmp_path: Path) -> None:
    def edit(content: Content) -> None:
        like = dict(content["Requirements"][0])
        content["Requirements"] += [
            like | {"Requirement ID": f"RQ-{901 + at}", "Requirement": text * 40}
            for at, text in enumerate(ODD_TEXTS)
        ]
        content["Parties"][0]["Name"] = "A & B <Ltd> \x07 'quoted' \"twice\""

    _, copy = copied(edit)
    path = tmp_path / "copy.xlsx"
    path.write_bytes(copy.data)
    assert validate_ooxml(path) == []
    with office.open(path) as document:
        shown = {cell.text for row in document.cells("Register") for cell in row}
    assert "RQ-901" in shown
    assert any(text.startswith("=HYPERLINK") for text in shown)
