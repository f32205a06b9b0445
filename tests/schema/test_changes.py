"""What has changed, told to a client that keeps a copy."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.changes import delete_old_changes
from tests.factories import Factory
from tests.schema.conftest import Asked, People

CHANGES = """
query ($since: String, $first: Int! = 100) {
  viewer {
    changes(since: $since, first: $first) {
      __typename
      ... on StartOver { cursor message }
      ... on ChangePage {
        cursor
        hasMore
        changes {
          __typename
          ... on LibraryChange { id addedAt item { ... on Song { title } } }
          ... on SavedPlaylistChange { id addedAt playlist { name } }
          ... on PlaylistChange { id playlist { name revision } }
          ... on PlaylistEntryChange {
            id playlistId entry { id position song { title } } playlist { revision }
          }
          ... on PlaylistOrderChange { id playlist { revision } }
          ... on PlayChange { playId play { heardMs song { title } } }
          ... on EpisodeProgressChange { episode { title progress { positionMs } } }
        }
      }
    }
  }
}
"""


async def begin(ask: Asked) -> str:
    found = (await ask(CHANGES))["viewer"]["changes"]
    assert found["__typename"] == "StartOver"
    return str(found["cursor"])


async def since(ask: Asked, cursor: str, first: int = 100) -> Any:
    return (await ask(CHANGES, since=cursor, first=first))["viewer"]["changes"]


async def done(ask: Asked, mutation: str) -> Any:
    answer = await ask(f"mutation {{ done: {mutation} }}")
    assert answer["done"]["__typename"].endswith("Payload"), answer
    return answer["done"]


async def like(ask: Asked, *songs: str) -> None:
    ids = ", ".join(f'"{song}"' for song in songs)
    await done(ask, f"likeSongs(input: {{songIds: [{ids}]}}) {{ __typename }}")


async def unlike(ask: Asked, song: str) -> None:
    await done(ask, f'unlikeSongs(input: {{songIds: ["{song}"]}}) {{ __typename }}')


async def make_playlist(ask: Asked, more: str = "") -> Any:
    made = await done(
        ask,
        f'createPlaylist(input: {{name: "Rain"{more}}}) '
        "{ __typename ... on CreatePlaylistPayload { playlist { id revision inviteToken } } }",
    )
    return made["playlist"]


@pytest.fixture
async def ada(ask: Asked, people: People) -> Asked:
    return ask.by(await people.make("ada"))


async def test_the_first_sync_says_to_read_all_and_where_to_go_on(
    ada: Asked, factory: Factory
) -> None:
    song = f"song_{(await factory.make_song()).id:x}"
    await like(ada, song)
    cursor = await begin(ada)
    assert await since(ada, cursor) == {
        "__typename": "ChangePage",
        "cursor": cursor,
        "hasMore": False,
        "changes": [],
    }


async def test_likes_come_and_go(ada: Asked, factory: Factory) -> None:
    first, second = [f"song_{song.id:x}" for song in await factory.make_songs(2)]
    cursor = await begin(ada)
    await like(ada, first, second)
    found = await since(ada, cursor)
    assert {change["id"] for change in found["changes"]} == {first, second}
    assert {change["item"]["title"] for change in found["changes"]} == {"Song 1", "Song 2"}
    assert all(change["addedAt"] for change in found["changes"])
    await like(ada, first)  # it is there already
    await unlike(ada, first)
    await unlike(ada, first)
    [removed] = (await since(ada, found["cursor"]))["changes"]
    assert removed == {
        "__typename": "LibraryChange",
        "id": first,
        "addedAt": None,
        "item": {"title": "Song 1"},
    }


async def test_what_changes_twice_is_told_once_as_it_is_now(ada: Asked, factory: Factory) -> None:
    song = f"song_{(await factory.make_song()).id:x}"
    cursor = await begin(ada)
    await like(ada, song)
    await unlike(ada, song)
    await like(ada, song)
    found = await since(ada, cursor)
    assert [change["id"] for change in found["changes"]] == [song]
    assert found["changes"][0]["addedAt"] is not None


async def test_a_playlist_is_followed_entry_by_entry(ada: Asked, factory: Factory) -> None:
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(3)]
    cursor = await begin(ada)
    playlist = (await make_playlist(ada))["id"]
    found = await since(ada, cursor)
    assert found["changes"] == [
        {
            "__typename": "PlaylistChange",
            "id": playlist,
            "playlist": {"name": "Rain", "revision": 1},
        }
    ]
    ids = ", ".join(f'"{song}"' for song in songs)
    added = await done(
        ada,
        f'addToPlaylist(input: {{playlistId: "{playlist}", songIds: [{ids}]}}) '
        "{ __typename ... on AddToPlaylistPayload { entries { id } } }",
    )
    found = await since(ada, found["cursor"])
    entries = sorted(found["changes"], key=lambda change: change["entry"]["position"])
    assert [change["entry"]["song"]["title"] for change in entries] == [
        "Song 1",
        "Song 2",
        "Song 3",
    ]
    assert {change["playlist"]["revision"] for change in entries} == {2}
    first, second, third = [entry["id"] for entry in added["entries"]]
    await done(
        ada,
        f'movePlaylistEntries(input: {{playlistId: "{playlist}", entryIds: ["{third}"], '
        f'place: {{before: "{first}"}}, revision: 2}}) {{ __typename }}',
    )
    await done(
        ada,
        f'removeFromPlaylist(input: {{playlistId: "{playlist}", entryIds: ["{second}"]}}) '
        "{ __typename }",
    )
    found = await since(ada, found["cursor"])
    moved, removed = found["changes"]
    assert moved["id"] == third
    assert moved["entry"]["position"] < min(change["entry"]["position"] for change in entries)
    assert (removed["id"], removed["entry"], removed["playlistId"]) == (second, None, playlist)
    await done(ada, f'deletePlaylist(input: {{playlistId: "{playlist}"}}) {{ __typename }}')
    found = await since(ada, found["cursor"])
    assert found["changes"] == [{"__typename": "PlaylistChange", "id": playlist, "playlist": None}]


async def test_when_all_positions_are_renewed_the_client_is_told(
    ada: Asked, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.playlist_entries.MAX_LENGTH", 0)
    song = f"song_{(await factory.make_song()).id:x}"
    playlist = (await make_playlist(ada))["id"]
    cursor = await begin(ada)
    await done(
        ada,
        f'addToPlaylist(input: {{playlistId: "{playlist}", songIds: ["{song}"]}}) {{ __typename }}',
    )
    assert (await since(ada, cursor))["changes"] == [
        {"__typename": "PlaylistOrderChange", "id": playlist, "playlist": {"revision": 2}}
    ]


async def test_what_a_collaborator_does_is_told_to_the_owner_alone(
    ask: Asked, ada: Asked, people: People, factory: Factory
) -> None:
    bob = ask.by(await people.make("bob"))
    song = f"song_{(await factory.make_song()).id:x}"
    playlist = await make_playlist(ada, ", collaborative: true")
    await done(
        bob,
        f'joinPlaylist(input: {{playlistId: "{playlist["id"]}", '
        f'inviteToken: "{playlist["inviteToken"]}"}}) {{ __typename }}',
    )
    adas, bobs = await begin(ada), await begin(bob)
    await done(
        bob,
        f'addToPlaylist(input: {{playlistId: "{playlist["id"]}", songIds: ["{song}"]}}) '
        "{ __typename }",
    )
    [change] = (await since(ada, adas))["changes"]
    assert change["__typename"] == "PlaylistEntryChange"
    assert (await since(bob, bobs))["changes"] == []
    await done(bob, f'leavePlaylist(input: {{playlistId: "{playlist["id"]}"}}) {{ __typename }}')
    [left] = (await since(bob, bobs))["changes"]
    assert left == {
        "__typename": "SavedPlaylistChange",
        "id": playlist["id"],
        "addedAt": None,
        "playlist": None,
    }


async def test_plays_are_told_when_more_is_known_of_them(ada: Asked, factory: Factory) -> None:
    song = f"song_{(await factory.make_song()).id:x}"
    cursor = await begin(ada)
    play, now = uuid4(), datetime.now(UTC)

    async def report(heard_ms: int) -> None:
        await done(
            ada,
            f'reportPlays(input: {{plays: [{{id: "{play}", songId: "{song}", '
            f'startedAt: "{now.isoformat()}", at: "{now.isoformat()}", heardMs: {heard_ms}}}]}}) '
            "{ __typename }",
        )

    await report(1000)
    found = await since(ada, cursor)
    [change] = found["changes"]
    assert change == {
        "__typename": "PlayChange",
        "playId": str(play),
        "play": {"heardMs": 1000, "song": {"title": "Hello"}},
    }
    await report(1000)  # once more, which changes nothing
    assert (await since(ada, found["cursor"]))["changes"] == []
    await report(2000)
    [change] = (await since(ada, found["cursor"]))["changes"]
    assert change["play"]["heardMs"] == 2000


async def test_pages_follow_one_another(ada: Asked, factory: Factory) -> None:
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(7)]
    cursor = await begin(ada)
    for song in songs:
        await like(ada, song)
    told = []
    while True:
        page = await since(ada, cursor, first=3)
        told += [change["id"] for change in page["changes"]]
        cursor = page["cursor"]
        if not page["hasMore"]:
            break
    assert told == songs


async def test_an_old_cursor_is_told_to_start_over(ada: Asked, factory: Factory) -> None:
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(3)]
    old = await begin(ada)
    await like(ada, songs[0])
    recent = await begin(ada)
    await like(ada, songs[1])
    pool = ada.services.pool
    async with pool.acquire() as connection:
        await connection.execute(
            "UPDATE changes SET changed_at = changed_at - interval '91 days' WHERE number = 1"
        )
        before = datetime.now(UTC) - timedelta(days=90)
        assert await delete_old_changes(connection, before, 100) == 1
    answer = await since(ada, old)
    assert answer["__typename"] == "StartOver"
    assert [change["id"] for change in (await since(ada, recent))["changes"]] == [songs[1]]
    assert (await since(ada, answer["cursor"]))["changes"] == []
    # Of somebody of whom all is forgotten as well.
    await pool.execute("DELETE FROM changes")
    assert (await since(ada, recent))["__typename"] == "StartOver"
    assert (await since(ada, answer["cursor"]))["changes"] == []


async def test_forgetting_leaves_no_gaps_where_clocks_were_wrong(
    ada: Asked, factory: Factory
) -> None:
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(3)]
    cursor = await begin(ada)
    for song in songs:
        await like(ada, song)
    async with ada.services.pool.acquire() as connection:
        await connection.execute(
            "UPDATE changes SET changed_at = changed_at - interval '91 days' WHERE number = 2"
        )
        before = datetime.now(UTC) - timedelta(days=90)
        assert await delete_old_changes(connection, before, 100) == 2
    assert (await since(ada, cursor))["__typename"] == "StartOver"


@pytest.mark.parametrize("cursor", ["", "x", "WyJjaGFuZ2VzIiwxLC0xXQ"])
async def test_what_is_no_cursor_is_refused(ada: Asked, cursor: str) -> None:
    error = await ada.error(CHANGES, since=cursor)
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "since"}


async def test_another_persons_cursor_is_refused(ask: Asked, ada: Asked, people: People) -> None:
    eve = ask.by(await people.make("eve"))
    error = await eve.error(CHANGES, since=await begin(ada))
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "since"}


async def test_nothing_is_missed_while_many_write(ada: Asked, factory: Factory) -> None:
    """A reader that goes on from its cursor sees each change of many concurrent writers."""
    songs = [f"song_{song.id:x}" for song in await factory.make_songs(40)]
    playlist = (await make_playlist(ada))["id"]
    cursor = await begin(ada)
    writing = True
    copy: set[str] = set()
    pages = 0

    async def read() -> None:
        nonlocal cursor, pages
        last = False
        while not last:
            last = not writing
            page = await since(ada.by(ada.caller), cursor, first=7)
            assert page["__typename"] == "ChangePage"
            cursor = page["cursor"]
            pages += 1
            last = last and not page["hasMore"]
            for change in page["changes"]:
                if change["__typename"] != "LibraryChange":
                    continue
                (copy.discard if change["addedAt"] is None else copy.add)(change["id"])

    async def write(song: str) -> None:
        mine = ada.by(ada.caller)
        await like(mine, song)
        await done(
            mine,
            f'addToPlaylist(input: {{playlistId: "{playlist}", songIds: ["{song}"]}}) '
            "{ __typename }",
        )
        await unlike(mine, song)
        await like(mine, song)

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(song) for song in songs[:20]))
    await asyncio.gather(*(write(song) for song in songs[20:]))
    writing = False
    await reader
    assert copy == set(songs)
    assert pages > 1
    numbers = await ada.services.pool.fetch("SELECT number FROM changes ORDER BY number")
    assert [row["number"] for row in numbers] == list(range(1, len(numbers) + 1))
