"""Reports of what was heard: sent while it plays, or later in batches, in any order, repeatedly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from db.changes import insert_play_changes
from db.plays import PlayRecord, lock_listener, select_plays_near, upsert_plays
from db.rows import Connection
from db.songs import SongRecord
from resolvers.context import Context
from resolvers.credit import Span, credit_ms
from resolvers.errors import AccountGone, Invalid
from resolvers.ids import parse_id
from resolvers.loaders import SONGS_BY_ID

MAX_REPORTS: Final = 50
MAX_AGE: Final = timedelta(days=90)
MAX_AHEAD: Final = timedelta(days=36_500)
"""A clock that begins in 1970 at each start is corrected."""

MAX_SPAN: Final = timedelta(days=1)
"""A play that was paused for longer ends there."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a client says of a play so far.

    Attributes:
        id: Made by the client; the same in every report of the play.
        at: When `heard_ms` was reached; None is when the report was sent.
    """

    id: UUID
    song_id: str
    started_at: datetime
    heard_ms: int
    at: datetime | None
    completed: bool


@dataclass(frozen=True, slots=True)
class _Play:
    """A play as it is known so far, by the server's clock."""

    id: UUID
    song: SongRecord
    started_at: datetime
    heard_until: datetime
    heard_ms: int
    completed: bool
    credited_ms: int = 0


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A report that will never be taken: it must not be sent again."""

    id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ReportedPlays:
    plays: list[PlayRecord]
    refused: list[RefusedReport]


async def report(
    context: Context, reports: Sequence[Report], sent_at: datetime | None
) -> ReportedPlays:
    """Takes reports in; the same ones again change nothing.

    `sent_at` is the client's time, which corrects its clock. Raises `Invalid` for a batch that
    cannot be taken as a whole; a single report that cannot be taken is refused.
    """
    viewer = context.signed_in()
    if not 1 <= len(reports) <= MAX_REPORTS:
        raise Invalid("plays", f"`plays` takes 1 to {MAX_REPORTS} reports, not {len(reports)}")
    now = datetime.fromtimestamp(context.now, UTC)
    ahead = timedelta(0) if sent_at is None else _ahead(sent_at, now)
    known, refused = await _checked(context, reports, now, ahead)
    plays: dict[UUID, _Play] = {}
    for play in known:
        plays[play.id] = _merged(play, plays[play.id]) if play.id in plays else play
    if not plays:
        return ReportedPlays([], refused)

    async def work(connection: Connection) -> ReportedPlays:
        signed_up = await lock_listener(connection, viewer.id)
        if signed_up is None:
            raise AccountGone
        stored = await select_plays_near(
            connection,
            viewer.id,
            list(plays),
            min(play.started_at for play in plays.values()),
            max(play.heard_until for play in plays.values()),
        )
        taken, mistaken = _judged(list(plays.values()), stored, signed_up)
        written = await upsert_plays(
            connection,
            viewer.id,
            ids=[play.id for play in taken],
            song_ids=[play.song.id for play in taken],
            artist_ids=[play.song.main_artist_ids for play in taken],
            started_at=[play.started_at for play in taken],
            heard_until=[play.heard_until for play in taken],
            heard_ms=[play.heard_ms for play in taken],
            credited_ms=[play.credited_ms for play in taken],
            completed=[play.completed for play in taken],
        )
        before = {row.id: tuple(row) for row in stored}
        changed = [row.id for row in written if before.get(row.id) != tuple(row)]
        if changed:
            await insert_play_changes(connection, viewer.id, changed, now)
        return ReportedPlays(written, refused + mistaken)

    return await context.transact(work)


async def _checked(
    context: Context, reports: Sequence[Report], now: datetime, ahead: timedelta
) -> tuple[list[_Play], list[RefusedReport]]:
    """The reports by the server's clock, and those of them that cannot be taken."""
    song_ids = [parse_id(given.song_id, "song").numbers[0] for given in reports]
    songs = await context.loaders[SONGS_BY_ID].load_many(song_ids)
    plays: list[_Play] = []
    refused: list[RefusedReport] = []
    for given, song in zip(reports, songs, strict=True):
        started_at = min(_aware(given.started_at, "startedAt") - ahead, now)
        heard_until = now if given.at is None else min(_aware(given.at, "at") - ahead, now)
        if song is None:
            refused.append(RefusedReport(given.id, "There is no such song any more."))
        elif given.heard_ms < 0:
            refused.append(RefusedReport(given.id, "`heardMs` cannot be less than 0."))
        elif started_at < now - MAX_AGE:
            reason = f"This was more than {MAX_AGE.days} days ago."
            refused.append(RefusedReport(given.id, reason))
        else:
            plays.append(
                _Play(
                    given.id,
                    song,
                    started_at,
                    max(started_at, heard_until),
                    min(given.heard_ms, song.duration_ms),
                    given.completed,
                )
            )
    return plays, refused


def _aware(time: datetime, field: str) -> datetime:
    """Raises `Invalid` for a time that does not say where, or that no clock shows."""
    if time.tzinfo is None:
        raise Invalid(field, f"`{field}` needs a time zone: 2026-11-24T12:00:00Z")
    if not 1970 <= time.year < 9000:
        raise Invalid(field, f"`{field}` is no time that a clock shows")
    return time


def _ahead(sent_at: datetime, now: datetime) -> timedelta:
    """How far the client's clock is ahead; raises `Invalid` where that cannot be."""
    ahead = _aware(sent_at, "sentAt") - now
    if abs(ahead) > MAX_AHEAD:
        raise Invalid("sentAt", "`sentAt` is no time that a clock shows")
    return ahead


def _merged(play: _Play, before: _Play | PlayRecord) -> _Play:
    """A play with what was known of it before: its span grows at its end alone."""
    return replace(
        play,
        started_at=before.started_at,
        heard_until=max(play.heard_until, before.heard_until),
        heard_ms=max(play.heard_ms, before.heard_ms),
        completed=play.completed or before.completed,
    )


def _judged(
    plays: Sequence[_Play], stored: Sequence[PlayRecord], signed_up: datetime
) -> tuple[list[_Play], list[RefusedReport]]:
    """The plays merged with what is stored of them, and with their credit."""
    known = {row.id: row for row in stored}
    spans = {row.id: Span(row.started_at, row.heard_until, row.credited_ms) for row in stored}
    taken: list[_Play] = []
    refused: list[RefusedReport] = []
    for play in sorted(plays, key=lambda play: (play.heard_until, play.started_at)):
        before = known.get(play.id)
        if before is not None:
            if before.song_id != play.song.id:
                refused.append(RefusedReport(play.id, "This id is another song's play."))
                continue
            play = _merged(play, before)
        heard_until = min(play.heard_until, play.started_at + MAX_SPAN)
        others = [span for id_, span in spans.items() if id_ != play.id]
        credit = credit_ms(
            max(play.started_at, signed_up),  # what was heard before is nobody's
            heard_until,
            play.heard_ms,
            play.song.duration_ms,
            others,
        )
        if before is not None:
            credit = max(credit, before.credited_ms)
        spans[play.id] = Span(play.started_at, heard_until, credit)
        taken.append(replace(play, heard_until=heard_until, credited_ms=credit))
    return taken, refused
