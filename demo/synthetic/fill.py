"""A synthetic catalogue into the database and out of it, beside the music that is there.

Each song plays the files of one of the songs that were there first; no object is copied. Ids are
below `IDS_END`: as times (db/ids.py) they lie in the first hours of 2024, when there was no
Tonearm, so they are nobody else's, and what has one can be removed.
"""

import asyncio
import gc
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from db.errors import DatabaseError
from db.files import FileRecord, select_files_of_songs
from db.genres import insert_genre, select_genres_by_slug
from db.normalise import normalise
from db.pool import connect
from db.rows import Connection
from db.search import AlbumDocument, ArtistDocument, SongDocument
from db.search.bulk import analyze_bulk, copy_field, copy_rows
from db.search.kinds import ALBUMS, ARTISTS, KINDS, SONGS, SearchKind
from db.search.rebuild import rebuild
from db.search.tiers import one_at_a_time
from db.search.vocabulary import rebuild_vocabulary
from db.songs import SongRecord, select_songs
from demo.synthetic.catalogue import Catalogue
from demo.synthetic.genres import GENRES

IDS_END: Final = 1 << 45
PROCESSES: Final = 2
ARTISTS_PER_PART: Final = 200
MODELS: Final = 64
"""Songs whose files are played, at most."""

MOST_PLAYS: Final = 2**31 - 1
REMOVED_AT_ONCE: Final = 20_000


