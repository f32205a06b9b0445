"""A deployment of Tonearm that can be hurt: PostgreSQL, S3, and `tonearm serve` with workers."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg
import psutil

from app.embedded.postgres import SUPERUSER, Cluster
from app.embedded.programs import find_postgres
from app.embedded.server import Server, clean_environment, server_lock
from app.embedded.stack import Storage, _Home, _open_home, start_storage
from app.services import open_bucket, open_connection
from app.settings import Settings, read_settings
from benchmarks.graphql.catalogue import fill
from db.migrate import migrate
from resolvers.auth.keys import new_key
from tests.chaos.proxy import FaultProxy

ROOT: Final = Path(__file__).parents[2]
SONGS: Final = 2_000
POSTGRES: Final = {
    "wal_level": "replica",
    "max_wal_senders": "5",
    "max_connections": "40",
    "shared_buffers": "32MB",
}


class Postgres:
    """A server with its data, which outlive each other."""

    def __init__(self, directory: Path, running: ExitStack) -> None:
        self.directory = directory
        self._running = running
        self._home: _Home = running.enter_context(
            _open_home(directory, lambda message: None, durable=True)
        )
        self._lock = running.enter_context(
            server_lock(directory / "postgresql.lock", "PostgreSQL", 20, lambda message: None)
        )
        self.cluster = Cluster(
            programs=find_postgres(self._home.account, self._home.programs),
            directory=self._home.make_directory("postgresql"),
            account=self._home.account,
            secrets=self._home.state.secrets,
            durable=True,
            settings=POSTGRES,
        )
        self._server: Server | None = None
        self.port = 0

    def start(self, *, standby: bool = False) -> None:
        """Starts the server on the data that are there, and waits until it answers."""
        self.cluster.create()
        self.port = self._home.choose_ports(("postgresql",))["postgresql"]
        launch = self.cluster.launch(self.port)
        if standby:
            status = self.cluster.data / "postmaster.pid"

            def is_ready(pid: int) -> bool:
                with suppress(FileNotFoundError):
                    return "standby" in status.read_text()
                return False

            launch = replace(launch, is_ready=is_ready)
        log = self.directory / "log" / "postgresql.log"
        self._server = Server(launch, self._home.account, log, self._lock)
        self._server.wait_ready(60)

    @property
    def pid(self) -> int:
        return int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])

    def processes(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self.pid)
        return [postmaster, *postmaster.children(recursive=True)]

    def kill(self) -> None:
        """As a failure of power would."""
        self.send(signal.SIGKILL)
        self.stop()

    def send(self, number: signal.Signals) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def stop(self) -> None:
        """Stops the server in an orderly way, if it runs."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    async def superuser(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.cluster.url(self.port, superuser=True), timeout=10)

    def clone(self, directory: Path) -> "Postgres":
        """A standby of this server, in `directory`, running and synchronous from now on."""
        directory.mkdir(mode=0o711)
        shutil.copy(self.directory / "state.json", directory / "state.json")
        other = Postgres(directory, self._running)
        other._home.state = replace(other._home.state, ports={})
        url = self.cluster.url(self.port, superuser=True)
        environment = clean_environment(other.cluster.directory)
        account = self._home.account
        subprocess.run(
            [
                str(self.cluster.programs / "pg_basebackup"),
                *("-D", str(other.cluster.data), "-d", url, "-R", "-X", "stream"),
                *("-c", "fast"),
            ],
            check=True,
            env=environment,
            cwd=other.cluster.directory,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            capture_output=True,
        )
        other.start(standby=True)
        return other

    @property
    def superuser_name(self) -> str:
        return SUPERUSER


