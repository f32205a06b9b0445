"""Accounts: what is private of a person, and the claims to names and addresses."""

from datetime import datetime

from db.rows import Connection, Row, fetch_one


class AccountRecord(Row):
    user_id: int
    email: str | None
    email_verified_at: datetime | None
    password_hash: str | None
    subject_key: str | None
    role: str
    disabled_at: datetime | None


async def select_account(connection: Connection, user_id: int) -> AccountRecord | None:
    return await fetch_one(
        connection,
        AccountRecord,
        """
        SELECT user_id, email, email_verified_at, password_hash, subject_key, role,
               disabled_at
        FROM accounts WHERE user_id = $1
        """,
        user_id,
    )


async def select_user_id_by_name(connection: Connection, name_key: str) -> int | None:
    user_id: int | None = await connection.fetchval(
        "SELECT user_id FROM user_names WHERE name_key = $1", name_key
    )
    return user_id


async def select_user_id_by_email(connection: Connection, email_key: str) -> int | None:
    """Whose address this is, proved by a mail."""
    user_id: int | None = await connection.fetchval(
        "SELECT user_id FROM user_emails WHERE email_key = $1", email_key
    )
    return user_id


async def select_user_id_by_subject(connection: Connection, subject_key: str) -> int | None:
    user_id: int | None = await connection.fetchval(
        "SELECT user_id FROM user_subjects WHERE subject_key = $1", subject_key
    )
    return user_id


async def insert_account(
    connection: Connection,
    user_id: int,
    *,
    email: str | None,
    email_verified_at: datetime | None,
    password_hash: str | None,
    role: str,
    subject_key: str | None = None,
) -> None:
    await connection.execute(
        """
        INSERT INTO accounts (user_id, email, email_verified_at, password_hash, role,
                              subject_key)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        user_id,
        email,
        email_verified_at,
        password_hash,
        role,
        subject_key,
    )


async def insert_user_email(connection: Connection, email_key: str, user_id: int) -> bool:
    """Claims an address. False when it is somebody else's; True also when it was theirs before."""
    owner = await connection.fetchval(
        """
        INSERT INTO user_emails (email_key, user_id) VALUES ($1, $2)
        ON CONFLICT (email_key) DO UPDATE SET user_id = user_emails.user_id
        RETURNING user_id
        """,
        email_key,
        user_id,
    )
    return bool(owner == user_id)


async def insert_user_subject(connection: Connection, subject_key: str, user_id: int) -> bool:
    """Claims a person of an external provider. False when they are known already."""
    claimed = await connection.fetchval(
        """
        INSERT INTO user_subjects (subject_key, user_id) VALUES ($1, $2)
        ON CONFLICT (subject_key) DO NOTHING RETURNING user_id
        """,
        subject_key,
        user_id,
    )
    return claimed is not None


async def update_account_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await connection.execute(
        "UPDATE accounts SET password_hash = $2 WHERE user_id = $1", user_id, password_hash
    )


async def update_account_email(
    connection: Connection, user_id: int, email: str, verified_at: datetime | None
) -> None:
    await connection.execute(
        "UPDATE accounts SET email = $2, email_verified_at = $3 WHERE user_id = $1",
        user_id,
        email,
        verified_at,
    )


async def update_account_role(connection: Connection, user_id: int, role: str) -> bool:
    """False when there is no such account."""
    return (
        await connection.execute("UPDATE accounts SET role = $2 WHERE user_id = $1", user_id, role)
        != "UPDATE 0"
    )


async def update_account_disabled(
    connection: Connection, user_id: int, disabled_at: datetime | None
) -> bool:
    """None enables it again. False when there is no such account."""
    return (
        await connection.execute(
            "UPDATE accounts SET disabled_at = $2 WHERE user_id = $1", user_id, disabled_at
        )
        != "UPDATE 0"
    )


async def delete_user_email(connection: Connection, email_key: str, user_id: int) -> None:
    await connection.execute(
        "DELETE FROM user_emails WHERE email_key = $1 AND user_id = $2", email_key, user_id
    )


async def delete_user_subject(connection: Connection, subject_key: str, user_id: int) -> None:
    await connection.execute(
        "DELETE FROM user_subjects WHERE subject_key = $1 AND user_id = $2", subject_key, user_id
    )


async def delete_user_name(connection: Connection, name_key: str, user_id: int) -> None:
    await connection.execute(
        "DELETE FROM user_names WHERE name_key = $1 AND user_id = $2", name_key, user_id
    )


async def delete_user(connection: Connection, user_id: int) -> None:
    """Deletes a person, and with them everything that lies on their shard."""
    await connection.execute("DELETE FROM users WHERE id = $1", user_id)
