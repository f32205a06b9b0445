"""The upkeep of every hour: the delta tier is emptied, and the cold tiers stay as they are.

The two hot tiers are written anew, with the rows of the delta tier that are popular enough, and
take the place of the old ones in one swap. The other rows of the delta tier go behind those of
the tier that their popularity belongs to, a thousand at a time. There they are found as before,
except by words so common that a search ends before them: their place by popularity comes with the
next rebuild, which `moved` tells the need of.
"""

from typing import Final, LiteralString

import asyncpg

from db.rows import Connection
from db.search.kinds import HOT_TIERS, SONGS, TIER_ROWS, SearchKind
from db.search.rebuild import Progress, Report, no_report, rebuild
from db.search.tiers import (
    NO_BOUND,
    SWAP_ATTEMPTS,
    Bound,
    RebuildUnfinished,
    attach_next,
    count_tiers,
    create_next,
    create_next_indexes,
    delete_next_outdated,
    drop_next,
    is_unfinished,
    lock_writers,
    one_at_a_time,
    pause_before_attempt,
    read_bounds,
    select_state,
    vacuum_tier,
)
from db.search.vocabulary import rebuild_vocabulary

BATCH: Final = 1_000

VOCABULARY_ROWS: Final = 1_000_000
"""Songs up to which a refresh counts the vocabulary: about ten seconds."""

MOST_HOT_ROWS: Final = sum(TIER_ROWS[: len(HOT_TIERS)]) * 3 // 2
"""Rows that the hot tiers may grow to; with more, all tiers are rebuilt."""


async def refresh(connection: Connection, kind: SearchKind, report: Report = no_report) -> int:
    """Empties the delta tier; gives the generation.

    `connection` must be a session of its own, outside of a transaction. May be interrupted at any
    time. Raises `UpkeepRunning`, and `RebuildUnfinished`.
    """
    async with one_at_a_time(connection, kind):
        state = await select_state(connection, kind)
        if is_unfinished(state):
            raise RebuildUnfinished
        lower = read_bounds(state.tier_bounds)[len(HOT_TIERS) - 1]
        if await count_hot(connection, kind, lower) > MOST_HOT_ROWS:
            return await rebuild(connection, kind, report)
        rows = 0
        if await select_delta_is_hot(connection, kind, lower):
            rows = await _rewrite_hot_tiers(connection, kind, lower)
        report(Progress(kind, 1, 2, "wrote the hot tiers", rows))
        await delete_tombstones(connection, kind)
        rows = 0
        while moved := await update_delta_moved(connection, kind, lower, BATCH):
            rows += moved
        await update_refreshed(connection, kind)
        report(Progress(kind, 2, 2, "moved into the other tiers", rows))
        if not connection.is_in_transaction():  # tests are
            await vacuum_tier(connection, kind, "0")
        return (await select_state(connection, kind)).generation


async def count_hot(connection: Connection, kind: SearchKind, lower: Bound) -> int:
    """Rows for the hot tiers, counted up to just over `MOST_HOT_ROWS`."""
    rows: int = await connection.fetchval(
        kind.sql(
            """
            SELECT count(*) FROM (
                SELECT FROM song_search
                WHERE tier <= 2 AND (popularity, id) >= ($1::bigint, $2::bigint)
                LIMIT $3::bigint
            ) AS hot
            """
        ),
        *lower,
        MOST_HOT_ROWS + 1,
    )
    return rows


async def select_delta_is_hot(connection: Connection, kind: SearchKind, lower: Bound) -> bool:
    """Whether the delta tier has rows for the hot tiers."""
    hot: bool = await connection.fetchval(
        kind.sql(
            """
            SELECT EXISTS (
                SELECT FROM song_search
                WHERE tier = 0 AND lexemes <> '' AND (popularity, id) >= ($1::bigint, $2::bigint)
            )
            """
        ),
        *lower,
    )
    return hot


async def _rewrite_hot_tiers(connection: Connection, kind: SearchKind, lower: Bound) -> int:
    first, second = HOT_TIERS
    for tier in HOT_TIERS:
        await drop_next(connection, kind, tier)
    bound = await select_first_bound(connection, kind, lower)
    rows = 0
    for tier, part in ((first, (None, bound)), (second, (bound, lower))):
        async with connection.transaction():
            await create_next(connection, kind, tier)
            rows += await insert_next_hot(connection, kind, tier, *part)
            await create_next_indexes(connection, kind, tier)
    await _swap_when_unlocked(connection, kind, bound)
    if not connection.is_in_transaction():
        for tier in HOT_TIERS:
            await vacuum_tier(connection, kind, tier)
    return rows


async def select_first_bound(connection: Connection, kind: SearchKind, lower: Bound) -> Bound:
    """Where the first tier ends; at `lower` when it takes all hot rows."""
    row = await connection.fetchrow(
        kind.sql(
            """
            SELECT popularity, id FROM (
                SELECT popularity, id, row_number() OVER (ORDER BY popularity DESC, id DESC) AS rank
                FROM song_search
                WHERE tier <= 2 AND lexemes <> ''
                  AND (popularity, id) >= ($1::bigint, $2::bigint)
            ) AS ranked
            WHERE rank = $3
            """
        ),
        *lower,
        TIER_ROWS[0],
    )
    return lower if row is None else Bound(row["popularity"], row["id"])


