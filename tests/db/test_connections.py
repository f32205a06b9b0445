"""The pool: connections are handed on as they are, unless something is wrong with them."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from db.errors import DatabaseError, DatabaseUnavailable
from db.pool import Pool, acquire, connect, open_pool
from db.rows import Connection


@pytest.fixture
async def small(database_url: str) -> AsyncGenerator[Pool, None]:
    async with open_pool(database_url, max_size=2) as pool:
        yield pool


async def backend(pool: Pool) -> int:
    async with acquire(pool) as connection:
        pid: int = await connection.fetchval("SELECT pg_backend_pid()")
        return pid


async def test_the_same_connection_comes_again(small: Pool) -> None:
    assert await backend(small) == await backend(small)


async def test_a_transaction_that_was_left_open_is_rolled_back(small: Pool) -> None:
    async with acquire(small) as connection:
        await connection.execute("BEGIN")
        await connection.execute("CREATE TABLE left_open ()")
    async with acquire(small) as connection:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT to_regclass('left_open')") is None


async def test_a_statement_that_fails_leaves_a_connection_that_works(small: Pool) -> None:
    with pytest.raises(DatabaseError, match="division"):
        async with acquire(small) as connection:
            await connection.fetchval("SELECT 1 / 0")
    async with acquire(small) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_statement_that_is_cancelled_leaves_a_connection_that_works(small: Pool) -> None:
    async def sleep() -> None:
        async with acquire(small) as connection:
            await connection.execute("SELECT pg_sleep(60)")

    sleeping = asyncio.create_task(sleep())
    while not await running(small, "pg_sleep(60)"):  # noqa: ASYNC110 (it is another process')
        await asyncio.sleep(0.01)
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    for _ in range(3):
        assert await backend(small)
    while await running(small, "pg_sleep(60)"):  # noqa: ASYNC110 (the pool waits for it aside)
        await asyncio.sleep(0.01)


async def test_a_statement_that_is_cancelled_before_it_runs_leaves_no_lock(
    database_url: str, connection: Connection
) -> None:
    """asyncpg prepares and runs in two messages; between them the server is in a transaction."""
    held = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND relation = 'users'::regclass)"
    async with open_pool(database_url, statement_timeout=600) as patient, asyncio.timeout(60):
        acquired = acquire(patient)
        prepared = await acquired.__aenter__()
        pid = prepared.get_server_pid()
        await prepared.prepare("SELECT FROM users")
        assert await connection.fetchval(held, pid)
        cancelled = asyncio.CancelledError()
        await acquired.__aexit__(type(cancelled), cancelled, None)
        while await connection.fetchval(held, pid):  # noqa: ASYNC110 (it is given back aside)
            await asyncio.sleep(0.01)


async def running(pool: Pool, text: str) -> bool:
    async with acquire(pool) as connection:
        found: bool = await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM pg_stat_activity
                           WHERE state = 'active' AND pid <> pg_backend_pid()
                             AND query LIKE '%' || $1::text || '%')
            """,
            text,
        )
        return found


async def test_a_connection_that_broke_is_replaced(small: Pool, postgres_url: str) -> None:
    broken = await backend(small)
    server = await asyncpg.connect(postgres_url)
    try:
        await server.execute("SELECT pg_terminate_backend($1, 5000)", broken)
    finally:
        await server.close()
    await asyncio.sleep(0.05)  # until the end of the connection has been read
    assert await backend(small) != broken


async def test_those_who_wait_get_what_is_given_back(small: Pool) -> None:
    pids = await asyncio.gather(*(backend(small) for _ in range(20)))
    assert 1 <= len(set(pids)) <= 2


async def test_who_waits_too_long_is_told(small: Pool) -> None:
    async with acquire(small), acquire(small):
        with pytest.raises(DatabaseUnavailable):
            async with acquire(small, timeout=0.01):
                pass
    assert await backend(small)


async def test_a_connection_can_be_awaited_and_released(small: Pool) -> None:
    connection = await small.acquire()
    assert await connection.fetchval("SELECT 1") == 1
    await small.release(connection)
    assert await small.fetchval("SELECT 2") == 2


async def test_who_stops_waiting_leaves_the_pool_whole(small: Pool) -> None:
    async with acquire(small), acquire(small):
        waiting = [asyncio.create_task(backend(small)) for _ in range(5)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(result, int) for result in done] == [False, True, False, True, False]
    async with acquire(small, timeout=1), acquire(small, timeout=1):
        pass


async def test_connections_that_break_one_after_the_other_leave_room(
    small: Pool, postgres_url: str
) -> None:
    async def break_one(server: "asyncpg.Connection[asyncpg.Record]") -> None:
        async with acquire(small, timeout=1) as connection:
            pid = await connection.fetchval("SELECT pg_backend_pid()")
            await server.execute("SELECT pg_terminate_backend($1, 5000)", pid)
            await connection.fetchval("SELECT 1")

    server = await asyncpg.connect(postgres_url)
    try:
        for _ in range(5):
            with pytest.raises(DatabaseError):
                await break_one(server)
    finally:
        await server.close()
    async with acquire(small, timeout=1), acquire(small, timeout=1):
        pass


async def test_a_new_password_needs_no_restart(postgres_url: str, tmp_path: Path) -> None:
    """As docs/how-to/deploy.md has it: what each connection is made with stands in a file."""
    role, first, second = f"rotating_{secrets.token_hex(4)}", "first", "second"
    parts = urlsplit(postgres_url)
    file = tmp_path / "pgpass"

    def write(password: str) -> None:
        file.write_text(f"*:*:*:{role}:{password}\n")
        file.chmod(0o600)

    async with connect(postgres_url) as superuser:
        await superuser.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{first}'")
        try:
            write(first)
            url = parts._replace(
                netloc=f"{role}@{parts.hostname}:{parts.port}", query=f"passfile={file}"
            ).geturl()
            async with open_pool(url, max_size=2) as pool:
                await superuser.execute(f"ALTER ROLE {role} PASSWORD '{second}'")
                async with acquire(pool) as kept:
                    assert await kept.fetchval("SELECT session_user") == role
                    with pytest.raises(DatabaseUnavailable):
                        async with acquire(pool):
                            pass
                    write(second)
                    async with acquire(pool) as new:
                        assert await new.fetchval("SELECT session_user") == role
        finally:
            await superuser.execute(f"DROP ROLE {role}")
