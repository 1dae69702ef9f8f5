"""The formulas of a register that are the tool's own, each with the value it has.

The template writes them. Whatever changes a workbook enters the values beside them, because a preview, a
phone or Excel's Protected View shows the values that a file holds and calculates nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

from isms_xl.checklist import LINES
from isms_xl.contract import (
    CHECKLIST,
    DOCUMENT_CONTROL,
    EVIDENCE_LOG,
    GAP_INDEX,
    GAPS,
    GAPS_COLUMN,
    HIGH_SCORE,
    ISMS_LINKS,
    PARTIES,
    PRIORITIES,
    PRIORITY_FLOORS,
    QUADRANTS,
    REQUIREMENTS,
    SCORES,
    STEPS,
    USER_TABLES,
    VERSIONS,
    Column,
    Kind,
    Table,
    engagement_of,
    gap_key,
    priority_of,
    row_name,
)
from isms_xl.finding import Severity
from isms_xl.grid_chart import MOST_BUBBLES
from isms_xl.reference import annex_a
from isms_xl.register import NoValue, column_letters, reader_of, text_of

Value = str | int
NOT_VALIDATED, NOT_STAMPED, OPEN = "not validated yet", "none stamped yet", "open"
TOO_OLD = "Excel 2019 or later lists the parties here."
GRID_SHEET = "Power-Interest Grid"
FIRST_GRID_ROW, FIRST_GRID_COLUMN = 6, 3
"""Row, from 1, and column of the grid's count for the highest power and the lowest interest."""
FIRST_CONTROL_ROW = 5
"""Row, from 1, of the first control on the sheet of Annex A."""


class Facts:
    """What the formulas read of a register.

    Args:
        column: Returns the cells of a table's column, top to bottom; for Document Control the one cell
            of a field.
    """

    def __init__(self, column: Callable[[Table, str], Sequence[object]]) -> None:
        self._column = column

    def field(self, heading: str) -> str:
        """Return a field of Document Control as text."""
        return next((_shown(value) for value in self._column(DOCUMENT_CONTROL, heading)), "")

    @cached_property
    def version(self) -> str:
        """The last version; empty where there is none."""
        return next(reversed(_filled(self._column(VERSIONS, "Version"))), "")

    @cached_property
    def open_gaps(self) -> Counter[str]:
        """Number of open gaps by severity."""
        pairs = zip(self._column(GAPS, "Severity"), self._column(GAPS, "Accepted"), strict=True)
        return Counter(_shown(severity) for severity, accepted in pairs if not _shown(accepted))

    @cached_property
    def accepted(self) -> int:
        """Number of accepted gaps."""
        return len(_filled(self._column(GAPS, "Accepted")))

    @cached_property
    def states(self) -> Sequence[str]:
        """State of each line of the checklist."""
        return [_shown(value) for value in self._column(CHECKLIST, "State")]

    @cached_property
    def steps(self) -> Counter[str]:
        """Number of pieces of evidence by step, in small letters."""
        return _counted(self._column(EVIDENCE_LOG, "Step"))

    @cached_property
    def places(self) -> Counter[tuple[int | None, int | None]]:
        """Number of parties by power and interest."""
        return Counter(self._scores)

    @cached_property
    def _scores(self) -> list[tuple[int | None, int | None]]:
        columns = [list(map(_score, self._column(PARTIES, h))) for h in ("Power", "Interest")]
        return list(zip(*columns, strict=True))

    @cached_property
    def by_engagement(self) -> Mapping[str, str]:
        """Names of the parties of each quadrant, one after the other."""
        found: dict[str, list[str]] = {}
        for scores, name in zip(self._scores, self._column(PARTIES, "Name"), strict=True):
            if _shown(name):
                found.setdefault(engagement_of(*scores), []).append(_shown(name))
        return {quadrant: "; ".join(names) for quadrant, names in found.items()}

    @cached_property
    def references(self) -> Counter[str]:
        """Number of links by their reference, in small letters."""
        return _counted(self._column(ISMS_LINKS, "Reference"))

    @cached_property
    def gap_texts(self) -> Mapping[str, str]:
        """What is said of a record, by its key in small letters."""
        found: dict[str, str] = {}
        texts = self._column(GAP_INDEX, "Text")
        for key, text in zip(self._column(GAP_INDEX, "Record"), texts, strict=True):
            found.setdefault(_shown(key).casefold(), _shown(text))
        return found


