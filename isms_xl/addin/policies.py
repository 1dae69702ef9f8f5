"""What stands in the user's part of the Windows registry against the add-in.

Excel lists what it will not open again after a crash, and a company may have rules on macros. Excel
trusts its start folder, so the rules on macros keep the add-in out only where trusted folders are
switched off, too.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from isms_xl.addin.sources import BUILT

DISABLED_ITEMS = r"Software\Microsoft\Office\16.0\Excel\Resiliency\DisabledItems"
SECURITY = r"Software\Policies\Microsoft\Office\16.0\Excel\Security"
TRUSTED_LOCATIONS = rf"{SECURITY}\Trusted Locations"

_SIGNED_ONLY, _NO_MACROS = 3, 4
"""Values of the rule `VBAWarnings`."""


def values_of_user(key: str) -> dict[str, object]:
    """Return the values of a key of this user by name in small letters; none where it is not there."""
    try:
        registry = importlib.import_module("winreg")
    except ModuleNotFoundError:  # not on Windows
        return {}
    try:
        with registry.OpenKey(registry.HKEY_CURRENT_USER, key) as opened:
            number = registry.QueryInfoKey(opened)[1]
            values = [registry.EnumValue(opened, place) for place in range(number)]
    except OSError:
        return {}
    return {name.casefold(): value for name, value, _ in values}


def is_disabled() -> bool:
    """Whether Excel lists the add-in among its disabled items."""
    name = BUILT.encode("utf-16-le")
    items = values_of_user(DISABLED_ITEMS).values()
    return any(name in item.lower() for item in items if isinstance(item, bytes))


def rules_against(*, signed: bool, marked: bool) -> Iterator[str]:
    """Yield the company's rules that keep the add-in from running, a sentence each.

    Args:
        signed: Whether the add-in may carry a signature: it is not the one that ships.
        marked: Whether Windows marks it as coming from the web.
    """
    rules = values_of_user(SECURITY)
    trusts_folders = values_of_user(TRUSTED_LOCATIONS).get("alllocationsdisabled") != 1
    if rules.get("disablealladdins") == 1:
        yield "A rule of your company keeps Excel from opening add-ins (DisableAllAddins)."
    if rules.get("requireaddinsig") == 1 and not signed:
        yield "A rule of your company lets Excel open signed add-ins only (RequireAddinSig)."
    if trusts_folders:
        return
    if rules.get("vbawarnings") == _NO_MACROS:
        yield "A rule of your company lets Excel run no macros (VBAWarnings)."
    if rules.get("vbawarnings") == _SIGNED_ONLY and not signed:
        yield "A rule of your company lets Excel run signed macros only (VBAWarnings)."
    if rules.get("blockcontentexecutionfrominternet") == 1 and marked:
        yield (
            "A rule of your company keeps macros from the web from running, and Windows marks the "
            "add-in as coming from there (blockcontentexecutionfrominternet)."
        )
