"""What goes with a song, an artist and a taste, and the reasons given."""

from typing import Any

import pytest

from db.popularity import update_song_popularities
from resolvers.rollup import roll_up
from resolvers.similar import refresh_similar
from tests.factories import Factory
from tests.resolvers.test_similar import hear
from tests.schema.conftest import Asked, People
from tests.schema.test_changes import like
from tests.schema.test_deletions import id_of

SIMILAR = "query ($id: ID!) { song(id: $id) { similar(first: 10) { reason song { title } } } }"
ARTIST = "query ($id: ID!) { artist(id: $id) { similar(first: 10) { reason artist { name } } } }"
DISCOVER = "{ viewer { discover(first: 10) { reason song { title } becauseOf { title } } } }"


async def similar(ask: Asked, number: int) -> list[tuple[str, str]]:
    found = await ask(SIMILAR, id=f"song_{number:x}")
    return [(each["song"]["title"], each["reason"]) for each in found["song"]["similar"]]


async def discover(ask: Asked) -> list[tuple[str, str, str | None]]:
    found = (await ask(DISCOVER))["viewer"]["discover"]
    return [
        (each["song"]["title"], each["reason"], (each["becauseOf"] or {}).get("title"))
        for each in found
    ]


async def refresh(factory: Factory) -> None:
    await roll_up(factory.pool)
    await refresh_similar(factory.pool)


@pytest.fixture
async def songs(factory: Factory) -> dict[str, Any]:
    """Jazz and Pop: `Rain` and `Storm` are heard together, `Hit` is the most popular of all."""
    genres = {"Rain": "Jazz", "Storm": "Pop", "Cool": "Jazz", "Hit": "Pop", "None": "Folk"}
    made = {
        title: await factory.make_song(title, artists=(f"{title} Band",), genres=(genre,))
        for title, genre in genres.items()
    }
    for _ in range(2):
        await hear(factory, [made["Rain"], made["Storm"]])
    await refresh(factory)
    async with factory.pool.acquire() as connection:
        await update_song_popularities(connection, {made["Hit"].id: 1000})
    return made


async def test_a_song_says_what_goes_with_it_and_why(ask: Asked, songs: dict[str, Any]) -> None:
    assert await similar(ask, songs["Rain"].id) == [
        ("Storm", "LISTENED_TOGETHER"),
        ("Cool", "SAME_GENRE"),
        ("Hit", "POPULAR"),
    ]
    assert await similar(ask, songs["None"].id) == [
        ("Hit", "POPULAR"),
        ("Storm", "POPULAR"),
        ("Rain", "POPULAR"),
    ]


async def test_an_artist_says_who_goes_with_them_and_why(ask: Asked, songs: dict[str, Any]) -> None:
    [artist] = songs["Rain"].main_artist_ids
    found = await ask(ARTIST, id=f"artist_{artist:x}")
    assert [(each["artist"]["name"], each["reason"]) for each in found["artist"]["similar"]] == [
        ("Storm Band", "LISTENED_TOGETHER"),
        ("Cool Band", "SAME_GENRE"),
        ("Hit Band", "POPULAR"),
    ]


async def test_discoveries_are_new_and_say_why(
    ask: Asked, people: People, factory: Factory, songs: dict[str, Any]
) -> None:
    ada = ask.by(await people.make("ada"))
    assert [reason for _, reason, _ in await discover(ada)] == ["POPULAR"] * 3
    await like(ada, f"song_{songs['Rain'].id:x}")
    assert await discover(ada) == [
        ("Storm", "LISTENED_TOGETHER", "Rain"),
        ("Cool", "SAME_GENRE", "Rain"),
        ("Hit", "POPULAR", None),
    ]
    await hear(factory, [songs["Storm"]], person=id_of(ada))
    await like(ada, f"song_{songs['Cool'].id:x}")
    assert await discover(ada) == [("Hit", "SAME_GENRE", "Storm")]


async def test_what_was_withdrawn_is_not_recommended(
    ask: Asked, people: People, factory: Factory, songs: dict[str, Any]
) -> None:
    await factory.pool.execute(
        "UPDATE songs SET withdrawn_at = now() WHERE id = ANY($1)",
        [songs["Storm"].id, songs["Hit"].id],
    )
    assert await similar(ask, songs["Rain"].id) == [("Cool", "SAME_GENRE")]
    ada = ask.by(await people.make("ada"))
    assert await discover(ada) == [("Rain", "POPULAR", None)]


async def test_a_page_of_songs_is_one_batch(
    ask: Asked, songs: dict[str, Any], statements: list[str]
) -> None:
    ids = [f"song_{song.id:x}" for song in songs.values()]
    await ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Song { similar { song { title } } } } }",
        ids=ids,
    )
    assert len([query for query in statements if "FROM similar_items" in query]) == 1
    assert len(statements) == 4  # songs, similar items, genres, popular ones


@pytest.mark.parametrize("first", [0, 51])
async def test_how_many_has_a_cap(ask: Asked, songs: dict[str, Any], first: int) -> None:
    error = await ask.error(
        f'{{ song(id: "song_{songs["Rain"].id:x}") {{ similar(first: {first}) {{ reason }} }} }}'
    )
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "first"}


async def test_nobody_discovers_without_signing_in(ask: Asked) -> None:
    assert (await ask("{ viewer { discover { reason } } }"))["viewer"] is None
