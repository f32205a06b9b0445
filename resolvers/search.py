"""Finding songs, artists, albums, shows, episodes and public playlists."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.episodes import EpisodeRecord
from db.errors import InvalidCursor
from db.playlists import PlaylistRecord
from db.search import (
    ALBUMS,
    ARTISTS,
    EPISODES,
    PLAYLISTS,
    SHOWS,
    SONGS,
    SearchFilter,
    SearchKind,
    SearchPage,
)
from db.search import search as find
from db.shows import ShowRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.loaders import (
    ALBUMS_BY_ID,
    ARTISTS_BY_ID,
    EPISODES_BY_ID,
    SHOWS_BY_ID,
    SONGS_BY_ID,
)
from resolvers.pages import Page, PageKey, PageRequest
from resolvers.playlists import PUBLIC_PLAYLISTS_BY_ID

Node = TypeVar("Node")

FIRST_PAGE: Final = 20
"""Hits of a first page, of which every part of the answer takes what it needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What is looked for; nothing is, until a part of the answer is asked for."""

    query: str
    filter: SearchFilter | None = None
    _first_pages: dict[SearchKind, SearchPage] = field(default_factory=dict)
    _locks: dict[SearchKind, asyncio.Lock] = field(default_factory=dict)

    async def first_page(self, context: Context, kind: SearchKind) -> SearchPage:
        """The first hits of a kind, found once, whoever asks."""
        async with self._locks.setdefault(kind, asyncio.Lock()):
            page = self._first_pages.get(kind)
            if page is None:
                page = await self._find(context, kind, PageRequest(FIRST_PAGE, None))
                self._first_pages[kind] = page
        return page

    async def page(self, context: Context, kind: SearchKind, page: PageRequest) -> SearchPage:
        if page.after is not None or page.first > FIRST_PAGE:
            return await self._find(context, kind, page)
        return (await self.first_page(context, kind)).beginning(page.first)

    async def _find(self, context: Context, kind: SearchKind, page: PageRequest) -> SearchPage:
        async with context.connection() as connection:
            try:
                return await find(
                    connection,
                    kind,
                    self.query,
                    first=page.first,
                    after=page.after,
                    wanted=self.filter,
                )
            except InvalidCursor as error:
                raise BadInput(str(error), argument="after") from error


@dataclass(frozen=True, slots=True, eq=False)
class Hit(Generic[Node]):
    """Something that was found, as an edge; `page` tells what it was found by."""

    node: Node
    cursor: str
    page: SearchPage


NODES: Final[dict[SearchKind, Loader[int, Any]]] = {
    SONGS: SONGS_BY_ID,
    ARTISTS: ARTISTS_BY_ID,
    ALBUMS: ALBUMS_BY_ID,
    SHOWS: SHOWS_BY_ID,
    EPISODES: EPISODES_BY_ID,
    PLAYLISTS: PUBLIC_PLAYLISTS_BY_ID,
}


def _searching(name: str, kind: SearchKind) -> Loader[PageKey, Any]:
    """A loader of pages of hits. A hit whose record is gone is left out."""

    async def load_page(context: Context, search: Search, page: PageRequest) -> Page[Any]:
        found = await search.page(context, kind, page)
        records = await context.loaders[NODES[kind]].read([hit.id for hit in found.hits])
        return Page(
            edges=[
                Hit(record, hit.cursor, found)
                for hit, record in zip(found.hits, records, strict=True)
                if record is not None
            ],
            has_next_page=found.has_next,
            has_previous_page=page.after is not None,
        )

    async def load(context: Context, keys: Sequence[PageKey]) -> list[Page[Any]]:
        return [await load_page(context, key.parent, key.page) for key in keys]

    return Loader(name, load)


FOUND_SONGS: Loader[PageKey, Page[SongRecord]] = _searching("found_songs", SONGS)
FOUND_ARTISTS: Loader[PageKey, Page[ArtistRecord]] = _searching("found_artists", ARTISTS)
FOUND_ALBUMS: Loader[PageKey, Page[AlbumRecord]] = _searching("found_albums", ALBUMS)
FOUND_SHOWS: Loader[PageKey, Page[ShowRecord]] = _searching("found_shows", SHOWS)
FOUND_EPISODES: Loader[PageKey, Page[EpisodeRecord]] = _searching("found_episodes", EPISODES)
FOUND_PLAYLISTS: Loader[PageKey, Page[PlaylistRecord]] = _searching("found_playlists", PLAYLISTS)


async def _load_meant(context: Context, keys: Sequence[Search]) -> list[str | None]:
    return [(await search.first_page(context, SONGS)).did_you_mean for search in keys]


DID_YOU_MEAN: Loader[Search, str] = Loader("did_you_mean", _load_meant)
