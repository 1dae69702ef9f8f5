"""Rows of a foreign table become parties, requirements and links; each cell's way is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest

from isms_xl.changes import fits, fitted
from isms_xl.content import Content
from isms_xl.contract import ISMS_LINKS, OBLIGATIONS, PARTIES, REQUIREMENTS
from isms_xl.contract import Table as Contract
from isms_xl.importing.locating import Table, inside_or_outside
from isms_xl.importing.log import KEPT, REPEATED, Placed, Places
from isms_xl.importing.mapping import (
    CHOICES,
    CONTROL_REFERENCE,
    DATE_TARGETS,
    HOW_ADDRESSED,
    LINK_FIELDS,
    NAME,
    NEED,
    NOTES,
    OBLIGATION,
    OBLIGATION_FIELDS,
    OWN_ID,
    REQUIREMENT,
    REQUIREMENT_FIELDS,
    SCORE_TARGETS,
    WORD_KINDS,
    ColumnMapping,
    choice_of,
    heading_targets,
)
from isms_xl.importing.source import carried
from isms_xl.importing.splitting import (
    Mention,
    mentions,
    mentions_by_requirement,
    split_requirements,
)
from isms_xl.importing.tasks import Task
from isms_xl.importing.values import (
    date_of,
    day_comes_first,
    has_time,
    level_of,
    party_type_of,
    word_of,
)
from isms_xl.importing.words import key_of
from isms_xl.register import column_letters

_EITHER_FIELDS = ("Owner", "Confirmed on", "Confirmed by", "Last reviewed")
_INSIDE = ("Senior leadership", "Board", "Staff")
_OUTSIDE = ("Clients", "Competitors", "Suppliers", "Regulators", "Media", "Insurers")
_MOST_LINKS_A_ROW = 200
_LONGEST_LEGEND = 8
_TAKEN_APART = (
    NAME,
    NEED,
    REQUIREMENT,
    HOW_ADDRESSED,
    CONTROL_REFERENCE,
    OBLIGATION,
    *OBLIGATION_FIELDS,
)
"""Targets that become records, or fields of records, of their own."""

_CUT = " … (whole on the sheet Import Log)"


def identifier(table: Contract, number: int) -> str:
    """Return the identifier of that number: `IP-001`."""
    return f"{table.prefix}-{number:03}"


@dataclass
class _Party:
    """A party being put together from its rows."""

    id: str
    fields: dict[str, object]
    notes: list[str] = field(default_factory=list)
    spellings: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Built:
    """What a table became.

    Attributes:
        content: Rows of the register's tables.
        places: Where each cell of the table went.
        set_aside: Rows of the table that name no party.
        tasks: What the table says without saying of which record.
    """

    content: Content
    places: Places
    set_aside: tuple[int, ...]
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the row at hand.

    Attributes:
        mapping: Its column's mapping.
        text: Its text, stripped.
        value: Its value.
        place: Its row and column, merged cells by their first.
    """

    mapping: ColumnMapping
    text: str
    value: object
    place: tuple[int, int]


def build(table: Table, mappings: Iterable[ColumnMapping], content: Content) -> Built:
    """Turn the rows of a table into rows of a register.

    Args:
        table: The table.
        mappings: Where its columns go.
        content: An empty register's rows, which are extended.
    """
    builder = _Builder(table, tuple(mappings), content)
    builder.run()
    return Built(content, builder.places, tuple(builder.set_aside), tuple(builder.tasks))


