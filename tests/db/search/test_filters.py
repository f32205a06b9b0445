"""Searches that are narrowed: the same on the delta tier and on the tiers."""

from typing import Final

import pytest

from db.rows import Connection
from db.search import (
    SONGS,
    AlbumDocument,
    Range,
    SearchFilter,
    SongDocument,
    search_albums,
    search_songs,
    upsert_albums,
    upsert_songs,
)
from db.search.rebuild import rebuild

ALL: Final = [
    SongDocument(
        id=n,
        title=f"Love {n}",
        artists=["Someone"],
        artist_ids=[100 + n % 3],
        album="Some Love",
        album_id=200 + n % 5,
        genre_ids=[n % 4, 50],
        codecs=["FLAC", "MP3"] if n % 2 else ["OPUS"],
        year=None if n == 7 else 1890 + n * 2,
        duration_ms=n * 10_000,
        explicit=n % 6 == 0,
        popularity=1000 - n,
    )
    for n in range(1, 90)
]


@pytest.fixture(params=["in the delta tier", "in the tiers"])
async def songs(connection: Connection, request: pytest.FixtureRequest) -> Connection:
    await upsert_songs(connection, ALL)
    if request.param == "in the tiers":
        await rebuild(connection, SONGS)
    return connection


def passes(song: SongDocument, wanted: SearchFilter) -> bool:
    """The filter as it is described, on the document."""
    return (
        (not wanted.genre_ids or bool(set(wanted.genre_ids) & set(song.genre_ids)))
        and (not wanted.artist_ids or bool(set(wanted.artist_ids) & set(song.artist_ids)))
        and (not wanted.album_ids or song.album_id in wanted.album_ids)
        and (not wanted.codecs or bool(set(wanted.codecs) & set(song.codecs)))
        and (wanted.explicit is None or wanted.explicit == song.explicit)
        and (
            wanted.years is None
            or (song.year is not None and wanted.years.least <= song.year <= wanted.years.most)
        )
        and (
            wanted.durations_ms is None
            or wanted.durations_ms.least <= (song.duration_ms or 0) <= wanted.durations_ms.most
        )
    )


FILTERS: Final = [
    SearchFilter(genre_ids=(2,)),
    SearchFilter(genre_ids=(1, 3)),
    SearchFilter(artist_ids=(101,)),
    SearchFilter(album_ids=(203, 204)),
    SearchFilter(codecs=("FLAC",)),
    SearchFilter(explicit=True),
    SearchFilter(explicit=False),
    SearchFilter(years=Range(1950, 1952)),
    SearchFilter(years=Range(1893, 1957)),
    SearchFilter(years=Range(0, 1900)),
    SearchFilter(years=Range(2030, 9999)),
    SearchFilter(years=Range(0, 9999)),
    SearchFilter(durations_ms=Range(100_000, 100_000)),
    SearchFilter(durations_ms=Range(95_000, 311_000)),
    SearchFilter(durations_ms=Range(0, 2**31 - 1)),
    SearchFilter(durations_ms=Range(800_000, 2**31 - 1)),
    SearchFilter(
        genre_ids=(50,),
        artist_ids=(100, 102),
        codecs=("OPUS", "MP3"),
        explicit=False,
        years=Range(1900, 2000),
        durations_ms=Range(1, 500_000),
    ),
]


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
@pytest.mark.parametrize("text", ["love", "lo", ""])
async def test_a_filter_lets_pass_what_it_says(
    songs: Connection, text: str, wanted: SearchFilter
) -> None:
    found: list[int] = []
    after = None
    while True:
        page = await search_songs(songs, text, first=20, after=after, wanted=wanted)
        found += [hit.id for hit in page.hits]
        if not page.has_next:
            break
        after = page.hits[-1].cursor
    assert len(found) == len(set(found))
    expected = {song.id for song in ALL if passes(song, wanted)}
    # Only what a song is not cannot be looked up by itself.
    negative = not text and wanted == SearchFilter(explicit=False)
    unbounded = not text and wanted == SearchFilter(durations_ms=Range(0, 2**31 - 1))
    assert set(found) == (set() if negative or unbounded else expected)


async def test_an_exact_title_has_to_pass_too(songs: Connection) -> None:
    page = await search_songs(songs, "love 8 ", wanted=SearchFilter(explicit=True))
    assert page.hits == []


async def test_albums_have_artists_and_years(connection: Connection) -> None:
    await upsert_albums(
        connection,
        [
            AlbumDocument(id=n, title=f"Love {n}", artist_ids=[n % 2], year=1990 + n)
            for n in range(10)
        ],
    )
    wanted = SearchFilter(artist_ids=(1,), years=Range(1993, 1995), genre_ids=(9,))
    page = await search_albums(connection, "love", wanted=wanted)
    assert {hit.id for hit in page.hits} == {3, 5}
