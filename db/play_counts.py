"""How often songs, artists and albums were played, and how much of that is published.

Counting is cheap and publishing is not: lists and search are ordered by popularity. So the count
of each is kept in a narrow table, and its popularity follows when it has grown by a tenth, which
for a song that is played a million times is 130 publications.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, LiteralString, TypeAlias

from db.rows import Connection, Row, fetch

PlayedKind: TypeAlias = Literal["SONG", "ARTIST", "ALBUM"]

_TABLES: Final[dict[PlayedKind, LiteralString]] = {
    "SONG": "songs",
    "ARTIST": "artists",
    "ALBUM": "albums",
}


class Gained(Row):
    """How many plays have come since the last publication."""

    id: int
    gained: int


class Popularity(Row):
    id: int
    popularity: int


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


async def update_popularity(
    connection: Connection, kind: PlayedKind, gained: Sequence[Gained]
) -> list[Popularity]:
    """Adds to the popularity of songs, artists or albums, and gives what it is now."""
    ordered = sorted(gained, key=lambda row: row.id)
    return await fetch(
        connection,
        Popularity,
        """
        UPDATE songs AS played SET popularity = least(2147483647, played.popularity + more.gained)
        FROM unnest($1::bigint[], $2::bigint[]) AS more (id, gained)
        WHERE played.id = more.id
        RETURNING played.id, played.popularity
        """.replace("songs", _TABLES[kind]),
        [row.id for row in ordered],
        [row.gained for row in ordered],
    )


async def update_artist_songs_popularity(
    connection: Connection,
    artist_ids: Sequence[int],
    song_ids: Sequence[int],
    popularities: Sequence[int],
) -> None:
    """Puts songs where they now belong in the lists of their artists."""
    await connection.execute(
        """
        UPDATE artist_songs AS listed SET popularity = more.popularity
        FROM unnest($1::bigint[], $2::bigint[], $3::integer[])
          AS more (artist_id, song_id, popularity)
        WHERE listed.artist_id = more.artist_id AND listed.song_id = more.song_id
        """,
        artist_ids,
        song_ids,
        popularities,
    )


async def update_genre_songs_popularity(
    connection: Connection, song_ids: Sequence[int], popularities: Sequence[int]
) -> None:
    """Puts songs where they now belong in the lists of their genres."""
    await connection.execute(
        """
        UPDATE genre_songs AS listed SET popularity = more.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS more (song_id, popularity)
        WHERE listed.song_id = more.song_id
        """,
        song_ids,
        popularities,
    )
