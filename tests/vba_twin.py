"""The add-in's VBA in a workbook LibreOffice runs: a twin of `isms_xl.xlam` as `.xlsm`.

LibreOffice refuses `.xlam` files, knows neither the ribbon nor tables, and swallows both compile
errors and errors at run time. So the twin holds the add-in's modules as they are, with three
differences:

- `Surroundings`, the one module that asks Excel and shows things in it, is replaced by a stand-in:
  it answers what a test tells it to, and writes down what would be shown;
- the ribbon's control is an object with a tag, since LibreOffice has no `IRibbonControl`;
- each module ends in a sentinel function. It returns its value only if the module compiled.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from isms_xl.addin.building import vba_project
from isms_xl.addin.sources import addin_folder, modules

Rows = Sequence[Sequence[str]]

STAND_IN = """Attribute VB_Name = "Surroundings"
Option Explicit

Private bookName As String
Private bookFolder As String
Private isThere As Boolean
Private registered As Boolean
Private guarded As Boolean
Private busy As Boolean
Private barText As String
Private boxText As String
Private planned As Long
Private startIn As String
Private shortened As String

Public Sub Pretend(ByVal name As String, ByVal folder As String, ByVal register As Boolean, _
        ByVal protectedView As Boolean, ByVal editing As Boolean)
    bookName = name
    bookFolder = folder
    isThere = (name <> "")
    registered = register
    guarded = protectedView
    busy = editing
    barText = ""
    boxText = ""
    planned = 0
    startIn = ""
    shortened = ""
End Sub

Public Sub PretendFolders(ByVal start As String, ByVal shortNameOfAll As String)
    startIn = start
    shortened = shortNameOfAll
End Sub

Public Function Told() As String
    Told = boxText
End Function
Public Function Shown() As String
    Shown = barText
End Function
Public Function LooksAfter() As Long
    LooksAfter = planned
End Function
Public Function HasWorkbook() As Boolean
    HasWorkbook = isThere
End Function
Public Function WorkbookName() As String
    WorkbookName = bookName
End Function
Public Function WorkbookFullName() As String
    WorkbookFullName = bookFolder & bookName
End Function
Public Function WorkbookFolder() As String
    WorkbookFolder = bookFolder
End Function
Public Function IsRegister() As Boolean
    IsRegister = registered
End Function
Public Function IsProtectedView() As Boolean
    IsProtectedView = guarded
End Function
Public Function IsReady() As Boolean
    IsReady = Not busy
End Function
Public Function WindowHandle() As String
    WindowHandle = "4711"
End Function
Public Sub ShowStarting(ByVal text As String)
    barText = text
End Sub
Public Function IsShowing(ByVal text As String) As Boolean
    IsShowing = (barText = text)
End Function
Public Sub StopShowing(ByVal text As String)
    If barText = text Then barText = ""
End Sub
Public Sub LookAfterLater()
    planned = planned + 1
End Sub
Public Function StartFolder() As String
    StartFolder = startIn
    If startIn = "" Then StartFolder = Environ$("APPDATA") & "/Microsoft/Excel/XLSTART"
End Function
Public Function ShortName(ByVal path As String) As String
    ShortName = shortened
End Function
Public Function FileExists(ByVal path As String) As Boolean
    On Error Resume Next
    FileExists = (Dir$(path, vbHidden Or vbSystem Or vbReadOnly) <> "")
End Function
Public Function FileText(ByVal path As String) As String
    Dim handle As Integer
    Dim bytes() As Byte
    Dim place As Long
    On Error GoTo Unreadable
    handle = FreeFile
    Open path For Binary Access Read As #handle
    If LOF(handle) > 1 And LOF(handle) < 65536 Then
        ReDim bytes(0 To LOF(handle) - 1)
        Get #handle, 1, bytes
        For place = 2 To UBound(bytes) - 1 Step 2
            FileText = FileText & ChrW$(bytes(place) + 256& * bytes(place + 1))
        Next place
        If bytes(0) <> &HFF Or bytes(1) <> &HFE Then FileText = ""
    End If
    Close #handle
    Exit Function
Unreadable:
    FileText = ""
    On Error Resume Next
    Close #handle
End Function
Public Sub Tell(ByVal text As String)
    boxText = text
End Sub
"""
SENTINEL = """
Public Function Compiled{name}() As Long
    Compiled{name} = {number}
End Function
"""


def sentinels() -> dict[str, int]:
    """Return what the sentinel of each module returns."""
    return {name: 1000 + number for number, name in enumerate(sorted(modules(addin_folder())))}


def make_twin(
    path: Path, *, real_surroundings: bool = False, sheets: Mapping[str, Rows] | None = None
) -> Path:
    """Write the twin.

    Args:
        path: Where to, with the suffix `.xlsm`.
        real_surroundings: Keep the add-in's own module, as far as LibreOffice can run it.
        sheets: Texts of further sheets.
    """
    texts = modules(addin_folder())
    control = "control As IRibbonControl"
    assert control in texts["Ribbon"]
    texts["Ribbon"] = texts["Ribbon"].replace(control, "control As Object")
    if not real_surroundings:
        texts["Surroundings"] = STAND_IN.replace("\n", "\r\n")
    for name, number in sentinels().items():
        texts[name] += SENTINEL.format(name=name, number=number).replace("\n", "\r\n")
    with xlsxwriter.Workbook(path) as book:
        book.set_vba_name("ThisWorkbook")
        book.add_worksheet("isms-xl").set_vba_name("Sheet1")
        for sheet, rows in (sheets or {}).items():
            written = book.add_worksheet(sheet)
            for number, row in enumerate(rows):
                written.write_row(number, 0, row)
        book.add_vba_project(io.BytesIO(vba_project(texts, ".xlsm")), is_stream=True)
    return path
