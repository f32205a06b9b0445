"""The pictures of shows and the audio of episodes, into S3."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from db.covers import insert_cover
from db.episodes import (
    EpisodeKey,
    select_known_episodes,
    select_unstored_episodes,
    update_episode_stored,
)
from db.ids import IdGenerator
from db.pool import Pool, acquire
from db.shows import select_shows, update_show_cover
from ingest.covers import NotAnImage
from ingest.formats import NotAudio
from ingest.podcasts.feed import Feed, is_beside
from ingest.podcasts.fetch import AUDIO_LIMITS, IMAGE_LIMITS, Fetcher, FetchError
from ingest.scan import describe_os_error
from ingest.store import store_audio, store_cover
from ingest.tags import read_tags
from storage.errors import ContentMismatch
from storage.objects import Objects


@dataclass(frozen=True, slots=True)
class Podcasts:
    """What podcasts need of the process. May be shared by tasks."""

    pool: Pool
    objects: Objects
    ids: IdGenerator
    fetcher: Fetcher


@dataclass(slots=True)
class Stored:
    """How much audio was stored, and what went wrong: the show is there all the same."""

    episodes: int = 0
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Notes what goes wrong inside, unless it is the database or S3."""
        try:
            yield
        except (FetchError, NotAudio, NotAnImage, ContentMismatch) as error:
            self.notes.append(f"{name}: {error}")
        except OSError as error:
            self.notes.append(f"{name}: {describe_os_error(error)}")


async def store_picture(
    podcasts: Podcasts, show_id: int, image: str, folder: Path | None, now: datetime
) -> None:
    """Makes a picture the show's cover, unless it is that already.

    What cannot be a cover is not fetched again until the feed names another. Raises `FetchError`,
    `NotAnImage` and `OSError`.
    """
    async with acquire(podcasts.pool, timeout=60) as connection:
        shows = await select_shows(connection, [show_id])
    lies_here = folder is not None and is_beside(image)
    if not shows or (shows[0].image_url == image and not lies_here):
        return
    if folder is not None and lies_here:
        original = await asyncio.to_thread((folder / image).read_bytes)
    else:
        fetched = await podcasts.fetcher.get(image, IMAGE_LIMITS, accept="image/*")
        original = fetched.body or b""
    try:
        cover = await store_cover(podcasts.pool, podcasts.objects, original)
    except NotAnImage:
        async with acquire(podcasts.pool, timeout=60) as connection:
            await update_show_cover(connection, show_id, image, None)
        raise
    async with acquire(podcasts.pool, timeout=60) as connection:
        await insert_cover(
            connection,
            sha256=cover.sha256,
            width=cover.width,
            height=cover.height,
            dominant_color=cover.dominant_color,
            created_at=now,
        )
        await update_show_cover(connection, show_id, image, cover.sha256)


async def store_newest(
    podcasts: Podcasts,
    show_id: int,
    newest: int,
    stored: Stored,
    still_ours: Callable[[], Awaitable[bool]],
) -> None:
    """Fetches the audio of the newest episodes that is not in S3 yet, while the show is ours."""
    async with acquire(podcasts.pool, timeout=60) as connection:
        episodes = await select_unstored_episodes(connection, show_id, newest)
    for episode in episodes:
        if not await still_ours():
            return
        key, url = EpisodeKey(show_id, episode.id), episode.enclosure_url
        with stored.noting(url):
            stored.episodes += await _store_enclosure(podcasts, key, url)


async def store_beside(
    podcasts: Podcasts, show_id: int, feed: Feed, folder: Path, stored: Stored
) -> None:
    """Stores the audio that lies beside a feed's file."""
    async with acquire(podcasts.pool, timeout=60) as connection:
        known = await select_known_episodes(connection, show_id)
    ids = {episode.guid: episode.id for episode in known}
    for episode in feed.episodes:
        if episode.is_beside:
            key = EpisodeKey(show_id, ids[episode.guid])
            path = folder / episode.enclosure
            with stored.noting(episode.enclosure):
                stored.episodes += await _store_file(podcasts, key, None, path)


async def _store_enclosure(podcasts: Podcasts, key: EpisodeKey, url: str) -> bool:
    async with _downloaded(podcasts.fetcher, url) as path:
        return await _store_file(podcasts, key, url, path)


async def _store_file(
    podcasts: Podcasts, key: EpisodeKey, enclosure_url: str | None, path: Path
) -> bool:
    """Stores a file as the audio of an episode. False when its enclosure is another by now."""
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    sha256 = await asyncio.to_thread(_sha256, path)
    description = await asyncio.to_thread(read_tags, path, cover=False)
    object_key, _ = await store_audio(podcasts.objects, path, description, sha256, size_bytes)
    async with acquire(podcasts.pool, timeout=60) as connection:
        return await update_episode_stored(
            connection,
            key,
            enclosure_url=enclosure_url,
            object_key=object_key,
            mime_type=description.mime_type,
            size_bytes=size_bytes,
            duration_ms=description.duration_ms,
        )


@asynccontextmanager
async def _downloaded(fetcher: Fetcher, url: str) -> AsyncIterator[Path]:
    """The file behind a URL, on disk for a while."""
    with tempfile.TemporaryDirectory(prefix="tonearm-") as directory:
        path = Path(directory) / "audio"
        with path.open("wb") as file:
            async with fetcher.stream(url, AUDIO_LIMITS, accept="audio/*") as (_, parts):
                async for part in parts:
                    await asyncio.to_thread(file.write, part)
        yield path


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
