"""The loaders: each reads what many records point to in one statement, named by key and result."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar

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
Select = Callable[[Connection, Sequence[Key]], Awaitable[list[Record]]]


def one_each(
    name: str, select: Select[Key, Record], key: Callable[[Record], Key]
) -> Loader[Key, Record]:
    """A loader of the one record of each key."""

    async def load(context: Context, keys: Sequence[Key]) -> list[Record | None]:
        async with context.connection() as connection:
            found = {key(record): record for record in await select(connection, keys)}
        return [found.get(wanted) for wanted in keys]

    return Loader(name, load)


def redirected(
    name: str, select: Select[int, Record], key: Callable[[Record], int]
) -> Loader[int, Record]:
    """`one_each` of ids, of which one that was merged gives what it was merged into."""

    async def load(context: Context, ids: Sequence[int]) -> list[Record | None]:
        async with context.connection() as connection:
            found = {key(record): record for record in await select(connection, ids)}
            if len(found) < len(ids):
                merged = await select_merged(connection, [id_ for id_ in ids if id_ not in found])
                if merged:
                    kept = await select(connection, list(set(merged.values()) - found.keys()))
                    found |= {key(record): record for record in kept}
                    found |= {id_: found[to] for id_, to in merged.items() if to in found}
        return [found.get(wanted) for wanted in ids]

    return Loader(name, load)


def many_each(
    name: str, select: Select[Key, Record], key: Callable[[Record], Key]
) -> Loader[Key, list[Record]]:
    """A loader of all records of each key, in the order in which they are selected."""

    async def load(context: Context, keys: Sequence[Key]) -> list[list[Record] | None]:
        found: dict[Key, list[Record]] = {wanted: [] for wanted in keys}
        async with context.connection() as connection:
            for record in await select(connection, keys):
                found[key(record)].append(record)
        return [found[wanted] for wanted in keys]

    return Loader(name, load)


_id: Callable[[Any], int] = attrgetter("id")
_song_id: Callable[[Any], int] = attrgetter("song_id")
_popularity_and_song: Callable[[Any], tuple[int, ...]] = attrgetter("popularity", "song_id")
_BY_POPULARITY = ((INT4, INT8), (INT4[-1], INT8[-1]))

ALBUMS_BY_ID: Loader[int, AlbumRecord] = redirected("albums_by_id", select_albums, _id)
ARTISTS_BY_ID: Loader[int, ArtistRecord] = redirected("artists_by_id", select_artists, _id)
GENRES_BY_ID: Loader[int, GenreRecord] = one_each("genres_by_id", select_genres, _id)
SONGS_BY_ID: Loader[int, SongRecord] = redirected("songs_by_id", select_songs, _id)
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
FILES_BY_SONG_ID: Loader[int, list[FileRecord]] = many_each(
    "files_by_song_id", select_files_of_songs, _song_id
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
