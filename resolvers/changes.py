"""What has changed of the viewer's since they last asked, for clients that keep a copy.

A change says what has changed, and reads what that is now. So a client may take the same change
twice, and what has changed twice is told once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from strawberry import Parent

from db.changes import ChangeRecord, delete_old_changes, select_changes
from db.cursor import INT8, decode_cursor, encode_cursor
from db.errors import InvalidCursor
from db.library import select_library_places
from db.playlist_entries import PlaylistEntryRecord, select_entries_among
from db.playlists import SavedPlaylist, select_saved_among
from db.plays import PlayRecord, select_plays_among
from db.pool import Pool, acquire
from resolvers.context import Context
from resolvers.errors import BadInput
from resolvers.listening import check_first
from resolvers.playlists import PlaylistKey

KEPT: Final = timedelta(days=90)
"""For how long changes are kept; who was away for longer reads all anew."""

FORGOTTEN_AT_ONCE: Final = 1_000

_CURSOR: Final = "changes"

_LIBRARY: Final = ("SONG", "ARTIST", "ALBUM", "SHOW")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class LibraryChange:
    """`added_at` is None for what was removed."""

    kind: str
    item_id: int
    added_at: datetime | None


@dataclass(frozen=True, slots=True)
class SavedPlaylistChange:
    owner_id: int
    item_id: int
    place: SavedPlaylist | None


@dataclass(frozen=True, slots=True)
class PlaylistChange:
    owner_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class PlaylistEntryChange:
    """`entry` is None for one that was removed."""

    owner_id: int
    playlist_id: int
    item_id: int
    entry: PlaylistEntryRecord | None


@dataclass(frozen=True, slots=True)
class PlaylistOrderChange:
    """The keys of all entries are others."""

    owner_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class PlayChange:
    play_id: UUID
    play: PlayRecord | None


@dataclass(frozen=True, slots=True)
class EpisodeProgressChange:
    show_id: int
    item_id: int


Change = (
    LibraryChange
    | SavedPlaylistChange
    | PlaylistChange
    | PlaylistEntryChange
    | PlaylistOrderChange
    | PlayChange
    | EpisodeProgressChange
)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`cursor` is behind the last of the changes."""

    changes: list[Change]
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class StartOver:
    """There is no way from where the client is; `cursor` is where it may begin anew."""

    cursor: str
    message: str


async def changes(context: Context, since: str | None, first: int) -> ChangePage | StartOver:
    """What has changed since a cursor; raises `BadInput`."""
    user_id = context.signed_in().id
    after = None if since is None else _number(since, user_id)
    limit = check_first(first)
    async with context.connection() as connection:
        found = await select_changes(connection, user_id, limit + 1, after or 0)
    last = found[0].last
    rows = [row for row in found if row.number is not None]
    if after is None:
        return StartOver(_cursor(user_id, last), "Read all lists, then what changes from now on.")
    # Numbers have no gaps: where the next one is not there, it has been forgotten.
    if (rows[0].number if rows else last + 1) != after + 1:
        return StartOver(
            _cursor(user_id, last),
            f"This was more than {KEPT.days} days ago: read all lists anew.",
        )
    shown = rows[:limit]
    number = shown[-1].number if shown else after
    assert number is not None
    return ChangePage(
        await _as_they_are(context, user_id, shown), _cursor(user_id, number), len(rows) > limit
    )


async def forget_old_changes(pool: Pool) -> int:
    """Deletes the changes that are not kept any more; how many."""
    forgotten = 0
    while True:
        async with acquire(pool) as connection:
            gone = await delete_old_changes(connection, datetime.now(UTC) - KEPT, FORGOTTEN_AT_ONCE)
        forgotten += gone
        if gone < FORGOTTEN_AT_ONCE:
            return forgotten


def _cursor(user_id: int, number: int) -> str:
    return encode_cursor(_CURSOR, user_id, number)


