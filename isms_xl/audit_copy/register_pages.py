"""The pages of the register itself: parties with their requirements, and the power–interest grid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from isms_xl.audit_copy import phrases as say
from isms_xl.audit_copy.book import Copy
from isms_xl.contract import engagement_of
from isms_xl.grid_chart import MOST_BUBBLES, add_bubbles, finish_grid
from isms_xl.pages import Column, Page, Row
from isms_xl.register import Record, Register, engagement
from isms_xl.words import counted
from isms_xl.xlsx import done

REGISTER_PAGE = "Register"
REGISTER_TITLE = "Interested parties and their requirements"
GRID_PAGE = "Power-interest grid"

_NO_REQUIREMENT = "No requirement recorded."
_STRANGERS = "No party of the register"
_CHART_HEIGHT = 340.0


def register_page(copy: Copy) -> Page:
    """Write the register as auditors know it: each party with its requirements beneath."""
    page = copy.page(
        REGISTER_PAGE,
        (
            Column("Interested party", 28, strong=True),
            Column("No.", 10, strong=True),
            Column("Need or expectation", 44),
            Column("Type and source", 30),
            Column("Addressed by the ISMS", 24),
            Column("How it is met", 38),
            Column("Priority", 10),
            Column("Owner and review", 21, muted=True),
        ),
    )
    register = copy.report.register
    page.title(
        REGISTER_TITLE,
        "Priority is likelihood × impact. What is said not to be addressed stands with its reason.",
    )
    page.headings(repeat=True)
    seen: set[str] = set()
    for party in register.parties:
        again = party.id and party.id in seen
        seen.add(party.id)
        requirements = [] if again else register.requirements_of.get(party.id, [])
        rows = [_requirement_row(register, requirement) for requirement in requirements]
        missing = "See the first party of this number." if again else _NO_REQUIREMENT
        page.group(say.party_title(party), rows or [_empty_row(missing)])
    strangers = [
        requirement
        for requirement in register.requirements
        if not any(
            reference in register.parties.by_id for reference in requirement.many("Party ID")
        )
    ]
    if strangers:
        rows = [_requirement_row(register, requirement) for requirement in strangers]
        page.group(_STRANGERS, rows)
    if not len(register.parties) and not strangers:
        page.nothing()
    return page


def _empty_row(text: str) -> Row:
    return (None, text, None, None, None, None, None)


def _requirement_row(register: Register, requirement: Record) -> Row:
    links = register.links_of.get(requirement.id, []) if requirement.id else []
    notes = say.text(requirement, "Notes")
    return (
        requirement.name,
        say.joined((say.text(requirement, "Requirement"), f"Note: {notes}" if notes else "")),
        say.origin(requirement),
        say.decision(requirement),
        say.answers(links),
        say.weight(requirement),
        say.owner_and_review(requirement),
    )


def grid_page(copy: Copy) -> Page:
    """Write the power–interest grid: the chart, and all parties by quadrant."""
    page = copy.page(
        GRID_PAGE,
        (
            Column("No.", 10, strong=True),
            Column("Interested party", 30),
            Column("Type", 20),
            Column("Power", 8, centred=True),
            Column("Interest", 8, centred=True),
            Column("Why relevant", 40),
            Column("Representative, identified through", 26),
            Column("Confirmed", 20),
            Column("Owner and review", 20, muted=True),
        ),
    )
    register = copy.report.register
    page.title(
        "Power–interest grid",
        "Scores of 4 and 5 count as high. A bubble stands for the parties at one place of the grid; "
        "its number says how many.",
    )
    placed = _places(register)
    if placed:
        _chart(copy, page, placed)
    page.leave_room(1.0)
    page.headings(repeat=True, freeze=False)
    for name, parties in _quadrants(register):
        page.section(f"{name} ({counted(len(parties), 'party')})")
        for party in parties:
            page.record(_party_row(party))
    if not len(register.parties):
        page.nothing()
    return page


def _party_row(party: Record) -> Row:
    kind = say.joined((say.text(party, "Party type"), say.text(party, "Internal/External")))
    source = say.joined((say.text(party, "Representative"), say.text(party, "Identified through")))
    notes = say.text(party, "Notes")
    return (
        party.name,
        say.text(party, "Name"),
        kind,
        say.value(party, "Power"),
        say.value(party, "Interest"),
        say.joined((say.text(party, "Why relevant"), f"Note: {notes}" if notes else "")),
        source,
        say.confirmed(party),
        say.owner_and_review(party),
    )


def _quadrants(register: Register) -> Iterator[tuple[str, list[Record]]]:
    """Yield the parties by quadrant, those without scores last."""
    quadrants = [engagement_of(power, interest) for power in (5, 1) for interest in (5, 1)]
    for quadrant in (*quadrants, ""):
        here = [party for party in register.parties if engagement(party) == quadrant]
        if here:
            yield quadrant or "Not placed in the grid", here


def _places(register: Register) -> list[tuple[int, int, list[str]]]:
    """Return who stands at which place, (power, interest, names), the fewest parties first."""
    places: dict[tuple[int, int], list[str]] = {}
    for party in register.parties:
        power, interest = party.number("Power"), party.number("Interest")
        if power is not None and interest is not None:
            places.setdefault((power, interest), []).append(say.text(party, "Name") or party.name)
    found = [(power, interest, names) for (power, interest), names in places.items()]
    return sorted(found, key=lambda place: (len(place[2]), place[0], place[1]))


def _chart(copy: Copy, page: Page, places: list[tuple[int, int, list[str]]]) -> None:
    """Draw the chart above the table of its points, with a series for each size of bubble."""
    chart = copy.workbook.add_chart({"type": "scatter"})
    at = page.row
    page.leave_room(_CHART_HEIGHT)
    page.section("Who stands where")
    rest = [""] * (len(page.columns) - 6)
    page.headings(("Parties", "Engagement", "", "Power", "Interest", "Who", *rest))
    for size, group in groupby(places, key=lambda place: min(len(place[2]), MOST_BUBBLES)):
        first = page.row
        for power, interest, names in group:
            quadrant = engagement_of(power, interest)
            page.spread((len(names), quadrant, None, power, interest), "; ".join(names))
        add_bubbles(
            chart,
            name=(page.name, first, 0),
            interest=(page.name, first, 4, page.row - 1, 4),
            power=(page.name, first, 3, page.row - 1, 3),
            parties=size,
        )
    finish_grid(chart)
    done(
        page.sheet.insert_chart(
            at,
            1,
            chart,
            {"description": "Power–interest grid: bubbles show how many parties", "y_offset": 6},
        )
    )
