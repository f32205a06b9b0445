"""Putting the rows of a search table back into order of popularity, while it serves.

Each tier is copied into a table of its own, `<table>_next_<tier>`, and all of them take the place
of the old ones in one transaction. What is written meanwhile is in the delta tier, deletions too
(db/search/write.py), so that transaction knows what to leave out of the copies.

A tier is copied and indexed in one transaction: a table that exists is complete, and a rebuild
that was interrupted goes on behind it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, LiteralString

import asyncpg

from db.errors import DatabaseError
from db.rows import Connection
from db.search.kinds import KINDS, TIER_ROWS, TIERS, SearchKind

DELTA_ROWS: Final = 20_000
"""Rows in the delta tier above which a rebuild is due: every search sorts its matches there."""

LOCK_KEY: Final = 0x7365_6172  # "sear"; one rebuild of a kind at a time, by its place in KINDS

SWAP_ATTEMPTS: Final = 120
SWAP_PAUSE: Final = 0.5
"""Seconds between attempts; an attempt holds writers up for half a second at most."""


class RebuildRunning(DatabaseError):
    """Another rebuild of these search rows is running."""


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """Steps of a rebuild: one for each tier, one for the swap. `rows` are those of the step."""

    kind: SearchKind
    step: int
    steps: int
    rows: int


async def rebuild(
    connection: Connection,
    kind: SearchKind,
    report: Callable[[RebuildProgress], None] = lambda progress: None,
) -> int:
    """Rewrites all tiers of a kind and gives their new generation.

    `connection` must be a session of its own, outside of a transaction. Searches and writes go
    on; writes wait while the tables are swapped. Raises `RebuildRunning`.
    """
    async with _one_at_a_time(connection, kind):
        bounds = await select_bounds(connection, kind)
        if bounds is None:
            for tier in TIERS:
                await drop_next(connection, kind, tier)
            bounds = await update_bounds(connection, kind)
        steps = len(TIERS) + 1
        for step, tier in enumerate(TIERS, 1):
            rows = await _copy_tier(connection, kind, tier, bounds)
            report(RebuildProgress(kind, step, steps, rows))
        generation = await _swap_when_unlocked(connection, kind)
        report(RebuildProgress(kind, steps, steps, 0))
        return generation


async def count_delta(connection: Connection, kind: SearchKind) -> int:
    """Rows in the delta tier, counted up to just over `DELTA_ROWS`."""
    rows: int = await connection.fetchval(
        kind.sql(
            """
            SELECT count(*) FROM (SELECT FROM song_search WHERE tier = 0 LIMIT $1::bigint) AS row
            """
        ),
        DELTA_ROWS + 1,
    )
    return rows


@asynccontextmanager
async def _one_at_a_time(connection: Connection, kind: SearchKind) -> AsyncGenerator[None, None]:
    number = KINDS.index(kind)
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK_KEY, number):
        raise RebuildRunning
    await connection.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        await connection.execute("RESET statement_timeout")
        await connection.execute("SELECT pg_advisory_unlock($1, $2)", LOCK_KEY, number)


async def select_bounds(connection: Connection, kind: SearchKind) -> list[int] | None:
    """Where the tiers of the rebuild under way end; None when there is none."""
    bounds: list[int] | None = await connection.fetchval(
        kind.sql("SELECT bounds FROM search_state WHERE kind = 'song'")
    )
    return bounds


async def update_bounds(connection: Connection, kind: SearchKind) -> list[int]:
    """Decides where the tiers end: popularity and id of the last row of each but the last tier,
    0 and 0 where there are too few rows."""
    bounds: list[int] = await connection.fetchval(
        kind.sql(
            """
            UPDATE search_state SET bounds = (
                SELECT array_agg(value ORDER BY rank, is_id)
                FROM (
                    SELECT rank, is_id,
                           coalesce(CASE WHEN is_id THEN id ELSE popularity END, 0) AS value
                    FROM unnest($1::bigint[]) AS last (rank)
                    LEFT JOIN (
                        SELECT popularity, id,
                               row_number() OVER (ORDER BY popularity DESC, id DESC) AS rank
                        FROM song_search WHERE lexemes <> ''
                    ) AS ranked USING (rank)
                    CROSS JOIN (VALUES (false), (true)) AS part (is_id)
                ) AS part
            )
            WHERE kind = 'song'
            RETURNING bounds
            """
        ),
        [sum(TIER_ROWS[: tier + 1]) for tier in range(len(TIER_ROWS))],
    )
    return bounds


async def drop_next(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Drops the copy of a tier that was never swapped in."""
    await connection.execute(
        kind.sql("DROP TABLE IF EXISTS song_search_next_TIER").replace("TIER", tier)
    )


