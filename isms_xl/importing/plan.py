"""How a file of another layout is understood, before anything is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from isms_xl.errors import UnreadableWorkbookError
from isms_xl.importing.locating import Table
from isms_xl.importing.mapping import GUESSED, NAME, ColumnMapping, map_text, unclear
from isms_xl.importing.source import Source
from isms_xl.register import shortened
from isms_xl.words import counted, join_words


@dataclass(frozen=True)
class Plan:
    """What an import would do, before it does it.

    Attributes:
        source: The file.
        table: The table found in it.
        mappings: Where its columns go.
        others: Places of other tables of parties that are not taken.
    """

    source: Source
    table: Table
    mappings: tuple[ColumnMapping, ...]
    others: tuple[str, ...]

    @property
    def unclear(self) -> list[ColumnMapping]:
        """Columns whose place must be decided by a person."""
        return unclear(self.mappings)

    @property
    def map_text(self) -> str:
        """The mapping as a map file."""
        return map_text(self.table.sheet.name, self.table.header, self.mappings)

    def refuse_unclear(self) -> None:
        """Stop where a column's place is not clear enough to go on without a person.

        Raises:
            UnreadableWorkbookError: A column is below the confidence limit, or none names parties.
        """
        doubtful = self.unclear
        guess = next((m for m in self.mappings if m.reason == GUESSED), None)
        if guess is not None or not any(m.to == NAME for m in self.mappings):
            raise self._nobody_named(guess)
        if doubtful:
            which = [
                f"{m.letters} “{shortened(' '.join(m.heading.split()), 40)}” ({m.to}, "
                f"{m.confidence:.0%}: {m.reason})"
                for m in doubtful
            ]
            raise UnreadableWorkbookError(
                f"It is not clear where {counted(len(doubtful), 'column')} of "
                f"{self.source.name} {'belongs' if len(doubtful) == 1 else 'belong'}: "
                f"{join_words(which)}.",
                "Name the column of the parties with --party-column (a heading or a letter), if that is "
                "what is unclear; or run the import with --dry-run --write-map map.toml, correct the "
                "map, and import with --map map.toml.",
            )

    def _nobody_named(self, guess: ColumnMapping | None) -> UnreadableWorkbookError:
        """Return that no heading says which column names the parties, with the best candidate."""
        best = (
            f"The best candidate is column {guess.letters} "
            f"“{shortened(' '.join(guess.heading.split()), 40)}” ({guess.confidence:.0%}: "
            f"{guess.reason})."
            if guess
            else "No column of it is mapped to Name."
        )
        column = guess.letters if guess else "COLUMN"
        return UnreadableWorkbookError(
            f"{self.source.name} holds no register of interested parties in which a heading says who "
            f"they are ({self.table.place}). {best}",
            f"If it is one, import it with --party-column {column} (a heading or a letter), with "
            "--sheet and --header-row where the list stands elsewhere; or write a map with --dry-run "
            "--write-map map.toml, correct it, and import with --map map.toml.",
        )
