"""Rows copied in bulk are those that are written one by one."""

from db.rows import Connection
from db.search import SONGS, SongDocument, upsert_songs
from db.search.bulk import copy_rows
from db.search.rebuild import rebuild

DOCUMENTS = [
    SongDocument(
        id=1,
        title='It\'s \\ "quoted" \t {a,b} \\N',
        artists=['"', "\\", "'", "", "NULL", "a,b", "{}"],
        album="\\.",
        year=1999,
        duration_ms=1,
        codecs=("mp3",),
        artist_ids=(7, 8),
        explicit=True,
    ),
    SongDocument(id=2, title="夜曲 🎵", artists=["周杰倫"], popularity=2**31 - 1),
    SongDocument(id=3, title="\0\ud800\n", codecs=("mp3",)),
    SongDocument(id=4, title="x" * 2_000),
]


async def select_rows(connection: Connection) -> list[tuple[object, ...]]:
    rows = await connection.fetch(
        """
        SELECT id, popularity, year, duration_ms, title_norm, artists_norm, lexemes::text
        FROM song_search ORDER BY id
        """
    )
    return [tuple(row) for row in rows]


async def test_copied_rows_are_as_written_ones(connection: Connection) -> None:
    await upsert_songs(connection, DOCUMENTS)
    written = await select_rows(connection)
    await connection.execute("DELETE FROM song_search")
    rows = [document.row() for document in DOCUMENTS]
    assert await copy_rows(connection, SONGS, rows) == len(DOCUMENTS)
    assert await select_rows(connection) == []
    await rebuild(connection, SONGS)
    assert await select_rows(connection) == written


async def test_a_row_without_any_word_is_left_out(connection: Connection) -> None:
    assert await copy_rows(connection, SONGS, [SongDocument(id=5, title="").row()]) == 1
    await rebuild(connection, SONGS)
    assert await select_rows(connection) == []


async def test_a_row_that_has_been_written_since_it_was_copied_stays(
    connection: Connection,
) -> None:
    await copy_rows(connection, SONGS, [document.row() for document in DOCUMENTS])
    await upsert_songs(connection, [SongDocument(id=2, title="Newer")])
    await rebuild(connection, SONGS)
    assert {row[0]: row[4] for row in await select_rows(connection)}[2] == "newer"
    await rebuild(connection, SONGS)
    assert len(await select_rows(connection)) == len(DOCUMENTS)
