"""A pool of connections that are handed on as they are."""

import asyncio
import socket
import time
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    _AsyncpgPool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Proxy: TypeAlias = PoolConnectionProxy[asyncpg.Record]
else:  # they take no parameters when they run
    _AsyncpgPool = asyncpg.Pool
    Proxy = PoolConnectionProxy

CANCEL_SECONDS: Final = 2.0
"""How long a server may take to confirm that it has cancelled a statement."""

CLOSE_SECONDS: Final = 5.0

KEEP_ALIVE: Final = (
    ("TCP_KEEPIDLE", 5),
    ("TCP_KEEPINTVL", 5),
    ("TCP_KEEPCNT", 3),
    ("TCP_USER_TIMEOUT", 15_000),
)
"""Seconds, a number of probes, and milliseconds (tcp(7)); what the system does not have is left."""

SPARE_SECONDS: Final = 60.0
"""A connection that was not needed for so long goes back to asyncpg, which closes it in time."""


class Usage(NamedTuple):
    """Connections that are in use and at hand, and how many wait for one."""

    in_use: int
    at_hand: int
    waiting: int


class ConnectionPool(_AsyncpgPool):
    """asyncpg's pool, in which taking and giving back a connection costs next to nothing.

    asyncpg resets a connection when it is given back: a round trip that costs more than most of
    our statements. Here a connection is kept at hand, or given to who waits for one, unless it
    was closed, is in a transaction, or its user failed or was cancelled: then asyncpg takes it
    back, and rolls back. So whoever changes a session (SET, LISTEN, advisory locks) makes a
    connection of its own, by `db.pool.connect`.
    """

    def __init__(
        self,
        database_url: str,
        *,
        min_size: int,
        max_size: int,
        connect_timeout: float,
        server_settings: dict[str, str],
    ) -> None:
        super().__init__(
            database_url,
            min_size=min_size,
            max_size=max_size,
            max_queries=50_000,
            init=_limit_silence,
            max_inactive_connection_lifetime=300.0,
            reset=_end_implicit_transaction,
            loop=None,
            connection_class=asyncpg.Connection,
            record_class=asyncpg.Record,
            timeout=connect_timeout,
            server_settings=server_settings,
        )
        self._max_size = max_size
        self.taken = 0
        """How often a connection was asked for: for a statement, or a transaction."""
        self._held = 0
        self._at_hand: deque[tuple[float, Proxy]] = deque()
        self._waiting: deque[asyncio.Future[Proxy | None]] = deque()
        self._waiting_since: deque[float] = deque()
        self._releasing: set[asyncio.Task[None]] = set()

    def usage(self) -> "Usage":
        return Usage(self._held - len(self._at_hand), len(self._at_hand), len(self._waiting))

    def acquire(self, *, timeout: float | None = None) -> "Acquiring":  # type: ignore[override]
        """A connection, for `async with` or `await`; the latter is given back by `release`."""
        return Acquiring(self, timeout)

    def take_at_hand(self) -> Proxy | None:
        """A connection that needs no waiting for; no coroutine, since it is asked for most."""
        if self._at_hand:
            _, connection = self._at_hand[-1]
            if _is_open(connection):
                self._at_hand.pop()
                return connection
        return None

    async def take(self, timeout: float | None) -> Proxy:
        """Raises TimeoutError when none is free within `timeout` seconds."""
        while True:
            while self._at_hand:
                _, connection = self._at_hand.pop()
                if _is_open(connection):
                    return connection
                await self.release(connection)
            if self._held < self._max_size:
                self._held += 1
                try:
                    return await super().acquire(timeout=timeout)
                except BaseException:
                    self._let_go()
                    raise
            given = await self._wait(timeout)
            if given is not None:
                return given

    async def _wait(self, timeout: float | None) -> Proxy | None:
        """What another gives back; None when there is room for another connection."""
        future: asyncio.Future[Proxy | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._waiting_since.append(time.monotonic())
        try:
            async with asyncio.timeout(timeout):
                return await future
        except BaseException:
            if future.done() and not future.cancelled():  # it came in the very last moment
                self._pass_on(future.result())
            raise

    def keep(self, connection: Proxy) -> Proxy | None:
        """Takes a connection back; gives the one that must be released now, this or a spare."""
        if self.is_closing() or not _is_clean(connection):
            return connection
        self._pass_on(connection)
        if self._at_hand:
            since, spare = self._at_hand[0]
            if time.monotonic() - since > SPARE_SECONDS:
                self._at_hand.popleft()
                return spare
        return None

    def _pass_on(self, connection: Proxy | None) -> None:
        """Gives a connection, or the room for one, to who waits first."""
        while self._waiting:
            future = self._waiting.popleft()
            self._waiting_since.popleft()
            if not future.done():
                future.set_result(connection)
                return
        if connection is not None:
            self._at_hand.append((time.monotonic(), connection))

    def waiting_seconds(self) -> float:
        """For how long the first of those who wait for a connection has been waiting."""
        while self._waiting and self._waiting[0].done():  # it waits no more
            self._waiting.popleft()
            self._waiting_since.popleft()
        return time.monotonic() - self._waiting_since[0] if self._waiting else 0.0

    def abandon(self, connection: Proxy) -> None:
        """Gives back a connection on which a statement was cancelled, without waiting for it.

        That the server confirms it may take a moment, or for ever where the server stands still:
        then the connection is closed.
        """
        task = asyncio.create_task(self._abandon(connection))
        self._releasing.add(task)
        task.add_done_callback(self._releasing.discard)

    async def _abandon(self, connection: Proxy) -> None:
        with suppress(Exception):  # whoever waits for it has gone; asyncpg has closed it
            await self.release(connection, timeout=CANCEL_SECONDS)

    def _let_go(self) -> None:
        self._held -= 1
        self._pass_on(None)

    async def release(self, connection: Any, *, timeout: float | None = None) -> None:
        """Gives a connection back to asyncpg, which rolls back, or closes it if it is broken."""
        try:
            await super().release(connection, timeout=timeout)
        finally:
            self._let_go()

    async def close(self) -> None:
        """Closes all connections; those that the server does not let go within a few seconds
        without its consent."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._at_hand:
                    await self.release(self._at_hand.pop()[1])
                await super().close()


class Acquiring:
    """What `ConnectionPool.acquire` gives."""

    __slots__ = ("_connection", "_pool", "_timeout")

    def __init__(self, pool: ConnectionPool, timeout: float | None) -> None:
        self._pool = pool
        self._timeout = timeout

    def __await__(self) -> Generator[Any, None, Proxy]:
        return self._pool.take(self._timeout).__await__()

    async def __aenter__(self) -> Proxy:
        connection = self._pool.take_at_hand()
        if connection is None:
            connection = await self._pool.take(self._timeout)
        self._connection = connection
        return connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._pool.abandon(self._connection)
            return
        unwanted = self._connection if kind else self._pool.keep(self._connection)
        if unwanted is not None:
            await self._pool.release(unwanted)


async def _limit_silence(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Lets the kernel break the connection when the server's machine or the way to it has gone:
    else a statement would wait for an answer for a quarter of an hour."""
    sock = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE:
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _end_implicit_transaction(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Resets nothing more: asyncpg has rolled back already where a transaction was begun.

    asyncpg prepares a statement without a Sync, so whoever is cancelled before it runs leaves the
    server in a transaction, with the locks of what was prepared, until something else is sent.
    """
    await connection.execute("SELECT")


def _is_open(connection: Proxy) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # asyncpg took it back when it broke
        return False


def _is_clean(connection: Proxy) -> bool:
    return _is_open(connection) and not connection.is_in_transaction()
