"""What is read of podcasts is read by an index, however many there are."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from asyncpg.connection import LoggedQuery

from db.episode_progress import select_episode_progress, select_episodes_in_progress
from db.episodes import (
    EpisodeKey,
    select_episode_places,
    select_episodes,
    select_known_episodes,
    select_show_episodes,
    select_unstored_episodes,
)
from db.rows import Connection
from db.show_feeds import (
    select_due_show_feeds,
    select_show_feeds,
    update_show_feed_claimed,
)
from db.shows import delete_show, select_show_ids, select_show_keys, select_shows

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHOWS: Final = 2_000
FILL: Final = f"""
    INSERT INTO users (id, user_name, display_name, created_at)
    SELECT n, 'u' || n, '', now() FROM generate_series(1, 100) AS n;
    INSERT INTO shows (id, title, author, description, explicit, categories, created_at)
    SELECT n, 'Show', '', '', false, '{{}}', now() FROM generate_series(1, {SHOWS}) AS n;
    INSERT INTO show_keys (key, show_id)
    SELECT 'feed:' || n, n FROM generate_series(1, {SHOWS}) AS n;
    INSERT INTO show_feeds (show_id, url, newest_stored, refreshed_at, due_at)
    SELECT n, 'https://a.example/' || n, 0, '2026-01-01',
           '2026-11-23'::timestamptz + n * interval '1 h'
    FROM generate_series(1, {SHOWS}) AS n;
    INSERT INTO episodes (show_id, id, guid, feed_digest, title, description, kind, explicit,
                          published_at, enclosure_url, mime_type, created_at)
    SELECT show, show * 10 + n, n, '', 'Episode', '', 'FULL', false,
           '2026-01-01'::timestamptz + n * interval '1 d', 'https://a.example/1.mp3', 'audio/mpeg',
           now()
    FROM generate_series(1, {SHOWS}) AS show, generate_series(1, 9) AS n;
    INSERT INTO episode_places (id, show_id) SELECT id, show_id FROM episodes;
    INSERT INTO episode_progress
    SELECT n % 100 + 1, n, n * 10 + 1, 0, n % 3 > 0,
           '2026-01-01'::timestamptz + n * interval '1 min'
    FROM generate_series(1, {SHOWS}) AS n;
    ANALYZE shows, show_keys, show_feeds, episodes, episode_places, episode_progress;
"""

READS: Final[dict[str, Callable[[Connection], Awaitable[Any]]]] = {
    "episodes of shows": lambda c: select_show_episodes(c, [5, 6], 21, (NOW, 2**40)),
    "episodes": lambda c: select_episodes(c, [EpisodeKey(5, 51), EpisodeKey(6, 62)]),
    "known episodes": lambda c: select_known_episodes(c, 5),
    "unstored episodes": lambda c: select_unstored_episodes(c, 5, 3),
    "places": lambda c: select_episode_places(c, [51, 62]),
    "shows": lambda c: select_shows(c, [5, 6]),
    "show ids": lambda c: select_show_ids(c, 100, 5),
    "keys": lambda c: select_show_keys(c, ["feed:5"]),
    "feeds": lambda c: select_show_feeds(c, [5]),
    "due": lambda c: select_due_show_feeds(c, NOW, 10),
    "claim": lambda c: update_show_feed_claimed(c, 5, NOW, NOW + timedelta(hours=1)),
    "removal": lambda c: delete_show(c, 5),
    "progress": lambda c: select_episode_progress(c, 5, [51, 62]),
    "in progress": lambda c: select_episodes_in_progress(c, 5, 21, (NOW, 2**40)),
}


@pytest.mark.parametrize("read", READS)
async def test_no_growing_table_is_scanned(connection: Connection, read: str) -> None:
    await connection.execute(FILL)
    ran: list[LoggedQuery] = []
    with connection.query_logger(ran.append):
        await READS[read](connection)
        await asyncio.sleep(0)  # loggers are called soon, not at once
    ran = [query for query in ran if "pg_" not in query.query]  # asyncpg asks what types look like
    assert ran
    for query in ran:
        explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {query.query}", *query.args)
        for node in nodes(json.loads(explained)[0]["Plan"]):
            assert node["Node Type"] != "Seq Scan", node


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", ()) for node in nodes(child)]


async def test_a_claim_succeeds_once(connection: Connection) -> None:
    await connection.execute(FILL)
    [feed] = await select_show_feeds(connection, [5])
    until = NOW + timedelta(hours=1)
    assert await update_show_feed_claimed(connection, 5, feed.due_at, until)
    assert not await update_show_feed_claimed(connection, 5, feed.due_at, until)
    assert [due.show_id for due in await select_due_show_feeds(connection, NOW, 100)] == [
        *range(1, 5),
        *range(6, 25),
    ]
