"""The command: starts a database and all servers, compares their answers, measures, reports.

The servers have core 0 for themselves. PostgreSQL, the load generator and this process share
core 1, so that what is measured is disturbed by nothing that it has started.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.embedded import start_database
from benchmarks.graphql.catalogue import Catalogue, fill
from benchmarks.graphql.measure import Options, measure, pin, start_load_generator
from benchmarks.graphql.report import Measurements, write_report
from benchmarks.graphql.servers import NODE, PEERS, SERVERS, STORAGE, Peer, Running, parent, start
from benchmarks.graphql.steps import measure_steps
from benchmarks.graphql.workers import measure_workers
from benchmarks.graphql.workloads import Workload, postgraphile_workloads, workloads
from db.migrate import migrate
from db.pool import connect

SERVER_CORE: Final = 0
OTHER_CORE: Final = 1
WORKLOADS: Final = ("page", "song", "search")
COMPARED: Final = 25
"""Answers that are compared of each workload."""

ATTEMPTS: Final = 3
"""Comparisons before answers count as different: the window of the URLs may have changed."""


def main() -> None:
    arguments = _parse_arguments()
    peers = [SERVERS[name] for name in arguments.servers]
    if any(peer.is_node for peer in peers):
        install_node_packages()
    pin(OTHER_CORE)
    directory = Path(tempfile.mkdtemp(prefix="tonearm-benchmark-"))
    try:
        with start_database(directory / "database", durable=False) as database:
            catalogue = asyncio.run(prepare(database.database_url, arguments.songs))
            environment = STORAGE | {"TONEARM_DATABASE_URL": database.database_url}
            logs = directory / "log"
            logs.mkdir()
            with start(peers, environment, logs, {SERVER_CORE}) as servers:
                plan = _plan(servers, catalogue, arguments.workloads)
                for name in arguments.workloads:
                    compare_answers([pair for pair in plan if pair[1].name == name])
                if arguments.check:
                    return
                options = Options(
                    arguments.rounds,
                    arguments.seconds,
                    arguments.warm_seconds,
                    arguments.half_load_seconds,
                )
                with start_load_generator() as load:
                    results = measure(load, plan, options, _postmaster(database.database_url))
            print("steps of the event loop", file=sys.stderr)
            steps = measure_steps(database.database_url, catalogue)
            cores = {SERVER_CORE, OTHER_CORE}
            pin(*cores)  # PostgreSQL stays where it is
            with start_load_generator() as load:
                asked = [workloads(catalogue)[name] for name in arguments.workloads]
                workers = measure_workers(load, asked, environment, logs, cores, arguments.seconds)
            measured = Measurements(options, arguments.songs, results, steps, workers)
            write_report(measured, arguments.results)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.graphql", description=__doc__)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.5, help="of one measurement")
    parser.add_argument("--warm-seconds", type=float, default=3.0)
    parser.add_argument("--half-load-seconds", type=float, default=4.0)
    parser.add_argument("--songs", type=int, default=50_000, help="in the catalogue")
    parser.add_argument("--quick", action="store_true", help="under three minutes, less exact")
    parser.add_argument("--check", action="store_true", help="compare the answers, no more")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("results"))
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 2, 1.5
        arguments.warm_seconds, arguments.half_load_seconds = 1.5, 1.5
        arguments.songs = 10_000
    return arguments


def install_node_packages() -> None:
    """Installs what the lock file names, unless it is there."""
    installed = PEERS / "node_modules" / ".package-lock.json"
    lock = PEERS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm = NODE.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        subprocess.run([NODE, npm, "ci"], cwd=PEERS, check=True)
        installed.touch()


async def prepare(database_url: str, songs: int) -> Catalogue:
    print(f"filling the tables with {songs:,} songs", file=sys.stderr)
    async with connect(database_url) as connection:
        await migrate(connection)
        return await fill(connection, songs)


def _postmaster(database_url: str) -> int:
    """The process that all processes of PostgreSQL come from."""

    async def postmaster() -> int:
        async with connect(database_url) as connection:
            return parent(await connection.fetchval("SELECT pg_backend_pid()"))

    return asyncio.run(postmaster())


def _plan(
    servers: Sequence[Running], catalogue: Catalogue, names: Sequence[str]
) -> list[tuple[Running, Workload]]:
    """Which server answers what; the first of a workload gives the answers that are right."""
    dialects = {
        "tonearm": workloads(catalogue),
        "postgraphile": postgraphile_workloads(catalogue),
    }
    return [
        (server, dialects[server.peer.dialect][name])
        for name in names
        for server in servers
        if name in server.peer.workloads
    ]


def compare_answers(plan: Sequence[tuple[Running, Workload]]) -> None:
    """Ends the program when two servers answer the same question differently."""
    for number in range(COMPARED):
        for attempt in range(ATTEMPTS):
            answers = [(server.peer, _answer(server, work, number)) for server, work in plan]
            different = [peer for peer, answer in answers if answer != answers[0][1]]
            if not different:
                break
            if attempt == ATTEMPTS - 1:
                _fail(answers, different)


def _answer(server: Running, workload: Workload, number: int) -> Any:
    answer = json.loads(server.ask(workload.bodies[number % len(workload.bodies)]))
    if answer.get("errors"):
        raise SystemExit(f"{server.peer.label}: {json.dumps(answer)[:2_000]}")
    data = workload.normalise(answer["data"])
    if not all(data.values()):
        raise SystemExit(f"{server.peer.label} found nothing: {json.dumps(answer)[:2_000]}")
    return data


def _fail(answers: Sequence[tuple[Peer, Any]], different: Sequence[Peer]) -> None:
    texts = {peer.name: json.dumps(answer, indent=1) for peer, answer in answers}
    reference = answers[0][0]
    ours, theirs = (texts[peer.name].splitlines() for peer in (reference, different[0]))
    first = next(
        (f"{a}\n{b}" for a, b in zip(ours, theirs, strict=False) if a != b), "one answer is longer"
    )
    names = ", ".join(peer.label for peer in different)
    raise SystemExit(f"Not the answer of {reference.label}: {names}\n{first}")
