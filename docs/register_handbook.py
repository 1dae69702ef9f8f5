"""The workbook handbook, made from the contract."""

from __future__ import annotations

from pages import bullets, page, plain, table

from isms_xl.checklist import LINES
from isms_xl.contract import (
    DEFAULT_REVIEW_MONTHS,
    DOCUMENT_CONTROL,
    GAP_INDEX,
    GAP_INDEX_NAMES,
    GAPS_COLUMN,
    HIDDEN_SHEETS,
    HIGH_SCORE,
    PARTIES,
    SCORES,
    TABLES,
    TOOL_TABLES,
    USER_TABLES,
    Column,
    Kind,
    Table,
    engagement_of,
    gap_key,
    priority_of,
    row_name,
)
from isms_xl.finding import Severity
from isms_xl.formulas import GRID_SHEET
from isms_xl.template import ANNEX_SHEET, HEADER_ROW, LISTS_SHEET, START_SHEET
from isms_xl.words import join_words


def register_handbook() -> bytes:
    """Return the page."""
    return page(
        [
            *_introduction(),
            *_own_workbook(),
            *_identifiers(),
            "## Sheets people fill in",
            "",
            *(line for user_table in USER_TABLES for line in _user_sheet(user_table)),
            *_derived(),
            "## Sheets isms-xl writes",
            "",
            "A validation replaces the rows of Gaps, Checklist and Gap Index; stamping a version adds "
            "to Versions and Change Log. Where one of these sheets is missing it is made.",
            "",
            *(line for tool_table in TOOL_TABLES for line in _tool_sheet(tool_table)),
            *_other_sheets(),
            *_highlights(),
        ]
    )


def _introduction() -> list[str]:
    return [
        "# The register workbook",
        "",
        "One business unit keeps one register workbook, `.xlsx` or `.xlsm`. This page says what "
        "isms-xl relies on in it: sheets, Excel tables, headings, allowed values and identifiers. "
        "Colours, widths, help texts and everything else are yours to change.",
        "",
        *bullets(
            [
                "A table is found by its Excel table name, a column by its heading. Upper and lower "
                "case, surrounding space and line breaks in a heading do not matter.",
                "The order of columns is free, and you may add columns of your own. isms-xl neither "
                "reads nor changes them, except that it reports an Excel error such as `#REF!` in one.",
                "A wholly empty row is no record. Rows that stand directly under a table without "
                "being part of it are checked, and reported, because Excel would leave them out.",
                "Values are compared ignoring case and surrounding space; a number typed as text "
                "counts as that number. A date typed as text does not count as a date: it is "
                "reported, never guessed.",
                "A reference cell may hold several identifiers, separated by `;`, `,` or a line break.",
                "isms-xl never changes the sheets people fill in. It writes on its own sheets; the "
                "highlights follow from those.",
            ]
        ),
    ]


def _own_workbook() -> list[str]:
    names = ", ".join(f"`{t.name}`" for t in USER_TABLES[:3])
    return [
        "## Making your own workbook fit",
        "",
        "The shortest way is `isms-xl import yours.xlsx`: it makes a register of your list, whatever "
        "its layout, and a sheet Import Log that says where every cell went. Look at what it would do "
        "first, with `--dry-run`. To keep your own workbook instead:",
        "",
        "1. Select a list with its headings and choose Insert > Table (Ctrl+T), with the box *My table "
        "has headers* ticked.",
        f"2. On the ribbon tab Table Design, give it the table name given below: {names} and so on. "
        "Name the sheet as below too.",
        "3. Rename the headings to those below, and add the mandatory columns that are missing. Keep "
        "columns of your own.",
        f"4. Make the table `{DOCUMENT_CONTROL.name}` on a sheet {DOCUMENT_CONTROL.sheet} with the two "
        "columns Field and Value, a row for each field below.",
        "5. Run `isms-xl validate yours.xlsx --output checked.xlsx`. What is still missing is reported "
        "as [DAT001](rules.md#dat001); your workbook stays as it is.",
        "",
        "Drop-downs, help texts and highlights come with the template; see [below]"
        "(#how-the-highlights-work) for highlights in a workbook of your own.",
        "",
        f"If your workbook has a sheet {join_words([t.sheet for t in TOOL_TABLES], 'or')} of its own, "
        "rename it first: isms-xl refuses to write over it.",
        "",
    ]


