"""What a person has liked, followed and saved: one list for each kind, newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from db.rows import Connection, Row, fetch

LibraryKind: TypeAlias = Literal["SONG", "ARTIST", "ALBUM", "SHOW"]


class LibraryItem(Row):
    """A thing's place in the library of a person; `item_id` is of the kind that was asked for."""

    added_at: datetime
    item_id: int


async def insert_library_items(
    connection: Connection,
    user_id: int,
    kind: LibraryKind,
    item_ids: Sequence[int],
    added_at: datetime,
) -> None:
    """Adds what is not there yet. Of several, the first given is the newest."""
    await connection.execute(
        """
        INSERT INTO library_items (user_id, kind, item_id, added_at)
        SELECT $1, $2, item_id, $4::timestamptz - place * interval '1 microsecond'
        FROM unnest($3::bigint[]) WITH ORDINALITY AS item (item_id, place)
        ORDER BY item_id -- two devices that add the same wait rather than deadlock
        ON CONFLICT (user_id, kind, item_id) DO NOTHING
        """,
        user_id,
        kind,
        item_ids,
        added_at,
    )


async def delete_library_items(
    connection: Connection, user_id: int, kind: LibraryKind, item_ids: Sequence[int]
) -> None:
    """Takes out what is there; what never was is no error."""
    await connection.execute(
        """
        DELETE FROM library_items
        WHERE user_id = $1 AND kind = $2 AND item_id = ANY($3::bigint[])
        """,
        user_id,
        kind,
        item_ids,
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
