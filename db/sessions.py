"""Sessions: what a sign-in has begun, and the codes that are mailed."""

from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class SessionRecord(Row):
    """A session, with what its person may do now."""

    user_id: int
    id: int
    seed: bytes
    current_sha256: bytes
    previous_sha256: bytes | None
    refreshed_at: datetime
    expires_at: datetime
    role: str
    disabled_at: datetime | None


class DeviceRecord(Row):
    """A session as its person sees it."""

    id: int
    device: str
    created_at: datetime
    refreshed_at: datetime


class MailedCodeRecord(Row):
    email: str


async def insert_session(
    connection: Connection,
    user_id: int,
    session_id: int,
    *,
    device: str,
    seed: bytes,
    current_sha256: bytes,
    created_at: datetime,
    expires_at: datetime,
) -> None:
    await connection.execute(
        """
        INSERT INTO sessions (user_id, id, device, seed, current_sha256, created_at, refreshed_at,
                              expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
        """,
        user_id,
        session_id,
        device,
        seed,
        current_sha256,
        created_at,
        expires_at,
    )


async def select_session_locked(
    connection: Connection, user_id: int, session_id: int
) -> SessionRecord | None:
    """The session, locked until the transaction ends: refreshes of one come one after another."""
    return await fetch_one(
        connection,
        SessionRecord,
        """
        SELECT s.user_id, s.id, s.seed, s.current_sha256, s.previous_sha256, s.refreshed_at,
               s.expires_at, a.role, a.disabled_at
        FROM sessions AS s JOIN accounts AS a ON a.user_id = s.user_id
        WHERE s.user_id = $1 AND s.id = $2
        FOR UPDATE OF s
        """,
        user_id,
        session_id,
    )


async def select_devices(connection: Connection, user_id: int, limit: int) -> list[DeviceRecord]:
    """Where somebody is signed in, the latest first."""
    return await fetch(
        connection,
        DeviceRecord,
        """
        SELECT id, device, created_at, refreshed_at FROM sessions
        WHERE user_id = $1 ORDER BY id DESC LIMIT $2
        """,
        user_id,
        limit,
    )


async def update_session_refreshed(
    connection: Connection,
    user_id: int,
    session_id: int,
    *,
    current_sha256: bytes,
    previous_sha256: bytes,
    refreshed_at: datetime,
    expires_at: datetime,
) -> None:
    await connection.execute(
        """
        UPDATE sessions SET current_sha256 = $3, previous_sha256 = $4, refreshed_at = $5,
                            expires_at = $6
        WHERE user_id = $1 AND id = $2
        """,
        user_id,
        session_id,
        current_sha256,
        previous_sha256,
        refreshed_at,
        expires_at,
    )


async def delete_session(connection: Connection, user_id: int, session_id: int) -> bool:
    """False when it had ended already, or is somebody else's."""
    return (
        await connection.execute(
            "DELETE FROM sessions WHERE user_id = $1 AND id = $2", user_id, session_id
        )
        != "DELETE 0"
    )


async def delete_sessions(connection: Connection, user_id: int, *, but: int | None = None) -> int:
    """Ends all sessions of a person except the one `but`; gives their number."""
    ended = await connection.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::bigint", user_id, but
    )
    return int(ended.split()[1])


async def delete_old_sessions(
    connection: Connection, user_id: int, now: datetime, keep: int
) -> None:
    """Deletes sessions that have ended, and all but the latest `keep` of the others."""
    await connection.execute(
        """
        DELETE FROM sessions
        WHERE user_id = $1 AND (expires_at <= $2 OR id NOT IN (
            SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC LIMIT $3
        ))
        """,
        user_id,
        now,
        keep,
    )


async def upsert_mailed_code(
    connection: Connection,
    user_id: int,
    purpose: str,
    *,
    code_sha256: bytes,
    email: str,
    expires_at: datetime,
) -> None:
    """Notes a code; the one before for this purpose is not good any more."""
    await connection.execute(
        """
        INSERT INTO mailed_codes (user_id, purpose, code_sha256, email, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, purpose) DO UPDATE
        SET code_sha256 = $3, email = $4, expires_at = $5
        """,
        user_id,
        purpose,
        code_sha256,
        email,
        expires_at,
    )


async def delete_mailed_codes(connection: Connection, user_id: int, purpose: str) -> None:
    """Makes the code for this purpose, if there is one, good for nothing."""
    await connection.execute(
        "DELETE FROM mailed_codes WHERE user_id = $1 AND purpose = $2", user_id, purpose
    )


async def delete_mailed_code(
    connection: Connection, user_id: int, purpose: str, *, code_sha256: bytes, now: datetime
) -> MailedCodeRecord | None:
    """Uses a code up. None when it is not this person's current one, or has ended."""
    return await fetch_one(
        connection,
        MailedCodeRecord,
        """
        DELETE FROM mailed_codes
        WHERE user_id = $1 AND purpose = $2 AND code_sha256 = $3 AND expires_at > $4
        RETURNING email
        """,
        user_id,
        purpose,
        code_sha256,
        now,
    )
