"""Who hears of a change of a queue: other processes are other `QueueChanges` here."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from db.ids import lease_ids
from db.playback_queues import upsert_queue
from db.pool import Pool
from db.users import insert_user
from resolvers.errors import TooManySubscriptions
from resolvers.queue_changes import NAME, Listening, QueueChanges, open_queue_changes

NEVER = 3600.0
UNREACHABLE = "postgresql://tonearm@127.0.0.1:1/none"


@pytest.fixture
async def user_id(clean_database: Pool) -> int:
    async with lease_ids(clean_database) as ids, clean_database.acquire() as connection:
        user_id = ids.next()
        await insert_user(connection, user_id, "ada", "Ada", datetime.now(UTC))
    return user_id


@pytest.fixture
async def changes(database_url: str, clean_database: Pool) -> AsyncGenerator[QueueChanges, None]:
    async with open_queue_changes(
        database_url, poll_seconds=NEVER, most=3, per_person=2
    ) as changes:
        yield changes


@pytest.fixture
async def others(database_url: str, clean_database: Pool) -> AsyncGenerator[QueueChanges, None]:
    async with open_queue_changes(
        database_url, poll_seconds=NEVER, most=3, per_person=2
    ) as changes:
        yield changes


async def write(pool: Pool, user_id: int, revision: int) -> int:
    """Changes the queue of this revision, and tells nobody."""
    async with pool.acquire() as connection:
        queue = await upsert_queue(
            connection,
            user_id,
            revision,
            song_ids=[],
            current_index=0,
            position_ms=0,
            playing=False,
            device=None,
            updated_at=datetime.now(UTC),
        )
    assert queue is not None
    return queue.revision


async def cut(pool: Pool) -> None:
    """Ends the connections by which changes are told, of whomever; then waits a moment."""
    async with pool.acquire() as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = $1",
            NAME,
        )
    await asyncio.sleep(0.05)


async def heard(one: Listening, revision: int) -> int:
    """What is heard after this revision."""
    async with asyncio.timeout(60):
        return await one.newer_than(revision)


async def test_a_change_is_heard_in_the_same_process_without_a_database() -> None:
    changes = QueueChanges(UNREACHABLE, poll_seconds=NEVER, most=1, per_person=1)
    one = changes.listen(7)
    changes.tell(8, 1)
    changes.tell(7, 2)
    assert await heard(one, 0) == 2


async def test_a_change_is_heard_in_another_process(
    changes: QueueChanges, others: QueueChanges, clean_database: Pool, user_id: int
) -> None:
    one = changes.listen(user_id)
    for revision in range(3):
        others.tell(user_id, await write(clean_database, user_id, revision))
        assert await heard(one, revision) == revision + 1


async def test_a_change_before_it_was_listened_is_found(
    changes: QueueChanges, clean_database: Pool, user_id: int
) -> None:
    one = changes.listen(user_id)
    await write(clean_database, user_id, 0)
    assert await heard(one, 0) == 1


async def test_a_change_while_the_connection_was_lost_is_found(
    changes: QueueChanges, others: QueueChanges, clean_database: Pool, user_id: int
) -> None:
    one = changes.listen(user_id)
    others.tell(user_id, await write(clean_database, user_id, 0))
    assert await heard(one, 0) == 1
    await write(clean_database, user_id, 1)  # nobody tells of it
    while one.newest < 2:
        await cut(clean_database)
    assert await heard(one, 1) == 2


async def test_a_change_of_which_nobody_told_is_found_in_time(
    database_url: str, clean_database: Pool, user_id: int
) -> None:
    async with open_queue_changes(database_url, poll_seconds=0.05, most=1, per_person=1) as changes:
        one = changes.listen(user_id)
        for revision in range(3):
            await write(clean_database, user_id, revision)
            assert await heard(one, revision) == revision + 1


async def test_what_could_not_be_told_is_told_later(
    changes: QueueChanges, others: QueueChanges, clean_database: Pool, user_id: int
) -> None:
    one = changes.listen(user_id)
    for revision in range(3):
        await cut(clean_database)
        others.tell(user_id, await write(clean_database, user_id, revision))
        assert await heard(one, revision) == revision + 1


async def test_what_nobody_listens_to_any_more_is_not_listened_to(
    database_url: str, clean_database: Pool, user_id: int
) -> None:
    async with open_queue_changes(database_url, poll_seconds=0.02, most=2, per_person=1) as changes:
        changes.listen(user_id).close()
        one = changes.listen(user_id)
        other = changes.listen(user_id + 1)
        other.close()
        other.close()
        assert len(changes) == 1
        await write(clean_database, user_id, 0)
        assert await heard(one, 0) == 1
        one.close()
        assert len(changes) == 0


async def test_a_listener_takes_no_more_memory_however_much_it_misses(user_id: int) -> None:
    changes = QueueChanges(UNREACHABLE, poll_seconds=NEVER, most=1, per_person=1)
    one = changes.listen(user_id)
    for revision in range(1, 10_000):
        changes.tell(user_id, revision)
    assert changes._untold == {user_id: 9_999}
    assert await heard(one, 0) == 9_999


async def test_only_so_many_listen() -> None:
    changes = QueueChanges(UNREACHABLE, poll_seconds=NEVER, most=3, per_person=2)
    first, second = changes.listen(1), changes.listen(1)
    with pytest.raises(TooManySubscriptions, match="end one first"):
        changes.listen(1)
    changes.listen(2)
    with pytest.raises(TooManySubscriptions, match="Try again later"):
        changes.listen(3)
    first.close()
    second.close()
    changes.listen(3)
    changes.listen(1)
