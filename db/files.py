"""Files: the audio of a song, once for each format."""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch


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
    created_at: datetime


async def select_files_of_songs(
    connection: Connection, song_ids: Sequence[int]
) -> list[FileRecord]:
    """All files of the songs, each song's in the order of their bit rates, highest first."""
    return await fetch(
        connection,
        FileRecord,
        """
        SELECT song_id, id, sha256, object_key, codec, mime_type, bitrate_kbps, sample_rate_hz,
               channels, bit_depth, duration_ms, size_bytes, created_at
        FROM files WHERE song_id = ANY($1::bigint[])
        ORDER BY song_id, bitrate_kbps DESC, id
        """,
        song_ids,
    )
