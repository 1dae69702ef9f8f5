"""Power–interest grids with the names of the parties in their cells."""

from __future__ import annotations

from datetime import date

import pytest
from layouts import Sheet, workbook

from isms_xl.errors import IsmsXlError
from isms_xl.importing.imported import Imported
from isms_xl.importing.importer import import_register

DAY = date(2026, 11, 24)
Rows = tuple[tuple[object, ...], ...]
CORNER: Rows = (
    ("Stakeholder map, power / interest",),
    (),
    ("Power ↓ / Interest →", "Low", "Medium", "High"),
    ("High", "Board\nOwners", "Regulator", "Clients; Hospitals"),
    ("Medium", "Insurers", "Auditors, Works council", "Staff"),
    ("Low", "Media", None, "Users"),
)
BESIDE: Rows = (
    (None, None, "Interest", None),
    (None, None, "Low interest", "High interest"),
    ("Power", "High power", "Regulators", "Board of directors"),
    (None, "Low power", "Media", "Employees"),
    (),
    ("Drawn in the workshop of March",),
)
TURNED: Rows = (
    ("Influence →", "1", "3", "5"),
    ("Interest ↓", None, None, None),
    (5, "Press", "Staff", "Clients"),
    (1, "Neighbours", None, "Owners"),
)
UNNAMED: Rows = (
    ("Power and interest", "Low", "High"),
    ("High", "Regulators", "Clients"),
    ("Low", "Media", "Staff"),
)


def take(rows: Rows) -> Imported:
    return import_register(workbook(Sheet(rows)), "grid.xlsx", None, DAY)


def placed(imported: Imported) -> dict[str, tuple[object, object]]:
    return {
        str(p["Name"]): (p.get("Power"), p.get("Interest")) for p in imported.content["Parties"]
    }


def test_a_grid_with_its_axes_in_the_corner() -> None:
    assert placed(take(CORNER)) == {
        "Board": (5, 1),
        "Owners": (5, 1),
        "Regulator": (5, 3),
        "Clients": (5, 5),
        "Hospitals": (5, 5),
        "Insurers": (3, 1),
        "Auditors": (3, 3),
        "Works council": (3, 3),
        "Staff": (3, 5),
        "Media": (1, 1),
        "Users": (1, 5),
    }


def test_a_grid_with_its_axes_beside_it() -> None:
    imported = take(BESIDE)
    assert placed(imported) == {
        "Regulators": (5, 1),
        "Board of directors": (5, 5),
        "Media": (1, 1),
        "Employees": (1, 5),
    }
    (task,) = imported.tasks
    assert task.text == "Drawn in the workshop of March"


def test_a_grid_with_power_across_and_numbers() -> None:
    assert placed(take(TURNED)) == {
        "Press": (1, 5),
        "Staff": (3, 5),
        "Clients": (5, 5),
        "Neighbours": (1, 1),
        "Owners": (5, 1),
    }


def test_no_score_is_guessed_where_the_axes_are_not_told_apart() -> None:
    imported = take(UNNAMED)
    assert set(placed(imported).values()) == {(None, None)}
    assert imported.content["Parties"][0]["Notes"] == "Place in the grid: High down, Low across"
    assert "does not say which axis" in imported.warnings[1]


@pytest.mark.parametrize("rows", [CORNER, BESIDE, TURNED, UNNAMED])
def test_every_cell_of_a_grid_is_in_the_log(rows: Rows) -> None:
    logged = {str(row[2]) for row in take(rows).log}
    assert {str(cell) for row in rows for cell in row if cell is not None} <= logged


def test_a_party_that_stands_twice_keeps_its_first_place() -> None:
    rows: Rows = (*CORNER[:-1], ("Low", "Media; Board", None, "Users"))
    imported = take(rows)
    assert placed(imported)["Board"] == (5, 1)
    hows = [str(row[6]) for row in imported.log if row[2] == "Media; Board"]
    assert any("stands elsewhere" in how for how in hows)


def test_a_list_with_scores_is_no_grid() -> None:
    imported = take((("Stakeholder", "Power", "Interest"), ("Clients", "High", "Low")))
    assert imported.plan is not None
    with pytest.raises(IsmsXlError):
        take((("Power", "Low", "High"), ("Interest", "Low", "High"), ("Effort", "Low", "High")))


@pytest.mark.timeout(60)
def test_a_long_list_is_not_searched_for_a_grid_row_by_row() -> None:
    head = ("Stakeholder", "Requirement", "Power", "Interest")
    rows = (
        head,
        *((f"Party {n}", "Keep the logs for a year", "High", "Low") for n in range(4_000)),
    )
    assert take(rows).counts["parties"] == 4_000
