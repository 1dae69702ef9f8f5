"""Measure what a run is made of: start, reading, the next click, and frictionless beside it.

python benchmarks/speed.py
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from compare import AS_OF
from measuring import (
    HERE,
    Cost,
    answer_of,
    answer_of_code,
    costs_in_turn,
    environment,
    register_file,
    runtime,
    validate_command,
)
from page import Section, Table, Target, circumstances, keep, print_section
from rich.console import Console

ROUNDS = 5
CLICK_ROWS, WORK_ROWS = 500, 20_000
SIZES = (500, 5_000, 20_000)
START_AIM, WORK_AIM, CLICK_AIM = 1.25, 4, 0.25
ENTRY = "isms_xl.cli:call"
IMPORTS = "import pandas, pandera.pandas"
CHECKED = ("Parties", "Requirements", "IsmsLinks")
PARTS = (
    "of that: looking at the sheets, reading them, finding the records",
    "of that: typing the cells, the schemas and all other rules, the digest",
    "of that: writing the gaps back",
)


# --- measuring --------------------------------------------------------------------------------


def _validate(rows: int, output: Path) -> list[str]:
    return validate_command(register_file(rows), output, AS_OF.isoformat())


def _start(output: Path) -> dict[str, Cost]:
    commands: Mapping[str, Sequence[str]] = {
        "import": [runtime(), "-c", IMPORTS],
        "run": _validate(CLICK_ROWS, output),
    }
    costs_in_turn(commands, 1)
    return costs_in_turn(commands, 2 * ROUNDS)


def _click(output: Path) -> dict[str, Cost]:
    """Return what a run costs by the clock, cold and by the resident worker."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        cold = _validate(CLICK_ROWS, output)
        python = [cold[0], "-m"]
        worker = subprocess.Popen([*python, "isms_xl.resident.worker", ENTRY])
        try:
            while not list(Path(folder).glob("isms-xl/*.json")):
                time.sleep(0.1)
            warm = [*python, "isms_xl.resident.client", ENTRY, *cold[3:]]
            commands = {"cold": cold, "click": warm}
            costs_in_turn(commands, 1)
            if worker.poll() is not None:
                raise SystemExit("The worker is gone.")
            return costs_in_turn(commands, 2 * ROUNDS)
        finally:
            worker.terminate()
            worker.wait()


def _least_of(job: Callable[[], object]) -> float:
    costs = []
    for _ in range(ROUNDS):
        start = time.process_time()
        job()
        costs.append(time.process_time() - start)
    return min(costs)


def _heard(*told: object) -> None:
    """Take what a parser tells, and do nothing with it."""


def parse(path: Path) -> float:
    """Return the CPU seconds of inflating and parsing the sheets, handing each cell to Python.

    The parser is expat, the one the standard library has; all of it is C but for two empty
    functions, since a parser that tells nobody what it finds reads nothing.
    """
    from xml.parsers import expat

    def job() -> None:
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                if name.startswith("xl/worksheets/sheet") or name == "xl/sharedStrings.xml":
                    parser = expat.ParserCreate()
                    parser.StartElementHandler = _heard
                    parser.CharacterDataHandler = _heard
                    parser.Parse(book.read(name), True)

    return _least_of(job)


def parse_quietly(path: Path) -> float:
    """Return the CPU seconds of inflating and parsing the sheets with nobody listening."""
    from xml.parsers import expat

    def job() -> None:
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                if name.startswith("xl/worksheets/sheet") or name == "xl/sharedStrings.xml":
                    expat.ParserCreate().Parse(book.read(name), True)

    return _least_of(job)


def read_by_calamine(path: Path) -> float:
    """Return the CPU seconds of reading all sheets with python-calamine."""
    from python_calamine import CalamineWorkbook

    def job() -> None:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    return _least_of(job)


def parts_of_work(path: Path) -> dict[str, float]:
    """Return the CPU seconds of each part of a validation, the least of several after a first."""
    import gc

    from isms_xl.books.file import FileBook
    from isms_xl.changes import changes_of
    from isms_xl.checking import check
    from isms_xl.register import Register

    gc.disable()  # as the command line does
    found: dict[str, list[float]] = {part: [] for part in PARTS}
    for _ in range(ROUNDS + 1):
        gc.collect()
        at = [time.process_time()]
        book = FileBook.open(path)
        register = Register(book.tables())
        at.append(time.process_time())
        report = check(register, AS_OF)
        at.append(time.process_time())
        book.apply(changes_of(report))
        _heard(book.data)
        at.append(time.process_time())
        for part, (start, end) in zip(PARTS, pairwise(at), strict=True):
            found[part].append(end - start)
    return {part: min(costs[1:]) for part, costs in found.items()}


