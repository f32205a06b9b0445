"""A content that somebody has put into S3 themselves: checked, read, and brought into the
catalogue as `tonearm ingest` would."""

import asyncio
import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

from db.files import select_file_content
from db.ids import IdGenerator
from db.ingested_paths import delete_ingested_path
from db.pool import Pool, acquire
from ingest.catalogue import Outcome
from ingest.run import Event, Finished, hash_path, ingest
from storage.objects import PART_SIZE, Objects


class Refused(Exception):
    """The content is not what was announced, or cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Staged:
    """What was announced, and the key that it lies under."""

    key: str
    file_name: str
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Added:
    song_id: int
    outcome: Outcome
    notes: tuple[str, ...]


async def add_staged(staged: Staged, *, pool: Pool, objects: Objects, ids: IdGenerator) -> Added:
    """Brings the content into the catalogue; what lies under its key stays there.

    Needs as much room for temporary files as the content is large. Raises `Refused`,
    `DatabaseError` and `StorageError`.
    """
    there = await objects.head(staged.key)
    if there is None:
        raise Refused("Nothing has been put at the URL yet.")
    if there.size_bytes != staged.size_bytes:
        raise Refused(f"It has {there.size_bytes} bytes, and not {staged.size_bytes} as announced.")
    with tempfile.TemporaryDirectory(prefix="tonearm-upload-") as directory:
        path = Path(directory) / staged.file_name
        if await _download(objects, staged, path) != staged.sha256:
            raise Refused("Its SHA-256 is not the one that was announced.")
        event = await _ingest(path, staged, pool, objects, ids)
        async with acquire(pool) as connection:
            await delete_ingested_path(connection, hash_path(path))
            content = await select_file_content(connection, staged.sha256)
    if event is None:
        raise Refused("It is not an audio file that Tonearm takes.")
    if event.outcome is Outcome.PROBLEM or content is None:
        raise Refused(f"It cannot be taken: {event.problem}.")
    return Added(content.song_id, event.outcome, event.notes)


async def _download(objects: Objects, staged: Staged, path: Path) -> bytes:
    """Writes the content into a file; gives its sha256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for first in range(0, staged.size_bytes, PART_SIZE):
            last = min(first + PART_SIZE, staged.size_bytes) - 1
            part = await objects.get_range(staged.key, first, last)
            await asyncio.to_thread(digest.update, part)
            await asyncio.to_thread(file.write, part)
    return digest.digest()


async def _ingest(
    path: Path, staged: Staged, pool: Pool, objects: Objects, ids: IdGenerator
) -> Finished | None:
    finished: list[Finished] = []

    def note(event: Event) -> None:
        if isinstance(event, Finished):
            finished.append(event)

    await ingest(
        [path],
        pool=pool,
        objects=objects,
        ids=ids,
        concurrency=1,
        staged={staged.sha256: staged.key},
        on_event=note,
    )
    return finished[0] if finished else None
