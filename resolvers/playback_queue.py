"""The queue that follows a person from one device to the next."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from strawberry import Parent

from db.cursor import INT4
from db.playback_queues import QueueRecord, select_queue, update_queue_state, upsert_queue
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context, Info
from resolvers.errors import Conflict, DeadlineExceeded, Invalid, Unavailable
from resolvers.library import load_all, parse_ids
from resolvers.loaders import SONGS_BY_ID
from resolvers.pages import Edge, Order, Page, PageKey
from resolvers.queue_changes import Listening
from resolvers.texts import clean_line

MAX_SONGS: Final = 1_000
MAX_DEVICE_CHARACTERS: Final = 100


@dataclass(frozen=True, slots=True)
class QueuePayload:
    queue: QueueRecord


@dataclass(frozen=True, slots=True)
class QueueState:
    """Where in the queue somebody is: `position_ms` of the song at `index`, on a device."""

    index: int
    position_ms: int
    playing: bool
    device: str | None


async def _load_queues(context: Context, user_ids: Sequence[int]) -> list[QueueRecord | None]:
    async with context.connection() as connection:
        return [await select_queue(connection, user_id) for user_id in user_ids]


QUEUES: Loader[int, QueueRecord] = Loader("playback_queues", _load_queues)

_IN_ORDER: Final = Order("playback_queue", (INT4,), (-1,))


async def _load_songs(context: Context, keys: Sequence[PageKey]) -> list[Page[SongRecord]]:
    """Pages of queues, whose songs' ids are the parents of the keys."""
    pages: list[Page[SongRecord]] = []
    for song_ids, page in keys:
        (after,) = _IN_ORDER.after(page.after)
        start = max(after + 1, 0)
        shown = song_ids[start : start + page.first]
        songs = await context.loaders[SONGS_BY_ID].load_many(shown)
        pages.append(
            Page(
                edges=[
                    Edge(song, _IN_ORDER.name, (index,))
                    for index, song in enumerate(songs, start)
                    if song is not None
                ],
                has_next_page=start + page.first < len(song_ids),
                has_previous_page=page.after is not None,
            )
        )
    return pages


SONGS_OF_QUEUE: Loader[PageKey, Page[SongRecord]] = Loader("songs_of_queue", _load_songs)


def current_song_id(queue: QueueRecord) -> int | None:
    return queue.song_ids[queue.current_index] if queue.song_ids else None


def position_ms(queue: Parent[QueueRecord], info: Info) -> int:
    """Where the current song is now, if it plays on as it was last heard of."""
    if not queue.playing:
        return queue.position_ms
    elapsed = info.context.now - queue.updated_at.timestamp()
    return min(queue.position_ms + max(0, int(elapsed * 1000)), INT4[-1])


async def replace_queue(
    context: Context, *, song_ids: Sequence[str], state: QueueState, revision: int
) -> QueuePayload:
    """Puts other songs into the queue; raises `Invalid`, `NotFound`, `Conflict`."""
    viewer, device = context.signed_in(), _device(state)
    numbers = parse_ids(song_ids, "song", "songIds", MAX_SONGS) if song_ids else []
    await load_all(context, SONGS_BY_ID, numbers, "song")
    _check(state, max(len(numbers), 1))
    async with context.connection() as connection:
        queue = await upsert_queue(
            connection,
            viewer.id,
            revision,
            song_ids=numbers,
            current_index=state.index,
            position_ms=state.position_ms,
            playing=state.playing,
            device=device,
            updated_at=datetime.fromtimestamp(context.now, UTC),
        )
        if queue is None:
            current = await select_queue(connection, viewer.id)
            raise Conflict(current.revision if current else 0)
    context.services.queue_changes.tell(viewer.id, queue.revision)
    return QueuePayload(queue)


async def update_state(context: Context, *, state: QueueState, revision: int) -> QueuePayload:
    """Says where the viewer is in the queue; raises `Invalid`, `Conflict`."""
    viewer, device = context.signed_in(), _device(state)
    _check(state, MAX_SONGS)
    async with context.connection() as connection:
        queue = await update_queue_state(
            connection,
            viewer.id,
            revision,
            current_index=state.index,
            position_ms=state.position_ms,
            playing=state.playing,
            device=device,
            updated_at=datetime.fromtimestamp(context.now, UTC),
        )
        if queue is None:
            current = await select_queue(connection, viewer.id)
            if current is not None and current.revision == revision:
                _check(state, len(current.song_ids))
            raise Conflict(current.revision if current else 0)
    context.services.queue_changes.tell(viewer.id, queue.revision)
    return QueuePayload(queue)


class QueueStates:
    """The states of somebody's queue: the present one unless its revision is `known`, then each
    newer one, of which the last stands for all that came while nobody waited for them.

    While the database is away it waits. Close it, also if it was never waited for.
    """

    def __init__(self, context: Context, listening: Listening, known: int | None) -> None:
        self._context = context
        self._listening = listening
        self._known = known
        self._seen = -1

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> QueueRecord:
        while True:
            heard = await self._listening.newer_than(self._seen)
            queue = await self._read()
            seen, self._seen = self._seen, max(heard, queue.revision if queue else 0)
            if queue and queue.revision > seen and queue.revision != self._known:
                return queue

    async def aclose(self) -> None:
        self._listening.close()

    async def _read(self) -> QueueRecord | None:
        while True:
            try:
                async with self._context.connection() as connection:
                    return await select_queue(connection, self._listening.user_id)
            except (Unavailable, DeadlineExceeded):
                await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311


def queue_states(context: Context, after: int | None) -> QueueStates:
    """The states of the viewer's queue that are not of revision `after`.

    Raises `TooManySubscriptions`.
    """
    listening = context.services.queue_changes.listen(context.signed_in().id)
    return QueueStates(context, listening, after)


def _device(state: QueueState) -> str | None:
    if state.device is None:
        return None
    return clean_line(state.device, "device", MAX_DEVICE_CHARACTERS)


def _check(state: QueueState, songs: int) -> None:
    if not 0 <= state.index < songs:
        raise Invalid("currentIndex", "`currentIndex` takes the place of a song, from 0")
    if state.position_ms < 0:
        raise Invalid("positionMs", "`positionMs` cannot be less than 0")
