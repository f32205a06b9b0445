"""Faults of what a server stands on, and of itself, while clients ask it all the time."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import psutil

from benchmarks.attacks.attacks import asked
from benchmarks.attacks.client import ask
from tests.chaos.faults import (
    freeze_postgres,
    kill_postgres,
    reset_database,
    stall_database,
    use_up_connections,
)
from tests.chaos.servers import Deployment

CLIENTS: Final = 8
PATIENCE: Final = 15.0
HEALING_SECONDS: Final = 12.0
PAUSE_SECONDS: Final = 0.02
READ: Final = asked('{ genre(slug: "none") { name } }')


@dataclass(frozen=True, slots=True)
class Fault:
    """`do` does it to the deployment, or to the server under test."""

    name: str
    do: Callable[[Deployment, psutil.Process], Awaitable[None]]


def of_deployment(do: Callable[[Deployment], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def befall(deployment: Deployment, _: psutil.Process) -> None:
        await do(deployment)

    return befall


async def kill(_: Deployment, server: psutil.Process) -> None:
    """A process that answers is killed; who looks after it, if anybody does, is not."""
    workers = [child for child in server.children() if "spawn_main" in " ".join(child.cmdline())]
    (workers[0] if workers else server).send_signal(signal.SIGKILL)
    await asyncio.sleep(0.5)


async def stop(_: Deployment, server: psutil.Process) -> None:
    server.send_signal(signal.SIGTERM)
    await asyncio.to_thread(psutil.wait_procs, [server], timeout=30)


FAULTS: Final = (
    Fault("PostgreSQL killed (-9), started 1 s later", of_deployment(kill_postgres)),
    Fault("PostgreSQL frozen for 12 s", of_deployment(freeze_postgres(12))),
    Fault("PostgreSQL out of connections for 3 s", of_deployment(use_up_connections)),
    Fault("a black hole before PostgreSQL for 12 s", of_deployment(stall_database(12))),
    Fault("connections to PostgreSQL reset, 5 times", of_deployment(reset_database)),
    Fault("a process that answers killed (-9)", kill),
    Fault("told to stop (SIGTERM) under load", stop),
)


@dataclass(slots=True)
class Clients:
    """Clients who ask one thing after the other, each time on a new connection."""

    port: int
    told: list[tuple[float, float, str]] = field(default_factory=list)
    """When an answer came, after how many seconds, and which."""

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            answer = await ask(self.port, READ, PATIENCE)
            now = time.perf_counter()
            self.told.append((now, now - began, answer))
            await asyncio.sleep(PAUSE_SECONDS)

    def summary(self, ended: float, *, heals: bool) -> str:
        counts = Counter(answer for _, _, answer in self.told)
        parts = [f"{count:,} x {answer}" for answer, count in counts.most_common()]
        if heals:
            bad = [at for at, _, answer in self.told if answer != "200" and at > ended]
            good = [at for at, _, answer in self.told if answer == "200"]
            if not good or (bad and good[-1] < bad[-1]):
                parts.append(f"not healed in {HEALING_SECONDS:.0f} s")
            else:
                parts.append(f"healed after {max(0.0, (max(bad, default=ended)) - ended):.1f} s")
        return ", ".join(parts)


async def suffer(
    fault: Fault, deployment: Deployment, port: int, server: psutil.Process
) -> tuple[str, float]:
    """What clients were told, and after how many seconds at most."""
    clients = Clients(port)
    asking = [asyncio.create_task(clients.run()) for _ in range(CLIENTS)]
    await asyncio.sleep(1)
    await fault.do(deployment, server)
    ended = time.perf_counter()
    heals = fault.do is not stop
    if heals:
        last = ended + HEALING_SECONDS
        while time.perf_counter() < last:
            await asyncio.sleep(0.2)
            since = [told for told in clients.told if told[0] > ended]
            bad = max((at for at, _, answer in since if answer != "200"), default=ended)
            if since and since[-1][0] - bad > 2 and time.perf_counter() - bad > 2:
                break
    for task in asking:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return clients.summary(ended, heals=heals), max(seconds for _, seconds, _ in clients.told)
