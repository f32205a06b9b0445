"""The entries of a playlist, in the order of their keys.

Who writes entries has locked their playlist (`select_playlist_to_change`), which says whether the
viewer may, so these statements ask only where.
"""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class PlaylistEntryRecord(Row):
    user_id: int
    playlist_id: int
    id: int
    song_id: int
    added_by: int
    added_at: datetime
    position: str


class Gap(Row):
    """A place between two entries; None is the end of the list."""

    low: str | None
    high: str | None


class Removed(Row):
    """What has been taken out."""

    count: int
    duration_ms: int


async def select_playlist_entries(
    connection: Connection,
    playlists: Sequence[tuple[int, int]],
    limit: int,
    after: tuple[str, int],
) -> list[PlaylistEntryRecord]:
    """The first `limit` entries of each playlist (owner, id) after `after`, a (position, id)."""
    return await fetch(
        connection,
        PlaylistEntryRecord,
        """
        SELECT page.user_id, page.playlist_id, page.id, page.song_id, page.added_by,
               page.added_at, page.position
        FROM playlists CROSS JOIN LATERAL (
            SELECT * FROM playlist_entries
            WHERE user_id = playlists.user_id AND playlist_id = playlists.id
              AND (position, id) > ($4::text COLLATE "C", $5::bigint)
            ORDER BY user_id, playlist_id, position, id LIMIT $3
        ) AS page
        WHERE playlists.user_id = ANY($1::bigint[]) AND playlists.id = ANY($2::bigint[])
        ORDER BY page.user_id, page.playlist_id, page.position, page.id
        """,
        [owner for owner, _ in playlists],
        [playlist for _, playlist in playlists],
        limit,
        *after,
    )


async def select_last_position(
    connection: Connection, owner_id: int, playlist_id: int
) -> str | None:
    """The key of the last entry; None for an empty playlist."""
    position: str | None = await connection.fetchval(
        """
        SELECT position FROM playlist_entries
        WHERE user_id = $1 AND playlist_id = $2
        ORDER BY user_id DESC, playlist_id DESC, position DESC, id DESC LIMIT 1
        """,
        owner_id,
        playlist_id,
    )
    return position


async def select_gap_after(
    connection: Connection, owner_id: int, playlist_id: int, entry_id: int
) -> Gap | None:
    """The place right behind an entry; None when it is not there."""
    return await fetch_one(
        connection,
        Gap,
        """
        SELECT entry.position AS low, (
            SELECT min(other.position) FROM playlist_entries AS other
            WHERE other.user_id = $1 AND other.playlist_id = $2
              AND other.position > entry.position
        ) AS high
        FROM playlist_entries AS entry WHERE user_id = $1 AND playlist_id = $2 AND id = $3
        """,
        owner_id,
        playlist_id,
        entry_id,
    )


async def select_gap_before(
    connection: Connection, owner_id: int, playlist_id: int, entry_id: int
) -> Gap | None:
    """The place right before an entry; None when it is not there."""
    return await fetch_one(
        connection,
        Gap,
        """
        SELECT (
            SELECT max(other.position) FROM playlist_entries AS other
            WHERE other.user_id = $1 AND other.playlist_id = $2
              AND other.position < entry.position
        ) AS low, entry.position AS high
        FROM playlist_entries AS entry WHERE user_id = $1 AND playlist_id = $2 AND id = $3
        """,
        owner_id,
        playlist_id,
        entry_id,
    )


async def insert_playlist_entries(
    connection: Connection,
    owner_id: int,
    playlist_id: int,
    *,
    ids: Sequence[int],
    song_ids: Sequence[int],
    durations_ms: Sequence[int],
    positions: Sequence[str],
    added_by: int,
    added_at: datetime,
) -> list[PlaylistEntryRecord]:
    return await fetch(
        connection,
        PlaylistEntryRecord,
        """
        INSERT INTO playlist_entries (user_id, playlist_id, id, song_id, duration_ms, position,
                                      added_by, added_at)
        SELECT $1, $2, id, song_id, duration_ms, position, $7, $8
        FROM unnest($3::bigint[], $4::bigint[], $5::integer[], $6::text[])
          AS entry (id, song_id, duration_ms, position)
        RETURNING user_id, playlist_id, id, song_id, added_by, added_at, position
        """,
        owner_id,
        playlist_id,
        ids,
        song_ids,
        durations_ms,
        positions,
        added_by,
        added_at,
    )


async def select_entry_ids(
    connection: Connection, owner_id: int, playlist_id: int, ids: Sequence[int] | None = None
) -> list[int]:
    """The ids of all entries, or of those of `ids` that are there, in the order of the list."""
    rows = await connection.fetch(
        """
        SELECT id FROM playlist_entries
        WHERE user_id = $1 AND playlist_id = $2 AND ($3::bigint[] IS NULL OR id = ANY($3))
        ORDER BY position, id
        """,
        owner_id,
        playlist_id,
        ids,
    )
    return [row["id"] for row in rows]


async def update_entry_positions(
    connection: Connection,
    owner_id: int,
    playlist_id: int,
    ids: Sequence[int],
    positions: Sequence[str],
) -> None:
    await connection.execute(
        """
        UPDATE playlist_entries AS entry SET position = moved.position
        FROM unnest($3::bigint[], $4::text[]) AS moved (id, position)
        WHERE entry.user_id = $1 AND entry.playlist_id = $2 AND entry.id = moved.id
        """,
        owner_id,
        playlist_id,
        ids,
        positions,
    )


async def delete_playlist_entries(
    connection: Connection, owner_id: int, playlist_id: int, ids: Sequence[int]
) -> Removed:
    """Takes entries out; ids that are not there are no error."""
    removed = await fetch_one(
        connection,
        Removed,
        """
        WITH gone AS (
            DELETE FROM playlist_entries
            WHERE user_id = $1 AND playlist_id = $2 AND id = ANY($3::bigint[])
            RETURNING duration_ms
        )
        SELECT count(*), coalesce(sum(duration_ms), 0)::bigint AS duration_ms FROM gone
        """,
        owner_id,
        playlist_id,
        ids,
    )
    assert removed is not None
    return removed


async def select_entries_among(
    connection: Connection, owner_id: int, keys: Sequence[tuple[int, int]]
) -> list[PlaylistEntryRecord]:
    """Those of the entries of the keys (playlist, id) that are there."""
    return await fetch(
        connection,
        PlaylistEntryRecord,
        """
        SELECT entry.user_id, entry.playlist_id, entry.id, entry.song_id, entry.added_by,
               entry.added_at, entry.position
        FROM unnest($2::bigint[], $3::bigint[]) AS wanted (playlist_id, id)
        JOIN playlist_entries AS entry
          ON entry.user_id = $1 AND entry.playlist_id = wanted.playlist_id
             AND entry.id = wanted.id
        WHERE entry.user_id = $1
        """,
        owner_id,
        [playlist for playlist, _ in keys],
        [entry for _, entry in keys],
    )
