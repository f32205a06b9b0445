import pytest

from tests.factories import Factory
from tests.schema.conftest import Answer, Asked

ARTIST_SONGS = """
query ($id: ID!, $first: Int!, $after: String) {
  artist(id: $id) {
    songs(first: $first, after: $after) {
      edges { cursor node { title } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


async def all_pages(ask: Asked, query: str, first: int, *path: str, **variables: str) -> list[str]:
    """The titles of all pages, following `endCursor`."""
    titles: list[str] = []
    after = None
    while True:
        connection: Answer = await ask(query, first=first, after=after, **variables)
        for name in path:
            connection = connection[name]
        titles += [edge["node"]["title"] for edge in connection["edges"]]
        if not connection["pageInfo"]["hasNextPage"]:
            return titles
        after = connection["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 3, 100])
async def test_songs_of_an_artist_by_popularity(factory: Factory, ask: Asked, first: int) -> None:
    songs = await factory.make_songs(5)
    for song, popularity in zip(songs, [10, 30, 20, 30, 0], strict=True):
        await factory.set_popularity(song, popularity)
    artist = f"artist_{songs[0].main_artist_ids[0]:x}"
    titles = await all_pages(ask, ARTIST_SONGS, first, "artist", "songs", id=artist)
    assert titles == ["Song 4", "Song 2", "Song 3", "Song 1", "Song 5"]


@pytest.mark.parametrize("first", [1, 2, 100])
async def test_songs_of_an_album_by_disc_and_track(
    factory: Factory, ask: Asked, first: int
) -> None:
    for disc, track in [(2, 1), (1, 2), (None, None), (1, 1)]:
        song = await factory.make_song(f"{disc}-{track}", disc=disc, track=track)
    query = ARTIST_SONGS.replace("artist(", "album(")
    titles = await all_pages(ask, query, first, "album", "songs", id=f"album_{song.album_id:x}")
    assert titles == ["None-None", "1-1", "1-2", "2-1"]


@pytest.mark.parametrize("first", [1, 2, 100])
async def test_albums_of_an_artist_newest_first(factory: Factory, ask: Asked, first: int) -> None:
    for album, year in [("B", 2001), ("C", 2011), ("A", None)]:
        song = await factory.make_song("Song of " + album, album=album, year=year)
    query = ARTIST_SONGS.replace("songs(", "albums(")
    artist = f"artist_{song.main_artist_ids[0]:x}"
    assert await all_pages(ask, query, first, "artist", "albums", id=artist) == ["C", "B", "A"]


async def test_songs_of_a_genre(factory: Factory, ask: Asked) -> None:
    songs = await factory.make_songs(3, genres=("Trip Hop",))
    await factory.make_song("Other", genres=("Rock",))
    await factory.set_popularity(songs[1], 5)
    query = """query ($first: Int!, $after: String) {
      genre(slug: "trip-hop") {
        songs(first: $first, after: $after) {
          edges { node { title } } pageInfo { hasNextPage endCursor }
        }
      }
    }"""
    titles = await all_pages(ask, query, 2, "genre", "songs")
    assert titles == ["Song 2", "Song 3", "Song 1"]


async def test_genres_in_the_order_of_their_slugs(factory: Factory, ask: Asked) -> None:
    await factory.make_song(genres=("Rock", "Ambient", "Jazz"))
    page = await ask("{ genres(first: 2) { nodes { slug } pageInfo { hasNextPage endCursor } } }")
    assert page["genres"]["nodes"] == [{"slug": "ambient"}, {"slug": "jazz"}]
    rest = await ask(
        "query ($after: String) { genres(after: $after) { nodes { name } } }",
        after=page["genres"]["pageInfo"]["endCursor"],
    )
    assert rest == {"genres": {"nodes": [{"name": "Rock"}]}}


async def test_a_page_tells_where_it_lies(factory: Factory, ask: Asked) -> None:
    songs = await factory.make_songs(3)
    artist = f"artist_{songs[0].main_artist_ids[0]:x}"
    first = (await ask(ARTIST_SONGS, id=artist, first=2))["artist"]["songs"]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    second = (await ask(ARTIST_SONGS, id=artist, first=2, after=cursors[1]))["artist"]["songs"]
    assert second["pageInfo"]["hasNextPage"] is False
    assert second["pageInfo"]["hasPreviousPage"] is True


async def test_an_empty_page(ask: Asked) -> None:
    page = await ask(
        "{ genres { edges { cursor } pageInfo { startCursor endCursor hasNextPage } } }"
    )
    assert page["genres"] == {
        "edges": [],
        "pageInfo": {"startCursor": None, "endCursor": None, "hasNextPage": False},
    }


@pytest.mark.parametrize("first", [0, -1, 101, 2_000])
async def test_a_page_that_is_too_large_or_empty_is_refused(ask: Asked, first: int) -> None:
    error = await ask.error(
        "query ($first: Int!) { genres(first: $first) { nodes { name } } }", first=first
    )
    assert error["message"].startswith("`first` takes 1 to 100")
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "first"}


async def test_a_page_beyond_what_an_operation_may_read_is_refused(ask: Asked) -> None:
    error = await ask.error(
        "query ($first: Int!) { genres(first: $first) { nodes { name } } }", first=2_147_483_647
    )
    assert error["extensions"]["code"] == "COST_TOO_HIGH"
    assert "ask for shorter pages" in error["message"]


async def test_a_cursor_of_another_list_is_refused(factory: Factory, ask: Asked) -> None:
    songs = await factory.make_songs(1)
    artist = f"artist_{songs[0].main_artist_ids[0]:x}"
    page = (await ask(ARTIST_SONGS, id=artist, first=1))["artist"]["songs"]
    error = await ask.error(
        "query ($after: String) { genres(after: $after) { nodes { name } } }",
        after=page["edges"][0]["cursor"],
    )
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "after"}
    assert error["path"] == ["genres"]
