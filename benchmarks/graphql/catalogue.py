"""A catalogue to measure on: the tables of `db/migrations`, filled with made-up music."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from db import search
from db.rows import Connection
from db.search.catalogue import select_song_documents
from db.search.rebuild import rebuild
from storage.keys import audio_key

SEED: Final = 20
CREATED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_ID: Final = 1 << 50
"""Ids are as long as real ones to within two digits, and exact as numbers of JavaScript."""

FORMATS: Final = (("FLAC", "flac", "audio/flac", 1024), ("MP3", "mp3", "audio/mpeg", 320))
SONGS_PER_ARTIST: Final = 6
SONGS_PER_ALBUM: Final = 10
SONGS_PER_INSERT: Final = 1_000
SYLLABLES: Final = ("ka", "lo", "mi", "ru", "se", "ta", "vo", "ne", "li", "du", "bel", "mon", "tra")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is to ask for."""

    song_ids: Sequence[int]
    titles: Sequence[str]


async def fill(connection: Connection, songs: int) -> Catalogue:
    """Fills empty tables with `songs` songs, the same ones each time."""
    random = Random(SEED)
    words = ["".join(random.choices(SYLLABLES, k=random.randint(1, 3))) for _ in range(2_000)]

    def title(most: int) -> str:
        return " ".join(random.choices(words, k=random.randint(1, most))).title()

    artist_ids = range(FIRST_ID, FIRST_ID + max(songs // SONGS_PER_ARTIST, 2))
    album_ids = range(FIRST_ID, FIRST_ID + max(songs // SONGS_PER_ALBUM, 1))
    song_ids = range(FIRST_ID, FIRST_ID + songs)
    artists = [(artist, title(3), random.randrange(10**6)) for artist in artist_ids]
    albums = [(album, title(4), random.choice(artist_ids)) for album in album_ids]
    titles = [title(5) for _ in song_ids]
    await _copy(
        connection,
        "artists",
        ("id", "name", "sort_name", "popularity", "created_at"),
        [(artist, name, name, popularity, CREATED_AT) for artist, name, popularity in artists],
    )
    await _copy(
        connection,
        "albums",
        ("id", "title", "kind", "artist_ids", "year", "created_at"),
        [(album, name, "ALBUM", [artist], 2000, CREATED_AT) for album, name, artist in albums],
    )
    await _copy(
        connection,
        "songs",
        (
            *("id", "title", "main_artist_ids", "featured_artist_ids", "album_id"),
            *("disc_number", "track_number", "duration_ms", "year", "popularity", "created_at"),
        ),
        [
            (
                song,
                name,
                (credited := random.sample(artist_ids, k=random.randint(1, 2)))[:1],
                credited[1:],
                *(album_ids[number % len(album_ids)], 1, 1 + number // len(album_ids)),
                *(random.randint(90_000, 420_000), 2000, random.randrange(10**6), CREATED_AT),
            )
            for number, (song, name) in enumerate(zip(song_ids, titles, strict=True))
        ],
    )
    await _copy(
        connection,
        "files",
        (
            *("song_id", "id", "sha256", "object_key", "codec", "mime_type", "bitrate_kbps"),
            *("sample_rate_hz", "channels", "duration_ms", "size_bytes", "created_at"),
        ),
        [_file(song, place) for song in song_ids for place in range(len(FORMATS))],
    )
    for start in range(0, songs, SONGS_PER_INSERT):
        ids = song_ids[start : start + SONGS_PER_INSERT]
        await search.upsert_songs(connection, await select_song_documents(connection, ids))
    await rebuild(connection, search.SONGS)
    await connection.execute("VACUUM ANALYZE")
    return Catalogue(song_ids, titles)


def _file(song_id: int, place: int) -> tuple[Any, ...]:
    codec, extension, mime_type, bitrate_kbps = FORMATS[place]
    sha256 = hashlib.sha256(b"%d %d" % (song_id, place)).digest()
    number = song_id * len(FORMATS) + place
    return (
        *(song_id, number, sha256, audio_key(sha256, extension), codec, mime_type, bitrate_kbps),
        *(44_100, 2, 200_000, 200 * bitrate_kbps * 125, CREATED_AT),
    )


async def _copy(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)
