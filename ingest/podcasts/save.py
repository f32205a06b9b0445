"""What a feed says, into the database: the show, its keys, its episodes.

A refresh writes only what has changed. Episodes that a feed does not name any more stay: most
feeds name the newest hundred alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from db.episodes import (
    EpisodeRow,
    KnownEpisode,
    delete_episode_places,
    insert_episode_places,
    insert_episodes,
    select_known_episodes,
    update_episodes,
)
from db.ids import IdGenerator
from db.rows import Connection
from db.search import delete_episodes, delete_shows, upsert_episodes, upsert_shows
from db.search.catalogue import select_episode_documents, select_show_documents
from db.show_feeds import insert_show_feed, lock_show_feed
from db.shows import (
    ShowText,
    delete_show,
    insert_show,
    insert_show_key,
    select_show_keys,
    select_shows,
    update_show,
)
from db.transactions import Conflict
from ingest.podcasts.feed import Feed, FeedEpisode

CLAIM: Final = timedelta(minutes=15)
"""How long a worker may be silent before another one takes its show."""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many episodes a refresh has made and changed."""

    new: int
    changed: int


NOTHING: Final = Changes(0, 0)


def feed_key(url: str) -> str:
    """A feed's identity: the same by http and https, with and without a slash at its end."""
    parts = urlsplit(url)
    key = f"feed:{parts.netloc}{parts.path.rstrip('/')}"
    return key + (f"?{parts.query}" if parts.query else "")


async def claim_show(
    connection: Connection,
    ids: IdGenerator,
    feed: Feed,
    keys: list[str],
    *,
    url: str | None,
    now: datetime,
) -> tuple[int, bool]:
    """The id of the show of these keys, and whether it was made now, claimed by who made it.

    Raises `Conflict`.
    """
    known = {row.key: row.show_id for row in await select_show_keys(connection, keys)}
    show_id = next((known[key] for key in keys if key in known), None)
    is_new = show_id is None
    if show_id is None:
        show_id = ids.next()
        await insert_show(connection, show_id, _text(feed), now)
        await insert_show_feed(
            connection,
            show_id=show_id,
            url=url,
            newest_stored=0,
            refreshed_at=now,
            due_at=None if url is None else now + CLAIM,
        )
    for key in sorted(set(keys) - known.keys()):
        if not await insert_show_key(connection, key, show_id):
            raise Conflict
    return show_id, is_new


async def save_feed(
    connection: Connection, ids: IdGenerator, show_id: int, feed: Feed, now: datetime
) -> Changes | None:
    """Writes what a feed says of a show and its episodes. None when the show was removed."""
    if await lock_show_feed(connection, show_id) is None:
        return None
    [before] = await select_shows(connection, [show_id])
    await update_show(connection, show_id, _text(feed))
    known = await select_known_episodes(connection, show_id)
    matches = _match(feed, known)
    first_seen: list[tuple[datetime, FeedEpisode]] = []
    changed: list[EpisodeRow] = []
    for position, episode in enumerate(feed.episodes):
        found = matches.get(episode.guid)
        if found is None:
            # What has no date keeps its place in the feed.
            at = episode.published_at or now.replace(microsecond=0) - timedelta(seconds=position)
            first_seen.append((at, episode))
        elif found.feed_digest != episode.digest:
            changed.append(_row(show_id, found.id, episode, episode.published_at, now))
    # The newest get the largest ids: among equals, search shows them first. So do lists, where
    # those of one moment keep the order of the feed, which begins with the newest.
    first_seen.reverse()
    first_seen.sort(key=lambda seen: seen[0])
    new = [_row(show_id, ids.next(), episode, at, now) for at, episode in first_seen]
    await insert_episodes(connection, new)
    await update_episodes(connection, changed)
    await insert_episode_places(connection, show_id, [row.id for row in new])
    found_anew = [row.id for row in (*new, *changed)]
    if before.title != feed.title:
        found_anew = [*(episode.id for episode in known), *(row.id for row in new)]
    await upsert_shows(connection, await select_show_documents(connection, [show_id]))
    await upsert_episodes(connection, await select_episode_documents(connection, found_anew))
    return Changes(len(new), len(changed))


async def remove_show(connection: Connection, show_id: int) -> bool:
    """Removes a show with its episodes, in a transaction. False when there is none."""
    if await lock_show_feed(connection, show_id) is None:
        return False
    ids = [episode.id for episode in await select_known_episodes(connection, show_id)]
    await delete_episodes(connection, ids)
    await delete_episode_places(connection, ids)
    await delete_shows(connection, [show_id])
    return await delete_show(connection, show_id)


def _match(feed: Feed, known: list[KnownEpisode]) -> Mapping[str, KnownEpisode]:
    """Which known episode each guid means.

    A feed that moves to another host often gives all its episodes new guids: one whose guid is
    new is a known one that went missing, if they have the same enclosure.
    """
    matches = {episode.guid: episode for episode in known}
    named = {episode.guid for episode in feed.episodes}
    missing = {
        episode.enclosure_url: episode
        for episode in known
        if episode.enclosure_url is not None and episode.guid not in named
    }
    for episode in feed.episodes:
        if episode.guid not in matches and episode.enclosure in missing:
            matches[episode.guid] = missing.pop(episode.enclosure)
    return matches


def _text(feed: Feed) -> ShowText:
    return ShowText(
        title=feed.title,
        author=feed.author,
        description=feed.description,
        language=feed.language,
        explicit=feed.explicit,
        categories=feed.categories,
        link=feed.link,
    )


def _row(
    show_id: int, id_: int, episode: FeedEpisode, published_at: datetime | None, now: datetime
) -> EpisodeRow:
    return EpisodeRow(
        show_id=show_id,
        id=id_,
        guid=episode.guid,
        feed_digest=episode.digest,
        title=episode.title,
        description=episode.description,
        kind=episode.kind,
        season=episode.season,
        number=episode.number,
        explicit=episode.explicit,
        published_at=published_at,
        duration_ms=episode.duration_ms,
        link=episode.link,
        chapters_url=episode.chapters_url,
        enclosure_url=None if episode.is_beside else episode.enclosure,
        mime_type=episode.mime_type,
        size_bytes=episode.size_bytes,
        at=now,
    )
