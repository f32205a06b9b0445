"""Renaming artists and albums: from the commit on, by and by for the search of their songs."""

from typing import Final

from db.albums import update_album_title
from db.artists import insert_artist_key, update_artist_name
from db.rows import Connection
from db.search import upsert_albums, upsert_artists
from db.search.catalogue import select_album_documents, select_artist_documents
from db.search.renames import drain_renames, upsert_rename
from ingest.identity import artist_keys, sort_name
from ingest.tags import Credit
from resolvers.errors import BadInput

MAX_NAME_CHARACTERS: Final = 500


async def rename_artist(connection: Connection, artist_id: int, name: str) -> int:
    """Renames an artist, and makes its albums and songs findable by the new name; gives the number
    of songs. Raises `BadInput`.

    `connection` must be outside of a transaction. When it is interrupted, the songs that are left
    are done by the next rename or `tonearm search refresh`.
    """
    name = _checked(name)
    async with connection.transaction():
        if not await update_artist_name(connection, artist_id, name, sort_name(name)):
            raise BadInput("There is no artist of this id")
        # Files of either name are this artist's, unless the new one is somebody else's already.
        [key] = artist_keys(Credit(name))
        await insert_artist_key(connection, key, artist_id)
        await upsert_artists(connection, await select_artist_documents(connection, [artist_id]))
        await upsert_rename(connection, "artist", artist_id)
    return await drain_renames(connection)


async def rename_album(connection: Connection, album_id: int, title: str) -> int:
    """Renames an album, and makes its songs findable by the new title; see `rename_artist`."""
    title = _checked(title)
    async with connection.transaction():
        if not await update_album_title(connection, album_id, title):
            raise BadInput("There is no album of this id")
        await upsert_albums(connection, await select_album_documents(connection, [album_id]))
        await upsert_rename(connection, "album", album_id)
    return await drain_renames(connection)


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or "\0" in name:
        raise BadInput("A name has at least one character, and no NUL")
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadInput(f"A name has at most {MAX_NAME_CHARACTERS} characters")
    return name
