"""All gaps of a group as CSV, for scripts and other programs.

Programs take a cell that begins with `=`, `+`, `-` or `@` for a formula, so an apostrophe is put
before such a beginning: at the start of a field, and after a comma, semicolon, tab or line break
within it, where a program may split the line that takes another sign for the separator. Where an
apostrophe stands there already, one more is put before it, so that reading back loses nothing:
`plain_text` takes exactly one away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from isms_xl.finding import Finding
from isms_xl.group import Group

HEADINGS = (
    "Business unit",
    "File",
    "Severity",
    "Rule",
    "Sheet",
    "Record",
    "Field",
    "Cell",
    "Finding",
    "Remedy",
    "Clause",
    "Accepted",
    "Other units",
)
_FIELD_START = r"(?:\A|(?<=[,;\t\r\n]))"
_FORMULA_START = r"(?='*[=+\-@\t\r＝＋－＠])"
_UNGUARDED = re.compile(_FIELD_START + _FORMULA_START)
_GUARDED = re.compile(f"{_FIELD_START}'{_FORMULA_START}")


def guarded(text: str) -> str:
    """Return a text so that no program takes it for a formula."""
    return _UNGUARDED.sub("'", text)


def plain_text(field: str) -> str:
    """Return the text that was guarded; the way back for scripts."""
    return _GUARDED.sub("", field)


def gaps_csv(group: Group) -> bytes:
    """Return all findings of all units, then those across units, accepted ones included.

    UTF-8 with a mark at the beginning so that Excel knows it; lines end as RFC 4180 says.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(HEADINGS)
    for cells in _rows(group):
        writer.writerow([guarded(cell) for cell in cells])
    return target.getvalue().encode("utf-8-sig", "replace")


def _rows(group: Group) -> Iterator[tuple[str, ...]]:
    for unit in group.units:
        for finding in unit.details.findings:
            yield (unit.business_unit, unit.source, *_cells(finding), "")
    for found in group.findings:
        yield (found.unit, found.source, *_cells(found.finding), "; ".join(found.others))


def _cells(finding: Finding) -> tuple[str, ...]:
    return (
        finding.severity.value,
        finding.code,
        finding.sheet,
        finding.record,
        finding.field,
        finding.cell,
        finding.message,
        finding.remedy,
        finding.clause,
        finding.accepted,
    )
