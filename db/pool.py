"""The pool of connections to PostgreSQL, and the translation of its errors."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from time import perf_counter
from types import TracebackType
from typing import Final, NamedTuple, TypeAlias

import asyncpg
from asyncpg.connection import LoggedQuery

from db.connections import ConnectionPool
from db.errors import (
    ConnectionLost,
    DatabaseError,
    DatabaseTimeout,
    DatabaseUnavailable,
    ReferenceGone,
)
from db.rows import Connection

Pool: TypeAlias = ConnectionPool

SERVER_SETTINGS: Final = {
    "application_name": "tonearm",
    # Look-ups of a millisecond: compiling or distributing a plan costs more than it saves, and
    # search relies on the physical order of rows, which parallel and synchronised scans break.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
    # Search plans alike for all words (0002_search.sql), and its statement is long: planning it for
    # each search would take most of the time.
    "plan_cache_mode": "force_generic_plan",
}


@asynccontextmanager
async def open_pool(
    database_url: str,
    *,
    min_size: int = 1,
    max_size: int = 10,
    connect_timeout: float = 10.0,
    statement_timeout: float = 5.0,
) -> AsyncGenerator[Pool, None]:
    """A pool whose connections give up a statement after `statement_timeout` seconds.

    Raises `DatabaseUnavailable` when no connection can be made.
    """
    settings = SERVER_SETTINGS | {"statement_timeout": str(int(statement_timeout * 1000))}
    with _translated():
        pool = await ConnectionPool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            connect_timeout=connect_timeout,
            server_settings=settings,
        )
    try:
        yield pool
    finally:
        await pool.close()


class Statement(NamedTuple):
    """A statement that ran, how long the database took to answer it, and when it was told so, by
    time.perf_counter."""

    query: str
    seconds: float
    ended: float


def acquire(
    pool: Pool, *, timeout: float = 5.0, statements: list[Statement] | None = None
) -> AbstractAsyncContextManager[Connection, bool | None]:
    """A connection of the pool; errors of what is done with it leave as `db.errors`.

    Raises `DatabaseUnavailable` when none is free within `timeout` seconds. What runs on it is
    added to `statements`.
    """
    acquired = Acquired(pool, timeout)
    return acquired if statements is None else noting(acquired, statements)


class Acquired:
    """What `acquire` gives: a class, since a generator takes three times as long, and every
    statement needs one."""

    __slots__ = ("_connection", "_pool", "_timeout")

    def __init__(self, pool: Pool, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout

    def take_at_hand(self) -> "Connection | None":
        """A connection without waiting, and without a coroutine."""
        connection = self._pool.take_at_hand()
        if connection is not None:
            self._pool.taken += 1
            self._connection = connection
        return connection

    async def __aenter__(self) -> Connection:
        connection = self.take_at_hand()
        if connection is not None:
            return connection
        self._pool.taken += 1
        try:
            self._connection = await self._pool.take(self._timeout)
        except Exception as error:
            _raise_translated(error)
            raise
        return self._connection

    def keep(self, kind: type[BaseException] | None) -> "Connection | None":
        """Gives a connection back, without a coroutine; or tells the one that is to be released
        by `end`: this one, where its user failed by an error of `kind`, or another."""
        return self._connection if kind else self._pool.keep(self._connection)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        unwanted = self.keep(kind)
        if unwanted is not None:
            await self.end(unwanted, error)

    async def end(self, unwanted: Connection, error: BaseException | None) -> None:
        """Releases a connection; raises what `error` is in `db.errors`."""
        if error is not None:
            if isinstance(error, asyncio.CancelledError):
                self._pool.abandon(self._connection)
                return
            if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
                self._connection.terminate()  # to what is a standby now; the next one looks anew
        try:
            await self._pool.release(unwanted)
        except Exception as failure:
            _raise_translated(failure, DatabaseUnavailable if error is None else ConnectionLost)
            raise
        if error is not None:
            _raise_translated(error, ConnectionLost)


@asynccontextmanager
async def noting(
    acquired: Acquired, statements: list[Statement]
) -> AsyncGenerator[Connection, None]:
    """What is acquired, with what runs on it added to `statements`."""

    def note(query: LoggedQuery) -> None:
        statements.append(Statement(query.query, query.elapsed, perf_counter()))

    async with acquired as connection:
        with connection.query_logger(note):
            yield connection


@asynccontextmanager
async def connect(
    database_url: str, *, connect_timeout: float = 10.0, name: str = "tonearm"
) -> AsyncGenerator[Connection, None]:
    """A session of its own, without a limit on its statements; errors leave as `db.errors`.

    `name` is what pg_stat_activity shows of it.
    """
    with _translated():
        connection = await asyncpg.connect(
            database_url,
            timeout=connect_timeout,
            server_settings=SERVER_SETTINGS | {"application_name": name},
        )
    try:
        with _translated():
            yield connection
    finally:
        await connection.close(timeout=connect_timeout)


async def select_server_version(connection: Connection) -> int:
    """The server's version as PostgreSQL counts it: 180006 is 18.6."""
    version: int = await connection.fetchval("SELECT current_setting('server_version_num')::int")
    return version


_UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection broke while a statement was being sent
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # it has become a standby
)
_CONGESTED: Final = (
    asyncpg.InsufficientResourcesError,  # its disk is full, its memory, or its connections used
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)


async def select_encoding(connection: Connection) -> str:
    """How the database stores text: `UTF8`, or trouble."""
    encoding: str = await connection.fetchval("SELECT current_setting('server_encoding')")
    return encoding


async def select_clock(connection: Connection) -> float:
    """The server's time in seconds since 1970."""
    now: float = await connection.fetchval(
        "SELECT extract(epoch FROM clock_timestamp())::double precision"
    )
    return now


@contextmanager
def _translated() -> Generator[None, None, None]:
    """asyncpg's errors as those of `db.errors`."""
    try:
        yield
    except Exception as error:
        _raise_translated(error)
        raise


def _raise_translated(
    error: BaseException, unreachable: type[DatabaseUnavailable] = DatabaseUnavailable
) -> None:
    """Raises what an error of asyncpg is in `db.errors`, if it is one."""
    if isinstance(error, asyncpg.QueryCanceledError):
        raise DatabaseTimeout from error
    if isinstance(error, _UNREACHABLE):
        raise unreachable(f"The database cannot be reached: {error}") from error
    if isinstance(error, _CONGESTED):
        raise DatabaseUnavailable(f"The database can take no more: {error}") from error
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        raise ReferenceGone from error
    if isinstance(error, asyncpg.PostgresError):
        raise DatabaseError(f"{type(error).__name__}: {error}") from error
