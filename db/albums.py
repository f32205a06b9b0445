"""Albums, and the albums of an artist."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch, fetch_columns


class AlbumRecord(Row):
    id: int
    title: str
    kind: str
    artist_ids: list[int]
    year: int | None
    cover_sha256: bytes | None
    musicbrainz_id: UUID | None
    popularity: int
    revision: int


class ArtistAlbum(Row):
    """An album's place in the list of an artist, newest first; year 0 where it is unknown."""

    artist_id: int
    year: int
    album_id: int


def select_albums(
    connection: Connection, ids: Sequence[int], columns: frozenset[str] | None = None
) -> Awaitable[list[AlbumRecord]]:
    return fetch_columns(
        connection,
        AlbumRecord,
        columns,
        "SELECT {columns} FROM albums WHERE id = ANY($1::bigint[])",
        ids,
    )


async def select_artist_albums(
    connection: Connection, artist_ids: Sequence[int], limit: int, after: tuple[int, int]
) -> list[ArtistAlbum]:
    """The first `limit` albums of each artist that come after `after`, a (year, album id)."""
    return await fetch(
        connection,
        ArtistAlbum,
        """
        SELECT artists.id AS artist_id, page.year, page.album_id
        FROM artists CROSS JOIN LATERAL (
            SELECT year, album_id FROM artist_albums
            WHERE artist_id = artists.id AND (year, album_id) < ($3::smallint, $4::bigint)
            ORDER BY year DESC, album_id DESC LIMIT $2
        ) AS page
        WHERE artists.id = ANY($1::bigint[])
        ORDER BY artists.id, page.year DESC, page.album_id DESC
        """,
        artist_ids,
        limit,
        *after,
    )


async def insert_album(
    connection: Connection,
    *,
    album_id: int,
    title: str,
    kind: str,
    artist_ids: Sequence[int],
    year: int | None,
    cover_sha256: bytes | None,
    musicbrainz_id: UUID | None,
    created_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO albums (id, title, kind, artist_ids, year, cover_sha256, musicbrainz_id,
                            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        album_id,
        title,
        kind,
        artist_ids,
        year,
        cover_sha256,
        musicbrainz_id,
        created_at,
    )


async def update_album_cover(connection: Connection, album_id: int, cover_sha256: bytes) -> bool:
    """Gives an album that has none its cover. False when it has one."""
    found = await connection.fetchval(
        """
        UPDATE albums SET cover_sha256 = $2
        WHERE id = $1 AND cover_sha256 IS NULL RETURNING id
        """,
        album_id,
        cover_sha256,
    )
    return found is not None


async def update_album_musicbrainz_id(
    connection: Connection, album_id: int, musicbrainz_id: UUID
) -> bool:
    """Gives an album that has none its MusicBrainz id. False when it has another."""
    found = await connection.fetchval(
        """
        UPDATE albums SET musicbrainz_id = $2
        WHERE id = $1 AND (musicbrainz_id IS NULL OR musicbrainz_id = $2) RETURNING id
        """,
        album_id,
        musicbrainz_id,
    )
    return found is not None


async def update_album_title(connection: Connection, album_id: int, title: str) -> bool:
    """Renames an album; see `db.artists.update_artist_name`. False when there is no such album."""
    found = await connection.fetchval(
        """
        WITH held AS (SELECT id FROM albums WHERE id = $1 FOR UPDATE)
        UPDATE albums SET title = $2 FROM held WHERE albums.id = held.id RETURNING albums.id
        """,
        album_id,
        title,
    )
    return found is not None


class AlbumKey(Row):
    """A claim on being the album known by a key."""

    key: str
    album_id: int


async def select_album_keys(connection: Connection, keys: Sequence[str]) -> list[AlbumKey]:
    return await fetch(
        connection,
        AlbumKey,
        "SELECT key, album_id FROM album_keys WHERE key = ANY($1::text[])",
        keys,
    )


async def insert_album_key(connection: Connection, key: str, album_id: int) -> bool:
    """Claims a key. False when it is another's; waits for a transaction that may become that."""
    status = await connection.execute(
        "INSERT INTO album_keys (key, album_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        album_id,
    )
    return status == "INSERT 0 1"


async def insert_album_song(
    connection: Connection, album_id: int, song_id: int, disc_number: int, track_number: int
) -> None:
    """Lists a song on an album; numbers are 0 where they are unknown."""
    await connection.execute(
        """
        INSERT INTO album_songs (album_id, song_id, disc_number, track_number)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (album_id, song_id) DO NOTHING
        """,
        album_id,
        song_id,
        disc_number,
        track_number,
    )
