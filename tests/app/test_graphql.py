"""The endpoint, over HTTP."""

import gc
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from app.settings import Settings
from resolvers.context import Context
from tests.app.conftest import serve

QUERY = '{ genre(slug: "none") { name } }'
JSON = {"content-type": "application/json"}


def error_of(answer: httpx.Response) -> Any:
    """The only error of an answer that is one of JSON."""
    assert answer.headers["content-type"] == "application/json"
    [error] = answer.json()["errors"]
    return error


async def test_a_query_is_answered(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": QUERY})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"data": {"genre": None}}


async def test_variables_and_operation_names(api: httpx.AsyncClient) -> None:
    answer = await api.post(
        "/graphql",
        json={
            "query": (
                "query A { __typename } query B($slug: String!) { genre(slug: $slug) { name } }"
            ),
            "operationName": "B",
            "variables": {"slug": "none"},
        },
    )
    assert answer.json() == {"data": {"genre": None}}


async def test_several_operations_without_a_name_are_an_error(api: httpx.AsyncClient) -> None:
    document = "query A { __typename } query B { __typename }"
    answer = await api.post("/graphql", json={"query": document})
    assert "operation" in error_of(answer)["message"].lower()
    assert answer.json().get("data") is None


async def test_a_slash_at_the_end_of_the_path_does_no_harm(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql/", json={"query": QUERY})
    assert answer.json() == {"data": {"genre": None}}


async def test_a_query_by_get(api: httpx.AsyncClient) -> None:
    answer = await api.get("/graphql", params={"query": QUERY})
    assert answer.json() == {"data": {"genre": None}}


async def test_a_query_by_get_with_variables(api: httpx.AsyncClient) -> None:
    document = "query B($slug: String!) { genre(slug: $slug) { name } }"
    variables = json.dumps({"slug": "none"})
    answer = await api.get("/graphql", params={"query": document, "variables": variables})
    assert answer.json() == {"data": {"genre": None}}


async def test_introspection_is_answered_as_the_standard_says(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": '{ __type(name: "Song") { name kind } }'})
    assert answer.json() == {"data": {"__type": {"name": "Song", "kind": "OBJECT"}}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b'{"query": "\xff"}', "not JSON"),
        (b'{"query": NaN}', "not JSON"),
        (b"[" * 2_000 + b"]" * 2_000, "not JSON"),
        (b'[{"query": "{ __typename }"}]', "one JSON object"),
        (b"null", "one JSON object"),
        (b'"{ __typename }"', "one JSON object"),
        (b"{}", "`query` is missing"),
        (b'{"query": ""}', "`query` is missing"),
        (b'{"query": null}', "`query` is missing"),
        (b'{"query": 1}', "`query` is a string"),
        (b'{"query": "{ __typename }", "variables": []}', "`variables`"),
        (b'{"query": "{ __typename }", "variables": "{}"}', "`variables`"),
        (b'{"query": "{ __typename }", "operationName": 1}', "`operationName`"),
        (b'{"query": "{ __typename }", "extensions": []}', "`extensions`"),
    ],
)
async def test_what_is_no_graphql_request_is_refused(
    api: httpx.AsyncClient, body: bytes, words: str
) -> None:
    answer = await api.post("/graphql", content=body, headers=JSON)
    assert answer.status_code == 400
    error = error_of(answer)
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert words in error["message"]


@pytest.mark.parametrize("query_string", ["", "query=", "query=a&query=b", "query=a&variables={"])
async def test_a_url_that_is_no_graphql_request_is_refused(
    api: httpx.AsyncClient, query_string: str
) -> None:
    answer = await api.get(f"/graphql?{query_string}")
    assert answer.status_code == 400
    assert error_of(answer)["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", ""],
)
async def test_only_json_in_utf8_is_taken(api: httpx.AsyncClient, media_type: str) -> None:
    content = json.dumps({"query": QUERY})
    answer = await api.post("/graphql", content=content, headers={"content-type": media_type})
    assert answer.status_code == 415
    assert error_of(answer)["extensions"] == {"code": "UNSUPPORTED_MEDIA_TYPE"}


async def test_json_with_its_charset_is_taken(api: httpx.AsyncClient) -> None:
    headers = {"content-type": "Application/JSON; charset=UTF-8"}
    answer = await api.post("/graphql", content=json.dumps({"query": QUERY}), headers=headers)
    assert answer.status_code == 200


