"""Archives of all that people have: what is asked for, being made, and ready."""

from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class ExportRecord(Row):
    """An archive; `due_at` is its end once it is complete."""

    user_id: int
    object_key: str
    requested_at: datetime
    due_at: datetime
    size_bytes: int | None
    completed_at: datetime | None


async def upsert_export(
    connection: Connection,
    user_id: int,
    object_key: str,
    now: datetime,
    *,
    due_at: datetime,
    again_before: datetime,
) -> ExportRecord | None:
    """Asks for an archive, in place of one that was complete before a time. None when there is a
    newer one, or one that is being made."""
    return await fetch_one(
        connection,
        ExportRecord,
        """
        INSERT INTO exports (user_id, object_key, requested_at, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id) DO UPDATE
        SET object_key = excluded.object_key, requested_at = excluded.requested_at,
            due_at = excluded.due_at, size_bytes = NULL, completed_at = NULL
        WHERE exports.completed_at <= $5
        RETURNING user_id, object_key, requested_at, due_at, size_bytes, completed_at
        """,
        user_id,
        object_key,
        now,
        due_at,
        again_before,
    )


async def select_export(connection: Connection, user_id: int) -> ExportRecord | None:
    return await fetch_one(
        connection,
        ExportRecord,
        """
        SELECT user_id, object_key, requested_at, due_at, size_bytes, completed_at
        FROM exports WHERE user_id = $1
        """,
        user_id,
    )


async def select_due_exports(
    connection: Connection, now: datetime, limit: int
) -> list[ExportRecord]:
    """Archives that a worker is to make, or that have ended, the longest due first."""
    return await fetch(
        connection,
        ExportRecord,
        """
        SELECT user_id, object_key, requested_at, due_at, size_bytes, completed_at
        FROM exports WHERE due_at <= $1 ORDER BY due_at, user_id LIMIT $2
        """,
        now,
        limit,
    )


async def update_export_taken(
    connection: Connection, user_id: int, object_key: str, now: datetime, until: datetime
) -> bool:
    """Takes an archive to make until a time; False when another worker has it, or it is not wanted
    any more."""
    taken = await connection.fetchval(
        """
        UPDATE exports SET due_at = $4
        WHERE user_id = $1 AND object_key = $2 AND due_at <= $3 AND completed_at IS NULL
        RETURNING user_id
        """,
        user_id,
        object_key,
        now,
        until,
    )
    return taken is not None


async def update_export_kept(
    connection: Connection, user_id: int, object_key: str, until: datetime
) -> bool:
    """Keeps an archive that was taken until another time; False when it is not wanted any more."""
    kept = await connection.fetchval(
        """
        UPDATE exports SET due_at = $3
        WHERE user_id = $1 AND object_key = $2 AND completed_at IS NULL RETURNING user_id
        """,
        user_id,
        object_key,
        until,
    )
    return kept is not None


async def update_export_completed(
    connection: Connection,
    user_id: int,
    object_key: str,
    *,
    size_bytes: int,
    completed_at: datetime,
    ends_at: datetime,
) -> bool:
    """False when it is not wanted any more."""
    completed = await connection.fetchval(
        """
        UPDATE exports SET size_bytes = $3, completed_at = $4, due_at = $5
        WHERE user_id = $1 AND object_key = $2 AND completed_at IS NULL RETURNING user_id
        """,
        user_id,
        object_key,
        size_bytes,
        completed_at,
        ends_at,
    )
    return completed is not None


async def delete_export(connection: Connection, user_id: int, object_key: str) -> None:
    await connection.execute(
        "DELETE FROM exports WHERE user_id = $1 AND object_key = $2", user_id, object_key
    )
