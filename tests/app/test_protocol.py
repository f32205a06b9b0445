"""GraphQL over HTTP: media types, statuses, what caches may keep."""

import ast
import json
import re
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from strawberry.types import ExecutionResult

from app import persisted, protocol
from app.protocol import JSON, RESPONSE_JSON, STATUSES, MediaType, RequestError, encode, negotiate
from app.settings import Settings
from db.ids import lease_ids
from db.pool import Pool
from resolvers.ids import song_id
from tests.app.conftest import serve
from tests.factories import Factory

DOCS = Path(__file__).parents[2] / "docs" / "reference"
NEW = "application/graphql-response+json"
QUERY = '{ genre(slug: "none") { name } }'


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        (b"*/*", JSON),
        (b"application/*", JSON),
        (b"application/json", JSON),
        (b"application/json; charset=utf-8", JSON),
        (b"application/graphql-response+json", RESPONSE_JSON),
        (b"Application/GraphQL-Response+JSON; charset=UTF-8", RESPONSE_JSON),
        (b"application/graphql-response+json, application/json;q=0.9", RESPONSE_JSON),
        (b"application/json, application/graphql-response+json", RESPONSE_JSON),
        (b"application/graphql-response+json;q=0.5, application/json;q=0.6", JSON),
        (b"application/graphql-response+json;q=0, */*", JSON),
        (b"application/json;q=0, */*", RESPONSE_JSON),
        (b"application/json;q=0.1, */*", RESPONSE_JSON),
        (b"text/html, */*;q=0.1", JSON),
        (b"application/json;q=nonsense, application/graphql-response+json;q=0.1", RESPONSE_JSON),
    ],
)
def test_the_media_type_that_is_wanted_most_is_chosen(
    accept: bytes | None, expected: MediaType
) -> None:
    assert negotiate(accept) is expected
    assert negotiate(accept) is expected, "also when it is remembered"


@pytest.mark.parametrize(
    "accept",
    [
        b"text/html",
        b"",
        b"application/json;q=0",
        b"application/json;q=0, application/graphql-response+json;q=0, */*",
        b"application/json; charset=latin-1",
        b";,;q",
    ],
)
def test_who_accepts_no_json_is_told_what_there_is(accept: bytes) -> None:
    with pytest.raises(RequestError, match="accept application/graphql-response") as raised:
        negotiate(accept)
    assert raised.value.status == 406


def test_kinds_of_clients_without_end_are_not_remembered() -> None:
    for number in range(3 * protocol.REMEMBERED):
        negotiate(b"application/json, x/%d" % number)
    assert len(protocol._ACCEPTED) <= protocol.REMEMBERED


def test_an_answer_without_errors_is_its_data() -> None:
    assert json.loads(encode(ExecutionResult({"a": 1}, None))) == {"data": {"a": 1}}


@pytest.mark.parametrize(
    ("body", "new", "old", "has_data"),
    [
        ({"query": "{ __typename }"}, 200, 200, True),
        ({"query": "{"}, 400, 200, False),
        ({"query": "{ nope }"}, 400, 200, False),
        ({"query": "query A { __typename } query B { __typename }"}, 400, 200, False),
        ({"query": "query ($id: ID!) { song(id: $id) { id } }"}, 400, 200, False),
        (
            {"query": "mutation ($i: RefreshInput!) { refresh(input: $i) { __typename } }"},
            400,
            200,
            False,
        ),
        ({"query": '{ song(id: "nonsense") { id } }'}, 294, 200, True),
        ({"query": ""}, 400, 400, False),
        ({"query": "subscription { x }"}, 400, 200, False),
    ],
)
async def test_statuses(
    api: httpx.AsyncClient, body: dict[str, Any], new: int, old: int, has_data: bool
) -> None:
    for accept, status in ((NEW, new), ("application/json", old)):
        answer = await api.post("/graphql", json=body, headers={"accept": accept})
        assert answer.status_code == status
        assert answer.headers["content-type"].partition(";")[0] == accept
        assert ("data" in answer.json()) == has_data
        if status != 200:
            assert answer.json()["errors"]


def test_the_table_of_statuses_is_in_the_docs() -> None:
    text = (DOCS / "http.md").read_text(encoding="utf-8")
    told = {
        code: int(status)
        for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", text, re.MULTILINE)
    }
    assert told == STATUSES


