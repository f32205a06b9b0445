import asyncio
from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

import pytest
from rich.console import Console

from app.jobs import do_rollup
from app.settings import Settings
from db.ids import lease_ids
from db.plays import upsert_plays
from db.pool import Pool
from db.songs import SongRecord
from db.users import insert_user
from tests.app.conftest import serve
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
    assert await do_rollup(settings, console) == 0
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert said == "1 plays counted.\n3 popularities changed.\n"
    assert await popularity(pool, played) == 1


async def test_a_worker_rolls_up_by_itself(
    settings: Settings, played: SongRecord, pool: Pool
) -> None:
    often = settings.model_copy(update={"rollup_seconds": 0.01})
    async with asyncio.timeout(30), serve(often):
        while not await popularity(pool, played):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
