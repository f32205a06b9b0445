import time

import pytest

from db.errors import DatabaseUnavailable
from db.ids import (
    EPOCH_MS,
    IdGenerator,
    Lease,
    _lease,
    lease_ids,
    update_free_node_lease,
    update_node_lease,
    update_node_lease_ended,
)
from db.pool import Pool, acquire
from db.rows import Connection, fetch_one


async def lease(connection: Connection, holder: str = "test") -> Lease:
    leased = await update_free_node_lease(connection, holder)
    assert leased is not None
    return leased


async def leave_only_number_0(connection: Connection) -> None:
    """Free, whoever else of this test run has a lease on it."""
    await connection.execute(
        "UPDATE node_leases SET leased_until = CASE node WHEN 0 THEN timestamptz 'epoch' "
        "ELSE 'infinity' END"
    )


async def test_ids_are_distinct_and_ascend(connection: Connection) -> None:
    ids = IdGenerator(await lease(connection))
    made = [ids.next() for _ in range(20_000)]
    assert len(set(made)) == 20_000
    assert made == sorted(made)
    assert all(0 < made_id < 2**63 for made_id in made)


async def test_an_id_tells_when_it_was_made_by_the_databases_clock(connection: Connection) -> None:
    ids = IdGenerator(await lease(connection))
    before = await connection.fetchval("SELECT extract(epoch FROM clock_timestamp()) * 1000")
    made_ms = (ids.next() >> 22) + EPOCH_MS
    assert abs(made_ms - float(before)) < 5_000


async def test_two_processes_at_once_never_share_a_number(pool: Pool) -> None:
    async with lease_ids(pool) as first, lease_ids(pool) as second:
        assert first.node != second.node
        assert {first.next() for _ in range(5_000)}.isdisjoint(second.next() for _ in range(5_000))


async def test_a_number_is_free_again_only_after_its_last_id(connection: Connection) -> None:
    await leave_only_number_0(connection)
    first = await lease(connection, "first")
    ids = IdGenerator(first)
    last = [ids.next() for _ in range(50_000)][-1]  # runs some milliseconds ahead of the clock
    assert await update_free_node_lease(connection, "second") is None
    await update_node_lease_ended(connection, first.node, "first", ids.last_ms)
    again = await update_free_node_lease(connection, "second")
    while again is None:
        await connection.execute("SELECT pg_sleep(0.01)")
        again = await update_free_node_lease(connection, "second")
    assert again.node == first.node
    assert IdGenerator(again).next() > last


async def test_no_id_is_made_after_the_lease(connection: Connection) -> None:
    await leave_only_number_0(connection)
    await lease(connection, "first")
    await connection.execute(
        "UPDATE node_leases SET leased_until = clock_timestamp() WHERE node = 0"
    )
    assert await update_node_lease(connection, 0, "first") is None

    ended = await fetch_one(
        connection, Lease, "SELECT 0 AS node, 1800000000000 AS now_ms, 1800000000000 AS until_ms"
    )
    assert ended is not None
    with pytest.raises(DatabaseUnavailable, match="has ended"):
        IdGenerator(ended).next()


async def test_a_renewed_lease_goes_on(connection: Connection) -> None:
    first = await lease(connection, "renewing")
    ids = IdGenerator(first)
    made = ids.next()
    renewed = await update_node_lease(connection, first.node, "renewing")
    assert renewed is not None
    assert renewed.until_ms >= first.until_ms
    ids.extend(renewed)
    assert ids.next() > made


async def test_before_there_is_a_lease_there_are_no_ids() -> None:
    with pytest.raises(DatabaseUnavailable, match="no node number"):
        IdGenerator().next()


async def test_who_lost_the_lease_in_an_outage_takes_another_number(pool: Pool) -> None:
    async with lease_ids(pool) as ids, acquire(pool) as connection:
        before, node = ids.next(), ids.node
        await connection.execute(
            "UPDATE node_leases SET holder = 'another' WHERE node = $1::int", node
        )
        await _lease(pool, ids, "this process")
        assert ids.node != node
        assert ids.next() > before


async def test_a_wrong_clock_of_this_machine_does_not_matter(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    made_ms = (IdGenerator(await lease(connection)).next() >> 22) + EPOCH_MS
    assert made_ms > 1_700_000_000_000
