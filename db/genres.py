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


async def insert_genre(connection: Connection, genre_id: int, slug: str, name: str) -> bool:
    """Makes a genre. False when its slug is another's."""
    status = await connection.execute(
        """
        INSERT INTO genres (id, slug, name) VALUES ($1, $2, $3)
        ON CONFLICT (slug) DO NOTHING
        """,
        genre_id,
        slug,
        name,
    )
    return status == "INSERT 0 1"


async def insert_genre_song(
    connection: Connection, genre_id: int, song_id: int, popularity: int
) -> None:
    await connection.execute(
        """
        INSERT INTO genre_songs (genre_id, song_id, popularity) VALUES ($1, $2, $3)
        ON CONFLICT (song_id, genre_id) DO NOTHING
        """,
        genre_id,
        song_id,
        popularity,
    )
