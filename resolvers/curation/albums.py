"""Editing albums."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from db.albums import AlbumRecord, insert_album_key, select_albums
from db.artists import select_artists
from db.curation.albums import (
    delete_artist_albums,
    lock_albums,
    update_album,
    upsert_artist_albums,
)
from db.rows import Connection
from db.search import upsert_albums
from db.search.catalogue import select_album_documents
from db.search.renames import upsert_rename
from ingest.identity import album_tags_key
from resolvers.context import Context
from resolvers.curation.edits import (
    MAX_TEXT,
    change,
    differences,
    global_ids,
    note_edit,
    required,
    whole_number,
)
from resolvers.curation.songs import YEARS, artist_ids
from resolvers.errors import Conflict, NotFound
from resolvers.ids import parse_id
from resolvers.loaders import ALBUMS_BY_ID
from resolvers.texts import clean_line


@dataclass(frozen=True, slots=True)
class EditedAlbum:
    album: AlbumRecord


async def load_album(context: Context, album_id: str) -> AlbumRecord:
    """The album of a global id, as it is now; raises `NotFound`."""
    album = await context.loaders[ALBUMS_BY_ID].load(parse_id(album_id, "album").numbers[0])
    if album is None:
        raise NotFound("There is no album of this id")
    return album


async def update(
    context: Context, *, album_id: str, revision: int, given: Mapping[str, Any]
) -> EditedAlbum:
    """Changes the fields that are `given`, by their GraphQL names.

    Raises `Invalid`, `NotFound` and `Conflict`.
    """
    number = (await load_album(context, album_id)).id
    checked = await _checked(context, given)

    async def work(connection: Connection) -> None:
        await lock_albums(connection, [number])
        albums = await select_albums(connection, [number])
        if not albums:
            raise NotFound("The album was merged or deleted meanwhile.")
        [album] = albums
        if album.revision != revision:
            raise Conflict(album.revision)
        after = editable(album) | checked
        await write_album(connection, album, after)
        changes = differences(_shown(editable(album)), _shown(after))
        await note_edit(context, connection, "ALBUM", "UPDATED", album.id, changes)

    await change(context, work)
    return EditedAlbum(await load_album(context, album_id))


async def write_album(connection: Connection, album: AlbumRecord, after: Mapping[str, Any]) -> None:
    """Writes an album that is locked, with its lists, its key and its search row."""
    await update_album(connection, album.id, **after)
    gone = sorted(set(album.artist_ids).difference(after["artist_ids"]))
    await delete_artist_albums(connection, gone, album.id)
    await upsert_artist_albums(connection, after["artist_ids"], album.id, after["year"] or 0)
    names = {a.id: a.name for a in await select_artists(connection, after["artist_ids"])}
    credited = [names[artist_id] for artist_id in after["artist_ids"] if artist_id in names]
    key = album_tags_key(credited, after["title"], after["year"])
    # Files that are tagged as the album is now are this album's, unless they are another's.
    await insert_album_key(connection, key, album.id)
    await upsert_albums(connection, await select_album_documents(connection, [album.id]))
    if after["title"] != album.title:
        await upsert_rename(connection, "album", album.id)


def editable(album: AlbumRecord) -> dict[str, Any]:
    """What `update_album` writes, as it is."""
    return {
        "title": album.title,
        "kind": album.kind,
        "artist_ids": album.artist_ids,
        "year": album.year,
        "cover_sha256": album.cover_sha256,
        "musicbrainz_id": album.musicbrainz_id,
    }


async def _checked(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of what is given; raises `Invalid` and `NotFound`."""
    after: dict[str, Any] = {}
    for field, value in given.items():
        match field:
            case "title":
                after["title"] = clean_line(required(value, field), field, MAX_TEXT)
            case "kind":
                after["kind"] = required(value, field).value
            case "artistIds":
                after["artist_ids"] = await artist_ids(context, required(value, field), field)
            case "year":
                after["year"] = whole_number(value, field, *YEARS)
    return after


def _shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as the API names and shows them."""
    return {
        "title": columns["title"],
        "kind": columns["kind"],
        "artistIds": global_ids("artist", columns["artist_ids"]),
        "year": columns["year"],
    }
