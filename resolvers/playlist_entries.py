"""The entries of playlists: reading them in order, and changing them together with others.

A change locks the playlist first, so that changes come one after the other, and makes its next
revision. Entries are named by their ids and not by their places, so a change means the same
whatever others have done meanwhile; with a `revision` it is refused if they have done anything.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from db.changes import insert_changes
from db.cursor import INT8
from db.order_keys import MAX_LENGTH, order_keys
from db.playlist_entries import (
    PlaylistEntryRecord,
    delete_playlist_entries,
    insert_playlist_entries,
    select_entry_ids,
    select_gap_after,
    select_gap_before,
    select_last_position,
    select_playlist_entries,
    update_entry_positions,
)
from db.playlists import (
    PlaylistRecord,
    PlaylistState,
    select_playlist_to_change,
    update_playlist_changed,
)
from db.rows import Connection
from engine.batch import Loader
from resolvers.context import Context
from resolvers.errors import Conflict, Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.library import load_all, parse_ids
from resolvers.loaders import SONGS_BY_ID
from resolvers.pages import Order, Page, PageKey, make_page
from resolvers.playlists import PlaylistKey, load_playlist, playlist_key

MAX_ENTRIES: Final = 100_000


class Place(NamedTuple):
    """Right before or right behind an entry; without either, at the end."""

    before: str | None = None
    after: str | None = None


class Change(NamedTuple):
    """How many entries and how much time a playlist has gained, and which entries have changed;
    with `renewed`, the keys of all."""

    entries: int = 0
    duration_ms: int = 0
    entry_ids: Sequence[int] = ()
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class AddedEntries:
    playlist: PlaylistRecord
    entries: list[PlaylistEntryRecord]


@dataclass(frozen=True, slots=True)
class ChangedEntries:
    playlist: PlaylistRecord


_IN_ORDER: Final = Order("playlist_entries", (str, INT8), ("", -1))


async def _load_entries(
    context: Context, keys: Sequence[PageKey]
) -> list[Page[PlaylistEntryRecord]]:
    pages: dict[PageKey, Page[PlaylistEntryRecord]] = {}
    for page in {key.page: None for key in keys}:  # all the same, unless aliases differ
        playlists: list[tuple[int, int]] = [key.parent for key in keys if key.page == page]
        position, number = _IN_ORDER.after(page.after)
        async with context.connection() as connection:
            rows = await select_playlist_entries(
                connection, playlists, page.first + 1, (position, number)
            )
        lists: dict[tuple[int, int], list[tuple[PlaylistEntryRecord, PlaylistEntryRecord]]] = {
            playlist: [] for playlist in playlists
        }
        for row in rows:
            lists[row.user_id, row.playlist_id].append((row, row))
        for playlist, members in lists.items():
            pages[PageKey(playlist, page)] = make_page(
                _IN_ORDER, page, members, lambda entry: (entry.position, entry.id)
            )
    return [pages[key] for key in keys]


ENTRIES: Loader[PageKey, Page[PlaylistEntryRecord]] = Loader("playlist_entries", _load_entries)


async def add(
    context: Context,
    *,
    playlist_id: str,
    song_ids: Sequence[str],
    place: Place,
    revision: int | None,
) -> AddedEntries:
    """Raises `Invalid`, `NotFound`, `Conflict`."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    numbers = parse_ids(song_ids, "song", "songIds")
    songs = await load_all(context, SONGS_BY_ID, numbers, "song")
    ids = [context.services.ids.next() for _ in songs]
    added: list[PlaylistEntryRecord] = []

    async def work(connection: Connection, state: PlaylistState) -> Change:
        if state.entry_count + len(songs) > MAX_ENTRIES:
            raise Invalid("songIds", f"A playlist takes up to {MAX_ENTRIES:,} songs")
        positions = await _positions(connection, key, place, len(songs))
        added[:] = await insert_playlist_entries(
            connection,
            key.owner_id,
            key.id,
            ids=ids,
            song_ids=numbers,
            durations_ms=[song.duration_ms for song in songs],
            positions=positions,
            added_by=viewer.id,
            added_at=datetime.fromtimestamp(context.now, UTC),
        )
        renewed = await _shorten(connection, key, positions)
        gained = sum(song.duration_ms for song in songs)
        return Change(len(songs), gained, entry_ids=ids, renewed=renewed)

    playlist = await _change(context, key, revision, work)
    return AddedEntries(playlist, sorted(added, key=lambda entry: entry.position))


