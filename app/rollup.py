"""Plays become popularity: once in a while in each worker process, or by `tonearm rollup`."""

import asyncio
import logging
import random
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final

from rich.console import Console

from app.beside import beside
from app.services import open_database
from app.settings import Settings
from db.errors import DatabaseError
from db.pool import Pool
from resolvers.rollup import roll_up

logger: Final = logging.getLogger("tonearm.rollup")


async def roll_up_plays(settings: Settings, console: Console) -> int:
    async with open_database(settings) as pool:
        done = await roll_up(pool)
    console.print(f"{done.plays:,} plays counted, {done.published:,} popularities changed.")
    return 0


def keep_rolled_up(pool: Pool, seconds: float) -> AbstractAsyncContextManager[None]:
    """Rolls up about every so many seconds in the background; never when that is 0."""
    return beside(_keep(pool, seconds)) if seconds else nullcontext()


async def _keep(pool: Pool, seconds: float) -> None:
    while True:
        # Processes that start together should not work together.
        await asyncio.sleep(seconds * random.uniform(0.75, 1.25))  # noqa: S311
        try:
            done = await roll_up(pool)
        except DatabaseError as error:
            logger.warning("Plays were not rolled up, the next time they are: %s", error)
        else:
            if done.plays:
                logger.info("%d plays, %d popularities", done.plays, done.published)
