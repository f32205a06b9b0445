"""What the ids of merged and deleted things stand for, in the catalogue and in people's rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from db.rows import Connection, Row, fetch, fetch_one

CatalogueKind: TypeAlias = Literal["SONG", "ARTIST", "ALBUM"]


class Redirect(Row):
    """An id that is not in the catalogue any more; `target_id` is None when it was deleted."""

    id: int
    target_id: int | None


class Merged(Row):
    """An id, and that of what it was merged into."""

    id: int
    target_id: int


class Walk(Row):
    """The walk through all people that is under way."""

    redirect_ids: list[int]
    after_user_id: int


async def select_merged(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """What those of the ids that were merged into something live on as."""
    rows = await fetch(
        connection,
        Merged,
        """
        SELECT id, target_id FROM redirects
        WHERE id = ANY($1::bigint[]) AND target_id IS NOT NULL
        """,
        ids,
    )
    return {row.id: row.target_id for row in rows}


async def select_open_sources(connection: Connection, target_ids: Sequence[int]) -> dict[int, int]:
    """What was merged into some ids and may still be in people's rows, with those ids."""
    rows = await fetch(
        connection,
        Merged,
        """
        SELECT id, target_id FROM redirects
        WHERE target_id = ANY($1::bigint[]) AND settled_at IS NULL
        """,
        target_ids,
    )
    return {row.id: row.target_id for row in rows}


async def insert_redirect(
    connection: Connection,
    kind: CatalogueKind,
    gone_id: int,
    target_id: int | None,
    created_at: datetime,
) -> None:
    """Sends an id to what it was merged into, None when it was deleted, and with it all that was
    merged into it before."""
    await connection.execute(
        """
        INSERT INTO redirects (id, kind, target_id, created_at) VALUES ($1, $2, $3, $4)
        """,
        gone_id,
        kind,
        target_id,
        created_at,
    )
    await connection.execute(
        "UPDATE redirects SET target_id = $2 WHERE target_id = $1", gone_id, target_id
    )


async def select_redirects_to_settle(
    connection: Connection, before: datetime, limit: int
) -> list[int]:
    """Ids that went before a time, and that people's rows may have."""
    rows = await connection.fetch(
        """
        SELECT id FROM redirects WHERE settled_at IS NULL AND created_at < $1
        ORDER BY id LIMIT $2
        """,
        before,
        limit,
    )
    return [row["id"] for row in rows]


async def select_redirects(connection: Connection, ids: Sequence[int]) -> dict[int, int | None]:
    """What the ids, of which each is gone, stand for."""
    rows = await fetch(
        connection, Redirect, "SELECT id, target_id FROM redirects WHERE id = ANY($1)", ids
    )
    return {row.id: row.target_id for row in rows}


async def update_redirects_settled(
    connection: Connection, ids: Sequence[int], settled_at: datetime
) -> None:
    await connection.execute(
        "UPDATE redirects SET settled_at = $2 WHERE id = ANY($1::bigint[])", ids, settled_at
    )


async def insert_walk(connection: Connection, redirect_ids: Sequence[int]) -> None:
    """Begins a walk unless one is under way."""
    await connection.execute(
        """
        INSERT INTO redirect_walks (one, redirect_ids, after_user_id) VALUES (true, $1, -1)
        ON CONFLICT (one) DO NOTHING
        """,
        redirect_ids,
    )


async def select_walk_locked(connection: Connection) -> Walk | None:
    """The walk, held until the transaction ends. None when there is none, or another worker is
    taking a step of it."""
    return await fetch_one(
        connection,
        Walk,
        "SELECT redirect_ids, after_user_id FROM redirect_walks FOR UPDATE SKIP LOCKED",
    )


async def hash_what_was_merged(connection: Connection) -> None:
    """Lets the rest of the transaction compare people's rows with a hash table of what was merged,
    and not with each of it in turn."""
    await connection.execute("SET LOCAL enable_nestloop = off")


async def update_walk(connection: Connection, after_user_id: int) -> None:
    await connection.execute("UPDATE redirect_walks SET after_user_id = $1", after_user_id)


async def delete_walk(connection: Connection) -> None:
    await connection.execute("DELETE FROM redirect_walks")


async def select_user_after(connection: Connection, after_user_id: int, step: int) -> int | None:
    """The last of the next `step` people; None when there are no more."""
    last: int | None = await connection.fetchval(
        """
        SELECT max(id) FROM (
            SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT $2
        ) AS next
        """,
        after_user_id,
        step,
    )
    return last


