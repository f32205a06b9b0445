"""The plans of the statements of search, on a catalogue that is large enough to have real ones."""

import json
from collections.abc import AsyncGenerator, Iterator
from typing import Any, Final

import pytest

from db.pool import open_pool
from db.rows import Connection
from db.search import SONGS, Range, SearchFilter, SearchKind
from db.search.beginnings import terms_of
from db.search.filters import conditions
from db.search.kinds import TIERS
from db.search.query import parse_query
from db.search.rebuild import rebuild
from db.search.similar import SELECT_KNOWN, SELECT_SHARING, variants
from db.search.statements import CANDIDATES, RANKED, TIERS_BEHIND
from db.search.vocabulary import rebuild_vocabulary
from tests.conftest import Postgres, new_database

ROWS: Final = 220_000
DELTA_ROWS: Final = 5_000

# Words by Zipf's law: `w1` is in most songs, `w20000` in few. The indexes come afterwards.
INSERT_SONGS: Final = """
    WITH drawn AS MATERIALIZED (
        SELECT id, (power(2, 24 * random() * random()))::integer AS popularity,
               power(20000, random())::integer AS first, power(20000, random())::integer AS second,
               power(20000, random())::integer AS artist
        FROM generate_series($2::bigint, $3::bigint) AS id
    )
    INSERT INTO song_search
        (id, tier, popularity, year, duration_ms, title_norm, artists_norm, lexemes)
    SELECT id, $1::smallint, popularity, 1960 + id % 65, 100000 + id % 200000,
           format('w%s w%s', first, second), ARRAY[format('w%s', artist)],
           array_to_tsvector(ARRAY[
               '^w', 'w' || first, 'w' || second, 'w' || artist, '^' || left('w' || first, 2),
               '^' || left('w' || second, 2), '^' || left('w' || artist, 2),
               '^' || left('w' || first, 3), '^' || left('w' || second, 3),
               'Y' || 1960 + id % 65, 'D' || (1960 + id % 65) / 10, 'G' || id % 40,
               'L' || (100000 + id % 200000) / 15000
           ])
    FROM drawn
"""


@pytest.fixture(scope="module")
async def large(postgres: Postgres, worker: str) -> AsyncGenerator[Connection, None]:
    """220,000 songs in the tiers and 5,000 in the delta tier, analysed."""
    name = f"{postgres.template}_{worker}_plans"
    async with (
        new_database(postgres.owner_url, name, postgres.template) as url,
        open_pool(url, max_size=1, statement_timeout=120) as pool,
        pool.acquire() as connection,
    ):
        await connection.execute("SELECT setseed(0.5)")
        await connection.execute("DROP INDEX song_search_lexemes")
        await connection.execute(INSERT_SONGS, 0, 1, ROWS)
        await connection.execute(
            """
            CREATE INDEX song_search_lexemes ON song_search USING gin (lexemes)
            WITH (fastupdate = off)
            """
        )
        await rebuild(connection, SONGS)
        await rebuild_vocabulary(connection)
        await connection.execute(INSERT_SONGS, 0, ROWS + 1, ROWS + DELTA_ROWS)
        await connection.execute("ANALYZE song_search")
        yield connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def explain(connection: Connection, statement: str, *arguments: object) -> dict[str, Any]:
    explained = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    plan: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return plan


QUERIES: Final = ["w", "w1", "w1 w2", "w12", "w123", "w1234", "w1 w", "w1 ", "w1 w2 w3 ", "zzz"]
FILTERS: Final = {
    "none": None,
    "lexemes": SearchFilter(genre_ids=(7,), explicit=False),
    "ranges": SearchFilter(years=Range(1990, 2005), durations_ms=Range(100_000, 120_000)),
    "a rare range": SearchFilter(durations_ms=Range(1_000, 1_010)),
}


async def check(connection: Connection, statement: str, *arguments: object) -> None:
    """Asserts that a statement neither scans a growing table nor sorts much of one."""
    for node in nodes(await explain(connection, statement, *arguments)):
        rows = await connection.fetchval(
            "SELECT reltuples FROM pg_class WHERE oid = to_regclass($1)",
            node.get("Relation Name"),
        )
        assert (
            rows is None
            or rows < 100
            or node["Node Type"] in ("Bitmap Heap Scan", "Index Scan", "Index Only Scan")
        ), node
        if node["Node Type"] == "Sort":
            # The matches of the delta tier, whose size a rebuild bounds, or the window.
            assert sum(child["Actual Rows"] for child in node["Plans"]) <= DELTA_ROWS


@pytest.mark.parametrize("cache_mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("wanted", FILTERS.values(), ids=list(FILTERS))
async def test_plans_scan_no_growing_table(
    large: Connection, text: str, wanted: SearchFilter | None, cache_mode: str
) -> None:
    query = parse_query(text)
    assert query is not None
    await large.execute("SELECT set_config('plan_cache_mode', $1, false)", cache_mode)
    limits = conditions(SONGS, wanted)
    tsquery = limits.on(query.tsquery)
    no_frame = (None,) * 6
    await check(
        large, RANKED[SONGS], terms_of(tsquery), query.text, 21, 21, *no_frame, *limits, 1_000
    )
    start = (0, [2, 0, 0], [2**40, 0], ["(0,0)"] * len(TIERS))
    await check(large, TIERS_BEHIND[SONGS], terms_of(tsquery), query.text, 21, *start, *limits[1:])
    titles = [query.text, "w1 w1", "w2 w1"]
    await check(large, CANDIDATES[SONGS], terms_of(f"({tsquery}) | 'w2'"), titles, *limits, 1_000)


@pytest.mark.parametrize("cache_mode", ["force_custom_plan", "force_generic_plan"])
async def test_plans_of_the_vocabulary_scan_no_table(large: Connection, cache_mode: str) -> None:
    await large.execute("SELECT set_config('plan_cache_mode', $1, false)", cache_mode)
    words = list(variants("w123", "abcdefghijklmnopqrstuvwxyz"))
    await check(large, SELECT_KNOWN, words, words)
    await check(large, SELECT_SHARING, "w12", "321", 3, 6, 4_000)


@pytest.mark.parametrize("statements", [RANKED, TIERS_BEHIND, CANDIDATES])
def test_statements_stay_prepared(statements: dict[SearchKind, str]) -> None:
    # asyncpg prepares longer ones anew each time, which costs more than to run them.
    assert all(len(statement) < 15 * 1024 for statement in statements.values())


async def test_a_common_word_reads_no_more_rows_than_it_needs(large: Connection) -> None:
    plan = await explain(large, RANKED[SONGS], terms_of("'w1'"), "w1", 21, 21, *(None,) * 9, 1_000)
    scans = [
        node
        for node in nodes(plan)
        if node["Node Type"] == "Bitmap Heap Scan" and node["Relation Name"] != "song_search_0"
    ]
    assert {node["Relation Name"]: node["Actual Rows"] for node in scans}["song_search_1"] == 128
    assert sum(node["Actual Rows"] for node in scans) == 128


async def test_the_planner_does_not_count_lexemes(large: Connection) -> None:
    assert not await large.fetchval("SELECT count(*) FROM pg_stats WHERE attname = 'lexemes'")
