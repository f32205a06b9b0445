"""Access tokens of an external OpenID Connect provider.

Its keys are found by discovery (OpenID Connect Discovery 1.0) and kept for an hour; a key that is
not known makes them be fetched again, though not more often than every half minute, so that a
flood of made-up tokens does not become one of requests. Keys stay good while the provider cannot
be reached.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import jwt
import orjson

from auth.tokens import ExpiredToken, InvalidToken

logger: Final = logging.getLogger("tonearm.auth")

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "EdDSA",
)
KEYS_SECONDS: Final = 3600.0
REFETCH_SECONDS: Final = 30.0
TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 1_000_000
LEEWAY_SECONDS: Final = 30.0
"""How far the provider's clock may be from ours."""


class ProviderUnavailable(Exception):
    """The keys of the identity provider cannot be fetched."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token is about; names as the provider knows them, None where it says nothing.

    Attributes:
        key: Issuer and subject, unique among all providers.
        email: Only an address that the provider has verified.
    """

    key: str
    user_name: str | None
    display_name: str | None
    email: str | None
    expires_at: int


class Provider:
    """Verifies the tokens of one issuer for one audience; see `open_provider`."""

    def __init__(self, issuer: str, audience: str, session: aiohttp.ClientSession) -> None:
        self._issuer = issuer
        self._audience = audience
        self._session = session
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def verify(self, token: str, *, now: float) -> Subject:
        """Raises `InvalidToken`, `ExpiredToken`, and `ProviderUnavailable` without any keys."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._find_key(str(header.get("kid", "")))
            # The times are checked by the request's clock, below.
            options: jwt.types.Options = {
                "require": ["exp", "sub", "iss", "aud"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            }
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options=options,
            )
            expires_at, not_before = int(claims["exp"]), float(claims.get("nbf", 0))
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise InvalidToken from error
        if expires_at + LEEWAY_SECONDS <= now:
            raise ExpiredToken
        if not_before - LEEWAY_SECONDS > now or len(claims["sub"]) > 255:
            raise InvalidToken
        return Subject(
            key=f"{self._issuer} {claims['sub']}",
            user_name=_text(claims.get("preferred_username")),
            display_name=_text(claims.get("name")),
            email=_text(claims.get("email")) if claims.get("email_verified") is True else None,
            expires_at=expires_at,
        )

    async def _find_key(self, key_id: str) -> jwt.PyJWK:
        now = time.monotonic()
        if key_id not in self._keys or now - self._fetched > KEYS_SECONDS:
            async with self._fetching:
                if time.monotonic() - self._tried > REFETCH_SECONDS:
                    await self._fetch_keys()
        if not self._keys:
            raise ProviderUnavailable
        try:
            return self._keys[key_id]
        except KeyError as error:
            raise InvalidToken from error

    async def _fetch_keys(self) -> None:
        self._tried = time.monotonic()
        try:
            about = await self._get(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self._issuer:
                raise ValueError(f"the issuer calls itself {about.get('issuer')!r:.200}")
            keys = jwt.PyJWKSet.from_dict(await self._get(str(about["jwks_uri"])))
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, jwt.PyJWTError) as error:
            logger.error("The keys of %s cannot be fetched: %s", self._issuer, error)
            return
        self._keys = {
            key.key_id or "": key for key in keys.keys if key.public_key_use in (None, "sig")
        }
        self._fetched = self._tried

    async def _get(self, url: str) -> dict[str, Any]:
        check_url(url)
        async with self._session.get(url, allow_redirects=False) as answer:
            answer.raise_for_status()
            body = await answer.content.read(MAX_BYTES)
            while not answer.content.at_eof() and len(body) < MAX_BYTES:
                body += await answer.content.read(MAX_BYTES - len(body))
        loaded = orjson.loads(body)
        if not isinstance(loaded, dict):
            raise ValueError("what it answers is not an object")
        return loaded


@asynccontextmanager
async def open_provider(issuer: str, audience: str) -> AsyncGenerator[Provider, None]:
    """The provider; it is asked when the first token comes. Raises `ValueError` for a bad URL."""
    check_url(issuer)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Provider(issuer, audience, session)


def check_url(url: str) -> None:
    """Raises `ValueError` unless it is https, or http on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    ):
        raise ValueError(f"{url[:200]} is not an https URL")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
