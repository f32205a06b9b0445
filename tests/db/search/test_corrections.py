"""What people type wrong, and what is found all the same."""

from typing import Final

import pytest

from db.rows import Connection
from db.search import (
    SONGS,
    ArtistDocument,
    SearchFilter,
    SearchPage,
    SongDocument,
    search_artists,
    search_songs,
    upsert_artists,
    upsert_songs,
)
from db.search.rebuild import rebuild
from db.search.vocabulary import rebuild_vocabulary

CATALOGUE: Final = [
    SongDocument(id=1, title="Bohemian Rhapsody", artists=["Queen"], popularity=9000),
    SongDocument(id=2, title="Hello", artists=["Adele"], album="25", popularity=8000),
    SongDocument(id=3, title="Halo", artists=["Beyoncé"], popularity=7000),
    SongDocument(id=4, title="Thunderstruck", artists=["AC/DC"], popularity=6000),
    SongDocument(id=5, title="Группа крови", artists=["Кино"], popularity=5000),
    SongDocument(id=6, title="أنت عمري", artists=["أم كلثوم"], popularity=4000),
    SongDocument(id=7, title="봄날", artists=["방탄소년단"], popularity=3000),
    SongDocument(id=8, title="Army of Me", artists=["Björk"], album="Post", genre_ids=[5]),
    SongDocument(id=9, title="Harmony Hall", artists=["Vampire Weekend"], album="Father"),
    SongDocument(id=10, title="99 Problems", artists=["JAY-Z"], popularity=2000),
    SongDocument(id=11, title="Adelle", artists=["Nobody"]),
    SongDocument(id=12, title="Ninety Nine Red Balloons", artists=["Nena"]),
]


@pytest.fixture(params=["in the delta tier", "in the tiers"])
async def catalogue(connection: Connection, request: pytest.FixtureRequest) -> Connection:
    await upsert_songs(connection, CATALOGUE)
    if request.param == "in the tiers":
        await rebuild(connection, SONGS)
        await rebuild_vocabulary(connection)
    return connection


async def found(connection: Connection, text: str) -> list[int]:
    return [hit.id for hit in (await search_songs(connection, text)).hits]


@pytest.mark.parametrize(
    ("text", "song", "meant"),
    [
        ("bohemain rhapsody", 1, "bohemian rhapsody"),
        ("bohemian rapsody", 1, "bohemian rhapsody"),
        ("bohemain rapsody", 1, "bohemian rhapsody"),
        ("bohemianrhapsody", 1, "bohemian rhapsody"),
        ("bohemianrhapsody queen", 1, "bohemian rhapsody queen"),
        ("armyofme", 8, "army of me"),
        ("bohemain rap", 1, None),
        ("bohemain rha", 1, "bohemian rha"),
        ("bohemain", 1, "bohemian"),
        ("bohe", 1, None),
        ("bogem", 1, "bohemian"),
        ("queen bohsm", 1, "queen bohemian"),
        ("boheimna", 1, "bohemian"),
        ("thundrestruk", 4, "thunderstruck"),
        ("acdc thunderstuck", 4, "acdc thunderstruck"),
        ("thunder struck", 4, "thunderstruck"),
        ("har mony hall", 9, "harmony hall"),
        ("helo adele", 2, "hello adele"),
        ("beyonse", 3, "beyonce"),
        ("групра крови", 5, "группа крови"),
        ("عمرى", 6, "عمري"),
        ("방탄소년담", 7, "방탄소년단"),
        ("arny of me", 8, "army of me"),
        ("hell adele", 2, None),
        ("99 problms", 10, "99 problems"),
        ("ninety nine problems", 10, None),
        ("99 red balloons", 12, None),
        ("army of me wonderful bjork", 8, None),
    ],
)
async def test_finds_what_was_meant(
    catalogue: Connection, text: str, song: int, meant: str | None
) -> None:
    page = await search_songs(catalogue, text)
    assert page.hits[0].id == song
    if meant is not None:
        assert page.did_you_mean == meant


@pytest.mark.parametrize("text", ["bohemian", "hello adele", "queen", "ha", "99 pro", "a"])
async def test_what_is_right_is_not_corrected(catalogue: Connection, text: str) -> None:
    page = await search_songs(catalogue, text)
    assert page.hits
    assert page.did_you_mean is None


@pytest.mark.parametrize(
    "text", ["xqzvw", "xq zv", "bohemian xqzvw", "夜の歌", "🎵🎵", "zz", "qqq"]
)
async def test_what_is_like_nothing_finds_nothing(catalogue: Connection, text: str) -> None:
    page = await search_songs(catalogue, text)
    assert page == SearchPage([], False, page.text, page.choices)


async def test_what_was_typed_comes_first(catalogue: Connection) -> None:
    page = await search_songs(catalogue, "adelle")
    assert [hit.id for hit in page.hits] == [11, 2]
    assert page.did_you_mean == "adele"


async def test_a_new_word_is_known_when_it_is_written(catalogue: Connection) -> None:
    await upsert_songs(catalogue, [SongDocument(id=50, title="Zephyrine")])
    assert await found(catalogue, "zefyrine") == [50]


async def test_pages_of_a_corrected_query_have_everything_once(connection: Connection) -> None:
    songs = [
        SongDocument(id=n, title=f"Midnight {n}", artists=["Someone"], popularity=n * 7 % 30)
        for n in range(1, 90)
    ]
    await upsert_songs(connection, [*songs, SongDocument(id=99, title="Midnihgt")])
    seen: list[int] = []
    after = None
    while True:
        page = await search_songs(connection, "midnihgt", first=7, after=after)
        seen += [hit.id for hit in page.hits]
        if not page.has_next:
            break
        after = page.hits[-1].cursor
        # What is written between the pages changes nothing of the rest.
        await upsert_songs(connection, [SongDocument(id=1000 + len(seen), title="Midnight new")])
    assert seen[0] == 99
    old = [n for n in seen if n < 1000]
    assert len(seen) == len(set(seen))
    assert set(old) == {*range(1, 90), 99}


async def test_a_cursor_of_a_corrected_query_is_within_the_page(connection: Connection) -> None:
    await upsert_songs(
        connection, (SongDocument(id=n, title=f"Midnight {n}") for n in range(1, 30))
    )
    whole = (await search_songs(connection, "midnihgt", first=29)).hits
    for at in (0, 11, 27):
        rest = await search_songs(connection, "midnihgt", first=50, after=whole[at].cursor)
        assert [hit.id for hit in rest.hits] == [hit.id for hit in whole[at + 1 :]]


async def test_artists_are_corrected_only_where_nobody_knows_the_word(
    catalogue: Connection,
) -> None:
    await upsert_artists(
        catalogue, [ArtistDocument(id=1, name="Beyoncé"), ArtistDocument(id=2, name="Halos")]
    )
    page = await search_artists(catalogue, "beyonse")
    assert [hit.id for hit in page.hits] == [1]
    # "hello" is a song: no artist was meant.
    assert (await search_artists(catalogue, "halo ")).hits == []


async def test_a_filter_that_nothing_passes_is_no_typing_error(catalogue: Connection) -> None:
    wanted = SearchFilter(genre_ids=(5,))
    page = await search_songs(catalogue, "hello", wanted=wanted)
    assert page.hits == []
    page = await search_songs(catalogue, "armi of me", wanted=wanted)
    assert [hit.id for hit in page.hits] == [8]
    assert page.did_you_mean == "army of me"
