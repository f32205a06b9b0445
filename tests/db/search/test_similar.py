import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from db.search.similar import alphabet_of, distance, variants

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@given(st.text(LETTERS, min_size=3, max_size=12))
def test_variants_have_one_error(word: str) -> None:
    found = variants(word, LETTERS)
    assert word not in found
    assert all(OSA.distance(word, variant) == 1 for variant in found)


@given(st.text("abc", min_size=3, max_size=5), st.text("abc", min_size=2, max_size=6))
def test_every_word_with_one_error_is_a_variant(word: str, other: str) -> None:
    assert (other in variants(word, "abc")) == (OSA.distance(word, other) == 1)


def test_a_slip_costs_less_than_another_letter() -> None:
    costs = variants("hallo", LETTERS)
    assert costs["hsllo"] < costs["hpllo"]
    assert costs["halol"] < costs["hpllo"]
    assert costs["halo"] < costs["hall"]
    assert costs["pallo"] > costs["haplo"]


@pytest.mark.parametrize(
    ("word", "known"),
    [("abc", True), ("мир", True), ("עמר", True), ("봄날", False), ("!!!", False)],
)
def test_alphabets(word: str, known: bool) -> None:
    assert (alphabet_of(word) is not None) is known


@pytest.mark.parametrize(
    ("typed", "word", "beginning", "errors"),
    [
        ("bohemain", "bohemian", False, 1),
        ("bohem", "bohemian", False, 3),
        ("bohem", "bohemian", True, 0),
        ("bhoem", "bohemian", True, 1),
        ("xyz", "bohemian", True, 3),
    ],
)
def test_distance(typed: str, word: str, beginning: bool, errors: int) -> None:
    assert distance(typed, word, beginning) == errors
