"""Nothing that stands in a register becomes a formula, a link, markup or a command anywhere.

`WRITERS` lists what the tool writes. Each makes its output of a register that holds a text
everywhere; `unsafe` says what in such an output would act rather than be read.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from workbooks import elements, local, parts

from isms_xl import console as console_module
from isms_xl.audit_copy import build_audit_copy
from isms_xl.books.file import FileBook
from isms_xl.cases import base_content
from isms_xl.changes import changes_of
from isms_xl.checking import Report, check
from isms_xl.content import Content
from isms_xl.contract import TABLES, TOOL_TABLES, Kind
from isms_xl.creating import new_register
from isms_xl.errors import UnreadableWorkbookError
from isms_xl.gaps_csv import gaps_csv
from isms_xl.group import DueKind, Failure, FailureKind, Group, Skipped, UnitDate, UnitDetails
from isms_xl.group_book import build_group_workbook
from isms_xl.group_checking import check_group
from isms_xl.group_facts import unit_result
from isms_xl.importing.importer import import_register
from isms_xl.register import Register
from isms_xl.reviews_calendar import reviews_calendar
from isms_xl.template import build_template
from isms_xl.validating import Validation, as_json, json_text
from isms_xl.versioning import stamp

DAY = date(2026, 11, 24)
CANARY = "wznp"
"""Stands in every text that is tried, so that it can be found again."""

STARTS = (
    *(
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "|",
        "%",
        "'",
        '"',
        " =",
        "\ufeff=",
        "=cmd|' /C calc'!A0",
    ),
    *('=HYPERLINK("http://x")', '=WEBSERVICE("http://x")', '=DDE("a","b","c")', "{=1}"),
    *("<script>", "</t></is></c>", "<![CDATA[", "]]>", "<!--", "&amp;", "&#x3d;", "<r>"),
    *("\x1b[31m", "\x9b31m", "\x1b]8;;http://x\x1b\\", "\x07", "\x08", "\0", "\x7f", "\u202e"),
    *(
        "[bold]",
        "[link=http://x]",
        "[/]",
        "http://x/",
        "mailto:x",
        "internal:A1",
        "external:a.xlsx",
    ),
    *(
        "../../",
        "..\\..\\",
        "C:\\",
        "\\\\host\\share\\",
        "file:///etc/",
        "_x000D_",
        "_x0000_",
        "\ud800",
    ),
    *("a\r\nBEGIN:VEVENT\r\n", "x,y;z", "\u2028", "\x85"),
)
Texts = tuple[str, ...]
TEXT = st.one_of(
    st.builds("{}{}{}".format, st.sampled_from(STARTS), st.just(CANARY), st.sampled_from(STARTS)),
    st.builds("{}{}".format, st.text(max_size=12), st.just(CANARY)),
)


@dataclass(frozen=True)
class Writer:
    """Something the tool writes.

    Attributes:
        write: Makes it of the text and of a report on a register that holds the text.
        unsafe: Yields what in it would act.
    """

    write: Callable[[Texts, Report], bytes]
    unsafe: Callable[[bytes], Iterator[str]]


# --- what would act -------------------------------------------------------------------------------


def in_workbook(data: bytes) -> Iterator[str]:
    """Yield formulas and links that hold the text, and parts that nothing in a register may add."""
    content = parts(data)
    for name, xml in content.items():
        if re.search(r"externalLink|connections|vbaProject|activeX|embeddings|ddeLink", name):
            yield f"part {name}"
        if name.startswith(("/", "..")) or ".." in name.split("/") or "\\" in name:
            yield f"part {name}"
        if not name.endswith((".xml", ".rels")):
            continue
        for kind in (
            "f",
            "formula1",
            "formula2",
            "formula",
            "definedName",
        ):
            for element in elements(xml, kind):
                if CANARY in "".join(element.itertext()):
                    yield f"{kind} in {name}"
        for margin in ("oddHeader", "oddFooter"):  # these show text, and obey what follows an &
            for element in elements(xml, margin):
                codes = re.findall("&(10|.)", (element.text or "").replace("&&", ""), re.DOTALL)
                if CANARY in (element.text or "") and set(codes) - {*"LCRPN", "10"}:
                    yield f"{margin} in {name}"
        for link in elements(xml, "hyperlink"):
            if any(CANARY in value for value in link.attrib.values()):
                yield f"link in {name}"
        for relation in elements(xml, "Relationship"):
            if CANARY in relation.get("Target", "") or relation.get("TargetMode") == "External":
                yield f"relationship to {relation.get('Target')}"
        for cell in elements(xml, "c"):
            shown = "".join(cell.itertext())
            if CANARY in shown and cell.get("t") not in ("s", "inlineStr", "str"):
                yield f"cell of kind {cell.get('t')}"
            if cell.get("t") == "str" and not any(local(e.tag) == "f" for e in cell):
                yield "cell that claims to be a formula's"


def on_terminal(data: bytes) -> Iterator[str]:
    """Yield what a terminal would take for a command."""
    for sign in data.decode("utf-8", "surrogatepass"):
        if sign != "\n" and (ord(sign) < 32 or 127 <= ord(sign) < 160):
            yield f"control character {ord(sign):#x}"


def in_json(data: bytes) -> Iterator[str]:
    """Yield what JSON may not hold, or a terminal that shows it would take for a command."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    json.loads(data, parse_constant=refuse)
    yield from on_terminal(data)


