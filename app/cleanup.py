"""What is left to do in the background: once in a while in a worker, or by `tonearm cleanup`."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final

from rich.console import Console

from app.services import open_bucket, open_database
from app.settings import Settings
from db.errors import DatabaseError
from db.pool import Pool
from resolvers.cleaning import clean_up
from storage.errors import StorageError
from storage.objects import Objects

logger: Final = logging.getLogger("tonearm.cleanup")


async def clean_up_once(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool, open_bucket(settings) as objects:
        done = await clean_up(pool, objects, datetime.now(UTC))
    console.print(f"Deleted {done.uploads} uploads that nobody completed.")
    console.print(f"Deleted {done.contents} contents that nothing needs any more.")
    console.print(f"Settled {done.ids} ids of what was merged or deleted.")
    return 0


@asynccontextmanager
async def keep_clean(pool: Pool, objects: Objects, seconds: float) -> AsyncGenerator[None, None]:
    """Cleans up about every so many seconds in the background; never when that is 0."""
    task = asyncio.create_task(_keep(pool, objects, seconds)) if seconds else None
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _keep(pool: Pool, objects: Objects, seconds: float) -> None:
    while True:
        # Processes that start together should not work together.
        await asyncio.sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311
        try:
            done = await clean_up(pool, objects, datetime.now(UTC))
        except (DatabaseError, StorageError) as error:
            logger.warning("Not all was cleaned up, the next time it is: %s", error)
        else:
            if any((done.uploads, done.contents, done.ids)):
                logger.info(
                    "%d uploads and %d contents deleted, %d ids settled",
                    done.uploads,
                    done.contents,
                    done.ids,
                )
