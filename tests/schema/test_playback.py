from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from db.songs import SongRecord
from tests.factories import Factory
from tests.schema.conftest import Asked, People

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

LEASE = """
fragment Whole on PlaybackLease {
  token expiresAt refreshAfter renewableUntil
  streams { song { title } stream { url mimeType expiresAt file { id bitrateKbps } } }
}
"""
START = (
    """
mutation ($input: StartPlaybackInput!) {
  startPlayback(input: $input) {
    ... on StartPlaybackPayload { lease { ...Whole } }
    ... on Error { code message } ... on Invalid { field }
  }
}
"""
    + LEASE
)
RENEW = (
    """
mutation ($input: RenewPlaybackInput!) {
  renewPlayback(input: $input) {
    ... on RenewPlaybackPayload { lease { ...Whole } }
    ... on Error { code message } ... on Invalid { field }
  }
}
"""
    + LEASE
)


@pytest.fixture
def player(ask: Asked) -> Asked:
    ask.now = NOW
    return ask


def ids(*songs: SongRecord) -> list[str]:
    return [f"song_{song.id:x}" for song in songs]


async def start(player: Asked, *songs: SongRecord, **given: Any) -> dict[str, Any]:
    answer = await player(START, input={"songIds": ids(*songs), **given})
    lease: dict[str, Any] = answer["startPlayback"]["lease"]
    return lease


def played(lease: dict[str, Any]) -> list[str]:
    """Which files it opens."""
    return [leased["stream"]["file"]["id"] for leased in lease["streams"]]


async def test_a_lease_has_the_streams_of_songs_in_order(player: Asked, factory: Factory) -> None:
    songs = await factory.make_songs(3)
    lease = await start(player, *reversed(songs))
    assert [leased["song"]["title"] for leased in lease["streams"]] == [
        "Song 3",
        "Song 2",
        "Song 1",
    ]
    expires = datetime.fromisoformat(lease["expiresAt"])
    assert expires == min(
        datetime.fromisoformat(leased["stream"]["expiresAt"]) for leased in lease["streams"]
    )
    assert NOW < datetime.fromisoformat(lease["refreshAfter"]) < expires
    assert datetime.fromisoformat(lease["renewableUntil"]) == expires + timedelta(days=30)


async def test_a_lease_is_of_the_quality_that_is_possible(player: Asked, factory: Factory) -> None:
    song = await factory.make_song("Two", codec="OPUS", bitrate_kbps=96)
    await factory.make_song("Two", codec="MP3", bitrate_kbps=320)
    wishes: list[tuple[dict[str, Any], int]] = [
        ({"quality": "LOW"}, 96),
        ({"quality": "HIGH"}, 320),
        ({"quality": "HIGH", "codecs": ["OPUS"]}, 96),
    ]
    for given, expected in wishes:
        lease = await start(player, song, **given)
        assert lease["streams"][0]["stream"]["file"]["bitrateKbps"] == expected
    lease = await start(player, song, codecs=["FLAC"])
    assert lease["streams"][0]["stream"] is None


async def test_a_renewal_after_a_day_opens_the_same_files(player: Asked, factory: Factory) -> None:
    song = await factory.make_song("Two", codec="OPUS", bitrate_kbps=96)
    other = await factory.make_song("Other")
    lease = await start(player, song, other, quality="HIGH")
    await factory.make_song("Two", bitrate_kbps=320)  # would now be chosen
    player.now = NOW + timedelta(days=1)
    answer = await player(RENEW, input={"token": lease["token"]})
    renewed = answer["renewPlayback"]["lease"]
    assert played(renewed) == played(lease)
    assert datetime.fromisoformat(renewed["expiresAt"]) > player.now
    for before, after in zip(lease["streams"], renewed["streams"], strict=True):
        assert urlsplit(before["stream"]["url"]).path == urlsplit(after["stream"]["url"]).path
        assert before["stream"]["url"] != after["stream"]["url"]


async def test_a_renewal_goes_on_to_the_next_songs(player: Asked, factory: Factory) -> None:
    one, two, three = await factory.make_songs(3)
    lease = await start(player, one, two)
    answer = await player(RENEW, input={"token": lease["token"], "songIds": ids(two, three)})
    renewed = answer["renewPlayback"]["lease"]
    assert [leased["song"]["title"] for leased in renewed["streams"]] == ["Song 2", "Song 3"]
    assert played(renewed)[0] == played(lease)[1]


async def test_a_lease_can_be_renewed_for_thirty_days_after_its_end(
    player: Asked, factory: Factory
) -> None:
    lease = await start(player, await factory.make_song())
    until = datetime.fromisoformat(lease["renewableUntil"])
    player.now = until - timedelta(seconds=1)
    renewed = await player(RENEW, input={"token": lease["token"]})
    assert played(renewed["renewPlayback"]["lease"]) == played(lease)
    player.now = until + timedelta(seconds=1)
    refused = (await player(RENEW, input={"token": lease["token"]}))["renewPlayback"]
    assert (refused["code"], refused["field"]) == ("INVALID", "token")


async def test_a_withdrawn_song_is_leased_no_more(player: Asked, factory: Factory) -> None:
    song = await factory.make_song()
    lease = await start(player, song)
    async with factory.pool.acquire() as connection:
        await connection.execute("UPDATE songs SET withdrawn_at = now()")
    answer = await player(RENEW, input={"token": lease["token"]})
    assert answer["renewPlayback"]["lease"]["streams"][0]["stream"] is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "é",
        "W10",  # []
        "WzEsIkhJR0giLG51bGwsW11d",  # no songs
        "WzEsIkhJR0giLG51bGwsW1sxLCJ4Il1dXQ",  # a file that is no number
        "WzEsIkhJR0giLG51bGwsW1tbXSwxXV1d",  # a song that is a list
        "WzEsIkxPVUQiLG51bGwsW1sxLDFdXV0",  # a quality that there is not
        "x" * 5_000,
    ],
)
async def test_a_token_that_is_none_is_refused(player: Asked, token: str) -> None:
    refused = (await player(RENEW, input={"token": token}))["renewPlayback"]
    assert (refused["code"], refused["field"]) == ("INVALID", "token")


async def test_so_many_songs_at_once(player: Asked, factory: Factory) -> None:
    song = await factory.make_song()
    for wrong in (0, 21):
        answer = await player(START, input={"songIds": ids(song) * wrong})
        assert answer["startPlayback"]["field"] == "songIds"
    answer = await player(START, input={"songIds": ["song_1"]})
    assert answer["startPlayback"]["code"] == "NOT_FOUND"


async def test_only_who_may_stream_gets_and_renews_a_lease(
    player: Asked, factory: Factory, people: People
) -> None:
    song = await factory.make_song()
    lease = await start(player, song)
    player.services = replace(player.services, anonymous_streaming=False)
    for query, given in [(START, {"songIds": ids(song)}), (RENEW, {"token": lease["token"]})]:
        error = await player.error(query, input=given)
        assert error["extensions"]["code"] == "NOT_SIGNED_IN"
    ada = player.by(await people.make("ada"))
    assert (await ada(RENEW, input={"token": lease["token"]}))["renewPlayback"]["lease"]
