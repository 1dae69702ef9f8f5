"""The register template, written by XlsxWriter from the contract."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from functools import cache

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from isms_xl.books.package import Package
from isms_xl.checklist import CLEAR, LINES, PARTLY
from isms_xl.content import Content
from isms_xl.contract import (
    CHECKLIST,
    EVIDENCE_LOG,
    GAP_INDEX,
    GAP_INDEX_NAMES,
    GAPS,
    GAPS_COLUMN,
    HIDDEN_SHEETS,
    ISMS_LINKS,
    PARTIES,
    PESTLE,
    QUADRANTS,
    REQUIREMENTS,
    SCORES,
    STEPS,
    TOOL_TABLES,
    USER_TABLES,
    Column,
    Kind,
    Table,
)
from isms_xl.finding import Severity
from isms_xl.formulas import (
    BUBBLES,
    GRID_SHEET,
    POINTS_ROW,
    Facts,
    Formula,
    accepted_formula,
    bubble_formula,
    control_formula,
    derived_formula,
    field_formula,
    gap_key_formula,
    gaps_formula,
    grid_cell_formula,
    open_gaps_formula,
    place_formula,
    points,
    quadrant_formula,
    state_formula,
    step_formula,
    steps_formula,
    version_formula,
)
from isms_xl.grid_chart import add_bubbles, finish_grid, with_plain_labels
from isms_xl.heights import lines_of, row_height
from isms_xl.look import (
    DATE_FORMAT,
    MUTED,
    NAVY,
    RULE,
    SEVERITY_FILL,
    STEEL,
    WHITE,
    Look,
)
from isms_xl.reference import annex_a
from isms_xl.register import column_letters
from isms_xl.xlsx import done, put, put_formula

START_SHEET = "Start"
ANNEX_SHEET = "Annex A 2022"
LISTS_SHEET = "Lists"
HEADER_ROW = 4
"""Row of the headings on every table sheet, from 1."""

_FEWEST_READY_ROWS = 2_000
_GAPS_WIDTH = 60
_VALUE_WIDTH = 46
_HINT_WIDTH = 62
_FEWEST_LINES = 2
_WIDE_SHEET = 190
"""Characters from which on a sheet prints on A3 rather than A4."""

_PIXELS_PER_INCH = 96
_LEAST_SCALE = 0.83
"""At which letters of 9 points print at 7: programs draw columns up to a tenth wider than reckoned."""

_PRINTED_INCHES = {(9, False): 7.4, (9, True): 10.8, (8, False): 10.8, (8, True): 15.7}
"""Width that is printed on A4 (9) and A3 (8), by whether it lies across."""

_LAST_ROW = 1_048_575
"""Width in characters from which a sheet is printed on A3."""
_BUBBLES = tuple((low, high, str(low) if low == high else f"{low}+") for low, high in BUBBLES)
"""Fewest and most parties, and label of each series of the grid's chart."""
_STEP_GUIDE = (
    (
        "Agree with leadership what clause 4.2 asks, who does the work and by when.",
        EVIDENCE_LOG,
    ),
    (
        "Bring data science, engineering, legal, human resources and senior management together; "
        "use the PESTLE prompts.",
        PESTLE,
    ),
    (
        "Enter the interested parties and place each in the power–interest grid.",
        PARTIES,
    ),
    (
        "Confirm the list with the parties, or with whoever deals with them.",
        PARTIES,
    ),
    (
        "Find out what they require: interview, survey, contract analysis or workshop.",
        REQUIREMENTS,
    ),
    (
        "Confirm the requirements, and decide which of them the ISMS addresses.",
        REQUIREMENTS,
    ),
    (
        "Show how the ISMS meets each one: risk, controls, policies and evidence.",
        ISMS_LINKS,
    ),
)


def build_template(content: Content, *, created: date) -> bytes:
    """Return a register workbook with the given rows in its tables.

    Args:
        content: Rows by table name; headings the contract does not know are refused by KeyError.
        created: Date of creation in the document properties; the same input gives the same bytes.
    """
    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True, "default_date_format": DATE_FORMAT})
    workbook.set_properties(
        {
            "title": "Register of interested parties (ISO/IEC 27001:2022, clause 4.2)",
            "subject": "Interested parties, their requirements, and how the ISMS answers them",
            "created": datetime.combine(created, time()),
        }
    )
    workbook.set_size(2600, 1600)
    _Template(workbook, content).write()
    workbook.close()
    return _finished(target.getvalue())


