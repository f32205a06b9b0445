import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from db.songs import SongRecord
from resolvers.viewer import Viewer
from tests.factories import Factory
from tests.schema.conftest import Answer, Asked, People

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

REPORT = """
mutation ($input: ReportPlaysInput!) {
  reportPlays(input: $input) {
    ... on ReportPlaysPayload {
      plays { id song { title } startedAt heardMs counts completed }
      refused { id reason }
    }
    ... on Invalid { field message }
  }
}
"""
HISTORY = """
query ($first: Int! = 20, $after: String) {
  viewer {
    history(first: $first, after: $after) {
      nodes { song { title } heardMs counts } pageInfo { hasNextPage endCursor }
    }
  }
}
"""


def ago(seconds: float) -> str:
    return (NOW - timedelta(seconds=seconds)).isoformat()


class Listener:
    """Somebody who signed up long ago, and who asks when it is `NOW`."""

    def __init__(self, ask: Asked, viewer: Viewer) -> None:
        self.asked = ask.by(viewer)
        self.asked.now = NOW
        self.viewer = viewer

    async def report(self, *reports: dict[str, Any], **more: Any) -> Answer:
        answer = await self.asked(REPORT, input={"plays": list(reports), **more})
        found: Answer = answer["reportPlays"]
        return found


@pytest.fixture
async def ada(ask: Asked, people: People) -> Listener:
    viewer = await people.make("ada")
    async with people.pool.acquire() as connection:
        await connection.execute("UPDATE users SET created_at = '2020-01-01T00:00Z'")
    return Listener(ask, viewer)


def play(
    song: SongRecord,
    started: float,
    heard_s: float,
    *,
    at: float | None = None,
    id_: UUID | None = None,
    completed: bool = False,
) -> dict[str, Any]:
    """A report of a play that began `started` seconds ago; songs are 200 s long."""
    return {
        "id": str(id_ or uuid4()),
        "songId": f"song_{song.id:x}",
        "startedAt": ago(started),
        "at": None if at is None else ago(at),
        "heardMs": int(heard_s * 1000),
        "completed": completed,
    }


async def test_a_play_counts_after_thirty_seconds(ada: Listener, factory: Factory) -> None:
    song = await factory.make_song()
    id_ = uuid4()
    for now, heard, counts in [(-171, 29, False), (-170, 30, True), (0, 200, True)]:
        ada.asked.now = NOW + timedelta(seconds=now)
        answer = await ada.report(play(song, 200, heard, id_=id_, completed=heard == 200))
        assert answer["plays"] == [
            {
                "id": str(id_),
                "song": {"title": "Hello"},
                "startedAt": "2026-11-20T11:56:40+00:00",
                "heardMs": heard * 1000,
                "counts": counts,
                "completed": heard == 200,
            }
        ]
    history = (await ada.asked(HISTORY))["viewer"]["history"]["nodes"]
    assert history == [{"song": {"title": "Hello"}, "heardMs": 200_000, "counts": True}]


async def test_reports_may_come_in_any_order_and_again(ada: Listener, factory: Factory) -> None:
    songs = await factory.make_songs(4)
    reports = []
    for number, song in enumerate(songs):
        id_, started = uuid4(), 800 - number * 200
        reports += [
            play(song, started, heard, at=started - heard, id_=id_) for heard in (20, 100, 190)
        ]
    expected = None
    for seed in range(4):
        shuffled = random.Random(seed).sample(reports, len(reports))
        for start in range(0, len(shuffled), 5):
            await ada.report(*shuffled[start : start + 5])
        history = (await ada.asked(HISTORY))["viewer"]["history"]["nodes"]
        assert [entry["heardMs"] for entry in history] == [190_000] * 4
        assert all(entry["counts"] for entry in history)
        assert expected in (None, history)
        expected = history


async def test_no_more_counts_than_the_wall_clock_had(ada: Listener, factory: Factory) -> None:
    songs = await factory.make_songs(20)
    answer = await ada.report(*(play(song, 65, 31) for song in songs))
    assert sum(found["counts"] for found in answer["plays"]) == 2
    answer = await ada.report(*(play(song, 10, 180) for song in songs[:3]))
    assert not any(found["counts"] for found in answer["plays"])
    top = await ada.asked("{ viewer { topSongs { plays heardMs } } }")
    assert sum(song["heardMs"] for song in top["viewer"]["topSongs"]) <= 65_000


