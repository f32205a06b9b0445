"""Subscriptions, as the npm clients graphql-ws and graphql-sse hear them from real processes."""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from db.pool import Pool
from resolvers.queue_changes import NAME
from tests.protocol import node
from tests.protocol.conftest import Person, Server, running

TRANSPORTS = pytest.mark.parametrize("transport", ["ws", "sse"])


@pytest.fixture(scope="module")
async def servers(
    settings: Settings, packages: None, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[list[Server], None]:
    """Two processes that hear of each other by notifications only, for an hour at least."""
    directory = tmp_path_factory.mktemp("servers")
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                running(settings, directory, subscription_poll_seconds=3600)
            )
            for _ in range(2)
        ]


def given(urls: list[str], *tokens: str, **more: Any) -> str:
    return json.dumps({"urls": urls, "tokens": tokens, **more})


def changed(revision: int, device: str) -> Any:
    return {"data": {"playbackChanged": {"revision": revision, "device": device}}}


async def next_change(lines: node.Lines) -> Any:
    """The next line that is no news of the connection."""
    while True:
        line = await lines.next()
        if not {"connected", "closed"} & line.keys():
            return line


@TRANSPORTS
async def test_each_change_is_heard_wherever_it_was_made(
    transport: str, servers: list[Server], ada: Person
) -> None:
    here, there = servers
    await ada.set_queue(here.url, 0, "Phone")
    async with node.running("subscribe.mjs", transport, given([here.url], ada.token())) as lines:
        assert await next_change(lines) == changed(1, "Phone")
        await ada.set_queue(here.url, 1, "Laptop")
        assert await next_change(lines) == changed(2, "Laptop")
        await ada.set_queue(there.url, 2, "Car")
        assert await next_change(lines) == changed(3, "Car")


@TRANSPORTS
async def test_nothing_is_heard_twice_or_lost_when_the_server_stops(
    transport: str, settings: Settings, servers: list[Server], ada: Person, tmp_path: Path
) -> None:
    async with running(settings, tmp_path) as stopped:
        await ada.set_queue(stopped.url, 0, "Phone")
        urls = [stopped.url, servers[0].url]
        async with node.running("subscribe.mjs", transport, given(urls, ada.token())) as lines:
            assert await next_change(lines) == changed(1, "Phone")
            await stopped.stop()
            await ada.set_queue(servers[1].url, 1, "Laptop")
            assert await next_change(lines) == changed(2, "Laptop")


async def test_a_websocket_is_told_that_the_server_restarts(
    settings: Settings, servers: list[Server], ada: Person, tmp_path: Path
) -> None:
    async with running(settings, tmp_path) as stopped:
        urls = [stopped.url, servers[0].url]
        async with node.running("subscribe.mjs", "ws", given(urls, ada.token())) as lines:
            assert await lines.next() == {"connected": True}
            await stopped.stop()
            assert (await lines.next())["closed"] == 1012
            assert await lines.next() == {"connected": True}


@TRANSPORTS
async def test_a_client_goes_on_with_a_new_token_when_the_old_one_expires(
    transport: str, servers: list[Server], ada: Person
) -> None:
    here = servers[0].url
    await ada.set_queue(here, 0, "Phone")
    tokens = (ada.token(3), ada.token())
    async with node.running("subscribe.mjs", transport, given([here], *tokens)) as lines:
        assert await next_change(lines) == changed(1, "Phone")
        if transport == "ws":
            assert (await lines.next())["closed"] == 4403
            assert await lines.next() == {"connected": True}
            await ada.set_queue(servers[1].url, 1, "Laptop")
        else:
            await ada.set_queue(servers[1].url, 1, "Laptop")
        assert await next_change(lines) == changed(2, "Laptop")


@TRANSPORTS
async def test_nothing_is_lost_when_the_database_cuts_the_servers_off(
    transport: str, servers: list[Server], ada: Person, clean_database: Pool
) -> None:
    here, there = servers
    await ada.set_queue(here.url, 0, "Phone")
    async with node.running("subscribe.mjs", transport, given([here.url], ada.token())) as lines:
        assert await next_change(lines) == changed(1, "Phone")
        for revision in range(1, 6):
            async with clean_database.acquire() as connection:
                cut = await connection.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = $1",
                    NAME,
                )
            assert cut > 0 or revision > 1
            await ada.set_queue(there.url, revision, f"Device {revision}")
            assert await next_change(lines) == changed(revision + 1, f"Device {revision}")


async def test_who_is_not_signed_in_is_refused_over_a_websocket(servers: list[Server]) -> None:
    urls = given([servers[0].url], "nonsense")
    async with node.running("subscribe.mjs", "ws", urls) as lines:
        assert (await lines.next())["closed"] == 4403


QUERY = {"query": '{ genre(slug: "none") { name } }'}
OPERATIONS: list[Any] = [
    QUERY,
    {"query": "mutation { signOut(input: {}) { __typename } }"},
    {"query": "{ nonsense }"},
    {"query": "query ($first: Int!) { genres(first: $first) { nodes { name } } }"},
    {"query": "{ unclosed"},
    {"query": "subscription { playbackChanged { revision } }"},
    QUERY,
]


async def test_operations_by_graphql_ws(servers: list[Server]) -> None:
    printed = await node.run("once.mjs", "ws", servers[0].url, json.dumps(OPERATIONS))
    query, mutation, *refused, subscription, again = json.loads(printed)
    assert query == again == {"results": [{"data": {"genre": None}}]}
    assert mutation["results"][0]["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"
    codes = [answer["errors"][0]["extensions"]["code"] for answer in refused]
    assert codes == ["BAD_DOCUMENT"] * 3
    assert subscription["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_operations_by_graphql_sse(servers: list[Server]) -> None:
    printed = await node.run("once.mjs", "sse", servers[0].url, json.dumps(OPERATIONS))
    query, *refused, again = json.loads(printed)
    assert query == again == {"results": [{"data": {"genre": None}}]}
    codes = [answer["results"][0]["errors"][0]["extensions"]["code"] for answer in refused]
    assert codes == ["NOT_SIGNED_IN", *["BAD_DOCUMENT"] * 3, "NOT_SIGNED_IN"]