class _LibraryRow(Row):
    user_id: int
    kind: str
    item_id: int
    added_at: datetime


# Of some thousand ids, `IN (SELECT unnest(…))` makes a hash table, where `= ANY(…)` and `&&` would
# compare each row with each of them.


async def update_libraries(
    connection: Connection, people: tuple[int, int], redirects: Mapping[int, int | None]
) -> None:
    """In libraries of `people` (after one id, up to another) puts in what is kept, since when
    either was there, and takes out what was deleted."""
    rows = await fetch(
        connection,
        _LibraryRow,
        """
        DELETE FROM library_items
        WHERE user_id > $1 AND user_id <= $2 AND item_id IN (SELECT unnest($3::bigint[]))
        RETURNING user_id, kind, item_id, added_at
        """,
        *people,
        list(redirects),
    )
    since: dict[tuple[int, str, int], datetime] = {}
    for row in rows:
        target_id = redirects[row.item_id]
        if target_id is not None:
            key = (row.user_id, row.kind, target_id)
            since[key] = min(row.added_at, since.get(key, row.added_at))
    if not since:
        return
    await connection.execute(
        """
        INSERT INTO library_items (user_id, kind, item_id, added_at)
        SELECT user_id, kind, item_id, added_at
        FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[])
          AS item (user_id, kind, item_id, added_at)
        ORDER BY user_id, kind, item_id
        ON CONFLICT (user_id, kind, item_id)
        DO UPDATE SET added_at = least(library_items.added_at, excluded.added_at)
        """,
        [user_id for user_id, _, _ in since],
        [kind for _, kind, _ in since],
        [item_id for _, _, item_id in since],
        list(since.values()),
    )


async def update_playlist_songs(
    connection: Connection, people: tuple[int, int], merged: Mapping[int, int]
) -> None:
    """In entries of playlists. One of a song that was deleted stays, so that it can be seen."""
    await connection.execute(
        """
        UPDATE playlist_entries AS entry SET song_id = merged.target_id
        FROM unnest($3::bigint[], $4::bigint[]) AS merged (id, target_id)
        WHERE entry.user_id > $1 AND entry.user_id <= $2 AND entry.song_id = merged.id
        """,
        *people,
        list(merged),
        list(merged.values()),
    )


async def update_plays_merged(
    connection: Connection, people: tuple[int, int], merged: Mapping[int, int]
) -> None:
    """In what was heard: the songs, and the artists, each of a play once."""
    await connection.execute(
        """
        UPDATE plays SET song_id = coalesce(
            (SELECT target_id FROM unnest($3::bigint[], $4::bigint[]) AS merged (id, target_id)
             WHERE merged.id = plays.song_id), song_id),
          artist_ids = ARRAY(
            SELECT coalesce(target_id, artist_id)
            FROM unnest(artist_ids) WITH ORDINALITY AS artist (artist_id, place)
            LEFT JOIN unnest($3::bigint[], $4::bigint[]) AS merged (id, target_id)
              ON merged.id = artist_id
            GROUP BY 1 ORDER BY min(place))
        WHERE user_id > $1 AND user_id <= $2
          AND (song_id IN (SELECT unnest($3::bigint[])) OR EXISTS (
            SELECT FROM unnest(artist_ids) AS artist_id
            WHERE artist_id IN (SELECT unnest($3::bigint[]))))
        """,
        *people,
        list(merged),
        list(merged.values()),
    )


async def update_queues_merged(
    connection: Connection, people: tuple[int, int], merged: Mapping[int, int]
) -> None:
    """In queues; their revisions stay, since they play on as before."""
    await connection.execute(
        """
        UPDATE playback_queues SET song_ids = ARRAY(
            SELECT coalesce(target_id, song_id)
            FROM unnest(song_ids) WITH ORDINALITY AS song (song_id, place)
            LEFT JOIN unnest($3::bigint[], $4::bigint[]) AS merged (id, target_id)
              ON merged.id = song_id
            ORDER BY place)
        WHERE user_id > $1 AND user_id <= $2 AND EXISTS (
            SELECT FROM unnest(song_ids) AS song_id WHERE song_id IN (SELECT unnest($3::bigint[])))
        """,
        *people,
        list(merged),
        list(merged.values()),
    )
