"""What goes with a song, an artist or the viewer's taste, and why it is said to.

What people listen to together comes first. Where that is not enough, which it is not in the
beginning, what is popular in the same genre follows, and then what is popular at all. Each says
which of these it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple, TypeVar

from db.artists import ArtistRecord
from db.cursor import INT4, INT8, MICROSECONDS, from_microseconds
from db.library import select_library_items, select_library_members
from db.plays import select_recent_song_ids
from db.similar import (
    select_heard_among,
    select_popular_song_ids,
    select_similar_items,
)
from db.songs import SongRecord, select_artist_songs, select_genre_songs
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.loaders import ARTISTS_BY_ID, SONGS_BY_ID
from resolvers.pages import MAX_PAGE

MAX_SIMILAR: Final = 50
MAX_DISCOVERED: Final = MAX_PAGE

SEEDS: Final = 50
"""Songs that somebody played last, and as many that they liked last, are what they are after."""

PLAYED: Final = 1_000
"""The songs that somebody played last are those of so many plays."""

GENRES: Final = 5
"""Genres that somebody hears most, of whose songs some are new to them."""

POOL: Final = 200
"""Popular songs, of each genre and at all, of which some may be new to somebody."""

_MOST: Final = (INT4[-1], INT8[-1])
_LATEST: Final = (from_microseconds(MICROSECONDS[-1]), INT8[-1])

Thing = TypeVar("Thing")


class Reason(Enum):
    LISTENED_TOGETHER = "LISTENED_TOGETHER"
    SAME_GENRE = "SAME_GENRE"
    POPULAR = "POPULAR"


class SimilarKey(NamedTuple):
    id: int
    first: int


@dataclass(frozen=True, slots=True)
class SimilarSong:
    song: SongRecord
    reason: Reason


@dataclass(frozen=True, slots=True)
class SimilarArtist:
    artist: ArtistRecord
    reason: Reason


@dataclass(frozen=True, slots=True)
class Discovery:
    """`because_of` is what the viewer played or liked; None where it is only popular."""

    song: SongRecord
    reason: Reason
    because_of: SongRecord | None


class Candidate(NamedTuple):
    id: int
    reason: Reason
    because_of: int | None = None


def check_first(first: int, most: int) -> int:
    """Raises `BadInput` for a list that is too long or empty."""
    if not 1 <= first <= most:
        raise BadInput(f"`first` takes 1 to {most}", argument="first")
    return first


def similar_key(parent: SongRecord | ArtistRecord, first: int) -> SimilarKey:
    """Raises `BadInput`."""
    return SimilarKey(parent.id, check_first(first, MAX_SIMILAR))


async def _load_similar_songs(
    context: Context, keys: Sequence[SimilarKey]
) -> list[list[SimilarSong]]:
    together = await _together(context, [key.id for key in keys])
    wanting = [key.id for key in keys if len(together.get(key.id, ())) < key.first]
    songs = await context.loaders[SONGS_BY_ID].read(wanting)
    genre_ids = {song.id: song.genre_ids for song in songs if song is not None}
    genres = await _genre_songs(context, {id_ for ids in genre_ids.values() for id_ in ids})
    popular = await _popular(context) if wanting else []
    candidates = [
        _unique(
            [Candidate(id_, Reason.LISTENED_TOGETHER) for id_ in together.get(key.id, ())]
            + _of_genres(genres, genre_ids.get(key.id, ()))
            + [Candidate(id_, Reason.POPULAR) for id_ in popular if key.id in genre_ids],
            but={key.id},
        )
        for key in keys
    ]
    return [
        [SimilarSong(song, candidate.reason) for candidate, song in found]
        for found in await _songs(context, candidates, [key.first for key in keys])
    ]


async def _together(context: Context, ids: Sequence[int]) -> dict[int, list[int]]:
    """What is listened to together with each."""
    async with context.connection() as connection:
        return {row.id: row.other_ids for row in await select_similar_items(connection, ids)}


async def _genre_songs(
    context: Context, genre_ids: Iterable[int], limit: int = MAX_SIMILAR + 1
) -> dict[int, list[int]]:
    """The most popular songs of each genre."""
    found: dict[int, list[int]] = {genre: [] for genre in genre_ids}
    if found:
        async with context.connection() as connection:
            for row in await select_genre_songs(connection, list(found), limit, _MOST):
                found[row.genre_id].append(row.song_id)
    return found


async def _popular(context: Context, limit: int = MAX_SIMILAR + 1) -> list[int]:
    async with context.connection() as connection:
        return await select_popular_song_ids(connection, limit)


def _of_genres(
    genres: dict[int, list[int]], genre_ids: Iterable[int], because_of: int | None = None
) -> list[Candidate]:
    return [
        Candidate(song, Reason.SAME_GENRE, because_of)
        for genre in genre_ids
        for song in genres.get(genre, ())
    ]


def _unique(candidates: Iterable[Candidate], *, but: set[int]) -> list[Candidate]:
    """Each thing once, for its first reason."""
    found: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate.id not in but:
            found.setdefault(candidate.id, candidate)
    return list(found.values())


async def _songs(
    context: Context, lists: Sequence[list[Candidate]], most: Sequence[int]
) -> list[list[tuple[Candidate, SongRecord]]]:
    """The songs of lists of candidates that can be played, up to so many of each.

    Reads no more than are wanted, and again where some of those cannot be played.
    """
    found: list[list[tuple[Candidate, SongRecord]]] = [[] for _ in lists]
    ahead = [iter(candidates) for candidates in lists]
    while True:
        tried = [
            list(islice(candidates, first - len(songs)))
            for candidates, first, songs in zip(ahead, most, found, strict=True)
        ]
        ids = list({candidate.id: None for members in tried for candidate in members})
        if not ids:
            return found
        records = dict(zip(ids, await context.loaders[SONGS_BY_ID].read(ids), strict=True))
        for members, songs in zip(tried, found, strict=True):
            for candidate in members:
                song = records[candidate.id]
                if song is not None and song.withdrawn_at is None:
                    songs.append((candidate, song))


SIMILAR_SONGS: Loader[SimilarKey, list[SimilarSong]] = Loader("similar_songs", _load_similar_songs)


async def _load_similar_artists(
    context: Context, keys: Sequence[SimilarKey]
) -> list[list[SimilarArtist]]:
    together = await _together(context, [key.id for key in keys])
    wanting = [key.id for key in keys if len(together.get(key.id, ())) < key.first]
    of_genre, popular = await _artists_by_genre(context, wanting)
    lists = [
        _unique(
            [Candidate(id_, Reason.LISTENED_TOGETHER) for id_ in together.get(key.id, ())]
            + [Candidate(id_, Reason.SAME_GENRE) for id_ in of_genre.get(key.id, ())]
            + [Candidate(id_, Reason.POPULAR) for id_ in popular if key.id in of_genre],
            but={key.id},
        )
        for key in keys
    ]
    ids = list({candidate.id: None for members in lists for candidate in members})
    records = await context.loaders[ARTISTS_BY_ID].read(ids)
    artists = dict(zip(ids, records, strict=True))
    return [
        [
            SimilarArtist(artist, candidate.reason)
            for candidate in members
            if (artist := artists[candidate.id]) is not None
        ][: key.first]
        for key, members in zip(keys, lists, strict=True)
    ]


async def _artists_by_genre(
    context: Context, artist_ids: Sequence[int]
) -> tuple[dict[int, list[int]], list[int]]:
    """Whose songs are popular in the genres of the artists' own songs, and whose at all."""
    if not artist_ids:
        return {}, []
    async with context.connection() as connection:
        own = await select_artist_songs(connection, artist_ids, GENRES, _MOST)
    owned = await context.loaders[SONGS_BY_ID].read([row.song_id for row in own])
    genre_ids: dict[int, dict[int, None]] = {artist: {} for artist in artist_ids}
    for row, song in zip(own, owned, strict=True):
        if song is not None:
            genre_ids[row.artist_id] |= dict.fromkeys(song.genre_ids)
    genres = await _genre_songs(context, {id_ for ids in genre_ids.values() for id_ in ids})
    popular = await _popular(context)
    ids = list({song: None for songs in (*genres.values(), popular) for song in songs})
    songs = dict(zip(ids, await context.loaders[SONGS_BY_ID].read(ids), strict=True))

    def artists(song_ids: Iterable[int]) -> list[int]:
        records = (songs[song] for song in song_ids)
        return [id_ for song in records if song is not None for id_ in song.main_artist_ids]

    return {
        artist: artists(song for genre in genre_ids[artist] for song in genres[genre])
        for artist in artist_ids
    }, artists(popular)


