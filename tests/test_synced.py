"""Files and folders that a dialog of Excel names by their address on OneDrive."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from isms_xl.errors import ContractError
from isms_xl.ribbon import Desk, Said, perform
from isms_xl.synced import path_of

PERSONAL = "https://d.docs.live.net/0123456789abcdef"
COMPANY = "https://firm-my.sharepoint.com/personal/anna_firm_com/Documents"


@pytest.fixture
def drives(tmp_path: Path) -> dict[str, str]:
    for name in ("OneDrive", "OneDrive - Firm"):
        folder = tmp_path / name / "Audit 2026"
        folder.mkdir(parents=True)
        (folder / "Liste für 4.2.xlsx").write_bytes(b"")
    (tmp_path / "secret.xlsx").write_bytes(b"")
    return {
        "OneDrive": str(tmp_path / "OneDrive - Firm"),
        "OneDriveConsumer": str(tmp_path / "OneDrive"),
        "OneDriveCommercial": str(tmp_path / "OneDrive - Firm"),
    }


@pytest.mark.parametrize(
    ("base", "folder"), [(PERSONAL, "OneDriveConsumer"), (COMPANY, "OneDriveCommercial")]
)
def test_address_is_taken_to_the_copy_here(drives: dict[str, str], base: str, folder: str) -> None:
    here = Path(drives[folder]) / "Audit 2026"
    assert path_of(f"{base}/Audit%202026/Liste%20f%C3%BCr%204.2.xlsx", drives) == (
        here / "Liste für 4.2.xlsx"
    )
    assert path_of(f"{base}/Audit 2026", drives) == here
    only = {"OneDrive": drives[folder]}
    assert path_of(f"{base}/Audit 2026/", only) == here


@pytest.mark.parametrize(
    "address",
    [
        f"{PERSONAL}/gone.xlsx",
        f"{PERSONAL}/../secret.xlsx",
        f"{PERSONAL}/..%2Fsecret.xlsx",
        "https://firm.sharepoint.com/sites/isms/Shared%20Documents/secret.xlsx",
        "https://example.org/Audit 2026",
        "https://d.docs.live.net.example.org/x/Audit 2026",
    ],
)
def test_address_without_a_copy_here_is_told(drives: dict[str, str], address: str) -> None:
    with pytest.raises(ContractError) as told:
        path_of(address, drives)
    assert "lies on OneDrive or SharePoint" in told.value.problem
    assert "OneDrive folder of this computer" in told.value.way_out
    with pytest.raises(ContractError):
        path_of(f"{PERSONAL}/Audit 2026", {})


def test_path_stays_a_path(drives: dict[str, str]) -> None:
    assert path_of("/registers/list.xlsx", drives) == Path("/registers/list.xlsx")


class Picker:
    """A dialog in which somebody chose what lies on the web."""

    Title = ""
    AllowMultiSelect = True

    def Show(self) -> bool:  # noqa: N802 - as Excel names it
        return True

    def SelectedItems(self, _: int) -> str:  # noqa: N802
        return "https://firm.sharepoint.com/sites/isms/Shared%20Documents/Other%20list.xlsx"


@pytest.mark.parametrize("command", ["import", "batch"])
def test_import_and_batch_say_what_to_do(command: str) -> None:
    api = SimpleNamespace(FileDialog=lambda _: Picker())
    app: Any = SimpleNamespace(api=api, status_bar=None)
    said = perform(command, Desk(app, None, date(2026, 11, 27)))
    assert isinstance(said, Said)
    assert said.failed
    assert said.text.startswith("Other list.xlsx lies on OneDrive or SharePoint")
