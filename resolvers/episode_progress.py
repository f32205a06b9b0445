"""How far the viewer has heard episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from db.cursor import INT8, MICROSECONDS, from_microseconds, to_microseconds
from db.episode_progress import (
    EpisodeProgress,
    select_episode_progress,
    select_episodes_in_progress,
    upsert_episode_progress,
)
from db.episodes import EpisodeKey, EpisodeRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.loaders import EPISODES_BY_KEY
from resolvers.pages import Order, Page, PageKey, make_page

MAX_POSITION_MS: Final = 7 * 24 * 3_600_000
END_MS: Final = 30_000
"""An episode of which less is left than this, or than a twentieth, has been heard."""


@dataclass(frozen=True, slots=True)
class SetProgress:
    episode: EpisodeRecord


async def set_progress(
    context: Context,
    episode_id: str,
    *,
    position_ms: int,
    completed: bool | None,
    heard_at: datetime | None,
) -> SetProgress:
    """Notes how far the viewer is. Of several reports, in whatever order, the latest holds.

    Raises `Invalid`, `NotFound`.
    """
    viewer, key = context.signed_in(), EpisodeKey(*parse_id(episode_id, "episode").numbers)
    if not 0 <= position_ms <= MAX_POSITION_MS:
        raise Invalid("positionMs", "`positionMs` takes 0 to 604,800,000: a week")
    now = datetime.fromtimestamp(context.now, UTC)
    if heard_at is not None and heard_at.tzinfo is None:
        raise Invalid("heardAt", "`heardAt` takes a time with its zone: 2026-11-24T12:00:00Z")
    episode = await context.loaders[EPISODES_BY_KEY].load(key)
    if episode is None:
        raise NotFound("There is no episode of this id")
    context.forget()
    async with context.connection() as connection:
        await upsert_episode_progress(
            connection,
            viewer.id,
            show_id=key.show_id,
            episode_id=key.id,
            position_ms=position_ms,
            completed=is_heard(episode, position_ms) if completed is None else completed,
            heard_at=min(heard_at or now, now),
            changed_at=now,
        )
    return SetProgress(episode)


def is_heard(episode: EpisodeRecord, position_ms: int) -> bool:
    """Whether hardly anything is left; never, where the length is not known."""
    if episode.duration_ms is None:
        return False
    left = episode.duration_ms - position_ms
    return left < max(min(END_MS, episode.duration_ms // 4), episode.duration_ms // 20)


async def _load_progress(
    context: Context, keys: Sequence[EpisodeKey]
) -> list[EpisodeProgress | None]:
    viewer = context.viewer
    if viewer is None:
        return [None] * len(keys)
    async with context.connection() as connection:
        rows = await select_episode_progress(connection, viewer.id, [key.id for key in keys])
    found = {row.episode_id: row for row in rows}
    return [found.get(key.id) for key in keys]


PROGRESS: Loader[EpisodeKey, EpisodeProgress] = Loader("episode_progress", _load_progress)
"""The viewer's own; nobody's while nobody is signed in."""

_LATEST: Final = Order("episodes_in_progress", (MICROSECONDS, INT8), (MICROSECONDS[-1], INT8[-1]))


async def _load_in_progress(context: Context, keys: Sequence[PageKey]) -> list[Page[EpisodeRecord]]:
    return [await _page_in_progress(context, key) for key in keys]


async def _page_in_progress(context: Context, key: PageKey) -> Page[EpisodeRecord]:
    microseconds, episode_id = _LATEST.after(key.page.after)
    async with context.connection() as connection:
        rows = await select_episodes_in_progress(
            connection,
            key.parent,
            key.page.first + 1,
            (from_microseconds(microseconds), episode_id),
        )
    keys = [EpisodeKey(row.show_id, row.episode_id) for row in rows]
    episodes = await context.loaders[EPISODES_BY_KEY].load_many(keys)
    return make_page(_LATEST, key.page, list(zip(rows, episodes, strict=True)), _place)


def _place(row: EpisodeProgress) -> tuple[int, int]:
    return to_microseconds(row.heard_at), row.episode_id


IN_PROGRESS: Loader[PageKey, Page[EpisodeRecord]] = Loader(
    "episodes_in_progress", _load_in_progress
)
"""Pages of the episodes that a person, whose id is the parent's, has begun and not ended."""
