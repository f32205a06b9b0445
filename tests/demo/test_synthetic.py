"""The synthetic catalogue, put in and taken out."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from db.files import select_files_of_songs
from db.ids import lease_ids
from db.pool import Pool
from db.rows import Connection
from db.search import search_albums, search_artists, search_songs
from db.songs import select_songs
from demo.synthetic.catalogue import Catalogue
from demo.synthetic.fill import IDS_END, NothingToPlay, fill
from demo.synthetic.remove import remove
from tests.conftest import SELECT_TABLES
from tests.factories import Factory

CATALOGUE = Catalogue(seed=1, songs=400)
CREATED = datetime(2026, 1, 1, tzinfo=UTC)


def silent(_: str) -> None: ...


@pytest.fixture
async def factory(clean_database: Pool) -> AsyncGenerator[Factory, None]:
    async with lease_ids(clean_database) as ids:
        yield Factory(clean_database, ids)


async def count_rows(connection: Connection) -> dict[str, int]:
    tables = [row["name"] for row in await connection.fetch(SELECT_TABLES)]
    return {
        table: await connection.fetchval(f'SELECT count(*) FROM "{table}"')
        for table in tables
        if not table.startswith(("search_state", "search_words"))
    }


def test_the_same_seed_is_the_same_catalogue() -> None:
    again = Catalogue(seed=1, songs=400)
    assert list(again.documents(range(20))) == list(CATALOGUE.documents(range(20)))
    assert Catalogue(seed=2, songs=400).songs_of(0) != CATALOGUE.songs_of(0)


async def test_songs_are_found_and_play_what_is_there(
    clean_database: Pool, factory: Factory, database_url: str
) -> None:
    real = await factory.make_song("Real", album="Real", genres=("Pop",), codec="FLAC")
    made = await fill(database_url, CATALOGUE, CREATED, silent)
    assert made == sum(CATALOGUE.count(artist) for artist in range(CATALOGUE.artists))
    documents = CATALOGUE.documents(range(CATALOGUE.artists))
    document = next(song for song in documents if song.title.isascii() and len(song.artists) == 1)
    async with clean_database.acquire() as connection:
        hits = (await search_songs(connection, f"{document.title} {document.artists[0]}")).hits
        assert document.id in [hit.id for hit in hits]
        assert (await search_artists(connection, document.artists[0])).hits
        assert (await search_albums(connection, document.album or "")).hits
        assert [hit.id for hit in (await search_songs(connection, "real")).hits] == [real.id]

        [song] = await select_songs(connection, [document.id])
        assert (song.title, song.popularity) == (document.title, document.popularity)
        [file] = await select_files_of_songs(connection, [song.id])
        [real_file] = await factory.files(real)
        assert file.object_key == real_file.object_key
        assert song.duration_ms == real_file.duration_ms

        counts = await count_rows(connection)
        assert counts["songs"] == counts["files"] == counts["album_songs"] == made + 1
        assert counts["artists"] == CATALOGUE.artists + 1
        assert counts["song_search_1"] == made + 1
        assert counts["song_search_bulk"] == 0


async def test_removing_leaves_everything_else(
    clean_database: Pool, factory: Factory, database_url: str
) -> None:
    await factory.make_song("Real", genres=("Pop",))
    async with clean_database.acquire() as connection:
        before = await count_rows(connection)
    made = await fill(database_url, CATALOGUE, CREATED, silent)
    await factory.make_song("Another", genres=("Techno",))
    assert await remove(database_url, silent) == made
    async with clean_database.acquire() as connection:
        after = await count_rows(connection)
        assert after["songs"] == before["songs"] + 1
        assert after["genres"] == before["genres"] + 1, "a genre of a real song is gone"
        assert await connection.fetchval("SELECT min(id) FROM songs") >= IDS_END
        assert len((await search_songs(connection, "real")).hits) == 1
        assert sum(rows for name, rows in after.items() if name.startswith("song_search")) == 2
        assert after["artists"] == before["artists"]


async def test_without_a_file_there_is_nothing_to_play(
    clean_database: Pool, database_url: str
) -> None:
    with pytest.raises(NothingToPlay):
        await fill(database_url, CATALOGUE, CREATED, silent)
