"""The statements of the peers and of the floor: one a table, only the columns that are shown."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import asyncpg

import db.rows
from db.pool import SERVER_SETTINGS

Connection: TypeAlias = "db.rows.Connection | asyncpg.Pool[asyncpg.Record]"

POOL_SIZE = 10


async def _keep(_connection: Any) -> None:
    """Leaves a connection as it is: these statements change nothing of the session."""


def open_pool(database_url: str) -> "AbstractAsyncContextManager[asyncpg.Pool[asyncpg.Record]]":
    """A pool without the round trip that asyncpg makes at each release."""
    return asyncpg.create_pool(
        database_url, min_size=1, max_size=POOL_SIZE, reset=_keep, server_settings=SERVER_SETTINGS
    )


async def select_songs(connection: Connection, ids: Sequence[int]) -> list[asyncpg.Record]:
    return await connection.fetch(
        """
        SELECT id, title, duration_ms, album_id,
               main_artist_ids || featured_artist_ids AS artist_ids
        FROM songs WHERE id = ANY($1::bigint[])
        """,
        ids,
    )


async def select_artists(connection: Connection, ids: Sequence[int]) -> list[asyncpg.Record]:
    return await connection.fetch("SELECT id, name FROM artists WHERE id = ANY($1::bigint[])", ids)


async def select_albums(connection: Connection, ids: Sequence[int]) -> list[asyncpg.Record]:
    return await connection.fetch("SELECT id, title FROM albums WHERE id = ANY($1::bigint[])", ids)


async def select_files(connection: Connection, song_ids: Sequence[int]) -> list[asyncpg.Record]:
    """Files of songs that are not withdrawn, highest bit rate first."""
    return await connection.fetch(
        """
        SELECT files.song_id, files.object_key, files.codec, files.bitrate_kbps
        FROM files JOIN songs ON songs.id = files.song_id AND songs.withdrawn_at IS NULL
        WHERE files.song_id = ANY($1::bigint[])
        ORDER BY files.song_id, files.bitrate_kbps DESC, files.id
        """,
        song_ids,
    )


async def select_song(connection: Connection, song_id: int) -> list[asyncpg.Record]:
    return await connection.fetch("SELECT id, title, duration_ms FROM songs WHERE id = $1", song_id)
