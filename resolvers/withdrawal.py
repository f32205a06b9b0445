"""Withdrawing a song, and taking that back."""

from dataclasses import dataclass
from datetime import datetime

from db import search
from db.rows import Connection
from db.search.catalogue import select_song_documents
from db.songs import SongRecord, update_song_withdrawn
from resolvers.context import Context
from resolvers.curation.edits import change, note_edit
from resolvers.curation.songs import load_song
from resolvers.errors import NotFound
from resolvers.sessions import utc


@dataclass(frozen=True, slots=True)
class ChangedSong:
    song: SongRecord


async def withdraw_song(context: Context, song_id: str) -> ChangedSong:
    """By a curator, through the API. Raises `NotFound`."""
    number = (await load_song(context, song_id)).id

    async def work(connection: Connection) -> None:
        await withdraw(connection, number, utc(context))
        await note_edit(context, connection, "SONG", "WITHDRAWN", number)

    await change(context, work)
    return ChangedSong(await load_song(context, song_id))


async def restore_song(context: Context, song_id: str) -> ChangedSong:
    """By a curator, through the API. Raises `NotFound`."""
    number = (await load_song(context, song_id)).id

    async def work(connection: Connection) -> None:
        await restore(connection, number)
        await note_edit(context, connection, "SONG", "RESTORED", number)

    await change(context, work)
    return ChangedSong(await load_song(context, song_id))


async def withdraw(connection: Connection, song_id: int, at: datetime) -> None:
    """From the commit on the song has no files, no stream, and is not found."""
    async with connection.transaction():
        if not await update_song_withdrawn(connection, song_id, at):
            raise NotFound("There is no song of this id")
        await search.delete_songs(connection, [song_id])


async def restore(connection: Connection, song_id: int) -> None:
    """Makes a withdrawn song one like any other again."""
    async with connection.transaction():
        if not await update_song_withdrawn(connection, song_id, None):
            raise NotFound("There is no song of this id")
        documents = await select_song_documents(connection, [song_id])
        await search.upsert_songs(connection, documents)
