"""Rebuilding the tiers while others search and write; on connections of their own."""

import asyncio

import pytest

from db.pool import Pool
from db.rows import Connection
from db.search import SONGS, SongDocument, delete_songs, search_songs, upsert_songs
from db.search.rebuild import Progress, rebuild
from db.search.tiers import UpkeepRunning, count_tiers


async def select_rows(connection: Connection) -> dict[int, str]:
    rows = await connection.fetch("SELECT id, title_norm FROM song_search WHERE lexemes <> ''")
    assert len(rows) == len({row["id"] for row in rows}), "a song is in two tiers"
    return {row["id"]: row["title_norm"] for row in rows}


async def test_searches_and_writes_go_on_during_rebuilds(own_pool: Pool) -> None:
    expected = {n: f"steady {n}" for n in range(1, 301)}
    async with own_pool.acquire() as connection:
        await upsert_songs(connection, (SongDocument(id=n, title=t) for n, t in expected.items()))
    rebuilding = True

    async def write() -> None:
        number = 0
        async with own_pool.acquire() as connection:
            while rebuilding:
                number += 1
                renamed, deleted = 1 + number * 7 % 200, 1 + number * 11 % 200
                async with connection.transaction():
                    await upsert_songs(
                        connection, [SongDocument(id=renamed, title=f"renamed {number}")]
                    )
                    await delete_songs(connection, [deleted])
                expected[renamed] = f"renamed {number}"
                expected.pop(deleted, None)
                page = await search_songs(connection, f"renamed {number} ")
                assert (renamed in [hit.id for hit in page.hits]) == (renamed != deleted)

    async def read() -> None:
        async with own_pool.acquire() as connection:
            while rebuilding:
                page = await search_songs(connection, "steady 277 ")
                assert page.hits[0].id == 277

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        tasks.create_task(read())
        async with own_pool.acquire() as connection:
            generations = [await rebuild(connection, SONGS) for _ in range(5)]
        rebuilding = False

    assert generations == [2, 3, 4, 5, 6]
    async with own_pool.acquire() as connection:
        assert await select_rows(connection) == expected
        await rebuild(connection, SONGS)
        assert await select_rows(connection) == expected
        assert (await count_tiers(connection, SONGS))[0] == 0


async def test_an_interrupted_rebuild_goes_on_where_it_was(own_pool: Pool) -> None:
    copied: list[int] = []

    def interrupt(progress: Progress) -> None:
        if progress.step == 2:
            raise KeyboardInterrupt

    async with own_pool.acquire() as connection:
        await upsert_songs(connection, (SongDocument(id=n, title=f"s {n}") for n in range(50)))
        with pytest.raises(KeyboardInterrupt):
            await rebuild(connection, SONGS, interrupt)
        await upsert_songs(connection, [SongDocument(id=7, title="written after the copy")])
        await delete_songs(connection, [8])
        await rebuild(connection, SONGS, lambda progress: copied.append(progress.rows))
        rows = await select_rows(connection)
        assert rows.pop(7) == "written after the copy"
        assert rows == {n: f"s {n}" for n in range(50) if n not in (7, 8)}
    assert copied[:2] == [0, 0], "complete tiers were copied again"


async def test_one_rebuild_of_a_kind_at_a_time(own_pool: Pool) -> None:
    async with own_pool.acquire() as first, own_pool.acquire() as second:

        async def rebuild_too() -> None:
            with pytest.raises(UpkeepRunning):
                await rebuild(second, SONGS)

        tasks: list[asyncio.Task[None]] = []
        started = asyncio.Event()

        def report(progress: Progress) -> None:
            if not tasks:
                tasks.append(asyncio.create_task(rebuild_too()))
            started.set()

        await upsert_songs(first, [SongDocument(id=1, title="one")])
        await rebuild(first, SONGS, report)
        assert started.is_set()
        await tasks[0]


async def test_a_writer_that_does_not_commit_holds_up_the_swap_and_loses_nothing(
    own_pool: Pool,
) -> None:
    async with own_pool.acquire() as connection, own_pool.acquire() as writer:
        await upsert_songs(connection, [SongDocument(id=1, title="before")])
        await rebuild(connection, SONGS)
        transaction = writer.transaction()
        await transaction.start()
        await upsert_songs(writer, [SongDocument(id=1, title="after")])
        rebuilding = asyncio.create_task(rebuild(connection, SONGS))
        async with own_pool.acquire() as reader:
            for _ in range(10):
                assert (await search_songs(reader, "before")).hits
                await asyncio.sleep(0.1)
        assert not rebuilding.done()
        await transaction.commit()
        await rebuilding
        assert await select_rows(writer) == {1: "after"}
