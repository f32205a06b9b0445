import pytest

from auth.refresh import RefreshToken, new_seed


def test_a_token_is_read_as_it_was_written() -> None:
    token = RefreshToken.first(7, 2**62, new_seed())
    assert RefreshToken.parse(str(token)) == token
    assert len(str(token)) == 90


def test_a_token_does_not_show_its_secret() -> None:
    token = RefreshToken.first(7, 9, new_seed())
    assert token.secret.hex() not in repr(token)
    assert str(token) not in repr(token)


def test_what_follows_is_always_the_same_and_needs_the_seed() -> None:
    seed = new_seed()
    token = RefreshToken.first(7, 9, seed)
    assert token.next(seed) == token.next(seed)
    assert token.next(seed) != token
    assert token.next(new_seed()) != token.next(seed)


def test_a_tag_is_of_one_session_alone() -> None:
    seed = new_seed()
    token = RefreshToken.first(7, 9, seed)
    assert token.is_of(seed)
    assert token.next(seed).is_of(seed)
    assert not token.is_of(new_seed())
    assert not RefreshToken(7, 8, token.tag, token.secret).is_of(seed)


@pytest.mark.parametrize(
    "text", ["", "tnr_", "tnr_" + "A" * 85, "tnr_" + "é" * 86, "tnr_" + "_" * 86, "x" * 90]
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert RefreshToken.parse(text) is None