def _work(path: Path, output: Path) -> dict[str, float]:
    script = str(HERE / "compare.py")
    work = float(answer_of([runtime(), script, "--work", "isms-xl", str(path), str(output)]))
    found = {
        name: float(
            answer_of_code(
                f"import speed, pathlib; print(speed.{name}(pathlib.Path({str(path)!r})))"
            )
        )
        for name in ("parse_quietly", "parse", "read_by_calamine")
    }
    parts = f"import json, speed; print(json.dumps(speed.parts_of_work(speed.Path({str(path)!r}))))"
    by_part: dict[str, float] = json.loads(answer_of_code(parts))
    return found | by_part | {"work": work}


# --- frictionless -----------------------------------------------------------------------------


def schemas() -> dict[str, object]:
    """Return the contract's long tables as frictionless schemas, by sheet."""
    from isms_xl.contract import GAPS_COLUMN, SCORES, USER_TABLES, Column, Kind
    from isms_xl.contract import Table as Contract

    def field(table: Contract, column: Column) -> dict[str, object]:
        asked: dict[str, object] = {"required": True} if column.mandatory else {}
        kind = "string"
        match column.kind:
            case Kind.IDENTIFIER:
                asked |= {"unique": True, "pattern": rf"{table.prefix}-\d{{3,}}"}
            case Kind.CHOICE:
                asked |= {"enum": list(column.allowed)}
            case Kind.SCORE:
                kind, asked = "integer", asked | {"minimum": min(SCORES), "maximum": max(SCORES)}
            case Kind.DATE:
                kind = "date"
                if column.happened:
                    asked |= {"maximum": AS_OF.isoformat()}
        return {"name": column.heading, "type": kind, "constraints": asked}

    return {
        table.sheet: {
            "fields": [
                *(field(table, column) for column in table.columns),
                {"name": GAPS_COLUMN, "type": "any"},
            ]
        }
        for table in USER_TABLES
        if table.name in CHECKED
    }


def _beside(folder: Path) -> list[tuple[int, Cost, Cost, int]]:
    told = folder / "schemas.json"
    told.write_text(
        answer_of_code("import json, speed; print(json.dumps(speed.schemas()))"), encoding="utf-8"
    )
    found = []
    other = environment(".venv-frictionless", ["-r", str(HERE / "frictionless.txt")])
    for rows in SIZES:
        theirs = [other, str(HERE / "frictionless_check.py"), str(register_file(rows)), str(told)]
        count = sum(json.loads(answer_of(theirs)).values())
        ours = _validate(rows, folder / "output.xlsx")
        rounds = ROUNDS if rows < WORK_ROWS else 1
        costs = costs_in_turn({"isms-xl": ours, "frictionless": theirs}, rounds)
        found.append((rows, costs["isms-xl"], costs["frictionless"], count))
    return found


# --- telling ----------------------------------------------------------------------------------


def ratio_target(
    what: str, alternative: str, aim: str, ratio: float, most: float, why: str
) -> Target:
    """Return an aim for a ratio that is to be no more than so much, with the reason if it is."""
    met = ratio <= most
    return Target(what, alternative, aim, f"{ratio:.2f} ×", met, "" if met else why)


