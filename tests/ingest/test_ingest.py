"""Folders into the catalogue, on the real PostgreSQL and the real S3 server."""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from db.ids import IdGenerator, lease_ids
from db.pool import Pool
from db.search import delete_songs, search_songs
from db.songs import update_song_withdrawn
from ingest import Event, Finished, Found, Outcome, Summary, ingest
from storage.keys import cover_key
from storage.objects import Objects
from tests.ingest.audio import make_audio, make_cover
from tests.ingest.conftest import Ingest

FILES, SONGS = 9, 7

RECORDING: dict[str, Any] = {"title": "Halo", "artist": "Beyoncé", "album": "Sasha", "track": 1}


async def rows(pool: Pool, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await pool.fetch(query)]


async def count(pool: Pool, table: str) -> int:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


def total_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


async def assert_consistent(pool: Pool, objects: Objects) -> None:
    """Each row has its object and its claims, and nothing is there twice."""
    for row in await pool.fetch("SELECT object_key, size_bytes FROM files"):
        found = await objects.head(row["object_key"])
        assert found is not None
        assert found.size_bytes == row["size_bytes"]
    for row in await pool.fetch("SELECT sha256 FROM covers"):
        for size in (64, 300, 640):
            assert await objects.head(cover_key(row["sha256"], size)) is not None
    for query in (
        "SELECT sha256 FROM files GROUP BY sha256 HAVING count(*) > 1",
        "SELECT sha256, song_id, id FROM files EXCEPT"
        " SELECT sha256, song_id, file_id FROM file_contents",
        "SELECT sha256, song_id, file_id FROM file_contents EXCEPT"
        " SELECT sha256, song_id, id FROM files",
        "SELECT id FROM songs EXCEPT SELECT song_id FROM files",
        "SELECT id FROM songs EXCEPT SELECT id FROM song_search",
        "SELECT name FROM artists GROUP BY name HAVING count(*) > 1",
        "SELECT title, artist_ids FROM albums GROUP BY title, artist_ids HAVING count(*) > 1",
        "SELECT song_id FROM song_keys EXCEPT SELECT id FROM songs",
        "SELECT album_id FROM songs WHERE album_id IS NOT NULL EXCEPT SELECT id FROM albums",
        "SELECT unnest(main_artist_ids) FROM songs EXCEPT SELECT id FROM artists",
        "SELECT unnest(genre_ids) FROM songs EXCEPT SELECT id FROM genres",
        "SELECT cover_sha256 FROM songs WHERE cover_sha256 IS NOT NULL"
        " EXCEPT SELECT sha256 FROM covers",
    ):
        assert await rows(pool, query) == [], query


async def test_library_is_there_with_everything(
    run: Ingest, clean_database: Pool, objects: Objects, library: Path
) -> None:
    summary = await run(library)
    assert (summary.new_songs, summary.new_files) == (SONGS, FILES)
    assert (summary.problems, summary.notes) == ([], [])
    size = total_size(library)
    assert summary.bytes_read == summary.bytes_uploaded == size
    await assert_consistent(clean_database, objects)
    pool = clean_database
    assert await rows(pool, "SELECT title, kind, year FROM albums ORDER BY title") == [
        ("Kesä", "ALBUM", 2001),
        ("Mix", "COMPILATION", None),
        ("十一月的蕭邦", "ALBUM", 2005),
    ]
    assert await rows(pool, 'SELECT name FROM artists ORDER BY name COLLATE "C"') == [
        ("Aino",),
        ("Bé",),
        ("Various Artists",),
        ("周杰倫",),
    ]
    on_albums = "SELECT count(*) FROM album_songs GROUP BY album_id ORDER BY 1"
    assert await rows(pool, on_albums) == [(2,), (2,), (3,)]
    assert await count(pool, "artist_songs") == SONGS
    assert await count(pool, "genre_songs") == 6
    async with pool.acquire() as connection:
        page = await search_songs(connection, "夜曲")
    assert len(page.hits) == 2


async def test_bytes_in_s3_are_those_of_the_file(
    run: Ingest, clean_database: Pool, objects: Objects, library: Path
) -> None:
    path = library / "Aino/Kesä/1 Laulu.mp3"
    await run(path)
    [(key,)] = await rows(clean_database, "SELECT object_key FROM files")
    assert await objects.get(str(key)) == path.read_bytes()
    info = await objects.head(str(key))
    assert info is not None
    assert info.content_type == "audio/mpeg"


