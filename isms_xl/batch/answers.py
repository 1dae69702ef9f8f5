"""What a worker of a cluster is asked and answers: plain data, read as mistrustfully as a file.

Both are JSON. What a unit gives to the group stands in it as the line that the journal would keep.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from isms_xl.batch.journal import line_of, unit_of
from isms_xl.batch.work import Options, Product, examined
from isms_xl.books.package import Package
from isms_xl.catalogue import RULE_SET_VERSION
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.group import Failure, Skipped

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class OddAnswerError(Exception):
    """What a worker returned is no answer, or not one to what it was asked."""


_XML = (".xml", ".rels", ".vml")


@dataclass(frozen=True, slots=True)
class _Product:
    """A product as it travels: files in base64, the unit as a line of the journal."""

    unit: str
    reviewed: str
    audit: str
    is_signed: bool
    is_imported: bool
    refused: tuple[str, str] | None
    rebuilt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    """One of three things that can become of a file."""

    product: _Product | None = None
    failure: Failure | None = None
    skipped: Skipped | None = None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def question_of(options: Options) -> bytes:
    """Return what to do with each file, as it is sent."""
    return bytes(_adapter(Options).dump_json(options))


def answer(data: bytes, source: str, question: bytes) -> bytes:
    """Examine a file on a worker.

    Args:
        data: The file.
        source: Its path, as it is shown to people.
        question: What to do with it.
    """
    return answer_of(examined(data, source, _adapter(Options).validate_json(question)))


def answer_of(found: Product | Failure | Skipped) -> bytes:
    """Return what became of a file, as it is sent."""
    if isinstance(found, Failure):
        told = _Answer(failure=found)
    elif isinstance(found, Skipped):
        told = _Answer(skipped=found)
    else:
        told = _Answer(
            _Product(
                line_of(found.unit),
                base64.b64encode(found.reviewed).decode(),
                base64.b64encode(found.audit).decode(),
                found.is_signed,
                found.is_imported,
                found.refused,
                found.rebuilt,
            )
        )
    return bytes(_adapter(_Answer).dump_json(told))


def answered(
    told: object, data: bytes, source: str, options: Options
) -> Product | Failure | Skipped:
    """Return what an answer says.

    Args:
        told: What the worker returned.
        data: The file it was sent.
        source: Its path, as it is shown to people.
        options: What it was asked to do.

    Raises:
        OddAnswerError: It is no answer, or not one to this question.
    """
    try:
        return _read(told, data, source, options)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise OddAnswerError(str(error)) from error


def _read(told: object, data: bytes, source: str, options: Options) -> Product | Failure | Skipped:
    if type(told) is not bytes:
        raise ValueError("no bytes")
    found: _Answer = _adapter(_Answer).validate_json(told, strict=True)
    given = [each for each in (found.product, found.failure, found.skipped) if each is not None]
    if len(given) != 1:
        raise ValueError("not one answer")
    (one,) = given
    if isinstance(one, _Product):
        return _checked(one, data, source, options)
    if one.source != source:
        raise ValueError("another file")
    return one


def _checked(found: _Product, data: bytes, source: str, options: Options) -> Product:
    unit = unit_of(found.unit)
    expected = (source, hashlib.sha256(data).hexdigest(), options.as_of, RULE_SET_VERSION, "", "")
    if expected != (
        unit.source,
        unit.digest,
        unit.as_of,
        unit.rule_set,
        unit.reviewed_copy,
        unit.audit_copy,
    ):
        raise ValueError("another file, day or rule set")
    if found.is_imported and not options.imports:
        raise ValueError("imported unasked")
    product = Product(
        unit,
        base64.b64decode(found.reviewed, validate=True),
        base64.b64decode(found.audit, validate=True),
        found.is_signed,
        found.is_imported,
        found.refused,
        found.rebuilt,
    )
    try:
        before = None if found.is_imported else Package(data)
        if before is not None and before.is_signed != found.is_signed:
            raise ValueError("wrong on the signature")
        _refuse_programs(Package(product.reviewed), before)
        _refuse_programs(Package(product.audit), None)
    except UnreadableWorkbookError as error:
        raise ValueError("no workbook") from error
    return product


def _refuse_programs(package: Package, before: Package | None) -> None:
    """See that all parts which are no markup, macros above all, were in the file that was sent."""
    for name in package.names:
        if name.lower().endswith(_XML):
            continue
        if before is None or before.find(name) is None or before.read(name) != package.read(name):
            raise ValueError(f"a part that was not in the file: {name}")
