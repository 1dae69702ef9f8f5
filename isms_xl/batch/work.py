"""The work on one register: a pure function over its bytes, and the edge that reads and writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from isms_xl.audit_copy import build_audit_copy
from isms_xl.batch.discovery import UNITS, Job
from isms_xl.batch.naming import safe_name
from isms_xl.books.file import FileBook, is_output
from isms_xl.books.saving import Snapshot, read_file, replace_file, write_file
from isms_xl.changes import changes_of
from isms_xl.checking import check
from isms_xl.errors import IsmsXlError, UnreadableWorkbookError, WriteRefusedError
from isms_xl.group import Failure, FailureKind, Skipped, UnitResult
from isms_xl.group_facts import unit_result
from isms_xl.register import Register
from isms_xl.words import counted


@dataclass(frozen=True, slots=True)
class Options:
    """What a batch does with each register.

    Attributes:
        as_of: The day that counts as today.
        write_back: Write the gaps into the registers themselves instead of copies.
        imports: Take over what is no register as a list in another layout.
        maps: For that, where columns go: text of a map by the name of the file without ending.
    """

    as_of: date
    write_back: bool = False
    imports: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Product:
    """What comes of one register before anything is written.

    Attributes:
        unit: What the group needs of it.
        reviewed: The workbook with its gaps in it, or as it was where they cannot be entered.
        audit: Its audit copy.
        is_signed: Whether the workbook carries a signature, which a change would void.
        is_imported: Whether it was made from a list in another layout, which stays as it is.
        refused: Why the gaps cannot be entered: what could not be done, what to do now.
        rebuilt: Tool sheets that were made anew, as others had rearranged them.
    """

    unit: UnitResult
    reviewed: bytes
    audit: bytes
    is_signed: bool
    is_imported: bool
    refused: tuple[str, str] | None
    rebuilt: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        job: The file.
        unit: What it gives to the group; None where it was not done.
        failure: What could not be done; a register can be checked and yet not be written.
        skipped: Why it turned out to be no register at all, but an output of this tool.
        rebuilt: Tool sheets that were made anew in what was written.
    """

    job: Job
    unit: UnitResult | None = None
    failure: Failure | None = None
    skipped: Skipped | None = None
    rebuilt: tuple[str, ...] = ()


def examine(data: bytes, source: str, options: Options) -> Product:
    """Check a register and return all that is to be written, without touching a file.

    Args:
        data: The workbook, or a list in another layout where those are to be taken over.
        source: Its path, as it is shown to people.
        options: What to do with it.

    Raises:
        UnreadableWorkbookError: It cannot be read.
        ContractError: Its map does not fit.
    """
    imported = False
    try:
        book = _book(data, source)
        tables = book.tables()
    except UnreadableWorkbookError:
        if not options.imports or is_output(data):
            raise
        imported = True
        book = _book(_taken_over(data, source, options), source)
        tables = book.tables()
    report = check(Register(tables), options.as_of)
    unit = unit_result(report, source=source, digest=hashlib.sha256(data).hexdigest())
    refused = None
    try:
        book.apply(changes_of(report))
    except WriteRefusedError as error:
        refused = (error.problem, error.way_out)
    audit = build_audit_copy(report).data
    return Product(unit, book.data, audit, book.is_signed, imported, refused, book.rebuilt)


def _book(data: bytes, source: str) -> FileBook:
    return FileBook(Snapshot(Path(source), data, (len(data), 0)))


def _taken_over(data: bytes, source: str, options: Options) -> bytes:
    """Return the register that a list in another layout makes."""
    from isms_xl.importing.importer import import_register
    from isms_xl.importing.mapping import read_map

    path = Path(source)
    text = options.maps.get(path.stem)
    mapping = None if text is None else read_map(text, f"{path.stem}.toml")
    return import_register(data, path.name, mapping, options.as_of).workbook()


