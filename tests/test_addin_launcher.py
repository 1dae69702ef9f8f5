"""The add-in's VBA as LibreOffice runs it: what it starts, and what it says when it cannot."""

from __future__ import annotations

import codecs
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from office import Document, Office, require_office
from vba_twin import make_twin, sentinels

from isms_xl.addin.calling import COMMANDS, workbook_called_from
from isms_xl.addin.settings import Settings
from isms_xl.addin.sources import addin_folder, modules

SECONDS = 60
NEEDS_REGISTER = [
    *("validate", "previous-gap", "next-gap", "clear", "stamp"),
    *("audit-copy", "audit-copy-pdf", "explain"),
]
HOSTILE_NAMES = [
    "register.xlsx",
    "Q1 = Q2.xlsx",
    'say "no" & more.xlsx',
    "100% %TEMP% %APPDATA%.xlsx",
    "a ^ b | c > d < e.xlsx",
    "--wb=other --hwnd=1.xlsx",
    "$(touch gone) `touch gone`; touch gone.xlsx",
    "it's [1] {2} (3)!.xlsx",
    "Büro São Łódź.xlsx",
    "登録簿 реестр سجل.xlsx",
    "wide 😀 name.xlsx",
    "tab\tand\nline.xlsx",
    "-I -c print(1).xlsx",
    "x" * 200 + ".xlsx",
]
RECORDER = """
import json, os, sys
target = sys.argv[1]
with open(target + ".part", "w", encoding="utf-8") as out:
    json.dump({"arguments": sys.argv[2:], "folder": os.getcwd()}, out)
os.replace(target + ".part", target)
"""


@dataclass(frozen=True)
class Excel:
    """The twin open in LibreOffice, with the user's settings and a stand-in for Python."""

    book: Document
    settings: Path
    python: Path
    record: Path

    def set_up(self, interpreter: str | None = None) -> None:
        settings = Settings("0.1.0", interpreter or str(self.python), "/nowhere/isms-xl.log")
        self.settings.write_bytes(settings.as_file())
        self.record.unlink(missing_ok=True)

    def pretend(
        self,
        name: str = "register.xlsx",
        folder: str = "/registers/",
        *,
        register: bool = True,
        protected: bool = False,
        editing: bool = False,
    ) -> None:
        self.book.run_macro("Surroundings.Pretend", name, folder, register, protected, editing)

    def click(self, command: str) -> str:
        """Do what a button does; return what the user is told, if anything."""
        self.book.run_macro("Launcher.RunCommand", command)
        return self.told()

    def told(self) -> str:
        return str(self.book.run_macro("Surroundings.Told"))

    def shown(self) -> str:
        return str(self.book.run_macro("Surroundings.Shown"))

    def started(self) -> list[str]:
        """Return what the stand-in was called with, its own path first; wait until it was."""
        deadline = time.monotonic() + SECONDS
        while not self.record.exists():
            assert time.monotonic() < deadline, "nothing was started"
            time.sleep(0.02)
        return list(json.loads(self.record.read_text("utf-8"))["arguments"])


def stand_in(folder: Path, record: Path) -> Path:
    """Make a program that writes down how it was called, in a place with an awkward name."""
    folder.mkdir()
    script, python = folder / "record.py", folder / "py (x86) & it's %PATH% ^3=x"
    script.write_text(RECORDER)
    command = [sys.executable, "-I", str(script), str(record)]
    python.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$0" "$@"\n')
    python.chmod(0o755)
    return python


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("user")


@pytest.fixture(scope="module")
def own_office(home: Path) -> Iterator[Office]:
    """A LibreOffice whose user has a folder for settings, as on Windows."""
    require_office("soffice")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APPDATA", str(home / "Roaming"))
        with Office() as running:
            yield running


@pytest.fixture(scope="module")
def opened(own_office: Office, home: Path) -> Iterator[Excel]:
    (home / "Roaming" / "isms-xl").mkdir(parents=True)
    record = home / "record.json"
    python = stand_in(home / "Program Files", record)
    twin = make_twin(home / "twin.xlsm")
    with own_office.open(twin, macros=True) as book:
        yield Excel(book, home / "Roaming" / "isms-xl" / "settings.ini", python, record)


