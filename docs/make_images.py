"""Make the pictures of docs/images from the demo's output.

Needs LibreOffice (soffice), pdftoppm and pdftotext (poppler-utils) and ImageMagick (CONVERT names
its program where it is not called convert). The pictures are looked at by people; no test compares
them.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

import click
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.dimensions import ColumnDimension
from rich.console import Console

from isms_xl.audit_copy.register_pages import REGISTER_TITLE
from isms_xl.batch.results import GROUP_FILE
from isms_xl.contract import GAPS, PARTIES, Table
from isms_xl.copying import write_audit_copy
from isms_xl.demo import AS_OF, examples_folder
from isms_xl.demo import run as run_demo
from isms_xl.formulas import GRID_SHEET
from isms_xl.template import HEADER_ROW, START_SHEET
from isms_xl.validating import validate

IMAGES = Path(__file__).resolve().parent / "images"
EXAMPLE = "clinical-ai.xlsx"
WIDTH = 1600
DPI = 300
_EDGE = DPI * 55 // 100
"""Height in pixels of the strip that holds a page's header or footer."""
_PARTIES_SHOWN = (
    "Party ID",
    "Name",
    "Internal/External",
    "Representative",
    "Confirmed on",
    "Owner",
    "Gaps",
)
_GAPS_SHOWN = ("No.", "Severity", "Rule", "Record", "Field", "Cell", "Finding", "Remedy")


def main() -> None:
    """Validate the example, draw its sheets, and crop them to what a reader wants to see."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="isms-xl-images-") as scratch:
        folder = Path(scratch)
        marked = folder / EXAMPLE
        validate(examples_folder() / EXAMPLE, AS_OF, output=marked)
        whole = _pdf(marked, folder)
        _picture(whole, _page_with(whole, "The seven steps"), START_SHEET)
        _picture(whole, _page_with(whole, "Who stands where"), GRID_SHEET)
        copy = write_audit_copy(marked, AS_OF, output=folder / "copy.xlsx", pdf=True).pdf
        if copy is not None:
            _picture(copy, _page_with(copy, REGISTER_TITLE), "Audit Copy")
        run_demo(folder / "demo", Console(quiet=True))
        group = _pdf((folder / "demo" / GROUP_FILE).rename(folder / GROUP_FILE), folder)
        _picture(group, 1, "Group")
        for table, shown, first, last in (
            (PARTIES, _PARTIES_SHOWN, 13, 31),
            (GAPS, _GAPS_SHOWN, 5, 20),
        ):
            part = folder / f"{table.name}.xlsx"
            _only(marked, part, table, shown, range(first, last + 1))
            _picture(_pdf(part, folder), 1, table.sheet)


def _only(
    source: Path, target: Path, table: Table, shown: Collection[str], rows: Collection[int]
) -> None:
    """Save a copy that prints one sheet with some of its columns and rows."""
    workbook = load_workbook(source)
    for other in workbook.worksheets:
        if other.title != table.sheet:
            other.sheet_state = "hidden"
    sheet = workbook[table.sheet]
    workbook.active = sheet
    dimensions = sheet.column_dimensions
    for group in list(dimensions.values()):  # neighbours of one width are one entry in the file
        for number in range(group.min or 1, (group.max or 0) + 1):
            letters = get_column_letter(number)
            heading = sheet.cell(HEADER_ROW, number).value
            width = group.width
            dimensions[letters] = ColumnDimension(
                sheet, letters, width=width, customWidth=True, hidden=heading not in shown
            )
    for row in range(HEADER_ROW + 1, sheet.max_row + 1):
        sheet.row_dimensions[row].hidden = row not in rows
        sheet.row_dimensions[row].height = 30
    workbook.save(target)


def _pdf(workbook: Path, folder: Path) -> Path:
    _run(
        "soffice",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(workbook),
    )
    return workbook.with_suffix(".pdf")


def _page_with(pdf: Path, text: str) -> int:
    pages = _run("pdftotext", str(pdf), "-").split("\f")
    return next(number for number, page in enumerate(pages, start=1) if text in page)


def _picture(pdf: Path, number: int, sheet: str) -> None:
    """Draw one page without its header, footer and margins."""
    name = sheet.lower().replace(" ", "-")
    drawn = pdf.with_name(name)
    page = ["-f", str(number), "-l", str(number), "-singlefile"]
    _run("pdftoppm", "-png", "-r", str(DPI), *page, str(pdf), str(drawn))
    target = IMAGES / f"{name}.png"
    _run(
        os.environ.get("CONVERT", "convert"),
        f"{drawn}.png",
        *("-gravity", "north", "-chop", f"0x{_EDGE}", "-gravity", "south", "-chop", f"0x{_EDGE}"),
        *("-trim", "+repage", "-resize", f"{WIDTH}x", "-bordercolor", "white", "-border", "12"),
        *("-dither", "None", "-colors", "128", "-strip", f"PNG8:{target}"),
    )
    click.echo(f"Made {target.name}, {target.stat().st_size // 1024} KB.")


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)  # noqa: S603
    return done.stdout


if __name__ == "__main__":
    main()
