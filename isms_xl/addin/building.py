"""Build `isms_xl.xlam` from the ribbon's XML and the VBA texts.

The same texts give the same bytes on every system: nothing in the file is taken from the clock, the
user or the machine, and its parts are stored uncompressed, since compression differs from one zlib
to the next.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import xlsxwriter

from isms_xl.addin.project import as_specified
from isms_xl.addin.sources import RIBBON, WORKBOOK_MODULE, modules
from isms_xl.books.package import Package
from isms_xl.errors import IsmsXlError
from isms_xl.xlsx import done, put

_CREATED = datetime(2026, 11, 24)
_SHEET_MODULE = "Sheet1"
_RIBBON_PART = "customUI/customUI14.xml"
_RIBBON_RELATION = (
    '<Relationship Id="rIdRibbon" '
    'Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    f'Target="{_RIBBON_PART}"/>'
)
_WORKBOOK_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_ADDIN_TYPE = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
_ABOUT = (
    "isms-xl: the ISMS Register tab in Excel.",
    "This add-in holds no data. Its code only starts isms-xl, which is installed beside Excel.",
)


def build_addin(folder: Path) -> bytes:
    """Return the add-in built from the texts in a folder.

    Raises:
        IsmsXlError: pyOpenVBA, which writes VBA projects, is not installed.
    """
    package = Package(_workbook(vba_project(modules(folder), ".xlam")))
    parts = {name: package.read(name) for name in package.names}
    parts["[Content_Types].xml"] = _replaced(
        parts["[Content_Types].xml"], _WORKBOOK_TYPE, _ADDIN_TYPE
    )
    parts["_rels/.rels"] = _replaced(
        parts["_rels/.rels"], "</Relationships>", f"{_RIBBON_RELATION}</Relationships>"
    )
    parts[_RIBBON_PART] = (folder / RIBBON).read_text("utf-8").encode()
    return _stored(parts)


def vba_project(sources: dict[str, str], suffix: str) -> bytes:
    """Return a VBA project (`vbaProject.bin`) with these modules, for a workbook of one sheet.

    Args:
        sources: Text of each module by name; that of the workbook is `ThisWorkbook`.
        suffix: Of the file it is for: `.xlam` or `.xlsm`.

    Raises:
        IsmsXlError: pyOpenVBA, which writes VBA projects, is not installed.
    """
    try:
        from pyopenvba import ExcelFile
    except ModuleNotFoundError as error:
        raise IsmsXlError(
            "Building the add-in needs pyOpenVBA, which is not installed.",
            "Run pip install pyopenvba, or use the add-in that ships with isms-xl: "
            "isms-xl addin install.",
        ) from error
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"project{suffix}"
        with ExcelFile.create_new(path) as book:
            project = book.vba_project()
            project.delete_module("Module1")
            for name, text in sources.items():
                if name == WORKBOOK_MODULE:
                    book.set_module(name, text)
                else:
                    project.add_module(name, text)
            book.save()
        with ExcelFile(path) as book:
            return as_specified(bytes(book.vba_project_bytes()))


def _workbook(project: bytes) -> bytes:
    """Return a workbook of one sheet that carries a VBA project."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"title": "isms-xl add-in", "created": _CREATED})
    done(book.set_vba_name(WORKBOOK_MODULE))
    sheet = book.add_worksheet("isms-xl")
    done(sheet.set_vba_name(_SHEET_MODULE))
    for row, line in enumerate(_ABOUT):
        put(sheet, row, 0, line)
    done(book.add_vba_project(io.BytesIO(project), is_stream=True))
    book.close()
    return target.getvalue()


def _replaced(part: bytes, old: str, new: str) -> bytes:
    """Return a part with the one place changed that must be there."""
    if part.count(old.encode()) != 1:
        raise IsmsXlError(
            "The add-in could not be built: a part of the workbook is not as expected.",
            "Build with the versions of XlsxWriter and pyOpenVBA in requirements.lock.",
        )
    return part.replace(old.encode(), new.encode())


def _stored(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0  # the same on every system
            out.writestr(entry, content)
    return target.getvalue()
