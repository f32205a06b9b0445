"""What a rebuild goes by: popularity, where the tiers end, and the rows of each.

These are decided at the beginning, and must not change before its end.
"""

from typing import LiteralString

from db.rows import Connection
from db.search.kinds import TIER_ROWS, SearchKind
from db.search.tiers import Bound, read_bounds


async def update_delta_popularity(connection: Connection, kind: SearchKind) -> None:
    """Gives the rows of the delta tier their popularity in the catalogue."""
    await connection.execute(
        kind.sql(
            """
            UPDATE song_search AS search SET popularity = truth.popularity
            FROM songs AS truth
            WHERE search.tier = 0 AND truth.id = search.id
              AND search.popularity <> truth.popularity AND search.lexemes <> ''
            """
        )
    )


async def create_next_popularity(connection: Connection, kind: SearchKind) -> None:
    """Keeps the popularities in the catalogue that differ from those of the tiers: what a rebuild
    goes by must not change before its end."""
    await connection.execute(
        kind.sql(
            """
            DROP TABLE IF EXISTS song_search_next_popularity;
            CREATE TABLE song_search_next_popularity AS
            SELECT truth.id, truth.popularity
            FROM songs AS truth JOIN song_search AS search USING (id)
            WHERE search.tier > 0 AND search.popularity <> truth.popularity;
            ALTER TABLE song_search_next_popularity ADD PRIMARY KEY (id);
            ANALYZE song_search_next_popularity;
            """
        )
    )


async def update_bounds(connection: Connection, kind: SearchKind, *, anew: bool) -> list[Bound]:
    """Decides where the tiers end; `NO_BOUND` where there are too few rows. `anew` leaves out what
    the tiers hold now."""
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
                        FROM (
                            SELECT search.id, coalesce(now.popularity, search.popularity)
                                   AS popularity
                            FROM song_search AS search
                            LEFT JOIN song_search_next_popularity AS now
                                ON now.id = search.id AND search.tier > 0
                            WHERE lexemes <> '' AND (tier = 0 OR NOT $2::boolean)
                            UNION ALL
                            SELECT id, popularity FROM song_search_bulk WHERE lexemes <> ''
                        ) AS rows
                    ) AS ranked USING (rank)
                    CROSS JOIN (VALUES (false), (true)) AS part (is_id)
                ) AS part
            )
            WHERE kind = 'song'
            RETURNING bounds
            """
        ),
        [sum(TIER_ROWS[: tier + 1]) for tier in range(len(TIER_ROWS))],
        anew,
    )
    return read_bounds(bounds)


async def insert_next(
    connection: Connection,
    kind: SearchKind,
    tier: LiteralString,
    upper: Bound | None,
    lower: Bound,
    *,
    anew: bool,
) -> int:
    """Copies the rows of a tier, best first: those behind `upper`, up to and with `lower`. `anew`
    leaves out what the tiers hold now."""
    tag = await connection.execute(
        kind.sql(
            """
            INSERT INTO song_search_next_TIER
                (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
            SELECT id, duration_ms, popularity, TIER, year, title_norm, artists_norm, lexemes
            FROM (
                SELECT search.id, duration_ms, coalesce(now.popularity, search.popularity)
                       AS popularity, year, title_norm, artists_norm, lexemes
                FROM song_search AS search
                LEFT JOIN song_search_next_popularity AS now
                    ON now.id = search.id AND search.tier > 0
                WHERE lexemes <> '' AND (tier = 0 OR NOT $5::boolean)
                UNION ALL
                SELECT id, duration_ms, popularity, year, title_norm, artists_norm, lexemes
                FROM song_search_bulk AS bulk
                WHERE lexemes <> '' AND NOT EXISTS (
                    SELECT FROM song_search AS written
                    WHERE written.id = bulk.id AND (written.tier = 0 OR NOT $5)
                )
            ) AS rows
            WHERE ($1::bigint IS NULL OR (popularity, id) < ($1, $2::bigint))
              AND (popularity, id) >= ($3::bigint, $4::bigint)
            ORDER BY popularity DESC, id DESC
            """
        ).replace("TIER", tier),
        *(upper or (None, None)),
        *lower,
        anew,
    )
    return int(tag.split()[-1])
