"""The best of several kinds together: popularity is comparable between them by its logarithm, and
an exact name is worth the same in each, so hits of different kinds are compared by their scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.normalise import normalise
from db.playlists import PlaylistRecord
from db.search import ALBUMS, ARTISTS, PLAYLISTS, SHOWS, SONGS, SearchKind
from db.search.matches import has_all
from db.shows import ShowRecord
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.search import NODES, Hit, Search

MAX_TOP: Final = 20

_ORDER: Final = (ARTISTS, SONGS, ALBUMS, SHOWS, PLAYLISTS)
"""Of hits with equal scores."""


class SuggestionKind(Enum):
    SONG = "SONG"
    ARTIST = "ARTIST"
    ALBUM = "ALBUM"
    SHOW = "SHOW"
    PLAYLIST = "PLAYLIST"


_KINDS: Final[dict[SearchKind, SuggestionKind]] = {
    SONGS: SuggestionKind.SONG,
    ARTISTS: SuggestionKind.ARTIST,
    ALBUMS: SuggestionKind.ALBUM,
    SHOWS: SuggestionKind.SHOW,
    PLAYLISTS: SuggestionKind.PLAYLIST,
}


class TopKey(NamedTuple):
    search: Search
    first: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that what was typed may become."""

    text: str
    kind: SuggestionKind
    node: SongRecord | ArtistRecord | AlbumRecord | ShowRecord | PlaylistRecord


def top_key(search: Search, first: int) -> TopKey:
    """Raises `BadInput` for a number that is too large or none."""
    if not 1 <= first <= MAX_TOP:
        raise BadInput(f"`first` takes 1 to {MAX_TOP}, not {first}", argument="first")
    return TopKey(search, first)


async def _best(context: Context, search: Search) -> list[tuple[SearchKind, Hit[Any]]]:
    scored: list[tuple[int, SearchKind, Hit[Any]]] = []
    for kind in _ORDER:
        page = await search.first_page(context, kind)
        records = await context.loaders[NODES[kind]].load_many([hit.id for hit in page.hits])
        scored += [
            (hit.score or 0, kind, Hit(record, hit.cursor, page))
            for hit, record in zip(page.hits, records, strict=True)
            if record is not None
        ]
    scored.sort(key=lambda found: -found[0])
    return [(kind, hit) for _, kind, hit in scored]


async def _load_top(context: Context, keys: Sequence[TopKey]) -> list[list[Any]]:
    return [
        [hit.node for _, hit in (await _best(context, key.search))[: key.first]] for key in keys
    ]


async def _load_suggestions(context: Context, keys: Sequence[TopKey]) -> list[list[Suggestion]]:
    return [await _suggestions(context, key) for key in keys]


async def _suggestions(context: Context, key: TopKey) -> list[Suggestion]:
    """Names that themselves have what was typed, each once."""
    found: dict[str, Suggestion] = {}
    for kind, hit in await _best(context, key.search):
        named = isinstance(hit.node, ArtistRecord | PlaylistRecord)
        text = hit.node.name if named else hit.node.title
        if len(found) < key.first and has_all(hit.page.choices, text):
            found.setdefault(normalise(text), Suggestion(text, _KINDS[kind], hit.node))
    return list(found.values())


TOP: Loader[TopKey, list[Any]] = Loader("top", _load_top)
SUGGESTIONS: Loader[TopKey, list[Suggestion]] = Loader("suggestions", _load_suggestions)
