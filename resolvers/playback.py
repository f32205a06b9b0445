"""Playback leases: the streams of the song that plays and of the next ones, in one call.

A lease says which files they are. A renewal gives new URLs for the same files, so that a player
that was paused goes on at the byte where it stopped. It grants nothing: who renews must be allowed
to stream, just as for a new one (docs/decisions/0014-a-playback-lease-grants-nothing.md).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import orjson

from db.cursor import INT8
from db.files import FileRecord
from db.songs import SongRecord
from resolvers.context import Context
from resolvers.errors import Invalid, NotSignedIn
from resolvers.library import load_all, parse_ids
from resolvers.loaders import FILES_BY_SONG_ID, SONGS_BY_ID
from resolvers.streams import Codec, Stream, StreamQuality, choose_file, may_stream, sign

MAX_SONGS: Final = 20
RENEWABLE: Final = timedelta(days=30)
"""How long after its end a lease can be renewed."""

_MAX_TOKEN_CHARACTERS: Final = 4_000


class Wish(NamedTuple):
    """What a player wants of a stream; codecs None takes any."""

    quality: StreamQuality
    codecs: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class LeasedStream:
    song: SongRecord
    stream: Stream | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Streams, and the token that renews them."""

    streams: list[LeasedStream]
    wish: Wish
    started_at: int

    @property
    def token(self) -> str:
        codecs = None if self.wish.codecs is None else sorted(self.wish.codecs)
        pairs = [
            [leased.song.id, leased.stream.file.id if leased.stream else None]
            for leased in self.streams
        ]
        ends = int(self.expires_at.timestamp())
        token = orjson.dumps([ends, self.wish.quality.name, codecs, pairs])
        return urlsafe_b64encode(token).decode().rstrip("=")

    @property
    def expires_at(self) -> datetime:
        """When the first of its URLs ends; the start of a lease in which nothing plays."""
        ends = [leased.stream.expires_at for leased in self.streams if leased.stream]
        return min(ends, default=datetime.fromtimestamp(self.started_at, UTC))

    @property
    def refresh_after(self) -> datetime:
        """When to renew, so that no URL ends while it is needed."""
        moments = [leased.stream.refresh_after for leased in self.streams if leased.stream]
        return min(moments, default=datetime.fromtimestamp(self.started_at, UTC))

    @property
    def renewable_until(self) -> datetime:
        return self.expires_at + RENEWABLE


@dataclass(frozen=True, slots=True)
class Leased:
    lease: Lease


class _Terms(NamedTuple):
    """What a token says: which file of each song was leased."""

    ends: int
    wish: Wish
    files: dict[int, int | None]


async def start(
    context: Context,
    *,
    song_ids: Sequence[str],
    quality: StreamQuality,
    codecs: Sequence[Codec] | None,
) -> Leased:
    """Streams of songs, in their order; raises `NotSignedIn`, `Invalid`, `NotFound`."""
    _check(context)
    numbers = parse_ids(song_ids, "song", "songIds", MAX_SONGS)
    wish = Wish(quality, None if codecs is None else frozenset(codec.value for codec in codecs))
    return await _lease(context, dict.fromkeys(numbers), wish)


async def renew(context: Context, *, token: str, next_song_ids: Sequence[str] | None) -> Leased:
    """The same files under new URLs.

    With `next_song_ids` the lease is for the songs that they name, of which those that it had
    keep their files. Raises `NotSignedIn`, `Invalid`, `NotFound`.
    """
    _check(context)
    terms = _read(token)
    if context.now > terms.ends + RENEWABLE.total_seconds():
        raise Invalid(
            "token",
            f"This lease ended more than {RENEWABLE.days} days ago: call `startPlayback`",
        )
    files = terms.files
    if next_song_ids is not None:
        numbers = parse_ids(next_song_ids, "song", "songIds", MAX_SONGS)
        files = {number: files.get(number) for number in numbers}
    return await _lease(context, files, terms.wish)


def _check(context: Context) -> None:
    if not may_stream(context):
        raise NotSignedIn


async def _lease(context: Context, files: dict[int, int | None], wish: Wish) -> Leased:
    """Leases the file of each song that it names, else the best one for `wish`."""
    numbers = list(files)
    songs = await load_all(context, SONGS_BY_ID, numbers, "song")
    loaded = await context.loaders[FILES_BY_SONG_ID].load_many([song.id for song in songs])
    streams = [
        LeasedStream(song, _stream(context, _same_file(found or (), files[number], wish)))
        for number, song, found in zip(numbers, songs, loaded, strict=True)
    ]
    return Leased(Lease(streams, wish, int(context.now)))


def _same_file(files: Sequence[FileRecord], file_id: int | None, wish: Wish) -> FileRecord | None:
    same = next((file for file in files if file.id == file_id), None)
    return same or choose_file(files, wish.quality, wish.codecs)


def _stream(context: Context, file: FileRecord | None) -> Stream | None:
    return None if file is None else Stream(file, sign(context, file.object_key))


def _read(token: str) -> _Terms:
    """Raises `Invalid` for a token that Tonearm has not made."""
    try:
        if len(token) > _MAX_TOKEN_CHARACTERS:
            raise ValueError
        decoded: Any = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        ends, quality, codecs, pairs = decoded
        wish = Wish(
            StreamQuality[quality],
            None if codecs is None else frozenset(Codec(codec).value for codec in codecs),
        )
        files = dict(pairs)
        numbers = [*files, *(file for file in files.values() if file is not None)]
        if not 1 <= len(files) <= MAX_SONGS or not isinstance(ends, int):
            raise ValueError
        if not all(type(number) is int and number in INT8 for number in numbers):
            raise ValueError
        return _Terms(ends, wish, files)
    except (Base64Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Invalid(
            "token", "This is not a lease's token: send it as `startPlayback` gave it"
        ) from error
