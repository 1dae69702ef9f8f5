"""The benchmark page, put together from what each benchmark last measured.

A benchmark keeps its outcome as a section in `results/<name>.json`, so that each can be measured
again alone; `docs/benchmarks.md` is made from all sections that are there.

    python benchmarks/page.py    makes the page again without measuring anything
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Shown

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Target:
    """An aim, and how far it was reached.

    Attributes:
        what: What is measured, as a row heading.
        alternative: What it is measured against.
        aim: The aim in words and figures, such as `at most 1.25 ×`.
        measured: What came out, such as `1.13 ×`.
        met: Whether the aim was reached.
        why: Where it was not: the reason, in a sentence.
    """

    what: str
    alternative: str
    aim: str
    measured: str
    met: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures; the first column is set left, the others right.

    Attributes:
        title: Its heading; empty for none.
        headings: Column headings.
        rows: Cells as text.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What one benchmark has to say.

    Attributes:
        name: Name of its results file, without `.json`.
        order: Where it stands on the page; lower comes first, equal ones by name.
        title: Heading.
        claim: What came out, in Markdown; empty for none.
        how: How it is measured, in Markdown.
        tables: The figures.
        targets: The aims.
        measured: Day, machine and library versions, in a sentence; `circumstances` tells them.
    """

    name: str
    order: int
    title: str
    claim: str
    how: str
    tables: tuple[Table, ...] = ()
    targets: tuple[Target, ...] = ()
    measured: str = field(default="")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def circumstances(*libraries: str) -> str:
    """Return when and where something was measured, with the versions of these libraries."""
    versions = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in ("isms-xl", *libraries)
    )
    return (
        f"Measured on {date.today().isoformat()} on {_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; {versions}."
    )


def _tupled(value: Any) -> Any:
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def _section_of(document: dict[str, Any]) -> Section:
    tables = tuple(
        Table(**{key: _tupled(value) for key, value in table.items()})
        for table in document.pop("tables")
    )
    targets = tuple(Target(**target) for target in document.pop("targets"))
    return Section(**document, tables=tables, targets=targets)


def kept_sections(folder: Path = RESULTS) -> list[Section]:
    """Return what the benchmarks last measured, in the page's order."""
    sections = [
        _section_of(json.loads(path.read_text(encoding="utf-8"))) for path in folder.glob("*.json")
    ]
    return sorted(sections, key=lambda section: (section.order, section.name))


def keep(section: Section, folder: Path = RESULTS, page: Path = PAGE) -> None:
    """Keep what a benchmark measured in place of what it measured before, and renew the page."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(asdict(section), ensure_ascii=False, indent=2)
    (folder / f"{section.name}.json").write_text(f"{text}\n", encoding="utf-8")
    page.write_text(page_of(kept_sections(folder)), encoding="utf-8")


# --- telling ----------------------------------------------------------------------------------

_TARGET_HEADINGS = ("What", "Beside", "Aim", "Measured", "Reached")


def _target_rows(targets: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (t.what, t.alternative, t.aim, t.measured, "yes" if t.met else "**no**") for t in targets
    )


def _markdown_table(table: Table, *, right: bool = True) -> str:
    rule = ("---", *(("---:" if right else "---",) * (len(table.headings) - 1)))
    rows = [table.headings, rule, *table.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _parts(section: Section) -> Iterator[str]:
    yield f"## {section.title}"
    if section.claim:
        yield section.claim
    yield section.measured
    for table in section.tables:
        if table.title:
            yield f"### {table.title}"
        yield _markdown_table(table)
    for target in section.targets:
        if not target.met and target.why:
            yield f"Not reached: {target.what}. {target.why}"
    yield section.how


def page_of(sections: Sequence[Section]) -> str:
    """Return the page of all sections."""
    targets = [target for section in sections for target in section.targets]
    parts = [
        "# Benchmarks",
        "Made by `make bench` from `benchmarks/results/`, where each benchmark keeps what it last "
        "measured. The claim is in the ratios; the times are those of one machine.",
    ]
    if targets:
        parts += [
            "## Aims",
            _markdown_table(Table("", _TARGET_HEADINGS, _target_rows(targets)), right=False),
        ]
    for section in sections:
        parts += _parts(section)
    return "\n\n".join(filter(None, map(str.strip, parts))) + "\n"


def print_section(out: Console, section: Section) -> None:
    """Print the tables and aims of a section."""
    aims = Table("Aims", _TARGET_HEADINGS, _target_rows(section.targets))
    for table in (*section.tables, *([aims] if section.targets else [])):
        shown = Shown(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
        for number, heading in enumerate(table.headings):
            shown.add_column(heading, justify="right" if number and table is not aims else "left")
        for row in table.rows:
            shown.add_row(*row)
        out.print(shown)
        out.print()
    out.print(section.measured, style="dim")


if __name__ == "__main__":
    PAGE.write_text(page_of(kept_sections()), encoding="utf-8")
    print(f"Written to {PAGE}")
