"""Putting all rows of a search table back into order of popularity, while it serves.

Every tier is copied (db/search/tiers.py), and all copies take the place of the old tiers in one
transaction. A tier is copied and indexed in one transaction: a table that exists is complete, and
a rebuild that was interrupted goes on behind it.

Popularity is that of the catalogue when the rebuild began. Rows that were loaded in bulk
(db/search/bulk.py) are taken along.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import LiteralString

from db.rows import Connection
from db.search.kinds import TIERS, SearchKind
from db.search.ranking import (
    create_next_popularity,
    insert_next,
    update_bounds,
    update_delta_popularity,
)
from db.search.tiers import (
    COPYING,
    NO_BOUND,
    Bound,
    RebuildUnfinished,
    attach_next,
    create_next,
    create_next_indexes,
    delete_next_outdated,
    drop_next,
    exchange,
    one_at_a_time,
    read_bounds,
    select_next_exists,
    select_state,
    select_tier_is_empty,
    vacuum_tier,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of upkeep that is done, of how many; `rows` are those that it wrote."""

    kind: SearchKind
    step: int
    steps: int
    what: str
    rows: int


Report = Callable[[Progress], None]


def no_report(_: Progress) -> None:
    """For who does not look."""


async def rebuild(connection: Connection, kind: SearchKind, report: Report = no_report) -> int:
    """Rewrites all tiers of a kind and gives their new generation.

    `connection` must be a session of its own, outside of a transaction. Searches and writes go
    on; writes wait while the tables are swapped. Raises `UpkeepRunning`, and `RebuildUnfinished`
    for a remake that has not copied all rows (db/search/remake.py).
    """
    async with one_at_a_time(connection, kind):
        steps = len(TIERS) + 2
        state = await select_state(connection, kind)
        if state.remake == COPYING:
            raise RebuildUnfinished
        if state.bounds is None:
            for tier in TIERS:
                await drop_next(connection, kind, tier)
            await update_delta_popularity(connection, kind)
            await create_next_popularity(connection, kind)
            bounds = await update_bounds(connection, kind, anew=state.remake is not None)
            report(Progress(kind, 1, steps, "ranked", 0))
        else:
            bounds = read_bounds(state.bounds)
            report(Progress(kind, 1, steps, "going on with a rebuild", 0))
        for step, tier in enumerate(TIERS, 2):
            rows = await _copy_tier(connection, kind, tier, bounds, anew=state.remake is not None)
            report(Progress(kind, step, steps, f"copied tier {tier}", rows))
        tiers = await _copied_tiers(connection, kind)
        generation = await exchange(connection, kind, lambda: _swap(connection, kind, tiers))
        report(Progress(kind, steps, steps, "swapped", 0))
        if not connection.is_in_transaction():  # tests are
            for tier in tiers:
                await vacuum_tier(connection, kind, tier)
        return generation


async def _copy_tier(
    connection: Connection,
    kind: SearchKind,
    tier: LiteralString,
    bounds: list[Bound],
    *,
    anew: bool,
) -> int:
    if await select_next_exists(connection, kind, tier):
        return 0
    number = TIERS.index(tier)
    upper = bounds[number - 1] if number else None
    lower = bounds[number] if number < len(bounds) else NO_BOUND
    if upper == NO_BOUND and await select_tier_is_empty(connection, kind, tier):
        return 0
    async with connection.transaction():
        await create_next(connection, kind, tier)
        rows = 0
        if upper != NO_BOUND:
            rows = await insert_next(connection, kind, tier, upper, lower, anew=anew)
        await create_next_indexes(connection, kind, tier)
    return rows


async def _copied_tiers(connection: Connection, kind: SearchKind) -> list[LiteralString]:
    tiers: list[LiteralString] = []
    for tier in TIERS:
        if await select_next_exists(connection, kind, tier):
            tiers.append(tier)  # noqa: PERF401 (a comprehension is not literal to pyright)
    return tiers


async def _swap(connection: Connection, kind: SearchKind, tiers: list[LiteralString]) -> int:
    for tier in tiers:
        await delete_next_outdated(connection, kind, tier)
    await create_next(connection, kind, "0")
    await insert_next_delta(connection, kind, tiers)
    await create_next_indexes(connection, kind, "0")
    for tier in ("0", *tiers):
        await attach_next(connection, kind, tier)
    return await update_rebuilt(connection, kind)


async def insert_next_delta(
    connection: Connection, kind: SearchKind, tiers: list[LiteralString]
) -> None:
    """Copies those rows of the delta tier that no other tier has got."""
    statement: LiteralString = """
        INSERT INTO song_search_next_0
        SELECT * FROM song_search AS delta WHERE tier = 0 AND lexemes <> ''
    """
    absent: LiteralString = """
        AND NOT EXISTS (SELECT FROM song_search_next_TIER AS next WHERE next.id = delta.id)
    """
    for tier in tiers:
        statement += absent.replace("TIER", tier)
    await connection.execute(kind.sql(statement))


async def update_rebuilt(connection: Connection, kind: SearchKind) -> int:
    """Ends a rebuild, and gives the new generation."""
    generation: int = await connection.fetchval(
        kind.sql(
            """
            UPDATE search_state
            SET generation = generation + 1, tier_bounds = bounds, bounds = NULL, moved = 0,
                remake = NULL, rebuilt_at = now(), refreshed_at = now()
            WHERE kind = 'song' RETURNING generation
            """
        )
    )
    await connection.execute(
        kind.sql("TRUNCATE song_search_bulk; DROP TABLE song_search_next_popularity")
    )
    return generation
