"""Measures search: `python -m benchmarks.search --songs 1e6`.

Needs the packages of `benchmarks/search/requirements.txt`.
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.embedded import start_database
from benchmarks.search import peers
from benchmarks.search.load import load, multiply
from benchmarks.search.measure import (
    Calibration,
    Search,
    by_kind,
    our_search,
    run_log,
    summarise,
    summarise_outcomes,
    throughput,
    write_rates,
)
from benchmarks.search.queries import LoggedQuery, query_log
from benchmarks.search.report import markdown
from benchmarks.search.words import words_of
from db.migrate import migrate, read_migrations
from db.pool import SERVER_SETTINGS
from db.rows import Connection
from db.search.beginnings import rebuild_beginnings
from db.search.vocabulary import rebuild_vocabulary
from demo.synthetic.catalogue import Catalogue

RESULTS: Final = Path(__file__).with_name("results")
DATABASE: Final = "bench_search"
PEER_TIMEOUT: Final = "2s"
WARM_UP: Final = 60
"""Queries before each peer is measured."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--songs", type=float, default=1e6, help="songs in the catalogue")
    parser.add_argument("--data-seed", type=int, default=1, help="of the catalogue")
    parser.add_argument("--seed", type=int, help="of the queries; default: the commit's hash")
    parser.add_argument("--per-kind", type=int, default=400, help="queries of each kind")
    parser.add_argument("--peers", default=",".join(peers.PEERS), help="a list, or 'none'")
    parser.add_argument("--peer-queries", type=int, default=360)
    parser.add_argument("--seconds", type=float, default=10, help="of each throughput run")
    parser.add_argument("--directory", type=Path, default=Path(".tonearm/bench-search"))
    parser.add_argument("--reuse", action="store_true", help="the data of the run before")
    parser.add_argument("--load-only", action="store_true", help="make the data, measure nothing")
    parser.add_argument(
        "--copies",
        type=int,
        default=1,
        help="with --reuse: each song so many times, under other ids and popularities",
    )
    parser.add_argument("--vocabulary", action="store_true", help="with --reuse: count it anew")
    parser.add_argument("--shared-buffers", default="5GB")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    settings = {
        "shared_buffers": options.shared_buffers,
        "maintenance_work_mem": "2GB",
        "max_wal_size": "2GB",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "checkpoint_timeout": "30min",
    }
    with start_database(options.directory, settings=settings) as database:
        results = asyncio.run(
            measure(options, database.database_url, database.database_superuser_url)
        )
    if results is None:
        return
    results["smaller"] = smaller_run(options.results, results)
    text = markdown(results)
    del results["smaller"]
    print(text)
    options.results.mkdir(parents=True, exist_ok=True)
    file = options.results / f"{results['data']['songs']}-{results['commit']}.json"
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    file.with_suffix(".md").write_text(text)


def smaller_run(directory: Path, results: dict[str, Any]) -> dict[str, Any] | None:
    """The biggest run of the same commit and queries over a catalogue of at most half the size."""
    runs = [json.loads(file.read_text()) for file in directory.glob(f"*-{results['commit']}.json")]
    smaller = [
        run
        for run in runs
        if run["seed"] == results["seed"] and run["data"]["songs"] <= results["data"]["songs"] / 2
    ]
    return max(smaller, key=lambda run: run["data"]["songs"], default=None)


