"""Registers as other programs spell and declare their XML: added to, stamped, named."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from click.testing import CliRunner
from repairs import repairs
from spellings import SPELLINGS, is_xml
from workbooks import change, elements, packed, parts, replaced, write_register

from isms_xl.cases import base_content
from isms_xl.cli import main
from isms_xl.validating import validate
from isms_xl.versioning import stamp

DAY = date(2026, 11, 24)
TYPES = "[Content_Types].xml"
EXAMPLE = Path(__file__).parent.parent / "examples" / "clinical-ai.xlsx"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_rows_are_added_to_it(tmp_path: Path, spelling: str) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(SPELLINGS[spelling](parts(EXAMPLE.read_bytes()))))
    before = validate(path, DAY).report.register
    more = tmp_path / "more.csv"
    more.write_text(
        "Interested party,Requirement,Power\n"
        "Union of Testers,A say in <monitoring> & more,4\nHosting Ltd,Payment in 30 days,3\n"
    )
    done = CliRunner().invoke(main, ["import", str(more), "--into", str(path), "--yes"])
    assert done.exit_code == 0, done.output
    for name, xml in parts(path.read_bytes()).items():
        if is_xml(name):
            fromstring(xml)
    assert repairs(path.read_bytes()) == []
    after = validate(path, DAY).report.register
    assert len(after.parties) == len(before.parties) + 2
    assert "A say in <monitoring> & more" in {
        record.text("Requirement") for record in after.requirements.records
    }


def test_strict_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(packed(SPELLINGS["strict"](parts(EXAMPLE.read_bytes()))))
    done = CliRunner().invoke(main, ["validate", str(path)])
    assert "register.xlsx is a Strict Open XML workbook." in done.output
    assert "Strict" not in CliRunner().invoke(main, ["validate", str(EXAMPLE)]).output


def test_a_kept_part_gets_its_own_type_where_xml_means_workbook(tmp_path: Path) -> None:
    """The Open XML SDK makes the workbook's type the one of all parts that end in .xml."""
    path = write_register(tmp_path / "register.xlsx", base_content())
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    without = replaced(f'<Override PartName="/xl/workbook.xml" ContentType="{kind}" />', "")
    usual = replaced('ContentType="application/xml"', f'ContentType="{kind}"')
    change(path, {TYPES: lambda xml: without(usual(xml))})
    stamp(path, on=DAY, author="ISM", summary="First")
    types = {
        entry.get("PartName"): entry.get("ContentType")
        for entry in elements(parts(path.read_bytes())[TYPES], "Override")
    }
    assert types["/customXml/item1.xml"] == "application/xml"
    assert repairs(path.read_bytes()) == []