def _shown(value: object) -> str:
    """Return a cell's value as `&""` gives it."""
    return "" if isinstance(value, NoValue) else value if isinstance(value, str) else text_of(value)


def _filled(values: Iterable[object]) -> list[str]:
    return [text for text in map(_shown, values) if text]


def _counted(values: Iterable[object]) -> Counter[str]:
    return Counter(text.casefold() for text in _filled(values))


def _score(value: object) -> int | None:
    score = reader_of(PARTIES.column("Power"))(value)
    return score if isinstance(score, int) else None


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of the tool's.

    Attributes:
        text: Its text, without the equals sign.
        value: Its value in a register.
    """

    text: str
    value: Callable[[Facts], Value]


@dataclass(frozen=True, slots=True)
class RowFormula:
    """A formula that stands in every row of a table.

    Attributes:
        table: The table.
        heading: The column it stands in.
        text: Its text, without the equals sign.
        inputs: Headings of the columns that it reads.
        value: Its value by the facts, the row number and the cells of the inputs.
    """

    table: Table
    heading: str
    text: str
    inputs: tuple[str, ...]
    value: Callable[[Facts, int, Sequence[object]], str]


# --- Start ----------------------------------------------------------------------------------------


def field_formula(heading: str) -> Formula:
    """Return what shows a field of Document Control."""
    match = f'MATCH("{heading}",DocumentControl[Field],0)'
    return Formula(
        f'IFERROR(INDEX(DocumentControl[Value],{match})&"","")', lambda facts: facts.field(heading)
    )


def version_formula() -> Formula:
    """Return what shows the last version."""
    return Formula(
        f'IFERROR(IF(COUNTA(Versions[Version])=0,"{NOT_STAMPED}",'
        'INDEX(Versions[Version],COUNTA(Versions[Version]))&""),"")',
        lambda facts: facts.version or NOT_STAMPED,
    )


def _once_validated(count: str, value: Callable[[Facts], int]) -> Formula:
    return Formula(
        f'IF(COUNTA(Checklist[State])>0,{count},"{NOT_VALIDATED}")',
        lambda facts: value(facts) if any(facts.states) else NOT_VALIDATED,
    )


def open_gaps_formula(severity: Severity) -> Formula:
    """Return what counts the open gaps of a severity."""
    count = (
        f'COUNTIFS(Gaps[Severity],"{severity.value}")'
        f'-COUNTIFS(Gaps[Severity],"{severity.value}",Gaps[Accepted],"?*")'
    )
    return _once_validated(count, lambda facts: facts.open_gaps[severity.value])


def accepted_formula() -> Formula:
    """Return what counts the accepted gaps."""
    return _once_validated('COUNTIF(Gaps[Accepted],"?*")', lambda facts: facts.accepted)


def step_formula(step: str) -> Formula:
    """Return what says whether a step is on record."""
    count = f'COUNTIF(EvidenceLog[Step],"{step}")'

    def value(facts: Facts) -> str:
        number = facts.steps[step.casefold()]
        return f"✔ {number} on record" if number else OPEN

    return Formula(f'IF({count}>0,"✔ "&{count}&" on record","{OPEN}")', value)


def steps_formula() -> Formula:
    """Return what counts the steps on record."""
    counts = "+".join(f'(COUNTIF(EvidenceLog[Step],"{step}")>0)' for step in STEPS)
    of = f" of {len(STEPS)}"
    return Formula(
        f'{counts}&"{of}"',
        lambda facts: f"{sum(facts.steps[step.casefold()] > 0 for step in STEPS)}{of}",
    )


def state_formula(position: int) -> Formula:
    """Return what shows the state of a line of the checklist, counted from 1."""
    state = f"INDEX(Checklist[State],{position})"

    def value(facts: Facts) -> str:
        states = facts.states
        return (states[position - 1] if position <= len(states) else "") or NOT_VALIDATED

    return Formula(f'IFERROR(IF({state}="","{NOT_VALIDATED}",{state}),"{NOT_VALIDATED}")', value)


# --- the grid -------------------------------------------------------------------------------------


def place_formula(power: int, interest: int) -> Formula:
    """Return what counts the parties at a place of the grid."""
    return Formula(
        f"COUNTIFS(Parties[Power],{power},Parties[Interest],{interest})",
        lambda facts: facts.places[power, interest],
    )


def quadrant_formula(name: str) -> Formula:
    """Return what lists the parties of a quadrant; an array formula."""
    return Formula(
        f'IFERROR(_xlfn.TEXTJOIN("; ",TRUE,IF(Parties[Engagement]="{name}",Parties[Name],"")),'
        f'"{TOO_OLD}")',
        lambda facts: facts.by_engagement.get(name, ""),
    )


def grid_cell_formula(power: int, interest: int) -> Formula:
    """Return what repeats a count of the grid for its chart."""
    column = column_letters(FIRST_GRID_COLUMN - 1 + interest)
    cell = f"{column}{FIRST_GRID_ROW + SCORES[-1] - power}"
    return Formula(f"'{GRID_SHEET}'!{cell}", lambda facts: facts.places[power, interest])


def bubble_formula(row: int, low: int, high: int, power: int, interest: int) -> Formula:
    """Return where the chart draws a place: at its power where it has so many parties, else below.

    Args:
        row: Row, from 1, of the place on the sheet of lists.
        low: Fewest parties of the series.
        high: Most parties of it.
        power: The place's power.
        interest: Its interest.
    """
    return Formula(
        f"IF(AND(C{row}>={low},C{row}<={high}),B{row},-1)",
        lambda facts: power if low <= facts.places[power, interest] <= high else -1,
    )


# --- Annex A --------------------------------------------------------------------------------------


def control_formula(control: str, row: int) -> Formula:
    """Return what counts the links to a control.

    References are compared as texts: COUNTIF would take 5.1 and 5.10 for the same number.

    Args:
        control: The control, as `A.5.1`.
        row: Row, from 1, in which it stands in the first column.
    """
    bare = control.removeprefix("A.")

    def value(facts: Facts) -> int:
        return facts.references[control.casefold()] + facts.references[bare]

    reference = 'IsmsLinks[Reference]&""'
    return Formula(f'SUMPRODUCT(({reference}=A{row})+({reference}="{bare}"))', value)


def _former_control_formula(control: str, row: int) -> Formula:
    """Return the same as it stands in registers of former releases."""
    bare = control.removeprefix("A.")
    text = f'COUNTIF(IsmsLinks[Reference],A{row})+COUNTIF(IsmsLinks[Reference],"{bare}")'
    return Formula(text, control_formula(control, row).value)


# --- rows -----------------------------------------------------------------------------------------


def _this_row(table: Table, heading: str) -> str:
    return f"{table.name}[[#This Row],[{heading}]]"


def _score_formula(table: Table, heading: str) -> str:
    """Return what yields this row's score, also one typed as text, and an error for all else."""
    return f"MATCH(VALUE({_this_row(table, heading)}),{_array(SCORES)},0)"


