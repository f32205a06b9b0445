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


async def test_a_newer_database_is_refused(session: Session) -> None:
    await migrate(session, [FIRST, SECOND])
    with pytest.raises(MigrationError, match="0002_second, which this version"):
        await migrate(session, [FIRST])


async def test_a_changed_migration_is_refused(session: Session) -> None:
    await migrate(session, [FIRST])
    with pytest.raises(MigrationError, match="0001_first has changed"):
        await migrate(session, [Migration(1, "0001_first", "CREATE TABLE other (id integer)")])
