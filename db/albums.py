"""Albums, and the albums of an artist."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch


class AlbumRecord(Row):
    id: int
    title: str
    kind: str
    artist_ids: list[int]
    year: int | None
    cover_sha256: bytes | None
    musicbrainz_id: UUID | None
    popularity: int
    created_at: datetime


class ArtistAlbum(Row):
    """An album's place in the list of an artist, newest first; year 0 where it is unknown."""

    artist_id: int
    year: int
    album_id: int


async def select_albums(connection: Connection, ids: Sequence[int]) -> list[AlbumRecord]:
    return await fetch(
        connection,
        AlbumRecord,
        """
        SELECT id, title, kind, artist_ids, year, cover_sha256, musicbrainz_id, popularity,
               created_at
        FROM albums WHERE id = ANY($1::bigint[])
        """,
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
