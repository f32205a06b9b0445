"""What merges and deletions leave to do: people's rows, and objects that nothing needs.

Both go on where a process that ended has stopped, and any number of processes may be at it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from db.files import insert_file_content
from db.pool import Pool
from db.redirects import (
    delete_walk,
    hash_what_was_merged,
    insert_walk,
    select_redirects,
    select_redirects_to_settle,
    select_user_after,
    select_walk_locked,
    update_libraries,
    update_playlist_songs,
    update_plays_merged,
    update_queues_merged,
    update_redirects_settled,
    update_walk,
)
from db.rows import Connection
from db.transactions import transact
from db.unneeded import (
    delete_cover,
    delete_file_content,
    delete_unneeded,
    is_audio_of_episode,
    select_unneeded_locked,
)
from ingest.covers import SIZES
from storage.keys import cover_key
from storage.objects import Objects

PEOPLE: Final = 500
"""People of one transaction: some hundred thousand rows, of which few are written."""

AT_ONCE: Final = 10_000
"""Merges and deletions of one walk."""

SETTLES_AFTER: Final = timedelta(minutes=1)
"""By then a request that read the old id has ended, so nobody writes it any more."""


async def settle(pool: Pool, now: datetime) -> int:
    """Puts what is kept in place of what was merged into it for all people; how many ids are done.

    When another process is at it, that one ends it.
    """
    settled = 0
    while True:
        ids = await transact(pool, partial(_begin, now=now))
        if not ids:
            return settled
        while (step := await transact(pool, partial(_step, now=now))) is not None:
            if step:
                settled += len(step)
                break
        else:
            return settled


async def _begin(connection: Connection, now: datetime) -> list[int]:
    ids = await select_redirects_to_settle(connection, now - SETTLES_AFTER, AT_ONCE)
    if ids:
        await insert_walk(connection, ids)
    return ids


async def _step(
    connection: Connection, now: datetime, people: int = PEOPLE
) -> Sequence[int] | None:
    """Does some people; the ids of the walk when that were the last ones, else none of them.

    None when there is no walk, or another process is at it.
    """
    walk = await select_walk_locked(connection)
    if walk is None:
        return None
    last = await select_user_after(connection, walk.after_user_id, people)
    if last is None:
        await update_redirects_settled(connection, walk.redirect_ids, now)
        await delete_walk(connection)
        return walk.redirect_ids
    redirects = await select_redirects(connection, walk.redirect_ids)
    merged = {id_: target for id_, target in redirects.items() if target is not None}
    span = (walk.after_user_id, last)
    await hash_what_was_merged(connection)
    await update_libraries(connection, span, redirects)
    await update_playlist_songs(connection, span, merged)
    await update_plays_merged(connection, span, merged)
    await update_queues_merged(connection, span, merged)
    await update_walk(connection, last)
    return []


async def delete_objects(pool: Pool, objects: Objects) -> int:
    """Deletes from S3 what nothing needs any more; how many contents that were.

    Raises `StorageError`; what is left is deleted the next time.
    """
    deleted, after = 0, b""
    while True:
        done = await transact(pool, partial(_delete_next, objects=objects, after=after))
        if done is None:
            return deleted
        after, was_deleted = done
        deleted += was_deleted


async def _delete_next(
    connection: Connection, objects: Objects, after: bytes
) -> tuple[bytes, bool] | None:
    """Deletes the next content unless something needs it; its sha256, and whether it did."""
    content = await select_unneeded_locked(connection, after)
    if content is None:
        return None
    keys: list[str] = []
    if content.object_key is not None:
        # Until this ends, whoever brings the same content waits for the claim (ingest/run.py).
        if await insert_file_content(connection, content.sha256, 0, 0):
            if not await is_audio_of_episode(connection, content.object_key):
                keys = [content.object_key]
            await delete_file_content(connection, content.sha256)
    elif await delete_cover(connection, content.sha256):
        keys = [cover_key(content.sha256, size) for size in SIZES]
    for key in keys:
        await objects.delete(key)
    await delete_unneeded(connection, content)
    return content.sha256, bool(keys)
