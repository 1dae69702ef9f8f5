"""What is made from code is current: handbooks, templates and example registers."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "docs"))

import generate  # noqa: E402

from isms_xl.cli import main  # noqa: E402

PATHS = [
    "addin/isms_xl.xlam",
    "docs/register.md",
    "docs/rules.md",
    "examples/clinical-ai.xlsx",
    "examples/foundation-models.xlsx",
    "examples/public-sector.xlsx",
    "workbook_templates/isms-register-ai-company.xlsx",
    "workbook_templates/isms-register-blank.xlsx",
]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@cache
def made() -> dict[Path, bytes]:
    return generate.generated()


def test_everything_generated_is_listed() -> None:
    assert sorted(path.relative_to(ROOT).as_posix() for path in made()) == PATHS


@pytest.mark.parametrize("name", PATHS)
def test_generated_file_is_current(name: str) -> None:
    assert generate.is_current(ROOT / name, made()[ROOT / name]), (
        f"{name} is not what docs/generate.py makes now. Run make generate and commit the result."
    )


def test_line_ends_and_compression_do_not_count(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_bytes(b"one\r\ntwo\r\n")
    assert generate.is_current(page, b"one\ntwo\n")
    assert not generate.is_current(page, b"one\nthree\n")
    assert not generate.is_current(tmp_path / "absent.md", b"")


def links(text: str) -> list[str]:
    """Return what a page links to beside the web: files, and headings within them."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


def anchors(text: str) -> set[str]:
    """Return what can be linked to in a page: its own marks, and headings as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in links(page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        found = page.parent / file if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), target


def commands() -> list[tuple[str, click.Command]]:
    """Return every command with its name as people type it."""
    found: list[tuple[str, click.Command]] = []
    for name, command in main.commands.items():
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", each) for inner, each in command.commands.items()]
        else:
            found.append((name, command))
    return found


def test_readme_names_every_command_and_option() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in commands():
        row = re.search(rf"^\| `isms-xl {name}\b.*$", readme, re.MULTILINE)
        assert row, f"README.md has no row for isms-xl {name}"
        for option in (o for parameter in command.params for o in parameter.opts):
            assert not option.startswith("--") or option in row[0], f"{name} {option}"
