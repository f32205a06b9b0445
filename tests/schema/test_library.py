from tests.factories import Factory
from tests.schema.conftest import Asked, People

LIKE = """
mutation ($ids: [ID!]!) {
  likeSongs(input: {songIds: $ids}) {
    ... on LikeSongsPayload { songs { id likedByViewer } }
    ... on Error { code message }
    ... on Invalid { field }
  }
}
"""
UNLIKE = """
mutation ($ids: [ID!]!) {
  unlikeSongs(input: {songIds: $ids}) {
    ... on UnlikeSongsPayload { songs { id likedByViewer } }
    ... on Error { code message }
  }
}
"""
LIKED = """
query ($first: Int! = 20, $after: String) {
  viewer {
    likedSongs(first: $first, after: $after) {
      edges { addedAt node { title likedByViewer } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""


def titles(answer: dict[str, object]) -> list[str]:
    edges = answer["viewer"]["likedSongs"]["edges"]  # type: ignore[index]
    return [edge["node"]["title"] for edge in edges]


async def test_songs_are_liked_and_no_more(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    ids = [f"song_{song.id:x}" for song in await factory.make_songs(3)]
    liked = await ada(LIKE, ids=ids)
    assert liked["likeSongs"]["songs"] == [{"id": id_, "likedByViewer": True} for id_ in ids]
    assert titles(await ada(LIKED)) == ["Song 1", "Song 2", "Song 3"]
    unliked = await ada(UNLIKE, ids=[ids[1]])
    assert unliked["unlikeSongs"]["songs"] == [{"id": ids[1], "likedByViewer": False}]
    assert titles(await ada(LIKED)) == ["Song 1", "Song 3"]


async def test_liked_songs_are_read_in_pages(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    await ada(LIKE, ids=[f"song_{song.id:x}" for song in await factory.make_songs(5)])
    first = await ada(LIKED, first=3)
    info = first["viewer"]["likedSongs"]["pageInfo"]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    rest = await ada(LIKED, first=3, after=info["endCursor"])
    assert not rest["viewer"]["likedSongs"]["pageInfo"]["hasNextPage"]
    assert titles(first) + titles(rest) == [f"Song {number}" for number in range(1, 6)]


async def test_each_mutation_of_a_document_sees_what_those_before_it_did(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    song = await factory.make_song()
    answer = await ada(
        """
        mutation ($ids: [ID!]!) {
          a: likeSongs(input: {songIds: $ids}) {
            ...on LikeSongsPayload { songs { likedByViewer } }
          }
          b: unlikeSongs(input: {songIds: $ids}) {
            ...on UnlikeSongsPayload { songs { likedByViewer } }
          }
        }
        """,
        ids=[f"song_{song.id:x}"],
    )
    assert answer["a"]["songs"] == [{"likedByViewer": True}]
    assert answer["b"]["songs"] == [{"likedByViewer": False}]


async def test_a_library_is_one_person_s(ask: Asked, factory: Factory, people: People) -> None:
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    song = await factory.make_song()
    ids = [f"song_{song.id:x}"]
    await ada(LIKE, ids=ids)
    assert titles(await bob(LIKED)) == []
    await bob(UNLIKE, ids=ids)
    assert titles(await ada(LIKED)) == ["Hello"]
    query = "query ($id: ID!) { song(id: $id) { likedByViewer } }"
    for asked, expected in [(ada, True), (bob, False), (ask, False)]:
        assert (await asked(query, id=ids[0]))["song"]["likedByViewer"] == expected


async def test_what_does_not_exist_cannot_be_liked(ask: Asked, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    answer = (await ada(LIKE, ids=["song_1"]))["likeSongs"]
    assert answer == {"code": "NOT_FOUND", "message": "There is no song of the id song_1"}
    answer = (await ada(LIKE, ids=[]))["likeSongs"]
    assert (answer["code"], answer["field"]) == ("INVALID", "songIds")
    assert (await ada.error(LIKE, ids=["album_1"]))["extensions"]["code"] == "BAD_INPUT"


async def test_artists_are_followed(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    song = await factory.make_song(artists=("Björk",))
    artist = f"artist_{song.main_artist_ids[0]:x}"
    await ada(
        """mutation ($id: ID!) { followArtists(input: {artistIds: [$id]}) { __typename } }""",
        id=artist,
    )
    query = "{ viewer { followedArtists { nodes { name followedByViewer } } } }"
    found = (await ada(query))["viewer"]["followedArtists"]["nodes"]
    assert found == [{"name": "Björk", "followedByViewer": True}]
    await ada(
        """mutation ($id: ID!) { unfollowArtists(input: {artistIds: [$id]}) { __typename } }""",
        id=artist,
    )
    assert (await ada(query))["viewer"]["followedArtists"]["nodes"] == []


async def test_albums_are_saved(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    song = await factory.make_song(album="Debut")
    album = f"album_{song.album_id:x}"
    await ada(
        """mutation ($id: ID!) { saveAlbums(input: {albumIds: [$id]}) { __typename } }""", id=album
    )
    query = "{ viewer { savedAlbums { nodes { title savedByViewer } } } }"
    found = (await ada(query))["viewer"]["savedAlbums"]["nodes"]
    assert found == [{"title": "Debut", "savedByViewer": True}]
    await ada(
        """mutation ($id: ID!) { unsaveAlbums(input: {albumIds: [$id]}) { __typename } }""",
        id=album,
    )
    assert (await ada(query))["viewer"]["savedAlbums"]["nodes"] == []


async def test_an_account_that_is_gone_cannot_like(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = await people.make("ada")
    song = await factory.make_song()
    async with people.pool.acquire() as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", ada.id)
    error = await ask.by(ada).error(LIKE, ids=[f"song_{song.id:x}"])
    assert error["extensions"]["code"] == "NOT_SIGNED_IN"
