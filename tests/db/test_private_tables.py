"""What is one person's: nobody else's number reads it or changes it, and it goes with its person.

Each table keyed by `user_id` has a test here, or in the module of its entity.
"""

from datetime import UTC, datetime, timedelta

import pytest

from db.accounts import (
    delete_user,
    insert_account,
    select_account,
    update_account_disabled,
    update_account_email,
    update_account_password,
    update_account_role,
)
from db.distribution import DISTRIBUTION
from db.rows import Connection
from db.sessions import (
    delete_mailed_code,
    delete_mailed_codes,
    delete_old_sessions,
    delete_session,
    delete_sessions,
    insert_session,
    select_devices,
    select_session_locked,
    update_session_refreshed,
    upsert_mailed_code,
)
from db.uploads import (
    count_uploads,
    delete_ended_uploads,
    delete_upload,
    insert_upload,
    select_upload,
)
from db.users import insert_user

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ADA, EVE = 1, 2
SESSION = 7
HASH = b"h" * 32


@pytest.fixture
async def people(connection: Connection) -> Connection:
    """Ada and Eve have accounts; Ada has a session and a code."""
    for user_id, name in ((ADA, "ada"), (EVE, "eve")):
        await insert_user(connection, user_id, name, name, NOW)
        await insert_account(
            connection,
            user_id,
            email=f"{name}@example.com",
            email_verified_at=None,
            password_hash="hash",
            role="LISTENER",
        )
    await insert_session(
        connection,
        ADA,
        SESSION,
        device="laptop",
        seed=HASH,
        current_sha256=HASH,
        created_at=NOW,
        expires_at=LATER,
    )
    await upsert_mailed_code(
        connection, ADA, "RESET_PASSWORD", code_sha256=HASH, email="a@b.example", expires_at=LATER
    )
    return connection


async def rows(connection: Connection, table: str) -> list[tuple[object, ...]]:
    """What Ada has there."""
    found = await connection.fetch(f"SELECT * FROM {table} WHERE user_id = $1", ADA)
    return [tuple(row) for row in found]


async def test_sessions_are_their_persons(people: Connection) -> None:
    before = await rows(people, "sessions")
    assert len(before) == 1
    assert await select_session_locked(people, EVE, SESSION) is None
    assert await select_devices(people, EVE, 50) == []
    assert not await delete_session(people, EVE, SESSION)
    assert await delete_sessions(people, EVE) == 0
    await delete_old_sessions(people, EVE, LATER, 0)
    await update_session_refreshed(
        people,
        EVE,
        SESSION,
        current_sha256=b"x" * 32,
        previous_sha256=b"x" * 32,
        refreshed_at=LATER,
        expires_at=LATER,
    )
    assert await rows(people, "sessions") == before


async def test_mailed_codes_are_their_persons(people: Connection) -> None:
    before = await rows(people, "mailed_codes")
    assert len(before) == 1
    used = await delete_mailed_code(people, EVE, "RESET_PASSWORD", code_sha256=HASH, now=NOW)
    assert used is None
    await delete_mailed_codes(people, EVE, "RESET_PASSWORD")
    await upsert_mailed_code(
        people, EVE, "RESET_PASSWORD", code_sha256=HASH, email="e@b.example", expires_at=LATER
    )
    assert await rows(people, "mailed_codes") == before


async def test_accounts_are_their_persons(people: Connection) -> None:
    before = await rows(people, "accounts")
    assert len(before) == 1
    account = await select_account(people, EVE)
    assert account is not None
    assert account.email == "eve@example.com"
    await update_account_password(people, EVE, "other")
    await update_account_email(people, EVE, "other@example.com", NOW)
    assert await update_account_role(people, EVE, "ADMIN")
    assert await update_account_disabled(people, EVE, NOW)
    assert await rows(people, "accounts") == before


async def test_uploads_are_their_persons(people: Connection) -> None:
    await insert_upload(
        people, ADA, 1, file_name="a.mp3", size_bytes=1, sha256=HASH, expires_at=LATER
    )
    before = await rows(people, "uploads")
    assert await select_upload(people, ADA, "SONG", 1, NOW) is not None
    assert await select_upload(people, EVE, "SONG", 1, NOW) is None
    assert await count_uploads(people, ADA, "SONG") == 1
    assert await count_uploads(people, EVE, "SONG") == 0
    await delete_upload(people, EVE, 1)
    await delete_ended_uploads(people, EVE, LATER)
    assert await rows(people, "uploads") == before


async def test_what_is_somebodys_goes_with_them_in_one_statement(connection: Connection) -> None:
    """Each table that lies with its user refers to it ON DELETE CASCADE, or to one that does."""
    cascading = {
        row["child"]
        for row in await connection.fetch(
            """
            WITH RECURSIVE below AS (
                SELECT 'users'::regclass::oid AS parent
                UNION
                SELECT conrelid FROM pg_constraint JOIN below ON confrelid = parent
                WHERE contype = 'f' AND confdeltype = 'c'
            )
            SELECT parent::regclass::text AS child FROM below WHERE parent <> 'users'::regclass
            """
        )
    }
    assert cascading == {table for table, column in DISTRIBUTION.items() if column == "user_id"}


async def test_a_deletion_leaves_what_is_others(people: Connection) -> None:
    await delete_user(people, EVE)
    for table in ("accounts", "sessions", "mailed_codes"):
        assert len(await rows(people, table)) == 1
    await delete_user(people, ADA)
    for table in ("accounts", "sessions", "mailed_codes"):
        assert await rows(people, table) == []
