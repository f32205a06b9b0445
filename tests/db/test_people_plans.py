"""The plans of what people read, on tables that are large enough to have real ones."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from asyncpg.connection import LoggedQuery

from db.edits import select_edits, select_edits_of
from db.episode_progress import select_listeners_to_roll_up
from db.library import select_library_items, select_library_members
from db.play_counts import update_play_counts_published
from db.playback_queues import select_queue
from db.playlist_entries import (
    select_gap_after,
    select_gap_before,
    select_last_position,
    select_playlist_entries,
)
from db.playlists import (
    select_playlists,
    select_playlists_of_users,
    select_saved_playlists,
)
from db.plays import (
    select_plays,
    select_plays_near,
    select_plays_to_roll_up,
    select_recent_song_ids,
    select_top_artists,
    select_top_songs,
)
from db.pool import open_pool
from db.redirects import (
    select_merged,
    select_open_sources,
    select_user_after,
    update_libraries,
    update_playlist_songs,
    update_plays_merged,
    update_queues_merged,
)
from db.rows import Connection
from tests.conftest import Postgres, new_database

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
START: Final = (NOW + timedelta(days=9_000), 2**63 - 1)
ID: Final = UUID(int=2**128 - 1)

FILL: Final = (
    """
    INSERT INTO users SELECT n, 'p' || n, 'P', '2026-01-01T00:00Z' FROM generate_series(1, 2000) n
    """,
    """
    INSERT INTO library_items (user_id, kind, item_id, added_at)
    SELECT 1 + n % 2000, 'SONG', n, timestamptz '2026-01-01T00:00Z' + n * interval '1 second'
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO playlists (user_id, id, name, description, visibility, revision, entry_count,
                           duration_ms, created_at, updated_at)
    SELECT 1 + n % 2000, n, 'Rain', '', 'PUBLIC', 1, 0, 0, '2026-01-01T00:00Z', '2026-01-01T00:00Z'
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO playlist_entries (user_id, playlist_id, id, song_id, added_by, added_at,
                                  duration_ms, position)
    SELECT 1, 2000, n, n, 1, timestamptz '2026-01-01T00:00Z', 1000, 'V' || to_char(n, 'FM00000')
    FROM generate_series(1, 20000) AS n
    UNION ALL
    SELECT 1 + n % 2000, n, 100000 + n, n, 1, '2026-01-01T00:00Z', 1000, 'V'
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO playlist_collaborators (user_id, playlist_id, collaborator_id, joined_at)
    SELECT 1 + n % 2000, n, 1, '2026-01-01T00:00Z' FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO saved_playlists (user_id, playlist_id, owner_id, added_at)
    SELECT 1 + n % 2000, n, 1, timestamptz '2026-01-01T00:00Z' + n * interval '1 second'
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO plays (user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms,
                       credited_ms, completed, rolled_up)
    SELECT 1 + n % 2000, gen_random_uuid(), n % 500, '{1}',
           timestamptz '2026-01-01T00:00Z' + n * interval '1 minute',
           timestamptz '2026-01-01T00:00Z' + n * interval '1 minute', 40000, 40000, false,
           n % 20 > 0
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO episode_progress (user_id, show_id, episode_id, position_ms, completed, heard_at,
                                  rolled_up)
    SELECT 1 + n % 2000, n % 50, n, 40000, false, '2026-01-01T00:00Z', n % 20 > 0
    FROM generate_series(1, 60000) AS n
    """,
    """
    INSERT INTO play_counts (id, kind, plays, published)
    SELECT n, 'SONG', 100, CASE WHEN n % 500 = 0 THEN 1 ELSE 100 END
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO playback_queues (user_id, revision, song_ids, current_index, position_ms, playing,
                                 updated_at)
    SELECT n, 1, '{1}', 0, 0, true, '2026-01-01T00:00Z' FROM generate_series(1, 2000) AS n
    """,
    """
    INSERT INTO redirects (id, kind, target_id, created_at, settled_at)
    SELECT 1000000 + n, 'SONG', n, '2026-01-01T00:00Z',
           CASE WHEN n % 100 > 0 THEN timestamptz '2026-01-01T00:00Z' END
    FROM generate_series(1, 20000) AS n
    """,
    """
    INSERT INTO catalogue_edits (item_id, id, kind, action, editor_id, edited_at, changes)
    SELECT 1 + n % 500, n, 'SONG', 'UPDATED', 1, '2026-01-01T00:00Z', '[]'
    FROM generate_series(1, 20000) AS n
    """,
)

Read = Callable[[Connection], Awaitable[Any]]

ORDERED: Final[dict[str, Read]] = {
    "liked songs": lambda c: select_library_items(c, 7, "SONG", 21, START),
    "saved playlists": lambda c: select_saved_playlists(c, 7, 21, START),
    "history": lambda c: select_plays(c, 7, 21, (START[0], ID)),
    "last entry": lambda c: select_last_position(c, 1, 2000),
    "plays to roll up": lambda c: select_plays_to_roll_up(c, 0, 100),
    "listeners to roll up": lambda c: select_listeners_to_roll_up(c, 0, 100),
    "edits": lambda c: select_edits(c, 21, START[1]),
    "edits of one song": lambda c: select_edits_of(c, 7, 21, START[1]),
}
"""Lists that are read in the order of their index."""

OTHERS: Final[dict[str, Read]] = {
    "which songs are liked": lambda c: select_library_members(c, 7, "SONG", [1, 2, 3]),
    "playlists by key": lambda c: select_playlists(c, 7, [(1, 2000, None), (2, 1, b"x" * 16)]),
    "playlists of people": lambda c: select_playlists_of_users(c, 7, [1, 2, 3], 21, START[1]),
    "entries of a long playlist": lambda c: select_playlist_entries(
        c, [(1, 2000)], 21, ("V10000", 10_000)
    ),
    "a gap after": lambda c: select_gap_after(c, 1, 2000, 10_000),
    "a gap before": lambda c: select_gap_before(c, 1, 2000, 10_000),
    "plays near": lambda c: select_plays_near(c, 7, [ID], NOW - timedelta(days=1), NOW),
    "recent songs": lambda c: select_recent_song_ids(c, 7, 20, 1_000),
    "top songs": lambda c: select_top_songs(c, 7, NOW - timedelta(days=30), NOW, 20),
    "top artists": lambda c: select_top_artists(c, 7, NOW - timedelta(days=30), NOW, 20),
    "queue": lambda c: select_queue(c, 7),
    "what was merged": lambda c: select_merged(c, [1_000_001, 1_000_100]),
    "what is not settled": lambda c: select_open_sources(c, [1, 2, 100]),
    "people of a walk": lambda c: select_user_after(c, 7, 100),
    "libraries of a walk": lambda c: update_libraries(c, (7, 20), {}),
    "playlists of a walk": lambda c: update_playlist_songs(c, (7, 20), {1: 2}),
    "plays of a walk": lambda c: update_plays_merged(c, (7, 20), {1: 2}),
    "queues of a walk": lambda c: update_queues_merged(c, (7, 20), {1: 2}),
    "publications": lambda c: update_play_counts_published(c, "SONG", 10),
}


@pytest.fixture(scope="module")
async def large(postgres: Postgres, worker: str) -> AsyncGenerator[Connection, None]:
    """2,000 people with ten to thirty rows of each kind; one has a playlist of 20,000 entries."""
    name = f"{postgres.template}_{worker}_people"
    async with (
        new_database(postgres.owner_url, name, postgres.template) as url,
        open_pool(url, max_size=1, statement_timeout=120) as pool,
        pool.acquire() as connection,
    ):
        for statement in FILL:
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")
        yield connection


async def plan(
    connection: Connection, read: Read, options: str = "FORMAT JSON"
) -> list[dict[str, Any]]:
    """The nodes of the plan of the one statement that `read` runs."""
    ran: list[LoggedQuery] = []
    with connection.query_logger(ran.append):
        await read(connection)
        await asyncio.sleep(0)  # asyncpg calls a logger in the next turn of the event loop
    query = ran[-1]  # asyncpg may have asked before what a type looks like
    explained = await connection.fetchval(f"EXPLAIN ({options}) {query.query}", *query.args)
    return list(nodes(json.loads(explained)[0]["Plan"]))


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


@pytest.mark.parametrize("name", [*ORDERED, *OTHERS])
async def test_no_growing_table_is_scanned(large: Connection, name: str) -> None:
    found = await plan(large, (ORDERED | OTHERS)[name])
    assert not [node for node in found if node["Node Type"] == "Seq Scan"], found


@pytest.mark.parametrize("name", ORDERED)
async def test_lists_are_read_in_order(large: Connection, name: str) -> None:
    found = await plan(large, ORDERED[name])
    assert not [node for node in found if "Sort" in node["Node Type"]], found


async def test_a_page_in_the_middle_of_a_long_playlist_reads_no_more_than_it_shows(
    large: Connection,
) -> None:
    read = OTHERS["entries of a long playlist"]
    for node in await plan(large, read, "ANALYZE, FORMAT JSON"):
        assert node["Actual Rows"] <= 21, node
