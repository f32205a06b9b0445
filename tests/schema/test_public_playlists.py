"""Public playlists are found by everybody, and by nobody once they are taken back."""

from typing import Any

from db.pool import Pool
from db.search.kinds import PLAYLISTS
from db.search.rebuild import rebuild
from db.search.remake import remake
from tests.factories import Factory
from tests.schema.conftest import Asked, People
from tests.schema.test_playlists import UPDATE, create
from tests.schema.test_sessions import PASSWORD, sign_up

FIND = """
query ($text: String!) {
  search(query: $text) {
    playlists { edges { node { id name owner { userName } } match { reason field text } } }
  }
}
"""
DELETE = "mutation ($id: ID!) { deletePlaylist(input: {playlistId: $id}) { __typename } }"
SAVE = "mutation ($id: ID!) { savePlaylist(input: {playlistId: $id}) { __typename } }"
UNSAVE = "mutation ($id: ID!) { unsavePlaylist(input: {playlistId: $id}) { __typename } }"


async def found(asked: Asked, text: str) -> list[str]:
    edges = (await asked(FIND, text=text))["search"]["playlists"]["edges"]
    return [edge["node"]["name"] for edge in edges]


async def change(asked: Asked, playlist: dict[str, Any], **values: Any) -> dict[str, Any]:
    answer = await asked(
        UPDATE, input={"playlistId": playlist["id"], "revision": playlist["revision"], **values}
    )
    changed: dict[str, Any] = answer["updatePlaylist"]["playlist"]
    return changed


async def test_a_public_playlist_is_found_by_its_name(
    clean_database: Pool, ask: Asked, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await create(ada, name="Café au lait", visibility="PUBLIC")
    [edge] = (await ask(FIND, text="cafe au"))["search"]["playlists"]["edges"]
    assert edge == {
        "node": {"id": playlist["id"], "name": "Café au lait", "owner": {"userName": "ada"}},
        "match": [{"reason": "WORD", "field": "NAME", "text": "Café au lait"}],
    }


async def test_what_is_not_public_is_found_by_nobody(
    clean_database: Pool, ask: Asked, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    for visibility in ("PRIVATE", "UNLISTED"):
        await create(ada, name="Secret rain", visibility=visibility)
    assert await found(ask, "secret rain") == await found(ada, "secret rain") == []


async def test_search_follows_what_becomes_of_a_playlist(
    clean_database: Pool, ask: Asked, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await create(ada, name="Rain")
    playlist = await change(ada, playlist, visibility="PUBLIC")
    assert await found(ask, "rain") == ["Rain"]
    playlist = await change(ada, playlist, name="Storm")
    assert (await found(ask, "rain"), await found(ask, "storm")) == ([], ["Storm"])
    playlist = await change(ada, playlist, description="Loud")
    assert await found(ask, "storm") == ["Storm"]
    playlist = await change(ada, playlist, visibility="PRIVATE")
    assert await found(ask, "storm") == await found(ada, "storm") == []
    playlist = await change(ada, playlist, visibility="PUBLIC")
    assert await found(ask, "storm") == ["Storm"]
    await ada(DELETE, id=playlist["id"])
    assert await found(ask, "storm") == []


async def test_what_is_popular_comes_first(
    clean_database: Pool, ask: Asked, people: People
) -> None:
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    saved = await create(ada, name="Rain one", visibility="PUBLIC")
    await create(ada, name="Rain two", visibility="PUBLIC")
    assert await found(ask, "rain") == ["Rain two", "Rain one"]
    for _ in range(2):  # saving again counts once
        await bob(SAVE, id=saved["id"])
    async with clean_database.acquire() as connection:
        counted = "SELECT popularity FROM public_playlists ORDER BY id"
        assert [row[0] for row in await connection.fetch(counted)] == [1, 0]
        await remake(connection, PLAYLISTS)
    assert await found(ask, "rain") == ["Rain one", "Rain two"]
    for _ in range(2):
        await bob(UNSAVE, id=saved["id"])
    async with clean_database.acquire() as connection:
        assert [row[0] for row in await connection.fetch(counted)] == [0, 0]
        await rebuild(connection, PLAYLISTS)
    assert await found(ask, "rain") == ["Rain two", "Rain one"]


async def test_a_deleted_account_leaves_nothing_to_find(
    clean_database: Pool, ask: Asked, people: People
) -> None:
    signed_up = await ask.with_token((await sign_up(ask))["accessToken"])
    await create(signed_up, name="Rain", visibility="PUBLIC")
    assert await found(ask, "rain") == ["Rain"]
    delete = """mutation ($password: String!) {
        deleteAccount(input: {password: $password}) { __typename }
    }"""
    answer = await signed_up(delete, password=PASSWORD)
    assert answer["deleteAccount"]["__typename"] == "DeleteAccountPayload"
    assert await found(ask, "rain") == []
    async with clean_database.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM public_playlists") == 0


async def test_playlists_and_podcasts_are_suggested_and_among_the_best(
    clean_database: Pool, ask: Asked, people: People, factory: Factory
) -> None:
    ada = ask.by(await people.make("ada"))
    await create(ada, name="Night drive", visibility="PUBLIC")
    await factory.make_show(title="Night talk")
    query = """{
        search(query: "night") { top { __typename ... on Show { title } ... on Playlist { name } } }
        suggest(prefix: "night") { text kind node { __typename } }
    }"""
    answer = await ask(query)
    assert sorted(one["__typename"] for one in answer["search"]["top"]) == ["Playlist", "Show"]
    assert sorted((one["text"], one["kind"]) for one in answer["suggest"]) == [
        ("Night drive", "PLAYLIST"),
        ("Night talk", "SHOW"),
    ]
