"""What people listen to together is counted: from plays to which songs and artists are similar.

Two steps, each of transactions that do so much at a time. What of a person was counted is written
in the transaction that counts it, and what is published is marked in the transaction that
publishes it: after a crash the next refresh goes on where that one was, and any number may run at
once. Costs are bounded by caps: of a person's list, of the pairs of a thing, of what is
published.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import sqrt
from typing import Final

from db.pool import Pool
from db.rows import Connection
from db.similar import (
    HeardSong,
    ListenedKind,
    ListenerRecord,
    Pair,
    delete_pairs_beyond,
    select_due_listeners,
    select_heard_songs,
    select_listeners_to_count,
    select_pairs,
    select_totals,
    update_listener_counted,
    update_totals_published,
    upsert_listened,
    upsert_similar_items,
)
from db.transactions import transact

WINDOW: Final = timedelta(days=90)
"""What was heard within it was heard together."""

PLAYS: Final = 500
LIST: Final = 100
"""The songs, and the artists, of a person that count: the latest ones of so many plays."""

REACH: Final = 10
"""A thing was heard together with so many before and after it in a person's list: the nearest say
most, and all pairs of a long list would cost its square."""

NEW_AT_ONCE: Final = 20
"""New songs of a person that one transaction counts."""

LISTENERS_AT_ONCE: Final = 10
PUBLISHED_AT_ONCE: Final = 50
"""So few that none of the statements comes near a pool's statement timeout."""

PAIRS: Final = 500
"""Of a thing, the pairs that are kept when it is published."""

SIMILAR: Final = 50
"""Of a thing, the similar ones that are published."""

LEAST_LISTENERS: Final = 2
"""One person's taste says nothing of two songs, and is nobody else's business."""

DAMPING: Final = 3.0
"""A pair that so many people listened to counts half of what its cosine says."""


async def refresh_similar(pool: Pool) -> int:
    """Counts what was played since the last time, and publishes what is due; how many people were
    counted, who has much that is new several times."""
    counted = 0
    while done := await _count_all(pool):
        counted += done
    for kind in _KINDS:
        while await transact(pool, partial(publish, kind=kind)):
            pass
    return counted


async def _count_all(pool: Pool) -> int:
    """Counts everybody who is due once."""
    counted = 0
    after: int | None = -1
    while after is not None:
        done, after = await transact(pool, partial(count_listeners, after_user_id=after))
        counted += done
    return counted


_KINDS: Final[tuple[ListenedKind, ...]] = ("SONG", "ARTIST")


@dataclass(slots=True)
class _Counts:
    """How many more people listened to things, and to pairs of them."""

    totals: Counter[int]
    pairs: Counter[tuple[int, int]]

    def add(self, latest: Sequence[int], known: Sequence[int]) -> tuple[list[int], bool]:
        """Counts up to `NEW_AT_ONCE` new things of somebody who has been counted for those that
        are known. What has been counted then, and whether there is more."""
        before = set(known)
        new = [thing for thing in latest if thing not in before]
        now = set(new[:NEW_AT_ONCE])
        counted = [thing for thing in latest if thing in before or thing in now]
        for place, thing in enumerate(counted):
            if thing in now:
                self.totals[thing] += 1
                for other in counted[max(0, place - REACH) : place + REACH + 1]:
                    if other != thing:
                        self.pairs[thing, other] += 1
                        if other not in now:
                            self.pairs[other, thing] += 1
        return counted, len(new) > len(now)


async def count_listeners(
    connection: Connection, after_user_id: int, limit: int = LISTENERS_AT_ONCE
) -> tuple[int, int | None]:
    """Counts up to `limit` people after one: how many, and after whom to go on; None at the end."""
    due = await select_due_listeners(connection, after_user_id, limit)
    listeners = await select_listeners_to_count(connection, due)
    if listeners:
        await _count(connection, listeners)
    if not due:
        return 0, None
    return len(listeners), due[-1] if len(due) == limit else None


async def _count(connection: Connection, listeners: Sequence[ListenerRecord]) -> None:
    since = datetime.now(UTC) - WINDOW
    heard: dict[int, list[HeardSong]] = defaultdict(list)
    ids = [listener.user_id for listener in listeners]
    for song in await select_heard_songs(connection, ids, since, PLAYS):
        heard[song.user_id].append(song)
    songs, artists = _Counts(Counter(), Counter()), _Counts(Counter(), Counter())
    for listener in listeners:
        latest = heard[listener.user_id]
        song_ids, more_songs = songs.add(_first(song.song_id for song in latest), listener.song_ids)
        artist_ids, more_artists = artists.add(
            _first(artist for song in latest for artist in song.artist_ids), listener.artist_ids
        )
        await update_listener_counted(
            connection,
            listener.user_id,
            song_ids=song_ids,
            artist_ids=artist_ids,
            due=more_songs or more_artists,
        )
    await upsert_listened(connection, "SONG", songs.totals, songs.pairs)
    await upsert_listened(connection, "ARTIST", artists.totals, artists.pairs)


def _first(things: Iterable[int]) -> list[int]:
    """Each once, up to `LIST` of them."""
    return list(dict.fromkeys(things))[:LIST]


async def publish(
    connection: Connection, kind: ListenedKind, limit: int = PUBLISHED_AT_ONCE
) -> int:
    """Says anew what is similar to up to `limit` things of which that is due; how many."""
    due = await update_totals_published(connection, kind, limit)
    if not due:
        return 0
    pairs: dict[int, list[Pair]] = defaultdict(list)
    for pair in await select_pairs(connection, [total.id for total in due], PAIRS):
        pairs[pair.id].append(pair)
    others = {pair.other_id for members in pairs.values() for pair in members}
    listeners = {total.id: total.listeners for total in await select_totals(connection, others)}
    for total in due:
        best = sorted(
            (-_score(pair, total.listeners, listeners.get(pair.other_id, 0)), pair.other_id)
            for pair in pairs[total.id]
            if pair.listeners >= LEAST_LISTENERS
        )
        await upsert_similar_items(connection, total.id, [other for _, other in best[:SIMILAR]])
        if len(pairs[total.id]) == PAIRS:
            await delete_pairs_beyond(connection, pairs[total.id][-1])
    return len(due)


def _score(pair: Pair, listeners: int, others: int) -> float:
    """The cosine of the two sets of listeners, so that what everybody hears is not similar to all,
    less where few people make it."""
    cosine = pair.listeners / sqrt(listeners * max(others, pair.listeners))
    return cosine * pair.listeners / (pair.listeners + DAMPING)
