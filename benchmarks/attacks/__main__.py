"""`python -m benchmarks.attacks`: each attack and fault on Tonearm and on Strawberry as it comes,
with the same schema, resolvers, database and machine.

Writes what was measured to benchmarks/attacks/results, and the table of all that is there: so a
part that is measured again, by a part of its name, takes the place of what was there.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from benchmarks.attacks import faults as faults_of
from benchmarks.attacks.attacks import ATTACKS, Attack, asked
from benchmarks.attacks.client import ask
from benchmarks.attacks.faults import FAULTS, kill
from tests.chaos.servers import ROOT, deploy, free_port
from tests.conftest import server_directory

RESULTS: Final = Path(__file__).parent / "results"
PARTS: Final = ("attacks", "faults")
PATIENCE: Final = 15.0
PROBE_SECONDS: Final = 0.005
LOCK_SECONDS: Final = 4.0
SERVERS: Final = {
    "Strawberry": ("-m", "uvicorn", "benchmarks.attacks.default:create", "--factory"),
    "Tonearm": ("-m", "app.cli", "serve", "--workers", "1"),
}
HEADER: Final = (
    "| | Strawberry answers | s | MB more | stall, ms "
    "| Tonearm answers | s | MB more | stall, ms |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
ABOUT: Final = """Each attack and fault, on a new server of one process each (of two, where one of \
Tonearm's is killed). Default Strawberry is its ASGI view on uvicorn, with Tonearm's schema, \
resolvers and pool. `s`: until the answer of an attack, or the slowest answer in a fault. \
`MB more`: memory of the process after it. `stall`: the longest that somebody else waited \
meanwhile who asks for `{ __typename }` all the time, so for how long the loop stood still; what \
other programs take on the machine is in it. Measured %s on %s cores, commit %s.
"""


@dataclass(slots=True)
class Result:
    """What an attack got, and what it did to others."""

    answer: str
    seconds: float
    memory: float
    stall: float


@asynccontextmanager
async def running(
    command: tuple[str, ...], environment: Mapping[str, str]
) -> AsyncGenerator[tuple[int, psutil.Process], None]:
    """A server; gives its port and its process."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 (it takes no time)
        [sys.executable, *command, "--port", str(port)],
        env=os.environ | environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            while "200" not in await ask(port, asked("{ __typename }"), 5):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        for child in psutil.Process(process.pid).children() if process.poll() is None else ():
            child.kill()
        process.kill()
        process.wait()


async def probe(port: int, stalls: list[float]) -> None:
    """Somebody else, who asks for next to nothing all the time."""
    while True:
        began = time.perf_counter()
        await ask(port, asked("{ __typename }"), PATIENCE)
        stalls.append(time.perf_counter() - began)
        await asyncio.sleep(PROBE_SECONDS)


async def abandoned(port: int, attack: Attack, superuser_url: str) -> str:
    """How many statements are left in the database a second after all clients have gone."""
    server = await asyncpg.connect(superuser_url)
    try:
        async with server.transaction():
            await server.execute("LOCK TABLE songs IN ACCESS EXCLUSIVE MODE")
            writers = []
            for request in attack.requests():
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                writers.append(writer)
            await asyncio.sleep(1)
            for writer in writers:
                writer.transport.abort()
            await asyncio.sleep(1)
            left = await server.fetchval(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND query LIKE '%songs%'"
            )
            began = time.perf_counter()
            other = asked("{ genres(first: 1) { nodes { name } } }")
            answer = await ask(port, other, LOCK_SECONDS)
            waited = time.perf_counter() - began
    finally:
        await server.close()
    return f"{left} statements left; somebody else: {answer} after {waited:.1f} s"


async def attacked(attack: Attack, port: int, database: str) -> tuple[str, float]:
    """The answer, and after how many seconds it came."""
    began = time.perf_counter()
    if attack.abandon:
        answer = await abandoned(port, attack, database)
    else:
        requests = attack.requests()
        answers = [await ask(port, request, PATIENCE, slow=attack.slow) for request in requests]
        answer = answers[-1]
    return answer, time.perf_counter() - began


async def measured(
    port: int, process: psutil.Process, doing: Awaitable[tuple[str, float]]
) -> Result:
    """What comes of `doing`, and what it does to the server meanwhile."""
    stalls: list[float] = []
    before = memory_of(process)
    probing = asyncio.create_task(probe(port, stalls))
    await asyncio.sleep(0.2)
    stalls.clear()
    answer, seconds = await doing
    await asyncio.sleep(0.1)
    while not stalls:  # noqa: ASYNC110 (the one that is under way)
        await asyncio.sleep(0.1)
    probing.cancel()
    with suppress(asyncio.CancelledError):
        await probing
    memory = max(0, memory_of(process) - before) / 1e6
    return Result(answer, seconds, memory, 1000 * max(stalls))


def memory_of(process: psutil.Process) -> int:
    """Bytes of a server's processes; 0 when it has ended."""
    try:
        processes = [process, *process.children()]
        return sum(one.memory_info().rss for one in processes)
    except psutil.Error:
        return 0


async def attack_all(only: str, rows: dict[str, dict[str, Result]]) -> None:
    attacks = [attack for attack in ATTACKS if only in attack.name]
    if not attacks:
        return
    with server_directory() as directory:
        async with deploy(directory, workers=1, direct=True) as deployment:
            database = deployment.postgres.cluster.url(deployment.postgres.port, superuser=True)
            for attack in attacks:
                for name, command in SERVERS.items():
                    # A server for each: some attacks leave nothing of it for the next one.
                    async with running(command, deployment.environment()) as (port, process):
                        doing = attacked(attack, port, database)
                        result = await measured(port, process, doing)
                    rows.setdefault(attack.name, {})[name] = result
                    print(name, attack.name, result, flush=True)


async def befall_all(only: str, rows: dict[str, dict[str, Result]]) -> None:
    faults = [fault for fault in FAULTS if only in fault.name]
    if not faults:
        return
    with server_directory() as directory:
        async with deploy(directory, workers=1) as deployment:
            for fault in faults:
                for name, command in SERVERS.items():
                    two = name == "Tonearm" and fault.do is kill
                    command = (*command[:-1], "2") if two else command
                    async with running(command, deployment.environment()) as (port, process):
                        doing = faults_of.suffer(fault, deployment, port, process)
                        result = await measured(port, process, doing)
                    rows.setdefault(fault.name, {})[name] = result
                    print(name, fault.name, result, flush=True)


def table(rows: Mapping[str, Mapping[str, Result]]) -> str:
    """A row for each case that there is, in the order in which they stand here."""
    lines = [HEADER]
    for case in (*ATTACKS, *FAULTS):
        if case.name in rows:
            cells = [case.name]
            for name in SERVERS:
                one = rows[case.name].get(name)
                cells += (
                    [one.answer, f"{one.seconds:.2f}", f"{one.memory:.0f}", f"{one.stall:.0f}"]
                    if one
                    else ["", "", "", ""]
                )
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


async def main(only: str, parts: Sequence[str]) -> None:
    now = datetime.now(UTC)
    file = RESULTS / f"{now.date().isoformat()}.json"
    rows: dict[str, dict[str, Result]] = {}
    if file.exists():
        kept = json.loads(file.read_text())
        rows = {
            case: {name: Result(**one) for name, one in servers.items()}
            for case, servers in kept.items()
        }
    try:
        if "attacks" in parts:
            await attack_all(only, rows)
        if "faults" in parts:
            await befall_all(only, rows)
    finally:
        RESULTS.mkdir(exist_ok=True)
        plain = {
            case: {name: asdict(one) for name, one in servers.items()}
            for case, servers in rows.items()
        }
        file.write_text(json.dumps(plain, indent=1) + "\n")
        about = ABOUT % (f"{now:%Y-%m-%d}", os.cpu_count(), commit())
        file.with_suffix(".md").write_text(f"{about}\n{table(rows)}")
        print(table(rows))


def commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a part of a case's name")
    parser.add_argument("--part", choices=PARTS, help="the attacks alone, or the faults")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.only, [arguments.part] if arguments.part else PARTS))
