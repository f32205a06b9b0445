"""Transactions that are tried again when another one was first."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg

from db.errors import DatabaseError
from db.pool import Pool, Statement, acquire
from db.rows import Connection

Result = TypeVar("Result")

ATTEMPTS: Final = 20


class Conflict(DatabaseError):
    """Another transaction claimed the same thing first."""


async def transact(
    pool: Pool,
    work: Callable[[Connection], Awaitable[Result]],
    *,
    timeout: float = 60.0,
    statements: list[Statement] | None = None,
) -> Result:
    """The result of `work` in a transaction, which is begun anew after a `Conflict` or a deadlock.

    `work` may run several times, so it must do nothing that a rollback does not undo. Waits up to
    `timeout` seconds for a connection. What runs is added to `statements`. Raises the last error
    after `ATTEMPTS` attempts.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return await _once(pool, work, timeout, statements)
        except Conflict:
            # Those who lost together should not meet again: wait a few milliseconds, not alike.
            await asyncio.sleep(random.uniform(0, 0.005 * min(attempt, 10)))  # noqa: S311
    return await _once(pool, work, timeout, statements)


async def _once(
    pool: Pool,
    work: Callable[[Connection], Awaitable[Result]],
    timeout: float,
    statements: list[Statement] | None,
) -> Result:
    async with acquire(pool, timeout=timeout, statements=statements) as connection:
        transaction = connection.transaction()
        try:
            await transaction.start()
            try:
                result = await work(connection)
            except asyncio.CancelledError:
                raise  # the pool rolls back, and who was cancelled need not wait for it
            except BaseException:
                await transaction.rollback()
                raise
            await transaction.commit()
            return result
        except (
            asyncpg.DeadlockDetectedError,
            asyncpg.SerializationError,
            asyncpg.LockNotAvailableError,
        ) as error:
            raise Conflict from error
