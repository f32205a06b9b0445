"""The upkeep of every hour: the delta tier is emptied, and the cold tiers stay as they are.

The two hot tiers are written anew, with the rows of the delta tier that are popular enough, and
take the place of the old ones in one swap. The other rows of the delta tier go behind those of
the tier that their popularity belongs to, a thousand at a time. There they are found as before,
except by words so common that a search ends before them: their place by popularity comes with the
next rebuild, which `moved` tells the need of.
"""

from typing import Final

from db.rows import Connection
from db.search.hot import MOST_HOT_ROWS, count_hot, rewrite_hot_tiers, select_delta_is_hot
from db.search.kinds import HOT_TIERS, SONGS, SearchKind
from db.search.rebuild import Progress, Report, no_report, rebuild
from db.search.tiers import (
    NO_BOUND,
    Bound,
    RebuildUnfinished,
    count_tiers,
    is_unfinished,
    one_at_a_time,
    read_bounds,
    select_state,
    vacuum_tier,
)
from db.search.vocabulary import rebuild_vocabulary

BATCH: Final = 1_000

VOCABULARY_ROWS: Final = 1_000_000
"""Songs up to which a refresh counts the vocabulary: about ten seconds."""


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
            rows = await rewrite_hot_tiers(connection, kind, lower)
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
