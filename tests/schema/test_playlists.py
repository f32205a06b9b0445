import asyncio
from typing import Any

from resolvers.viewer import Viewer
from tests.factories import Factory
from tests.schema.conftest import Asked, People

PLAYLIST = """
fragment Whole on Playlist {
  id name description visibility revision entryCount durationMs changeableByViewer
  shareToken inviteToken
  owner { userName }
  collaborators { userName }
  entries(first: 100) { nodes { id song { title } addedBy { userName } } }
}
"""
CREATE = (
    """
mutation ($input: CreatePlaylistInput!) {
  createPlaylist(input: $input) {
    ... on CreatePlaylistPayload { playlist { ...Whole } }
    ... on Invalid { field message }
  }
}
"""
    + PLAYLIST
)
ERRORS = "... on Error { code } ... on Conflict { currentRevision }"
UPDATE = (
    """
mutation ($input: UpdatePlaylistInput!) {
  updatePlaylist(input: $input) {
    ... on UpdatePlaylistPayload { playlist { ...Whole } } ERRORS
  }
}
""".replace("ERRORS", ERRORS)
    + PLAYLIST
)
ADD = (
    """
mutation ($input: AddToPlaylistInput!) {
  addToPlaylist(input: $input) {
    ... on AddToPlaylistPayload {
      playlist { ...Whole }
      entries { id song { title } }
    } ERRORS
  }
}
""".replace("ERRORS", ERRORS)
    + PLAYLIST
)
MOVE = (
    """
mutation ($input: MovePlaylistEntriesInput!) {
  movePlaylistEntries(input: $input) {
    ... on MovePlaylistEntriesPayload { playlist { ...Whole } } ERRORS
  }
}
""".replace("ERRORS", ERRORS)
    + PLAYLIST
)
REMOVE = (
    """
mutation ($input: RemoveFromPlaylistInput!) {
  removeFromPlaylist(input: $input) {
    ... on RemoveFromPlaylistPayload { playlist { ...Whole } } ERRORS
  }
}
""".replace("ERRORS", ERRORS)
    + PLAYLIST
)
READ = (
    "query ($id: ID!, $token: String) { playlist(id: $id, shareToken: $token) { ...Whole } }"
    + PLAYLIST
)
JOIN = (
    """
mutation ($id: ID!, $token: String!) {
  joinPlaylist(input: {playlistId: $id, inviteToken: $token}) {
    ... on JoinPlaylistPayload { playlist { ...Whole } } ... on Error { code }
  }
}
"""
    + PLAYLIST
)


async def create(asked: Asked, **given: Any) -> dict[str, Any]:
    answer = await asked(CREATE, input={"name": "Rain", **given})
    playlist: dict[str, Any] = answer["createPlaylist"]["playlist"]
    return playlist


async def with_songs(asked: Asked, factory: Factory, number: int, **given: Any) -> dict[str, Any]:
    """A playlist of `Song 1`, `Song 2`, …"""
    playlist = await create(asked, **given)
    ids = [f"song_{song.id:x}" for song in await factory.make_songs(number, album=None)]
    answer = await asked(ADD, input={"playlistId": playlist["id"], "songIds": ids})
    changed: dict[str, Any] = answer["addToPlaylist"]["playlist"]
    return changed


def titles(playlist: dict[str, Any]) -> list[int]:
    """The numbers in the songs' titles."""
    return [int(entry["song"]["title"].split()[1]) for entry in playlist["entries"]["nodes"]]


def entry_ids(playlist: dict[str, Any]) -> list[str]:
    return [entry["id"] for entry in playlist["entries"]["nodes"]]


async def test_a_playlist_is_made_filled_and_read(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 3, description=" For  walks.\n\nAlone. ")
    assert playlist["name"] == "Rain"
    assert playlist["description"] == "For  walks.\n\nAlone."
    assert playlist["owner"] == {"userName": "ada"}
    assert (playlist["entryCount"], playlist["durationMs"]) == (3, 600_000)
    assert (playlist["revision"], playlist["visibility"]) == (2, "PRIVATE")
    assert titles(playlist) == [1, 2, 3]
    assert playlist["entries"]["nodes"][0]["addedBy"] == {"userName": "ada"}
    assert (await ada(READ, id=playlist["id"]))["playlist"] == playlist
    found = await ada("{ viewer { playlists { nodes { id } } } }")
    assert found["viewer"]["playlists"]["nodes"] == [{"id": playlist["id"]}]
    node = await ada("query ($id: ID!) { node(id: $id) { __typename id } }", id=playlist["id"])
    assert node["node"] == {"__typename": "Playlist", "id": playlist["id"]}


