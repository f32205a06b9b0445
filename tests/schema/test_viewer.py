"""Who is asking."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auth import keys
from auth.keys import KeyRing, new_key
from auth.tokens import AccessTokens
from db.users import insert_user
from resolvers import callers as callers_module
from resolvers.callers import Callers
from resolvers.context import Services
from resolvers.errors import NotSignedIn
from resolvers.viewer import Role, Viewer
from tests.schema.conftest import Asked

VIEWER = "{ viewer { role user { id userName displayName createdAt } } }"


async def test_nobody_is_signed_in(ask: Asked) -> None:
    assert await ask(VIEWER) == {"viewer": None}


async def test_who_is_signed_in(ask: Asked) -> None:
    async with ask.services.pool.acquire() as connection:
        await insert_user(connection, 7, "ada", "Ada L.", datetime(2026, 11, 24, tzinfo=UTC))
    found = await ask.by(Viewer(7, Role.CURATOR, 1))(VIEWER)
    assert found["viewer"] == {
        "role": "CURATOR",
        "user": {
            "id": "user_7",
            "userName": "ada",
            "displayName": "Ada L.",
            "createdAt": "2026-11-24T00:00:00+00:00",
        },
    }


async def test_somebody_who_was_deleted_meanwhile(ask: Asked) -> None:
    error = await ask.by(Viewer(7, Role.LISTENER, 1)).error(VIEWER)
    assert error["extensions"] == {"code": "NOT_SIGNED_IN"}
    assert error["message"] == "This account does not exist any more."


async def test_a_token_that_has_ended_fails_only_what_asks_who_it_is(ask: Asked) -> None:
    assert ask.services.tokens is not None
    token, expires_at = ask.services.tokens.issue(7, 1, "LISTENER", now=0)
    expired = await ask.services.callers.identify(f"Bearer {token}", now=expires_at)
    answer = await ask.by(expired).answer("{ genres { nodes { name } } viewer { role } }")
    assert answer["data"] == {"genres": {"nodes": []}, "viewer": None}
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "NOT_SIGNED_IN", "reason": "TOKEN_EXPIRED"}


async def test_a_token_tells_who_it_is(services: Services) -> None:
    assert services.tokens is not None
    token, expires_at = services.tokens.issue(7, 9, "ADMIN", now=1000)
    assert expires_at == 1900
    for scheme in ("Bearer", "bearer"):
        caller = await services.callers.identify(f"{scheme} {token}", now=1899)
        assert caller == Viewer(7, Role.ADMIN, 9)


async def test_what_is_no_token_of_ours_is_refused(services: Services) -> None:
    others, _ = AccessTokens(KeyRing(new_key()), seconds=900).issue(7, 9, "ADMIN", now=1000)
    for header in (f"Bearer {others}", "Bearer x", "Bearer ", "Basic YTpi", "é", others):
        caller = await services.callers.identify(header, now=1001)
        assert isinstance(caller, NotSignedIn)
        assert caller.extensions == {"code": "NOT_SIGNED_IN", "reason": "TOKEN_INVALID"}


async def test_no_header_is_nobody(services: Services) -> None:
    assert await services.callers.identify(None, now=0) is None


async def test_a_token_costs_no_statement(ask: Asked, statements: list[str]) -> None:
    assert ask.services.tokens is not None
    token, _ = ask.services.tokens.issue(7, 1, "LISTENER", now=ask.context.now)
    signed_in = await ask.with_token(token)
    assert await signed_in("{ viewer { role } }") == {"viewer": {"role": "LISTENER"}}
    assert statements == []


async def test_who_is_known_is_forgotten_when_the_token_ends_or_its_key_goes(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOOK_SECONDS", 0)
    file = tmp_path / "keys"
    file.write_text(new_key())
    tokens = AccessTokens(KeyRing(file=file), seconds=900)
    callers = Callers(
        tokens=tokens, provider=None, pool=services.pool, ids=services.ids, remember_seconds=900
    )
    header = f"Bearer {tokens.issue(7, 9, 'LISTENER', now=1000)[0]}"
    for _ in range(2):
        assert await callers.identify(header, now=1899) == Viewer(7, Role.LISTENER, 9)
    ended = await callers.identify(header, now=1900)
    assert isinstance(ended, NotSignedIn)
    assert ended.extensions["reason"] == "TOKEN_EXPIRED"
    file.write_text(new_key())
    os.utime(file, ns=(1, 1))
    unknown = await callers.identify(header, now=1899)
    assert isinstance(unknown, NotSignedIn)
    assert unknown.extensions["reason"] == "TOKEN_INVALID"


async def test_only_so_many_callers_are_remembered(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers_module, "REMEMBERED", 3)
    assert services.tokens is not None
    for session in range(10):
        token, _ = services.tokens.issue(7, session, "LISTENER", now=1000)
        caller = await services.callers.identify(f"Bearer {token}", now=1000)
        assert caller == Viewer(7, Role.LISTENER, session)
    assert len(services.callers._known) == 3