def _array(values: Iterable[object]) -> str:
    listed = ",".join(f'"{v}"' if isinstance(v, str) else str(v) for v in values)
    return f"{{{listed}}}"


def _engagement_formula(row: str = "1,") -> str:
    """Return the formula; `row` is left out in registers of former releases.

    Programs differ in whether one index of an array that lies across is its row or its column.
    """
    high = [f"({_score_formula(PARTIES, h)}>={HIGH_SCORE})" for h in ("Power", "Interest")]
    words = _array(engagement_of(*scores) for scores in product((SCORES[0], SCORES[-1]), repeat=2))
    return f'IFERROR(INDEX({words},{row}1+2*{high[0]}+{high[1]}),"")'


def _priority_formula() -> str:
    risk = "*".join(_score_formula(REQUIREMENTS, h) for h in ("Likelihood", "Impact"))
    return f'IFERROR(LOOKUP({risk},{_array(PRIORITY_FLOORS)},{_array(PRIORITIES)}),"")'


@cache
def derived_formula(table: Table, column: Column) -> RowFormula:
    """Return the formula of a derived column."""
    text, compute, inputs = {
        "Engagement": (_engagement_formula(), engagement_of, ("Power", "Interest")),
        "Priority": (_priority_formula(), priority_of, ("Likelihood", "Impact")),
    }[column.heading]

    def value(_: Facts, __: int, cells: Sequence[object]) -> str:
        first, second = map(_score, cells)
        return compute(first, second)

    return RowFormula(table, column.heading, text, inputs, value)


