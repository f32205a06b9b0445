import pytest

from db.search.splitting import MAX_SPLIT_CHARACTERS, pieces, split

KNOWN = {"pink": 900, "floyd": 90, "let": 500, "it": 9_000, "be": 8_000, "le": 4_000, "tit": 1}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("pinkfloyd", ["pink", "floyd"]),
        ("letitbe", ["let", "it", "be"]),
        ("pinkfloy", []),
        ("pink", ["pink"]),
        ("bebebebe", ["be", "be", "be", "be"]),
        ("bebebebebe", []),
        ("", []),
    ],
)
def test_words_that_were_run_together(word: str, expected: list[str]) -> None:
    assert split(word, KNOWN) == expected


def test_a_word_of_the_greatest_length_has_a_bounded_number_of_pieces() -> None:
    found = list(pieces("x" * MAX_SPLIT_CHARACTERS))
    assert len(found) == 275
    assert "x" not in found
    assert "x" * MAX_SPLIT_CHARACTERS not in found
