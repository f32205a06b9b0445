"""The tables of the tiers: copied, indexed, and put into the place of the old ones.

A tier is copied into `<table>_next_<tier>`. What is written meanwhile is in the delta tier,
deletions too (db/search/write.py), so the transaction that puts the copies into place knows what
to leave out of them. Only one session changes tiers at a time (`one_at_a_time`).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, LiteralString, NamedTuple, TypeVar

import asyncpg

from db.errors import DatabaseError
from db.rows import Connection, Row, fetch_one
from db.search.kinds import KINDS, TIERS, SearchKind

Result = TypeVar("Result")

LOCK_KEY: Final = 0x7365_6172  # "sear"; one upkeep of a kind at a time, by its place in KINDS

SWAP_ATTEMPTS: Final = 120
SWAP_PAUSE: Final = 0.5
"""Seconds between attempts; an attempt holds writers up for half a second at most."""


COPYING: Final = "COPYING"
COPIED: Final = "COPIED"
"""Stages of a rebuild that makes the rows anew (db/search/remake.py)."""


class UpkeepRunning(DatabaseError):
    """Another refresh or rebuild of these search rows is running: wait until it has ended."""


class RebuildUnfinished(DatabaseError):
    """A rebuild was interrupted: run `tonearm search rebuild`, which goes on where it was."""


class Bound(NamedTuple):
    """The last row of a tier. Rows come by popularity and id, both descending."""

    popularity: int
    id: int


NO_BOUND: Final = Bound(0, 0)
"""Of a tier that takes all the rows there are."""


class SearchState(Row):
    """A kind's row of `search_state`; `bounds` and `remake` are of a rebuild under way."""

    generation: int
    bounds: list[int] | None
    tier_bounds: list[int]
    moved: int
    remake: str | None
    rebuilt_at: datetime | None
    refreshed_at: datetime | None


def is_unfinished(state: SearchState) -> bool:
    """Whether a rebuild is under way, or was interrupted."""
    return state.bounds is not None or state.remake is not None


def read_bounds(numbers: Sequence[int]) -> list[Bound]:
    """The bounds that a column of `search_state` holds, of all tiers but the last."""
    return [Bound(*numbers[at : at + 2]) for at in range(0, len(numbers), 2)]


async def select_state(connection: Connection, kind: SearchKind) -> SearchState:
    state = await fetch_one(
        connection,
        SearchState,
        kind.sql(
            """
            SELECT generation, bounds, tier_bounds, moved, remake, rebuilt_at, refreshed_at
            FROM search_state WHERE kind = 'song'
            """
        ),
    )
    assert state is not None
    return state


@asynccontextmanager
async def one_at_a_time(connection: Connection, kind: SearchKind) -> AsyncGenerator[None, None]:
    """Keeps other sessions from changing the tiers. Raises `UpkeepRunning`.

    `connection` must be a session of its own, outside of a transaction.
    """
    number = KINDS.index(kind)
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK_KEY, number):
        raise UpkeepRunning
    await connection.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("RESET statement_timeout")
            await connection.execute("SELECT pg_advisory_unlock($1, $2)", LOCK_KEY, number)


async def select_next_exists(connection: Connection, kind: SearchKind, tier: LiteralString) -> bool:
    exists: bool = await connection.fetchval(
        kind.sql("SELECT to_regclass('song_search_next_TIER') IS NOT NULL").replace("TIER", tier)
    )
    return exists


async def select_tier_is_empty(
    connection: Connection, kind: SearchKind, tier: LiteralString
) -> bool:
    empty: bool = await connection.fetchval(
        kind.sql("SELECT NOT EXISTS (SELECT FROM song_search_TIER)").replace("TIER", tier)
    )
    return empty