def main() -> None:
    """Measure everything and keep the outcome."""
    out = Console()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output = folder / "output.xlsx"
        out.print("start and clicks …", style="dim")
        start, click = _start(output), _click(output)
        out.print("work …", style="dim")
        work = _work(register_file(WORK_ROWS), output)
        out.print("frictionless …", style="dim")
        beside = _beside(folder)
    imports = start["import"].cpu
    slowest = max(ours.cpu / theirs.cpu for _, ours, theirs, _ in beside)
    section = Section(
        name="speed",
        order=20,
        title="What a run is made of",
        claim="",
        how=f"""\
All runs are `validate FILE --output COPY`, CPU and memory as above, in the same environment. The
runs stand in turn with what they are compared with; the least of {2 * ROUNDS} counts for start and
clicks, of {ROUNDS} elsewhere, one for the longest run of frictionless. Start compares whole
processes, one of which does `{IMPORTS}`. A click is
the time by the clock from starting `isms_xl.resident.client` to its end, the worker being there;
cold is the same command without it. Work is the validation with everything imported, in a process
that has done it once before. Parsing inflates all sheets and the shared strings and runs expat over
them, once with two empty functions that are handed each element and each text, once without any.
frictionless checks mandatory cells, allowed values, types, scores, dates, the form and uniqueness of
identifiers on the three long tables; it writes nothing back and knows no rule across tables.
`benchmarks/speed.py`
does all this.""",
        tables=(
            Table(
                f"Start and clicks at {CLICK_ROWS} rows",
                ("Run", "CPU", "By the clock"),
                (
                    (f"`{IMPORTS}`", f"{imports:.2f} s", f"{start['import'].elapsed:.2f} s"),
                    ("isms-xl, cold", f"{start['run'].cpu:.2f} s", f"{start['run'].elapsed:.2f} s"),
                    ("isms-xl, cold, beside the click", "–", f"{click['cold'].elapsed:.2f} s"),
                    ("isms-xl, by the worker", "–", f"{click['click'].elapsed:.2f} s"),
                ),
            ),
            Table(
                f"Work at {WORK_ROWS:,} rows",
                ("Work", "CPU", "isms-xl's work in relation"),
                tuple(
                    (told, f"{work[key]:.2f} s", f"{work['work'] / work[key]:.1f} ×")
                    for key, told in (
                        ("work", "isms-xl: read, check, write"),
                        *((part, part) for part in PARTS),
                        ("parse", "Inflate and parse, elements handed to Python"),
                        ("parse_quietly", "Inflate and parse, nobody listening"),
                        ("read_by_calamine", "Read with python-calamine"),
                    )
                ),
            ),
            Table(
                "Beside frictionless",
                (
                    "Rows",
                    "isms-xl CPU",
                    "frictionless CPU",
                    "CPU ratio",
                    "isms-xl memory",
                    "frictionless memory",
                    "Departures found by frictionless",
                ),
                tuple(
                    (
                        f"{rows:,}",
                        f"{ours.cpu:.2f} s",
                        f"{theirs.cpu:.2f} s",
                        f"{theirs.cpu / ours.cpu:.1f}",
                        f"{ours.memory:,.0f} MB",
                        f"{theirs.memory:,.0f} MB",
                        f"{count:,}",
                    )
                    for rows, ours, theirs, count in beside
                ),
            ),
        ),
        targets=(
            ratio_target(
                f"Validate and write back {CLICK_ROWS} rows, whole process, CPU",
                "importing pandas and pandera",
                f"at most {START_AIM} ×",
                start["run"].cpu / imports,
                START_AIM,
                "What is left beside the imports is the command line, the reader and the rules.",
            ),
            ratio_target(
                f"Work at {WORK_ROWS:,} rows without imports, CPU",
                "inflating and parsing the same file with expat, elements handed to Python",
                f"at most {WORK_AIM} ×",
                work["work"] / work["parse"],
                WORK_AIM,
                "Reading with python-calamine takes its part, then the rules and the digest.",
            ),
            ratio_target(
                f"Validate, {SIZES[0]} to {SIZES[-1]:,} rows, whole process, CPU, worst size",
                "frictionless with comparable checks",
                "less than 1 ×",
                slowest,
                1,
                "At that size importing pandas and pandera weighs more than the checks.",
            ),
            ratio_target(
                f"Validate and write back {CLICK_ROWS} rows by the resident worker, by the clock",
                "the same command cold",
                f"at most {CLICK_AIM} ×",
                click["click"].elapsed / click["cold"].elapsed,
                CLICK_AIM,
                "The work itself is what is left.",
            ),
        ),
        measured=circumstances("pandas", "pandera", "python-calamine").rstrip(".")
        + f", frictionless {_frictionless_version()}.",
    )
    print_section(out, section)
    keep(section)


def _frictionless_version() -> str:
    lines = (HERE / "frictionless.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("frictionless=="))


if __name__ == "__main__":
    main()
