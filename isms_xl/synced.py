"""The copy on this computer of what lies on OneDrive: Excel names files there by their address.

OneDrive says in the environment which folder it keeps in step. An address on a team's SharePoint
page does not tell its folder, since people choose and name what is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from isms_xl.errors import ContractError


def path_of(chosen: str, environment: Mapping[str, str]) -> Path:
    """Return what was chosen in a dialog as a path on this computer.

    Args:
        chosen: A path, or an address on OneDrive or SharePoint.
        environment: The environment's variables, as in `os.environ`.

    Raises:
        ContractError: It is an address, and there is no copy on this computer.
    """
    if "://" not in chosen:
        return Path(chosen)
    path = _copy_here(chosen, environment)
    if path is None or not path.exists():
        raise ContractError(
            f"{unquote(chosen).rstrip('/').rpartition('/')[2]} lies on OneDrive or SharePoint, and "
            "isms-xl reads from folders of this computer only.",
            "Choose the copy in the OneDrive folder of this computer; where there is none, open the "
            "page in the browser, click Sync or Add shortcut to OneDrive, and try again.",
        )
    return path


def _copy_here(address: str, environment: Mapping[str, str]) -> Path | None:
    parts = urlsplit(address)
    host, steps = (parts.hostname or "").lower(), [unquote(s) for s in parts.path.split("/") if s]
    if host == "d.docs.live.net":  # /number of the account/folders
        names, steps = ("OneDriveConsumer", "OneDrive"), steps[1:]
    elif host.endswith("-my.sharepoint.com") and [s.lower() for s in steps[:1]] == ["personal"]:
        names, steps = ("OneDriveCommercial", "OneDrive"), steps[3:]  # /personal/name/Documents
    else:
        return None
    folder = next((environment[name] for name in names if environment.get(name)), None)
    if folder is None or any(step == ".." or "/" in step or "\\" in step for step in steps):
        return None
    return Path(folder, *steps)
