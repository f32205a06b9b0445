"""Work that goes on after its request was answered, so that its time tells nothing."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from resolvers.errors import Unavailable

logger: Final = logging.getLogger("tonearm.background")

LIMIT: Final = 1_000
END_SECONDS: Final = 5.0


class Background:
    """The tasks of a process; what fails is logged. What a crash cuts off is lost."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins `work`. Raises `Unavailable` when there is too much of it already."""
        if len(self._tasks) >= LIMIT:
            work.close()
            raise Unavailable("Too much is being done at once. Try again in a moment.")
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        """Waits until everything is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            logger.exception("Work in the background failed")


@asynccontextmanager
async def open_background() -> AsyncGenerator[Background, None]:
    """Gives what is still going on at the end a few seconds."""
    background = Background()
    try:
        yield background
    finally:
        try:
            await asyncio.wait_for(background.drain(), END_SECONDS)
        except TimeoutError:
            logger.error("Work in the background was cut off")
            background.cancel()
