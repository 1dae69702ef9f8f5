"""Measure isms-xl beside the plain script: CPU time and peak memory, as ratios.

Each program runs in a process of its own, in turn, on the same registers; the best of three runs
counts. The outcome goes to the terminal and to the benchmark page.

    python benchmarks/compare.py [ROWS...]    other sizes than the usual are only printed
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import (
    HERE,
    Cost,
    answer_of,
    answer_of_code,
    costs_in_turn,
    register_file,
    runtime,
    validate_command,
)
from page import Section, Table, Target, circumstances, keep, print_section
from rich.console import Console

SIZES = (500, 5_000, 20_000)
ROUNDS = 3
AS_OF = date(2026, 11, 24)
PRODUCT, SCRIPT = "isms-xl", "script"
PROGRAMS = (PRODUCT, SCRIPT)
LIBRARIES = ("pandas", "pandera", "python-calamine", "openpyxl", "xlsxwriter", "rich")
AIM = 15


@dataclass(frozen=True)
class Result:
    """Costs of both programs on one register, by program.

    Attributes:
        rows: Its requirement rows.
        findings: Findings by rule that isms-xl has and the script looks for as well.
        alone: Findings by rule that only isms-xl looks for.
        cold: Whole process, the best of all rounds.
        warm: The work only.
    """

    rows: int
    findings: Counter[str]
    alone: Counter[str]
    cold: dict[str, Cost]
    warm: dict[str, Cost]


# --- the two programs -------------------------------------------------------------------------


def _command(program: str, path: Path, output: Path, form: str = "text") -> list[str]:
    if program == SCRIPT:
        script = HERE / "plain_script.py"
        return [runtime(), str(script), str(path), str(output), AS_OF.isoformat()]
    return validate_command(path, output, AS_OF.isoformat(), "--format", form)


def _job(program: str, path: Path, output: Path) -> Callable[[], object]:
    """Return a program's work as a function, everything it needs imported."""
    if program == SCRIPT:
        import plain_script

        return lambda: plain_script.run(path, output, AS_OF)
    from isms_xl.validating import validate

    return lambda: validate(path, AS_OF, output=output)


def _work_only(program: str, path: Path, output: Path) -> float:
    """Return the CPU seconds of the work alone, the best of all rounds after one to warm up."""
    job = _job(program, path, output)
    if program == PRODUCT:
        gc.disable()  # as its command line does
    job()
    costs = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        job()
        costs.append(time.process_time() - start)
    return min(costs)


# --- measuring --------------------------------------------------------------------------------


