"""What the tool could not do, and what the person can do now.

Every error that reaches a user carries both halves. A finding is never an error: an error is the
tool failing at its job.
"""


class IsmsXlError(Exception):
    """Something could not be done.

    Attributes:
        problem: One sentence stating what could not be done.
        way_out: One sentence starting with a verb: what to do now.
    """

    def __init__(self, problem: str, way_out: str) -> None:
        super().__init__(f"{problem} {way_out}")
        self.problem = problem
        self.way_out = way_out


class UnreadableWorkbookError(IsmsXlError):
    """The input is not a register workbook that can be read."""


class WriteRefusedError(IsmsXlError):
    """The workbook was not written; whatever was there before is still there, unchanged."""


class ContractError(IsmsXlError):
    """A value handed to the tool does not fit the workbook contract."""
