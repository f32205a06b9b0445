import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from db.cursor import INT8
from db.episodes import EpisodeRecord, select_show_episodes
from db.pool import Pool
from db.show_feeds import ShowFeed, select_show_feeds
from db.shows import ShowRecord, select_shows
from ingest.podcasts.document import NotAFeed
from ingest.podcasts.feed import Feed, read_feed
from ingest.podcasts.fetch import FetchError
from ingest.podcasts.media import Podcasts
from ingest.podcasts.refresh import (
    LONGEST_WAIT,
    Outcome,
    Refreshed,
    add_file,
    add_show,
    refresh_due,
    refresh_show,
)
from ingest.podcasts.save import CLAIM, remove_show
from storage.objects import Objects
from tests.ingest.audio import make_audio, make_cover
from tests.ingest.podcasts.conftest import Host
from tests.ingest.podcasts.feeds import item, rss

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


async def show_of(pool: Pool, show_id: int) -> ShowRecord:
    async with pool.acquire() as connection:
        [show] = await select_shows(connection, [show_id])
    return show


async def feed_of(pool: Pool, show_id: int) -> ShowFeed:
    async with pool.acquire() as connection:
        [feed] = await select_show_feeds(connection, [show_id])
    return feed


async def episodes_of(pool: Pool, show_id: int) -> list[EpisodeRecord]:
    last = datetime.max.replace(tzinfo=UTC), INT8[-1]
    async with pool.acquire() as connection:
        return await select_show_episodes(connection, [show_id], 100, last)


async def titles_of(pool: Pool, show_id: int) -> list[str]:
    return [episode.title for episode in await episodes_of(pool, show_id)]


def dated(number: int, **options: Any) -> str:
    """An episode of the day of that number."""
    return item(
        str(number),
        **{
            "title": f"Episode {number}",
            "url": f"https://cdn.example.com/{number}.mp3",
            "published": f"2026-01-{number:02}",
            **options,
        },
    )


async def test_a_show_is_added_with_its_episodes(podcasts: Podcasts, host: Host) -> None:
    url = host.serve("/feed", rss(dated(2), dated(1)))
    done = await add_show(podcasts, url, now=NOW)
    assert (done.outcome, done.title, done.changes.new) == (Outcome.ADDED, "The Show", 2)
    assert await titles_of(podcasts.pool, done.show_id) == ["Episode 2", "Episode 1"]
    assert (await show_of(podcasts.pool, done.show_id)).title == "The Show"
    feed = await feed_of(podcasts.pool, done.show_id)
    assert (feed.url, feed.failures, feed.problem) == (url, 0, None)


