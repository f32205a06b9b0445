"""A query loads the columns that it shows, and no others."""

import asyncio

from resolvers.ids import song_id
from tests.factories import Factory
from tests.schema.conftest import Asked

TITLES = "query ($id: ID!) { song(id: $id) { title album { title } } }"
MORE = "query ($id: ID!) { song(id: $id) { year album { year } } }"


async def test_only_columns_that_are_shown_are_read(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    song = await factory.make_song(title="Hello", album="World")
    await ask(TITLES, id=song_id(song))
    statements.clear()
    await ask(TITLES, id=song_id(song))
    selected = [" ".join(statement.partition("FROM")[0].split()) for statement in statements]
    assert selected == ["SELECT id, title, album_id", "SELECT id, title"]


async def test_requests_at_once_get_each_its_own_columns(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(title="Hello", album="World")
    asked = [Asked(ask.services) for _ in range(6)]
    answers = await asyncio.gather(
        *[one((TITLES, MORE)[number % 2], id=song_id(song)) for number, one in enumerate(asked)]
    )
    for answer in answers[::2]:
        assert answer["song"] == {"title": "Hello", "album": {"title": "World"}}
    for answer in answers[1::2]:
        assert answer["song"].keys() == {"year", "album"}


async def test_requests_at_once_share_statements(
    factory: Factory, ask: Asked, statements: list[str]
) -> None:
    songs = [await factory.make_song(title=f"Song {number}") for number in range(8)]
    asked = [Asked(ask.services) for _ in songs]
    statements.clear()
    answers = await asyncio.gather(
        *[
            one("query ($id: ID!) { song(id: $id) { title } }", id=song_id(song))
            for one, song in zip(asked, songs, strict=True)
        ]
    )
    titles = [answer["song"]["title"] for answer in answers]
    assert titles == [f"Song {number}" for number in range(8)]
    assert len([statement for statement in statements if "FROM songs" in statement]) == 2
