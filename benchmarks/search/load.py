"""The catalogue into the search table, as a bulk load does it: through the program's own documents
into the table for bulk loads, by two processes, then a rebuild.
"""

import asyncio
import gc
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

import asyncpg

from benchmarks.search.words import words_of
from db.pool import connect
from db.search import SONGS
from db.search.bulk import analyze_bulk, copy_rows
from db.search.rebuild import Progress, rebuild
from db.search.tiers import one_at_a_time
from db.search.vocabulary import rebuild_vocabulary
from demo.synthetic.catalogue import Catalogue
from demo.synthetic.words import LANGUAGES

PROCESSES: Final = 2
ARTISTS_PER_COPY: Final = 2_000


async def load(database_url: str, catalogue: Catalogue) -> dict[str, Any]:
    """Fills an empty, migrated database; gives the seconds that each part took."""
    for language in LANGUAGES:
        words_of(language)  # before the processes fork, which then share them
    facts: dict[str, Any] = {}
    started = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal started
        facts[name] = time.perf_counter() - started
        started = time.perf_counter()

    async with connect(database_url) as connection:
        async with one_at_a_time(connection, SONGS):
            await connection.execute("SET work_mem = '512MB'")
            facts["songs"] = await _copy_all(database_url, catalogue)
            await analyze_bulk(connection, SONGS)
            lap("copy_seconds")
            await rebuild(connection, SONGS, _show)
            lap("rebuild_seconds")
        facts["words"] = await rebuild_vocabulary(connection)
        lap("vocabulary_seconds")
        await connection.execute("VACUUM (ANALYZE)")
        lap("vacuum_seconds")
    return facts


async def multiply(database_url: str, copies: int) -> tuple[dict[str, float], int]:
    """Makes of each song so many, with the same words, other ids and popularities of its own size:
    longer lists than any independent songs would give, since rare words multiply too. The seconds
    that it took, and how many songs there are then."""
    started = time.perf_counter()
    async with connect(database_url) as connection, one_at_a_time(connection, SONGS):
        await connection.execute("SET work_mem = '512MB'")
        await connection.execute(
            """
            INSERT INTO song_search_bulk
                (id, duration_ms, popularity, tier, year, title_norm, artists_norm, lexemes)
            SELECT id + (copy << 44), duration_ms, (popularity * (0.05 + random()))::integer, 0,
                   year, title_norm, artists_norm, lexemes
            FROM song_search CROSS JOIN generate_series(1, $1::bigint - 1) AS copy
            WHERE lexemes <> ''
            """,
            copies,
        )
        await analyze_bulk(connection, SONGS)
        copied = time.perf_counter() - started
        await rebuild(connection, SONGS, _show)
        songs: int = await connection.fetchval("SELECT count(*) FROM song_search")
    seconds = time.perf_counter() - started - copied
    return {"copy_seconds": copied, "rebuild_seconds": seconds}, songs


def _show(progress: Progress) -> None:
    print(f"  {progress.what}: {progress.rows:,} rows", flush=True)


async def _copy_all(database_url: str, catalogue: Catalogue) -> int:
    loop = asyncio.get_running_loop()
    starts = range(0, catalogue.artists, ARTISTS_PER_COPY)
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as processes:
        return sum(
            await asyncio.gather(
                *(
                    loop.run_in_executor(processes, _copy_part, database_url, catalogue, start)
                    for start in starts
                )
            )
        )


def _copy_part(database_url: str, catalogue: Catalogue, start: int) -> int:
    gc.freeze()
    return asyncio.run(_copy(database_url, catalogue, start))


async def _copy(database_url: str, catalogue: Catalogue, start: int) -> int:
    artists = range(start, min(start + ARTISTS_PER_COPY, catalogue.artists))
    connection = await asyncpg.connect(database_url)
    try:
        rows = (document.row() for document in catalogue.documents(artists))
        return await copy_rows(connection, SONGS, rows)
    finally:
        await connection.close()
