"""Uploads by curators: announced here, put into S3 by the client, and completed here."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from db.cursor import INT8
from db.rows import Connection
from db.songs import SongRecord
from db.uploads import (
    UploadRecord,
    count_uploads,
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
from storage.errors import StorageError
from storage.keys import AUDIO_CONTENT_TYPES, upload_key

MAX_BYTES: Final = 2**30
"""1 GiB: more than five hours of CD quality in FLAC. S3 takes 5 GiB in one request."""

COMPLETION_SECONDS: Final = 600.0

MAX_UPLOADS: Final = 1_000
"""Uploads of a person that are announced and not completed."""

LIFE: Final = timedelta(hours=6)

_UPLOAD_ID: Final = re.compile(r"(?a:upload_([0-9a-f]{1,16}))")
_SHA256: Final = re.compile(r"(?a:[0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Header:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class RequestedUpload:
    """Where to put a content, and with what headers."""

    upload_id: str
    url: str
    headers: list[Header]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    song: SongRecord
    is_new_song: bool
    notes: list[str]


async def request_upload(
    context: Context, *, file_name: str, size_bytes: int, sha256: str
) -> RequestedUpload:
    """Raises `Invalid`."""
    viewer = context.signed_in()
    name = _file_name(file_name)
    if not 0 < size_bytes <= MAX_BYTES:
        raise Invalid("sizeBytes", f"A file has 1 to {MAX_BYTES} bytes.")
    if _SHA256.fullmatch(sha256) is None:
        raise Invalid("sha256", "A SHA-256 is written as 64 hexadecimal digits.")
    digest = bytes.fromhex(sha256)
    upload_id = context.services.ids.next()
    expires_at = utc(context) + LIFE
    with _storage_errors():
        put = await context.services.public_objects.presign_put(
            upload_key(viewer.id, upload_id),
            size_bytes=size_bytes,
            content_type=_content_type(name),
            sha256=digest,
            seconds=int(LIFE.total_seconds()),
        )

    async def work(connection: Connection) -> None:
        await delete_ended_uploads(connection, viewer.id, utc(context))
        if await count_uploads(connection, viewer.id) >= MAX_UPLOADS:
            raise Invalid("fileName", f"{MAX_UPLOADS} uploads are open: complete some first.")
        await insert_upload(
            connection,
            viewer.id,
            upload_id,
            file_name=name,
            size_bytes=size_bytes,
            sha256=digest,
            expires_at=expires_at,
        )

    await context.transact(work)
    headers = [Header(name, value) for name, value in put.headers.items()]
    return RequestedUpload(f"upload_{upload_id:x}", put.url, headers, expires_at)


async def complete_upload(context: Context, *, upload_id: str) -> CompletedUpload:
    """Checks what was put and brings it into the catalogue. May be repeated after a failure.

    Raises `Invalid` and `NotFound`.
    """
    viewer = context.signed_in()
    if context.exchange is not None:
        context.exchange.complete(COMPLETION_SECONDS)
    number = _number(upload_id)
    async with context.connection() as connection:
        upload = await select_upload(connection, viewer.id, number, utc(context))
    if upload is None:
        raise NotFound("There is no such upload of yours; it may have ended.")
    services = context.services
    key = upload_key(upload.user_id, upload.id)
    staged = Staged(key, upload.file_name, upload.size_bytes, upload.sha256)
    with _storage_errors(), domain_errors():
        try:
            async with services.completing:
                added = await add_staged(
                    staged, pool=services.pool, objects=services.objects, ids=services.ids
                )
        except Refused as error:
            raise Invalid("uploadId", str(error)) from error
        await _finish(context, upload, key)
    song = await context.loaders[SONGS_BY_ID].load(added.song_id)
    if song is None:
        raise NotFound("The song was deleted meanwhile.")
    return CompletedUpload(song, added.outcome is Outcome.NEW_SONG, list(added.notes))


async def _finish(context: Context, upload: UploadRecord, key: str) -> None:
    await context.services.objects.delete(key)
    async with context.connection() as connection:
        await delete_upload(connection, upload.user_id, upload.id)


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
def _storage_errors() -> Generator[None, None, None]:
    try:
        yield
    except StorageError as error:
        raise Unavailable("The object store cannot be reached. Try again in a moment.") from error
