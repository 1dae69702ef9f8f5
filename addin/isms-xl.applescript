-- Starts isms-xl for the ribbon of its Excel add-in. "isms-xl addin install" put this file here.
--
-- Any macro may call this script, so it takes nothing from the caller that could name a program:
-- the interpreter is fixed below, as the numbers of its letters, the task must be one of the list,
-- and the workbook's name may consist of hexadecimal digits only.

on startIsmsXl(givenRequest)
	set interpreter to string id {@INTERPRETER@}
	set knownTasks to {@TASKS@}
	set formerDelimiters to AppleScript's text item delimiters
	set AppleScript's text item delimiters to " "
	set parts to text items of givenRequest
	set AppleScript's text item delimiters to formerDelimiters
	if (count of parts) > 2 then return "the request was not understood"
	set task to item 1 of parts
	if knownTasks does not contain task then return "the command is not known"
	set arguments to " -I -m isms_xl.button " & quoted form of task
	if (count of parts) is 2 then
		set digits to item 2 of parts
		repeat with digit in characters of digits
			if "0123456789ABCDEF" does not contain (contents of digit) then return "the request was not understood"
		end repeat
		set arguments to arguments & " --wb-hex=" & quoted form of digits
	end if
	try
		do shell script "test -x " & quoted form of interpreter
	on error
		return "moved"
	end try
	try
		do shell script "cd /; " & quoted form of interpreter & arguments & " --from_xl=1 > /dev/null 2>&1 &"
	on error problem
		return problem
	end try
	return "started"
end startIsmsXl
