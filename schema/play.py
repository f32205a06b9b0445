"""What was heard: single plays, and what was heard most."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from db.plays import ArtistTotal, PlayRecord, SongTotal
from engine.batch import batched
from resolvers import listening
from resolvers.loaders import ARTISTS_BY_ID, SONGS_BY_ID
from schema.artist import Artist
from schema.fields import First, resolved_by
from schema.scalars import BigInt
from schema.song import Song

strawberry.enum(
    listening.ListeningPeriod,
    description=(
        "A time up to now: WEEK 7 days, MONTH 30, HALF_YEAR 182, YEAR 365, ALL_TIME everything."
    ),
)


def _song_id(play: PlayRecord) -> int:
    return play.song_id


@strawberry.type(description="That the viewer has heard a song.")
class Play:
    id: UUID = strawberry.field(description="As the client made it.")
    song: Song | None = batched(
        SONGS_BY_ID, _song_id, description="The song; null when it does not exist any more."
    )
    started_at: datetime = strawberry.field(description="When it began, by the server's clock.")
    heard_ms: int = strawberry.field(description="How much was heard, in milliseconds.")
    counts: bool = resolved_by(
        listening.play_counts,
        description=(
            "Whether it counts as a play: 30 seconds or half the song were heard, and the person "
            "was not hearing something else all that time."
        ),
    )
    completed: bool = strawberry.field(description="Whether it was heard to the end.")


def _id(total: SongTotal | ArtistTotal) -> int:
    return total.id


@strawberry.type(name="SongTotal", description="How much the viewer has heard of a song.")
class SongTotalType:
    song: Song | None = batched(
        SONGS_BY_ID, _id, description="The song; null when it does not exist any more."
    )
    plays: int = strawberry.field(description="How often it was played.")
    heard_ms: BigInt = strawberry.field(description="How long it was heard, in milliseconds.")


@strawberry.type(name="ArtistTotal", description="How much the viewer has heard of an artist.")
class ArtistTotalType:
    artist: Artist | None = batched(
        ARTISTS_BY_ID, _id, description="The artist; null when there is none any more."
    )
    plays: int = strawberry.field(description="How often songs of this artist were played.")
    heard_ms: BigInt = strawberry.field(description="How long they were heard, in milliseconds.")


@strawberry.type(description="What was heard in a time.")
class ListeningTotals:
    plays: int = strawberry.field(description="How many plays there were.")
    heard_ms: BigInt = strawberry.field(description="How long was listened, in milliseconds.")
    songs: int = strawberry.field(description="How many different songs.")
    artists: int = strawberry.field(description="How many different artists.")


@strawberry.type(description="What was heard in a month.")
class ListeningMonth:
    month: int = strawberry.field(description="1 is January; by UTC.")
    plays: int = strawberry.field(description="How many plays there were.")
    heard_ms: BigInt = strawberry.field(description="How long was listened, in milliseconds.")


def _time(year: listening.YearInMusic) -> listening.Timespan:
    return year.time


def _top(year: listening.YearInMusic, first: First = 10) -> listening.TopKey:
    return listening.TopKey(year.time, listening.check_first(first))


@strawberry.type(description="The viewer's year, by UTC.")
class YearInMusic:
    year: int = strawberry.field(description="Which year.")
    totals: ListeningTotals = batched(
        listening.TOTALS, _time, description="All that was heard, in numbers."
    )
    top_songs: list[SongTotalType] = batched(
        listening.TOP_SONGS, _top, description="Its songs, most played first."
    )
    top_artists: list[ArtistTotalType] = batched(
        listening.TOP_ARTISTS, _top, description="Its artists, most played first."
    )
    months: list[ListeningMonth] = batched(
        listening.MONTHS, _time, description="The months in which something was heard."
    )


def recent_key(viewer: Any, first: First = 20) -> listening.RecentKey:
    """The songs that a viewer played last."""
    return listening.RecentKey(viewer.id, listening.check_first(first))
