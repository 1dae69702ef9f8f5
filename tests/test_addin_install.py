"""Install, upgrade, diagnose and remove the add-in on pretended Windows and macOS machines."""

from __future__ import annotations

import re
import shlex
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from ribbon_checker import buttons

from isms_xl import __version__
from isms_xl.addin.calling import COMMANDS
from isms_xl.addin.doctor import Link, beyond_reach, examine
from isms_xl.addin.installing import install, parts, runs_isolated, uninstall
from isms_xl.addin.places import MACOS, WINDOWS, Machine, places, this_machine
from isms_xl.addin.settings import Settings, read_settings
from isms_xl.addin.sources import RIBBON, addin_folder, applescript_for, built_addin
from isms_xl.cli import main
from isms_xl.errors import IsmsXlError, WriteRefusedError

PYTHON = Path(sys.executable)


def windows(home: Path) -> Machine:
    return Machine(WINDOWS, home, home / "AppData" / "Roaming", PYTHON, "cp1252")


def macos(home: Path) -> Machine:
    return Machine(MACOS, home, None, PYTHON)


@pytest.fixture(params=[windows, macos], ids=["windows", "macos"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    home = tmp_path / "Users" / "compliance officer"
    home.mkdir(parents=True)
    made: Machine = request.param(home)
    return made


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def broken(machine: Machine) -> list[Link]:
    return [link for link in examine(machine) if not link.holds]


def test_windows_places(tmp_path: Path) -> None:
    install(windows(tmp_path))
    assert sorted(files(tmp_path)) == [
        "AppData/Roaming/Microsoft/Excel/XLSTART/isms_xl.xlam",
        "AppData/Roaming/isms-xl/settings.ini",
    ]


def test_windows_settings_folder_may_be_elsewhere(tmp_path: Path) -> None:
    machine = replace(windows(tmp_path), appdata=tmp_path / "profiles" / "me")
    assert places(machine).settings == tmp_path / "profiles" / "me" / "isms-xl" / "settings.ini"
    assert places(replace(machine, appdata=None)) == places(windows(tmp_path))


def test_macos_places(tmp_path: Path) -> None:
    install(macos(tmp_path))
    office = "Library/Group Containers/UBF8T346G9.Office"
    assert sorted(files(tmp_path)) == [
        "Library/Application Scripts/com.microsoft.Excel/isms-xl.applescript",
        "Library/Application Support/isms-xl/settings.ini",
        f"{office}/User Content.localized/Startup.localized/Excel/isms_xl.xlam",
    ]


def test_installed_files_hold_what_excel_and_the_launcher_need(machine: Machine) -> None:
    install(machine)
    where = places(machine)
    assert where.addin.read_bytes() == built_addin()
    settings = read_settings(where.settings.read_bytes())
    assert settings == Settings(__version__, str(PYTHON), str(where.log))
    if where.script:
        assert where.script.read_text("ascii") == applescript_for(str(PYTHON))


def test_installed_chain_holds(machine: Machine) -> None:
    install(machine)
    links = examine(machine)
    assert len(links) == (8 if machine.system == WINDOWS else 5)
    assert broken(machine) == []
    assert "Not seen from here" in beyond_reach(machine)


def test_installing_again_changes_nothing(machine: Machine) -> None:
    install(machine)
    before = {path: path.stat().st_mtime_ns for path in places(machine).written}
    install(machine)
    assert {path: path.stat().st_mtime_ns for path in places(machine).written} == before


def test_upgrade_in_place(machine: Machine) -> None:
    install(machine)
    fresh = files(machine.home)
    where = places(machine)
    where.addin.write_bytes(b"the add-in of an earlier version")
    old = Settings("0.0.1", "/gone/python", "x")
    where.settings.write_bytes(old.as_file())
    assert len(broken(machine)) >= 3
    install(machine)
    assert files(machine.home) == fresh


def test_uninstall_removes_exactly_what_install_wrote(machine: Machine) -> None:
    where = places(machine)
    where.addin.parent.mkdir(parents=True)
    (where.addin.parent / "PERSONAL.XLSB").write_bytes(b"the user's own")
    (where.addin.parent / "isms_xl_notes.xlsx").write_bytes(b"the user's own")
    before = files(machine.home)
    written = [part.path for part in install(machine)]
    assert set(files(machine.home)) - set(before) == {
        path.relative_to(machine.home).as_posix() for path in written
    }
    assert uninstall(machine) == list(where.written)
    assert files(machine.home) == before
    assert not where.settings.parent.exists()
    assert uninstall(machine) == []


def test_uninstall_leaves_the_log(machine: Machine) -> None:
    install(machine)
    log = places(machine).log
    log.parent.mkdir(exist_ok=True, parents=True)
    log.write_text("what went wrong")
    uninstall(machine)
    assert list(files(machine.home)) == [log.relative_to(machine.home).as_posix()]


def test_addin_open_in_excel_is_not_replaced(machine: Machine) -> None:
    where = places(machine)
    where.addin.parent.mkdir(parents=True)
    where.addin.write_bytes(b"older")
    (where.addin.parent / f"~${where.addin.name}").touch()
    with pytest.raises(WriteRefusedError, match="Close it there and try again"):
        install(machine)
    assert where.addin.read_bytes() == b"older"


def test_folder_that_cannot_be_made(machine: Machine) -> None:
    places(machine).settings.parent.parent.mkdir(parents=True)
    places(machine).settings.parent.write_text("a file where the folder should be")
    with pytest.raises(WriteRefusedError, match="could not be made"):
        install(machine)


def test_python_that_does_not_find_isms_xl_is_refused(machine: Machine, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text('#!/bin/sh\necho "No module named isms_xl" >&2\nexit 1\n')
    other.chmod(0o755)
    with pytest.raises(IsmsXlError, match="pip install --user"):
        install(replace(machine, interpreter=other))
    assert files(machine.home) == {}


def test_isolated_python_is_asked_for_this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs_isolated(PYTHON)
    monkeypatch.setattr("isms_xl.addin.installing.__version__", "99.0")
    assert not runs_isolated(PYTHON)
    assert not runs_isolated(Path("/nowhere/python"))


def test_isolated_python_is_asked_for_what_buttons_start(tmp_path: Path) -> None:
    (tmp_path / "isms_xl").mkdir()
    (tmp_path / "isms_xl" / "__init__.py").write_text(f"__version__ = {__version__!r}\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); exec(sys.argv.pop(1))"
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nshift 2; exec {PYTHON} -I -c {shlex.quote(code)} "$@"\n')
    other.chmod(0o755)
    assert not runs_isolated(other)
    (tmp_path / "isms_xl" / "button.py").touch()
    assert runs_isolated(other)


def test_doctor_before_installing(machine: Machine) -> None:
    found = broken(machine)
    assert [link.problem for link in found] == ["It is not there.", "They are not there."]
    assert {link.way_out for link in found} == {"Run isms-xl addin install."}


def test_doctor_sees_another_addin(machine: Machine) -> None:
    install(machine)
    places(machine).addin.write_bytes(b"something else")
    (link,) = broken(machine)
    assert str(places(machine).addin) in link.what
    assert "not the one that belongs to this version" in link.problem


@pytest.mark.parametrize("content", [b"", b"\xff", b"interpreter = x", "a = b".encode("utf-16")])
def test_doctor_sees_damaged_settings(machine: Machine, content: bytes) -> None:
    install(machine)
    places(machine).settings.write_bytes(content)
    (link,) = broken(machine)
    assert link.problem == "The add-in's settings are damaged."
    assert link.way_out == "Run isms-xl addin install again."


def test_doctor_sees_settings_of_another_version(machine: Machine) -> None:
    install(machine)
    where = places(machine)
    where.settings.write_bytes(Settings("0.0.1", str(PYTHON), str(where.log)).as_file())
    (link,) = broken(machine)
    assert link.problem == f"They were written by version 0.0.1, and this is version {__version__}."


def test_doctor_sees_a_python_that_moved(machine: Machine, tmp_path: Path) -> None:
    gone = tmp_path / "gone" / "python"
    install(machine)
    where = places(machine)
    where.settings.write_bytes(Settings(__version__, str(gone), str(where.log)).as_file())
    found = broken(machine)
    assert found[-1].what == f"Python: {gone}"
    assert found[-1].problem == "It is no longer there."


def test_doctor_sees_a_python_without_isms_xl(machine: Machine, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    install(machine)
    where = places(machine)
    where.settings.write_bytes(Settings(__version__, str(other), str(where.log)).as_file())
    assert "does not find isms-xl" in broken(machine)[-1].problem


def test_doctor_sees_a_start_script_that_is_missing_or_changed(tmp_path: Path) -> None:
    machine = macos(tmp_path)
    install(machine)
    script = places(machine).script
    assert script
    script.write_text(script.read_text("ascii").replace("-I", ""))
    (link,) = broken(machine)
    assert "not the one that belongs" in link.problem
    script.unlink()
    (link,) = broken(machine)
    assert (link.what, link.problem) == (f"The start script: {script}", "It is not there.")


@pytest.mark.parametrize(("name", "number"), [("Büro", 0), ("Łódź", 1), ("登録", 1)])
def test_doctor_sees_letters_macros_cannot_pass_on(tmp_path: Path, name: str, number: int) -> None:
    python = tmp_path / name / "python"
    python.parent.mkdir()
    python.symlink_to(PYTHON)
    machine = windows(tmp_path)
    install(machine)
    where = places(machine)
    where.settings.write_bytes(Settings(__version__, str(python), str(where.log)).as_file())
    found = [link for link in broken(machine) if "letters" in link.problem]
    assert len(found) == number
    assert all("plain letters" in link.way_out for link in found)
    # The drive may keep a short name in plain letters, which does as well.
    short = replace(machine, short_name=lambda _: r"C:\DEUX~1\pythonw.exe")
    assert not [link for link in broken(short) if "letters" in link.problem]


@pytest.mark.parametrize("user", ["Łukasz", "Anna Büro", "登録"])
def test_name_of_the_user_may_have_any_letters(tmp_path: Path, user: str) -> None:
    machine = windows(tmp_path / user)
    install(machine)
    assert broken(machine) == []


STORE = "PythonSoftwareFoundation.Python.3.11_qbz5n2kfra8p0"


@pytest.fixture
def redirected(tmp_path: Path) -> Machine:
    """Return a machine on which Windows puts what Python writes into a private copy."""
    home = tmp_path / "Users" / "anna"
    private = home / "AppData" / "Local" / "Packages" / STORE / "LocalCache" / "Roaming"
    private.mkdir(parents=True)
    (home / "AppData" / "Roaming").symlink_to(private, target_is_directory=True)
    return windows(home)


def from_store(home: Path) -> Machine:
    base = Path(rf"C:\Program Files\WindowsApps\{STORE.replace('_', '_3.11.2544.0_x64__')}")
    return replace(windows(home), base=base)


def test_python_that_writes_into_a_private_copy_is_refused(redirected: Machine) -> None:
    with pytest.raises(IsmsXlError, match="where Excel does not find") as told:
        install(redirected)
    assert "python.org" in told.value.way_out
    assert "uv" in told.value.way_out
    assert files(redirected.home) == {}


def test_python_from_the_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IsmsXlError, match="Microsoft Store"):
        install(from_store(tmp_path))
    assert files(tmp_path) == {}
    assert [link.way_out for link in broken(from_store(tmp_path)) if "uv" in link.way_out]


def test_doctor_sees_what_was_written_into_a_private_copy(
    redirected: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isms_xl.addin.installing.keeps_apart", lambda _: False)  # as before
    install(redirected)
    (link,) = broken(redirected)
    assert "Microsoft Store" in link.problem
    assert "python.org" in link.way_out


def test_folder_elsewhere_is_no_private_copy(tmp_path: Path) -> None:
    server = tmp_path / "server" / "profiles" / "anna"
    server.mkdir(parents=True)
    machine = windows(tmp_path / "home")
    assert machine.appdata
    machine.appdata.parent.mkdir(parents=True)
    machine.appdata.symlink_to(server, target_is_directory=True)
    install(machine)
    assert broken(machine) == []


class FakeRegistry(ModuleType):
    """The user's part of a registry, as `winreg` gives it."""

    HKEY_CURRENT_USER = 1

    def __init__(self, keys: dict[str, dict[str, object]]) -> None:
        super().__init__("winreg")
        self.keys = {key.casefold(): list(values.items()) for key, values in keys.items()}

    @contextmanager
    def OpenKey(self, _: int, key: str) -> Iterator[str]:  # noqa: N802 - as winreg names it
        if key.casefold() not in self.keys:
            raise FileNotFoundError(key)
        yield key.casefold()

    def QueryInfoKey(self, key: str) -> tuple[int, int, int]:  # noqa: N802
        return 0, len(self.keys[key]), 0

    def EnumValue(self, key: str, number: int) -> tuple[str, object, int]:  # noqa: N802
        return *self.keys[key][number], 0


def item(path: str) -> bytes:
    """Return a disabled item as Excel writes it: numbers, the path, a title."""
    title = Path(path).name
    return struct.pack("<III", 1, len(path) * 2, len(title) * 2) + (path + title).encode(
        "utf-16-le"
    )


ROAMING = r"c:\users\anna\appdata\roaming"
SECURITY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
TRUSTED = rf"{SECURITY}\Trusted Locations"
DISABLED = r"Software\Microsoft\Office\16.0\Excel\Resiliency\DisabledItems"


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({}, ""),
        ({DISABLED: {"1A2B": item(rf"{ROAMING}\microsoft\excel\xlstart\isms_xl.xlam")}}, "crash"),
        ({DISABLED: {"1A2B": item(rf"{ROAMING}\solver.xlam"), "x": "isms_xl.xlam"}}, ""),
        ({SECURITY: {"DisableAllAddins": 1}}, "DisableAllAddins"),
        ({SECURITY: {"DisableAllAddins": 0}}, ""),
        ({SECURITY: {"RequireAddinSig": 1}}, "RequireAddinSig"),
        # Excel trusts its start folder, whatever the rule on macros.
        ({SECURITY: {"VBAWarnings": 4}}, ""),
        ({SECURITY: {"VBAWarnings": 4}, TRUSTED: {"AllLocationsDisabled": 1}}, "no macros"),
        ({SECURITY: {"vbawarnings": 3}, TRUSTED: {"AllLocationsDisabled": 1}}, "signed macros"),
        ({SECURITY: {"VBAWarnings": 2}, TRUSTED: {"AllLocationsDisabled": 1}}, ""),
        (
            {
                SECURITY: {"blockcontentexecutionfrominternet": 1},
                TRUSTED: {"AllLocationsDisabled": 1},
            },
            "",
        ),
    ],
)
def test_doctor_looks_into_the_registry(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keys: dict[str, dict[str, object]],
    problem: str,
) -> None:
    monkeypatch.setitem(sys.modules, "winreg", FakeRegistry(keys))
    machine = windows(tmp_path)
    install(machine)
    found = broken(machine)
    assert len(found) == bool(problem)
    assert all(problem in link.problem and link.way_out for link in found)


def test_doctor_sees_an_addin_marked_as_coming_from_the_web(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: dict[str, dict[str, object]] = {
        SECURITY: {"blockcontentexecutionfrominternet": 1},
        TRUSTED: {"AllLocationsDisabled": 1},
    }
    monkeypatch.setitem(sys.modules, "winreg", FakeRegistry(keys))
    machine = windows(tmp_path)
    install(machine)
    addin = places(machine).addin
    addin.with_name(f"{addin.name}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n")
    (link,) = broken(machine)
    assert "blockcontentexecutionfrominternet" in link.problem


def test_signed_addin_does_where_signatures_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: dict[str, dict[str, object]] = {SECURITY: {"RequireAddinSig": 1}}
    monkeypatch.setitem(sys.modules, "winreg", FakeRegistry(keys))
    machine = windows(tmp_path)
    install(machine)
    places(machine).addin.write_bytes(b"the same with a signature")
    (link,) = broken(machine)
    assert "not the one that belongs to this version" in link.problem


@pytest.mark.parametrize(
    "path",
    ["/usr/bin/python3", '/Users/o\'neil/"x"\\y/python', "/Users/Łódź 登録 😀/bin/python", "/a=b "],
)
def test_paths_survive_the_settings_and_the_script(path: str) -> None:
    settings = Settings("1.0", path.strip(), "log = here")
    assert read_settings(settings.as_file()) == settings
    script = applescript_for(path)
    assert script.isascii()
    letters = re.search(r"set interpreter to string id \{([\d, ]+)\}", script)
    assert letters
    assert "".join(chr(int(number)) for number in letters[1].split(", ")) == path
    assert "@" not in script


def test_script_knows_the_commands_of_the_ribbon() -> None:
    script = applescript_for("/python")
    known = re.search(r"set knownTasks to \{(.+)\}", script)
    assert known
    assert re.findall('"([^"]+)"', known[1]) == list(COMMANDS)
    ribbon = (addin_folder() / RIBBON).read_text("utf-8")
    assert {button.get("tag") for button in buttons(ribbon)} == set(COMMANDS)


def as_applescript_would(expression: str, values: dict[str, str]) -> str:
    """Join texts and values as AppleScript does: `"text" & name & quoted form of name`."""
    joined = ""
    for part in re.findall(r'"[^"]*"|[^&"]+(?=&|$)', expression):
        name = part.strip()
        if name.startswith('"'):
            joined += name[1:-1]
        elif name.startswith("quoted form of "):
            joined += shlex.quote(values[name.removeprefix("quoted form of ")])
        elif name:
            joined += values[name]
    return joined


def test_script_starts_python_and_does_not_wait_for_it(tmp_path: Path) -> None:
    python = tmp_path / 'it\'s $(touch gone) & "python"'
    go, record = tmp_path / "go", tmp_path / "record"
    python.write_text(
        f"#!/bin/sh\nwhile [ ! -e '{go}' ]; do sleep 0.05; done\n"
        f"printf '%s\\n' \"$@\" > '{record}.part'\nmv '{record}.part' '{record}'\n"
    )
    python.chmod(0o755)
    script = applescript_for(str(python))
    values = {"interpreter": str(python), "task": "next-gap", "digits": "0041"}
    for name, expression in re.findall(r"set (arguments) to (.+)", script):
        values[name] = as_applescript_would(expression, values)
    looks, starts = (
        as_applescript_would(expression, values)
        for expression in re.findall(r"do shell script (.+)", script)
    )
    assert subprocess.run(["sh", "-c", looks]).returncode == 0
    # It waits for all output to end, as `do shell script` does.
    done = subprocess.run(["sh", "-c", starts], capture_output=True, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not record.exists()
    go.touch()
    deadline = time.monotonic() + 60
    while not record.exists():
        assert time.monotonic() < deadline, "nothing was started"
        time.sleep(0.02)
    assert record.read_text().split("\n") == [
        *("-I", "-m", "isms_xl.button", "next-gap", "--wb-hex=0041", "--from_xl=1", ""),
    ]
    python.unlink()
    assert subprocess.run(["sh", "-c", looks]).returncode != 0
    assert not (tmp_path / "gone").exists()


def test_other_systems_are_told_what_works_there(tmp_path: Path) -> None:
    machine = Machine("linux", tmp_path, None, PYTHON)
    for do in (parts, install, uninstall, examine):
        with pytest.raises(IsmsXlError, match="isms-xl validate register"):
            do(machine)
    assert files(tmp_path) == {}


def on(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> None:
    monkeypatch.setattr("isms_xl.addin.places.this_machine", lambda: machine)


def test_commands(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, machine)
    runner = CliRunner()
    ill = runner.invoke(main, ["addin", "doctor"])
    assert ill.exit_code == 1
    assert "✗ The settings" in ill.output
    installed = runner.invoke(main, ["addin", "install"])
    assert installed.exit_code == 0, installed.output
    assert "Start Excel again" in installed.output
    well = runner.invoke(main, ["addin", "doctor"])
    assert well.exit_code == 0, well.output
    assert "✗" not in well.output
    removed = runner.invoke(main, ["addin", "uninstall"])
    assert removed.exit_code == 0
    assert removed.output.count("Removed ") == len(places(machine).written)
    again = runner.invoke(main, ["addin", "uninstall"])
    assert again.exit_code == 0
    assert "nothing was removed" in again.output


def test_this_machine_is_looked_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "python.exe").touch()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python.exe"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", WINDOWS)
    assert this_machine().interpreter.name == "python.exe"
    (tmp_path / "pythonw.exe").touch()
    seen = this_machine()
    assert seen.interpreter == tmp_path / "pythonw.exe"
    assert seen.appdata == tmp_path / "Roaming"
    assert seen.code_page == "mbcs"
    assert seen.base == Path(sys.base_prefix)
