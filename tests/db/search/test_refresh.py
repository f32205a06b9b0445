"""Emptying the delta tier while others search and write."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from db.pool import Pool
from db.rows import Connection
from db.search import SONGS, SongDocument, delete_songs, search_songs, upsert_songs
from db.search.rebuild import Progress, rebuild
from db.search.refresh import refresh, refresh_vocabulary
from db.search.tiers import RebuildUnfinished, UpkeepRunning, one_at_a_time, select_state

SONGS_AT_FIRST = 900


def song(n: int, popularity: int, title: str = "Love") -> SongDocument:
    return SongDocument(id=n, title=f"{title} {n}", artists=["Somebody"], popularity=popularity)


async def select_tiers(connection: Connection) -> dict[int, list[tuple[int, int]]]:
    """Popularity and id of the rows of each tier, in physical order."""
    rows = await connection.fetch(
        "SELECT tier, popularity, id FROM song_search WHERE lexemes <> '' ORDER BY tier, ctid"
    )
    assert len(rows) == len({row["id"] for row in rows}), "a song is in two tiers"
    tiers: dict[int, list[tuple[int, int]]] = {tier: [] for tier in range(9)}
    for row in rows:
        tiers[row["tier"]].append((row["popularity"], row["id"]))
    return tiers


@pytest.fixture
async def built(own_pool: Pool, small_tiers: None) -> AsyncGenerator[Connection, None]:
    """900 songs in the tiers, of popularity 9000, 8990, …"""
    async with own_pool.acquire() as connection:
        songs = [song(n, 9010 - 10 * n) for n in range(1, SONGS_AT_FIRST + 1)]
        await upsert_songs(connection, songs)
        await rebuild(connection, SONGS)
        yield connection


async def test_refresh_puts_hot_rows_in_order_and_others_behind_their_tier(
    built: Connection,
) -> None:
    new = [(9995, 2001), (8005, 2002), (6505, 2003), (5005, 2004), (3, 2005)]
    await upsert_songs(built, [song(n, popularity) for popularity, n in new])
    await refresh(built, SONGS)
    tiers = await select_tiers(built)
    assert tiers[0] == []
    hot = tiers[1] + tiers[2]
    assert hot == sorted(hot, reverse=True)
    assert len(tiers[1]) == 150
    assert {(9995, 2001), (8005, 2002), (6505, 2003)} <= set(hot)
    assert tiers[3][-1] == (5005, 2004)
    assert tiers[4][-1] == (3, 2005)
    assert (await select_state(built, SONGS)).moved == 2


async def test_a_row_that_got_less_popular_leaves_the_hot_tiers(built: Connection) -> None:
    await upsert_songs(built, [song(1, 5)])
    await refresh(built, SONGS)
    tiers = await select_tiers(built)
    assert tiers[4][-1] == (5, 1)
    assert len(tiers[1] + tiers[2]) == 349


async def test_refresh_forgets_deleted_songs(built: Connection) -> None:
    await delete_songs(built, [7, 700, 5000])
    await refresh(built, SONGS)
    assert await built.fetchval("SELECT count(*) FROM song_search") == SONGS_AT_FIRST - 2
    await rebuild(built, SONGS)
    assert await built.fetchval("SELECT count(*) FROM song_search") == SONGS_AT_FIRST - 2


async def test_refresh_before_any_rebuild_orders_a_small_catalogue(own_pool: Pool) -> None:
    async with own_pool.acquire() as connection:
        await upsert_songs(connection, [song(n, n * 7 % 50) for n in range(1, 101)])
        await refresh(connection, SONGS)
        tiers = await select_tiers(connection)
        assert len(tiers[1]) == 100
        assert tiers[1] == sorted(tiers[1], reverse=True)


async def test_hot_tiers_that_have_grown_too_big_are_rebuilt(
    built: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.search.refresh.MOST_HOT_ROWS", 525)
    await upsert_songs(built, [song(n, 100_000 + n) for n in range(2000, 2200)])
    await refresh(built, SONGS)
    tiers = await select_tiers(built)
    assert [len(tiers[tier]) for tier in range(5)] == [0, 150, 200, 300, 450]


async def test_refresh_begins_a_new_generation_only_when_rows_move(built: Connection) -> None:
    before = (await select_state(built, SONGS)).generation
    assert await refresh(built, SONGS) == before
    await upsert_songs(built, [song(2001, 3)])
    assert await refresh(built, SONGS) > before


async def test_refresh_does_not_run_into_an_unfinished_rebuild(built: Connection) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rebuild(built, SONGS, interrupt)
    with pytest.raises(RebuildUnfinished, match="tonearm search rebuild"):
        await refresh(built, SONGS)
    await rebuild(built, SONGS)
    await refresh(built, SONGS)


async def test_an_interrupted_refresh_is_done_by_the_next(built: Connection) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    await upsert_songs(built, [song(2001, 9995), song(2002, 3)])
    with pytest.raises(KeyboardInterrupt):
        await refresh(built, SONGS, interrupt)
    assert (await search_songs(built, "love 2001 ")).hits[0].id == 2001
    await refresh(built, SONGS)
    tiers = await select_tiers(built)
    assert tiers[0] == []
    assert sum(map(len, tiers.values())) == SONGS_AT_FIRST + 2


async def test_one_upkeep_of_a_kind_at_a_time(own_pool: Pool) -> None:
    async with own_pool.acquire() as first, own_pool.acquire() as second:
        async with one_at_a_time(first, SONGS):
            with pytest.raises(UpkeepRunning):
                await refresh(second, SONGS)
        await refresh(second, SONGS)


async def test_searches_and_writes_go_on_during_refreshes(
    own_pool: Pool, built: Connection
) -> None:
    expected = {n: f"love {n}" for n in range(1, SONGS_AT_FIRST + 1)}
    refreshing = True

    async def write() -> None:
        number = 0
        async with own_pool.acquire() as connection:
            while refreshing:
                number += 1
                changed, deleted = 1 + number * 7 % 850, 1 + number * 11 % 850
                document = song(changed, number * 7919 % 10_000, f"Hate {number}")
                async with connection.transaction():
                    await upsert_songs(connection, [document])
                    await delete_songs(connection, [deleted])
                expected[changed] = f"hate {number} {changed}"
                expected.pop(deleted, None)
                page = await search_songs(connection, f"hate {number} {changed} ")
                assert (changed in [hit.id for hit in page.hits]) == (changed != deleted)
                # A word of nearly all songs, alone in its title.
                added = SongDocument(id=10_000 + number, title="Love", popularity=10)
                await upsert_songs(connection, [added])
                expected[added.id] = "love"
                page = await search_songs(connection, "love")
                assert added.id in [hit.id for hit in page.hits]

    async def read() -> None:
        async with own_pool.acquire() as connection:
            while refreshing:
                page = await search_songs(connection, "love 877 ")
                assert page.hits[0].id == 877

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        tasks.create_task(read())
        for _ in range(5):
            await refresh(built, SONGS)
        await rebuild(built, SONGS)
        await refresh(built, SONGS)
        refreshing = False

    for upkeep in (refresh, rebuild):
        rows = await built.fetch("SELECT id, title_norm FROM song_search WHERE lexemes <> ''")
        assert len(rows) == len(expected)
        assert {row["id"]: row["title_norm"] for row in rows} == expected
        await upkeep(built, SONGS)
    assert (await select_tiers(built))[0] == []


async def test_refresh_counts_the_words_of_a_small_catalogue(built: Connection) -> None:
    await built.execute("TRUNCATE search_words")
    words = await refresh_vocabulary(built)
    rows = await built.fetch("SELECT word, frequency FROM search_words")
    frequencies = {row["word"]: row["frequency"] for row in rows}
    assert words == len(frequencies)
    assert frequencies["love"] == frequencies["somebody"] == SONGS_AT_FIRST