async def insert_next_hot(
    connection: Connection,
    kind: SearchKind,
    tier: LiteralString,
    upper: Bound | None,
    lower: Bound,
) -> int:
    """Copies the rows of a hot tier, best first: those behind `upper`, up to and with `lower`."""
    tag = await connection.execute(
        kind.sql(
            """
            INSERT INTO song_search_next_TIER
                (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
            SELECT id, duration_ms, popularity, TIER, year, title_norm, artists_norm, lexemes
            FROM song_search
            WHERE tier <= 2 AND lexemes <> ''
              AND ($1::bigint IS NULL OR (popularity, id) < ($1, $2::bigint))
              AND (popularity, id) >= ($3::bigint, $4::bigint)
            ORDER BY popularity DESC, id DESC
            """
        ).replace("TIER", tier),
        *(upper or (None, None)),
        *lower,
    )
    return int(tag.split()[-1])


async def _swap_when_unlocked(connection: Connection, kind: SearchKind, bound: Bound) -> None:
    for attempt in range(1, SWAP_ATTEMPTS + 1):
        try:
            async with connection.transaction():
                await lock_writers(connection, kind)
                for tier in HOT_TIERS:
                    await delete_next_outdated(connection, kind, tier)
                await delete_delta_copied(connection, kind)
                for tier in HOT_TIERS:
                    await attach_next(connection, kind, tier)
                await update_first_bound(connection, kind, bound)
            return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            await pause_before_attempt(attempt, error)


async def delete_delta_copied(connection: Connection, kind: SearchKind) -> None:
    """Deletes the rows of the delta tier that the copies of the hot tiers have got."""
    await connection.execute(
        kind.sql(
            """
            DELETE FROM song_search AS delta
            WHERE tier = 0 AND (
                EXISTS (SELECT FROM song_search_next_1 AS next WHERE next.id = delta.id)
                OR EXISTS (SELECT FROM song_search_next_2 AS next WHERE next.id = delta.id)
            )
            """
        )
    )


async def update_first_bound(connection: Connection, kind: SearchKind, bound: Bound) -> None:
    await connection.execute(
        kind.sql(
            """
            UPDATE search_state
            SET generation = generation + 1, tier_bounds[1] = $1, tier_bounds[2] = $2
            WHERE kind = 'song'
            """
        ),
        *bound,
    )


async def delete_tombstones(connection: Connection, kind: SearchKind) -> None:
    """Deletes what keeps deleted rows out of copies: there are no copies now."""
    await connection.execute(kind.sql("DELETE FROM song_search WHERE tier = 0 AND lexemes = ''"))


async def update_delta_moved(
    connection: Connection, kind: SearchKind, hot: Bound, limit: int
) -> int:
    """Moves rows of the delta tier that are less popular than `hot` into their tiers; gives how
    many. A row that is being written waits for its writer, and moves as it is then."""
    if hot == NO_BOUND:
        return 0
    async with connection.transaction():
        ids = await connection.fetchval(
            kind.sql(
                """
                SELECT array_agg(id) FROM (
                    SELECT id FROM song_search
                    WHERE tier = 0 AND lexemes <> ''
                      AND (popularity, id) < ($1::bigint, $2::bigint)
                    ORDER BY id LIMIT $3::bigint
                ) AS cold
                """
            ),
            *hot,
            limit,
        )
        if ids is None:
            return 0
        tag = await connection.execute(
            kind.sql(
                """
                WITH state AS (
                    SELECT tier_bounds AS bounds FROM search_state WHERE kind = 'song'
                ),
                moved AS (
                    DELETE FROM song_search
                    WHERE tier = 0 AND id = ANY($1::bigint[]) AND lexemes <> ''
                      AND (popularity, id) < ($2::bigint, $3::bigint)
                    RETURNING *
                )
                INSERT INTO song_search
                    (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
                SELECT id, duration_ms, popularity,
                       (SELECT 1 + count(*) FROM generate_series(1, array_length(bounds, 1), 2) AS n
                        WHERE (popularity, id) < (bounds[n], bounds[n + 1])),
                       year, title_norm, artists_norm, lexemes
                FROM moved CROSS JOIN state
                ORDER BY popularity DESC, id DESC
                """
            ),
            ids,
            *hot,
        )
        rows = int(tag.split()[-1])
        await update_moved(connection, kind, rows)
        # Rows may have become popular meanwhile; then there are none to move, and still some left.
        return max(rows, 1)


async def update_moved(connection: Connection, kind: SearchKind, rows: int) -> None:
    """Counts moved rows; pages of a search are no longer of one generation."""
    await connection.execute(
        kind.sql(
            """
            UPDATE search_state SET generation = generation + 1, moved = moved + $1
            WHERE kind = 'song'
            """
        ),
        rows,
    )


async def update_refreshed(connection: Connection, kind: SearchKind) -> None:
    await connection.execute(
        kind.sql("UPDATE search_state SET refreshed_at = now() WHERE kind = 'song'")
    )


async def refresh_vocabulary(connection: Connection) -> int | None:
    """Counts the words anew where that takes seconds, and gives how many there are; None in a big
    catalogue, where the next rebuild does it. Writes have added the new words in any case."""
    rows = sum((await count_tiers(connection, SONGS))[1:])
    return await rebuild_vocabulary(connection) if rows <= VOCABULARY_ROWS else None
