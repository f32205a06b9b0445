"""`python -m benchmarks.soak --minutes 30`: mixed traffic on real servers, a fault every minute.

Writes what was sampled to benchmarks/soak/results, as JSON, and a chart of it beside it.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil

from benchmarks.soak.chart import draw
from tests.chaos.faults import FAULTS, Disk, Fault, fill_disk
from tests.chaos.people import Crowd, crowd
from tests.chaos.servers import Deployment, deploy
from tests.conftest import server_directory

RESULTS: Final = Path(__file__).parent / "results"
PEOPLE: Final = 10
PAUSE_SECONDS: Final = 0.2
SAMPLE_SECONDS: Final = 5.0
FAULT_AFTER_SECONDS: Final = 20.0
"""In each minute: so that there are times before and after it without."""

POOL: Final = 10


def rota(count: int, *, disk: bool) -> list[Fault]:
    """A fault for each minute. Those that kill or replace workers come first: the memory of the
    workers that come after them is watched."""
    possible = [fault for fault in FAULTS if disk or fault.do is not fill_disk]
    killing = [fault for fault in possible if fault.losing or fault.replacing]
    others = itertools.cycle(fault for fault in possible if fault not in killing)
    return [*killing, *itertools.islice(others, max(0, count - len(killing)))][:count]


class Samples:
    """What is seen of the servers from outside, every few seconds."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.taken: list[dict[str, Any]] = []
        self._began = time.monotonic()

    async def take_for_ever(self) -> None:
        while True:
            self.taken.append(await self._take())
            await asyncio.sleep(SAMPLE_SECONDS)

    async def _take(self) -> dict[str, Any]:
        memory = {}
        with suppress(psutil.Error, AssertionError):
            for worker in self._deployment.workers():
                with suppress(psutil.Error):
                    memory[str(worker.pid)] = worker.memory_info().rss
        return {
            "second": round(time.monotonic() - self._began, 1),
            "memory": memory,
            "connections": await self._connections(),
        }

    async def _connections(self) -> int | None:
        """Tonearm's sessions in PostgreSQL; None while it does not answer."""
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with asyncio.timeout(2):
                server = await self._deployment.postgres.superuser()
                try:
                    count: int = await server.fetchval(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tonearm'"
                    )
                    return count
                finally:
                    server.terminate()
        return None


def minutes(people: Crowd, began: float, count: int) -> list[dict[str, Any]]:
    """Outcomes and times of what was answered in each minute."""
    found = []
    answers = people.since(began)
    for minute in range(count):
        first = began + 60 * minute
        of_it = [one for one in answers if first <= one.at < first + 60]
        seconds = sorted(one.seconds for one in of_it if one.outcome == "ok")
        found.append(
            {
                "outcomes": dict(Counter(one.outcome for one in of_it)),
                "p50_ms": round(1000 * seconds[len(seconds) // 2], 1) if seconds else None,
                "p99_ms": round(1000 * seconds[len(seconds) * 99 // 100], 1) if seconds else None,
            }
        )
    return found


async def soak(count: int) -> dict[str, Any]:
    with server_directory() as directory, ExitStack() as mounted:
        disk = Disk.mount(directory / "postgres", 2_000)
        if disk is not None:
            mounted.callback(disk.unmount)
        faults = rota(count, disk=disk is not None)
        environment = {
            "TONEARM_DATABASE_POOL_SIZE": str(POOL),
            "TONEARM_ACCESS_TOKEN_SECONDS": "86400",  # nobody signs in again
        }
        async with (
            deploy(directory, environment) as deployment,
            crowd(deployment.url, deployment.songs, PEOPLE) as people,
        ):
            samples = Samples(deployment)
            sampling = asyncio.create_task(samples.take_for_ever())
            loop = asyncio.get_running_loop()
            began = loop.time()
            done: list[dict[str, Any]] = []
            async with people.living(PAUSE_SECONDS):
                for minute, fault in enumerate(faults):
                    await asyncio.sleep(
                        max(0, began + 60 * minute + FAULT_AFTER_SECONDS - loop.time())
                    )
                    at = loop.time()
                    await fault.do(deployment)
                    ended = loop.time()
                    done.append({"name": fault.name, "at": at - began, "until": ended - began})
                    print(f"{minute:3} {fault.name}, {ended - at:.1f} s", flush=True)
                    await asyncio.sleep(max(0, began + 60 * (minute + 1) - loop.time()))
                    answers = people.since(ended)
                    bad = [one.at for one in answers if one.outcome != "ok"]
                    done[-1]["healed_after"] = round(max(bad, default=ended) - ended, 2)
                    print(f"    {Counter(one.outcome for one in people.since(at))}", flush=True)
            per_minute = minutes(people, began, count)
            await asyncio.sleep(SAMPLE_SECONDS + 1)
            sampling.cancel()
            wrong = await people.audit()
            log = (directory / "tonearm.log").read_text()
            return {
                "when": datetime.now(UTC).isoformat(timespec="seconds"),
                "commit": _commit(),
                "minutes": count,
                "people": PEOPLE,
                "pool": POOL,
                "acknowledged": people.acknowledged(),
                "answers": dict(Counter(one.outcome for one in people.since(began))),
                "lost": wrong,
                "faults": done,
                "per_minute": per_minute,
                "samples": samples.taken,
                "tracebacks": log.count("Traceback"),
            }


def _commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--chart", type=Path, help="only draw the chart of these results")
    arguments = parser.parse_args()
    if arguments.chart:
        arguments.chart.with_suffix(".svg").write_text(
            draw(json.loads(arguments.chart.read_text()))
        )
        return 0
    result = asyncio.run(soak(arguments.minutes))
    name = f"{result['when'][:10]}-{result['commit']}-{arguments.minutes}min"
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / f"{name}.svg").write_text(draw(result))
    print(
        f"{result['acknowledged']:,} writes acknowledged, {len(result['lost'])} lost; "
        f"{result['answers']}"
    )
    print(*result["lost"][:20], sep="\n")
    return 1 if result["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
