"""Search rows made anew from the catalogue."""

import pytest

from db.pool import Pool
from db.rows import Connection
from db.search import (
    ALBUMS,
    ARTISTS,
    SONGS,
    SongDocument,
    delete_songs,
    search_albums,
    search_artists,
    search_songs,
    upsert_songs,
)
from db.search.kinds import KINDS
from db.search.rebuild import Progress, rebuild
from db.search.refresh import refresh
from db.search.remake import remake
from db.search.tiers import RebuildUnfinished, count_tiers
from tests.factories import Factory


async def select_rows(connection: Connection) -> dict[int, str]:
    rows = await connection.fetch("SELECT id, title_norm FROM song_search WHERE lexemes <> ''")
    assert len(rows) == len({row["id"] for row in rows}), "a song is in two tiers"
    return {row["id"]: row["title_norm"] for row in rows}


async def test_damaged_rows_are_mended(clean_database: Pool, factory: Factory) -> None:
    songs = await factory.make_songs(4)
    async with clean_database.acquire() as connection:
        await rebuild(connection, SONGS)
        await connection.execute("DELETE FROM song_search WHERE id = $1", songs[0].id)
        await upsert_songs(
            connection,
            [
                SongDocument(id=songs[1].id, title="Wrong in the delta"),
                SongDocument(id=1, title="Not in the catalogue"),
            ],
        )
        await connection.execute(
            "UPDATE song_search SET lexemes = 'wrong'::tsvector WHERE id = $1", songs[2].id
        )
        for kind in (ARTISTS, ALBUMS):
            await connection.execute(f"DELETE FROM {kind.table}")
        for kind in KINDS:
            await remake(connection, kind)
        assert await select_rows(connection) == {song.id: song.title.lower() for song in songs}
        assert len((await search_songs(connection, "adele song")).hits) == 4
        assert len((await search_artists(connection, "adele")).hits) == 1
        assert len((await search_albums(connection, "25")).hits) == 1
        assert (await count_tiers(connection, SONGS))[0] == 0


async def test_an_interrupted_remake_goes_on_and_keeps_what_is_written_meanwhile(
    clean_database: Pool, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.search.remake.BATCH", 2)
    songs = await factory.make_songs(5)
    copied: list[int] = []

    def interrupt(progress: Progress) -> None:
        if progress.rows == 4:
            raise KeyboardInterrupt

    async with clean_database.acquire() as connection:
        with pytest.raises(KeyboardInterrupt):
            await remake(connection, SONGS, interrupt)
        for upkeep in (refresh, rebuild):
            with pytest.raises(RebuildUnfinished):
                await upkeep(connection, SONGS)
        assert len((await search_songs(connection, "song")).hits) == 5
        await upsert_songs(connection, [SongDocument(id=songs[0].id, title="Written since")])
        await delete_songs(connection, [songs[1].id])
        late = await factory.make_song("Late")

        def note(progress: Progress) -> None:
            if progress.what == "made anew":
                copied.append(progress.rows)

        await remake(connection, SONGS, note)
        assert copied == [6]
        assert await select_rows(connection) == {
            songs[0].id: "written since",
            **{song.id: song.title.lower() for song in songs[2:]},
            late.id: "late",
        }
        await refresh(connection, SONGS)
        assert len(await select_rows(connection)) == 5
