"""Upkeep of search from the command line."""

import pytest

from app.settings import Settings
from app.upkeep import refresh_when_due
from db.pool import connect
from db.search import SONGS, search_songs
from db.search.tiers import count_tiers, one_at_a_time
from tests.app.test_cli import environment, tonearm
from tests.db.conftest import factory
from tests.factories import Factory

__all__ = ["environment", "factory"]


async def test_status_refresh_and_rebuild(
    environment: dict[str, str], factory: Factory, settings: Settings
) -> None:
    await factory.make_songs(3)
    ran = tonearm("search", "status", environment=environment)
    assert "tier 0, the delta" in ran.stdout
    assert "due  songs: refresh: rows have been in the delta tier for hours" in ran.stdout
    assert ran.returncode == 1

    for command, message in (
        (["refresh"], "Refreshed.\n"),
        (["rebuild"], "Rebuilt.\n"),
        (["rebuild", "--from-catalogue"], "Rebuilt.\n"),
    ):
        ran = tonearm("search", *command, environment=environment)
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.endswith(message)
        assert "Words in the vocabulary: " in ran.stdout

    ran = tonearm("search", "status", environment=environment)
    assert ran.stdout.endswith("Nothing is due.\n")
    assert ran.returncode == 0
    async with connect(str(settings.database_url)) as connection:
        assert len((await search_songs(connection, "song")).hits) == 3


async def test_refresh_when_due_is_for_a_delta_tier_that_has_grown(
    factory: Factory, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await factory.make_songs(3)
    assert not await refresh_when_due(settings)
    monkeypatch.setattr("app.upkeep.DELTA_ROWS", 2)
    async with connect(str(settings.database_url)) as connection:
        async with one_at_a_time(connection, SONGS):
            assert not await refresh_when_due(settings)
        assert (await count_tiers(connection, SONGS))[:2] == [3, 0]
        assert await refresh_when_due(settings)
        assert (await count_tiers(connection, SONGS))[:2] == [0, 3]
        assert len((await search_songs(connection, "song")).hits) == 3


async def test_rename(environment: dict[str, str], factory: Factory, settings: Settings) -> None:
    songs = await factory.make_songs(2)
    artist = f"artist_{songs[0].main_artist_ids[0]:x}"
    ran = tonearm("rename", artist, "Laurie Blue Adkins", environment=environment)
    assert (ran.returncode, ran.stdout) == (0, "Renamed; 2 songs are found by it.\n")
    async with connect(str(settings.database_url)) as connection:
        assert len((await search_songs(connection, "laurie")).hits) == 2


def test_only_artists_and_albums_are_renamed(environment: dict[str, str]) -> None:
    ran = tonearm("rename", "song_1", "Something", environment=environment)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "takes the id of an artist or album" in ran.stderr