class Deployment:
    """PostgreSQL and S3 behind proxies, and Tonearm, which knows the proxies alone."""

    def __init__(self, directory: Path, running: ExitStack, environment: Mapping[str, str]) -> None:
        self.directory = directory
        self.running = running
        self.worker_count = 2
        self.direct = False
        self.postgres = Postgres(directory / "postgres", running)
        self.database = FaultProxy(0)
        self.objects = FaultProxy(0)
        self.storage: Storage
        self._storage_stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.api_port = free_port()
        self.keys = new_key()
        self.songs: list[str] = []
        self.rounds = 0
        """Later versions whose migrations the database has had."""
        self._extra = dict(environment)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    def environment(self) -> dict[str, str]:
        return {
            "TONEARM_DATABASE_URL": self.postgres.cluster.url(
                self.postgres.port if self.direct else self.database.port
            ),
            "TONEARM_S3_BUCKET": self.storage.s3_bucket,
            "TONEARM_S3_REGION": self.storage.s3_region,
            "TONEARM_S3_ENDPOINT_URL": f"http://127.0.0.1:{self.objects.port}",
            "TONEARM_S3_PUBLIC_ENDPOINT_URL": self.storage.s3_endpoint_url,
            "TONEARM_S3_ADDRESSING_STYLE": "path",
            "TONEARM_S3_ACCESS_KEY_ID": self.storage.s3_access_key_id,
            "TONEARM_S3_SECRET_ACCESS_KEY": self.storage.s3_secret_access_key,
            "TONEARM_TOKEN_KEYS": self.keys,
            "TONEARM_ANONYMOUS_STREAMING": "true",
            "TONEARM_MAIL_URL": (self.directory / "mail").as_uri(),
            "TONEARM_ROLLUP_SECONDS": "5",
            "TONEARM_LOG_LEVEL": "warning",
            **self._extra,
        }

    def settings(self) -> Settings:
        file = self.directory / "chaos.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in self.environment().items()))
        return read_settings(file)

    async def start_storage(self) -> None:
        context = start_storage(self.directory / "storage")
        self.storage = await asyncio.to_thread(self._storage_stack.enter_context, context)
        self.objects.target = self.storage_port

    @property
    def storage_port(self) -> int:
        return int(self.storage.s3_endpoint_url.rpartition(":")[2])

    async def kill_storage(self) -> None:
        pid = int((self.directory / "storage" / "seaweedfs.lock").read_text())
        os.killpg(pid, signal.SIGKILL)
        await self.stop_storage()

    async def stop_storage(self) -> None:
        await asyncio.to_thread(self._storage_stack.close)

    async def start_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.start)
        self.database.target = self.postgres.port

    async def start_tonearm(self) -> None:
        self.launch_tonearm()
        await self.wait_healthy(60)

    def launch_tonearm(self) -> None:
        command = [sys.executable, "-m", "app.cli", "serve", "--workers", str(self.worker_count)]
        command += ["--port", str(self.api_port)]
        with (self.directory / "tonearm.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=os.environ | self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def workers(self) -> list[psutil.Process]:
        """The processes that answer, not the one that looks after them."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def kill_tonearm(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    async def replace_workers(self) -> None:
        """Has its workers replaced, one after the other, and waits until that is done."""
        assert self._process is not None
        before = {worker.pid for worker in self.workers()}
        self._process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(120):
            while before & {worker.pid for worker in self.workers()}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def must_be_ready(self) -> None:
        """Raises `AssertionError` for what says that it is not."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
            if answer.status != 200:
                raise AssertionError(f"Not ready: {await answer.text()}")

    async def stop_tonearm(self) -> None:
        """Tells it to stop; kills it if it does not."""
        if self._process is not None:
            self._process.terminate()
            try:
                await asyncio.to_thread(self._process.wait, 60)
            except subprocess.TimeoutExpired:
                self.kill_tonearm()
            self._process = None

    async def wait_healthy(self, seconds: float) -> None:
        """Waits until a query that reads the database is answered."""
        body = {"query": '{ search(query: "ka") { songs { nodes { id } } } }'}
        async with asyncio.timeout(seconds), aiohttp.ClientSession() as session:
            while True:
                with suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.post(
                        f"{self.url}/graphql", json=body, timeout=aiohttp.ClientTimeout(5)
                    ) as answer:
                        if answer.status == 200 and "errors" not in await answer.json():
                            return
                await asyncio.sleep(0.1)


@asynccontextmanager
async def deploy(
    directory: Path,
    environment: Mapping[str, str] | None = None,
    *,
    workers: int = 2,
    direct: bool = False,
) -> AsyncGenerator[Deployment, None]:
    """Everything started, with a catalogue. `directory` must be one that others may enter.

    Where it is `direct`, Tonearm reaches PostgreSQL without the proxy.
    """
    with ExitStack() as running:
        deployment = Deployment(directory, running, environment or {})
        deployment.worker_count, deployment.direct = workers, direct
        async with deployment.database, deployment.objects:
            try:
                await deployment.start_storage()
                await deployment.start_postgres()
                settings = deployment.settings()
                async with open_connection(settings) as connection:
                    await migrate(connection)
                    filled = await fill(connection, SONGS)
                deployment.songs = [f"song_{number:x}" for number in filled.song_ids]
                async with open_bucket(settings) as objects:
                    await objects.ensure_bucket()
                await deployment.start_tonearm()
                yield deployment
            finally:
                await deployment.stop_tonearm()
                await deployment.stop_storage()
                with suppress(OSError, psutil.Error):
                    deployment.postgres.send(signal.SIGCONT)
                await asyncio.to_thread(deployment.postgres.stop)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
