"""Names that change, in the search of all songs that have them."""

import asyncio
from datetime import UTC, datetime

import pytest

from db.pool import Pool
from db.rows import Connection
from db.search import search_albums, search_artists, search_songs
from db.search.renames import count_renames, drain_renames
from resolvers.errors import BadInput
from resolvers.renaming import rename_album, rename_artist
from tests.factories import Factory

ARTIST = 5
SONGS_OF_ARTIST = 1_234


@pytest.fixture
async def prolific(clean_database: Pool) -> Pool:
    """An artist with more songs than a batch, none of them in the search yet."""
    async with clean_database.acquire() as connection:
        await connection.execute(
            "INSERT INTO artists VALUES ($1, 'Prolific', 'Prolific', NULL, 0, $2)",
            ARTIST,
            datetime(2026, 1, 1, tzinfo=UTC),
        )
        await connection.execute(
            """
            INSERT INTO songs (id, title, main_artist_ids, duration_ms, created_at)
            SELECT id, 'Song ' || id, ARRAY[5], 1000, 'epoch'
            FROM generate_series(1, $1::integer) AS id
            """,
            SONGS_OF_ARTIST,
        )
        await connection.execute(
            "INSERT INTO artist_songs SELECT main_artist_ids[1], id, 0 FROM songs"
        )
    return clean_database


async def count_found(connection: Connection, text: str) -> int:
    """How many songs have the only word of `text`."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM song_search WHERE lexemes @@ $1::text::tsquery", text
    )
    return number


async def select_anyone_waits(connection: Connection) -> bool:
    """Whether a session of this database waits for a lock."""
    waits: bool = await connection.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND datname = current_database()
        )
        """
    )
    return waits


async def test_a_renamed_artist_is_found_and_so_are_albums_and_songs(
    clean_database: Pool, factory: Factory
) -> None:
    song = await factory.make_song("Hello", artists=("Prince",), album="Purple")
    other = await factory.make_song("Goodbye", artists=("Someone",), featured=("Prince",))
    async with clean_database.acquire() as connection:
        assert await rename_artist(connection, song.main_artist_ids[0], "  O(+>  Love Symbol ") == 2
        for search, text in ((search_artists, "love symbol"), (search_albums, "symbol purple")):
            assert len((await search(connection, text)).hits) == 1
        hits = (await search_songs(connection, "love symbol")).hits
        assert {hit.id for hit in hits} == {song.id, other.id}
        for search in (search_artists, search_albums, search_songs):
            assert (await search(connection, "prince")).hits == []
    again = await factory.make_song("Next", artists=("O(+> Love Symbol",))
    assert again.main_artist_ids == song.main_artist_ids, "the new name made another artist"


async def test_a_renamed_album_is_found_and_so_are_its_songs(
    clean_database: Pool, factory: Factory
) -> None:
    songs = await factory.make_songs(3, album="Untitled")
    assert songs[0].album_id is not None
    async with clean_database.acquire() as connection:
        assert await rename_album(connection, songs[0].album_id, "Thirty") == 3
        assert len((await search_albums(connection, "thirty")).hits) == 1
        assert len((await search_songs(connection, "thirty")).hits) == 3
        assert (await search_songs(connection, "untitled")).hits == []


async def test_an_artist_of_many_songs_is_renamed_in_batches(prolific: Pool) -> None:
    async with prolific.acquire() as connection:
        assert await rename_artist(connection, ARTIST, "Copious") == SONGS_OF_ARTIST
        assert await count_found(connection, "copious") == SONGS_OF_ARTIST
        assert await count_renames(connection) == 0


async def test_a_rename_that_was_interrupted_is_finished_by_who_comes_next(
    prolific: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    async with prolific.acquire() as connection:
        with monkeypatch.context() as patch:
            patch.setattr("db.search.renames.update_rename_done", interrupt)
            with pytest.raises(KeyboardInterrupt):
                await rename_artist(connection, ARTIST, "Copious")
        assert await count_renames(connection) == 1
        assert await count_found(connection, "copious") == 0
        assert len((await search_artists(connection, "copious")).hits) == 1
        assert await drain_renames(connection) == SONGS_OF_ARTIST
        assert await count_found(connection, "copious") == SONGS_OF_ARTIST


async def test_a_second_rename_begins_the_songs_anew(prolific: Pool) -> None:
    async with prolific.acquire() as connection:
        await connection.execute("INSERT INTO search_renames VALUES ($1, 'artist', 1000)", ARTIST)
        assert await rename_artist(connection, ARTIST, "Copious") == SONGS_OF_ARTIST
        assert await count_found(connection, "copious") == SONGS_OF_ARTIST


async def test_two_sessions_share_the_work(prolific: Pool) -> None:
    async with prolific.acquire() as first, prolific.acquire() as second:
        await first.execute("INSERT INTO search_renames VALUES ($1, 'artist')", ARTIST)
        done = await asyncio.gather(drain_renames(first), drain_renames(second))
        assert sum(done) == SONGS_OF_ARTIST
        assert await count_found(first, "prolific") == SONGS_OF_ARTIST


async def test_a_song_that_is_written_during_a_rename_has_one_of_the_names_in_time(
    prolific: Pool,
) -> None:
    """The rename waits for who is listing a song under the artist, and then finds that song."""
    async with prolific.acquire() as writer, prolific.acquire() as renamer:
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute(
            """
            INSERT INTO songs (id, title, main_artist_ids, duration_ms, created_at)
            VALUES (99999, 'Late', ARRAY[5], 1000, 'epoch')
            """
        )
        await writer.execute("INSERT INTO artist_songs VALUES ($1, 99999, 0)", ARTIST)
        renaming = asyncio.create_task(rename_artist(renamer, ARTIST, "Copious"))
        while not await select_anyone_waits(writer):  # noqa: ASYNC110 (PostgreSQL has no event)
            await asyncio.sleep(0.01)
        await transaction.commit()
        assert await renaming == SONGS_OF_ARTIST + 1
        assert [hit.id for hit in (await search_songs(renamer, "copious late")).hits] == [99999]


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "x" * 501])
async def test_a_name_that_is_none_is_refused(connection: Connection, name: str) -> None:
    with pytest.raises(BadInput, match="A name has at"):
        await rename_artist(connection, 1, name)


async def test_who_is_not_there_cannot_be_renamed(connection: Connection) -> None:
    with pytest.raises(BadInput, match="no artist"):
        await rename_artist(connection, 1, "Somebody")
    with pytest.raises(BadInput, match="no album"):
        await rename_album(connection, 1, "Something")
