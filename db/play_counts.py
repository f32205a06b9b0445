"""How often songs, artists and albums were played, how many listeners shows and episodes have, and
how much of that is published.

Counting is cheap and publishing is not: lists and search are ordered by popularity. So the count
of each is kept in a narrow table, and its popularity follows when it has grown by a tenth, which
for a song that is played a million times is 130 publications.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from db.rows import Connection, Row, fetch

PlayedKind: TypeAlias = Literal["SONG", "ARTIST", "ALBUM", "SHOW", "EPISODE"]


class Gained(Row):
    """How many plays have come since the last publication."""

    id: int
    gained: int


async def upsert_play_counts(
    connection: Connection, kind: PlayedKind, plays: Mapping[int, int]
) -> None:
    """Adds plays by id."""
    ids = sorted(plays)  # in one order, so that two roll-ups wait rather than deadlock
    await connection.execute(
        """
        INSERT INTO play_counts (id, kind, plays, published)
        SELECT id, $1, plays, 0 FROM unnest($2::bigint[], $3::bigint[]) AS more (id, plays)
        ON CONFLICT (id) DO UPDATE SET plays = play_counts.plays + excluded.plays
        """,
        kind,
        ids,
        [plays[counted] for counted in ids],
    )


async def update_play_counts_published(
    connection: Connection, kind: PlayedKind, limit: int
) -> list[Gained]:
    """Takes up to `limit` counts whose publication is due; what they have gained.

    Who comes second waits, and then gets only what has been gained since.
    """
    return await fetch(
        connection,
        Gained,
        """
        WITH due AS (
            SELECT id, published FROM play_counts
            WHERE kind = $1 AND plays > published AND plays * 10 >= published * 11
            ORDER BY id LIMIT $2 FOR UPDATE
        )
        UPDATE play_counts AS counted SET published = counted.plays
        FROM due WHERE counted.id = due.id
        RETURNING counted.id, counted.plays - due.published AS gained
        """,
        kind,
        limit,
    )
