"""What an import leaves for a person to decide: tasks on a sheet of the register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isms_xl.changes import Row, fitted, rows_now
from isms_xl.contract import IMPORT_TASKS
from isms_xl.importing.log import LeftOut
from isms_xl.register import Register, shortened

_LONGEST = 2_000
"""Characters of a source text in a task; it stands whole in the log."""

_MOST = 500
"""Tasks on single lines; what more there is, is one task."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person has to decide, since the source does not.

    Attributes:
        what: What is left to decide, as a sentence.
        place: Where it stands in the source.
        text: What stands there.
        suggestion: What it probably means; empty where nothing can be said.
    """

    what: str
    place: str
    text: str
    suggestion: str = ""


def tasks_of(left: Iterable[LeftOut]) -> list[Task]:
    """Return a task for each line, or sheet, that was not taken over."""
    tasks = [
        Task(f"Not taken over: {found.why}", found.place, " | ".join(found.texts), found.suggestion)
        for found in left
    ]
    if len(tasks) <= _MOST:
        return tasks
    rest = tasks[_MOST:]
    more = Task(
        f"Not taken over: {len(rest)} more lines; the Import Log names them.",
        f"{rest[0].place} to {rest[-1].place}",
        rest[0].text,
    )
    return [*tasks[:_MOST], more]


def task_rows(tasks: Sequence[Task], register: Register | None = None) -> list[Row]:
    """Return the rows of the sheet: those a register has, and below them the tasks that it lacks."""
    rows = rows_now(register, IMPORT_TASKS) if register is not None else []
    there = {row[1:4] for row in rows}
    for task in tasks:
        told = (task.what, task.place, fitted(shortened(task.text, _LONGEST)))
        if told not in there:
            number = f"{IMPORT_TASKS.prefix}-{len(rows) + 1:03}"
            rows.append((number, *told, task.suggestion or None, None))
    return rows
