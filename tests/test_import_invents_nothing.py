"""An import makes no link, decision or date that the source does not state for that record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from layouts import Sheet, workbook

from isms_xl.cli import main
from isms_xl.errors import UnreadableWorkbookError
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


@pytest.mark.parametrize(
    "heading",
    [
        "Applicable",
        "Applies",
        "In scope?",
        "Security relevance",
        "Addressed by IMS",
        "Main relevance",
    ],
)
def test_a_decision_is_taken_only_from_a_heading_that_says_exactly_that(heading: str) -> None:
    imported = take(
        ("Interested party", "Requirement", heading),
        ("Clients", "Encrypt their data", "Yes"),
        ("Staff", "Clear rules for AI tools", "No"),
    )
    for row in (*imported.content["Parties"], *imported.content["Requirements"]):
        assert not {"Addressed by ISMS", "Relevant to ISMS"} & row.keys()
    kept = [
        r[0].get("Notes") for r in (imported.content["Parties"], imported.content["Requirements"])
    ]
    assert f"{heading}: Yes" in kept


def test_a_decision_is_taken_only_from_values_that_say_exactly_that() -> None:
    imported = take(
        ("Interested party", "Requirement", "Addressed by ISMS"),
        ("Clients", "Encrypt their data", "Yes"),
        ("Staff", "Clear rules for AI tools", "Optional"),
        ("Press", "News", "Low impact at PoC"),
    )
    assert not any("Addressed by ISMS" in row for row in imported.content["Requirements"])
    imported = take(
        ("Interested party", "Requirement", "Addressed by ISMS"),
        ("Clients", "Encrypt their data", "Yes"),
        ("Staff", "Clear rules for AI tools", "Optional"),
        ("Press", "News", "no"),
    )
    said = [row.get("Addressed by ISMS") for row in imported.content["Requirements"]]
    assert said == ["Yes", None, "No"]
    assert "Addressed by ISMS: Optional" in str(imported.content["Requirements"][1]["Notes"])


def test_the_mapping_shown_is_the_one_that_was_carried_out() -> None:
    imported = take(
        ("Interested party", "Requirement", "Evidence", "Impact"),
        ("Clients", "Encrypt their data", "Test report", "high"),
        ("Staff", "Clear rules for AI tools", "Minutes", "as agreed"),
    )
    assert imported.plan is not None
    evidence, impact = imported.plan.mappings[2:]
    assert evidence.to == "Notes"
    assert "its row became no link" in evidence.reason
    assert "Evidence: Test report" in str(imported.content["Requirements"][0]["Notes"])
    assert impact.to == "Impact"
    assert "1 cell in Notes" in impact.reason


def test_headings_of_the_register_are_known_without_a_list_of_them() -> None:
    imported = take(
        (
            "Interested party",
            "Requirement",
            "Identified through",
            "Obligation",
            "Citation",
            "Jurisdiction",
            "Applies",
            "How addressed",
            "Status",
            "Evidence date",
        ),
        (
            "Clients",
            "Encrypt their data",
            "Brainstorm",
            "GDPR",
            "Art. 32",
            "EU",
            "Yes",
            "A.8.24",
            "Implemented",
            date(2026, 5, 4),
        ),
        (
            "Authority",
            "Answer within a month",
            "Guessed",
            "GDPR",
            None,
            None,
            None,
            None,
            "Planned",
            None,
        ),
    )
    clients, authority = imported.content["Parties"]
    assert clients["Identified through"] == "Brainstorm"
    assert authority["Identified through"] == "Previous register"
    assert "Identified through: Guessed" in str(authority["Notes"])
    assert imported.content["Obligations"] == [
        {
            "Obligation ID": "OB-001",
            "Title": "GDPR",
            "Applies": "Yes",
            "Citation": "Art. 32",
            "Jurisdiction": "EU",
        }
    ]
    assert [r["Obligation ID"] for r in imported.content["Requirements"]] == ["OB-001", "OB-001"]
    (link,) = imported.content["IsmsLinks"]
    assert (link["Status"], link["Evidence date"]) == ("Implemented", date(2026, 5, 4))
    assert "Status: Planned" in str(imported.content["Requirements"][1]["Notes"])


def test_a_field_of_an_obligation_without_its_law_stays_in_notes() -> None:
    imported = take(
        ("Interested party", "Requirement", "Jurisdiction"),
        ("Clients", "Encrypt their data", "EU"),
    )
    assert imported.content["Obligations"] == []
    assert imported.content["Requirements"][0]["Notes"] == "Jurisdiction: EU"


def csv(text: str, name: str = "list.csv", encoding: str = "utf-8") -> Imported:
    return import_register(text.encode(encoding), name, None, DAY)


LINES = """ID,Stakeholder,Requirement,Priority
S-1,Clients,Encrypt their data,High
S-2,Staff,Clear rules,Low
S-3,Press,News,High
S-4,Owners,Reports,Low
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "S-5,Banks,RoPA, DPIA, breach process,High",
            "ID: S-5; Stakeholder: Banks; Requirement: RoPA, DPIA, breach process; Priority: High",
        ),
        # Two texts may hold the comma: nobody knows which.
        ("S-5,Banks,RoPA,DPIA,High", ""),
        # What looks like the priority is none.
        ("S-5,Banks,RoPA, DPIA,Urgent", ""),
    ],
)
def test_a_line_is_offered_only_in_the_one_reading_that_fits(line: str, expected: str) -> None:
    (task,) = csv(f"{LINES}{line}\n").tasks
    assert task.suggestion == expected


