"""Measure the audit copy beside a bare XlsxWriter loop that writes the same cells, as a ratio.

The loop writes every cell of the copy with a format, one after the other, and does nothing else: no
row heights, no merged cells, no page breaks, no digest. Each runs in a process of its own; the best
of three runs counts, and only the work, without imports and without reading the register.

    python benchmarks/audit_copy.py [ROWS...]    other sizes than the usual are only printed
"""

from __future__ import annotations

import gc
import io
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from measuring import answer_of, register_file
from page import Section, Table, Target, circumstances, keep, print_section
from rich.console import Console

SIZES = (200, 2_000, 20_000)
ROUNDS = 3
AS_OF = date(2026, 11, 24)
PRODUCT, LOOP = "isms-xl", "loop"
AIM = 1.3


@dataclass(frozen=True)
class Result:
    """What one size costs.

    Attributes:
        rows: Requirements of the register.
        cells: Cells of the copy, blank ones with a format included.
        product: CPU seconds of the audit copy.
        loop: CPU seconds of the bare loop.
    """

    rows: int
    cells: int
    product: float
    loop: float

    @property
    def ratio(self) -> float:
        """Cost of the audit copy in costs of the loop."""
        return self.product / self.loop


# --- the two ways -----------------------------------------------------------------------------


def _product(path: Path) -> Callable[[], bytes]:
    from isms_xl.audit_copy import build_audit_copy
    from isms_xl.books.file import FileBook
    from isms_xl.checking import check
    from isms_xl.register import Register

    report = check(Register(FileBook.open(path).tables()), AS_OF)
    return lambda: build_audit_copy(report).data


def _cells(data: bytes) -> list[list[list[object]]]:
    """Return the cells of a copy by sheet and row; None for one without a format."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True)
    return [
        [[cell.value if cell.value is not None else "" for cell in row] for row in sheet.rows]
        for sheet in book.worksheets
    ]


def _loop(sheets: list[list[list[object]]]) -> Callable[[], bytes]:
    from xlsxwriter import Workbook

    def write() -> bytes:
        target = io.BytesIO()
        workbook = Workbook(target, {"in_memory": True})
        form = workbook.add_format({"text_wrap": True, "bottom": 1})
        day = workbook.add_format({"num_format": "yyyy-mm-dd", "bottom": 1})
        for rows in sheets:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        if value:
                            sheet.write_string(number, column, value, form)
                        else:
                            sheet.write_blank(number, column, None, form)
                    elif isinstance(value, datetime):
                        sheet.write_datetime(number, column, value, day)
                    else:
                        sheet.write_number(number, column, value, form)
        workbook.close()
        return target.getvalue()

    return write


def work(way: str, path: Path) -> str:
    """Return the least CPU seconds of one way, and the number of cells."""
    job = _product(path)
    sheets = _cells(job())
    if way == LOOP:
        job = _loop(sheets)
        job()
    costs = []
    gc.disable()  # as the command line does
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        job()
        costs.append(time.process_time() - start)
    return f"{min(costs)} {sum(len(row) for rows in sheets for row in rows)}"


# --- measuring and telling --------------------------------------------------------------------


def measure(rows: int) -> Result:
    """Return what both ways cost for a register of so many requirements."""
    path = register_file(rows)
    answers = {
        way: answer_of([sys.executable, __file__, "--work", way, str(path)]).split()
        for way in (PRODUCT, LOOP)
    }
    return Result(rows, int(answers[LOOP][1]), float(answers[PRODUCT][0]), float(answers[LOOP][0]))


def section(results: Sequence[Result]) -> Section:
    """Return what the benchmark has to say."""
    worst = max(results, key=lambda result: result.ratio)
    table = Table(
        "",
        ("Requirements", "Cells", "isms-xl CPU", "loop CPU", "Ratio"),
        tuple(
            (
                f"{r.rows:,}",
                f"{r.cells:,}",
                f"{r.product:.2f} s",
                f"{r.loop:.2f} s",
                f"{r.ratio:.2f}",
            )
            for r in results
        ),
    )
    target = Target(
        what="Audit copy",
        alternative="a bare XlsxWriter loop that writes the same cells",
        aim=f"at most {AIM} ×",
        measured=f"{worst.ratio:.2f} × at {worst.rows:,} requirements, the worst",
        met=worst.ratio <= AIM,
        why="The rest goes into fitting row heights, page breaks and the digest.",
    )
    return Section(
        name="audit_copy",
        order=30,
        title="Audit copy",
        claim="",
        how=" ".join((__doc__ or "").split("\n\n")[1].split()),
        tables=(table,),
        targets=(target,),
        measured=circumstances("xlsxwriter"),
    )


def main(arguments: Sequence[str]) -> None:
    """Measure the sizes asked for, or the usual ones."""
    if arguments[:1] == ["--work"]:
        print(work(arguments[1], Path(arguments[2])))
        return
    sizes = tuple(map(int, arguments)) or SIZES
    found = section([measure(rows) for rows in sizes])
    print_section(Console(), found)
    if sizes == SIZES:
        keep(found)


if __name__ == "__main__":
    main(sys.argv[1:])
