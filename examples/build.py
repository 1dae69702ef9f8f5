"""Make the three example registers from their texts in `source/`.

Run by `docs/generate.py`; the tests check that the workbooks are what this makes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from isms_xl.books.file import FileBook
from isms_xl.books.saving import Snapshot
from isms_xl.changes import Changes
from isms_xl.checking import check
from isms_xl.content import Content, content_of
from isms_xl.contract import VERSIONS
from isms_xl.finding import Severity
from isms_xl.register import Register
from isms_xl.stamping import kept_part
from isms_xl.template import build_template
from isms_xl.versions import version_row

FOLDER = Path(__file__).parent
CREATED = date(2025, 9, 1)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A version of an example's history.

    Attributes:
        version: Its number.
        on: Its date.
        summary: What changed.
        without: Number of requirements that were not in it yet; the last version has them all.
        approved: Whether it was approved.
    """

    version: str
    on: date
    summary: str
    without: int
    approved: bool = True


HISTORIES = {
    "foundation-models": (
        Stamp("1.0", date(2025, 10, 6), "First issue after the leadership meeting.", 40),
        Stamp("1.1", date(2026, 3, 20), "Requirements from the spring contract reviews.", 14),
        Stamp("2.0", date(2026, 11, 18), "Annual review; AI Act obligations of August 2026.", 0),
    ),
    "clinical-ai": (
        Stamp("1.0", date(2025, 11, 12), "First issue.", 30),
        Stamp("1.1", date(2026, 8, 25), "Two hospital contracts added.", 3, approved=False),
    ),
    "public-sector": (),
}


def workbook_of(name: str) -> bytes:
    """Return the workbook of one example."""
    source = FOLDER / "source" / f"{name}.toml"
    content = content_of(tomllib.loads(source.read_text(encoding="utf-8")))
    rows: list[tuple[object, ...]] = []
    previous = ""
    kept = b""
    for stamp in HISTORIES[name]:
        register = _register(_earlier(content, stamp.without))
        report = check(register, stamp.on)
        row = version_row(
            previous,
            register,
            version=stamp.version,
            on=stamp.on,
            author="Information Security Manager",
            summary=stamp.summary,
            open_major=report.open_by_severity[Severity.MAJOR],
            open_minor=report.open_by_severity[Severity.MINOR],
            approved_by="Chief Information Security Officer" if stamp.approved else "",
            approved_on=stamp.on if stamp.approved else None,
        )
        previous = str(row["Chain digest"])
        rows.append(tuple(row[heading] for heading in VERSIONS.headings))
        kept = kept_part(register, stamp.version)
    book = _book(build_template(content, created=CREATED))
    book.apply(Changes({VERSIONS.name: rows}, kept))  # type: ignore[dict-item]
    return book.data


def _earlier(content: Content, without: int) -> Content:
    requirements = content["Requirements"]
    return content | {"Requirements": requirements[: len(requirements) - without]}


def _book(data: bytes) -> FileBook:
    return FileBook(Snapshot(FOLDER / "example.xlsx", data, (len(data), 0)))


def _register(content: Content) -> Register:
    return Register(_book(build_template(content, created=CREATED)).tables())


def build() -> dict[Path, bytes]:
    """Return all example workbooks by path."""
    return {FOLDER / f"{name}.xlsx": workbook_of(name) for name in HISTORIES}


if __name__ == "__main__":
    for path, data in build().items():
        path.write_bytes(data)
        print(path.name)
