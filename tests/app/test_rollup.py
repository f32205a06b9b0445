import asyncio
from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

import pytest
from rich.console import Console

from app.rollup import keep_rolled_up, roll_up_plays
from app.settings import Settings
from db.ids import lease_ids
from db.plays import upsert_plays
from db.pool import Pool
from db.songs import SongRecord
from db.users import insert_user
from tests.factories import Factory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def played(clean_database: Pool) -> SongRecord:
    """A song that somebody has played."""
    async with lease_ids(clean_database) as ids:
        song = await Factory(clean_database, ids).make_song()
    async with clean_database.acquire() as connection:
        await insert_user(connection, 1, "ada", "Ada", NOW)
        await upsert_plays(
            connection,
            1,
            ids=[uuid4()],
            song_ids=[song.id],
            artist_ids=[song.main_artist_ids],
            started_at=[NOW],
            heard_until=[NOW],
            heard_ms=[40_000],
            credited_ms=[40_000],
            completed=[False],
        )
    return song


async def popularity(pool: Pool, song: SongRecord) -> int:
    found: int = await pool.fetchval("SELECT popularity FROM songs WHERE id = $1", song.id)
    return found


async def test_the_command_says_what_it_did(
    settings: Settings, played: SongRecord, pool: Pool
) -> None:
    console = Console(file=StringIO())
    assert await roll_up_plays(settings, console) == 0
    assert console.file.getvalue() == "1 plays counted, 3 popularities changed.\n"  # type: ignore[attr-defined]
    assert await popularity(pool, played) == 1


async def test_a_worker_rolls_up_by_itself(played: SongRecord, pool: Pool) -> None:
    async with asyncio.timeout(30), keep_rolled_up(pool, 0.01):
        while not await popularity(pool, played):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_worker_that_is_not_to_roll_up_does_not(pool: Pool) -> None:
    before = asyncio.all_tasks()
    async with keep_rolled_up(pool, 0):
        assert asyncio.all_tasks() == before
