"""A synthetic catalogue into the database and out of it, beside the music that is there.

Each song plays the files of one of the songs that were there first; no object is copied. Ids are
below `IDS_END`: as times (db/ids.py) they lie in the first hours of 2024, when there was no
Tonearm, so they are nobody else's, and what has one can be removed.
"""

import asyncio
import gc
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import groupby
from typing import Final

from db.errors import DatabaseError
from db.files import FileRecord, select_files_of_songs
from db.genres import insert_genre, select_genres_by_slug
from db.normalise import normalise
from db.pool import connect
from db.rows import Connection
from db.search import ArtistDocument, SongDocument
from db.search.bulk import analyze_bulk, copy_field, copy_rows
from db.search.kinds import ALBUMS, ARTISTS, KINDS, SONGS
from db.search.rebuild import rebuild
from db.search.tiers import one_at_a_time
from db.search.vocabulary import rebuild_vocabulary
from db.songs import SongRecord, select_songs
from demo.synthetic.catalogue import Catalogue
from demo.synthetic.genres import GENRES
from demo.synthetic.rows import (
    ALBUM_COLUMNS,
    ARTIST_COLUMNS,
    FILE_COLUMNS,
    MOST_PLAYS,
    SONG_COLUMNS,
    Model,
    Part,
    album_document,
    album_row,
    artist_rows,
    file_rows,
    playable,
    song_row,
)

IDS_END: Final = 1 << 45
PROCESSES: Final = 2
ARTISTS_PER_PART: Final = 200
MODELS: Final = 64
"""Songs whose files are played, at most."""


class NothingToPlay(DatabaseError):
    """There is no song with a file yet, whose file a synthetic song could play."""


Report = Callable[[str], None]


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
        models = await select_models(connection)
        genre_ids = await _make_genres(connection)
        parts = [
            Part(
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
            await _copy(connection, "artists", ARTIST_COLUMNS, artist_rows(part))
        songs = await _run(parts, report)
        for kind in KINDS:
            report(f"Sorting the {kind.name}s by popularity")
            await analyze_bulk(connection, kind)
            await rebuild(connection, kind)
        report("Counting words")
        await rebuild_vocabulary(connection)
        await connection.execute("ANALYZE")
        return songs


async def _run(parts: Sequence[Part], report: Report) -> int:
    songs = 0
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as processes:
        loop = asyncio.get_running_loop()
        for making in asyncio.as_completed(
            [loop.run_in_executor(processes, _make, part) for part in parts]
        ):
            songs += await making
            report(f"Making songs: {songs:,}")
    return songs


def _make(part: Part) -> int:
    gc.freeze()
    return asyncio.run(_make_songs(part))


async def _make_songs(part: Part) -> int:
    albums: list[list[SongDocument]] = []
    artists: list[ArtistDocument] = []
    for artist in part.artists:
        songs = [playable(part, song) for song in part.catalogue.songs_of(artist)]
        albums += [list(album) for _, album in groupby(songs, lambda song: song.album_id)]
        plays = sum(song.popularity for song in songs)
        name = part.catalogue.name(artist)
        artists.append(ArtistDocument(id=artist + 1, name=name, popularity=min(plays, MOST_PLAYS)))
    songs = [song for album in albums for song in album]
    async with connect(part.database_url) as connection, connection.transaction():
        await _update_artists(connection, artists)
        await _copy(connection, "albums", ALBUM_COLUMNS, (album_row(part, a) for a in albums))
        await _copy(
            connection,
            "songs",
            SONG_COLUMNS,
            (song_row(part, n, song) for album in albums for n, song in enumerate(album, 1)),
        )
        await _copy(
            connection,
            "files",
            FILE_COLUMNS,
            (row for song in songs for row in file_rows(part, song)),
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
        await copy_rows(connection, ALBUMS, (album_document(album).row() for album in albums))
        await copy_rows(connection, SONGS, (song.row() for song in songs))
    return len(songs)


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    async def lines() -> AsyncIterator[bytes]:
        text = "".join(["\t".join(map(_field, row)) + "\n" for row in rows])
        yield text.encode()

    await connection.copy_to_table(table, source=lines(), columns=columns, format="text")


def _field(value: object) -> str:
    return copy_field("\\x" + value.hex() if isinstance(value, bytes) else value)


async def select_models(connection: Connection) -> list[Model]:
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


def _model_of(song: SongRecord, files: list[FileRecord]) -> Model:
    return Model(
        duration_ms=song.duration_ms,
        cover_sha256=song.cover_sha256,
        gains=(song.track_gain_db, song.track_peak, song.album_gain_db, song.album_peak),
        files=[{name: file[name] for name in FILE_COLUMNS[2:-1]} for file in files],
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
