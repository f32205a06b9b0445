"""Withdrawing a song, and taking that back."""

from datetime import datetime

from db import search
from db.rows import Connection
from db.search.catalogue import select_song_documents
from db.songs import update_song_withdrawn
from resolvers.errors import BadInput


async def withdraw(connection: Connection, song_id: int, at: datetime) -> None:
    """From the commit on the song has no files, no stream, and is not found."""
    async with connection.transaction():
        if not await update_song_withdrawn(connection, song_id, at):
            raise BadInput("There is no song of this id")
        await search.delete_songs(connection, [song_id])


async def restore(connection: Connection, song_id: int) -> None:
    """Makes a withdrawn song one like any other again."""
    async with connection.transaction():
        if not await update_song_withdrawn(connection, song_id, None):
            raise BadInput("There is no song of this id")
        documents = await select_song_documents(connection, [song_id])
        await search.upsert_songs(connection, documents)