async def test_a_clock_that_is_wrong_is_corrected(ada: Listener, factory: Factory) -> None:
    song = await factory.make_song()
    late = timedelta(hours=5)
    report = play(song, 60, 60)
    report["startedAt"] = (NOW + late - timedelta(seconds=60)).isoformat()
    answer = await ada.report(report, sentAt=(NOW + late).isoformat())
    [found] = answer["plays"]
    assert (found["startedAt"], found["counts"]) == ("2026-11-20T11:59:00+00:00", True)


async def test_a_report_that_cannot_be_taken_holds_up_no_others(
    ada: Listener, factory: Factory
) -> None:
    song, other = await factory.make_songs(2)
    id_ = uuid4()
    await ada.report(play(song, 500, 40, id_=id_))
    unknown = play(song, 400, 40) | {"songId": "song_1"}
    old = play(song, 91 * 86_400, 40, at=0)
    negative = play(song, 400, -1)
    stolen = play(other, 400, 40, id_=id_)
    good = play(other, 300, 40)
    answer = await ada.report(unknown, old, negative, stolen, good)
    assert [found["id"] for found in answer["plays"]] == [good["id"]]
    assert {refused["id"] for refused in answer["refused"]} == {
        report["id"] for report in (unknown, old, negative, stolen)
    }


async def test_a_batch_that_is_wrong_as_a_whole_is_refused(ada: Listener, factory: Factory) -> None:
    song = await factory.make_song()
    report = play(song, 60, 60)
    assert (await ada.report())["field"] == "plays"
    assert (await ada.report(*[report] * 51))["field"] == "plays"
    assert (await ada.report(report | {"startedAt": "2026-11-20T12:00:00"}))["field"] == "startedAt"
    assert (await ada.report(report, sentAt="0001-01-01T00:00:00Z"))["field"] == "sentAt"
    assert await ada.asked.error(REPORT, input={"plays": [report | {"id": "x"}]})


async def test_what_was_heard_before_signing_up_does_not_count(
    ada: Listener, factory: Factory, people: People
) -> None:
    song = await factory.make_song()
    async with people.pool.acquire() as connection:
        await connection.execute("UPDATE users SET created_at = $1", NOW - timedelta(seconds=20))
    answer = await ada.report(play(song, 60, 60))
    [found] = answer["plays"]
    assert (found["startedAt"], found["counts"]) == ("2026-11-20T11:59:00+00:00", False)


async def test_the_history_is_read_in_pages(ada: Listener, factory: Factory) -> None:
    songs = await factory.make_songs(5)
    await ada.report(*(play(song, 1_000 - 200 * number, 190) for number, song in enumerate(songs)))
    first = (await ada.asked(HISTORY, first=3))["viewer"]["history"]
    rest = (await ada.asked(HISTORY, first=3, after=first["pageInfo"]["endCursor"]))["viewer"]
    found = first["nodes"] + rest["history"]["nodes"]
    assert [entry["song"]["title"] for entry in found] == [f"Song {n}" for n in (5, 4, 3, 2, 1)]
    assert not rest["history"]["pageInfo"]["hasNextPage"]
    error = await ada.asked.error(HISTORY, after="WyJwbGF5cyIsMSwieCJd")
    assert error["extensions"]["code"] == "BAD_INPUT"


async def test_recently_played_songs_come_once(ada: Listener, factory: Factory) -> None:
    one, two = await factory.make_songs(2)
    for number, song in enumerate((one, two, one)):
        await ada.report(play(song, 600 - 200 * number, 40))
    found = (await ada.asked("{ viewer { recentlyPlayed(first: 5) { title } } }"))["viewer"]
    assert [song["title"] for song in found["recentlyPlayed"]] == ["Song 1", "Song 2"]


TOPS = """
query ($period: ListeningPeriod!) {
  viewer {
    topSongs(period: $period, first: 2) { song { title } plays heardMs }
    topArtists(period: $period, first: 2) { artist { name } plays }
  }
}
"""