async def test_second_run_reads_and_uploads_nothing(
    run: Ingest, clean_database: Pool, library: Path, tmp_path: Path
) -> None:
    music = tmp_path / "music"
    shutil.copytree(library, music)
    await run(music)
    for path in music.rglob("*.*"):
        if path.is_file():
            # Who reads this finds no audio in it.
            stat = path.stat()
            path.write_bytes(b"x" * stat.st_size)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    summary = await run(music)
    assert summary.unchanged == FILES
    assert (summary.bytes_read, summary.bytes_uploaded, summary.problems) == (0, 0, [])


async def test_same_content_under_two_names_is_stored_once(
    run: Ingest, clean_database: Pool, objects: Objects, tmp_path: Path
) -> None:
    make_audio(tmp_path / "a.mp3", **RECORDING)
    shutil.copy(tmp_path / "a.mp3", tmp_path / "b.mp3")
    summary = await run(tmp_path)
    assert (summary.new_songs, summary.new_files, summary.known) == (1, 1, 1)
    assert await count(clean_database, "files") == 1
    assert (await run(tmp_path)).unchanged == 2


async def test_two_formats_are_one_song_that_is_found_by_both(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    make_audio(tmp_path / "mp3/a.mp3", **RECORDING)
    make_audio(tmp_path / "flac/a.flac", **RECORDING, disc=1, genre="Pop", date=2008)
    summary = await run(tmp_path, concurrency=1)
    assert (summary.new_songs, summary.new_files) == (1, 2)
    assert await rows(clean_database, "SELECT codec FROM files ORDER BY codec") == [
        ("FLAC",),
        ("MP3",),
    ]
    assert await count(clean_database, "albums") == 1
    lexemes = "SELECT lexemes @@ '''CFLAC'' & ''CMP3''' FROM song_search"
    assert await rows(clean_database, lexemes) == [(True,)]


@pytest.mark.parametrize(
    ("first", "second", "songs"),
    [
        ({}, {}, 1),
        ({}, {"isrc": "USABC1234567"}, 1),
        ({"isrc": "USABC1234567"}, {}, 1),
        ({"isrc": "USABC1234567"}, {"isrc": "USABC7654321"}, 2),
        ({"isrc": "USABC1234567"}, {"isrc": "us-abc-12-34567", "title": "Other"}, 1),
        ({}, {"seconds": 3.5}, 1),
        ({}, {"seconds": 5.0}, 2),
        ({}, {"track": 2}, 2),
        ({}, {"album": "Live"}, 2),
        ({}, {"title": "HALO", "artist": "Beyonce"}, 1),
        ({"title": ""}, {"title": ""}, 2),
        ({"artist": ""}, {"artist": ""}, 2),
        ({"title": "Track 1", "album": ""}, {"title": "Track 1", "album": ""}, 2),
    ],
)
async def test_which_files_are_the_same_recording(
    run: Ingest,
    clean_database: Pool,
    tmp_path: Path,
    first: dict[str, Any],
    second: dict[str, Any],
    songs: int,
) -> None:
    make_audio(tmp_path / "1.flac", **{**RECORDING, **first})
    make_audio(tmp_path / "2.ogg", **{**RECORDING, **second})
    planned = await run(tmp_path, concurrency=1, dry_run=True)
    summary = await run(tmp_path, concurrency=1)
    assert summary.new_songs == planned.new_songs == songs
    assert summary.new_files == planned.new_files == 2
    assert await count(clean_database, "songs") == songs
    if songs == 1 and first.keys() | second.keys() >= {"isrc"}:
        assert await rows(clean_database, "SELECT isrc FROM songs") == [("USABC1234567",)]


async def test_third_file_finds_the_right_one_of_two_alike(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    make_audio(tmp_path / "1.flac", **RECORDING)
    make_audio(tmp_path / "2.flac", **RECORDING, seconds=8.0)
    make_audio(tmp_path / "3.ogg", **RECORDING, seconds=8.5)
    await run(tmp_path, concurrency=1)
    files = "SELECT round(min(duration_ms), -3), count(*) FROM files GROUP BY song_id ORDER BY 1"
    assert await rows(clean_database, files) == [(2000, 1), (8000, 2)]


async def test_recording_of_two_albums_is_listed_on_both(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    make_audio(tmp_path / "a/1.mp3", **RECORDING, isrc="USABC1234567", TSRC="USABC1234567")
    make_audio(
        tmp_path / "b/1.flac",
        **{**RECORDING, "album": "Best of", "album_artist": "Beyoncé", "track": 9},
        isrc="USABC1234567",
    )
    await run(tmp_path, concurrency=1)
    assert await count(clean_database, "songs") == 1
    listed = "SELECT track_number FROM album_songs ORDER BY 1"
    assert await rows(clean_database, listed) == [(1,), (9,)]


async def test_same_title_by_two_artists_is_two_albums(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    for artist in ("Queen", "ABBA"):
        for track in (1, 2):
            make_audio(
                tmp_path / f"{artist} {track}.mp3",
                title=f"{artist} {track}", artist=artist, album="Greatest Hits", track=track,
            )  # fmt: skip
    await run(tmp_path)
    assert await rows(clean_database, "SELECT title FROM albums") == [("Greatest Hits",)] * 2


async def test_folder_of_many_artists_without_album_artist_is_one_album(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    for track, artist in enumerate(("Queen", "ABBA", "Cher"), start=1):
        make_audio(
            tmp_path / f"{track}.mp3",
            title=f"T{track}", artist=artist, album="Party", track=track, date=1980 + track,
        )  # fmt: skip
    await run(tmp_path)
    album = "SELECT albums.title, kind, name FROM albums JOIN artists ON artists.id = artist_ids[1]"
    assert await rows(clean_database, album) == [("Party", "COMPILATION", "Various Artists")]


async def test_tracks_with_guests_and_years_of_their_own_are_one_album(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    for disc, track, artist in [(1, 1, "A"), (1, 2, "A feat. B"), (2, 1, "A; C")]:
        make_audio(
            tmp_path / f"CD{disc}/{track}.flac",
            title=f"T{disc}{track}", artist=artist, album="Best", disc=disc, track=track,
            date=1990 + track + disc,
        )  # fmt: skip
    await run(tmp_path)
    assert await count(clean_database, "albums") == 1


async def test_albums_named_after_the_band_differ_by_year(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    for year in (1994, 2001):
        make_audio(
            tmp_path / f"{year}/1.mp3",
            title=f"T{year}", artist="Weezer", album="Weezer", track=1, date=year,
        )  # fmt: skip
    await run(tmp_path)
    assert await rows(clean_database, "SELECT year FROM albums ORDER BY 1") == [(1994,), (2001,)]


async def test_namesakes_differ_by_musicbrainz_id(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    for number in range(3):
        extra: dict[str, Any] = {"MUSICBRAINZ_ARTISTID": f"{number:08}-0000-4000-8000-000000000000"}
        make_audio(
            tmp_path / f"{number}.flac",
            title=f"T{number}", artist="Nirvana", **(extra if number else {}),
        )  # fmt: skip
    await run(tmp_path, concurrency=1)
    ids = "SELECT left(musicbrainz_id::text, 8) FROM artists ORDER BY 1"
    assert await rows(clean_database, ids) == [("00000001",), ("00000002",)]


async def test_cover_beside_the_music_and_cover_of_another_format(
    run: Ingest, clean_database: Pool, objects: Objects, tmp_path: Path
) -> None:
    (tmp_path / "folder.jpg").write_bytes(make_cover("gold"))
    make_audio(tmp_path / "a.ogg", **RECORDING)
    await run(tmp_path)
    [(sha256,)] = await rows(clean_database, "SELECT cover_sha256 FROM songs")
    assert isinstance(sha256, bytes)
    assert (await objects.get(cover_key(sha256, 300))).startswith(b"\xff\xd8")
    assert await rows(clean_database, "SELECT cover_sha256 FROM albums") == [(sha256,)]


async def test_broken_cover_is_noted_and_the_song_is_there(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    path = make_audio(tmp_path / "a.mp3", **RECORDING, cover=make_cover())
    content = bytearray(path.read_bytes())
    at = content.index(b"\xff\xd8\xff")
    content[at : at + 1000] = bytes(1000)
    path.write_bytes(content)
    summary = await run(tmp_path)
    assert summary.new_songs == 1
    assert "cover" in summary.notes[0].reason
    assert await count(clean_database, "covers") == 0


async def test_bad_files_are_told_by_name_and_the_rest_goes_on(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "image.flac").write_bytes(make_cover())
    (tmp_path / "text.ogg").write_text("hello " * 100)
    (tmp_path / "notes.txt").write_text("hello")
    make_audio(tmp_path / "good.mp3", **RECORDING)
    make_audio(tmp_path / "named.mp3", format_of=".flac", title="Other", artist="A")
    make_audio(tmp_path / "untagged.wav")
    summary = await run(tmp_path)
    assert [Path(p.path).name for p in summary.problems] == ["empty.mp3", "image.flac", "text.ogg"]
    assert "JPEG" in summary.problems[1].reason
    assert {Path(note.path).name for note in summary.notes} == {"named.mp3", "untagged.wav"}
    assert (summary.new_songs, summary.not_music) == (3, 1)
    again = await run(tmp_path)
    assert again.problems == summary.problems
    assert (again.unchanged, again.bytes_read) == (3, 0)


async def test_file_that_goes_and_file_that_changes_during_the_run(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    gone = make_audio(tmp_path / "gone.mp3", **RECORDING)
    grows = make_audio(tmp_path / "grows.mp3", title="B", artist="B")

    def meddle(event: Event) -> None:
        if isinstance(event, Found) and event.complete:
            gone.unlink()
            grows.write_bytes(grows.read_bytes() * 2)

    summary = await run(tmp_path, on_event=meddle)
    assert [problem.reason for problem in summary.problems] == [
        "it cannot be read: no such file or directory",
        "it changed while it was read: run again",
    ]
    assert (await run(tmp_path)).new_songs == 1


async def test_changed_file_is_ingested_and_the_earlier_one_stays(
    run: Ingest, clean_database: Pool, objects: Objects, tmp_path: Path
) -> None:
    make_audio(tmp_path / "a.mp3", **RECORDING)
    await run(tmp_path)
    make_audio(tmp_path / "a.mp3", title="Another title", artist="Beyoncé")
    summary = await run(tmp_path)
    assert summary.new_songs == 1
    assert "stays in the catalogue" in summary.notes[0].reason
    assert await count(clean_database, "songs") == 2
    await assert_consistent(clean_database, objects)


async def test_further_file_does_not_bring_a_withdrawn_song_back_into_search(
    run: Ingest, clean_database: Pool, tmp_path: Path
) -> None:
    make_audio(tmp_path / "a.mp3", **RECORDING)
    await run(tmp_path)
    async with clean_database.acquire() as connection:
        song_id = await connection.fetchval("SELECT id FROM songs")
        await update_song_withdrawn(connection, song_id, datetime.now(UTC))
        await delete_songs(connection, [song_id])
    make_audio(tmp_path / "a.flac", **RECORDING)
    assert (await run(tmp_path)).new_files == 1
    async with clean_database.acquire() as connection:
        assert (await search_songs(connection, "Halo")).hits == []


async def test_extreme_texts(run: Ingest, clean_database: Pool, tmp_path: Path) -> None:
    for number, text in enumerate(("夜\U0001f468" * 700, "!!!", "ß" * 1_000, "\u200d", "\\'\"%s")):
        make_audio(
            tmp_path / f"{number}.flac",
            title=text, artist=text, album=text, genre=text, lyrics=text, track=1,
        )  # fmt: skip
    summary = await run(tmp_path)
    assert summary.new_songs == 5
    assert summary.problems == []


async def test_name_that_is_not_utf8(run: Ingest, clean_database: Pool, tmp_path: Path) -> None:
    make_audio(tmp_path / "a.mp3")
    (tmp_path / "a.mp3").rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp3")))
    summary = await run(tmp_path)
    assert summary.notes[0].path.endswith("caf\ufffd.mp3")
    assert await rows(clean_database, "SELECT title FROM songs") == [("caf?",)]
    assert (await run(tmp_path)).unchanged == 1


async def test_dry_run_tells_the_same_and_writes_nothing(
    run: Ingest, clean_database: Pool, objects: Objects, library: Path
) -> None:
    planned = await run(library, dry_run=True, ids=None)
    for table in ("songs", "artists", "files", "ingested_paths", "genres", "covers", "song_keys"):
        assert await count(clean_database, table) == 0
    assert [item async for item in objects.list("audio/")] == []
    done = await run(library)
    assert (planned.new_songs, planned.new_files) == (done.new_songs, done.new_files)
    assert planned.bytes_uploaded == done.bytes_uploaded
    assert (await run(library, dry_run=True)).unchanged == FILES


async def test_events_add_up(run: Ingest, clean_database: Pool, library: Path) -> None:
    events: list[Event] = []
    await run(library, on_event=events.append)
    [total] = [event for event in events if isinstance(event, Found) and event.complete]
    finished = [event for event in events if isinstance(event, Finished)]
    assert total.files == len(finished) == FILES
    assert total.size_bytes == sum(event.size_bytes for event in finished)
    assert {event.outcome for event in finished} == {Outcome.NEW_SONG, Outcome.NEW_FILE}


async def test_two_runs_at_the_same_time_make_nothing_double(
    clean_database: Pool, objects: Objects, ids: IdGenerator, library: Path
) -> None:
    async def one(ids: IdGenerator) -> Summary:
        return await ingest([library], pool=clean_database, objects=objects, ids=ids, concurrency=4)

    async with lease_ids(clean_database) as other:
        summaries = await asyncio.gather(one(ids), one(other))
    assert sum(summary.new_songs for summary in summaries) == SONGS
    assert sum(summary.new_files for summary in summaries) == FILES
    assert [summary.problems for summary in summaries] == [[], []]
    await assert_consistent(clean_database, objects)