def in_csv(data: bytes) -> Iterator[str]:
    """Yield fields that a spreadsheet would take for a formula."""
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        for value in row:
            if value.lstrip("\n").startswith(("=", "+", "-", "@", "\t", "\r")):
                yield f"field {value[:20]!r}"


def in_calendar(data: bytes) -> Iterator[str]:
    """Yield lines that are no property of an entry of ours."""
    known = {"VERSION", "PRODID", "CALSCALE", "METHOD", "SUMMARY", "DTSTART", "DTEND", "DTSTAMP"}
    known |= {"UID", "DESCRIPTION", "CATEGORIES", "TRANSP", "X-WR-CALNAME", "NAME", "DURATION"}
    unfolded = data.decode().replace("\r\n ", "").replace("\r\n\t", "")
    for line in filter(None, unfolded.split("\r\n")):
        name = re.split(r"[:;]", line)[0]
        ours = line in {f"{edge}:{kind}" for edge in ("BEGIN", "END") for kind in _KINDS}
        if not (ours or name in known) or "\n" in line:
            yield f"line {line[:30]!r}"


_KINDS = ("VCALENDAR", "VEVENT")


# --- what is written ------------------------------------------------------------------------------


def written_back(texts: Texts, report: Report) -> bytes:
    """Return a workbook with the gaps of a register that holds the text."""
    book = FileBook.open(blank_register())
    book.apply(changes_of(report))
    return book.data


def stamped(texts: Texts, report: Report) -> bytes:
    """Return a workbook with a version of which author, summary and approver are the text."""
    path = Path(folder().name) / "stamped.xlsx"
    path.write_bytes(blank_register().read_bytes())
    assert stamp(
        path, on=DAY, author=texts[0], summary=texts[1], approved_by=texts[2], approved_on=DAY
    )
    return path.read_bytes()


