"""CTX: context, PESTLE and climate, 4.1 and 4.2 with Amendment 1:2024."""

from __future__ import annotations

from collections.abc import Iterator

from isms_xl.catalogue import Circumstances, Hit, Wording, rule
from isms_xl.contract import DOCUMENT_CONTROL, FACTORS, PESTLE
from isms_xl.finding import Basis, Severity
from isms_xl.register import Register


@rule(
    "CTX001",
    Severity.MINOR,
    Basis.PRACTICE,
    "4.1",
    sheet=PESTLE.sheet,
    title="A PESTLE factor has no entry",
    message="The PESTLE analysis has no entry for the factor {record}.",
    remedy="Enter at least one issue of the factor {record} and the parties it brings to mind; if there "
    "is none, write down that and why.",
    needs=("Pestle", "Pestle/Factor"),
    checklist=("A1", "F1"),
)
def factor_without_entry(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Parties are overlooked where nobody looked: each of the six factors deserves a thought."""
    covered = set(register["Pestle"].values["Factor"])
    for factor in FACTORS:
        if factor not in covered:
            yield Hit(subject=factor)


@rule(
    "CTX002",
    Severity.MINOR,
    Basis.STANDARD,
    "4.1 (Amd 1:2024)",
    sheet=DOCUMENT_CONTROL.sheet,
    title="Climate change: the determination or its rationale is blank",
    message="It has not been determined whether climate change is a relevant issue.",
    remedy="Decide Yes or No in Document Control; both are allowed, no answer is not.",
    variants={
        "rationale": Wording(
            "The rationale for the climate change determination is blank.",
            "Write in Document Control why climate change is or is not relevant to your ISMS.",
        )
    },
    needs=("DocumentControl",),
    checklist=("A1",),
)
def climate_undetermined(register: Register, on: Circumstances) -> Iterator[Hit]:
    """Amendment 1:2024 added to clause 4.1 that climate change must be considered."""
    for heading, wording in (
        ("Climate change determined to be relevant", ""),
        ("Climate change rationale", "rationale"),
    ):
        field = register.field(heading)
        if field.blank(heading):
            yield Hit(field, heading, wording=wording)


@rule(
    "CTX003",
    Severity.OBS,
    Basis.PRACTICE,
    "4.1",
    sheet=PESTLE.sheet,
    title="A PESTLE entry names no party",
    message="The issue “{label}” ({factor}) names no interested party.",
    remedy="Enter in Party ID whom the issue concerns; it may be a party that is still missing.",
    needs=("Pestle",),
    checklist=("A1", "F1"),
)
def entry_without_party(register: Register, on: Circumstances) -> Iterator[Hit]:
    """PESTLE serves 4.2 only when it leads to interested parties."""
    for entry in register["Pestle"]:
        if entry.blank("Party ID"):
            yield Hit(entry, "Party ID", {"factor": entry.text("Factor") or "PESTLE"})