async def measure(
    options: argparse.Namespace, server_url: str, superuser_url: str
) -> dict[str, Any] | None:
    """Everything, in turn, on one database; None when it is only loaded."""
    commit = _commit()
    seed = int(commit, 16) if options.seed is None else options.seed
    catalogue = Catalogue(options.data_seed, int(options.songs), words_of)
    before = os.getloadavg()[0]
    url = _of_database(server_url)
    say(f"Catalogue of about {catalogue.songs:,} songs")
    data = await ready(options, server_url, url, catalogue)
    if options.load_only:
        say(f"Loaded: {data}")
        return None

    say("Reading all of it into memory")
    await warm(_of_database(superuser_url))
    say("Queries")
    log = query_log(catalogue, seed, options.per_kind)
    warm_up = query_log(catalogue, seed + 1, max(options.per_kind // 4, 10))
    connection = await connect(url)
    try:
        search = our_search(connection)
        keys = await connection.fetch(
            """
            SELECT id, tier FROM song_search TABLESAMPLE bernoulli (1)
            ORDER BY id % 997 LIMIT 5000
            """
        )
        calibration = Calibration(connection, [(row["id"], row["tier"]) for row in keys])
        say(f"Searching {len(log)} times, after {len(warm_up)} to warm up")
        await run_log(warm_up, search)
        outcomes = await run_log(log, search, calibration)
        meant = [
            LoggedQuery("intended", query.intended, query.target)
            for query in log
            if query.intended is not None
        ]
        intended = await run_log(meant, search)
        say("Throughput")
        rows = [await throughput(url, log, clients, options.seconds) for clients in (2, 16)]
        say("Writing")
        writes = await write_rates(connection, catalogue)
        writes["bulk load, before its rebuild"] = data["songs"] / data["build"]["copy_seconds"]
        writes["bulk load, until it is found"] = data["songs"] / (
            data["build"]["copy_seconds"] + data["build"]["rebuild_seconds"]
        )
        compared, built, sizes = await compare(options, url, connection, log, warm_up)
        return {
            "commit": commit,
            "seed": seed,
            "data_seed": options.data_seed,
            "postgresql": await connection.fetchval("SHOW server_version"),
            "cpus": os.cpu_count(),
            "load": [before, os.getloadavg()[0]],
            "data": data,
            "ours": by_kind(outcomes),
            "intended": summarise_outcomes(intended),
            "calibration": summarise(calibration.seconds),
            "throughput": rows,
            "writes": writes,
            "peers": compared,
            "peer_build": built,
            "sizes": await select_sizes(connection) | sizes,
        }
    finally:
        await connection.close()


def _of_database(server_url: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{DATABASE}"))


async def warm(superuser_url: str) -> None:
    """Reads tables and indexes into PostgreSQL's memory, indexes last, since they are read most."""
    connection = await asyncpg.connect(superuser_url)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        await connection.fetch(
            """
            SELECT pg_prewarm(oid) FROM (
                SELECT oid FROM pg_class
                WHERE relkind IN ('r', 'i')
                  AND relname ~ '^(song_search_[0-9]|song_search_next|search_words)'
                ORDER BY relkind DESC, pg_relation_size(oid) DESC
            ) AS relations
            """
        )
    finally:
        await connection.close()


async def ready(
    options: argparse.Namespace, server_url: str, url: str, catalogue: Catalogue
) -> dict[str, Any]:
    """Loads the catalogue, unless it is there and may be used again."""
    facts_file = options.directory / "catalogue.json"
    wanted = {"seed": catalogue.seed, "asked": catalogue.songs}
    if options.reuse and facts_file.exists():
        facts: dict[str, Any] = json.loads(facts_file.read_text())
        if wanted.items() <= facts.items():
            await follow(options, url, facts)
            if options.copies > facts.get("copies", 1):
                facts["copies"] = options.copies
                facts["build"], facts["songs"] = await multiply(url, options.copies)
                facts_file.write_text(json.dumps(facts))
            return facts
    facts_file.unlink(missing_ok=True)
    (options.directory / "peers.json").unlink(missing_ok=True)
    server = await asyncpg.connect(server_url)
    await server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    await server.execute(f"CREATE DATABASE {DATABASE}")
    await server.close()
    connection = await asyncpg.connect(url)
    await migrate(connection)
    await connection.close()
    loaded = await load(url, catalogue)
    counts = {name: loaded.pop(name) for name in ("songs", "words")}
    facts = {**wanted, **counts, "build": loaded}
    facts_file.write_text(json.dumps(facts))
    return facts


async def follow(options: argparse.Namespace, url: str, facts: dict[str, Any]) -> None:
    """Gives a database that was loaded before the tables that have come since, whatever numbers
    their migrations have now; one that changes what is there already is left out, and named."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT sha256 FROM schema_migrations")
        applied = {row["sha256"] for row in rows}
        for migration in read_migrations():
            if migration.sha256 not in applied:
                try:
                    async with connection.transaction():
                        await connection.execute(migration.sql)
                except asyncpg.PostgresError as error:
                    say(f"  left out: {migration.name}: {error}")
                else:
                    say(f"  applied: {migration.name}")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM search_beginnings)"):
            say(f"  heavy beginnings: {await rebuild_beginnings(connection):,}")
            await connection.execute("ANALYZE search_beginnings")
        if options.vocabulary:
            await connection.execute("SET work_mem = '512MB'")
            started = time.perf_counter()
            facts["words"] = await rebuild_vocabulary(connection)
            facts["build"]["vocabulary_seconds"] = time.perf_counter() - started
    finally:
        await connection.close()


async def compare(
    options: argparse.Namespace,
    url: str,
    connection: Connection,
    log: list[LoggedQuery],
    warm_up: list[LoggedQuery],
) -> tuple[dict[str, Any], dict[str, float], dict[str, int]]:
    """Ours and the peers on the same part of the log, one after the other."""
    chosen = [peer for peer in peers.PEERS if peer in options.peers.split(",")]
    part = _part(log, options.peer_queries)
    results: dict[str, Any] = {}
    built: dict[str, float] = {}
    sizes: dict[str, int] = {}
    if not chosen:
        return results, built, sizes
    built_file = options.directory / "peers.json"
    if built_file.exists():
        built = json.loads(built_file.read_text())
    else:
        await connection.execute("DROP TABLE IF EXISTS peer_songs")
        built["peers' table"] = await peers.create_peer_table(connection)
        built["trigram index"] = await peers.create_trigram_index(connection)
        built["tsvector index"] = await peers.create_tsvector_index(connection)
        await connection.execute("VACUUM (ANALYZE) peer_songs")
        built_file.write_text(json.dumps(built))
    async with peer_session(url) as asked:
        searches: dict[str, Search] = {"Tonearm": our_search(connection)}
        if "trigram" in chosen:
            searches["ILIKE, trigrams"] = peers.trigram_search(asked)
        if "tsvector" in chosen:
            searches["plain tsvector"] = peers.tsvector_search(asked)
        if "tantivy" in chosen:
            engine = peers.Tantivy(options.directory / "tantivy")
            built["tantivy index"] = await engine.build(connection)
            sizes["tantivy index"] = engine.size()
            searches["tantivy, in process"] = engine.search(typos=False)
            searches["the same, typos where nothing is found"] = engine.search(typos=True)
        for name, search in searches.items():
            say(f"Comparing: {name}")
            await run_log(warm_up[:WARM_UP], search)
            results[name] = by_kind(await run_log(part, search))
    return results, built, sizes


@asynccontextmanager
async def peer_session(url: str) -> AsyncGenerator[Connection, None]:
    """A session for the peers. A generic plan for an unknown tsquery or pattern would be the wrong
    one for most."""
    connection = await connect(url)
    try:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        await connection.execute(f"SET statement_timeout = '{PEER_TIMEOUT}'")
        yield connection
    finally:
        await connection.close()


def _part(log: list[LoggedQuery], number: int) -> list[LoggedQuery]:
    """About `number` queries, as many of each kind, in the order of the log."""
    kinds = len({query.kind for query in log})
    taken: Counter[str] = Counter()
    part: list[LoggedQuery] = []
    for query in log:
        taken[query.kind] += 1
        if taken[query.kind] <= number // kinds:
            part.append(query)
    return part


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection with the settings of the program's own."""
    return await asyncpg.connect(url, server_settings=SERVER_SETTINGS)


async def select_sizes(connection: Connection) -> dict[str, int]:
    """Bytes of each table and index that is not tiny, and of the database."""
    rows = await connection.fetch(
        """
        SELECT relname, pg_relation_size(oid) AS bytes FROM pg_class
        WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
          AND pg_relation_size(oid) > 1000000
        ORDER BY relname
        """
    )
    sizes = {row["relname"]: row["bytes"] for row in rows}
    sizes["database"] = await connection.fetchval("SELECT pg_database_size(current_database())")
    return sizes


def say(text: str) -> None:
    print(text, flush=True)


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
        cwd=RESULTS.parent,
    ).stdout.strip()


if __name__ == "__main__":
    main()
