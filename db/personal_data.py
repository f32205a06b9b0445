"""All that is kept of a person, table by table, for the archive that they may ask for."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

import asyncpg

from db.rows import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """How the rows of a table are read.

    `statement` takes the person, how many rows, and the key after which to go on; the key is the
    first columns of a row. `start` is before every key.
    """

    statement: LiteralString
    start: tuple[Any, ...]


KEPT: Final[dict[str, Kept]] = {
    "users": Kept(
        """
        SELECT id, user_name, display_name, created_at FROM users
        WHERE id = $1 AND id > $3::bigint LIMIT $2
        """,
        (-1,),
    ),
    "accounts": Kept(
        """
        SELECT user_id, email, email_verified_at, subject_key, role, disabled_at FROM accounts
        WHERE user_id = $1 AND user_id > $3::bigint LIMIT $2
        """,
        (-1,),
    ),
    "sessions": Kept(
        """
        SELECT id, device, created_at, refreshed_at, expires_at FROM sessions
        WHERE user_id = $1 AND id > $3::bigint ORDER BY id LIMIT $2
        """,
        (-1,),
    ),
    "mailed_codes": Kept(
        """
        SELECT purpose, email, expires_at FROM mailed_codes
        WHERE user_id = $1 AND purpose > $3::text ORDER BY purpose LIMIT $2
        """,
        ("",),
    ),
    "library_items": Kept(
        """
        SELECT kind, item_id, added_at FROM library_items
        WHERE user_id = $1 AND (kind, item_id) > ($3::text COLLATE "C", $4::bigint)
        ORDER BY kind, item_id LIMIT $2
        """,
        ("", -1),
    ),
    "playlists": Kept(
        """
        SELECT id, name, description, visibility, revision, entry_count, duration_ms, created_at,
               updated_at
        FROM playlists WHERE user_id = $1 AND id > $3::bigint ORDER BY id LIMIT $2
        """,
        (-1,),
    ),
    "playlist_entries": Kept(
        """
        SELECT playlist_id, position, id, song_id, added_by, added_at FROM playlist_entries
        WHERE user_id = $1
          AND (playlist_id, position, id) > ($3::bigint, $4::text COLLATE "C", $5::bigint)
        ORDER BY playlist_id, position, id LIMIT $2
        """,
        (-1, "", -1),
    ),
    "playlist_collaborators": Kept(
        """
        SELECT playlist_id, collaborator_id, joined_at FROM playlist_collaborators
        WHERE user_id = $1 AND (playlist_id, collaborator_id) > ($3::bigint, $4::bigint)
        ORDER BY playlist_id, collaborator_id LIMIT $2
        """,
        (-1, -1),
    ),
    "saved_playlists": Kept(
        """
        SELECT playlist_id, owner_id, added_at FROM saved_playlists
        WHERE user_id = $1 AND playlist_id > $3::bigint ORDER BY playlist_id LIMIT $2
        """,
        (-1,),
    ),
    "plays": Kept(
        """
        SELECT id, song_id, artist_ids, started_at, heard_until, heard_ms, credited_ms, completed
        FROM plays WHERE user_id = $1 AND id > $3::uuid ORDER BY id LIMIT $2
        """,
        (UUID(int=0),),
    ),
    "episode_progress": Kept(
        """
        SELECT episode_id, show_id, position_ms, completed, heard_at FROM episode_progress
        WHERE user_id = $1 AND episode_id > $3::bigint ORDER BY episode_id LIMIT $2
        """,
        (-1,),
    ),
    "playback_queues": Kept(
        """
        SELECT user_id, revision, song_ids, current_index, position_ms, playing, device, updated_at
        FROM playback_queues WHERE user_id = $1 AND user_id > $3::bigint LIMIT $2
        """,
        (-1,),
    ),
    "uploads": Kept(
        """
        SELECT id, file_name, size_bytes, sha256, expires_at FROM uploads
        WHERE user_id = $1 AND id > $3::bigint ORDER BY id LIMIT $2
        """,
        (-1,),
    ),
    "changes": Kept(
        """
        SELECT number, kind, item_id, lies_with, play_id, changed_at FROM changes
        WHERE user_id = $1 AND number > $3::bigint ORDER BY number LIMIT $2
        """,
        (-1,),
    ),
    "similar_listeners": Kept(
        """
        SELECT user_id, song_ids, artist_ids FROM similar_listeners
        WHERE user_id = $1 AND user_id > $3::bigint LIMIT $2
        """,
        (-1,),
    ),
    "exports": Kept(
        """
        SELECT user_id, requested_at FROM exports
        WHERE user_id = $1 AND user_id > $3::bigint LIMIT $2
        """,
        (-1,),
    ),
}
"""Every table of what is a person's, without what only we need to know: hashes of passwords and
tokens, and what opens a playlist."""

NOT_KEPT: Final = frozenset({"account_deletions", "change_clocks"})
"""Tables that say nothing that is not in the others."""


async def select_kept(
    connection: Connection, table: str, user_id: int, limit: int, after: tuple[Any, ...]
) -> list[asyncpg.Record]:
    """Up to `limit` rows of a table of `KEPT` after a key."""
    return await connection.fetch(KEPT[table].statement, user_id, limit, *after)
