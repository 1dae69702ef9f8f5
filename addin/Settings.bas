Attribute VB_Name = "Settings"
Option Explicit

' What "isms-xl addin install" wrote for this user: lines "key = value" in UTF-16, low byte first.
' Not used on macOS, where the interpreter stands in the script outside of Excel's sandbox.

' What keeps Python from being started, as a sentence; nothing if nothing does.
Public Function ReasonAgainst() As String
    Dim python As String
    If Folder() = "" Or InStr(Folder(), "?") > 0 Then
        ReasonAgainst = Messages.LettersOutside(Folder())
    ElseIf Not FileExists(FilePath()) Then
        ReasonAgainst = Messages.NotInstalled()
    Else
        python = Interpreter()
        If Not IsAbsolute(python) Or InStr(python, """") > 0 Then
            ReasonAgainst = Messages.SettingsDamaged(FilePath())
        ElseIf Not FitsCodePage(python) Then
            ReasonAgainst = Messages.LettersOutside(python)
        ElseIf Not FileExists(python) Then
            ReasonAgainst = Messages.PythonMoved(python)
        End If
    End If
End Function

Public Function Interpreter() As String
    Interpreter = ValueOf("interpreter")
End Function

Public Function Folder() As String
    If Environ$("APPDATA") <> "" Then
        Folder = Environ$("APPDATA") & Application.PathSeparator & "isms-xl"
    End If
End Function

Public Function FilePath() As String
    FilePath = Folder() & Application.PathSeparator & "settings.ini"
End Function

' The value of a key, or nothing where the file lacks it or is no settings file.
Public Function ValueOf(ByVal key As String) As String
    Dim lines() As String
    Dim number As Long
    Dim place As Long
    lines = Split(Replace(FileText(FilePath()), vbCr, ""), vbLf)
    For number = LBound(lines) To UBound(lines)
        place = InStr(lines(number), "=")
        If place > 0 Then
            If LCase$(Trim$(Left$(lines(number), place - 1))) = key Then
                ValueOf = Trim$(Mid$(lines(number), place + 1))
                Exit Function
            End If
        End If
    Next number
End Function

' The text of a small UTF-16 file; nothing where it cannot be read.
Private Function FileText(ByVal path As String) As String
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

Private Function FileExists(ByVal path As String) As Boolean
    On Error Resume Next
    FileExists = (Dir$(path, vbHidden Or vbSystem Or vbReadOnly) <> "")
End Function

' A drive, a network share, or the root: nothing that depends on the current folder.
Private Function IsAbsolute(ByVal path As String) As Boolean
    IsAbsolute = (Mid$(path, 2, 2) = ":\" Or Left$(path, 2) = "\\" Or Left$(path, 1) = "/")
End Function

' Whether Windows can pass a text on to Shell, which knows the letters of one code page only.
Private Function FitsCodePage(ByVal text As String) As Boolean
    FitsCodePage = (StrConv(StrConv(text, vbFromUnicode), vbUnicode) = text)
End Function
