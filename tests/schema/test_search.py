import pytest

from resolvers.aliases import AliasesAdded, add_aliases
from tests.factories import Factory
from tests.schema.conftest import Asked

SEARCH = """
query ($text: String!, $first: Int! = 20, $after: String) {
  search(query: $text) {
    songs(first: $first, after: $after) {
      edges { cursor node { title } } pageInfo { hasNextPage endCursor }
    }
    artists { nodes { name } }
    albums { nodes { title } }
  }
}
"""


async def titles(ask: Asked, text: str) -> list[str]:
    found = await ask(SEARCH, text=text)
    return [edge["node"]["title"] for edge in found["search"]["songs"]["edges"]]


async def test_every_keystroke_finds(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Für Elise", artists=("Ludwig van Beethoven",), album="Bagatellen")
    for typed in ("f", "fu", "fur el", "FÜR ELISE", "beet", "elise beeth", "bagat", "ludwig fur"):
        assert await titles(ask, typed) == ["Für Elise"], typed
    assert await titles(ask, "wolfgang") == []


async def test_songs_artists_and_albums_at_once(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Heroes", artists=("David Bowie",), album="Heroes")
    found = (await ask(SEARCH, text="bowie"))["search"]
    assert found["artists"]["nodes"] == [{"name": "David Bowie"}]
    assert found["albums"]["nodes"] == [{"title": "Heroes"}]
    assert len(found["songs"]["edges"]) == 1


async def test_pages_have_everything_once(factory: Factory, ask: Asked) -> None:
    await factory.make_songs(11)
    seen: list[str] = []
    after = None
    while True:
        page = (await ask(SEARCH, text="song", first=3, after=after))["search"]["songs"]
        seen += [edge["node"]["title"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == 11
    assert set(seen) == {f"Song {number}" for number in range(1, 12)}


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "…", "\u202e", "x" * 10_000, "a\0b", "' OR 1=1; --"]
)
async def test_what_finds_nothing_is_no_error(ask: Asked, text: str) -> None:
    assert await titles(ask, text) == []


async def test_a_cursor_that_is_none_is_refused(ask: Asked) -> None:
    error = await ask.error(
        '{ search(query: "a") { songs(after: "nonsense") { nodes { title } } } }'
    )
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "after"}
    assert error["path"] == ["search", "songs"]


async def test_a_corrected_search_says_so_and_what_it_found(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Bohemian Rhapsody", artists=("Queen",), album="A Night at the Opera")
    found = await ask(
        """{ search(query: "quen bohemain rhap") {
            didYouMean
            songs { edges { match { reason field text ranges { start end } } node { title } } }
            artists { nodes { name } }
        } }"""
    )
    assert found["search"]["didYouMean"] == "queen bohemian rhap"
    [edge] = found["search"]["songs"]["edges"]
    assert edge["match"] == [
        {
            "reason": "TYPO",
            "field": "TITLE",
            "text": "Bohemian Rhapsody",
            "ranges": [{"start": 0, "end": 8}, {"start": 9, "end": 13}],
        },
        {
            "reason": "TYPO",
            "field": "ARTIST",
            "text": "Queen",
            "ranges": [{"start": 0, "end": 5}],
        },
    ]
    assert found["search"]["artists"]["nodes"] == []


async def test_did_you_mean_is_null_when_nothing_was_wrong(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Hello", artists=("Adele",))
    for typed in ("hello", "adele hel", "", "xyzzyx", "!!!"):
        found = await ask("query ($q: String!) { search(query: $q) { didYouMean } }", q=typed)
        assert found["search"]["didYouMean"] is None, typed


async def test_top_is_the_best_of_all_kinds(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Killer Queen", artists=("Queen",), album="Sheer Heart Attack")
    await factory.make_song("Dancing Queen", artists=("ABBA",), album="Arrival")
    query = """query ($q: String!) { search(query: $q) { top(first: 3) {
        __typename ... on Song { title } ... on Artist { name } ... on Album { name: title }
    } } }"""
    top = (await ask(query, q="queen"))["search"]["top"]
    assert top[0] == {"__typename": "Artist", "name": "Queen"}
    assert len(top) == 3
    top = (await ask(query, q="dancing queen"))["search"]["top"]
    assert top == [{"__typename": "Song", "title": "Dancing Queen"}]


@pytest.mark.parametrize("first", [0, 21])
async def test_the_size_of_top_has_bounds(ask: Asked, first: int) -> None:
    error = await ask.error(f'{{ search(query: "a") {{ top(first: {first}) {{ __typename }} }} }}')
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "first"}


async def test_suggestions_are_names_that_have_what_was_typed(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song("Bohemian Rhapsody", artists=("Queen",), album="Bohemia")
    await factory.make_song("Bohemian Rhapsody", artists=("Someone Else",), album="Covers")
    query = "query ($p: String!) { suggest(prefix: $p) { text kind node { id } } }"
    found = (await ask(query, p="boh"))["suggest"]
    assert [(one["text"], one["kind"]) for one in found] == [
        ("Bohemian Rhapsody", "SONG"),
        ("Bohemia", "ALBUM"),
    ]
    assert found[0]["node"]["id"].startswith("song_")
    assert song.title == found[0]["text"]
    assert (await ask(query, p="queen boh"))["suggest"] == []
    assert (await ask(query, p=""))["suggest"] == []
    corrected = (await ask(query, p="bohemain rap"))["suggest"]
    assert [one["text"] for one in corrected] == ["Bohemian Rhapsody"]


FILTERED = """
query ($text: String!, $filter: SearchFilter) {
  search(query: $text, filter: $filter) { songs { nodes { title } } albums { nodes { title } } }
}
"""


async def test_filters(factory: Factory, ask: Asked) -> None:
    old = await factory.make_song(
        "Old", genres=("Jazz",), year=1959, artists=("Miles",), album="Blue", explicit=True
    )
    await factory.make_song("New", genres=("Rock",), year=2020, codec="FLAC", album="Red")
    genre = (await ask('{ genre(slug: "jazz") { id } }'))["genre"]["id"]
    artist = f"artist_{old.main_artist_ids[0]:x}"
    for given, titles_ in (
        ({"genres": [genre]}, ["Old"]),
        ({"artists": [artist]}, ["Old"]),
        ({"albums": [f"album_{old.album_id:x}"]}, ["Old"]),
        ({"codecs": ["FLAC"]}, ["New"]),
        ({"explicit": True}, ["Old"]),
        ({"years": {"from": 2000}}, ["New"]),
        ({"years": {"to": 1999}}, ["Old"]),
        ({"durationMs": {"from": 200_000, "to": 200_000}, "codecs": ["MP3"]}, ["Old"]),
        ({"years": {}, "codecs": ["OPUS"]}, []),
    ):
        found = (await ask(FILTERED, text="", filter=given))["search"]
        assert [song["title"] for song in found["songs"]["nodes"]] == titles_, given
    found = (await ask(FILTERED, text="miles", filter={"years": {"to": 1999}}))["search"]
    assert found["albums"]["nodes"] == [{"title": "Blue"}]


@pytest.mark.parametrize(
    "given",
    [
        {"genres": ["song_1"]},
        {"genres": ["nonsense"]},
        {"artists": []},
        {"artists": [f"artist_{n}" for n in range(21)]},
        {"years": {"from": 2000, "to": 1999}},
        {"years": {"from": -1}},
        {"durationMs": {"to": -5}},
    ],
)
async def test_a_filter_that_is_none_is_refused(ask: Asked, given: dict[str, object]) -> None:
    error = await ask.error(FILTERED, text="a", filter=given)
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "filter"}
    [name] = given
    assert f"filter.{name}" in error["message"]


ODD_CHARACTERS = (
    "'", '"', "\\", "&", "|", "!", ":*", "<->", "(", ")", "%", "_", "^", "^a", "$", "\0", "\u202e",
    "\u200d", "\ufeff", "\ufffd", "\uffff", "\u0301", "\u0600", "ـ", "\U000e0041",
    "👩‍🎤", "🏳️‍🌈", "🇩🇪",
    "\t", "\r\n", "\u2028", "ﷺ", "Ǆ", "ß", "İ", "ı", "ſ", "ﬀ", "①", "½", "㍿", "ㄱ", "각", "가",
    "が", "ｶﾞ", "々", "〇", "ー", "𠮷", "ม", "ि", "א", "ע", "٣", "१", "ꙮ", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴", "--", ";",
    "/*", "{{", "${", "<b>", "&amp;", "NULL", "true", "0", "-1", "1e9", "99", "ninety", "A1", "G7",
    "X",
)  # fmt: skip


@pytest.mark.parametrize("repeated", [1, 2, 10_000], ids=str)
async def test_odd_queries_are_answered(factory: Factory, ask: Asked, repeated: int) -> None:
    await factory.make_song("Hello", artists=("Jon",), album="West")
    for odd in ODD_CHARACTERS:
        found = await ask(
            """query ($q: String!) {
                search(query: $q) { didYouMean top { __typename } songs { nodes { title } } }
                suggest(prefix: $q) { text }
            }""",
            q=(odd * repeated)[:10_000],
        )
        assert found["search"]["songs"]["nodes"] == [], odd


async def test_aliases_find_artists_their_songs_and_albums(factory: Factory, ask: Asked) -> None:
    await factory.make_song("Группа крови", artists=("Кино",), album="Группа крови")
    await factory.make_song("夜曲", artists=("周杰倫",), album="十一月的蕭邦")
    async with factory.pool.acquire() as connection:
        given = {"Кино": ["Kino"], "周杰倫": ["Jay Chou", "周杰伦"], "Nobody": ["x"]}
        added = await add_aliases(connection, given)
        assert added == AliasesAdded(artists=2, songs=2, unknown=["Nobody"])
        assert await add_aliases(connection, given) == AliasesAdded(0, 0, ["Nobody"])
    for typed, title in (("kino", "Группа крови"), ("jay chou", "夜曲"), ("周杰伦 夜", "夜曲")):
        assert await titles(ask, typed) == [title]
    found = await ask(
        """{ search(query: "kino") {
            artists { edges { node { name } match { reason field text } } }
            albums { nodes { title } }
        } }"""
    )
    assert found["search"]["artists"]["edges"] == [
        {
            "node": {"name": "Кино"},
            "match": [{"reason": "ALIAS", "field": "NAME", "text": "Kino"}],
        }
    ]
    assert found["search"]["albums"]["nodes"] == [{"title": "Группа крови"}]
    assert await titles(ask, "knio") == ["Группа крови"]
