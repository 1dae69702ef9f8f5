"""DOC: document and version control, 7.5.2, 7.5.3."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import VERSIONS
from isms_xl.finding import Basis, Severity
from isms_xl.register import Register, compare_key, is_blank
from isms_xl.versions import content_digest, first_broken, history

_SHEET = VERSIONS.sheet


@rule(
    "DOC001",
    Severity.MAJOR,
    Basis.STANDARD,
    "7.5.2",
    sheet=_SHEET,
    title="No version is recorded",
    message="The register has no recorded version.",
    remedy="Stamp the first version (Stamp version in the ribbon, or isms-xl stamp) once the content "
    "is agreed.",
    needs=(),
    checklist=("A4",),
)
def no_version(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Documented information needs identification; poor version control is a classic failure."""
    if not history(register):
        yield Hit()


@rule(
    "DOC002",
    Severity.MINOR,
    Basis.STANDARD,
    "7.5.2 c)",
    sheet=_SHEET,
    title="The latest version is not approved",
    message="{field} is blank for version {record}, the latest.",
    remedy="Have the version approved and enter {field} in its row on Versions.",
    needs=(),
    checklist=("A4",),
)
def version_not_approved(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Clause 7.5.2 c) asks for review and approval of documented information."""
    versions = history(register)
    for heading in ("Approved by", "Approved on") if versions else ():
        latest = versions[-1]
        if is_blank(latest.row.cells.get(heading)):
            cell = latest.row.cell(heading)
            yield Hit(subject=latest.name, field=heading, cell=cell)


@rule(
    "DOC003",
    Severity.MINOR,
    Basis.STANDARD,
    "7.5.3",
    sheet=_SHEET,
    title="Versions do not increase, or their dates run backwards",
    message="Version {record} follows version {before} without being higher.",
    remedy="Restore the history from the last good copy of the workbook; if it really ran that "
    "way, say so on Accepted Gaps.",
    variants={
        "date": Wording(
            "Version {record} of {date} follows version {before} of {date_before}.",
            "Bring the dates of the history back from the last good copy of the workbook; if it "
            "really ran that way, say so on Accepted Gaps.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def versions_out_of_order(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A history that does not run forward is none."""
    versions = history(register)
    for before, version in pairwise(versions):
        facts = {"before": before.name, "date": version.on, "date_before": before.on}
        if version.number <= before.number:
            cell = version.row.cell("Version")
            yield Hit(subject=version.name, field="Version", cell=cell, facts=facts)
        if version.on is not None and before.on is not None and version.on < before.on:
            cell = version.row.cell("Date")
            yield Hit(subject=version.name, field="Date", cell=cell, facts=facts, wording="date")


@rule(
    "DOC004",
    Severity.MAJOR,
    Basis.STANDARD,
    "7.5.3",
    sheet=_SHEET,
    title="The content changed since the latest version",
    message="The content differs from what was recorded as version {version}.",
    remedy="Stamp a new version (Stamp version in the ribbon, or isms-xl stamp), or restore the "
    "content of version {version}.",
    needs=(),
    checklist=("A4",),
)
def changed_since_version(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Control of changes: what was approved must be what is in use.

    While formulas are not calculated, nobody can tell; DAT005 says so.
    """
    versions = history(register)
    if (
        versions
        and register.is_calculated
        and versions[-1].text("Content digest").lower() != content_digest(register)
    ):
        yield Hit(facts={"version": versions[-1].name})


@rule(
    "DOC005",
    Severity.MAJOR,
    Basis.STANDARD,
    "7.5.3",
    sheet=_SHEET,
    title="The version history was altered",
    message="The history was altered at version {record}: its row, or one before it, was changed, "
    "removed or moved.",
    remedy="Restore the Versions sheet from the last good copy of the workbook.",
    needs=(),
    checklist=("A4",),
)
def altered_history(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Each row's digest covers the row before it, so that no row can change unnoticed."""
    broken = first_broken(history(register))
    if broken is not None:
        yield Hit(subject=broken.name, cell=broken.row.cell("Version"))


@rule(
    "DOC006",
    Severity.MINOR,
    Basis.PRACTICE,
    "7.5.3",
    sheet=_SHEET,
    title="A version is approved on an impossible day",
    message="The approval of version {record} bears the date {value}, before the version's own, {date}.",
    remedy="Enter in Approved on the day on which that version was approved, as in the minutes or the "
    "record of the approval.",
    variants={
        "future": Wording(
            "The approval of version {record} bears the date {value}, which lies in the future; until "
            "then the version is a draft.",
            "Enter in Approved on the day on which it was approved, or leave it blank until it is.",
        )
    },
    needs=(),
    checklist=("A4",),
)
def approved_on_impossible_day(register: Register, on: Circumstances) -> Iterator[Hit]:
    """An approval on a day on which it cannot have been given proves nothing."""
    for version in history(register):
        day = version.approved_on
        if day is None:
            continue
        facts = {"date": version.on, "value": day}
        cell = version.row.cell("Approved on")
        if day > on.as_of:
            yield Hit(
                subject=version.name, field="Approved on", cell=cell, facts=facts, wording="future"
            )
        elif version.on is not None and day < version.on:
            yield Hit(subject=version.name, field="Approved on", cell=cell, facts=facts)


@rule(
    "DOC007",
    Severity.OBS,
    Basis.PRACTICE,
    "7.5.2 c)",
    sheet=_SHEET,
    title="The latest version is approved by its author",
    message="{value} stamped version {record} and approved it, too.",
    remedy="Have another role approve the next version; where there is no one else, say so on Accepted "
    "Gaps.",
    needs=(),
    checklist=("A4",),
)
def approved_by_author(register: Register, on: Circumstances) -> Iterator[Hit]:
    """A second pair of eyes finds what the author overlooks.

    Only the latest version counts: nobody can approve a former one anew.
    """
    for version in history(register)[-1:]:
        author, approver = version.text("Author"), version.text("Approved by")
        if approver and compare_key(author) == compare_key(approver):
            cell = version.row.cell("Approved by")
            yield Hit(
                subject=version.name, field="Approved by", cell=cell, facts={"value": approver}
            )
