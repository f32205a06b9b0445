"""Genres: a few thousand, a copy on every node of a cluster."""

from collections.abc import Sequence

from db.rows import Connection, Row, fetch


class GenreRecord(Row):
    id: int
    slug: str
    name: str


async def select_genres(connection: Connection, ids: Sequence[int]) -> list[GenreRecord]:
    return await fetch(
        connection,
        GenreRecord,
        "SELECT id, slug, name FROM genres WHERE id = ANY($1::bigint[])",
        ids,
    )


async def select_genres_by_slug(connection: Connection, slugs: Sequence[str]) -> list[GenreRecord]:
    return await fetch(
        connection,
        GenreRecord,
        "SELECT id, slug, name FROM genres WHERE slug = ANY($1::text[])",
        slugs,
    )


async def select_genre_page(
    connection: Connection, limit: int, after_slug: str
) -> list[GenreRecord]:
    """The first `limit` genres whose slugs come after `after_slug`."""
    return await fetch(
        connection,
        GenreRecord,
        "SELECT id, slug, name FROM genres WHERE slug > $2 ORDER BY slug LIMIT $1",
        limit,
        after_slug,
    )
