"""Rows of a register as data: what the starter, the examples and the rule cases are written in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from isms_xl.contract import AS_OF_FIELD, DOCUMENT_CONTROL, OBLIGATIONS, USER_TABLES
from isms_xl.errors import ContractError
from isms_xl.reference import OBLIGATIONS_AS_OF, obligations
from isms_xl.register import ExcelError

Content = dict[str, list[dict[str, object]]]
"""Rows by table name; `DocumentControl` holds one row, with its fields as headings."""

EXCEL_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
_AS_CHECKED = f"As of {OBLIGATIONS_AS_OF}, confirm with your counsel"
STARTERS = ("ai-company", "blank")


def content_of(document: Mapping[str, Any]) -> Content:
    """Return the rows a TOML document holds: an array for each table, a table for the control.

    Raises:
        ContractError: It names a table the contract does not know.
    """
    known = {table.name for table in USER_TABLES}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ContractError(
            f"{unknown[0]} is no table of the register.", f"Use one of {', '.join(sorted(known))}."
        )
    content: Content = {}
    for table in USER_TABLES:
        rows = document.get(table.name, {} if table.vertical else [])
        content[table.name] = [_row(row) for row in ([rows] if table.vertical else rows)]
    return content


def _row(cells: Mapping[str, object]) -> dict[str, object]:
    return {heading: cell_value(value) for heading, value in cells.items()}


def cell_value(value: object) -> object:
    """Return a value of a document as a cell holds it: `#REF!` and its like are Excel errors."""
    if isinstance(value, str) and value in EXCEL_ERRORS:
        return ExcelError(value)
    return value


@cache
def data_document(name: str) -> dict[str, Any]:
    """Return a TOML document that ships with the package, by its path under `data`."""
    path = files("isms_xl").joinpath("data", *name.split("/"))
    return tomllib.loads(path.read_text(encoding="utf-8"))


def starter(name: str) -> Content:
    """Return the rows a fresh register begins with.

    Nothing in them is confirmed or decided: the rules report it until somebody does.

    Args:
        name: One of `STARTERS`.

    Raises:
        ContractError: There is no such starter.
    """
    match name:
        case "blank":
            return content_of({})
        case "ai-company":
            content = content_of(data_document("starter_ai_company.toml"))
            content[OBLIGATIONS.name] = [
                {
                    "Obligation ID": f"{OBLIGATIONS.prefix}-{number:03}",
                    "Title": obligation.title,
                    "Citation": obligation.citation,
                    "Jurisdiction": obligation.jurisdiction,
                    "Applies": "To be determined",
                    "Applies from": obligation.applies_from,
                    "Notes": ". ".join(filter(None, (obligation.note, _AS_CHECKED))),
                }
                for number, obligation in enumerate(obligations(), start=1)
            ]
            content[DOCUMENT_CONTROL.name][0][AS_OF_FIELD] = OBLIGATIONS_AS_OF
            return content
    raise ContractError(f"There is no starter {name}.", f"Use {' or '.join(STARTERS)}.")
