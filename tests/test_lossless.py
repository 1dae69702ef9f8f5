"""Writing back to workbooks that others made loses nothing, in any folder of them.

    ISMS_XL_WORKBOOKS=/some/folder pytest tests/test_lossless.py -s

Each workbook below that folder gets a minimal register by surgery on its parts, then the gaps are
written back; every other part must stay byte by byte what it was, but for the values of the tool's own
formulas. With ISMS_XL_WORKBOOKS_OFFICE=1
both are opened in LibreOffice too, and every sheet that is not the tool's is compared as it shows.
With the Open XML SDK validator installed, each is judged before and after. A table says what became
of each.
Without a folder, workbooks made here take its place.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from foreign import SPREADSHEET, WORKBOOK, Package, make_foreign_workbook
from hostile import ACME, table
from office import Office, has_validator, validate_ooxml
from own_values import changed_parts
from workbooks import (
    ODD,
    RELATION,
    TOOL_SHEETS,
    packed,
    parts,
    parts_of_sheets,
    sheet_xml,
    strict,
    write_register,
)

from isms_xl.cases import base_content
from isms_xl.contract import TOOL_TABLES
from isms_xl.errors import IsmsXlError
from isms_xl.validating import validate

DAY = date(2026, 11, 24)
FOLDER = os.environ.get("ISMS_XL_WORKBOOKS", "")
OFFICE_TOO = os.environ.get("ISMS_XL_WORKBOOKS_OFFICE") == "1"
EXAMPLES = Path(__file__).parent.parent / "examples"
SHEET = "Register under test"
STRICT = b"purl.oclc.org/ooxml/spreadsheetml"
"""What marks a workbook in the Strict form of the format, which Excel offers under Save As."""

INDEX = {"[Content_Types].xml", WORKBOOK, "xl/_rels/workbook.xml.rels", "docProps/app.xml"}


class NotAdaptableError(Exception):
    """The test, not the tool, can do nothing with this workbook."""


def with_register(data: bytes) -> bytes:
    """Return a workbook with one more sheet, which holds a minimal register."""
    try:
        package = Package(data)
        if b'displayName="Parties"' in b"".join(package.parts.values()):
            return data
        sheet = package.fresh("xl/worksheets/register{}.xml")
        part = package.fresh("xl/tables/register{}.xml")
        numbers = re.findall(r'\bsheetId="(\d+)"', package.text(WORKBOOK))
        tables = re.findall(
            rb'<(?:\w+:)?table\b[^>]*?\sid="(\d+)"',
            b"".join(xml for name, xml in package.parts.items() if name.startswith("xl/tables/")),
        )
        own = table("Parties", "A1:B2", ("Party ID", "Name"), 1 + max(map(int, tables), default=0))
        package.add(sheet, sheet_xml(ACME), f"{SPREADSHEET}.worksheet+xml")
        package.add(part, own, f"{SPREADSHEET}.table+xml")
        package.relate(sheet, f"{RELATION}/table", part)
        rid = package.relate(WORKBOOK, f"{RELATION}/worksheet", sheet)
        prefix = re.findall(r"<(\w+:)?sheets\b", package.text(WORKBOOK))[0]
        entry = (
            f'<{prefix}sheet xmlns:own="{RELATION}" name="{SHEET}" '
            f'sheetId="{1 + max(map(int, numbers))}" own:id="{rid}"/>'
        )
        package.replace(WORKBOOK, f"(?=</{prefix}sheets)", entry)
    except (KeyError, IndexError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise NotAdaptableError(str(error)) from error
    is_strict = STRICT in package.parts[WORKBOOK]
    return packed(strict(package.parts) if is_strict else package.parts)


def lost_in(before: bytes, after: bytes) -> list[str]:
    """Return the parts that are not as they were although they are not the tool's."""
    ours = (
        parts_of_sheets(parts(after), [t.sheet for t in TOOL_TABLES]) | INDEX | {"xl/calcChain.xml"}
    )
    return changed_parts(before, after, ours)


def shown(office: Office, path: Path) -> dict[str, object]:
    """Return what each sheet shows that is not the tool's."""
    tools = {t.sheet for t in TOOL_TABLES} | {sheet for sheet, _ in TOOL_SHEETS.values()}
    with office.open(path) as book:
        return {sheet: book.cells(sheet) for sheet in book.sheets() if sheet not in tools}


