"""Where shows come from, and when to look again.

A show is due at `due_at`. Who refreshes it moves that moment into the future by a comparison with
the one that was seen, in one statement on the show's own shard: of several workers one succeeds,
and when it dies the show is due again by itself.
"""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class ShowFeed(Row):
    show_id: int
    url: str | None
    etag: str | None
    last_modified: str | None
    body_sha256: bytes | None
    newest_stored: int
    refreshed_at: datetime
    due_at: datetime | None
    failures: int
    problem: str | None


async def select_show_feeds(connection: Connection, show_ids: Sequence[int]) -> list[ShowFeed]:
    return await fetch(
        connection,
        ShowFeed,
        """
        SELECT show_id, url, etag, last_modified, body_sha256, newest_stored, refreshed_at, due_at,
               failures, problem
        FROM show_feeds WHERE show_id = ANY($1::bigint[])
        """,
        show_ids,
    )


async def select_due_show_feeds(
    connection: Connection, now: datetime, limit: int
) -> list[ShowFeed]:
    """Those that are due, the longest overdue first. Claim each before it is refreshed."""
    return await fetch(
        connection,
        ShowFeed,
        """
        SELECT show_id, url, etag, last_modified, body_sha256, newest_stored, refreshed_at, due_at,
               failures, problem
        FROM show_feeds WHERE due_at <= $1 AND url IS NOT NULL ORDER BY due_at, show_id LIMIT $2
        """,
        now,
        limit,
    )


async def update_show_feed_claimed(
    connection: Connection, show_id: int, seen: datetime | None, until: datetime
) -> bool:
    """Claims a refresh until then. False when the show is not due at `seen` any more."""
    found = await connection.fetchval(
        """
        UPDATE show_feeds SET due_at = $3
        WHERE show_id = $1 AND due_at IS NOT DISTINCT FROM $2::timestamptz RETURNING show_id
        """,
        show_id,
        seen,
        until,
    )
    return found is not None


async def lock_show_feed(connection: Connection, show_id: int) -> ShowFeed | None:
    """The feed, held until the transaction ends: episodes are written by one at a time."""
    return await fetch_one(
        connection,
        ShowFeed,
        """
        SELECT show_id, url, etag, last_modified, body_sha256, newest_stored, refreshed_at, due_at,
               failures, problem
        FROM show_feeds WHERE show_id = $1 FOR UPDATE
        """,
        show_id,
    )


async def insert_show_feed(
    connection: Connection,
    *,
    show_id: int,
    url: str | None,
    newest_stored: int,
    refreshed_at: datetime,
    due_at: datetime | None,
) -> None:
    await connection.execute(
        """
        INSERT INTO show_feeds (show_id, url, newest_stored, refreshed_at, due_at)
        VALUES ($1, $2, $3, $4, $5)
        """,
        show_id,
        url,
        newest_stored,
        refreshed_at,
        due_at,
    )


async def update_show_feed_refreshed(
    connection: Connection,
    show_id: int,
    *,
    url: str | None,
    etag: str | None,
    last_modified: str | None,
    body_sha256: bytes | None,
    refreshed_at: datetime,
    due_at: datetime | None,
) -> None:
    """Notes a refresh that went well."""
    await connection.execute(
        """
        UPDATE show_feeds
        SET url = $2, etag = $3, last_modified = $4, body_sha256 = $5, refreshed_at = $6,
            due_at = $7, failures = 0, problem = NULL
        WHERE show_id = $1
        """,
        show_id,
        url,
        etag,
        last_modified,
        body_sha256,
        refreshed_at,
        due_at,
    )


async def update_show_feed_failed(
    connection: Connection, show_id: int, problem: str, due_at: datetime | None
) -> None:
    """Notes a refresh that did not; with `due_at` None there is no other."""
    await connection.execute(
        """
        UPDATE show_feeds SET due_at = $3, failures = failures + 1, problem = $2
        WHERE show_id = $1
        """,
        show_id,
        problem,
        due_at,
    )


async def update_show_feed_newest_stored(
    connection: Connection, show_id: int, newest_stored: int
) -> None:
    await connection.execute(
        "UPDATE show_feeds SET newest_stored = $2 WHERE show_id = $1", show_id, newest_stored
    )