@pytest.fixture
def excel(opened: Excel) -> Excel:
    opened.set_up()
    opened.pretend()
    return opened


@pytest.mark.parametrize("real", [False, True])
def test_every_module_compiles(own_office: Office, tmp_path: Path, real: bool) -> None:
    twin = make_twin(tmp_path / "twin.xlsm", real_surroundings=real)
    with own_office.open(twin, macros=True) as book:
        returned = {name: book.run_macro(f"{name}.Compiled{name}") for name in sentinels()}
    assert returned == sentinels()


def test_sentinel_sees_a_module_that_does_not_compile(
    own_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clash = "Option Explicit\nPrivate told As String\nPublic Function Told()\nEnd Function\n"
    monkeypatch.setattr("vba_twin.STAND_IN", clash)
    twin = make_twin(tmp_path / "twin.xlsm")
    with own_office.open(twin, macros=True) as book:
        returned = book.run_macro("Surroundings.CompiledSurroundings")
    assert returned != sentinels()["Surroundings"]


@pytest.mark.parametrize("command", COMMANDS)
def test_button_starts_the_python_of_the_settings(excel: Excel, command: str) -> None:
    assert excel.click(command) == ""
    started = excel.started()
    assert started[:5] == [str(excel.python), "-I", "-m", "isms_xl.button", command]
    assert workbook_called_from(started) == "/registers/register.xlsx"
    assert started[6:] == ["--from_xl=1", "--hwnd=4711"]
    assert excel.shown() == excel.book.run_macro("Messages.StartingText")
    assert excel.book.run_macro("Surroundings.LooksAfter") == 1


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_name_of_a_workbook_stays_a_name(excel: Excel, name: str) -> None:
    excel.pretend(name)
    assert excel.click("validate") == ""
    started = excel.started()
    assert len(started) == 8
    assert re.fullmatch("--wb-hex=[0-9A-F]+", started[5])
    assert workbook_called_from(started) == f"/registers/{name}"


def test_name_of_a_real_file_arrives(own_office: Office, tmp_path: Path) -> None:
    name = 'Büro "1" = 100% & 漢字 😀.xlsm'
    twin = make_twin(tmp_path / name, real_surroundings=True)
    with own_office.open(twin, macros=True) as book:
        assert book.run_macro("Surroundings.WorkbookName") == name
        command, digits = book.run_macro("Launcher.MacRequest", "validate").split(" ")
    assert command == "validate"
    assert bytes.fromhex(digits).decode("utf-16-be").endswith(name)


@pytest.mark.parametrize("command", ["new", "import", "batch", "handbook", "about"])
def test_commands_that_need_no_workbook(excel: Excel, command: str) -> None:
    excel.pretend("", "", register=False)
    assert excel.click(command) == ""
    assert excel.started()[4:] == [command, "--from_xl=1", "--hwnd=4711"]


@pytest.mark.parametrize("command", NEEDS_REGISTER)
@pytest.mark.parametrize(
    ("situation", "words"),
    [
        ({"name": "", "folder": "", "register": False}, "No workbook is open."),
        ({"protected": True}, "Protected View"),
        ({"register": False}, "register.xlsx is no register of isms-xl"),
        ({"editing": True}, "a cell is being edited"),
    ],
)
def test_button_that_makes_no_sense_says_so(
    excel: Excel, command: str, situation: dict[str, Any], words: str
) -> None:
    excel.pretend(**situation)
    assert words in excel.click(command)
    assert excel.shown() == ""
    assert not excel.record.exists()


@pytest.mark.parametrize("command", ["audit-copy", "audit-copy-pdf"])
@pytest.mark.parametrize(
    ("folder", "words"),
    [("", "was never saved"), ("https://example.sharepoint.com/sites/x/", "open from OneDrive")],
)
def test_audit_copy_needs_a_folder(excel: Excel, command: str, folder: str, words: str) -> None:
    excel.pretend("register.xlsx", folder)
    assert words in excel.click(command)


@pytest.mark.parametrize("folder", ["", "https://example.sharepoint.com/sites/x/"])
def test_validate_needs_none(excel: Excel, folder: str) -> None:
    excel.pretend("register.xlsx", folder)
    assert excel.click("validate") == ""
    assert workbook_called_from(excel.started()) == f"{folder}register.xlsx"


def test_not_installed(excel: Excel) -> None:
    excel.settings.unlink()
    assert "not set up for your user account" in excel.click("validate")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[isms-xl]\r\ninterpreter = /usr/bin/python3\r\n",
        codecs.BOM_UTF16_LE + "[isms-xl]\r\nversion = 1\r\n".encode("utf-16-le"),
        Settings("1", "python.exe", "x").as_file(),
        Settings("1", r".\python.exe", "x").as_file(),
        Settings("1", '/usr/bin/python3" -c "x', "x").as_file(),
    ],
)
def test_settings_that_name_no_program(excel: Excel, content: bytes) -> None:
    excel.settings.write_bytes(content)
    assert "do not say where its Python is" in excel.click("validate")