def codes_of(source: str) -> Iterator[str]:
    """The codes of errors that a module gives, by how they are written."""
    for node in ast.walk(ast.parse(source)):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            named = zip(node.keys, node.values, strict=True)
            given += [v for k, v in named if isinstance(k, ast.Constant) and k.value == "code"]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"RequestError": 0, "refusal": 1}.get(node.func.id)
            given += [] if place is None else [node.args[place]]
        elif isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["code"]:
            given += [node.value]
        for value in given:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def test_the_list_of_errors_has_every_code_and_no_other() -> None:
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([A-Z_]+)` \| \S.* \| \S.* \|$", text, re.MULTILINE)
    listed += re.findall(r"^\| `\w+(?: \{.*\})?` \| `([A-Z_]+)` \| \S.* \|$", text, re.MULTILINE)
    given = {*STATUSES, *(code for _, code in persisted._UNKNOWN.values())}
    for package in ("app", "engine", "resolvers", "schema"):
        for path in (DOCS.parents[1] / package).rglob("*.py"):
            given.update(codes_of(path.read_text(encoding="utf-8")))
    assert {*listed} == given


async def test_the_answer_to_a_get_may_be_kept_by_anybody(api: httpx.AsyncClient) -> None:
    answer = await api.get("/graphql", params={"query": QUERY})
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["vary"] == "Accept, Authorization, Origin"
    assert "ratelimit" not in answer.headers, "that is one client's, and not for all who share it"
    again = await api.get(
        "/graphql", params={"query": QUERY}, headers={"if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        ({"query": QUERY}, {"authorization": "Bearer nonsense"}),
        ({"query": '{ song(id: "nonsense") { id } }'}, {}),
        ({"query": "{"}, {}),
        ({"query": ""}, {}),
        ({"query": QUERY}, {"x-tonearm-cost": "1"}),
        ({"query": "mutation { __typename }"}, {}),
    ],
)
async def test_what_is_ones_own_or_went_wrong_is_not_kept(
    api: httpx.AsyncClient, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    answer = await api.get("/graphql", params=parameters, headers=headers)
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_an_answer_is_kept_no_longer_than_its_urls_are_good(
    settings: Settings, factory: Factory
) -> None:
    song = await factory.make_song()
    lasting = settings.model_copy(
        update={"cache_seconds": 86_400, "stream_ttl_seconds": 60, "stream_window_seconds": 20}
    )
    query = "query ($id: ID!) { song(id: $id) { id %s } }"
    variables = json.dumps({"id": song_id(song)})
    async with serve(lasting) as api:
        bare, full = [
            await api.get("/graphql", params={"query": query % fields, "variables": variables})
            for fields in ("title", "stream { url refreshAfter }")
        ]
    assert bare.headers["cache-control"] == "public, max-age=86400"
    assert full.json()["data"]["song"]["stream"] is not None
    [seconds] = re.findall(r"public, max-age=(\d+)", full.headers["cache-control"])
    assert int(seconds) <= 80


async def test_head_is_get_without_the_body(api: httpx.AsyncClient) -> None:
    get = await api.get("/graphql", params={"query": QUERY})
    head = await api.head("/graphql", params={"query": QUERY})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers[name] == get.headers[name]


async def test_options_tells_the_methods(api: httpx.AsyncClient) -> None:
    answer = await api.options("/graphql")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "content-length" not in answer.headers


async def test_a_mutation_by_get_does_nothing(api: httpx.AsyncClient) -> None:
    query = "mutation { __typename }"
    for accept in (NEW, "application/json"):
        answer = await api.get("/graphql", params={"query": query}, headers={"accept": accept})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_url_that_is_too_long_is_refused(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"max_body_bytes": 2_000})) as api:
        answer = await api.get("/graphql", params={"query": QUERY.ljust(2_000, "#")})
    assert answer.status_code == 414
    assert answer.json()["errors"][0]["extensions"]["code"] == "URL_TOO_LONG"


async def test_empty_parameters_of_a_url_are_as_good_as_none(api: httpx.AsyncClient) -> None:
    empty = {"variables": "", "operationName": "", "extensions": ""}
    answer = await api.get("/graphql", params={"query": QUERY} | empty)
    assert answer.json() == {"data": {"genre": None}}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/nowhere", "/graphql/nowhere"])
async def test_what_is_not_there_is_told_in_json(
    api: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await api.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_a_fault_of_ours_is_told_in_json_and_keeps_its_secret(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret")

    monkeypatch.setattr("app.graphql.Context", fail)
    headers = {"accept": NEW, "x-request-id": "mine-1"}
    answer = await api.post("/graphql", json={"query": QUERY}, headers=headers)
    assert answer.status_code == 500
    extensions = answer.json()["errors"][0]["extensions"]
    assert extensions == {"code": "INTERNAL", "requestId": "mine-1"}
    assert "secret" not in answer.text


async def test_lists_and_strings_have_a_length(api: httpx.AsyncClient, settings: Settings) -> None:
    for value, document in (
        (["x"] * (settings.max_list_items + 1), "query ($v: [ID!]!) { nodes(ids: $v) { id } }"),
        ("x" * (settings.max_string_length + 1), "query ($v: String!) { genre(slug: $v) { id } }"),
    ):
        asked = {"query": document, "variables": {"v": value}}
        answer = await api.post("/graphql", json=asked, headers={"accept": NEW})
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["extensions"]["code"]) == (400, "INPUT_TOO_LARGE")
        assert error["message"].startswith("$v has ")


@pytest.fixture
async def factory(settings: Settings, clean_database: Pool) -> AsyncGenerator[Factory, None]:
    async with lease_ids(clean_database) as ids:
        yield Factory(clean_database, ids)
