"""An Office file as a package of parts that are kept as they are.

Parts that do not change are copied as the compressed bytes they were, so nothing a library does not
understand can be lost. The guards run before any part is inflated.
"""

from __future__ import annotations

import copy
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Set
from functools import cached_property
from pathlib import PurePosixPath

from isms_xl.errors import UnreadableWorkbookError

LARGEST_FILE = 256 * 2**20
MOST_ENTRIES = 20_000
LARGEST_PART = 384 * 2**20
LARGEST_TOTAL = 1024 * 2**20
STEEPEST_RATIO = 250
_RATIO_MATTERS_FROM = 32 * 2**20
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_LOCAL_MARK = b"PK\x03\x04"
_WRITTEN_ON = (1980, 1, 1, 0, 0, 0)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RESEND = "Open it in Excel, save it as an Excel workbook (.xlsx) and use that."
_DAMAGED = "Ask for the file again, or open it in Excel, let Excel repair it and save it."
_BROKEN = "The file is damaged: it breaks off or its directory cannot be read."
_NO_ARCHIVE = (
    zipfile.BadZipFile,
    NotImplementedError,  # a directory that asks for a program of the future
    ValueError,
    struct.error,
    UnicodeError,
    OSError,
)


def _refuse_other_formats(data: bytes) -> None:
    if not data:
        raise UnreadableWorkbookError("The file is empty.", "Ask for the file again.")
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableWorkbookError(
                "The workbook is encrypted with a password.",
                "Open it in Excel, remove the password under File > Info > Protect Workbook, and "
                "save it.",
            )
        raise UnreadableWorkbookError(
            "The file is in the old Excel format (.xls) or another old Office format.", _RESEND
        )
    if not data.startswith(_LOCAL_MARK):
        raise UnreadableWorkbookError("The file is not an Excel workbook.", _RESEND)


