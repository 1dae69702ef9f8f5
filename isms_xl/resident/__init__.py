"""A worker that stays after the first click, so that the next ones need not start Python's libraries.

`python -I -m isms_xl.resident.client MODULE:FUNCTION ARGUMENT...` has the worker of this user call the
function with the arguments; where there is none, or anything is amiss, it calls the function itself.
Neither this package nor its client imports more than a little of the standard library.
"""
