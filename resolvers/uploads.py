"""Uploads by curators: announced here, put into S3 by the client, and completed here."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from db.cursor import INT8
from db.pool import Pool, acquire
from db.rows import Connection
from db.songs import SongRecord
from db.uploads import (
    Purpose,
    UploadRecord,
    count_uploads,
    delete_all_ended_uploads,
    delete_ended_uploads,
    delete_upload,
    insert_upload,
    select_upload,
)
from ingest.catalogue import Outcome
from ingest.formats import EXTENSIONS
from ingest.staged import Refused, Staged, add_staged
from resolvers.auth.names import storable
from resolvers.context import Context, domain_errors
from resolvers.errors import Invalid, NotFound, Unavailable
from resolvers.loaders import SONGS_BY_ID
from resolvers.sessions import utc
from storage.errors import ObjectMissing, StorageError
from storage.keys import AUDIO_CONTENT_TYPES, UPLOADS, upload_key
from storage.objects import PART_SIZE, Objects, Part, PresignedPut

MAX_BYTES: Final = 2**30
"""1 GiB: more than five hours of CD quality in FLAC. S3 takes 5 GiB in one request."""

PARTS_ABOVE: Final = 2 * PART_SIZE
"""Bytes above which a content can be put in parts of `PART_SIZE`, and an upload be resumed."""

COMPLETION_SECONDS: Final = 600.0

MAX_UPLOADS: Final[dict[Purpose, int]] = {"SONG": 1_000, "PLAYLIST_COVER": 20}
"""Uploads of a person that are announced and not completed. Whoever signs up may upload covers, so
these are few: nobody is to keep much in the bucket that leads nowhere."""

LIFE: Final = timedelta(hours=6)

_UPLOAD_ID: Final = re.compile(r"(?a:upload_([0-9a-f]{1,16}))")
_SHA256: Final = re.compile(r"(?a:[0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PartToPut:
    """Where to put `size_bytes` of a content from `first_byte` on; the first number is 1."""

    number: int
    first_byte: int
    size_bytes: int
    url: str
    headers: list[Header]


@dataclass(frozen=True, slots=True)
class RequestedUpload:
    """Where to put a content, and with what headers: as a whole, or its parts."""

    upload_id: str
    url: str
    headers: list[Header]
    parts: list[PartToPut]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    song: SongRecord
    is_new_song: bool
    notes: list[str]


async def request_upload(
    context: Context,
    *,
    file_name: str,
    size_bytes: int,
    sha256: str,
    part_sha256s: Sequence[str] | None = None,
) -> RequestedUpload:
    """Raises `Invalid`."""
    viewer = context.signed_in()
    name = _file_name(file_name)
    if not 0 < size_bytes <= MAX_BYTES:
        raise Invalid("sizeBytes", f"A file has 1 to {MAX_BYTES} bytes.")
    digest = parse_sha256(sha256, "sha256")
    digests = _part_digests(part_sha256s, size_bytes)
    number = context.services.ids.next()
    multipart_id = None
    if size_bytes > PARTS_ABOVE:
        with storage_errors():
            multipart_id = await context.services.objects.begin_parts(
                upload_key(viewer.id, number),
                content_type=_content_type(name),
                checksums=digests is not None,
            )
    upload = await announce(
        context,
        "SONG",
        number,
        file_name=name,
        size_bytes=size_bytes,
        sha256=digest,
        multipart_id=multipart_id,
        part_sha256s=digests,
    )
    return await _to_put(context, upload, {})


async def announce(
    context: Context,
    purpose: Purpose,
    number: int,
    *,
    file_name: str,
    size_bytes: int,
    sha256: bytes,
    multipart_id: str | None = None,
    part_sha256s: bytes | None = None,
) -> UploadRecord:
    """Notes that the viewer will put a content; raises `Invalid` when they have noted too many."""
    viewer, now = context.signed_in(), utc(context)

    async def work(connection: Connection) -> UploadRecord:
        await delete_ended_uploads(connection, viewer.id, now)
        most = MAX_UPLOADS[purpose]
        if await count_uploads(connection, viewer.id, purpose) >= most:
            raise Invalid(
                "sizeBytes",
                f"{most} uploads are open: complete some first. Those that you do not complete end "
                f"after {LIFE.total_seconds() / 3600:g} hours.",
            )
        await insert_upload(
            connection,
            viewer.id,
            number,
            purpose=purpose,
            file_name=file_name,
            size_bytes=size_bytes,
            sha256=sha256,
            expires_at=now + LIFE,
            multipart_id=multipart_id,
            part_sha256s=part_sha256s,
        )
        upload = await select_upload(connection, viewer.id, purpose, number, now)
        assert upload is not None
        return upload

    return await context.transact(work)


async def resume_upload(context: Context, *, upload_id: str) -> RequestedUpload:
    """Where to put what is not there yet of an upload in parts.

    Raises `Invalid` and `NotFound`.
    """
    upload = await find_upload(context, "SONG", upload_id)
    there: dict[int, Part] = {}
    if upload.multipart_id is not None:
        with storage_errors():
            there = await _parts_there(context.services.objects, upload, upload.multipart_id)
    return await _to_put(context, upload, there)


async def complete_upload(context: Context, *, upload_id: str) -> CompletedUpload:
    """Checks what was put and brings it into the catalogue. May be repeated after a failure.

    Raises `Invalid` and `NotFound`.
    """
    if context.exchange is not None:
        context.exchange.complete(COMPLETION_SECONDS)
    upload = await find_upload(context, "SONG", upload_id)
    services = context.services
    key = upload_key(upload.user_id, upload.id)
    staged = Staged(key, upload.file_name, upload.size_bytes, upload.sha256)
    with storage_errors(), domain_errors():
        await _join(services.objects, upload)
        try:
            async with services.completing:
                added = await add_staged(
                    staged, pool=services.pool, objects=services.objects, ids=services.ids
                )
        except Refused as error:
            raise Invalid("uploadId", str(error)) from error
        await finish_upload(context, upload)
    song = await context.loaders[SONGS_BY_ID].load(added.song_id)
    if song is None:
        raise NotFound("The song was deleted meanwhile.")
    return CompletedUpload(song, added.outcome is Outcome.NEW_SONG, list(added.notes))


async def find_upload(context: Context, purpose: Purpose, upload_id: str) -> UploadRecord:
    """An upload of the viewer's that has not ended; raises `NotFound`."""
    viewer, number = context.signed_in(), _number(upload_id)
    async with context.connection() as connection:
        upload = await select_upload(connection, viewer.id, purpose, number, utc(context))
    if upload is None:
        raise NotFound("There is no such upload of yours; it may have ended.")
    return upload


