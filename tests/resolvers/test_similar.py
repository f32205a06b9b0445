import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from db.plays import upsert_plays
from db.pool import Pool
from db.similar import select_similar_items
from db.songs import SongRecord
from db.users import insert_user
from resolvers.rollup import roll_up
from resolvers.similar import count_listeners, publish, refresh_similar
from tests.factories import Factory


async def hear(
    factory: Factory,
    songs: Sequence[SongRecord],
    *,
    person: int | None = None,
    days_ago: int = 1,
    credited_ms: int = 40_000,
) -> int:
    """A person, a new one unless it is said who, plays the songs, the last one last."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    starts = [at + timedelta(minutes=place) for place in range(len(songs))]
    async with factory.pool.acquire() as connection:
        if person is None:
            person = factory.ids.next()
            await insert_user(connection, person, f"person{person}", "Person", at)
        await upsert_plays(
            connection,
            person,
            ids=[uuid4() for _ in songs],
            song_ids=[song.id for song in songs],
            artist_ids=[song.main_artist_ids for song in songs],
            started_at=starts,
            heard_until=starts,
            heard_ms=[40_000 for _ in songs],
            credited_ms=[credited_ms for _ in songs],
            completed=[False for _ in songs],
        )
    return person


async def similar(pool: Pool, id_: int) -> list[int]:
    async with pool.acquire() as connection:
        found = await select_similar_items(connection, [id_])
    return found[0].other_ids if found else []


async def pairs(pool: Pool) -> dict[tuple[int, int], int]:
    rows = await pool.fetch("SELECT id, other_id, listeners FROM listened_pairs")
    return {(row["id"], row["other_id"]): row["listeners"] for row in rows}


async def refresh(factory: Factory) -> int:
    await roll_up(factory.pool)
    return await refresh_similar(factory.pool)


async def test_what_the_same_people_hear_is_similar(factory: Factory) -> None:
    rain, storm, sun = [
        await factory.make_song(title, artists=(title,)) for title in ("Rain", "Storm", "Sun")
    ]
    for _ in range(3):
        await hear(factory, [rain, storm])
    for _ in range(3):
        await hear(factory, [sun])
    assert await refresh(factory) == 6
    assert await similar(factory.pool, rain.id) == [storm.id]
    assert await similar(factory.pool, storm.id) == [rain.id]
    assert await similar(factory.pool, sun.id) == []
    [artist], [other] = rain.main_artist_ids, storm.main_artist_ids
    assert await similar(factory.pool, artist) == [other]


async def test_what_everybody_hears_is_less_similar(factory: Factory) -> None:
    hit, rain, storm = await factory.make_songs(3)
    for _ in range(4):
        await hear(factory, [hit, rain, storm])
    for _ in range(12):
        await hear(factory, [hit])
    await refresh(factory)
    assert await similar(factory.pool, rain.id) == [storm.id, hit.id]


async def test_one_persons_taste_is_not_told(factory: Factory) -> None:
    songs = await factory.make_songs(2)
    await hear(factory, songs)
    await refresh(factory)
    assert await similar(factory.pool, songs[0].id) == []


async def test_a_person_counts_once_however_often_they_hear_it(factory: Factory) -> None:
    songs = await factory.make_songs(2)
    person = await hear(factory, songs * 3)
    await refresh(factory)
    await hear(factory, songs, person=person)
    await refresh(factory)
    assert await pairs(factory.pool) == {
        (songs[0].id, songs[1].id): 1,
        (songs[1].id, songs[0].id): 1,
    }
    assert await refresh(factory) == 0


async def test_new_plays_are_added_to_what_was_counted(factory: Factory) -> None:
    first, second, third = await factory.make_songs(3)
    person = await hear(factory, [first, second], days_ago=2)
    await refresh(factory)
    await hear(factory, [third], person=person)
    await refresh(factory)
    ids = [first.id, second.id, third.id]
    assert await pairs(factory.pool) == {(a, b): 1 for a in ids for b in ids if a != b}


async def test_what_does_not_count_or_is_long_ago_is_not_heard_together(factory: Factory) -> None:
    songs = await factory.make_songs(2)
    person = await hear(factory, songs[:1])
    await hear(factory, songs[1:], person=person, credited_ms=0)
    await hear(factory, songs[1:], person=person, days_ago=100)
    await refresh(factory)
    assert await pairs(factory.pool) == {}


async def test_a_long_list_is_counted_step_by_step_up_to_its_cap(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.similar.NEW_AT_ONCE", 2)
    monkeypatch.setattr("resolvers.similar.LIST", 5)
    songs = await factory.make_songs(7, artists=("A",))
    await hear(factory, songs)
    await refresh(factory)
    assert not await factory.pool.fetchval("SELECT count(*) FROM similar_listeners WHERE due")
    ids = [song.id for song in songs[2:]]
    assert await pairs(factory.pool) == {(a, b): 1 for a in ids for b in ids if a != b}


async def test_the_pairs_of_a_song_are_bounded(
    factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.similar.PAIRS", 3)
    hub, *others = await factory.make_songs(8, artists=("A",))
    for place, other in enumerate(others):
        for _ in range(place + 1):
            await hear(factory, [hub, other])
    await refresh(factory)
    kept = {other: n for (id_, other), n in (await pairs(factory.pool)).items() if id_ == hub.id}
    assert kept == {others[6].id: 7, others[5].id: 6, others[4].id: 5}


async def test_four_refreshes_at_once_count_each_person_once(factory: Factory) -> None:
    songs = await factory.make_songs(6)
    for _ in range(40):
        await hear(factory, songs)
    await roll_up(factory.pool)
    done = await asyncio.gather(*(refresh_similar(factory.pool) for _ in range(4)))
    assert sum(done) == 40
    found = await pairs(factory.pool)
    assert len(found) == 30
    assert set(found.values()) == {40}
    assert len(await similar(factory.pool, songs[0].id)) == 5


@pytest.mark.parametrize("step", ["count", "publish"])
async def test_a_refresh_that_dies_has_done_nothing_twice(factory: Factory, step: str) -> None:
    songs = await factory.make_songs(2)
    for _ in range(3):
        await hear(factory, songs)
    await roll_up(factory.pool)
    async with factory.pool.acquire() as connection:
        if step == "publish":
            async with connection.transaction():
                await count_listeners(connection, -1)
        transaction = connection.transaction()
        await transaction.start()
        if step == "count":
            assert (await count_listeners(connection, -1))[0] == 3
        else:
            assert await publish(connection, "SONG") == 2
        await transaction.rollback()  # as PostgreSQL does when a process is gone
    await refresh_similar(factory.pool)
    assert set((await pairs(factory.pool)).values()) == {3}
    assert await similar(factory.pool, songs[0].id) == [songs[1].id]
