"""Uploads: contents that people have announced, and put into S3 themselves."""

from datetime import datetime
from typing import Literal, TypeAlias

from db.rows import Connection, Row, fetch_one

Purpose: TypeAlias = Literal["SONG", "PLAYLIST_COVER"]


class UploadRecord(Row):
    """A content. One in parts has `multipart_id`, and the digests of the parts, one after the
    other, if they were announced."""

    user_id: int
    id: int
    file_name: str
    size_bytes: int
    sha256: bytes
    expires_at: datetime
    multipart_id: str | None
    part_sha256s: bytes | None


async def insert_upload(
    connection: Connection,
    user_id: int,
    upload_id: int,
    *,
    purpose: Purpose = "SONG",
    file_name: str,
    size_bytes: int,
    sha256: bytes,
    expires_at: datetime,
    multipart_id: str | None = None,
    part_sha256s: bytes | None = None,
) -> None:
    await connection.execute(
        """
        INSERT INTO uploads (user_id, id, purpose, file_name, size_bytes, sha256, expires_at,
                             multipart_id, part_sha256s)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        user_id,
        upload_id,
        purpose,
        file_name,
        size_bytes,
        sha256,
        expires_at,
        multipart_id,
        part_sha256s,
    )


async def count_uploads(connection: Connection, user_id: int, purpose: Purpose) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM uploads WHERE user_id = $1 AND purpose = $2", user_id, purpose
    )
    return count


async def select_upload(
    connection: Connection, user_id: int, purpose: Purpose, upload_id: int, now: datetime
) -> UploadRecord | None:
    """None when it has ended, is somebody else's, or for another purpose."""
    return await fetch_one(
        connection,
        UploadRecord,
        """
        SELECT user_id, id, file_name, size_bytes, sha256, expires_at, multipart_id,
               part_sha256s
        FROM uploads WHERE user_id = $1 AND id = $2 AND purpose = $3 AND expires_at > $4
        """,
        user_id,
        upload_id,
        purpose,
        now,
    )


async def delete_upload(connection: Connection, user_id: int, upload_id: int) -> None:
    await connection.execute(
        "DELETE FROM uploads WHERE user_id = $1 AND id = $2", user_id, upload_id
    )


async def delete_ended_uploads(connection: Connection, user_id: int, now: datetime) -> None:
    await connection.execute(
        "DELETE FROM uploads WHERE user_id = $1 AND expires_at <= $2", user_id, now
    )


async def delete_all_ended_uploads(connection: Connection, now: datetime) -> None:
    """The ended uploads of everybody; what they have left in S3 is up to the caller."""
    await connection.execute("DELETE FROM uploads WHERE expires_at <= $1", now)