def gap_key_formula(table: Table, key: str) -> str:
    """Return what yields a row's key in the Gap Index; the same as `contract.gap_key`.

    Args:
        table: The table.
        key: What refers to the cell of its first column.
    """
    if table.vertical:
        return f'{key}&""'
    stand_in = row_name(0).removesuffix("0")
    return f'IF(TRIM({key})="","{table.sheet} {stand_in}"&ROW(),{key}&"")'


@cache
def gaps_formula(table: Table) -> RowFormula:
    """Return the formula of a table's column Gaps."""
    heading = "Field" if table.vertical else table.columns[0].heading
    match = f"MATCH({gap_key_formula(table, _this_row(table, heading))},gap_records,0)"

    def value(facts: Facts, row: int, cells: Sequence[object]) -> str:
        shown = _shown(cells[0])
        key = shown if table.vertical else gap_key(table.sheet, row, shown)
        return facts.gap_texts.get(key.casefold(), "")

    text = f'IFERROR(INDEX(gap_texts,{match})&"","")'
    return RowFormula(table, GAPS_COLUMN, text, (heading,), value)


# --- all of them ----------------------------------------------------------------------------------


BUBBLES = (*((count, count) for count in range(1, MOST_BUBBLES)), (MOST_BUBBLES, 999_999))
"""Fewest and most parties of each series of the grid's chart."""

POINTS_ROW = 41
"""Row, from 1, of the chart's first point on the sheet of lists."""


def points() -> Iterable[tuple[int, int, int]]:
    """Yield row, power and interest of each point of the chart."""
    for row, (power, interest) in enumerate(product(SCORES, repeat=2), start=POINTS_ROW):
        yield row, power, interest


@cache
def whole_formulas() -> Mapping[str, Formula]:
    """Return the formulas that stand once in a register, by their text."""
    found = [
        *map(field_formula, ("Organisation", "Business unit")),
        version_formula(),
        *map(open_gaps_formula, Severity),
        accepted_formula(),
        *map(step_formula, STEPS),
        steps_formula(),
        *(state_formula(position) for position, _ in enumerate(LINES, start=1)),
        *(place_formula(*scores) for scores in product(SCORES, repeat=2)),
        *(quadrant_formula(name) for name in QUADRANTS),
        *(
            form(control, row)
            for form in (control_formula, _former_control_formula)
            for row, control in enumerate(annex_a(), start=FIRST_CONTROL_ROW)
        ),
    ]
    for row, power, interest in points():
        found.append(grid_cell_formula(power, interest))
        found += [bubble_formula(row, low, high, power, interest) for low, high in BUBBLES]
    return {formula.text: formula for formula in found}


@cache
def row_formulas() -> Mapping[str, RowFormula]:
    """Return the formulas that stand in the rows of tables, by their text."""
    found = [gaps_formula(table) for table in USER_TABLES]
    found += [
        derived_formula(table, column)
        for table in USER_TABLES
        for column in table.columns
        if column.kind is Kind.DERIVED
    ]
    known = {formula.text: formula for formula in found}
    engagement = derived_formula(PARTIES, PARTIES.column("Engagement"))
    return known | {_engagement_formula(row=""): engagement}
