"""How long an import takes, and how much memory, at 2 000 and 20 000 source rows.

    .venv/bin/python benchmarks/import_layouts.py [ROWS ...]

Each size runs in a process of its own, so that the peak of one does not hide that of the other.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
from datetime import date

import psutil
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


def measure(rows: int) -> None:
    """Import that many rows and print seconds of each part and the peak of memory."""
    from isms_xl.importing.importer import import_planned, plan_import

    data = source(rows)
    started = time.process_time()
    plan = plan_import(data, "stakeholders.xlsx")
    planned = time.process_time()
    imported = import_planned(plan, date(2026, 11, 24))
    built = time.process_time()
    made = imported.workbook()
    written = time.process_time()
    memory = psutil.Process().memory_info()
    peak = getattr(memory, "peak_wset", 0) or _peak()
    print(
        f"{rows:>7,} rows: read and map {planned - started:5.1f} s, build {built - planned:5.1f} s, "
        f"write {written - built:5.1f} s; {len(imported.log):,} log rows, {len(made) / 2**20:.1f} MB, "
        f"peak {peak / 2**20:,.0f} MB"
    )


def _peak() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
    else:
        for size in map(int, sys.argv[1:] or SIZES):
            subprocess.run([sys.executable, __file__, "--one", str(size)], check=True)
