"""What the work on a register imports lazily, imported at once in a process that does many.

Where processes can be forked from one that has it, they start in no time and share its memory.
"""

import gc
from importlib import import_module

for _name in ("pandas", "pandera.pandas", "pydantic", "python_calamine", "isms_xl.batch.work"):
    import_module(_name)

from isms_xl.catalogue import all_rules  # noqa: E402 - after what it stands on

all_rules()
gc.collect()
gc.freeze()
