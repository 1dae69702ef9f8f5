"""The add-in as a file: the same bytes each time, the sources in it, a ribbon Excel can use."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from office import validate_ooxml
from oletools.olevba import VBA_Parser, decompress_stream
from pyopenvba.cfb import CFB
from pyopenvba.vba import compress
from ribbon_checker import buttons, ribbon_problems

from isms_xl.addin.building import build_addin
from isms_xl.addin.calling import COMMANDS, window_called_from, workbook_called_from
from isms_xl.addin.project import as_specified
from isms_xl.addin.sources import BUILT, RIBBON, addin_folder, built_addin, modules
from isms_xl.cli import main
from isms_xl.errors import ContractError, IsmsXlError

FOLDER = addin_folder()
RIBBON_XML = (FOLDER / RIBBON).read_text("utf-8")
MODULES = modules(FOLDER)
MODULE_NAMES = {"Launcher", "Messages", "Ribbon", "Settings", "Surroundings", "ThisWorkbook"}


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("addin") / BUILT
    path.write_bytes(build_addin(FOLDER))
    return path


def code(text: str) -> str:
    """Return a module without its attributes, which VBA hides."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Attribute "))


def test_two_builds_are_byte_identical(addin: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for path in FOLDER.iterdir():
        if path.suffix in {".bas", ".cls", ".xml"}:
            # as git writes texts on another system
            text = path.read_bytes().replace(b"\r\n", b"\n")
            (copy / path.name).write_bytes(text)
    script = (
        "import sys; from pathlib import Path; from isms_xl.addin.building import build_addin; "
        "Path(sys.argv[2]).write_bytes(build_addin(Path(sys.argv[1])))"
    )
    other = tmp_path / "other.xlam"
    environment = {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    command = [sys.executable, "-c", script, str(copy), str(other)]
    subprocess.run(command, check=True, env=environment, cwd=tmp_path)
    assert other.read_bytes() == addin.read_bytes()


def test_nothing_in_it_depends_on_a_compression_library(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        assert {entry.compress_type for entry in package.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_olevba_gives_back_exactly_the_sources(addin: Path) -> None:
    parser = VBA_Parser(str(addin))
    found = {Path(name).stem: text for _, _, name, text in parser.extract_macros()}
    parser.close()
    assert set(found) == MODULE_NAMES | {"Sheet1"}
    assert code(found.pop("Sheet1")) == ""
    for name, text in found.items():
        assert code(text) == code(MODULES[name]), name
        assert (name == "ThisWorkbook") or text == MODULES[name]


def streams_of(addin: Path) -> tuple[dict[str, bytes], bytes]:
    """Return the streams of the storage VBA by name, and the stream `dir` decompressed."""
    with zipfile.ZipFile(addin) as package:
        project = CFB.from_bytes(package.read("xl/vbaProject.bin"))
    streams = {
        name: project.get_stream_in_storage("VBA", name)
        for name in project.list_streams_in_storage("VBA")
    }
    return streams, decompress_stream(bytearray(streams["dir"]))


def test_project_is_written_as_ms_ovba_says(addin: Path) -> None:
    streams, directory = streams_of(addin)
    # 2.3.4.1: the version is 0xFFFF on write, and no performance cache follows.
    assert streams["_VBA_PROJECT"] == bytes.fromhex("cc61 ffff 00 0000")
    # 2.3.4.2: the terminator, four reserved bytes, and the end; before it that of the last module.
    assert directory.endswith(bytes.fromhex("2b00 00000000 1000 00000000"))
    # 2.3.4.2.3.1 and 2.3.4.2.3.2.7: cookies are 0xFFFF on write.
    assert directory.count(bytes.fromhex("1300 02000000 ffff")) == 1
    assert directory.count(bytes.fromhex("2c00 02000000 ffff")) == len(MODULE_NAMES) + 1
    # 2.3.4.3: no module has a performance cache before its text.
    assert directory.count(bytes.fromhex("3100 04000000 00000000")) == len(MODULE_NAMES) + 1
    for name in MODULE_NAMES | {"Sheet1"}:
        assert decompress_stream(bytearray(streams[name])).startswith(b"Attribute VB_Name"), name


def test_project_that_ends_otherwise_is_refused(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        project = CFB.from_bytes(package.read("xl/vbaProject.bin"))
    cut = compress(streams_of(addin)[1][:-6])
    project.write_stream_in_storage("VBA", "dir", cut)
    with pytest.raises(IsmsXlError, match="does not end as expected"):
        as_specified(project.to_bytes())


def test_sources_are_what_vba_can_read() -> None:
    assert set(MODULES) == MODULE_NAMES
    for path in [*FOLDER.glob("*.bas"), *FOLDER.glob("*.cls")]:
        data = path.read_bytes()
        assert data.isascii(), path.name
        assert data.count(b"\n") == data.count(b"\r\n"), path.name
        assert b"Option Explicit\r\n" in data, path.name
        if path.suffix == ".bas":
            assert data.startswith(f'Attribute VB_Name = "{path.stem}"\r\n'.encode()), path.name


def test_validator_finds_nothing(addin: Path) -> None:
    assert validate_ooxml(addin) == []


def test_package_is_an_addin_with_a_ribbon_and_names_nobody(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        types = package.read("[Content_Types].xml").decode()
        relations = package.read("_rels/.rels").decode()
        ribbon = package.read("customUI/customUI14.xml").decode()
        people = package.read("docProps/core.xml").decode()
    assert "application/vnd.ms-excel.addin.macroEnabled.main+xml" in types
    assert "sheet.macroEnabled" not in types
    assert "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" in relations
    assert 'Target="customUI/customUI14.xml"' in relations
    assert ribbon == RIBBON_XML
    assert "<dc:creator></dc:creator>" in people
    assert "<cp:lastModifiedBy></cp:lastModifiedBy>" in people


def test_shipped_addin_is_the_built_one(addin: Path) -> None:
    assert built_addin() == addin.read_bytes()


def test_ribbon_has_no_problem() -> None:
    assert ribbon_problems(RIBBON_XML, MODULES) == []


def test_ribbon_offers_every_command_once() -> None:
    assert [button.get("tag") for button in buttons(RIBBON_XML)] == list(COMMANDS)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('id="ismsNew"', 'id="ismsClear"', "id ismsClear is used 2 times"),
        ('keytip="W"', 'keytip="V"', "keytip V is used 2 times"),
        ('keytip="W"', 'keytip="VW"', "keytip V hides a longer one"),
        ('keytip="W"', 'keytip="w"', "keytip w cannot be typed"),
        (' keytip="K"', "", "ismsTab has no keytip"),
        ('keytip="K"', 'keytip="IR"', "keytip IR begins with a letter Excel uses after Alt"),
        ('imageMso="FileNew"', 'imageMso="FileNwe"', "ismsNew has the unknown icon FileNwe"),
        ('tag="new" ', "", "ismsNew has no tag"),
        ('screentip="Start a new register"', "", "ismsNew has no screentip"),
        ('label="New register"', 'label="N" getLabel="L"', "ismsNew has label and getLabel"),
        ('tag="new"', 'getEnabled="Off"', "ismsNew: getEnabled calls Off, which is not there"),
        ("2009/07/customui", "2006/01/customui", "the namespace is not that of customUI14"),
    ],
)
def test_ribbon_checker_sees(old: str, new: str, problem: str) -> None:
    assert RIBBON_XML.count(old) == 1
    assert problem in ribbon_problems(RIBBON_XML.replace(old, new), MODULES)


def test_ribbon_checker_sees_callbacks_that_changed() -> None:
    ribbon = MODULES["Ribbon"]
    right = "IsmsXlRun(control As IRibbonControl)"
    assert right in ribbon
    other = MODULES | {"Ribbon": ribbon.replace(right, "IsmsXlRun()")}
    problem = "ismsValidate: onAction calls IsmsXlRun with other arguments"
    assert problem in ribbon_problems(RIBBON_XML, other)
    private = MODULES | {"Ribbon": ribbon.replace("Public Sub", "Private Sub")}
    gone = "ismsValidate: onAction calls IsmsXlRun, which is not there"
    assert gone in ribbon_problems(RIBBON_XML, private)


def test_build_command_writes_the_addin(tmp_path: Path, addin: Path) -> None:
    target = tmp_path / "made.xlam"
    done = CliRunner().invoke(main, ["addin", "build", "--output", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes() == addin.read_bytes()


def test_build_without_its_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopenvba", None)
    with pytest.raises(IsmsXlError, match="pip install pyopenvba"):
        build_addin(FOLDER)


def test_call_is_understood() -> None:
    name = 'C:\\Büro & Co\\=Q1 "漢" 😀.xlsx'
    argument = f"--wb-hex={name.encode('utf-16-be').hex().upper()}"
    called = ["ribbon.py", "validate", argument, "--from_xl=1", "--hwnd=132456"]
    assert workbook_called_from(called) == name
    assert window_called_from(called) == 132456
    assert workbook_called_from(["ribbon.py", "new"]) is None
    assert window_called_from(["ribbon.py", "new", "--hwnd="]) == 0
    for damaged in ("--wb-hex=XYZ", "--wb-hex=00", "--wb-hex=D83D"):
        with pytest.raises(ContractError, match="same version"):
            workbook_called_from([damaged])
