"""Tokens of an external provider, whose keys are fetched over HTTP."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth import oidc
from auth.oidc import Provider, ProviderUnavailable, Subject, check_url, open_provider
from auth.tokens import ExpiredToken, InvalidToken
from tests.identity_provider import AUDIENCE, IdentityProvider, start_identity_provider


@pytest.fixture
async def server() -> AsyncGenerator[IdentityProvider, None]:
    async with start_identity_provider() as server:
        server.add_key("first")
        yield server


@pytest.fixture
async def provider(server: IdentityProvider) -> AsyncGenerator[Provider, None]:
    async with open_provider(server.issuer, AUDIENCE) as provider:
        yield provider


async def test_a_token_tells_whom_it_is_about(server: IdentityProvider, provider: Provider) -> None:
    token = server.token(
        "first", preferred_username="ada", name="Ada", email="a@b.example", email_verified=True
    )
    assert await provider.verify(token, now=1000) == Subject(
        key=f"{server.issuer} ada",
        user_name="ada",
        display_name="Ada",
        email="a@b.example",
        expires_at=2000,
    )


async def test_an_address_counts_only_when_it_was_verified(
    server: IdentityProvider, provider: Provider
) -> None:
    for verified in (None, False, "true"):
        token = server.token("first", email="a@b.example", email_verified=verified)
        assert (await provider.verify(token, now=1000)).email is None


async def test_keys_are_fetched_once(server: IdentityProvider, provider: Provider) -> None:
    for number in range(5):
        await provider.verify(server.token("first", sub=str(number)), now=1000)
    assert server.fetches == 1


async def test_a_new_key_is_found_and_an_old_one_forgotten(
    server: IdentityProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "REFETCH_SECONDS", -1)
    old = server.token("first")
    await provider.verify(old, now=1000)
    server.add_key("second", "ES256")
    server.remove_key("first")
    await provider.verify(server.token("second"), now=1000)
    assert server.fetches == 2
    with pytest.raises(InvalidToken):
        await provider.verify(old, now=1000)


async def test_made_up_keys_do_not_make_requests(
    server: IdentityProvider, provider: Provider
) -> None:
    token = server.token("first")
    await provider.verify(token, now=1000)
    server.add_key("unknown")
    for _ in range(10):
        with pytest.raises(InvalidToken):
            await provider.verify(server.token("unknown"), now=1000)
    assert server.fetches == 1


async def test_keys_stay_good_while_the_provider_is_down(
    server: IdentityProvider, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider.verify(server.token("first"), now=1000)
    monkeypatch.setattr(oidc, "KEYS_SECONDS", -1)
    monkeypatch.setattr(oidc, "REFETCH_SECONDS", -1)
    server.down = True
    await provider.verify(server.token("first"), now=1000)
    assert server.fetches == 1


async def test_without_any_keys_nobody_can_be_told(
    server: IdentityProvider, provider: Provider
) -> None:
    server.down = True
    with pytest.raises(ProviderUnavailable):
        await provider.verify(server.token("first"), now=1000)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://others.example"},
        {"aud": None},
        {"iss": "https://others.example"},
        {"sub": None},
        {"sub": "x" * 256},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": 1031},
    ],
)
async def test_a_token_that_differs_in_one_thing_is_refused(
    server: IdentityProvider, provider: Provider, claims: dict[str, str | int | None]
) -> None:
    with pytest.raises(InvalidToken):
        await provider.verify(server.token("first", **claims), now=1000)


async def test_a_token_ends_with_a_little_leeway(
    server: IdentityProvider, provider: Provider
) -> None:
    token = server.token("first")
    await provider.verify(token, now=2029)
    with pytest.raises(ExpiredToken):
        await provider.verify(token, now=2030)


async def test_the_public_key_is_no_secret_to_sign_with(
    server: IdentityProvider, provider: Provider
) -> None:
    """CVE-2015-9235: an HMAC with the public key as its secret."""
    public = server.public_key("first").public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    _, claims, _ = server.token("first").encode().split(b".")
    for algorithm in ("HS256", "none"):
        header = urlsafe_b64encode(
            json.dumps({"alg": algorithm, "typ": "JWT", "kid": "first"}).encode()
        ).rstrip(b"=")
        signature = hmac.digest(public, header + b"." + claims, "sha256")
        if algorithm == "none":
            signature = b""
        token = b".".join((header, claims, urlsafe_b64encode(signature).rstrip(b"=")))
        with pytest.raises(InvalidToken):
            await provider.verify(token.decode(), now=1000)


async def test_another_issuer_at_that_address_is_not_believed(server: IdentityProvider) -> None:
    async with open_provider(server.issuer + "/tenant", AUDIENCE) as provider:
        with pytest.raises(ProviderUnavailable):
            await provider.verify(server.token("first"), now=1000)


@pytest.mark.parametrize("url", ["http://login.example", "ftp://localhost", "login.example", ""])
def test_keys_come_over_https_alone(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        check_url(url)
