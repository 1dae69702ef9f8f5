"""Coverage-guided fuzzing of reading and writing back, by atheris.

    python tests/fuzz/fuzz.py reader|write-back [libFuzzer options] [corpus folders]

An input is not a zip archive, of which mutation would make nothing but damaged ones. It is the
number of a part of a small register, and what that part holds instead. Needs what
tests/fuzz/requirements.lock pins, beside the package itself.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

sys.path.insert(0, str(Path(__file__).parent.parent))

with atheris.instrument_imports(include=["isms_xl"]):
    from isms_xl.books.file import FileBook
    from isms_xl.changes import changes_of
    from isms_xl.checking import check

from hostile import DATES, named, register, row, text, with_gaps
from workbooks import entries, packed

from isms_xl.errors import UnreadableWorkbookError, WriteRefusedError
from isms_xl.register import Register

DAY = date(2026, 11, 24)
READ = register(
    named('<c r="B2" t="s"><v>0</v></c>') + row(3, '<c r="A3" s="1"><v>44500.5</v></c>'),
    "A1:B3",
    texts='<si><t>Acme</t></si><si><r><t xml:space="preserve">a _x0041_</t></r></si>',
    styles=DATES,
)
WRITTEN = with_gaps(row(2, text("A2", "1"), text("B2", "major")))
FOLDER = TemporaryDirectory()
PATH = Path(FOLDER.name) / "register.xlsx"


def content_of(data: bytes, base: dict[str, bytes]) -> dict[str, bytes]:
    """Return the parts that an input stands for."""
    names = list(base)
    return base | {names[data[0] % len(names)]: data[1:]}


def read(data: bytes) -> None:
    """Read a workbook: it is read, or refused with a sentence."""
    if not data:
        return
    PATH.write_bytes(data if data.startswith(b"PK") else packed(content_of(data, READ)))
    try:
        tables = FileBook.open(PATH).tables()
    except UnreadableWorkbookError:
        return
    for table in Register(tables).tables:
        for column in table.contract.columns:
            assert len(table.values[column.heading]) == len(table.row_numbers)


def write_back(data: bytes) -> None:
    """Write to a workbook: what is not the tool's stays, and it can be read again."""
    if not data:
        return
    PATH.write_bytes(packed(content_of(data, WRITTEN)))
    before = PATH.read_bytes()
    try:
        book = FileBook.open(PATH)
        report = check(Register(book.tables()), DAY)
        book.apply(changes_of(report))
    except (UnreadableWorkbookError, WriteRefusedError):
        return
    assert not report.failed_rules, report.failed_rules
    book.save()
    old, new = entries(before), entries(PATH.read_bytes())
    for part in ("xl/worksheets/sheet1.xml", "xl/tables/table1.xml"):
        assert old[part] == new[part], part
    again = check(Register(FileBook.open(PATH).tables()), DAY)
    assert [f.code for f in again.findings] == [f.code for f in report.findings]


TARGETS = {"reader": read, "write-back": write_back}


def seeds(base: dict[str, bytes]) -> dict[str, bytes]:
    """Return an input for each part of a register, by its name."""
    return {
        name.rpartition("/")[2]: bytes([number]) + content
        for number, (name, content) in enumerate(base.items())
    }


if __name__ == "__main__":
    target = sys.argv.pop(1)
    for folder in (Path(a) for a in sys.argv[1:] if not a.startswith("-")):
        folder.mkdir(parents=True, exist_ok=True)
    atheris.Setup(sys.argv, TARGETS[target])
    atheris.Fuzz()
