"""Songs, their lyrics, and the lists they are read in: of an artist, an album, a genre."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch, fetch_columns


class SongRecord(Row):
    id: int
    title: str
    main_artist_ids: list[int]
    featured_artist_ids: list[int]
    album_id: int | None
    disc_number: int | None
    track_number: int | None
    duration_ms: int
    year: int | None
    isrc: str | None
    musicbrainz_recording_id: UUID | None
    explicit: bool
    genre_ids: list[int]
    cover_sha256: bytes | None
    track_gain_db: float | None
    track_peak: float | None
    album_gain_db: float | None
    album_peak: float | None
    popularity: int
    withdrawn_at: datetime | None
    revision: int


class LyricsRecord(Row):
    song_id: int
    language: str | None
    format: str
    body: str


class ArtistSong(Row):
    """A song's place in the list of an artist, most popular first."""

    artist_id: int
    popularity: int
    song_id: int


class GenreSong(Row):
    """A song's place in the list of a genre, most popular first."""

    genre_id: int
    popularity: int
    song_id: int


class AlbumSong(Row):
    """A song's place on an album; numbers are 0 where they are unknown."""

    album_id: int
    disc_number: int
    track_number: int
    song_id: int


def select_songs(
    connection: Connection, ids: Sequence[int], columns: frozenset[str] | None = None
) -> Awaitable[list[SongRecord]]:
    return fetch_columns(
        connection,
        SongRecord,
        columns,
        "SELECT {columns} FROM songs WHERE id = ANY($1::bigint[])",
        ids,
    )


async def select_lyrics(connection: Connection, song_ids: Sequence[int]) -> list[LyricsRecord]:
    return await fetch(
        connection,
        LyricsRecord,
        """
        SELECT song_id, language, format, body
        FROM song_lyrics WHERE song_id = ANY($1::bigint[])
        """,
        song_ids,
    )


async def select_artist_songs(
    connection: Connection, artist_ids: Sequence[int], limit: int, after: tuple[int, int]
) -> list[ArtistSong]:
    """The first `limit` songs of each artist that come after `after`, a (popularity, song id)."""
    return await fetch(
        connection,
        ArtistSong,
        """
        SELECT artists.id AS artist_id, page.popularity, page.song_id
        FROM artists CROSS JOIN LATERAL (
            SELECT popularity, song_id FROM artist_songs
            WHERE artist_id = artists.id AND (popularity, song_id) < ($3::integer, $4::bigint)
            ORDER BY popularity DESC, song_id DESC LIMIT $2
        ) AS page
        WHERE artists.id = ANY($1::bigint[])
        ORDER BY artists.id, page.popularity DESC, page.song_id DESC
        """,
        artist_ids,
        limit,
        *after,
    )


async def select_genre_songs(
    connection: Connection, genre_ids: Sequence[int], limit: int, after: tuple[int, int]
) -> list[GenreSong]:
    """The first `limit` songs of each genre that come after `after`, a (popularity, song id)."""
    return await fetch(
        connection,
        GenreSong,
        """
        SELECT genres.id AS genre_id, page.popularity, page.song_id
        FROM genres CROSS JOIN LATERAL (
            SELECT popularity, song_id FROM genre_songs
            WHERE genre_id = genres.id AND (popularity, song_id) < ($3::integer, $4::bigint)
            ORDER BY popularity DESC, song_id DESC LIMIT $2
        ) AS page
        WHERE genres.id = ANY($1::bigint[])
        ORDER BY genres.id, page.popularity DESC, page.song_id DESC
        """,
        genre_ids,
        limit,
        *after,
    )


async def select_album_songs(
    connection: Connection, album_ids: Sequence[int], limit: int, after: tuple[int, int, int]
) -> list[AlbumSong]:
    """The first `limit` songs of each album after `after`, a (disc, track, song id)."""
    return await fetch(
        connection,
        AlbumSong,
        """
        SELECT albums.id AS album_id, page.disc_number, page.track_number, page.song_id
        FROM albums CROSS JOIN LATERAL (
            SELECT disc_number, track_number, song_id FROM album_songs
            WHERE album_id = albums.id
              AND (disc_number, track_number, song_id) > ($3::smallint, $4::smallint, $5::bigint)
            ORDER BY disc_number, track_number, song_id LIMIT $2
        ) AS page
        WHERE albums.id = ANY($1::bigint[])
        ORDER BY albums.id, page.disc_number, page.track_number, page.song_id
        """,
        album_ids,
        limit,
        *after,
    )


