"""What identifies an audit copy: the register, its version and day, and the digests of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from isms_xl.checking import Report
from isms_xl.digest import short_form
from isms_xl.document_state import DocumentState, state_of
from isms_xl.margins import margins

TITLE = "Register of interested parties"
SUBJECT = "ISO/IEC 27001:2022, clause 4.2"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a copy says about itself on the cover and on every page.

    Attributes:
        organisation: The organisation.
        unit: The business unit.
        document: The document's ID.
        classification: Its classification.
        state: What the register is as a document.
        as_of: The day that counted as today.
    """

    organisation: str
    unit: str
    document: str
    classification: str
    state: DocumentState
    as_of: date

    @property
    def digest(self) -> str:
        """Content digest of the register, 64 hexadecimal digits."""
        return self.state.digest


def identity_of(report: Report) -> Identity:
    """Return what identifies a copy of a register."""
    register = report.register
    return Identity(
        organisation=register.field_line("Organisation"),
        unit=register.field_line("Business unit"),
        document=register.field_line("Document ID"),
        classification=register.field_line("Classification"),
        state=state_of(register, report.as_of, count_changes=True),
        as_of=report.as_of,
    )


def header_of(identity: Identity) -> str:
    """Return the header of a printed page: whose register it is, whether a draft, and as of when."""
    whose = " · ".join(filter(None, (identity.organisation, identity.unit)))
    return margins([whose], identity.state.mark, f"{TITLE} · as of {identity.as_of.isoformat()}")


def footer_of(identity: Identity, digest: str) -> str:
    """Return the footer of a printed page: document, version, classification, digests and page.

    Args:
        identity: What identifies the copy.
        digest: Digest of the copy.
    """
    version = identity.state.version_words
    left = [
        identity.document or "no document ID",
        f"version {version}" if identity.state.version else version,
        identity.classification,
    ]
    register = short_form(identity.digest)
    return margins(left, f"register {register}\ncopy {short_form(digest)}", "Page &P of &N")