def test_python_that_moved(excel: Excel) -> None:
    excel.set_up(str(excel.python.with_name("gone")))
    told = excel.click("validate")
    assert "no longer where it was" in told
    assert str(excel.python.with_name("gone")) in told


@pytest.fixture
def far(excel: Excel, tmp_path: Path) -> Path:
    """Return a Python in a folder whose letters no code page has together."""
    python = tmp_path / "Программы 漢 Łukasz" / "python"
    python.parent.mkdir()
    python.symlink_to(excel.python)
    excel.set_up(str(python))
    return python


def test_letters_macros_cannot_pass_on(excel: Excel, far: Path) -> None:
    told = excel.click("validate")
    assert "letters in its name that macros cannot pass on" in told
    assert str(far) in told
    assert "Your user name may stay as it is" in told


def test_python_is_started_by_its_short_name_where_it_has_one(excel: Excel, far: Path) -> None:
    assert far.exists()
    excel.book.run_macro("Surroundings.PretendFolders", "", str(excel.python))
    assert excel.click("validate") == ""
    assert excel.started()[0] == str(excel.python)


@pytest.mark.parametrize("end", ["", "/"])
def test_name_of_the_user_may_have_any_letters(excel: Excel, tmp_path: Path, end: str) -> None:
    roaming = tmp_path / "Łukasz 登録" / "Roaming"
    (roaming / "isms-xl").mkdir(parents=True)
    excel.settings.rename(roaming / "isms-xl" / "settings.ini")
    start = f"{roaming}/Microsoft/Excel/XLSTART{end}"
    excel.book.run_macro("Surroundings.PretendFolders", start, "")
    assert excel.click("validate") == ""
    assert excel.started()[0] == str(excel.python)
    # Where no short name of that folder is kept, Python's own is the current one meanwhile.
    assert excel.book.run_macro("Settings.Folder") == str(excel.python.parent)


def test_start_folder_in_another_place(excel: Excel) -> None:
    excel.book.run_macro("Surroundings.PretendFolders", "/office/start", "")
    assert excel.click("validate") == ""
    assert excel.started()[0] == str(excel.python)


def test_program_that_may_not_be_started(excel: Excel, tmp_path: Path) -> None:
    blocked = tmp_path / "python"
    blocked.write_text("no program")
    blocked.chmod(0o644)
    excel.set_up(str(blocked))
    told = excel.click("next-gap")
    assert "could not start Python" in told
    assert "isms-xl live next-gap" in told
    assert excel.shown() == ""


def test_python_that_does_not_answer(excel: Excel) -> None:
    excel.click("validate")
    excel.started()
    assert "still starting" in excel.click("validate")
    excel.book.run_macro("Launcher.LookAfter")
    assert "has not answered yet" in excel.told()
    assert "isms-xl live validate" in excel.told()
    assert excel.shown() == ""


def test_python_that_answers_is_left_alone(excel: Excel) -> None:
    excel.click("validate")
    excel.started()
    excel.book.run_macro("Surroundings.ShowStarting", "RQ-004 has no link.")
    excel.book.run_macro("Launcher.LookAfter")
    excel.book.run_macro("Launcher.CleanUp")
    assert excel.told() == ""
    assert excel.shown() == "RQ-004 has no link."


