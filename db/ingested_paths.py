"""Paths that were ingested, so that an unchanged one is not read again."""

from collections.abc import Sequence

from db.rows import Connection, Row, fetch


class IngestedPath(Row):
    path_sha256: bytes
    size_bytes: int
    modified_ns: int
    content_sha256: bytes | None
    problem: str | None


async def select_ingested_paths(
    connection: Connection, path_sha256s: Sequence[bytes]
) -> list[IngestedPath]:
    return await fetch(
        connection,
        IngestedPath,
        """
        SELECT path_sha256, size_bytes, modified_ns, content_sha256, problem
        FROM ingested_paths WHERE path_sha256 = ANY($1::bytea[])
        """,
        path_sha256s,
    )


async def upsert_ingested_path(
    connection: Connection,
    *,
    path_sha256: bytes,
    size_bytes: int,
    modified_ns: int,
    content_sha256: bytes | None,
    problem: str | None,
) -> None:
    """Notes what a path holds: a content, or else a problem."""
    await connection.execute(
        """
        INSERT INTO ingested_paths (path_sha256, size_bytes, modified_ns, content_sha256, problem)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (path_sha256) DO UPDATE
        SET size_bytes = excluded.size_bytes, modified_ns = excluded.modified_ns,
            content_sha256 = excluded.content_sha256, problem = excluded.problem
        """,
        path_sha256,
        size_bytes,
        modified_ns,
        content_sha256,
        problem,
    )


async def delete_ingested_path(connection: Connection, path_sha256: bytes) -> None:
    await connection.execute("DELETE FROM ingested_paths WHERE path_sha256 = $1", path_sha256)
