Attribute VB_Name = "Settings"
Option Explicit

' What "isms-xl addin install" wrote for this user: lines "key = value" in UTF-16, low byte first.
' Not used on macOS, where the interpreter stands in the script outside of Excel's sandbox.

' What keeps Python from being started, as a sentence; nothing if nothing does.
Public Function ReasonAgainst() As String
    Dim python As String
    If Not Surroundings.FileExists(FilePath()) Then
        ReasonAgainst = Messages.NotInstalled()
    Else
        python = ValueOf("interpreter")
        If Not IsAbsolute(python) Or InStr(python, """") > 0 Then
            ReasonAgainst = Messages.SettingsDamaged(FilePath())
        ElseIf Not Surroundings.FileExists(python) Then
            ReasonAgainst = Messages.PythonMoved(python)
        ElseIf Not FitsCodePage(Interpreter()) Then
            ReasonAgainst = Messages.LettersOutside(python)
        End If
    End If
End Function

' The Python to start, by a name that Shell can pass on if it has one.
Public Function Interpreter() As String
    Interpreter = Fitting(ValueOf("interpreter"))
End Function

' A folder that is nobody else's, by a name that ChDir knows: that of the settings, else Python's.
Public Function Folder() As String
    Dim place As Long
    Folder = Fitting(SettingsFolder())
    If Not FitsCodePage(Folder) Then
        place = InStrRev(Interpreter(), Application.PathSeparator)
        If place > 1 Then Folder = Left$(Interpreter(), place - 1)
    End If
End Function

Public Function FilePath() As String
    FilePath = SettingsFolder() & Application.PathSeparator & "settings.ini"
End Function

' Excel names its start folder in any letters. Environ$ does not: letters that its code page lacks
' become similar ones, so that a user's folder is not found. It serves only where Excel's start folder
' is not in its usual place.
Private Function SettingsFolder() As String
    Dim tail As String
    Dim start As String
    tail = Replace("/Microsoft/Excel/XLSTART", "/", Application.PathSeparator)
    start = Surroundings.StartFolder()
    If Right$(start, 1) = Application.PathSeparator Then start = Left$(start, Len(start) - 1)
    If LCase$(Right$(start, Len(tail))) = LCase$(tail) Then
        SettingsFolder = Left$(start, Len(start) - Len(tail)) & Application.PathSeparator & "isms-xl"
    Else
        SettingsFolder = Environ$("APPDATA") & Application.PathSeparator & "isms-xl"
    End If
End Function

' The value of a key, or nothing where the file lacks it or is no settings file.
Public Function ValueOf(ByVal key As String) As String
    Dim lines() As String
    Dim number As Long
    Dim place As Long
    lines = Split(Replace(Surroundings.FileText(FilePath()), vbCr, ""), vbLf)
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

' A drive, a network share, or the root: nothing that depends on the current folder.
Private Function IsAbsolute(ByVal path As String) As Boolean
    IsAbsolute = (Mid$(path, 2, 2) = ":\" Or Left$(path, 2) = "\\" Or Left$(path, 1) = "/")
End Function

' The name itself if it fits; else the short one that Windows may keep of it, in plain letters.
Private Function Fitting(ByVal path As String) As String
    Fitting = path
    If Not FitsCodePage(path) Then Fitting = Surroundings.ShortName(path)
    If Fitting = "" Then Fitting = path
End Function

' Whether Windows can pass a text on to Shell, which knows the letters of one code page only.
Private Function FitsCodePage(ByVal text As String) As Boolean
    FitsCodePage = (StrConv(StrConv(text, vbFromUnicode), vbUnicode) = text)
End Function
