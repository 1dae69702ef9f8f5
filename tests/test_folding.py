"""Characters as a reader sees them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isms_xl.contract import heading_key
from isms_xl.folding import as_code, as_seen, odd_in, unseen_in
from isms_xl.register import compare_key, is_blank, plain_letters


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert as_seen(as_seen(text)) == as_seen(text)
    assert as_code(as_code(text)) == as_code(text)


@given(st.text(st.characters(codec="ascii")))
def test_ascii_stays_as_it_is(text: str) -> None:
    assert as_seen(text) == as_code(text) == text
    assert not [*unseen_in(text), *odd_in(text)]


@given(st.text(st.characters(categories=["L", "Nd", "Zs", "P"])))
def test_composed_and_decomposed_letters_are_the_same(text: str) -> None:
    one, other = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert compare_key(one) == compare_key(other)
    assert plain_letters(one) == plain_letters(other)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("IP\u2011003", "IP-003"),
        ("IP\u2013003\u200e", "IP-003"),
        ("\ufeffIP-003", "IP-003"),
        ("ＩＰ－００３", "IP-003"),
        ("\u0410.5.1", "A.5.1"),
        ("\u0391.5.1", "A.5.1"),
        ("IP-001；IP-002、IP-003", "IP-001;IP-002,IP-003"),
        ("Головний орган", "Головний орган"),
        ("Head\u00ad of Legal", "Head of Legal"),
    ],
)
def test_code_is_read_as_it_is_seen(typed: str, read: str) -> None:
    assert as_code(typed) == read


def test_heading_is_read_as_it_is_seen() -> None:
    assert heading_key("Party\u00a0ID\u200b") == heading_key("party id") == "partyid"


@pytest.mark.parametrize("text", ["\u200b", "\u00ad\ufeff", "\u3000\t", "\u2060\n"])
def test_cell_without_anything_to_see_is_blank(text: str) -> None:
    assert is_blank(text)
