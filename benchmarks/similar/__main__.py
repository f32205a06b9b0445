"""`python -m benchmarks.similar --people N`: what is listened to together, counted and read.

Starts a PostgreSQL of its own as the demo does (durable, fsync on), with N people of 60 plays. Each
has one of 50 tastes, of 200 of the 10,000 songs, and plays the popular ones of it most, by Zipf's
law; one play of five is of any song. First `refresh_similar` counts all of them, as the first time
or after a long pause; then so many clients read, as the resolvers do, without HTTP and GraphQL.

The last line says of the songs that are similar to a song of some taste how many are of the same
taste, where chance would give 2 %. Writes its table to benchmarks/similar/results.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

import asyncpg

from app.embedded import Database, start_database
from benchmarks.people.__main__ import context, timed
from db.ids import IdGenerator, lease_ids
from db.migrate import migrate
from db.pool import Pool, connect, open_pool
from resolvers.context import Context
from resolvers.recommendations import SIMILAR_SONGS, Reason, SimilarKey, discover
from resolvers.similar import refresh_similar
from tests.conftest import server_directory

RESULTS: Final = Path(__file__).parent / "results"
SONGS: Final = 10_000
TASTES: Final = 50
OF_TASTE: Final = SONGS // TASTES
PLAYS: Final = 60
PEOPLE_AT_ONCE: Final = 5_000
SEED: Final = 1

CATALOGUE: Final = (
    """
    INSERT INTO genres (id, slug, name)
    SELECT n, 'genre' || n, 'Genre ' || n FROM generate_series(0, 19) AS n
    """,
    """
    INSERT INTO artists (id, name, sort_name, created_at)
    SELECT n, 'Artist ' || n, 'Artist ' || n, '2026-01-01T00:00Z' FROM generate_series(0, 999) AS n
    """,
    """
    INSERT INTO songs (id, title, main_artist_ids, genre_ids, duration_ms, popularity, created_at)
    SELECT 1000 + n, 'Song ' || n, ARRAY[n / 10], ARRAY[n % 20], 200000, 1 + n % 997,
           '2026-01-01T00:00Z'
    FROM generate_series(0, 9999) AS n
    """,
    """
    INSERT INTO genre_songs (genre_id, song_id, popularity)
    SELECT genre_ids[1], id, popularity FROM songs
    """,
)


def taste_of(song: int) -> int:
    return song // OF_TASTE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10, help="for each kind of reading")
    parser.add_argument("--clients", type=int, default=8, help="reads at once")
    arguments = parser.parse_args()
    with server_directory() as directory, start_database(directory) as database:
        lines = asyncio.run(run(database, arguments))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}.md"
    path.write_text("\n".join(lines) + "\n")
    print("\n".join(lines), f"\nwritten: {path}", sep="\n")


async def run(database: Database, arguments: argparse.Namespace) -> list[str]:
    async with connect(database.database_url) as owned:
        await migrate(owned)
    await fill(database.database_superuser_url, arguments.people)
    async with (
        open_pool(database.database_url, max_size=arguments.clients) as pool,
        lease_ids(pool) as ids,
    ):
        started = time.perf_counter()
        counted = await refresh_similar(pool)
        seconds = time.perf_counter() - started
        pairs = await pool.fetchval("SELECT count(*) FROM listened_pairs")
        size = await pool.fetchval(
            "SELECT pg_size_pretty(pg_total_relation_size('listened_pairs'))"
        )
        lines = [
            f"{arguments.people:,} people of {PLAYS} plays, {SONGS:,} songs, "
            f"{arguments.clients} clients",
            "",
            f"Counted and published: {seconds:.0f} s, {arguments.people / seconds:,.0f} people and "
            f"{arguments.people * PLAYS / seconds:,.0f} plays a second ({counted:,} countings); "
            f"{pairs:,} pairs, {size}",
            "",
            "| read | per second | p50 ms | p99 ms |",
            "|---|---|---|---|",
        ]
        for name, operation in READS.items():
            await timed(operation, pool, ids, arguments.people, arguments.clients, 1.0)  # warm
            times = await timed(
                operation, pool, ids, arguments.people, arguments.clients, arguments.seconds
            )
            cuts = quantiles(times, n=100)
            rate = len(times) / arguments.seconds
            lines.append(
                f"| {name} | {rate:,.0f} | {cuts[49] * 1000:.1f} | {cuts[98] * 1000:.1f} |"
            )
        lines += ["", await quality(pool, ids)]
        return lines


async def fill(superuser_url: str, people: int) -> None:
    """A superuser may leave out the checks of foreign keys, which hold."""
    chance = random.Random(SEED)
    weights = [1 / rank for rank in range(1, OF_TASTE + 1)]
    now = datetime.now(UTC)
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in CATALOGUE:
            await connection.execute(statement)
        await connection.execute(
            """
            INSERT INTO users (id, user_name, display_name, created_at)
            SELECT n << 22, 'person' || n, 'Person ' || n, $2 FROM generate_series(1, $1) AS n
            """,
            people,
            now,
        )
        await connection.execute("INSERT INTO similar_listeners SELECT id, true FROM users")
        for start in range(1, people + 1, PEOPLE_AT_ONCE):
            heard = [
                (person << 22, 1000 + song)
                for person in range(start, min(start + PEOPLE_AT_ONCE, people + 1))
                for song in heard_by(chance, person % TASTES, weights)
            ]
            await connection.execute(
                """
                INSERT INTO plays (user_id, id, song_id, artist_ids, started_at, heard_until,
                                   heard_ms, credited_ms, completed, rolled_up)
                SELECT user_id, gen_random_uuid(), song_id, ARRAY[(song_id - 1000) / 10],
                       $3::timestamptz - n * interval '1 minute', $3, 200000, 200000, true, true
                FROM unnest($1::bigint[], $2::bigint[])
                    WITH ORDINALITY AS heard (user_id, song_id, n)
                """,
                [user_id for user_id, _ in heard],
                [song_id for _, song_id in heard],
                now,
            )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def heard_by(chance: random.Random, taste: int, weights: list[float]) -> list[int]:
    """Songs of one person, by number."""
    of_taste = chance.choices(range(taste * OF_TASTE, (taste + 1) * OF_TASTE), weights, k=PLAYS)
    return [song if chance.random() < 0.8 else chance.randrange(SONGS) for song in of_taste]


@asynccontextmanager
async def listening(pool: Pool, ids: IdGenerator, user: int) -> AsyncIterator[Context]:
    viewer = context(pool, ids, user)
    try:
        yield viewer
    finally:
        viewer.loaders.close()


async def read_similar(pool: Pool, ids: IdGenerator, user: int) -> None:
    """A page of 20 songs, of each of which 10 are asked for."""
    async with listening(pool, ids, user) as viewer:
        keys = [SimilarKey(1000 + random.randrange(SONGS), 10) for _ in range(20)]
        await asyncio.gather(*(viewer.loaders[SIMILAR_SONGS].load(key) for key in keys))


async def read_discovery(pool: Pool, ids: IdGenerator, user: int) -> None:
    async with listening(pool, ids, user) as viewer:
        await discover(viewer, 20)


async def quality(pool: Pool, ids: IdGenerator) -> str:
    """Of the first 10 of the most popular ten songs of each taste."""
    together = same = 0
    async with listening(pool, ids, 1 << 22) as viewer:
        for taste in range(TASTES):
            for song in range(taste * OF_TASTE, taste * OF_TASTE + 10):
                found = await viewer.loaders[SIMILAR_SONGS].load(SimilarKey(1000 + song, 10))
                for one in found or ():
                    if one.reason is Reason.LISTENED_TOGETHER:
                        together += 1
                        same += taste_of(one.song.id - 1000) == taste
    return (
        f"Of {together:,} songs that are listened to together with popular ones, "
        f"{100 * same / max(1, together):.1f} % are of the same taste."
    )


READS: Final = {"10 similar to each of 20 songs": read_similar, "discover, 20": read_discovery}

if __name__ == "__main__":
    main()
