"""What a person has heard: reports of it, the history, and what was heard most."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch, fetch_one


class PlayRecord(Row):
    """A play. `credited_ms` is what counts of `heard_ms`; a play counts from its first."""

    user_id: int
    id: UUID
    song_id: int
    artist_ids: list[int]
    started_at: datetime
    heard_until: datetime
    heard_ms: int
    credited_ms: int
    completed: bool


class SongTotal(Row):
    """How often and how long a person has heard a song."""

    id: int
    plays: int
    heard_ms: int


class ArtistTotal(Row):
    """How often and how long a person has heard an artist's songs."""

    id: int
    plays: int
    heard_ms: int


class ListeningTotals(Row):
    """What a person has heard in a while."""

    plays: int
    heard_ms: int
    songs: int
    artists: int


class ListeningMonth(Row):
    """A month of the year, 1 to 12, in UTC."""

    month: int
    plays: int
    heard_ms: int


class PlayToRollUp(Row):
    user_id: int
    id: UUID


async def lock_listener(connection: Connection, user_id: int) -> datetime | None:
    """Makes other reports of this person wait until the transaction ends.

    When the person signed up; None when there is nobody any more.
    """
    created_at: datetime | None = await connection.fetchval(
        "SELECT created_at FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        user_id,
    )
    return created_at


async def select_plays_near(
    connection: Connection,
    user_id: int,
    ids: Sequence[UUID],
    since: datetime,
    until: datetime,
) -> list[PlayRecord]:
    """The plays of the ids, and every play with credit that was started between the two times,
    or while one of those of the ids may have been going on; none goes on for more than a day."""
    return await fetch(
        connection,
        PlayRecord,
        """
        WITH reported AS MATERIALIZED (
            SELECT user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms,
                   credited_ms, completed
            FROM plays WHERE user_id = $1 AND id = ANY($2::uuid[])
        )
        SELECT * FROM reported
        UNION ALL
        SELECT user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms, credited_ms,
               completed
        FROM plays
        WHERE user_id = $1 AND credited_ms > 0 AND id <> ALL($2::uuid[])
          AND started_at >= least($3, (SELECT min(started_at) FROM reported)) - interval '1 day'
          AND started_at <= greatest($4, (SELECT max(heard_until) FROM reported))
        """,
        user_id,
        ids,
        since,
        until,
    )


async def upsert_plays(
    connection: Connection,
    user_id: int,
    *,
    ids: Sequence[UUID],
    song_ids: Sequence[int],
    artist_ids: Sequence[Sequence[int]],
    started_at: Sequence[datetime],
    heard_until: Sequence[datetime],
    heard_ms: Sequence[int],
    credited_ms: Sequence[int],
    completed: Sequence[bool],
) -> list[PlayRecord]:
    """Writes plays of distinct ids, in place of what was known of them before."""
    return await fetch(
        connection,
        PlayRecord,
        """
        INSERT INTO plays (user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms,
                           credited_ms, completed, rolled_up)
        SELECT $1, id, song_id, string_to_array(artist_ids, ',')::bigint[], started_at,
               heard_until, heard_ms, credited_ms, completed, false
        FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                    $7::integer[], $8::integer[], $9::boolean[])
          AS play (id, song_id, artist_ids, started_at, heard_until, heard_ms, credited_ms,
                   completed)
        ON CONFLICT (user_id, id) DO UPDATE
        SET started_at = excluded.started_at, heard_until = excluded.heard_until,
            heard_ms = excluded.heard_ms, credited_ms = excluded.credited_ms,
            completed = excluded.completed
        RETURNING user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms,
                  credited_ms, completed
        """,
        user_id,
        ids,
        song_ids,
        [",".join(map(str, artists)) for artists in artist_ids],
        started_at,
        heard_until,
        heard_ms,
        credited_ms,
        completed,
    )


async def select_plays(
    connection: Connection, user_id: int, limit: int, after: tuple[datetime, UUID]
) -> list[PlayRecord]:
    """The first `limit` plays that come after `after`, a (time, id), the latest first."""
    return await fetch(
        connection,
        PlayRecord,
        """
        SELECT user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms, credited_ms,
               completed
        FROM plays
        WHERE user_id = $1 AND (started_at, id) < ($3::timestamptz, $4::uuid)
        ORDER BY started_at DESC, id DESC LIMIT $2
        """,
        user_id,
        limit,
        *after,
    )


async def select_plays_among(
    connection: Connection, user_id: int, ids: Sequence[UUID]
) -> list[PlayRecord]:
    """Those of the plays that are the person's."""
    return await fetch(
        connection,
        PlayRecord,
        """
        SELECT user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms, credited_ms,
               completed
        FROM plays WHERE user_id = $1 AND id = ANY($2::uuid[])
        """,
        user_id,
        ids,
    )


