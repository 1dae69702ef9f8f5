"""The group workbook says what the group says, and lets nothing of a register become live."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from office import ANSWER_SECONDS, Office, require_office, validate_ooxml
from workbooks import change, elements, parts

from isms_xl.books.file import FileBook
from isms_xl.cases import group_cases
from isms_xl.checking import FailedRule, check
from isms_xl.contract import PARTIES
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.finding import Basis, Finding, Severity
from isms_xl.group import (
    Counts,
    DueKind,
    Failure,
    FailureKind,
    Group,
    Skipped,
    UnitControl,
    UnitDate,
    UnitDetails,
    UnitObligation,
    UnitParty,
    UnitRequirement,
    UnitResult,
)
from isms_xl.group_book import book as group_book
from isms_xl.group_book import build_group_workbook, gap_page, read_previous
from isms_xl.group_book.book import link_target
from isms_xl.group_book.summary import MOST_UNITS
from isms_xl.group_checking import check_group
from isms_xl.group_facts import unit_result
from isms_xl.reference import annex_a
from isms_xl.register import Register

AS_OF = date(2026, 11, 24)
NOTHING = Counts()
EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.xlsx"))
HOSTILE = (
    '=HYPERLINK("http://example.org","x")',
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "{=1}",
    "http://example.org/a",
    "mailto:somebody@example.org",
    "internal:Gaps!A1",
    "external:c:\\temp\\x.xlsx",
    "file:///etc/passwd",
    "<r>x</r>",
    "&<>\"'",
    "a\x00b\ufffec",
    "x" * 40_000,
    "2026-01-01",
    "1e5",
)


@cache
def examples() -> tuple[UnitResult, ...]:
    return tuple(
        replace(
            unit_result(
                check(Register(FileBook.open(path).tables()), AS_OF),
                source=f"in/{path.name}",
                digest="",
            ),
            reviewed_copy=f"units/{path.stem}/{path.stem} reviewed.xlsx",
        )
        for path in EXAMPLES
    )


@cache
def example_group() -> Group:
    return check_group(
        Group(
            AS_OF,
            examples(),
            (Failure("in/x.xlsx", FailureKind.UNREADABLE, "The file is empty.", "Ask again."),),
            (Skipped("in/~$y.xlsx", "Excel keeps this file."),),
            ("Robotics",),
        )
    )


@cache
def example_book() -> bytes:
    return build_group_workbook(example_group())


def plain(name: str, counts: Counts = NOTHING, **details: Any) -> UnitResult:
    """Return a unit in which nothing is but what is given."""
    base = next(iter(group_cases()["GRP001"])).group().units[0]
    return replace(
        base,
        source=f"in/{name}.xlsx",
        business_unit=name,
        document_id=f"ID {name}",
        counts=counts,
        packed=UnitDetails(**details).packed(),
    )


def party(record: str, name: str, **said: Any) -> UnitParty:
    values: dict[str, Any] = {
        "kind": "Clients",
        "side": "External",
        "relevant": "Yes",
        "power": 3,
        "interest": 3,
        "engagement": "Monitor",
        "requirements": 0,
        "critical": 0,
        "priority": "",
        "owner": "",
        "last_reviewed": None,
    }
    return UnitParty(record=record, name=name, **(values | said))


def finding(record: str = "IP-001", **said: Any) -> Finding:
    values: dict[str, Any] = {
        "code": "PTY002",
        "severity": Severity.MINOR,
        "basis": Basis.STANDARD,
        "clause": "4.2 a)",
        "sheet": PARTIES.sheet,
        "field": "Name",
        "cell": "B5",
        "message": "Something is so.",
        "remedy": "Change it.",
    }
    return Finding(record=record, **(values | said))


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def under(sheet: Any, heading: str, *others: str) -> Iterator[dict[str, Any]]:
    """Yield the rows under the headings that begin with these, until the first one is blank."""
    rows = list(sheet.iter_rows(values_only=True))
    head = next(
        n for n, row in enumerate(rows) if row[0] == heading and all(o in row for o in others)
    )
    for row in rows[head + 1 :]:
        if row[0] is None:
            return
        yield dict(zip(rows[head], row, strict=True))


def texts(book: Any) -> set[str]:
    return {
        cell
        for sheet in book
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str)
    }


# --- numbers ----------------------------------------------------------------------------------


def test_units_carry_the_numbers_of_the_group() -> None:
    rows = {row["Unit"]: row for row in under(opened(example_book())["Units"], "Unit")}
    assert set(rows) == {unit.name for unit in examples()}
    for unit in examples():
        row, counts = rows[unit.name], unit.counts
        assert [row[h] for h in ("Major", "Minor", "Obs.", "Accepted")] == [
            counts.major,
            counts.minor,
            counts.obs,
            counts.accepted,
        ]
        assert (row["Parties"], row["Requirements"]) == (unit.parties, unit.requirements)
        for state in unit.checklist:
            shown = next(v for h, v in row.items() if h and h.startswith(state.line))
            heaviest = next((s for s in Severity if state.counts.of(s)), None)
            wanted = f"{heaviest.mark} {state.counts.of(heaviest)}" if heaviest else "○ none"
            assert shown.startswith(wanted)


def test_heaviest_unit_comes_first() -> None:
    units = tuple(
        plain(name, counts)
        for name, counts in (
            ("Quiet", Counts()),
            ("One major", Counts(1, 0, 0)),
            ("Many minor", Counts(0, 90, 9)),
            ("One major, one minor", Counts(1, 1, 0)),
            ("Observed", Counts(0, 0, 7)),
        )
    )
    book = opened(build_group_workbook(Group(AS_OF, units)))
    names = ["One major, one minor", "One major", "Many minor", "Observed", "Quiet"]
    for sheet in ("Summary", "Units"):
        assert [row["Unit"] for row in under(book[sheet], "Unit", "Major")][:5] == names
    said = " ".join(texts(book))
    assert "Of 5 units, 2 have major gaps, 2 have minor gaps and 2 have observations." in said
    assert "In 1 no rule found a departure that is not accepted." in said


@pytest.mark.parametrize("word", ["conforms", "compliant", "certified"])
def test_summary_never_says_that_a_group_conforms(word: str) -> None:
    for group in (example_group(), Group(AS_OF, (plain("Quiet"),)), Group(AS_OF, ())):
        summary = opened(build_group_workbook(group))["Summary"]
        said = [str(cell.value).lower() for row in summary for cell in row if cell.value]
        assert not [text for text in said if word in text]
        assert any("for people to audit" in text for text in said)


def test_every_gap_stands_in_one_table() -> None:
    sheet = opened(example_book())["Gaps"]
    table = sheet.tables["AllGaps"]
    first, last = table.ref.split(":")
    assert table.autoFilter.ref == table.ref
    assert sheet.freeze_panes == f"B{int(first[1:]) + 1}"
    shown = [tuple(cell.value for cell in row) for row in sheet[f"A{int(first[1:]) + 1}:{last}"]]
    marks = {severity: f"{severity.mark} {severity.word}" for severity in Severity}
    expected = [
        (
            unit.name,
            marks[one.severity],
            one.code,
            one.sheet,
            one.record,
            one.field or None,
            one.message,
            one.remedy,
            one.clause,
            one.accepted or None,
        )
        for unit in examples()
        for one in unit.details.findings
    ]
    assert sorted(map(str, expected)) == sorted(str(row[:10]) for row in shown)
    counts = example_group().counts
    assert len(shown) == counts.open + counts.accepted
    owners = {p.record: p.owner for u in examples() for p in u.details.parties if p.owner}
    assert any(row[3] == PARTIES.sheet and row[10] in owners.values() for row in shown)


def test_gaps_lead_to_their_place_in_the_reviewed_copy() -> None:
    sheet = opened(example_book())["Gaps"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    links = [cell.hyperlink for cell in cells if cell.hyperlink.target]
    targets = {unquote(link.target.replace("\\", "/")) for link in links}
    assert targets == {unit.reviewed_copy for unit in examples() if unit.counts.open}
    places = {link.location for link in links}
    found = {f"'{f.sheet}'!{f.cell}" for u in examples() for f in u.details.findings if f.cell}
    assert places - {None} <= found
    assert len(places) > 50


def test_more_gaps_than_a_sheet_takes_go_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gap_page, "LARGEST_SHEET", 20)
    units = tuple(
        plain(f"U{n}", Counts(0, 15, 0), findings=tuple(finding(f"IP-{n}-{m}") for m in range(15)))
        for n in range(3)
    )
    book = opened(build_group_workbook(Group(AS_OF, units)))
    pages = [name for name in book.sheetnames if name.startswith("Gaps")]
    records = [row["Record"] for name in pages for row in under(book[name], "Unit")]
    assert len(pages) > 2
    assert records == [f"IP-{n}-{m}" for n in range(3) for m in range(15)]
    assert all(book[name].max_row <= 20 and len(book[name].tables) == 1 for name in pages)


def test_links_end_where_excel_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_book, "MOST_LINKS", 4)
    monkeypatch.setattr(gap_page, "MOST_LINKS", 4)
    unit = plain("U", Counts(0, 9, 0), findings=tuple(finding(f"IP-{n}") for n in range(9)))
    unit = replace(unit, reviewed_copy="units/U/u reviewed.xlsx")
    book = opened(build_group_workbook(Group(AS_OF, (unit,))))
    shown = [row["Reviewed copy"] for row in under(book["Gaps"], "Unit")]
    assert shown == ["Open"] * 4 + [unit.reviewed_copy] * 5
    assert any("Excel takes 4 links on a sheet" in text for text in texts(book))


def test_group_without_a_register_is_a_workbook() -> None:
    failure = Failure("in/x.xlsx", FailureKind.CRASHED, "It ended.", "Report it.")
    book = opened(build_group_workbook(Group(AS_OF, (), (failure,))))
    assert "No register was read." in texts(book)
    assert next(under(book["Files"], "File", "Why"))["What could not be done"] == "It ended."


# --- side by side -----------------------------------------------------------------------------


def parties_group(count: int) -> Group:
    """Return units that see one party differently, and spell another one differently."""
    return check_group(
        Group(
            AS_OF,
            tuple(
                plain(
                    f"Unit {n:02}",
                    parties=(
                        party("IP-001", "Norvane Bank", power=5 if n == 1 else 2),
                        party("IP-002", "Harbor Insurance" if n else "Harbour Insurance"),
                        party("IP-003", f"Own party {'abcdefghijklmn'[n]}"),
                    ),
                )
                for n in range(count)
            ),
        )
    )


def test_parties_stand_side_by_side() -> None:
    sheet = opened(build_group_workbook(parties_group(3)))["Parties"]
    rows = {row["Interested party"]: row for row in under(sheet, "Interested party")}
    assert rows["Norvane Bank"]["Where the units differ"] == "Power"
    assert "≠ Power 5" in rows["Norvane Bank"]["Unit 01"]
    assert "≠" not in rows["Norvane Bank"]["Unit 00"]
    assert rows["Own party b"]["Unit 00"] is None
    one, other = "Harbor Insurance", "Harbour Insurance"
    assert abs(list(rows).index(one) - list(rows).index(other)) == 1
    assert f"“{other}” (GRP004)" in rows[one]["Where the units differ"]
    assert f"“{one}” (GRP004)" in rows[other]["Where the units differ"]
    assert rows[one]["Unit 00"] is None  # not merged


def test_parties_of_many_units_stand_one_below_the_other() -> None:
    group = parties_group(12)
    sheet = opened(build_group_workbook(group))["Parties"]
    rows = list(under(sheet, "Interested party"))
    expected = [(p.name, u.name) for u in group.units for p in u.details.parties]
    assert sorted((r["Interested party"], r["Unit"]) for r in rows) == sorted(expected)
    bank = {r["Unit"]: r["Power"] for r in rows if r["Interested party"] == "Norvane Bank"}
    assert bank.pop("Unit 01") == "≠ 5"
    assert set(bank.values()) == {2}
    spelt = [r["Interested party"] for r in rows if r["Interested party"].startswith("Harbo")]
    at = [n for n, r in enumerate(rows) if r["Interested party"].startswith("Harbo")]
    assert len(spelt) == 12
    assert at == list(range(at[0], at[0] + 12))


def test_requirements_are_counted() -> None:
    rows = list(under(opened(example_book())["Requirements"], "Unit", "Linked"))
    assert len(rows) == len(examples())
    for unit in examples():
        row = next(row for row in rows if row["Unit"] == unit.name)
        found = unit.details.requirements
        assert row["Requirements"] == len(found)
        assert row["Addressed"] == sum(r.addressed == "Yes" for r in found)
        assert row["Not addressed"] == sum(r.addressed == "No" for r in found)
        assert row["Undecided"] == sum(not r.addressed for r in found)
        assert row["Linked"] == sum(bool(r.links) for r in found)
        assert row["Implemented"] == sum(r.status in ("Implemented", "Verified") for r in found)
        assert row["Verified"] == sum(r.status == "Verified" for r in found)
        legal = [r for r in found if r.kind == "Legal"]
        if legal:
            yes = sum(r.addressed == "Yes" for r in legal)
            linked = sum(bool(r.links) for r in legal)
            verified = sum(r.status == "Verified" for r in legal)
            assert row["Legal"] == f"{yes} · {linked} · {verified} of {len(legal)}"


def test_controls_are_counted() -> None:
    rows = {row["Control"]: row for row in under(opened(example_book())["Controls"], "Control")}
    assert list(annex_a()) == list(rows)[: len(annex_a())]
    uses = {(u.name, c.control): c for u in examples() for c in u.details.controls}
    for control, row in rows.items():
        of = [use for (_, number), use in uses.items() if number == control]
        assert (row["Units"] or 0) == len(of)
        assert (row["Requirements"] or 0) == sum(use.requirements for use in of)
        for status in ("Planned", "Implemented", "Verified"):
            assert (row[status] or 0) == sum(use.status == status for use in of)
    assert {control for _, control in uses} <= set(rows)
    for (unit, control), use in uses.items():
        assert rows[control][unit] == f"{use.requirements} {use.status.lower() or 'no status'}"


def test_controls_of_many_units_are_a_matrix_by_unit() -> None:
    own = UnitControl("ORG:X", 1, "")
    units = tuple(
        plain(
            f"U{n:02}",
            controls=(UnitControl("A.5.1", n + 1, "Verified"), own),
        )
        for n in range(12)
    )
    book = opened(build_group_workbook(Group(AS_OF, units)))
    rows = {row["Unit"]: row for row in under(book["Controls by unit"], "Unit")}
    assert rows["U04"]["A.5.1"] == "5 V"
    assert rows["U04"]["A.8.34"] is None
    assert rows["U04"]["Own controls"] == 1
    total = next(row for row in under(book["Controls"], "Control") if row["Control"] == "A.5.1")
    assert (total["Units"], total["Requirements"]) == (12, sum(range(1, 13)))
    assert total["Which units"] == "U00, U01, U02, U03 and 8 more"


def obligation(
    applies: str, requirements: int = 0, citation: str = "Act 7, s. 1"
) -> UnitObligation:
    return UnitObligation("OB-001", "Act on Models", citation, "UK", applies, None, requirements)


@pytest.mark.parametrize("count", [3, 12])
def test_contradicting_obligations_are_marked(count: int) -> None:
    agreed = obligation("Yes", citation="Other act")
    units = tuple(
        plain(f"U{n:02}", obligations=(obligation("No" if n == 1 else "Yes", n), agreed))
        for n in range(count)
    )
    sheet = opened(build_group_workbook(check_group(Group(AS_OF, units))))["Obligations"]
    rows = list(under(sheet, "Obligation"))
    if count == 3:
        row = next(row for row in rows if row["Citation"] == "Act 7, s. 1")
        assert [row[f"U{n:02}"] for n in range(3)] == [
            "≠ Yes",
            "≠ No, 1 requirement",
            "≠ Yes, 2 requirements",
        ]
        agreed_row = next(row for row in rows if row["Citation"] == "Other act")
        assert {agreed_row[f"U{n:02}"] for n in range(3)} == {"Yes"}
    else:
        said = {(row["Unit"], row["Citation"]): row["Applies"] for row in rows}
        assert said["U01", "Act 7, s. 1"] == "≠ No"
        assert said["U02", "Act 7, s. 1"] == "≠ Yes"
        assert said["U01", "Other act"] == "Yes"


def test_what_is_due_stands_in_its_order() -> None:
    def due(days: int) -> UnitDate:
        day = AS_OF + timedelta(days=days)
        return UnitDate(DueKind.REVIEW, day, f"R{days}", f"in {days}", "Role", "Reviews", "G5")

    units = (
        plain("A", dates=(due(-400), due(0), due(90), due(91))),
        plain("B", dates=(due(-1), due(7))),
        plain("C"),
    )
    sheet = opened(build_group_workbook(Group(AS_OF, units)))["Reviews due"]
    rows = list(under(sheet, "Due"))
    assert [row["Subject"] for row in rows] == ["in -400", "in -1", "in 0", "in 7", "in 90"]
    assert [row["State"] for row in rows] == [
        "■ 400 days overdue",
        "■ 1 day overdue",
        "▲ today",
        "in 7 days",
        "in 90 days",
    ]
    names = [row[2] for row in sheet.iter_rows(values_only=True)]
    assert names[-1] == "C"  # which names no next review


def test_group_findings_and_files_are_told() -> None:
    group = replace(example_group(), failed_rules=(FailedRule("GRP002", "ZeroDivisionError: x"),))
    book = opened(build_group_workbook(group))
    rows = list(under(book["Group findings"], "Severity"))
    assert [row["Finding"] for row in rows] == [f.finding.message for f in group.findings]
    assert [row["Unit"] for row in rows] == [f.unit for f in group.findings]
    said = texts(book)
    assert {"in/x.xlsx", "The file is empty.", "Ask again.", "in/~$y.xlsx"} <= said
    assert "GRP002: ZeroDivisionError: x" in said


# --- many units -------------------------------------------------------------------------------


def crowd(count: int) -> Group:
    return Group(
        AS_OF,
        tuple(
            plain(
                f"Unit {n:03}",
                Counts(n % 7, n % 5, 1, 0),
                findings=tuple(finding(f"IP-{m}") for m in range(n % 7 + n % 5 + 1)),
                parties=(party("IP-001", "Norvane Bank"), party("IP-002", f"Party {n}")),
                requirements=(
                    UnitRequirement(
                        "RQ-001",
                        "Text",
                        "Legal",
                        ("IP-001",),
                        "Yes",
                        "",
                        (),
                        1,
                        "Verified",
                        "",
                        None,
                    ),
                ),
                obligations=(obligation("Yes"),),
            )
            for n in range(count)
        ),
    )


def test_many_units_go_below_each_other_and_the_worst_on_the_summary() -> None:
    book = opened(build_group_workbook(crowd(300)))
    assert len(list(under(book["Units"], "Unit"))) == 300
    worst = [
        row for row in under(book["Summary"], "Unit", "Major") if isinstance(row["Major"], int)
    ]
    assert len(worst) == MOST_UNITS
    assert {row["Major"] for row in worst} == {6}
    assert "All 300 units stand on the sheet Units." in texts(book)
    assert book["Summary"].sheet_properties.pageSetUpPr.fitToPage
    assert all(sheet.max_column < 120 for sheet in book)


def test_summary_prints_on_one_page(tmp_path: Path) -> None:
    require_office("soffice")
    units = tuple(
        replace(plain(f"Unit {n}", Counts(n, n, n)), organisation=f"Organisation {n}")
        for n in range(MOST_UNITS + 3)
    )
    earlier = read_previous(build_group_workbook(Group(date(2026, 8, 1), units)))
    failures = tuple(
        Failure(f"in/{n}.xlsx", FailureKind.UNREADABLE, "Empty.", "Ask.") for n in range(3)
    )
    path = tmp_path / "group.xlsx"
    path.write_bytes(build_group_workbook(Group(AS_OF, units, failures), previous=earlier))
    with Office() as office, office.open(path) as book:
        pdf = book.pdf(tmp_path / "group.pdf")
    pages = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"],
        capture_output=True,
        text=True,
        check=True,
        timeout=ANSWER_SECONDS,
    ).stdout.split("\f")
    assert "for people to audit" in pages[0]
    assert "All 17 units stand on the sheet Units." in pages[0]
    assert "All units" in pages[1]


# --- nothing of a register becomes live -------------------------------------------------------


def hostile_group() -> Group:
    units = []
    for number, text in enumerate(HOSTILE):
        unit = plain(
            f"U{number}",
            Counts(1, 0, 0, 0),
            findings=(
                finding(text, message=text, remedy=text, field=text, sheet=text, accepted=text),
                finding("IP-001", cell=text),
            ),
            parties=(party(text, text, owner=text, kind=text, engagement=text),),
            controls=(UnitControl(f"ORG:{text}", 1, ""),),
            obligations=(UnitObligation(text, text, text, text, text, None, 1),),
            dates=(UnitDate(DueKind.REVIEW, AS_OF, text, text, text, text, text),),
        )
        units.append(
            replace(
                unit,
                source=f"{text}\udc80",  # a name that is no valid text
                business_unit=text,
                organisation=text,
                document_id=text,
                version=text,
                classification=text,
                reviewed_copy=f"units/{number}/copy.xlsx",
            )
        )
    failures = tuple(Failure(t, FailureKind.DEFECT, t, t) for t in HOSTILE)
    skipped = tuple(Skipped(t, t) for t in HOSTILE)
    return check_group(Group(AS_OF, tuple(units), failures, skipped, HOSTILE))


def external_targets(data: bytes) -> list[str]:
    return [
        entry.get("Target", "")
        for name, xml in parts(data).items()
        if name.endswith(".rels")
        for entry in elements(xml, "Relationship")
        if entry.get("TargetMode") == "External"
    ]


@pytest.mark.parametrize("few", [True, False], ids=["side by side", "one below the other"])
def test_nothing_from_a_register_becomes_a_formula_or_a_link(few: bool, tmp_path: Path) -> None:
    group = hostile_group()
    group = check_group(replace(group, units=group.units[:7])) if few else group
    path = tmp_path / "group.xlsx"
    path.write_bytes(build_group_workbook(group))
    content = parts(path.read_bytes())
    sheets = [xml for name, xml in content.items() if name.startswith("xl/worksheets/sheet")]
    assert not any(elements(xml, "f") for xml in sheets)
    own = {f"units/{number}/copy.xlsx" for number in range(len(HOSTILE))}
    assert {target.replace("\\", "/") for target in external_targets(path.read_bytes())} <= own
    names = set(opened(path.read_bytes()).sheetnames)
    for xml in sheets:
        for link in elements(xml, "hyperlink"):
            if not any(key.endswith("}id") for key, _ in link.items()):
                assert link.get("location", "").rpartition("!")[0].strip("'") in names
            else:
                assert link.get("location", "") in ("", f"'{PARTIES.sheet}'!B5")
    assert '=HYPERLINK("http://example.org","x")' in texts(opened(path.read_bytes()))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "../x.xlsx",
        "units/../../x.xlsx",
        "/etc/x.xlsx",
        "C:/x.xlsx",
        "c:x.xlsx",
        "\\\\server\\x.xlsx",
        "units\\x.xlsx",
        "http://example.org/x.xlsx",
        "javascript:alert(1)",
        "//server/x.xlsx",
        "~/x.xlsx",
        "units/a\nb.xlsx",
        f"units/{'a' * 2000}.xlsx",
    ],
)
def test_path_that_may_lead_elsewhere_is_no_link(path: str) -> None:
    assert link_target(path) == ""
    unit = replace(plain("U"), reviewed_copy=path, audit_copy=path)
    assert external_targets(build_group_workbook(Group(AS_OF, (unit,)))) == []


@pytest.mark.parametrize(
    "name", ["A&B", "50%", "A%41", "No #1", "a [b] {c} ^`", "Größe «1»", "x'y", "a;b=c, d"]
)
def test_link_leads_to_the_file_whatever_it_is_called(name: str) -> None:
    path = f"units/{name}/{name} reviewed.xlsx"
    unit = replace(plain("U"), reviewed_copy=path)
    (target,) = external_targets(build_group_workbook(Group(AS_OF, (unit,))))
    assert unquote(target.replace("\\", "/")) == path


def test_place_of_a_link_is_one_of_a_register() -> None:
    assert link_target("u/a.xlsx", (PARTIES.sheet, "B5")).endswith(f"#'{PARTIES.sheet}'!B5")
    for place in (("Elsewhere", "B5"), (PARTIES.sheet, "B5!x"), (PARTIES.sheet, ""), ("", "B5")):
        assert "#" not in link_target("u/a.xlsx", place)


def test_same_group_gives_the_same_bytes() -> None:
    previous = read_previous(example_book())
    one, other = (build_group_workbook(example_group(), previous=previous) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    "group", [example_group, hostile_group, lambda: crowd(60), lambda: Group(AS_OF, ())]
)
def test_workbook_is_valid(group: Any, tmp_path: Path) -> None:
    require_office("ooxml-validator")
    path = tmp_path / "group.xlsx"
    path.write_bytes(build_group_workbook(group(), previous=read_previous(example_book())))
    assert validate_ooxml(path) == []


# --- trend ------------------------------------------------------------------------------------


def earlier(counts: Sequence[tuple[str, Counts]], day: date = date(2026, 8, 24)) -> bytes:
    return build_group_workbook(Group(day, tuple(plain(name, c) for name, c in counts)))


def test_numbers_are_read_back() -> None:
    previous = read_previous(example_book())
    assert previous.as_of == AS_OF
    assert {unit.label: unit.counts for unit in previous.units} == {
        unit.name: unit.counts for unit in examples()
    }
    assert {unit.document for unit in previous.units} == {u.document_id for u in examples()}
    (total,) = previous.totals
    assert (total.units, total.counts) == (3, example_group().counts)


def test_trend_compares_units_then_and_now() -> None:
    before = read_previous(
        earlier(
            [
                ("Same", Counts(2, 3, 4, 1)),
                ("Gone", Counts(5, 0, 0)),
                ("Old name", Counts(1, 1, 1)),
            ]
        )
    )
    units = (
        plain("SAME", Counts(0, 3, 6, 1)),
        plain("New", Counts(1, 0, 0)),
        replace(plain("Renamed", Counts(1, 0, 1)), document_id="ID Old name"),
    )
    book = opened(build_group_workbook(Group(AS_OF, units), previous=before))
    rows = {row["Unit"]: row for row in under(book["Trend"], "Unit")}
    heads = [f"{n} {w}" for n in ("Major", "Minor", "Obs.") for w in ("before", "now", "change")]
    assert [rows["SAME"][h] for h in heads] == [2, 0, "−2", 3, 3, "0", 4, 6, "+2"]
    assert rows["SAME"]["Open change"] == "0"
    assert [rows["Renamed"][h] for h in heads] == [1, 1, "0", 1, 0, "−1", 1, 1, "0"]
    assert rows["Renamed"]["Remark"] == "Was called Old name"
    assert [rows["New"][h] for h in heads[:3]] == [None, 1, "–"]
    assert [rows["Gone"][h] for h in heads[:3]] == [5, None, "–"]
    summary = {row["Unit"]: row for row in under(book["Summary"], "Unit", "Before")}
    assert (summary["SAME"]["Before"], summary["SAME"]["Change"]) == (9, "0")
    assert (summary["Renamed"]["Before"], summary["Renamed"]["Change"]) == (3, "−1")
    assert (summary["New"]["Before"], summary["New"]["Change"]) == ("new", "–")
    sentence = (
        "Since 2026-08-24, in the 2 units read then and now: major 3 → 1, minor 4 → 3, "
        "observations 5 → 7; 1 new; 1 of then not read now."
    )
    assert sentence in texts(book)


def test_days_are_handed_on_from_workbook_to_workbook() -> None:
    data, days = b"", [date(2026, 2, 1), date(2026, 5, 1), date(2026, 8, 1)]
    for number, day in enumerate(days):
        group = Group(day, (plain("A", Counts(number, 0, 0)), plain("B", Counts(1, number, 0))))
        data = build_group_workbook(group, previous=read_previous(data) if data else None)
    totals = read_previous(data).totals
    assert [(t.as_of, t.counts.major, t.counts.minor) for t in totals] == [
        (days[0], 1, 0),
        (days[1], 2, 1),
        (days[2], 3, 2),
    ]
    charts = [xml for name, xml in parts(data).items() if name.startswith("xl/charts/chart")]
    assert len(charts) == 3


def test_units_of_one_name_are_told_apart_by_their_files() -> None:
    twins = tuple(
        replace(plain("Twin", Counts(n, 0, 0)), source=f"in/{n}.xlsx", document_id="")
        for n in (1, 2)
    )
    data = build_group_workbook(Group(AS_OF, twins))
    assert {unit.label: unit.counts.major for unit in read_previous(data).units} == {
        "Twin (in/1.xlsx)": 1,
        "Twin (in/2.xlsx)": 2,
    }
    book = opened(build_group_workbook(Group(AS_OF, twins), previous=read_previous(data)))
    assert all(row["Open change"] == "0" for row in under(book["Trend"], "Unit"))


def test_other_files_are_refused(tmp_path: Path) -> None:
    def damaged(pattern: str, text: str) -> bytes:
        path = tmp_path / "group.xlsx"
        path.write_bytes(example_book())
        return change(path, {pattern: text}).read_bytes()

    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "a")
    for data in (
        b"",
        b"no workbook",
        EXAMPLES[0].read_bytes(),
        example_book()[:2000],
        zipped.getvalue(),
        damaged("docProps/custom.xml", "<!DOCTYPE a><a/>"),
    ):
        with pytest.raises(UnreadableWorkbookError) as told:
            read_previous(data)
        assert told.value.problem.endswith(".")
        assert told.value.way_out.endswith(".")
    with pytest.raises(UnreadableWorkbookError, match="no group workbook"):
        read_previous(EXAMPLES[0].read_bytes())


def test_changed_numbers_are_refused() -> None:
    book = opened(example_book())
    sheet = book["Units"]
    head = next(row for row in sheet.iter_rows() if row[0].value == "Unit")
    column = next(cell.column for cell in head if cell.value == "Major")
    sheet.cell(head[0].row + 1, column).value = "many"
    saved = io.BytesIO()
    book.save(saved)
    with pytest.raises(UnreadableWorkbookError, match="something else than numbers"):
        read_previous(saved.getvalue())
    sheet.cell(head[0].row, column).value = "Renamed"
    saved = io.BytesIO()
    book.save(saved)
    with pytest.raises(UnreadableWorkbookError, match="no table with Unit"):
        read_previous(saved.getvalue())
