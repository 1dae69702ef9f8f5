"""Measure an import: CPU time and memory for each source row, at two sizes.

The source is a stakeholder list of nine columns in another layout; each row gives two requirements
and two links, and a log row for every cell. Each size runs in a process of its own, so that the peak
of one does not hide that of the other. Growth is the CPU time for each row at the larger size divided
by that at the smaller one: 1.00 is linear.

    python benchmarks/import_layouts.py [ROWS...]    other sizes than the usual are only printed
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import psutil
from measuring import answer_of
from page import Section, Table, Target, circumstances, keep, print_section
from rich.console import Console
from xlsxwriter import Workbook

SIZES = (2_000, 20_000)
HEADINGS = (
    "ID",
    "Stakeholder",
    "Category",
    "Influence",
    "Requirements",
    "How addressed",
    "Responsible",
    "Last review",
    "Remarks",
)


def source(rows: int) -> bytes:
    """Return a workbook with that many rows, two requirements and a control in each."""
    target = io.BytesIO()
    book = Workbook(target, {"constant_memory": True})
    sheet = book.add_worksheet("Stakeholders")
    sheet.write_row(0, 0, HEADINGS)
    for n in range(1, rows + 1):
        cells = (
            f"S-{n}",
            f"Client {n // 3}",
            "Customer",
            "High" if n % 2 else "Low",
            f"Keep data set {n} confidential; report incident {n} within a day",
            "A.8.24; Incident Response Plan",
            "Sales",
            "2026-03-31",
            f"Remark {n} made in the workshop of the unit",
        )
        sheet.write_row(n, 0, cells)
    book.close()
    return target.getvalue()


def work(rows: int) -> str:
    """Import that many rows; return CPU seconds, log rows and the peak of memory in MB."""
    from isms_xl.importing.importer import import_planned, plan_import

    data = source(rows)
    start = time.process_time()
    imported = import_planned(plan_import(data, "stakeholders.xlsx"), date(2026, 11, 24))
    imported.workbook()
    spent = time.process_time() - start
    memory = psutil.Process().memory_info()
    peak = getattr(memory, "peak_wset", 0) or _peak()
    return f"{spent} {len(imported.log)} {peak / 2**20}"


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass(frozen=True)
class Result:
    """What one size costs: source rows, CPU seconds, rows of the log, peak memory in MB."""

    rows: int
    cpu: float
    log_rows: int
    memory: float


def measure(rows: int) -> Result:
    """Return what an import of so many rows costs."""
    answer = answer_of([sys.executable, __file__, "--work", str(rows)]).split()
    return Result(rows, float(answer[0]), int(answer[1]), float(answer[2]))


def section(results: Sequence[Result]) -> Section:
    """Return what the benchmark has to say."""
    first, last = results[0], results[-1]
    growth = (last.cpu / last.rows) / (first.cpu / first.rows)
    rows = tuple(
        (
            f"{r.rows:,}",
            f"{r.log_rows:,}",
            f"{r.cpu:.1f} s",
            f"{r.cpu / r.rows * 1000:.2f} ms",
            f"{r.memory:,.0f} MB",
        )
        for r in results
    )
    return Section(
        name="import_layouts",
        order=40,
        title="Import of another layout",
        claim="",
        how=" ".join((__doc__ or "").split("\n\n")[1].split()),
        tables=(Table("", ("Source rows", "Log rows", "CPU", "CPU a row", "Peak memory"), rows),),
        targets=(
            Target(
                what=f"Import: CPU time a row at {last.rows:,} source rows",
                alternative=f"the same at {first.rows:,}",
                aim="linear: at most 1.2 ×",
                measured=f"{growth:.2f} ×",
                met=growth <= 1.2,
            ),
        ),
        measured=circumstances("xlsxwriter", "python-calamine", "rapidfuzz"),
    )


def main(arguments: Sequence[str]) -> None:
    """Measure the sizes asked for, or the usual ones."""
    if arguments[:1] == ["--work"]:
        print(work(int(arguments[1])))
        return
    sizes = tuple(map(int, arguments)) or SIZES
    found = section([measure(rows) for rows in sizes])
    print_section(Console(), found)
    if sizes == SIZES:
        keep(found)


if __name__ == "__main__":
    main(sys.argv[1:])
