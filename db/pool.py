"""The pool of connections to PostgreSQL, and the translation of its errors."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from db.rows import Connection

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

SERVER_SETTINGS: Final = {
    "application_name": "tonearm",
    # Look-ups of a millisecond: compiling or distributing a plan costs more than it saves, and
    # search relies on the physical order of rows, which parallel and synchronised scans break.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "synchronize_seqscans": "off",
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
    try:
        pool = await asyncpg.create_pool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            timeout=connect_timeout,
            server_settings=settings,
        )
    except _UNREACHABLE as error:
        raise DatabaseUnavailable(f"The database cannot be reached: {error}") from error
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def acquire(pool: Pool, *, timeout: float = 5.0) -> AsyncGenerator[Connection, None]:
    """A connection of the pool; errors of what is done with it leave as `db.errors`.

    Raises `DatabaseUnavailable` when none is free within `timeout` seconds.
    """
    try:
        async with pool.acquire(timeout=timeout) as connection:
            yield connection
    except asyncpg.QueryCanceledError as error:
        raise DatabaseTimeout from error
    except _UNREACHABLE as error:
        raise DatabaseUnavailable from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(f"{type(error).__name__}: {error}") from error


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
