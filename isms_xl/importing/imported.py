"""What an import made: a register, with the log of where everything went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from isms_xl.books.file import with_tool_tables
from isms_xl.changes import Row, rows_now
from isms_xl.content import Content
from isms_xl.contract import IMPORT_TASKS, ISMS_LINKS, PARTIES, REQUIREMENTS, TOOL_TABLES, Table
from isms_xl.importing.log import IMPORT_LOG, LeftOut
from isms_xl.importing.plan import Plan
from isms_xl.importing.source import Source
from isms_xl.importing.tasks import Task, task_rows
from isms_xl.register import Register
from isms_xl.template import build_template


@dataclass(frozen=True)
class Imported:
    """A register made from a file.

    Attributes:
        source: The file.
        plan: How a foreign layout was understood; None where the file is a register of ours.
        content: Rows of the register's tables.
        log: Rows of the Import Log.
        warnings: What a person should know, as sentences.
        left: What of the file was not taken over.
        tasks: What is left for a person to decide.
        created: Date in the document properties.
        before: The register of ours that the file is, whose history is taken over; else None.
    """

    source: Source
    plan: Plan | None
    content: Content
    log: Sequence[Row]
    warnings: tuple[str, ...]
    left: Sequence[LeftOut]
    tasks: Sequence[Task]
    created: date
    before: Register | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of parties, requirements and links."""
        return {
            "parties": len(self.content[PARTIES.name]),
            "requirements": len(self.content[REQUIREMENTS.name]),
            "links": len(self.content[ISMS_LINKS.name]),
        }

    def workbook(self) -> bytes:
        """Return the register as a workbook, with the Import Log as its last sheet."""
        tables: dict[Table, Sequence[Row]] = {}
        if self.before is not None:
            tables = {
                table: rows for table in TOOL_TABLES if (rows := rows_now(self.before, table))
            }
        tasks = task_rows(self.tasks, self.before)
        if tasks:
            tables[IMPORT_TASKS] = tasks
        tables[IMPORT_LOG] = self.log
        return with_tool_tables(build_template(self.content, created=self.created), tables)
