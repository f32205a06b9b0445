"""Songs that are edited, merged into others, and deleted."""

from collections.abc import Sequence

from db.rows import Connection, Row, fetch
from db.songs import AlbumSong


class FileObject(Row):
    """Where the bytes of a file lie."""

    sha256: bytes
    object_key: str


async def lock_songs(connection: Connection, ids: Sequence[int]) -> None:
    """Makes other changes of songs wait until the transaction ends."""
    await connection.execute(
        "SELECT FROM songs WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", ids
    )


async def update_song(
    connection: Connection,
    song_id: int,
    *,
    title: str,
    main_artist_ids: Sequence[int],
    featured_artist_ids: Sequence[int],
    album_id: int | None,
    disc_number: int | None,
    track_number: int | None,
    year: int | None,
    isrc: str | None,
    explicit: bool,
    genre_ids: Sequence[int],
    cover_sha256: bytes | None,
) -> None:
    """Writes what can be edited, and makes the next revision; the lists are up to the caller."""
    await connection.execute(
        """
        UPDATE songs
        SET revision = revision + 1, title = $2, main_artist_ids = $3, featured_artist_ids = $4,
            album_id = $5, disc_number = $6, track_number = $7, year = $8, isrc = $9,
            explicit = $10, genre_ids = $11, cover_sha256 = $12
        WHERE id = $1
        """,
        song_id,
        title,
        main_artist_ids,
        featured_artist_ids,
        album_id,
        disc_number,
        track_number,
        year,
        isrc,
        explicit,
        genre_ids,
        cover_sha256,
    )


async def delete_artist_songs(
    connection: Connection, artist_ids: Sequence[int], song_id: int
) -> None:
    await connection.execute(
        "DELETE FROM artist_songs WHERE artist_id = ANY($1::bigint[]) AND song_id = $2",
        artist_ids,
        song_id,
    )


async def delete_genre_songs(
    connection: Connection, song_id: int, genre_ids: Sequence[int]
) -> None:
    await connection.execute(
        "DELETE FROM genre_songs WHERE song_id = $1 AND genre_id = ANY($2::bigint[])",
        song_id,
        genre_ids,
    )


async def select_album_songs_of(connection: Connection, song_id: int) -> list[AlbumSong]:
    """The places of a song on the albums that list it."""
    return await fetch(
        connection,
        AlbumSong,
        """
        SELECT album_id, disc_number, track_number, song_id FROM album_songs
        WHERE song_id = $1 ORDER BY album_id
        """,
        song_id,
    )


async def delete_album_songs(
    connection: Connection, album_ids: Sequence[int], song_id: int
) -> None:
    await connection.execute(
        "DELETE FROM album_songs WHERE album_id = ANY($1::bigint[]) AND song_id = $2",
        album_ids,
        song_id,
    )


async def update_song_keys(connection: Connection, song_id: int, kept_id: int) -> None:
    """Gives the keys of a song to another: files like its are that one's from now on."""
    await connection.execute(
        "UPDATE song_keys SET song_id = $2 WHERE song_id = $1", song_id, kept_id
    )


async def delete_song_keys(connection: Connection, song_id: int) -> None:
    await connection.execute("DELETE FROM song_keys WHERE song_id = $1", song_id)


async def insert_files_of(connection: Connection, song_id: int, kept_id: int) -> None:
    """Gives the files of a song to another, which it does not have any more when it is deleted."""
    rows = await connection.fetch(
        """
        INSERT INTO files (song_id, id, sha256, object_key, codec, mime_type, bitrate_kbps,
                           sample_rate_hz, channels, bit_depth, duration_ms, size_bytes,
                           created_at)
        SELECT $2, id, sha256, object_key, codec, mime_type, bitrate_kbps, sample_rate_hz,
               channels, bit_depth, duration_ms, size_bytes, created_at
        FROM files WHERE song_id = $1
        RETURNING sha256
        """,
        song_id,
        kept_id,
    )
    await connection.execute(
        "UPDATE file_contents SET song_id = $2 WHERE sha256 = ANY($1::bytea[])",
        [row["sha256"] for row in rows],
        kept_id,
    )


async def insert_lyrics_of(connection: Connection, song_id: int, kept_id: int) -> None:
    """Gives a song that has no lyrics those of another."""
    await connection.execute(
        """
        INSERT INTO song_lyrics (song_id, language, format, body)
        SELECT $2, language, format, body FROM song_lyrics WHERE song_id = $1
        ON CONFLICT (song_id) DO NOTHING
        """,
        song_id,
        kept_id,
    )


async def update_song_recording(connection: Connection, song_id: int, kept_id: int) -> None:
    """Gives a song the MusicBrainz recording and the loudness of another where it has none."""
    await connection.execute(
        """
        UPDATE songs AS kept
        SET musicbrainz_recording_id = coalesce(kept.musicbrainz_recording_id,
                                                gone.musicbrainz_recording_id),
            track_gain_db = coalesce(kept.track_gain_db, gone.track_gain_db),
            track_peak = coalesce(kept.track_peak, gone.track_peak)
        FROM (SELECT musicbrainz_recording_id, track_gain_db, track_peak
              FROM songs WHERE id = $1) AS gone
        WHERE kept.id = $2
        """,
        song_id,
        kept_id,
    )


async def delete_files_of(connection: Connection, song_id: int) -> list[FileObject]:
    """Deletes the files of a song, and their claims; where their bytes lie."""
    files = await fetch(
        connection,
        FileObject,
        "DELETE FROM files WHERE song_id = $1 RETURNING sha256, object_key",
        song_id,
    )
    await connection.execute(
        "DELETE FROM file_contents WHERE sha256 = ANY($1::bytea[])",
        [file.sha256 for file in files],
    )
    return files


async def delete_song(connection: Connection, song_id: int) -> None:
    """Deletes a song with what lies with it: files, lyrics, genres."""
    await connection.execute("DELETE FROM songs WHERE id = $1", song_id)


async def update_play_counts_merged(connection: Connection, gone_id: int, kept_id: int) -> None:
    """Adds the plays of a song, an album or an artist to those of another."""
    await connection.execute(
        """
        INSERT INTO play_counts (id, kind, plays, published)
        SELECT $2, kind, plays, published FROM play_counts WHERE id = $1
        ON CONFLICT (id) DO UPDATE
        SET plays = play_counts.plays + excluded.plays,
            published = play_counts.published + excluded.published
        """,
        gone_id,
        kept_id,
    )
    await delete_play_counts(connection, gone_id)


async def delete_play_counts(connection: Connection, gone_id: int) -> None:
    await connection.execute("DELETE FROM play_counts WHERE id = $1", gone_id)