def test_laws_that_a_list_cites_are_offered_and_none_is_made() -> None:
    imported = take(
        ("Interested party", "Requirement", "Source"),
        ("Authority", "Answer requests within a month", "GDPR Art. 12 to 22"),
        ("BSI", "Early warning", "NIS-2"),
        ("Clients", "Their data stays theirs", "UK GDPR"),
        ("Hospitals", "Report incidents", "§ 8b Abs. 4 BSIG; Regulation (EU) 2017/746"),
    )
    assert imported.content["Obligations"] == []
    laws = [task.what.removeprefix("The list cites ").split(",")[0] for task in imported.tasks]
    assert laws == [
        "Regulation (EU) 2016/679",
        "Directive (EU) 2022/2555",
        "UK GDPR; DPA 2018",
        "Regulation (EU) 2017/746",
        "BSIG",
    ]
    assert "applies from 2018-05-25" in imported.tasks[0].suggestion


def test_a_law_that_the_list_names_as_obligation_is_not_offered_again() -> None:
    imported = take(
        ("Interested party", "Requirement", "Source", "Obligation"),
        ("Authority", "Answer requests within a month", "GDPR Art. 12", "DSGVO"),
    )
    assert imported.tasks == []


def test_a_list_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableWorkbookError, match="no rows with parties"):
        csv("Stakeholder,Needs\n")
    path = tmp_path / "list.csv"
    path.write_text("Stakeholder,Needs\n")
    done = CliRunner().invoke(main, ["import", str(path)])
    assert isinstance(done.exception, UnreadableWorkbookError)
    assert [p.name for p in tmp_path.iterdir()] == ["list.csv"]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp1252", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_texts_are_read_in_the_encoding_they_were_written_in(encoding: str, end: str) -> None:
    text = "Interessierte Partei;Anforderung\nBehörde für Größe;Prüfung “ausführlich”\n"
    imported = csv(text.replace("\n", end), encoding=encoding)
    assert imported.content["Parties"][0]["Name"] == "Behörde für Größe"
    assert imported.content["Requirements"][0]["Requirement"] == "Prüfung “ausführlich”"


def test_validate_of_another_layout_names_the_import(tmp_path: Path) -> None:
    path = tmp_path / "her-own.xlsx"
    path.write_bytes(workbook(Sheet((("Stakeholder", "Needs"), ("Clients", "Secrecy")))))
    done = CliRunner().invoke(main, ["validate", str(path)])
    assert "isms-xl import her-own.xlsx" in " ".join(done.output.split())


def test_notes_are_not_headed_twice() -> None:
    imported = take(
        ("Interested party", "Requirement", "Notes"), ("Clients", "Secrecy", "ask Legal")
    )
    kept = [imported.content[name][0].get("Notes") for name in ("Parties", "Requirements")]
    assert [note for note in kept if note] == ["ask Legal"]


def test_checkboxes_say_yes_and_no() -> None:
    imported = take(
        ("Interested party", "Requirement", "Addressed by ISMS"),
        ("Clients", "Secrecy of data", True),
        ("Staff", "Clear rules", False),
    )
    said = [row["Addressed by ISMS"] for row in imported.content["Requirements"]]
    assert said == ["Yes", "No"]


@pytest.mark.timeout(60)
def test_many_lines_with_unquoted_commas_are_read_in_time() -> None:
    good = "".join(f"S-{n},Party {n},Keep the logs,High\n" for n in range(3_000))
    bad = "".join(f"S-{n},Party {n},a,b,c,d,e,f,g,h,i,j,k,High\n" for n in range(3_000, 3_700))
    imported = csv(f"ID,Stakeholder,Requirement,Priority\n{good}{bad}")
    assert imported.counts["parties"] == 3_000
    assert len(imported.tasks) > 100
