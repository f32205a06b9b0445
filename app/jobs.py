"""What is done in the background: now and then in each worker process, or by a command."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeAlias

from rich.console import Console

from app.services import open_bucket, open_database
from app.settings import Settings
from db.errors import DatabaseError
from db.pool import Pool
from ingest.podcasts.media import Podcasts
from ingest.podcasts.refresh import refresh_due
from resolvers.changes import forget_old_changes
from resolvers.cleaning import clean_up
from resolvers.deletions import erase_due
from resolvers.exports import work_off_exports
from resolvers.rollup import roll_up
from resolvers.similar import refresh_similar
from storage.errors import StorageError
from storage.objects import Objects

logger: Final = logging.getLogger("tonearm.jobs")

END_SECONDS: Final = 10.0
"""What is at work when the process stops is given so long to come to its end."""

SHOWS_AT_ONCE: Final = 2
"""Shows that a worker process refreshes at once: requests need its connections too."""

Done: TypeAlias = Mapping[str, int]
"""How much was done, by what was done, in words that follow the number."""


@dataclass(slots=True)
class Job:
    """Work that falls due again and again.

    Attributes:
        seconds: About how often each worker process does it; 0: none does.
        work: Does what is due. Any number of processes may be at it at once, and what one has
            left undone is done the next time.
        runs: How often it was begun, of which `failures` failed.
        busy_seconds: What it took, all in all.
        succeeded_at: When it last came to its end, in seconds since 1970; to begin with, now.
    """

    name: str
    seconds: float
    work: Callable[[], Awaitable[Done]]
    runs: int = 0
    failures: int = 0
    busy_seconds: float = 0.0
    succeeded_at: float = field(default_factory=time.time)

    async def do(self) -> Done:
        """Does what is due; raises whatever `work` does."""
        self.runs += 1
        began = time.perf_counter()
        try:
            done = await self.work()
        except Exception:
            self.failures += 1
            raise
        finally:
            self.busy_seconds += time.perf_counter() - began
        self.succeeded_at = time.time()
        return done


def rollup_jobs(settings: Settings, pool: Pool) -> Sequence[Job]:
    """`tonearm rollup`."""

    async def rollup() -> Done:
        done = await roll_up(pool)
        return {"plays counted": done.plays, "popularities changed": done.published}

    return [Job("rollup", settings.rollup_seconds, rollup)]


def cleanup_jobs(settings: Settings, pool: Pool, objects: Objects) -> Sequence[Job]:
    """`tonearm cleanup`."""

    async def cleanup() -> Done:
        done = await clean_up(pool, objects, datetime.now(UTC))
        return {
            "uploads that nobody completed deleted": done.uploads,
            "old exports deleted": done.exports,
            "contents that nothing needs deleted": done.contents,
            "ids of what was merged or deleted settled": done.ids,
        }

    return [Job("cleanup", settings.cleanup_seconds, cleanup)]


def people_jobs(settings: Settings, pool: Pool, objects: Objects) -> Sequence[Job]:
    """`tonearm jobs`."""

    async def deletions() -> Done:
        return {"accounts deleted": await erase_due(pool, objects)}

    async def exports() -> Done:
        return {"exports made or ended": await work_off_exports(pool, objects)}

    async def changes() -> Done:
        return {"old changes forgotten": await forget_old_changes(pool)}

    return [
        Job("deletions", settings.jobs_seconds, deletions),
        Job("exports", settings.jobs_seconds, exports),
        Job("changes", settings.jobs_seconds, changes),
        *similar_jobs(settings, pool),
    ]


def similar_jobs(settings: Settings, pool: Pool) -> Sequence[Job]:
    """`tonearm similar refresh`."""

    async def similar() -> Done:
        return {"listeners counted": await refresh_similar(pool)}

    return [Job("similar", settings.jobs_seconds, similar)]


def podcast_jobs(settings: Settings, podcasts: Podcasts) -> Sequence[Job]:
    """What `tonearm podcast refresh` does too, in portions and by the side."""

    async def shows() -> Done:
        return {"shows refreshed": await refresh_due(podcasts, concurrency=SHOWS_AT_ONCE)}

    return [Job("podcasts", settings.podcasts_seconds, shows)]


async def do_rollup(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool:
        return await _do_now(rollup_jobs(settings, pool), console)


async def do_cleanup(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool, open_bucket(settings) as objects:
        return await _do_now(cleanup_jobs(settings, pool, objects), console)


async def do_jobs(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool, open_bucket(settings) as objects:
        return await _do_now(people_jobs(settings, pool, objects), console)


async def do_similar(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool:
        return await _do_now(similar_jobs(settings, pool), console)


async def _do_now(jobs: Sequence[Job], console: Console) -> int:
    """Does each once. 0 when all that is due was done, 1 when some of it failed."""
    failed = False
    for job in jobs:
        try:
            done = await job.do()
        except (DatabaseError, StorageError) as error:
            failed = True
            console.print(f"{job.name}: {error}", style="red", markup=False)
        except Exception:
            failed = True
            logger.exception("A fault in what is done in the background: %s", job.name)
        else:
            for what, count in done.items():
                console.print(f"{count:,} {what}.", highlight=False)
    return 1 if failed else 0


@asynccontextmanager
async def keep_done(jobs: Sequence[Job]) -> AsyncGenerator[None, None]:
    """Does the jobs meanwhile, each about as often as it says. At the end nothing more is begun,
    and what is at work has `END_SECONDS`."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_keep(job, stopping)) for job in jobs if job.seconds]
    try:
        yield
    finally:
        stopping.set()
        late = (await asyncio.wait(tasks, timeout=END_SECONDS))[1] if tasks else set()
        for task in late:
            task.cancel()
        for task in late:
            with suppress(asyncio.CancelledError):
                await task


async def _keep(job: Job, stopping: asyncio.Event) -> None:
    # Processes that start together should not work together.
    while not await _set_within(stopping, job.seconds * random.uniform(0.75, 1.25)):  # noqa: S311
        try:
            done = await job.do()
        except (DatabaseError, StorageError) as error:
            logger.warning("Not done, the next time it is: %s: %s", job.name, error)
        except Exception:
            logger.exception("A fault in what is done in the background: %s", job.name)
        else:
            did = ", ".join(f"{count} {what}" for what, count in done.items() if count)
            if did:
                logger.info("%s", did)


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
