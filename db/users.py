"""People."""

from collections.abc import Sequence
from datetime import datetime

from db.rows import Connection, Row, fetch, fetch_one


class UserRecord(Row):
    id: int
    user_name: str
    display_name: str
    created_at: datetime


async def select_users(connection: Connection, ids: Sequence[int]) -> list[UserRecord]:
    return await fetch(
        connection,
        UserRecord,
        """
        SELECT id, user_name, display_name, created_at
        FROM users WHERE id = ANY($1::bigint[]) AND deleted_at IS NULL
        """,
        ids,
    )


async def insert_user_name(connection: Connection, name_key: str, user_id: int) -> bool:
    """Claims a name, in the form in which names must differ. False when it is taken."""
    claimed = await connection.fetchval(
        """
        INSERT INTO user_names (name_key, user_id) VALUES ($1, $2)
        ON CONFLICT (name_key) DO NOTHING RETURNING user_id
        """,
        name_key,
        user_id,
    )
    return claimed is not None


async def insert_user(
    connection: Connection, user_id: int, user_name: str, display_name: str, created_at: datetime
) -> None:
    await connection.execute(
        """
        INSERT INTO users (id, user_name, display_name, created_at) VALUES ($1, $2, $3, $4)
        """,
        user_id,
        user_name,
        display_name,
        created_at,
    )


async def update_user_display_name(
    connection: Connection, user_id: int, display_name: str
) -> UserRecord | None:
    """The person as changed; None when there is none."""
    return await fetch_one(
        connection,
        UserRecord,
        """
        UPDATE users SET display_name = $2 WHERE id = $1 AND deleted_at IS NULL
        RETURNING id, user_name, display_name, created_at
        """,
        user_id,
        display_name,
    )
