"""What every answer tells browsers, whoever gives it."""

import asyncio
from collections import Counter

import httpx
import pytest

from app.settings import Settings
from tests.app.conftest import serve

QUERY = '{ genre(slug: "none") { name } }'

ASKED: list[tuple[str, str, dict[str, str], bytes]] = [
    ("POST", "/graphql", {"content-type": "application/json"}, b'{"query": "{ __typename }"}'),
    ("POST", "/graphql", {"content-type": "application/json"}, b'{"query": "{"}'),
    ("POST", "/graphql", {"content-type": "text/plain"}, b"{}"),
    ("POST", "/graphql", {"content-type": "application/json"}, b"x" * 200_000),
    ("POST", "/graphql", {"authorization": "Bearer x"}, b""),
    ("GET", "/graphql?query=%7B__typename%7D", {}, b""),
    ("GET", "/graphql?query=%7B__typename%7D", {"accept": "text/event-stream"}, b""),
    ("GET", "/graphql?query=%7B__typename%7D", {"origin": "https://app.example"}, b""),
    ("GET", "/graphql?query=%7B__typename%7D", {"accept": "text/html"}, b""),
    ("OPTIONS", "/graphql", {}, b""),
    (
        "OPTIONS",
        "/graphql",
        {"origin": "https://app.example", "access-control-request-method": "POST"},
        b"",
    ),
    ("PUT", "/graphql", {}, b""),
    ("GET", "/", {}, b""),
    ("POST", "/", {}, b""),
    ("GET", "/graphiql", {}, b""),
    ("GET", "/reference", {}, b""),
    ("GET", "/assets/nothing.js", {}, b""),
    ("GET", "/favicon.svg", {}, b""),
    ("GET", "/nothing", {}, b""),
    ("GET", "/healthz", {}, b""),
    ("GET", "/readyz", {}, b""),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), ASKED)
async def test_every_answer_has_them_once(
    api: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    answer = await api.request(method, path, headers=headers, content=body)
    times = Counter(name for name, _ in answer.headers.multi_items())
    for name in ("x-content-type-options", "referrer-policy", "content-security-policy"):
        assert times[name] == 1, name
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "strict-transport-security" not in answer.headers, "not before somebody sets it"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", 400),  # TLS
        (b"BREW /graphql HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 10_000, 431),
    ],
)
async def test_what_is_no_request_is_answered_alike(
    api: httpx.AsyncClient, sent: bytes, status: int
) -> None:
    reader, writer = await asyncio.open_connection(api.base_url.host, api.base_url.port)
    writer.write(sent)
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nx-content-type-options: nosniff" in head
    assert b"\r\ncontent-type: application/json" in head
    assert b'"code":"BAD_REQUEST"' in body


async def test_browsers_are_told_to_come_by_https_where_that_is_set(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"hsts_seconds": 31_536_000})) as client:
        for path in ("/", "/nothing", "/graphql?query=%7B__typename%7D"):
            answer = await client.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
