"""What identifies an audit copy: the register, its version and day, and the digests of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from isms_xl.checking import Report
from isms_xl.digest import short_form
from isms_xl.margins import margins
from isms_xl.versions import content_digest, history

TITLE = "Register of interested parties"
SUBJECT = "ISO/IEC 27001:2022, clause 4.2"
NO_VERSION = "not stamped yet"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a copy says about itself on the cover and on every page.

    Attributes:
        organisation: The organisation.
        unit: The business unit.
        document: The document's ID.
        classification: Its classification.
        version: Name of the latest version; empty where none was stamped.
        changed_since: Whether the content is another than that of the latest version.
        as_of: The day that counted as today.
        digest: Content digest of the register, 64 hexadecimal digits.
    """

    organisation: str
    unit: str
    document: str
    classification: str
    version: str
    changed_since: bool
    as_of: date
    digest: str

    @property
    def version_words(self) -> str:
        """The version as a reader needs to know it."""
        if not self.version:
            return NO_VERSION
        return f"{self.version}, changed since" if self.changed_since else self.version


def identity_of(report: Report) -> Identity:
    """Return what identifies a copy of a register."""
    register = report.register
    versions = history(register)
    digest = content_digest(register)
    recorded = versions[-1].text("Content digest").lower() if versions else ""
    return Identity(
        organisation=register.field_line("Organisation"),
        unit=register.field_line("Business unit"),
        document=register.field_line("Document ID"),
        classification=register.field_line("Classification"),
        version=versions[-1].name if versions else "",
        changed_since=bool(versions) and recorded != digest,
        as_of=report.as_of,
        digest=digest,
    )


def header_of(identity: Identity) -> str:
    """Return the header of a printed page: whose register it is, and as of when."""
    whose = " · ".join(filter(None, (identity.organisation, identity.unit)))
    return margins([whose], "", f"{TITLE} · as of {identity.as_of.isoformat()}")


def footer_of(identity: Identity, digest: str) -> str:
    """Return the footer of a printed page: document, version, classification, digests and page.

    Args:
        identity: What identifies the copy.
        digest: Digest of the copy.
    """
    version = identity.version_words
    left = [
        identity.document or "no document ID",
        f"version {version}" if identity.version else version,
        identity.classification,
    ]
    register = short_form(identity.digest)
    return margins(left, f"register {register}\ncopy {short_form(digest)}", "Page &P of &N")
