"""What people listen to together: whose plays are to be counted, the counts, and what follows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from db.rows import Connection, Row, fetch

ListenedKind: TypeAlias = Literal["SONG", "ARTIST"]


class ListenerRecord(Row):
    """A person, and what of theirs was counted, the latest first."""

    user_id: int
    song_ids: list[int]
    artist_ids: list[int]


class HeardSong(Row):
    user_id: int
    song_id: int
    artist_ids: list[int]


class Total(Row):
    """How many people listened to a song or an artist."""

    id: int
    listeners: int


class Pair(Row):
    """How many people listened to both."""

    id: int
    other_id: int
    listeners: int


class SimilarItems(Row):
    """What goes with a song or an artist, the best first."""

    id: int
    other_ids: list[int]


async def upsert_listeners_due(connection: Connection, user_ids: Collection[int]) -> None:
    """Says that people have played something that counts."""
    await connection.execute(
        """
        INSERT INTO similar_listeners (user_id, due)
        SELECT id, true FROM users WHERE id = ANY($1::bigint[]) ORDER BY id
        ON CONFLICT (user_id) DO UPDATE SET due = true WHERE NOT similar_listeners.due
        """,
        sorted(user_ids),
    )


async def select_due_listeners(connection: Connection, after_user_id: int, limit: int) -> list[int]:
    rows = await connection.fetch(
        """
        SELECT user_id FROM similar_listeners WHERE due AND user_id > $1 ORDER BY user_id LIMIT $2
        """,
        after_user_id,
        limit,
    )
    return [row["user_id"] for row in rows]


async def select_listeners_to_count(
    connection: Connection, user_ids: Sequence[int]
) -> list[ListenerRecord]:
    """Locks those of the people who are due until the transaction ends; who comes second waits,
    and then gets none of those that were counted meanwhile."""
    return await fetch(
        connection,
        ListenerRecord,
        """
        SELECT user_id, song_ids, artist_ids FROM similar_listeners
        WHERE user_id = ANY($1::bigint[]) AND due ORDER BY user_id FOR NO KEY UPDATE
        """,
        user_ids,
    )


async def select_heard_songs(
    connection: Connection, user_ids: Sequence[int], since: datetime, among: int
) -> list[HeardSong]:
    """The songs of the last `among` plays that count of each person, the latest first."""
    return await fetch(
        connection,
        HeardSong,
        """
        SELECT listener.user_id, latest.song_id, latest.artist_ids
        FROM unnest($1::bigint[]) AS listener (user_id)
        CROSS JOIN LATERAL (
            SELECT song_id, artist_ids, started_at FROM plays
            WHERE user_id = listener.user_id AND started_at > $2 AND credited_ms > 0
            ORDER BY user_id DESC, started_at DESC, id DESC LIMIT $3
        ) AS latest
        ORDER BY listener.user_id, latest.started_at DESC
        """,
        user_ids,
        since,
        among,
    )


async def update_listener_counted(
    connection: Connection,
    user_id: int,
    *,
    song_ids: Sequence[int],
    artist_ids: Sequence[int],
    due: bool,
) -> None:
    await connection.execute(
        """
        UPDATE similar_listeners SET song_ids = $2, artist_ids = $3, due = $4 WHERE user_id = $1
        """,
        user_id,
        song_ids,
        artist_ids,
        due,
    )


async def upsert_listened(
    connection: Connection,
    kind: ListenedKind,
    totals: Mapping[int, int],
    pairs: Mapping[tuple[int, int], int],
) -> None:
    """Adds people to the counts of things, and of pairs of them."""
    ids = sorted(totals)  # in one order, so that two of these wait rather than deadlock
    await connection.execute(
        """
        INSERT INTO listened_totals (id, kind, listeners, published)
        SELECT id, $1, listeners, 0 FROM unnest($2::bigint[], $3::bigint[]) AS more (id, listeners)
        ON CONFLICT (id) DO UPDATE SET listeners = listened_totals.listeners + excluded.listeners
        """,
        kind,
        ids,
        [totals[counted] for counted in ids],
    )
    keys = sorted(pairs)
    await connection.execute(
        """
        INSERT INTO listened_pairs (id, other_id, listeners)
        SELECT id, other_id, listeners
        FROM unnest($1::bigint[], $2::bigint[], $3::integer[]) AS more (id, other_id, listeners)
        ON CONFLICT (id, other_id)
        DO UPDATE SET listeners = listened_pairs.listeners + excluded.listeners
        """,
        [id_ for id_, _ in keys],
        [other for _, other in keys],
        [pairs[key] for key in keys],
    )


async def update_totals_published(
    connection: Connection, kind: ListenedKind, limit: int
) -> list[Total]:
    """Takes up to `limit` things that have become a tenth, or a thousand listeners, more.

    Who comes second waits, and then gets only what is due by then.
    """
    return await fetch(
        connection,
        Total,
        """
        WITH due AS (
            SELECT id FROM listened_totals
            WHERE kind = $1 AND listeners > published
              AND (listeners * 10 >= published * 11 OR listeners - published >= 1000)
            ORDER BY id LIMIT $2 FOR UPDATE
        )
        UPDATE listened_totals AS total SET published = total.listeners
        FROM due WHERE total.id = due.id
        RETURNING total.id, total.listeners
        """,
        kind,
        limit,
    )


async def select_totals(connection: Connection, ids: Collection[int]) -> list[Total]:
    return await fetch(
        connection,
        Total,
        "SELECT id, listeners FROM listened_totals WHERE id = ANY($1::bigint[])",
        list(ids),
    )


async def select_pairs(connection: Connection, ids: Sequence[int], limit: int) -> list[Pair]:
    """The `limit` pairs of each thing that most people listened to, in that order."""
    return await fetch(
        connection,
        Pair,
        """
        SELECT wanted.id, best.other_id, best.listeners
        FROM unnest($1::bigint[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT other_id, listeners FROM listened_pairs WHERE id = wanted.id
            ORDER BY listeners DESC, other_id LIMIT $2
        ) AS best
        ORDER BY wanted.id, best.listeners DESC, best.other_id
        """,
        ids,
        limit,
    )


async def delete_pairs_beyond(connection: Connection, last: Pair) -> None:
    """Forgets the pairs of a thing that come after one."""
    await connection.execute(
        """
        DELETE FROM listened_pairs
        WHERE id = $1 AND (listeners < $3 OR (listeners = $3 AND other_id > $2))
        """,
        last.id,
        last.other_id,
        last.listeners,
    )


async def upsert_similar_items(connection: Connection, id_: int, other_ids: Sequence[int]) -> None:
    await connection.execute(
        """
        INSERT INTO similar_items (id, other_ids) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET other_ids = excluded.other_ids
        """,
        id_,
        other_ids,
    )


async def select_similar_items(connection: Connection, ids: Sequence[int]) -> list[SimilarItems]:
    return await fetch(
        connection,
        SimilarItems,
        "SELECT id, other_ids FROM similar_items WHERE id = ANY($1::bigint[])",
        ids,
    )


async def select_popular_song_ids(connection: Connection, limit: int) -> list[int]:
    """The most popular songs that are there to be played."""
    rows = await connection.fetch(
        """
        SELECT id FROM songs WHERE popularity > 0 AND withdrawn_at IS NULL
        ORDER BY popularity DESC, id DESC LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def select_heard_among(
    connection: Connection, user_id: int, song_ids: Sequence[int]
) -> set[int]:
    """Those of the songs that a person has heard."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT song_id FROM plays WHERE user_id = $1 AND song_id = ANY($2::bigint[])
        """,
        user_id,
        song_ids,
    )
    return {row["song_id"] for row in rows}
