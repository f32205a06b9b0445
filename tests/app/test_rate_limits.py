"""Limits by what clients ask for: what each bucket lets through, and how processes share them."""

import asyncio
import re

import httpx
import pytest

from app.protocol import RequestError
from app.rate_limits import AT_ONCE, MOST_BUCKETS, WINDOW, RateLimits
from app.settings import Settings
from db.errors import DatabaseUnavailable
from db.pool import Pool, open_pool
from db.rate_buckets import delete_full_buckets, upsert_bucket_if_room
from resolvers.errors import NotSignedIn
from resolvers.viewer import Caller, Role, Viewer
from tests.app.conftest import serve

NOW = 1_800_000_000.0
BUDGET = 600
ADA = Viewer(1, Role.LISTENER, 10)
ADAS_PHONE = Viewer(1, Role.LISTENER, 11)
EVE = Viewer(2, Role.LISTENER, 20)
QUERY = {"query": "{ __typename }"}


def limits(person: int = 0, token: int = 0, address: int = 0) -> RateLimits:
    return RateLimits(person=person, token=token, address=address)


def take(
    limits: RateLimits, most: int, *, caller: Caller = None, address: str = "a", now: float = NOW
) -> int:
    """How many requests of one point are let through, of so many."""
    for number in range(most):
        try:
            limits.meter(caller, address, now).charge(1)
        except RequestError:
            return number
    return most


def test_a_budget_is_spent_at_once_and_comes_back_evenly() -> None:
    limit = limits(address=BUDGET)
    assert take(limit, 10_000) == BUDGET
    assert take(limit, 10_000, now=NOW + WINDOW / 10) == BUDGET // 10
    assert take(limit, 10_000, now=NOW + 10 * WINDOW) == BUDGET, "no more than a budget is saved"


def test_who_has_too_little_left_is_told_when_there_is_enough() -> None:
    limit = limits(address=BUDGET)
    limit.meter(None, "a", NOW).charge(BUDGET - 10)
    with pytest.raises(RequestError) as raised:
        limit.meter(None, "a", NOW).charge(110)
    assert raised.value.status == 429
    assert raised.value.extensions == {"code": "RATE_LIMITED", "retryAfter": 10, "limit": "address"}
    headers = dict(raised.value.headers)
    assert headers[b"retry-after"] == b"10"
    assert headers[b"ratelimit-policy"] == b'"address";q=600;w=60;qu="points"'
    assert headers[b"ratelimit"].startswith(b'"address";r=10;t=')
    limit.meter(None, "a", NOW + 10).charge(110)


def test_what_costs_more_than_a_budget_empties_a_full_bucket() -> None:
    limit = limits(address=BUDGET)
    limit.meter(None, "a", NOW).charge(3 * BUDGET)
    assert take(limit, 1, now=NOW + 2 * WINDOW) == 0, "it is paid for afterwards"
    assert take(limit, 1, now=NOW + 2 * WINDOW + 1) == 1