async def finish_upload(context: Context, upload: UploadRecord) -> None:
    """Deletes an upload, and what was put."""
    key = upload_key(upload.user_id, upload.id)
    if upload.multipart_id is not None:
        await context.services.objects.abort_parts(key, upload.multipart_id)
    await context.services.objects.delete(key)
    async with context.connection() as connection:
        await delete_upload(connection, upload.user_id, upload.id)


async def clean_up(pool: Pool, objects: Objects, now: datetime) -> int:
    """Deletes what was put, as a whole or in parts, and not completed in time; how many uploads.

    Raises `StorageError`.
    """
    before, deleted = now - LIFE, 0
    async for item in objects.list(UPLOADS):
        if item.last_modified < before:
            await objects.delete(item.key)
            deleted += 1
    for unfinished in await objects.list_unfinished(UPLOADS):
        if unfinished.begun_at < before:
            await objects.abort_parts(unfinished.key, unfinished.upload_id)
            deleted += 1
    async with acquire(pool) as connection:
        await delete_all_ended_uploads(connection, now)
    return deleted


async def _to_put(
    context: Context, upload: UploadRecord, there: Mapping[int, Part]
) -> RequestedUpload:
    """URLs of an upload, until it ends, of those of its parts that are not there."""
    objects, key = context.services.public_objects, upload_key(upload.user_id, upload.id)
    seconds = int(upload.expires_at.timestamp() - context.now)
    parts: list[PartToPut] = []
    with storage_errors():
        whole = await objects.presign_put(
            key,
            size_bytes=upload.size_bytes,
            content_type=_content_type(upload.file_name),
            sha256=upload.sha256,
            seconds=seconds,
        )
        if upload.multipart_id is not None:
            for number, first, size in part_spans(upload.size_bytes):
                if number in there:
                    continue
                put = await objects.presign_part(
                    key,
                    upload.multipart_id,
                    number,
                    size_bytes=size,
                    sha256=_part_sha256(upload, number),
                    seconds=seconds,
                )
                parts.append(PartToPut(number, first, size, put.url, _headers(put)))
    return RequestedUpload(
        f"upload_{upload.id:x}", whole.url, _headers(whole), parts, upload.expires_at
    )


