"""Uploads: contents that curators have announced."""

from datetime import datetime

from db.rows import Connection, Row, fetch_one


class UploadRecord(Row):
    user_id: int
    id: int
    file_name: str
    size_bytes: int
    sha256: bytes
    expires_at: datetime


async def insert_upload(
    connection: Connection,
    user_id: int,
    upload_id: int,
    *,
    file_name: str,
    size_bytes: int,
    sha256: bytes,
    expires_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO uploads (user_id, id, file_name, size_bytes, sha256, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        user_id,
        upload_id,
        file_name,
        size_bytes,
        sha256,
        expires_at,
    )


async def count_uploads(connection: Connection, user_id: int) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM uploads WHERE user_id = $1", user_id
    )
    return count


async def select_upload(
    connection: Connection, user_id: int, upload_id: int, now: datetime
) -> UploadRecord | None:
    """None when it has ended, or is somebody else's."""
    return await fetch_one(
        connection,
        UploadRecord,
        """
        SELECT user_id, id, file_name, size_bytes, sha256, expires_at
        FROM uploads WHERE user_id = $1 AND id = $2 AND expires_at > $3
        """,
        user_id,
        upload_id,
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
