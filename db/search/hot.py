"""The two hot tiers, written anew by a refresh with what is popular in the delta tier.

Rows are hot down to the bound of the second tier, which only a rebuild moves.
"""

from typing import Final, LiteralString

from db.rows import Connection
from db.search.kinds import HOT_TIERS, TIER_ROWS, SearchKind
from db.search.tiers import (
    Bound,
    attach_next,
    create_next,
    create_next_indexes,
    delete_next_outdated,
    drop_next,
    exchange,
    vacuum_tier,
)

MOST_HOT_ROWS: Final = sum(TIER_ROWS[: len(HOT_TIERS)]) * 3 // 2
"""Rows that the hot tiers may grow to; with more, all tiers are rebuilt."""


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


async def rewrite_hot_tiers(connection: Connection, kind: SearchKind, lower: Bound) -> int:
    """Writes the hot tiers, whose rows go down to `lower`, and swaps them in; gives the rows."""
    first, second = HOT_TIERS
    for tier in HOT_TIERS:
        await drop_next(connection, kind, tier)
    bound = await select_first_bound(connection, kind, lower)
    rows = await _copy_hot_tier(connection, kind, first, None, bound)
    rows += await _copy_hot_tier(connection, kind, second, bound, lower)
    await exchange(connection, kind, lambda: _swap(connection, kind, bound))
    if not connection.is_in_transaction():
        for tier in HOT_TIERS:
            await vacuum_tier(connection, kind, tier)
    return rows


async def _copy_hot_tier(
    connection: Connection,
    kind: SearchKind,
    tier: LiteralString,
    upper: Bound | None,
    lower: Bound,
) -> int:
    async with connection.transaction():
        await create_next(connection, kind, tier)
        rows = await insert_next_hot(connection, kind, tier, upper, lower)
        await create_next_indexes(connection, kind, tier)
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


async def _swap(connection: Connection, kind: SearchKind, bound: Bound) -> None:
    for tier in HOT_TIERS:
        await delete_next_outdated(connection, kind, tier)
    await delete_delta_copied(connection, kind)
    for tier in HOT_TIERS:
        await attach_next(connection, kind, tier)
    await update_first_bound(connection, kind, bound)


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
