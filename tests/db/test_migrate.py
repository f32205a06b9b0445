import asyncio
from collections.abc import AsyncGenerator
from typing import TypeAlias

import asyncpg
import pytest

from db.errors import MigrationError
from db.migrate import RESTARTABLE, Migration, migrate, read_migrations, select_pending
from tests.conftest import Postgres, new_database

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def empty_database(postgres: Postgres, worker: str) -> AsyncGenerator[str, None]:
    """The URL of a database that has had no migration."""
    name = f"{postgres.template}_{worker}_empty"
    async with new_database(postgres.owner_url, name, "template0") as url:
        yield url


@pytest.fixture
async def session(
    empty_database: str,
) -> AsyncGenerator["asyncpg.Connection[asyncpg.Record]", None]:
    connection = await asyncpg.connect(empty_database)
    yield connection
    await connection.close()


FIRST = Migration(1, "0001_first", "CREATE TABLE first (id integer)")
SECOND = Migration(2, "0002_second", "CREATE TABLE second (id integer)")


async def test_everything_is_applied_once(session: Session) -> None:
    names = [migration.name for migration in read_migrations()]
    assert await migrate(session) == names
    assert await migrate(session) == []
    assert await select_pending(session) == []


async def test_a_failing_migration_leaves_nothing(session: Session) -> None:
    broken = Migration(2, "0002_broken", "CREATE TABLE half (id integer); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(session, [FIRST, broken])
    assert await session.fetchval("SELECT to_regclass('half')") is None
    assert await migrate(session, [FIRST, SECOND]) == ["0002_second"]


async def test_a_restartable_migration_goes_on_after_a_crash(session: Session) -> None:
    index = (
        "DROP INDEX CONCURRENTLY IF EXISTS first_by_id;\n"
        "CREATE INDEX CONCURRENTLY first_by_id ON first (id);\n"
    )
    crashing = Migration(2, "0002_index", f"{RESTARTABLE}\n{index}SELECT 1 / 0;\n")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(session, [FIRST, crashing])
    assert await session.fetchval("SELECT to_regclass('first_by_id')") is not None
    mended = Migration(2, "0002_index", f"{RESTARTABLE}\n{index}")
    assert await migrate(session, [FIRST, mended]) == ["0002_index"]


async def test_two_at_once_apply_once(empty_database: str) -> None:
    sessions = [await asyncpg.connect(empty_database) for _ in range(3)]
    applied = await asyncio.gather(*(migrate(session, [FIRST, SECOND]) for session in sessions))
    assert sorted(len(names) for names in applied) == [0, 0, 2]
    for session in sessions:
        await session.close()


async def test_nobody_waits_long_behind_a_migration_that_waits(
    empty_database: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.migrate.LOCK_TIMEOUT_MS", 20)
    monkeypatch.setattr("db.migrate.PAUSE_SECONDS", 0.01)
    await migrate(session, [FIRST])
    holder, reader = [await asyncpg.connect(empty_database) for _ in range(2)]
    try:
        async with asyncio.timeout(60):
            transaction = holder.transaction()
            await transaction.start()
            await holder.execute("SELECT FROM first")
            widen = Migration(2, "0002_widen", "ALTER TABLE first ADD COLUMN name text")
            migrating = asyncio.create_task(migrate(session, [FIRST, widen]))
            for _ in range(200):  # while the lock is not to be had, and others wait behind it
                await reader.execute("SELECT FROM first")
            assert not migrating.done()
            await transaction.rollback()
            assert await migrating == ["0002_widen"]
    finally:
        await holder.close()
        await reader.close()


async def test_a_migration_that_never_gets_its_locks_says_so_and_leaves_nothing(
    empty_database: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.migrate.LOCK_TIMEOUT_MS", 1)
    monkeypatch.setattr("db.migrate.PAUSE_SECONDS", 0)
    monkeypatch.setattr("db.migrate.ATTEMPTS", 3)
    await migrate(session, [FIRST])
    holder = await asyncpg.connect(empty_database)
    try:
        async with holder.transaction():
            await holder.execute("SELECT FROM first")
            both = "CREATE TABLE second (id integer); ALTER TABLE first ADD COLUMN name text"
            widen = Migration(2, "0002_widen", both)
            with pytest.raises(MigrationError, match=r"0002_widen .* in 3 attempts"):
                await migrate(session, [FIRST, widen])
    finally:
        await holder.close()
    assert await session.fetchval("SELECT to_regclass('second')") is None
    assert await migrate(session, [FIRST, widen]) == ["0002_widen"]


async def test_a_migration_meets_no_limit_that_is_left_over(session: Session) -> None:
    await migrate(session, [FIRST])
    assert await session.fetchval("SHOW lock_timeout") == "0"
    assert await session.fetchval("SHOW statement_timeout") == "0"


async def test_a_newer_database_is_refused(session: Session) -> None:
    await migrate(session, [FIRST, SECOND])
    with pytest.raises(MigrationError, match="0002_second, which this version"):
        await migrate(session, [FIRST])


async def test_a_changed_migration_is_refused(session: Session) -> None:
    await migrate(session, [FIRST])
    with pytest.raises(MigrationError, match="0001_first has changed"):
        await migrate(session, [Migration(1, "0001_first", "CREATE TABLE other (id integer)")])
