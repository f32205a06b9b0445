"""GraphQL over server-sent events, event by event; tests/protocol speaks it with npm's client."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.settings import Settings
from resolvers.context import Context
from tests.app.conftest import serve
from tests.app.test_websockets import LISTEN, QUERY, sign_up

EVENTS = {"accept": "text/event-stream"}


async def blocks(answer: httpx.Response) -> AsyncIterator[str]:
    """What comes between two empty lines."""
    block: list[str] = []
    async for line in answer.aiter_lines():
        if line:
            block.append(line)
        else:
            yield "\n".join(block)
            block = []


async def events(answer: httpx.Response) -> list[tuple[str, Any]]:
    """All events, with what they bring."""
    found = []
    async for block in blocks(answer):
        if not block.startswith(":"):
            name, data = block.split("\n")
            text = data.removeprefix("data:").strip()
            found.append((name.removeprefix("event: "), json.loads(text) if text else None))
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_is_one_event(api: httpx.AsyncClient, method: str) -> None:
    asked: Any = {"json" if method == "POST" else "params": {"query": QUERY}}
    async with api.stream(method, "/graphql", headers=EVENTS, **asked) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert await events(answer) == [("next", {"data": {"genre": None}}), ("complete", None)]


async def test_what_is_wrong_with_a_document_comes_as_an_event(api: httpx.AsyncClient) -> None:
    asked = {"query": "{ nonsense }"}
    async with api.stream("POST", "/graphql", headers=EVENTS, json=asked) as answer:
        assert answer.status_code == 200
        (name, result), last = await events(answer)
    assert (name, last) == ("next", ("complete", None))
    assert result["errors"][0]["extensions"]["code"] == "BAD_DOCUMENT"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "BAD_REQUEST"),
        ({"json": {}}, 400, "BAD_REQUEST"),
        ({"content": b"{}"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"json": {"query": "x" * 200_000}}, 413, "BODY_TOO_LARGE"),
    ],
    ids=["json", "query", "type", "size"],
)
async def test_what_is_no_graphql_request_is_refused_by_its_status(
    api: httpx.AsyncClient, request_: Any, status: int, code: str
) -> None:
    headers = EVENTS | request_.pop("headers", {})
    answer = await api.post("/graphql", headers=headers, **request_)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_a_mutation_by_get_is_refused(api: httpx.AsyncClient) -> None:
    asked = {"query": "mutation { signOut(input: {}) { __typename } }"}
    answer = await api.get("/graphql", params=asked, headers=EVENTS)
    assert answer.status_code == 405


async def test_without_the_header_a_subscription_is_refused(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": LISTEN})
    assert answer.status_code == 400
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


async def test_who_is_not_signed_in_is_told_by_an_event(api: httpx.AsyncClient) -> None:
    async with api.stream("GET", "/graphql", params={"query": LISTEN}, headers=EVENTS) as answer:
        (_, result), last = await events(answer)
    assert last == ("complete", None)
    assert result["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


async def test_a_stream_is_kept_alive_by_comments(
    api: httpx.AsyncClient, clean_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sse.KEEP_ALIVE_SECONDS", 0.01)
    headers = EVENTS | {"authorization": f"Bearer {await sign_up(api, 'ada')}"}
    asked = {"query": LISTEN}
    async with api.stream("POST", "/graphql", json=asked, headers=headers) as answer:
        heard = blocks(answer)
        assert [await anext(heard) for _ in range(3)] == [":", ":", ":"]


async def test_who_has_gone_listens_no_more(
    settings: Settings, clean_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = settings.model_copy(update={"max_subscriptions_per_person": 1})
    async with serve(few) as api:
        headers = EVENTS | {"authorization": f"Bearer {await sign_up(api, 'ada')}"}
        asked = {"query": LISTEN}
        async with api.stream("POST", "/graphql", json=asked, headers=headers) as answer:
            assert await anext(blocks(answer)) == ":"
            async with api.stream("POST", "/graphql", json=asked, headers=headers) as second:
                (_, refused), _ = await events(second)
        assert refused["errors"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
        monkeypatch.setattr("app.sse.KEEP_ALIVE_SECONDS", 0.01)
        async with asyncio.timeout(60):
            heard: list[str] = []
            while heard != [":", ":"]:  # the second is sent only to who listens
                async with api.stream("POST", "/graphql", json=asked, headers=headers) as third:
                    found = blocks(third)
                    heard = [await anext(found), await anext(found)]


async def test_nothing_of_a_subscription_is_left_to_the_garbage_collector(
    api: httpx.AsyncClient, clean_database: object
) -> None:
    headers = EVENTS | {"authorization": f"Bearer {await sign_up(api, 'ada')}"}
    change = "mutation { setQueue(input: {revision: 0, songIds: []}) { __typename } }"
    asked = {"query": "subscription { playbackChanged { songs { nodes { title } } } }"}

    async def listen() -> None:
        async with api.stream("POST", "/graphql", json=asked, headers=headers) as answer:
            found = [block async for block in _first(blocks(answer), 2)]
        assert '"data":{"playbackChanged"' in found[1]

    await api.post("/graphql", json={"query": change}, headers=headers | {"accept": "*/*"})
    await listen()
    await asyncio.sleep(0.1)
    gc.collect()
    gc.disable()
    try:
        await listen()
        await asyncio.sleep(0.1)
        left = [found for found in gc.get_objects() if isinstance(found, Context)]
    finally:
        gc.enable()
    assert left == []


async def _first(blocks: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    for _ in range(count):
        yield await anext(blocks)
