"""How far people have heard episodes."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from db.rows import Connection, Row, fetch


class EpisodeProgress(Row):
    show_id: int
    episode_id: int
    position_ms: int
    completed: bool
    heard_at: datetime


class ListenerToRollUp(Row):
    user_id: int
    episode_id: int


class Heard(NamedTuple):
    """An episode that somebody listens to."""

    show_id: int
    episode_id: int


async def upsert_episode_progress(
    connection: Connection,
    user_id: int,
    *,
    show_id: int,
    episode_id: int,
    position_ms: int,
    completed: bool,
    heard_at: datetime,
) -> None:
    """Notes how far a person is, unless something later is known."""
    await connection.execute(
        """
        INSERT INTO episode_progress (user_id, show_id, episode_id, position_ms, completed,
                                      heard_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (user_id, episode_id) DO UPDATE
        SET position_ms = excluded.position_ms, completed = excluded.completed,
            heard_at = excluded.heard_at
        WHERE episode_progress.heard_at <= excluded.heard_at
        """,
        user_id,
        show_id,
        episode_id,
        position_ms,
        completed,
        heard_at,
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


async def select_listeners_to_roll_up(
    connection: Connection, after_user_id: int, limit: int
) -> list[ListenerToRollUp]:
    """Up to `limit` that have heard half a minute and that the roll-up has not had, by person."""
    return await fetch(
        connection,
        ListenerToRollUp,
        """
        SELECT user_id, episode_id FROM episode_progress
        WHERE (position_ms >= 30000 OR completed) AND NOT rolled_up AND user_id > $1
        ORDER BY user_id, episode_id LIMIT $2
        """,
        after_user_id,
        limit,
    )


async def update_listeners_rolled_up(
    connection: Connection, listeners: Sequence[ListenerToRollUp]
) -> list[Heard]:
    """Marks listeners, and gives the episodes of those that nobody has marked before.

    Waits for whoever is marking the same ones, and then leaves them out.
    """
    rows = await connection.fetch(
        """
        UPDATE episode_progress AS progress SET rolled_up = true
        FROM unnest($1::bigint[], $2::bigint[]) AS counted (user_id, episode_id)
        WHERE progress.user_id = counted.user_id AND progress.episode_id = counted.episode_id
          AND NOT progress.rolled_up
        RETURNING progress.show_id, progress.episode_id
        """,
        [listener.user_id for listener in listeners],
        [listener.episode_id for listener in listeners],
    )
    return [Heard(row["show_id"], row["episode_id"]) for row in rows]
