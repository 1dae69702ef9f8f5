"""The first pages: the cover, the document control and the history of versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from isms_xl import __version__
from isms_xl.audit_copy import phrases as say
from isms_xl.audit_copy.book import Copy
from isms_xl.audit_copy.identity import SUBJECT, TITLE, Identity
from isms_xl.catalogue import RULE_SET_VERSION, rules
from isms_xl.changes import Link
from isms_xl.checking import Report, summary_line
from isms_xl.contract import DOCUMENT_CONTROL
from isms_xl.digest import short_form
from isms_xl.heights import row_height
from isms_xl.look import DATE_FORMAT, MUTED, NAVY, RULE
from isms_xl.pages import COVER, Column, Page
from isms_xl.register import text_of
from isms_xl.versions import first_broken, history
from isms_xl.words import counted, join_words
from isms_xl.xlsx import done

CONTROL_PAGE = "Document control"
VERSIONS_PAGE = "Versions"
COPY_DIGEST = "Digest of this copy"
REGISTER_DIGEST = "Digest of the register"


class Cover:
    """The cover: begun first, as the first sheet, and finished when all other pages are known.

    Attributes:
        page: The page.
    """

    def __init__(self, copy: Copy, identity: Identity) -> None:
        self.page = copy.page(COVER, (Column("", 27), Column("", 68)), landscape=False)
        self._copy = copy
        self._identity = identity
        self._digest_at = 0

    def write(self, pages: Sequence[tuple[Page, str]]) -> None:
        """Write all but the digest of the copy.

        Args:
            pages: The other pages, each with a sentence on what it shows.
        """
        page, look = self.page, self._copy.look
        done(page.sheet.set_row(0, 42))
        page.put(0, 0, TITLE, look.form(font_size=24, bold=True, font_color=NAVY, valign="bottom"))
        page.put(1, 0, SUBJECT, look.form(font_size=12, font_color=MUTED))
        page.row = 3
        self._facts()
        page.section("What was checked")
        for sentence in _statement(self._copy.report):
            page.sentence(sentence)
        page.section("Digests")
        page.remark(
            "A printed page is matched to its file by the short forms at its foot; isms-xl verify "
            "tells whether a copy and a register belong together."
        )
        self._record(REGISTER_DIGEST, _both_forms(self._identity.digest))
        self._digest_at = page.row
        self._record(COPY_DIGEST, None)
        done(page.sheet.set_row(self._digest_at, row_height(2)))
        page.section("Contents")
        form = look.form(font_color="#1B5FAA", underline=1, bottom=1, bottom_color=RULE)
        for other, shows in pages:
            page.record(
                (Link(other.name, other.name, "A1"), shows), forms={0: form, 1: look.body()}
            )

    def _facts(self) -> None:
        report, identity = self._copy.report, self._identity
        register = report.register
        content = [
            counted(len(table), table.contract.record_word)
            for table in (register.parties, register.requirements, register.links)
        ]
        facts = (
            ("Organisation", identity.organisation),
            ("Business unit", identity.unit),
            ("Document title", register.field_text("Document title")),
            ("Document ID", identity.document),
            ("Classification", identity.classification),
            ("Version", identity.state.version_words),
            ("Approved", identity.state.approval_words),
            ("Document owner", register.field_text("Document owner")),
            ("ISMS scope reference", register.field_text("ISMS scope reference")),
            ("As of", identity.as_of),
            ("Content", join_words(content)),
        )
        for label, fact in facts:
            self._record(label, fact or "–")

    def _record(self, label: str, fact: str | date | None) -> None:
        look = self._copy.look
        form = look.body(num_format=DATE_FORMAT, align="left")
        self.page.record((label, fact), forms={0: look.body(font_color=MUTED), 1: form})

    def sign(self, digest: str) -> None:
        """Enter the digest of the copy, the one cell that it does not cover."""
        form = self._copy.look.body()
        done(self.page.sheet.write_string(self._digest_at, 1, _both_forms(digest), form))


def _both_forms(digest: str) -> str:
    return f"{short_form(digest)}\n{digest}"


def _statement(report: Report) -> list[str]:
    """Return what was checked and with what; never that the register conforms."""
    sentences = [
        f"{counted(len(rules()), 'rule')} of rule set {RULE_SET_VERSION} of isms-xl {__version__} "
        f"were applied to this register as of {report.as_of.isoformat()}.",
        summary_line(report),
    ]
    if report.failed_rules:
        codes = join_words([failed.code for failed in report.failed_rules])
        sentences.append(f"Could not be applied: {codes}.")
    return [
        *sentences,
        "This is the outcome of a program. Whether the requirements of the standard are met is for "
        "people to audit.",
    ]


def control_page(copy: Copy) -> Page:
    """Write the fields of Document Control."""
    page = copy.page(CONTROL_PAGE, (Column("Field", 40, strong=True), Column("Value", 90)))
    page.title(
        "Document control",
        "How this documented information is identified and controlled (clause 7.5).",
    )
    page.headings()
    register = copy.report.register
    control = register[DOCUMENT_CONTROL.name]
    for column in DOCUMENT_CONTROL.columns:
        heading = column.heading
        entered = say.value(register.field(heading), heading) if control.present else None
        page.record((heading, entered if entered is not None else "–"))
    return page


def versions_page(copy: Copy) -> Page:
    """Write the history of versions, and whether its digests fit one another."""
    page = copy.page(
        VERSIONS_PAGE,
        (
            Column("Version", 9, strong=True),
            Column("Date", 12),
            Column("Author", 22),
            Column("Change summary", 62),
            Column("Approved", 24),
            Column("Content", 18),
            Column("Open gaps", 12),
            Column("Content digest", 21, muted=True),
            Column("Chain digest", 21, muted=True),
        ),
    )
    versions = history(copy.report.register)
    broken = first_broken(versions)
    if not versions:
        chain = "No version was stamped yet."
    elif broken is not None:
        chain = (
            f"The chain of digests breaks at version {broken.name or 'without a number'}: that row or "
            "one before it was changed after it was stamped."
        )
    else:
        chain = (
            "The digests of the rows fit one another. Whoever can run isms-xl can make such a history, "
            "so compare it with a copy or a digest that is kept elsewhere."
        )
    page.title("History of versions", chain)
    page.headings(repeat=True)
    for version in versions:
        content = [f"{version.text(h) or '–'} {h.lower()}" for h in _CONTENT]
        gaps = [f"{version.text(h) or '–'} {h.removeprefix('Open ')}" for h in _GAPS]
        page.record(
            (
                version.name,
                version.on or text_of(version.row.cells.get("Date")),
                version.text("Author"),
                version.text("Change summary"),
                say.joined((version.text("Approved by"), version.text("Approved on"))),
                "\n".join(content),
                "\n".join(gaps),
                short_form(version.text("Content digest")),
                short_form(version.text("Chain digest")),
            )
        )
    if not versions:
        page.nothing()
    return page


_CONTENT = ("Parties", "Requirements", "Links")
_GAPS = ("Open major", "Open minor")
