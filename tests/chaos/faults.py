"""What can befall a deployment. Each fault does it, waits, and undoes it where nobody else does."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from app.services import open_connection
from tests.chaos.future import migrate_to_future
from tests.chaos.people import Crowd
from tests.chaos.servers import Deployment

LARGEST_DISK: Final = 4 * 2**30
"""Bytes; a file system that is larger is somebody's, and is not filled."""

Do = Callable[[Deployment], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`codes` are all that a client may be told meanwhile, besides answers.

    Attributes:
        losing: Whether connections of clients may be lost, since who held them was killed. That
            none can be made is told as `refused`.
        replacing: Whether other workers answer afterwards, though none was killed.
        heals_within: Seconds after its end.
        short: Whether it is tested in CI.
    """

    name: str
    do: Do
    codes: frozenset[str]
    losing: bool = False
    replacing: bool = False
    heals_within: float = 10.0
    short: bool = True


async def kill_postgres(deployment: Deployment) -> None:
    deployment.postgres.kill()
    await asyncio.sleep(1)
    await deployment.start_postgres()


async def restart_postgres(deployment: Deployment) -> None:
    await asyncio.to_thread(deployment.postgres.stop)
    await deployment.start_postgres()


def freeze_postgres(seconds: float) -> Do:
    async def freeze(deployment: Deployment) -> None:
        deployment.postgres.send(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        deployment.postgres.send(signal.SIGCONT)

    return freeze


async def fail_over(deployment: Deployment) -> None:
    """The primary dies for ever; its synchronous standby is promoted and takes its place."""
    primary = deployment.postgres
    standby = await asyncio.to_thread(
        primary.clone, deployment.directory / "postgres" / f"standby-{os.urandom(4).hex()}"
    )
    connection = await primary.superuser()
    try:
        await connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        await connection.execute("SELECT pg_reload_conf()")
        while not await connection.fetchval(  # noqa: ASYNC110 (it is another process)
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        ):
            await asyncio.sleep(0.05)
    finally:
        await connection.close()
    await asyncio.sleep(1)  # of writes that both have
    primary.kill()
    await asyncio.sleep(1)
    promoted = await standby.superuser()
    try:
        await promoted.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await promoted.execute("SELECT pg_promote()")
        await promoted.execute("SELECT pg_reload_conf()")
    finally:
        await promoted.close()
    await asyncio.to_thread(shutil.rmtree, primary.cluster.data)
    deployment.postgres = standby
    deployment.database.target = standby.port


async def use_up_connections(deployment: Deployment) -> None:
    """Somebody else takes all connections that there are, and Tonearm's as well."""
    url = deployment.postgres.cluster.url(deployment.postgres.port)
    server = await deployment.postgres.superuser()
    taken: list[Any] = []
    try:
        await server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tonearm'"
        )
        with suppress(asyncpg.TooManyConnectionsError):
            while True:
                taken.append(await asyncpg.connect(url, timeout=5))
        await asyncio.sleep(3)
    finally:
        for connection in taken:
            await connection.close()
        await server.close()


async def fill_disk(deployment: Deployment) -> None:
    """The file system of the database's data, which is a small one, is filled to the last byte."""
    directory = deployment.postgres.cluster.directory
    if shutil.disk_usage(directory).total > LARGEST_DISK:
        raise AssertionError(f"{directory} is not on a small file system: it is not filled")
    filler = directory / "filler"
    try:
        await asyncio.to_thread(_fill, filler)
        await asyncio.sleep(5)
    finally:
        filler.unlink()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(1 << 16))


def stall_database(seconds: float) -> Do:
    async def stall(deployment: Deployment) -> None:
        deployment.database.stall()
        await asyncio.sleep(seconds)
        deployment.database.flow()

    return stall


async def reset_database(deployment: Deployment) -> None:
    for _ in range(5):
        deployment.database.reset()
        await asyncio.sleep(0.3)


async def slow_database(deployment: Deployment) -> None:
    deployment.database.latency = 0.1
    await asyncio.sleep(4)
    deployment.database.latency = 0.0


async def kill_worker(deployment: Deployment) -> None:
    for _ in range(2):
        deployment.workers()[0].send_signal(signal.SIGKILL)
        await asyncio.sleep(8)  # until there are two again


async def kill_worker_without_database(deployment: Deployment) -> None:
    """What the worker finds when it is started again is a dead database."""
    await deployment.database.refuse()
    deployment.workers()[0].send_signal(signal.SIGKILL)
    await asyncio.sleep(5)
    await deployment.database.accept()


async def migrate_under_way(deployment: Deployment) -> None:
    """A later version's migrations are applied; the servers of this one go on."""
    deployment.rounds += 1
    async with open_connection(deployment.settings()) as connection:
        applied = await migrate_to_future(connection, deployment.rounds)
    if not applied:
        raise AssertionError("There was nothing to apply")
    await deployment.must_be_ready()


async def stop_and_start(deployment: Deployment) -> None:
    """As whoever has one server updates it."""
    await deployment.stop_tonearm()
    await deployment.start_tonearm()


