"""Make everything that is made from code: handbooks, templates and example registers.

Run by `make generate`. The tests compare what is on disk with what this makes.
"""

from __future__ import annotations

import io
import sys
import zipfile
from datetime import date
from pathlib import Path

import click
from register_handbook import register_handbook
from rule_handbook import rule_handbook

from isms_xl.addin.building import build_addin
from isms_xl.content import STARTERS, starter
from isms_xl.template import build_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES_CREATED = date(2026, 11, 24)
"""A fixed day, so that the same code makes the same templates."""


def generated() -> dict[Path, bytes]:
    """Return all generated files by path."""
    return {
        ROOT / "docs" / "rules.md": rule_handbook(),
        ROOT / "docs" / "register.md": register_handbook(),
        **{
            ROOT / "workbook_templates" / f"isms-register-{name}.xlsx": build_template(
                starter(name), created=TEMPLATES_CREATED
            )
            for name in STARTERS
        },
        ROOT / "addin" / "isms_xl.xlam": build_addin(ROOT / "addin"),
        **_examples(),
    }


def _examples() -> dict[Path, bytes]:
    folder = str(ROOT / "examples")
    if folder not in sys.path:
        sys.path.append(folder)
    from build import build

    return build()


def is_current(path: Path, data: bytes) -> bool:
    """Whether a file on disk is what was made.

    Workbooks are compared part by part, since their compression depends on the zlib at hand; the
    add-in, which is not compressed, byte by byte; texts without regard to how git wrote their line
    ends.
    """
    if not path.exists():
        return False
    found = path.read_bytes()
    if path.suffix == ".xlsx":
        return found == data or _parts(found) == _parts(data)
    if path.suffix == ".xlam":
        return found == data
    return found.replace(b"\r\n", b"\n") == data


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def main() -> None:
    """Write what is not current."""
    for path, data in generated().items():
        if is_current(path, data):
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        click.echo(f"Made {path.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
