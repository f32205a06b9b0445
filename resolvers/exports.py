"""The archive of all that a person has: asked for, made in the background, fetched from S3.

An archive is made by one worker at a time, and anew from the start when that worker is gone; its
key is chosen when it is asked for, so what a crash has left is written over.
"""

import asyncio
import secrets
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import orjson

from db.albums import select_albums
from db.artists import select_artists
from db.exports import (
    ExportRecord,
    delete_export,
    select_due_exports,
    select_export,
    update_export_completed,
    update_export_kept,
    update_export_taken,
    upsert_export,
)
from db.personal_data import KEPT, select_kept
from db.pool import Pool, acquire
from db.rows import Connection
from db.shows import select_shows
from db.songs import select_songs
from engine.batch import Loader
from resolvers.accounts import authenticated
from resolvers.context import Context, Services
from resolvers.errors import Unavailable
from resolvers.sessions import utc
from storage import keys
from storage.errors import CredentialsExpired
from storage.keys import export_key, exports_prefix
from storage.objects import Objects

LIFE: Final = timedelta(days=7)
"""For how long an archive is kept."""

AGAIN: Final = timedelta(hours=1)
"""An archive that is younger is given again instead of making another one."""

LEASE: Final = timedelta(minutes=2)
"""How long a worker that does not answer any more keeps an export from others."""

ROWS_AT_ONCE: Final = 1_000
AT_ONCE: Final = 100
TOKEN_BYTES: Final = 16
DISPOSITION: Final = 'attachment; filename="tonearm-export.zip"'

README: Final = """\
This is all that Tonearm keeps of {name}, as of about {at:%Y-%m-%d %H:%M} UTC.

Each file holds the rows of one table, one JSON object a line (https://jsonlines.org), in UTF-8.
Times are in UTC by RFC 3339, lengths in milliseconds. `id` and what ends in `Id` are the ids that
the API takes. Songs, artists, albums and shows are named as they are called now.

users, accounts           who you are
sessions                  where you are signed in
mailed_codes              codes that were mailed and not used; not the codes themselves
library_items             what you liked, followed and saved
playlists                 your playlists
playlist_entries          the songs in them, in their order
playlist_collaborators    who else may change them
saved_playlists           playlists of others that you saved or joined
plays                     what you have heard
episode_progress          how far you have heard episodes
playback_queues           your queue
uploads                   what you are uploading
changes                   what has changed of all this lately, for your devices
similar_listeners         songs and artists by which you were counted, to find what is similar
exports                   that you asked for this archive

Not in here: passwords and tokens, of which only hashes are kept, and counts in which you are not to
be told from others, such as how often a song was played.
"""


class ExportState(Enum):
    PENDING = "PENDING"
    READY = "READY"


@dataclass(frozen=True, slots=True)
class Export:
    """An archive as its person sees it; all but `state` and `requested_at` once it is ready."""

    state: ExportState
    requested_at: datetime
    size_bytes: int | None = None
    expires_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RequestedExport:
    export: Export


async def request_export(context: Context, *, password: str | None) -> RequestedExport:
    """Has the archive made, unless there is a new one. Raises `WrongCredentials`."""
    viewer, now = context.signed_in(), utc(context)
    await authenticated(context, viewer, password or "")
    key = export_key(viewer.id, secrets.token_bytes(TOKEN_BYTES))
    async with context.connection() as connection:
        begun = await upsert_export(
            connection, viewer.id, key, now, due_at=now, again_before=now - AGAIN
        )
        export = begun or await select_export(connection, viewer.id)
    assert export is not None
    if begun is not None:
        context.services.background.start(_write(context.services, begun))
    return RequestedExport(_seen(context, export))


async def _write(services: Services, export: ExportRecord) -> None:
    await write(services.pool, services.objects, export)


async def _load_exports(context: Context, user_ids: Sequence[int]) -> list[Export | None]:
    found: list[Export | None] = []
    for user_id in user_ids:
        async with context.connection() as connection:
            export = await select_export(connection, user_id)
        ended = export is None or (
            export.completed_at is not None and export.due_at <= utc(context)
        )
        found.append(None if export is None or ended else _seen(context, export))
    return found