async def drop_next(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Drops the copy of a tier that was never put into place."""
    await connection.execute(
        kind.sql("DROP TABLE IF EXISTS song_search_next_TIER").replace("TIER", tier)
    )


async def create_next(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Creates the table that will be a tier; the check spares a scan when it is attached."""
    await connection.execute(
        kind.sql(
            """
            CREATE TABLE song_search_next_TIER (
                LIKE song_search INCLUDING DEFAULTS,
                CONSTRAINT song_search_next_tier CHECK (tier = TIER)
            );
            ALTER TABLE song_search_next_TIER ALTER COLUMN lexemes SET STATISTICS 0;
            """
        ).replace("TIER", tier)
    )


async def create_next_indexes(
    connection: Connection, kind: SearchKind, tier: LiteralString
) -> None:
    """Indexes the copy of a tier as the search table is, so that it can be attached."""
    await connection.execute(
        kind.sql(
            """
            ALTER TABLE song_search_next_TIER ADD PRIMARY KEY (id, tier);
            CREATE INDEX ON song_search_next_TIER (title_norm, popularity DESC, id DESC);
            CREATE INDEX ON song_search_next_TIER USING gin (lexemes) WITH (fastupdate = off);
            ANALYZE song_search_next_TIER;
            """
        ).replace("TIER", tier)
    )


async def lock_writers(connection: Connection, kind: SearchKind) -> None:
    """Waits for writers to commit, and holds new ones up; readers go on."""
    await connection.execute("SET LOCAL lock_timeout = '500ms'")
    await connection.execute(kind.sql("LOCK TABLE song_search IN SHARE ROW EXCLUSIVE MODE"))


async def delete_next_outdated(
    connection: Connection, kind: SearchKind, tier: LiteralString
) -> None:
    """Deletes from the copy of a tier what was written or deleted after it was copied."""
    await connection.execute(
        kind.sql(
            """
            DELETE FROM song_search_next_TIER AS next USING song_search AS delta
            WHERE delta.tier = 0 AND delta.id = next.id
              AND (delta.popularity, delta.year, delta.duration_ms, delta.title_norm,
                   delta.artists_norm, delta.lexemes)
                  IS DISTINCT FROM
                  (next.popularity, next.year, next.duration_ms, next.title_norm,
                   next.artists_norm, next.lexemes)
            """
        ).replace("TIER", tier)
    )


async def attach_next(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Puts the copy of a tier into the place of the tier."""
    await connection.execute(
        kind.sql(
            """
            ALTER TABLE song_search DETACH PARTITION song_search_TIER;
            DROP TABLE song_search_TIER;
            ALTER TABLE song_search_next_TIER RENAME TO song_search_TIER;
            ALTER TABLE song_search ATTACH PARTITION song_search_TIER FOR VALUES IN (TIER);
            ALTER TABLE song_search_TIER DROP CONSTRAINT song_search_next_tier;
            """
        ).replace("TIER", tier)
    )


async def vacuum_tier(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Spares the first readers of a tier that was put into place the work of marking its rows."""
    await connection.execute(kind.sql("VACUUM (FREEZE) song_search_TIER").replace("TIER", tier))


async def count_tiers(connection: Connection, kind: SearchKind) -> list[int]:
    """Rows of the delta tier, counted, and of each other tier, as its last ANALYZE estimated."""
    rows = await connection.fetch(
        kind.sql(
            """
            SELECT CASE WHEN number > 0 THEN greatest(reltuples::bigint, 0)
                        ELSE (SELECT count(*) FROM song_search WHERE tier = 0) END AS rows
            FROM generate_series(0, $1::integer) AS number
            JOIN pg_class ON pg_class.oid = to_regclass('song_search_' || number)
            ORDER BY number
            """
        ).replace("'song_search_'", f"'{kind.table}_'"),
        len(TIERS),
    )
    return [row["rows"] for row in rows]


async def exchange(
    connection: Connection, kind: SearchKind, swap: Callable[[], Awaitable[Result]]
) -> Result:
    """Does `swap` in a transaction that holds writers up; tries again when one of them, or a
    search, does not end."""
    for attempt in range(1, SWAP_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await lock_writers(connection, kind)
                return await swap()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == SWAP_ATTEMPTS:
                raise
            await asyncio.sleep(SWAP_PAUSE)
    raise AssertionError
