"""Names that change: the songs of a renamed artist or album are made findable anew, in batches.

`search_renames` holds what is still to be done, so that a process that ends half-way loses
nothing: `tonearm search refresh` and the next rename go on with it.
"""

from typing import Final, Literal

from db.rows import Connection, Row, fetch_one
from db.search.catalogue import select_album_documents, select_song_documents
from db.search.write import upsert_albums, upsert_songs

BATCH: Final = 500

RenamedKind = Literal["artist", "album"]


class Rename(Row):
    """A rename whose songs up to `done_id` are done."""

    id: int
    kind: RenamedKind
    done_id: int


async def upsert_rename(connection: Connection, kind: RenamedKind, renamed_id: int) -> None:
    """Notes that the songs of an artist or album are to be done, from the first one on; call it in
    the transaction that renames."""
    await connection.execute(
        """
        INSERT INTO search_renames (id, kind) VALUES ($1, $2)
        ON CONFLICT (id, kind) DO UPDATE SET done_id = 0
        """,
        renamed_id,
        kind,
    )


async def drain_renames(connection: Connection) -> int:
    """Does all that is noted and that no other session is doing; gives the songs that were done.

    `connection` must be outside of a transaction: each batch commits.
    """
    songs = 0
    while (done := await _drain_batch(connection)) is not None:
        songs += done
    return songs


async def _drain_batch(connection: Connection) -> int | None:
    async with connection.transaction():
        rename = await select_rename_to_do(connection)
        if rename is None:
            return None
        if rename.kind == "artist":
            if rename.done_id == 0:
                album_ids = await select_album_ids_of_artist(connection, rename.id)
                await upsert_albums(connection, await select_album_documents(connection, album_ids))
            ids = await select_song_ids_of_artist(connection, rename.id, rename.done_id, BATCH)
        else:
            ids = await select_song_ids_of_album(connection, rename.id, rename.done_id, BATCH)
        await upsert_songs(connection, await select_song_documents(connection, ids))
        if len(ids) < BATCH:
            await delete_rename(connection, rename)
        else:
            await update_rename_done(connection, rename, ids[-1])
        return len(ids)


async def select_rename_to_do(connection: Connection) -> Rename | None:
    return await fetch_one(
        connection,
        Rename,
        """
        SELECT id, kind, done_id FROM search_renames
        ORDER BY id, kind LIMIT 1 FOR UPDATE SKIP LOCKED
        """,
    )


async def count_renames(connection: Connection) -> int:
    """Artists and albums whose songs are still to be done."""
    number: int = await connection.fetchval("SELECT count(*) FROM search_renames")
    return number


async def update_rename_done(connection: Connection, rename: Rename, done_id: int) -> None:
    await connection.execute(
        "UPDATE search_renames SET done_id = $3 WHERE id = $1 AND kind = $2",
        rename.id,
        rename.kind,
        done_id,
    )


async def delete_rename(connection: Connection, rename: Rename) -> None:
    await connection.execute(
        "DELETE FROM search_renames WHERE id = $1 AND kind = $2", rename.id, rename.kind
    )


async def select_song_ids_of_artist(
    connection: Connection, artist_id: int, after: int, limit: int
) -> list[int]:
    rows = await connection.fetch(
        """
        SELECT song_id FROM artist_songs WHERE artist_id = $1 AND song_id > $2
        ORDER BY song_id LIMIT $3
        """,
        artist_id,
        after,
        limit,
    )
    return [row["song_id"] for row in rows]


async def select_song_ids_of_album(
    connection: Connection, album_id: int, after: int, limit: int
) -> list[int]:
    rows = await connection.fetch(
        """
        SELECT song_id FROM album_songs WHERE album_id = $1 AND song_id > $2
        ORDER BY song_id LIMIT $3
        """,
        album_id,
        after,
        limit,
    )
    return [row["song_id"] for row in rows]


async def select_album_ids_of_artist(connection: Connection, artist_id: int) -> list[int]:
    rows = await connection.fetch(
        "SELECT album_id FROM artist_albums WHERE artist_id = $1 ORDER BY album_id", artist_id
    )
    return [row["album_id"] for row in rows]
