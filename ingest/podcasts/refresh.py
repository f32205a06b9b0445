"""Shows from their feeds: added, refreshed when they are due, with their picture and their audio.

A refresh is done when its last step has noted what the feed looked like. One that dies before
that is begun anew when its claim has ended, and finds what was done already.
"""

import asyncio
import enum
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from db.episodes import select_show_episodes
from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from db.pool import acquire
from db.rows import Connection
from db.show_feeds import (
    ShowFeed,
    select_due_show_feeds,
    select_show_feeds,
    update_show_feed_claimed,
    update_show_feed_failed,
    update_show_feed_newest_stored,
    update_show_feed_refreshed,
)
from db.shows import insert_show_key, select_show_keys, select_shows
from db.transactions import transact
from ingest.podcasts.document import NotAFeed
from ingest.podcasts.feed import Feed, read_feed
from ingest.podcasts.fetch import FEED_LIMITS, Fetched, FetchError, Validators, check_url
from ingest.podcasts.media import Podcasts, Stored, store_beside, store_newest, store_picture
from ingest.podcasts.save import CLAIM, NOTHING, Changes, claim_show, feed_key, save_feed
from storage.errors import StorageError

logger: Final = logging.getLogger("tonearm.podcasts")

LONGEST_WAIT: Final = timedelta(days=7)
_ACCEPT: Final = "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"


