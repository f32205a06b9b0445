"""Makes what a test needs, through the code that makes it in earnest."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from db.files import FileRecord, select_file_content, select_files_of_songs
from db.ids import IdGenerator
from db.pool import Pool
from db.rows import Connection
from db.shows import ShowRecord, select_shows
from db.songs import SongRecord, select_songs
from db.transactions import transact
from ingest.catalogue import SeenPath, StoredCover, StoredFile, add_file
from ingest.podcasts.feed import read_feed
from ingest.podcasts.save import claim_show, feed_key, save_feed
from ingest.tags import AudioDescription, Credit, Lyrics
from tests.ingest.podcasts.feeds import rss

EXTENSIONS = {"MP3": "mp3", "FLAC": "flac", "AAC": "m4a", "OPUS": "opus", "VORBIS": "ogg"}
MIME_TYPES = {"MP3": "audio/mpeg", "FLAC": "audio/flac", "AAC": "audio/mp4"}


@dataclass(slots=True)
class Factory:
    """Puts songs into the catalogue; their objects need not exist."""

    pool: Pool
    ids: IdGenerator
    _numbers: "count[int]" = field(default_factory=count)

    async def make_song(
        self,
        title: str = "Hello",
        *,
        artists: tuple[str, ...] = ("Adele",),
        featured: tuple[str, ...] = (),
        album: str | None = "25",
        album_artists: tuple[str, ...] = (),
        genres: tuple[str, ...] = (),
        codec: str = "MP3",
        bitrate_kbps: int = 192,
        lyrics: Lyrics | None = None,
        cover: bytes | None = None,
        **tags: Any,
    ) -> SongRecord:
        """A song with a file; the same tags again add a file to it."""
        number = next(self._numbers)
        description = AudioDescription(
            **{
                "title": title,
                "title_is_tag": True,
                "artists": tuple(map(Credit, artists)),
                "featured": tuple(map(Credit, featured)),
                "album": album,
                "album_artists": tuple(map(Credit, album_artists)),
                "album_musicbrainz_id": None,
                "album_kind": "ALBUM",
                "compilation": False,
                "disc": None,
                "track": None,
                "year": None,
                "genres": genres,
                "isrc": None,
                "recording_musicbrainz_id": None,
                "explicit": False,
                "lyrics": lyrics,
                "track_gain_db": None,
                "track_peak": None,
                "album_gain_db": None,
                "album_peak": None,
                "codec": codec,
                "mime_type": MIME_TYPES.get(codec, "audio/ogg"),
                "bitrate_kbps": bitrate_kbps,
                "sample_rate_hz": 44_100,
                "channels": 2,
                "bit_depth": 16 if codec == "FLAC" else None,
                "duration_ms": 200_000,
                "cover": None,
                "notes": (),
                **tags,
            }
        )
        sha256 = hashlib.sha256(str(number).encode()).digest()
        stored = StoredFile(
            description=description,
            sha256=sha256,
            object_key=f"audio/{sha256.hex()}.{EXTENSIONS[codec]}",
            size_bytes=5_000_000 + number,
            folder=Path("/music"),
            various=False,
            cover=None if cover is None else StoredCover(cover, 800, 800, 0x336699),
        )
        seen = SeenPath(sha256, stored.size_bytes, 0)
        await transact(self.pool, lambda connection: add_file(connection, self.ids, stored, seen))
        async with self.pool.acquire() as connection:
            content = await select_file_content(connection, sha256)
            assert content is not None
            [song] = await select_songs(connection, [content.song_id])
        return song

    async def make_songs(self, number: int, **tags: Any) -> list[SongRecord]:
        """Songs that differ by title and track."""
        return [
            await self.make_song(f"Song {track}", track=track, **tags)
            for track in range(1, number + 1)
        ]

    async def make_show(
        self, *items: str, title: str = "The Show", more: str = "", guid: str | None = None
    ) -> ShowRecord:
        """A show as its feed says it (tests/ingest/podcasts/feeds.py); the same `guid` again
        refreshes it."""
        now = datetime.now(UTC)
        url = f"https://feeds.example.com/{guid or next(self._numbers)}"
        feed = read_feed(rss(*items, title=title, more=more), url=url, now=now)

        async def save(connection: Connection) -> int:
            keys = [feed_key(url)]
            show_id, _ = await claim_show(connection, self.ids, feed, keys, url=url, now=now)
            await save_feed(connection, self.ids, show_id, feed, now)
            return show_id

        show_id = await transact(self.pool, save)
        async with self.pool.acquire() as connection:
            [show] = await select_shows(connection, [show_id])
        return show

    async def files(self, song: SongRecord) -> list[FileRecord]:
        async with self.pool.acquire() as connection:
            return await select_files_of_songs(connection, [song.id])

    async def set_popularity(self, song: SongRecord, popularity: int) -> None:
        """As a roll-up of plays will."""
        async with self.pool.acquire() as connection:
            for table in ("artist_songs", "genre_songs"):
                await connection.execute(
                    f"UPDATE {table} SET popularity = $2 WHERE song_id = $1", song.id, popularity
                )
