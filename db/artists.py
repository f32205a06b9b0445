"""Artists."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db.rows import Connection, Row, fetch


class ArtistRecord(Row):
    id: int
    name: str
    sort_name: str
    musicbrainz_id: UUID | None
    popularity: int
    created_at: datetime


async def select_artists(connection: Connection, ids: Sequence[int]) -> list[ArtistRecord]:
    return await fetch(
        connection,
        ArtistRecord,
        """
        SELECT id, name, sort_name, musicbrainz_id, popularity, created_at
        FROM artists WHERE id = ANY($1::bigint[])
        """,
        ids,
    )