async def _copy_tier(
    connection: Connection, kind: SearchKind, tier: LiteralString, bounds: list[int]
) -> int:
    if await select_next_exists(connection, kind, tier):
        return 0
    number = TIERS.index(tier)
    upper = bounds[2 * number - 2 : 2 * number] if number else [None, None]
    lower = bounds[2 * number : 2 * number + 2] if number < len(TIER_ROWS) else [None, None]
    async with connection.transaction():
        await create_next(connection, kind, tier)
        rows = await insert_next(connection, kind, tier, [*upper, *lower])
        await create_next_indexes(connection, kind, tier)
    return rows


async def select_next_exists(connection: Connection, kind: SearchKind, tier: LiteralString) -> bool:
    exists: bool = await connection.fetchval(
        kind.sql("SELECT to_regclass('song_search_next_TIER') IS NOT NULL").replace("TIER", tier)
    )
    return exists


async def create_next(connection: Connection, kind: SearchKind, tier: LiteralString) -> None:
    """Creates the table that will be a tier; the check spares a scan when it is attached."""
    await connection.execute(
        kind.sql(
            """
            CREATE TABLE song_search_next_TIER (
                LIKE song_search, CONSTRAINT song_search_next_tier CHECK (tier = TIER)
            );
            ALTER TABLE song_search_next_TIER ALTER COLUMN lexemes SET STATISTICS 0;
            """
        ).replace("TIER", tier)
    )


async def insert_next(
    connection: Connection, kind: SearchKind, tier: LiteralString, bounds: list[int | None]
) -> int:
    """Copies the rows of a tier, best first: those after the first popularity and id of `bounds`
    and up to the second; None is no bound."""
    tag = await connection.execute(
        kind.sql(
            """
            INSERT INTO song_search_next_TIER
                (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
            SELECT id, duration_ms, popularity, TIER, year, title_norm, artists_norm, lexemes
            FROM song_search
            WHERE lexemes <> ''
              AND ($1::bigint IS NULL OR (popularity, id) < ($1, $2::bigint))
              AND ($3::bigint IS NULL OR (popularity, id) >= ($3, $4::bigint))
            ORDER BY popularity DESC, id DESC
            """
        ).replace("TIER", tier),
        *bounds,
    )
    return int(tag.split()[-1])


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


async def _swap_when_unlocked(connection: Connection, kind: SearchKind) -> int:
    for attempt in range(1, SWAP_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                return await _swap(connection, kind)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == SWAP_ATTEMPTS:
                raise
            await asyncio.sleep(SWAP_PAUSE)
    raise AssertionError


async def _swap(connection: Connection, kind: SearchKind) -> int:
    await lock_writers(connection, kind)
    for tier in TIERS:
        await delete_next_outdated(connection, kind, tier)
    await create_next(connection, kind, "0")
    await insert_next_delta(connection, kind)
    await create_next_indexes(connection, kind, "0")
    for tier in ("0", *TIERS):
        await attach_next(connection, kind, tier)
    return await update_generation(connection, kind)


async def lock_writers(connection: Connection, kind: SearchKind) -> None:
    """Waits for writers to commit, and holds new ones up; readers go on."""
    await connection.execute("SET LOCAL lock_timeout = '500ms'")
    await connection.execute(
        kind.sql("LOCK TABLE song_search IN SHARE ROW EXCLUSIVE MODE"),
    )


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


async def insert_next_delta(connection: Connection, kind: SearchKind) -> None:
    """Copies those rows of the delta tier that no other tier has got."""
    await connection.execute(
        kind.sql(
            """
            INSERT INTO song_search_next_0
            SELECT * FROM song_search AS delta
            WHERE tier = 0 AND lexemes <> ''
              AND NOT EXISTS (SELECT FROM song_search_next_1 AS next WHERE next.id = delta.id)
              AND NOT EXISTS (SELECT FROM song_search_next_2 AS next WHERE next.id = delta.id)
              AND NOT EXISTS (SELECT FROM song_search_next_3 AS next WHERE next.id = delta.id)
              AND NOT EXISTS (SELECT FROM song_search_next_4 AS next WHERE next.id = delta.id)
            """
        )
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


async def update_generation(connection: Connection, kind: SearchKind) -> int:
    """Ends a rebuild."""
    generation: int = await connection.fetchval(
        kind.sql(
            """
            UPDATE search_state SET generation = generation + 1, bounds = NULL
            WHERE kind = 'song' RETURNING generation
            """
        )
    )
    return generation
