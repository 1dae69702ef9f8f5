Attribute VB_Name = "Messages"
Option Explicit

' Every sentence the launcher can say: what could not be done, and what to do now.

Public Function StartingText() As String
    StartingText = "isms-xl is starting ..."
End Function

Public Function NotInstalled() As String
    NotInstalled = "isms-xl is not set up for your user account on this computer." & vbLf & vbLf _
        & "Run this once in a terminal, or ask your IT to: isms-xl addin install"
End Function

Public Function SettingsDamaged(ByVal path As String) As String
    SettingsDamaged = "The settings of isms-xl do not say where its Python is: " & path & vbLf & vbLf _
        & "Run this again in a terminal, or ask your IT to: isms-xl addin install"
End Function

Public Function PythonMoved(ByVal path As String) As String
    PythonMoved = "The Python that isms-xl was installed with is no longer where it was"
    If path <> "" Then PythonMoved = PythonMoved & ": " & path
    If path = "" Then PythonMoved = PythonMoved & "."
    PythonMoved = PythonMoved & vbLf & vbLf _
        & "Install isms-xl again, and then run in a terminal: isms-xl addin install"
End Function

Public Function LettersOutside(ByVal path As String) As String
    LettersOutside = "The folder that isms-xl is in has letters in its name that macros cannot pass on: " _
        & path & vbLf & vbLf _
        & "Install isms-xl in a folder with plain letters (such as C:\Tools\isms-xl), and run there: " _
        & "isms-xl addin install" & vbLf _
        & "Your user name may stay as it is." & vbLf _
        & "Until then every command also works in a terminal, such as: isms-xl live validate"
End Function

Public Function NoWorkbook() As String
    NoWorkbook = "No workbook is open." & vbLf & vbLf _
        & "Open a register first, or start one with New register."
End Function

Public Function ProtectedView() As String
    ProtectedView = "This workbook is open in Protected View, where nothing can be changed." & vbLf & vbLf _
        & "If you trust where it comes from, click Enable Editing at the top of the window, and try again."
End Function

Public Function EditMode() As String
    EditMode = "Excel is busy: a cell is being edited, or a dialog is open." & vbLf & vbLf _
        & "Press Enter to finish the cell, or Escape to leave it, and try again."
End Function

Public Function NotARegister(ByVal name As String) As String
    NotARegister = name & " is no register of isms-xl: it has no table named Parties." & vbLf & vbLf _
        & "Switch to your register, start one with New register, or take this workbook's list over with " _
        & "Import other layout."
End Function

Public Function NeverSaved(ByVal name As String) As String
    NeverSaved = name & " was never saved, so there is no folder to put the audit copy in." & vbLf & vbLf _
        & "Save the workbook, and try again."
End Function

Public Function OnTheWeb(ByVal name As String) As String
    OnTheWeb = name & " is open from OneDrive or SharePoint, and the audit copy goes in a folder of this " _
        & "computer." & vbLf & vbLf _
        & "Use File > Save a Copy to put the register in a folder of this computer, open it there, and try " _
        & "again."
End Function

Public Function StillStarting() As String
    StillStarting = "isms-xl is still starting the command before." & vbLf & vbLf _
        & "Wait a moment, and try again."
End Function

Public Function Blocked(ByVal task As String, ByVal reason As String) As String
    Blocked = "Excel could not start Python (" & reason & "). In many companies a security rule keeps Office " _
        & "from starting other programs." & vbLf & vbLf _
        & "Leave this workbook open, and run in a terminal: isms-xl live " & task & vbLf _
        & "Your IT finds what to allow in the notes for IT that come with the add-in."
End Function

Public Function NoAnswer(ByVal task As String) As String
    NoAnswer = "Python was started, but isms-xl has not answered yet." & vbLf & vbLf _
        & "If nothing happens within a minute, run in a terminal: isms-xl addin doctor" & vbLf _
        & "The command itself also works there: isms-xl live " & task
End Function

Public Function Unexpected(ByVal reason As String) As String
    Unexpected = "The add-in could not carry the command out (" & reason & "); the workbook is as it was." _
        & vbLf & vbLf & "Run in a terminal: isms-xl addin doctor"
End Function
