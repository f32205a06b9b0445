"""The rows of a synthetic catalogue, table by table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from db.search import AlbumDocument, SongDocument
from demo.synthetic.catalogue import Catalogue

MOST_PLAYS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Model:
    """What a synthetic song takes from a song that is there."""

    duration_ms: int
    cover_sha256: bytes | None
    gains: tuple[float | None, float | None, float | None, float | None]
    files: list[dict[str, Any]]
    codecs: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What a process makes: the songs of some artists."""

    database_url: str
    catalogue: Catalogue
    artists: range
    models: Sequence[Model]
    genre_ids: Mapping[int, int]
    created_at: datetime


def _model(part: Part, song_id: int) -> Model:
    return part.models[song_id * 0x9E37_79B9 % 2**32 % len(part.models)]


def playable(part: Part, song: SongDocument) -> SongDocument:
    model = _model(part, song.id)
    return replace(
        song,
        duration_ms=model.duration_ms,
        codecs=model.codecs,
        genre_ids=[part.genre_ids[genre] for genre in song.genre_ids],
    )


def album_document(songs: Sequence[SongDocument]) -> AlbumDocument:
    first = songs[0]
    assert first.album_id is not None
    return AlbumDocument(
        id=first.album_id,
        title=first.album or "",
        artists=first.artists[:1],
        artist_ids=first.artist_ids[:1],
        popularity=min(sum(song.popularity for song in songs), MOST_PLAYS),
        year=first.year,
    )


ARTIST_COLUMNS: Final = ("id", "name", "sort_name", "popularity", "created_at")
ALBUM_COLUMNS: Final = (
    "id", "title", "kind", "artist_ids", "year", "cover_sha256", "popularity", "created_at",
)  # fmt: skip
SONG_COLUMNS: Final = (
    "id", "title", "main_artist_ids", "featured_artist_ids", "album_id", "disc_number",
    "track_number", "duration_ms", "year", "explicit", "genre_ids", "cover_sha256", "track_gain_db",
    "track_peak", "album_gain_db", "album_peak", "popularity", "created_at",
)  # fmt: skip
FILE_COLUMNS: Final = (
    "song_id", "id", "sha256", "object_key", "codec", "mime_type", "bitrate_kbps",
    "sample_rate_hz", "channels", "bit_depth", "duration_ms", "size_bytes", "created_at",
)  # fmt: skip


def artist_rows(part: Part) -> Iterable[tuple[object, ...]]:
    for artist in part.artists:
        name = part.catalogue.name(artist)
        yield artist + 1, name, name.removeprefix("The "), 0, part.created_at


def album_row(part: Part, songs: Sequence[SongDocument]) -> tuple[object, ...]:
    album = album_document(songs)
    kind = "SINGLE" if len(songs) == 1 else "EP" if len(songs) <= 6 else "ALBUM"
    cover = _model(part, album.id).cover_sha256
    return (
        album.id, album.title, kind, list(album.artist_ids), album.year, cover, album.popularity,
        part.created_at,
    )  # fmt: skip


def song_row(part: Part, track: int, song: SongDocument) -> tuple[object, ...]:
    model = _model(part, song.id)
    assert song.album_id is not None
    cover = _model(part, song.album_id).cover_sha256
    return (
        song.id, song.title, list(song.artist_ids[:1]), list(song.artist_ids[1:]), song.album_id, 1,
        track, song.duration_ms, song.year, song.explicit, list(song.genre_ids), cover,
        *model.gains, song.popularity, part.created_at,
    )  # fmt: skip


def file_rows(part: Part, song: SongDocument) -> Iterable[tuple[object, ...]]:
    for number, file in enumerate(_model(part, song.id).files):
        yield (
            song.id, song.id << 2 | number, *(file[name] for name in FILE_COLUMNS[2:-1]),
            part.created_at,
        )  # fmt: skip
