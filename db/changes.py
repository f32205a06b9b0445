"""What has changed of a person's, so that clients that keep a copy can follow.

A change is written in the transaction of what it tells of, as the last of it: the row of
`change_clocks` that numbers it is locked from then on, so numbers become visible in their order
and without gaps. What is told is that something changed, and not how: a reader looks at what it is
now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, LiteralString, TypeAlias
from uuid import UUID

from db.rows import Connection, Row, fetch

ChangeKind: TypeAlias = Literal[
    "SONG",
    "ARTIST",
    "ALBUM",
    "SHOW",
    "SAVED_PLAYLIST",
    "PLAYLIST",
    "ENTRY",
    "ENTRIES",
    "PLAY",
    "EPISODE",
]


class ChangeRecord(Row):
    """A change; all but `last` are None where a page has none.

    Attributes:
        last: The number of the person's newest change; 0 before the first one.
        lies_with: The owner of a saved playlist, the playlist of an entry, the show of an episode.
    """

    last: int
    number: int | None
    kind: str | None
    item_id: int | None
    lies_with: int | None
    play_id: UUID | None
    changed_at: datetime | None


_NOTE: Final[LiteralString] = """
    , clock AS (
        INSERT INTO change_clocks (user_id, last)
        SELECT $1, count(*) FROM changed HAVING count(*) > 0
        ON CONFLICT (user_id) DO UPDATE SET last = change_clocks.last + excluded.last
        RETURNING last
    )
    INSERT INTO changes (user_id, number, kind, item_id, lies_with, play_id, changed_at)
    SELECT $1, clock.last + 1 - row_number() OVER (), changed.kind, changed.item_id,
           changed.lies_with, changed.play_id, changed.changed_at
    FROM changed CROSS JOIN clock
"""


def noting_changes(statement: LiteralString) -> LiteralString:
    """A statement that notes what is in its last CTE, `changed (kind, item_id, lies_with, play_id,
    changed_at)`, as changes of the person $1."""
    return statement + _NOTE


async def insert_changes(
    connection: Connection,
    user_id: int,
    kind: ChangeKind,
    item_ids: Sequence[int],
    changed_at: datetime,
    *,
    lies_with: int | None = None,
) -> None:
    """Notes that things have changed, as the last thing that a transaction does."""
    await connection.execute(
        noting_changes(
            """
        WITH changed AS (
            SELECT $2::text AS kind, item_id, $5::bigint AS lies_with, NULL::uuid AS play_id,
                   $4::timestamptz AS changed_at
            FROM unnest($3::bigint[]) AS item_id
        )
        """
        ),
        user_id,
        kind,
        item_ids,
        changed_at,
        lies_with,
    )


async def insert_play_changes(
    connection: Connection, user_id: int, play_ids: Sequence[UUID], changed_at: datetime
) -> None:
    """Notes that plays have changed, as the last thing that a transaction does."""
    await connection.execute(
        noting_changes(
            """
        WITH changed AS (
            SELECT 'PLAY' AS kind, NULL::bigint AS item_id, NULL::bigint AS lies_with, play_id,
                   $3::timestamptz AS changed_at
            FROM unnest($2::uuid[]) AS play_id
        )
        """
        ),
        user_id,
        play_ids,
        changed_at,
    )


async def select_changes(
    connection: Connection, user_id: int, limit: int, after: int
) -> list[ChangeRecord]:
    """The first `limit` changes after the one numbered `after`; one row without a change where
    there is none."""
    return await fetch(
        connection,
        ChangeRecord,
        """
        SELECT clock.last, page.number, page.kind, page.item_id, page.lies_with, page.play_id,
               page.changed_at
        FROM (SELECT coalesce((SELECT last FROM change_clocks WHERE user_id = $1), 0) AS last)
          AS clock
        LEFT JOIN LATERAL (
            SELECT number, kind, item_id, lies_with, play_id, changed_at FROM changes
            WHERE user_id = $1 AND number > $3
            ORDER BY user_id, number LIMIT $2
        ) AS page ON true
        ORDER BY page.number
        """,
        user_id,
        limit,
        after,
    )


async def delete_old_changes(connection: Connection, before: datetime, limit: int) -> int:
    """Forgets about so many of the changes before a time, and what the same people changed before
    them, so that what is left of a person's is without gaps. How many are gone."""
    old = await connection.fetch(
        """
        SELECT user_id, number FROM changes WHERE changed_at < $1 ORDER BY changed_at LIMIT $2
        """,
        before,
        limit,
    )
    newest: dict[int, int] = {}
    for user_id, number in old:
        newest[user_id] = max(number, newest.get(user_id, 0))
    gone = await connection.execute(
        """
        DELETE FROM changes
        USING unnest($1::bigint[], $2::bigint[]) AS old (user_id, number)
        WHERE changes.user_id = old.user_id AND changes.number <= old.number
        """,
        list(newest),
        list(newest.values()),
    )
    return int(gone.split()[1])
