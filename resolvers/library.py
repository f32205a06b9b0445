"""What a person has liked, followed and saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.cursor import INT8, MICROSECONDS, Key, from_microseconds, to_microseconds
from db.library import (
    LibraryItem,
    LibraryKind,
    delete_library_items,
    insert_library_items,
    select_library_items,
    select_library_members,
)
from db.redirects import select_open_sources
from db.shows import ShowRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.loaders import ALBUMS_BY_ID, ARTISTS_BY_ID, SHOWS_BY_ID, SONGS_BY_ID
from resolvers.pages import Edge, Order, Page, PageKey, make_page

Node = TypeVar("Node")

MAX_IDS: Final = 500
"""How many songs, artists or albums one mutation takes."""


@dataclass(frozen=True, slots=True)
class LibraryEdge(Edge[Node]):
    """A place in the library, and since when it is there."""

    added_at: datetime


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Node]):
    """A part of the library: how its things are loaded, and where GraphQL's input names them."""

    kind: LibraryKind
    nodes: Loader[int, Node]
    field: str


@dataclass(frozen=True, slots=True)
class Shelved(Generic[Node]):
    """What has been added or removed."""

    items: list[Node]


SONGS: Final[Shelf[SongRecord]] = Shelf("SONG", SONGS_BY_ID, "songIds")
ARTISTS: Final[Shelf[ArtistRecord]] = Shelf("ARTIST", ARTISTS_BY_ID, "artistIds")
ALBUMS: Final[Shelf[AlbumRecord]] = Shelf("ALBUM", ALBUMS_BY_ID, "albumIds")
SHOWS: Final[Shelf[ShowRecord]] = Shelf("SHOW", SHOWS_BY_ID, "showIds")


def parse_ids(ids: Sequence[str], kind: str, field: str, most: int = MAX_IDS) -> list[int]:
    """The numbers of global ids of one kind; raises `Invalid` and `BadInput`."""
    if not 1 <= len(ids) <= most:
        raise Invalid(field, f"`{field}` takes 1 to {most} ids, not {len(ids)}")
    return [parse_id(text, kind).numbers[0] for text in ids]


async def load_all(
    context: Context, nodes: Loader[int, Node], numbers: Sequence[int], kind: str
) -> list[Node]:
    """What the ids stand for, in their order; raises `NotFound` when one does not exist."""
    found = await context.loaders[nodes].load_many(list(numbers))
    for number, node in zip(numbers, found, strict=True):
        if node is None:
            raise NotFound(f"There is no {kind} of the id {kind}_{number:x}")
    return [node for node in found if node is not None]


async def add(context: Context, shelf: Shelf[Node], ids: Sequence[str]) -> Shelved[Node]:
    """Adds things that exist; what is there stays where it is. Raises `Invalid`, `NotFound`."""
    viewer, kind = context.signed_in(), shelf.kind.lower()
    numbers = parse_ids(ids, kind, shelf.field)
    nodes = await load_all(context, shelf.nodes, numbers, kind)
    now = datetime.fromtimestamp(context.now, UTC)
    async with context.connection() as connection:
        await insert_library_items(connection, viewer.id, shelf.kind, _distinct(nodes), now)
    return Shelved(nodes)


async def remove(context: Context, shelf: Shelf[Node], ids: Sequence[str]) -> Shelved[Node]:
    """Removes things, also those that do not exist any more. Raises `Invalid`."""
    viewer = context.signed_in()
    numbers = parse_ids(ids, shelf.kind.lower(), shelf.field)
    found = await context.loaders[shelf.nodes].load_many(numbers)
    nodes = [node for node in found if node is not None]
    async with context.connection() as connection:
        merged = await select_open_sources(connection, _distinct(nodes))
        await delete_library_items(
            connection, viewer.id, shelf.kind, [*numbers, *_distinct(nodes), *merged]
        )
    return Shelved(nodes)


def _distinct(nodes: Sequence[Any]) -> list[int]:
    """The ids of nodes, which are others than were given where things were merged."""
    return list(dict.fromkeys(node.id for node in nodes))


def _place(row: LibraryItem) -> tuple[int, int]:
    return to_microseconds(row.added_at), row.item_id


def _edge(node: Node, order: str, key: tuple[Key, ...], row: LibraryItem) -> LibraryEdge[Node]:
    return LibraryEdge(node, order, key, row.added_at)


def _listed(name: str, shelf: Shelf[Node]) -> Loader[PageKey, Page[Node]]:
    """A loader of pages of a shelf of the viewer's. A thing that is gone is left out."""
    order = Order(name, (MICROSECONDS, INT8), (MICROSECONDS[-1], INT8[-1]))

    async def load_page(context: Context, key: PageKey) -> Page[Node]:
        microseconds, item_id = order.after(key.page.after)
        async with context.connection() as connection:
            rows = await select_library_items(
                connection,
                key.parent,
                shelf.kind,
                key.page.first + 1,
                (from_microseconds(microseconds), item_id),
            )
        nodes = await context.loaders[shelf.nodes].load_many([row.item_id for row in rows])
        return make_page(order, key.page, list(zip(rows, nodes, strict=True)), _place, _edge)

    async def load(context: Context, keys: Sequence[PageKey]) -> list[Page[Node]]:
        return [await load_page(context, key) for key in keys]

    return Loader(name, load)


def _membership(name: str, shelf: Shelf[Any]) -> Loader[int, bool]:
    """A loader of whether things are in the viewer's library; they are in nobody's."""

    async def load(context: Context, ids: Sequence[int]) -> list[bool]:
        viewer = context.viewer
        if viewer is None:
            return [False] * len(ids)
        async with context.connection() as connection:
            members = await select_library_members(connection, viewer.id, shelf.kind, ids)
        return [wanted in members for wanted in ids]

    return Loader(name, load)


LIKED_SONGS: Loader[PageKey, Page[SongRecord]] = _listed("liked_songs", SONGS)
FOLLOWED_ARTISTS: Loader[PageKey, Page[ArtistRecord]] = _listed("followed_artists", ARTISTS)
SAVED_ALBUMS: Loader[PageKey, Page[AlbumRecord]] = _listed("saved_albums", ALBUMS)
SAVED_SHOWS: Loader[PageKey, Page[ShowRecord]] = _listed("saved_shows", SHOWS)

SONG_IS_LIKED: Loader[int, bool] = _membership("song_is_liked", SONGS)
ARTIST_IS_FOLLOWED: Loader[int, bool] = _membership("artist_is_followed", ARTISTS)
SHOW_IS_SAVED: Loader[int, bool] = _membership("show_is_saved", SHOWS)
ALBUM_IS_SAVED: Loader[int, bool] = _membership("album_is_saved", ALBUMS)
