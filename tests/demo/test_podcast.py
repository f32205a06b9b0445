"""The podcast in the repository: read as any other feed, small, audible."""

from datetime import UTC, datetime

from demo.podcast import EPISODES, FOLDER
from ingest.podcasts.feed import read_feed
from ingest.tags import read_tags


def test_the_feed_names_the_episodes_and_nothing_else() -> None:
    body = (FOLDER / "feed.xml").read_bytes()
    feed = read_feed(body, url=None, now=datetime(2026, 11, 24, tzinfo=UTC))
    assert {episode.enclosure for episode in feed.episodes} == EPISODES.keys()
    assert feed.image is not None
    assert (FOLDER / feed.image).is_file()
    assert {path.name for path in FOLDER.iterdir()} == {*EPISODES, feed.image, "feed.xml"}
    assert all(episode.published_at and episode.number for episode in feed.episodes)


def test_episodes_are_audio_of_few_bytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 300_000
    for name in EPISODES:
        assert 15_000 <= read_tags(FOLDER / name).duration_ms <= 21_000
