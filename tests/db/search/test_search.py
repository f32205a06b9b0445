"""Searching a small catalogue of names that are hard to find elsewhere."""

from typing import Final

import pytest

from db.cursor import encode_cursor
from db.errors import InvalidCursor
from db.rows import Connection
from db.search import (
    SONGS,
    AlbumDocument,
    ArtistDocument,
    SongDocument,
    delete_songs,
    search_albums,
    search_artists,
    search_songs,
    upsert_albums,
    upsert_artists,
    upsert_songs,
)
from db.search.rebuild import rebuild

CATALOGUE: Final = [
    SongDocument(id=1, title="Bohemian Rhapsody", artists=["Queen"], popularity=9000),
    SongDocument(id=2, title="Hello", artists=["Adele"], album="25", popularity=100),
    SongDocument(id=3, title="Hello Goodbye", artists=["The Beatles"], popularity=8000),
    SongDocument(id=4, title="Thunderstruck", artists=["AC/DC"], popularity=7000),
    SongDocument(id=5, title="So What", artists=["P!nk"], popularity=6000),
    SongDocument(id=6, title="Me and Giuliani", artists=["!!!"], popularity=10),
    SongDocument(id=7, title="Pump Up the Volume", artists=["M/A/R/R/S"], popularity=900),
    SongDocument(id=8, title="Halo", artists=["Beyoncé"], popularity=8500),
    SongDocument(id=9, title="Når vi to blir én", artists=["Ærlig Ødegård"], popularity=5),
    SongDocument(id=10, title="夜曲", artists=["周杰倫"], popularity=700),
    SongDocument(id=11, title="Группа крови", artists=["Кино"], popularity=800),
    SongDocument(id=12, title="أنت عمري", artists=["أم كلثوم"], popularity=600),
    SongDocument(id=13, title="봄날", artists=["방탄소년단"], popularity=8800),
    SongDocument(id=14, title="Money", artists=["Pink Floyd"], album="The Dark Side of the Moon"),
    SongDocument(id=15, title="$$$", artists=["Ke$ha feat. Someone"]),
    SongDocument(id=16, title="The Boxer", artists=["Simon & Garfunkel"], popularity=300),
    SongDocument(id=17, title="L'amour looks", artists=["Kate Bush"]),
    SongDocument(id=18, title="がんばれ", artists=["Ｈａｌｆ＊Ｗｉｄｔｈ"]),
    SongDocument(id=19, title="I ❤️ NY", artists=["Nobody"]),
    SongDocument(id=20, title="รักเธอ", artists=["บอดี้สแลม"]),
]


async def found(connection: Connection, text: str) -> list[int]:
    return [hit.id for hit in (await search_songs(connection, text, first=100)).hits]


@pytest.fixture(params=["in the delta tier", "in the tiers"])
async def catalogue(connection: Connection, request: pytest.FixtureRequest) -> Connection:
    await upsert_songs(connection, CATALOGUE)
    if request.param == "in the tiers":
        await rebuild(connection, SONGS)
    return connection


@pytest.mark.parametrize(
    ("text", "song"),
    [
        ("bohemian rhapsody", 1),
        ("boh", 1),
        ("bohe", 1),
        ("rhapsody bohem", 1),
        ("queen rhap", 1),
        ("BOHEMIAN", 1),
        ("acdc", 4),
        ("ac/dc", 4),
        ("ac/d", 4),
        ("ac dc thunder", 4),
        ("p!nk", 5),
        ("p!n", 5),
        ("pink what", 5),
        ("!!!", 6),
        ("!!", 6),
        ("me & giuliani", 6),
        ("m/a/r/r/s", 7),
        ("marrs", 7),
        ("beyonce", 8),
        ("BEYONCÉ", 8),
        ("nar vi", 9),
        ("aerlig odegard", 9),
        ("ærlig øde", 9),
        ("夜曲", 10),
        ("周", 10),
        ("杰倫", 10),
        ("кино", 11),
        ("ГРУППА к", 11),
        ("عمري", 12),
        ("انت", 12),
        ("봄", 13),
        ("방탄", 13),
        ("방탄소년단 봄날", 13),
        ("dark side of the m", 14),
        ("pink floyd money", 14),
        ("$$$", 15),
        ("kesha", 15),
        ("ke$ha $$$", 15),
        ("simon and garfunkel", 16),
        ("simon garf", 16),
        ("the boxer", 16),
        ("boxer simon & garfunkel", 16),
        ("amour", 17),
        ("l’amour", 17),
        ("か\u3099んは\u3099れ", 18),
        ("half width", 18),
        ("❤", 19),
        ("i ❤ ny", 19),
        ("รัก", 20),
        ("bohemian\0rhapsody", 1),
        ("\u202ebohemian\ud83d", 1),
    ],
)
async def test_finds(catalogue: Connection, text: str, song: int) -> None:
    assert song in await found(catalogue, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "\ud800",
        "hemian",
        "bohemian adele",
        "ボヘミアン",
        "か",
        "nothing",
        "❤❤",
    ],
)
async def test_finds_nothing(catalogue: Connection, text: str) -> None:
    assert await found(catalogue, text) == []


