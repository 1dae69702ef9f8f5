"""A VBA project as [MS-OVBA] wants it written, from one that pyOpenVBA wrote.

pyOpenVBA changes a project that Excel once saved. What remains of Excel's own work, the performance
caches, fits the texts no longer; whoever writes a project leaves them out and says so by its
version. Excel then compiles the texts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from isms_xl.errors import IsmsXlError

_NO_VERSION = 0xFFFF
_HEADER = struct.pack("<HHBH", 0x61CC, _NO_VERSION, 0, 0)
"""The stream `_VBA_PROJECT`, section 2.3.4.1: no version of VBA wrote it, and no cache follows."""

_VERSION, _END = 0x0009, 0x0010
_PROJECT_COOKIE, _MODULE_COOKIE = 0x0013, 0x002C
_STREAM_NAME, _OFFSET = 0x001A, 0x0031


def as_specified(project: bytes) -> bytes:
    """Return a project (`vbaProject.bin`) without caches, and with the values to be written.

    Raises:
        IsmsXlError: The project is not as pyOpenVBA writes it.
    """
    from pyopenvba.cfb import CFB
    from pyopenvba.vba import compress, decompress

    file = CFB.from_bytes(project)
    directory = bytearray()
    stream = ""
    for record, data in _records(decompress(file.get_stream_in_storage("VBA", "dir"))):
        content = data
        if record in (_PROJECT_COOKIE, _MODULE_COOKIE):
            content = struct.pack("<H", _NO_VERSION)
        elif record == _STREAM_NAME:
            stream = data.decode("ascii")
        elif record == _OFFSET:
            (offset,) = struct.unpack("<I", data)
            text = file.get_stream_in_storage("VBA", stream)[offset:]
            file.write_stream_in_storage("VBA", stream, text)
            content = bytes(4)
        # The version's size does not count its last two bytes, section 2.3.4.2.1.11.
        size = 4 if record == _VERSION else len(content)
        directory += struct.pack("<HI", record, size) + content
    file.write_stream_in_storage("VBA", "dir", compress(bytes(directory)))
    file.write_stream_in_storage("VBA", "_VBA_PROJECT", _HEADER)
    return bytes(file.to_bytes())


def _records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the stream `dir`, section 2.3.4.2, up to the one that ends it.

    pyOpenVBA writes four more bytes behind that.
    """
    place = 0
    while place + 6 <= len(directory):
        record, size = struct.unpack_from("<HI", directory, place)
        size += 2 if record == _VERSION else 0
        yield record, directory[place + 6 : place + 6 + size]
        if record == _END:
            return
        place += 6 + size
    raise IsmsXlError(
        "The add-in could not be built: its VBA project does not end as expected.",
        "Build with the version of pyOpenVBA in requirements.lock.",
    )
