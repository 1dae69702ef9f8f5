"""Import into a living register: what it lacks is shown, and added without touching the rest.

Rows are put into the XML of the sheets as text; whatever else the parts hold stays byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from isms_xl.books.appending import appended
from isms_xl.books.file import FileBook, with_tool_tables
from isms_xl.changes import Row
from isms_xl.content import Content
from isms_xl.contract import (
    IMPORT_TASKS,
    ISMS_LINKS,
    OBLIGATIONS,
    PARTIES,
    REQUIREMENTS,
    Kind,
    split_references,
)
from isms_xl.contract import Table as Contract
from isms_xl.importing.building import identifier
from isms_xl.importing.imported import Imported
from isms_xl.importing.log import IMPORT_LOG
from isms_xl.importing.tasks import task_rows
from isms_xl.importing.words import key_of
from isms_xl.register import Record, Register, is_blank, reader_of, text_of

_SIMILAR = 85
_MOST_COMPARED = 2_000
"""Records beyond which similar ones are not looked for: each is compared with all others."""

INTO = (OBLIGATIONS, PARTIES, REQUIREMENTS, ISMS_LINKS)
"""Tables that an import adds to, those first that others refer to."""

LEFT = "Not added, or not all of it: it belongs to a record that stands in the register already."
_NUMBER = re.compile(r"(\d+)\s*$")


@dataclass(frozen=True)
class Additions:
    """What a register lacks, with identifiers of that register.

    Attributes:
        obligations: Rows for its obligations.
        parties: Rows for its parties.
        requirements: Rows for its requirements.
        links: Rows for its links.
        similar: The record there that a new one is much like, by the new identifier.
        differing: Fields that say something else there, as sentences; they are left as they are.
        renamed: New identifiers by those of the import.
    """

    obligations: Sequence[Mapping[str, object]]
    parties: Sequence[Mapping[str, object]]
    requirements: Sequence[Mapping[str, object]]
    links: Sequence[Mapping[str, object]]
    similar: Mapping[str, str]
    differing: Sequence[str]
    renamed: Mapping[str, str]

    @property
    def any(self) -> bool:
        """Whether anything is to be added."""
        return any(self.of(table) for table in INTO)

    def of(self, table: Contract) -> Sequence[Mapping[str, object]]:
        """Return the rows for one of the tables an import adds to."""
        return {
            OBLIGATIONS: self.obligations,
            PARTIES: self.parties,
            REQUIREMENTS: self.requirements,
            ISMS_LINKS: self.links,
        }[table]


def additions(register: Register, content: Content) -> Additions:
    """Compare an import with a register: every column of obligations, parties, requirements and links.

    An obligation is known by its title, a party by its name, a requirement by its party and its text,
    and a link by its requirement, its type and its reference.

    Args:
        register: The living register.
        content: Rows of the import.
    """
    comparison = _Comparison(register)
    obligations = comparison.new_rows(OBLIGATIONS, content, ("Title",))
    parties = comparison.new_rows(PARTIES, content, ("Name",))
    requirements = comparison.new_rows(REQUIREMENTS, content, ("Party ID", "Requirement"))
    links = comparison.new_rows(ISMS_LINKS, content, ("Requirement ID", "Link type", "Reference"))
    return Additions(
        obligations,
        parties,
        requirements,
        links,
        comparison.similar,
        comparison.differing,
        comparison.renamed,
    )


class _Comparison:
    """Compares table after table, since identifiers of one are references in the next."""

    def __init__(self, register: Register) -> None:
        self.similar: dict[str, str] = {}
        self.differing: list[str] = []
        self.renamed: dict[str, str] = {}
        self._register = register

    def new_rows(
        self, table: Contract, content: Content, known_by: Sequence[str]
    ) -> list[dict[str, object]]:
        """Return the rows the register lacks, under identifiers that are free in it.

        Args:
            table: One of the tables an import adds to.
            content: Rows of the import.
            known_by: Headings of the columns that tell which record is meant; the last holds words.
        """
        heading = _identifier(table)
        known: dict[tuple[str, ...], dict[str, Record]] = {}
        for record in self._register[table.name]:
            for *scope, words in self._keys(table, known_by, {h: record.raw(h) for h in known_by}):
                known.setdefault(tuple(scope), {}).setdefault(words, record)
        number = _next_number(self._register, table)
        found = []
        for row in content[table.name]:
            row = {**row, **self._references(table, row)}
            old = text_of(row.get(heading))
            keys = self._keys(table, known_by, row)
            found_there = (known.get(tuple(scope), {}).get(words) for *scope, words in keys)
            there = next(filter(None, found_there), None)
            if there is not None:
                self.renamed[old] = there.name
                self._compare(table, there, row, known_by)
                continue
            self.renamed[old] = new = identifier(table, number)
            number += 1
            found.append({**row, heading: new})
            if table is not ISMS_LINKS:
                for *scope, words in keys:
                    within = known.get(tuple(scope), {})
                    like = _like(words, within)
                    if like:
                        self.similar[new] = f"{within[like].name} {within[like].label}"
        return found

    def _references(self, table: Contract, row: Mapping[str, object]) -> dict[str, object]:
        """Return the row's references to records of the import as the register calls these."""
        renamed: dict[str, object] = {}
        for column in table.typed_columns:
            if column.kind is Kind.REFERENCE and (text := text_of(row.get(column.heading))):
                ids = (self.renamed.get(i, i) for i in split_references(text))
                renamed[column.heading] = "; ".join(dict.fromkeys(ids))
        return renamed

    @staticmethod
    def _keys(
        table: Contract, known_by: Sequence[str], row: Mapping[str, object]
    ) -> list[tuple[str, ...]]:
        """Return what tells a record: one key for each record it belongs to."""
        *scopes, last = known_by
        keys: list[tuple[str, ...]] = [()]
        for heading in scopes:
            text = text_of(row.get(heading))
            is_reference = table.column(heading).kind is Kind.REFERENCE
            parts = split_references(text) if is_reference else (key_of(text),)
            keys = [(*key, part.upper()) for key in keys for part in (parts or ("",))]
        return [(*key, key_of(text_of(row.get(last)))) for key in keys]

    def _compare(
        self, table: Contract, there: Record, row: Mapping[str, object], known_by: Sequence[str]
    ) -> None:
        """Note in which columns the import says something else than the register."""
        for column in table.typed_columns:
            heading = column.heading
            new, present = row.get(heading), there.raw(heading)
            if is_blank(new) or column is table.identifier or heading == known_by[-1]:
                continue
            typed = reader_of(column)
            same = text_of(new).casefold() == text_of(present).casefold()
            if same or (typed(new) is not None and typed(new) == typed(present)):
                continue
            self.differing.append(
                f"{there.name} {there.label}, {heading}: {text_of(present) or 'blank'} there, "
                f"{text_of(new)} in the import"
            )


