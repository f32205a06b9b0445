"""Buckets of rate limits, shared by all processes: when each of them is full again.

After the generic cell rate algorithm (ITU-T I.371): taking something puts `full_at` later by the
time in which as much flows in. Times are seconds since 1970.
"""

from collections.abc import Mapping

from db.rows import Connection, Row, fetch


class Bucket(Row):
    key: str
    full_at: float


async def upsert_bucket_if_room(
    connection: Connection, key: str, *, now: float, seconds: float, window: float
) -> bool:
    """Takes `seconds` worth from a bucket that is filled within `window`; False if it has less."""
    taken = await connection.fetchval(
        """
        INSERT INTO rate_buckets (key, full_at)
        VALUES ($1, $2::double precision + $3::double precision)
        ON CONFLICT (key) DO UPDATE SET full_at = greatest(rate_buckets.full_at, $2) + $3
            WHERE greatest(rate_buckets.full_at, $2) + $3 <= $2 + $4
        RETURNING true
        """,
        key,
        now,
        seconds,
        window,
    )
    return taken is not None


async def upsert_buckets(
    connection: Connection, taken: Mapping[str, float], now: float
) -> list[Bucket]:
    """Takes seconds' worth from buckets, whether they have it or not; how they stand then."""
    keys = sorted(taken)  # in one order, so that two processes wait rather than deadlock
    return await fetch(
        connection,
        Bucket,
        """
        INSERT INTO rate_buckets (key, full_at)
        SELECT key, $3::double precision + seconds
        FROM unnest($1::text[], $2::double precision[]) AS more (key, seconds)
        ON CONFLICT (key) DO UPDATE
            SET full_at = greatest(rate_buckets.full_at, $3) + (excluded.full_at - $3)
        RETURNING key, full_at
        """,
        keys,
        [taken[key] for key in keys],
        now,
    )


async def select_bucket_full_at(connection: Connection, key: str) -> float | None:
    full_at: float | None = await connection.fetchval(
        "SELECT full_at FROM rate_buckets WHERE key = $1", key
    )
    return full_at


async def delete_full_buckets(connection: Connection, now: float) -> None:
    await connection.execute("DELETE FROM rate_buckets WHERE full_at < $1", now)
