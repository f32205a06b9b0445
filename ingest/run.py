"""`tonearm ingest`: everything under some paths, into S3 and the catalogue.

The object of a file is in S3 before its row is in the database. Killed anywhere, a run leaves at
most objects without a row, which the next run finds and uses.
"""

import asyncio
import hashlib
import itertools
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from db.files import select_file_content
from db.ids import IdGenerator
from db.ingested_paths import IngestedPath, select_ingested_paths
from db.normalise import normalise
from db.pool import Pool, acquire
from db.transactions import transact
from ingest.catalogue import (
    Outcome,
    SeenPath,
    StoredCover,
    StoredFile,
    add_file,
    note_content,
    note_problem,
    select_claims,
)
from ingest.covers import MAX_BYTES, NotAnImage, find_cover
from ingest.formats import EXTENSIONS, NotAudio
from ingest.identity import Claim, KnownSong, match_song, song_keys, various_artists_albums
from ingest.scan import FoundFile, NotMusic, NotRead, describe_os_error, scan
from ingest.store import ensure_cover, store_audio, store_cover
from ingest.tags import AudioDescription, read_audio, read_tags
from storage.errors import ContentMismatch
from storage.objects import Objects

logger: Final = logging.getLogger("tonearm.ingest")

BATCH: Final = 500
"""Paths looked up in one statement, and files found between two events."""


@dataclass(frozen=True, slots=True)
class Found:
    """The walk goes on: files and bytes found so far; `complete` once, at its end."""

    files: int
    size_bytes: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """A file is done with. The sizes of all these add up to that of `Found`."""

    path: Path
    outcome: Outcome
    size_bytes: int
    uploaded_bytes: int = 0
    problem: str | None = None
    notes: tuple[str, ...] = ()


Event: TypeAlias = Found | Finished


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be said of a path."""

    path: str
    """With what is not UTF-8 in it replaced."""
    reason: str


@dataclass(slots=True)
class Summary:
    """What a run did; with `dry_run`, what it would have done."""

    dry_run: bool
    new_songs: int = 0
    new_files: int = 0
    """Files stored, those of new songs among them."""
    known: int = 0
    """Files read whose content was stored already."""
    unchanged: int = 0
    """Files not even read: as large and as old as when they were ingested."""
    not_music: int = 0
    """Other files and hidden folders passed by."""
    bytes_read: int = 0
    bytes_uploaded: int = 0
    """Of audio; a few kilobytes for each cover come on top."""
    seconds: float = 0.0
    problems: list[Remark] = field(default_factory=list)
    """What is not in the catalogue, and why."""
    notes: list[Remark] = field(default_factory=list)
    """What is in the catalogue, but odd."""


async def ingest(
    paths: Sequence[Path],
    *,
    pool: Pool,
    objects: Objects,
    ids: IdGenerator | None,
    concurrency: int = 4,
    dry_run: bool = False,
    staged: Mapping[bytes, str] = MappingProxyType({}),
    on_event: Callable[[Event], None] = lambda event: None,
) -> Summary:
    """Ingests files and folders of them, `concurrency` files at once.

    `ids` may be None with `dry_run`, which writes neither to the database nor to S3. `staged` has
    the keys of contents that lie in S3 already, by their sha256: they are copied there. Takes at
    most one connection of the pool for each file. A file that is at fault becomes a problem in
    the summary; raises `DatabaseError` and `StorageError` when the database or S3 are, and can
    then be run again.
    """
    began = time.monotonic()
    run = _Run(pool, objects, ids, dry_run, staged, on_event)
    try:
        await run.run(paths, concurrency)
    except ExceptionGroup as group:
        raise _first(group) from None
    run.summary.seconds = time.monotonic() - began
    run.summary.problems.sort(key=lambda remark: remark.path)
    run.summary.notes.sort(key=lambda remark: remark.path)
    return run.summary


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file that was read from its beginning to its end."""

    description: AudioDescription
    sha256: bytes
    seen: SeenPath


