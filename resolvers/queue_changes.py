"""Who listens to which queue in this process, and how changes are told from process to process.

Only that there is a newer revision is passed on, so that a listener takes no more memory however
fast a queue changes: who listens reads the queue when it can, and gets its newest state.

Nothing depends on a notice: whatever one connection has not heard, because it was broken or the
notice was never sent, is found by reading the revisions of all who are listened to, right after
each LISTEN and once in a while (docs/decisions/0025).
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

from db.errors import DatabaseError
from db.notifications import QueueNotices, notify_queues, queue_channel
from db.playback_queues import select_queue_revisions
from db.pool import connect
from db.rows import Connection
from resolvers.errors import TooManySubscriptions

logger: Final = logging.getLogger("tonearm.changes")

NAME: Final = "tonearm changes"

GATHER_SECONDS: Final = 0.005
"""Changes within this time are told in one transaction: one of NOTIFY holds up the next."""

BATCH: Final = 1_000
WAITING: Final = 100_000
"""Changes that wait to be told while the database is away; those beyond are found by reading."""

STATEMENT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = (0.1, 5.0)


class Listening:
    """One listener of somebody's queue. Close it, or it is counted for ever."""

    __slots__ = ("_changes", "_woken", "newest", "user_id")

    def __init__(self, changes: "QueueChanges", user_id: int) -> None:
        self.user_id = user_id
        self.newest = 0
        """The newest revision that is known of; 0 is none."""
        self._changes = changes
        self._woken = asyncio.Event()

    async def newer_than(self, revision: int) -> int:
        """Waits for a newer revision than this one, and gives it."""
        while self.newest <= revision:
            self._woken.clear()
            await self._woken.wait()
        return self.newest

    def hear(self, revision: int) -> None:
        if revision > self.newest:
            self.newest = revision
            self._woken.set()

    def close(self) -> None:
        self._changes.forget(self)


class QueueChanges:
    """The listeners of this process, up to `most` and `per_person`.

    It makes a connection to the database when there is first something to tell or to hear, and
    reads the revisions of those who are listened to every `poll_seconds`.
    """

    def __init__(
        self, database_url: str, *, poll_seconds: float, most: int, per_person: int
    ) -> None:
        self._database_url = database_url
        self._poll_seconds = poll_seconds
        self._most = most
        self._per_person = per_person
        self._listening: dict[int, set[Listening]] = {}
        self._count = 0
        self._channels: Counter[str] = Counter()
        self._untold: dict[int, int] = {}
        self._work = asyncio.Event()

    def __len__(self) -> int:
        return self._count

    def listen(self, user_id: int) -> Listening:
        """Raises `TooManySubscriptions`."""
        if self._count >= self._most:
            raise TooManySubscriptions("This server is listened to by too many. Try again later.")
        listening = self._listening.setdefault(user_id, set())
        if len(listening) >= self._per_person:
            raise TooManySubscriptions(
                f"You listen {self._per_person} times already, which is the most: end one first."
            )
        one = Listening(self, user_id)
        listening.add(one)
        self._count += 1
        channel = queue_channel(user_id)
        self._channels[channel] += 1
        if self._channels[channel] == 1:
            self._work.set()
        return one

    def forget(self, one: Listening) -> None:
        """Ends a listener; a second time does nothing."""
        listening = self._listening.get(one.user_id, set())
        if one in listening:
            listening.discard(one)
            self._count -= 1
            self._channels[queue_channel(one.user_id)] -= 1
            if not listening:
                del self._listening[one.user_id]

    def tell(self, user_id: int, revision: int) -> None:
        """Lets everybody know of a change that is committed."""
        self._hear(user_id, revision)
        if user_id in self._untold or len(self._untold) < WAITING:
            self._untold[user_id] = max(revision, self._untold.get(user_id, 0))
            self._work.set()

    def _hear(self, user_id: int, revision: int) -> None:
        for one in self._listening.get(user_id, ()):
            one.hear(revision)

    async def run(self) -> None:
        """Tells and hears for as long as the process lives; nothing ends it but a cancellation."""
        shortest, longest = RETRY_SECONDS
        pause = shortest
        while True:
            await self._work.wait()
            try:
                async with connect(self._database_url, name=NAME) as connection:
                    pause = shortest
                    await self._serve(connection)
            except (DatabaseError, TimeoutError) as error:
                logger.warning("Changes are not told between processes for now: %s", error)
            except Exception:
                logger.exception("Changes are not told between processes for now")
            self._work.set()
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311
            pause = min(pause * 2, longest)

    async def _serve(self, connection: Connection) -> None:
        """Until the connection is lost."""
        clock = asyncio.get_running_loop().time
        connection.add_termination_listener(lambda _connection: self._work.set())
        notices = QueueNotices(connection, self._hear)
        read_at = clock() + self._poll_seconds
        while not connection.is_closed():
            self._work.clear()
            async with asyncio.timeout(STATEMENT_SECONDS):
                if clock() < read_at:
                    await self._listen(connection, notices)
                else:
                    await self._tidy(notices)
                    await self._read(connection, list(self._listening))
                    read_at = clock() + self._poll_seconds * random.uniform(0.75, 1.25)  # noqa: S311
                await self._send(connection)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, read_at - clock())):
                    await self._work.wait()
            await asyncio.sleep(GATHER_SECONDS)

    async def _listen(self, connection: Connection, notices: QueueNotices) -> None:
        """Listens to more channels, and finds what happened before it did."""
        new = {channel for channel, count in self._channels.items() if count} - notices.channels
        if new:
            for channel in new:
                await notices.listen(channel)
            await self._read(
                connection, [one for one in self._listening if queue_channel(one) in new]
            )

    async def _tidy(self, notices: QueueNotices) -> None:
        for channel in [one for one in notices.channels if not self._channels[one]]:
            await notices.unlisten(channel)

    async def _read(self, connection: Connection, user_ids: list[int]) -> None:
        for start in range(0, len(user_ids), BATCH):
            for found in await select_queue_revisions(connection, user_ids[start : start + BATCH]):
                self._hear(found.user_id, found.revision)

    async def _send(self, connection: Connection) -> None:
        while self._untold:
            told = dict(list(self._untold.items())[:BATCH])
            await notify_queues(connection, told)
            for user_id, revision in told.items():
                if self._untold.get(user_id) == revision:
                    del self._untold[user_id]


@asynccontextmanager
async def open_queue_changes(
    database_url: str, *, poll_seconds: float, most: int, per_person: int
) -> AsyncGenerator[QueueChanges, None]:
    """Listeners that hear of the changes of other processes, in the background."""
    changes = QueueChanges(
        database_url, poll_seconds=poll_seconds, most=most, per_person=per_person
    )
    running = asyncio.create_task(changes.run())
    try:
        yield changes
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
