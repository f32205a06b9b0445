"""What ends a request before its answer, and what refuses it: on uvicorn, with a real database.

The application here is one route that runs a statement of PostgreSQL's, since no query of
Tonearm's takes as long as it is told to.
"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.connections import STATE_KEY, ConnectionLimits, Connections, uvicorn_options
from app.guard import EXCHANGE, Guard
from db.pool import Pool, acquire, open_pool
from resolvers.exchange import Exchange


@dataclass
class Sleeper:
    """Reads the body, `{"sleep": seconds, "completes": …}`, and sleeps in the database."""

    pool: Pool
    slept: list[float] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = json.loads(body)
        exchange: Exchange = scope[EXCHANGE]
        if asked.get("completes"):
            exchange.complete()
        async with acquire(self.pool) as connection:
            await connection.execute(f"SELECT pg_sleep({float(asked['sleep'])})")
        self.slept.append(asked["sleep"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"slept"})


@dataclass
class Served:
    """A server, and raw connections to it."""

    port: int
    sleeper: Sleeper
    guard: Guard

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def ask(self, **asked: object) -> bytes:
        async with self.connected() as (reader, writer):
            writer.write(post(**asked))
            return await reader.readuntil(b"\r\n\r\n")

    async def sleeping(self) -> int:
        """How many statements of this server's sleep in the database."""
        async with acquire(self.sleeper.pool) as connection:
            found: int = await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                "AND query LIKE 'SELECT pg_sleep%'"
            )
            return found

    async def until_sleeping(self, count: int) -> None:
        while await self.sleeping() != count:  # noqa: ASYNC110 (it is another process')
            await asyncio.sleep(0.01)


def post(**asked: object) -> bytes:
    body = json.dumps(asked).encode()
    return b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


@asynccontextmanager
async def serve(
    pool: Pool,
    *,
    seconds: float = 60,
    body_seconds: float = 60,
    head_seconds: float = 60,
    max_requests: int = 100,
    max_connections: int = 100,
    keep_alive_seconds: int = 60,
) -> AsyncIterator[Served]:
    sleeper = Sleeper(pool)
    guard = Guard(sleeper, seconds=seconds, body_seconds=body_seconds, max_requests=max_requests)
    connections = Connections(ConnectionLimits(max_connections, head_seconds))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"][STATE_KEY] = connections
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await guard(scope, receive, send)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, **uvicorn_options(keep_alive_seconds)))
        async with guard.watching(pool.waiting_seconds), connections.watching():
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                    await asyncio.sleep(0.01)
                yield Served(listening.getsockname()[1], sleeper, guard)
            finally:
                server.should_exit = True
                await serving


@pytest.fixture
async def sleepers(database_url: str) -> AsyncGenerator[Pool, None]:
    """A pool of its own, whose statements may take long."""
    async with open_pool(database_url, max_size=5, statement_timeout=120) as pool:
        yield pool


async def test_a_request_is_answered(sleepers: Pool) -> None:
    async with serve(sleepers) as served:
        assert (await served.ask(sleep=0)).startswith(b"HTTP/1.1 200")


async def test_a_connection_on_which_nothing_more_is_asked_is_closed(sleepers: Pool) -> None:
    async with (
        asyncio.timeout(60),
        serve(sleepers, keep_alive_seconds=1) as served,
        served.connected() as (reader, writer),
    ):
        for _ in range(2):
            writer.write(post(sleep=0))
            assert b"HTTP/1.1 200" in await reader.readuntil(b"slept\r\n0\r\n\r\n")
        assert await reader.read() == b""  # the end


async def test_a_request_that_takes_too_long_is_ended_and_its_statement_too(
    sleepers: Pool,
) -> None:
    async with serve(sleepers, seconds=0.1) as served:
        answer = await served.ask(sleep=60)
        assert answer.startswith(b"HTTP/1.1 504")
        await served.until_sleeping(0)


async def test_a_client_that_goes_takes_its_statement_along(sleepers: Pool) -> None:
    async with serve(sleepers) as served:
        async with served.connected() as (_, writer):
            writer.write(post(sleep=60))
            await served.until_sleeping(1)
        await served.until_sleeping(0)
        assert served.sleeper.slept == []


async def test_what_changes_something_is_completed_without_its_client(sleepers: Pool) -> None:
    async with serve(sleepers) as served:
        async with served.connected() as (_, writer):
            writer.write(post(sleep=0.5, completes=True))
            await served.until_sleeping(1)
        while not served.sleeper.slept:  # noqa: ASYNC110 (nobody is told)
            await asyncio.sleep(0.01)


async def test_abandoned_requests_leave_the_pool_as_it_was(sleepers: Pool) -> None:
    async with serve(sleepers) as served:
        for _ in range(4):
            async with served.connected() as (_, writer):
                writer.write(post(sleep=60))
                await served.until_sleeping(1)
        assert (await served.ask(sleep=0)).startswith(b"HTTP/1.1 200")


async def test_a_body_that_does_not_come_is_not_waited_for(sleepers: Pool) -> None:
    async with serve(sleepers, body_seconds=0.1) as served, served.connected() as (reader, writer):
        writer.write(post(sleep=0)[:-3])
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b'"REQUEST_TIMEOUT"' in answer


async def test_headers_that_do_not_come_are_not_waited_for(sleepers: Pool) -> None:
    async with serve(sleepers, head_seconds=0.1) as served, served.connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nx-slow:")
        assert (await reader.read()).startswith(b"HTTP/1.1 408")


async def test_who_connects_and_says_nothing_is_not_waited_for(sleepers: Pool) -> None:
    async with serve(sleepers, head_seconds=0.1) as served, served.connected() as (reader, _):
        assert (await reader.read()).startswith(b"HTTP/1.1 408")


async def test_headers_without_end_are_refused(sleepers: Pool) -> None:
    async with serve(sleepers) as served, served.connected() as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\n")
        writer.write(b"x-more: %b\r\n" % (b"x" * 1_000) * 40)
        assert (await reader.read()).startswith(b"HTTP/1.1 431")


async def test_too_many_connections_are_refused(sleepers: Pool) -> None:
    async with (
        serve(sleepers, max_connections=10) as served,
        served.connected() as (_, first),
    ):
        first.write(post(sleep=60))
        await served.until_sleeping(1)
        others = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(9)]
        async with served.connected() as (reader, _):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503")
        assert b'"OVERLOADED"' in answer
        for _, writer in others:
            writer.close()


async def test_what_is_beyond_the_limit_is_refused_with_the_time_to_come_again(
    sleepers: Pool,
) -> None:
    async with serve(sleepers, max_requests=2) as served:
        async with served.connected() as (_, first), served.connected() as (_, second):
            first.write(post(sleep=60))
            second.write(post(sleep=60))
            await served.until_sleeping(2)
            answer = await served.ask(sleep=0)
            assert answer.startswith(b"HTTP/1.1 503")
            assert b"\r\nretry-after: 1\r\n" in answer
            assert served.guard.refused == 1
        await served.until_sleeping(0)
        assert (await served.ask(sleep=0)).startswith(b"HTTP/1.1 200")


async def test_who_was_refused_may_ask_again_on_the_same_connection(sleepers: Pool) -> None:
    async with serve(sleepers, max_requests=1) as served, served.connected() as (reader, writer):
        async with served.connected() as (_, first):
            first.write(post(sleep=60))
            await served.until_sleeping(1)
            writer.write(post(sleep=0))
            assert b" 503 " in await reader.readuntil(b"}]}")
        await served.until_sleeping(0)
        writer.write(post(sleep=0))
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