class _Run:
    def __init__(
        self,
        pool: Pool,
        objects: Objects,
        ids: IdGenerator | None,
        dry_run: bool,
        staged: Mapping[bytes, str],
        on_event: Callable[[Event], None],
    ) -> None:
        if ids is None and not dry_run:
            raise ValueError("Only a dry run needs no ids")
        self.pool = pool
        self.objects = objects
        self.ids = ids
        self.staged = staged
        self.on_event = on_event
        self.summary = Summary(dry_run=dry_run)
        self.covers: dict[bytes, asyncio.Task[StoredCover | str]] = {}
        self.folder_covers: dict[Path, asyncio.Task[StoredCover | str | None]] = {}
        self.various: dict[Path, asyncio.Task[frozenset[str]]] = {}
        self.ensured: set[bytes] = set()
        self.plan = _Plan()

    async def run(self, paths: Sequence[Path], concurrency: int) -> None:
        queue: asyncio.Queue[tuple[FoundFile, IngestedPath | None] | None]
        queue = asyncio.Queue(maxsize=2 * concurrency)
        async with asyncio.TaskGroup() as group:
            self.group = group
            for _ in range(concurrency):
                group.create_task(self.work(queue))
            found = await self.find(paths)
            for batch in _batches(found, BATCH):
                hashes = [hash_path(file.path) for file in batch]
                async with acquire(self.pool, timeout=60) as connection:
                    rows = await select_ingested_paths(connection, hashes)
                before = {row.path_sha256: row for row in rows}
                for file, path_sha256 in zip(batch, hashes, strict=True):
                    await queue.put((file, before.get(path_sha256)))
            for _ in range(concurrency):
                await queue.put(None)

    async def find(self, paths: Sequence[Path]) -> list[FoundFile]:
        found: list[FoundFile] = []
        size_bytes = 0
        async for batch in _in_threads(scan(paths)):
            for item in batch:
                if isinstance(item, FoundFile):
                    found.append(item)
                    size_bytes += item.size_bytes
                elif isinstance(item, NotMusic):
                    self.summary.not_music += 1
                else:
                    self.remark(self.summary.problems, item.path, item.reason)
            self.on_event(Found(len(found), size_bytes, complete=False))
        self.on_event(Found(len(found), size_bytes, complete=True))
        return found

    async def work(
        self, queue: asyncio.Queue[tuple[FoundFile, IngestedPath | None] | None]
    ) -> None:
        while (item := await queue.get()) is not None:
            self.finish(await self.ingest_file(*item))

    def finish(self, event: Finished) -> None:
        summary = self.summary
        match event.outcome:
            case Outcome.NEW_SONG:
                summary.new_songs += 1
                summary.new_files += 1
            case Outcome.NEW_FILE:
                summary.new_files += 1
            case Outcome.KNOWN:
                summary.known += 1
            case Outcome.UNCHANGED:
                summary.unchanged += 1
            case Outcome.PROBLEM:
                self.remark(summary.problems, event.path, event.problem or "")
        for note in event.notes:
            self.remark(summary.notes, event.path, note)
        summary.bytes_uploaded += event.uploaded_bytes
        self.on_event(event)

    @staticmethod
    def remark(remarks: list[Remark], path: Path, reason: str) -> None:
        remarks.append(Remark(os.fsencode(path).decode("utf-8", "replace"), reason))

    async def ingest_file(self, file: FoundFile, before: IngestedPath | None) -> Finished:
        def problem(reason: str) -> Finished:
            return Finished(file.path, Outcome.PROBLEM, file.size_bytes, problem=reason)

        if (
            before is not None
            and before.size_bytes == file.size_bytes
            and before.modified_ns == file.modified_ns
        ):
            if before.problem is not None:
                return problem(before.problem)
            return Finished(file.path, Outcome.UNCHANGED, file.size_bytes)
        try:
            reading = await asyncio.to_thread(_read, file)
            self.summary.bytes_read += file.size_bytes
            outcome, uploaded_bytes, notes = await self.add(file, reading)
        except NotAudio as error:
            self.summary.bytes_read += file.size_bytes
            await self.note_problem(file, str(error))
            return problem(str(error))
        except OSError as error:
            return problem(f"it cannot be read: {describe_os_error(error)}")
        except (DatabaseUnavailable, DatabaseTimeout):
            raise
        except DatabaseError as error:
            # Its words are for who runs this, and not for who uploads.
            logger.error("The database refuses %s: %s", file.path, error)
            return problem("the database refuses it")
        except (_Changed, ContentMismatch):
            return problem("it changed while it was read: run again")
        if before is not None and before.content_sha256 not in (None, reading.sha256):
            notes += ("it changed; what it was before stays in the catalogue",)
        return Finished(
            file.path,
            outcome,
            file.size_bytes,
            uploaded_bytes,
            None,
            reading.description.notes + notes,
        )

    async def note_problem(self, file: FoundFile, reason: str) -> None:
        if self.summary.dry_run:
            return
        seen = SeenPath(hash_path(file.path), file.size_bytes, file.modified_ns)
        async with acquire(self.pool, timeout=60) as connection:
            await note_problem(connection, seen, reason)

    async def add(self, file: FoundFile, reading: _Reading) -> tuple[Outcome, int, tuple[str, ...]]:
        """The outcome, the bytes uploaded, and what is to be noted."""
        async with acquire(self.pool, timeout=60) as connection:
            if await select_file_content(connection, reading.sha256) is not None:
                if not self.summary.dry_run:
                    await note_content(connection, reading.seen, reading.sha256)
                return Outcome.KNOWN, 0, ()
            if self.ids is None or self.summary.dry_run:
                keys = song_keys(reading.description)
                claims = await select_claims(connection, keys)
                outcome = self.plan.add(reading, claims)
                return outcome, file.size_bytes if outcome is not Outcome.KNOWN else 0, ()
        ids = self.ids
        key, uploaded_bytes = await store_audio(
            self.objects,
            file.path,
            reading.description,
            reading.sha256,
            file.size_bytes,
            self.staged.get(reading.sha256),
        )
        cover, notes = await self.put_cover(file, reading)
        stored = StoredFile(
            description=reading.description,
            sha256=reading.sha256,
            object_key=key,
            size_bytes=file.size_bytes,
            folder=file.path.parent,
            various=await self.is_various(file, reading.description),
            cover=cover,
        )
        outcome = await transact(
            self.pool, lambda connection: add_file(connection, ids, stored, reading.seen)
        )
        if outcome is not Outcome.KNOWN:
            await self.ensure_objects(file, reading, cover)
        return outcome, uploaded_bytes, notes

    async def ensure_objects(
        self, file: FoundFile, reading: _Reading, cover: StoredCover | None
    ) -> None:
        """Stores again what was deleted as unneeded (db/unneeded.py) after it was found in S3 and
        before the transaction; from now on it is needed."""
        await store_audio(
            self.objects,
            file.path,
            reading.description,
            reading.sha256,
            file.size_bytes,
            self.staged.get(reading.sha256),
        )
        if cover is not None and cover.sha256 not in self.ensured:
            self.ensured.add(cover.sha256)
            beside = await asyncio.to_thread(_read_folder_cover, file.path.parent)
            for original in (reading.description.cover, beside):
                if original is not None:
                    await ensure_cover(self.pool, self.objects, original, cover)

    async def put_cover(
        self, file: FoundFile, reading: _Reading
    ) -> tuple[StoredCover | None, tuple[str, ...]]:
        """The cover in the file, or else the one beside it; and what is wrong with them."""
        notes: tuple[str, ...] = ()
        if reading.description.cover is not None:
            cover = await self.stored_cover(reading.description.cover)
            if isinstance(cover, StoredCover):
                return cover, ()
            notes += (cover,)
        folder = file.path.parent
        if folder not in self.folder_covers:
            self.folder_covers[folder] = self.group.create_task(self.folder_cover(folder))
        beside = await self.folder_covers[folder]
        if isinstance(beside, str):
            return None, (*notes, beside)
        return beside, notes

    async def folder_cover(self, folder: Path) -> StoredCover | str | None:
        original = await asyncio.to_thread(_read_folder_cover, folder)
        return await self.stored_cover(original) if original is not None else None

    async def stored_cover(self, original: bytes) -> StoredCover | str:
        """The cover, made once in a run; a string tells what is wrong with it."""
        sha256 = hashlib.sha256(original).digest()
        if sha256 not in self.covers:
            self.covers[sha256] = self.group.create_task(self.store_cover(original))
        return await self.covers[sha256]

    async def store_cover(self, original: bytes) -> StoredCover | str:
        try:
            return await store_cover(self.pool, self.objects, original)
        except NotAnImage as error:
            return str(error)

    async def is_various(self, file: FoundFile, description: AudioDescription) -> bool:
        """Whether the album is one of various artists, by all the files of the folder."""
        if not description.album or description.album_artists or description.compilation:
            return False
        folder = file.path.parent
        if folder not in self.various:
            reader = asyncio.to_thread(_read_various, folder)
            self.various[folder] = self.group.create_task(reader)
        return normalise(description.album) in await self.various[folder]


