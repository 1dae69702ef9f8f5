"""What a button of the ribbon starts: it has the resident worker carry a command out, or does it here.

    python -I -m isms_xl.button COMMAND --wb-hex=… --from_xl=1 --hwnd=N

What runs is settled here. A caller names a command of the ribbon and a workbook, and nothing else. Where
no worker answers, the work is done in this process. A worker is started then, but not before the
work is done, which it would hinder, nor as late as the end of a message box that waits for the user.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from isms_xl.resident.client import BrokenOffError, by_worker, start_worker

ENTRY = "isms_xl.ribbon:main"


def main(arguments: Sequence[str]) -> int:
    """Carry out the command that Excel's macro asks for; return 0 when that could be done."""
    try:
        code = by_worker(ENTRY, arguments)
    except BrokenOffError:
        from isms_xl.ribbon import say_that_it_broke_off

        return say_that_it_broke_off(arguments)
    if code is not None:
        return code
    from isms_xl import ribbon  # takes long, and is not needed where the worker has it

    return ribbon.main(arguments, when_done=partial(start_worker, ENTRY))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