async def test_names_and_descriptions_have_limits(ask: Asked, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    for wrong, field in [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x", "description": "x" * 2_001}, "description"),
        ({"name": "x", "description": "a\0b"}, "description"),
    ]:
        answer = await ada(CREATE, input=wrong)
        assert answer["createPlaylist"]["field"] == field


async def test_a_name_does_not_turn_the_text_beside_it(ask: Asked, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    for mark in "\u202a\u202e\u2066\u2069":
        answer = await ada(CREATE, input={"name": f"gpj{mark}.exe"})
        assert answer["createPlaylist"]["field"] == "name"
    assert (await create(ada, name="שלום\u200f!"))["name"] == "שלום\u200f!", "as it is written"


async def test_entries_are_read_in_pages(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 7)
    query = """
        query ($id: ID!, $after: String) {
          playlist(id: $id) {
            entries(first: 3, after: $after) {
              nodes { id } pageInfo { hasNextPage endCursor }
            }
          }
        }"""
    found: list[str] = []
    after = None
    for _ in range(3):
        answer = await ada(query, id=playlist["id"], after=after)
        entries = answer["playlist"]["entries"]
        found += [entry["id"] for entry in entries["nodes"]]
        after = entries["pageInfo"]["endCursor"]
    assert found == entry_ids(playlist)
    assert not entries["pageInfo"]["hasNextPage"]


async def test_songs_are_added_beside_an_entry(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 3)
    first, second, _ = entry_ids(playlist)
    songs = [
        f"song_{song.id:x}"
        for song in [await factory.make_song("New 8"), await factory.make_song("New 9")]
    ]
    for place, expected in [
        ({"before": first}, [8, 9, 1, 2, 3]),
        ({"after": second}, [8, 9, 1, 2, 8, 9, 3]),
    ]:
        answer = await ada(
            ADD, input={"playlistId": playlist["id"], "songIds": songs, "place": place}
        )
        added = answer["addToPlaylist"]
        assert titles(added["playlist"]) == expected
        assert [entry["song"]["title"] for entry in added["entries"]] == ["New 8", "New 9"]
    answer = await ada(
        ADD, input={"playlistId": playlist["id"], "songIds": songs, "place": {"after": "entry_1"}}
    )
    assert answer["addToPlaylist"] == {"code": "NOT_FOUND"}


async def test_entries_are_moved_in_the_order_given(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 5)
    ids = entry_ids(playlist)
    for moved, place, expected in [
        ([4, 2], {"before": ids[0]}, [5, 3, 1, 2, 4]),
        ([4], None, [3, 1, 2, 4, 5]),
        ([0, 1], {"after": ids[3]}, [3, 4, 1, 2, 5]),
    ]:
        answer = await ada(
            MOVE,
            input={
                "playlistId": playlist["id"],
                "entryIds": [ids[place] for place in moved],
                "place": place,
                "revision": playlist["revision"],
            },
        )
        playlist = answer["movePlaylistEntries"]["playlist"]
        assert titles(playlist) == expected


async def test_moving_an_entry_beside_itself_is_refused(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 2)
    answer = await ada(
        MOVE,
        input={
            "playlistId": playlist["id"],
            "entryIds": entry_ids(playlist),
            "place": {"after": entry_ids(playlist)[0]},
            "revision": playlist["revision"],
        },
    )
    assert answer["movePlaylistEntries"] == {"code": "INVALID"}


async def test_entries_are_removed_once(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 3)
    gone = entry_ids(playlist)[1]
    for _ in range(2):
        answer = await ada(REMOVE, input={"playlistId": playlist["id"], "entryIds": [gone]})
        left = answer["removeFromPlaylist"]["playlist"]
        assert titles(left) == [1, 3]
        assert (left["entryCount"], left["durationMs"]) == (2, 400_000)


async def test_an_old_revision_is_a_conflict(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 2)
    old = {"playlistId": playlist["id"], "revision": playlist["revision"] - 1}
    songs = [f"song_{(await factory.make_song()).id:x}"]
    conflict = {"code": "CONFLICT", "currentRevision": playlist["revision"]}
    changes: list[tuple[str, str, dict[str, Any]]] = [
        (UPDATE, "updatePlaylist", {"name": "Sun"}),
        (ADD, "addToPlaylist", {"songIds": songs}),
        (MOVE, "movePlaylistEntries", {"entryIds": entry_ids(playlist)}),
        (REMOVE, "removeFromPlaylist", {"entryIds": entry_ids(playlist)}),
    ]
    for query, name, given in changes:
        assert (await ada(query, input=old | given))[name] == conflict
    assert (await ada(READ, id=playlist["id"]))["playlist"] == playlist


async def test_of_two_changes_to_one_revision_one_is_made(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = await people.make("ada")
    playlist = await with_songs(ask.by(ada), factory, 1)
    answers = await asyncio.gather(
        *(
            ask.by(ada)(
                UPDATE,
                input={
                    "playlistId": playlist["id"],
                    "revision": playlist["revision"],
                    "name": f"Name {number}",
                },
            )
            for number in range(8)
        )
    )
    made = [
        answer["updatePlaylist"] for answer in answers if "playlist" in answer["updatePlaylist"]
    ]
    assert len(made) == 1
    read = await ask.by(ada)(READ, id=playlist["id"])
    assert read["playlist"]["name"] == made[0]["playlist"]["name"]


async def test_songs_added_at_once_are_all_there_in_one_order(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = await people.make("ada")
    playlist = await with_songs(ask.by(ada), factory, 2)
    first, second = entry_ids(playlist)
    songs = [await factory.make_song(f"New {number}") for number in range(10, 22)]
    places = [None, {"after": first}, {"before": second}, {"before": first}]
    answers = await asyncio.gather(
        *(
            ask.by(ada)(
                ADD,
                input={
                    "playlistId": playlist["id"],
                    "songIds": [f"song_{song.id:x}"],
                    "place": places[number % 4],
                },
            )
            for number, song in enumerate(songs)
        )
    )
    revisions = {answer["addToPlaylist"]["playlist"]["revision"] for answer in answers}
    read = (await ask.by(ada)(READ, id=playlist["id"]))["playlist"]
    assert read["revision"] == playlist["revision"] + 12 == max(revisions)
    assert sorted(titles(read)) == [1, 2, *range(10, 22)]
    at = {title: place for place, title in enumerate(titles(read))}
    for number in range(12):
        [low, high] = [(at[2], 99), (at[1], at[2]), (at[1], at[2]), (-1, at[1])][number % 4]
        assert low < at[number + 10] < high


async def test_many_songs_put_into_one_place_stay_in_order(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 2)
    song = f"song_{(await factory.make_song('New 9')).id:x}"
    first, last = entry_ids(playlist)
    expected = [first]
    for _ in range(150):
        answer = await ada(
            """
            mutation ($input: AddToPlaylistInput!) {
              addToPlaylist(input: $input) { ... on AddToPlaylistPayload { entries { id } } }
            }
            """,
            input={
                "playlistId": playlist["id"],
                "songIds": [song] * 50,
                "place": {"after": expected[-1]},
            },
        )
        expected += [entry["id"] for entry in answer["addToPlaylist"]["entries"]][:1]
    async with people.pool.acquire() as connection:
        rows = await connection.fetch("SELECT id, position FROM playlist_entries ORDER BY position")
    assert len(rows) == 2 + 150 * 50
    assert max(len(row["position"]) for row in rows) <= 70
    order = [f"entry_{row['id']:x}" for row in rows]
    assert [entry for entry in order if entry in expected] == expected
    assert order[-1] == last


async def test_a_public_playlist_is_everybody_s_to_read(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob = await people.make("ada"), await people.make("bob")
    playlist = await with_songs(ask.by(ada), factory, 1, visibility="PUBLIC")
    for asked in (ask, ask.by(bob)):
        read = (await asked(READ, id=playlist["id"]))["playlist"]
        assert titles(read) == [1]
        assert not read["changeableByViewer"]
        found = await asked(
            "query ($id: ID!) { node(id: $id) { ... on User { playlists { nodes { name } } } } }",
            id=f"user_{ada.id:x}",
        )
        assert found["node"]["playlists"]["nodes"] == [{"name": "Rain"}]


async def test_an_unlisted_playlist_opens_by_its_token(ask: Asked, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await create(ada, visibility="UNLISTED")
    token = playlist["shareToken"]
    assert len(token) == 32
    assert (await ask(READ, id=playlist["id"], token=token))["playlist"]["name"] == "Rain"
    assert (await ask(READ, id=playlist["id"], token=token))["playlist"]["shareToken"] is None
    assert (await ask(READ, id=playlist["id"], token="0" * 32))["playlist"] is None
    assert (await ask(READ, id=playlist["id"]))["playlist"] is None
    both = """query ($id: ID!, $token: String) {
        closed: playlist(id: $id) { name } open: playlist(id: $id, shareToken: $token) { name }
    }"""
    answer = await ask(both, id=playlist["id"], token=token)
    assert answer == {"closed": None, "open": {"name": "Rain"}}
    error = await ask.error(READ, id=playlist["id"], token="not one")
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "shareToken"}


async def test_another_person_reads_and_changes_nothing(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    playlist = await with_songs(ada, factory, 2, collaborative=True)
    given = {"playlistId": playlist["id"]}
    song = f"song_{(await factory.make_song()).id:x}"
    for asked in (ask, bob):
        assert (await asked(READ, id=playlist["id"]))["playlist"] is None
    changes: list[tuple[str, str, dict[str, Any]]] = [
        (UPDATE, "updatePlaylist", {"name": "Mine", "revision": 2}),
        (ADD, "addToPlaylist", {"songIds": [song]}),
        (MOVE, "movePlaylistEntries", {"entryIds": entry_ids(playlist)[:1], "revision": 2}),
        (REMOVE, "removeFromPlaylist", {"entryIds": entry_ids(playlist)}),
    ]
    for query, name, more in changes:
        assert (await bob(query, input=given | more))[name] == {"code": "NOT_FOUND"}
    for name in ("deletePlaylist", "leavePlaylist", "savePlaylist"):
        query = f"""mutation ($id: ID!) {{
            {name}(input: {{playlistId: $id}}) {{ ... on Error {{ code }} }}
        }}"""
        assert (await bob(query, id=playlist["id"]))[name] == {"code": "NOT_FOUND"}
    assert (await bob(JOIN, id=playlist["id"], token="0" * 32))["joinPlaylist"] == {
        "code": "NOT_FOUND"
    }
    assert (await ada(READ, id=playlist["id"]))["playlist"] == playlist
    assert (await bob("{ viewer { playlists { nodes { id } } } }"))["viewer"]["playlists"] == {
        "nodes": []
    }


async def befriended(
    ask: Asked, factory: Factory, people: People
) -> tuple[Viewer, Viewer, dict[str, Any]]:
    ada, bob = await people.make("ada"), await people.make("bob")
    playlist = await with_songs(ask.by(ada), factory, 2, collaborative=True)
    joined = await ask.by(bob)(JOIN, id=playlist["id"], token=playlist["inviteToken"])
    assert joined["joinPlaylist"]["playlist"]["changeableByViewer"]
    return ada, bob, playlist


async def test_a_collaborator_changes_entries_and_finds_the_playlist(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob, playlist = await befriended(ask, factory, people)
    song = f"song_{(await factory.make_song('New 3')).id:x}"
    await ask.by(bob)(ADD, input={"playlistId": playlist["id"], "songIds": [song]})
    read = (await ask.by(ada)(READ, id=playlist["id"]))["playlist"]
    assert titles(read) == [1, 2, 3]
    assert read["entries"]["nodes"][2]["addedBy"] == {"userName": "bob"}
    assert read["collaborators"] == [{"userName": "bob"}]
    saved = "{ viewer { savedPlaylists { nodes { id shareToken inviteToken } } } }"
    assert (await ask.by(bob)(saved))["viewer"]["savedPlaylists"]["nodes"] == [
        {"id": playlist["id"], "shareToken": None, "inviteToken": None}
    ]
    answer = await ask.by(bob)(
        UPDATE, input={"playlistId": playlist["id"], "revision": read["revision"], "name": "Mine"}
    )
    assert answer["updatePlaylist"] == {"code": "NOT_FOUND"}


async def test_a_collaboration_is_ended_by_either(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob, playlist = await befriended(ask, factory, people)
    leave = """mutation ($id: ID!) {
        leavePlaylist(input: {playlistId: $id}) { ... on LeavePlaylistPayload { playlistId } }
    }"""
    assert (await ask.by(bob)(leave, id=playlist["id"]))["leavePlaylist"] == {
        "playlistId": playlist["id"]
    }
    assert (await ask.by(bob)(READ, id=playlist["id"]))["playlist"] is None
    await ask.by(bob)(JOIN, id=playlist["id"], token=playlist["inviteToken"])
    answer = await ask.by(ada)(
        """
        mutation ($id: ID!, $user: ID!) {
          removeCollaborator(input: {playlistId: $id, userId: $user}) {
            ... on RemoveCollaboratorPayload { playlist { collaborators { userName } } }
          }
        }
        """,
        id=playlist["id"],
        user=f"user_{bob.id:x}",
    )
    assert answer["removeCollaborator"]["playlist"]["collaborators"] == []
    assert (await ask.by(bob)(READ, id=playlist["id"]))["playlist"] is None
    saved = "{ viewer { savedPlaylists { nodes { id } } } }"
    assert (await ask.by(bob)(saved))["viewer"]["savedPlaylists"]["nodes"] == []


async def test_a_playlist_that_is_collaborative_no_more_is_its_owner_s(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada, bob, playlist = await befriended(ask, factory, people)
    answer = await ask.by(ada)(
        UPDATE,
        input={"playlistId": playlist["id"], "revision": 2, "collaborative": False},
    )
    changed = answer["updatePlaylist"]["playlist"]
    assert (changed["collaborators"], changed["inviteToken"]) == ([], None)
    assert (await ask.by(bob)(READ, id=playlist["id"]))["playlist"] is None
    joined = await ask.by(bob)(JOIN, id=playlist["id"], token=playlist["inviteToken"])
    assert joined["joinPlaylist"] == {"code": "NOT_FOUND"}


async def test_an_unlisted_playlist_that_was_saved_stays_open(ask: Asked, people: People) -> None:
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    playlist = await create(ada, visibility="UNLISTED")
    save = """mutation ($id: ID!, $token: String) {
        savePlaylist(input: {playlistId: $id, shareToken: $token}) { __typename }
    }"""
    for token, expected in [(None, "NotFound"), (playlist["shareToken"], "SavePlaylistPayload")]:
        answer = await bob(save, id=playlist["id"], token=token)
        assert answer["savePlaylist"] == {"__typename": expected}
    saved = "{ viewer { savedPlaylists { edges { addedAt node { name } } } } }"
    [edge] = (await bob(saved))["viewer"]["savedPlaylists"]["edges"]
    assert edge["node"] == {"name": "Rain"}
    answer = await ada(save, id=playlist["id"], token=None)
    assert answer["savePlaylist"] == {"__typename": "Invalid"}
    await bob(
        "mutation ($id: ID!) { unsavePlaylist(input: {playlistId: $id}) { __typename } }",
        id=playlist["id"],
    )
    assert (await bob(saved))["viewer"]["savedPlaylists"]["edges"] == []


async def test_a_deleted_playlist_is_gone(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    playlist = await with_songs(ada, factory, 2)
    delete = """mutation ($id: ID!) {
        deletePlaylist(input: {playlistId: $id}) {
          ... on DeletePlaylistPayload { playlistId } ... on Error { code }
        }
    }"""
    answer = await ada(delete, id=playlist["id"])
    assert answer["deletePlaylist"] == {"playlistId": playlist["id"]}
    assert (await ada(delete, id=playlist["id"]))["deletePlaylist"] == {"code": "NOT_FOUND"}
    assert (await ada(READ, id=playlist["id"]))["playlist"] is None