def examined(data: bytes, source: str, options: Options) -> Product | Failure | Skipped:
    """Do the same, and return as a failure whatever stands in the way."""
    found = attempt(source, lambda: examine(data, source, options))
    if isinstance(found, Failure) and is_output(data):
        return Skipped(source, "isms-xl made this workbook from registers; it is none.")
    return found


def work_on(job: Job, options: Options, out: Path) -> Outcome:
    """Read a register, check it, and write what comes of it.

    Args:
        job: The file.
        options: What to do with it.
        out: Folder of the batch.
    """
    snapshot = attempt(job.source, lambda: read_file(job.path))
    if isinstance(snapshot, Failure):
        return Outcome(job, failure=snapshot)
    return deliver(job, examined(snapshot.data, job.source, options), snapshot, options, out)


def deliver(
    job: Job,
    product: Product | Failure | Skipped,
    snapshot: Snapshot,
    options: Options,
    out: Path,
) -> Outcome:
    """Write what came of a register; what cannot be written is told, and the rest kept."""
    if isinstance(product, Failure):
        return Outcome(job, failure=product)
    if isinstance(product, Skipped):
        return Outcome(job, skipped=product)
    unit = product.unit
    audit = _in_folder(job, unit, f"{job.name} audit copy.xlsx")
    copied = attempt(job.source, lambda: _write(out, audit, product.audit))
    if not isinstance(copied, Failure):
        unit = replace(unit, audit_copy=audit.as_posix())

    def review() -> UnitResult:
        if product.refused is not None:
            raise WriteRefusedError(*product.refused)
        if options.write_back and not product.is_imported:
            return _written_back(job, unit, product, snapshot, out)
        path = reviewed_path(job, unit)
        _write(out, path, product.reviewed)
        return replace(unit, reviewed_copy=path.as_posix())

    reviewed = attempt(job.source, review)
    for failure in (reviewed, copied):
        if isinstance(failure, Failure):
            return Outcome(job, unit, replace(failure, kind=FailureKind.NOT_WRITTEN))
    final = reviewed if isinstance(reviewed, UnitResult) else unit
    return Outcome(job, final, rebuilt=product.rebuilt)


def _write(out: Path, path: Path, data: bytes) -> None:
    for folder in (out / UNITS, (out / path).parent, out / path):
        if folder.is_symlink():
            raise WriteRefusedError(
                f"{folder} is a link, and the batch would write to what it leads to.",
                "Remove the link, or choose another folder with --out.",
            )
    for folder in (out / UNITS, (out / path).parent):
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise WriteRefusedError(
                f"The folder {folder} could not be made ({error.strerror}).",
                "Check that the drive is still there and has room, then run the batch again.",
            ) from error
    write_file(out / path, data)


def reviewed_path(job: Job, unit: UnitResult) -> Path:
    """Return where the reviewed copy of a register goes, relative to the folder of the batch."""
    ending = ".xlsm" if job.path.suffix.lower() == ".xlsm" else ".xlsx"
    return _in_folder(job, unit, f"{job.name} reviewed{ending}")


def _in_folder(job: Job, unit: UnitResult, name: str) -> Path:
    return Path(UNITS) / safe_name(unit.business_unit, job.name) / name


def _written_back(
    job: Job, unit: UnitResult, product: Product, snapshot: Snapshot, out: Path
) -> UnitResult:
    if product.is_signed:
        raise WriteRefusedError(
            f"{job.path.name} is digitally signed, and any change would void the signature.",
            "Run the batch on it without --write-back: then a copy is written.",
        )
    replace_file(snapshot, product.reviewed)
    try:
        shown = os.path.relpath(snapshot.path, out.resolve())
    except ValueError:  # another drive of Windows
        shown = str(snapshot.path)
    digest = hashlib.sha256(product.reviewed).hexdigest()
    return replace(unit, reviewed_copy=Path(shown).as_posix(), digest=digest)


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
        failure=Failure(
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
        failure=Failure(
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