async def select_recent_song_ids(
    connection: Connection, user_id: int, limit: int, among: int
) -> list[int]:
    """The songs of the last `among` plays, each once, the latest first."""
    rows = await connection.fetch(
        """
        SELECT song_id FROM (
            SELECT song_id, started_at FROM plays WHERE user_id = $1
            ORDER BY started_at DESC, id DESC LIMIT $3
        ) AS latest
        GROUP BY song_id ORDER BY max(started_at) DESC, song_id DESC LIMIT $2
        """,
        user_id,
        limit,
        among,
    )
    return [row["song_id"] for row in rows]


async def select_top_songs(
    connection: Connection, user_id: int, since: datetime, until: datetime, limit: int
) -> list[SongTotal]:
    """The songs of the plays that were started from `since` to `until`, most played first."""
    return await fetch(
        connection,
        SongTotal,
        """
        SELECT song_id AS id, count(*) AS plays, sum(credited_ms) AS heard_ms FROM plays
        WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND credited_ms > 0
        GROUP BY song_id ORDER BY plays DESC, heard_ms DESC, song_id LIMIT $4
        """,
        user_id,
        since,
        until,
        limit,
    )


async def select_top_artists(
    connection: Connection, user_id: int, since: datetime, until: datetime, limit: int
) -> list[ArtistTotal]:
    """The artists of the plays that were started from `since` to `until`, most played first."""
    return await fetch(
        connection,
        ArtistTotal,
        """
        SELECT artist_id AS id, count(*) AS plays, sum(credited_ms) AS heard_ms
        FROM plays CROSS JOIN unnest(artist_ids) AS artist_id
        WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND credited_ms > 0
        GROUP BY artist_id ORDER BY plays DESC, heard_ms DESC, artist_id LIMIT $4
        """,
        user_id,
        since,
        until,
        limit,
    )


async def select_listening_totals(
    connection: Connection, user_id: int, since: datetime, until: datetime
) -> ListeningTotals:
    """Of the plays that were started from `since` to `until`."""
    totals = await fetch_one(
        connection,
        ListeningTotals,
        """
        SELECT count(*) AS plays, coalesce(sum(credited_ms), 0) AS heard_ms,
               count(DISTINCT song_id) AS songs,
               (SELECT count(DISTINCT artist_id)
                FROM plays CROSS JOIN unnest(artist_ids) AS artist_id
                WHERE user_id = $1 AND started_at >= $2 AND started_at < $3
                  AND credited_ms > 0) AS artists
        FROM plays
        WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND credited_ms > 0
        """,
        user_id,
        since,
        until,
    )
    assert totals is not None
    return totals


async def select_listening_months(
    connection: Connection, user_id: int, since: datetime, until: datetime
) -> list[ListeningMonth]:
    """The months from `since` to `until` in which there were plays, in order."""
    return await fetch(
        connection,
        ListeningMonth,
        """
        SELECT extract(month FROM started_at AT TIME ZONE 'UTC')::integer AS month,
               count(*) AS plays, sum(credited_ms) AS heard_ms
        FROM plays
        WHERE user_id = $1 AND started_at >= $2 AND started_at < $3 AND credited_ms > 0
        GROUP BY 1 ORDER BY 1
        """,
        user_id,
        since,
        until,
    )


async def select_plays_to_roll_up(
    connection: Connection, after_user_id: int, limit: int
) -> list[PlayToRollUp]:
    """Up to `limit` plays that count and that the roll-up has not had, by person."""
    return await fetch(
        connection,
        PlayToRollUp,
        """
        SELECT user_id, id FROM plays
        WHERE credited_ms > 0 AND NOT rolled_up AND user_id > $1
        ORDER BY user_id, id LIMIT $2
        """,
        after_user_id,
        limit,
    )


async def update_plays_rolled_up(
    connection: Connection, plays: Sequence[PlayToRollUp]
) -> list[int]:
    """Marks plays, and gives the songs of those that nobody has marked before.

    Waits for whoever is marking the same ones, and then leaves them out.
    """
    rows = await connection.fetch(
        """
        UPDATE plays SET rolled_up = true
        FROM unnest($1::bigint[], $2::uuid[]) AS counted (user_id, id)
        WHERE plays.user_id = counted.user_id AND plays.id = counted.id AND NOT plays.rolled_up
        RETURNING plays.song_id
        """,
        [play.user_id for play in plays],
        [play.id for play in plays],
    )
    return [row["song_id"] for row in rows]
