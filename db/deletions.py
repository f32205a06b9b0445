"""Accounts that are being deleted, and how what is theirs goes: in batches, each a statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from db.rows import Connection, Row, fetch, fetch_one


class DeletionRecord(Row):
    user_id: int
    user_name: str
    email_key: str | None
    subject_key: str | None


class Membership(Row):
    """A playlist of somebody else's that a person may change."""

    user_id: int
    playlist_id: int


@dataclass(frozen=True, slots=True)
class Batches:
    """How the rows of a table are deleted.

    `statement` takes the person, how many, and the key after which to go on, and gives the keys
    of what it has deleted: a range of the primary key, so that no batch reads what others delete.
    `start` is before every key.
    """

    statement: LiteralString
    start: tuple[Any, ...]


class _Key(NamedTuple):
    """A column of a primary key, besides the person's id."""

    column: LiteralString
    type: LiteralString
    start: Any


def _batches(table: LiteralString, *keys: _Key) -> Batches:
    key = ", ".join([key.column for key in keys])
    after = ", ".join([f"{at}::{key.type}" for at, key in zip(("$3", "$4"), keys, strict=False)])
    backwards = ", ".join([f"{key.column} DESC" for key in keys])
    statement: LiteralString = f"""
        DELETE FROM {table}
        WHERE user_id = $1 AND ({key}) > ({after})
          AND ({key}) <= (
            SELECT {key} FROM (
                SELECT {key} FROM {table}
                WHERE user_id = $1 AND ({key}) > ({after})
                ORDER BY {key} LIMIT $2
            ) AS batch
            ORDER BY {backwards} LIMIT 1
        )
        RETURNING {key}
    """  # noqa: S608 (of literals alone)
    return Batches(statement, tuple(key.start for key in keys))


_ID: Final = _Key("id", "bigint", -1)
_PLAYLIST: Final = _Key("playlist_id", "bigint", -1)

ERASED: Final[dict[str, Batches]] = {
    "playlist_entries": _batches("playlist_entries", _PLAYLIST, _ID),
    "playlist_collaborators": _batches(
        "playlist_collaborators", _PLAYLIST, _Key("collaborator_id", "bigint", -1)
    ),
    "playlists": _batches("playlists", _ID),
    "library_items": _batches(
        "library_items", _Key("kind", 'text COLLATE "C"', ""), _Key("item_id", "bigint", -1)
    ),
    "saved_playlists": _batches("saved_playlists", _PLAYLIST),
    "plays": _batches("plays", _Key("id", "uuid", UUID(int=0))),
    "episode_progress": _batches("episode_progress", _Key("episode_id", "bigint", -1)),
    "uploads": _batches("uploads", _ID),
    "changes": _batches("changes", _Key("number", "bigint", -1)),
}
"""The tables of which a person may have very many rows. All others have a few at most, which go
with the row of `users`."""


async def delete_batch(
    connection: Connection, table: str, user_id: int, limit: int, after: tuple[Any, ...]
) -> tuple[Any, ...] | None:
    """Deletes up to `limit` rows of a table of `ERASED`; the key to go on after, None when that was
    all."""
    gone = await connection.fetch(ERASED[table].statement, user_id, limit, *after)
    return max(tuple(row) for row in gone) if len(gone) == limit else None


async def update_user_deleted(
    connection: Connection, user_id: int, deleted_at: datetime
) -> str | None:
    """Hides a person from everybody; the user name. None when there is nobody, or not any more."""
    user_name: str | None = await connection.fetchval(
        """
        UPDATE users SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL
        RETURNING user_name
        """,
        user_id,
        deleted_at,
    )
    return user_name


async def update_playlists_hidden(connection: Connection, user_id: int) -> None:
    """Closes all playlists of a person to others."""
    await connection.execute(
        """
        UPDATE playlists SET visibility = 'PRIVATE', share_token = NULL, invite_token = NULL
        WHERE user_id = $1 AND (visibility <> 'PRIVATE' OR invite_token IS NOT NULL)
        """,
        user_id,
    )


async def insert_deletion(
    connection: Connection,
    user_id: int,
    *,
    email_key: str | None,
    subject_key: str | None,
    due_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO account_deletions (user_id, email_key, subject_key, due_at)
        VALUES ($1, $2, $3, $4)
        """,
        user_id,
        email_key,
        subject_key,
        due_at,
    )


async def select_due_deletions(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Whose deletions a worker may take, the longest due first."""
    rows = await connection.fetch(
        """
        SELECT user_id FROM account_deletions WHERE due_at <= $1
        ORDER BY due_at, user_id LIMIT $2
        """,
        now,
        limit,
    )
    return [row["user_id"] for row in rows]


async def update_deletion_taken(
    connection: Connection, user_id: int, now: datetime, until: datetime
) -> DeletionRecord | None:
    """Takes a deletion until a time; None when another worker has it, or it is done."""
    return await fetch_one(
        connection,
        DeletionRecord,
        """
        UPDATE account_deletions AS deletion SET due_at = $3
        FROM users
        WHERE deletion.user_id = $1 AND users.id = $1 AND deletion.due_at <= $2
        RETURNING deletion.user_id, users.user_name, deletion.email_key, deletion.subject_key
        """,
        user_id,
        now,
        until,
    )


async def update_deletion_kept(connection: Connection, user_id: int, until: datetime) -> None:
    """Keeps a deletion that was taken, until another time."""
    await connection.execute(
        "UPDATE account_deletions SET due_at = $2 WHERE user_id = $1", user_id, until
    )


async def select_memberships(
    connection: Connection, collaborator_id: int, limit: int
) -> list[Membership]:
    """Playlists of others that a person may change."""
    return await fetch(
        connection,
        Membership,
        """
        SELECT user_id, playlist_id FROM playlist_collaborators
        WHERE collaborator_id = $1 LIMIT $2
        """,
        collaborator_id,
        limit,
    )


async def delete_membership(
    connection: Connection, owner_id: int, playlist_id: int, collaborator_id: int, nobody: int
) -> None:
    """Takes a person out of a playlist of somebody else's; what they added to it was added by
    `nobody`."""
    await connection.execute(
        """
        UPDATE playlist_entries SET added_by = $4
        WHERE user_id = $1 AND playlist_id = $2 AND added_by = $3
        """,
        owner_id,
        playlist_id,
        collaborator_id,
        nobody,
    )
    await connection.execute(
        """
        DELETE FROM playlist_collaborators
        WHERE user_id = $1 AND playlist_id = $2 AND collaborator_id = $3
        """,
        owner_id,
        playlist_id,
        collaborator_id,
    )


async def delete_account(connection: Connection, user_id: int) -> None:
    """Deletes what a person signs in with: account, sessions and codes, some dozens of rows."""
    await connection.execute("DELETE FROM accounts WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM sessions WHERE user_id = $1", user_id)
    await connection.execute("DELETE FROM mailed_codes WHERE user_id = $1", user_id)
