"""Latencies, and whether the song that was meant is found."""

import asyncio
import multiprocessing
import os
import resource
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import asyncpg

from benchmarks.search.queries import LoggedQuery
from db.errors import DatabaseError
from db.pool import connect
from db.rows import Connection
from db.search import SongDocument, search_songs, upsert_songs
from demo.synthetic.catalogue import Catalogue

FIRST: Final = 20
CLIENT_PROCESSES: Final = 2

Search = Callable[[str], Awaitable[Sequence[int]]]
"""The ids of the first hits of a text, best first."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One search: seconds it took, place of the target from 1 (None: not there), hits, failed."""

    query: LoggedQuery
    seconds: float
    place: int | None
    hits: int
    failed: bool


async def run_log(
    log: Iterable[LoggedQuery], search: Search, between: Callable[[], Awaitable[None]] | None = None
) -> list[Outcome]:
    """Searches one after the other; `between` runs before each, and is not part of its time."""
    outcomes: list[Outcome] = []
    for query in log:
        if between is not None:
            await between()
        failed = False
        ids: Sequence[int] = ()
        started = time.perf_counter()
        try:
            ids = await search(query.text)
        except (asyncpg.PostgresError, DatabaseError):
            failed = True
        seconds = time.perf_counter() - started
        place = next((n for n, found in enumerate(ids, 1) if found == query.target), None)
        outcomes.append(Outcome(query, seconds, place, len(ids), failed))
    return outcomes


def our_search(connection: Connection) -> Search:
    async def search(text: str) -> Sequence[int]:
        page = await search_songs(connection, text, first=FIRST)
        return [hit.id for hit in page.hits]

    return search


class Calibration:
    """A primary-key look-up by the same client: what any statement costs at least."""

    def __init__(self, connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
        self._connection = connection
        self._keys = keys
        self.seconds: list[float] = []

    async def __call__(self) -> None:
        song_id, tier = self._keys[len(self.seconds) % len(self._keys)]
        started = time.perf_counter()
        await self._connection.fetchval(
            "SELECT popularity FROM song_search WHERE id = $1 AND tier = $2", song_id, tier
        )
        self.seconds.append(time.perf_counter() - started)


def summarise(seconds: Sequence[float]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    ordered = sorted(seconds)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {"n": len(ordered)} | {
        name: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000, 3)
        for name, share in at.items()
    }


def summarise_outcomes(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Percentiles, recall@20 and MRR of the target, share without hits, failures."""
    summary: dict[str, float | None] = {**summarise([outcome.seconds for outcome in outcomes])}
    meant = [outcome for outcome in outcomes if outcome.query.target is not None]
    if meant:
        found = [outcome.place for outcome in meant if outcome.place is not None]
        summary["recall"] = round(len(found) / len(meant), 3)
        summary["mrr"] = round(sum(1 / place for place in found) / len(meant), 3)
    empty = sum(not outcome.hits for outcome in outcomes)
    summary["empty"] = round(empty / len(outcomes), 3)
    summary["failed"] = sum(outcome.failed for outcome in outcomes)
    return summary


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float | None]]:
    """A summary for all queries and for each kind."""
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.query.kind].append(outcome)
    return {"all": summarise_outcomes(outcomes)} | {
        kind: summarise_outcomes(kinds[kind]) for kind in sorted(kinds)
    }


async def throughput(
    database_url: str, log: Sequence[LoggedQuery], clients: int, seconds: float
) -> dict[str, float]:
    """Searches per second of `clients` connections that never pause, and what the CPUs did."""
    texts = [query.text for query in log]
    each = clients // CLIENT_PROCESSES
    busy = _busy_seconds()
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(CLIENT_PROCESSES, multiprocessing.get_context("fork")) as processes:
        parts = await asyncio.gather(
            *(
                loop.run_in_executor(
                    processes, _client, database_url, texts[part::CLIENT_PROCESSES], each, seconds
                )
                for part in range(CLIENT_PROCESSES)
            )
        )
    elapsed = time.perf_counter() - started
    latencies = [latency for part, _ in parts for latency in part]
    return summarise(latencies) | {
        "clients": clients,
        "per_second": round(len(latencies) / seconds, 1),
        "client_cpus": round(sum(cpu for _, cpu in parts) / elapsed, 2),
        "machine_cpus": round((_busy_seconds() - busy) / elapsed, 2),
    }


def _client(
    database_url: str, texts: Sequence[str], connections: int, seconds: float
) -> tuple[list[float], float]:
    before = resource.getrusage(resource.RUSAGE_SELF)
    latencies = asyncio.run(_search_until(database_url, texts, connections, seconds))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return latencies, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _search_until(
    database_url: str, texts: Sequence[str], connections: int, seconds: float
) -> list[float]:
    latencies: list[float] = []

    async def one(offset: int) -> None:
        async with connect(database_url) as connection:
            search = our_search(connection)
            end = time.perf_counter() + seconds
            at = offset * len(texts) // connections
            while (started := time.perf_counter()) < end:
                await search(texts[at % len(texts)])
                latencies.append(time.perf_counter() - started)
                at += 1

    await asyncio.gather(*(one(offset) for offset in range(connections)))
    return latencies


def _busy_seconds() -> float:
    """CPU seconds that all processes of the machine have used (Linux)."""
    user, nice, system = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")


async def write_rates(connection: Connection, catalogue: Catalogue) -> dict[str, float]:
    """Songs per second into the search table: one per transaction, and a thousand."""
    other = Catalogue(catalogue.seed + 1, 20_000, catalogue.words_of)
    rates: dict[str, float] = {}
    offset = 1 << 50  # ids that no song of the catalogue has
    documents = [document for artist in range(200) for document in other.songs_of(artist)]
    try:
        for name, size, total in (("single", 1, 300), ("batches of 1000", 1000, 3000)):
            part = documents[:total]
            documents = documents[total:]
            started = time.perf_counter()
            for at in range(0, len(part), size):
                async with connection.transaction():
                    await upsert_songs(
                        connection, [_moved(d, offset) for d in part[at : at + size]]
                    )
            rates[name] = round(len(part) / (time.perf_counter() - started), 1)
    finally:
        await connection.execute("DELETE FROM song_search WHERE tier = 0 AND id >= $1", offset)
        await connection.execute("VACUUM song_search_0")
    return rates


def _moved(document: SongDocument, offset: int) -> SongDocument:
    return replace(document, id=document.id + offset)
