"""Editing artists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.artist_aliases import delete_artist_aliases, insert_artist_aliases, select_artist_aliases
from db.artists import ArtistRecord, insert_artist_key, select_artists
from db.curation.artists import lock_artists, update_artist
from db.normalise import normalise
from db.rows import Connection
from db.search import upsert_artists
from db.search.catalogue import select_artist_documents
from db.search.renames import upsert_rename
from ingest.identity import artist_keys, sort_name
from ingest.tags import Credit
from resolvers.context import Context
from resolvers.curation.edits import MAX_TEXT, change, differences, note_edit, required
from resolvers.errors import Conflict, Invalid, NotFound
from resolvers.ids import parse_id
from resolvers.loaders import ARTISTS_BY_ID
from resolvers.texts import clean_line

MAX_ALIASES: Final = 50


@dataclass(frozen=True, slots=True)
class EditedArtist:
    artist: ArtistRecord


async def load_artist(context: Context, artist_id: str) -> ArtistRecord:
    """The artist of a global id, as it is now; raises `NotFound`."""
    artist = await context.loaders[ARTISTS_BY_ID].load(parse_id(artist_id, "artist").numbers[0])
    if artist is None:
        raise NotFound("There is no artist of this id")
    return artist


async def update(
    context: Context, *, artist_id: str, revision: int, given: Mapping[str, Any]
) -> EditedArtist:
    """Changes the fields that are `given`, by their GraphQL names.

    Raises `Invalid`, `NotFound` and `Conflict`.
    """
    number = (await load_artist(context, artist_id)).id
    checked = _checked(given)

    async def work(connection: Connection) -> None:
        await lock_artists(connection, [number])
        artists = await select_artists(connection, [number])
        if not artists:
            raise NotFound("The artist was merged or deleted meanwhile.")
        [artist] = artists
        if artist.revision != revision:
            raise Conflict(artist.revision)
        aliases = [row.alias for row in await select_artist_aliases(connection, [number])]
        before = {"name": artist.name, "sortName": artist.sort_name, "aliases": aliases}
        after = before | checked
        if after["name"] != artist.name and "sortName" not in checked:
            after["sortName"] = sort_name(after["name"])
        await _write(connection, artist, before, after)
        changes = differences(before, after)
        await note_edit(context, connection, "ARTIST", "UPDATED", artist.id, changes)

    await change(context, work)
    return EditedArtist(await load_artist(context, artist_id))


async def _write(
    connection: Connection, artist: ArtistRecord, before: Mapping[str, Any], after: dict[str, Any]
) -> None:
    await update_artist(
        connection,
        artist.id,
        name=after["name"],
        sort_name=after["sortName"],
        musicbrainz_id=artist.musicbrainz_id,
    )
    # Files of either name are this artist's, unless the new one is somebody else's already.
    [key] = artist_keys(Credit(after["name"]))
    await insert_artist_key(connection, key, artist.id)
    if after["aliases"] != before["aliases"]:
        await delete_artist_aliases(connection, artist.id)
        aliases = after["aliases"]
        await insert_artist_aliases(connection, [artist.id] * len(aliases), aliases)
    await upsert_artists(connection, await select_artist_documents(connection, [artist.id]))
    if after["name"] != artist.name or after["aliases"] != before["aliases"]:
        await upsert_rename(connection, "artist", artist.id)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    after: dict[str, Any] = {}
    for field, value in given.items():
        if field == "aliases":
            after[field] = _aliases(value or ())
        else:
            after[field] = clean_line(required(value, field), field, MAX_TEXT)
    return after


def _aliases(names: Sequence[str]) -> list[str]:
    """Other names, each once, in the order in which they are kept; raises `Invalid`."""
    if len(names) > MAX_ALIASES:
        raise Invalid("aliases", f"`aliases` takes up to {MAX_ALIASES} names, not {len(names)}")
    cleaned = [clean_line(name, "aliases", MAX_TEXT) for name in names]
    by_norm = {normalise(name): name for name in reversed(cleaned)}
    return [by_norm[norm] for norm in sorted(by_norm)]