async def test_other_methods_are_told_which_ones_there_are(api: httpx.AsyncClient) -> None:
    answer = await api.put("/graphql", json={"query": QUERY})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert error_of(answer)["extensions"] == {"code": "METHOD_NOT_ALLOWED"}


async def test_the_largest_body_is_taken_and_a_larger_one_is_not(
    api: httpx.AsyncClient, settings: Settings
) -> None:
    content = json.dumps({"query": QUERY}).ljust(settings.max_body_bytes).encode()
    answer = await api.post("/graphql", content=content, headers=JSON)
    assert answer.status_code == 200
    answer = await api.post("/graphql", content=content + b" ", headers=JSON)
    assert answer.status_code == 413
    assert error_of(answer)["extensions"] == {"code": "BODY_TOO_LARGE"}


async def test_a_document_that_is_too_deep_is_refused(
    api: httpx.AsyncClient, settings: Settings
) -> None:
    levels = settings.query_max_depth
    document = (
        "{ artist(id: 1) { "
        + "albums { nodes { artists { " * levels
        + "name"
        + "}" * (3 * levels + 2)
    )
    answer = await api.post("/graphql", json={"query": document})
    assert error_of(answer)["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


async def test_a_subscription_is_told_to_come_by_websocket(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": "subscription { x }"})
    assert "subscription" in error_of(answer)["message"].lower()


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example", True),
        ("http://localhost:5173", True),
        ("http://localhost.evil.example", False),
        ("https://evil.example", False),
        ("https://app.example.evil.example", False),
    ],
)
async def test_only_known_web_apps_may_call(
    api: httpx.AsyncClient, origin: str, allowed: bool
) -> None:
    preflight = await api.options(
        "/graphql",
        headers={
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "content-type",
        },
    )
    call = await api.post("/graphql", json={"query": QUERY}, headers={"origin": origin})
    expected = origin if allowed else None
    assert preflight.headers.get("access-control-allow-origin") == expected
    assert call.headers.get("access-control-allow-origin") == expected


async def test_in_development_a_query_tells_how_it_ran(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"development": True})) as api:
        asked = {"query": QUERY}
        answer = await api.post("/graphql", json=asked, headers={"x-tonearm-trace": "1"})
        silent = await api.post("/graphql", json=asked)
    tonearm = answer.json()["extensions"]["tonearm"]
    assert answer.json()["data"] == {"genre": None}
    [statement] = tonearm["statements"]
    assert "FROM genres" in statement["sql"]
    assert statement["milliseconds"] > 0
    assert any("genre" in line for line in tonearm["plan"])
    assert tonearm["timings"]
    assert "extensions" not in silent.json()


async def test_in_production_nobody_is_told_how_a_query_ran(api: httpx.AsyncClient) -> None:
    answer = await api.post("/graphql", json={"query": QUERY}, headers={"x-tonearm-trace": "1"})
    assert "extensions" not in answer.json()


def websocket(api: httpx.AsyncClient, **options: Any) -> connect:
    url = str(api.base_url).replace("http:", "ws:") + "/graphql"
    return connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], **options)


async def test_a_query_over_a_websocket(api: httpx.AsyncClient) -> None:
    async with websocket(api) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv(decode=True))["type"] == "connection_ack"
        asked = {"id": "1", "type": "subscribe", "payload": {"query": QUERY}}
        await socket.send(json.dumps(asked))
        told = json.loads(await socket.recv(decode=True))
        assert told == {"id": "1", "type": "next", "payload": {"data": {"genre": None}}}
        assert json.loads(await socket.recv(decode=True)) == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("origin", ["https://app.example", "http://localhost:5173"])
async def test_a_known_web_app_may_open_a_websocket(api: httpx.AsyncClient, origin: str) -> None:
    async with websocket(api, origin=Origin(origin)) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv(decode=True))["type"] == "connection_ack"


async def test_an_unknown_web_app_may_not_open_a_websocket(api: httpx.AsyncClient) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        await websocket(api, origin=Origin("https://evil.example"))


async def test_nothing_of_a_request_is_left_to_the_garbage_collector(
    api: httpx.AsyncClient,
) -> None:
    asked = {"query": '{ genre(slug: "none") { name } genres { nodes { name } } }'}
    await api.post("/graphql", json=asked)
    gc.collect()
    gc.disable()
    try:
        await api.post("/graphql", json=asked)
        left = [found for found in gc.get_objects() if isinstance(found, Context)]
    finally:
        gc.enable()
    assert left == []
