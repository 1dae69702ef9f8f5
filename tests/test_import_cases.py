"""Lists as real files have them, made anew with invented content: what each must become."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from isms_xl.errors import ContractError, UnreadableWorkbookError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_planned, plan_import
from isms_xl.importing.mapping import TARGETS, heading_targets, read_map
from isms_xl.importing.values import SCALES

DAY = date(2026, 11, 27)
CASES = Path(__file__).parent / "cases"


def imported(name: str, **told: object) -> Imported:
    plan = plan_import((CASES / name).read_bytes(), name, **told)  # type: ignore[arg-type]
    return import_planned(plan, DAY)


def parties(done: Imported, *headings: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(h) for h in ("Name", *headings)) for row in done.content["Parties"]]


def requirements(done: Imported) -> list[object]:
    return [row["Requirement"] for row in done.content["Requirements"]]


def test_scales_explained_in_the_heading() -> None:
    done = imported("name-or-group.xlsx")
    assert parties(done, "Interest", "Power") == [
        ("Procurement office", 5, 5),
        ("Works council", 5, 1),
        ("Data protection authority", 1, 5),
    ]
    assert "Signs every contract" in str(done.content["Parties"][0]["Notes"])
    assert requirements(done) == []


def test_what_is_important_to_a_stakeholder_is_a_requirement() -> None:
    done = imported("important-to.xlsx")
    assert parties(done, "Power") == [("Hospital group North", 3), ("Annotation vendor", 1)]
    assert requirements(done) == ["Patient data stay in the country", "Clear labelling guidelines"]
    notes = str(done.content["Parties"][0]["Notes"])
    assert "Impact to Project: High" in notes
    assert "contract office" in notes


def test_communication_is_no_requirement() -> None:
    done = imported("communication-only.xlsx")
    assert parties(done) == [("Executive committee",), ("Cloud provider",), ("All staff",)]
    assert requirements(done) == []
    for word in ("Monthly", "Risk report", "Meeting"):
        assert word in str(done.content["Parties"][0]["Notes"])
    (warning,) = done.warnings
    assert "No requirement was found" in warning
    assert "Items" in warning


def test_two_lists_beside_each_other() -> None:
    done = imported("two-lists.xlsx")
    assert parties(done) == [("Board",), ("Insurer",), ("Engineers",)]
    for party, words in zip(
        done.content["Parties"], (("Board paper", "C"), ("Broker",), ("Stand-up",)), strict=True
    ):
        assert all(word in str(party["Notes"]) for word in words)


def test_roles_and_organisations_are_asked_about() -> None:
    with pytest.raises(UnreadableWorkbookError, match="may name the parties as well") as refused:
        imported("raci.xlsx")
    assert "--party-column" in refused.value.way_out
    assert parties(imported("raci.xlsx", party="Name"))[1] == ("Certification body",)
    assert parties(imported("raci.xlsx", party="b"))[1] == ("Northcert",)
    with pytest.raises(ContractError, match="no column Title"):
        imported("raci.xlsx", party="Title")


def test_internal_and_external() -> None:
    assert parties(imported("internal-external.xlsx"), "Internal/External") == [
        ("Head of research", "Internal"),
        ("Model hub", "External"),
    ]


def test_turkish() -> None:
    assert parties(imported("turkish.xlsx"), "Internal/External", "Power") == [
        ("Bulut sağlayıcısı", "External", 5),
        ("Veri koruma kurumu", "External", 5),
        ("Çalışanlar", "Internal", 3),
    ]


def test_names_without_a_heading_are_offered() -> None:
    with pytest.raises(UnreadableWorkbookError, match="best candidate is column A") as refused:
        imported("no-name-heading.xlsx")
    assert "--party-column A" in refused.value.way_out
    expected = [
        ("Usuario final", 4, 5),
        ("Dirección", 5, 4),
        ("Autoridad de protección de datos", 5, 3),
    ]
    assert parties(imported("no-name-heading.xlsx", party="A"), "Power", "Interest") == expected
    told = imported("no-name-heading.xlsx", sheet="Hoja1", header=3, party="A")
    assert parties(told, "Power", "Interest") == expected
    plan = plan_import((CASES / "no-name-heading.xlsx").read_bytes(), "no-name-heading.xlsx")
    mapping = read_map(plan.map_text, "map.toml")
    assert (
        parties(imported("no-name-heading.xlsx", mapping=mapping), "Power", "Interest") == expected
    )


def test_definition_says_why_a_group_is_relevant() -> None:
    assert parties(imported("group-definition.xlsx"), "Why relevant")[2] == (
        "Funders",
        "Bodies that pay for the infrastructure",
    )


@pytest.mark.parametrize("unit", range(1, 6))
def test_heading_with_a_word_more(unit: int) -> None:
    done = imported("headings-with-a-word-more.xlsx", sheet=f"Unit {unit}")
    assert len(parties(done)) == len(requirements(done)) == 3


def test_column_of_dates_is_read_as_a_whole() -> None:
    done = imported("dotted-dates.csv")
    assert [row["Last reviewed"] for row in done.content["Parties"]] == [
        date(2025, 12, 31),
        date(2026, 4, 3),
        date(2026, 6, 15),
    ]


def test_measures_for_several_requirements_are_kept_and_link_nothing() -> None:
    done = imported("measures-for-several.xlsx")
    assert len(parties(done)) == 3
    assert len(requirements(done)) == 6
    of_hospitals = {"RQ-001", "RQ-002", "RQ-003"}
    assert not of_hospitals & {link["Requirement ID"] for link in done.content["IsmsLinks"]}
    notes = [
        str(row.get("Notes", ""))
        for table in ("Parties", "Requirements")
        for row in done.content[table]
    ]
    assert "incident response procedure" in "\n".join(notes)


def test_as_many_measures_as_requirements_in_the_same_order_are_linked() -> None:
    text = "Interested party;Requirements;How addressed\n" + (
        'Clients;"Encryption in transit\nBackups";"A.8.24\nA.8.13"\n'
        'Staff;"Training\nPrivacy\nClear rules";"A.6.3\nA.5.34"\n'
    )
    done = import_planned(plan_import(text.encode(), "list.csv"), DAY)
    links = [(row["Requirement ID"], row["Reference"]) for row in done.content["IsmsLinks"]]
    assert links == [("RQ-001", "A.8.24"), ("RQ-002", "A.8.13")]


@pytest.mark.parametrize(
    "name", ["Key account managers of hospitals", "Source code providers", "Note takers of boards"]
)
def test_party_is_no_remark_because_of_its_first_word(name: str) -> None:
    text = f"Interested party,Requirement,Power\nClients,Backups,3\n{name},,\nStaff,Training,2\n"
    done = import_planned(plan_import(text.encode(), "list.csv"), DAY)
    assert parties(done) == [("Clients",), (name,), ("Staff",)]


HEADINGS = {
    "Name": "Main stakeholders|Relevant interested parties|Stakeholder / Group|Wichtige Stakeholder|"
    "Parties prenantes clés|Partes interesadas relevantes|Ключевые стейкхолдеры|İlgili taraflar|"
    "Заинтересованная сторона|Зацікавлені сторони|利害関係者|相关方|이해관계자|أصحاب المصلحة|"
    "Kluczowi interesariusze|Hlavní zúčastněné strany|Belanghebbenden|Sidosryhmät|Érdekelt felek",
    "Requirement": "Key requirements|Main requirements|Stakeholder requirements|Req.|"
    "Security requirements|Relevante Anforderungen|Exigences principales|Requisitos clave|"
    "Requisiti principali|Основные требования|Gereksinimler|要求事項|要求|요구사항|المتطلبات|"
    "Kluczowe wymagania|Hlavní požadavky|Belangrijkste eisen|Vaatimukset|Követelmények",
    "Need": "Security needs|Primary expectations|Information security expectations|"
    "Key needs and expectations|Besoins et attentes|Necesidades y expectativas|"
    "Потребности и ожидания|İhtiyaçlar ve beklentiler|ニーズ及び期待|需求和期望|Behov och förväntningar",
}


@pytest.mark.parametrize(
    ("heading", "target"), [(h, to) for to, text in HEADINGS.items() for h in text.split("|")]
)
def test_heading_is_understood(heading: str, target: str) -> None:
    assert heading_targets(heading)[:1] == (target,)


def test_map_as_documented_is_read() -> None:
    page = (Path(__file__).parent.parent / "docs" / "import-maps.md").read_text(encoding="utf-8")
    (example,) = re.findall("```toml\n(.*?)```", page, re.DOTALL)
    mapping = read_map(example, "map.toml")
    assert (mapping.sheet, mapping.header) == ("Stakeholders", 3)
    assert [column.to for column in mapping.columns.values()] == ["Name", "Power"]
    assert [target for target in TARGETS if f"*{target}*" not in page] == []
    assert [scale for scale in SCALES if scale not in page] == []
