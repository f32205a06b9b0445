"""`python -m benchmarks.people --users N`: likes, plays and page reads per second, at N and 10 N.

Starts a PostgreSQL of its own as the demo does (durable, fsync on) with two databases, of N and of
10 N people with ten rows each (four likes, three plays, a playlist with two entries). Each
operation is what the resolver of the API does, for a random person, without HTTP and GraphQL; a
fixed number of clients does one after the other. The two databases take turns, round by round, so
that whatever else the machine does meanwhile is the same for both.

With `--directory` the people are kept there, and the next run measures at once. 10 million take
about 25 GB and half an hour to make.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from app.embedded import Database, start_database
from db.cursor import INT8
from db.ids import IdGenerator, lease_ids
from db.library import select_library_items
from db.migrate import migrate
from db.playlist_entries import select_playlist_entries
from db.plays import select_plays
from db.pool import Pool, connect, open_pool
from resolvers import library, playlist_entries, plays
from resolvers.combined import Combining
from resolvers.context import Context, Services
from resolvers.playlist_entries import Place
from resolvers.plays import Report
from resolvers.rollup import roll_up
from resolvers.viewer import Role, Viewer

SONGS: Final = 10_000
AT_ONCE: Final = 100_000
STEP: Final = 1 << 22
"""From one id to the next, as if each had been made in a millisecond of its own."""

MADE: Final = datetime(2026, 1, 1, tzinfo=UTC)
END: Final = (datetime(9999, 1, 1, tzinfo=UTC), INT8[-1])

Operation = Callable[[Pool, IdGenerator, int], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000, help="N; 10 N are measured as well")
    parser.add_argument("--seconds", type=float, default=5, help="for each operation and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8, help="operations at once")
    parser.add_argument("--directory", type=Path, help="keeps the people for the next run")
    parser.add_argument("--fill", action="store_true", help="makes the people, measures nothing")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        directory = arguments.directory
        if directory is None:
            name = stack.enter_context(tempfile.TemporaryDirectory(prefix="tonearm-bench-"))
            directory = Path(name)
        directory.mkdir(exist_ok=True)
        directory.chmod(0o711)
        database = stack.enter_context(start_database(directory))
        asyncio.run(run(database, arguments))


async def run(database: Database, arguments: argparse.Namespace) -> None:
    sizes = (arguments.users, 10 * arguments.users)
    for users in sizes:
        await make_people(database, users)
    if not arguments.fill:
        await measure(database, sizes, arguments)


def of(url: str, users: int) -> str:
    """The URL of the database with so many people."""
    return urlsplit(url)._replace(path=f"/people_{users}").geturl()


async def make_people(database: Database, users: int) -> None:
    """A database with so many people, unless it is there; goes on where it was interrupted."""
    owner = urlsplit(database.database_url).username
    name = f"people_{users}"
    connection = await asyncpg.connect(database.database_superuser_url)
    try:
        there = "SELECT true FROM pg_database WHERE datname = $1"
        if not await connection.fetchval(there, name):
            await connection.execute(f"CREATE DATABASE {name} OWNER {owner}")
    finally:
        await connection.close()
    async with connect(of(database.database_url, users)) as owned:
        await migrate(owned)
    await fill(of(database.database_superuser_url, users), users)


async def measure(database: Database, sizes: Sequence[int], arguments: argparse.Namespace) -> None:
    """Prints a table: each operation at both sizes, and the ratio of the rates in each round."""
    async with AsyncExitStack() as stack:
        pools: dict[int, tuple[Pool, IdGenerator]] = {}
        for users in sizes:
            url = of(database.database_url, users)
            pool = await stack.enter_async_context(
                open_pool(url, max_size=arguments.clients, statement_timeout=60)
            )
            pools[users] = pool, await stack.enter_async_context(lease_ids(pool))
        small, large = sizes
        print(
            f"{arguments.clients} clients, {arguments.rounds} rounds of {arguments.seconds:g} s\n\n"
            f"| operation | {small:,}: per second | p50 ms | p99 ms | {large:,}: per second "
            "| p50 ms | p99 ms | rate, large to small (least, median, most) |\n"
            "|---|---|---|---|---|---|---|---|"
        )
        for name, operation in OPERATIONS.items():
            times: dict[int, list[float]] = {users: [] for users in sizes}
            ratios: list[float] = []
            for users in sizes:
                await timed(operation, *pools[users], users, arguments.clients, 1.0)  # warm
            for _ in range(arguments.rounds):
                counts: list[int] = []
                for users in sizes:
                    found = await timed(
                        operation, *pools[users], users, arguments.clients, arguments.seconds
                    )
                    times[users] += found
                    counts.append(len(found))
                ratios.append(counts[1] / counts[0])
            cells = [name]
            for users in sizes:
                cuts = quantiles(times[users], n=100)
                rate = len(times[users]) / arguments.seconds / arguments.rounds
                cells += [f"{rate:,.0f}", f"{cuts[49] * 1000:.1f}", f"{cuts[98] * 1000:.1f}"]
            cells.append(f"{min(ratios):.2f}, {median(ratios):.2f}, {max(ratios):.2f}")
            print(f"| {' | '.join(cells)} |", flush=True)
        rolled: list[str] = []
        for users in sizes:
            started = time.perf_counter()
            done = await roll_up(pools[users][0])
            rolled.append(f"{done.plays / (time.perf_counter() - started):,.0f}")
        print(f"| plays rolled up | {rolled[0]} | | | {rolled[1]} | | | |", flush=True)


async def fill(superuser_url: str, users: int) -> None:
    """So many people, and the songs. A superuser may leave out the checks of foreign keys, which
    hold."""
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(
            """
            INSERT INTO songs (id, title, main_artist_ids, duration_ms, created_at)
            SELECT n, 'Song ' || n, ARRAY[n % 997], 200000, '2026-01-01T00:00Z'
            FROM generate_series(1, $1::bigint) AS n ON CONFLICT DO NOTHING
            """,
            SONGS,
        )
        there = await connection.fetchval("SELECT coalesce(max(id), 0) / $1 FROM users", STEP)
        for start in range(there, users, AT_ONCE):
            async with connection.transaction():
                for statement in FILL:
                    await connection.execute(
                        statement, STEP, start, min(start + AT_ONCE, users), MADE, SONGS
                    )
            print(f"{min(start + AT_ONCE, users):,} of {users:,} people", file=sys.stderr)
        if there < users:
            await connection.execute("VACUUM ANALYZE")
            await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


_PEOPLE: Final = "FROM generate_series($2::bigint + 1, $3::bigint) AS n"
FILL: Final = (
    f"""
    INSERT INTO users (id, user_name, display_name, created_at)
    SELECT n * $1::bigint, 'person' || n, 'Person ' || n, $4::timestamptz {_PEOPLE}
    WHERE $5::bigint > 0
    """,
    f"""
    INSERT INTO library_items (user_id, kind, item_id, added_at)
    SELECT n * $1::bigint, 'SONG', 1 + (n * 31 + k * 997) % $5::bigint,
           $4::timestamptz + k * interval '1 day'
    {_PEOPLE}, generate_series(1, 4) AS k
    """,
    f"""
    INSERT INTO plays (user_id, id, song_id, artist_ids, started_at, heard_until, heard_ms,
                       credited_ms, completed, rolled_up)
    SELECT n * $1::bigint, gen_random_uuid(), 1 + (n * 31 + k * 997) % $5::bigint, ARRAY[n % 997],
           $4::timestamptz + k * interval '1 day', $4::timestamptz + k * interval '25 hours',
           100000, 100000, false, true
    {_PEOPLE}, generate_series(1, 3) AS k
    """,
    f"""
    INSERT INTO playlists (user_id, id, name, description, visibility, revision, entry_count,
                           duration_ms, created_at, updated_at)
    SELECT n * $1::bigint, n * $1::bigint, 'Rain', '', 'PRIVATE', 1, 2, 400000,
           $4::timestamptz, $4::timestamptz
    {_PEOPLE} WHERE $5::bigint > 0
    """,
    f"""
    INSERT INTO playlist_entries (user_id, playlist_id, id, song_id, added_by, added_at,
                                  duration_ms, position)
    SELECT n * $1::bigint, n * $1::bigint, n * $1::bigint + k, 1 + (n * 31 + k * 997) % $5::bigint,
           n * $1::bigint, $4::timestamptz, 200000, 'V' || k
    {_PEOPLE}, generate_series(1, 2) AS k
    """,
)


async def timed(
    operation: Operation, pool: Pool, ids: IdGenerator, users: int, clients: int, seconds: float
) -> list[float]:
    """How long each operation took, in seconds."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        while (started := time.perf_counter()) < end:
            await operation(pool, ids, random.randint(1, users) * STEP)
            times.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


