"""What a process costs: CPU time, time by the clock, and peak memory.

`ru_maxrss` of a child starts from what its parent held when it was started, so a benchmark's own
process stays small: whatever is heavy is made, imported and measured in processes of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
GAPS_OPEN = 1
"""The exit code of a run that found open gaps; it is a good run."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost.

    Attributes:
        cpu: CPU seconds, user and system.
        memory: Peak resident memory in MB; 0 where it was not looked at.
        elapsed: Seconds by the clock; 0 where it was not looked at.
    """

    cpu: float
    memory: float = 0
    elapsed: float = 0


def cost_of_process(command: Sequence[str]) -> Cost:
    """Run a process to its end, its output thrown away, and return what it cost.

    Raises:
        SystemExit: It did not end well.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, GAPS_OPEN):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, elapsed)


def least(costs: Sequence[Cost]) -> Cost:
    """Return the least of each cost: what a run costs when nothing else disturbs it."""
    return Cost(
        min(cost.cpu for cost in costs),
        min(cost.memory for cost in costs),
        min(cost.elapsed for cost in costs),
    )


def costs_in_turn(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Cost]:
    """Run each command so many times, one after the other, and return the least costs by name."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(cost_of_process(command))
    return {name: least(found) for name, found in costs.items()}


def answer_of(command: Sequence[str]) -> str:
    """Return what a process prints.

    Raises:
        SystemExit: It did not end well.
    """
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode not in (0, GAPS_OPEN):
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}.")
    return done.stdout


def answer_of_code(code: str) -> str:
    """Return what a piece of Python prints that may import the modules of this folder."""
    preface = f"import sys; sys.path.insert(0, {str(HERE)!r}); "
    return answer_of([sys.executable, "-c", preface + code])


def register_file(rows: int) -> Path:
    """Return a register with so many requirements, made in another process where it is missing."""
    return Path(answer_of([sys.executable, str(HERE / "registers.py"), str(rows)]).strip())


def environment(folder: str, requirements: Sequence[str]) -> str:
    """Return the interpreter of an environment of its own, made where it is missing."""
    python = HERE / folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(HERE / folder)], check=True)
        _install(str(python), *requirements)
    return str(python)


def _install(python: str, *what: str) -> None:
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *what], check=True)


@cache
def runtime() -> str:
    """Return an interpreter with what users have.

    That is the built package, compiled as pip does it, and its dependencies: no test library, which
    pandera would import too, and nothing that is compiled anew at each start.
    """
    root = HERE.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[<>=\[]", entry)[0] for entry in project["project"]["dependencies"]]
    python = environment(".venv-runtime", [f"{name}=={version(name)}" for name in names])
    with tempfile.TemporaryDirectory() as folder:
        wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
        wheel += ["--no-deps", "--no-build-isolation", "--wheel-dir", folder, str(root)]
        subprocess.run(wheel, check=True)
        _install(python, "--no-deps", "--force-reinstall", *map(str, Path(folder).glob("*.whl")))
    return python


def validate_command(path: Path, output: Path, as_of: str, *more: str) -> list[str]:
    """Return the command that validates a register and writes a copy with its gaps."""
    command = [runtime(), "-m", "isms_xl", "validate", str(path), "--output", str(output)]
    return [*command, "--as-of", as_of, *more]