def _number(cursor: str, user_id: int) -> int:
    try:
        owner, number = decode_cursor(cursor, _CURSOR, INT8, range(INT8[-1]))
    except InvalidCursor as error:
        raise BadInput("This cursor was not made by this field", argument="since") from error
    if owner != user_id:
        raise BadInput("This cursor is somebody else's: send none, to begin", argument="since")
    return int(number)


async def _as_they_are(
    context: Context, user_id: int, rows: Sequence[ChangeRecord]
) -> list[Change]:
    """What has changed, each thing once, where it changed last."""
    latest = {(row.kind, row.lies_with, row.item_id, row.play_id): row for row in rows}
    rows = sorted(latest.values(), key=lambda row: row.number or 0)

    def of(*kinds: str) -> list[ChangeRecord]:
        return [row for row in rows if row.kind in kinds]

    async with context.connection() as connection:
        things = [(row.kind or "", row.item_id or 0) for row in of(*_LIBRARY)]
        places = await select_library_places(connection, user_id, things) if things else []
        ids = [row.item_id or 0 for row in of("SAVED_PLAYLIST")]
        saved = await select_saved_among(connection, user_id, ids) if ids else []
        keys = [(row.lies_with or 0, row.item_id or 0) for row in of("ENTRY")]
        entries = await select_entries_among(connection, user_id, keys) if keys else []
        play_ids = [row.play_id for row in of("PLAY") if row.play_id is not None]
        plays = await select_plays_among(connection, user_id, play_ids) if play_ids else []
    added_at = {(place.kind, place.item_id): place.added_at for place in places}
    saved_by_id = _by(saved, lambda place: place.playlist_id)
    entries_by_id = _by(entries, lambda entry: entry.id)
    plays_by_id = _by(plays, lambda play: play.id)

    def as_it_is(row: ChangeRecord) -> Change:
        kind, item_id, lies_with = row.kind or "", row.item_id or 0, row.lies_with or 0
        if kind in _LIBRARY:
            return LibraryChange(kind, item_id, added_at.get((kind, item_id)))
        if kind == "SAVED_PLAYLIST":
            return SavedPlaylistChange(lies_with, item_id, saved_by_id.get(item_id))
        if kind == "PLAYLIST":
            return PlaylistChange(user_id, item_id)
        if kind == "ENTRY":
            return PlaylistEntryChange(user_id, lies_with, item_id, entries_by_id.get(item_id))
        if kind == "ENTRIES":
            return PlaylistOrderChange(user_id, item_id)
        if kind == "EPISODE":
            return EpisodeProgressChange(lies_with, item_id)
        assert row.play_id is not None
        return PlayChange(row.play_id, plays_by_id.get(row.play_id))

    return [as_it_is(row) for row in rows]


def _by(rows: Iterable[Found], key: Callable[[Found], Any]) -> Mapping[Any, Found]:
    return {key(row): row for row in rows}


def library_id(change: Parent[LibraryChange]) -> str:
    return f"{change.kind.lower()}_{change.item_id:x}"


def playlist_id(
    change: Parent[PlaylistChange | SavedPlaylistChange | PlaylistOrderChange],
) -> str:
    return f"playlist_{change.owner_id:x}_{change.item_id:x}"


def entrys_playlist_id(change: Parent[PlaylistEntryChange]) -> str:
    return f"playlist_{change.owner_id:x}_{change.playlist_id:x}"


def entry_id(change: Parent[PlaylistEntryChange]) -> str:
    return f"entry_{change.item_id:x}"


def saved_at(change: Parent[SavedPlaylistChange]) -> datetime | None:
    return None if change.place is None else change.place.added_at


def saved_key(change: SavedPlaylistChange) -> PlaylistKey | None:
    """None where it is not saved any more."""
    if change.place is None:
        return None
    return PlaylistKey(change.owner_id, change.item_id, change.place.share_token)
