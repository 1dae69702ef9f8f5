"""The library that reads cells, kept within bounds.

python-calamine is fast and trusts its input: a few bytes can make it ask for more memory than there
is, which ends the process. So it is given a package of our own, made of nothing but the sheets,
texts and formats that were looked at here first. What then still looks as no spreadsheet program
writes it is read by a process of its own beforehand, to see whether the library survives that.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from isms_xl.books.markup import in_one_namespace, readable
from isms_xl.books.workbook import MAIN_NAMESPACE, RELATIONSHIPS, Sheet, Workbook
from isms_xl.errors import UnreadableWorkbookError

MOST_CELLS = 20_000_000
"""Cells in the rectangle a sheet spans; a register of 200 000 rows has a tenth of that."""

MOST_FILLED = 6_000_000
"""Cells that are there, in all sheets that are read; a register of 200 000 rows has four million."""

LARGEST_SHEETS = 512 * 2**20
"""Bytes of XML in all sheets that are read."""

LARGEST_TEXTS = 128 * 2**20
"""Bytes of text in all cells, a text counted as often as cells show it."""

MOST_TEXTS = 4_000_000
"""Entries of the string table; the library makes room for as many as the table claims to have."""

TRIAL_SECONDS = 15
TRIAL_MEMORY = 1536 * 2**20

_TRIAL = Path(__file__).with_name("trial.py")
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_BYTES_OF_A_CELL = 48
_LARGE_COUNT = re.compile(rb"uniqueCount\s*=\s*[\"']\D?\d{8,}")
_FORMULA = re.compile(rb"<f(?:\s[^<>]*+)?+>[^<]*+")
_TEXT_START = re.compile(rb"<(?:[\w.-]+:)?si(?=[\s/>])")
_USUAL_TEXT_CELL = re.compile(
    rb'<c r="[A-Z]{1,3}\d{1,7}"(?: s="\d++")?+ t="s"><v>(\d{1,8})</v></c>'
)
_ATTRIBUTE = rb"\s++(?!t\s*=)[\w:.-]++\s*+=\s*+(?:\"[^\"<>]*+\"|'[^'<>]*+')"
_TEXT_CELL = re.compile(
    rb"<(?:[\w.-]+:)?c(?=\s)(?:%s)*+\s++t\s*+=\s*+(?:\"s\"|'s')[^<>]*+>\s*+<(?:[\w.-]+:)?v>\s*+(\d{1,8})\s*<"
    % _ATTRIBUTE
)
_CELLS_BEGIN = re.compile(rb"<(?:[\w.-]+:)?sheetData(?=[\s>])")
_CELLS_END = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>")
_SI = 2
"""How deep in the string table its entries stand."""

_DAMAGED = "Open it in Excel, let Excel repair it, and save it."


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a sheet before it is read.

    Attributes:
        sheet: The sheet.
        content: Its XML where that had to be cleared of what the library stumbles over; None where
            the part can be read as it is.
        size: Bytes of XML.
        cells: Number of its cells.
        shared: Number of those that show a text of the string table.
        replaced: Number of comments, instructions and CDATA sections that were taken out.
        odd: Whether its cells stand as no spreadsheet program places them.
    """

    sheet: Sheet
    content: bytes | None
    size: int
    cells: int
    shared: int
    replaced: int
    odd: bool


class Reader:
    """Reads the cells of some sheets of a workbook.

    Args:
        workbook: The workbook.
        looked: What is known of the sheets that will be asked for.

    Raises:
        UnreadableWorkbookError: They hold more than a register can need, or something in them keeps
            the library from reading them.
    """

    def __init__(self, workbook: Workbook, looked: Sequence[Looked]) -> None:
        self._room = MOST_CELLS
        self._names = {entry.sheet.part: f"s{n}" for n, entry in enumerate(looked, start=1)}
        texts = _shared_texts(workbook, looked)
        package = _package(workbook, looked, texts)
        if any(entry.odd for entry in looked):
            _try(package)
        with _refusing("The workbook is damaged."):
            self._cells = CalamineWorkbook.from_filelike(io.BytesIO(package))

    def rows(self, sheet: Sheet) -> list[list[object]]:
        """Return all cells of a sheet, from A1 on.

        Raises:
            UnreadableWorkbookError: It is damaged, or spans more than a register can need together
                with those that were read before.
        """
        with _refusing(f"The sheet {sheet.name} is damaged."):
            found = self._cells.get_sheet_by_name(self._names[sheet.part])
            rows = found.to_python(skip_empty_area=False)
        self._room -= len(rows) * len(rows[0]) if rows else 0
        if self._room < 0:
            raise too_much("more cells")
        return cast("list[list[object]]", rows)


