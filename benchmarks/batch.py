"""Measure a batch: what it shows, beside the plain script, on two processors, and in memory.

Three hundred registers of mixed quality and twenty files that cannot be read are done with one
process, with two, and on a Dask cluster of two worker processes; results and files have to be the
same, each register done, and each unreadable file named with its reason, or the benchmark fails.
Registers per CPU-second count the work of one process, imports left out: isms-xl checks, writes the
reviewed copy and the audit copy and reads the registers side by side; the plain script (pandas and
openpyxl, one register after the other) checks and writes a marked copy only. Parallel efficiency is
the throughput of two processes beside twice that of one, by the clock. As other programs run on the
machine, too, a loop that only counts is timed alone and twice side by side just before and after:
what it attains is what two processes can attain at that time. Memory is the peak resident size of
the command itself and the greatest sum of what its processes hold for themselves alone (USS),
looked at ten times a second.

    python benchmarks/batch.py [--quick]    a tenth of the registers, only printed
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import HERE, answer_of
from page import Section, Table, Target, circumstances, keep, print_section
from rich.console import Console

GOOD, BAD, COMPARED = 300, 20, 60
SIZES = (50, 200, 800)
AS_OF = "2026-11-24"
PRODUCT, SCRIPT = "isms-xl", "script"
AIM = 0.9
FLAT = 1.25
_MODELS = 8
_LEAST, _STEP = 20, 5
_COUNTING = "n = 0\nwhile n < 30_000_000: n += 1"


@dataclass(frozen=True)
class Measured:
    """What one run of the command cost.

    Attributes:
        elapsed: Seconds by the clock.
        own: Peak resident memory of the command itself, in MB.
        all: Greatest sum of the memory of all its processes, in MB.
        answer: What it printed, as JSON.
    """

    elapsed: float
    own: float
    all: float
    answer: dict[str, object]


# --- the registers ----------------------------------------------------------------------------


def make_registers(folder: Path, good: int, bad: int) -> None:
    """Fill a folder with registers of units of their own, and with files nobody can read."""
    from registers import workbook_of_size

    from isms_xl.books.package import Package

    sys.path.append(str(HERE.parent / "tests"))
    from test_files import BAD as KINDS

    models = [Package(workbook_of_size(_LEAST + _STEP * n)) for n in range(min(_MODELS, good))]
    folder.mkdir()
    part = "xl/sharedStrings.xml"
    for number in range(good):
        model = models[number % len(models)]
        text = model.read(part)
        for old, new in (("Language Models", "Unit {:03}"), ("ISMS-REG-042", "ISMS-REG-1{:03}")):
            assert old.encode() in text
            text = text.replace(old.encode(), new.format(number).encode())
        (folder / f"unit-{number:03}.xlsx").write_bytes(model.rewritten({part: text}))
    makers = [make for make, _ in KINDS.values()]
    for number in range(bad):
        data = (
            makers[number]()
            if number < len(makers)
            else (HERE.parent / "examples" / "clinical-ai.xlsx").read_bytes()[: 997 * number]
        )
        (folder / f"unreadable-{number:02}.xlsx").write_bytes(data)


# --- running ----------------------------------------------------------------------------------


def run(inbox: Path, out: Path, *options: str) -> Measured:
    """Run the command on a folder and measure it."""
    command = [sys.executable, "-m", "isms_xl", "batch", inbox.name, "--out", str(out)]
    command += ["--as-of", AS_OF, "--format", "json", *options]
    with (out.parent / f"{out.name}.json").open("w+", encoding="utf-8") as printed:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=printed, stderr=subprocess.DEVNULL, cwd=inbox.parent
        )
        with _watched(process.pid) as sums:
            _, status, usage = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1, 2):
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
        printed.seek(0)
        answer = json.load(printed)
    del answer["written"]
    return Measured(elapsed, usage.ru_maxrss / 2**10, max(sums, default=0), answer)


@contextmanager
def _watched(pid: int) -> Iterator[list[float]]:
    """Look ten times a second at what a process and those it started hold for themselves, in MB."""
    import psutil

    sums: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            held = 0
            try:
                first = psutil.Process(pid)
                for process in (first, *first.children(recursive=True)):
                    held += process.memory_full_info().uss
            except psutil.Error:
                continue
            sums.append(held / 2**20)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield sums
    finally:
        over.set()
        watcher.join()


@contextmanager
def _cluster() -> Iterator[str]:
    """Start a scheduler with two worker processes and give its address."""
    code = (
        "import sys; from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c:\n"
        "        print(c.scheduler_address, flush=True); sys.stdin.read()\n"
    )
    with TemporaryDirectory() as folder:
        script = Path(folder) / "cluster.py"
        script.write_text(code, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait()


def _files(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "run.jsonl"
    }


def check_same(runs: dict[str, tuple[Path, Measured]], good: int, bad: int) -> None:
    """Fail unless all runs did all registers, named all other files, and came to the same."""
    (first, (out, measured)), *others = runs.items()
    units, failures = measured.answer["units"], measured.answer["failures"]
    assert isinstance(units, list)
    assert isinstance(failures, list)
    assert len(units) == good, f"{first}: {len(units)} registers"
    assert len(failures) == bad, f"{first}: {len(failures)} failures"
    assert all(f["problem"] and f["way_out"] for f in failures)
    assert all(f["kind"] == "unreadable" for f in failures)
    assert all(
        (out / unit[copy]).is_file() for unit in units for copy in ("reviewed_copy", "audit_copy")
    )
    expected = _files(out)
    for name, (other, result) in others:
        assert result.answer == measured.answer, f"{name} differs from {first}"
        assert _files(other) == expected, f"the files of {name} differ from those of {first}"


def attainable() -> float:
    """Return how many times the work of one process two can do now; 2 on an idle machine."""
    command = [sys.executable, "-c", _COUNTING]

    def seconds(number: int) -> float:
        start = time.perf_counter()
        for process in [subprocess.Popen(command) for _ in range(number)]:
            process.wait()
        return time.perf_counter() - start

    return 2 * seconds(1) / seconds(2)


# --- one process beside the script ------------------------------------------------------------


def work(program: str, inbox: Path, out: Path) -> float:
    """Return the CPU seconds in which one process does all registers of a folder."""
    from datetime import date

    day = date.fromisoformat(AS_OF)
    if program == SCRIPT:
        import plain_script

        paths = sorted(inbox.glob("unit-*.xlsx"))[:COMPARED]
        plain_script.run(paths[0], out / "warm.xlsx", day)
        start = time.process_time()
        for path in paths:
            plain_script.run(path, out / path.name, day)
        return time.process_time() - start
    import isms_xl.batch.preload  # noqa: F401
    from isms_xl.batch.discovery import find_registers
    from isms_xl.batch.results import write_results
    from isms_xl.batch.running import run_batch
    from isms_xl.batch.work import Options, work_on

    options = Options(day)
    jobs, _ = find_registers(sorted(inbox.glob("unit-*.xlsx"))[:COMPARED], out)
    (out / "warm").mkdir()
    work_on(jobs[0], options, out / "warm")
    start = time.process_time()
    done = run_batch(jobs, options, out, lambda jobs: (work_on(job, options, out) for job in jobs))
    write_results(done.group, out)
    return time.process_time() - start


# --- measuring and telling --------------------------------------------------------------------


def measure(folder: Path, *, share: int) -> Section:
    """Run everything in a folder and return what there is to say; only part of it for a share."""
    good = GOOD // share
    inbox = folder / "inbox"
    _answer("--make", inbox, good, BAD)
    runs: dict[str, tuple[Path, Measured]] = {}
    before = attainable()
    for name, options in (("one process", ["--jobs", "1"]), ("two processes", ["--jobs", "2"])):
        out = folder / name.replace(" ", "-")
        runs[name] = out, run(inbox, out, *options)
    attained = (before + attainable()) / 2
    with _cluster() as address:
        runs["Dask, two workers"] = (
            folder / "dask",
            run(inbox, folder / "dask", "--dask", address),
        )
    check_same(runs, good, BAD)
    compared = min(COMPARED, good)
    rates = {}
    for program in (PRODUCT, SCRIPT):
        out = folder / f"out-{program}"
        out.mkdir()
        rates[program] = compared / float(_answer("--work", program, inbox, out))
    memory: dict[int, Measured] = {}
    for size in (size // share for size in SIZES):
        some = folder / f"inbox{size}"
        _answer("--make", some, size, 0)
        memory[size] = run(some, folder / f"out{size}", "--jobs", "2")
        assert len(memory[size].answer["units"]) == size  # type: ignore[arg-type]
    return section(
        {name: found for name, (_, found) in runs.items()}, rates, memory, attained, good
    )


def _answer(*arguments: object) -> str:
    return answer_of([sys.executable, __file__, *map(str, arguments)])


def section(
    runs: dict[str, Measured],
    rates: dict[str, float],
    memory: dict[int, Measured],
    attained: float,
    good: int,
) -> Section:
    """Return what the benchmark has to say."""
    speed_up = runs["one process"].elapsed / runs["two processes"].elapsed
    efficiency = speed_up / attained
    sizes = sorted(memory)
    growth = memory[sizes[-1]].all / memory[sizes[0]].all
    return Section(
        name="batch",
        order=40,
        title="Batch",
        claim=f"{good} registers and {BAD} unreadable files: every register done, every other file "
        "named with its reason, and the same results and files with one process, with two and on a "
        f"Dask cluster. One process does {rates[PRODUCT]:.1f} registers a CPU-second, audit copy "
        f"included, the plain script {rates[SCRIPT]:.1f} without one.",
        how=" ".join((__doc__ or "").split("\n\n")[1].split()),
        tables=(
            Table(
                f"{good} registers and {BAD} unreadable files",
                ("Run", "Seconds", "Files a second", "Memory, command", "Memory, all"),
                tuple(
                    (
                        name,
                        f"{m.elapsed:.0f}",
                        f"{(good + BAD) / m.elapsed:.1f}",
                        f"{m.own:.0f} MB",
                        f"{m.all:.0f} MB",
                    )
                    for name, m in runs.items()
                ),
            ),
            Table(
                "Memory by number of registers, two processes",
                ("Registers", "Command", "All processes"),
                tuple(
                    (f"{size}", f"{memory[size].own:.0f} MB", f"{memory[size].all:.0f} MB")
                    for size in sizes
                ),
            ),
        ),
        targets=(
            Target(
                what="Batch, parallel efficiency on two processors",
                alternative=f"what two processes could attain then, {attained:.2f} × one",
                aim=f"at least {AIM}",
                measured=f"{efficiency:.2f} ({speed_up:.2f} ×)",
                met=efficiency >= AIM,
                why="Other programs took the processors meanwhile, or the command itself took part "
                "of one.",
            ),
            Target(
                what="Batch, registers a CPU-second",
                alternative="the plain script, one register after the other",
                aim="more, although it writes an audit copy, too",
                measured=f"{rates[PRODUCT] / rates[SCRIPT]:.1f} ×",
                met=rates[PRODUCT] > rates[SCRIPT],
                why="The audit copy takes most of the time.",
            ),
            Target(
                what=f"Batch, memory at {sizes[-1]} registers",
                alternative=f"{sizes[0]} registers",
                aim=f"at most {FLAT} ×",
                measured=f"{growth:.2f} ×",
                met=growth <= FLAT,
                why="The results of all units are kept until they are read side by side.",
            ),
        ),
        measured=circumstances("pandas", "pandera", "python-calamine", "openpyxl", "xlsxwriter"),
    )


def main(arguments: Sequence[str]) -> None:
    """Measure, or do one part of it in this process."""
    match arguments:
        case ["--make", inbox, good, bad]:
            make_registers(Path(inbox), int(good), int(bad))
        case ["--work", program, inbox, out]:
            print(work(program, Path(inbox), Path(out)))
        case _:
            quick = "--quick" in arguments
            with TemporaryDirectory() as folder:
                found = measure(Path(folder), share=10 if quick else 1)
            print_section(Console(), found)
            if not quick:
                keep(found)


if __name__ == "__main__":
    main(sys.argv[1:])
