"""How the search tables stand, and what upkeep they need."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db.rows import Connection
from db.search.kinds import SearchKind
from db.search.tiers import count_tiers, is_unfinished, select_state

DELTA_ROWS: Final = 20_000
"""Rows in the delta tier above which a refresh is due: every search sorts its matches there."""

MOVED_SHARE: Final = 0.1
"""Share of the rows that lie behind those of their tier, above which a rebuild is due."""

REFRESH_AGE: Final = timedelta(hours=6)
"""Age of rows in the delta tier after which a refresh is due."""


@dataclass(frozen=True, slots=True)
class Status:
    """`rows` are those of tier 0, 1, …; beyond tier 0 they are estimates of PostgreSQL. `bulk` says
    whether rows wait for the next rebuild, `unfinished` whether a rebuild was interrupted."""

    kind: SearchKind
    rows: list[int]
    bulk: bool
    moved: int
    generation: int
    rebuilt_at: datetime | None
    refreshed_at: datetime | None
    unfinished: bool
    table_bytes: int
    index_bytes: int

    def due(self, now: datetime) -> str | None:
        """What is to be run, and why; None when all is well."""
        if self.unfinished:
            return "rebuild: one was interrupted, and goes on where it was"
        if self.bulk:
            return "rebuild: rows were loaded that cannot be found before"
        if self.moved > MOVED_SHARE * sum(self.rows):
            return f"rebuild: {self.moved:,} rows are not in the order of their popularity"
        if self.rows[0] > DELTA_ROWS:
            return f"refresh: every search reads the {self.rows[0]:,} rows of the delta tier"
        if self.rows[0] and (self.refreshed_at is None or now - self.refreshed_at > REFRESH_AGE):
            return "refresh: rows have been in the delta tier for hours"
        return None


async def select_status(connection: Connection, kind: SearchKind) -> Status:
    state = await select_state(connection, kind)
    sizes = await connection.fetchrow(
        kind.sql(
            """
            SELECT sum(pg_table_size(relid))::bigint AS tables,
                   sum(pg_indexes_size(relid))::bigint AS indexes,
                   EXISTS (SELECT FROM song_search_bulk) AS bulk
            FROM pg_partition_tree('song_search') WHERE isleaf
            """
        ).replace("'song_search'", f"'{kind.table}'")
    )
    assert sizes is not None
    return Status(
        kind=kind,
        rows=await count_tiers(connection, kind),
        bulk=sizes["bulk"],
        moved=state.moved,
        generation=state.generation,
        rebuilt_at=state.rebuilt_at,
        refreshed_at=state.refreshed_at,
        unfinished=is_unfinished(state),
        table_bytes=sizes["tables"],
        index_bytes=sizes["indexes"],
    )


async def select_vocabulary(connection: Connection) -> tuple[int, int]:
    """Words that typing errors are corrected by, and the bytes they take."""
    row = await connection.fetchrow(
        """
        SELECT count(*) AS words, pg_total_relation_size('search_words') AS bytes
        FROM search_words
        """
    )
    assert row is not None
    return row["words"], row["bytes"]
