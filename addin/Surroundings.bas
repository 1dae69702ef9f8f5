Attribute VB_Name = "Surroundings"
Option Explicit

' All the add-in asks of Excel, and all it shows in it.

Private Const LOOK_AFTER_SECONDS As Integer = 30

Public Function HasWorkbook() As Boolean
    HasWorkbook = Not (ActiveWorkbook Is Nothing)
End Function

Public Function WorkbookName() As String
    WorkbookName = ActiveWorkbook.Name
End Function

' With its folder or address; the mere name of a workbook that was never saved.
Public Function WorkbookFullName() As String
    WorkbookFullName = ActiveWorkbook.FullName
End Function

' Nothing for a workbook that was never saved.
Public Function WorkbookFolder() As String
    WorkbookFolder = ActiveWorkbook.Path
End Function

Public Function IsRegister() As Boolean
    Dim sheet As Worksheet
    Dim table As ListObject
    For Each sheet In ActiveWorkbook.Worksheets
        For Each table In sheet.ListObjects
            If LCase$(table.Name) = "parties" Then
                IsRegister = True
                Exit Function
            End If
        Next table
    Next sheet
End Function

Public Function IsProtectedView() As Boolean
    #If Not Mac Then
        IsProtectedView = Not (Application.ActiveProtectedViewWindow Is Nothing)
    #End If
End Function

' False while a cell is being edited or a dialog is open.
Public Function IsReady() As Boolean
    IsReady = Application.Ready
End Function

' By which Python finds this Excel among several.
Public Function WindowHandle() As String
    #If Mac Then
        WindowHandle = "0"
    #Else
        WindowHandle = CStr(Application.Hwnd)
    #End If
End Function

Public Sub ShowStarting(ByVal text As String)
    Application.StatusBar = text
End Sub

Public Function IsShowing(ByVal text As String) As Boolean
    IsShowing = (CStr(Application.StatusBar) = text)
End Function

' Give the status bar back, unless it shows something else by now.
Public Sub StopShowing(ByVal text As String)
    If IsShowing(text) Then Application.StatusBar = False
End Sub

Public Sub LookAfterLater()
    Application.OnTime Now + TimeSerial(0, 0, LOOK_AFTER_SECONDS), _
        "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!Launcher.LookAfter"
End Sub

' Where Excel opens add-ins from when it starts.
Public Function StartFolder() As String
    StartFolder = Application.StartupPath
End Function

' Files are looked at by Windows' own object for them, which knows all letters; Dir$ and Open know those
' of one code page. Never used on macOS.
Public Function FileExists(ByVal path As String) As Boolean
    FileExists = CreateObject("Scripting.FileSystemObject").FileExists(path)
End Function

' The text of a small UTF-16 file; nothing where it cannot be read.
Public Function FileText(ByVal path As String) As String
    Const FOR_READING As Long = 1
    Const AS_UNICODE As Long = -1
    Dim files As Object
    Dim stream As Object
    On Error GoTo Unreadable
    Set files = CreateObject("Scripting.FileSystemObject")
    If files.GetFile(path).Size < 65536 Then
        Set stream = files.OpenTextFile(path, FOR_READING, False, AS_UNICODE)
        FileText = stream.ReadAll
        stream.Close
    End If
    Exit Function
Unreadable:
    FileText = ""
End Function

' The short name of a file or folder in plain letters, where the drive keeps one.
Public Function ShortName(ByVal path As String) As String
    Dim files As Object
    On Error Resume Next
    Set files = CreateObject("Scripting.FileSystemObject")
    If files.FileExists(path) Then
        ShortName = files.GetFile(path).ShortPath
    Else
        ShortName = files.GetFolder(path).ShortPath
    End If
End Function

Public Sub Tell(ByVal text As String)
    MsgBox text, vbInformation, "ISMS Register"
End Sub