@contextlib.contextmanager
def _refusing(problem: str) -> Iterator[None]:
    """Turn what goes wrong in the library into a sentence; a panic of it is no Exception."""
    with _quiet():
        try:
            yield
        except BaseException as error:
            panicked = type(error).__module__ == "pyo3_runtime"
            if panicked or isinstance(error, CalamineError | ValueError | OSError | MemoryError):
                raise UnreadableWorkbookError(problem, _DAMAGED) from error
            raise


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep a panic from writing its trace to the terminal, past Python."""
    kept = None
    with contextlib.suppress(
        OSError
    ):  # without a terminal, as under Excel, there is nothing to keep
        kept = os.dup(2)
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        if kept is not None:
            with contextlib.suppress(OSError):
                os.dup2(kept, 2)
            with contextlib.suppress(OSError):
                os.close(kept)


def too_much(what: str) -> UnreadableWorkbookError:
    """Return the refusal of a workbook with more of something than a register has."""
    return UnreadableWorkbookError(
        f"The workbook holds {what} than a register can need.",
        "Remove the sheets and cells that do not belong to the register, and save it.",
    )


def _shared_texts(workbook: Workbook, looked: Sequence[Looked]) -> bytes | str | None:
    """Return the string table as the library can be given it, or the part that can be kept."""
    cells, shared = (sum(getattr(entry, n) for entry in looked) for n in ("cells", "shared"))
    size = sum(entry.size for entry in looked)
    if cells > MOST_FILLED or size > LARGEST_SHEETS:
        raise too_much("more cells")
    part = workbook.target_of("sharedStrings")
    kept = b"" if part is None else workbook.package.read(part)
    xml = kept if part is None else _bounded_texts(readable(kept, part), part)
    written = size - cells * _BYTES_OF_A_CELL
    if not _can_be_held(workbook, looked, xml, written, shared):
        raise too_much("more text")
    return part if xml is kept else xml


def _bounded_texts(xml: bytes, part: str) -> bytes:
    """Return the string table, provided that the library can be given it.

    Raises:
        UnreadableWorkbookError: It is too long, says so, or holds what Excel does not see in it.
    """
    if len(xml) > LARGEST_TEXTS:
        raise too_much("more text")
    if xml.count(b"<") > MOST_TEXTS and sum(1 for _ in _TEXT_START.finditer(xml)) > MOST_TEXTS:
        raise too_much("more text")
    if not in_one_namespace(xml, 0, len(xml)):
        _refuse_other_namespaces(xml, part)
    if _LARGE_COUNT.search(xml):
        raise UnreadableWorkbookError(
            "The workbook's table of texts claims to be longer than it can be.", _DAMAGED
        )
    return xml


def _refuse_other_namespaces(xml: bytes, part: str) -> None:
    """Refuse texts with elements that Excel passes over and the library does not.

    Raises:
        UnreadableWorkbookError: There are some, or the part is damaged.
    """
    path: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        path.append(tag)
        home, name = path[0].rpartition(" ")[0], tag.rpartition(" ")[2]
        in_text = len(path) > 1 and path[1].endswith(" si")
        if (in_text and tag != f"{home} {name}") or (name == "si") != (
            in_text and len(path) == _SI
        ):
            raise ValueError(tag)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise UnreadableWorkbookError(
            f"The workbook's part {part} is damaged.", _DAMAGED
        ) from error


def _can_be_held(
    workbook: Workbook, looked: Sequence[Looked], xml: bytes, written: int, shared: int
) -> bool:
    """Whether all texts can be held at once: those in the sheets, and those that cells show.

    Estimates come first; only where they are too large is each cell looked at.

    Args:
        workbook: The workbook.
        looked: Its sheets.
        xml: The string table.
        written: Bytes of text in the sheets at most, formulas included.
        shared: Number of cells that show a text of the string table.
    """
    if max(written, 0) + shared * len(xml) <= LARGEST_TEXTS:
        return True
    starts = [*(found.start() for found in _TEXT_START.finditer(xml)), len(xml)]
    lengths = [end - start for start, end in pairwise(starts)]
    longest = max(lengths, default=0)
    if max(written, 0) + shared * longest <= LARGEST_TEXTS:
        return True
    shown = 0
    for entry in looked:
        content = entry.content or workbook.package.read(entry.sheet.part)
        written -= sum(map(len, _FORMULA.findall(content)))  # the library does not keep them
        numbers = _texts_shown(content, entry.shared)
        shown += max(entry.shared - len(numbers), 0) * longest
        shown += sum(lengths[n] for n in map(int, numbers) if n < len(lengths))
    return max(written, 0) + shown <= LARGEST_TEXTS


def _texts_shown(content: bytes, shared: int) -> list[bytes]:
    """Return which texts the cells of a sheet show, as far as patterns find them.

    Only where cells stand, and only by what is an attribute: whatever else looked like a cell would
    stand for one that shows a long text and is not found.

    Args:
        content: XML of the sheet, which was looked at: its cells stand in one place.
        shared: How many of its cells show a text.
    """
    begin = _CELLS_BEGIN.search(content)
    end = begin and _CELLS_END.search(content, begin.end())
    if not begin or not end:
        return []
    numbers = _USUAL_TEXT_CELL.findall(content, begin.end(), end.start())
    if len(numbers) < shared:
        numbers = _TEXT_CELL.findall(content, begin.end(), end.start())
    return numbers


def _package(workbook: Workbook, looked: Sequence[Looked], texts: bytes | str | None) -> bytes:
    """Return a workbook with these sheets, named s1, s2 and so on, and nothing else."""
    parts: dict[str, str | bytes] = {}
    relations = []
    for number, entry in enumerate(looked, start=1):
        parts[f"xl/worksheets/sheet{number}.xml"] = entry.content or entry.sheet.part
        relations.append((f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml"))
    if texts is not None:
        parts["xl/sharedStrings.xml"] = texts
        relations.append(("rIdT", "sharedStrings", "sharedStrings.xml"))
    styles = workbook.target_of("styles")
    if styles is not None:
        kept = workbook.package.read(styles)
        xml = readable(kept, styles)
        parts["xl/styles.xml"] = styles if xml is kept else xml
        relations.append(("rIdS", "styles", "styles.xml"))
    sheets = "".join(
        f'<sheet name="s{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, len(looked) + 1)
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN_NAMESPACE}" xmlns:r="{RELATIONSHIPS}">'
        f'<workbookPr date1904="{int(workbook.counts_from_1904)}"/><sheets>{sheets}</sheets></workbook>'
    ).encode()
    parts["xl/_rels/workbook.xml.rels"] = _relationships(relations)
    parts["_rels/.rels"] = _relationships([("rId1", "officeDocument", "xl/workbook.xml")])
    return workbook.package.extract(parts)


def _relationships(entries: Sequence[tuple[str, str, str]]) -> bytes:
    found = "".join(
        f'<Relationship Id="{rid}" Type="{RELATIONSHIPS}/{kind}" Target="{target}"/>'
        for rid, kind, target in entries
    )
    return f'<Relationships xmlns="{_PACKAGE}">{found}</Relationships>'.encode()


def _try(package: bytes) -> None:
    """Read a package in a process of its own, so that only that one ends where reading cannot.

    Raises:
        UnreadableWorkbookError: It did.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - our own script, run by our own interpreter
            [sys.executable, "-I", str(_TRIAL), str(TRIAL_MEMORY)],
            input=package,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TRIAL_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        ).returncode
    except subprocess.TimeoutExpired:
        ended = -1
    if ended:
        raise UnreadableWorkbookError(
            "The workbook is damaged: its cells stand in places that make no sense.", _DAMAGED
        )
