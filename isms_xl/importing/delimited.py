"""Delimited text files: their encoding, their delimiter, and the line of every row."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from charset_normalizer import from_bytes

from isms_xl.errors import UnreadableWorkbookError

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SAMPLE_ROWS = 200
_LARGEST_TEXT = 64 * 2**20
_OTHER_LETTERS = re.compile(r"[^\W\d_a-zA-Z]{4}")
"""Four letters beyond a to z in a row: no Western language writes so, misread Cyrillic does."""

_WESTERN = re.compile("[äöüßÄÖÜéèàáâãåæçêëíîïñóôõøúûÅÆÇÉØ€–—‘’“”…•]")
"""Signs that Western texts do hold. Read in the wrong one of two encodings they become others."""

_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Delimited:
    """A delimited file as rows.

    Attributes:
        rows: Its fields.
        lines: The line each row begins on, from 1.
        delimiter: What stands between the fields.
        reading: Encoding and delimiter, as a sentence.
    """

    rows: list[list[str]]
    lines: tuple[int, ...]
    delimiter: str
    reading: str


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text and the name of its encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise _unknown_encoding() from error
    for encoding in ("utf-16-le", "utf-16-be"):
        zeros = data[1 if encoding == "utf-16-le" else 0 : 400 : 2].count(0)
        if len(data) > 3 and zeros > min(len(data), 400) // 4:
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    if not _OTHER_LETTERS.search(western):
        mac = data.decode("mac_roman")
        if len(_WESTERN.findall(mac)) > len(_WESTERN.findall(western)):
            return mac, "mac_roman"
        if western:
            return western, "cp1252"
    best = from_bytes(data).best()
    if best is None:
        raise _unknown_encoding()
    return str(best), best.encoding


def _unknown_encoding() -> UnreadableWorkbookError:
    return UnreadableWorkbookError(
        "The file's text encoding could not be recognised.",
        "Open it in the program it comes from and save it as CSV UTF-8.",
    )


def _parsed(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _delimiter_of(text: str) -> str:
    """Return the delimiter under which most rows have the same number of fields."""

    def score(delimiter: str) -> float:
        widths = Counter(
            len(row)
            for (_, row), _ in zip(_parsed(text, delimiter), range(_SAMPLE_ROWS), strict=False)
            if any(field.strip() for field in row)
        )
        several = {width: rows for width, rows in widths.items() if width > 1}
        if not several:
            return 0.0
        width, rows = max(several.items(), key=lambda item: (item[1], item[0]))
        return rows / widths.total() + min(width, 20) / 100

    return max(_DELIMITERS, key=score)


def read_delimited(data: bytes) -> Delimited:
    """Read a delimited file.

    Raises:
        UnreadableWorkbookError: Its encoding is unknown, it is empty or not delimited text.
    """
    if len(data) > _LARGEST_TEXT:
        raise UnreadableWorkbookError(
            f"The file is larger than {_LARGEST_TEXT // 2**20} MB.",
            "Remove what does not belong to the register.",
        )
    text, encoding = _decoded(data)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # line ends of former Mac programs
    if not text.strip():
        raise UnreadableWorkbookError("The file is empty.", "Ask for the file again.")
    first = 1
    named = _SEPARATOR_LINE.match(text)
    if named:
        text, first = text[named.end() :], 2
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        delimiter = named[1] if named else _delimiter_of(text)
        found = list(_parsed(text, delimiter))
    except csv.Error as error:
        raise UnreadableWorkbookError(
            f"The file is no delimited text ({error}).",
            "Save it as CSV UTF-8 from the program it comes from.",
        ) from error
    finally:
        csv.field_size_limit(limit)
    return Delimited(
        [row for _, row in found],
        tuple(line + first - 1 for line, _ in found),
        delimiter,
        f"Read as {encoding} with {_DELIMITERS.get(delimiter, delimiter)} between the fields.",
    )
