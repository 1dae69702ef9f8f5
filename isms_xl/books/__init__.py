"""The edges towards workbooks: files on disk, and a workbook open in Excel.

A book hands over the tables of the contract and applies changes; it understands neither.
"""

from __future__ import annotations

from typing import Protocol

from isms_xl.changes import Changes
from isms_xl.register import Tables


class Book(Protocol):
    """A workbook, wherever it is."""

    def tables(self) -> Tables:
        """Return the tables of the contract as they stand."""
        ...

    def apply(self, changes: Changes) -> None:
        """Write the changes to the tool sheets, and to nothing else."""
        ...
