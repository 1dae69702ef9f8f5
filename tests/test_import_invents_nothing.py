"""An import makes no link, decision or date that the source does not state for that record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from layouts import Sheet, workbook

from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_register

DAY = date(2026, 11, 24)
LISTS = Path(__file__).parent / "data" / "import"


def take(*rows: tuple[object, ...], merged: tuple[str, ...] = ()) -> Imported:
    return import_register(workbook(Sheet(rows, merged=merged)), "list.xlsx", None, DAY)


def links(imported: Imported) -> list[tuple[str, str]]:
    """Return the text of the requirement and the reference of every link."""
    texts = {r["Requirement ID"]: str(r["Requirement"]) for r in imported.content["Requirements"]}
    return [
        (texts[link["Requirement ID"]], str(link["Reference"]))
        for link in imported.content["IsmsLinks"]
    ]


def test_measures_for_several_requirements_are_proposed_not_linked() -> None:
    path = LISTS / "measures-for-several.xlsx"
    imported = import_register(path.read_bytes(), path.name, None, DAY)
    assert imported.counts == {"parties": 3, "requirements": 6, "links": 0}
    notes = [str(party.get("Notes")) for party in imported.content["Parties"]]
    assert "How addressed: Data residency clause in contracts; incident" in notes[0]
    assert "We train everybody in the first week" in notes[1]
    first, second = imported.tasks
    assert first.place == "Sheet, C2"
    assert "RQ-001 to RQ-003" in first.what
    assert "Procedure: incident response procedure" in first.suggestion
    assert "Policy: Access control policy" in second.suggestion
    assert "Backups are restored" in str(imported.content["Requirements"][5]["Notes"])


HEADINGS = ("Interested party", "Requirements", "How addressed")


@pytest.mark.parametrize(
    ("needs", "measures", "expected"),
    [
        (
            "Backups",
            "Backup policy; restore procedure",
            [("Backups", "Backup policy"), ("Backups", "restore procedure")],
        ),
        (
            "Encryption; restored in a day",
            "Crypto policy + BCM policy",
            [("Encryption", "Crypto policy"), ("restored in a day", "BCM policy")],
        ),
        (
            "1. Encryption\n2. Training\n3. Backups",
            "1. Crypto policy\n3. Backup policy",
            [("Encryption", "Crypto policy"), ("Backups", "Backup policy")],
        ),
        ("Encryption; restored in a day", "Crypto policy", []),
        ("Encryption; restored in a day", "Crypto policy; BCM policy; HR policy", []),
        ("Encryption; restored in a day", "Crypto policy; we do our best", []),
    ],
)
def test_links_are_made_where_the_source_says_of_which_requirement(
    needs: str, measures: str, expected: list[tuple[str, str]]
) -> None:
    imported = take(HEADINGS, ("Clients", needs, measures))
    assert links(imported) == expected
    assert bool(imported.tasks) != bool(expected)


def test_a_cell_merged_over_several_requirements_is_said_of_none_of_them() -> None:
    imported = take(
        HEADINGS,
        ("Clients", "Encryption of data", "Crypto policy"),
        (None, "Backups every day", None),
        merged=("C2:C3",),
    )
    assert links(imported) == []
    (task,) = imported.tasks
    assert task.place == "Sheet1, C2"
    assert task.suggestion == "Link the requirements it answers to Policy: Crypto policy."


def test_evidence_of_links_of_several_requirements_is_given_to_none_of_them() -> None:
    imported = take(
        (*HEADINGS, "Evidence"),
        ("Clients", "Encryption; backups", "Crypto policy; backup procedure", "Audit of May"),
        ("Staff", "Training", "Training policy", "Records of 2026"),
    )
    evidence = [link.get("Evidence") for link in imported.content["IsmsLinks"]]
    assert evidence == [None, None, "Records of 2026"]
    assert "Evidence: Audit of May" in str(imported.content["Parties"][0]["Notes"])
