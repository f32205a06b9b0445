"""The roll-up: from what people have heard to how popular songs, artists, albums, shows and
episodes are.

It has two steps, each of transactions that do so much at a time. A play is counted in the same
transaction in which it is marked as counted, and what is published is marked in the transaction
that publishes it, so after a crash the next roll-up goes on where that one was. Any number may run
at once: who comes second to a row waits for the first, and then finds that it is done.
"""

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from db.albums import select_albums
from db.artists import select_artists
from db.episode_progress import select_listeners_to_roll_up, update_listeners_rolled_up
from db.episodes import select_episode_places
from db.ids import EPOCH_MS
from db.play_counts import PlayedKind, update_play_counts_published, upsert_play_counts
from db.plays import select_plays_to_roll_up, update_plays_rolled_up
from db.pool import Pool
from db.popularity import update_popularities, update_song_popularities
from db.redirects import select_merged
from db.rows import Connection
from db.search import ALBUMS, ARTISTS, EPISODES, SHOWS
from db.shows import select_shows
from db.similar import upsert_listeners_due
from db.songs import select_songs
from db.transactions import transact

PLAYS_AT_ONCE: Final = 1_000
PUBLISHED_AT_ONCE: Final = 200
"""So few that none of the statements comes near a pool's statement timeout."""

MAX_POPULARITY: Final = 2**31 - 1


class Count(Protocol):
    """What counts up to `limit` of the people after one; see `count_plays`."""

    def __call__(
        self, connection: Connection, after_user_id: int, limit: int = PLAYS_AT_ONCE
    ) -> Awaitable[tuple[int, int | None]]: ...


@dataclass(frozen=True, slots=True)
class RolledUp:
    """How many plays, and listeners of episodes, were counted, and of how many things the
    popularity has changed."""

    plays: int
    published: int


async def roll_up(pool: Pool) -> RolledUp:
    """Counts all plays that are there, and publishes what is due."""
    plays = await _count_all(pool, count_plays) + await _count_all(pool, count_listeners)
    published = 0
    for kind in _PUBLISH:
        while done := await transact(pool, partial(publish, kind=kind)):
            published += done
    return RolledUp(plays, published)


async def _count_all(pool: Pool, count: Count) -> int:
    """Begins with a random person, so that roll-ups that begin together seldom meet."""
    counted = 0
    people = (int(time.time() * 1000) - EPOCH_MS) << 22  # the newest id (db/ids.py)
    for start in (random.randrange(people), -1):  # noqa: S311
        after: int | None = start
        while after is not None:
            done, after = await transact(pool, partial(count, after_user_id=after))
            counted += done
    return counted


async def count_plays(
    connection: Connection, after_user_id: int, limit: int = PLAYS_AT_ONCE
) -> tuple[int, int | None]:
    """Counts up to `limit` plays of people after one.

    How many, and the person after whom to go on; None when that was all.
    """
    found = await select_plays_to_roll_up(connection, after_user_id, limit)
    if not found:
        return 0, None
    song_ids = await update_plays_rolled_up(connection, found)
    merged = await select_merged(connection, song_ids)
    played = Counter(merged.get(song_id, song_id) for song_id in song_ids)
    artists: Counter[int] = Counter()
    albums: Counter[int] = Counter()
    for song in await select_songs(connection, list(played)):
        for artist_id in song.main_artist_ids:
            artists[artist_id] += played[song.id]
        if song.album_id is not None:
            albums[song.album_id] += played[song.id]
    await upsert_play_counts(connection, "SONG", played)
    await upsert_play_counts(connection, "ARTIST", artists)
    await upsert_play_counts(connection, "ALBUM", albums)
    await upsert_listeners_due(connection, {play.user_id for play in found})
    # The last person may have more.
    return played.total(), found[-1].user_id - 1 if len(found) == limit else None


async def count_listeners(
    connection: Connection, after_user_id: int, limit: int = PLAYS_AT_ONCE
) -> tuple[int, int | None]:
    """As `count_plays`, for the listeners of episodes."""
    found = await select_listeners_to_roll_up(connection, after_user_id, limit)
    if not found:
        return 0, None
    heard = await update_listeners_rolled_up(connection, found)
    await upsert_play_counts(connection, "EPISODE", Counter(one.episode_id for one in heard))
    await upsert_play_counts(connection, "SHOW", Counter(one.show_id for one in heard))
    return len(heard), found[-1].user_id - 1 if len(found) == limit else None


async def publish(connection: Connection, kind: PlayedKind, limit: int = PUBLISHED_AT_ONCE) -> int:
    """Adds the plays of up to `limit` songs, artists or albums to their popularity; how many."""
    due = await update_play_counts_published(connection, kind, limit)
    if due:
        gained = {row.id: row.gained for row in due}
        select, update = _PUBLISH[kind]
        await update(
            connection,
            {
                record.id: min(record.popularity + gained[record.id], MAX_POPULARITY)
                for record in await select(connection, list(gained))
            },
        )
    return len(due)


_PUBLISH: Final[
    dict[
        PlayedKind,
        tuple[
            Callable[[Connection, Sequence[int]], Awaitable[Sequence[Any]]],
            Callable[[Connection, Mapping[int, int]], Awaitable[None]],
        ],
    ]
] = {
    "SONG": (select_songs, update_song_popularities),
    "ARTIST": (select_artists, partial(update_popularities, kind=ARTISTS)),
    "ALBUM": (select_albums, partial(update_popularities, kind=ALBUMS)),
    "SHOW": (select_shows, partial(update_popularities, kind=SHOWS)),
    "EPISODE": (select_episode_places, partial(update_popularities, kind=EPISODES)),
}