@pytest.mark.parametrize(
    "text",
    ["'", "''", "\\", "\\'", "' & | ! :* <->", "'a' | 'b'", "a:*", "!halo", "(", "a\\", "%", "^h"],
)
async def test_syntax_of_queries_is_only_text(catalogue: Connection, text: str) -> None:
    hits = await found(catalogue, text)
    assert len(hits) < len(CATALOGUE)


@pytest.mark.parametrize("unit", ["a", "a ", "é", "' ", "周", "!", "a!", "abc def ", "\u0301"])
async def test_ten_thousand_characters_are_an_ordinary_query(
    catalogue: Connection, unit: str
) -> None:
    await found(catalogue, unit * (10_000 // len(unit)))


async def test_the_last_word_is_whole_when_a_space_follows(catalogue: Connection) -> None:
    assert await found(catalogue, "rh ") == []
    assert await found(catalogue, "rh") == [1]


async def test_one_letter_finds_the_most_popular_first(catalogue: Connection) -> None:
    assert await found(catalogue, "h") == [8, 3, 2, 18]


async def test_an_exact_title_comes_before_a_more_popular_one(catalogue: Connection) -> None:
    assert await found(catalogue, "hello") == [2, 3]


async def test_artists_and_albums_are_found_by_the_same_rules(connection: Connection) -> None:
    await upsert_artists(
        connection,
        [
            ArtistDocument(id=1, name="Motörhead", popularity=5),
            ArtistDocument(id=2, name="Mötley Crüe", popularity=50),
        ],
    )
    await upsert_albums(connection, [AlbumDocument(id=3, title="1916", artists=["Motörhead"])])
    assert [hit.id for hit in (await search_artists(connection, "mot")).hits] == [2, 1]
    assert [hit.id for hit in (await search_artists(connection, "motorhead")).hits] == [1]
    assert [hit.id for hit in (await search_albums(connection, "motorhead 19")).hits] == [3]
    assert (await search_songs(connection, "mot")).hits == []


async def test_a_new_song_of_one_common_word_is_found_among_many(connection: Connection) -> None:
    await upsert_songs(
        connection,
        (SongDocument(id=n, title=f"Love song {n}", popularity=n) for n in range(1, 400)),
    )
    await rebuild(connection, SONGS)
    await upsert_songs(connection, [SongDocument(id=1000, title="Love")])
    assert (await found(connection, "love"))[0] == 1000


async def test_a_changed_song_is_found_as_it_is_now(catalogue: Connection) -> None:
    await upsert_songs(catalogue, [SongDocument(id=1, title="Renamed", artists=["Somebody"])])
    assert await found(catalogue, "bohemian") == []
    assert await found(catalogue, "renamed") == [1]
    await rebuild(catalogue, SONGS)
    assert await found(catalogue, "bohemian") == []
    assert await found(catalogue, "renamed") == [1]


async def test_a_deleted_song_is_not_found(catalogue: Connection) -> None:
    await delete_songs(catalogue, [8, 999])
    assert await found(catalogue, "beyonce") == []
    await rebuild(catalogue, SONGS)
    assert await found(catalogue, "beyonce") == []
    await upsert_songs(catalogue, [CATALOGUE[7]])
    assert await found(catalogue, "beyonce") == [8]


async def test_absurd_documents_are_stored(connection: Connection) -> None:
    await upsert_songs(
        connection,
        [
            SongDocument(id=1, title="x" * 5_000, popularity=2**31 - 1),
            SongDocument(id=2, title="\0\ud800", artists=["\0", ""], album="\0"),
            SongDocument(id=3, title=" ".join(f"word{n}" for n in range(5_000)), artists=["Last"]),
            SongDocument(id=4, title="twice"),
            SongDocument(id=4, title="second wins"),
            SongDocument(id=5, title="歌" * 3_000, artists=["\n", "'\\"]),
        ],
    )
    assert await found(connection, "xxxx") == [1]
    assert await found(connection, "word0 word1") == [3]
    assert await found(connection, "twice") == []
    assert await found(connection, "second") == [4]


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", encode_cursor("search:song", 1), encode_cursor("search:album", 1)]
)
async def test_a_cursor_of_something_else_is_refused(connection: Connection, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        await search_songs(connection, "a", after=cursor)


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_the_size_of_a_page_has_bounds(connection: Connection, first: int) -> None:
    with pytest.raises(ValueError, match="first must be"):
        await search_songs(connection, "a", first=first)


async def test_when_its_time_is_over_a_search_asks_no_further_tier(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upsert_songs(connection, [SongDocument(id=1, title="Love in a tier")])
    await rebuild(connection, SONGS)
    await upsert_songs(connection, [SongDocument(id=2, title="Love of today")])
    assert await found(connection, "love") == [2, 1]
    monkeypatch.setattr("db.search.statements.BUDGET_MS", 0)
    assert await found(connection, "love") == [2]
