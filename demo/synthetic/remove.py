"""Removing the synthetic catalogue, also one that was half made."""

from contextlib import AsyncExitStack
from typing import Final

from db.pool import connect
from db.rows import Connection
from db.search.kinds import KINDS, SearchKind
from db.search.tiers import one_at_a_time
from db.search.vocabulary import rebuild_vocabulary
from demo.synthetic.fill import IDS_END, Report

REMOVED_AT_ONCE: Final = 20_000


async def remove(database_url: str, report: Report) -> int:
    """Removes the synthetic catalogue, also a half-made one, and gives the number of its songs."""
    async with AsyncExitStack() as stack:
        connection = await stack.enter_async_context(connect(database_url))
        for kind in KINDS:
            await stack.enter_async_context(one_at_a_time(connection, kind))
        for kind in KINDS:
            await _delete_search_rows(connection, kind)
        removed = dict.fromkeys(_DELETIONS, 0)
        for what, statement in _DELETIONS.items():
            while deleted := await _delete(connection, statement):
                removed[what] += deleted
                report(f"Removing {what}: {removed[what]:,}")
        songs = removed["songs"]
        if songs:
            report("Counting words")
            await rebuild_vocabulary(connection)
            await connection.execute("VACUUM ANALYZE")
        return songs


async def _delete_search_rows(connection: Connection, kind: SearchKind) -> None:
    """Deletes the rows of all tiers, and what a bulk load that was interrupted has left."""
    async with connection.transaction():
        await connection.execute(
            kind.sql("UPDATE search_state SET bounds = NULL WHERE kind = 'song'")
        )
        await connection.execute(kind.sql("TRUNCATE song_search_bulk"))
        await connection.execute(kind.sql("DELETE FROM song_search WHERE id < $1"), IDS_END)


# The places in lists, the files and the lyrics go with them.
_DELETIONS: Final = {
    "artists": """
        DELETE FROM artists WHERE id IN (
            SELECT id FROM artists WHERE id < $1 ORDER BY id LIMIT $2
        )
        """,
    "albums": """
        DELETE FROM albums WHERE id IN (SELECT id FROM albums WHERE id < $1 ORDER BY id LIMIT $2)
        """,
    "songs": """
        DELETE FROM songs WHERE id IN (SELECT id FROM songs WHERE id < $1 ORDER BY id LIMIT $2)
        """,
    "genres": """
        DELETE FROM genres WHERE id IN (
            SELECT id FROM genres WHERE id < $1 AND NOT EXISTS (
                SELECT FROM genre_songs WHERE genre_songs.genre_id = genres.id
            )
            ORDER BY id LIMIT $2
        )
        """,
}


async def _delete(connection: Connection, statement: str) -> int:
    """Deletes a part of what `statement` is about; gives how much."""
    tag = await connection.execute(statement, IDS_END, REMOVED_AT_ONCE)
    return int(tag.split()[-1])
