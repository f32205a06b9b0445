import asyncio

import pytest

from db.pool import Pool
from db.rows import Connection
from db.transactions import ATTEMPTS, Conflict, transact


async def test_begins_anew_after_a_conflict_and_keeps_nothing_of_the_first_attempt(
    clean_database: Pool,
) -> None:
    attempts = 0

    async def work(connection: Connection) -> int:
        nonlocal attempts
        attempts += 1
        await connection.execute("INSERT INTO artist_keys VALUES ($1, 1)", f"key {attempts}")
        if attempts < 3:
            raise Conflict
        return attempts

    assert await transact(clean_database, work) == 3
    assert await clean_database.fetchval("SELECT array_agg(key) FROM artist_keys") == ["key 3"]


async def test_gives_up_at_last(pool: Pool) -> None:
    attempts = 0

    async def work(connection: Connection) -> None:
        nonlocal attempts
        attempts += 1
        raise Conflict

    with pytest.raises(Conflict):
        await transact(pool, work)
    assert attempts == ATTEMPTS


async def test_both_sides_of_a_deadlock_succeed(clean_database: Pool) -> None:
    await clean_database.execute("INSERT INTO artist_keys VALUES ('a', 0), ('b', 0)")
    both_hold_one = asyncio.Barrier(2)
    attempts = 0

    async def add(first: str, second: str) -> None:
        async def work(connection: Connection) -> None:
            nonlocal attempts
            attempts += 1
            update = "UPDATE artist_keys SET artist_id = artist_id + 1 WHERE key = $1"
            await connection.execute(update, first)
            if attempts <= 2:
                await both_hold_one.wait()
            await connection.execute(update, second)

        await transact(clean_database, work)

    await asyncio.gather(add("a", "b"), add("b", "a"))
    assert attempts >= 3
    assert await clean_database.fetchval("SELECT array_agg(artist_id) FROM artist_keys") == [2, 2]
