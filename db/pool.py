"""The pool of connections to PostgreSQL, and the translation of its errors."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeAlias

import asyncpg

from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable, ReferenceGone
from db.rows import Connection

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

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
        pool = await asyncpg.create_pool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            timeout=connect_timeout,
            server_settings=settings,
        )
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def acquire(pool: Pool, *, timeout: float = 5.0) -> AsyncGenerator[Connection, None]:
    """A connection of the pool; errors of what is done with it leave as `db.errors`.

    Raises `DatabaseUnavailable` when none is free within `timeout` seconds.
    """
    with _translated():
        async with pool.acquire(timeout=timeout) as connection:
            yield connection


@asynccontextmanager
async def connect(
    database_url: str, *, connect_timeout: float = 10.0
) -> AsyncGenerator[Connection, None]:
    """A session of its own, without a limit on its statements; errors leave as `db.errors`."""
    with _translated():
        connection = await asyncpg.connect(
            database_url, timeout=connect_timeout, server_settings=SERVER_SETTINGS
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
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
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
    except asyncpg.QueryCanceledError as error:
        raise DatabaseTimeout from error
    except _UNREACHABLE as error:
        raise DatabaseUnavailable(f"The database cannot be reached: {error}") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise ReferenceGone from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(f"{type(error).__name__}: {error}") from error
