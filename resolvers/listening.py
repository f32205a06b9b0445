"""What the viewer has heard: the history, what was heard most, and a year of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

from strawberry import Parent

from db.cursor import MICROSECONDS, from_microseconds, to_microseconds
from db.plays import (
    ArtistTotal,
    ListeningMonth,
    ListeningTotals,
    PlayRecord,
    SongTotal,
    select_listening_months,
    select_listening_totals,
    select_plays,
    select_recent_song_ids,
    select_top_artists,
    select_top_songs,
)
from db.songs import SongRecord
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.loaders import SONGS_BY_ID
from resolvers.pages import MAX_PAGE, Order, Page, PageKey, make_page

RECENT_AMONG: Final = 1_000
"""Recently played songs are those of so many plays."""

_LATEST_FIRST: Final = Order(
    "plays", (MICROSECONDS, str), (MICROSECONDS[-1], "ffffffff-ffff-ffff-ffff-ffffffffffff")
)


class ListeningPeriod(Enum):
    """Values are days up to now."""

    WEEK = 7
    MONTH = 30
    HALF_YEAR = 182
    YEAR = 365
    ALL_TIME = 20_000


class Timespan(NamedTuple):
    """A time from one moment to another, and whose."""

    user_id: int
    since: datetime
    until: datetime


class TopKey(NamedTuple):
    """What was heard most in a time, and how many of it."""

    time: Timespan
    first: int


@dataclass(frozen=True, slots=True)
class YearInMusic:
    """A year by UTC, up to now if it is this one."""

    year: int
    time: Timespan


async def _load_history(context: Context, keys: Sequence[PageKey]) -> list[Page[PlayRecord]]:
    pages: list[Page[PlayRecord]] = []
    for user_id, page in keys:
        microseconds, play_id = _LATEST_FIRST.after(page.after)
        try:
            after = (from_microseconds(microseconds), UUID(play_id))
        except ValueError as error:
            raise BadInput("This cursor was not made by this field", argument="after") from error
        async with context.connection() as connection:
            rows = await select_plays(connection, user_id, page.first + 1, after)
        pages.append(
            make_page(
                _LATEST_FIRST,
                page,
                [(row, row) for row in rows],
                lambda row: (to_microseconds(row.started_at), str(row.id)),
            )
        )
    return pages


HISTORY: Loader[PageKey, Page[PlayRecord]] = Loader("plays", _load_history)


def play_counts(play: Parent[PlayRecord]) -> bool:
    return play.credited_ms > 0


def check_first(first: int) -> int:
    """Raises `BadInput` for a list that is too long or empty."""
    if not 1 <= first <= MAX_PAGE:
        raise BadInput(f"`first` takes 1 to {MAX_PAGE}", argument="first")
    return first


class RecentKey(NamedTuple):
    user_id: int
    first: int


async def _load_recent(context: Context, keys: Sequence[RecentKey]) -> list[list[SongRecord]]:
    found: list[list[SongRecord]] = []
    for user_id, first in keys:
        async with context.connection() as connection:
            ids = await select_recent_song_ids(connection, user_id, first, RECENT_AMONG)
        songs = await context.loaders[SONGS_BY_ID].load_many(ids)
        found.append([song for song in songs if song is not None])
    return found


RECENT_SONGS: Loader[RecentKey, list[SongRecord]] = Loader("recent_songs", _load_recent)


def top_key(context: Context, period: ListeningPeriod, first: int) -> TopKey:
    """What the viewer heard most in a period up to now; raises `BadInput`."""
    now = datetime.fromtimestamp(context.now, UTC)
    since = now - timedelta(days=period.value)
    # A play that is reported as it begins starts now.
    until = now + timedelta(microseconds=1)
    return TopKey(Timespan(context.signed_in().id, since, until), check_first(first))


def year_in_music(context: Context, year: int) -> YearInMusic:
    """Raises `BadInput` for what is no year."""
    if not 2000 <= year < 9000:
        raise BadInput("`year` takes a year such as 2026", argument="year")
    since, until = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    return YearInMusic(year, Timespan(context.signed_in().id, since, until))


async def _load_top_songs(context: Context, keys: Sequence[TopKey]) -> list[list[SongTotal]]:
    found: list[list[SongTotal]] = []
    for time, first in keys:
        async with context.connection() as connection:
            found.append(await select_top_songs(connection, *time, first))
    return found


async def _load_top_artists(context: Context, keys: Sequence[TopKey]) -> list[list[ArtistTotal]]:
    found: list[list[ArtistTotal]] = []
    for time, first in keys:
        async with context.connection() as connection:
            found.append(await select_top_artists(connection, *time, first))
    return found


async def _load_totals(context: Context, keys: Sequence[Timespan]) -> list[ListeningTotals]:
    async with context.connection() as connection:
        return [await select_listening_totals(connection, *time) for time in keys]


async def _load_months(context: Context, keys: Sequence[Timespan]) -> list[list[ListeningMonth]]:
    async with context.connection() as connection:
        return [await select_listening_months(connection, *time) for time in keys]


TOP_SONGS: Loader[TopKey, list[SongTotal]] = Loader("top_songs", _load_top_songs)
TOP_ARTISTS: Loader[TopKey, list[ArtistTotal]] = Loader("top_artists", _load_top_artists)
TOTALS: Loader[Timespan, ListeningTotals] = Loader("listening_totals", _load_totals)
MONTHS: Loader[Timespan, list[ListeningMonth]] = Loader("listening_months", _load_months)
