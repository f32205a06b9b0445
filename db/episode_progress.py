"""How far people have heard episodes."""

from collections.abc import Sequence
from datetime import datetime

from db.changes import noting_changes
from db.rows import Connection, Row, fetch


class EpisodeProgress(Row):
    show_id: int
    episode_id: int
    position_ms: int
    completed: bool
    heard_at: datetime


async def upsert_episode_progress(
    connection: Connection,
    user_id: int,
    *,
    show_id: int,
    episode_id: int,
    position_ms: int,
    completed: bool,
    heard_at: datetime,
    changed_at: datetime,
) -> None:
    """Notes how far a person is, unless something later is known."""
    await connection.execute(
        noting_changes(
            """
        WITH noted AS (
            INSERT INTO episode_progress (user_id, show_id, episode_id, position_ms, completed,
                                          heard_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (user_id, episode_id) DO UPDATE
            SET position_ms = excluded.position_ms, completed = excluded.completed,
                heard_at = excluded.heard_at
            WHERE episode_progress.heard_at <= excluded.heard_at
            RETURNING episode_id, show_id
        ), changed AS (
            SELECT 'EPISODE' AS kind, episode_id AS item_id, show_id AS lies_with,
                   NULL::uuid AS play_id, $7::timestamptz AS changed_at
            FROM noted
        )
        """
        ),
        user_id,
        show_id,
        episode_id,
        position_ms,
        completed,
        heard_at,
        changed_at,
    )


async def select_episode_progress(
    connection: Connection, user_id: int, episode_ids: Sequence[int]
) -> list[EpisodeProgress]:
    return await fetch(
        connection,
        EpisodeProgress,
        """
        SELECT show_id, episode_id, position_ms, completed, heard_at
        FROM episode_progress WHERE user_id = $1 AND episode_id = ANY($2::bigint[])
        """,
        user_id,
        episode_ids,
    )


async def select_episodes_in_progress(
    connection: Connection, user_id: int, limit: int, after: tuple[datetime, int]
) -> list[EpisodeProgress]:
    """The first `limit` episodes that were begun and not ended, the latest heard first."""
    return await fetch(
        connection,
        EpisodeProgress,
        """
        SELECT show_id, episode_id, position_ms, completed, heard_at
        FROM episode_progress
        WHERE user_id = $1 AND NOT completed AND (heard_at, episode_id) < ($3, $4)
        ORDER BY heard_at DESC, episode_id DESC LIMIT $2
        """,
        user_id,
        limit,
        *after,
    )