def test_a_refused_request_takes_nothing() -> None:
    limit = limits(person=BUDGET, token=BUDGET // 2)
    assert take(limit, 10_000, caller=ADA) == BUDGET // 2
    assert take(limit, 10_000, caller=ADAS_PHONE) == BUDGET // 2, "the other half is untouched"


def test_clients_are_told_apart() -> None:
    limit = limits(person=BUDGET, address=100)
    assert take(limit, 10_000, caller=ADA, address="a") == BUDGET
    assert take(limit, 10_000, caller=ADAS_PHONE, address="b") == 0, "one person, two devices"
    assert take(limit, 10_000, caller=EVE, address="a") == BUDGET
    assert take(limit, 10_000, address="a") == 100, "who is signed in does not count there"
    assert take(limit, 10_000, caller=NotSignedIn(), address="b") == 100
    assert take(limit, 10_000, address="b") == 0


def test_zero_is_no_limit() -> None:
    limit = limits()
    for caller in (None, ADA):
        assert take(limit, 10_000, caller=caller) == 10_000
        assert limit.meter(caller, "a", NOW).headers() == ()


def test_a_flood_of_addresses_takes_bounded_memory() -> None:
    limit = limits(address=BUDGET)
    for number in range(3 * MOST_BUCKETS):
        limit.meter(None, str(number), NOW).charge(1)
    assert limit._address is not None
    assert len(limit._address) <= 2 * MOST_BUCKETS
    assert not limit._to_tell, "and none of it goes to the database"


def test_a_bucket_outlives_a_turn_of_the_window() -> None:
    limit = limits(address=BUDGET)
    assert take(limit, 10_000, now=NOW) == BUDGET
    limit.meter(None, "another", NOW + WINDOW - 1)
    assert take(limit, 10_000, now=NOW + WINDOW / 2) == BUDGET // 2


async def take_in_turns(processes: list[RateLimits], pool: Pool, now: float) -> int:
    """How many requests processes let through that get one after the other, as badly as can be."""
    admitted = 0
    for _ in range(2 * BUDGET):
        for process in processes:
            admitted += take(process, 1, now=now)
            if process._urgent.is_set():
                await process.share(pool, now)
    return admitted


async def test_two_processes_let_through_a_little_more_than_one(clean_database: Pool) -> None:
    """The bound of docs/decisions/0030."""
    processes = [limits(address=BUDGET), limits(address=BUDGET)]
    excess = BUDGET * 2 * AT_ONCE
    admitted = await take_in_turns(processes, clean_database, NOW)
    assert BUDGET <= admitted <= BUDGET + excess
    admitted += await take_in_turns(processes, clean_database, NOW + WINDOW)
    admitted += await take_in_turns(processes, clean_database, NOW + 2 * WINDOW)
    assert admitted <= 3 * BUDGET + excess, "what was too much is missing afterwards"


async def test_what_one_process_let_through_is_missing_in_the_other(clean_database: Pool) -> None:
    one, other = limits(person=BUDGET), limits(person=BUDGET)
    assert take(one, 10_000, caller=ADA) == BUDGET
    await one.share(clean_database, NOW)
    assert take(other, 100, caller=ADA) == 100
    await other.share(clean_database, NOW)
    assert take(other, 10_000, caller=ADA) == 0
    assert take(other, 10_000, caller=EVE) == BUDGET


async def test_what_could_not_be_told_is_told_later(
    clean_database: Pool, database_url: str
) -> None:
    one, other = limits(address=BUDGET), limits(address=BUDGET)
    take(one, 10_000)

    async with open_pool(database_url) as closed:
        pass
    with pytest.raises(DatabaseUnavailable):
        await one.share(closed, NOW)
    await one.share(clean_database, NOW)
    take(other, 100)
    await other.share(clean_database, NOW)
    assert take(other, 1) == 0


async def test_an_exact_bucket_takes_no_more_than_it_has(clean_database: Pool) -> None:
    async def attempt(now: float) -> bool:
        async with clean_database.acquire() as connection:
            return await upsert_bucket_if_room(
                connection, "k", now=now, seconds=WINDOW / 5, window=WINDOW
            )

    assert sum(await asyncio.gather(*(attempt(NOW) for _ in range(20)))) == 5
    assert not await attempt(NOW + WINDOW / 5 - 1)
    assert await attempt(NOW + WINDOW / 5)
    async with clean_database.acquire() as connection:
        await delete_full_buckets(connection, NOW + WINDOW)
        assert await connection.fetchval("SELECT count(*) FROM rate_buckets") == 1
        await delete_full_buckets(connection, NOW + 3 * WINDOW)
        assert await connection.fetchval("SELECT count(*) FROM rate_buckets") == 0


async def test_a_client_is_told_what_is_left_and_then_to_wait(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"rate_limit_address": 300})) as api:
        answers = [await api.post("/graphql", json=QUERY) for _ in range(20)]
        left = [
            int(re.findall(r'"address";r=(\d+);t=\d+', answer.headers["ratelimit"])[0])
            for answer in answers
        ]
        told = await api.post("/graphql", json=QUERY, headers={"x-tonearm-cost": "1"})
        dear = {"query": "{ genres(first: 100) { nodes { songs(first: 5) { nodes { id } } } } }"}
        refused = await api.post("/graphql", json=dear)
        garbage = [await api.post("/graphql", content=b"x") for _ in range(3)]
        first, *_ = answers
    assert first.headers["ratelimit-policy"] == '"address";q=300;w=60;qu="points"'
    assert left[-1] < left[0] < 300
    cost = told.json()["extensions"]["cost"]
    assert cost["cost"] == 1
    assert (cost["budget"], cost["remaining"] < 300) == (300, True)
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) >= 1
    assert {answer.status_code for answer in garbage} == {415}


async def test_passwords_are_tried_so_often_and_no_more(
    settings: Settings, clean_database: Pool
) -> None:
    query = (
        'mutation { signIn(input: {login: "%s", password: "not it"}) '
        "{ __typename ... on Error { code } } }"
    )

    async def sign_in(api: httpx.AsyncClient, login: str) -> httpx.Response:
        return await api.post("/graphql", json={"query": query % login})

    few = settings.model_copy(update={"sign_in_limit_account": 3, "sign_in_limit_address": 5})
    async with serve(few) as api:
        for _ in range(3):
            answer = await sign_in(api, "ada")
            assert answer.json()["data"]["signIn"]["code"] == "WRONG_CREDENTIALS"
        answer = await sign_in(api, "Ada")
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 1200
        [error] = answer.json()["errors"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert (await sign_in(api, "eve")).status_code == 200
        assert (await sign_in(api, "eve")).status_code == 429, "that is all from this address"


async def test_mail_is_sent_to_a_person_so_often_and_no_more(
    settings: Settings, clean_database: Pool
) -> None:
    query = 'mutation { requestPasswordReset(input: {email: "%s"}) { __typename } }'
    few = settings.model_copy(update={"mail_limit_recipient": 2})
    async with serve(few) as api:
        statuses = [
            (await api.post("/graphql", json={"query": query % email})).status_code
            for email in (
                "ada@example.com",
                "Ada@example.com",
                "ada@example.com",
                "eve@example.com",
            )
        ]
    assert statuses == [200, 200, 429, 200]
