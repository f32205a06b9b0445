"""Albums that are edited, merged into others, and deleted."""

from collections.abc import Sequence
from uuid import UUID

from db.rows import Connection


async def lock_albums(connection: Connection, ids: Sequence[int]) -> None:
    """Makes other changes of albums, and songs that are to be listed there, wait until the
    transaction ends."""
    await connection.execute(
        "SELECT FROM albums WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", ids
    )


async def update_album(
    connection: Connection,
    album_id: int,
    *,
    title: str,
    kind: str,
    artist_ids: Sequence[int],
    year: int | None,
    cover_sha256: bytes | None,
    musicbrainz_id: UUID | None,
) -> None:
    """Writes what can be edited, and makes the next revision."""
    await connection.execute(
        """
        UPDATE albums
        SET revision = revision + 1, title = $2, kind = $3, artist_ids = $4, year = $5,
            cover_sha256 = $6, musicbrainz_id = $7
        WHERE id = $1
        """,
        album_id,
        title,
        kind,
        artist_ids,
        year,
        cover_sha256,
        musicbrainz_id,
    )


async def upsert_artist_albums(
    connection: Connection, artist_ids: Sequence[int], album_id: int, year: int
) -> None:
    """Lists an album under artists; `year` is 0 where it is unknown."""
    await connection.execute(
        """
        INSERT INTO artist_albums (artist_id, album_id, year)
        SELECT artist_id, $2, $3 FROM unnest($1::bigint[]) AS artist_id ORDER BY artist_id
        ON CONFLICT (artist_id, album_id) DO UPDATE SET year = excluded.year
        """,
        artist_ids,
        album_id,
        year,
    )


async def delete_artist_albums(
    connection: Connection, artist_ids: Sequence[int], album_id: int
) -> None:
    await connection.execute(
        "DELETE FROM artist_albums WHERE artist_id = ANY($1::bigint[]) AND album_id = $2",
        artist_ids,
        album_id,
    )


async def insert_album_songs_of(connection: Connection, album_id: int, kept_id: int) -> list[int]:
    """Lists the songs of an album on another, each where it was; the songs, by id."""
    await connection.execute(
        """
        INSERT INTO album_songs (album_id, song_id, disc_number, track_number)
        SELECT $2, song_id, disc_number, track_number FROM album_songs WHERE album_id = $1
        ON CONFLICT (album_id, song_id) DO NOTHING
        """,
        album_id,
        kept_id,
    )
    rows = await connection.fetch(
        "SELECT song_id FROM album_songs WHERE album_id = $1 ORDER BY song_id", album_id
    )
    return [row["song_id"] for row in rows]


async def update_songs_of_album(
    connection: Connection, song_ids: Sequence[int], album_id: int, kept_id: int | None
) -> None:
    """Puts those of the songs whose album it is on another, or on none."""
    await connection.execute(
        """
        UPDATE songs SET album_id = $3, revision = revision + 1
        WHERE id = ANY($1::bigint[]) AND album_id = $2
        """,
        song_ids,
        album_id,
        kept_id,
    )


async def update_album_keys(connection: Connection, album_id: int, kept_id: int) -> None:
    """Gives the keys of an album to another: files of its are that one's from now on."""
    await connection.execute(
        "UPDATE album_keys SET album_id = $2 WHERE album_id = $1", album_id, kept_id
    )


async def delete_album(connection: Connection, album_id: int) -> None:
    """Deletes an album with its keys and its list of songs."""
    await connection.execute("DELETE FROM album_keys WHERE album_id = $1", album_id)
    await connection.execute("DELETE FROM albums WHERE id = $1", album_id)
