"""Streams: which file of a song a player gets, and the URL that opens it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from typing import Final, NamedTuple

from db.files import FileRecord
from db.songs import SongRecord
from engine.batch import Loader, reads
from resolvers.context import Context
from resolvers.errors import NotSignedIn, Unavailable
from resolvers.loaders import FILES_BY_SONG_ID
from storage.errors import CredentialsExpired
from storage.signer import SignedUrl


class Codec(Enum):
    MP3 = "MP3"
    AAC = "AAC"
    ALAC = "ALAC"
    FLAC = "FLAC"
    VORBIS = "VORBIS"
    OPUS = "OPUS"
    PCM = "PCM"


class StreamQuality(Enum):
    """Values are the highest bit rate of each, in kbit/s; what has no limit may be lossless."""

    LOW = 96
    NORMAL = 160
    HIGH = 320
    LOSSLESS = 1_000_000


LOSSLESS_CODECS: Final = frozenset({"ALAC", "FLAC", "PCM"})


class StreamKey(NamedTuple):
    song_id: int
    quality: StreamQuality
    codecs: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Stream:
    """A file that can be played now."""

    file: FileRecord
    signed: SignedUrl

    @property
    def url(self) -> str:
        return self.signed.url

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.signed.expires_at, UTC)

    @property
    def refresh_after(self) -> datetime:
        return datetime.fromtimestamp(self.signed.refresh_after, UTC)

    @property
    def mime_type(self) -> str:
        return self.file.mime_type

    @property
    def size_bytes(self) -> int:
        return self.file.size_bytes


def stream_key(
    song: SongRecord, quality: StreamQuality, codecs: Sequence[Codec] | None
) -> StreamKey:
    wanted = None if codecs is None else frozenset(codec.value for codec in codecs)
    return StreamKey(song.id, quality, wanted)


def choose_file(
    files: Sequence[FileRecord], quality: StreamQuality, codecs: frozenset[str] | None
) -> FileRecord | None:
    """The best file that is within `quality`, else the smallest above it.

    `files` in descending order of bit rate. None when the player can decode none of them.
    """
    playable = [file for file in files if codecs is None or file.codec in codecs]
    if quality is StreamQuality.LOSSLESS:
        lossless = [file for file in playable if file.codec in LOSSLESS_CODECS]
        return next(iter(lossless or playable), None)
    # A variable bit rate is an average: a file made for 320 kbit/s may have a little more.
    lossy = [file for file in playable if file.codec not in LOSSLESS_CODECS]
    within = (file for file in lossy if file.bitrate_kbps <= quality.value * 1.05)
    return next(within, None) or next(iter(reversed(lossy or playable)), None)


def may_stream(context: Context) -> bool:
    return context.services.anonymous_streaming or context.viewer is not None


def sign(context: Context, object_key: str) -> SignedUrl:
    """The URL of an object; raises `Unavailable` when the credentials have expired."""
    return sign_all(context, (object_key,))[0]


def sign_all(context: Context, object_keys: Iterable[str]) -> list[SignedUrl]:
    """The URLs of objects; raises `Unavailable` when the credentials have expired."""
    try:
        signed = context.services.signer.sign_all(object_keys, now=context.now)
    except CredentialsExpired as error:
        raise _cannot_sign() from error
    if context.fresh_until is not None:
        ends = [url.refresh_after for url in signed]
        context.fresh_until = min([context.fresh_until, *ends])
    return signed


def _cannot_sign() -> Unavailable:
    return Unavailable("URLs cannot be signed now. Try again in a moment.")


async def _load_streams(context: Context, keys: Sequence[StreamKey]) -> list[Stream | None]:
    if not may_stream(context):
        raise NotSignedIn
    song_ids = list({key.song_id: None for key in keys})
    loaded = await context.loaders[FILES_BY_SONG_ID].read(song_ids)
    files = dict(zip(song_ids, loaded, strict=True))
    chosen = [choose_file(files[key.song_id] or (), key.quality, key.codecs) for key in keys]
    urls = iter(sign_all(context, [file.object_key for file in chosen if file is not None]))
    return [None if file is None else Stream(file, next(urls)) for file in chosen]


STREAMS: Loader[StreamKey, Stream] = Loader("streams", _load_streams, uses=(FILES_BY_SONG_ID,))


_object_key: Callable[[FileRecord], str] = attrgetter("object_key")


@reads("object_key")
def file_urls(context: Context, files: Sequence[FileRecord]) -> list[str]:
    """The URLs that open these files; raises `NotSignedIn`."""
    if not may_stream(context):
        raise NotSignedIn
    keys = map(_object_key, files)
    if context.fresh_until is not None:  # it is kept by caches, so the times matter
        return [signed.url for signed in sign_all(context, keys)]
    try:
        return context.services.signer.urls(keys, now=context.now)
    except CredentialsExpired as error:
        raise _cannot_sign() from error