def _columns_beside(table: Table, mapped: set[int]) -> dict[int, ColumnMapping]:
    """Return the columns that belong to the table's rows although no heading of it says so.

    They follow the table without an empty column between, or hold something in at least half of
    its rows and in more than a legend has. What else stands beside it has rows of its own.
    """
    rows = Counter(column for row in table.rows for column in table.sheet.filled(row))
    found: dict[int, ColumnMapping] = {}
    for column in sorted(rows.keys() - mapped):
        joined = {column - 1, column + 1} & (mapped | found.keys())
        if joined or rows[column] > max(_LONGEST_LEGEND, len(table.rows) // 2):
            heading = table.sheet.text(table.header, column) or f"Column {column_letters(column)}"
            found[column] = ColumnMapping(column, heading, NOTES, 1.0, "it stands beside the table")
    return found


class _Builder:
    def __init__(self, table: Table, mappings: tuple[ColumnMapping, ...], content: Content) -> None:
        self._table, self._mappings, self._content = table, mappings, content
        self._name_column = next(m.column for m in mappings if m.to == NAME)
        self._parties: dict[str, _Party] = {}
        self._requirements = content[REQUIREMENTS.name]
        self._links = content[ISMS_LINKS.name]
        self._obligations = content[OBLIGATIONS.name]
        self._laws: dict[str, dict[str, object]] = {}
        self._said: dict[str, set[str]] = {}
        self._several_rows = self._has_several_rows()
        self._day_first = {
            m.column: day_comes_first(table.text(row, m.column) for row in table.rows)
            for m in mappings
            if m.to in DATE_TARGETS
        }
        self._beside = _columns_beside(table, {m.column for m in mappings})
        self.places: Places = {}
        self.set_aside: list[int] = []
        self.tasks: list[Task] = []

    def _has_several_rows(self) -> bool:
        """Whether a row stands for a requirement rather than for a party."""
        names = [key_of(self._table.text(r, self._name_column)) for r in self._table.rows]
        counts = Counter(names)
        return any(not name or count > 1 for name, count in counts.items())

    # --- where a cell went ------------------------------------------------------------------

    def _log(self, cell: _Cell, sheet: str, record: str, heading: str, how: str) -> None:
        placed = Placed(sheet, record, heading, how)
        entries = self.places.setdefault(cell.place, [])
        if placed not in entries[-3:]:
            entries.append(placed)

    def _keep(self, place: tuple[int, int], why: str) -> None:
        self.places.setdefault(place, []).append(Placed("", "", "", f"{KEPT}{why}"))

    def run(self) -> None:
        table = self._table
        self._place_headings()
        side = section = ""
        party: _Party | None = None
        bands = dict(table.bands)
        order = sorted({*table.rows, *bands})
        for row, below in zip_longest(order, order[1:], fillvalue=0):
            if row in bands:
                text = bands[row]
                if text:
                    side = inside_or_outside(text)
                    section = "" if side else text
                    party = None
                self._place_band(row, text, side, is_empty=not below or bool(bands.get(below)))
                continue
            party = self._row(row, party, side, section)
        for row in table.ragged:
            fields = len(table.sheet.rows[row - 1])
            for column in table.sheet.filled(row):
                self._keep(
                    (row, column),
                    f"its line has {fields} fields where the headings have "
                    f"{len(table.sheet.rows[table.header - 1])}, so their order is unclear.",
                )
        for row in table.repeats:
            for column in table.sheet.filled(row):
                self.places[row, column] = [Placed("", "", "", REPEATED)]
        self._content[PARTIES.name] += [_finished(p) for p in self._parties.values()]

    def _place_headings(self) -> None:
        table = self._table
        for mapping in self._mappings:
            how = f"Heading: goes to {mapping.to} ({mapping.confidence:.0%}: {mapping.reason})."
            for row in range(table.header - table.header_rows + 1, table.header + 1):
                if table.sheet.value(row, mapping.column) is not None:
                    self.places[row, mapping.column] = [Placed("", "", mapping.to, how)]

    def _place_band(self, row: int, text: str, side: str, *, is_empty: bool) -> None:
        for column in self._table.sheet.filled(row):
            if not text:
                self._keep((row, column), "it is a remark between the rows.")
            elif is_empty:
                self._keep((row, column), "it heads a section in which no party stands.")
            elif side:
                self.places[row, column] = [
                    Placed(
                        PARTIES.sheet,
                        "",
                        "Internal/External",
                        f"Heading of a section: the parties below are {side}, where nothing else "
                        "is said.",
                    )
                ]
            else:
                self.places[row, column] = [
                    Placed(
                        PARTIES.sheet,
                        "",
                        NOTES,
                        "Heading of a section: in the Notes of the parties below.",
                    )
                ]

    # --- a row ------------------------------------------------------------------------------

    def _cells(self, row: int) -> list[_Cell]:
        found = []
        for mapping in self._mappings:
            cell = self._cell(mapping, row)
            if cell.text:
                found.append(cell)
        return found

    def _cell(self, mapping: ColumnMapping, row: int) -> _Cell:
        place = self._table.merges.anchor(row, mapping.column)
        text = self._table.text(row, mapping.column)
        return _Cell(mapping, text, self._table.sheet.value(*place), place)

    def _row(self, row: int, party: _Party | None, side: str, section: str) -> _Party | None:
        cells = self._cells(row)
        name = next((c for c in cells if c.mapping.to == NAME), None)
        if name is not None:
            key = key_of(name.text)
            is_new = key not in self._parties
            party = self._parties.get(key) or self._new_party(key, name.text)
        elif party is not None:
            is_new = False
        else:
            self.set_aside.append(row)
            for column in self._table.sheet.filled(row):
                self._keep((row, column), "its row names no party, and none stands above it.")
            return None
        if is_new and section:
            party.notes.append(f"Section: {section}")
        requirements = self._requirements_of(cells, party)
        for cell in cells:
            self._apply(cell, party, requirements)
        self._oblige(cells, requirements, party)
        self._link(cells, requirements, party)
        if name is not None:
            self._name(name, party, side, is_new=is_new)
        self._take_beside(row, party, requirements)
        return party

    def _take_beside(self, row: int, party: _Party, requirements: list[dict[str, object]]) -> None:
        """Note what stands beside the table in columns of its own, as in a row of the party's."""
        is_other = False
        for column in self._table.sheet.filled(row):
            if (row, column) in self.places:
                continue
            mapping = self._beside.get(column)
            if mapping is not None and NAME in heading_targets(mapping.heading):
                text = self._table.text(row, column)
                is_other = key_of(text) != key_of(str(party.fields["Name"]))
            if mapping is None or is_other:
                self._keep((row, column), "it stands apart from the table.")
                continue
            cell = self._cell(mapping, row)
            self._note(cell, party, requirements, "In Notes: it stands beside the table.")

    def _new_party(self, key: str, name: str) -> _Party:
        number = len(self._content[PARTIES.name]) + len(self._parties) + 1
        fields: dict[str, object] = {
            "Name": fitted(" ".join(name.split()), _CUT),
        }
        party = self._parties[key] = _Party(identifier(PARTIES, number), fields)
        return party

    def _name(self, cell: _Cell, party: _Party, side: str, *, is_new: bool) -> None:
        how = ["Name." if is_new else "The same party as above."]
        if "Party type" not in party.fields:
            kind = party_type_of(cell.text)
            if kind:
                party.fields["Party type"] = kind
                how.append(f"Party type {kind}, from the name.")
        if "Internal/External" not in party.fields:
            kind = str(party.fields.get("Party type", ""))
            words = set(key_of(cell.text).split())
            if side:
                party.fields["Internal/External"] = side
                how.append(f"{side}, from the section's heading.")
            elif not {"internal", "external"} & words and kind in (*_INSIDE, *_OUTSIDE):
                where = "Internal" if kind in _INSIDE else "External"
                party.fields["Internal/External"] = where
                how.append(f"{where}, as {kind} are.")
        if not fits(cell.text):
            how.append("Cut at the longest text a cell can hold.")
        self._log(cell, PARTIES.sheet, party.id, "Name", " ".join(how))
        spelling = " ".join(cell.text.split()).casefold()
        if spelling not in party.spellings:
            party.spellings.add(spelling)
            if not is_new:
                self._note(cell, party, [], "In Notes as well, as it is spelt otherwise.")

    def _requirements_of(self, cells: list[_Cell], party: _Party) -> list[dict[str, object]]:
        made: list[dict[str, object]] = []
        for cell in cells:
            if cell.mapping.to not in (NEED, REQUIREMENT):
                continue
            pieces = split_requirements(cell.text)
            first = len(self._requirements) + 1
            for piece in pieces:
                row: dict[str, object] = {
                    "Requirement ID": identifier(REQUIREMENTS, len(self._requirements) + 1),
                    "Party ID": party.id,
                    "Requirement": fitted(piece, _CUT),
                }
                self._requirements.append(row)
                made.append(row)
            ids = identifier(REQUIREMENTS, first)
            how = "Requirement."
            if len(pieces) > 1:
                ids += f" to {identifier(REQUIREMENTS, len(self._requirements))}"
                how = f"Split into {len(pieces)} requirements."
            if not all(map(fits, pieces)):
                how += " Cut at the longest text a cell can hold."
            self._log(cell, REQUIREMENTS.sheet, ids, "Requirement", how)
        return made

    # --- single fields ----------------------------------------------------------------------

    def _apply(self, cell: _Cell, party: _Party, requirements: list[dict[str, object]]) -> None:
        to = cell.mapping.to
        if to in _TAKEN_APART or to in LINK_FIELDS:
            return
        at_requirement = bool(requirements) and (
            to in REQUIREMENT_FIELDS
            or (self._several_rows and (to in _EITHER_FIELDS or to in (NOTES, OWN_ID)))
        )
        if to in (NOTES, OWN_ID):
            why = (
                "Own identifier, kept in Notes." if to == OWN_ID else "In Notes, under its heading."
            )
            self._note(cell, party, requirements, why)
            return
        if to in REQUIREMENT_FIELDS and not requirements:
            self._note(cell, party, requirements, "In Notes: its row names no requirement.")
            return
        value, how, whole = _converted(cell, self._day_first.get(cell.mapping.column))
        table = REQUIREMENTS if at_requirement else PARTIES
        if to in CHOICES and value not in table.column(to).allowed:
            value, how = None, f"{table.sheet} have no such value"
        if value is None:
            self._note(cell, party, requirements, f"In Notes, as it is: {how}.")
            return
        if at_requirement:
            for row in requirements:
                row[to] = value
            self._log(cell, REQUIREMENTS.sheet, _ids(requirements), to, how)
        elif to not in party.fields or party.fields[to] == value:
            party.fields[to] = value
            self._log(cell, PARTIES.sheet, party.id, to, how)
        else:
            self._note(cell, party, requirements, "In Notes: an earlier row says otherwise.")
            return
        if not whole:
            self._note(cell, party, requirements, "In Notes as well, as it stands.")

    def _note(
        self, cell: _Cell, party: _Party, requirements: list[dict[str, object]], how: str
    ) -> None:
        """Put a cell into Notes under its heading: of the row's requirement, else of the party."""
        heading = " ".join(cell.mapping.heading.split())
        text = cell.text if key_of(heading) == key_of(NOTES) else f"{heading}: {cell.text}"
        of_requirement = cell.mapping.to in (
            *REQUIREMENT_FIELDS,
            HOW_ADDRESSED,
            CONTROL_REFERENCE,
            *LINK_FIELDS,
            OBLIGATION,
            *OBLIGATION_FIELDS,
        )
        if requirements and (self._several_rows or of_requirement):
            row = requirements[0]
            notes = f"{row['Notes']}\n{text}" if row.get("Notes") else text
            row["Notes"] = fitted(notes, _CUT)
            self._log(cell, REQUIREMENTS.sheet, str(row["Requirement ID"]), NOTES, how)
        else:
            if text not in party.notes:
                party.notes.append(text)
            self._log(cell, PARTIES.sheet, party.id, NOTES, how)

    def _link(
        self, cells: list[_Cell], requirements: list[dict[str, object]], party: _Party
    ) -> None:
        first = len(self._links)
        needs = [c.text for c in cells if c.mapping.to in (NEED, REQUIREMENT)]
        needs_text = needs[0] if len(needs) == 1 else ""
        for cell in cells:
            to = cell.mapping.to
            if to not in (HOW_ADDRESSED, CONTROL_REFERENCE):
                continue
            is_control = to == CONTROL_REFERENCE
            found, whole = mentions(cell.text, control_column=is_control)
            if not requirements or not found:
                why = (
                    "its row names no requirement"
                    if not requirements
                    else "it names no control, policy or procedure"
                )
                of = requirements if len(requirements) == 1 else []
                self._note(cell, party, of, f"In Notes: {why}.")
                continue
            by_requirement = None
            if not self._spans_rows(cell):
                by_requirement = mentions_by_requirement(
                    cell.text, needs_text, len(requirements), control_column=is_control
                )
            if by_requirement is None or sum(map(len, by_requirement)) > _MOST_LINKS_A_ROW:
                self._propose(cell, party, requirements, found)
                continue
            begin = len(self._links)
            for row, named in zip(requirements, by_requirement, strict=True):
                for mention in named:
                    self._add_link(row, mention)
            ids = _ids(self._links[begin:])
            self._log(cell, ISMS_LINKS.sheet, ids, "Reference", "Links to what it names.")
            if not whole:
                of = requirements if len(requirements) == 1 else []
                self._note(cell, party, of, "In Notes as well, as it stands.")
        self._describe_links(cells, self._links[first:], requirements, party)

    def _describe_links(
        self,
        cells: list[_Cell],
        made: list[dict[str, object]],
        requirements: list[dict[str, object]],
        party: _Party,
    ) -> None:
        """Say of a row's links what the row says of them, where they answer one requirement."""
        for cell in cells:
            heading = LINK_FIELDS.get(cell.mapping.to)
            if heading is None:
                continue
            if len({link["Requirement ID"] for link in made}) != 1:
                why = "it does not say of which requirement" if made else "its row became no link"
                self._note(cell, party, requirements if not made else [], f"In Notes: {why}.")
                continue
            value, how, _ = _converted(cell, self._day_first.get(cell.mapping.column))
            if value is None:
                self._note(cell, party, requirements, f"In Notes, as it is: {how}.")
                continue
            for link in made:
                link[heading] = value
            self._log(cell, ISMS_LINKS.sheet, _ids(made), heading, f"{heading}.")

    def _oblige(
        self, cells: list[_Cell], requirements: list[dict[str, object]], party: _Party
    ) -> None:
        """Make an obligation of the law that a row names, and tie the row's one requirement to it."""
        named = next((c for c in cells if c.mapping.to == OBLIGATION), None) or next(
            (c for c in cells if c.mapping.to == "Citation"), None
        )
        about = [c for c in cells if c.mapping.to in (OBLIGATION, *OBLIGATION_FIELDS)]
        if named is None:
            for cell in about:
                self._note(cell, party, requirements, "In Notes: its row names no law.")
            return
        key = key_of(named.text)
        row = self._laws.get(key)
        if row is None:
            number = len(self._obligations) + 1
            row = self._laws[key] = {
                "Obligation ID": identifier(OBLIGATIONS, number),
                "Title": fitted(" ".join(named.text.split()), _CUT),
                "Applies": "To be determined",
            }
            self._obligations.append(row)
            self._said[key] = set()
        for cell in about:
            heading = "Title" if cell is named else cell.mapping.to
            value, how, _ = _converted(cell, self._day_first.get(cell.mapping.column))
            if value is None:
                self._note(cell, party, requirements, f"In Notes, as it is: {how}.")
                continue
            if cell is named and cell.mapping.to == "Citation":
                row["Citation"] = value
            elif cell is not named and heading in self._said[key] and row[heading] != value:
                self._note(cell, party, requirements, "In Notes: an earlier row says otherwise.")
                continue
            elif cell is not named:
                row[heading] = value
                self._said[key].add(heading)
            self._log(cell, OBLIGATIONS.sheet, str(row["Obligation ID"]), heading, f"{heading}.")
        if len(requirements) == 1 and not self._spans_rows(named):
            requirements[0]["Obligation ID"] = row["Obligation ID"]

    def _spans_rows(self, cell: _Cell) -> bool:
        """Whether a cell is merged over several rows, and so is said of the requirements of all."""
        areas = self._table.merges.areas
        return any((a.top, a.left) == cell.place and a.bottom > a.top for a in areas)

    def _propose(
        self,
        cell: _Cell,
        party: _Party,
        requirements: list[dict[str, object]],
        found: list[Mention],
    ) -> None:
        """Keep what is said of several requirements at once as text, with a task to link it."""
        self._note(cell, party, [], "In Notes: it does not say for which requirement.")
        sheet = self._table.sheet
        address = sheet.address(*cell.place)
        place = f"{sheet.name}, {address}" if sheet.name else address
        if any(task.place == place for task in self.tasks[-_MOST_LINKS_A_ROW:]):
            return  # the rows of one merged cell
        named = "; ".join(f"{mention.link_type}: {mention.reference}" for mention in found)
        ids = "several rows" if self._spans_rows(cell) else _ids(requirements)
        self.tasks.append(
            Task(
                f"No link was made, as it is said of {ids} together.",
                place,
                cell.text,
                f"Link the requirements it answers to {named}.",
            )
        )

    def _add_link(self, requirement: dict[str, object], mention: Mention) -> None:
        self._links.append(
            {
                "Link ID": identifier(ISMS_LINKS, len(self._links) + 1),
                "Requirement ID": requirement["Requirement ID"],
                "Link type": mention.link_type,
                "Reference": mention.reference,
            }
        )


def _ids(rows: list[dict[str, object]]) -> str:
    ids = [str(next(iter(row.values()))) for row in rows]
    return ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]}"


