"""The loaders: each reads what many records point to in one statement, named by key and result."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeVar

from db.albums import AlbumRecord, select_albums, select_artist_albums
from db.artist_aliases import AliasRecord, select_artist_aliases
from db.artists import ArtistRecord, select_artists
from db.cursor import INT2, INT4, INT8
from db.episodes import (
    EpisodeKey,
    EpisodeRecord,
    select_episode_places,
    select_episodes,
    select_show_episodes,
)
from db.files import FileRecord, select_files_of_songs
from db.genres import GenreRecord, select_genres, select_genres_by_slug
from db.redirects import select_merged
from db.rows import Connection, Row
from db.shows import ShowRecord, select_shows
from db.songs import (
    LyricsRecord,
    SongRecord,
    select_album_songs,
    select_artist_songs,
    select_genre_songs,
    select_lyrics,
    select_songs,
)
from db.users import UserRecord, select_users
from engine.batch import Loader
from resolvers.context import Context
from resolvers.pages import Order, Page, PageKey, listed, selected

Key = TypeVar("Key")
Record = TypeVar("Record", bound=Row)
Found = TypeVar("Found")
Select = Callable[[Connection, Sequence[Key]], Awaitable[list[Record]]]
SelectSome = Callable[[Connection, Sequence[int], frozenset[str] | None], Awaitable[list[Record]]]

MOST_COLUMN_SETS: Final = 12
"""Sets of columns that are read of one record, besides all of them."""


def one_each(
    name: str, select: Select[Key, Record], key: Callable[[Record], Key]
) -> Loader[Key, Record]:
    """A loader of the one record of each key."""

    async def load(context: Context, keys: Sequence[Key]) -> dict[Key, Record]:
        async with context.connection() as connection:
            return {key(record): record for record in await select(connection, keys)}

    return Loader(name, load, quick=True)


def many_each(
    name: str, select: Select[Key, Record], key: Callable[[Record], Key]
) -> Loader[Key, list[Record]]:
    """A loader of all records of each key, in the order in which they are selected."""

    async def load(context: Context, keys: Sequence[Key]) -> dict[Key, list[Record]]:
        async with context.connection() as connection:
            return _grouped(keys, key, await select(connection, keys))

    return Loader(name, load, quick=True)


def public_one_each(
    name: str,
    record: type[Record],
    select: SelectSome[Record],
    key: str,
    *,
    redirected: bool = False,
) -> Loader[int, Record]:
    """A loader of the one record of each key, which are the same for everybody.

    It reads the columns that are asked for, in one statement for the requests of a moment. With
    `redirected`, an id of what was merged gives what it was merged into.
    """
    key_of: Callable[[Any], int] = attrgetter(key)

    def collect(_keys: Sequence[int], records: Sequence[Record]) -> dict[int, Record]:
        return dict(zip(map(key_of, records), records, strict=True))

    return _public(name, record, select, key, collect, redirected=redirected)


def public_many_each(
    name: str, record: type[Record], select: SelectSome[Record], key: str
) -> Loader[int, list[Record]]:
    """A loader of all records of each key, in the order of the statement; see `public_one_each`."""
    key_of: Callable[[Any], int] = attrgetter(key)

    def collect(keys: Sequence[int], records: Sequence[Record]) -> dict[int, list[Record]]:
        return _grouped(keys, key_of, records)

    return _public(name, record, select, key, collect)


def _public(
    name: str,
    record: type[Record],
    select: SelectSome[Record],
    key: str,
    collect: Callable[[Sequence[int], Sequence[Record]], dict[int, Found]],
    *,
    redirected: bool = False,
) -> Loader[int, Found]:
    sets = ColumnSets(key)

    async def read(
        context: Context, columns: frozenset[str] | None, keys: Sequence[int]
    ) -> dict[int, Found]:
        async with context.connection() as connection:
            found = collect(keys, await select(connection, keys, columns))
            if redirected and len(found) < len(keys):
                missing = [wanted for wanted in keys if wanted not in found]
                merged = await select_merged(connection, missing)
                if merged:
                    targets = list(set(merged.values()) - found.keys())
                    found |= collect(targets, await select(connection, targets, columns))
                    found |= {gone: found[to] for gone, to in merged.items() if to in found}
        return found

    def load(
        context: Context, keys: Sequence[int], columns: frozenset[str] | None = None
    ) -> Awaitable[dict[int, Found]]:
        fitting = sets.fitting(columns)
        if context.statements is not None:  # it notes those of this request
            return read(context, fitting, keys)
        return context.services.combined[name, fitting].get(keys, partial(read, context, fitting))

    return Loader(name, load, frozenset(record.__annotations__), quick=True)


def _grouped(
    keys: Sequence[Key], key: Callable[[Record], Key], records: Iterable[Record]
) -> dict[Key, list[Record]]:
    found: dict[Key, list[Record]] = {wanted: [] for wanted in keys}
    for record in records:
        found[key(record)].append(record)
    return found


class ColumnSets:
    """The sets of columns that are read of one record, each with its `key`.

    They are few, since each makes a statement that every connection must prepare: what comes when
    there are enough of them gets the smallest that has all of its columns.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def fitting(self, columns: frozenset[str] | None) -> frozenset[str] | None:
        """The set to read for these columns; None is all."""
        if columns is None:
            return None
        known = self._sets.get(columns)
        if known is None and len(self._sets) < MOST_COLUMN_SETS:
            known = self._sets[columns] = columns | {self._key}
        if known is None:
            larger = (one for one in self._sets.values() if one >= columns)
            known = min(larger, key=len, default=None)
        return known