def _identifier(table: Contract) -> str:
    if table.identifier is None:
        raise KeyError(table.name)
    return table.identifier.heading


def _next_number(register: Register, table: Contract) -> int:
    numbers = [
        int(found[1]) for name in register[table.name].ids if (found := _NUMBER.search(name))
    ]
    return max(numbers, default=0) + 1


def _like(key: str, known: Mapping[str, object]) -> str:
    if len(known) > _MOST_COMPARED:
        return ""
    best = process.extractOne(key, known.keys(), scorer=fuzz.token_set_ratio, score_cutoff=_SIMILAR)
    return str(best[0]) if best else ""


def with_additions(book: FileBook, found: Additions, imported: Imported) -> bytes:
    """Return the register's file with the rows added, an Import Log, and what is left to decide.

    Raises:
        WriteRefusedError: Something stands directly below a table, or the sheet is built in a way
            that rows cannot be added to safely.
    """
    data = book.data
    grids = book.tables().grids
    for table in INTO:
        if rows := found.of(table):
            data = appended(data, table, rows, grids.get(table.name))
    tables = {_free_log(book.tables().sheets): _renamed(imported, found)}
    if imported.tasks:
        tables[IMPORT_TASKS] = task_rows(imported.tasks, Register(book.tables()))
    return with_tool_tables(data, tables)


def _free_log(sheets: Iterable[str]) -> Contract:
    """Return the log's table under a name that no earlier import has taken."""
    taken = {name.casefold() for name in sheets}
    number = 1
    log = IMPORT_LOG
    while log.sheet.casefold() in taken:
        number += 1
        log = replace(
            IMPORT_LOG, sheet=f"{IMPORT_LOG.sheet} {number}", name=f"{IMPORT_LOG.name}{number}"
        )
    return log


def _renamed(imported: Imported, found: Additions) -> list[Row]:
    """Return the log with the identifiers the register gave, and with what was not added."""
    record, how = (IMPORT_LOG.headings.index(h) for h in ("Record", "What was done"))
    new = {text_of(row.get(_identifier(table))) for table in INTO for row in found.of(table)}
    rows: list[Row] = []
    for row in imported.log:
        ids = [found.renamed.get(i, i) for i in str(row[record] or "").split(" to ") if i]
        cells = list(row)
        cells[record] = " to ".join(dict.fromkeys(ids))
        if not new.issuperset(ids):
            cells[how] = f"{LEFT} As a new record it would have been: {row[how]}"
        rows.append(tuple(cells))
    return rows
