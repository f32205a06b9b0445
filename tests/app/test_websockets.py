"""graphql-transport-ws, message by message; tests/protocol speaks it with npm's client."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.settings import Settings
from tests.app.conftest import serve

QUERY = '{ genre(slug: "none") { name } }'
LISTEN = "subscription { playbackChanged { revision } }"


def websocket(api: httpx.AsyncClient, **options: Any) -> connect:
    url = str(api.base_url).replace("http:", "ws:") + "/graphql"
    return connect(url, **{"subprotocols": [Subprotocol("graphql-transport-ws")], **options})


async def tell(client: ClientConnection, **message: Any) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> Any:
    async with asyncio.timeout(60):
        return json.loads(await client.recv(decode=True))


async def closed(client: ClientConnection) -> int:
    """The code with which the server closes, after whatever it still says."""
    async with asyncio.timeout(60):
        with pytest.raises(ConnectionClosed):
            await read_for_ever(client)
    assert client.close_code is not None
    return client.close_code


@asynccontextmanager
async def ready(api: httpx.AsyncClient, **payload: Any) -> AsyncIterator[ClientConnection]:
    """A websocket that was acknowledged."""
    async with websocket(api) as client:
        await tell(client, type="connection_init", payload=payload)
        assert await hear(client) == {"type": "connection_ack"}
        yield client


async def subscribe(client: ClientConnection, key: str, query: str, **more: Any) -> None:
    await tell(client, id=key, type="subscribe", payload={"query": query, **more})


async def read_for_ever(client: ClientConnection) -> None:
    while True:
        await client.recv()


async def ask_for_ever(client: ClientConnection, query: str) -> None:
    for number in count():
        await subscribe(client, str(number), query)
        await asyncio.sleep(0)


async def sign_up(api: httpx.AsyncClient, name: str) -> str:
    """The access token of somebody new."""
    answer = await api.post(
        "/graphql",
        json={
            "query": (
                "mutation ($input: SignUpInput!) { signUp(input: $input) "
                "{ ... on SignUpPayload { credentials { accessToken } } } }"
            ),
            "variables": {
                "input": {
                    "userName": name,
                    "email": f"{name}@tonearm.example",
                    "password": "correct horse battery",
                }
            },
        },
    )
    token: str = answer.json()["data"]["signUp"]["credentials"]["accessToken"]
    return token


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["nonsense"], 4400),
        ([b"{}"], 4400),
        (["[]"], 4400),
        (["{}"], 4400),
        (['{"type": "unknown"}'], 4400),
        (['{"type": "connection_init", "payload": 1}'], 4400),
        (['{"type": "connection_init", "payload": {"authorization": 1}}'], 4400),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer bad"}}'], 4403),
        (['{"type": "connection_init"}'] * 2, 4429),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ x }"}}'], 4401),
        (['{"type": "connection_init"}', '{"type": "subscribe", "payload": {}}'], 4400),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1"}'], 4400),
        (['{"type": "connection_init"}', '{"type": "subscribe", "id": "1", "payload": {}}'], 4400),
        (['{"type": "connection_init"}', '{"type": "complete"}'], 4400),
        (['{"type": "' + "x" * 200_000 + '"}'], 1009),
        (['{"type": "' + "x" * 2_000_000 + '"}'], 1009),
    ],
    ids=range(16),
)
async def test_who_breaks_the_protocol_is_told_by_a_code(
    api: httpx.AsyncClient, messages: list[str | bytes], code: int
) -> None:
    async with websocket(api) as client:
        for message in messages:
            await client.send(message)
        assert await closed(client) == code


async def test_another_subprotocol_is_not_spoken(api: httpx.AsyncClient) -> None:
    async with websocket(api, subprotocols=[Subprotocol("graphql-ws")]) as client:
        assert await closed(client) == 4406


async def test_who_does_not_begin_is_cut_off(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.websockets.INIT_SECONDS", 0.05)
    async with websocket(api) as client:
        assert await closed(client) == 4408


async def test_a_ping_is_answered_with_what_it_brought(api: httpx.AsyncClient) -> None:
    async with websocket(api) as client:
        await tell(client, type="ping")
        assert await hear(client) == {"type": "pong"}
        await tell(client, type="pong")
        await tell(client, type="ping", payload={"a": 1})
        assert await hear(client) == {"type": "pong", "payload": {"a": 1}}


async def test_an_id_may_be_used_again_after_its_end(api: httpx.AsyncClient) -> None:
    async with ready(api) as client:
        for _ in range(3):
            await subscribe(client, "1", QUERY)
            assert (await hear(client))["payload"] == {"data": {"genre": None}}
            assert await hear(client) == {"id": "1", "type": "complete"}


async def test_variables_and_operation_names(api: httpx.AsyncClient) -> None:
    document = "query A { __typename } query B($s: String!) { genre(slug: $s) { name } }"
    async with ready(api) as client:
        await subscribe(client, "1", document, operationName="B", variables={"s": "none"})
        assert (await hear(client))["payload"] == {"data": {"genre": None}}


async def test_a_document_that_is_not_good_is_refused_and_the_websocket_stays(
    api: httpx.AsyncClient,
) -> None:
    async with ready(api) as client:
        for document in ("{", "{ nonsense }", "{ a: __typename " * 30 + "}" * 30):
            await subscribe(client, "1", document)
            refused = await hear(client)
            assert (refused["id"], refused["type"]) == ("1", "error")
            assert refused["payload"][0]["extensions"]["code"]


async def test_the_bounds_of_documents_hold(api: httpx.AsyncClient) -> None:
    deep = '{ song(id: "song_1") { ' + "artists { songs { nodes { " * 9 + "id" + " } } }" * 9 + "}}"
    async with ready(api) as client:
        await subscribe(client, "1", deep)
        assert (await hear(client))["payload"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


async def test_an_id_of_what_is_listened_to_cannot_be_used_again(
    api: httpx.AsyncClient, clean_database: object
) -> None:
    token = await sign_up(api, "ada")
    async with ready(api, authorization=f"Bearer {token}") as client:
        await subscribe(client, "1", LISTEN)
        await subscribe(client, "1", LISTEN)
        assert await closed(client) == 4409


async def test_what_was_completed_by_the_client_ends(
    api: httpx.AsyncClient, clean_database: object
) -> None:
    token = await sign_up(api, "ada")
    async with ready(api, Authorization=f"Bearer {token}") as client:
        for _ in range(50):  # the most of one person are 20
            await subscribe(client, "1", LISTEN)
            await tell(client, id="1", type="complete")
            await subscribe(client, "2", QUERY)
            assert (await hear(client))["type"] == "next"
            assert await hear(client) == {"id": "2", "type": "complete"}


async def test_the_header_of_the_handshake_signs_in_too(
    api: httpx.AsyncClient, clean_database: object
) -> None:
    headers = {"authorization": f"Bearer {await sign_up(api, 'ada')}"}
    async with websocket(api, additional_headers=headers) as client:
        await tell(client, type="connection_init")
        await hear(client)
        await subscribe(client, "1", "{ viewer { user { userName } } }")
        assert (await hear(client))["payload"]["data"]["viewer"]["user"]["userName"] == "ada"


async def test_a_person_listens_no_more_often_than_allowed(
    settings: Settings, clean_database: object
) -> None:
    few = settings.model_copy(update={"max_subscriptions_per_person": 2, "max_subscriptions": 3})
    async with serve(few) as api:
        ada, bob = await sign_up(api, "ada"), await sign_up(api, "bob")
        async with (
            ready(api, authorization=f"Bearer {ada}") as hers,
            ready(api, authorization=f"Bearer {bob}") as his,
        ):
            for key in ("1", "2", "3"):
                await subscribe(hers, key, LISTEN)
            refused = await hear(hers)
            assert (refused["id"], refused["type"]) == ("3", "error")
            assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
            for key in ("1", "2"):
                await subscribe(his, key, LISTEN)
            refused = await hear(his)
            assert (refused["id"], refused["type"]) == ("2", "error")
            await tell(hers, id="1", type="complete")
            await subscribe(hers, "4", QUERY)
            assert (await hear(hers))["id"] == "4"
            await subscribe(his, "3", LISTEN)
            await subscribe(his, "4", QUERY)
            assert (await hear(his))["id"] == "4"


async def test_a_websocket_runs_no_more_operations_than_allowed(
    api: httpx.AsyncClient, clean_database: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.websockets.OPERATIONS", 2)
    token = await sign_up(api, "ada")
    async with ready(api, authorization=f"Bearer {token}") as client:
        for key in ("1", "2", "3"):
            await subscribe(client, key, LISTEN)
        refused = await hear(client)
        assert (refused["id"], refused["type"]) == ("3", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


async def test_too_many_websockets_are_asked_to_come_later(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"max_websockets": 1})) as api:
        async with ready(api), websocket(api) as second:
            assert await closed(second) == 1013
        async with asyncio.timeout(60):
            while True:  # until the server knows that the first is gone
                async with websocket(api) as third:
                    await tell(third, type="connection_init")
                    with suppress(ConnectionClosed):
                        assert await hear(third) == {"type": "connection_ack"}
                        return


async def test_a_websocket_on_which_nothing_runs_is_closed(
    settings: Settings, clean_database: object
) -> None:
    async with serve(settings.model_copy(update={"idle_websocket_seconds": 0.2})) as api:
        token = await sign_up(api, "ada")
        async with websocket(api) as listening:
            payload = {"authorization": f"Bearer {token}"}
            await tell(listening, type="connection_init", payload=payload)
            await subscribe(listening, "1", LISTEN)
            assert await hear(listening) == {"type": "connection_ack"}
            async with ready(api) as idle:
                assert await closed(idle) == 1000
            await tell(listening, type="ping")
            assert await hear(listening) == {"type": "pong"}
            await tell(listening, id="1", type="complete")
            assert await closed(listening) == 1000


async def test_a_client_that_does_not_read_is_cut_off(settings: Settings) -> None:
    """It asks for the schema again and again, more than fits into all buffers, and reads none."""
    introspection = "{ __schema { types { name description fields { name description } } } }"
    async with serve(settings.model_copy(update={"slow_reader_seconds": 0.2})) as api:
        with socket.create_connection((api.base_url.host, api.base_url.port)) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            async with connect(
                "ws://x/graphql",
                sock=raw,
                subprotocols=[Subprotocol("graphql-transport-ws")],
                ping_interval=None,
                max_queue=1,
                max_size=None,
                close_timeout=0.1,
            ) as client:
                await tell(client, type="connection_init")
                await hear(client)
                with pytest.raises(ConnectionClosed):
                    await ask_for_ever(client, introspection)


async def test_a_mutation_is_completed_although_its_client_is_gone(
    api: httpx.AsyncClient, clean_database: Any
) -> None:
    token = await sign_up(api, "ada")
    set_queue = "mutation { setQueue(input: {revision: 0, songIds: []}) { __typename } }"
    async with ready(api, authorization=f"Bearer {token}") as client:
        await subscribe(client, "1", set_queue)
    async with asyncio.timeout(60):
        while True:
            async with clean_database.acquire() as connection:
                if await connection.fetchval("SELECT revision FROM playback_queues") == 1:
                    return
            await asyncio.sleep(0.01)