SIMILAR_ARTISTS: Loader[SimilarKey, list[SimilarArtist]] = Loader(
    "similar_artists", _load_similar_artists
)


async def discover(context: Context, first: int) -> list[Discovery]:
    """Songs that the viewer neither played nor liked, and may like. Raises `BadInput`."""
    user_id = context.signed_in().id
    check_first(first, MAX_DISCOVERED)
    async with context.connection() as connection:
        played = await select_recent_song_ids(connection, user_id, SEEDS, PLAYED)
        liked = await select_library_items(connection, user_id, "SONG", SEEDS, _LATEST)
    seeds = list(dict.fromkeys([*played, *(item.item_id for item in liked)]))
    together = await _together(context, seeds)
    records = await context.loaders[SONGS_BY_ID].read(seeds)
    candidates = _best(seeds, together) + await _by_genre(
        context, [song for song in records if song is not None]
    )
    candidates += [Candidate(id_, Reason.POPULAR) for id_ in await _popular(context, POOL)]
    candidates = _unique(candidates, but=set(seeds))
    ids = [candidate.id for candidate in candidates]
    async with context.connection() as connection:
        known = await select_heard_among(connection, user_id, ids)
        known |= await select_library_members(connection, user_id, "SONG", ids)
    new = [candidate for candidate in candidates if candidate.id not in known]
    [found] = await _songs(context, [new], [first])
    seeded = dict(zip(seeds, records, strict=True))
    return [
        Discovery(
            song,
            candidate.reason,
            None if candidate.because_of is None else seeded[candidate.because_of],
        )
        for candidate, song in found
    ]


def _best(seeds: Sequence[int], together: dict[int, list[int]]) -> list[Candidate]:
    """What goes with most of the seeds; the earlier in their lists, the more that counts."""
    scores: Counter[int] = Counter()
    because_of: dict[int, int] = {}
    for seed in seeds:
        for rank, other in enumerate(together.get(seed, ())):
            scores[other] += MAX_SIMILAR - rank
            because_of.setdefault(other, seed)
    return [
        Candidate(id_, Reason.LISTENED_TOGETHER, because_of[id_]) for id_, _ in scores.most_common()
    ]


async def _by_genre(context: Context, seeds: Sequence[SongRecord]) -> list[Candidate]:
    """Popular songs of the genres that the seeds have most."""
    counted: Counter[int] = Counter()
    because_of: dict[int, int] = {}
    for seed in seeds:
        for genre in seed.genre_ids:
            counted[genre] += 1
            because_of.setdefault(genre, seed.id)
    often = [genre for genre, _ in counted.most_common(GENRES)]
    songs = await _genre_songs(context, often, POOL)
    return [
        candidate for genre in often for candidate in _of_genres(songs, [genre], because_of[genre])
    ]
