"""How far requirements are answered, by which controls, and which obligations apply, by unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from xlsxwriter.format import Format

from isms_xl.contract import LINK_STATUSES, REQUIREMENT_TYPES
from isms_xl.group import UnitControl
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.facts import ObligationLine, Tally
from isms_xl.group_book.marks import marked
from isms_xl.look import GOOD_FILL, GOOD_INK, MUTED, PAPER, RULE, Look
from isms_xl.pages import Column, Page, Value
from isms_xl.reference import OWN_CONTROL, annex_a
from isms_xl.words import counted, named

REQUIREMENTS_PAGE = "Requirements"
CONTROLS_PAGE, CONTROLS_BY_UNIT_PAGE = "Controls", "Controls by unit"
OBLIGATIONS_PAGE = "Obligations"

_TYPES = (*REQUIREMENT_TYPES, "")
_NO_TYPE = "No type"
_STATUS_FILL = {"Planned": "#EEF2F7", "Implemented": "#D6E6F7", "Verified": GOOD_FILL}
_STATUS_INK = {"Planned": MUTED, "Implemented": "#1B4B80", "Verified": GOOD_INK}
_STATUS_LETTER = {"Planned": "P", "Implemented": "I", "Verified": "V", "": "–"}
_NAMED = 4


def requirements_page(book: GroupBook) -> None:
    """Write the requirements by type for the group, then by type and unit."""
    page = book.page(
        REQUIREMENTS_PAGE,
        (
            Column("Unit", 34, strong=True),
            Column("Requirements", 14, centred=True),
            Column("Addressed", 12, centred=True),
            Column("Not addressed", 12, centred=True),
            Column("Undecided", 12, centred=True),
            Column("Linked", 12, centred=True),
            Column("Implemented", 13, centred=True),
            Column("Verified", 12, centred=True),
            *(Column(kind or _NO_TYPE, 19, centred=True) for kind in _TYPES),
        ),
    )
    page.title(
        "Requirements and how far the ISMS answers them",
        "Linked: a link leads to a policy, procedure, control, treatment or objective. Implemented "
        "and verified: the furthest of its links has got there; what is verified is implemented, "
        "too. By type: addressed · linked · verified, of all of that type.",
    )
    blank: list[Value] = [None] * len(_TYPES)
    page.section("All units, by type of requirement")
    page.headings(["Type", *_names(page), *[""] * len(_TYPES)])
    for kind in _TYPES:
        tally = _sum(unit.get(kind, Tally()) for unit in book.facts.coverage)
        if kind or tally.requirements:
            page.record((kind or _NO_TYPE, *_numbers(tally), *blank))
    whole = _sum(tally for unit in book.facts.coverage for tally in unit.values())
    page.record(("All", *_numbers(whole), *blank))
    page.section("By unit")
    page.headings(
        ["Unit", *_names(page), *(kind or _NO_TYPE for kind in _TYPES)], repeat=True, freeze=False
    )
    for unit, coverage in zip(book.units, book.facts.coverage, strict=True):
        cells = [coverage.get(kind, Tally()) for kind in _TYPES]
        forms = {
            at: form
            for at, tally in enumerate(cells, start=8)
            if (form := _share_form(book.look, tally))
        }
        page.record(
            (unit.label, *_numbers(_sum(coverage.values())), *map(_of_type, cells)), forms=forms
        )
    if not book.units:
        page.nothing()


def _names(page: Page) -> list[str]:
    return [column.heading for column in page.columns[1:8]]


def _numbers(tally: Tally) -> tuple[int, ...]:
    return (
        tally.requirements,
        tally.addressed,
        tally.refused,
        tally.requirements - tally.addressed - tally.refused,
        tally.linked,
        tally.implemented,
        tally.verified,
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in tallies:
        whole.requirements += tally.requirements
        whole.addressed += tally.addressed
        whole.refused += tally.refused
        whole.linked += tally.linked
        whole.implemented += tally.implemented
        whole.verified += tally.verified
    return whole


def _of_type(tally: Tally) -> str:
    if not tally.requirements:
        return "–"
    return f"{tally.addressed} · {tally.linked} · {tally.verified} of {tally.requirements}"


def _share_form(look: Look, tally: Tally) -> Format | None:
    """Return the colour of what all requirements of a type have reached; None where some lack it."""
    if not tally.requirements or tally.linked < tally.addressed:
        return None
    status = "Verified" if tally.verified >= tally.addressed else "Implemented"
    if status == "Implemented" and tally.implemented < tally.addressed:
        return None
    return _status_form(look, status)


def _status_form(look: Look, status: str) -> Format:
    return look.form(
        align="center",
        text_wrap=True,
        bottom=1,
        bottom_color=RULE,
        bg_color=_STATUS_FILL.get(status, PAPER),
        font_color=_STATUS_INK.get(status, MUTED),
    )


# --- controls ---------------------------------------------------------------------------------


def controls_pages(book: GroupBook) -> None:
    """Write each control with the units that answer requirements with it."""
    units = [Column(unit.label, 17, centred=True) for unit in book.units] if book.is_wide else []
    page = book.page(
        CONTROLS_PAGE,
        (
            Column("Control", 26 if book.is_wide else 30, strong=True),
            Column("Title", 44),
            Column("Units", 8, centred=True),
            Column("Requirements", 14, centred=True),
            *(Column(status, 12, centred=True) for status in (*LINK_STATUSES, "No status")),
            *(units or [Column("Which units", 60)]),
        ),
    )
    controls = book.facts.controls
    used = sum(bool(controls[control]) for control in annex_a())
    page.title(
        "Controls and the requirements they answer",
        f"{counted(used, 'control')} of the {len(annex_a())} of Annex A of ISO/IEC 27001:2022 "
        "answer a requirement of an interested party in at least one unit. One without is no gap: "
        "controls follow from the risk assessment (6.1.3), too. The status is that of the furthest "
        "link; the numbers under Planned to Verified count units.",
    )
    page.headings(repeat=True)
    for control, uses in controls.items():
        statuses = Counter(use.status for use in uses.values())
        numbers = [statuses[status] or None for status in (*LINK_STATUSES, "")]
        forms: dict[int, Format] = {}
        cells: list[Value]
        if book.is_wide:
            cells = [_use_text(uses.get(number)) for number in range(len(book.units))]
            forms = {
                number + 8: _status_form(book.look, use.status) for number, use in uses.items()
            }
        else:
            cells = [named([book.label(number) for number in uses], _NAMED)]
        known = annex_a().get(control)
        title = known.title if known else "Control of the organisation's own"
        requirements = sum(use.requirements for use in uses.values())
        head = (control, title, len(uses) or None, requirements or None)
        page.record((*head, *numbers, *cells), forms=forms)
    if not book.is_wide:
        _by_unit(book)


def _use_text(use: UnitControl | None) -> str | None:
    if use is None:
        return None
    return f"{use.requirements} {use.status.lower() or 'no status'}"


def _by_unit(book: GroupBook) -> None:
    """Write a matrix with a unit a row and a control of Annex A a column."""
    page = book.page(
        CONTROLS_BY_UNIT_PAGE,
        (
            Column("Unit", 30, strong=True),
            Column("Own controls", 10, centred=True),
            *(Column(control, 7.5, centred=True) for control in annex_a()),
        ),
    )
    page.sheet.set_print_scale(60)
    page.title(
        "Controls of Annex A by unit",
        "The number of requirements a control answers, and how far its furthest link is: P planned, "
        "I implemented, V verified.",
    )
    page.headings(repeat=True)
    page.sheet.freeze_panes(page.row, 1)
    page.sheet.repeat_columns(0)
    controls = book.facts.controls
    own = Counter(
        number for name, uses in controls.items() if name.startswith(OWN_CONTROL) for number in uses
    )
    for number, unit in enumerate(book.units):
        found = [controls[control].get(number) for control in annex_a()]
        forms = {
            at: _status_form(book.look, use.status) for at, use in enumerate(found, start=2) if use
        }
        cells = [
            f"{use.requirements} {_STATUS_LETTER[use.status]}" if use else None for use in found
        ]
        page.record((unit.label, own[number] or None, *cells), forms=forms)


# --- obligations ------------------------------------------------------------------------------


def obligations_page(book: GroupBook) -> None:
    """Write each obligation with what every unit decided."""
    if book.is_wide:
        _side_by_side(book)
    else:
        _one_below_the_other(book)


def _title(book: GroupBook, page: Page) -> None:
    lines = book.facts.obligations
    contradicted = sum(line.is_contradicted for line in lines)
    page.title(
        "Legal and regulatory obligations by unit",
        f"{counted(len(lines), 'obligation')} in all registers, told apart by citation; "
        f"{contradicted} of them apply in one unit and not in another, marked with ≠. What applies "
        "was decided by the units.",
    )


def _answer(line: ObligationLine, applies: str) -> str:
    text = {"To be determined": "TBD"}.get(applies, applies) or "–"
    return f"≠ {text}" if line.is_contradicted and applies in ("Yes", "No") else text


def _side_by_side(book: GroupBook) -> None:
    page = book.page(
        OBLIGATIONS_PAGE,
        (
            Column("Obligation", 38, strong=True),
            Column("Citation", 34),
            Column("Jurisdiction", 15),
            *(Column(unit.label, 17, centred=True) for unit in book.units),
        ),
    )
    _title(book, page)
    page.headings(repeat=True)
    for line in book.facts.obligations:
        cells: list[list[str]] = [[] for _ in book.units]
        forms: dict[int, Format] = {}
        for number, obligation in line.seen:
            cited = (
                f", {counted(obligation.requirements, 'requirement')}"
                if obligation.requirements
                else ""
            )
            cells[number].append(f"{_answer(line, obligation.applies)}{cited}")
            if form := _answer_form(book.look, line, obligation.applies):
                forms[number + 3] = form
        places = dict.fromkeys(o.jurisdiction for _, o in line.seen if o.jurisdiction)
        page.record(
            (line.title, line.citation, ", ".join(places), *("\n".join(c) for c in cells)),
            forms=forms,
        )
    if not book.facts.obligations:
        page.nothing()


def _answer_form(look: Look, line: ObligationLine, applies: str) -> Format | None:
    if line.is_contradicted and applies in ("Yes", "No"):
        return marked(look)
    if applies == "Yes":
        return _status_form(look, "Implemented")
    return None


def _one_below_the_other(book: GroupBook) -> None:
    page = book.page(
        OBLIGATIONS_PAGE,
        (
            Column("Obligation", 38, strong=True),
            Column("Citation", 34),
            Column("Jurisdiction", 15),
            Column("Unit", 30),
            Column("Applies", 11, centred=True),
            Column("Applies from", 13),
            Column("Requirements citing it", 13, centred=True),
            Column("Remark", 42),
        ),
    )
    _title(book, page)
    page.headings(repeat=True)
    top = page.row - 1
    for line in book.facts.obligations:
        count = Counter(obligation.applies for _, obligation in line.seen)
        remark = ""
        if line.is_contradicted:
            remark = f"Applies in {counted(count['Yes'], 'unit')}, not in {count['No']} (GRP006)"
        for number, obligation in line.seen:
            form = _answer_form(book.look, line, obligation.applies)
            page.record(
                (
                    obligation.title or line.title,
                    obligation.citation or line.citation,
                    obligation.jurisdiction,
                    book.label(number),
                    _answer(line, obligation.applies),
                    obligation.applies_from,
                    obligation.requirements,
                    remark,
                ),
                forms={4: form} if form else {},
            )
    if book.facts.obligations:
        page.sheet.autofilter(top, 0, page.row - 1, len(page.columns) - 1)
    else:
        page.nothing()