def part_spans(size_bytes: int) -> list[tuple[int, int, int]]:
    """Number, first byte and size of each part."""
    return [
        (number, first, min(PART_SIZE, size_bytes - first))
        for number, first in enumerate(range(0, size_bytes, PART_SIZE), 1)
    ]


async def _join(objects: Objects, upload: UploadRecord) -> None:
    """Makes an upload in parts one object, unless it is one already.

    Raises `Invalid` when parts are missing.
    """
    key = upload_key(upload.user_id, upload.id)
    if upload.multipart_id is None or await objects.head(key) is not None:
        return
    there = await _parts_there(objects, upload, upload.multipart_id)
    spans = part_spans(upload.size_bytes)
    missing = [number for number, _, _ in spans if number not in there]
    if missing:
        raise Invalid(
            "uploadId",
            f"{len(missing)} of its {len(spans)} parts are missing, the first is {missing[0]}: "
            "`resumeUpload` tells where to put them.",
        )
    digests = upload.part_sha256s or b""
    await objects.complete_parts(
        key,
        upload.multipart_id,
        [there[number] for number, _, _ in spans],
        [digests[at : at + 32] for at in range(0, len(digests), 32)],
    )


async def _parts_there(
    objects: Objects, upload: UploadRecord, multipart_id: str
) -> dict[int, Part]:
    """The parts that lie in S3 and are as large as they must be; none when S3 has ended it."""
    sizes = {number: size for number, _, size in part_spans(upload.size_bytes)}
    try:
        parts = await objects.list_parts(upload_key(upload.user_id, upload.id), multipart_id)
    except ObjectMissing:
        return {}
    return {part.number: part for part in parts if part.size_bytes == sizes.get(part.number)}


def _part_sha256(upload: UploadRecord, number: int) -> bytes | None:
    at = 32 * (number - 1)
    return None if upload.part_sha256s is None else upload.part_sha256s[at : at + 32]


def _part_digests(given: Sequence[str] | None, size_bytes: int) -> bytes | None:
    """The digests of the parts, one after the other; raises `Invalid`."""
    if given is None or size_bytes <= PARTS_ABOVE:
        return None
    count = len(part_spans(size_bytes))
    if len(given) != count:
        raise Invalid("partSha256s", f"It has {count} parts of {PART_SIZE} bytes.")
    return b"".join(parse_sha256(text, "partSha256s") for text in given)


def parse_sha256(text: str, field: str) -> bytes:
    """Raises `Invalid`."""
    if _SHA256.fullmatch(text) is None:
        raise Invalid(field, "A SHA-256 is written as 64 hexadecimal digits.")
    return bytes.fromhex(text)


def _headers(put: PresignedPut) -> list[Header]:
    return [Header(name, value) for name, value in put.headers.items()]


def _number(upload_id: str) -> int:
    found = _UPLOAD_ID.fullmatch(upload_id)
    if found is None or int(found[1], 16) not in INT8:
        raise NotFound("There is no such upload of yours; it may have ended.")
    return int(found[1], 16)


def _file_name(text: str) -> str:
    """The last part of a path, whose extension says what it holds; raises `Invalid`."""
    name = PurePosixPath(storable(text).replace("\\", "/")).name
    if not name or name.startswith(".") or len(name.encode()) > 200:
        raise Invalid(
            "fileName", "A file name has at most 200 bytes and does not begin with a dot."
        )
    if PurePosixPath(name).suffix.lower() not in EXTENSIONS:
        allowed = ", ".join(sorted(EXTENSIONS))
        raise Invalid("fileName", f"The name must end in one of {allowed}.")
    return name


def _content_type(name: str) -> str:
    extension = PurePosixPath(name).suffix.lower().removeprefix(".")
    return AUDIO_CONTENT_TYPES.get(extension, "application/octet-stream")


@contextmanager
def storage_errors() -> Generator[None, None, None]:
    try:
        yield
    except StorageError as error:
        raise Unavailable("The object store cannot be reached. Try again in a moment.") from error
