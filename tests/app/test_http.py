"""What uvicorn is given: an answer's head and body in one write."""

import asyncio
import socket
from typing import Any

import httpx
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from app.http import Cycle, HttpProtocol, Lingering


class Recorded(asyncio.Transport):
    """A transport that keeps what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False
        self.aborted = asyncio.Event()
        self.unsent = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted.set()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def answered(*messages: dict[str, Any], method: str = "GET") -> Recorded:
    """What a connection is written when its request is answered by these messages."""
    done = asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        try:
            for message in messages:
                await send(message)
        finally:
            done.set()

    config = Config(app, log_config=None, access_log=False, proxy_headers=False)
    protocol = HttpProtocol(config, ServerState(), {})
    transport = Recorded()
    protocol.connection_made(transport)
    protocol.data_received(b"%b / HTTP/1.1\r\nHost: x\r\n\r\n" % method.encode())
    assert isinstance(protocol.cycle, Cycle)
    await done.wait()
    await asyncio.sleep(0)
    protocol.connection_lost(ConnectionResetError())
    return transport


def head(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


LENGTH = (b"content-length", b"4")


async def test_a_whole_answer_of_known_length_goes_out_at_once() -> None:
    transport = await answered(head((b"x-one", b"1"), LENGTH), body(b"body"))
    assert transport.written == [b"HTTP/1.1 200 OK\r\nx-one: 1\r\ncontent-length: 4\r\n\r\nbody"]
    assert not transport.closed


async def test_an_answer_in_parts_goes_out_in_order() -> None:
    transport = await answered(head(LENGTH), body(b"bo", more=True), body(b"dy"))
    assert b"".join(transport.written) == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"


async def test_an_answer_of_unknown_length_goes_out_in_chunks() -> None:
    transport = await answered(head(), body(b"bo", more=True), body(b"dy"))
    assert b"".join(transport.written) == (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
    )


async def test_an_answer_that_ends_the_connection_does() -> None:
    transport = await answered(head(LENGTH, (b"connection", b"close")), body(b"body"))
    assert b"".join(transport.written).endswith(b"\r\nconnection: close\r\n\r\nbody")
    assert transport.closed


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_none(status: int) -> None:
    transport = await answered(head(status=status), body(b""))
    assert b"".join(transport.written).startswith(b"HTTP/1.1 %d " % status)
    assert b"".join(transport.written).endswith(b"\r\n\r\n")


async def test_an_answer_to_head_has_the_length_and_no_body() -> None:
    transport = await answered(head(LENGTH), body(b"body"), method="HEAD")
    assert b"".join(transport.written) == b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


@pytest.mark.parametrize("sent", [b"tex", b"longer"])
async def test_a_body_of_another_length_than_its_head_says_ends_the_connection(sent: bytes) -> None:
    transport = await answered(head(LENGTH), body(sent))
    assert transport.closed


@pytest.mark.parametrize("value", [b"1\r\nx-two: 2", b"1\n", b"1\r", b"1\0"])
async def test_a_value_that_would_be_a_header_more_is_not_sent(value: bytes) -> None:
    transport = await answered(head((b"x-one", value), LENGTH), body(b"body"))
    assert transport.written == []
    assert transport.closed


async def test_a_connection_that_is_not_read_is_closed_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.http.LINGER_SECONDS", 0.01)
    transport = Recorded()
    transport.unsent = 1
    Lingering(transport, asyncio.get_running_loop()).close()
    assert transport.closed
    await transport.aborted.wait()


async def test_uvicorn_writes_an_answer_through_it(api: httpx.AsyncClient) -> None:
    content = b'{"query": "{ __typename }"}'
    loop = asyncio.get_running_loop()
    with socket.create_connection((api.base_url.host, api.base_url.port or 80)) as client:
        client.setblocking(False)
        await loop.sock_sendall(
            client,
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(content), content),
        )
        first = await loop.sock_recv(client, 65_536)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.endswith(b'{"data":{"__typename":"Query"}}')