def context(pool: Pool, ids: IdGenerator, user: int) -> Context:
    """Of somebody who is signed in; what these operations do not use is not there."""
    services: Services = object.__new__(Services)
    object.__setattr__(services, "pool", pool)
    object.__setattr__(services, "ids", ids)
    object.__setattr__(services, "combined", Combining())
    return Context(services, Viewer(user, Role.LISTENER))


def random_song() -> str:
    return f"song_{random.randint(1, SONGS):x}"


async def like(pool: Pool, ids: IdGenerator, user: int) -> None:
    await library.add(context(pool, ids, user), library.SONGS, [random_song()])


async def report_play(pool: Pool, ids: IdGenerator, user: int) -> None:
    now = datetime.now(UTC)
    started_at = now - timedelta(seconds=60)
    report = Report(uuid4(), random_song(), started_at, 60_000, now, completed=False)
    await plays.report(context(pool, ids, user), [report], None)


async def add_to_playlist(pool: Pool, ids: IdGenerator, user: int) -> None:
    await playlist_entries.add(
        context(pool, ids, user),
        playlist_id=f"playlist_{user:x}_{user:x}",
        song_ids=[random_song()],
        place=Place(),
        revision=None,
    )


async def read_likes(pool: Pool, ids: IdGenerator, user: int) -> None:
    async with context(pool, ids, user).connection() as connection:
        await select_library_items(connection, user, "SONG", 21, END)


async def read_history(pool: Pool, ids: IdGenerator, user: int) -> None:
    async with context(pool, ids, user).connection() as connection:
        await select_plays(connection, user, 21, (END[0], uuid4()))


async def read_playlist(pool: Pool, ids: IdGenerator, user: int) -> None:
    async with context(pool, ids, user).connection() as connection:
        await select_playlist_entries(connection, [(user, user)], 21, ("", -1))


OPERATIONS: Final[dict[str, Operation]] = {
    "a page of likes": read_likes,
    "a page of history": read_history,
    "a page of a playlist": read_playlist,
    "a like": like,
    "a play": report_play,
    "a song into a playlist": add_to_playlist,
}

if __name__ == "__main__":
    main()
