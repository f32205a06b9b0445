"""People who sign in with an external provider."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from db.pool import Pool
from resolvers.auth.oidc import open_provider
from resolvers.callers import Callers
from resolvers.context import Services
from resolvers.errors import NotAllowed, NotSignedIn
from resolvers.viewer import Caller, Role, Viewer
from storage.objects import Objects
from tests.identity_provider import AUDIENCE, IdentityProvider, start_identity_provider
from tests.schema.conftest import Asked

ADA = {
    "preferred_username": "ada",
    "name": "Ada L.",
    "email": "a@b.example",
    "email_verified": True,
}
VIEWER = "{ viewer { user { userName displayName } email { address } devices { id } } }"


@pytest.fixture
def objects(own_bucket: Objects) -> Objects:
    return own_bucket


@pytest.fixture
async def provider() -> AsyncGenerator[IdentityProvider, None]:
    async with start_identity_provider() as provider:
        provider.add_key("key")
        yield provider


@pytest.fixture
async def services(
    services: Services, provider: IdentityProvider
) -> AsyncGenerator[Services, None]:
    """Where both own tokens and the provider's are good."""
    async with open_provider(provider.issuer, AUDIENCE) as known:
        callers = Callers(
            tokens=services.tokens,
            provider=known,
            pool=services.pool,
            ids=services.ids,
            remember_seconds=900,
        )
        yield replace(services, callers=callers)


async def identify(ask: Asked, token: str, now: float = 1000) -> Caller:
    return await ask.services.callers.identify(f"Bearer {token}", now=now)


async def count(pool: Pool, table: str) -> Any:
    return await pool.fetchval(f"SELECT count(*) FROM {table}")


async def test_somebody_new_becomes_a_person(ask: Asked, provider: IdentityProvider) -> None:
    caller = await identify(ask, provider.token("key", **ADA))
    assert (await ask.by(caller)(VIEWER))["viewer"] == {
        "user": {"userName": "ada", "displayName": "Ada L."},
        "email": {"address": "a@b.example"},
        "devices": [],
    }
    assert await identify(ask, provider.token("key", **ADA, exp=3000)) == caller
    assert await count(ask.services.pool, "users") == 1


async def test_somebody_else_is_somebody_else(ask: Asked, provider: IdentityProvider) -> None:
    """The same name and the same address do not make a person; the subject does."""
    ada = await identify(ask, provider.token("key", **ADA))
    eve = await identify(ask, provider.token("key", **ADA, sub="eve"))
    assert isinstance(ada, Viewer)
    assert isinstance(eve, Viewer)
    assert ada.id != eve.id
    found = (await ask.by(eve)(VIEWER))["viewer"]
    assert found["user"]["userName"].startswith("listener-")
    assert found["email"] is None


async def test_an_account_with_that_address_is_not_taken_over(
    ask: Asked, provider: IdentityProvider
) -> None:
    await ask.services.pool.execute(
        """
        INSERT INTO users VALUES (7, 'ada', 'Ada', '2026-01-01T00:00Z');
        INSERT INTO user_names VALUES ('ada', 7);
        INSERT INTO user_emails VALUES ('a@b.example', 7);
        """
    )
    caller = await identify(ask, provider.token("key", **ADA))
    assert isinstance(caller, Viewer)
    assert caller.id != 7


async def test_a_token_seen_before_costs_no_statement(
    statements: list[str], ask: Asked, provider: IdentityProvider
) -> None:
    async with open_provider(provider.issuer, AUDIENCE) as known:
        ask.services = replace(
            ask.services,
            callers=Callers(
                tokens=None,
                provider=known,
                pool=ask.services.pool,
                ids=ask.services.ids,
                remember_seconds=900,
            ),
        )
        token = provider.token("key")
        first = await identify(ask, token)
        await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the event loop later
        assert statements
        statements.clear()
        assert await identify(ask, token, now=1500) == first
    assert statements == []


async def test_first_requests_at_once_make_one_person(
    ask: Asked, provider: IdentityProvider
) -> None:
    tokens = [provider.token("key", exp=2000 + number) for number in range(5)]
    callers = await asyncio.gather(*(identify(ask, token) for token in tokens))
    assert sum(isinstance(caller, Viewer) for caller in callers) >= 1
    assert await count(ask.services.pool, "users") == 1
    again = {await identify(ask, token) for token in tokens}
    assert len(again) == 1


async def test_a_disabled_person_is_out_after_the_life_of_an_own_token(
    ask: Asked, provider: IdentityProvider
) -> None:
    token = provider.token("key", exp=100_000)
    assert isinstance(await identify(ask, token, now=1000), Viewer)
    await ask.services.pool.execute("UPDATE accounts SET disabled_at = '2026-01-01T00:00Z'")
    assert isinstance(await identify(ask, token, now=1899), Viewer)
    out = await identify(ask, token, now=1900)
    assert isinstance(out, NotAllowed)
    error = await ask.by(out).error("{ viewer { role } }")
    assert error["extensions"] == {"code": "NOT_ALLOWED"}


async def test_a_role_is_ours_to_give(ask: Asked, provider: IdentityProvider) -> None:
    token = provider.token("key", role="ADMIN", exp=100_000)
    caller = await identify(ask, token)
    assert isinstance(caller, Viewer)
    assert caller.role is Role.LISTENER
    await ask.services.pool.execute("UPDATE accounts SET role = 'CURATOR'")
    later = await identify(ask, token, now=2000)
    assert isinstance(later, Viewer)
    assert later.role is Role.CURATOR


async def test_own_tokens_are_good_as_well(ask: Asked, provider: IdentityProvider) -> None:
    assert ask.services.tokens is not None
    token, _ = ask.services.tokens.issue(7, 1, "LISTENER", now=1000)
    assert await identify(ask, token) == Viewer(7, Role.LISTENER, 1)
    expired = await identify(ask, token, now=1900)
    assert isinstance(expired, NotSignedIn)
    assert expired.extensions["reason"] == "TOKEN_EXPIRED"
    assert provider.fetches == 0


async def test_the_provider_tells_of_nobody_while_it_is_down(
    ask: Asked, provider: IdentityProvider
) -> None:
    provider.down = True
    caller = await identify(ask, provider.token("key"))
    error = await ask.by(caller).error("{ viewer { role } }")
    assert error["extensions"] == {"code": "UNAVAILABLE"}


async def test_deletes_the_account_with_its_claim(ask: Asked, provider: IdentityProvider) -> None:
    caller = await identify(ask, provider.token("key", **ADA))
    deleted = await ask.by(caller)("mutation { deleteAccount(input: {}) { __typename } }")
    assert deleted["deleteAccount"]["__typename"] == "DeleteAccountPayload"
    await ask.services.background.drain()
    for table in ("users", "user_subjects", "user_names", "user_emails", "accounts"):
        assert await count(ask.services.pool, table) == 0
