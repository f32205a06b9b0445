"""Episodes of shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from db.rows import Connection, Row, fetch


class EpisodeRecord(Row):
    show_id: int
    id: int
    title: str
    description: str
    kind: str
    season: int | None
    number: int | None
    explicit: bool
    published_at: datetime
    duration_ms: int | None
    link: str | None
    chapters_url: str | None
    enclosure_url: str | None
    mime_type: str
    size_bytes: int | None
    object_key: str | None
    created_at: datetime


class EpisodeKey(NamedTuple):
    """What finds an episode: the show tells the shard."""

    show_id: int
    id: int


class EpisodePlace(Row):
    """Where an episode lies, by its id alone; with what it is worth in a search."""

    id: int
    show_id: int
    popularity: int


async def select_episode_places(connection: Connection, ids: Sequence[int]) -> list[EpisodePlace]:
    return await fetch(
        connection,
        EpisodePlace,
        "SELECT id, show_id, popularity FROM episode_places WHERE id = ANY($1::bigint[])",
        ids,
    )


async def insert_episode_places(connection: Connection, show_id: int, ids: Sequence[int]) -> None:
    await connection.execute(
        "INSERT INTO episode_places (id, show_id) SELECT unnest($2::bigint[]), $1",
        show_id,
        ids,
    )


async def delete_episode_places(connection: Connection, ids: Sequence[int]) -> None:
    await connection.execute("DELETE FROM episode_places WHERE id = ANY($1::bigint[])", ids)


class KnownEpisode(Row):
    """An episode as a refresh finds it."""

    id: int
    guid: str
    feed_digest: bytes
    enclosure_url: str | None


class EpisodeRow(NamedTuple):
    """What a feed says of an episode, in the order of the statements that write it.

    Attributes:
        published_at: None leaves the date of a known episode as it is.
    """

    show_id: int
    id: int
    guid: str
    feed_digest: bytes
    title: str
    description: str
    kind: str
    season: int | None
    number: int | None
    explicit: bool
    published_at: datetime | None
    duration_ms: int | None
    link: str | None
    chapters_url: str | None
    enclosure_url: str | None
    mime_type: str
    size_bytes: int | None
    at: datetime


async def select_episodes(
    connection: Connection, keys: Sequence[EpisodeKey]
) -> list[EpisodeRecord]:
    return await fetch(
        connection,
        EpisodeRecord,
        """
        SELECT show_id, id, title, description, kind, season, number, explicit, published_at,
               duration_ms, link, chapters_url, enclosure_url, mime_type, size_bytes, object_key,
               created_at
        FROM episodes
        WHERE show_id = ANY($1::bigint[]) AND id = ANY($2::bigint[])
        """,
        [key.show_id for key in keys],
        [key.id for key in keys],
    )


async def select_show_episodes(
    connection: Connection, show_ids: Sequence[int], limit: int, after: tuple[datetime, int]
) -> list[EpisodeRecord]:
    """The first `limit` episodes of each show that come after `after`, newest first."""
    return await fetch(
        connection,
        EpisodeRecord,
        """
        SELECT page.* FROM unnest($1::bigint[]) AS wanted (show_id) CROSS JOIN LATERAL (
            SELECT show_id, id, title, description, kind, season, number, explicit, published_at,
                   duration_ms, link, chapters_url, enclosure_url, mime_type, size_bytes,
                   object_key, created_at
            FROM episodes
            WHERE show_id = wanted.show_id AND (published_at, id) < ($3::timestamptz, $4::bigint)
            ORDER BY published_at DESC, id DESC LIMIT $2
        ) AS page
        ORDER BY page.show_id, page.published_at DESC, page.id DESC
        """,
        show_ids,
        limit,
        *after,
    )


async def select_known_episodes(connection: Connection, show_id: int) -> list[KnownEpisode]:
    return await fetch(
        connection,
        KnownEpisode,
        "SELECT id, guid, feed_digest, enclosure_url FROM episodes WHERE show_id = $1",
        show_id,
    )


async def insert_episodes(connection: Connection, rows: Sequence[EpisodeRow]) -> None:
    await connection.executemany(
        """
        INSERT INTO episodes (show_id, id, guid, feed_digest, title, description, kind, season,
                              number, explicit, published_at, duration_ms, link, chapters_url,
                              enclosure_url, mime_type, size_bytes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        """,
        rows,
    )


async def update_episodes(connection: Connection, rows: Sequence[EpisodeRow]) -> None:
    """Says of episodes what their feed says now. What was measured of audio in S3 stays, unless the
    enclosure is another: then the episode is linked again."""
    await connection.executemany(
        """
        UPDATE episodes
        SET guid = $3, feed_digest = $4, title = $5, description = $6, kind = $7, season = $8,
            number = $9, explicit = $10,
            published_at = coalesce($11::timestamptz, published_at),
            link = $13, chapters_url = $14, enclosure_url = $15,
            (duration_ms, mime_type, size_bytes, object_key) = (
                SELECT CASE WHEN stays THEN duration_ms ELSE $12 END,
                       CASE WHEN stays THEN mime_type ELSE $16 END,
                       CASE WHEN stays THEN size_bytes ELSE $17 END,
                       CASE WHEN stays THEN object_key END
                FROM (SELECT object_key IS NOT NULL
                             AND enclosure_url IS NOT DISTINCT FROM $15::text AS stays) AS stored
            )
        WHERE show_id = $1 AND id = $2
        """,
        [row[:-1] for row in rows],
    )


class UnstoredEpisode(Row):
    """An episode whose audio is linked."""

    show_id: int
    id: int
    enclosure_url: str


async def select_unstored_episodes(
    connection: Connection, show_id: int, newest: int
) -> list[UnstoredEpisode]:
    """Those among the newest so many episodes whose audio is not in S3."""
    return await fetch(
        connection,
        UnstoredEpisode,
        """
        SELECT show_id, id, enclosure_url
        FROM (
            SELECT show_id, id, enclosure_url, object_key FROM episodes
            WHERE show_id = $1 ORDER BY published_at DESC, id DESC LIMIT $2
        ) AS newest
        WHERE object_key IS NULL AND enclosure_url IS NOT NULL
        """,
        show_id,
        newest,
    )


async def update_episode_stored(
    connection: Connection,
    key: EpisodeKey,
    *,
    enclosure_url: str | None,
    object_key: str,
    mime_type: str,
    size_bytes: int,
    duration_ms: int,
) -> bool:
    """Notes that an episode's audio lies in S3. False when its enclosure is another by now."""
    found = await connection.fetchval(
        """
        UPDATE episodes SET object_key = $4, mime_type = $5, size_bytes = $6, duration_ms = $7
        WHERE show_id = $1 AND id = $2 AND enclosure_url IS NOT DISTINCT FROM $3::text
        RETURNING id
        """,
        *key,
        enclosure_url,
        object_key,
        mime_type,
        size_bytes,
        duration_ms,
    )
    return found is not None
