"""Pictures for playlists, from those who may change them: announced, put into S3, and set."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Final

from db.covers import insert_cover
from db.playlists import (
    select_playlist_to_change,
    update_playlist_changed,
    update_playlist_cover,
)
from db.rows import Connection
from db.unneeded import insert_unneeded_covers
from ingest.catalogue import StoredCover
from ingest.covers import NotAnImage
from ingest.store import ensure_cover, store_cover
from resolvers.context import Context, domain_errors
from resolvers.errors import Expected, Invalid, NotFound
from resolvers.playlists import PlaylistKey, PlaylistPayload, load_playlist, playlist_key
from resolvers.sessions import utc
from resolvers.uploads import (
    LIFE,
    Header,
    RequestedUpload,
    announce,
    find_upload,
    finish_upload,
    parse_sha256,
    storage_errors,
)
from storage.keys import upload_key

MAX_BYTES: Final = 10 * 2**20
MIN_PIXELS: Final = 64
"""Of the shorter side."""

MIME_TYPES: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
}


async def request(
    context: Context, *, playlist_id: str, mime_type: str, size_bytes: int, sha256: str
) -> RequestedUpload:
    """Where to put a picture; raises `Invalid` and `NotFound`."""
    viewer, key = context.signed_in(), playlist_key(playlist_id)
    if not (await load_playlist(context, key)).changeable:
        raise NotFound("There is no such playlist, or you may not change it.")
    if mime_type not in MIME_TYPES:
        raise Invalid("mimeType", f"`mimeType` takes one of {', '.join(MIME_TYPES)}.")
    if not 0 < size_bytes <= MAX_BYTES:
        raise Invalid("sizeBytes", f"A picture has 1 to {MAX_BYTES} bytes.")
    digest, number = parse_sha256(sha256, "sha256"), context.services.ids.next()
    upload = await announce(
        context,
        "PLAYLIST_COVER",
        number,
        file_name=f"cover.{MIME_TYPES[mime_type]}",
        size_bytes=size_bytes,
        sha256=digest,
    )
    with storage_errors():
        put = await context.services.public_objects.presign_put(
            upload_key(viewer.id, number),
            size_bytes=size_bytes,
            content_type=mime_type,
            sha256=digest,
            seconds=int(LIFE.total_seconds()),
        )
    headers = [Header(name, value) for name, value in put.headers.items()]
    return RequestedUpload(f"upload_{number:x}", put.url, headers, [], upload.expires_at)


async def set_cover(context: Context, *, playlist_id: str, upload_id: str) -> PlaylistPayload:
    """Checks a picture that was put, resizes it, and makes it a playlist's.

    Raises `Invalid` and `NotFound`.
    """
    key = playlist_key(playlist_id)
    upload = await find_upload(context, "PLAYLIST_COVER", upload_id)
    services = context.services
    with storage_errors(), domain_errors():
        async with services.completing:
            there = await services.objects.head(upload_key(upload.user_id, upload.id))
            if there is None:
                raise Invalid("uploadId", "Nothing has been put at the URL yet.")
            if there.size_bytes != upload.size_bytes:
                raise Invalid("uploadId", f"It has not {upload.size_bytes} bytes as announced.")
            original = await services.objects.get(upload_key(upload.user_id, upload.id))
            if await asyncio.to_thread(_sha256, original) != upload.sha256:
                raise Invalid("uploadId", "Its SHA-256 is not the one that was announced.")
            try:
                cover = await store_cover(services.pool, services.objects, original)
            except NotAnImage as error:
                raise Invalid("uploadId", f"This cannot be used: {error}.") from error
        try:
            if min(cover.width, cover.height) < MIN_PIXELS:
                raise Invalid("uploadId", f"It is less than {MIN_PIXELS} pixels wide or high.")
            await _change(context, key, cover)
        except Expected:
            async with context.connection() as connection:
                await insert_unneeded_covers(connection, [cover.sha256])
            raise
        await ensure_cover(services.pool, services.objects, original, cover)
        await finish_upload(context, upload)
    return PlaylistPayload(await load_playlist(context, key))


async def remove(context: Context, *, playlist_id: str) -> PlaylistPayload:
    """Takes the picture off; where there is none that is no error. Raises `NotFound`."""
    key = playlist_key(playlist_id)
    await _change(context, key, None)
    return PlaylistPayload(await load_playlist(context, key))


async def _change(context: Context, key: PlaylistKey, cover: StoredCover | None) -> None:
    viewer = context.signed_in()

    async def work(connection: Connection) -> None:
        state = await select_playlist_to_change(connection, viewer.id, key.owner_id, key.id)
        if state is None:
            raise NotFound("There is no such playlist, or you may not change it.")
        if cover is not None:
            await insert_cover(
                connection,
                sha256=cover.sha256,
                width=cover.width,
                height=cover.height,
                dominant_color=cover.dominant_color,
                created_at=datetime.now(UTC),
            )
        sha256 = None if cover is None else cover.sha256
        before = await update_playlist_cover(connection, key.owner_id, key.id, sha256)
        if before == sha256:
            return
        if before is not None:
            await insert_unneeded_covers(connection, [before])
        await update_playlist_changed(connection, key.owner_id, key.id, utc(context))

    await context.transact(work)


def _sha256(original: bytes) -> bytes:
    return hashlib.sha256(original).digest()
