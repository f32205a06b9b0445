"""Finding songs, artists and albums."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.errors import InvalidCursor
from db.rows import Connection
from db.search import SearchPage, search_albums, search_artists, search_songs
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.loaders import ALBUMS_BY_ID, ARTISTS_BY_ID, SONGS_BY_ID
from resolvers.pages import Page, PageKey, PageRequest

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; nothing is, until a part of the answer is asked for."""

    query: str


@dataclass(frozen=True, slots=True)
class Hit(Generic[Node]):
    """Something that was found, as an edge."""

    node: Node
    cursor: str


class SearchStatement(Protocol):
    """Finds the ids of one kind."""

    def __call__(
        self, connection: Connection, text: str, *, first: int, after: str | None
    ) -> Awaitable[SearchPage]: ...


def search(query: str) -> Search:
    return Search(query)


def _searching(
    name: str, statement: SearchStatement, nodes: Loader[int, Node]
) -> Loader[PageKey, Page[Node]]:
    """A loader of pages of hits. A hit whose record is gone is left out."""

    async def load_page(context: Context, query: str, page: PageRequest) -> Page[Node]:
        async with context.connection() as connection:
            try:
                found = await statement(connection, query, first=page.first, after=page.after)
            except InvalidCursor as error:
                raise BadInput(str(error), argument="after") from error
        records = await context.loaders[nodes].read([hit.id for hit in found.hits])
        return Page(
            edges=[
                Hit(record, hit.cursor)
                for hit, record in zip(found.hits, records, strict=True)
                if record is not None
            ],
            has_next_page=found.has_next,
            has_previous_page=page.after is not None,
        )

    async def load(context: Context, keys: Sequence[PageKey]) -> list[Page[Node]]:
        return [await load_page(context, key.parent.query, key.page) for key in keys]

    return Loader(name, load)


SONGS: Loader[PageKey, Page[SongRecord]] = _searching("search_songs", search_songs, SONGS_BY_ID)
ARTISTS: Loader[PageKey, Page[ArtistRecord]] = _searching(
    "search_artists", search_artists, ARTISTS_BY_ID
)
ALBUMS: Loader[PageKey, Page[AlbumRecord]] = _searching(
    "search_albums", search_albums, ALBUMS_BY_ID
)
