Attribute VB_Name = "Ribbon"
Option Explicit

' What ribbon.xml calls. Every button carries the name of its command as its tag.

Public Sub IsmsXlRun(control As IRibbonControl)
    Launcher.RunCommand control.Tag
End Sub
