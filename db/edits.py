"""Who has changed what in the catalogue."""

from datetime import datetime
from typing import Literal, TypeAlias

from db.redirects import CatalogueKind
from db.rows import Connection, Row, fetch

Action: TypeAlias = Literal["UPDATED", "MERGED", "WITHDRAWN", "RESTORED", "DELETED"]


class EditRecord(Row):
    """An edit. `changes` is JSON: [[field, before, after], …]."""

    item_id: int
    id: int
    kind: str
    action: str
    editor_id: int
    edited_at: datetime
    changes: str


async def insert_edit(
    connection: Connection,
    *,
    item_id: int,
    edit_id: int,
    kind: CatalogueKind,
    action: Action,
    editor_id: int,
    edited_at: datetime,
    changes: str,
) -> None:
    await connection.execute(
        """
        INSERT INTO catalogue_edits (item_id, id, kind, action, editor_id, edited_at, changes)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        item_id,
        edit_id,
        kind,
        action,
        editor_id,
        edited_at,
        changes,
    )


async def select_edits(connection: Connection, limit: int, before: int) -> list[EditRecord]:
    """The last `limit` edits before the id `before`, of the whole catalogue."""
    return await fetch(
        connection,
        EditRecord,
        """
        SELECT item_id, id, kind, action, editor_id, edited_at, changes
        FROM catalogue_edits WHERE id < $2 ORDER BY id DESC LIMIT $1
        """,
        limit,
        before,
    )


async def select_edits_of(
    connection: Connection, item_id: int, limit: int, before: int
) -> list[EditRecord]:
    """The last `limit` edits of one thing before the id `before`."""
    return await fetch(
        connection,
        EditRecord,
        """
        SELECT item_id, id, kind, action, editor_id, edited_at, changes
        FROM catalogue_edits WHERE item_id = $1 AND id < $3
        ORDER BY item_id DESC, id DESC LIMIT $2
        """,
        item_id,
        limit,
        before,
    )
