Attribute VB_Name = "Launcher"
Option Explicit

' Starts Python for a command of the ribbon: decides whether it makes sense, and starts it.
'
' The interpreter comes from the settings of this user that "isms-xl addin install" wrote, and from
' nowhere else: never from the workbook, its folder or the current folder. A register may come from
' anybody. Python runs isolated (-I), so that no file beside the workbook is taken for a module.
' There is no shell in between, and the workbook's name goes as hexadecimal digits: whatever
' somebody calls a file, it cannot become part of the command.

' The command for which Python is starting, until it answers.
Private starting As String

Public Sub RunCommand(ByVal task As String)
    Dim answer As String
    On Error GoTo Unexpected
    answer = ReasonAgainst(task)
    If answer = "" Then
        starting = task
        Surroundings.ShowStarting Messages.StartingText()
        answer = Started(task)
        If answer <> "" Then Surroundings.StopShowing Messages.StartingText()
    End If
    If answer = "" Then
        Surroundings.LookAfterLater
    Else
        Surroundings.Tell answer
    End If
    Exit Sub
Unexpected:
    answer = Messages.Unexpected(Err.Description)
    Surroundings.StopShowing Messages.StartingText()
    Surroundings.Tell answer
End Sub

' Called by Excel half a minute after a start. Python's first act is to change the status bar; where
' the launcher's text still stands, Python did not come that far.
Public Sub LookAfter()
    If Not Surroundings.IsShowing(Messages.StartingText()) Then Exit Sub
    Surroundings.StopShowing Messages.StartingText()
    Surroundings.Tell Messages.NoAnswer(starting)
End Sub

' Called by xlwings in every Excel on macOS when a Python ends that did a command itself. The resident
' worker does not end then; like any Python, it has changed the text as its first act. What Python
' wrote to the status bar is for the user to read, so only the launcher's own text goes.
Public Sub CleanUp()
    Surroundings.StopShowing Messages.StartingText()
End Sub

' What keeps a command from making sense now, as a sentence; nothing if it does.
Public Function ReasonAgainst(ByVal task As String) As String
    If Surroundings.IsShowing(Messages.StartingText()) Then
        ReasonAgainst = Messages.StillStarting()
    ElseIf Not Surroundings.IsReady() Then
        ReasonAgainst = Messages.EditMode()
    ElseIf NeedsRegister(task) Then
        ReasonAgainst = ReasonAgainstWorkbook(task)
    End If
End Function

Private Function ReasonAgainstWorkbook(ByVal task As String) As String
    If Surroundings.IsProtectedView() Then
        ReasonAgainstWorkbook = Messages.ProtectedView()
    ElseIf Not Surroundings.HasWorkbook() Then
        ReasonAgainstWorkbook = Messages.NoWorkbook()
    ElseIf Not Surroundings.IsRegister() Then
        ReasonAgainstWorkbook = Messages.NotARegister(Surroundings.WorkbookName())
    ElseIf NeedsFolder(task) And Surroundings.WorkbookFolder() = "" Then
        ReasonAgainstWorkbook = Messages.NeverSaved(Surroundings.WorkbookName())
    ElseIf NeedsFolder(task) And IsWebAddress(Surroundings.WorkbookFolder()) Then
        ReasonAgainstWorkbook = Messages.OnTheWeb(Surroundings.WorkbookName())
    End If
End Function

Private Function NeedsRegister(ByVal task As String) As Boolean
    Select Case task
    Case "new", "import", "batch", "handbook", "about"
        NeedsRegister = False
    Case Else
        NeedsRegister = True
    End Select
End Function

' Audit copies are put beside the register.
Private Function NeedsFolder(ByVal task As String) As Boolean
    NeedsFolder = (task = "audit-copy" Or task = "audit-copy-pdf")
End Function

Private Function IsWebAddress(ByVal folder As String) As Boolean
    IsWebAddress = (LCase$(Left$(folder, 7)) = "http://" Or LCase$(Left$(folder, 8)) = "https://")
End Function

' Start Python, and say what kept it from starting.
Private Function Started(ByVal task As String) As String
    #If Mac Then
        Started = StartedByScript(task)
    #Else
        Started = Settings.ReasonAgainst()
        If Started = "" Then Started = StartedDirectly(task)
    #End If
End Function

' On Windows. The current folder, which may be that of any workbook, is out of it meanwhile.
Private Function StartedDirectly(ByVal task As String) As String
    Dim whole As String
    Dim before As String
    whole = CommandLine(Settings.Interpreter(), task)
    before = CurDir$
    ChangeFolder Settings.Folder()
    On Error GoTo Refused
    Shell whole, vbNormalNoFocus
    ChangeFolder before
    Exit Function
Refused:
    StartedDirectly = Messages.Blocked(task, Err.Description)
    ChangeFolder before
End Function

Private Sub ChangeFolder(ByVal path As String)
    On Error Resume Next
    ChDrive Left$(path, 1)
    ChDir path
End Sub

' On macOS: by the script that "isms-xl addin install" put where the user can write and Excel's
' sandbox cannot. The interpreter stands in that script.
Private Function StartedByScript(ByVal task As String) As String
    Dim answer As String
    On Error GoTo NoScript
    #If Mac Then
        answer = AppleScriptTask("isms-xl.applescript", "startIsmsXl", MacRequest(task))
    #End If
    If answer = "moved" Then
        StartedByScript = Messages.PythonMoved("")
    ElseIf answer <> "started" Then
        StartedByScript = Messages.Blocked(task, answer)
    End If
    Exit Function
NoScript:
    StartedByScript = Messages.NotInstalled()
End Function

' The whole command line. Only the interpreter can hold spaces, and it holds no quotation mark.
Public Function CommandLine(ByVal interpreter As String, ByVal task As String) As String
    CommandLine = """" & interpreter & """ -I -m isms_xl.button " & task & WorkbookArgument() _
        & " --from_xl=1 --hwnd=" & Surroundings.WindowHandle()
End Function

' What the script on macOS is told: the command and, where a workbook is open, its name.
Public Function MacRequest(ByVal task As String) As String
    MacRequest = task
    If Surroundings.HasWorkbook() Then MacRequest = task & " " & HexOf(Surroundings.WorkbookFullName())
End Function

Private Function WorkbookArgument() As String
    If Surroundings.HasWorkbook() Then
        WorkbookArgument = " --wb-hex=" & HexOf(Surroundings.WorkbookFullName())
    End If
End Function

' A text as hexadecimal digits of its UTF-16 code units, four each, the high byte first.
Public Function HexOf(ByVal text As String) As String
    Dim place As Long
    For place = 1 To Len(text)
        HexOf = HexOf & Right$("000" & Hex$(AscW(Mid$(text, place, 1)) And &HFFFF&), 4)
    Next place
End Function
