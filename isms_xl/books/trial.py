"""A program of its own: whether the cells of the package on its input can be read at all.

Run by its path, so that it starts in a few hundredths of a second: it needs nothing of isms-xl.
Ends with 0 when they can. The memory it may take, in bytes, is its one argument.
"""

from __future__ import annotations

import io
import sys

from python_calamine import CalamineWorkbook


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # on Windows, where the time limit has to do
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(package: bytes) -> None:
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(package))
    for name in workbook.sheet_names:
        workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)


if __name__ == "__main__":
    _limit_memory(int(sys.argv[1]))
    _read(sys.stdin.buffer.read())