class NothingToPlay(DatabaseError):
    """There is no song with a file yet, whose file a synthetic song could play."""


Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Model:
    """What a synthetic song takes from a song that is there."""

    duration_ms: int
    cover_sha256: bytes | None
    gains: tuple[float | None, float | None, float | None, float | None]
    files: list[dict[str, Any]]
    codecs: list[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a process makes: the songs of some artists."""

    database_url: str
    catalogue: Catalogue
    artists: range
    models: Sequence[_Model]
    genre_ids: Mapping[int, int]
    created_at: datetime


async def fill(
    database_url: str, catalogue: Catalogue, created_at: datetime, report: Report
) -> int:
    """Puts the catalogue in, and gives the number of its songs.

    Another synthetic catalogue must have been removed before; see `remove`. Raises `NothingToPlay`,
    `UpkeepRunning`.
    """
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connect(database_url))
        for kind in KINDS:
            await stack.enter_async_context(one_at_a_time(connection, kind))
        await connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
        models = await _select_models(connection)
        genre_ids = await _make_genres(connection)
        parts = [
            _Part(
                database_url,
                catalogue,
                range(start, min(start + ARTISTS_PER_PART, catalogue.artists)),
                models,
                genre_ids,
                created_at,
            )
            for start in range(0, catalogue.artists, ARTISTS_PER_PART)
        ]
        report(f"Making {catalogue.artists:,} artists")
        for part in parts:
            await _copy(connection, "artists", _ARTIST_COLUMNS, _artist_rows(part))
        songs = await _run(parts, report)
        for kind in KINDS:
            report(f"Sorting the {kind.name}s by popularity")
            await analyze_bulk(connection, kind)
            await rebuild(connection, kind)
        report("Counting words")
        await rebuild_vocabulary(connection)
        await connection.execute("ANALYZE")
        return songs


async def _run(parts: Sequence[_Part], report: Report) -> int:
    songs = 0
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as processes:
        loop = asyncio.get_running_loop()
        for making in asyncio.as_completed(
            [loop.run_in_executor(processes, _make, part) for part in parts]
        ):
            songs += await making
            report(f"Making songs: {songs:,}")
    return songs


def _make(part: _Part) -> int:
    gc.freeze()
    return asyncio.run(_make_songs(part))


async def _make_songs(part: _Part) -> int:
    albums: list[list[SongDocument]] = []
    artists: list[ArtistDocument] = []
    for artist in part.artists:
        songs = [_playable(part, song) for song in part.catalogue.songs_of(artist)]
        albums += [list(album) for _, album in groupby(songs, lambda song: song.album_id)]
        plays = sum(song.popularity for song in songs)
        name = part.catalogue.name(artist)
        artists.append(ArtistDocument(id=artist + 1, name=name, popularity=min(plays, MOST_PLAYS)))
    songs = [song for album in albums for song in album]
    async with connect(part.database_url) as connection, connection.transaction():
        await _update_artists(connection, artists)
        await _copy(connection, "albums", _ALBUM_COLUMNS, (_album_row(part, a) for a in albums))
        await _copy(
            connection,
            "songs",
            _SONG_COLUMNS,
            (_song_row(part, n, song) for album in albums for n, song in enumerate(album, 1)),
        )
        await _copy(
            connection,
            "files",
            _FILE_COLUMNS,
            (row for song in songs for row in _file_rows(part, song)),
        )
        await _copy(
            connection,
            "artist_songs",
            ("artist_id", "song_id", "popularity"),
            ((artist, song.id, song.popularity) for song in songs for artist in song.artist_ids),
        )
        await _copy(
            connection,
            "artist_albums",
            ("artist_id", "album_id", "year"),
            ((album[0].artist_ids[0], album[0].album_id, album[0].year) for album in albums),
        )
        await _copy(
            connection,
            "album_songs",
            ("album_id", "song_id", "disc_number", "track_number"),
            ((song.album_id, song.id, 1, n) for album in albums for n, song in enumerate(album, 1)),
        )
        await _copy(
            connection,
            "genre_songs",
            ("genre_id", "song_id", "popularity"),
            ((genre, song.id, song.popularity) for song in songs for genre in song.genre_ids),
        )
        await copy_rows(connection, ARTISTS, (artist.row() for artist in artists))
        await copy_rows(connection, ALBUMS, (_album(album).row() for album in albums))
        await copy_rows(connection, SONGS, (song.row() for song in songs))
    return len(songs)


def _model(part: _Part, song_id: int) -> _Model:
    return part.models[song_id * 0x9E37_79B9 % 2**32 % len(part.models)]


def _playable(part: _Part, song: SongDocument) -> SongDocument:
    model = _model(part, song.id)
    return replace(
        song,
        duration_ms=model.duration_ms,
        codecs=model.codecs,
        genre_ids=[part.genre_ids[genre] for genre in song.genre_ids],
    )


def _album(songs: Sequence[SongDocument]) -> AlbumDocument:
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


_ARTIST_COLUMNS: Final = ("id", "name", "sort_name", "popularity", "created_at")
_ALBUM_COLUMNS: Final = (
    "id", "title", "kind", "artist_ids", "year", "cover_sha256", "popularity", "created_at",
)  # fmt: skip
_SONG_COLUMNS: Final = (
    "id", "title", "main_artist_ids", "featured_artist_ids", "album_id", "disc_number",
    "track_number", "duration_ms", "year", "explicit", "genre_ids", "cover_sha256", "track_gain_db",
    "track_peak", "album_gain_db", "album_peak", "popularity", "created_at",
)  # fmt: skip
_FILE_COLUMNS: Final = (
    "song_id", "id", "sha256", "object_key", "codec", "mime_type", "bitrate_kbps",
    "sample_rate_hz", "channels", "bit_depth", "duration_ms", "size_bytes", "created_at",
)  # fmt: skip


def _artist_rows(part: _Part) -> Iterable[tuple[object, ...]]:
    for artist in part.artists:
        name = part.catalogue.name(artist)
        yield artist + 1, name, name.removeprefix("The "), 0, part.created_at


def _album_row(part: _Part, songs: Sequence[SongDocument]) -> tuple[object, ...]:
    album = _album(songs)
    kind = "SINGLE" if len(songs) == 1 else "EP" if len(songs) <= 6 else "ALBUM"
    cover = _model(part, album.id).cover_sha256
    return (
        album.id, album.title, kind, list(album.artist_ids), album.year, cover, album.popularity,
        part.created_at,
    )  # fmt: skip


def _song_row(part: _Part, track: int, song: SongDocument) -> tuple[object, ...]:
    model = _model(part, song.id)
    assert song.album_id is not None
    cover = _model(part, song.album_id).cover_sha256
    return (
        song.id, song.title, list(song.artist_ids[:1]), list(song.artist_ids[1:]), song.album_id, 1,
        track, song.duration_ms, song.year, song.explicit, list(song.genre_ids), cover,
        *model.gains, song.popularity, part.created_at,
    )  # fmt: skip


def _file_rows(part: _Part, song: SongDocument) -> Iterable[tuple[object, ...]]:
    for number, file in enumerate(_model(part, song.id).files):
        yield (
            song.id, song.id << 2 | number, *(file[name] for name in _FILE_COLUMNS[2:-1]),
            part.created_at,
        )  # fmt: skip


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    async def lines() -> AsyncIterator[bytes]:
        text = "".join(["\t".join(map(_field, row)) + "\n" for row in rows])
        yield text.encode()

    await connection.copy_to_table(table, source=lines(), columns=columns, format="text")


def _field(value: object) -> str:
    return copy_field("\\x" + value.hex() if isinstance(value, bytes) else value)


async def _select_models(connection: Connection) -> list[_Model]:
    rows = await connection.fetch(
        """
        SELECT DISTINCT song_id FROM files WHERE song_id >= $1 ORDER BY song_id LIMIT $2
        """,
        IDS_END,
        MODELS,
    )
    ids = [row["song_id"] for row in rows]
    files: dict[int, list[FileRecord]] = {}
    for file in await select_files_of_songs(connection, ids):
        files.setdefault(file.song_id, []).append(file)
    songs = [song for song in await select_songs(connection, ids) if song.id in files]
    if not songs:
        raise NothingToPlay
    songs.sort(key=lambda song: song.id)
    return [_model_of(song, files[song.id][:4]) for song in songs]


def _model_of(song: SongRecord, files: list[FileRecord]) -> _Model:
    return _Model(
        duration_ms=song.duration_ms,
        cover_sha256=song.cover_sha256,
        gains=(song.track_gain_db, song.track_peak, song.album_gain_db, song.album_peak),
        files=[{name: file[name] for name in _FILE_COLUMNS[2:-1]} for file in files],
        codecs=list(dict.fromkeys(file.codec for file in files)),
    )


async def _make_genres(connection: Connection) -> dict[int, int]:
    """The ids of the catalogue's genres, by its own numbers; some may have been there."""
    slugs = {normalise(name).replace(" ", "-"): name for name in GENRES}
    for number, (slug, name) in enumerate(slugs.items(), 1):
        await insert_genre(connection, number, slug, name)
    ids = {genre.slug: genre.id for genre in await select_genres_by_slug(connection, list(slugs))}
    return {number: ids[slug] for number, slug in enumerate(slugs, 1)}


async def _update_artists(connection: Connection, artists: Sequence[ArtistDocument]) -> None:
    await connection.execute(
        """
        UPDATE artists SET popularity = now.popularity
        FROM unnest($1::bigint[], $2::integer[]) AS now (id, popularity)
        WHERE artists.id = now.id
        """,
        [artist.id for artist in artists],
        [artist.popularity for artist in artists],
    )


async def remove(database_url: str, report: Report) -> int:
    """Removes the synthetic catalogue, also a half-made one, and gives the number of its songs."""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connect(database_url))
        for kind in KINDS:
            await stack.enter_async_context(one_at_a_time(connection, kind))
        for kind in KINDS:
            await _delete_search_rows(connection, kind)
        removed = dict.fromkeys(_DELETIONS, 0)
        for what, statement in _DELETIONS.items():
            while deleted := await _delete(connection, statement):
                removed[what] += deleted
                report(f"Removing {what}: {removed[what]:,}")
        songs = removed["songs"]
        if songs:
            report("Counting words")
            await rebuild_vocabulary(connection)
            await connection.execute("VACUUM ANALYZE")
        return songs


