"""What a person has liked, followed and saved: one list for each kind, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from db.changes import noting_changes
from db.rows import Connection, Row, fetch

LibraryKind: TypeAlias = Literal["SONG", "ARTIST", "ALBUM", "SHOW"]


class LibraryItem(Row):
    """A thing's place in the library of a person; `item_id` is of the kind that was asked for."""

    added_at: datetime
    item_id: int


class LibraryPlace(Row):
    """Since when something is in the library of a person."""

    kind: str
    item_id: int
    added_at: datetime


async def insert_library_items(
    connection: Connection,
    user_id: int,
    kind: LibraryKind,
    item_ids: Sequence[int],
    added_at: datetime,
) -> None:
    """Adds what is not there yet. Of several, the first given is the newest."""
    await connection.execute(
        noting_changes(
            """
        WITH added AS (
            INSERT INTO library_items (user_id, kind, item_id, added_at)
            SELECT $1, $2, item_id, $4::timestamptz - place * interval '1 microsecond'
            FROM unnest($3::bigint[]) WITH ORDINALITY AS item (item_id, place)
            ORDER BY item_id -- two devices that add the same wait rather than deadlock
            ON CONFLICT (user_id, kind, item_id) DO NOTHING
            RETURNING item_id
        ), changed AS (
            SELECT $2::text AS kind, item_id, NULL::bigint AS lies_with, NULL::uuid AS play_id,
                   $4::timestamptz AS changed_at
            FROM added
        )
        """
        ),
        user_id,
        kind,
        item_ids,
        added_at,
    )


async def delete_library_items(
    connection: Connection,
    user_id: int,
    kind: LibraryKind,
    item_ids: Sequence[int],
    removed_at: datetime,
) -> None:
    """Takes out what is there; what never was is no error."""
    await connection.execute(
        noting_changes(
            """
        WITH removed AS (
            DELETE FROM library_items
            WHERE user_id = $1 AND kind = $2 AND item_id = ANY($3::bigint[])
            RETURNING item_id
        ), changed AS (
            SELECT $2::text AS kind, item_id, NULL::bigint AS lies_with, NULL::uuid AS play_id,
                   $4::timestamptz AS changed_at
            FROM removed
        )
        """
        ),
        user_id,
        kind,
        item_ids,
        removed_at,
    )


async def select_library_items(
    connection: Connection,
    user_id: int,
    kind: LibraryKind,
    limit: int,
    after: tuple[datetime, int],
) -> list[LibraryItem]:
    """The first `limit` items that come after `after`, a (time, item id)."""
    return await fetch(
        connection,
        LibraryItem,
        """
        SELECT added_at, item_id FROM library_items
        WHERE user_id = $1 AND kind = $2
          AND (added_at, item_id) < ($4::timestamptz, $5::bigint)
        ORDER BY added_at DESC, item_id DESC LIMIT $3
        """,
        user_id,
        kind,
        limit,
        *after,
    )


async def select_library_members(
    connection: Connection, user_id: int, kind: LibraryKind, item_ids: Sequence[int]
) -> set[int]:
    """Which of the ids are in the person's library, be it as what was merged into them."""
    rows = await connection.fetch(
        """
        SELECT item_id FROM library_items
        WHERE user_id = $1 AND kind = $2 AND item_id = ANY($3::bigint[])
        UNION ALL
        SELECT target_id FROM redirects
        JOIN library_items ON user_id = $1 AND library_items.kind = $2 AND item_id = redirects.id
        WHERE target_id = ANY($3::bigint[]) AND settled_at IS NULL
        """,
        user_id,
        kind,
        item_ids,
    )
    return {row["item_id"] for row in rows}


async def select_library_places(
    connection: Connection, user_id: int, things: Sequence[tuple[str, int]]
) -> list[LibraryPlace]:
    """The places of those of the things, each a (kind, item id), that are in the library."""
    return await fetch(
        connection,
        LibraryPlace,
        """
        SELECT item.kind, item.item_id, item.added_at
        FROM unnest($2::text[], $3::bigint[]) AS wanted (kind, item_id)
        JOIN library_items AS item
          ON item.user_id = $1 AND item.kind = wanted.kind AND item.item_id = wanted.item_id
        WHERE item.user_id = $1
        """,
        user_id,
        [kind for kind, _ in things],
        [item_id for _, item_id in things],
    )
