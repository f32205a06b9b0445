"""Signing in, staying signed in, signing out."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from resolvers.sessions import MAX_SESSIONS
from tests.schema.conftest import Asked

PASSWORD = "correct horse battery"
CREDENTIALS = "credentials { accessToken expiresAt refreshToken } viewer { role user { userName } }"
FAILURE = "__typename ... on Error { code message } ... on Invalid { field }"
SIGN_UP = f"""
mutation ($name: String!, $email: String!) {{
  signUp(input: {{userName: $name, email: $email, password: "{PASSWORD}", device: "laptop"}}) {{
    {FAILURE} ... on SignUpPayload {{ {CREDENTIALS} }} ... on Taken {{ field }}
  }}
}}
"""
SIGN_IN = f"""
mutation ($login: String!, $password: String!, $device: String! = "") {{
  signIn(input: {{login: $login, password: $password, device: $device}}) {{
    {FAILURE} ... on SignInPayload {{ {CREDENTIALS} }}
  }}
}}
"""
REFRESH = f"""
mutation ($token: String!) {{
  refresh(input: {{refreshToken: $token}}) {{
    __typename ... on Error {{ code message }} ... on RefreshPayload {{ {CREDENTIALS} }}
  }}
}}
"""
SIGN_OUT = """
mutation ($everywhere: Boolean! = false, $device: ID) {
  signOut(input: {everywhere: $everywhere, deviceId: $device}) {
    __typename ... on SignOutPayload { endedSessions } ... on Error { code }
  }
}
"""
DEVICES = "{ viewer { devices { id name isCurrent } } }"


async def sign_up(ask: Asked, name: str = "ada") -> dict[str, Any]:
    answer = (await ask(SIGN_UP, name=name, email=f"{name}@example.com"))["signUp"]
    assert answer["__typename"] == "SignUpPayload", answer
    credentials: dict[str, Any] = answer["credentials"]
    return credentials


async def refresh(ask: Asked, credentials: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = (await ask(REFRESH, token=credentials["refreshToken"]))["refresh"]
    return answer


async def test_signs_in_by_name_whatever_its_case(ask: Asked) -> None:
    await sign_up(ask)
    for login in ("ada", " ADA ", "a.d.a"):
        answer = (await ask(SIGN_IN, login=login, password=PASSWORD))["signIn"]
        assert answer["viewer"] == {"role": "LISTENER", "user": {"userName": "ada"}}
        signed_in = await ask.with_token(answer["credentials"]["accessToken"])
        assert (await signed_in("{ viewer { role } }"))["viewer"] == {"role": "LISTENER"}


async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(ask: Asked) -> None:
    await sign_up(ask)
    answers = [
        await ask(SIGN_IN, login=login, password=password)
        for login, password in [
            ("ada", "wrong horse battery"),
            ("bob", PASSWORD),
            ("ada@example.com", PASSWORD),  # not confirmed
            ("nobody@example.com", PASSWORD),
            ("", ""),
            ("a\0da", PASSWORD + "x"),
        ]
    ]
    assert answers[0]["signIn"]["__typename"] == "WrongCredentials"
    assert all(answer == answers[0] for answer in answers)


async def test_every_sign_in_verifies_one_password(
    ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_up(ask)
    verified = 0
    work = ask.services.passwords._work

    async def counting(*arguments: Any) -> Any:
        nonlocal verified
        verified += 1
        return await work(*arguments)

    monkeypatch.setattr(ask.services.passwords, "_work", counting)
    for number, login in enumerate(("ada", "bob", "ada@example.com", "no@example.com"), start=1):
        await ask(SIGN_IN, login=login, password="wrong horse battery")
        assert verified == number


async def test_a_refresh_token_is_used_once(ask: Asked) -> None:
    first = await sign_up(ask)
    second = (await refresh(ask.later(100), first))["credentials"]
    third = (await refresh(ask.later(200), second))["credentials"]
    assert len({each["refreshToken"] for each in (first, second, third)}) == 3
    assert len({each["accessToken"] for each in (first, second, third)}) == 3
    signed_in = await ask.later(250).with_token(third["accessToken"])
    assert (await signed_in(DEVICES))["viewer"]["devices"]


async def test_an_old_refresh_token_ends_the_session(
    ask: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    stolen = await sign_up(ask)
    newer = (await refresh(ask.later(100), stolen))["credentials"]
    latest = (await refresh(ask.later(200), newer))["credentials"]
    for old in (stolen, newer, latest):
        answer = await refresh(ask.later(300), old)
        assert answer["code"] == "WRONG_CREDENTIALS", old
    assert "used again" in caplog.text
    assert not await ask.services.pool.fetchval("SELECT count(*) FROM sessions")


async def test_the_token_before_ends_the_session_after_half_a_minute(ask: Asked) -> None:
    first = await sign_up(ask)
    second = (await refresh(ask, first))["credentials"]
    assert (await refresh(ask.later(31), first))["__typename"] == "WrongCredentials"
    assert (await refresh(ask.later(31), second))["__typename"] == "WrongCredentials"


async def test_a_refresh_whose_answer_was_lost_can_be_repeated(ask: Asked) -> None:
    first = await sign_up(ask)
    second = (await refresh(ask, first))["credentials"]
    again = (await refresh(ask.later(29), first))["credentials"]
    assert again["refreshToken"] == second["refreshToken"]
    assert (await refresh(ask.later(29), again))["__typename"] == "RefreshPayload"


async def test_tabs_that_refresh_at_once_get_the_same(ask: Asked) -> None:
    first = await sign_up(ask)
    answers = await asyncio.gather(*(refresh(ask, first) for _ in range(8)))
    assert len({answer["credentials"]["refreshToken"] for answer in answers}) == 1
    assert answers[0]["credentials"]["refreshToken"] != first["refreshToken"]


async def test_a_guessed_refresh_token_ends_nothing(ask: Asked) -> None:
    first = await sign_up(ask)
    forged = first["refreshToken"][:-50] + "A" * 50
    no_tag = first["refreshToken"][:26] + "A" * 64
    for token in (forged[:30], no_tag, "", "x"):
        assert (await refresh(ask, {"refreshToken": token}))["code"] == "WRONG_CREDENTIALS"
    assert (await refresh(ask, first))["__typename"] == "RefreshPayload"


async def test_a_session_ends_when_it_is_not_refreshed(ask: Asked) -> None:
    first = await sign_up(ask)
    days = 86_400 * 90
    second = (await refresh(ask.later(days - 100), first))["credentials"]
    third = (await refresh(ask.later(2 * days - 200), second))["credentials"]
    assert (await refresh(ask.later(3 * days), third))["code"] == "WRONG_CREDENTIALS"


async def test_refreshes_while_the_old_access_token_is_sent(ask: Asked) -> None:
    first = await sign_up(ask)
    late = ask.later(1000)
    expired = await late.with_token(first["accessToken"])
    error = await expired.error("{ viewer { role } }")
    assert error["extensions"] == {"code": "NOT_SIGNED_IN", "reason": "TOKEN_EXPIRED"}
    assert (await refresh(expired, first))["__typename"] == "RefreshPayload"


async def test_signs_out_here(ask: Asked) -> None:
    laptop = await sign_up(ask)
    answer = await ask(SIGN_IN, login="ada", password=PASSWORD, device="  the   phone ")
    phone = answer["signIn"]["credentials"]
    signed_in = await ask.with_token(phone["accessToken"])
    assert [
        (device["name"], device["isCurrent"])
        for device in (await signed_in(DEVICES))["viewer"]["devices"]
    ] == [("the phone", True), ("laptop", False)]
    assert (await signed_in(SIGN_OUT))["signOut"]["endedSessions"] == 1
    assert (await signed_in(SIGN_OUT))["signOut"]["endedSessions"] == 0
    assert (await refresh(ask, phone))["code"] == "WRONG_CREDENTIALS"
    assert (await refresh(ask, laptop))["__typename"] == "RefreshPayload"


async def test_signs_out_everywhere(ask: Asked) -> None:
    laptop = await sign_up(ask)
    bob = await sign_up(ask, "bob")
    await ask(SIGN_IN, login="ada", password=PASSWORD)
    signed_in = await ask.with_token(laptop["accessToken"])
    assert (await signed_in(SIGN_OUT, everywhere=True))["signOut"]["endedSessions"] == 2
    assert (await refresh(ask, laptop))["code"] == "WRONG_CREDENTIALS"
    assert (await refresh(ask, bob))["__typename"] == "RefreshPayload"


async def test_signs_out_another_device_but_nobody_elses(ask: Asked) -> None:
    laptop = await sign_up(ask)
    bob = await sign_up(ask, "bob")
    phone = (await ask(SIGN_IN, login="ada", password=PASSWORD))["signIn"]["credentials"]
    ada, other = (
        await ask.with_token(laptop["accessToken"]),
        await ask.with_token(bob["accessToken"]),
    )
    [newest, oldest] = (await ada(DEVICES))["viewer"]["devices"]
    for device in (newest["id"], "device_1", "device_ffffffffffffffff", "song_1", ""):
        answer = await other(SIGN_OUT, device=device)
        assert answer["signOut"] == {"__typename": "NotFound", "code": "NOT_FOUND"}
    assert len((await other(DEVICES))["viewer"]["devices"]) == 1
    assert (await ada(SIGN_OUT, device=newest["id"]))["signOut"]["endedSessions"] == 1
    assert (await refresh(ask, phone))["code"] == "WRONG_CREDENTIALS"
    [left] = (await ada(DEVICES))["viewer"]["devices"]
    assert left == oldest | {"isCurrent": True}


async def test_the_oldest_of_too_many_sessions_ends(ask: Asked) -> None:
    first = await sign_up(ask)
    await ask.services.pool.execute(
        """
        INSERT INTO sessions SELECT user_id, id - n, device, seed, current_sha256, NULL,
            created_at, refreshed_at, expires_at
        FROM sessions, generate_series(1, $1) AS n
        """,
        MAX_SESSIONS + 10,
    )
    await ask(SIGN_IN, login="ada", password=PASSWORD)
    signed_in = await ask.with_token(first["accessToken"])
    devices = (await signed_in(DEVICES))["viewer"]["devices"]
    assert len(devices) == MAX_SESSIONS
    assert sum(device["isCurrent"] for device in devices) == 1


async def test_a_device_name_has_an_end(ask: Asked) -> None:
    answer = await ask(SIGN_IN, login="ada", password=PASSWORD, device="x" * 101)
    assert answer["signIn"]["field"] == "device"


async def test_a_disabled_account_cannot_go_on(ask: Asked) -> None:
    first = await sign_up(ask)
    await ask.services.pool.execute("UPDATE accounts SET disabled_at = '2026-01-01T00:00Z'")
    error = await ask.error(SIGN_IN, login="ada", password=PASSWORD)
    assert error["extensions"] == {"code": "NOT_ALLOWED"}
    wrong = await ask(SIGN_IN, login="ada", password="wrong horse battery")
    assert wrong["signIn"]["code"] == "WRONG_CREDENTIALS", "who it is comes first"
    error = await ask.error(REFRESH, token=first["refreshToken"])
    assert error["extensions"] == {"code": "NOT_ALLOWED"}


async def test_where_there_are_no_keys_nobody_signs_in(ask: Asked) -> None:
    ask.services = replace(ask.services, tokens=None)
    for query, variables in (
        (SIGN_IN, {"login": "ada", "password": PASSWORD}),
        (SIGN_UP, {"name": "ada", "email": "ada@example.com"}),
        (REFRESH, {"token": "x"}),
    ):
        error = await ask.error(query, **variables)
        assert error["extensions"] == {"code": "NOT_ALLOWED"}
