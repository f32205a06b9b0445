import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from db.songs import SongRecord
from tests.factories import Factory
from tests.schema.conftest import Answer, Asked, People

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

QUEUE = """
fragment Whole on PlaybackQueue {
  revision currentIndex positionMs playing device currentSong { title }
  songs(first: 3) { nodes { title } pageInfo { hasNextPage endCursor } }
}
"""
ERRORS = "... on Error { code } ... on Conflict { currentRevision } ... on Invalid { field }"
SET = (
    """
mutation ($input: SetQueueInput!) {
  setQueue(input: $input) { ... on SetQueuePayload { queue { ...Whole } } ERRORS }
}
""".replace("ERRORS", ERRORS)
    + QUEUE
)
UPDATE = (
    """
mutation ($input: UpdateQueueInput!) {
  updateQueue(input: $input) { ... on UpdateQueuePayload { queue { ...Whole } } ERRORS }
}
""".replace("ERRORS", ERRORS)
    + QUEUE
)
READ = "{ viewer { queue { ...Whole } } }" + QUEUE


def ids(*songs: SongRecord) -> list[str]:
    return [f"song_{song.id:x}" for song in songs]


async def put(asked: Asked, revision: int, *songs: SongRecord, **given: Any) -> Answer:
    answer = await asked(SET, input={"revision": revision, "songIds": ids(*songs), **given})
    found: Answer = answer["setQueue"]
    return found


async def move(asked: Asked, revision: int, index: int, **given: Any) -> Answer:
    more = {"positionMs": 0, "playing": False} | given
    answer = await asked(UPDATE, input={"revision": revision, "currentIndex": index, **more})
    found: Answer = answer["updateQueue"]
    return found


async def test_a_queue_follows_from_device_to_device(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = await people.make("ada")
    phone, laptop = ask.by(ada), ask.by(ada)
    phone.now, laptop.now = NOW, NOW + timedelta(seconds=90)
    songs = await factory.make_songs(5)
    assert (await phone(READ))["viewer"]["queue"] is None
    await put(phone, 0, *songs, currentIndex=1, positionMs=5_000, device="Phone")
    queue = (await laptop(READ))["viewer"]["queue"]
    assert (queue["revision"], queue["device"], queue["playing"]) == (1, "Phone", True)
    assert (queue["currentSong"]["title"], queue["positionMs"]) == ("Song 2", 95_000)
    assert [song["title"] for song in queue["songs"]["nodes"]] == ["Song 1", "Song 2", "Song 3"]
    taken = await move(laptop, 1, 1, positionMs=95_000, playing=True, device="Laptop")
    assert (taken["queue"]["device"], taken["queue"]["revision"]) == ("Laptop", 2)
    assert await move(phone, 1, 2) == {"code": "CONFLICT", "currentRevision": 2}
    paused = await move(laptop, 2, 4, positionMs=7)
    assert paused["queue"]["positionMs"] == 7
    assert paused["queue"]["currentSong"]["title"] == "Song 5"


async def test_the_songs_of_a_queue_are_read_in_pages(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = ask.by(await people.make("ada"))
    songs = await factory.make_songs(5)
    queue = (await put(ada, 0, *songs))["queue"]
    assert queue["songs"]["pageInfo"]["hasNextPage"]
    answer = await ada(
        """
        query ($after: String) { viewer { queue {
          songs(first: 3, after: $after) { nodes { title } pageInfo { hasNextPage } }
        } } }
        """,
        after=queue["songs"]["pageInfo"]["endCursor"],
    )
    assert answer["viewer"]["queue"]["songs"] == {
        "nodes": [{"title": "Song 4"}, {"title": "Song 5"}],
        "pageInfo": {"hasNextPage": False},
    }


async def test_of_two_devices_at_once_one_sets_the_queue(
    ask: Asked, factory: Factory, people: People
) -> None:
    ada = await people.make("ada")
    songs = await factory.make_songs(3)
    for revision in (0, 1):
        answers = await asyncio.gather(*(put(ask.by(ada), revision, song) for song in songs))
        assert sum("queue" in answer for answer in answers) == 1
        assert [answer for answer in answers if "queue" not in answer] == [
            {"code": "CONFLICT", "currentRevision": revision + 1}
        ] * 2


async def test_an_empty_queue(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    await put(ada, 0, await factory.make_song())
    queue = (await put(ada, 1, playing=False))["queue"]
    assert (queue["currentSong"], queue["songs"]["nodes"]) == (None, [])
    assert await move(ada, 2, 0) == {"code": "INVALID", "field": "currentIndex"}


async def test_what_is_wrong_is_refused(ask: Asked, factory: Factory, people: People) -> None:
    ada = ask.by(await people.make("ada"))
    song = await factory.make_song()
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"currentIndex": 1}, "currentIndex"),
        ({"currentIndex": -1}, "currentIndex"),
        ({"positionMs": -1}, "positionMs"),
        ({"device": "x" * 101}, "device"),
    ]
    for wrong, field in mistakes:
        assert await put(ada, 0, song, **wrong) == {"code": "INVALID", "field": field}
    answer = await ada(SET, input={"revision": 0, "songIds": ["song_1"]})
    assert answer["setQueue"] == {"code": "NOT_FOUND"}
    assert await put(ada, 7, song) == {"code": "CONFLICT", "currentRevision": 0}
    assert await move(ada, 0, 0) == {"code": "CONFLICT", "currentRevision": 0}
    await put(ada, 0, song)
    assert await move(ada, 1, 1) == {"code": "INVALID", "field": "currentIndex"}


async def test_a_queue_is_one_person_s(ask: Asked, factory: Factory, people: People) -> None:
    ada, bob = ask.by(await people.make("ada")), ask.by(await people.make("bob"))
    song = await factory.make_song()
    await put(ada, 0, song, device="Ada's")
    assert (await bob(READ))["viewer"]["queue"] is None
    assert await move(bob, 1, 0) == {"code": "CONFLICT", "currentRevision": 0}
    await put(bob, 0, song, device="Bob's")
    assert (await ada(READ))["viewer"]["queue"]["device"] == "Ada's"
