"""Shows: podcasts, and the keys by which the same one is known again."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from db.rows import Connection, Row, fetch


class ShowRecord(Row):
    id: int
    title: str
    author: str
    description: str
    language: str | None
    explicit: bool
    categories: list[str]
    link: str | None
    image_url: str | None
    cover_sha256: bytes | None
    popularity: int
    created_at: datetime


class ShowText(NamedTuple):
    """What a feed says of a show, in the order of the statements that write it."""

    title: str
    author: str
    description: str
    language: str | None
    explicit: bool
    categories: Sequence[str]
    link: str | None


class ShowKey(Row):
    """A claim on being the show known by a key; see `show_keys`."""

    key: str
    show_id: int


async def select_shows(connection: Connection, ids: Sequence[int]) -> list[ShowRecord]:
    return await fetch(
        connection,
        ShowRecord,
        """
        SELECT id, title, author, description, language, explicit, categories, link, image_url,
               cover_sha256, popularity, created_at
        FROM shows WHERE id = ANY($1::bigint[])
        """,
        ids,
    )


async def select_show_ids(connection: Connection, limit: int, after: int) -> list[int]:
    """The first `limit` ids above `after`: all shows, page by page."""
    rows = await connection.fetch(
        "SELECT id FROM shows WHERE id > $2 ORDER BY id LIMIT $1", limit, after
    )
    return [row["id"] for row in rows]


async def insert_show(
    connection: Connection, show_id: int, text: ShowText, created_at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO shows (id, title, author, description, language, explicit, categories, link,
                           created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        show_id,
        *text,
        created_at,
    )


async def update_show(connection: Connection, show_id: int, text: ShowText) -> None:
    """Says of a show what its feed says now."""
    await connection.execute(
        """
        UPDATE shows
        SET title = $2, author = $3, description = $4, language = $5, explicit = $6,
            categories = $7, link = $8
        WHERE id = $1
        """,
        show_id,
        *text,
    )


async def update_show_cover(
    connection: Connection, show_id: int, image_url: str, cover_sha256: bytes | None
) -> None:
    """Notes what the picture at a URL became; None when it could not be used."""
    await connection.execute(
        "UPDATE shows SET image_url = $2, cover_sha256 = coalesce($3, cover_sha256) WHERE id = $1",
        show_id,
        image_url,
        cover_sha256,
    )


async def delete_show(connection: Connection, show_id: int) -> bool:
    """Deletes a show with its feed and its episodes. False when there is none."""
    await connection.execute("DELETE FROM show_keys WHERE show_id = $1", show_id)
    found = await connection.fetchval("DELETE FROM shows WHERE id = $1 RETURNING id", show_id)
    return found is not None


async def select_show_keys(connection: Connection, keys: Sequence[str]) -> list[ShowKey]:
    return await fetch(
        connection,
        ShowKey,
        "SELECT key, show_id FROM show_keys WHERE key = ANY($1::text[])",
        keys,
    )


async def insert_show_key(connection: Connection, key: str, show_id: int) -> bool:
    """Claims a key. False when it is another's; waits for a transaction that may become that."""
    status = await connection.execute(
        "INSERT INTO show_keys (key, show_id) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING",
        key,
        show_id,
    )
    return status == "INSERT 0 1"
