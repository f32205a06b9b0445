"""Documents by their id: trusted ones, and those that clients register."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.pages import DIST
from app.persisted import BadManifest, Mode, Persisted, UnknownDocument, read_manifests
from app.protocol import GraphQLRequest, RequestError
from app.settings import Settings
from schema.schema import schema
from tests.app.conftest import serve

TEXT = "query Persisted { __typename }"
ANSWER = {"data": {"__typename": "Query"}}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def by_hash(text: str, *, query: str | None = None) -> dict[str, Any]:
    """A request as Apollo's clients send it."""
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}
    return {"extensions": persisted} | ({"query": query} if query else {})


def code_of(answer: httpx.Response) -> Any:
    [error] = answer.json()["errors"]
    return error["extensions"]["code"]


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def bounds() -> Iterator[None]:
    """The schema, which all servers of this process share, is bounded again as before."""
    before = schema.executor.bounds
    yield
    schema.executor.bounds = before


@pytest.mark.parametrize(
    "content",
    [
        {"some-id": TEXT},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "some-id", "name": "A", "type": "query", "body": TEXT}],
        },
    ],
)
def test_manifests_of_all_makers_are_read(tmp_path: Path, content: Any) -> None:
    documents = read_manifests([write(tmp_path / "manifest.json", content)])
    assert documents == {"some-id": TEXT, f"sha256:{sha256(TEXT)}": TEXT}


def test_a_hash_without_its_prefix_is_known_with_it(tmp_path: Path) -> None:
    documents = read_manifests([write(tmp_path / "manifest.json", {"a" * 64: TEXT})])
    assert documents[f"sha256:{'a' * 64}"] == documents["a" * 64] == TEXT


@pytest.mark.parametrize(
    "content", [[], {"a": 1}, "x", {"format": "apollo-persisted-query-manifest"}]
)
def test_what_is_no_manifest_is_named(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path / "manifest.json", content)
    with pytest.raises(BadManifest, match=r"manifest\.json is no manifest"):
        read_manifests([path])
    with pytest.raises(BadManifest, match="No such file"):
        read_manifests([tmp_path / "none.json"])


def test_one_id_is_not_two_documents(tmp_path: Path) -> None:
    one = write(tmp_path / "one.json", {"a": TEXT})
    other = write(tmp_path / "other.json", {"a": "{ __typename }"})
    with pytest.raises(BadManifest, match="a is another document"):
        read_manifests([one, other])


def test_what_clients_register_is_bounded_and_the_oldest_goes() -> None:
    persisted = Persisted(Mode.ALLOW, {}, size=100)
    texts = [f"query Number{number} {{ __typename }}" for number in range(20)]
    for text in texts:
        persisted.text(GraphQLRequest(text, None, None, None, sha256(text)))
        persisted.text(GraphQLRequest(None, None, None, None, sha256(text)))
    assert persisted.text(GraphQLRequest(None, None, None, None, sha256(texts[-1]))) == texts[-1]
    with pytest.raises(UnknownDocument):
        persisted.text(GraphQLRequest(None, None, None, None, sha256(texts[0])))


def test_nobody_registers_a_document_by_the_hash_of_another() -> None:
    persisted = Persisted(Mode.ALLOW, {})
    with pytest.raises(RequestError, match="not the SHA-256") as raised:
        persisted.text(GraphQLRequest(TEXT, None, None, None, sha256("{ other }")))
    assert raised.value.extensions["code"] == "PERSISTED_QUERY_MISMATCH"


async def test_a_client_of_apollos_registers_and_then_gets_by_hash(api: httpx.AsyncClient) -> None:
    text = "query Registered { __typename }"
    first = await api.post("/graphql", json=by_hash(text))
    assert (first.status_code, code_of(first)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert first.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await api.post("/graphql", json=by_hash(text, query=text))).json() == ANSWER
    assert (await api.post("/graphql", json=by_hash(text))).json() == ANSWER
    assert (
        await api.post("/graphql", json={"documentId": f"sha256:{sha256(text)}"})
    ).json() == ANSWER
    extensions = json.dumps(by_hash(text)["extensions"])
    by_get = await api.get("/graphql", params={"extensions": extensions})
    assert by_get.json() == ANSWER
    assert by_get.headers["cache-control"] == "public, max-age=60"


async def test_an_unknown_id_is_a_request_that_is_refused(api: httpx.AsyncClient) -> None:
    headers = {"accept": "application/graphql-response+json"}
    answer = await api.post("/graphql", json={"documentId": "none"}, headers=headers)
    assert (answer.status_code, code_of(answer)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    answer = await api.get("/graphql", params={"documentId": "none"})
    assert answer.headers["cache-control"] == "no-store"


async def test_the_players_documents_are_known(api: httpx.AsyncClient) -> None:
    manifest = json.loads((DIST / "trusted-documents.json").read_text())
    id_ = next(id_ for id_, text in manifest.items() if "query Genres " in text)
    answer = await api.get("/graphql", params={"documentId": id_})
    assert answer.json()["data"]["genres"] is not None


async def test_only_trusted_documents_are_executed_where_they_are_required(
    settings: Settings, tmp_path: Path, bounds: None
) -> None:
    trusted, other = "query Trusted { __typename }", "query Untrusted { __typename }"
    mutation = "mutation Untrusted { __typename }"
    required = settings.model_copy(
        update={
            "trusted_documents": (write(tmp_path / "manifest.json", {"my-id": trusted}),),
            "trusted_documents_mode": Mode.REQUIRED,
        }
    )
    async with serve(required) as api:
        for allowed in ({"documentId": "my-id"}, {"query": trusted}, by_hash(trusted)):
            assert (await api.post("/graphql", json=allowed)).json() == ANSWER
        for refused in (
            {"query": other},
            {"query": mutation},
            {"query": trusted + " "},
            {"documentId": "none"},
            by_hash(other),
            by_hash(other, query=other),
        ):
            answer = await api.post("/graphql", json=refused)
            assert code_of(answer) == "DOCUMENT_NOT_TRUSTED"
            assert "data" not in answer.json()
        url = str(api.base_url).replace("http:", "ws:") + "/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            asked = {"id": "1", "type": "subscribe", "payload": {"query": other}}
            await socket.send(json.dumps(asked))
            told = json.loads(await socket.recv(decode=True))
    assert told["type"] == "error"
    assert "Only documents that this server was given" in told["payload"][0]["message"]


async def test_ids_can_be_turned_off(settings: Settings, bounds: None) -> None:
    off = settings.model_copy(update={"trusted_documents_mode": Mode.OFF})
    async with serve(off) as api:
        answer = await api.post("/graphql", json=by_hash(TEXT, query=TEXT))
        assert answer.json() == ANSWER
        answer = await api.post("/graphql", json=by_hash(TEXT))
    assert code_of(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"