def _identifiers() -> list[str]:
    rows = ([f"`{t.prefix}-001`", t.record_word, plain(t.sheet)] for t in USER_TABLES if t.prefix)
    return [
        "## Identifiers",
        "",
        "Each record has an identifier: prefix, hyphen, three or more digits, unique in its table. "
        "Never reuse the number of a deleted record; evidence and versions refer to it. A record "
        f"without one is known by its row, such as `{row_name(12)}`.",
        "",
        *table(["Identifier", "Names a", "Sheet"], rows),
    ]


def _user_sheet(declared: Table) -> list[str]:
    kind = "field" if declared.vertical else "column"
    lines = [
        f"### {declared.sheet}",
        "",
        f"Table `{declared.name}`. {plain(declared.guidance)}",
        "",
    ]
    if declared.vertical:
        lines += [
            "It holds one record: the column Field names the fields, the column Value holds them.",
            "",
        ]
    lines += table(
        [kind.capitalize(), "Holds", "Mandatory", "What belongs here", "Clause"],
        (
            [f"**{plain(c.heading)}**", _holds(c), _mandatory(c), plain(c.help), plain(c.clause)]
            for c in declared.columns
        ),
    )
    choices = [c for c in declared.columns if c.allowed]
    if choices:
        lines += ["Allowed values:", ""]
        lines += bullets(f"**{plain(c.heading)}:** {plain(' · '.join(c.allowed))}" for c in choices)
    return lines


def _holds(column: Column) -> str:
    match column.kind:
        case Kind.IDENTIFIER:
            return "identifier"
        case Kind.REFERENCE:
            return f"identifiers of {TABLES[column.refers_to].sheet}"
        case Kind.CHOICE:
            return "Yes or No" if column.allowed == ("Yes", "No") else "one of the list"
        case Kind.CHOICES:
            return "several of the list, separated by `;`"
        case Kind.DATE:
            return "date, not in the future" if column.happened else "date"
        case Kind.SCORE:
            return f"whole number, {SCORES[0]} to {SCORES[-1]}"
        case Kind.COUNT:
            return "whole number"
        case Kind.DERIVED:
            return "calculated"
        case Kind.TEXT:
            return "text"


def _mandatory(column: Column) -> str:
    if not column.mandatory:
        return ""
    if column.mandatory_unless is not None:
        heading, value = column.mandatory_unless
        return f"yes; where {plain(heading)} is {value}, a rule of its own reports it"
    if column.blank_reported_by:
        code = column.blank_reported_by
        return f"yes ([{code}](rules.md#{code.lower()}))"
    return "yes"


def _derived() -> list[str]:
    high, low = SCORES[-1], SCORES[0]
    return [
        "## Calculated values",
        "",
        "The workbook shows them as formulas. The rules calculate them anew from the scores and never "
        "trust what a formula shows.",
        "",
        f"**Engagement**, from power and interest; {HIGH_SCORE} and above count as high:",
        "",
        *table(
            ["", "low interest", "high interest"],
            (
                [f"**{word} power**", engagement_of(power, low), engagement_of(power, high)]
                for word, power in (("high", high), ("low", low))
            ),
        ),
        "**Priority**, from likelihood × impact:",
        "",
        *table(
            ["likelihood ↓ impact →", *map(str, SCORES)],
            (
                [f"**{likelihood}**", *(priority_of(likelihood, impact) for impact in SCORES)]
                for likelihood in reversed(SCORES)
            ),
        ),
        f"**Review period:** {DEFAULT_REVIEW_MONTHS} months where Document Control leaves it blank.",
        "",
    ]


