"""Rows are added to a register however another program spells its XML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from click.testing import CliRunner
from repairs import repairs
from spellings import SPELLINGS, is_xml
from workbooks import packed, parts

from isms_xl.cli import main
from isms_xl.validating import validate

DAY = date(2026, 11, 24)
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