async def test_what_is_no_feed_or_not_there_adds_nothing(podcasts: Podcasts, host: Host) -> None:
    with pytest.raises(NotAFeed):
        await add_show(podcasts, host.serve("/page", b"<html></html>"))
    with pytest.raises(FetchError):
        await add_show(podcasts, host.url + "/none")
    async with podcasts.pool.acquire() as connection:
        for table in ("shows", "show_keys", "show_feeds"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_show_is_added_once(podcasts: Podcasts, host: Host) -> None:
    url = host.serve("/feed", rss(dated(1)))
    added = await asyncio.gather(*(add_show(podcasts, url) for _ in range(4)))
    assert len({done.show_id for done in added}) == 1
    assert [done.outcome for done in added].count(Outcome.ADDED) == 1
    assert await titles_of(podcasts.pool, added[0].show_id) == ["Episode 1"]
    again = await add_show(podcasts, host.serve("/feed/", rss(dated(1))))
    assert again.show_id == added[0].show_id


async def test_the_same_show_is_known_by_its_guid(podcasts: Podcasts, host: Host) -> None:
    guid = "<podcast:guid>917393e3-1b1e-5cef-ace4-edaa54e1f810</podcast:guid>"
    first = await add_show(podcasts, host.serve("/a", rss(dated(1), more=guid)))
    second = await add_show(podcasts, host.serve("/b", rss(dated(2), title="B", more=guid)))
    assert first.show_id == second.show_id
    assert second.title == "The Show", "its own feed says what it is"
    assert await titles_of(podcasts.pool, first.show_id) == ["Episode 1"]
    assert (await feed_of(podcasts.pool, first.show_id)).url == host.url + "/a"


async def test_a_refresh_adds_and_changes_what_the_feed_says(
    podcasts: Podcasts, host: Host
) -> None:
    url = host.serve("/feed", rss(dated(2), dated(1)))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    before = {episode.title: episode.id for episode in await episodes_of(podcasts.pool, show_id)}
    host.serve("/feed", rss(dated(3), dated(2, title="Better"), title="New name"))
    done = await refresh_show(podcasts, show_id, now=LATER)
    assert done is not None
    assert (done.outcome, done.changes.new, done.changes.changed) == (Outcome.REFRESHED, 1, 1)
    assert (await show_of(podcasts.pool, show_id)).title == "New name"
    episodes = await episodes_of(podcasts.pool, show_id)
    assert [episode.title for episode in episodes] == ["Episode 3", "Better", "Episode 1"]
    assert episodes[1].id == before["Episode 2"]


async def test_an_unchanged_feed_is_not_read_again(podcasts: Podcasts, host: Host) -> None:
    async def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return web.Response(
            status=304 if known else 200, body=rss(dated(1)), headers={"ETag": '"1"'}
        )

    show_id = (await add_show(podcasts, host.handle("/feed", answer), now=NOW)).show_id
    for hours in (1, 2):
        done = await refresh_show(podcasts, show_id, now=NOW + timedelta(hours=hours))
        assert done is not None
        assert (done.outcome, done.title) == (Outcome.UNCHANGED, "The Show")
    feed = await feed_of(podcasts.pool, show_id)
    assert (feed.etag, feed.refreshed_at) == ('"1"', NOW + timedelta(hours=2))


async def test_the_same_bytes_are_not_read_again(podcasts: Podcasts, host: Host) -> None:
    show_id = (await add_show(podcasts, host.serve("/feed", rss(dated(1))), now=NOW)).show_id
    async with podcasts.pool.acquire() as connection:
        await connection.execute("UPDATE episodes SET title = 'not read again'")
    done = await refresh_show(podcasts, show_id, now=LATER)
    assert done is not None
    assert done.outcome is Outcome.UNCHANGED
    assert await titles_of(podcasts.pool, show_id) == ["not read again"]


async def test_episodes_without_dates_keep_the_order_of_the_feed(
    podcasts: Podcasts, host: Host
) -> None:
    items = [item(str(n), title=f"No. {n}", published=None) for n in (3, 2, 1)]
    url = host.serve("/feed", rss(*items))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    assert await titles_of(podcasts.pool, show_id) == ["No. 3", "No. 2", "No. 1"]
    host.serve("/feed", rss(item("2", title="Changed", published=None)))
    await refresh_show(podcasts, show_id, now=LATER)
    assert await titles_of(podcasts.pool, show_id) == ["No. 3", "Changed", "No. 1"]


async def test_a_feed_that_changes_all_guids_makes_no_new_episodes(
    podcasts: Podcasts, host: Host
) -> None:
    url = host.serve("/feed", rss(dated(2), dated(1)))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    before = [episode.id for episode in await episodes_of(podcasts.pool, show_id)]
    body = rss(dated(2), dated(1)).replace(b">1</guid>", b">x1</guid>")
    host.serve("/feed", body.replace(b">2</guid>", b">x2</guid>"))
    done = await refresh_show(podcasts, show_id, now=LATER)
    assert done is not None
    assert (done.changes.new, done.changes.changed) == (0, 2)
    assert [episode.id for episode in await episodes_of(podcasts.pool, show_id)] == before


async def test_five_thousand_episodes(podcasts: Podcasts, host: Host) -> None:
    items = [item(str(n), url=f"https://a.example/{n}.mp3") for n in range(5_000)]
    done = await add_show(podcasts, host.serve("/feed", rss(*items)))
    assert done.changes.new == 5_000
    host.serve("/feed", rss(item("new", title="New"), *items))
    again = await refresh_show(podcasts, done.show_id)
    assert again is not None
    assert (again.changes.new, again.changes.changed) == (1, 0)


async def test_a_moved_feed_is_followed(podcasts: Podcasts, host: Host) -> None:
    url = host.serve("/old", rss(dated(1)))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    host.serve("/old", b"", 301, Location="/new")
    new = host.serve("/new", rss(dated(2), dated(1)))
    await refresh_show(podcasts, show_id, now=LATER)
    assert (await feed_of(podcasts.pool, show_id)).url == new
    assert (await add_show(podcasts, new)).show_id == show_id
    assert (await add_show(podcasts, url)).show_id == show_id


async def test_a_feed_does_not_move_to_another_shows_address(
    podcasts: Podcasts, host: Host
) -> None:
    other = host.serve("/other", rss(dated(1), title="Other"))
    await add_show(podcasts, other, now=NOW)
    more = f"<itunes:new-feed-url>{other}</itunes:new-feed-url>"
    url = host.serve("/feed", rss(dated(1), more=more))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    assert (await feed_of(podcasts.pool, show_id)).url == url


async def test_a_fault_of_ours_in_one_show_leaves_the_others_alone(
    podcasts: Podcasts,
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = (await add_show(podcasts, host.serve("/good", rss(dated(1))), now=NOW)).show_id
    bad = (await add_show(podcasts, host.serve("/bad", rss(dated(1))), now=NOW)).show_id
    for path in ("/good", "/bad"):
        host.serve(path, rss(dated(2), dated(1), title=path))

    def read(body: bytes, **options: Any) -> Feed:
        if b"/bad" in body:
            raise ZeroDivisionError("nobody expected it")
        return read_feed(body, **options)

    monkeypatch.setattr("ingest.podcasts.refresh.read_feed", read)
    assert await refresh_due(podcasts, now=LATER) == 2
    assert (await feed_of(podcasts.pool, good)).problem is None
    failed = await feed_of(podcasts.pool, bad)
    assert failed.problem == "a fault of Tonearm's, which is in its log"
    assert failed.due_at is not None
    assert failed.due_at > LATER
    assert "nobody expected it" in caplog.text


async def test_a_failure_is_noted_and_tried_again_ever_later(
    podcasts: Podcasts, host: Host
) -> None:
    url = host.serve("/feed", rss(dated(1)))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    host.serve("/feed", b"", 500)
    waits = []
    for _ in range(14):
        done = await refresh_show(podcasts, show_id, now=NOW)
        assert done is not None
        assert (done.outcome, done.problem) == (Outcome.FAILED, "its host answers 500")
        feed = await feed_of(podcasts.pool, show_id)
        assert feed.due_at is not None
        waits.append(feed.due_at - NOW)
    assert timedelta(minutes=54) <= waits[0] <= timedelta(minutes=66)
    assert all(later > 1.9 * earlier for earlier, later in pairwise(waits[:7]))
    assert waits[-1] == waits[-2] <= LONGEST_WAIT * 1.1
    assert feed.failures == 14
    host.serve("/feed", rss(dated(1), dated(2)))
    done = await refresh_show(podcasts, show_id, now=NOW)
    assert done is not None
    assert done.changes.new == 1
    feed = await feed_of(podcasts.pool, show_id)
    assert (feed.failures, feed.problem) == (0, None)


async def test_a_host_that_wants_to_be_left_alone_is(podcasts: Podcasts, host: Host) -> None:
    show_id = (await add_show(podcasts, host.serve("/feed", rss(dated(1))), now=NOW)).show_id
    host.serve("/feed", b"", 429, Retry_After="86400")
    await refresh_show(podcasts, show_id, now=NOW)
    assert (await feed_of(podcasts.pool, show_id)).due_at == NOW + timedelta(days=1)


async def test_a_feed_that_is_gone_is_not_asked_again(podcasts: Podcasts, host: Host) -> None:
    show_id = (await add_show(podcasts, host.serve("/feed", rss(dated(1))), now=NOW)).show_id
    host.serve("/feed", b"", 410)
    await refresh_show(podcasts, show_id, now=NOW)
    feed = await feed_of(podcasts.pool, show_id)
    assert (feed.due_at, feed.problem) == (
        None,
        "its host says that it is gone for good (410)",
    )
    assert await titles_of(podcasts.pool, show_id) == ["Episode 1"]
    assert await refresh_due(podcasts, now=NOW + timedelta(days=999)) == 0


@pytest.mark.parametrize(
    ("published", "hours"), [("2026-11-20", 1), ("2026-05-01", 6), ("2020", 24)]
)
async def test_a_show_that_is_silent_is_looked_at_less_often(
    podcasts: Podcasts, host: Host, published: str, hours: int
) -> None:
    url = host.serve("/feed", rss(item(published=published)))
    show_id = (await add_show(podcasts, url, now=NOW)).show_id
    due_at = (await feed_of(podcasts.pool, show_id)).due_at
    assert due_at is not None
    assert 0.9 <= (due_at - NOW) / timedelta(hours=hours) <= 1.1


async def test_what_is_due_is_refreshed_and_nothing_else(podcasts: Podcasts, host: Host) -> None:
    for number in range(3):
        await add_show(podcasts, host.serve(f"/{number}", rss(dated(1))), now=NOW)
    late = host.serve("/late", rss(dated(1)))
    await add_show(podcasts, late, now=LATER)
    host.asked.clear()
    assert await refresh_due(podcasts, now=NOW) == 0
    assert await refresh_due(podcasts, now=LATER, limit=2) == 2
    assert await refresh_due(podcasts, now=LATER) == 1
    assert sorted(request.path for request in host.asked) == ["/0", "/1", "/2"]


async def test_workers_at_once_do_not_double_the_work(podcasts: Podcasts, host: Host) -> None:
    shows = 20
    for number in range(shows):
        await add_show(podcasts, host.serve(f"/{number}", rss(dated(1))), now=NOW)
        host.serve(f"/{number}", rss(dated(1), dated(2)))
    host.asked.clear()
    done: list[Refreshed] = []
    counts = await asyncio.gather(
        *(refresh_due(podcasts, now=LATER, on_done=done.append) for _ in range(4))
    )
    assert sum(counts) == len(host.asked) == len(done) == shows
    assert {one.changes.new for one in done} == {1}


async def test_a_show_whose_worker_has_died_is_due_again(podcasts: Podcasts, host: Host) -> None:
    show_id = (await add_show(podcasts, host.serve("/feed", rss(dated(1))), now=NOW)).show_id
    reached = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        reached.set()
        await asyncio.sleep(60)
        return web.Response()

    host.handle("/feed", hang)
    worker = asyncio.create_task(refresh_due(podcasts, now=LATER))
    await reached.wait()
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    host.serve("/feed", rss(dated(1), dated(2)))
    assert await refresh_due(podcasts, now=LATER + CLAIM / 2) == 0
    assert await refresh_due(podcasts, now=LATER + CLAIM) == 1
    assert await titles_of(podcasts.pool, show_id) == ["Episode 2", "Episode 1"]


async def test_a_refresh_that_died_before_its_end_is_begun_anew(
    podcasts: Podcasts, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_id = (await add_show(podcasts, host.serve("/feed", rss(dated(1))), now=NOW)).show_id
    host.serve("/feed", rss(dated(1), dated(2)), ETag='"2"')

    async def die(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.podcasts.refresh.update_show_feed_refreshed", die)
        with pytest.raises(KeyboardInterrupt):
            await refresh_show(podcasts, show_id, now=LATER)
    assert (await feed_of(podcasts.pool, show_id)).etag is None
    done = await refresh_show(podcasts, show_id, now=LATER)
    assert done is not None
    assert (done.outcome, done.changes.new) == (Outcome.UNCHANGED, 0)
    assert (await feed_of(podcasts.pool, show_id)).etag == '"2"'
    assert await titles_of(podcasts.pool, show_id) == ["Episode 2", "Episode 1"]


async def test_an_addition_that_died_is_ended_by_a_refresh(
    podcasts: Podcasts, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.serve("/feed", rss(dated(1)))

    async def die(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.podcasts.refresh.save_feed", die)
        with pytest.raises(KeyboardInterrupt):
            await add_show(podcasts, url, now=NOW)
    done: list[Refreshed] = []
    assert await refresh_due(podcasts, now=NOW + CLAIM, on_done=done.append) == 1
    assert await titles_of(podcasts.pool, done[0].show_id) == ["Episode 1"]


async def test_the_picture_becomes_the_cover(
    podcasts: Podcasts, host: Host, objects: Objects
) -> None:
    picture = host.serve("/cover", make_cover("crimson"))
    url = host.serve("/feed", rss(dated(1), more=f'<itunes:image href="{picture}"/>'))
    done = await add_show(podcasts, url)
    show = await show_of(podcasts.pool, done.show_id)
    assert show.cover_sha256 is not None
    digits = show.cover_sha256.hex()
    assert await objects.head(f"covers/{digits[:2]}/{digits}/300.jpg") is not None
    host.serve("/feed", rss(dated(2), more=f'<itunes:image href="{picture}"/>'))
    await refresh_show(podcasts, done.show_id)
    assert [request.path for request in host.asked].count("/cover") == 1


async def test_a_show_whose_picture_is_none_is_there_without(
    podcasts: Podcasts, host: Host
) -> None:
    picture = host.serve("/cover", b"<html>")
    url = host.serve("/feed", rss(dated(1), more=f'<itunes:image href="{picture}"/>'))
    done = await add_show(podcasts, url)
    assert done.outcome is Outcome.ADDED
    assert "no readable image" in done.notes[0]
    assert (await show_of(podcasts.pool, done.show_id)).cover_sha256 is None


async def test_the_newest_episodes_can_be_stored(
    podcasts: Podcasts, host: Host, objects: Objects, tmp_path: Path
) -> None:
    urls = []
    for number in (1, 2):
        make_audio(tmp_path / f"{number}.mp3", title=f"E{number}", tone_hz=300 + number)
        audio = (tmp_path / f"{number}.mp3").read_bytes()
        urls.append(host.serve(f"/{number}", audio, Content_Type="application/weird"))
    feed = rss(dated(2, url=urls[1]), dated(1, url=urls[0]))
    done = await add_show(podcasts, host.serve("/feed", feed), newest_stored=1)
    assert done.stored == 1
    newest, older = await episodes_of(podcasts.pool, done.show_id)
    assert (older.object_key, older.size_bytes) == (None, 1_000_000)
    assert newest.object_key is not None
    stored = await objects.head(newest.object_key)
    assert stored is not None
    assert stored.size_bytes == newest.size_bytes == (tmp_path / "2.mp3").stat().st_size
    assert newest.duration_ms is not None
    host.serve("/feed", feed.replace(b"Episode 2", b"Another title"))
    await refresh_show(podcasts, done.show_id)
    again = (await episodes_of(podcasts.pool, done.show_id))[0]
    assert (again.title, again.object_key) == ("Another title", newest.object_key)
    assert (again.size_bytes, again.duration_ms) == (newest.size_bytes, newest.duration_ms)


async def test_an_enclosure_that_changed_is_fetched_again(
    podcasts: Podcasts, host: Host, tmp_path: Path
) -> None:
    make_audio(tmp_path / "1.mp3", title="E1", tone_hz=300)
    make_audio(tmp_path / "2.mp3", title="E1", tone_hz=400)
    urls = [host.serve(f"/{n}", (tmp_path / f"{n}.mp3").read_bytes()) for n in (1, 2)]
    url = host.serve("/feed", rss(dated(1, url=urls[0])))
    done = await add_show(podcasts, url, newest_stored=9)
    [before] = await episodes_of(podcasts.pool, done.show_id)
    host.serve("/feed", rss(dated(1, url=urls[1])))
    again = await refresh_show(podcasts, done.show_id)
    assert again is not None
    assert again.stored == 1
    [after] = await episodes_of(podcasts.pool, done.show_id)
    assert after.id == before.id
    assert after.object_key not in (None, before.object_key)


async def test_audio_that_is_none_stays_linked(podcasts: Podcasts, host: Host) -> None:
    url = host.serve("/1", b"<html>not here</html>")
    done = await add_show(podcasts, host.serve("/feed", rss(dated(1, url=url))), newest_stored=1)
    assert (done.outcome, done.stored) == (Outcome.ADDED, 0)
    assert "text or HTML" in done.notes[0]
    [episode] = await episodes_of(podcasts.pool, done.show_id)
    assert (episode.object_key, episode.enclosure_url) == (None, url)


async def test_a_feed_in_a_file_brings_the_audio_beside_it(
    podcasts: Podcasts, objects: Objects, tmp_path: Path
) -> None:
    make_audio(tmp_path / "one.mp3", title="E1", tone_hz=300)
    (tmp_path / "cover.png").write_bytes(make_cover("crimson"))
    feed = tmp_path / "feed.xml"
    more = '<itunes:image href="cover.png"/>'
    feed.write_bytes(rss(dated(1, url="one.mp3"), dated(2, url="none.mp3"), more=more))
    done = await add_file(podcasts, feed, now=NOW)
    assert (done.outcome, done.changes.new, done.stored) == (Outcome.ADDED, 2, 1)
    assert done.notes == ("none.mp3: no such file or directory",)
    missing, there = await episodes_of(podcasts.pool, done.show_id)
    assert (missing.object_key, missing.enclosure_url) == (None, None)
    assert there.object_key is not None
    assert await objects.head(there.object_key) is not None
    assert (await show_of(podcasts.pool, done.show_id)).cover_sha256 is not None
    again = await add_file(podcasts, feed, now=LATER)
    assert (again.outcome, again.show_id) == (Outcome.UNCHANGED, done.show_id)
    assert await refresh_due(podcasts, now=NOW + timedelta(days=999)) == 0


async def test_a_removed_show_is_gone_and_can_be_added_anew(podcasts: Podcasts, host: Host) -> None:
    url = host.serve("/feed", rss(dated(1)))
    show_id = (await add_show(podcasts, url)).show_id
    async with podcasts.pool.acquire() as connection:
        assert await remove_show(connection, show_id)
        assert not await remove_show(connection, show_id)
        for table in ("shows", "show_keys", "show_feeds", "episodes", "episode_places"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    assert await refresh_show(podcasts, show_id) is None
    assert (await add_show(podcasts, url)).show_id != show_id
