"""Write cells with XlsxWriter so that nothing is dropped or cut without a word.

XlsxWriter answers -1 or -2 where others raise; every write of the package goes through here. What
comes from a register is written as text, whatever it begins with.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from isms_xl.changes import fitted
from isms_xl.errors import ContractError
from isms_xl.register import ExcelError, NotCalculated, without_control_characters

_SURROGATES = re.compile("[\ud800-\udfff\ufffe\uffff]")


def done(answer: Any) -> None:
    """Raise when an XlsxWriter call says that it did not do what it was asked.

    Raises:
        ContractError: The call answered with a negative number or False.
    """
    if (isinstance(answer, int) and not isinstance(answer, bool) and answer < 0) or answer is False:
        raise ContractError(
            f"A cell could not be written (XlsxWriter answered {answer}).",
            "Report this with the register that caused it.",
        )


def carriable(text: str) -> str:
    """Return a text without what XML cannot carry, however long it is."""
    if text.replace("\n", "").isprintable():  # nearly every text, and much the fastest to see
        return text
    return _SURROGATES.sub("", without_control_characters(text.replace("\r\n", "\n")))


def unmarked(text: str) -> str:
    """Return a text that XlsxWriter does not take for markup of its own and write as it is."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def clean(text: str) -> str:
    """Return a text as a cell can hold it."""
    return fitted(unmarked(carriable(text)))


def put(sheet: Worksheet, row: int, column: int, value: object, form: Format | None = None) -> None:
    """Write a value as what it is; text is never taken for a formula or a link.

    Args:
        sheet: The sheet.
        row: Row, from 0.
        column: Column, from 0.
        value: Text, number, date or None for a blank cell.
        form: Format.

    Raises:
        ContractError: The cell lies outside the sheet, or the value is of no known kind.
    """
    if isinstance(value, ExcelError):
        done(sheet.write_formula(row, column, f"={value.code}", form, value.code))
    elif isinstance(value, NotCalculated):
        done(sheet.write_string(row, column, str(value), form))
    elif value is None or value == "":
        done(sheet.write_blank(row, column, None, form))
    elif isinstance(value, str):
        done(sheet.write_string(row, column, clean(value), form))
    elif isinstance(value, bool):
        done(sheet.write_boolean(row, column, value, form))
    elif isinstance(value, int | float):
        done(sheet.write_number(row, column, value, form))
    elif isinstance(value, datetime | date):
        done(sheet.write_datetime(row, column, value, form))
    else:
        raise ContractError(
            f"{value!r} is nothing a cell can hold.", "Give text, a number or a date."
        )


def put_formula(
    sheet: Worksheet,
    row: int,
    column: int,
    formula: str,
    form: Format | None = None,
    value: str | int = "",
) -> None:
    """Write one of our own formulas, with the value it has until Excel computes it."""
    shown = clean(value) if isinstance(value, str) else value
    done(sheet.write_formula(row, column, formula, form, shown))
