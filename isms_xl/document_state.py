"""What a register is as a document: draft, approved, changed since, or with an altered history.

Every output that names a version or an approval asks here, so that none claims an approval for content
that nobody approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from isms_xl.register import Register
from isms_xl.stamping import changes_since
from isms_xl.versions import content_digest, first_broken, history
from isms_xl.words import counted


class State(StrEnum):
    """What a register is as a document."""

    UNVERSIONED = "unversioned"
    DRAFT = "draft"
    APPROVED = "approved"
    CHANGED = "changed since"
    ALTERED = "history altered"


@dataclass(frozen=True, slots=True)
class DocumentState:
    """The state of a register, and the words for it.

    Attributes:
        state: The state.
        version: Name of the latest version; empty where none was stamped.
        approved_by: Who approved that version; empty while nobody has.
        approved_on: When, as text. Without `approved_by` it is a day on which nobody can have approved
            it: before its date, or still to come.
        changes: Number of changes since that version; None where that is not known.
        digest: Content digest of the register.
    """

    state: State
    version: str
    approved_by: str
    approved_on: str
    changes: int | None
    digest: str

    @property
    def is_approved(self) -> bool:
        """Whether somebody approved the content as it stands."""
        return self.state is State.APPROVED

    @property
    def version_words(self) -> str:
        """The version as a reader needs to know it."""
        match self.state:
            case State.UNVERSIONED:
                return "not stamped yet"
            case State.APPROVED:
                return self.version
            case State.DRAFT:
                return f"{self.version} (draft)"
            case State.CHANGED:
                return f"{self.version}, changed since"
            case State.ALTERED:
                return f"{self.version}, history altered"

    @property
    def approval_words(self) -> str:
        """Whether the content is approved, by whom and when, and if not, why not."""
        match self.state:
            case State.UNVERSIONED:
                return "no: no version was stamped yet"
            case State.APPROVED:
                return f"{self.approved_by}, {self.approved_on}"
            case State.DRAFT if self.approved_on:
                return (
                    f"no: version {self.version} is a draft; its approval on {self.approved_on} lies "
                    "before its date or in the future, so it does not count"
                )
            case State.DRAFT:
                return f"no: version {self.version} is a draft until somebody approves it"
            case State.CHANGED:
                of = "approved version" if self.approved_by else "draft"
                many = "" if self.changes is None else f" ({counted(self.changes, 'change')})"
                return f"no. Content changed since the {of} {self.version}{many}"
            case State.ALTERED:
                return "no. The history of versions was altered, so no approval in it counts"

    @property
    def mark(self) -> str:
        """What stands at the head of every page; empty for approved content."""
        match self.state:
            case State.APPROVED:
                return ""
            case State.ALTERED:
                return "DRAFT - HISTORY ALTERED"
            case _:
                return "DRAFT"

    @property
    def in_file_name(self) -> str:
        """The version and the state as they stand in the name of a file."""
        match self.state:
            case State.UNVERSIONED:
                return ""
            case State.APPROVED:
                return self.version
            case State.CHANGED:
                return f"{self.version}-changed"
            case State.DRAFT | State.ALTERED:
                return f"{self.version}-{self.state.replace(' ', '-')}"


def state_of(register: Register, as_of: date, *, count_changes: bool = False) -> DocumentState:
    """Return the state of a register.

    Args:
        register: The register.
        as_of: The day that counts as today; an approval on a later day does not count yet.
        count_changes: Count the changes since the latest version, which takes longest.
    """
    versions = history(register)
    digest = content_digest(register)
    if not versions:
        return DocumentState(State.UNVERSIONED, "", "", "", None, digest)
    latest = versions[-1]
    by, on = latest.text("Approved by"), latest.approved_on
    void = by and on is not None and not (latest.on or date.min) <= on <= as_of
    if not by or on is None or void:
        by = ""
    approved_on = on.isoformat() if on is not None and (by or void) else ""
    changes = None
    if first_broken(versions) is not None:
        state = State.ALTERED
    elif latest.text("Content digest").lower() != digest:
        state = State.CHANGED
        changes = changes_since(register, latest) if count_changes else None
    else:
        state = State.APPROVED if by else State.DRAFT
    return DocumentState(state, latest.name, by, approved_on, changes, digest)
