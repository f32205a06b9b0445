from resolvers.ids import song_id
from resolvers.viewer import Role
from tests.factories import Factory
from tests.schema.conftest import Asked, People

MUTATION = """
mutation ($id: ID!) {
  %sSong(input: {songId: $id}) {
    __typename
    ... on %sSongPayload { song { title available files { codec } } }
    ... on Error { code }
  }
}
"""
WITHDRAW = MUTATION % ("withdraw", "Withdraw")
RESTORE = MUTATION % ("restore", "Restore")
SEARCH = '{ search(query: "hello") { songs { nodes { title } } } }'


async def test_a_song_is_withdrawn_and_restored(
    factory: Factory, ask: Asked, people: People
) -> None:
    song = song_id(await factory.make_song("Hello"))
    curator = ask.by(await people.make("curator", Role.CURATOR))
    gone = (await curator(WITHDRAW, id=song))["withdrawSong"]
    assert gone["song"] == {"title": "Hello", "available": False, "files": []}
    assert (await ask(SEARCH))["search"]["songs"]["nodes"] == []
    back = (await curator(RESTORE, id=song))["restoreSong"]
    assert back["song"] == {"title": "Hello", "available": True, "files": [{"codec": "MP3"}]}
    assert (await ask(SEARCH))["search"]["songs"]["nodes"] == [{"title": "Hello"}]


async def test_a_song_that_is_not_there(ask: Asked, people: People) -> None:
    curator = ask.by(await people.make("curator", Role.CURATOR))
    for mutation in (WITHDRAW, RESTORE):
        [answer] = (await curator(mutation, id="song_1")).values()
        assert answer == {"__typename": "NotFound", "code": "NOT_FOUND"}