async def test_what_was_played_most_in_a_period(ada: Listener, factory: Factory) -> None:
    hello = await factory.make_song(artists=("Adele",))
    duet = await factory.make_song("Duet", artists=("Cher", "Bono"))
    other = await factory.make_song("Other", artists=("Cher",))
    week = 8 * 86_400
    await ada.report(
        play(hello, week + 900, 40, at=week + 800),
        play(hello, week + 700, 40, at=week + 600),
        play(hello, week + 500, 40, at=week + 400),
        play(duet, 900, 50, at=800),
        play(duet, 700, 50, at=600),
        play(other, 500, 20, at=400),  # does not count
    )
    month = (await ada.asked(TOPS, period="MONTH"))["viewer"]
    assert month["topSongs"] == [
        {"song": {"title": "Hello"}, "plays": 3, "heardMs": 120_000},
        {"song": {"title": "Duet"}, "plays": 2, "heardMs": 100_000},
    ]
    last = (await ada.asked(TOPS, period="WEEK"))["viewer"]
    assert [song["song"]["title"] for song in last["topSongs"]] == ["Duet"]
    assert sorted(top["artist"]["name"] for top in last["topArtists"]) == ["Bono", "Cher"]
    assert [top["plays"] for top in last["topArtists"]] == [2, 2]


async def test_a_year_in_music(ada: Listener, factory: Factory) -> None:
    hello, duet = await factory.make_song(), await factory.make_song("Duet", artists=("A", "B"))
    month = 31 * 86_400
    await ada.report(
        play(hello, month + 900, 200, at=month + 700),
        play(hello, 900, 200, at=700),
        play(duet, 700, 100, at=500),
    )
    answer = await ada.asked(
        """
        query ($year: Int!) {
          viewer { yearInMusic(year: $year) {
            year totals { plays heardMs songs artists }
            topSongs(first: 1) { song { title } plays }
            topArtists { artist { name } }
            months { month plays heardMs }
          } }
        }
        """,
        year=2026,
    )
    year = answer["viewer"]["yearInMusic"]
    assert year["totals"] == {"plays": 3, "heardMs": 500_000, "songs": 2, "artists": 3}
    assert year["topSongs"] == [{"song": {"title": "Hello"}, "plays": 2}]
    assert len(year["topArtists"]) == 3
    assert year["months"] == [
        {"month": 10, "plays": 1, "heardMs": 200_000},
        {"month": 11, "plays": 2, "heardMs": 300_000},
    ]
    empty = await ada.asked("{ viewer { yearInMusic(year: 2025) { totals { plays heardMs } } } }")
    assert empty["viewer"]["yearInMusic"]["totals"] == {"plays": 0, "heardMs": 0}
    error = await ada.asked.error("{ viewer { yearInMusic(year: 99999) { year } } }")
    assert error["extensions"]["code"] == "BAD_INPUT"


async def test_what_was_heard_is_one_person_s(
    ada: Listener, ask: Asked, factory: Factory, people: People
) -> None:
    song = await factory.make_song()
    report = play(song, 100, 60)
    await ada.report(report)
    bob = ask.by(await people.make("bob"))
    bob.now = NOW
    assert (await bob(HISTORY))["viewer"]["history"]["nodes"] == []
    found = await bob(TOPS, period="ALL_TIME")
    assert found["viewer"] == {"topSongs": [], "topArtists": []}
    assert (await bob("{ viewer { recentlyPlayed { id } } }"))["viewer"]["recentlyPlayed"] == []
    # The same id is another play of his own.
    await bob(REPORT, input={"plays": [report | {"heardMs": 200_000, "completed": True}]})
    history = (await ada.asked(HISTORY))["viewer"]["history"]["nodes"]
    assert [entry["heardMs"] for entry in history] == [60_000]


async def test_an_account_that_is_gone_hears_nothing(
    ada: Listener, factory: Factory, people: People
) -> None:
    song = await factory.make_song()
    async with people.pool.acquire() as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", ada.viewer.id)
    error = await ada.asked.error(REPORT, input={"plays": [play(song, 60, 60)]})
    assert error["extensions"]["code"] == "NOT_SIGNED_IN"