async def _delete_search_rows(connection: Connection, kind: SearchKind) -> None:
    """Deletes the rows of all tiers, and what a bulk load that was interrupted has left."""
    async with connection.transaction():
        await connection.execute(
            kind.sql("UPDATE search_state SET bounds = NULL WHERE kind = 'song'")
        )
        await connection.execute(kind.sql("TRUNCATE song_search_bulk"))
        await connection.execute(kind.sql("DELETE FROM song_search WHERE id < $1"), IDS_END)


# The places in lists, the files and the lyrics go with them.
_DELETIONS: Final = {
    "artists": """
        DELETE FROM artists WHERE id IN (
            SELECT id FROM artists WHERE id < $1 ORDER BY id LIMIT $2
        )
        """,
    "albums": """
        DELETE FROM albums WHERE id IN (SELECT id FROM albums WHERE id < $1 ORDER BY id LIMIT $2)
        """,
    "songs": """
        DELETE FROM songs WHERE id IN (SELECT id FROM songs WHERE id < $1 ORDER BY id LIMIT $2)
        """,
    "genres": """
        DELETE FROM genres WHERE id IN (
            SELECT id FROM genres WHERE id < $1 AND NOT EXISTS (
                SELECT FROM genre_songs WHERE genre_songs.genre_id = genres.id
            )
            ORDER BY id LIMIT $2
        )
        """,
}


async def _delete(connection: Connection, statement: str) -> int:
    """Deletes a part of what `statement` is about; gives how much."""
    tag = await connection.execute(statement, IDS_END, REMOVED_AT_ONCE)
    return int(tag.split()[-1])
