"""Other names of artists: in another script, former, short."""

from collections.abc import Sequence

from db.normalise import normalise
from db.rows import Connection, Row, fetch


class AliasRecord(Row):
    artist_id: int
    alias: str


async def select_artist_aliases(
    connection: Connection, artist_ids: Sequence[int]
) -> list[AliasRecord]:
    return await fetch(
        connection,
        AliasRecord,
        """
        SELECT artist_id, alias FROM artist_aliases
        WHERE artist_id = ANY($1::bigint[]) ORDER BY artist_id, alias_norm
        """,
        artist_ids,
    )


async def insert_artist_aliases(
    connection: Connection, artist_ids: Sequence[int], aliases: Sequence[str]
) -> list[int]:
    """Gives artists other names, pair by pair; gives the artists that had not all of theirs.

    Names that differ only in case or accents are the same.
    """
    rows = await connection.fetch(
        """
        INSERT INTO artist_aliases (artist_id, alias_norm, alias)
        SELECT DISTINCT ON (artist_id, alias_norm) artist_id, alias_norm, alias
        FROM unnest($1::bigint[], $2::text[], $3::text[]) AS new (artist_id, alias_norm, alias)
        ORDER BY artist_id, alias_norm
        ON CONFLICT (artist_id, alias_norm) DO NOTHING
        RETURNING artist_id
        """,
        artist_ids,
        [normalise(alias) for alias in aliases],
        aliases,
    )
    return list(dict.fromkeys(row["artist_id"] for row in rows))


async def delete_artist_aliases(connection: Connection, artist_id: int) -> bool:
    """Takes all other names from an artist. False when there were none."""
    status = await connection.execute("DELETE FROM artist_aliases WHERE artist_id = $1", artist_id)
    return status != "DELETE 0"
