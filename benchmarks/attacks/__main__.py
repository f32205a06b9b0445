"""`python -m benchmarks.attacks`: each attack on Tonearm and on Strawberry as it comes, with the
same schema, database and machine. Writes a table to benchmarks/attacks/results."""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from benchmarks.attacks.attacks import ATTACKS, Attack, asked
from tests.chaos.servers import ROOT, deploy, free_port
from tests.conftest import server_directory

RESULTS: Final = Path(__file__).parent / "results"
PATIENCE: Final = 30.0
PROBE_SECONDS: Final = 0.005
LOCK_SECONDS: Final = 4.0
SERVERS: Final = {
    "Strawberry": ("-m", "uvicorn", "benchmarks.attacks.default:create", "--factory"),
    "Tonearm": ("-m", "app.cli", "serve", "--workers", "1"),
}
HEADER: Final = (
    "| attack | server | answer | seconds | memory, MB more | longest stall of others, ms |\n"
    "|---|---|---|---|---|---|"
)


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
        process.kill()
        process.wait()


async def ask(port: int, request: bytes, patience: float = PATIENCE, *, slow: bool = False) -> str:
    """The status and the error's code, if there is one."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request[:-1] if slow else request)
                with suppress(OSError):
                    await writer.drain()
                head = await reader.readuntil(b"\r\n\r\n")
                body = await reader.read(4_096)
            finally:
                writer.close()
    except TimeoutError:
        return f"none in {patience:.0f} s"
    except (OSError, asyncio.IncompleteReadError):
        return "connection lost"
    found = re.search(rb'"code": ?"(\w+)"', body)
    return f"{head[9:12].decode()} {found[1].decode() if found else ''}".strip()


async def probe(port: int, stalls: list[float]) -> None:
    """Somebody else, who asks for next to nothing all the time."""
    while True:
        began = time.perf_counter()
        await ask(port, asked("{ __typename }"))
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


async def suffer(attack: Attack, port: int, process: psutil.Process, database: str) -> Result:
    stalls: list[float] = []
    before = process.memory_info().rss
    probing = asyncio.create_task(probe(port, stalls))
    await asyncio.sleep(0.2)
    stalls.clear()
    began = time.perf_counter()
    if attack.abandon:
        answer = await abandoned(port, attack, database)
    else:
        answers = [await ask(port, request, slow=attack.slow) for request in attack.requests()]
        answer = answers[-1]
    seconds = time.perf_counter() - began
    await asyncio.sleep(0.1)
    while not stalls:  # noqa: ASYNC110 (the one that is under way)
        await asyncio.sleep(0.1)
    probing.cancel()
    memory = max(0, process.memory_info().rss - before) / 1e6
    return Result(answer, seconds, memory, 1000 * max(stalls))


async def main(only: str) -> None:
    rows: dict[tuple[str, str], Result] = {}
    attacks = [attack for attack in ATTACKS if only in attack.name]
    with server_directory() as directory:
        async with deploy(directory, workers=1, direct=True) as deployment:
            database = deployment.postgres.cluster.url(deployment.postgres.port, superuser=True)
            for name, command in SERVERS.items():
                for attack in attacks:
                    # A server for each: some attacks leave nothing of it for the next one.
                    async with running(command, deployment.environment()) as (port, process):
                        rows[attack.name, name] = await suffer(attack, port, process, database)
                    result = rows[attack.name, name]
                    print(name, attack.name, result, flush=True)
    lines = [HEADER]
    for attack in attacks:
        for name in SERVERS:
            one = rows[attack.name, name]
            lines.append(
                f"| {attack.name} | {name} | {one.answer} | {one.seconds:.2f} "
                f"| {one.memory:.0f} | {one.stall:.0f} |"
            )
    print("\n".join(lines))
    if not only:
        RESULTS.mkdir(exist_ok=True)
        when = datetime.now(UTC).date().isoformat()
        (RESULTS / f"{when}.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a part of an attack's name")
    asyncio.run(main(parser.parse_args().only))