EXPORTS: Loader[int, Export] = Loader("exports", _load_exports)


def _seen(context: Context, export: ExportRecord) -> Export:
    if export.completed_at is None:
        return Export(ExportState.PENDING, export.requested_at)
    return Export(
        ExportState.READY,
        export.requested_at,
        export.size_bytes,
        export.due_at,
        _url(context, export.object_key),
    )


def _url(context: Context, object_key: str) -> str:
    """Opens an archive, which a browser saves; raises `Unavailable`."""
    try:
        signed = context.services.signer.sign(
            object_key, now=context.now, content_disposition=DISPOSITION
        )
    except CredentialsExpired as error:
        raise Unavailable("URLs cannot be signed now. Try again in a moment.") from error
    return signed.url


async def work_off_exports(pool: Pool, objects: Objects) -> int:
    """Makes the archives that no other worker is at, and deletes those that have ended; how many.

    Raises `StorageError` and `DatabaseError`; what is left is done when it is due again.
    """
    done = 0
    while True:
        async with acquire(pool) as connection:
            due = await select_due_exports(connection, datetime.now(UTC), AT_ONCE)
        for export in due:
            if export.completed_at is None:
                done += await write(pool, objects, export)
            else:
                await objects.delete(export.object_key)
                async with acquire(pool) as connection:
                    await delete_export(connection, export.user_id, export.object_key)
                done += 1
        if len(due) < AT_ONCE:
            return done


async def write(pool: Pool, objects: Objects, export: ExportRecord) -> bool:
    """Makes an archive and puts it into S3. False when another worker is at it, or it is not wanted
    any more."""
    now = datetime.now(UTC)
    async with acquire(pool) as connection:
        if not await update_export_taken(
            connection, export.user_id, export.object_key, now, now + LEASE
        ):
            return False
    with tempfile.TemporaryDirectory(prefix="tonearm-export-") as directory:
        path = Path(directory) / "export.zip"
        if not await _pack(pool, export, path, now):
            return False
        # What another archive of this person has left.
        await _delete_objects(objects, export.user_id)
        await objects.put(
            export.object_key, path, content_type="application/zip", cache_control="private"
        )
        size_bytes = path.stat().st_size
    now = datetime.now(UTC)
    async with acquire(pool) as connection:
        wanted = await update_export_completed(
            connection,
            export.user_id,
            export.object_key,
            size_bytes=size_bytes,
            completed_at=now,
            ends_at=now + LIFE,
        )
    if not wanted:
        await objects.delete(export.object_key)
    return wanted


async def _delete_objects(objects: Objects, user_id: int) -> None:
    async for item in objects.list(exports_prefix(user_id)):
        await objects.delete(item.key)