def created(texts: Texts, report: Report) -> bytes:
    """Return a fresh register for an organisation and a unit of that name."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.xlsx"
        new_register(path, organisation=texts[0], unit=texts[1], starter="blank", created=DAY)
        return path.read_bytes()


def template(texts: Texts, report: Report) -> bytes:
    """Return a register whose every text is the text."""
    return build_template(filled(texts), created=DAY)


def printed(texts: Texts, report: Report) -> bytes:
    """Return what is printed where somebody watches, without the colours of our own."""
    target = io.StringIO()
    out = Console(file=target, force_terminal=True, width=120, color_system=None, emoji=False)
    console_module.print_report(out, Path(f"{texts[0].replace('/', '_')}.xlsx"), report)
    return without_styles(target.getvalue()).encode("utf-8", "surrogatepass")


def printed_plain(texts: Texts, report: Report) -> bytes:
    """Return what is printed into a file or to another program."""
    target = io.StringIO()
    out = Console(file=target, width=120, emoji=False)
    console_module.print_report(out, Path(f"{texts[0].replace('/', '_')}.xlsx"), report)
    return target.getvalue().encode("utf-8", "surrogatepass")


def without_styles(shown: str) -> str:
    """Return what was printed without bold and dim, which rich writes even without colours."""
    return re.sub(r"\x1b\[\d*(?:;\d+)*m", "", shown)


def as_document(texts: Texts, report: Report) -> bytes:
    """Return the JSON of a validation, as the command line prints it."""
    document = as_json(Validation(Path(f"{texts[0]}.xlsx"), report, None))
    return json_text(document).encode()


def copied(texts: Texts, report: Report) -> bytes:
    """Return the audit copy of a register that holds the texts."""
    return build_audit_copy(report).data


def group_of(texts: Texts, report: Report) -> Group:
    """Return a group of one unit, with a file that failed and one that was expected."""
    unit = unit_result(report, source=f"{texts[0]}.xlsx", digest="0" * 64)
    failure = Failure(texts[1], FailureKind.UNREADABLE, texts[2], texts[0])
    return check_group(Group(DAY, (unit,), (failure,), (Skipped(texts[2], texts[1]),), (texts[0],)))


def grouped(texts: Texts, report: Report) -> bytes:
    """Return the group workbook."""
    return build_group_workbook(group_of(texts, report))


def gaps_of_group(texts: Texts, report: Report) -> bytes:
    """Return the gaps of the group as CSV."""
    return gaps_csv(group_of(texts, report))


def calendar(texts: Texts, report: Report) -> bytes:
    """Return the reviews due as a calendar, all words of one being the texts."""
    group = group_of(texts, report)
    words = [text.encode("utf-8", "replace").decode() for text in texts]
    due = UnitDate(DueKind.REVIEW, DAY, words[0], words[1], words[2], "Reviews", "B5")
    unit = replace(
        group.units[0],
        business_unit=words[0],
        organisation=words[1],
        packed=UnitDetails(dates=(due,)).packed(),
    )
    return reviews_calendar(replace(group, units=(unit,)))


def imported(texts: Texts, report: Report) -> bytes:
    """Return a register made from a list that holds the texts."""
    cells = [text.encode("utf-8", "replace").decode() for text in texts]
    target = io.StringIO(newline="")
    out = csv.writer(target)
    out.writerow(("Interested party", "Requirements", "Remarks"))
    out.writerow((cells[0], cells[1], cells[2]))
    out.writerow(("Second party", "Wants something", cells[0]))
    try:
        return import_register(target.getvalue().encode(), "list.csv", None, DAY).workbook()
    except (
        UnreadableWorkbookError
    ):  # a text that takes the file apart is refused, and so written nowhere
        return build_template(base_content(), created=DAY)


WRITERS: Mapping[str, Writer] = {
    "audit copy": Writer(copied, in_workbook),
    "group workbook": Writer(grouped, in_workbook),
    "gaps as CSV": Writer(gaps_of_group, in_csv),
    "calendar": Writer(calendar, in_calendar),
    "import": Writer(imported, in_workbook),
    "write-back": Writer(written_back, in_workbook),
    "stamp": Writer(stamped, in_workbook),
    "new": Writer(created, in_workbook),
    "template": Writer(template, in_workbook),
    "terminal": Writer(printed, on_terminal),
    "text": Writer(printed_plain, on_terminal),
    "json": Writer(as_document, in_json),
}


# --- a register that holds a text everywhere ------------------------------------------------------


@cache
def folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@cache
def blank_register() -> Path:
    path = Path(folder().name) / "register.xlsx"
    path.write_bytes(build_template(base_content(), created=DAY))
    return path


def filled(texts: Texts) -> Content:
    """Return the clean register with the texts in its cells; every other row keeps its keys."""
    content = base_content()
    one_after_another = cycle(texts)
    for name, rows in content.items():
        table = TABLES[name]
        for number, row in enumerate(rows):
            for column in table.columns:
                keyed = column.kind in (Kind.IDENTIFIER, Kind.REFERENCE)
                if column.heading in row and not (keyed and number % 2 == 0):
                    row[column.heading] = next(one_after_another)
    return content


@lru_cache(maxsize=4)
def report_on(texts: Texts) -> Report:
    path = Path(folder().name) / "filled.xlsx"
    path.write_bytes(build_template(filled(texts), created=DAY))
    report = check(Register(FileBook.open(path).tables()), DAY)
    assert not report.failed_rules
    assert report.findings
    return report


KNOWN = tuple(
    f"{start}{CANARY}{end}" for start, end in zip(STARTS, STARTS[1:] + STARTS[:1], strict=True)
)


def only_read(name: str, texts: Texts) -> None:
    writer = WRITERS[name]
    data = writer.write(texts, report_on(texts))
    assert list(writer.unsafe(data)) == []
    assert found_in(data)


@pytest.mark.parametrize("name", WRITERS)
def test_known_attacks_are_only_ever_read(name: str) -> None:
    only_read(name, KNOWN)


@pytest.mark.long
@pytest.mark.parametrize("name", WRITERS)
@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(texts=st.lists(TEXT, min_size=40, max_size=40).map(tuple))
@example(texts=KNOWN[13:] + KNOWN[:13])
@example(texts=KNOWN[20:] + KNOWN[:20])
def test_what_stands_in_a_register_is_only_ever_read(name: str, texts: Texts) -> None:
    only_read(name, texts)


def found_in(data: bytes) -> bool:
    """Whether the text arrived at all: otherwise nothing was tested."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(CANARY.encode() in archive.read(name) for name in archive.namelist())
    return CANARY.encode() in data


@pytest.mark.parametrize("data", [b"\x1b[31m", b"\r", "\x9b".encode()])
def test_command_to_the_terminal_would_be_noticed(data: bytes) -> None:
    assert list(on_terminal(data))


def test_what_is_no_json_would_be_noticed() -> None:
    with pytest.raises(ValueError, match="no JSON"):
        list(in_json(b'{"a": NaN}'))


def test_formula_and_link_would_be_noticed() -> None:
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_formula(0, 0, f'="{CANARY}"')
        sheet.write_url(1, 0, f"http://{CANARY}")
    assert len(list(in_workbook(target.getvalue()))) >= 2


def test_tool_sheets_are_what_is_looked_at() -> None:
    book = FileBook.open(blank_register())
    book.apply(changes_of(report_on((CANARY,) * 3)))
    assert {table.sheet for table in TOOL_TABLES} >= {"Gaps", "Checklist"}
    assert list(in_workbook(book.data)) == []
