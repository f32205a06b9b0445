import jwt
import pytest

from auth.keys import KeyRing, new_key, parse_keys
from auth.tokens import AccessTokens, Claims, ExpiredToken, InvalidToken

KEY = new_key()
[SIGNING] = parse_keys(KEY).values()
CLAIMS = {"iss": "tonearm", "sub": "7", "sid": "9", "role": "LISTENER", "exp": 1900}
HEADERS = {"kid": SIGNING.id, "typ": "at+jwt"}


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens(KeyRing(KEY), seconds=900)


def test_a_token_says_what_it_was_made_of(tokens: AccessTokens) -> None:
    token, expires_at = tokens.issue(255, 2**62, "CURATOR", now=1000.9)
    assert expires_at == 1900
    assert tokens.verify(token, now=1899.9) == Claims(255, 2**62, "CURATOR", 1900)


def test_a_token_ends(tokens: AccessTokens) -> None:
    token, _ = tokens.issue(7, 9, "LISTENER", now=1000)
    with pytest.raises(ExpiredToken):
        tokens.verify(token, now=1900)


def test_the_token_as_it_should_be_is_taken(tokens: AccessTokens) -> None:
    token = jwt.encode(CLAIMS, SIGNING.secret, "HS256", headers=HEADERS)
    assert tokens.verify(token, now=0).user_id == 7


@pytest.mark.parametrize(
    ("claims", "headers"),
    [
        ({"iss": "others"}, {}),
        ({"sub": "x"}, {}),
        ({"sub": None}, {}),
        ({"sid": None}, {}),
        ({"role": None}, {}),
        ({"exp": None}, {}),
        ({"exp": "soon"}, {}),
        ({}, {"kid": "others"}),
        ({}, {"kid": None}),
        ({}, {"typ": "JWT"}),
    ],
)
def test_a_token_that_differs_in_one_thing_is_refused(
    tokens: AccessTokens, claims: dict[str, str | None], headers: dict[str, str | None]
) -> None:
    changed = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    header = {name: value for name, value in (HEADERS | headers).items() if value is not None}
    with pytest.raises(InvalidToken):
        tokens.verify(jwt.encode(changed, SIGNING.secret, "HS256", headers=header), now=0)


def test_another_algorithm_is_refused(tokens: AccessTokens) -> None:
    for algorithm, secret in (("HS512", SIGNING.secret), ("none", "")):
        with pytest.raises(InvalidToken):
            tokens.verify(jwt.encode(CLAIMS, secret, algorithm, headers=HEADERS), now=0)


def test_a_changed_letter_is_noticed(tokens: AccessTokens) -> None:
    token, _ = tokens.issue(7, 9, "LISTENER", now=1000)
    header, claims, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    with pytest.raises(InvalidToken):
        tokens.verify(f"{header}.{claims}.{other}{signature[1:]}", now=1000)