def test_clean_up_takes_away_the_launchers_own_text(excel: Excel) -> None:
    excel.click("validate")
    excel.started()
    excel.book.run_macro("Launcher.CleanUp")
    assert excel.shown() == ""


def test_every_sentence_is_said_somewhere_and_has_two_halves(excel: Excel) -> None:
    texts = modules(addin_folder())
    sentences = re.findall(r"Public Function (\w+)\((.*?)\)", texts["Messages"])
    callers = texts["Launcher"] + texts["Settings"]
    assert len(sentences) >= 14
    for name, arguments in sentences:
        assert f"Messages.{name}(" in callers, name
        if name == "StartingText":
            continue
        given = ["something"] * arguments.count("As String")
        problem, way_out = str(excel.book.run_macro(f"Messages.{name}", *given)).split("\n\n")
        assert problem.endswith((".", "something")), name
        assert way_out, name


PLANTED = """
from pathlib import Path
Path(__file__).with_name("planted-module-ran").touch()
"""
PROBE = """
import importlib, json, sys
found = {name: importlib.import_module(name).__file__ for name in sys.argv[1:]}
print(json.dumps({"modules": found, "path": sys.path}))
"""


def plant(folder: Path) -> Path:
    """Make the folder of a register that somebody sent, with all that could be mistaken."""
    folder.mkdir()
    for name in ("pandas", "isms_xl", "xlwings", "sitecustomize", "json"):
        (folder / f"{name}.py").write_text(PLANTED)
    settings = Settings("0.1.0", str(folder / "pythonw.exe"), "x").as_file()
    conf = f'"INTERPRETER_WIN","{folder}/pythonw.exe"\n"PYTHONPATH","{folder}"\n'
    for name in ("isms_xl.conf", "xlwings.conf"):
        (folder / name).write_text(conf)
    (folder / "isms-xl").mkdir()
    for path in (folder / "settings.ini", folder / "isms-xl" / "settings.ini"):
        path.write_bytes(settings)
    for name in ("pythonw.exe", "python.exe", "python"):
        (folder / name).write_text(f"#!/bin/sh\ntouch '{folder}/planted-program-ran'\n")
        (folder / name).chmod(0o755)
    rows = [["INTERPRETER_WIN", f"{folder}/pythonw.exe"], ["INTERPRETER", f"{folder}/python"]]
    rows += [["PYTHONPATH", str(folder)], ["interpreter", f"{folder}/python"]]
    make_twin(folder / "register.xlsm", sheets={"isms_xl.conf": rows, "xlwings.conf": rows})
    return folder


def test_workbook_and_its_folder_choose_neither_interpreter_nor_module(
    own_office: Office, excel: Excel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = plant(tmp_path / "sent by somebody")
    with own_office.open(folder / "register.xlsm", macros=True) as book:
        assert {"isms_xl.conf", "xlwings.conf"} <= set(book.sheets())
        there = Excel(book, excel.settings, excel.python, excel.record)
        there.pretend("register.xlsm", f"{folder}/")
        assert there.click("validate") == ""
        started = there.started()
    assert started[0] == str(excel.python)
    options = started[1 : started.index("-m")]

    # What the launcher starts, with the real Python, in that very folder.
    monkeypatch.setenv("PYTHONPATH", str(folder))
    names = ["isms_xl", "pandas", "xlwings"]
    command = [sys.executable, *options, "-c", PROBE, *names]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    seen = json.loads(answer.stdout)
    assert not [file for file in seen["modules"].values() if str(folder) in file]
    assert not {str(folder), ""} & set(seen["path"])
    module = [sys.executable, *options, "-m", "isms_xl", "rules", "PTY001"]
    answer = subprocess.run(module, cwd=folder, capture_output=True, text=True, check=True)
    assert "PTY001" in answer.stdout
    assert not list(folder.glob("planted-*-ran"))

    # Without the launcher's options the planted modules do run: the test can fail.
    subprocess.run([sys.executable, "-m", "isms_xl", "rules"], cwd=folder, capture_output=True)
    assert (folder / "planted-module-ran").exists()
