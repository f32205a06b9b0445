"""Deletion of accounts: at once for everybody else to see, and then really, batch by batch.

`begin` is one short transaction: the person is gone from what others read, is signed out, and can
sign in no more. `erase` does the rest, and may be cut off anywhere: it begins at the first table
again and finds fewer rows. Name and address are freed last, with the row of `users`, which takes
along what an access token that was still good has written meanwhile.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from db.accounts import (
    AccountRecord,
    delete_user,
    delete_user_email,
    delete_user_name,
    delete_user_subject,
)
from db.deletions import (
    ERASED,
    DeletionRecord,
    delete_account,
    delete_batch,
    delete_membership,
    insert_deletion,
    select_due_deletions,
    select_memberships,
    update_deletion_kept,
    update_deletion_taken,
    update_playlists_hidden,
    update_user_deleted,
)
from db.pool import Pool, acquire
from db.rows import Connection
from db.transactions import transact
from db.unneeded import insert_unneeded_covers_of
from resolvers.auth.emails import email_key
from resolvers.auth.names import user_name_key
from resolvers.errors import AccountGone
from resolvers.playlists import unpublish_all
from storage.keys import exports_prefix, uploads_prefix
from storage.objects import Objects

logger: Final = logging.getLogger("tonearm.deletions")

ROWS_AT_ONCE: Final = 1_000
LEASE: Final = timedelta(minutes=2)
"""How long a worker that does not answer any more keeps a deletion from others."""

AT_ONCE: Final = 100
NOBODY: Final = 0
"""Who has added what was added by somebody who is gone."""


async def begin(connection: Connection, account: AccountRecord, now: datetime) -> None:
    """Marks the account in the transaction of `connection`; raises `AccountGone`."""
    if await update_user_deleted(connection, account.user_id, now) is None:
        raise AccountGone
    verified = account.email is not None and account.email_verified_at is not None
    await insert_deletion(
        connection,
        account.user_id,
        email_key=email_key(account.email) if verified and account.email else None,
        subject_key=account.subject_key,
        due_at=now,
    )
    await update_playlists_hidden(connection, account.user_id)
    await unpublish_all(connection, account.user_id)
    await delete_account(connection, account.user_id)


async def erase_due(pool: Pool, objects: Objects) -> int:
    """Erases all whose deletion no other worker is at; how many."""
    erased = 0
    while True:
        async with acquire(pool) as connection:
            due = await select_due_deletions(connection, datetime.now(UTC), AT_ONCE)
        for user_id in due:
            erased += await erase(pool, objects, user_id)
        if len(due) < AT_ONCE:
            return erased


async def erase(pool: Pool, objects: Objects, user_id: int) -> bool:
    """Deletes all of a person who is marked. False when another worker is at it or has done it.

    Raises `StorageError` and `DatabaseError`; what is left is done when it is due again.
    """
    now = datetime.now(UTC)
    async with acquire(pool) as connection:
        deletion = await update_deletion_taken(connection, user_id, now, now + LEASE)
    if deletion is None:
        return False
    await _leave_playlists(pool, user_id)
    async with acquire(pool) as connection:
        await insert_unneeded_covers_of(connection, user_id)
    for table in ERASED:
        await _erase_rows(pool, table, user_id)
    for prefix in (uploads_prefix(user_id), exports_prefix(user_id)):
        async for item in objects.list(prefix):
            await objects.delete(item.key)

    async def finish(connection: Connection) -> None:
        await _finish(connection, deletion)

    await transact(pool, finish)
    logger.info("An account was deleted")
    return True


async def _erase_rows(pool: Pool, table: str, user_id: int) -> None:
    after: tuple[object, ...] | None = ERASED[table].start
    while after is not None:
        async with acquire(pool) as connection:
            after = await delete_batch(connection, table, user_id, ROWS_AT_ONCE, after)
            await update_deletion_kept(connection, user_id, datetime.now(UTC) + LEASE)


async def _leave_playlists(pool: Pool, user_id: int) -> None:
    while True:
        async with acquire(pool) as connection:
            found = await select_memberships(connection, user_id, AT_ONCE)
            for place in found:
                async with connection.transaction():
                    await delete_membership(
                        connection, place.user_id, place.playlist_id, user_id, NOBODY
                    )
            await update_deletion_kept(connection, user_id, datetime.now(UTC) + LEASE)
        if len(found) < AT_ONCE:
            return


async def _finish(connection: Connection, deletion: DeletionRecord) -> None:
    await delete_user(connection, deletion.user_id)
    await unpublish_all(connection, deletion.user_id)  # what a token has published meanwhile
    if deletion.email_key is not None:
        await delete_user_email(connection, deletion.email_key, deletion.user_id)
    if deletion.subject_key is not None:
        await delete_user_subject(connection, deletion.subject_key, deletion.user_id)
    await delete_user_name(connection, user_name_key(deletion.user_name), deletion.user_id)