async def update_song_withdrawn(
    connection: Connection, song_id: int, withdrawn_at: datetime | None
) -> bool:
    """Withdraws a song, or with None restores it. False when there is no such song."""
    found = await connection.fetchval(
        "UPDATE songs SET withdrawn_at = $2 WHERE id = $1 RETURNING id", song_id, withdrawn_at
    )
    return found is not None


async def insert_song(
    connection: Connection,
    *,
    song_id: int,
    title: str,
    main_artist_ids: Sequence[int],
    featured_artist_ids: Sequence[int],
    album_id: int | None,
    disc_number: int | None,
    track_number: int | None,
    duration_ms: int,
    year: int | None,
    isrc: str | None,
    musicbrainz_recording_id: UUID | None,
    explicit: bool,
    genre_ids: Sequence[int],
    cover_sha256: bytes | None,
    track_gain_db: float | None,
    track_peak: float | None,
    album_gain_db: float | None,
    album_peak: float | None,
    created_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO songs (id, title, main_artist_ids, featured_artist_ids, album_id, disc_number,
                           track_number, duration_ms, year, isrc, musicbrainz_recording_id,
                           explicit, genre_ids, cover_sha256, track_gain_db, track_peak,
                           album_gain_db, album_peak, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19)
        """,
        song_id,
        title,
        main_artist_ids,
        featured_artist_ids,
        album_id,
        disc_number,
        track_number,
        duration_ms,
        year,
        isrc,
        musicbrainz_recording_id,
        explicit,
        genre_ids,
        cover_sha256,
        track_gain_db,
        track_peak,
        album_gain_db,
        album_peak,
        created_at,
    )


async def insert_lyrics(
    connection: Connection, song_id: int, language: str | None, lyrics_format: str, body: str
) -> None:
    """Gives a song its lyrics; does nothing when it has some."""
    await connection.execute(
        """
        INSERT INTO song_lyrics (song_id, language, format, body) VALUES ($1, $2, $3, $4)
        ON CONFLICT (song_id) DO NOTHING
        """,
        song_id,
        language,
        lyrics_format,
        body,
    )


async def update_song_identifiers(
    connection: Connection, song_id: int, isrc: str | None, musicbrainz_recording_id: UUID | None
) -> bool:
    """Gives a song the identifiers it lacks. False, and nothing done, when it has others."""
    found = await connection.fetchval(
        """
        UPDATE songs
        SET isrc = coalesce(isrc, $2::text),
            musicbrainz_recording_id = coalesce(musicbrainz_recording_id, $3::uuid)
        WHERE id = $1 AND (isrc IS NULL OR $2::text IS NULL OR isrc = $2::text)
        RETURNING id
        """,
        song_id,
        isrc,
        musicbrainz_recording_id,
    )
    return found is not None


async def update_song_cover(connection: Connection, song_id: int, cover_sha256: bytes) -> bool:
    """Gives a song that has none its cover. False when it has one."""
    found = await connection.fetchval(
        """
        UPDATE songs SET cover_sha256 = $2
        WHERE id = $1 AND cover_sha256 IS NULL RETURNING id
        """,
        song_id,
        cover_sha256,
    )
    return found is not None


class SongKey(Row):
    """A claim on being the song known by a key; see `song_keys`."""

    key: str
    song_id: int
    duration_ms: int


async def select_song_keys(connection: Connection, keys: Sequence[str]) -> list[SongKey]:
    return await fetch(
        connection,
        SongKey,
        "SELECT key, song_id, duration_ms FROM song_keys WHERE key = ANY($1::text[])",
        keys,
    )


async def insert_song_key(connection: Connection, key: str, song_id: int, duration_ms: int) -> bool:
    """Claims a key. False when it is another's; waits for a transaction that may become that."""
    status = await connection.execute(
        """
        INSERT INTO song_keys (key, song_id, duration_ms) VALUES ($1, $2, $3)
        ON CONFLICT (key) DO NOTHING
        """,
        key,
        song_id,
        duration_ms,
    )
    return status == "INSERT 0 1"