def _same_findings(path: Path, output: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the findings of both programs by rule: those both look for, and isms-xl's alone.

    Raises:
        SystemExit: The programs differ, so comparing their costs would mean nothing.
    """
    report = json.loads(answer_of(_command(PRODUCT, path, output, "json")))
    theirs = Counter(json.loads(answer_of(_command(SCRIPT, path, output))))
    ours = Counter(finding["code"] for finding in report["findings"])
    if report["failed_rules"]:
        raise SystemExit(f"isms-xl could not apply {report['failed_rules']}.")
    covered = set(_script_rules())
    both = Counter({code: n for code, n in ours.items() if code in covered})
    if both != theirs:
        differing = sorted(set((both - theirs) | (theirs - both)))
        told = ", ".join(f"{code} {both[code]} and {theirs[code]}" for code in differing)
        raise SystemExit(f"isms-xl and the script found different numbers of gaps: {told}.")
    return both, ours - both


def _script_rules() -> list[str]:
    code = "import json, plain_script; print(json.dumps(sorted(plain_script.RULES)))"
    rules: list[str] = json.loads(answer_of_code(code))
    return rules


def _left_out() -> dict[str, str]:
    code = "import json, plain_script; print(json.dumps(plain_script.NOT_COVERED))"
    reasons: dict[str, str] = json.loads(answer_of_code(code))
    known = json.loads(
        answer_of_code("import json, isms_xl.catalogue as c; print(json.dumps(list(c.rules())))")
    )
    unknown = set(known) ^ (set(reasons) | set(_script_rules()))
    if unknown:
        raise SystemExit(f"The script neither checks nor leaves out {', '.join(sorted(unknown))}.")
    return reasons


def measure(rows: int, folder: Path) -> Result:
    """Return what both programs cost on a register of so many requirements."""
    path, output = register_file(rows), folder / "output.xlsx"
    findings, alone = _same_findings(path, output)
    cold = costs_in_turn({p: _command(p, path, output) for p in PROGRAMS}, ROUNDS)
    warm = {}
    for program in PROGRAMS:
        work = [runtime(), __file__, "--work", program, str(path), str(output)]
        warm[program] = Cost(float(answer_of(work)))
    return Result(rows, findings, alone, cold, warm)


# --- telling ----------------------------------------------------------------------------------


def _ratio(costs: dict[str, Cost]) -> float:
    return costs[SCRIPT].cpu / costs[PRODUCT].cpu


def _memory_ratio(costs: dict[str, Cost]) -> float:
    return costs[SCRIPT].memory / costs[PRODUCT].memory


def _growth(results: Sequence[Result], at: int, program: str, *, warm: bool) -> float:
    """Return how the CPU time per row changed from the size before; 1 is linear growth."""
    before, now = results[at - 1], results[at]
    first, second = (
        (r.warm if warm else r.cold)[program].cpu / r.rows for r in (results[at - 1], results[at])
    )
    return second / first if before.rows != now.rows else 1.0


HEADINGS = (
    "Rows",
    "isms-xl CPU",
    "script CPU",
    "CPU ratio",
    "isms-xl memory",
    "script memory",
    "Memory ratio",
    "Growth isms-xl",
    "Growth script",
)


def _lines(results: Sequence[Result], *, warm: bool) -> list[tuple[str, ...]]:
    lines = []
    for at, result in enumerate(results):
        costs = result.warm if warm else result.cold
        memory = (
            ("–",) * 3
            if warm
            else (
                *(f"{costs[p].memory:,.0f} MB" for p in PROGRAMS),
                f"{_memory_ratio(costs):.1f}",
            )
        )
        growth = [f"{_growth(results, at, p, warm=warm):.2f}" if at else "–" for p in PROGRAMS]
        lines.append(
            (
                f"{result.rows:,}",
                *(f"{costs[p].cpu:.2f} s" for p in PROGRAMS),
                f"{_ratio(costs):.1f}",
                *memory,
                *growth,
            )
        )
    return lines


def _table(results: Sequence[Result], title: str, *, warm: bool) -> Table:
    return Table(title, HEADINGS, tuple(_lines(results, warm=warm)))


def _told(rules: Counter[str] | dict[str, str]) -> str:
    return ", ".join(sorted(rules)) or "none"


def section_of(results: Sequence[Result], reasons: dict[str, str]) -> Section:
    """Return what the page says of the comparison."""
    largest = results[-1]
    ratio = _ratio(largest.cold)
    found = sum(largest.findings.values())
    alone = "; ".join(f"{code} ({reason})" for code, reason in sorted(reasons.items()))
    return Section(
        name="compare",
        order=10,
        title="Beside a plain pandas and openpyxl script",
        claim=f"""\
isms-xl validates a register of {largest.rows:,} requirements and writes its gaps back with
{ratio:.1f} times less CPU time and {_memory_ratio(largest.cold):.1f} times less memory than the plain
script, each as a whole process, and with {_ratio(largest.warm):.1f} times less CPU time when only the
work is counted.""",
        how=f"""\
`benchmarks/registers.py` makes the registers: the template with so many requirements, a tenth as
many interested parties (2,000 at most), a link for each requirement that is addressed, two recorded
versions, and a fault of one of some fifty kinds in one row of twenty. `benchmarks/plain_script.py`
is what a colleague would write in an afternoon: pandas reads all sheets in one call through
openpyxl, checks whole columns at a time, and openpyxl loads the workbook, fills the Gaps sheet,
colours the cells and saves. isms-xl does `validate FILE --output COPY`, listing every gap on its
output, while the script prints its counts only and writes neither checklist nor gap index. Before
anything is measured both must have found the same number of gaps for each rule the script checks:
{found:,} by {len(largest.findings)} rules at {largest.rows:,} rows. The script leaves out {alone};
isms-xl checks them too (all but EVD004, which has to be asked for). Each program then runs
{ROUNDS} times in turn, each time in a new process; CPU is user and system time of that process and
memory its peak resident size (`wait4`), and the least of the {ROUNDS} counts. Both run in an
environment as users have it: the built package, compiled as pip does it, and its dependencies, no
test library. Warm is the work without imports and without output to the terminal, in a process that
has done it once before.
CPU ratio and memory ratio: the script's cost divided by that of isms-xl. Growth: CPU time per row
divided by that of the size before; 1.00 is linear growth, less means that fixed costs weigh less.""",
        tables=(
            _table(results, "Cold: the whole process", warm=False),
            _table(results, "Warm: the work only", warm=True),
        ),
        targets=(
            Target(
                what=f"Validate and write back {largest.rows:,} rows, whole process",
                alternative="a plain pandas + openpyxl script",
                aim=f"at least {AIM} times less CPU time",
                measured=f"{ratio:.1f} times less",
                met=ratio >= AIM,
                why=""
                if ratio >= AIM
                else "Importing pandas and pandera takes a third of what the aim allows, reading "
                "the sheets with python-calamine a fifth; “What a run is made of” has the rest.",
            ),
        ),
        measured=circumstances(*LIBRARIES),
    )


def main(arguments: Sequence[str]) -> None:
    """Measure all sizes and keep the outcome; other sizes than the usual are only printed."""
    if arguments[:1] == ["--work"]:
        program, path, output = arguments[1:]
        print(_work_only(program, Path(path), Path(output)))
        return
    sizes = tuple(map(int, arguments)) or SIZES
    out = Console()
    reasons = _left_out()
    results = []
    with TemporaryDirectory() as folder:
        for rows in sizes:
            out.print(f"{rows:,} requirements …", style="dim")
            results.append(measure(rows, Path(folder)))
    section = section_of(results, reasons)
    print_section(out, section)
    for result in results:
        out.print(
            f"{result.rows:,} requirements: the same {sum(result.findings.values()):,} gaps by "
            f"{len(result.findings)} rules; {sum(result.alone.values())} more by rules that only "
            f"isms-xl checks ({_told(result.alone)})"
        )
    out.print(f"Not in the script: {_told(reasons)}")
    if sizes == SIZES:
        keep(section)


if __name__ == "__main__":
    main(sys.argv[1:])
