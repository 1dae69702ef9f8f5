"""What a person sees on the terminal of audit copies: where they are, and whether they are right."""

from __future__ import annotations

from rich.console import Console

from isms_xl.audit_copy.verifying import SheetDifference, Verdict, Verification
from isms_xl.console import shown
from isms_xl.copying import Written
from isms_xl.digest import short_form
from isms_xl.document_state import State
from isms_xl.register import shortened
from isms_xl.words import calculated_sentence, counted, join_words

_SHOWN_ROWS = 5
_LONGEST_ROW = 160


def print_copy(out: Console, written: Written) -> None:
    """Print where an audit copy is, and the digests that stand on its cover."""
    identity = written.copy.identity
    state = identity.state
    if state.state is State.ALTERED:
        out.print(
            "[bold red]The history of versions was altered (DOC005).[/bold red] The copy says so; no "
            "approval in that history counts.",
            soft_wrap=True,
        )
    out.print(f"Audit copy written to {shown(str(written.path))}.", soft_wrap=True)
    if written.pdf is not None:
        out.print(f"PDF written to {shown(str(written.pdf))}.", soft_wrap=True)
    out.print(f"  Version: {shown(state.version_words)}, as of {identity.as_of.isoformat()}")
    out.print(f"  Approved: {shown(state.approval_words)}", soft_wrap=True)
    out.print(f"  Digest of the register: {short_form(identity.digest)}")
    out.print(f"  Digest of the copy:     {short_form(written.copy.digest)}")


def print_verification(out: Console, found: Verification) -> None:
    """Print whether a copy and a register belong together and, if not, what differs."""
    copy = found.properties
    match found.verdict:
        case Verdict.SAME:
            out.print("[green]They belong together.[/green]")
        case Verdict.SAME_CONTENT:
            out.print(
                "[green]They belong together: the content is the same.[/green] Around it something was "
                "added since, such as an approval or findings; it is listed below."
            )
        case Verdict.OTHER:
            out.print("[bold red]They do not belong together as they stand.[/bold red]")
    if found.is_intact:
        out.print(f"  The copy is as it was made ({short_form(copy.copy_digest)}).")
    else:
        sheets = join_words([shown(name) for name in found.changed_sheets])
        out.print(f"  The copy was changed after it was made, on: {sheets}.")
    if found.same_content:
        out.print(
            f"  The register has the content that was copied ({short_form(copy.register_digest)})."
        )
    else:
        was = f"version {shown(copy.version)}" if copy.version else "a register without a version"
        now = found.register_version
        out.print(
            f"  The content differs: the copy is of {was} ({short_form(copy.register_digest)}), the "
            f"register is now {f'at version {shown(now)}' if now else 'without a version'} "
            f"({short_form(found.register_digest)})."
        )
        if found.recorded_as:
            out.print(
                f"  The register's history records the content of the copy as version "
                f"{shown(found.recorded_as)}."
            )
    if found.calculated:
        out.print(f"  {calculated_sentence(found.calculated)}")
    if found.differences is None:
        out.print(
            f"  The copy was made by isms-xl {shown(copy.made_by)}, so only the digests were compared."
        )
    for difference in found.differences or ():
        _print_difference(out, difference)


def _print_difference(out: Console, difference: SheetDifference) -> None:
    out.print(f"\n  [bold]{shown(difference.sheet)}[/bold]")
    for whose, rows in (
        ("only the copy has", difference.copy_only),
        ("only the register gives", difference.register_only),
    ):
        for row in rows[:_SHOWN_ROWS]:
            out.print(f"    {whose}: {shown(shortened(row, _LONGEST_ROW))}", soft_wrap=True)
        if len(rows) > _SHOWN_ROWS:
            out.print(f"    {whose} {counted(len(rows) - _SHOWN_ROWS, 'further row')}")