async def replace_workers(deployment: Deployment) -> None:
    """As whoever has several updates them."""
    await deployment.replace_workers()


async def restart_machine(deployment: Deployment) -> None:
    """Everything is killed, and started without any order."""
    deployment.kill_tonearm()
    deployment.postgres.kill()
    await deployment.kill_storage()
    deployment.launch_tonearm()
    await asyncio.sleep(1)
    await deployment.start_postgres()
    await deployment.start_storage()


BUSY: Final = frozenset({"OVERLOADED"})
DATABASE_GONE: Final = BUSY | {"UNAVAILABLE"}
DATABASE_SILENT: Final = DATABASE_GONE | {"TIMEOUT"}

FAULTS: Final = (
    Fault("PostgreSQL killed (-9), started 1 s later", kill_postgres, DATABASE_GONE),
    Fault("PostgreSQL restarted", restart_postgres, DATABASE_GONE, short=False),
    Fault("PostgreSQL frozen for 12 s", freeze_postgres(12), DATABASE_SILENT),
    Fault("PostgreSQL fails over to its standby", fail_over, DATABASE_SILENT),
    Fault("PostgreSQL out of connections", use_up_connections, DATABASE_GONE),
    Fault("PostgreSQL out of disk", fill_disk, DATABASE_SILENT, heals_within=20),
    Fault("connections to PostgreSQL reset, 5 times", reset_database, DATABASE_GONE),
    Fault("PostgreSQL 0.1 s away", slow_database, DATABASE_GONE, short=False),
    Fault("black hole before PostgreSQL, 12 s", stall_database(12), DATABASE_SILENT, short=False),
    Fault("black hole before PostgreSQL, 40 s", stall_database(40), DATABASE_SILENT, short=False),
    Fault("worker killed (-9), twice", kill_worker, BUSY, losing=True),
    Fault(
        "worker killed while PostgreSQL is gone",
        kill_worker_without_database,
        DATABASE_GONE,
        losing=True,
    ),
    Fault("machine restarted: all killed (-9)", restart_machine, DATABASE_GONE, losing=True),
    Fault("a later version's migrations, under way", migrate_under_way, BUSY),
    Fault(
        "told to stop (SIGTERM), started again", stop_and_start, BUSY | {"refused"}, replacing=True
    ),
    Fault("workers replaced (SIGHUP)", replace_workers, BUSY, replacing=True, short=False),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault did to those who were there.

    Attributes:
        told: How many answers there were of each kind, from its begin until all was well.
        slowest: Seconds.
        healed: Seconds after the fault's end.
        acknowledged: Writes, in all ledgers.
        wrong: What the ledgers and Tonearm do not agree on.
    """

    fault: Fault
    told: dict[str, int]
    slowest: float
    healed: float
    acknowledged: int
    wrong: list[str]

    def row(self) -> str:
        told = ", ".join(f"{outcome} {count}" for outcome, count in self.told.items())
        lost = "; ".join(self.wrong) or "0"
        return (
            f"| {self.fault.name} | {told} | {self.slowest:.1f} | {self.healed:.1f} "
            f"| {self.acknowledged:,} | {lost} |"
        )

    def broken_promises(self) -> list[str]:
        """What a client should not have met."""
        allowed = {"ok"} | self.fault.codes
        if self.fault.losing:
            allowed |= {"connection lost", "refused"}
        return [f"{told} was told" for told in self.told if told not in allowed] + self.wrong


HEADER: Final = (
    "| fault | what clients got | slowest, s | healed after, s | writes acknowledged | lost |\n"
    "|---|---|---|---|---|---|"
)


async def suffer(fault: Fault, deployment: Deployment, crowd: Crowd) -> Outcome:
    """Does it to a deployment in use."""
    loop = asyncio.get_running_loop()
    async with crowd.living():
        await asyncio.sleep(1)
        began = loop.time()
        await fault.do(deployment)
        ended = loop.time()
        with suppress(TimeoutError):
            await crowd.healed(ended, fault.heals_within + 30)
        healed_at = max(
            (one.at for one in crowd.since(ended) if one.outcome != "ok"), default=ended
        )
    answers = crowd.since(began)
    told: dict[str, int] = {}
    for answer in answers:
        told[answer.outcome] = told.get(answer.outcome, 0) + 1
    return Outcome(
        fault,
        dict(sorted(told.items(), key=lambda item: item[0] != "ok")),
        max(answer.seconds for answer in answers),
        healed_at - ended,
        crowd.acknowledged(),
        await crowd.audit(),
    )


@dataclass(frozen=True, slots=True)
class Disk:
    """A small file system of memory, for root alone."""

    path: Path

    @classmethod
    def mount(cls, path: Path, megabytes: int) -> "Disk | None":
        """None where that is not allowed."""
        path.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "tmpfs", str(path)]
        try:
            done = subprocess.run(command, check=False, capture_output=True)
        except OSError:
            return None
        return cls(path) if done.returncode == 0 else None

    def unmount(self) -> None:
        subprocess.run(["umount", str(self.path)], check=True)
