"""The values beside the tool's own formulas are those that LibreOffice calculates, after every write."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from office import Office
from own_values import own_values, without_own_values
from spellings import prefixed
from workbooks import packed, parts, sheet_parts

from isms_xl.cli import main
from isms_xl.content import STARTERS, starter
from isms_xl.template import build_template
from isms_xl.validating import validate

DAY = date(2026, 11, 24)
ROOT = Path(__file__).parent.parent


def run(*arguments: object) -> None:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output


def made(tmp_path: Path, how: str) -> Path:
    """Return a workbook as one of the tool's ways makes it."""
    path = tmp_path / "register.xlsx"
    name, _, then = how.partition(", ")
    if name in STARTERS:
        path.write_bytes(build_template(starter(name), created=DAY))
    elif name == "import":
        run(
            "import",
            ROOT / "tests" / "data" / "import" / "measures-for-several.xlsx",
            "--output",
            path,
        )
    else:
        shutil.copy(ROOT / "examples" / f"{name}.xlsx", path)
    if "written back" in then:
        validate(path, DAY, write_back=True)
    if "stamped" in then:
        run("stamp", path, "--author", "Security Office", "--summary", "Reviewed", "--as-of", DAY)
    return path


WAYS = [
    *STARTERS,
    *(f"{name}, written back" for name in STARTERS),
    *("clinical-ai", "public-sector", "foundation-models"),
    "clinical-ai, written back",
    "foundation-models, written back and stamped",
    "public-sector, stamped",
    "import",
    "import, written back",
]


@pytest.mark.parametrize("how", WAYS)
def test_every_value_is_the_one_that_is_calculated(
    tmp_path: Path, office: Office, how: str
) -> None:
    path = made(tmp_path, how)
    held = own_values(path)
    assert len(held) > 400
    assert differences(path, office) == {}


def differences(path: Path, office: Office) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what a workbook holds and what LibreOffice calculates, where they differ."""
    with office.open(path) as book:
        calculated = own_values(book.save_as(path.with_name("calculated.xlsx")))
    return {k: (v, calculated[k]) for k, v in own_values(path).items() if calculated[k] != v}


def test_a_wrong_value_would_be_noticed(tmp_path: Path, office: Office) -> None:
    path = made(tmp_path, "clinical-ai")
    content = parts(path.read_bytes())
    part = sheet_parts(content)["Start"]
    assert content[part].count(b"<v>Fennholt AI</v>") == 1
    content[part] = content[part].replace(b"<v>Fennholt AI</v>", b"<v>Others</v>")
    path.write_bytes(packed(content))
    assert differences(path, office) == {("Start", "C3"): ("Others", "Fennholt AI")}


def test_nothing_but_values_of_own_formulas_changes(tmp_path: Path) -> None:
    path = made(tmp_path, "clinical-ai")
    content = parts(path.read_bytes())
    part = sheet_parts(content)["Reviews"]
    foreign = b'<c r="Z1" t="str"><f>"as "&amp;"typed"</f><v>somebody\'s</v></c>'
    content[part] = re.sub(
        rb"(<row r=\"1\"[^>]*>.*?)(</row>)", rb"\1%b\2" % foreign, content[part], count=1
    )
    path.write_bytes(packed(content))
    validate(path, DAY, write_back=True)
    after = parts(path.read_bytes())
    assert foreign in after[part]
    assert without_own_values(after[part]) == without_own_values(content[part])


@pytest.mark.parametrize("prefix", ["x", "ss"])
def test_values_are_entered_however_a_sheet_is_spelt(tmp_path: Path, prefix: str) -> None:
    plain = made(tmp_path, "clinical-ai, written back")
    content = parts((ROOT / "examples" / "clinical-ai.xlsx").read_bytes())
    path = tmp_path / "prefixed.xlsx"
    spelt = {
        name: prefixed(xml, prefix) if name.startswith("xl/worksheets/sheet") else xml
        for name, xml in content.items()
    }
    path.write_bytes(packed(spelt))
    validate(path, DAY, write_back=True)
    before, after = (parts(p.read_bytes()) for p in (plain, path))
    for name in content:
        if name.startswith("xl/worksheets/sheet"):
            assert prefixed(before[name], prefix) == after[name] or not is_user(content, name)


def is_user(content: dict[str, bytes], part: str) -> bool:
    tools = ("Gaps", "Checklist", "Versions", "Change Log", "Gap Index")
    return part not in {sheet_parts(content)[name] for name in tools}


def test_shared_formulas_are_followed(tmp_path: Path) -> None:
    path = made(tmp_path, "clinical-ai")
    content = parts(path.read_bytes())
    part = sheet_parts(content)["Interested Parties"]
    cells = list(re.finditer(rb'(<c r="Q\d+"[^>]*>)<f>([^<]*)</f><v></v></c>', content[part]))
    assert len(cells) > 10
    text = content[part]
    for number, cell in enumerate(cells):
        new = (
            b'<f t="shared" ref="Q5:Q99" si="7">%b</f>' % cell[2]
            if not number
            else (b'<f t="shared" si="7"/>')
        )
        text = text.replace(cell[0], cell[1] + new + b"<v></v></c>")
    path.write_bytes(packed({**content, part: text}))
    validate(path, DAY, write_back=True)
    shared = own_values(path)
    plain = own_values(made(tmp_path, "clinical-ai, written back"))
    assert any(value for (_, cell), value in plain.items() if cell.startswith("Q"))
    assert shared == plain


def test_formulas_of_former_releases_get_their_values_too(tmp_path: Path) -> None:
    path = made(tmp_path, "clinical-ai")
    content = parts(path.read_bytes())
    part = sheet_parts(content)["Interested Parties"]
    former = content[part].replace(b",1,1+2*(", b",1+2*(")
    assert former != content[part]
    stale = re.sub(rb"(1\+2\*[^<]*</f>)<v>[^<]*</v>", rb"\1<v></v>", former)
    path.write_bytes(packed({**content, part: stale}))
    validate(path, DAY, write_back=True)
    old = {k: v for k, v in own_values(path).items() if k[1].startswith("K")}
    new = own_values(made(tmp_path, "clinical-ai, written back"))
    assert old
    assert old == {k: new[k] for k in old}
