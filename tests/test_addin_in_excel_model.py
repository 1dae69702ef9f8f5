"""The module that asks Excel, run against a model of Excel that was measured on the real one.

pyOpenVBA carries a VBA interpreter, part of Excel's object model, and the list of all members in
Excel's type library. It sees what LibreOffice cannot: tables, and members that Excel does not have.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.exceptions import VBACompileError
from pyopenvba.interpreter import parse_module
from pyopenvba.interpreter._inventory import member_exists
from pyopenvba.interpreter._preprocess import strip_directives

from isms_xl.addin.sources import addin_folder, modules

ROOT = Path(__file__).parent.parent
MODULES = modules(addin_folder())
REGISTERS = sorted((ROOT / "examples").glob("*.xlsx"))


def with_addin(app: Any) -> Any:
    for name, text in MODULES.items():
        if name != "ThisWorkbook":
            app.add_module(text, name=name)
    return app


@pytest.mark.parametrize("mac", [False, True], ids=["windows", "macos"])
@pytest.mark.parametrize("name", MODULES)
def test_module_is_vba_on_both_systems(name: str, mac: bool) -> None:
    text = strip_directives(MODULES[name], module=name, constants={"Mac": mac})
    parse_module(text, name=name)
    assert ("AppleScriptTask(" in text) is (mac and name == "Launcher")
    with pytest.raises(VBACompileError):
        parse_module(f"{text}\r\nPublic Function Broken() As\r\n", name=name)


@pytest.mark.parametrize("path", REGISTERS, ids=lambda path: path.stem)
def test_register_is_known_by_its_tables(path: Path) -> None:
    app = with_addin(ExcelApplication.open(path))
    assert app.run("Surroundings.IsRegister") is True
    assert app.run("Surroundings.HasWorkbook") is True
    assert app.run("Surroundings.WorkbookName") == path.name
    assert app.run("Surroundings.WorkbookFullName") == str(path)
    assert app.run("Surroundings.WorkbookFolder") == str(path.parent)


def test_other_workbooks_are_no_registers() -> None:
    app = with_addin(ExcelApplication())
    app.add_workbook()
    assert app.run("Surroundings.IsRegister") is False
    assert app.run("Surroundings.WorkbookFolder") == ""


def test_status_bar_is_given_back_only_if_it_shows_the_launchers_text() -> None:
    app = with_addin(ExcelApplication())
    app.add_workbook()
    app.run("Surroundings.ShowStarting", "starting")
    assert app.run("Surroundings.IsShowing", "starting") is True
    app.run("Surroundings.StopShowing", "something else")
    assert app.run("Surroundings.IsShowing", "starting") is True
    app.run("Surroundings.StopShowing", "starting")
    assert app.run("Surroundings.IsShowing", "starting") is False


def test_message_is_shown_in_a_box() -> None:
    app = with_addin(ExcelApplication())
    app.add_workbook()
    app.run("Surroundings.Tell", "No workbook is open.")
    assert [dialog[1:3] for dialog in app.dialogs] == [("No workbook is open.", "ISMS Register")]


def test_members_are_there_in_excel() -> None:
    text = "".join(MODULES.values())
    for object_, type_name in (("Application", "Application"), ("ActiveWorkbook", "Workbook")):
        used = set(re.findall(rf"\b{object_}\.(\w+)", text))
        assert used
        assert not {name for name in used if not member_exists(type_name, name, "Excel")}
    assert not member_exists("Application", "OnTimer", "Excel")


def test_files_are_looked_at_with_all_letters() -> None:
    text = "".join(MODULES.values())
    assert not re.findall(r"\bDir\$?\(|^ *Open ", text, re.MULTILINE)
    assert set(re.findall(r'CreateObject\("([\w.]+)"\)', text)) == {"Scripting.FileSystemObject"}
    used = set(re.findall(r"\bfiles\.(\w+)", text))
    assert used == {"FileExists", "GetFile", "GetFolder", "OpenTextFile"}
    assert not {n for n in used if not member_exists("FileSystemObject", n, "Scripting")}
