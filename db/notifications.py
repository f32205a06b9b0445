"""Word of a change, from one process to the others: NOTIFY, on as many channels as are listened to.

The channels are few and fixed, since a server process looks through all that it listens to for
each notification. A notification names a person and a revision, and nothing that is private.
"""

from collections.abc import Callable, Mapping
from typing import Final

from db.rows import Connection

CHANNELS: Final = 256
_SCATTER: Final = 0x9E3779B97F4A7C15  # 2^64 / golden ratio: near ids fall far apart


def queue_channel(user_id: int) -> str:
    """The channel on which changes of somebody's queue are told."""
    return f"tonearm_queue_{(user_id * _SCATTER >> 56) % CHANNELS:02x}"


async def notify_queues(connection: Connection, revisions: Mapping[int, int]) -> None:
    """Tells the newest revisions of people's queues, in one transaction."""
    await connection.execute(
        """
        SELECT pg_notify(channel, payload)
        FROM unnest($1::text[], $2::text[]) AS told (channel, payload)
        """,
        [queue_channel(user_id) for user_id in revisions],
        [f"{user_id} {revision}" for user_id, revision in revisions.items()],
    )


class QueueNotices:
    """What one connection listens to; `heard(user_id, revision)` is called for each notice."""

    def __init__(self, connection: Connection, heard: Callable[[int, int], None]) -> None:
        self.channels: set[str] = set()
        self._connection = connection
        self._heard = heard

    async def listen(self, channel: str) -> None:
        await self._connection.add_listener(channel, self._receive)
        self.channels.add(channel)

    async def unlisten(self, channel: str) -> None:
        await self._connection.remove_listener(channel, self._receive)
        self.channels.discard(channel)

    def _receive(self, _connection: object, _process: int, _channel: str, payload: object) -> None:
        user_id, revision = map(int, str(payload).split())
        self._heard(user_id, revision)
