"""How weight and readiness are shown: by a sign and a number as well as by colour."""

from __future__ import annotations

from xlsxwriter.format import Format

from isms_xl.checklist import NOT_STARTED, NOTHING_TO_JUDGE, PARTLY
from isms_xl.finding import Severity
from isms_xl.group import ChecklistState, Counts
from isms_xl.look import GOOD_FILL, GOOD_INK, INK, MUTED, RULE, SEVERITY_FILL, SEVERITY_INK, Look

NONE_FOUND = "○ none"
STRONG = {Severity.MAJOR: "#C0392B", Severity.MINOR: "#E3A72F", Severity.OBS: "#7FA8D1"}
"""Colours of bars and of the heaviest cells."""

LEGEND = (
    "■ major gaps · ▲ minor gaps · ● observations only · ○ no gap found · ? not fully checked · "
    "– not started, or nothing to judge yet. "
    "The states are computed from the findings; they do not replace the audit."
)
_UNJUDGED = {PARTLY: "? partly", NOT_STARTED: "– not started", NOTHING_TO_JUDGE: "– nothing yet"}
"""How states are shown in which not everything was looked at."""

_SHADES = 4


def heat(look: Look, severity: Severity, number: int, most: int) -> Format:
    """Return the format of a number of findings: the nearer to the most, the darker.

    Args:
        look: The formats.
        severity: Severity of the findings.
        number: The number.
        most: The largest number of that severity on the sheet.
    """
    properties = {"align": "center", "bottom": 1, "bottom_color": RULE}
    if not number:
        return look.form(**properties, font_color=MUTED)
    step = min(_SHADES - 1, (number * _SHADES - 1) // max(most, 1))
    fill = _blend(SEVERITY_FILL[severity], STRONG[severity], step / (_SHADES - 1))
    dark = severity is Severity.MAJOR and step >= _SHADES - 2
    return look.form(
        **properties,
        bold=severity is Severity.MAJOR,
        bg_color=fill,
        font_color="#FFFFFF" if dark else INK,
    )


def _blend(light: str, strong: str, share: float) -> str:
    pairs = zip(*(bytes.fromhex(colour[1:]) for colour in (light, strong)), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * share):02X}" for one, other in pairs)


def state_text(state: ChecklistState) -> str:
    """Return the state of a line of the checklist as a sign, a number and a word."""
    for severity, word in zip(Severity, ("major", "minor", "obs."), strict=True):
        number = state.counts.of(severity)
        if severity is Severity.OBS and state.state in _UNJUDGED:
            break
        if number:
            return f"{severity.mark} {number} {word}"
    return _UNJUDGED.get(state.state, NONE_FOUND)


def state_form(look: Look, state: ChecklistState) -> Format:
    """Return the format of a state."""
    properties = {"align": "center", "bottom": 1, "bottom_color": RULE}
    severity = heaviest(state.counts)
    if state.state in _UNJUDGED and severity in (None, Severity.OBS):
        return look.form(**properties, font_color=MUTED, italic=True)
    if severity is None:
        return look.form(**properties, bg_color=GOOD_FILL, font_color=GOOD_INK)
    return look.form(
        **properties,
        bg_color=SEVERITY_FILL[severity],
        font_color=SEVERITY_INK[severity],
        bold=severity is Severity.MAJOR,
    )


def heaviest(counts: Counts) -> Severity | None:
    """Return the heaviest severity that is open; None where nothing is."""
    return next((severity for severity in Severity if counts.of(severity)), None)


def severity_text(severity: Severity) -> str:
    """Return a severity as a sign and a word."""
    return f"{severity.mark} {severity.word}"


def severity_form(look: Look, severity: Severity) -> Format:
    """Return the format of a severity written out."""
    return look.body(
        indent=1,
        bold=severity is Severity.MAJOR,
        bg_color=SEVERITY_FILL[severity],
        font_color=SEVERITY_INK[severity],
    )


def marked(look: Look) -> Format:
    """Return the format of a cell that differs from what the others say."""
    return look.body(
        indent=1,
        bg_color=SEVERITY_FILL[Severity.MINOR],
        font_color=SEVERITY_INK[Severity.MINOR],
    )


def difference_text(before: int | None, now: int | None) -> str:
    """Return how a number changed: `+2`, `−1`, `0`; a dash where there is nothing to compare."""
    if before is None or now is None:
        return "–"
    if now == before:
        return "0"
    return f"{'+' if now > before else '−'}{abs(now - before)}"


def difference_form(look: Look, before: int | None, now: int | None) -> Format:
    """Return the format of a change: fewer is good."""
    properties = {"align": "center", "bottom": 1, "bottom_color": RULE}
    if before is None or now is None or now == before:
        return look.form(**properties, font_color=MUTED)
    if now < before:
        return look.form(**properties, font_color=GOOD_INK, bg_color=GOOD_FILL)
    return look.form(**properties, font_color=SEVERITY_INK[Severity.MAJOR], bold=True)
