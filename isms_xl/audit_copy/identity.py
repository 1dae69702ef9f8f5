"""What identifies an audit copy: the register, its version and day, and the digests of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from isms_xl.audit_copy.digest import short_form
from isms_xl.checking import Report
from isms_xl.register import without_control_characters
from isms_xl.versions import content_digest, history

TITLE = "Register of interested parties"
SUBJECT = "ISO/IEC 27001:2022, clause 4.2"
NO_VERSION = "not stamped yet"

_LONGEST_MARGIN = 255
"""Characters Excel takes in a header or footer."""


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
        organisation=register.field_text("Organisation"),
        unit=register.field_text("Business unit"),
        document=register.field_text("Document ID"),
        classification=register.field_text("Classification"),
        version=versions[-1].name if versions else "",
        changed_since=bool(versions) and recorded != digest,
        as_of=report.as_of,
        digest=digest,
    )


def header_of(identity: Identity) -> str:
    """Return the header of a printed page: whose register it is, and as of when."""
    whose = " · ".join(filter(None, (identity.organisation, identity.unit)))
    return _margins([whose], "", f"{TITLE} · as of {identity.as_of.isoformat()}")


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
    return _margins(left, f"register {register}\ncopy {short_form(digest)}", "Page &P of &N")


def _margins(left: list[str], middle: str, right: str) -> str:
    """Return a header or footer, its free texts cut so that Excel takes it whole."""
    most = _LONGEST_MARGIN
    while True:
        texts = [_plain(text, most) for text in left if text]
        # A space keeps a text that begins with a digit from being read as part of the font size.
        line = f"&L&8 {' · '.join(texts)}"
        if middle:
            line += f"&C&8 {middle}"
        line += f"&R&8 {right}"
        if len(line) <= _LONGEST_MARGIN:
            return line
        most -= 5


def _plain(text: str, most: int) -> str:
    """Return a text on one line as a header shows it, with nothing in it that Excel would obey."""
    text = " ".join(without_control_characters(text).split())
    text = text if len(text) <= most else f"{text[: max(most - 1, 0)]}…"
    return text.replace("&", "&&")
