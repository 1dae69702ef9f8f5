"""What no other judge says about a ribbon: whether Excel would find, name and reach its controls.

    assert ribbon_problems(xml, modules) == []

The validator of the Open XML SDK checks a ribbon's form, and Excel itself says nothing: a button
whose callback is missing or has other arguments does nothing when it is clicked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

NAMESPACE = "{http://schemas.microsoft.com/office/2009/07/customui}"

# Icons built into Office. Those marked 1 stand in the list of [MS-CUSTOMUI2], section "imageMso
# table"; the others in ribbons of published add-ins for Excel.
KNOWN_ICONS = {
    "AcceptInvitation",  # 1
    "ClearFormats",  # 1
    "FileNew",
    "FileOpen",
    "FileSaveAs",  # 1
    "FileSaveAsPdfOrXps",
    "FunctionsLookupReferenceInsertGallery",
    "Help",  # 1
    "ImportExcel",
    "Info",  # 1
    "ReviewNextComment",  # 1
    "ReviewPreviousComment",  # 1
    "SignatureLineInsert",
}

# Arguments of the callbacks of a button; other controls have others.
SIGNATURES = {
    "onAction": ("control As IRibbonControl",),
    "onLoad": ("ribbon As IRibbonUI",),
    **{
        f"get{what}": ("control As IRibbonControl", "ByRef returnedVal")
        for what in (
            *("Enabled", "Visible", "Label", "Screentip", "Supertip", "Keytip", "Image"),
            *("ShowImage", "ShowLabel", "Description", "Size"),
        )
    },
}
# Letters that Excel itself answers after Alt: its own tabs, and the menus of Excel 2003, whose keys
# still work (Alt, I, R inserts a row).
TAKEN_AFTER_ALT = frozenset("ABDEFHIJLMNOPQRSTUVWXYZ")
TEXTS = ("label", "keytip", "screentip", "supertip", "tag")
PROCEDURE = re.compile(r"^Public (?:Sub|Function) (\w+)\((.*)\)", re.MULTILINE)


def ribbon_problems(xml: str, modules: Mapping[str, str]) -> list[str]:
    """Say what is wrong with a ribbon and the VBA it calls, a line each."""
    root = fromstring(xml)
    return [
        *(["the namespace is not that of customUI14"] if not _is_custom_ui(root) else []),
        *_twice("id", [element.get("id") for element in root.iter()]),
        *(problem for tab in root.iter(f"{NAMESPACE}tab") for problem in _of_tab(tab)),
        *(problem for element in root.iter() for problem in _of_callbacks(element, modules)),
        *(problem for element in root.iter() for problem in _of_exclusions(element)),
    ]


def buttons(xml: str) -> list[Element]:
    """Return the buttons in order."""
    return list(fromstring(xml).iter(f"{NAMESPACE}button"))


def _is_custom_ui(root: Element) -> bool:
    return root.tag == f"{NAMESPACE}customUI"


def _twice(what: str, values: list[str | None]) -> Iterator[str]:
    for value, number in Counter(value for value in values if value).items():
        if number > 1:
            yield f"{what} {value} is used {number} times"


def _of_tab(tab: Element) -> Iterator[str]:
    found = list(tab.iter(f"{NAMESPACE}button"))
    keytips = [button.get("keytip") for button in found]
    yield from _twice("keytip", keytips)
    if not tab.get("keytip"):
        yield f"{tab.get('id')} has no keytip"
    if tab.get("keytip", "")[:1] in TAKEN_AFTER_ALT:
        yield f"keytip {tab.get('keytip')} begins with a letter Excel uses after Alt"
    for tip in filter(None, [tab.get("keytip"), *keytips]):
        if not re.fullmatch("[A-Z0-9]{1,3}", tip):
            yield f"keytip {tip} cannot be typed"
        if any(other and other != tip and other.startswith(tip) for other in keytips):
            yield f"keytip {tip} hides a longer one"
    for button in found:
        for text in TEXTS:
            if not button.get(text, "").strip():
                yield f"{button.get('id')} has no {text}"
        if button.get("imageMso") not in KNOWN_ICONS:
            yield f"{button.get('id')} has the unknown icon {button.get('imageMso')}"
        if button.get("screentip", "").endswith(".") or not button.get("supertip", "").endswith(
            "."
        ):
            yield f"{button.get('id')}: a screentip is a title, a supertip a sentence"


def _of_callbacks(element: Element, modules: Mapping[str, str]) -> Iterator[str]:
    procedures = [found for text in modules.values() for found in PROCEDURE.findall(text)]
    for attribute, name in element.attrib.items():
        if attribute not in SIGNATURES:
            if re.match("(on|get)[A-Z]", attribute):
                yield f"{element.get('id')}: the checker does not know {attribute}"
            continue
        arguments = [_arguments(text) for found, text in procedures if found == name]
        if not arguments:
            yield f"{element.get('id')}: {attribute} calls {name}, which is not there"
        elif arguments != [SIGNATURES[attribute]]:
            yield f"{element.get('id')}: {attribute} calls {name} with other arguments"


def _arguments(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _of_exclusions(element: Element) -> Iterator[str]:
    for what in ("label", "keytip", "screentip", "supertip", "enabled", "visible", "size"):
        if what in element.attrib and f"get{what.capitalize()}" in element.attrib:
            yield f"{element.get('id')} has {what} and get{what.capitalize()}"
