import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from db.episode_progress import upsert_episode_progress
from db.play_counts import upsert_play_counts
from db.plays import upsert_plays
from db.pool import Pool
from db.search import search_songs
from db.shows import ShowRecord
from db.songs import SongRecord, select_artist_songs, select_genre_songs
from db.users import insert_user
from resolvers.rollup import RolledUp, count_plays, publish, roll_up
from tests.factories import Factory
from tests.schema.test_podcasts import dated

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def hear(
    factory: Factory, songs: Sequence[SongRecord], *, people: int = 1, credited_ms: int = 40_000
) -> None:
    """Each of so many new people plays all of the songs once."""
    async with factory.pool.acquire() as connection:
        for _ in range(people):
            person = factory.ids.next()
            await insert_user(connection, person, f"person{person}", "Person", NOW)
            await upsert_plays(
                connection,
                person,
                ids=[uuid4() for _ in songs],
                song_ids=[song.id for song in songs],
                artist_ids=[song.main_artist_ids for song in songs],
                started_at=[NOW for _ in songs],
                heard_until=[NOW for _ in songs],
                heard_ms=[40_000 for _ in songs],
                credited_ms=[credited_ms for _ in songs],
                completed=[False for _ in songs],
            )


async def popularity(pool: Pool, table: str, number: int) -> int:
    found: int = await pool.fetchval(f"SELECT popularity FROM {table} WHERE id = $1", number)
    return found


async def test_popularity_follows_from_plays(factory: Factory) -> None:
    loved, other = (
        await factory.make_song("Loved", genres=("Pop",)),
        await factory.make_song("Other", genres=("Pop",)),
    )
    await hear(factory, [loved], people=7)
    await hear(factory, [other], people=2)
    assert await roll_up(factory.pool) == RolledUp(plays=9, published=4)
    assert await popularity(factory.pool, "songs", loved.id) == 7
    assert await popularity(factory.pool, "songs", other.id) == 2
    assert await popularity(factory.pool, "artists", loved.main_artist_ids[0]) == 9
    assert loved.album_id is not None
    assert await popularity(factory.pool, "albums", loved.album_id) == 9
    start = (2**31 - 1, 2**63 - 1)
    async with factory.pool.acquire() as connection:
        artist = await select_artist_songs(connection, loved.main_artist_ids, 9, start)
        genre = await select_genre_songs(connection, loved.genre_ids, 9, start)
        found = await search_songs(connection, "adele", first=9, after=None)
    for listed in (artist, genre):
        assert [(row.song_id, row.popularity) for row in listed] == [(loved.id, 7), (other.id, 2)]
    assert [hit.id for hit in found.hits] == [loved.id, other.id]


async def test_plays_are_counted_once(factory: Factory) -> None:
    song = await factory.make_song()
    await hear(factory, [song], people=3)
    await hear(factory, [song], credited_ms=0)
    assert (await roll_up(factory.pool)).plays == 3
    assert await roll_up(factory.pool) == RolledUp(0, 0)
    await hear(factory, [song])
    assert (await roll_up(factory.pool)).plays == 1
    assert await popularity(factory.pool, "songs", song.id) == 4


async def test_four_roll_ups_at_once_count_each_play_once(factory: Factory) -> None:
    songs = await factory.make_songs(20)
    await hear(factory, songs, people=60)
    done = await asyncio.gather(*(roll_up(factory.pool) for _ in range(4)))
    await roll_up(factory.pool)
    assert sum(each.plays for each in done) == 1_200
    for song in songs:
        assert await popularity(factory.pool, "songs", song.id) == 60
    assert await popularity(factory.pool, "artists", songs[0].main_artist_ids[0]) == 1_200


@pytest.mark.parametrize("step", ["count", "publish"])
async def test_a_roll_up_that_dies_has_done_nothing_twice(factory: Factory, step: str) -> None:
    song = await factory.make_song()
    await hear(factory, [song], people=5)
    async with factory.pool.acquire() as connection:
        if step == "publish":
            async with connection.transaction():
                await count_plays(connection, -1)
        transaction = connection.transaction()
        await transaction.start()
        if step == "count":
            assert (await count_plays(connection, -1))[0] == 5
        else:
            assert await publish(connection, "SONG") == 1
        await transaction.rollback()  # as PostgreSQL does when a process is gone
    await roll_up(factory.pool)
    assert await popularity(factory.pool, "songs", song.id) == 5


async def test_plays_of_one_person_are_counted_in_many_batches(factory: Factory) -> None:
    songs = await factory.make_songs(7)
    await hear(factory, songs, people=2)
    after: int | None = -1
    counted = []
    async with factory.pool.acquire() as connection:
        while after is not None:
            done, after = await count_plays(connection, after, limit=3)
            counted.append(done)
    assert sum(counted) == 14


async def test_popularity_is_published_a_tenth_later(factory: Factory) -> None:
    song = await factory.make_song()
    published = []
    async with factory.pool.acquire() as connection:
        for plays in range(1, 201):
            await upsert_play_counts(connection, "SONG", {song.id: 1})
            if await publish(connection, "SONG"):
                published.append(plays)
            now = await popularity(factory.pool, "songs", song.id)
            assert now <= plays < 1.1 * now + 1
    assert published[:10] == list(range(1, 11))
    assert len(published) < 40


async def test_popularity_has_an_end(factory: Factory) -> None:
    song = await factory.make_song()
    async with factory.pool.acquire() as connection:
        await upsert_play_counts(connection, "SONG", {song.id: 2**40})
        assert await publish(connection, "SONG") == 1
    assert await popularity(factory.pool, "songs", song.id) == 2**31 - 1


async def listen(factory: Factory, show: ShowRecord, people: int, position_ms: int) -> None:
    """Each of so many new people has heard so much of all the show's episodes."""
    async with factory.pool.acquire() as connection:
        places = await connection.fetch("SELECT id FROM episode_places ORDER BY id")
        for _ in range(people):
            person = factory.ids.next()
            await insert_user(connection, person, f"person{person}", "Person", NOW)
            for place in places:
                for _ in range(2):  # reported twice
                    await upsert_episode_progress(
                        connection,
                        person,
                        show_id=show.id,
                        episode_id=place["id"],
                        position_ms=position_ms,
                        completed=False,
                        heard_at=NOW,
                    )


async def test_shows_and_episodes_are_as_popular_as_they_have_listeners(factory: Factory) -> None:
    show = await factory.make_show(dated(1), dated(2))
    await listen(factory, show, people=4, position_ms=30_000)
    await listen(factory, show, people=3, position_ms=29_999)
    assert await roll_up(factory.pool) == RolledUp(plays=8, published=3)
    assert await popularity(factory.pool, "shows", show.id) == 8
    async with factory.pool.acquire() as connection:
        of_episodes = "SELECT popularity FROM episode_places"
        assert [row[0] for row in await connection.fetch(of_episodes)] == [4, 4]
        found = await connection.fetch("SELECT popularity FROM episode_search WHERE tier = 0")
        assert [row[0] for row in found] == [4, 4]
    assert await roll_up(factory.pool) == RolledUp(0, 0)
