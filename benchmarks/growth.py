"""Measure how CPU time and memory grow with the register, up to 200 000 requirements.

The longest register takes ten minutes to make, once.

    python benchmarks/growth.py
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from compare import AS_OF
from measuring import costs_in_turn, register_file, runtime, validate_command
from page import Section, Table, circumstances, keep, print_section
from rich.console import Console
from speed import IMPORTS, ratio_target

SIZES = (2_000, 20_000, 200_000)
ROUNDS = 3
MEMORY_AIM, GROWTH_AIM = 8, 1.15


def _sheet_xml(path: Path) -> float:
    """Return the size in MB of the longest sheet's XML."""
    with zipfile.ZipFile(path) as book:
        entries = (e for e in book.infolist() if e.filename.startswith("xl/worksheets/sheet"))
        return max(entry.file_size for entry in entries) / 2**20


def main() -> None:
    """Measure all sizes and keep the outcome."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output.xlsx"
        commands = {
            str(rows): validate_command(register_file(rows), output, AS_OF.isoformat())
            for rows in SIZES
        }
        costs = costs_in_turn({"": [runtime(), "-c", IMPORTS], **commands}, ROUNDS)
    # What every run has alike, the libraries, is taken off: it hides how the rest grows.
    per_row = [(costs[str(rows)].cpu - costs[""].cpu) / rows for rows in SIZES]
    xml = [_sheet_xml(register_file(rows)) for rows in SIZES]
    longest = costs[str(SIZES[-1])]
    section = Section(
        name="growth",
        order=30,
        title="Growth",
        claim="",
        how=f"""\
`validate FILE --output COPY` as a whole process with the run-time dependencies only, {ROUNDS} times in
turn, the least of each. Growth is CPU time per row, without that of `{IMPORTS}`, divided by that of
the size before; 1.00 is linear growth. `benchmarks/growth.py` does this.""",
        tables=(
            Table(
                "",
                ("Rows", "CPU", "Growth", "Memory", "Longest sheet's XML", "Memory in relation"),
                tuple(
                    (
                        f"{rows:,}",
                        f"{costs[str(rows)].cpu:.2f} s",
                        f"{per_row[at] / per_row[at - 1]:.2f}" if at else "–",
                        f"{costs[str(rows)].memory:,.0f} MB",
                        f"{xml[at]:,.1f} MB",
                        f"{costs[str(rows)].memory / xml[at]:.1f} ×",
                    )
                    for at, rows in enumerate(SIZES)
                ),
            ),
        ),
        targets=(
            ratio_target(
                f"CPU time per row, from {SIZES[-2]:,} to {SIZES[-1]:,} rows",
                "linear growth",
                f"at most {GROWTH_AIM} ×",
                per_row[-1] / per_row[-2],
                GROWTH_AIM,
                "Where the difference comes from was not looked into; the machine did other work "
                "meanwhile.",
            ),
            ratio_target(
                f"Peak memory at {SIZES[-1]:,} rows",
                "the longest sheet's XML",
                f"at most {MEMORY_AIM} ×",
                longest.memory / xml[-1],
                MEMORY_AIM,
                "The values of all cells are held at once.",
            ),
        ),
        measured=circumstances("pandas", "pandera", "python-calamine"),
    )
    print_section(Console(), section)
    keep(section)


if __name__ == "__main__":
    main()