def _finished(data: bytes) -> bytes:
    """Return the workbook with two things said that XlsxWriter cannot say.

    Row heights are not fixed by hand, so that Excel fits a row again when somebody types more. A
    chart label shows the series' name and, in so many words, nothing else: LibreOffice takes what
    is left out for a yes.
    """
    package = Package(data)
    parts = {}
    for name in package.names:
        if "/worksheets/sheet" in name:
            parts[name] = package.read(name).replace(b' customHeight="1"', b"")
        elif "/charts/chart" in name:
            parts[name] = with_plain_labels(package.read(name))
    return package.rewritten(parts)


def _list_name(table: Table, column: Column) -> str:
    words = "".join(c if c.isalnum() else "_" for c in f"{table.name}_{column.heading}")
    return f"list_{words}".lower()


class _Template:
    """Writes all sheets of one template."""

    def __init__(self, workbook: Workbook, content: Content) -> None:
        self._workbook = workbook
        self._content = content
        self._facts = Facts(self._column_of)
        self._look = Look(workbook)
        self._sheets: dict[str, Worksheet] = {}
        self._marks = {severity: self._look.severity(severity) for severity in Severity}

    def write(self) -> None:
        names = [START_SHEET]
        for table in USER_TABLES:
            names.append(table.sheet)
            if table is PARTIES:
                names.append(GRID_SHEET)
            if table is ISMS_LINKS:
                names.append(ANNEX_SHEET)
        names += [*(table.sheet for table in TOOL_TABLES), LISTS_SHEET]
        for name in names:
            sheet = self._sheets[name] = self._workbook.add_worksheet(name)
            # The formulas of a column are the same in every row. XlsxWriter looks through each of
            # them for newer functions, which is four fifths of the work on a large register.
            sheet._prepare_formula = cache(sheet._prepare_formula)
        self._write_lists()
        self._define_gap_names()
        for table in USER_TABLES:
            self._write_user_sheet(table)
        for table in TOOL_TABLES:
            self._write_tool_sheet(table)
        self._write_start()
        self._write_grid()
        self._write_annex()
        for name, color in (
            *((table.sheet, STEEL) for table in USER_TABLES),
            *((table.sheet, MUTED) for table in TOOL_TABLES),
            (START_SHEET, NAVY),
        ):
            self._sheets[name].set_tab_color(color)
        for name in (GAP_INDEX.sheet, LISTS_SHEET):
            self._sheets[name].hide()
        self._sheets[START_SHEET].activate()

    def _column_of(self, table: Table, heading: str) -> list[object]:
        return [row.get(heading) for row in self._content.get(table.name, ())]

    def _put(
        self, sheet: Worksheet, row: int, column: int, formula: Formula, form: Format | None = None
    ) -> None:
        """Write a formula with the value it has now."""
        put_formula(sheet, row, column, f"={formula.text}", form, formula.value(self._facts))

    # --- lists and names ----------------------------------------------------------------------

    def _write_lists(self) -> None:
        sheet = self._sheets[LISTS_SHEET]
        number = 0
        for table in USER_TABLES:
            for column in table.columns:
                if not column.allowed:
                    continue
                put(sheet, 0, number, f"{table.name}: {column.heading}", self._look.section)
                for row, word in enumerate(column.allowed, start=1):
                    put(sheet, row, number, word)
                letters = column_letters(number + 1)
                done(
                    self._workbook.define_name(
                        _list_name(table, column),
                        f"='{LISTS_SHEET}'!${letters}$2:${letters}${len(column.allowed) + 1}",
                    )
                )
                number += 1
        done(sheet.set_column(0, number, 26))

    def _define_gap_names(self) -> None:
        for name, heading in GAP_INDEX_NAMES.items():
            letters = column_letters(GAP_INDEX.headings.index(heading) + 1)
            done(self._workbook.define_name(name, f"='{GAP_INDEX.sheet}'!${letters}:${letters}"))

    # --- common parts of a sheet --------------------------------------------------------------

    def _head(self, sheet: Worksheet, title: str, guidance: str) -> None:
        sheet.hide_gridlines(2)
        for row, height in enumerate((30, 20, 24)):  # above the table, no lines of its columns
            done(sheet.set_row(row, height, self._look.form()))
        put(sheet, 0, 0, title, self._look.title)
        put(sheet, 1, 0, guidance, self._look.guidance)

    def _print_setup(
        self, sheet: Worksheet, widths: Sequence[float], *, landscape: bool = True
    ) -> None:
        """Have a sheet print readably: its own columns only, on as many pages as that needs.

        A text that runs past the last column would make the whole sheet as small as it is long.

        Args:
            sheet: The sheet.
            widths: Width of each of its columns, in characters.
            landscape: Whether it prints across.
        """
        inches = sum((7 * width + 5) / _PIXELS_PER_INCH for width in widths)
        paper = 8 if sum(widths) > _WIDE_SHEET else 9
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(paper)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
        sheet.fit_to_pages(math.ceil(inches * _LEAST_SCALE / _PRINTED_INCHES[paper, landscape]), 0)
        if sheet.name not in HIDDEN_SHEETS:  # LibreOffice would print what has an area
            done(sheet.print_area(0, 0, _LAST_ROW, len(widths) - 1))
        whole = {"scale_with_doc": False}
        sheet.set_header('&L&9&"Calibri,Regular"&F&R&9&A', whole)
        sheet.set_footer(
            "&L&9Register of interested parties, ISO/IEC 27001:2022 clause 4.2&R&9Page &P of &N",
            whole,
        )

    # --- user sheets --------------------------------------------------------------------------

    def _write_user_sheet(self, table: Table) -> None:
        sheet = self._sheets[table.sheet]
        self._head(sheet, table.sheet, table.guidance)
        if table.vertical:
            self._write_control(sheet, table)
            return
        rows = self._content[table.name]
        for row in rows:
            for heading in row:
                table.column(heading)
        last = HEADER_ROW + max(len(rows), 1)
        ready = max(_FEWEST_READY_ROWS, 2 * len(rows)) + HEADER_ROW
        done(sheet.set_row(HEADER_ROW - 1, 32))
        forms = [self._body_form(column) for column in table.columns]
        gaps = len(table.columns)
        definitions = []
        for number, column in enumerate(table.columns):
            done(sheet.set_column(number, number, column.width, forms[number]))
            put(sheet, 2, number, _mark(column), self._look.mark)
            heading = self._look.heading(
                strong=column.mandatory, derived=column.kind is Kind.DERIVED
            )
            definitions.append({"header": column.heading, "header_format": heading})
            self._note(sheet, HEADER_ROW - 1, number, column)
            self._validation(sheet, table, number, column, ready)
        gaps_form = self._look.body(font_size=9, text_wrap=False)
        done(sheet.set_column(gaps, gaps, _GAPS_WIDTH, gaps_form))
        put(sheet, 2, gaps, "written by isms-xl", self._look.mark)
        heading = self._look.heading(strong=False, derived=True)
        definitions.append({"header": GAPS_COLUMN, "header_format": heading})
        formulas = {
            number: derived_formula(table, column)
            for number, column in enumerate(table.columns)
            if column.kind is Kind.DERIVED
        }
        formulas[gaps] = gaps_formula(table)
        for number, formula in formulas.items():
            definitions[number]["formula"] = f"={formula.text}"
        self._add_table(sheet, table.name, last, definitions)
        for position, row in enumerate(rows or [{}]):
            at = HEADER_ROW + position
            lines = max(lines_of(str(row.get(c.heading) or ""), c.width) for c in table.columns)
            done(sheet.set_row(at, row_height(max(lines, _FEWEST_LINES))))
            for number, column in enumerate(table.columns):
                if column.kind is not Kind.DERIVED:
                    put(sheet, at, number, row.get(column.heading), forms[number])
            for number, formula in formulas.items():
                value = formula.value(self._facts, at + 1, [row.get(h) for h in formula.inputs])
                form = gaps_form if number == gaps else forms[number]
                put_formula(sheet, at, number, f"={formula.text}", form, value)
        self._highlights(sheet, table, len(table.columns), ready, f"$A{HEADER_ROW + 1}")
        done(
            sheet.conditional_format(
                HEADER_ROW,
                0,
                ready,
                0,
                {"type": "duplicate", "format": self._marks[Severity.MAJOR]},
            )
        )
        self._gaps_column_colours(sheet, gaps, ready)
        sheet.freeze_panes(HEADER_ROW, 2)
        self._print_setup(sheet, [*(column.width for column in table.columns), _GAPS_WIDTH])
        sheet.repeat_rows(HEADER_ROW - 1)
        sheet.repeat_columns(0, 1)

    def _write_control(self, sheet: Worksheet, table: Table) -> None:
        row = self._content[table.name][0]
        for heading in row:
            table.column(heading)
        last = HEADER_ROW + len(table.columns)
        strong = self._look.heading(strong=True)
        derived = self._look.heading(strong=False, derived=True)
        name_form = self._look.body(bold=True)
        value_form = self._look.body(align="left")
        date_form = self._look.body(num_format=DATE_FORMAT, align="left")
        hint_form = self._look.body(font_color=MUTED, font_size=9)
        gaps_form = self._look.body(font_size=9, text_wrap=False)
        for number, width in enumerate((36, _VALUE_WIDTH, _HINT_WIDTH, _GAPS_WIDTH)):
            done(sheet.set_column(number, number, width))
        headings = ("Field", "Value", "What belongs here", GAPS_COLUMN)
        for number, text in enumerate(("", "* mandatory", "", "written by isms-xl")):
            put(sheet, 2, number, text, self._look.mark)
        formula = gaps_formula(table)
        definitions = [
            {"header": heading, "header_format": strong if number < 2 else derived}
            for number, heading in enumerate(headings)
        ]
        definitions[-1]["formula"] = f"={formula.text}"
        self._add_table(sheet, table.name, last, definitions)
        for position, column in enumerate(table.columns):
            at = HEADER_ROW + position
            put(sheet, at, 0, column.heading, name_form)
            form = date_form if column.kind is Kind.DATE else value_form
            put(sheet, at, 1, row.get(column.heading), form)
            star = "* " if column.mandatory else ""
            clause = f" [{column.clause}]" if column.clause else ""
            put(sheet, at, 2, f"{star}{column.help}{clause}", hint_form)
            value = formula.value(self._facts, at + 1, [column.heading])
            put_formula(sheet, at, 3, f"={formula.text}", gaps_form, value)
            self._validation(sheet, table, 1, column, at, first=at)
            lines = max(
                lines_of(f"{column.help} {column.clause}", _HINT_WIDTH),
                lines_of(str(row.get(column.heading) or ""), _VALUE_WIDTH),
            )
            done(sheet.set_row(at, row_height(max(lines, _FEWEST_LINES))))
        self._highlights(sheet, table, 2, last - 1, f"$A{HEADER_ROW + 1}")
        self._gaps_column_colours(sheet, 3, last - 1)
        sheet.freeze_panes(HEADER_ROW, 1)
        self._print_setup(sheet, (36, _VALUE_WIDTH, _HINT_WIDTH, _GAPS_WIDTH))

    def _add_table(
        self, sheet: Worksheet, name: str, last: int, columns: list[dict[str, object]]
    ) -> None:
        done(
            sheet.add_table(
                HEADER_ROW - 1,
                0,
                last - 1,
                len(columns) - 1,
                {"name": name, "style": None, "columns": columns},
            )
        )

    def _body_form(self, column: Column) -> Format:
        match column.kind:
            case Kind.DATE:
                return self._look.body(num_format=DATE_FORMAT, align="left")
            case Kind.SCORE:
                return self._look.body(align="center")
            case Kind.DERIVED:
                return self._look.body(font_color=MUTED)
            case Kind.IDENTIFIER:
                return self._look.body(bold=True)
            case _:
                return self._look.body()

    def _note(self, sheet: Worksheet, row: int, number: int, column: Column) -> None:
        lines = [column.help]
        if column.allowed:
            lines.append(f"One of: {' · '.join(column.allowed)}.")
        if column.mandatory:
            lines.append("Mandatory.")
        if column.clause:
            lines.append(f"ISO/IEC 27001:2022, {column.clause}.")
        text = "\n\n".join(lines)
        height = 40 + 15 * sum(1 + len(line) // 44 for line in lines) + 10 * len(lines)
        done(
            sheet.write_comment(
                row,
                number,
                text,
                {
                    "author": "isms-xl",
                    "width": 300,
                    "height": height,
                    "font_name": "Calibri",
                    "font_size": 10,
                    "color": "#FFFFFF",
                },
            )
        )

    def _validation(
        self,
        sheet: Worksheet,
        table: Table,
        number: int,
        column: Column,
        last: int,
        first: int = HEADER_ROW,
    ) -> None:
        rule: dict[str, object] = {
            "input_title": column.heading[:32],
            "input_message": _cut(column.help),
            "error_title": column.heading[:32],
        }
        cell = f"{column_letters(number + 1)}{first + 1}"
        match column.kind:
            case Kind.CHOICE:
                rule |= {
                    "validate": "list",
                    "source": f"={_list_name(table, column)}",
                    "error_message": "Choose a value from the list. Rules and head office's reports "
                    "rely on these words.",
                }
            case Kind.DATE:
                rule |= {
                    "validate": "date",
                    "criteria": "between",
                    "minimum": date(1990, 1, 1),
                    "maximum": date(2199, 12, 31),
                    "error_message": "Enter a date, for example 2026-03-31.",
                }
            case Kind.SCORE:
                rule |= {
                    "validate": "integer",
                    "criteria": "between",
                    "minimum": SCORES[0],
                    "maximum": SCORES[-1],
                    "error_message": "Enter a whole number from 1 (lowest) to 5 (highest).",
                }
            case Kind.COUNT:
                rule |= {
                    "validate": "integer",
                    "criteria": "between",
                    "minimum": 1,
                    "maximum": 120,
                    "error_message": "Enter a whole number of months, for example 12.",
                }
            case Kind.IDENTIFIER:
                column_range = f"${cell[0]}${first + 1}:${cell[0]}${last + 1}"
                start = len(table.prefix) + 1
                rule |= {
                    "validate": "custom",
                    "value": f"=AND(COUNTIF({column_range},{cell})=1,"
                    f'LEFT({cell},{start})="{table.prefix}-",LEN({cell})>={start + 3})',
                    "error_type": "warning",
                    "error_message": f"Expected is a number of the form {table.prefix}-001 that no "
                    "other row has.",
                }
            case Kind.REFERENCE | Kind.CHOICES:
                rule |= {"validate": "any"}
            case _:
                return
        done(sheet.data_validation(first, number, last, number, rule))

    def _highlights(
        self, sheet: Worksheet, table: Table, columns: int, last: int, key: str
    ) -> None:
        """One conditional format for each severity: is this heading among the record's gaps?"""
        names = dict(zip(Severity, ("gap_major", "gap_minor", "gap_obs"), strict=True))
        match = f"MATCH({gap_key_formula(table, key)},gap_records,0)"
        for severity, name in names.items():
            formula = f'=ISNUMBER(FIND("|"&A${HEADER_ROW}&"|",INDEX({name},{match})))'
            done(
                sheet.conditional_format(
                    HEADER_ROW,
                    0,
                    last,
                    columns - 1,
                    {
                        "type": "formula",
                        "criteria": formula,
                        "format": self._marks[severity],
                        "stop_if_true": True,
                    },
                )
            )

    def _gaps_column_colours(self, sheet: Worksheet, number: int, last: int) -> None:
        for severity in Severity:
            done(
                sheet.conditional_format(
                    HEADER_ROW,
                    number,
                    last,
                    number,
                    {
                        "type": "text",
                        "criteria": "begins with",
                        "value": severity.mark,
                        "format": self._look.severity_text(severity),
                    },
                )
            )

    # --- tool sheets --------------------------------------------------------------------------

    def _write_tool_sheet(self, table: Table) -> None:
        sheet = self._sheets[table.sheet]
        self._head(sheet, table.sheet, table.guidance)
        done(sheet.set_row(HEADER_ROW - 1, 24))
        heading = self._look.heading(strong=True)
        forms = []
        for number, column in enumerate(table.columns):
            form = self._tool_form(table, column)
            forms.append(form)
            done(sheet.set_column(number, number, column.width, form))
        columns = [{"header": column.heading, "header_format": heading} for column in table.columns]
        self._add_table(sheet, table.name, HEADER_ROW + 1, columns)
        for number, form in enumerate(forms):
            put(sheet, HEADER_ROW, number, None, form)
        if table in (GAPS, CHECKLIST):
            self._tool_colours(sheet, table)
        sheet.freeze_panes(HEADER_ROW, 0)
        self._print_setup(sheet, [column.width for column in table.columns])
        sheet.repeat_rows(HEADER_ROW - 1)

    def _tool_form(self, table: Table, column: Column) -> Format:
        if table is GAPS and column.heading == "Cell":
            return self._look.body(font_color="#1B5FAA", underline=1)
        if column.kind is Kind.DATE:
            return self._look.body(num_format=DATE_FORMAT, align="left")
        if column.kind is Kind.COUNT:
            return self._look.body(align="center")
        if column.heading.endswith("digest"):
            return self._look.body(font_name="Consolas", font_size=9)
        return self._look.body()

    def _tool_colours(self, sheet: Worksheet, table: Table) -> None:
        heading = "Severity" if table is GAPS else "State"
        number = table.headings.index(heading)
        words: Iterable[tuple[str, Format]]
        if table is GAPS:
            words = ((severity.value, self._marks[severity]) for severity in Severity)
        else:
            words = self._state_marks()
        for word, form in words:
            done(
                sheet.conditional_format(
                    HEADER_ROW,
                    number,
                    1_048_575,
                    number,
                    {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": form},
                )
            )

    def _state_marks(self) -> list[tuple[str, Format]]:
        return [
            ("Major gaps open", self._marks[Severity.MAJOR]),
            ("Minor gaps open", self._marks[Severity.MINOR]),
            (PARTLY, self._marks[Severity.MINOR]),
            (CLEAR[0], self._marks[Severity.OBS]),
            (CLEAR[1], self._look.good()),
        ]

    # --- start sheet --------------------------------------------------------------------------

    def _write_start(self) -> None:
        sheet = self._sheets[START_SHEET]
        look = self._look
        sheet.hide_gridlines(2)
        for number, width in enumerate((5, 25, 64, 26, 22)):
            done(sheet.set_column(number, number, width))
        done(sheet.set_row(0, 36))
        put(
            sheet,
            0,
            0,
            "Register of interested parties",
            look.form(font_size=22, bold=True, font_color=NAVY, valign="vcenter"),
        )
        put(
            sheet,
            1,
            0,
            "ISO/IEC 27001:2022, clause 4.2: who has an interest in our information security, what "
            "do they require, and how does our ISMS answer it",
            look.guidance,
        )
        facts = look.form(bold=True, font_size=11)
        for at, field in ((2, "Organisation"), (3, "Business unit")):
            put(sheet, at, 0, field, look.form(font_color=MUTED))
            self._put(sheet, at, 2, field_formula(field), facts)
        put(sheet, 4, 0, "Version", look.form(font_color=MUTED))
        self._put(sheet, 4, 2, version_formula(), facts)
        self._open_gaps(sheet, 6)
        row = self._steps(sheet, 12)
        row = self._start_checklist(sheet, row + 1)
        self._legend(sheet, row + 1)
        self._print_setup(sheet, (5, 25, 64, 26, 22))

    def _open_gaps(self, sheet: Worksheet, row: int) -> None:
        look = self._look
        self._section(sheet, row, "Where the register stands")
        labels = [
            ("Open major gaps", open_gaps_formula(Severity.MAJOR)),
            ("Open minor gaps", open_gaps_formula(Severity.MINOR)),
            ("Open observations", open_gaps_formula(Severity.OBS)),
            ("Accepted gaps", accepted_formula()),
        ]
        for offset, (label, formula) in enumerate(labels, start=1):
            put(sheet, row + offset, 1, label, look.form())
            form = look.form(bold=True, font_size=12, align="left")
            self._put(sheet, row + offset, 2, formula, form)
        for offset, severity in enumerate(Severity, start=1):
            done(
                sheet.conditional_format(
                    row + offset,
                    2,
                    row + offset,
                    2,
                    {
                        "type": "formula",
                        "criteria": f"=AND(ISNUMBER($C${row + offset + 1}),$C${row + offset + 1}>0)",
                        "format": self._marks[severity],
                    },
                )
            )
        self._go(sheet, row + 1, 3, GAPS.sheet, "Go to the gaps")

    def _section(self, sheet: Worksheet, row: int, text: str, *more: str) -> None:
        put(sheet, row, 0, text, self._look.section)
        put(sheet, row, 1, None, self._look.section)
        small = self._look.form(bottom=1, bottom_color=RULE, font_color=MUTED, valign="bottom")
        for number, label in enumerate((*more, "", "", "")[:3], start=2):
            put(sheet, row, number, label, small)

    def _go(self, sheet: Worksheet, row: int, number: int, target: str, text: str) -> None:
        done(sheet.write_url(row, number, f"internal:'{target}'!A1", self._look.link, text))

    def _steps(self, sheet: Worksheet, row: int) -> int:
        look = self._look
        self._section(sheet, row, "The seven steps", "What to do", "Where", "On record")
        for step, (text, table) in zip(STEPS, _STEP_GUIDE, strict=True):
            row += 1
            number, _, name = step.partition(" ")
            done(sheet.set_row(row, 28))
            put(sheet, row, 0, int(number), look.form(bold=True, font_color=NAVY, align="left"))
            put(sheet, row, 1, name, look.form(bold=True))
            put(sheet, row, 2, text, look.wrapped)
            self._go(sheet, row, 3, table.sheet, table.sheet)
            self._put(sheet, row, 4, step_formula(step), look.form())
        put(sheet, row + 1, 1, "Steps on record", look.form(font_color=MUTED))
        self._put(sheet, row + 1, 4, steps_formula(), look.form(bold=True))
        done(
            sheet.conditional_format(
                row - len(STEPS) + 1,
                4,
                row,
                4,
                {
                    "type": "text",
                    "criteria": "begins with",
                    "value": "✔",
                    "format": self._look.good(),
                },
            )
        )
        return row + 2

    def _start_checklist(self, sheet: Worksheet, row: int) -> int:
        look = self._look
        self._section(sheet, row, "What the auditor looks at", "What is expected", "", "State")
        first = row + 1
        for position, line in enumerate(LINES, start=1):
            row += 1
            done(sheet.set_row(row, 28))
            put(sheet, row, 0, line.number, look.form(bold=True, font_color=NAVY))
            put(sheet, row, 1, line.subject, look.form(bold=True, text_wrap=True))
            put(sheet, row, 2, line.expected, look.wrapped)
            if position == 1:
                self._go(sheet, row, 3, CHECKLIST.sheet, "Go to the checklist")
            self._put(sheet, row, 4, state_formula(position), look.form())
        for word, form in self._state_marks():
            done(
                sheet.conditional_format(
                    first,
                    4,
                    row,
                    4,
                    {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": form},
                )
            )
        return row + 1

    def _legend(self, sheet: Worksheet, row: int) -> None:
        look = self._look
        self._section(sheet, row, "How to read the marks")
        texts = {
            Severity.MAJOR: "A nonconformity an auditor would raise as major: close it first.",
            Severity.MINOR: "A minor nonconformity.",
            Severity.OBS: "An observation: no nonconformity, but worth a look.",
        }
        for severity in Severity:
            row += 1
            form = look.form(
                bg_color=SEVERITY_FILL[severity],
                bold=severity is Severity.MAJOR,
                italic=severity is Severity.OBS,
            )
            put(sheet, row, 1, f"{severity.mark} {severity.word}", form)
            put(sheet, row, 2, texts[severity], look.wrapped)
        row += 1
        put(
            sheet,
            row,
            1,
            "Validate writes the sheets Gaps and Checklist; the marks on the other sheets follow. "
            "Each row's column Gaps says what is missing; the sheet Gaps says what to do about it.",
            look.guidance,
        )
        put(
            sheet,
            row + 1,
            1,
            "Dark headings are mandatory, lighter ones optional, grey ones calculated. Point at a "
            "heading to read what belongs in the column.",
            look.guidance,
        )

    # --- power-interest grid ------------------------------------------------------------------

    def _write_grid(self) -> None:
        sheet = self._sheets[GRID_SHEET]
        look = self._look
        self._head(
            sheet,
            "Power–interest grid",
            "Follows the sheet Interested Parties: how many parties stand where, and who they are.",
        )
        done(sheet.set_column(0, 0, 14))
        done(sheet.set_column(1, 1, 7))
        done(sheet.set_column(2, 6, 13))
        done(sheet.set_column(7, 7, 3))
        center = look.form(align="center", bold=True, font_color=MUTED)
        put(sheet, 3, 0, "Number of parties", look.form(bold=True, font_color=NAVY))
        put(sheet, 3, 2, "Interest →", look.form(font_color=MUTED))
        put(sheet, 4, 0, "Power ↓", look.form(font_color=MUTED))
        for score in SCORES:
            put(sheet, 4, 1 + score, score, center)
        for offset, power in enumerate(reversed(SCORES)):
            put(sheet, 5 + offset, 1, power, center)
            for interest in SCORES:
                high = max(0, power - 3) + max(0, interest - 3)
                form = look.form(
                    align="center",
                    border=1,
                    border_color=WHITE,
                    bg_color=("#F4F6F9", "#E3E9F1", "#CFDAE8", "#B7C8DD", "#9FB6D2")[high],
                    num_format="0;;",
                )
                self._put(sheet, 5 + offset, 1 + interest, place_formula(power, interest), form)
        self._grid_chart(sheet)
        self._quadrants(sheet)
        beside = (8.43,) * 9  # under the chart
        self._print_setup(sheet, (14, 7, *(13,) * len(SCORES), 3, *beside))

    def _grid_chart(self, sheet: Worksheet) -> None:
        """Write the chart, with a series for each number of parties a cell of the grid may hold.

        Its points stand on the hidden sheet of lists, one for each cell of the grid. A point that
        belongs to another series lies at -1, below the axis, where no chart draws it.
        """
        lists = self._sheets[LISTS_SHEET]
        first = POINTS_ROW - 1
        headings = ("Interest", "Power", "Parties", *(label for _, _, label in _BUBBLES))
        for number, heading in enumerate(headings):
            put(lists, first - 1, number, heading, self._look.section)
        last = first
        for row, power, interest in points():
            last = row - 1
            put(lists, last, 0, interest)
            put(lists, last, 1, power)
            self._put(lists, last, 2, grid_cell_formula(power, interest))
            for number, (low, high, _) in enumerate(_BUBBLES, start=3):
                self._put(lists, last, number, bubble_formula(row, low, high, power, interest))
        chart = self._workbook.add_chart({"type": "scatter"})
        for number, (low, _, _) in enumerate(_BUBBLES, start=3):
            add_bubbles(
                chart,
                name=(LISTS_SHEET, first - 1, number),
                interest=(LISTS_SHEET, first, 0, last, 0),
                power=(LISTS_SHEET, first, number, last, number),
                parties=low,
            )
        finish_grid(chart)
        done(
            sheet.insert_chart(
                3, 8, chart, {"description": "Power–interest grid: bubbles show how many parties"}
            )
        )

    def _quadrants(self, sheet: Worksheet) -> None:
        look = self._look
        put(sheet, 11, 0, "Who stands where", look.form(bold=True, font_color=NAVY))
        row = 12
        for name in QUADRANTS:
            done(sheet.set_row(row, 72))
            put(
                sheet,
                row,
                0,
                name,
                look.form(bold=True, text_wrap=True, bottom=1, bottom_color=RULE),
            )
            form = look.form(text_wrap=True, bottom=1, bottom_color=RULE)
            for number in range(2, 7):
                put(sheet, row, number, None, form)
            formula = quadrant_formula(name)
            sheet.merge_range(row, 1, row, 6, "", form)
            here = formula.value(self._facts)
            done(sheet.write_array_formula(row, 1, row, 1, f"{{={formula.text}}}", form, here))
            row += 1

    # --- Annex A ------------------------------------------------------------------------------

    def _write_annex(self) -> None:
        sheet = self._sheets[ANNEX_SHEET]
        look = self._look
        self._head(
            sheet,
            "Annex A of ISO/IEC 27001:2022",
            "For looking up the Reference of a control on ISMS Links. The last column counts the links "
            "that use it.",
        )
        widths = (12, 62, 18, 12)
        headings = ("Control", "Title", "Theme", "Links")
        for number, (width, heading) in enumerate(zip(widths, headings, strict=True)):
            done(sheet.set_column(number, number, width))
            put(sheet, HEADER_ROW - 1, number, heading, look.heading(strong=True))
        for row, control in enumerate(annex_a().values(), start=HEADER_ROW):
            put(sheet, row, 0, control.control, look.body(bold=True))
            put(sheet, row, 1, control.title, look.body())
            put(sheet, row, 2, control.theme, look.body(font_color=MUTED))
            form = look.body(align="center", num_format="0;;")
            self._put(sheet, row, 3, control_formula(control.control, row + 1), form)
        last = HEADER_ROW + len(annex_a()) - 1
        done(sheet.autofilter(HEADER_ROW - 1, 0, last, 3))
        sheet.freeze_panes(HEADER_ROW, 0)
        self._print_setup(sheet, widths, landscape=False)
        sheet.repeat_rows(HEADER_ROW - 1)


def _mark(column: Column) -> str:
    word = "calculated" if column.kind is Kind.DERIVED else "mandatory" if column.mandatory else ""
    return " · ".join(filter(None, (word, column.clause)))


def _cut(text: str) -> str:
    return text if len(text) <= 255 else f"{text[:254]}…"