class _Plan:
    """What a dry run would have added so far."""

    def __init__(self) -> None:
        self.contents: set[bytes] = set()
        self.claims: dict[str, Claim] = {}

    def add(self, reading: _Reading, claims: dict[str, Claim]) -> Outcome:
        if reading.sha256 in self.contents:
            return Outcome.KNOWN
        self.contents.add(reading.sha256)
        description = reading.description
        planned = {key: self.claims[key] for key in song_keys(description) if key in self.claims}
        found = match_song(description, planned | claims)
        song = found.song or KnownSong(
            -len(self.contents), description.isrc, description.recording_musicbrainz_id
        )
        for key in found.free_keys:
            self.claims[key] = Claim(song, description.duration_ms)
        return Outcome.NEW_SONG if found.song is None else Outcome.NEW_FILE


def hash_path(path: Path) -> bytes:
    return hashlib.sha256(os.fsencode(path)).digest()


class _Changed(Exception):
    """A file is not as it was found."""


def _read(file: FoundFile) -> _Reading:
    with file.path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").digest()
        description = read_audio(opened, file.path)
        stat = os.fstat(opened.fileno())
    if (stat.st_size, stat.st_mtime_ns) != (file.size_bytes, file.modified_ns):
        raise _Changed
    seen = SeenPath(hash_path(file.path), file.size_bytes, file.modified_ns)
    return _Reading(description, digest, seen)


def _read_folder_cover(folder: Path) -> bytes | None:
    path = find_cover(folder)
    try:
        if path is None or path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes()
    except OSError:
        return None


def _read_various(folder: Path) -> frozenset[str]:
    descriptions = []
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return frozenset()
    for path in paths:
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith("."):
            try:
                descriptions.append(read_tags(path, cover=False))
            except (NotAudio, OSError):
                continue
    return various_artists_albums(descriptions)


async def _in_threads(
    items: Iterable[FoundFile | NotRead | NotMusic],
) -> AsyncIterator[list[FoundFile | NotRead | NotMusic]]:
    """The items of a blocking iterator, by batches."""
    iterator = iter(items)
    while batch := await asyncio.to_thread(lambda: list(itertools.islice(iterator, BATCH))):
        yield batch


def _batches(found: Sequence[FoundFile], size: int) -> Iterable[Sequence[FoundFile]]:
    return (found[at : at + size] for at in range(0, len(found), size))


def _first(group: ExceptionGroup[Exception]) -> Exception:
    error: Exception = group
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
