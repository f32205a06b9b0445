"""Covers: images known by the sha256 of the original."""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch


class CoverRecord(Row):
    sha256: bytes
    width: int
    height: int
    dominant_color: int
    created_at: datetime


async def select_covers(connection: Connection, sha256s: Sequence[bytes]) -> list[CoverRecord]:
    return await fetch(
        connection,
        CoverRecord,
        """
        SELECT sha256, width, height, dominant_color, created_at
        FROM covers WHERE sha256 = ANY($1::bytea[])
        """,
        sha256s,
    )


async def insert_cover(
    connection: Connection,
    *,
    sha256: bytes,
    width: int,
    height: int,
    dominant_color: int,
    created_at: datetime,
) -> None:
    """Notes a cover whose images are in S3; does nothing when it is known."""
    await connection.execute(
        """
        INSERT INTO covers (sha256, width, height, dominant_color, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (sha256) DO NOTHING
        """,
        sha256,
        width,
        height,
        dominant_color,
        created_at,
    )
