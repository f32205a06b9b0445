"""`tonearm podcast`, as a person sees it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console

from app.services import open_bucket, open_connection, open_database
from app.settings import Settings
from db.ids import lease_ids
from db.pool import acquire
from db.show_feeds import select_show_feeds
from db.shows import select_show_ids, select_shows
from ingest.podcasts.addresses import public_or_in
from ingest.podcasts.document import NotAFeed
from ingest.podcasts.fetch import FetchError, open_fetcher
from ingest.podcasts.media import Podcasts
from ingest.podcasts.refresh import (
    Outcome,
    Refreshed,
    add_file,
    add_show,
    refresh_due,
    refresh_show,
)
from ingest.podcasts.save import remove_show
from ingest.scan import describe_os_error
from resolvers.errors import BadInput
from resolvers.ids import parse_id

BATCH = 100
"""Shows that are listed or refreshed by one statement."""


@asynccontextmanager
async def open_podcasts(settings: Settings) -> AsyncGenerator[Podcasts, None]:
    """What podcasts need, made from the settings."""
    async with (
        open_database(settings) as pool,
        open_bucket(settings) as objects,
        lease_ids(pool) as ids,
        open_fetcher(policy=public_or_in(settings.podcast_networks)) as fetcher,
    ):
        yield Podcasts(pool, objects, ids, fetcher)


async def add_podcast(settings: Settings, feed: Path) -> None:
    """Adds the show of a feed in a file; raises `NotAFeed`, and `OSError`."""
    async with open_podcasts(settings) as podcasts:
        await add_file(podcasts, feed)


async def add(
    settings: Settings,
    feeds: Sequence[str],
    newest_stored: int | None,
    console: Console,
    errors: Console,
) -> int:
    """0 when all were added or known, 1 when some could not be."""
    failed = False
    async with open_podcasts(settings) as podcasts:
        for feed in feeds:
            try:
                if "://" in feed:
                    done = await add_show(podcasts, feed, newest_stored=newest_stored)
                else:
                    done = await add_file(podcasts, Path(feed))
            except (FetchError, NotAFeed) as error:
                failed = True
                _complain(errors, feed, str(error))
            except OSError as error:
                failed = True
                _complain(errors, feed, describe_os_error(error))
            else:
                _tell(console, errors, done)
                failed = failed or done.outcome is Outcome.FAILED
    return 1 if failed else 0


async def refresh(
    settings: Settings, shows: Sequence[str], every: bool, console: Console, errors: Console
) -> int:
    """0 when no refresh failed. With `every`, shows that are not due are refreshed as well."""
    failed = 0

    def on_done(done: Refreshed) -> None:
        nonlocal failed
        failed += done.outcome is Outcome.FAILED
        _tell(console, errors, done)

    ids = [parse_id(show, "show").numbers[0] for show in shows]
    async with open_podcasts(settings) as podcasts:
        if every:
            ids = await _all_ids(podcasts)
        elif not ids:
            while await refresh_due(podcasts, on_done=on_done):
                pass
        for show_id in ids:
            done = await refresh_show(podcasts, show_id)
            if done is not None:
                on_done(done)
            elif not every:
                raise BadInput(
                    f"show_{show_id:x} cannot be refreshed: there is no such show, it comes from "
                    "a file (add that again), or another process is at it"
                )
    return 1 if failed else 0


async def remove(settings: Settings, show: str, console: Console) -> int:
    async with open_connection(settings) as connection, connection.transaction():
        if not await remove_show(connection, parse_id(show, "show").numbers[0]):
            raise BadInput("There is no show of this id")
    console.print("Removed, with its episodes. Audio that was stored stays in the bucket.")
    return 0


async def show_list(settings: Settings, console: Console) -> int:
    after = -1
    async with open_connection(settings) as connection:
        while ids := await select_show_ids(connection, BATCH, after):
            feeds = {feed.show_id: feed for feed in await select_show_feeds(connection, ids)}
            for show in sorted(await select_shows(connection, ids), key=lambda show: show.id):
                feed = feeds[show.id]
                console.print(f"show_{show.id:x}  {show.title}", markup=False, soft_wrap=True)
                source = feed.url or "from a file"
                console.print(
                    f"    {source}, refreshed {feed.refreshed_at:%Y-%m-%d %H:%M} UTC",
                    markup=False,
                    soft_wrap=True,
                )
                if feed.problem is not None:
                    again = f"again {feed.due_at:%Y-%m-%d %H:%M} UTC" if feed.due_at else "given up"
                    console.print(
                        f"    {feed.problem} ({feed.failures} times; {again})",
                        style="red",
                        markup=False,
                        soft_wrap=True,
                    )
            after = ids[-1]
    return 0


async def _all_ids(podcasts: Podcasts) -> list[int]:
    async with acquire(podcasts.pool) as connection:
        ids: list[int] = []
        while page := await select_show_ids(connection, BATCH, ids[-1] if ids else -1):
            ids += page
    return ids


def _tell(console: Console, errors: Console, done: Refreshed) -> None:
    if done.outcome is Outcome.FAILED:
        _complain(errors, done.title, done.problem or "")
        return
    changes = done.changes
    stored = f", {done.stored} stored" if done.stored else ""
    console.print(
        f"{done.outcome}: {done.title} (show_{done.show_id:x}): {changes.new} new episodes, "
        f"{changes.changed} changed{stored}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    for note in done.notes:
        errors.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)


def _complain(errors: Console, what: str, reason: str) -> None:
    errors.print(f"{what}: {reason}", style="red", markup=False, highlight=False, soft_wrap=True)
