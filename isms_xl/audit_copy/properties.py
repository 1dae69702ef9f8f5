"""What an audit copy carries in its document properties, so that it can be recognised and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from isms_xl.audit_copy.identity import Identity
from isms_xl.books.package import Package

_PART = "docProps/custom.xml"
_MADE_BY = "isms-xl audit copy"
_AS_OF = "As of"
_VERSION = "Register version"
_REGISTER = "Register digest"
_COPY = "Copy digest"
_SHEETS = "Sheet digests"
_SHEET_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Properties:
    """What a copy says about itself where people do not look.

    Attributes:
        made_by: Version of isms-xl that made it.
        as_of: The day that counted as today.
        version: Version of the register; empty where none was stamped.
        register_digest: Content digest of the register.
        copy_digest: Digest of the copy.
        sheet_digests: First digits of the digest of each sheet, in the order of the sheets.
    """

    made_by: str
    as_of: date
    version: str
    register_digest: str
    copy_digest: str
    sheet_digests: tuple[str, ...]


def shortened_digest(digest: str) -> str:
    """Return the digits of a sheet's digest that the properties keep."""
    return digest[:_SHEET_DIGITS]


def written(
    identity: Identity, digest: str, sheets: Mapping[str, str], made_by: str
) -> dict[str, str]:
    """Return the properties to write, none longer than the 255 characters Excel takes.

    Args:
        identity: What identifies the copy.
        digest: Its digest.
        sheets: Digest of each sheet.
        made_by: Version of isms-xl.
    """
    return {
        _MADE_BY: made_by,
        _AS_OF: identity.as_of.isoformat(),
        _VERSION: identity.state.version[:255],
        _REGISTER: identity.digest,
        _COPY: digest,
        _SHEETS: "".join(map(shortened_digest, sheets.values())),
    }


def read_properties(package: Package) -> Properties | None:
    """Return a copy's properties; None where the workbook is no audit copy.

    Raises:
        UnreadableWorkbookError: The workbook is damaged.
    """
    if package.find(_PART) is None:
        return None
    try:
        root = fromstring(package.read(_PART), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    found = {entry.get("name", ""): "".join(entry.itertext()).strip() for entry in root}
    digits = found.get(_SHEETS, "")
    try:
        as_of = date.fromisoformat(found.get(_AS_OF, ""))
    except ValueError:
        return None
    if _MADE_BY not in found:
        return None
    starts = range(0, len(digits), _SHEET_DIGITS)
    return Properties(
        made_by=found[_MADE_BY],
        as_of=as_of,
        version=found.get(_VERSION, ""),
        register_digest=found.get(_REGISTER, ""),
        copy_digest=found.get(_COPY, ""),
        sheet_digests=tuple(digits[at : at + _SHEET_DIGITS] for at in starts),
    )