def _guard_entries(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what no spreadsheet program writes, before anything is inflated."""
    if len(entries) > MOST_ENTRIES:
        raise UnreadableWorkbookError(
            f"The file has more than {MOST_ENTRIES:,} parts; no spreadsheet program writes that.",
            "Ask the sender where the file comes from, and do not open it.",
        )
    seen: set[str] = set()
    total = 0
    for entry in entries:
        name = entry.filename
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or ":" in name:
            raise UnreadableWorkbookError(
                "The file has a part whose name leads outside it.",
                "Ask the sender where the file comes from, and do not open it.",
            )
        if name.casefold() in seen:
            raise UnreadableWorkbookError(
                f"The file holds the part {name} twice, so it is unclear which one counts.",
                _DAMAGED,
            )
        seen.add(name.casefold())
        if entry.flag_bits & 1:
            raise UnreadableWorkbookError("The file's parts are encrypted.", _RESEND)
        total += entry.file_size
        steep = entry.file_size > STEEPEST_RATIO * max(entry.compress_size, 1)
        if (
            entry.file_size > LARGEST_PART
            or total > LARGEST_TOTAL
            or (steep and entry.file_size > _RATIO_MATTERS_FROM)
        ):
            raise UnreadableWorkbookError(
                "The file unpacks to far more than a register can hold.",
                "Ask the sender where the file comes from; a register needs a few megabytes.",
            )


def _begins(data: bytes, entries: list[zipfile.ZipInfo]) -> dict[str, int]:
    """Return where the bytes of each entry begin.

    Raises:
        UnreadableWorkbookError: Entries lie outside the file or over one another: a small file could
            so unpack to, or be written as, a huge one.
    """
    begins: dict[str, int] = {}
    end = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        start = entry.header_offset
        header = data[start : start + _LOCAL_HEADER.size] if start >= end else b""
        if len(header) < _LOCAL_HEADER.size or not header.startswith(_LOCAL_MARK):
            raise UnreadableWorkbookError(_BROKEN, _DAMAGED)
        name, extra = _LOCAL_HEADER.unpack(header)[-2:]
        begins[entry.filename] = start + _LOCAL_HEADER.size + name + extra
        end = begins[entry.filename] + entry.compress_size
    if end > len(data):
        raise UnreadableWorkbookError(_BROKEN, _DAMAGED)
    return begins


class Package:
    """The parts of an Office file.

    Args:
        data: The file's bytes.

    Raises:
        UnreadableWorkbookError: It is no such file, or not one that can be read safely.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > LARGEST_FILE:
            raise UnreadableWorkbookError(
                f"The file is larger than {LARGEST_FILE // 2**20} MB.",
                "Remove pictures and sheets that do not belong to the register.",
            )
        _refuse_other_formats(data)
        self.data = data
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except _NO_ARCHIVE as error:
            raise UnreadableWorkbookError(_BROKEN, _DAMAGED) from error
        self._entries = archive.infolist()
        for entry in self._entries:  # some programs on Windows write their own separator
            entry.filename = entry.filename.replace("\\", "/")
        _guard_entries(self._entries)
        self._begins = _begins(data, self._entries)
        self._names = {entry.filename.casefold(): entry for entry in self._entries}
        if "[content_types].xml" not in self._names:
            raise UnreadableWorkbookError(
                "The file is a zip archive, but not an Office file.", _RESEND
            )

    @property
    def names(self) -> list[str]:
        """Names of all parts, in the file's order."""
        return [entry.filename for entry in self._entries]

    @cached_property
    def is_signed(self) -> bool:
        """Whether it carries a digital signature, which any change would void."""
        return any(name.startswith("_xmlsignatures/") for name in self._names)

    def find(self, name: str) -> str | None:
        """Return a part's name as the file spells it, or None; part names ignore case."""
        entry = self._names.get(name.casefold())
        return None if entry is None else entry.filename

    def read(self, name: str) -> bytes:
        """Return a part's content.

        Raises:
            UnreadableWorkbookError: The part is missing or damaged.
        """
        entry = self._names.get(name.casefold())
        if entry is None:
            raise UnreadableWorkbookError(f"The workbook lacks its part {name}.", _DAMAGED)
        content, ends = self._inflated(entry, entry.file_size + 1)
        if not ends or len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
            raise UnreadableWorkbookError(f"The workbook's part {name} is damaged.", _DAMAGED)
        return content

    def size_of(self, name: str) -> int:
        """Return how many bytes a part that is there unpacks to."""
        return self._names[name.casefold()].file_size

    def begins_with(self, name: str, length: int) -> bytes:
        """Return the first bytes of a part that is there, without inflating the rest of it."""
        return self._inflated(self._names[name.casefold()], length)[0]

    def _inflated(self, entry: zipfile.ZipInfo, most: int) -> tuple[bytes, bool]:
        """Return at most that much of an entry's content, and whether it ends there.

        It ends where its compressed bytes do, and nowhere else: what one program takes for the end
        of a part, another would read past.
        """
        raw = self._raw(entry)
        if entry.compress_type == zipfile.ZIP_STORED:
            return raw[:most], len(raw) <= most
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            if entry.compress_type == zipfile.ZIP_DEFLATED:
                content = inflater.decompress(raw, most)
                return content, inflater.eof and not inflater.unused_data
        except zlib.error:
            pass
        return b"", False

    def _raw(self, entry: zipfile.ZipInfo) -> bytes:
        begin = self._begins[entry.filename]
        return self.data[begin : begin + entry.compress_size]

    def extract(self, parts: Mapping[str, str | bytes]) -> bytes:
        """Return a package of a few parts: each new content, or that of a part named."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
            for name, source in parts.items():
                if isinstance(source, bytes):
                    out.writestr(_fresh_entry(name, zipfile.ZIP_STORED), source)
                else:
                    self._copy(self._names[source.casefold()], name, target, out)
        return target.getvalue()

    def _copy(
        self, entry: zipfile.ZipInfo, name: str, target: io.BytesIO, out: zipfile.ZipFile
    ) -> None:
        """Append an entry with its compressed bytes as they are."""
        kept = copy.copy(entry)
        kept.filename = name
        kept.flag_bits &= ~0x08  # sizes stand in the header, no descriptor follows
        kept.header_offset = out.start_dir
        target.seek(out.start_dir)
        target.write(kept.FileHeader())
        target.write(self._raw(entry))
        out.filelist.append(kept)
        out.NameToInfo[kept.filename] = kept
        out.start_dir = target.tell()

    def rewritten(
        self, parts: Mapping[str, bytes], removed: Set[str] = frozenset(), level: int = 6
    ) -> bytes:
        """Return the file with some parts replaced or added, and all others as they were.

        Args:
            parts: New content by part name.
            removed: Names of parts to leave out.
            level: How hard zlib compresses the new parts.
        """
        new = {name.casefold(): (name, content) for name, content in parts.items()}
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as out:
            for entry in self._entries:
                key = entry.filename.casefold()
                if key in new:
                    out.writestr(_fresh_entry(entry.filename), new.pop(key)[1], compresslevel=level)
                elif entry.filename not in removed:
                    self._copy(entry, entry.filename, target, out)
            for name, content in new.values():
                out.writestr(_fresh_entry(name), content, compresslevel=level)
        return target.getvalue()


def _fresh_entry(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WRITTEN_ON)
    entry.compress_type = method
    entry.create_system = 0
    entry.external_attr = 0
    return entry
