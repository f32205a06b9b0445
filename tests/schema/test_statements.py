"""How many statements a query costs, however long its lists are."""

from tests.factories import Factory
from tests.schema.conftest import Asked, People

SEARCH_PAGE = """
query ($text: String!) {
  search(query: $text) {
    songs(first: 20) {
      edges {
        cursor
        node {
          id title durationMs
          artists { id name }
          album { id title cover { url } }
          files { codec bitrateKbps streamUrl }
          stream { url expiresAt }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


async def test_a_search_page_costs_five_statements(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    for number in range(25):
        await factory.make_song(
            f"Song {number}", artists=(f"Artist {number}", "Both"), album=f"Album {number}"
        )
    found = await ask(SEARCH_PAGE, text="song")
    assert len(found["search"]["songs"]["edges"]) == 20
    assert len(statements) == 5, statements
    tables = ("song_search", "FROM songs WHERE id", "FROM artists", "FROM albums", "FROM files")
    for table in tables:
        assert sum(table in statement for statement in statements) == 1, table


async def test_lists_below_lists_cost_one_statement_each(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    for number in range(10):
        await factory.make_song(artists=(f"Artist {number}",), album=f"Album {number}")
    query = """{ search(query: "album") { albums { nodes {
        songs(first: 2) { nodes { artists { albums(first: 2) { nodes { title } } } } }
    } } } }"""
    found = await ask(query)
    assert len(found["search"]["albums"]["nodes"]) == 10
    # search, albums, their songs (two: list and rows), artists, their albums (list; rows known)
    assert len(statements) == 6, statements


async def test_only_the_parts_that_are_selected_cost_anything(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    await factory.make_song()
    await ask('{ search(query: "hello") { __typename } }')
    assert statements == []
    await ask('{ search(query: "hello") { artists { nodes { name } } } }')
    assert not any("song_search" in statement for statement in statements)


async def test_what_the_viewer_likes_costs_one_statement_a_page(
    factory: Factory, ask: Asked, people: People, statements: list[str]
) -> None:
    await factory.make_songs(25, album=None)
    ada = Asked(ask.services, await people.make("ada"))
    found = await ada('{ search(query: "song") { songs { nodes { likedByViewer } } } }')
    assert len(found["search"]["songs"]["nodes"]) == 20
    assert len(statements) == 3, statements
