"""The benchmark page: each benchmark's results kept apart, and put together."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "benchmarks"))

import page  # noqa: E402

LATER = page.Section(
    name="later",
    order=20,
    title="Reading",
    claim="Reading is quick.",
    how="By looking.",
    tables=(page.Table("Sizes", ("Rows", "CPU"), (("500", "0.10 s"), ("5,000", "0.90 s"))),),
    targets=(page.Target("Read 500 rows", "a loop", "at most 2 ×", "3.0 ×", False, "It waits."),),
    measured="Measured on a day.",
)
EARLIER = page.Section("earlier", 10, "Starting", "", "By waiting.", measured="Measured too.")


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    page.keep(LATER, tmp_path, tmp_path / "page.md")
    page.keep(EARLIER, tmp_path, tmp_path / "page.md")
    assert page.kept_sections(tmp_path) == [EARLIER, LATER]


def test_a_benchmark_run_again_replaces_its_own_results_only(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    page.keep(LATER, tmp_path, target)
    page.keep(EARLIER, tmp_path, target)
    page.keep(replace(LATER, claim="Reading is slow."), tmp_path, target)
    text = target.read_text(encoding="utf-8")
    assert "Reading is slow." in text
    assert "Reading is quick." not in text
    assert text.index("## Starting") < text.index("## Reading")


def test_aims_stand_on_top_and_a_missed_one_gives_its_reason() -> None:
    text = page.page_of([EARLIER, LATER])
    assert "| Read 500 rows | a loop | at most 2 × | 3.0 × | **no** |" in text
    assert text.index("## Aims") < text.index("## Starting")
    assert "Not reached: Read 500 rows. It waits." in text
    assert "| 500 | 0.10 s |\n| 5,000 | 0.90 s |" in text


@pytest.mark.parametrize("section", page.kept_sections(), ids=lambda section: section.name)
def test_a_missed_aim_says_why(section: page.Section) -> None:
    assert [target.what for target in section.targets if not target.met and not target.why] == []


def test_the_page_is_made_from_the_results_that_are_kept() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page_of(page.kept_sections()), (
        "docs/benchmarks.md is not made from benchmarks/results. Run python benchmarks/page.py."
    )
