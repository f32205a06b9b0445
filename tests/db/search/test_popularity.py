"""Popularity that changes, in the search."""

import pytest

from db.pool import Pool
from db.popularity import update_popularities, update_song_popularities
from db.rows import Connection
from db.search import ALBUMS, ARTISTS, SONGS, SongDocument, search_songs, upsert_songs
from db.search.popularity import move_by_popularity
from db.search.rebuild import rebuild
from db.search.refresh import refresh
from tests.factories import Factory


@pytest.fixture
async def built(connection: Connection, small_tiers: None) -> Connection:
    """900 songs in the tiers, of popularity 9000, 8990, …: tier 1 ends at 7510, tier 2 at 5510."""
    await upsert_songs(
        connection,
        [SongDocument(id=n, title=f"Song {n}", popularity=9010 - 10 * n) for n in range(1, 901)],
    )
    await rebuild(connection, SONGS)
    return connection


async def select_place(connection: Connection, song_id: int) -> tuple[int, int]:
    """Tier and popularity."""
    row = await connection.fetchrow(
        "SELECT tier, popularity FROM song_search WHERE id = $1", song_id
    )
    assert row is not None
    return row["tier"], row["popularity"]


@pytest.mark.parametrize(
    ("song", "popularity", "moves"),
    [
        (160, 7600, False),  # from 7410 just over the border of tier 1
        (160, 9500, True),
        (150, 7000, False),  # from 7510 just under it
        (150, 5000, True),
        (5, 8_000_000, False),  # is in the first tier already
        (890, 1, False),  # is in the last tier already
    ],
)
async def test_only_a_row_that_clearly_crosses_a_border_is_written(
    built: Connection, song: int, popularity: int, moves: bool
) -> None:
    before = await select_place(built, song)
    assert await move_by_popularity(built, SONGS, {song: popularity}) == int(moves)
    assert await select_place(built, song) == ((0, popularity) if moves else before)


async def test_a_refresh_takes_a_row_to_its_new_tier(built: Connection) -> None:
    await move_by_popularity(built, SONGS, {900: 100_000, 1: 1})
    await refresh(built, SONGS)
    assert await select_place(built, 900) == (1, 100_000)
    assert await select_place(built, 1) == (4, 1)


async def test_a_row_of_the_delta_tier_gets_its_popularity(built: Connection) -> None:
    await upsert_songs(built, [SongDocument(id=5000, title="New")])
    await move_by_popularity(built, SONGS, {5000: 12, 4999: 13})
    assert await select_place(built, 5000) == (0, 12)


async def test_popularity_reaches_lists_and_search(clean_database: Pool, factory: Factory) -> None:
    songs = await factory.make_songs(3, genres=("Pop",))
    popularities = {songs[0].id: 10, songs[1].id: 1000, songs[2].id: 100}
    async with clean_database.acquire() as connection:
        async with connection.transaction():
            await update_song_popularities(connection, popularities)
            assert songs[0].album_id is not None
            await update_popularities(connection, {songs[0].album_id: 1110}, kind=ALBUMS)
            await update_popularities(connection, {songs[0].main_artist_ids[0]: 1110}, kind=ARTISTS)
        for table, column in (
            ("songs", "id"),
            ("song_search", "id"),
            ("artist_songs", "song_id"),
            ("genre_songs", "song_id"),
        ):
            rows = await connection.fetch(f"SELECT {column} AS id, popularity FROM {table}")
            assert {row["id"]: row["popularity"] for row in rows} == popularities, table
        for table in ("albums", "artists", "album_search", "artist_search"):
            assert await connection.fetchval(f"SELECT popularity FROM {table}") == 1110, table
        hits = (await search_songs(connection, "song")).hits
        assert [hit.id for hit in hits] == [songs[1].id, songs[2].id, songs[0].id]


async def test_a_rebuild_takes_the_popularity_of_the_catalogue(
    clean_database: Pool, factory: Factory
) -> None:
    first, second, third = await factory.make_songs(3)
    async with clean_database.acquire() as connection:
        await rebuild(connection, SONGS)
        for song in (first, second):
            await connection.execute("UPDATE songs SET popularity = 7 WHERE id = $1", song.id)
        await upsert_songs(connection, [SongDocument(id=second.id, title="Written since")])
        await rebuild(connection, SONGS)
        rows = await connection.fetch("SELECT id, tier, popularity FROM song_search")
        assert {row["id"]: (row["tier"], row["popularity"]) for row in rows} == {
            first.id: (1, 7),
            second.id: (1, 7),
            third.id: (1, 0),
        }
