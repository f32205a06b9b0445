import pytest

from db.users import insert_user
from resolvers.ids import song_id
from tests.factories import Factory
from tests.schema.conftest import Asked

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


async def test_every_kind_of_object_is_found_again_by_its_id(factory: Factory, ask: Asked) -> None:
    song = await factory.make_song(genres=("Soul",))
    async with factory.pool.acquire() as connection:
        await insert_user(connection, factory.ids.next(), "ada", "Ada", song.created_at)
        user = await connection.fetchval("SELECT id FROM users")
    found = await ask(
        "query ($id: ID!) { song(id: $id) "
        "{ id artists { id } album { id } genres { id } files { id } } }",
        id=song_id(song),
    )
    ids = [
        found["song"]["id"],
        found["song"]["artists"][0]["id"],
        found["song"]["album"]["id"],
        found["song"]["genres"][0]["id"],
        found["song"]["files"][0]["id"],
        f"user_{user:x}",
    ]
    types = ["Song", "Artist", "Album", "Genre", "File", "User"]
    nodes = (await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids))[
        "nodes"
    ]
    assert nodes == [
        {"__typename": type_, "id": id_} for type_, id_ in zip(types, ids, strict=True)
    ]
    assert (await ask(NODE, id=ids[4]))["node"]["__typename"] == "File"


async def test_nodes_keep_their_order_and_their_gaps(factory: Factory, ask: Asked) -> None:
    first, second = await factory.make_songs(2)
    wanted = [song_id(second), "song_1", song_id(first), song_id(second)]
    nodes = (await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=wanted))["nodes"]
    assert nodes == [{"id": wanted[0]}, None, {"id": wanted[2]}, {"id": wanted[0]}]


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "song",
        "song_",
        "song_xyz",
        "song_1_2",
        "file_1",
        "song_ffffffffffffffff",
        "song_1\n",
        "SONG_1",
        "song_\0",
        "playlist_1",
        "x" * 10_000,
        "song_١",
    ],
)
async def test_what_is_not_an_id_is_refused(ask: Asked, id_: str) -> None:
    error = await ask.error(NODE, id=id_)
    assert error["message"].endswith("is not an id: send one that Tonearm gave, as it is")
    assert error["extensions"] == {"code": "BAD_INPUT"}
    assert len(error["message"]) < 300


async def test_the_id_of_something_else_is_refused(ask: Asked) -> None:
    error = await ask.error('{ song(id: "album_1") { title } }')
    assert error["message"] == "`id` takes the id of a song, and this is one of: album"


async def test_too_many_ids_are_refused(ask: Asked) -> None:
    error = await ask.error(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["song_1"] * 101
    )
    assert error["extensions"]["code"] == "BAD_INPUT"
