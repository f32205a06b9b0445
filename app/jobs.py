"""What is done in the background: once in a while in each worker process, or by `tonearm jobs`."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from rich.console import Console

from app.services import open_bucket, open_database
from app.settings import Settings
from db.errors import DatabaseError
from db.pool import Pool
from resolvers.changes import forget_old_changes
from resolvers.deletions import erase_due
from resolvers.exports import work_off_exports
from resolvers.similar import refresh_similar
from storage.errors import StorageError
from storage.objects import Objects

logger: Final = logging.getLogger("tonearm.jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """`work` does what is due and says how much that was, `did` with what words."""

    name: str
    did: str
    work: Callable[[], Awaitable[int]]


def all_jobs(pool: Pool, objects: Objects) -> Sequence[Job]:
    """Any number of processes may do the same one at once."""
    return (
        Job("deletions", "accounts deleted", partial(erase_due, pool, objects)),
        Job("exports", "exports made or ended", partial(work_off_exports, pool, objects)),
        Job("changes", "old changes forgotten", partial(forget_old_changes, pool)),
        Job("similar", "listeners counted", partial(refresh_similar, pool)),
    )


async def do_jobs(settings: Settings, console: Console) -> int:
    """0 when all that is due was done, 1 when some of it failed."""
    failed = False
    async with open_database(settings) as pool, open_bucket(settings) as objects:
        for job in all_jobs(pool, objects):
            try:
                done = await job.work()
            except (DatabaseError, StorageError) as error:
                failed = True
                console.print(f"{job.name}: {error}", style="red", markup=False)
            else:
                console.print(f"{done:,} {job.did}.", highlight=False)
    return 1 if failed else 0


async def refresh_similar_now(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool:
        listeners = await refresh_similar(pool)
    console.print(f"{listeners:,} listeners counted.", highlight=False)
    return 0


@asynccontextmanager
async def keep_jobs_done(
    pool: Pool, objects: Objects, seconds: float
) -> AsyncGenerator[None, None]:
    """Does the jobs about every so many seconds in the background; never when that is 0."""
    tasks = [asyncio.create_task(_keep(job, seconds)) for job in all_jobs(pool, objects) if seconds]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _keep(job: Job, seconds: float) -> None:
    while True:
        # Processes that start together should not work together.
        await asyncio.sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311
        try:
            done = await job.work()
        except (DatabaseError, StorageError) as error:
            logger.warning("Not done, the next time it is: %s: %s", job.name, error)
        else:
            if done:
                logger.info("%d %s", done, job.did)