class Outcome(enum.StrEnum):
    ADDED = "added"
    REFRESHED = "refreshed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of one show.

    Attributes:
        problem: Why it failed.
        notes: What went wrong beside it: a picture or the audio of an episode.
    """

    show_id: int
    title: str
    outcome: Outcome
    changes: Changes = NOTHING
    stored: int = 0
    problem: str | None = None
    notes: tuple[str, ...] = ()


async def add_show(
    podcasts: Podcasts, url: str, *, newest_stored: int | None = None, now: datetime | None = None
) -> Refreshed:
    """Adds the show of a feed, or refreshes it where it is known.

    The audio of its newest `newest_stored` episodes is kept in S3, that of others is linked; None
    leaves that as it is. Raises `FetchError` and `NotAFeed`.
    """
    now = now or datetime.now(UTC)
    fetched = await podcasts.fetcher.get(url, FEED_LIMITS, accept=_ACCEPT)
    feed = await _read(fetched, now)
    home = fetched.moved_to or check_url(url)
    keys = [feed_key(home), feed_key(url), *([f"guid:{feed.guid}"] if feed.guid else [])]
    show_id, is_new = await transact(
        podcasts.pool,
        lambda connection: claim_show(connection, podcasts.ids, feed, keys, url=home, now=now),
    )
    async with acquire(podcasts.pool, timeout=60) as connection:
        if newest_stored is not None:
            await update_show_feed_newest_stored(connection, show_id, newest_stored)
        [show_feed] = await select_show_feeds(connection, [show_id])
    refreshing = _Refresh(podcasts, show_feed, now)
    if show_feed.url is not None and feed_key(show_feed.url) not in keys:
        return await refreshing.run()  # it is known by its guid, and has a feed of its own
    done = await refreshing.take(fetched, feed)
    return _renamed(done, Outcome.ADDED) if is_new else done


async def add_file(podcasts: Podcasts, path: Path, *, now: datetime | None = None) -> Refreshed:
    """Adds the show of a feed in a file, or brings it up to date; audio beside it goes to S3.

    Raises `NotAFeed`, and `OSError`.
    """
    now = now or datetime.now(UTC)
    path = await asyncio.to_thread(path.resolve)
    body = await asyncio.to_thread(_read_file, path)
    feed = await asyncio.to_thread(read_feed, body, url=None, now=now)
    key = f"guid:{feed.guid}" if feed.guid else f"file:{path}"
    show_id, is_new = await transact(
        podcasts.pool,
        lambda connection: claim_show(connection, podcasts.ids, feed, [key], url=None, now=now),
    )
    async with acquire(podcasts.pool, timeout=60) as connection:
        [show_feed] = await select_show_feeds(connection, [show_id])
    done = await _Refresh(podcasts, show_feed, now, folder=path.parent).take(
        Fetched("", None, body, Validators(), None, None), feed
    )
    return _renamed(done, Outcome.ADDED) if is_new else done


async def refresh_show(
    podcasts: Podcasts, show_id: int, *, now: datetime | None = None
) -> Refreshed | None:
    """Refreshes a show, due or not. None when there is none, or another worker is at it."""
    now = now or datetime.now(UTC)
    async with acquire(podcasts.pool, timeout=60) as connection:
        found = await select_show_feeds(connection, [show_id])
        if not found or found[0].url is None:
            return None
        until = await _claim(connection, found[0], now)
    if until is None:
        return None
    return await _Refresh(podcasts, found[0], now, claimed_until=until).run()


async def refresh_due(
    podcasts: Podcasts,
    *,
    now: datetime | None = None,
    limit: int = 100,
    concurrency: int = 8,
    on_done: Callable[[Refreshed], None] = lambda done: None,
) -> int:
    """Refreshes up to `limit` shows that are due; how many it was. What a worker calls in a loop.

    Any number of workers may call it at once. Raises `DatabaseError` and `StorageError` when the
    database or S3 are at fault; a fault of one show is its own.
    """
    now = now or datetime.now(UTC)
    async with acquire(podcasts.pool, timeout=60) as connection:
        due = await select_due_show_feeds(connection, now, limit)
    turns = asyncio.Semaphore(concurrency)
    done = 0

    async def refresh(show_feed: ShowFeed) -> None:
        nonlocal done
        async with turns:
            async with acquire(podcasts.pool, timeout=60) as connection:
                until = await _claim(connection, show_feed, now)
            if until is not None:
                done += 1
                on_done(await _Refresh(podcasts, show_feed, now, claimed_until=until).run())

    try:
        async with asyncio.TaskGroup() as group:
            for show_feed in due:
                group.create_task(refresh(show_feed))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return done


async def _claim(connection: Connection, show_feed: ShowFeed, now: datetime) -> datetime | None:
    """Until when the show is ours; None when another worker was first."""
    until = now + CLAIM
    ours = await update_show_feed_claimed(connection, show_feed.show_id, show_feed.due_at, until)
    return until if ours else None


def _renamed(done: Refreshed, outcome: Outcome) -> Refreshed:
    if done.outcome is Outcome.FAILED:
        return done
    return replace(done, outcome=outcome)


async def _read(fetched: Fetched, now: datetime) -> Feed:
    """The feed of an answer; megabytes of XML are read in a thread."""
    assert fetched.body is not None
    return await asyncio.to_thread(
        read_feed, fetched.body, url=fetched.url, now=now, charset=fetched.charset
    )


class _Refresh:
    """One refresh of one show."""

    def __init__(
        self,
        podcasts: Podcasts,
        show_feed: ShowFeed,
        now: datetime,
        *,
        claimed_until: datetime | None = None,
        folder: Path | None = None,
    ) -> None:
        self.podcasts = podcasts
        self.show_feed = show_feed
        self.show_id = show_feed.show_id
        self.now = now
        self.folder = folder
        self.stored = Stored()
        self.until = show_feed.due_at if claimed_until is None else claimed_until

    async def run(self) -> Refreshed:
        """Fetches the feed and takes what it says. A fault of the feed is noted with it."""
        show_feed = self.show_feed
        assert show_feed.url is not None
        validators = Validators(show_feed.etag, show_feed.last_modified)
        try:
            fetched = await self.podcasts.fetcher.get(
                show_feed.url, FEED_LIMITS, accept=_ACCEPT, validators=validators
            )
            if fetched.body is None or _sha256(fetched.body) == show_feed.body_sha256:
                return await self.finish(fetched, None)
            return await self.take(fetched, await _read(fetched, self.now))
        except FetchError as error:
            return await self.fail(str(error), gone=error.gone, retry_after=error.retry_after)
        except NotAFeed as error:
            return await self.fail(str(error))
        except (DatabaseUnavailable, DatabaseTimeout):
            raise
        except StorageError:
            raise
        except DatabaseError as error:
            return await self.fail(f"the database refuses it: {error}")
        except Exception:  # which must not keep the other shows from being refreshed
            logger.exception("A fault in the refresh of show_%x", self.show_id)
            return await self.fail("a fault of Tonearm's, which is in its log")

    async def take(self, fetched: Fetched, feed: Feed) -> Refreshed:
        changes = await transact(
            self.podcasts.pool,
            lambda connection: save_feed(
                connection, self.podcasts.ids, self.show_id, feed, self.now
            ),
        )
        if changes is None:
            return Refreshed(self.show_id, feed.title, Outcome.FAILED, problem="it was removed")
        if feed.image is not None:
            with self.stored.noting(feed.image):
                await store_picture(self.podcasts, self.show_id, feed.image, self.folder, self.now)
        if self.folder is not None:
            await store_beside(self.podcasts, self.show_id, feed, self.folder, self.stored)
        return await self.finish(fetched, feed, changes)

    async def finish(
        self,
        fetched: Fetched,
        feed: Feed | None,
        changes: Changes = NOTHING,
    ) -> Refreshed:
        """Stores what is to be stored, and notes what the feed looked like and when to look again.

        `feed` is None when it has not changed.
        """
        if self.show_feed.newest_stored > 0:
            newest = self.show_feed.newest_stored
            await store_newest(self.podcasts, self.show_id, newest, self.stored, self.is_still_ours)
        last = datetime.max.replace(tzinfo=UTC), 2**63 - 1
        async with acquire(self.podcasts.pool, timeout=60) as connection:
            latest = await select_show_episodes(connection, [self.show_id], 1, last)
            url = self.show_feed.url
            moved_to = fetched.moved_to or (feed and feed.moved_to)
            if url is not None and moved_to and await self.may_move(connection, moved_to):
                url = moved_to
            interval = _interval(self.now, latest[0].published_at if latest else self.now)
            validators, body = fetched.validators, fetched.body
            if body is None:  # a 304 may say less than the answer before it
                validators = Validators(
                    validators.etag or self.show_feed.etag,
                    validators.last_modified or self.show_feed.last_modified,
                )
            body_sha256 = self.show_feed.body_sha256 if body is None else _sha256(body)
            await update_show_feed_refreshed(
                connection,
                self.show_id,
                url=url,
                etag=validators.etag,
                last_modified=validators.last_modified,
                body_sha256=body_sha256,
                refreshed_at=self.now,
                due_at=None if url is None else self.now + _spread(interval, self.show_id),
            )
            title = await self.current_title(connection)
        return Refreshed(
            self.show_id,
            title,
            Outcome.UNCHANGED if changes == NOTHING else Outcome.REFRESHED,
            changes,
            self.stored.episodes,
            notes=tuple(self.stored.notes),
        )

    async def fail(
        self, problem: str, *, gone: bool = False, retry_after: float | None = None
    ) -> Refreshed:
        wait = min(_HOUR * 2 ** min(self.show_feed.failures, 10), LONGEST_WAIT)
        wait = max(_spread(wait, self.show_id), timedelta(seconds=retry_after or 0))
        async with acquire(self.podcasts.pool, timeout=60) as connection:
            await update_show_feed_failed(
                connection, self.show_id, problem, None if gone else self.now + wait
            )
            title = await self.current_title(connection)
        return Refreshed(self.show_id, title, Outcome.FAILED, problem=problem)

    async def may_move(self, connection: Connection, moved_to: str) -> bool:
        """Whether the feed's new URL is not another show's."""
        key = feed_key(moved_to)
        if await insert_show_key(connection, key, self.show_id):
            return True
        known = await select_show_keys(connection, [key])
        return any(row.show_id == self.show_id for row in known)

    async def current_title(self, connection: Connection) -> str:
        shows = await select_shows(connection, [self.show_id])
        return shows[0].title if shows else ""

    async def is_still_ours(self) -> bool:
        """Prolongs the claim; False when another worker has it."""
        until = datetime.now(UTC) + CLAIM
        async with acquire(self.podcasts.pool, timeout=60) as connection:
            ours = await update_show_feed_claimed(connection, self.show_id, self.until, until)
        self.until = until
        return ours


_HOUR: Final = timedelta(hours=1)


def _interval(now: datetime, latest: datetime) -> timedelta:
    """How often to look: a show that has been silent for long is not expected to speak now."""
    silence = now - latest
    if silence < timedelta(days=30):
        return _HOUR
    return 6 * _HOUR if silence < timedelta(days=365) else 24 * _HOUR


def _spread(wait: timedelta, show_id: int) -> timedelta:
    """A tenth more or less, the same for each show, so that not all are due at once."""
    return wait * (0.9 + 0.2 * (show_id * 2_654_435_761 % 2**32) / 2**32)


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _read_file(path: Path) -> bytes:
    if path.stat().st_size > FEED_LIMITS.bytes:
        raise NotAFeed(f"it is larger than {FEED_LIMITS.bytes:,} bytes")
    return path.read_bytes()
