"""The queue that follows a person from device to device: one row, with a revision."""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class QueueRecord(Row):
    """`position_ms` is where the current song was at `updated_at`."""

    user_id: int
    revision: int
    song_ids: list[int]
    current_index: int
    position_ms: int
    playing: bool
    device: str | None
    updated_at: datetime


async def select_queue(connection: Connection, user_id: int) -> QueueRecord | None:
    return await fetch_one(
        connection,
        QueueRecord,
        """
        SELECT user_id, revision, song_ids, current_index, position_ms, playing, device,
               updated_at
        FROM playback_queues WHERE user_id = $1
        """,
        user_id,
    )


class QueueRevision(Row):
    user_id: int
    revision: int


async def select_queue_revisions(
    connection: Connection, user_ids: Sequence[int]
) -> list[QueueRevision]:
    """The revisions of people's queues, in no order; nothing for who has none."""
    return await fetch(
        connection,
        QueueRevision,
        "SELECT user_id, revision FROM playback_queues WHERE user_id = ANY($1::bigint[])",
        user_ids,
    )


async def upsert_queue(
    connection: Connection,
    user_id: int,
    revision: int,
    *,
    song_ids: Sequence[int],
    current_index: int,
    position_ms: int,
    playing: bool,
    device: str | None,
    updated_at: datetime,
) -> QueueRecord | None:
    """Replaces the queue. None unless `revision` is the current one, 0 where there is none yet."""
    return await fetch_one(
        connection,
        QueueRecord,
        """
        INSERT INTO playback_queues (user_id, revision, song_ids, current_index, position_ms,
                                     playing, device, updated_at)
        SELECT $1, $2::integer + 1, $3::bigint[], $4, $5, $6, $7, $8
        WHERE $2 = 0 OR EXISTS (SELECT FROM playback_queues WHERE user_id = $1)
        ON CONFLICT (user_id) DO UPDATE
        SET revision = excluded.revision, song_ids = excluded.song_ids,
            current_index = excluded.current_index, position_ms = excluded.position_ms,
            playing = excluded.playing, device = excluded.device,
            updated_at = excluded.updated_at
        WHERE playback_queues.revision = $2
        RETURNING user_id, revision, song_ids, current_index, position_ms, playing, device,
                  updated_at
        """,
        user_id,
        revision,
        song_ids,
        current_index,
        position_ms,
        playing,
        device,
        updated_at,
    )


async def update_queue_state(
    connection: Connection,
    user_id: int,
    revision: int,
    *,
    current_index: int,
    position_ms: int,
    playing: bool,
    device: str | None,
    updated_at: datetime,
) -> QueueRecord | None:
    """Says where in the queue the person is, and on which device; the songs stay.

    None unless `revision` is the current one and there is a song of that index.
    """
    return await fetch_one(
        connection,
        QueueRecord,
        """
        UPDATE playback_queues
        SET revision = revision + 1, current_index = $3, position_ms = $4, playing = $5,
            device = $6, updated_at = $7
        WHERE user_id = $1 AND revision = $2 AND $3 < cardinality(song_ids)
        RETURNING user_id, revision, song_ids, current_index, position_ms, playing, device,
                  updated_at
        """,
        user_id,
        revision,
        current_index,
        position_ms,
        playing,
        device,
        updated_at,
    )
