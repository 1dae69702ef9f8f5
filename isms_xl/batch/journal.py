"""What is done so far, kept in the folder of a batch so that a run can be resumed.

The first line says what was asked for, each further line is the result of one register. Lines are
added as registers are done, so whatever ends a run, what was done before stays usable; a last line
that breaks off is left out.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from isms_xl import __version__
from isms_xl.batch.discovery import JOURNAL
from isms_xl.batch.work import Options
from isms_xl.catalogue import RULE_SET_VERSION
from isms_xl.errors import WriteRefusedError
from isms_xl.group import UnitResult

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_SCHEMA = 1


@cache
def _results() -> TypeAdapter[UnitResult]:
    from pydantic import TypeAdapter

    return TypeAdapter(UnitResult)


def header(options: Options) -> dict[str, object]:
    """Return what must be the same for an earlier result to count."""
    return {
        "schema": _SCHEMA,
        "tool": f"isms-xl {__version__}",
        "rule_set": RULE_SET_VERSION,
        "as_of": options.as_of.isoformat(),
        "write_back": options.write_back,
        "imports": options.imports,
        "maps": dict(sorted(options.maps.items())),
    }


def line_of(unit: UnitResult) -> str:
    """Return a result as a line of the journal."""
    values = _results().dump_python(unit, mode="python")
    values["packed"] = base64.b64encode(unit.packed).decode()
    return json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":"))


def unit_of(line: str) -> UnitResult:
    """Return the result a line holds.

    Raises:
        ValueError: The line is damaged.
    """
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("no result")
    values["packed"] = base64.b64decode(values.get("packed", ""), validate=True)
    unit = _results().validate_python(values)
    try:
        _ = unit.details
    except zlib.error as error:
        raise ValueError("details damaged") from error
    return unit


def earlier(out: Path, options: Options) -> Mapping[str, UnitResult]:
    """Return the results of an earlier run that asked for the same, by source."""
    try:
        lines = (out / JOURNAL).read_text(encoding="utf-8").split("\n")
        if not lines or json.loads(lines[0]) != header(options):
            return {}
    except (OSError, ValueError):
        return {}
    found: dict[str, UnitResult] = {}
    for line in lines[1:]:
        try:
            unit = unit_of(line)
        except (ValueError, TypeError, OverflowError):
            continue
        found[unit.source] = unit
    return found


class Journal:
    """The journal being written; a context manager.

    Args:
        out: Folder of the batch.
        options: What was asked for.

    Raises:
        WriteRefusedError: It cannot be written.
    """

    def __init__(self, out: Path, options: Options) -> None:
        self._path = out / JOURNAL
        self._options = options
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        try:
            self._file = self._path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise self._refusal(error) from error
        self._write(json.dumps(header(self._options)))
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, unit: UnitResult) -> None:
        """Keep the result of one register."""
        self._write(line_of(unit))

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(f"{line}\n")
            self._file.flush()
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> WriteRefusedError:
        return WriteRefusedError(
            f"{self._path} could not be written ({error.strerror or error}).",
            "Check that the folder is there and has room; what is written already stays.",
        )
