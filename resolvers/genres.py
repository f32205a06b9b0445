"""The list of all genres, and a genre by its slug."""

from typing import Final

from db.genres import GenreRecord, select_genre_page
from resolvers.context import Context
from resolvers.pages import Edge, Order, Page, page_request

_BY_SLUG: Final = Order("genres_by_slug", (str,), ("",))


def genre_key(slug: str) -> str:
    """The key of a slug, which may be anything; PostgreSQL takes no NUL, and no slug has one."""
    return slug.replace("\0", "\ufffd")


async def genre_page(context: Context, first: int, after: str | None) -> Page[GenreRecord]:
    page = page_request(first, after)
    (after_slug,) = _BY_SLUG.after(page.after)
    async with context.connection() as connection:
        genres = await select_genre_page(connection, page.first + 1, after_slug)
    return Page(
        edges=[Edge(genre, _BY_SLUG.name, (genre.slug,)) for genre in genres[: page.first]],
        has_next_page=len(genres) > page.first,
        has_previous_page=page.after is not None,
    )
