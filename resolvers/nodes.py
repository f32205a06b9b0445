"""Any object by its global id."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from db.albums import AlbumRecord
from db.artists import ArtistRecord
from db.episodes import EpisodeKey, EpisodeRecord
from db.files import FileRecord
from db.genres import GenreRecord
from db.playlists import PlaylistRecord
from db.shows import ShowRecord
from db.songs import SongRecord
from db.users import UserRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.ids import GlobalId, parse_id, plain_numbers
from resolvers.loaders import (
    ALBUMS_BY_ID,
    ARTISTS_BY_ID,
    EPISODES_BY_KEY,
    FILES_BY_SONG_ID,
    GENRES_BY_ID,
    SHOWS_BY_ID,
    SONGS_BY_ID,
    USERS_BY_ID,
)
from resolvers.playlists import PLAYLISTS, PlaylistKey

MAX_NODES: Final = 100

NodeRecord = (
    AlbumRecord
    | ArtistRecord
    | EpisodeRecord
    | FileRecord
    | GenreRecord
    | PlaylistRecord
    | ShowRecord
    | SongRecord
    | UserRecord
)


def _one_number(loader: Loader[int, Any]) -> Callable[[Context, Sequence[Any]], Awaitable[Any]]:
    async def load(context: Context, numbers: Sequence[tuple[int]]) -> Any:
        return await context.loaders[loader].read([number for (number,) in numbers])

    return load


async def _files(context: Context, numbers: Sequence[tuple[int, int]]) -> list[FileRecord | None]:
    songs = await context.loaders[SONGS_BY_ID].read([song for song, _ in numbers])
    loaded = await context.loaders[FILES_BY_SONG_ID].read(
        # The song itself, or what it was merged into.
        [song.id if song else number for song, (number, _) in zip(songs, numbers, strict=True)]
    )
    return [
        next((file for file in files or () if file.id == file_id), None)
        for files, (_, file_id) in zip(loaded, numbers, strict=True)
    ]


async def _episodes(
    context: Context, numbers: Sequence[tuple[int, int]]
) -> Sequence[EpisodeRecord | None]:
    keys = [EpisodeKey(*pair) for pair in numbers]
    return await context.loaders[EPISODES_BY_KEY].load_many(keys)


async def _playlists(
    context: Context, numbers: Sequence[tuple[int, int]]
) -> list[PlaylistRecord | None]:
    keys = [PlaylistKey(owner, number) for owner, number in numbers]
    return list(await context.loaders[PLAYLISTS].load_many(keys))


_ONE_NUMBER: Final[dict[str, Loader[int, Any]]] = {
    "album": ALBUMS_BY_ID,
    "artist": ARTISTS_BY_ID,
    "genre": GENRES_BY_ID,
    "show": SHOWS_BY_ID,
    "song": SONGS_BY_ID,
    "user": USERS_BY_ID,
}
_LOADS: Final[dict[str, Callable[[Context, Sequence[Any]], Awaitable[Any]]]] = {
    "episode": _episodes,
    "file": _files,
    "playlist": _playlists,
    **{kind: _one_number(loader) for kind, loader in _ONE_NUMBER.items()},
}


async def _load_nodes(context: Context, ids: Sequence[GlobalId]) -> list[NodeRecord | None]:
    kinds = {wanted.kind: None for wanted in ids}
    if len(kinds) == 1:
        records: list[NodeRecord | None]
        records = await _LOADS[ids[0].kind](context, [wanted.numbers for wanted in ids])
        return records
    found: dict[GlobalId, NodeRecord | None] = {}
    for kind in kinds:
        of_kind = [wanted for wanted in ids if wanted.kind == kind]
        records = await _LOADS[kind](context, [wanted.numbers for wanted in of_kind])
        found |= dict(zip(of_kind, records, strict=True))
    return [found[wanted] for wanted in ids]


NODES_BY_ID: Loader[GlobalId, NodeRecord] = Loader("nodes_by_id", _load_nodes)


async def nodes(context: Context, ids: Sequence[str]) -> list[NodeRecord | None]:
    """The objects of the ids, in their order, None where there is none."""
    if len(ids) > MAX_NODES:
        raise BadInput(f"`ids` takes at most {MAX_NODES} ids, not {len(ids)}", argument="ids")
    kind = ids[0].partition("_")[0] if ids else ""
    loader = _ONE_NUMBER.get(kind)
    if loader is not None and (numbers := plain_numbers(ids, kind)) is not None:
        found: list[NodeRecord | None] = await context.loaders[loader].read(numbers)
        return found
    return await _load_nodes(context, [parse_id(text) for text in ids])
