"""Artists."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch, fetch_columns


class ArtistRecord(Row):
    id: int
    name: str
    sort_name: str
    musicbrainz_id: UUID | None
    popularity: int
    revision: int


def select_artists(
    connection: Connection, ids: Sequence[int], columns: frozenset[str] | None = None
) -> Awaitable[list[ArtistRecord]]:
    return fetch_columns(
        connection,
        ArtistRecord,
        columns,
        "SELECT {columns} FROM artists WHERE id = ANY($1::bigint[])",
        ids,
    )


async def insert_artist(
    connection: Connection,
    *,
    artist_id: int,
    name: str,
    sort_name: str,
    musicbrainz_id: UUID | None,
    created_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO artists (id, name, sort_name, musicbrainz_id, created_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        artist_id,
        name,
        sort_name,
        musicbrainz_id,
        created_at,
    )


async def update_artist_musicbrainz_id(
    connection: Connection, artist_id: int, musicbrainz_id: UUID
) -> bool:
    """Gives an artist that has none its MusicBrainz id. False when it has one."""
    found = await connection.fetchval(
        """
        UPDATE artists SET musicbrainz_id = $2
        WHERE id = $1 AND musicbrainz_id IS NULL RETURNING id
        """,
        artist_id,
        musicbrainz_id,
    )
    return found is not None


async def update_artist_name(
    connection: Connection, artist_id: int, name: str, sort_name: str
) -> bool:
    """Renames an artist. False when there is no such artist.

    Waits for transactions that are listing songs under the artist, and those to come wait for this
    one: each song is then either listed already, or made findable by the new name.
    """
    found = await connection.fetchval(
        """
        WITH held AS (SELECT id FROM artists WHERE id = $1 FOR UPDATE)
        UPDATE artists SET name = $2, sort_name = $3 FROM held WHERE artists.id = held.id
        RETURNING artists.id
        """,
        artist_id,
        name,
        sort_name,
    )
    return found is not None


class ArtistKey(Row):
    """A claim on being the artist known by a key."""

    key: str
    artist_id: int


async def select_artist_keys(connection: Connection, keys: Sequence[str]) -> list[ArtistKey]:
    return await fetch(
        connection,
        ArtistKey,
        "SELECT key, artist_id FROM artist_keys WHERE key = ANY($1::text[])",
        keys,
    )


async def insert_artist_key(connection: Connection, key: str, artist_id: int) -> bool:
    """Claims a key. False when it is another's; waits for a transaction that may become that."""
    status = await connection.execute(
        "INSERT INTO artist_keys (key, artist_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        artist_id,
    )
    return status == "INSERT 0 1"


async def insert_artist_song(
    connection: Connection, artist_id: int, song_id: int, popularity: int
) -> None:
    await connection.execute(
        """
        INSERT INTO artist_songs (artist_id, song_id, popularity) VALUES ($1, $2, $3)
        ON CONFLICT (artist_id, song_id) DO NOTHING
        """,
        artist_id,
        song_id,
        popularity,
    )


async def insert_artist_album(
    connection: Connection, artist_id: int, album_id: int, year: int
) -> None:
    await connection.execute(
        """
        INSERT INTO artist_albums (artist_id, album_id, year) VALUES ($1, $2, $3)
        ON CONFLICT (artist_id, album_id) DO NOTHING
        """,
        artist_id,
        album_id,
        year,
    )