def _tool_sheet(declared: Table) -> list[str]:
    hidden = " Hidden." if declared.sheet in HIDDEN_SHEETS else ""
    lines = [
        f"### {declared.sheet}",
        "",
        f"Table `{declared.name}`.{hidden} {plain(declared.guidance)}",
        "",
        *table(
            ["Column", "What it says"],
            ([f"**{plain(c.heading)}**", plain(c.help)] for c in declared.columns),
        ),
    ]
    match declared.name:
        case "Gaps":
            lines += [
                "Severity is written "
                + join_words([f"`{s.value}` ({s.word})" for s in Severity], "or")
                + ". Record is the record's identifier; for what is absent, the missing subject "
                "(a party type, a PESTLE factor, a step); otherwise `Register`. A gap keeps its First "
                "seen date from one validation to the next.",
                "",
            ]
        case "Versions":
            lines += [
                "The content digest is taken over what the sheets people fill in say, not over how they "
                "look. The chain digest is taken over the row and the chain digest of the row before, "
                "so that a row that is changed, moved or removed is noticed. Approved by and Approved "
                "on are outside of it.",
                "",
            ]
        case "Checklist":
            lines += bullets(
                f"**{line.number} {plain(line.subject)}:** {plain(line.expected)}" for line in LINES
            )
    return lines


def _other_sheets() -> list[str]:
    return [
        "## Other sheets of the template",
        "",
        *bullets(
            [
                f"**{START_SHEET}:** where the register stands, the seven steps, the checklist's "
                "states and what the marks mean. All formulas.",
                f"**{GRID_SHEET}:** how many parties stand where on the power–interest grid, and who "
                "they are. All formulas.",
                f"**{ANNEX_SHEET}:** the controls of Annex A, for looking up the Reference of a link.",
                f"**{LISTS_SHEET}** (hidden): the allowed values behind the drop-downs.",
            ]
        ),
        f"isms-xl does not read them; you may change or delete them. Without {LISTS_SHEET} the "
        "drop-downs have nothing to offer.",
        "",
    ]


def _highlights() -> list[str]:
    key = PARTIES.columns[0].heading
    marks = join_words([f"{s.mark} {s.word}" for s in Severity])
    stand_in = gap_key(PARTIES.sheet, 12, "")
    lookup = f"MATCH($A{HEADER_ROW + 1},gap_records,0)"
    return [
        "## How the highlights work",
        "",
        f"The hidden sheet {GAP_INDEX.sheet} holds one row for each record with gaps: its identifier, "
        "the headings concerned, and a text. The template's sheets carry one conditional format for "
        "each weight; it asks for every cell whether its heading is listed there for its record. So "
        "the highlights follow a record when the sheet is sorted or filtered, never touch your own "
        "colours, and are gone once a validation no longer finds the gap. A gap that concerns a whole "
        "record marks its identifier. Colour is not all: major gaps are bold, observations in italics, "
        f"and the column {GAPS_COLUMN} at the end of each row says in words what is missing, with the "
        f"signs {marks}.",
        "",
        f"A record without an identifier is looked up by its sheet and row, such as “{stand_in}”. An "
        "identifier that is used twice is marked on both rows as soon as it is typed.",
        "",
        "These names of the workbook point at the columns of the index:",
        "",
        *table(
            ["Name", f"Column of {GAP_INDEX.sheet}"],
            ([f"`{name}`", plain(heading)] for name, heading in GAP_INDEX_NAMES.items()),
        ),
        f"To have highlights in a workbook of your own, with headings in row {HEADER_ROW} and the "
        "identifiers in column A, validate it once, then add a conditional format with this formula "
        "and a colour of your choice, likewise with `gap_minor` and `gap_obs`:",
        "",
        "```",
        f'=ISNUMBER(FIND("|"&A${HEADER_ROW}&"|",INDEX(gap_major,{lookup})))',
        "```",
        "",
        f"and, for the texts, a last column {GAPS_COLUMN} with the formula",
        "",
        "```",
        f'=IFERROR(INDEX(gap_texts,MATCH([@[{key}]],gap_records,0))&"","")',
        "```",
        "",
    ]
