"""Files: the audio of a song, once for each format."""

from collections.abc import Awaitable, Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch_columns, fetch_one


class FileRecord(Row):
    song_id: int
    id: int
    sha256: bytes
    object_key: str
    codec: str
    mime_type: str
    bitrate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None
    duration_ms: int
    size_bytes: int


def select_files_of_songs(
    connection: Connection, song_ids: Sequence[int], columns: frozenset[str] | None = None
) -> Awaitable[list[FileRecord]]:
    """The files of the songs, each song's in the order of their bit rates, highest first.

    A withdrawn song has none.
    """
    return fetch_columns(
        connection,
        FileRecord,
        columns,
        """
        SELECT {columns}
        FROM files JOIN (SELECT id AS song_id FROM songs WHERE withdrawn_at IS NULL) AS available
            USING (song_id)
        WHERE song_id = ANY($1::bigint[])
        ORDER BY song_id, bitrate_kbps DESC, files.id
        """,
        song_ids,
    )


async def insert_file(
    connection: Connection,
    *,
    song_id: int,
    file_id: int,
    sha256: bytes,
    object_key: str,
    codec: str,
    mime_type: str,
    bitrate_kbps: int,
    sample_rate_hz: int,
    channels: int,
    bit_depth: int | None,
    duration_ms: int,
    size_bytes: int,
    created_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO files (song_id, id, sha256, object_key, codec, mime_type, bitrate_kbps,
                           sample_rate_hz, channels, bit_depth, duration_ms, size_bytes,
                           created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        song_id,
        file_id,
        sha256,
        object_key,
        codec,
        mime_type,
        bitrate_kbps,
        sample_rate_hz,
        channels,
        bit_depth,
        duration_ms,
        size_bytes,
        created_at,
    )


class FileContent(Row):
    """The one file that holds these bytes."""

    sha256: bytes
    song_id: int
    file_id: int


async def select_file_content(connection: Connection, sha256: bytes) -> FileContent | None:
    return await fetch_one(
        connection,
        FileContent,
        "SELECT sha256, song_id, file_id FROM file_contents WHERE sha256 = $1",
        sha256,
    )


async def insert_file_content(
    connection: Connection, sha256: bytes, song_id: int, file_id: int
) -> bool:
    """Claims a content. False when it is another file's; waits for a transaction that may
    become that."""
    status = await connection.execute(
        """
        INSERT INTO file_contents (sha256, song_id, file_id) VALUES ($1, $2, $3)
        ON CONFLICT (sha256) DO NOTHING
        """,
        sha256,
        song_id,
        file_id,
    )
    return status == "INSERT 0 1"