def _finished(party: _Party) -> dict[str, object]:
    row: dict[str, object] = {
        "Party ID": party.id,
        **party.fields,
        "Identified through": party.fields.get("Identified through", "Previous register"),
    }
    if party.notes:
        row["Notes"] = fitted("\n".join(party.notes), _CUT)
    return row


def _converted(cell: _Cell, day_first: bool | None) -> tuple[object, str, bool]:
    """Return a cell's value as ours, how, and whether nothing of it is left to keep.

    The value is None where it is not clear.

    Args:
        cell: The cell.
        day_first: Whether a column of dates writes the day before the month, where it settles that.
    """
    to, mapping = cell.mapping.to, cell.mapping
    text = mapping.values.get(key_of(cell.text), cell.text)
    if to in SCORE_TARGETS:
        score = mapping.scale.convert(text) if mapping.scale is not None else None
        if score is None or mapping.scale is None:
            return None, "it is not on the column's scale", True
        bare = "/" not in text or not level_of(text)
        return score, f"{score}, by the rule {mapping.scale.rule}.", bare
    if to in DATE_TARGETS:
        found = date_of(cell.value if text == cell.text else text, day_first=day_first)
        return found, _date_words(found), not has_time(cell.value)
    if to in WORD_KINDS:
        word = word_of(WORD_KINDS[to], text)
        return word or None, f"{word}." if word else f"it is not clear for {to}", True
    if to in CHOICES:
        choice = choice_of(to, text)
        return choice or None, f"{choice}." if choice else f"it is none of the values of {to}", True
    if to == "Party type":
        kind = party_type_of(text)
        exact = word_of("Party type", text) or word_of("Party type (whole)", text)
        return kind or None, f"{kind}." if kind else "it is none of the party types", bool(exact)
    how = f"{to}."
    if not fits(text):
        how += " Cut at the longest text a cell can hold."
    return fitted(carried(text), _CUT), how, True


def _date_words(found: date | None) -> str:
    return f"The date {found.isoformat()}." if found else "no single date can be meant for certain"
