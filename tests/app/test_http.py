"""What uvicorn is given: an answer's head and body in one write."""

import asyncio
import socket

import httpx
import pytest

from app.http import HeadAndBody, HttpProtocol


class Recorded(asyncio.Transport):
    """A transport that keeps what was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False
        self.aborted = asyncio.Event()
        self.unsent = 0

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


async def test_what_is_written_at_once_goes_out_at_once() -> None:
    transport = Recorded()
    writer = HeadAndBody(transport, asyncio.get_running_loop())
    writer.write(b"head")
    writer.write(b"body")
    assert transport.written == [b"headbody"]


async def test_a_head_alone_goes_out_at_the_end_of_the_turn() -> None:
    transport = Recorded()
    writer = HeadAndBody(transport, asyncio.get_running_loop())
    writer.write(b"head")
    assert transport.written == []
    await asyncio.sleep(0)
    writer.write(b"body")
    await asyncio.sleep(0)
    assert transport.written == [b"head", b"body"]


async def test_nothing_is_lost_by_closing() -> None:
    transport = Recorded()
    writer = HeadAndBody(transport, asyncio.get_running_loop())
    writer.write(b"head")
    writer.close()
    assert transport.written == [b"head"]
    assert writer.is_closing()


async def test_a_connection_that_is_not_read_is_closed_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.http.LINGER_SECONDS", 0.01)
    transport = Recorded()
    transport.unsent = 1
    HeadAndBody(transport, asyncio.get_running_loop()).close()
    await transport.aborted.wait()


async def test_uvicorn_writes_an_answer_through_it(api: httpx.AsyncClient) -> None:
    """Names what of uvicorn is relied on, when that changes."""
    assert (
        "transport"
        in vars(HttpProtocol._start_asgi_task.__globals__["RequestResponseCycle"])[
            "__init__"
        ].__code__.co_varnames
    )
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
