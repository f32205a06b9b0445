"""Making all search rows anew from the catalogue: after a change of how words are cut, and to
mend whatever may have gone wrong.

The rows go into the table for bulk loads, by id, a thousand at a time, and then into the tiers by a
rebuild that leaves out what these hold now. What is written meanwhile is in the delta tier as
always, and only that: a refresh empties it first.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from db.rows import Connection
from db.search.bulk import analyze_bulk, copy_rows
from db.search.catalogue import (
    select_album_documents,
    select_artist_documents,
    select_episode_documents,
    select_playlist_documents,
    select_show_documents,
    select_song_documents,
)
from db.search.documents import Document
from db.search.kinds import (
    ALBUMS,
    ARTISTS,
    EPISODES,
    PLAYLISTS,
    SHOWS,
    SONGS,
    SearchKind,
)
from db.search.rebuild import Progress, Report, no_report, rebuild
from db.search.refresh import refresh
from db.search.tiers import COPIED, COPYING, one_at_a_time, select_state

BATCH: Final = 1_000

_SelectDocuments = Callable[[Connection, Sequence[int]], Awaitable[Sequence[Document]]]

DOCUMENTS: Final[dict[SearchKind, _SelectDocuments]] = {
    SONGS: select_song_documents,
    ARTISTS: select_artist_documents,
    ALBUMS: select_album_documents,
    SHOWS: select_show_documents,
    EPISODES: select_episode_documents,
    PLAYLISTS: select_playlist_documents,
}


async def remake(connection: Connection, kind: SearchKind, report: Report = no_report) -> int:
    """Makes the rows of a kind anew, and rebuilds; gives the new generation.

    `connection` must be a session of its own, outside of a transaction. Goes on with a remake that
    was interrupted. Raises `UpkeepRunning`.
    """
    async with one_at_a_time(connection, kind):
        stage = (await select_state(connection, kind)).remake
        if stage is None:
            await update_rebuild_forgotten(connection, kind)
            await refresh(connection, kind)
            await update_remake_begun(connection, kind)
        if stage != COPIED:
            await _copy_all(connection, kind, report)
            await analyze_bulk(connection, kind)
            await update_remake_stage(connection, kind, COPIED)
        return await rebuild(connection, kind, report)


async def _copy_all(connection: Connection, kind: SearchKind, report: Report) -> None:
    select_documents = DOCUMENTS[kind]
    copied, after = await select_copied(connection, kind)
    while ids := await select_ids(connection, kind, after, BATCH):
        documents = await select_documents(connection, ids)
        copied += await copy_rows(connection, kind, (document.row() for document in documents))
        after = ids[-1]
        report(Progress(kind, 0, 1, "made anew", copied))


async def select_copied(connection: Connection, kind: SearchKind) -> tuple[int, int]:
    """How many rows there are in the table for bulk loads, and the last id."""
    row = await connection.fetchrow(
        kind.sql("SELECT count(*) AS rows, coalesce(max(id), 0) AS last FROM song_search_bulk")
    )
    assert row is not None
    return row["rows"], row["last"]


async def select_ids(connection: Connection, kind: SearchKind, after: int, limit: int) -> list[int]:
    """The next ids of the catalogue."""
    rows = await connection.fetch(
        kind.sql("SELECT id FROM songs WHERE id > $1 ORDER BY id LIMIT $2"), after, limit
    )
    return [row["id"] for row in rows]


async def update_rebuild_forgotten(connection: Connection, kind: SearchKind) -> None:
    """Gives up a rebuild that was interrupted."""
    await connection.execute(kind.sql("UPDATE search_state SET bounds = NULL WHERE kind = 'song'"))


async def update_remake_begun(connection: Connection, kind: SearchKind) -> None:
    async with connection.transaction():
        await connection.execute(kind.sql("TRUNCATE song_search_bulk"))
        await update_remake_stage(connection, kind, COPYING)


async def update_remake_stage(connection: Connection, kind: SearchKind, stage: str) -> None:
    await connection.execute(
        kind.sql("UPDATE search_state SET remake = $1 WHERE kind = 'song'"), stage
    )
