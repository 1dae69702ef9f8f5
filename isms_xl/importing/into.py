"""Import into a living register: what it lacks is shown, and added without touching the rest.

Rows are put into the XML of the sheets as text; whatever else the parts hold stays byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from isms_xl.books.appending import appended
from isms_xl.books.file import FileBook, with_tool_table
from isms_xl.changes import Row
from isms_xl.content import Content
from isms_xl.contract import ISMS_LINKS, PARTIES, REQUIREMENTS
from isms_xl.contract import Table as Contract
from isms_xl.importing.building import identifier
from isms_xl.importing.importer import Imported
from isms_xl.importing.log import IMPORT_LOG
from isms_xl.importing.words import key_of
from isms_xl.register import Register, text_of

_SIMILAR = 85
_MOST_COMPARED = 2_000
"""Records beyond which similar ones are not looked for: each is compared with all others."""

_COMPARED = ("Party type", "Internal/External", "Relevant to ISMS", "Power", "Interest", "Owner")
LEFT = "Not added, or not all of it: it belongs to a record that stands in the register already."
_NUMBER = re.compile(r"(\d+)\s*$")


@dataclass(frozen=True)
class Additions:
    """What a register lacks, with identifiers of that register.

    Attributes:
        parties: Rows for its parties.
        requirements: Rows for its requirements.
        links: Rows for its links, of new requirements only.
        similar: The record there that a new one is much like, by the new identifier.
        differing: Fields that say something else there, as sentences; they are left as they are.
        renamed: New identifiers by those of the import.
    """

    parties: Sequence[Mapping[str, object]]
    requirements: Sequence[Mapping[str, object]]
    links: Sequence[Mapping[str, object]]
    similar: Mapping[str, str]
    differing: Sequence[str]
    renamed: Mapping[str, str]

    @property
    def any(self) -> bool:
        """Whether anything is to be added."""
        return bool(self.parties or self.requirements or self.links)


def _next_number(register: Register, table: Contract) -> int:
    numbers = [
        int(found[1]) for name in register[table.name].ids if (found := _NUMBER.search(name))
    ]
    return max(numbers, default=0) + 1


def additions(register: Register, content: Content) -> Additions:
    """Compare an import with a register, by party and requirement.

    Args:
        register: The living register.
        content: Rows of the import.
    """
    renamed: dict[str, str] = {}
    similar: dict[str, str] = {}
    differing: list[str] = []
    known = {key_of(p.text("Name")): p for p in register.parties.records if p.id}
    number = _next_number(register, PARTIES)
    parties = []
    for row in content[PARTIES.name]:
        old, name = str(row["Party ID"]), str(row["Name"])
        there = known.get(key_of(name))
        if there is not None:
            renamed[old] = there.id
            for heading in _COMPARED:
                new, present = text_of(row.get(heading)), text_of(there.raw(heading))
                if new and new.casefold() != present.casefold():
                    differing.append(
                        f"{there.id} {there.label}, {heading}: {present or 'blank'} there, {new} "
                        "in the import"
                    )
            continue
        renamed[old] = identifier(PARTIES, number)
        number += 1
        parties.append({**row, "Party ID": renamed[old]})
        like = _like(key_of(name), known)
        if like:
            similar[renamed[old]] = f"{known[like].id} {known[like].label}"
    requirements = _new_requirements(register, content, renamed, similar)
    number = _next_number(register, ISMS_LINKS)
    new_ids = {str(row["Requirement ID"]) for row in requirements}
    links = []
    for row in content[ISMS_LINKS.name]:
        of = renamed[str(row["Requirement ID"])]
        if of in new_ids:
            renamed[str(row["Link ID"])] = identifier(ISMS_LINKS, number)
            number += 1
            links.append({**row, "Link ID": renamed[str(row["Link ID"])], "Requirement ID": of})
        else:
            renamed[str(row["Link ID"])] = of
    return Additions(parties, requirements, links, similar, differing, renamed)


def _new_requirements(
    register: Register, content: Content, renamed: dict[str, str], similar: dict[str, str]
) -> list[dict[str, object]]:
    by_party: dict[str, dict[str, str]] = {}
    for record in register.requirements.records:
        for party in record.many("Party ID"):
            by_party.setdefault(party, {})[key_of(record.text("Requirement"))] = record.name
    number = _next_number(register, REQUIREMENTS)
    found = []
    for row in content[REQUIREMENTS.name]:
        party, key = renamed[str(row["Party ID"])], key_of(str(row["Requirement"]))
        there = by_party.get(party, {})
        old = str(row["Requirement ID"])
        if key in there:
            renamed[old] = there[key]
            continue
        renamed[old] = identifier(REQUIREMENTS, number)
        number += 1
        found.append({**row, "Requirement ID": renamed[old], "Party ID": party})
        like = _like(key, there)
        if like:
            similar[renamed[old]] = f"{there[like]} {like}"
    return found


def _like(key: str, known: Mapping[str, object]) -> str:
    if len(known) > _MOST_COMPARED:
        return ""
    best = process.extractOne(key, known.keys(), scorer=fuzz.token_set_ratio, score_cutoff=_SIMILAR)
    return str(best[0]) if best else ""


def with_additions(book: FileBook, found: Additions, imported: Imported) -> bytes:
    """Return the register's file with the rows added and an Import Log beside them.

    Raises:
        WriteRefusedError: Something stands directly below a table, or the sheet is built in a way
            that rows cannot be added to safely.
    """
    data = book.data
    grids = book.tables().grids
    for table, rows in (
        (PARTIES, found.parties),
        (REQUIREMENTS, found.requirements),
        (ISMS_LINKS, found.links),
    ):
        if rows:
            data = appended(data, table, rows, grids.get(table.name))
    return with_tool_table(data, _free_log(book.tables().sheets), _renamed(imported, found))


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
    new = {
        str(next(iter(row.values()))) for row in (*found.parties, *found.requirements, *found.links)
    }
    rows: list[Row] = []
    for row in imported.log:
        ids = [found.renamed.get(i, i) for i in str(row[record] or "").split(" to ") if i]
        cells = list(row)
        cells[record] = " to ".join(dict.fromkeys(ids))
        if not new.issuperset(ids):
            cells[how] = f"{LEFT} As a new record it would have been: {row[how]}"
        rows.append(tuple(cells))
    return rows
