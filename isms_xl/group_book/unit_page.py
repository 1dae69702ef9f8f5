"""All units: their numbers, the readiness by line of the checklist, and the way to their files."""

from __future__ import annotations

from isms_xl.checklist import LINES
from isms_xl.finding import Severity
from isms_xl.group_book.book import GroupBook
from isms_xl.group_book.marks import LEGEND, heat, state_form, state_text
from isms_xl.group_book.previous import COUNTED, DOCUMENT, REGISTER, UNIT, UNITS_PAGE
from isms_xl.look import LINK_INK
from isms_xl.pages import Column

_FIRST_NUMBER, _FIRST_STATE = 3, 7
_REVIEWED, _AUDIT = 19, 20


def units_page(book: GroupBook) -> None:
    """Write every unit, the heaviest first."""
    page = book.page(
        UNITS_PAGE,
        (
            Column(UNIT, 30, strong=True),
            Column(REGISTER, 26, muted=True),
            Column(DOCUMENT, 15),
            *(Column(name, 9, centred=True) for name in COUNTED),
            *(Column(line.number, 11, centred=True) for line in LINES),
            Column("Version", 16, centred=True),
            Column("Parties", 9, centred=True),
            Column("Requirements", 14, centred=True),
            Column("Links", 9, centred=True),
            Column("Reviewed copy", 15),
            Column("Audit copy", 13),
        ),
    )
    page.title("All units", f"The unit with the heaviest open gaps first. {LEGEND}")
    subjects = {line.number: f"{line.number} {line.subject}" for line in LINES}
    page.headings([subjects.get(c.heading, c.heading) for c in page.columns], repeat=True)
    top = page.row - 1
    link = book.look.body(font_color=LINK_INK, underline=1, indent=1)
    most = {s: max((u.result.counts.of(s) for u in book.units), default=0) for s in Severity}
    for unit in book.units:
        result = unit.result
        forms = {
            at: heat(book.look, severity, result.counts.of(severity), most[severity])
            for at, severity in enumerate(Severity, start=_FIRST_NUMBER)
        }
        for at, state in enumerate(result.checklist, start=_FIRST_STATE):
            forms[at] = state_form(book.look, state)
        row = page.row
        page.record(
            (
                unit.label,
                result.source,
                result.document_id,
                *(result.counts.of(severity) for severity in Severity),
                result.counts.accepted,
                *(state_text(state) for state in result.checklist),
                result.version_words,
                result.parties,
                result.requirements,
                result.links,
                None,
                None,
            ),
            forms=forms,
        )
        for column, path in ((_REVIEWED, result.reviewed_copy), (_AUDIT, result.audit_copy)):
            if path:
                book.put_file(page.sheet, row, column, path, link, text="Open")
    if not book.units:
        page.nothing("No register was read.")
    else:
        page.sheet.autofilter(top, 0, page.row - 1, len(page.columns) - 1)
