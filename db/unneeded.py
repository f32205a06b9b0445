"""Contents whose objects are to be deleted from S3, unless something needs them.

Whoever deletes holds the claim on the content meanwhile. So somebody who brings the same content
at that moment waits, and afterwards finds that the objects are gone (ingest/run.py).
"""

from collections.abc import Sequence

from db.rows import Connection, Row, fetch_one


class UnneededContent(Row):
    """`object_key` is None for a cover, whose keys follow from its sha256."""

    sha256: bytes
    kind: str
    object_key: str | None


async def insert_unneeded_audio(
    connection: Connection, sha256s: Sequence[bytes], object_keys: Sequence[str]
) -> None:
    await connection.execute(
        """
        INSERT INTO unneeded_contents (sha256, kind, object_key)
        SELECT sha256, 'AUDIO', object_key
        FROM unnest($1::bytea[], $2::text[]) AS content (sha256, object_key)
        ON CONFLICT (sha256, kind) DO NOTHING
        """,
        sha256s,
        object_keys,
    )


async def insert_unneeded_covers(connection: Connection, sha256s: Sequence[bytes]) -> None:
    await connection.execute(
        """
        INSERT INTO unneeded_contents (sha256, kind)
        SELECT DISTINCT sha256, 'COVER' FROM unnest($1::bytea[]) AS sha256
        ON CONFLICT (sha256, kind) DO NOTHING
        """,
        sha256s,
    )


async def insert_unneeded_covers_of(connection: Connection, user_id: int) -> None:
    """The covers of a person's playlists, before these are deleted."""
    rows = await connection.fetch(
        "SELECT cover_sha256 FROM playlists WHERE user_id = $1 AND cover_sha256 IS NOT NULL",
        user_id,
    )
    await insert_unneeded_covers(connection, [row["cover_sha256"] for row in rows])


async def select_unneeded_locked(connection: Connection, after: bytes) -> UnneededContent | None:
    """The next content after a sha256, held until the transaction ends, that nobody else holds."""
    return await fetch_one(
        connection,
        UnneededContent,
        """
        SELECT sha256, kind, object_key FROM unneeded_contents WHERE sha256 > $1
        ORDER BY sha256, kind LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
        after,
    )


async def delete_unneeded(connection: Connection, content: UnneededContent) -> None:
    await connection.execute(
        "DELETE FROM unneeded_contents WHERE sha256 = $1 AND kind = $2",
        content.sha256,
        content.kind,
    )


async def is_audio_of_episode(connection: Connection, object_key: str) -> bool:
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM episodes WHERE object_key = $1)", object_key
    )
    return found


async def delete_file_content(connection: Connection, sha256: bytes) -> None:
    await connection.execute("DELETE FROM file_contents WHERE sha256 = $1", sha256)


async def delete_cover(connection: Connection, sha256: bytes) -> bool:
    """Deletes a cover that nothing has, and holds its name. False when something has it."""
    used: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM songs WHERE cover_sha256 = $1)
            OR EXISTS (SELECT FROM albums WHERE cover_sha256 = $1)
            OR EXISTS (SELECT FROM shows WHERE cover_sha256 = $1)
            OR EXISTS (SELECT FROM playlists WHERE cover_sha256 = $1)
        """,
        sha256,
    )
    if not used:
        await connection.execute("DELETE FROM covers WHERE sha256 = $1", sha256)
    return not used