async def move(
    context: Context, *, playlist_id: str, entry_ids: Sequence[str], place: Place, revision: int
) -> ChangedEntries:
    """Moves entries to one place, in the order given; raises `Invalid`, `NotFound`, `Conflict`."""
    key = playlist_key(playlist_id)
    ids = list(dict.fromkeys(parse_ids(entry_ids, "entry", "entryIds")))

    async def work(connection: Connection, _state: PlaylistState) -> Change:
        if len(await select_entry_ids(connection, key.owner_id, key.id, ids)) < len(ids):
            raise NotFound("Some of the entries are not in this playlist any more.")
        beside = place.before or place.after
        if beside is not None and parse_id(beside, "entry").numbers[0] in ids:
            raise Invalid("place", "`place` names an entry that is to be moved itself")
        positions = await _positions(connection, key, place, len(ids))
        await update_entry_positions(connection, key.owner_id, key.id, ids, positions)
        renewed = await _shorten(connection, key, positions)
        return Change(entry_ids=ids, renewed=renewed)

    return ChangedEntries(await _change(context, key, revision, work))


async def remove(
    context: Context, *, playlist_id: str, entry_ids: Sequence[str], revision: int | None
) -> ChangedEntries:
    """Removes entries; those that are gone already are no error.

    Raises `Invalid`, `NotFound`, `Conflict`.
    """
    key = playlist_key(playlist_id)
    ids = parse_ids(entry_ids, "entry", "entryIds")

    async def work(connection: Connection, _state: PlaylistState) -> Change:
        removed = await delete_playlist_entries(connection, key.owner_id, key.id, ids)
        return Change(-removed.count, -removed.duration_ms, entry_ids=ids)

    return ChangedEntries(await _change(context, key, revision, work))


async def _change(
    context: Context,
    key: PlaylistKey,
    revision: int | None,
    change: Callable[[Connection, PlaylistState], Awaitable[Change]],
) -> PlaylistRecord:
    """Does `change` while nobody else changes the playlist, and gives it as it is then."""
    viewer = context.signed_in()

    async def work(connection: Connection) -> None:
        state = await select_playlist_to_change(connection, viewer.id, key.owner_id, key.id)
        if state is None:
            raise NotFound("There is no such playlist, or you may not change it.")
        if revision not in (None, state.revision):
            raise Conflict(state.revision)
        gained = await change(connection, state)
        now = datetime.fromtimestamp(context.now, UTC)
        await update_playlist_changed(
            connection,
            key.owner_id,
            key.id,
            now,
            entries=gained.entries,
            duration_ms=gained.duration_ms,
        )
        if gained.renewed:
            await insert_changes(connection, key.owner_id, "ENTRIES", [key.id], now)
        else:
            await insert_changes(
                connection, key.owner_id, "ENTRY", gained.entry_ids, now, lies_with=key.id
            )

    await context.transact(work)
    return await load_playlist(context, key)


async def _positions(
    connection: Connection, key: PlaylistKey, place: Place, count: int
) -> list[str]:
    """Keys for so many entries at a place; raises `NotFound` when the entry beside it is gone."""
    if place.before is not None:
        (beside,) = parse_id(place.before, "entry").numbers
        gap = await select_gap_before(connection, key.owner_id, key.id, beside)
    elif place.after is not None:
        (beside,) = parse_id(place.after, "entry").numbers
        gap = await select_gap_after(connection, key.owner_id, key.id, beside)
    else:
        last = await select_last_position(connection, key.owner_id, key.id)
        return order_keys(count, low=last)
    if gap is None:
        raise NotFound("The entry that `place` names is not in this playlist any more.")
    return order_keys(count, gap.low, gap.high)


async def _shorten(connection: Connection, key: PlaylistKey, positions: Sequence[str]) -> bool:
    """Writes all keys anew when those just made have become too long, and says whether it did."""
    if max(map(len, positions)) <= MAX_LENGTH:
        return False
    ids = await select_entry_ids(connection, key.owner_id, key.id)
    await update_entry_positions(connection, key.owner_id, key.id, ids, order_keys(len(ids)))
    return True
