"""The work on one register: a pure function over its bytes, and the edge that reads and writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from isms_xl.batch.discovery import Job
from isms_xl.batch.naming import safe_name
from isms_xl.books.file import FileBook
from isms_xl.books.saving import Snapshot, read_file, replace_file, write_file
from isms_xl.changes import changes_of
from isms_xl.checking import check
from isms_xl.errors import IsmsXlError, WriteRefusedError
from isms_xl.group import Failure, FailureKind, UnitResult
from isms_xl.group_facts import unit_result
from isms_xl.register import Register
from isms_xl.words import counted

UNITS = "units"
"""Folder of the units' files in the folder of a batch."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a batch does with each register.

    Attributes:
        as_of: The day that counts as today.
        write_back: Write the gaps into the registers themselves instead of copies.
    """

    as_of: date
    write_back: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """What comes of one register before anything is written.

    Attributes:
        unit: What the group needs of it.
        reviewed: The workbook with its gaps in it; empty where they cannot be entered.
        is_signed: Whether the workbook carries a signature, which a change would void.
        refused: Why the gaps cannot be entered: what could not be done, what to do now.
    """

    unit: UnitResult
    reviewed: bytes = b""
    is_signed: bool = False
    refused: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        job: The file.
        unit: What it gives to the group; None where it was not done.
        failure: What could not be done; a register can be checked and yet not be written.
    """

    job: Job
    unit: UnitResult | None
    failure: Failure | None


def examine(data: bytes, source: str, as_of: date) -> Product:
    """Check a register and return all that is to be written, without touching a file.

    Args:
        data: The workbook.
        source: Its path, as it is shown to people.
        as_of: The day that counts as today.

    Raises:
        UnreadableWorkbookError: It cannot be read.
    """
    book = FileBook(Snapshot(Path(source), data, (len(data), 0)))
    report = check(Register(book.tables()), as_of)
    unit = unit_result(report, source=source, digest=hashlib.sha256(data).hexdigest())
    try:
        book.apply(changes_of(report))
    except WriteRefusedError as error:
        return Product(unit, refused=(error.problem, error.way_out))
    return Product(unit, book.data, book.is_signed)


def examined(data: bytes, source: str, as_of: date) -> Product | Failure:
    """Do the same, and return as a failure whatever stands in the way."""
    return attempt(source, lambda: examine(data, source, as_of))


def work_on(job: Job, options: Options, out: Path) -> Outcome:
    """Read a register, check it, and write what comes of it.

    Args:
        job: The file.
        options: What to do with it.
        out: Folder of the batch.
    """
    snapshot = attempt(job.source, lambda: read_file(job.path))
    if isinstance(snapshot, Failure):
        return Outcome(job, None, snapshot)
    return deliver(job, examined(snapshot.data, job.source, options.as_of), snapshot, options, out)


def deliver(
    job: Job, product: Product | Failure, snapshot: Snapshot, options: Options, out: Path
) -> Outcome:
    """Write what came of a register; what cannot be written is told, and the rest kept."""
    if isinstance(product, Failure):
        return Outcome(job, None, product)

    def write() -> UnitResult:
        if product.refused is not None:
            raise WriteRefusedError(*product.refused)
        if options.write_back:
            return _written_back(job, product, snapshot, out)
        return _written_copy(job, product, out)

    written = attempt(job.source, write)
    if isinstance(written, Failure):
        return Outcome(job, product.unit, replace(written, kind=FailureKind.NOT_WRITTEN))
    return Outcome(job, written, None)


def _written_copy(job: Job, product: Product, out: Path) -> UnitResult:
    reviewed = reviewed_path(job, product.unit.business_unit)
    _make_folder(out / UNITS)
    _make_folder((out / reviewed).parent)
    write_file(out / reviewed, product.reviewed)
    return replace(product.unit, reviewed_copy=reviewed.as_posix())


def reviewed_path(job: Job, business_unit: str) -> Path:
    """Return where the reviewed copy of a register goes, relative to the folder of the batch."""
    ending = ".xlsm" if job.path.suffix.lower() == ".xlsm" else ".xlsx"
    return _unit_folder(business_unit) / f"{job.name} reviewed{ending}"


def _unit_folder(business_unit: str) -> Path:
    return Path(UNITS) / safe_name(business_unit, "Unnamed unit")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise WriteRefusedError(
            f"The folder {folder} could not be made ({error.strerror}).",
            "Check that the drive is still there and has room, then run the batch again.",
        ) from error


def _written_back(job: Job, product: Product, snapshot: Snapshot, out: Path) -> UnitResult:
    if product.is_signed:
        raise WriteRefusedError(
            f"{job.path.name} is digitally signed, and any change would void the signature.",
            "Run the batch on it without --write-back: then a copy is written.",
        )
    replace_file(snapshot, product.reviewed)
    try:
        shown = os.path.relpath(snapshot.path, out)
    except ValueError:  # another drive of Windows
        shown = str(snapshot.path)
    digest = hashlib.sha256(product.reviewed).hexdigest()
    return replace(product.unit, reviewed_copy=Path(shown).as_posix(), digest=digest)


_Result = TypeVar("_Result")


def attempt(source: str, step: Callable[[], _Result]) -> _Result | Failure:
    """Return what a step gives, or why it gives nothing. Stops by hand pass through."""
    try:
        return step()
    except IsmsXlError as error:
        return Failure(source, FailureKind.UNREADABLE, error.problem, error.way_out)
    except MemoryError:
        return Failure(
            source,
            FailureKind.OUT_OF_MEMORY,
            "The file needs more memory than one register may take.",
            "Remove sheets and pictures that do not belong to the register, or check it by itself "
            "with isms-xl validate.",
        )
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic of the reader is no Exception
        return defect(source, error)


def timed_out(job: Job, seconds: float) -> Outcome:
    """Return the outcome of a file that was given up."""
    return Outcome(
        job,
        None,
        Failure(
            job.source,
            FailureKind.TIMED_OUT,
            f"The file was not done after {counted(round(seconds), 'second')}.",
            "Remove what does not belong to the register and try again, or give it longer with "
            "--timeout.",
        ),
    )


def crashed(job: Job) -> Outcome:
    """Return the outcome of a file whose process ended abruptly."""
    return Outcome(
        job,
        None,
        Failure(
            job.source,
            FailureKind.CRASHED,
            "The process that worked on the file ended abruptly.",
            "Open the file in Excel, save it as a new workbook and try that; if that does not help, "
            "report it as a defect of isms-xl.",
        ),
    )


def defect(source: str, error: BaseException) -> Failure:
    """Return the failure of isms-xl itself."""
    return Failure(
        source,
        FailureKind.DEFECT,
        f"isms-xl could not work on the file: {type(error).__name__}: {error}.",
        "Report this as a defect of isms-xl, with the file if it may be shared.",
    )