_id: Callable[[Any], int] = attrgetter("id")
_song_id: Callable[[Any], int] = attrgetter("song_id")
_popularity_and_song: Callable[[Any], tuple[int, ...]] = attrgetter("popularity", "song_id")
_BY_POPULARITY = ((INT4, INT8), (INT4[-1], INT8[-1]))

ALBUMS_BY_ID: Loader[int, AlbumRecord] = public_one_each(
    "albums_by_id", AlbumRecord, select_albums, "id", redirected=True
)
ARTISTS_BY_ID: Loader[int, ArtistRecord] = public_one_each(
    "artists_by_id", ArtistRecord, select_artists, "id", redirected=True
)
GENRES_BY_ID: Loader[int, GenreRecord] = one_each("genres_by_id", select_genres, _id)
SONGS_BY_ID: Loader[int, SongRecord] = public_one_each(
    "songs_by_id", SongRecord, select_songs, "id", redirected=True
)
USERS_BY_ID: Loader[int, UserRecord] = one_each("users_by_id", select_users, _id)
SHOWS_BY_ID: Loader[int, ShowRecord] = one_each("shows_by_id", select_shows, _id)
EPISODES_BY_KEY: Loader[EpisodeKey, EpisodeRecord] = one_each(
    "episodes_by_key", select_episodes, lambda episode: EpisodeKey(episode.show_id, episode.id)
)


async def _load_episodes(context: Context, ids: Sequence[int]) -> list[EpisodeRecord | None]:
    async with context.connection() as connection:
        places = await select_episode_places(connection, ids)
    keys = {place.id: EpisodeKey(place.show_id, place.id) for place in places}
    found = await context.loaders[EPISODES_BY_KEY].load_many(list(keys.values()))
    episodes = dict(zip(keys, found, strict=True))
    return [episodes.get(id_) for id_ in ids]


EPISODES_BY_ID: Loader[int, EpisodeRecord] = Loader("episodes_by_id", _load_episodes)
GENRES_BY_SLUG: Loader[str, GenreRecord] = one_each(
    "genres_by_slug", select_genres_by_slug, attrgetter("slug")
)
ALIASES_BY_ARTIST_ID: Loader[int, list[AliasRecord]] = many_each(
    "aliases_by_artist_id", select_artist_aliases, attrgetter("artist_id")
)


async def _load_alias_names(context: Context, artist_ids: Sequence[int]) -> list[list[str]]:
    found = await context.loaders[ALIASES_BY_ARTIST_ID].read(artist_ids)
    return [[row.alias for row in rows or ()] for rows in found]


ALIAS_NAMES: Loader[int, list[str]] = Loader("alias_names", _load_alias_names)
LYRICS_BY_SONG_ID: Loader[int, LyricsRecord] = one_each(
    "lyrics_by_song_id", select_lyrics, _song_id
)
FILES_BY_SONG_ID: Loader[int, list[FileRecord]] = public_many_each(
    "files_by_song_id", FileRecord, select_files_of_songs, "song_id"
)

SONGS_OF_ARTIST: Loader[PageKey, Page[SongRecord]] = listed(
    Order("songs_of_artist", *_BY_POPULARITY),
    select_artist_songs,
    attrgetter("artist_id"),
    _song_id,
    _popularity_and_song,
    SONGS_BY_ID,
)
SONGS_OF_GENRE: Loader[PageKey, Page[SongRecord]] = listed(
    Order("songs_of_genre", *_BY_POPULARITY),
    select_genre_songs,
    attrgetter("genre_id"),
    _song_id,
    _popularity_and_song,
    SONGS_BY_ID,
)
SONGS_OF_ALBUM: Loader[PageKey, Page[SongRecord]] = listed(
    Order("songs_of_album", (INT2, INT2, INT8), (-1, -1, -1)),
    select_album_songs,
    attrgetter("album_id"),
    _song_id,
    attrgetter("disc_number", "track_number", "song_id"),
    SONGS_BY_ID,
)
ALBUMS_OF_ARTIST: Loader[PageKey, Page[AlbumRecord]] = listed(
    Order("albums_of_artist", (INT2, INT8), (INT2[-1], INT8[-1])),
    select_artist_albums,
    attrgetter("artist_id"),
    attrgetter("album_id"),
    attrgetter("year", "album_id"),
    ALBUMS_BY_ID,
)


SECONDS = range(-62_135_596_800, 253_402_300_800)
"""What a date can be, in seconds since 1970: years 1 to 9999."""


async def _show_episodes(
    connection: Connection, show_ids: Sequence[int], limit: int, after: tuple[int, int]
) -> list[EpisodeRecord]:
    seconds, episode_id = after
    published_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return await select_show_episodes(connection, show_ids, limit, (published_at, episode_id))


def _published_and_id(episode: EpisodeRecord) -> tuple[int, int]:
    return int(episode.published_at.timestamp()), episode.id


EPISODES_OF_SHOW: Loader[PageKey, Page[EpisodeRecord]] = selected(
    Order("episodes_of_show", (SECONDS, INT8), (SECONDS[-1], INT8[-1])),
    _show_episodes,
    attrgetter("show_id"),
    _published_and_id,
)
