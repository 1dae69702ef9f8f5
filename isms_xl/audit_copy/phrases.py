"""How the audit copy says what the register holds: cells as they stand, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from isms_xl.contract import LINK_STATUSES
from isms_xl.register import Record, Register, engagement, priority, text_of

NO_LINK = "Nothing is linked"
UNDECIDED = "Not decided yet"


def value(record: Record, heading: str) -> str | int | date | None:
    """Return what stands in a cell: a date or score as such, everything else as its text."""
    typed = record[heading]
    if isinstance(typed, date | int):
        return typed
    return text(record, heading) or None


def text(record: Record, heading: str) -> str:
    """Return the text of a cell, values from a list as the list spells them; also of an unusable one."""
    typed = record[heading]
    if isinstance(typed, str):
        return typed
    return typed.isoformat() if isinstance(typed, date) else text_of(record.raw(heading))


def joined(parts: Iterable[str], between: str = "\n") -> str:
    """Join what is not empty."""
    return between.join(filter(None, parts))


def confirmed(record: Record) -> str:
    """Return when something was confirmed and by whom."""
    return joined((text(record, "Confirmed on"), text(record, "Confirmed by")))


def owner_and_review(record: Record) -> str:
    """Return who owns a record and when it was last reviewed."""
    reviewed = text(record, "Last reviewed")
    return joined((text(record, "Owner"), f"reviewed {reviewed}" if reviewed else ""))


def standing(party: Record) -> str:
    """Return where a party stands in the power–interest grid."""
    power, interest = text(party, "Power"), text(party, "Interest")
    if not power and not interest:
        return ""
    scores = f"power {power or '–'}, interest {interest or '–'}"
    quadrant = engagement(party)
    return f"{quadrant} ({scores})" if quadrant else scores.capitalize()


def party_title(party: Record) -> str:
    """Return the text of the cell that a party's requirements share."""
    kind = joined((text(party, "Party type"), text(party, "Internal/External")), ", ")
    relevant = text(party, "Relevant to ISMS")
    decision = {"Yes": "relevant to the ISMS", "No": "not relevant to the ISMS"}.get(relevant, "")
    return joined((text(party, "Name") or party.name, f"{party.name} · {kind}", decision))


def origin(requirement: Record) -> str:
    """Return what kind of requirement it is, and where it comes from."""
    source = joined(
        (text(requirement, "Identified through"), text(requirement, "Source reference")), ": "
    )
    return joined(
        (text(requirement, "Requirement type"), source, text(requirement, "Obligation ID"))
    )


def decision(requirement: Record) -> str:
    """Return whether the ISMS addresses a requirement, and why or why not."""
    answer = text(requirement, "Addressed by ISMS") or UNDECIDED
    return joined((answer, text(requirement, "Justification")))


def weight(requirement: Record) -> str:
    """Return a requirement's priority with the scores it follows from."""
    likelihood, impact = text(requirement, "Likelihood"), text(requirement, "Impact")
    if not likelihood and not impact:
        return ""
    scores = f"{likelihood or '–'} × {impact or '–'}"
    return joined((priority(requirement), scores))


def answer(link: Record) -> str:
    """Return a link in a line: `Policy: ISP-01 (Verified)`."""
    status = text(link, "Status")
    named = joined((text(link, "Link type"), text(link, "Reference")), ": ")
    return f"{named} ({status})" if status else named


def answers(links: Sequence[Record]) -> str:
    """Return how a requirement is met, a link a line."""
    return "\n".join(map(answer, links))


def furthest(links: Iterable[Record]) -> str:
    """Return the status of the link that got furthest; empty where none has a status."""
    reached = {link["Status"] for link in links}
    return next((status for status in reversed(LINK_STATUSES) if status in reached), "")


def state(requirement: Record, links: Sequence[Record]) -> str:
    """Return in words how far a requirement is traced."""
    if requirement["Addressed by ISMS"] == "No":
        return "Not addressed by the ISMS"
    if not links:
        return NO_LINK
    status = furthest(links)
    return f"{status} at the furthest" if status else "Linked, without a status"


def names_of(register: Register, references: Sequence[str]) -> str:
    """Return the names of the parties referred to, or the references where no party has them."""
    parties = register.parties.by_id
    return joined(
        text(parties[reference], "Name") or reference if reference in parties else reference
        for reference in references
    )
