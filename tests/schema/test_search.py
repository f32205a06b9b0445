import pytest

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
