"""Ids made by the application: 64 bits, in the order of time, unique across processes.

From the highest bit: 0, 41 bits of milliseconds since 2024-01-01 (until 2093), 10 bits of node
number, 12 bits of sequence. After Twitter's Snowflake (2010), except for its weak points, clocks
and the handing out of node numbers: a node number is leased from the database, and the
milliseconds are the database's own, carried on by the monotonic clock. An id's time lies within
the lease, the leases of a number do not overlap, so ids cannot collide however wrong a machine's
clock is.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

from db.errors import DatabaseError, DatabaseUnavailable
from db.pool import Pool, acquire
from db.rows import Connection, Row, fetch_one

logger: Final = logging.getLogger("tonearm.ids")

EPOCH_MS: Final = 1_704_067_200_000
LEASE_MS: Final = 120_000
RENEWAL_SECONDS: Final = 30.0
RETRY_SECONDS: Final = 1.0
_SEQUENCES: Final = 1 << 12


class Lease(Row):
    """A node number for a while; times in milliseconds since 1970 by the database's clock."""

    node: int
    now_ms: int
    until_ms: int


class IdGenerator:
    """Makes ids while it has a lease that lasts; see `lease_ids`.

    Attributes:
        node: None before the first lease.
    """

    def __init__(self, lease: Lease | None = None) -> None:
        self.node: int | None = None
        self._last_ms = self._until_ms = 0
        self._monotonic_offset_ms = 0
        self._sequence = -1
        if lease is not None:
            self.adopt(lease)

    def adopt(self, lease: Lease) -> None:
        """Goes on under a lease of another node number, just granted."""
        self.node = lease.node
        self._last_ms = lease.now_ms
        self._sequence = -1
        self.extend(lease)

    def extend(self, lease: Lease) -> None:
        """Goes on under a lease of the same node number, just granted."""
        self._until_ms = lease.until_ms
        self._monotonic_offset_ms = lease.now_ms - time.monotonic_ns() // 1_000_000

    def next(self) -> int:
        """The next id. Raises `DatabaseUnavailable` when the lease could not be renewed."""
        node = self.node
        if node is None:
            raise DatabaseUnavailable("There is no node number for new ids yet")
        now_ms = time.monotonic_ns() // 1_000_000 + self._monotonic_offset_ms
        if now_ms > self._last_ms:
            self._last_ms, self._sequence = now_ms, 0
        elif self._sequence < _SEQUENCES - 1:
            self._sequence += 1
        else:
            # More than 4,096 in a millisecond: borrow the next one, the clock catches up.
            self._last_ms, self._sequence = self._last_ms + 1, 0
        if self._last_ms >= self._until_ms:
            raise DatabaseUnavailable("The lease on a node number for new ids has ended")
        return (self._last_ms - EPOCH_MS) << 22 | node << 12 | self._sequence

    @property
    def last_ms(self) -> int:
        """The time in the last id, milliseconds since 1970."""
        return self._last_ms


@asynccontextmanager
async def lease_ids(pool: Pool, *, patient: bool = False) -> AsyncGenerator[IdGenerator, None]:
    """Leases a node number, renews the lease in the background, and gives it back at the end.

    Raises `DatabaseUnavailable`; who is `patient` gets ids that raise it until there is a lease.
    """
    holder = f"{socket.gethostname()}:{os.getpid()}"
    ids = IdGenerator()
    try:
        await _lease(pool, ids, holder)
    except DatabaseError as error:
        if not patient:
            raise
        logger.warning("Nothing can be answered before the database can be reached: %s", error)
    renewal = asyncio.create_task(_renew(pool, ids, holder))
    try:
        yield ids
    finally:
        renewal.cancel()
        with suppress(asyncio.CancelledError):
            await renewal
        with suppress(DatabaseError):
            if ids.node is not None:
                async with acquire(pool) as connection:
                    await update_node_lease_ended(connection, ids.node, holder, ids.last_ms)


async def _renew(pool: Pool, ids: IdGenerator, holder: str) -> None:
    wait = RENEWAL_SECONDS if ids.node is not None else RETRY_SECONDS
    while True:
        await asyncio.sleep(wait)
        try:
            await _lease(pool, ids, holder)
            wait = RENEWAL_SECONDS
        except DatabaseError:  # `next` refuses once the lease has ended
            wait = RETRY_SECONDS


async def _lease(pool: Pool, ids: IdGenerator, holder: str) -> None:
    """Renews the lease; takes another number where there is none, or it ended in an outage."""
    async with acquire(pool) as connection:
        if ids.node is not None:
            renewed = await update_node_lease(connection, ids.node, holder)
            if renewed is not None:
                ids.extend(renewed)
                return
        lease = await update_free_node_lease(connection, holder)
    if lease is None:
        raise DatabaseUnavailable("All 1,024 node numbers are leased: stop some processes")
    ids.adopt(lease)


async def update_free_node_lease(connection: Connection, holder: str) -> Lease | None:
    """Leases the number that has been free for longest; None when all are taken."""
    return await fetch_one(
        connection,
        Lease,
        """
        UPDATE node_leases
        SET holder = $1, leased_until = clock_timestamp() + $2 * interval '1 millisecond'
        WHERE node = (
            SELECT node FROM node_leases WHERE leased_until < clock_timestamp()
            ORDER BY leased_until, node LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING node, (extract(epoch FROM leased_until) * 1000)::bigint - $2 AS now_ms,
                  (extract(epoch FROM leased_until) * 1000)::bigint AS until_ms
        """,
        holder,
        LEASE_MS,
    )


async def update_node_lease(connection: Connection, node: int, holder: str) -> Lease | None:
    """Renews a lease; None when it has ended and is no longer this holder's."""
    return await fetch_one(
        connection,
        Lease,
        """
        UPDATE node_leases
        SET leased_until = clock_timestamp() + $3 * interval '1 millisecond'
        WHERE node = $1 AND holder = $2 AND leased_until > clock_timestamp()
        RETURNING node, (extract(epoch FROM leased_until) * 1000)::bigint - $3 AS now_ms,
                  (extract(epoch FROM leased_until) * 1000)::bigint AS until_ms
        """,
        node,
        holder,
        LEASE_MS,
    )


async def update_node_lease_ended(
    connection: Connection, node: int, holder: str, last_ms: int
) -> None:
    """Gives a number back; it is free once the time of its last id has passed."""
    await connection.execute(
        """
        UPDATE node_leases
        SET leased_until = greatest(clock_timestamp(), to_timestamp(($3::bigint + 1) / 1000.0)),
            holder = NULL
        WHERE node = $1 AND holder = $2
        """,
        node,
        holder,
        last_ms,
    )
