"""Finding songs, artists and albums."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.loaders import ALBUMS_BY_ID, ARTISTS_BY_ID, SONGS_BY_ID
from resolvers.pages import Page, PageRequest

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; nothing is, until a part of the answer is asked for."""

    query: str


class SearchKey(NamedTuple):
    search: Search
    page: PageRequest


def search(query: str) -> Search:
    return Search(query)
