"""Build an audit copy: all pages in their order, digested, signed and closed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, time

from xlsxwriter import Workbook

from isms_xl import __version__
from isms_xl.audit_copy import properties
from isms_xl.audit_copy.book import Copy
from isms_xl.audit_copy.front_pages import Cover, control_page, versions_page
from isms_xl.audit_copy.gap_pages import checklist_page, gaps_page
from isms_xl.audit_copy.identity import (
    SUBJECT,
    TITLE,
    Identity,
    footer_of,
    header_of,
    identity_of,
)
from isms_xl.audit_copy.link_pages import annex_page, obligations_page, trace_page
from isms_xl.audit_copy.record_pages import evidence_page, pestle_page, reviews_page
from isms_xl.audit_copy.register_pages import grid_page, register_page
from isms_xl.books.package import Package
from isms_xl.checking import Report
from isms_xl.digest import copy_digest, sheet_digest
from isms_xl.grid_chart import with_plain_labels
from isms_xl.look import DATE_FORMAT

_PAGES = (
    (control_page, "How the document is identified and controlled"),
    (versions_page, "Every version with what changed in it, and its approval"),
    (register_page, "Each interested party with its requirements and how they are met"),
    (grid_page, "Who has how much power and interest, and how each is engaged"),
    (trace_page, "Each requirement to its risk, policy or control, status and evidence"),
    (annex_page, "Which controls answer which requirements, and controls without one"),
    (obligations_page, "Laws and regulations, and what follows from them"),
    (pestle_page, "External and internal issues by factor"),
    (evidence_page, "Records of the seven steps"),
    (reviews_page, "Reviews held, and the events that asked for one"),
    (gaps_page, "What the rules found: open, and accepted with reason and expiry"),
    (checklist_page, "The state of each line of the auditor's checklist"),
)


@dataclass(frozen=True, slots=True)
class AuditCopy:
    """An audit copy.

    Attributes:
        data: The workbook.
        digest: Its digest, 64 hexadecimal digits.
        identity: What it says about itself; the digest of the register is there.
        lines: Its cells as they were digested, by sheet.
    """

    data: bytes
    digest: str
    identity: Identity
    lines: dict[str, list[str]]


def build_audit_copy(report: Report) -> AuditCopy:
    """Return a workbook for reading and printing that shows a register and what was found in it.

    The same report gives the same bytes.

    Raises:
        ContractError: Something could not be written.
    """
    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True, "default_date_format": DATE_FORMAT})
    identity = identity_of(report)
    copy = Copy(workbook, report)
    cover = Cover(copy, identity)
    pages = [(write(copy), shows) for write, shows in _PAGES]
    cover.write(pages)
    lines = {page.name: page.lines for page in copy.pages}
    digests = {name: sheet_digest(cells) for name, cells in lines.items()}
    digest = copy_digest(digests)
    cover.sign(digest)
    header, footer = header_of(identity), footer_of(identity, digest)
    for page in copy.pages:
        page.finish(header, footer)
    workbook.set_properties(
        {
            "title": TITLE,
            "subject": SUBJECT,
            "created": datetime.combine(report.as_of, time()),
        }
    )
    for name, value in properties.written(identity, digest, digests, __version__).items():
        workbook.set_custom_property(name, value, "text")
    workbook.read_only_recommended()
    workbook.set_size(2400, 1600)
    workbook.close()
    return AuditCopy(_finished(target.getvalue()), digest, identity, lines)


def _finished(data: bytes) -> bytes:
    """Return the workbook with the labels of its chart said in so many words."""
    package = Package(data)
    charts = [name for name in package.names if "/charts/chart" in name]
    return package.rewritten({name: with_plain_labels(package.read(name)) for name in charts})
