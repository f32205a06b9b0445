"""Who is asking."""

from datetime import UTC, datetime

from auth.keys import KeyRing, new_key
from auth.tokens import AccessTokens
from db.users import insert_user
from resolvers.callers import identify
from resolvers.errors import NotSignedIn
from resolvers.viewer import Role, Viewer
from tests.schema.conftest import Asked, People

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


async def test_a_token_that_has_ended_fails_only_what_asks_who_it_is(
    ask: Asked, people: People
) -> None:
    tokens = ask.services.tokens
    assert tokens is not None
    token, expires_at = tokens.issue(7, 1, "LISTENER", now=0)
    expired = identify(tokens, f"Bearer {token}", now=expires_at)
    answer = await ask.by(expired).answer("{ genres { nodes { name } } viewer { role } }")
    assert answer["data"] == {"genres": {"nodes": []}, "viewer": None}
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "NOT_SIGNED_IN", "reason": "TOKEN_EXPIRED"}


def test_a_token_tells_who_it_is() -> None:
    tokens = AccessTokens(KeyRing(new_key()), seconds=900)
    token, expires_at = tokens.issue(7, 9, "ADMIN", now=1000)
    assert expires_at == 1900
    for scheme in ("Bearer", "bearer"):
        caller = identify(tokens, f"{scheme} {token}", now=1899)
        assert caller == Viewer(7, Role.ADMIN, 9)


def test_what_is_no_token_of_ours_is_refused() -> None:
    tokens = AccessTokens(KeyRing(new_key()), seconds=900)
    others, _ = AccessTokens(KeyRing(new_key()), seconds=900).issue(7, 9, "ADMIN", now=1000)
    for header in (f"Bearer {others}", "Bearer x", "Bearer ", "Basic YTpi", "é", others):
        caller = identify(tokens, header, now=1001)
        assert isinstance(caller, NotSignedIn)
        assert caller.extensions == {"code": "NOT_SIGNED_IN", "reason": "TOKEN_INVALID"}
    assert isinstance(identify(None, f"Bearer {others}", now=1001), NotSignedIn)


def test_no_header_is_nobody() -> None:
    assert identify(None, None, now=0) is None
