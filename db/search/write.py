"""Keeping the search rows. Every write goes to the delta tier, and is found when it commits.

A rebuild may run at the same time (db/search/rebuild.py), hence the order of the two statements
of a write: the row of the delta tier first, which waits for whoever moves the old one, then the
deletion from the other tiers, which sees where it went.
"""

from collections.abc import Iterable, Sequence

from db.rows import Connection
from db.search.documents import (
    AlbumDocument,
    ArtistDocument,
    EpisodeDocument,
    PlaylistDocument,
    SearchRow,
    ShowDocument,
    SongDocument,
)
from db.search.kinds import (
    ALBUMS,
    ARTISTS,
    EPISODES,
    PLAYLISTS,
    SHOWS,
    SONGS,
    SearchKind,
)
from db.search.vocabulary import insert_words


async def upsert_songs(connection: Connection, documents: Iterable[SongDocument]) -> None:
    """Makes songs findable as they are now; call it in the transaction that writes them."""
    await _upsert(connection, SONGS, [document.row() for document in documents])


async def upsert_artists(connection: Connection, documents: Iterable[ArtistDocument]) -> None:
    """Makes artists findable as they are now; call it in the transaction that writes them."""
    await _upsert(connection, ARTISTS, [document.row() for document in documents])


async def upsert_albums(connection: Connection, documents: Iterable[AlbumDocument]) -> None:
    """Makes albums findable as they are now; call it in the transaction that writes them."""
    await _upsert(connection, ALBUMS, [document.row() for document in documents])


async def upsert_shows(connection: Connection, documents: Iterable[ShowDocument]) -> None:
    """Makes shows findable as they are now; call it in the transaction that writes them."""
    await _upsert(connection, SHOWS, [document.row() for document in documents])


async def upsert_episodes(connection: Connection, documents: Iterable[EpisodeDocument]) -> None:
    """Makes episodes findable as they are now; call it in the transaction that writes them."""
    await _upsert(connection, EPISODES, [document.row() for document in documents])


async def upsert_playlists(connection: Connection, documents: Iterable[PlaylistDocument]) -> None:
    """Makes public playlists findable as they are now; call it in the transaction that writes
    them."""
    await _upsert(connection, PLAYLISTS, [document.row() for document in documents])


async def delete_songs(connection: Connection, ids: Sequence[int]) -> None:
    """Songs that are not found any more; ids that never were are no error."""
    await _delete(connection, SONGS, ids)


async def delete_artists(connection: Connection, ids: Sequence[int]) -> None:
    """Artists that are not found any more; ids that never were are no error."""
    await _delete(connection, ARTISTS, ids)


async def delete_albums(connection: Connection, ids: Sequence[int]) -> None:
    """Albums that are not found any more; ids that never were are no error."""
    await _delete(connection, ALBUMS, ids)


async def delete_shows(connection: Connection, ids: Sequence[int]) -> None:
    """Shows that are not found any more; ids that never were are no error."""
    await _delete(connection, SHOWS, ids)


async def delete_episodes(connection: Connection, ids: Sequence[int]) -> None:
    """Episodes that are not found any more; ids that never were are no error."""
    await _delete(connection, EPISODES, ids)


async def delete_playlists(connection: Connection, ids: Sequence[int]) -> None:
    """Playlists that are not found any more; ids that never were are no error."""
    await _delete(connection, PLAYLISTS, ids)


async def _delete(connection: Connection, kind: SearchKind, ids: Sequence[int]) -> None:
    # A row without lexemes stays in the delta tier until the next rebuild, which would otherwise
    # bring back a row that is deleted while it copies.
    await _upsert(connection, kind, [SearchRow(gone, 0, None, None, "", [], []) for gone in ids])


async def _upsert(connection: Connection, kind: SearchKind, rows: Sequence[SearchRow]) -> None:
    # In one order of ids, so that two writers of the same rows wait rather than deadlock.
    distinct = sorted({row.id: row for row in rows}.values())
    if distinct:
        await upsert_rows(connection, kind, distinct)
        await delete_rows_of_tiers(connection, kind, [row.id for row in distinct])
        await insert_words(connection, (word for row in distinct for word in row.lexemes))


async def upsert_rows(connection: Connection, kind: SearchKind, rows: Sequence[SearchRow]) -> None:
    """Writes rows of distinct ids into the delta tier."""
    await connection.execute(
        kind.sql(
            """
            INSERT INTO song_search
                (id, tier, popularity, year, duration_ms, title_norm, artists_norm, lexemes)
            SELECT id, 0, popularity, year, duration_ms, title_norm,
                   string_to_array(artists_norm, E'\\n'),
                   array_to_tsvector(string_to_array(lexemes, E'\\n'))
            FROM unnest($1::bigint[], $2::integer[], $3::smallint[], $4::integer[], $5::text[],
                        $6::text[], $7::text[])
              AS row (id, popularity, year, duration_ms, title_norm, artists_norm, lexemes)
            ON CONFLICT (id, tier) DO UPDATE
            SET popularity = excluded.popularity, year = excluded.year,
                duration_ms = excluded.duration_ms, title_norm = excluded.title_norm,
                artists_norm = excluded.artists_norm, lexemes = excluded.lexemes
            """
        ),
        [row.id for row in rows],
        [row.popularity for row in rows],
        [row.year for row in rows],
        [row.duration_ms for row in rows],
        [row.title_norm for row in rows],
        ["\n".join(row.artists_norm) for row in rows],
        ["\n".join(row.lexemes) for row in rows],
    )


async def delete_rows_of_tiers(
    connection: Connection, kind: SearchKind, ids: Sequence[int]
) -> None:
    """Deletes rows from every tier but the delta tier."""
    await connection.execute(
        kind.sql("DELETE FROM song_search WHERE id = ANY($1::bigint[]) AND tier > 0"), ids
    )
