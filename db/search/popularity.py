"""Popularity that changes: only a row that crosses into another tier is written."""

from collections.abc import Mapping

from db.rows import Connection
from db.search.kinds import SearchKind
from db.search.write import delete_rows_of_tiers


async def move_by_popularity(
    connection: Connection, kind: SearchKind, popularities: Mapping[int, int]
) -> int:
    """Moves the rows whose new popularity belongs to another tier into the delta tier, from where
    a refresh takes them there; gives how many. Rows in the delta tier get their popularity.

    A row near the border of its tier stays until it is a quarter more or less popular than that,
    so that it does not go to and fro. Call it in the transaction that writes the popularities.
    """
    ids = sorted(popularities)
    values = [popularities[row_id] for row_id in ids]
    await update_delta_popularities(connection, kind, ids, values)
    moved = await upsert_rows_that_cross(connection, kind, ids, values)
    if moved:
        await delete_rows_of_tiers(connection, kind, moved)
    return len(moved)


async def update_delta_popularities(
    connection: Connection, kind: SearchKind, ids: list[int], popularities: list[int]
) -> None:
    await connection.execute(
        kind.sql(
            """
            UPDATE song_search AS search SET popularity = now.popularity
            FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
            WHERE search.tier = 0 AND search.id = now.id AND search.lexemes <> ''
              AND search.popularity <> now.popularity
            """
        ),
        ids,
        popularities,
    )


async def upsert_rows_that_cross(
    connection: Connection, kind: SearchKind, ids: list[int], popularities: list[int]
) -> list[int]:
    """Copies rows that cross into another tier to the delta tier, and gives their ids. A row that
    has been written there meanwhile keeps its text."""
    rows = await connection.fetch(
        kind.sql(
            """
            WITH bounds AS (
                SELECT tier_bounds[n] AS popularity
                FROM search_state, generate_series(1, array_length(tier_bounds, 1), 2) AS n
                WHERE kind = 'song'
            )
            INSERT INTO song_search
                (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
            SELECT search.id, duration_ms, now.popularity, 0, year, title_norm, artists_norm,
                   lexemes
            FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
            JOIN song_search AS search ON search.id = now.id AND search.tier > 0
            WHERE 1 + (SELECT count(*) FROM bounds WHERE now.popularity * 0.8 < popularity) < tier
               OR 1 + (SELECT count(*) FROM bounds WHERE now.popularity * 1.25 < popularity) > tier
            ORDER BY search.id
            ON CONFLICT (id, tier) DO UPDATE SET popularity = excluded.popularity
            RETURNING id
            """
        ),
        ids,
        popularities,
    )
    return [row["id"] for row in rows]
