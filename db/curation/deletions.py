"""Albums and artists that are being deleted together with their songs."""

from typing import Literal

from db.rows import Connection, Row, fetch_one


class Deletion(Row):
    id: int
    kind: Literal["ARTIST", "ALBUM"]


async def insert_deletion(
    connection: Connection, kind: Literal["ARTIST", "ALBUM"], item_id: int
) -> None:
    await connection.execute(
        "INSERT INTO deletions (id, kind) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        item_id,
        kind,
    )


async def select_deletion_locked(connection: Connection) -> Deletion | None:
    """One that nobody else is at, held until the transaction ends."""
    return await fetch_one(
        connection,
        Deletion,
        "SELECT id, kind FROM deletions ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
    )


async def delete_deletion(connection: Connection, item_id: int) -> None:
    await connection.execute("DELETE FROM deletions WHERE id = $1", item_id)
