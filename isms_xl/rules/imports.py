"""IMP: what an import left for a person to decide, 7.5.3."""

from __future__ import annotations

from collections.abc import Iterator

from isms_xl.catalogue import Circumstances, Hit, rule
from isms_xl.contract import IMPORT_TASKS, row_name
from isms_xl.finding import Basis, Severity
from isms_xl.register import Register, is_blank, shortened, text_of

_LONGEST = 160


@rule(
    "IMP001",
    Severity.OBS,
    Basis.PRACTICE,
    "7.5.3",
    sheet=IMPORT_TASKS.sheet,
    title="A task of an import is open",
    message="{task} ({place}: “{text}”).",
    remedy="Enter what belongs into the register; then enter in Dismissed by who settled it.",
    needs=(),
    checklist=("A4",),
)
def import_task_open(register: Register, on: Circumstances) -> Iterator[Hit]:
    """What an import could not place is easily forgotten, and then the register lacks it."""
    for row in register.tool_rows(IMPORT_TASKS.name):
        task, name = text_of(row.cells.get("What to do")), text_of(row.cells.get("Task ID"))
        if not task or not is_blank(row.cells.get("Dismissed by")):
            continue
        text = " ".join(text_of(row.cells.get("Source text")).split())
        yield Hit(
            subject=name or row_name(row.number),
            cell=row.cell("Task ID"),
            facts={
                "task": task.rstrip("."),
                "place": text_of(row.cells.get("Source place")),
                "text": shortened(text, _LONGEST),
            },
        )
