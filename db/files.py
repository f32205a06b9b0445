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
    """The files of the songs, each song's in the order of their bit rates, highest first.

    A withdrawn song has none.
    """
    return await fetch(
        connection,
        FileRecord,
        """
        SELECT files.song_id, files.id, files.sha256, files.object_key, files.codec,
               files.mime_type, files.bitrate_kbps, files.sample_rate_hz, files.channels,
               files.bit_depth, files.duration_ms, files.size_bytes, files.created_at
        FROM files JOIN songs ON songs.id = files.song_id AND songs.withdrawn_at IS NULL
        WHERE files.song_id = ANY($1::bigint[])
        ORDER BY files.song_id, files.bitrate_kbps DESC, files.id
        """,
        song_ids,
    )