async def _pack(pool: Pool, export: ExportRecord, path: Path, now: datetime) -> bool:
    """Writes the archive into a file. False when it is not wanted any more."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in KEPT:
            with archive.open(f"{table}.jsonl", "w", force_zip64=True) as file:
                if not await _pack_table(pool, export, table, file):
                    return False
        name = f"user_{export.user_id:x}"
        archive.writestr("README.txt", README.format(name=name, at=now))
    return True


async def _pack_table(pool: Pool, export: ExportRecord, table: str, file: IO[bytes]) -> bool:
    after: tuple[Any, ...] = KEPT[table].start
    while True:
        async with acquire(pool) as connection:
            if not await update_export_kept(
                connection, export.user_id, export.object_key, datetime.now(UTC) + LEASE
            ):
                return False
            rows = await select_kept(connection, table, export.user_id, ROWS_AT_ONCE, after)
            described = await _described(connection, export.user_id, table, rows)
        await asyncio.to_thread(_append, file, described)
        if len(rows) < ROWS_AT_ONCE:
            return True
        after = tuple(rows[-1])[: len(after)]


def _append(file: IO[bytes], rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        file.write(orjson.dumps(row, default=_plain, option=orjson.OPT_APPEND_NEWLINE))


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, UUID):  # asyncpg's own kind of it
        return str(value)
    raise TypeError(f"Not for JSON: {type(value).__name__}")


Row = dict[str, Any]

_IDS: Final = {
    "added_by": "user",
    "artist_ids": "artist",
    "collaborator_id": "user",
    "owner_id": "user",
    "song_id": "song",
    "song_ids": "song",
    "show_id": "show",
    "user_id": "user",
}
"""Columns whose numbers are of a kind of thing, whatever the table."""


async def _described(
    connection: Connection, user_id: int, table: str, rows: Sequence[Any]
) -> list[Row]:
    """Rows as the archive has them: with global ids, and names of what they point to."""
    described = [_with_global_ids(table, user_id, dict(row)) for row in rows]
    for row in described:
        row.pop("lies_with", None)
    await _name(connection, described)
    return [{_camel(name): value for name, value in row.items()} for row in described]


def _with_global_ids(table: str, user_id: int, row: Row) -> Row:
    given = dict(row)
    for name, kind in _IDS.items():
        if isinstance(row.get(name), int):
            row[name] = f"{kind}_{row[name]:x}"
        elif isinstance(row.get(name), list):
            row[name] = [f"{kind}_{number:x}" for number in row[name]]
    if "playlist_id" in row:
        row["playlist_id"] = f"playlist_{given.get('owner_id', user_id):x}_{row['playlist_id']:x}"
    if "episode_id" in row:
        row["episode_id"] = f"episode_{given['show_id']:x}_{row['episode_id']:x}"
    if table == "playlists":
        row["id"] = f"playlist_{user_id:x}_{row['id']:x}"
    elif table in _ID_PREFIXES:
        row["id"] = f"{_ID_PREFIXES[table]}_{row['id']:x}"
    if row.get("item_id") is not None:
        row["item_id"] = _item_id(user_id, row["kind"], row["item_id"], given.get("lies_with"))
    return row


_ID_PREFIXES: Final = {
    "playlist_entries": "entry",
    "sessions": "device",
    "uploads": "upload",
    "users": "user",
}


def _item_id(user_id: int, kind: str, number: int, lies_with: int | None) -> str:
    """The global id of what is in the library or has changed."""
    if kind in ("PLAYLIST", "ENTRIES"):
        return f"playlist_{user_id:x}_{number:x}"
    if kind == "SAVED_PLAYLIST":
        return f"playlist_{lies_with or 0:x}_{number:x}"
    if kind == "EPISODE":
        return f"episode_{lies_with or 0:x}_{number:x}"
    return f"{kind.lower()}_{number:x}"


Select = Callable[[Connection, Sequence[int]], Awaitable[Sequence[Any]]]

_NAMED: Final[dict[str, tuple[Select, str]]] = {
    "song": (select_songs, "title"),
    "artist": (select_artists, "name"),
    "album": (select_albums, "title"),
    "show": (select_shows, "title"),
}
"""Kinds of things that have names, and how to find them."""


async def _name(connection: Connection, rows: Sequence[Row]) -> None:
    """Adds to rows the names of what they point to by `song_id`, `show_id` or `item_id`."""
    pointers = [
        (row, row[column])
        for row in rows
        for column in ("song_id", "show_id", "item_id")
        if row.get(column) is not None
    ]
    for kind, (select, name) in _NAMED.items():
        wanted = [(row, int(id_[len(kind) + 1 :], 16)) for row, id_ in pointers if _is(kind, id_)]
        ids = list({number for _, number in wanted})
        found = {record.id: record for record in await select(connection, ids)} if ids else {}
        artists: dict[int, str] = {}
        if kind == "song" and found:
            credited = {id_ for song in found.values() for id_ in song.main_artist_ids}
            artists = {
                each.id: each.name for each in await select_artists(connection, list(credited))
            }
        for row, number in wanted:
            if number in found:
                row[kind] = getattr(found[number], name)
                if kind == "song":
                    row["artists"] = [artists.get(i) for i in found[number].main_artist_ids]


def _is(kind: str, global_id: str) -> bool:
    return global_id.startswith(f"{kind}_")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


async def clean_up(objects: Objects, now: datetime) -> int:
    """Deletes archives that a crash has left behind; how many. Raises `StorageError`."""
    deleted = 0
    async for item in objects.list(keys.EXPORTS):
        if item.last_modified < now - LIFE:
            await objects.delete(item.key)
            deleted += 1
    return deleted
