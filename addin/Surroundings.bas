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

Public Sub Tell(ByVal text As String)
    MsgBox text, vbInformation, "ISMS Register"
End Sub
