import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from app.jobs import do_jobs, keep_jobs_done, refresh_similar_now
from app.services import open_bucket
from app.settings import Settings
from db.pool import Pool
from db.similar import upsert_listeners_due
from db.users import insert_user
from storage.keys import EXPORTS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def due(clean_database: Pool, settings: Settings) -> AsyncGenerator[Pool, None]:
    """Of each kind of job there is one."""
    async with clean_database.acquire() as connection:
        for user_id in (1, 2):
            await insert_user(connection, user_id, f"person{user_id}", "Person", NOW)
        await upsert_listeners_due(connection, [2])
        await connection.execute(
            """
            INSERT INTO account_deletions (user_id, due_at) VALUES (1, '2026-01-01');
            INSERT INTO exports (user_id, object_key, requested_at, due_at)
            VALUES (2, 'exports/2/x.zip', '2026-01-01', '2026-01-01');
            INSERT INTO changes (user_id, number, changed_at, item_id, kind)
            VALUES (2, 1, '2026-01-01', 1, 'SONG');
            """
        )
    yield clean_database
    async with open_bucket(settings) as objects:
        async for item in objects.list(EXPORTS):
            await objects.delete(item.key)


async def test_the_command_does_all_that_is_due(settings: Settings, due: Pool) -> None:
    console = Console(file=StringIO())
    assert await do_jobs(settings, console) == 0
    assert console.file.getvalue().splitlines() == [  # type: ignore[attr-defined]
        "1 accounts deleted.",
        "1 exports made or ended.",
        "1 old changes forgotten.",
        "1 listeners counted.",
    ]
    assert await due.fetchval("SELECT array_agg(id) FROM users") == [2]


async def test_a_job_that_fails_does_not_keep_the_others_from_being_done(
    settings: Settings, due: Pool
) -> None:
    console = Console(file=StringIO())
    broken = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:1"})
    assert await do_jobs(broken, console) == 1
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "exports: " in said
    assert "1 listeners counted." in said


async def test_listeners_are_counted_by_a_command_of_their_own(
    settings: Settings, due: Pool
) -> None:
    console = Console(file=StringIO())
    assert await refresh_similar_now(settings, console) == 0
    assert console.file.getvalue() == "1 listeners counted.\n"  # type: ignore[attr-defined]


async def test_a_worker_does_them_by_itself(settings: Settings, due: Pool) -> None:
    async with (
        asyncio.timeout(30),
        open_bucket(settings) as objects,
        keep_jobs_done(due, objects, 0.01),
    ):
        while await due.fetchval("SELECT count(*) FROM account_deletions"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_worker_that_is_not_to_do_them_does_not(settings: Settings, pool: Pool) -> None:
    async with open_bucket(settings) as objects:
        before = asyncio.all_tasks()
        async with keep_jobs_done(pool, objects, 0):
            assert asyncio.all_tasks() == before
