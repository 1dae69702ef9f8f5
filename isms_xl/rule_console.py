"""What a person sees on the terminal of the rules: the catalogue, and each rule with an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from isms_xl.cases import HISTORY, Case, GroupCase, cases_of
from isms_xl.catalogue import FAMILIES, Rule
from isms_xl.console import SEVERITY_STYLE, shown
from isms_xl.contract import TABLES
from isms_xl.finding import Basis
from isms_xl.words import join_words


def print_rules(out: Console, rules: Iterable[Rule]) -> None:
    """Print the catalogue, a line a rule."""
    for family, entries in groupby(rules, key=lambda rule: rule.code[:3]):
        out.print(f"\n[bold]{FAMILIES[family]}[/bold]")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for rule in entries:
            mark = Text(f"{rule.severity.mark} {rule.severity.word}", SEVERITY_STYLE[rule.severity])
            table.add_row(rule.code, mark, rule.basis.value, rule.title)
        out.print(Padding(table, (0, 0, 0, 2)))
    out.print("\nisms-xl rules CODE explains a rule with an example.", style="dim")


def print_rule(out: Console, rule: Rule) -> None:
    """Explain one rule: why it exists, what it says, and an example before and after."""
    out.print(f"[bold]{rule.code}[/bold]  {rule.title}")
    out.print(
        Text(f"{rule.severity.mark} {rule.severity.word}", SEVERITY_STYLE[rule.severity]),
        f"· ISO/IEC 27001:2022, {rule.clause} · {basis_sentence(rule.basis)}",
    )
    out.print(f"\n{rule.why}")
    before, after = example_of(rule)
    if before:
        out.print("\n[bold]Before[/bold]")
        for line in before:
            out.print(f"  {shown(line)}", soft_wrap=False)
        out.print("\n[bold]After[/bold]")
        for line in after:
            out.print(f"  {shown(line)}", soft_wrap=False)
    if not rule.can_be_accepted:
        out.print("\nGaps of this rule cannot be accepted.")


def basis_sentence(basis: Basis) -> str:
    """Return in words whether the standard demands it or practice expects it."""
    if basis is Basis.STANDARD:
        return "a “shall” of the standard"
    return "expected by auditors and published guidance; the standard leaves the form open"


def example_of(rule: Rule) -> tuple[list[str], list[str]]:
    """Return lines that show the rule's first case before and after it is mended."""
    case = next(case for case in cases_of(rule.code) if case.kind == "fires" and case.has_fix)
    finding = next(finding for finding in case.found() if finding.code == rule.code)
    patches, fixes = (
        [
            f"{unit}: {line}" if unit else line
            for unit, patch in case.patches.items()
            for line in lines(patch)
        ]
        for lines in (_patch_lines, _fix_lines)
    )
    if isinstance(case, GroupCase):
        patches = [*_group_lines(case), *patches]
        fixes += [f"A register arrives: {unit}" for unit in case.fix_unit]
    before = [case.shows, *patches, f"Finding: {finding.message}"]
    after = [f"Remedy: {finding.remedy}", *fixes, f"{rule.code} is quiet."]
    return before, after


def _group_lines(case: GroupCase) -> list[str]:
    lines = [f"Registers: {join_words(list(case.unit))}"]
    if case.expected:
        lines.append(f"Expected units: {join_words(case.expected)}")
    return lines


def _value(value: object) -> str:
    return "(blank)" if value in ("", None) else f"“{value}”"


def _place(place: str) -> str:
    """Return a case's place as a person finds it: by the sheet instead of the Excel table."""
    table, *rest = (part.strip() for part in place.split("|"))
    return " | ".join((TABLES[table].sheet, *rest))


def _new_row(table: str, row: Mapping[str, object]) -> str:
    cells = [f"{heading} {_value(value)}" for heading, value in row.items() if heading != "like"]
    like = f" like {row['like']}" if "like" in row else ""
    return f"{_place(table)}, a new row{like}{f': {join_words(cells)}' if cells else ''}"


def _lines(
    values: Mapping[str, object],
    added: Mapping[str, Sequence[Mapping[str, object]]],
    removed: Iterable[str],
) -> list[str]:
    return [
        *(f"{_place(place)}: {_value(value)}" for place, value in values.items()),
        *(_new_row(table, row) for table, rows in added.items() for row in rows),
        *(f"{_place(p)}: {'removed' if '|' in p else 'all rows removed'}" for p in removed),
    ]


def _history(versions: Sequence[str]) -> str:
    stamped = [" of ".join(version.split()) for version in versions]
    return f"Versions: {join_words(stamped) if stamped else 'none'}"


def _patch_lines(case: Case) -> list[str]:
    return [
        *_lines(case.set, case.add, case.remove),
        *(f"Missing: the {part}" for part in case.without),
        *([_history(case.versions)] if case.versions != HISTORY else []),
        *(f"Since the latest version: {line}" for line in _lines(case.since, {}, ())),
    ]


def _fix_lines(case: Case) -> list[str]:
    return [
        *_lines(case.fix, case.fix_add, case.fix_remove),
        *(f"Back in its place: the {part}" for part in case.without if case.fix_parts),
        *([_history(case.fix_versions)] if case.fix_versions else []),
    ]