@dataclass(frozen=True)
class Outcome:
    """What became of one workbook.

    Attributes:
        verdict: `kept`, or what was lost, or why it was refused.
        before: Faults that the Open XML SDK found before.
        new: Those that it finds afterwards, and did not before.
    """

    verdict: str
    before: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def check_one(data: bytes, path: Path, office: Office | None, *, judged: bool = False) -> Outcome:
    """Write back to one workbook, and look what was lost and whether it became invalid."""
    path.write_bytes(with_register(data))
    before = path.read_bytes()
    seen = shown(office, path) if office else None
    faults = tuple(validate_ooxml(path)) if judged else ()
    try:
        validate(path, DAY, write_back=True)
    except IsmsXlError as error:
        assert path.read_bytes() == before
        return Outcome(f"refused: {re.sub(r'xl/[^ ]+|[0-9,]+', '…', error.problem)}", faults)
    lost = lost_in(before, path.read_bytes())
    verdict = f"lost: {', '.join(lost)}" if lost else "kept"
    if not lost and office and shown(office, path) != seen:
        verdict = "lost: it shows something else"
    # The same fault counts once more where the tool added one more place for it.
    new = Counter(validate_ooxml(path)) - Counter(faults) if judged else Counter[str]()
    return Outcome(verdict, faults, tuple(new.elements()))


# --- workbooks of many makers, made here ----------------------------------------------------------


def by_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Sums")["A1"] = "=1+1"
    book.save(path)


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["a", 1, 2.5])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$B$1:$C$1"})
        sheet.insert_chart("E2", chart)
        sheet.write_comment("A1", "a note")


def with_macros(path: Path) -> None:
    make_foreign_workbook(path.with_suffix(".xlsm"))
    path.with_suffix(".xlsm").rename(path)


MADE: Mapping[str, Callable[[Path], object]] = {
    "openpyxl": by_openpyxl,
    "XlsxWriter": by_xlsxwriter,
    "what libraries lose": make_foreign_workbook,
    "macros": with_macros,
    "odd layout": lambda path: write_register(path, base_content(), ODD),
    **{
        example.stem: lambda path, example=example: path.write_bytes(example.read_bytes())  # type: ignore[misc]
        for example in sorted(EXAMPLES.glob("*.xlsx"))
    },
}


@pytest.mark.parametrize("name", MADE)
def test_nothing_is_lost_in_workbooks_of_many_makers(tmp_path: Path, name: str) -> None:
    source = tmp_path / "source.xlsx"
    MADE[name](source)
    assert check_one(source.read_bytes(), tmp_path / "register.xlsx", None).verdict == "kept"


@pytest.mark.parametrize("name", ["openpyxl", "XlsxWriter", "odd layout"])
def test_libreoffice_shows_the_same_afterwards(tmp_path: Path, office: Office, name: str) -> None:
    source = tmp_path / "source.xlsx"
    MADE[name](source)
    assert check_one(source.read_bytes(), tmp_path / "register.xlsx", office).verdict == "kept"


def test_loss_would_be_noticed(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    make_foreign_workbook(path)
    before = with_register(path.read_bytes())
    path.write_bytes(before)
    openpyxl.load_workbook(path).save(path)
    assert lost_in(before, path.read_bytes())


@pytest.mark.skipif(not FOLDER, reason="ISMS_XL_WORKBOOKS names no folder of workbooks")
@pytest.mark.timeout(0)
def test_nothing_is_lost_in_a_folder_of_workbooks(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    office: Office | None = request.getfixturevalue("office") if OFFICE_TOO else None
    outcomes: Counter[str] = Counter()
    failed = []
    for source in sorted(Path(FOLDER).rglob("*.xls[xm]")):
        path = tmp_path / f"register{source.suffix}"
        path.unlink(missing_ok=True)
        try:
            outcome = check_one(source.read_bytes(), path, office, judged=has_validator())
        except NotAdaptableError:
            outcome = Outcome("left out: not adaptable by this test")
        is_lost = outcome.verdict.startswith("lost")
        outcomes["lost" if is_lost else outcome.verdict] += 1
        if is_lost or outcome.new:
            failed.append((source, outcome))
        print(
            f"{len(outcome.before):5} faults before, {len(outcome.new):3} new  "
            f"{outcome.verdict:60}  {source.relative_to(FOLDER)}"
        )
    for verdict, number in outcomes.most_common():
        print(f"{number:6} {verdict}")
    assert failed == []
    assert outcomes["kept"]


@pytest.mark.parametrize("name", ["openpyxl", "XlsxWriter"])
def test_strict_workbooks_are_kept_and_stay_valid(tmp_path: Path, name: str) -> None:
    source = tmp_path / "source.xlsx"
    MADE[name](source)
    source.write_bytes(packed(strict(parts(source.read_bytes()))))
    outcome = check_one(source.read_bytes(), tmp_path / "register.xlsx", None)
    assert outcome.verdict == "kept"
    assert STRICT in parts((tmp_path / "register.xlsx").read_bytes())[WORKBOOK]


@pytest.mark.parametrize("name", MADE)
def test_written_workbooks_have_no_new_fault(tmp_path: Path, name: str) -> None:
    source = tmp_path / "source.xlsx"
    MADE[name](source)
    outcome = check_one(source.read_bytes(), tmp_path / "register.xlsx", None, judged=True)
    assert (outcome.verdict, outcome.new) == ("kept", ())
