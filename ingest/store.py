"""Audio and covers into S3, under keys made from their content. What is there is used."""

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from db.covers import insert_cover, select_covers
from db.pool import Pool, acquire
from ingest.catalogue import StoredCover
from ingest.covers import SIZES, make_cover
from ingest.tags import AudioDescription
from storage.keys import AUDIO_CONTENT_TYPES, audio_key, cover_key
from storage.objects import Objects

EXTENSION_OF_CODEC: Final = {
    "MP3": "mp3",
    "AAC": "m4a",
    "ALAC": "m4a",
    "FLAC": "flac",
    "VORBIS": "ogg",
    "OPUS": "opus",
    "PCM": "wav",
}


async def store_audio(
    objects: Objects,
    path: Path,
    description: AudioDescription,
    sha256: bytes,
    size_bytes: int,
    staged_key: str | None = None,
) -> tuple[str, int]:
    """The key of a file's object, and how many bytes were uploaded. Raises `ContentMismatch`.

    `staged_key` is an object that has the content already, and is copied.
    """
    extension = EXTENSION_OF_CODEC[description.codec]
    if description.mime_type.startswith("audio/ogg") and extension == "flac":
        extension = "ogg"
    key = audio_key(sha256, extension)
    there = await objects.head(key)
    if there is not None and there.size_bytes == size_bytes:
        return key, 0
    content_type = AUDIO_CONTENT_TYPES[extension]
    if staged_key is not None:
        await objects.copy(staged_key, key, content_type=content_type)
        return key, 0
    await objects.put(key, path, content_type=content_type, sha256=sha256)
    return key, size_bytes


async def store_cover(pool: Pool, objects: Objects, original: bytes) -> StoredCover:
    """The cover made from an image; its row is up to the caller. Raises `NotAnImage`."""
    sha256 = hashlib.sha256(original).digest()
    async with acquire(pool, timeout=60) as connection:
        for row in await select_covers(connection, [sha256]):
            return StoredCover(row.sha256, row.width, row.height, row.dominant_color)
    return await _put_cover(objects, original)


async def ensure_cover(pool: Pool, objects: Objects, original: bytes, cover: StoredCover) -> None:
    """Stores a cover anew when it was deleted as unneeded while something was given it; call it
    after the commit. Does nothing when `original` is another image."""
    if await objects.head(cover_key(cover.sha256, SIZES[0])) is not None:
        return
    if hashlib.sha256(original).digest() == cover.sha256:
        await _put_cover(objects, original)
        async with acquire(pool, timeout=60) as connection:
            await insert_cover(
                connection,
                sha256=cover.sha256,
                width=cover.width,
                height=cover.height,
                dominant_color=cover.dominant_color,
                created_at=datetime.now(UTC),
            )


async def _put_cover(objects: Objects, original: bytes) -> StoredCover:
    cover = await asyncio.to_thread(make_cover, original)
    for size in SIZES:
        key = cover_key(cover.sha256, size)
        await objects.put(key, cover.jpegs[size], content_type="image/jpeg")
    return StoredCover(cover.sha256, cover.width, cover.height, cover.dominant_color)
