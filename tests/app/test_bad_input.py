"""Whatever anybody sends, the answer is an answer: with a code from the list, and nothing of ours.

No 500, no driver's words, no traceback, nothing in the log that somebody would have to look at.
"""

import json
import logging
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import schemathesis
from graphql import IntValueNode, StringValueNode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.settings import Settings
from db.accounts import insert_account
from db.ids import lease_ids
from db.pool import Pool
from db.users import insert_user, insert_user_name
from resolvers.auth.keys import KeyRing
from resolvers.auth.tokens import AccessTokens
from resolvers.errors import BadInput
from resolvers.ids import KINDS, parse_id
from resolvers.viewer import Role
from tests.app.conftest import serve
from tests.app.test_websockets import hear, ready, websocket
from tests.conftest import empty

ROOT = Path(__file__).parents[2]
MORE = "TONEARM_BAD_INPUT_EXAMPLES"
"""How many examples of each kind to try, other ones each time; else few, and the same."""

bounded = settings(
    max_examples=int(os.environ.get(MORE, "50")),
    derandomize=MORE not in os.environ,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

CODES = set(
    re.findall(
        r"^\| `(?:\w+[^`]*` \| `)?([A-Z_]+)` \|",
        (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
OURS = re.compile(
    rb"Traceback|asyncpg|botocore|psycopg|uvicorn|strawberry|site-packages|\.py\b|0x[0-9a-f]{8}"
    rb"|relation \"|syntax error at or near|invalid byte sequence|SQLSTATE|bigint",
)
"""What a client never reads."""


@pytest.fixture(scope="module")
async def database(
    pool: Pool, seeds: dict[str, list[asyncpg.Record]]
) -> AsyncGenerator[Pool, None]:
    """The pool; after all that is made here, the tables are as they were."""
    yield pool
    await empty(pool, seeds)


@pytest.fixture(scope="module")
async def open_api(database: Pool, settings: Settings) -> AsyncGenerator[httpx.AsyncClient, None]:
    """A server that lets one address and one person ask as much as they like."""
    unlimited = {
        name: 0
        for name in Settings.model_fields
        if name.startswith(("rate_limit", "sign_", "mail_limit"))
    }
    async with serve(settings.model_copy(update=unlimited)) as client:
        client.timeout = httpx.Timeout(60)
        yield client


@pytest.fixture(scope="module")
async def admin(database: Pool, settings: Settings) -> str:
    """The header of somebody who may do everything, but has no password to delete the account."""
    assert settings.token_keys is not None
    async with lease_ids(database) as ids, database.acquire() as connection:
        user_id, name = ids.next(), f"admin{ids.next():x}"
        await insert_user_name(connection, name, user_id)
        await insert_user(connection, user_id, name, "Admin", datetime.now(UTC))
        await insert_account(
            connection,
            user_id,
            email=f"{name}@example.com",
            email_verified_at=None,
            password_hash="none",
            role=Role.ADMIN.value,
        )
    tokens = AccessTokens(KeyRing(settings.token_keys.get_secret_value()), seconds=86_400)
    token, _ = tokens.issue(user_id, 1, Role.ADMIN.value, now=time())
    return f"Bearer {token}"


def check(answer: httpx.Response, caplog: pytest.LogCaptureFixture) -> None:
    """Fails unless this is an answer as the documentation has it."""
    assert answer.status_code < 500, answer.text
    assert OURS.search(answer.content) is None, answer.text
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not logged, logged
    if answer.headers["content-type"].startswith("text/event-stream"):
        return
    for error in json.loads(answer.content).get("errors", ()):
        assert error["message"]
        assert error["extensions"]["code"] in CODES - {"INTERNAL"}, error


schemathesis.graphql.scalar("BigInt", st.integers().map(lambda n: IntValueNode(value=str(n))))
schemathesis.graphql.scalar("UUID", st.uuids().map(lambda u: StringValueNode(value=str(u))))
schemathesis.graphql.scalar(
    "DateTime",
    st.one_of(st.datetimes().map(lambda at: at.isoformat() + "Z"), st.text(max_size=30)).map(
        lambda text: StringValueNode(value=text)
    ),
)
with (ROOT / "schema/schema.graphql").open(encoding="utf-8") as sdl:
    SCHEMA = schemathesis.graphql.from_file(sdl)


@bounded
@given(case=SCHEMA.as_strategy())
async def test_every_document_that_the_schema_allows_is_answered(
    open_api: httpx.AsyncClient, admin: str, caplog: pytest.LogCaptureFixture, case: Any
) -> None:
    headers = {"authorization": admin}
    check(await open_api.post("/graphql", json={"query": case.body}, headers=headers), caplog)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\0", "\ud800", "song_1", "playlist_1_1", "W10", "é" * 50]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
QUERIES = [
    "query ($a: ID!) { song(id: $a) { title } node(id: $a) { id } }",
    "query ($a: [ID!]!) { nodes(ids: $a) { id } }",
    "query ($a: String!) { search(query: $a) { songs { nodes { id } } } genre(slug: $a) { name } }",
    "query ($a: String) { genres(first: 3, after: $a) { nodes { name } } }",
    "query ($a: Int!) { genres(first: $a) { nodes { name } } }",
    'query ($a: SearchFilter) { search(query: "a", filter: $a) { songs { nodes { id } } } }',
    "mutation ($a: ReportPlaysInput!) { reportPlays(input: $a) { __typename } }",
    "mutation ($a: SetQueueInput!) { setQueue(input: $a) { __typename } }",
    "mutation ($a: UpdateSongInput!) { updateSong(input: $a) { __typename } }",
    "subscription { playbackChanged { revision } }",
    "{",
    "",
]


def as_json(value: Any) -> bytes:
    """As somebody careless writes JSON: with lone surrogates, NaN and numbers without end."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


REQUESTS = st.one_of(
    st.binary(max_size=200),
    JSON.map(as_json),
    st.fixed_dictionaries(
        {"query": st.sampled_from(QUERIES) | st.text(max_size=40)},
        optional={
            "variables": st.dictionaries(st.sampled_from(["a", "b"]), JSON) | JSON,
            "operationName": JSON,
            "extensions": JSON
            | st.fixed_dictionaries(
                {
                    "persistedQuery": JSON
                    | st.fixed_dictionaries({"version": JSON, "sha256Hash": JSON})
                }
            ),
            "documentId": JSON,
        },
    ).map(as_json),
)
# What h11 sends: no line ends, no NUL, no white space at the ends.
VALUES = st.one_of(
    st.sampled_from(
        [
            b"application/json",
            b"application/json; charset=utf-16",
            b"text/event-stream",
            b"*/*;q=2, application/json;q=x",
            b"Bearer " + b"a" * 100,
            b"Bearer eyJhbGciOiJub25lIn0.e30.",
            b"Basic Og==",
            b"1.2.3.4, [::1]:99999, %",
        ]
    ),
    st.lists(st.integers(0x21, 0xFF), min_size=1, max_size=60).map(bytes),
    st.lists(st.integers(0x21, 0xFF), min_size=1, max_size=60).map(lambda v: b"Bearer " + bytes(v)),
    st.tuples(JSON, JSON).map(
        lambda parts: (
            b"Bearer " + b".".join([*(urlsafe_b64encode(as_json(p)) for p in parts), b"x"])
        )
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "accept",
            "authorization",
            "content-type",
            "cookie",
            "if-none-match",
            "origin",
            "x-forwarded-for",
            "x-request-id",
            "x-tonearm-cost",
            "x-tonearm-trace",
        ]
    ),
    VALUES,
)


@bounded
@given(body=REQUESTS, headers=HEADERS)
async def test_every_body_with_whatever_headers_is_answered(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, body: bytes, headers: Any
) -> None:
    given = {"content-type": b"application/json", **headers}
    check(await open_api.post("/graphql", content=body, headers=given), caplog)


@bounded
@given(body=REQUESTS)
async def test_every_body_of_somebody_who_may_do_everything_is_answered(
    open_api: httpx.AsyncClient, admin: str, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    headers = {"content-type": "application/json", "authorization": admin}
    check(await open_api.post("/graphql", content=body, headers=headers), caplog)


@bounded
@given(
    query_string=st.one_of(
        st.binary(max_size=60).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw)),
        st.dictionaries(
            st.sampled_from(["query", "variables", "operationName", "extensions", "documentId"]),
            st.sampled_from(QUERIES) | JSON.map(lambda value: as_json(value).decode("latin-1")),
        ).map(lambda fields: str(httpx.QueryParams(fields))),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60),
    ),
    headers=HEADERS,
)
async def test_every_query_string_is_answered(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, query_string: str, headers: Any
) -> None:
    url = httpx.URL(open_api.base_url).copy_with(
        raw_path=b"/graphql?" + query_string.replace("#", "").encode("latin-1")
    )
    check(await open_api.get(url, headers=headers), caplog)


@bounded
@given(path=st.binary(max_size=40), method=st.sampled_from(["GET", "POST", "PUT", "TRACE", "X"]))
async def test_every_path_is_answered(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, path: bytes, method: str
) -> None:
    raw = b"/~" + b"".join(b"%%%02x" % byte for byte in path)
    url = httpx.URL(open_api.base_url).copy_with(raw_path=raw)
    check(await open_api.request(method, url), caplog)


MESSAGES = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value)),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["ping", "pong", "subscribe", "complete", "connection_init"])},
        optional={
            "id": st.sampled_from(["1", "2", ""]) | JSON,
            "payload": JSON
            | st.fixed_dictionaries(
                {"query": st.sampled_from(QUERIES)}, optional={"variables": JSON}
            ),
        },
    ).map(lambda message: json.dumps(message)),
)


@bounded
@given(messages=st.lists(MESSAGES, min_size=1, max_size=5))
async def test_every_message_of_a_websocket_is_answered(
    open_api: httpx.AsyncClient,
    admin: str,
    caplog: pytest.LogCaptureFixture,
    messages: list[str | bytes],
) -> None:
    async with ready(open_api, authorization=admin) as client:
        try:
            for message in messages:
                await client.send(message)
            await client.send('{"type": "complete", "id": "end"}')
            await client.send('{"type": "ping", "payload": {"last": true}}')
            while (heard := await hear(client)) != {"type": "pong", "payload": {"last": True}}:
                assert OURS.search(orjson.dumps(heard)) is None
                errors = heard.get("payload") if heard["type"] == "error" else ()
                for error in errors:
                    assert error["extensions"]["code"] in CODES - {"INTERNAL"}
        except ConnectionClosed:
            assert client.close_code in (4400, 4429, 4409)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


ORIGINS = ["http://[", "http://[::1", "https://app.example.evil.example", "null", "é", "http://"]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_other_origin_opens_a_websocket(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with websocket(open_api, additional_headers={"origin": origin}):
            pass
    assert refused.value.response.status_code == 403
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@settings(max_examples=300)
@given(
    st.one_of(
        st.text(max_size=60),
        st.from_regex(rf"({'|'.join(KINDS)})_[0-9a-fA-F]{{1,18}}(_[0-9a-f]{{1,18}})?\n?"),
    )
)
def test_every_text_is_an_id_or_told_to_be_none(text: str) -> None:
    try:
        found = parse_id(text)
    except BadInput:
        return
    assert found.kind in KINDS
    assert all(0 <= number < 2**63 for number in found.numbers)


def nested(levels: int, inner: str = "1") -> str:
    return "[" * levels + inner + "]" * levels


DATES = [
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999-23:59",
    "2026-02-30T00:00:00Z",
    "2026-11-24",
    "2026-11-24T12:00:00",
    "1970-01-01T00:00:00-12:00",
    "now",
    "",
]
PLAY = '{id: "018f3f6e-5b1a-7c3e-9d2b-0f6a1c2d3e4f", songId: "song_1", heardMs: 1, startedAt: "AT"}'
DOCUMENTS = [
    *(
        f'mutation {{ setEpisodeProgress(input: {{episodeId: "episode_1_1", positionMs: 1, '
        f'heardAt: "{at}"}}) {{ __typename }} }}'
        for at in DATES
    ),
    *(
        f'mutation {{ reportPlays(input: {{plays: [{PLAY.replace("AT", at)}], sentAt: "{at}"}}) '
        "{ __typename } }"
        for at in DATES
    ),
    *(
        f"{{ viewer {{ yearInMusic(year: {year}) {{ totals {{ plays }} }} }} }}"
        for year in (0, -1, 1, 1969, 9999, 10_000, 2**31 - 1, -(2**31), 2**31)
    ),
    *(f"{{ viewer {{ discover(first: {n}) {{ reason }} }} }}" for n in (0, -1, 101, 2**31 - 1)),
    *(f'{{ genre(slug: "{text}") {{ name }} }}' for text in ("\\u0000", "\\ud800", "\\u{110000}")),
    "mutation { updateQueue(input: {revision: -2147483648, currentIndex: -1, positionMs: -1, "
    "playing: true}) { __typename } }",
    "{ a: __typename " * 2000,
    "{ viewer " * 300 + "}" * 300,
    "query ($a: [" + "[" * 400 + "Int" + "]" * 400 + "]) { __typename }",
    "{ song(id: " + nested(900) + ") { id } }",
    "query ($a: Int = 1) { __typename @skip(if: $a) }",
    "fragment A on Query { ...A } { ...A }",
    "\ufeff{ __typename }",
    "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda text: text[:60])
async def test_a_nasty_document_is_answered(
    open_api: httpx.AsyncClient, admin: str, caplog: pytest.LogCaptureFixture, document: str
) -> None:
    body = orjson.dumps({"query": document})
    headers = {"authorization": admin, "content-type": "application/json"}
    check(await open_api.post("/graphql", content=body, headers=headers), caplog)


BODIES = [
    nested(2_000),
    '{"query": ' + nested(1_000) + "}",
    *(
        '{"query": "query ($a: TYPE) { FIELD }", "variables": {"a": VALUE}}'.replace("TYPE", type_)
        .replace("FIELD", field)
        .replace("VALUE", value)
        for type_, field in (
            ("ID!", "node(id: $a) { id }"),
            ("[ID!]!", "nodes(ids: $a) { id }"),
            ("Int!", "genres(first: $a) { nodes { name } }"),
            ("SearchFilter", 'search(query: \\"a\\", filter: $a) { songs { nodes { id } } }'),
        )
        for value in (
            nested(900),
            '{"a": ' * 900 + "1" + "}" * 900,
            "1e400",
            "-1e400",
            "9" * 400,
            '"\\ud800"',
            '"\\u0000"',
            "[" + "1," * 5_000 + "1]",
            '"' + "a" * 50_000 + '"',
        )
    ),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda text: text[:90])
async def test_a_nasty_body_is_answered(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    headers = {"content-type": "application/json"}
    check(await open_api.post("/graphql", content=body.encode(), headers=headers), caplog)


@pytest.mark.parametrize(
    "message",
    [
        '{"type": "ping", "payload": ' + nested(500) + "}",
        '{"type": "ping", "payload": ' + nested(900) + "}",
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": '
        '{"a": ' + nested(900) + "}}}",
        '{"type": ' + nested(500) + "}",
    ],
    ids=lambda text: text[:40],
)
async def test_a_nasty_message_is_answered(
    open_api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, message: str
) -> None:
    async with ready(open_api) as client:
        await client.send(message)
        try:
            await hear(client)
        except ConnectionClosed:
            assert client.close_code == 4400
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
