"""Real servers for the whole test run: PostgreSQL and S3, shared by all of its workers.

They are started when the first test asks for them, by the worker that runs it, and stopped by
the same worker when the others are done. `TONEARM_TEST_DATABASE_URL` names another PostgreSQL to
use instead; its role must be allowed to create databases.
"""

import asyncio
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from app.embedded import start_database, start_storage
from db.migrate import migrate
from db.pool import Pool, open_pool
from db.rows import Connection
from storage.objects import Objects, open_objects

DATABASE_URL_VARIABLE: Final = "TONEARM_TEST_DATABASE_URL"


# Leases of node numbers last as long as the process that has them.
SELECT_TABLES: Final = """
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname NOT IN ('schema_migrations', 'node_leases')
"""

# Truncating makes new files for a table and its indexes: most tests fill but a few tables.
TRUNCATE_FILLED_TABLES: Final = f"""
    DO $$
    DECLARE
        name text;
        filled boolean;
        names text[];
    BEGIN
        FOR name IN {SELECT_TABLES} LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled THEN
                names := names || quote_ident(name);
            END IF;
        END LOOP;
        IF names IS NOT NULL THEN
            EXECUTE 'TRUNCATE ' || array_to_string(names, ', ') || ' CASCADE';
        END IF;
    END
    $$
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server.

    Attributes:
        owner_url: The role that owns the tests' databases, not a superuser if that can be.
        template: A database that has had all migrations.
    """

    superuser_url: str
    owner_url: str
    template: str


@dataclass(frozen=True, slots=True)
class S3:
    """The S3 server, and a bucket of this worker's own."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str
    bucket: str

    def open(self) -> AbstractAsyncContextManager[Objects]:
        return open_objects(
            endpoint_url=self.endpoint_url,
            region=self.region,
            bucket=self.bucket,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
        )


@pytest.fixture(autouse=True)
def time_to_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search may take as long as it likes: what it finds must not depend on the machine."""
    monkeypatch.setattr("db.search.statements.BUDGET_MS", 600_000)


@pytest.fixture(scope="session")
def run_directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all workers of this run share, and no other run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """This worker's name: `gw0`, `gw1`, …, or `main` without workers."""
    workerinput: dict[str, Any] = getattr(request.config, "workerinput", {"workerid": "main"})
    name: str = workerinput["workerid"]
    return name


@contextmanager
def locked(path: Path, operation: int) -> Iterator[int]:
    """A lock on a file, which ends with this process at the latest; gives its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, operation)
        yield descriptor
    finally:
        os.close(descriptor)


@asynccontextmanager
async def shared(
    directory: Path, name: str, start: Callable[[], AbstractAsyncContextManager[dict[str, str]]]
) -> AsyncIterator[dict[str, str]]:
    """What `start` gives, started by the first worker that comes and stopped after the last.

    Every worker holds a shared lock while it uses the server. The one that started it waits,
    before it stops it, until it can have the lock for itself.
    """
    known = directory / f"{name}.json"
    async with AsyncExitStack() as started:
        with locked(directory / f"{name}.users", fcntl.LOCK_SH) as users:
            with locked(directory / f"{name}.start", fcntl.LOCK_EX):
                mine = not known.exists()
                if mine:
                    known.write_text(json.dumps(await started.enter_async_context(start())))
            try:
                yield json.loads(known.read_text())
            finally:
                if mine:
                    fcntl.flock(users, fcntl.LOCK_EX)
                    known.unlink()
                    await started.aclose()


@contextmanager
def server_directory() -> Iterator[Path]:
    """A short-lived directory that, unlike pytest's own, a server started by root can enter."""
    directory = Path(tempfile.mkdtemp(prefix="tonearm-test-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@asynccontextmanager
async def new_database(server_url: str, name: str, template: str) -> AsyncIterator[str]:
    """The URL of a database that is dropped at the end."""
    server = await asyncpg.connect(server_url)
    try:
        await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            await drop_database(server, name)
    finally:
        await server.close()


async def drop_database(server: "asyncpg.Connection[Any]", name: str) -> None:
    """Waits for an autovacuum of it, which only a superuser may end."""
    async with asyncio.timeout(60):
        while True:
            try:
                await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            except asyncpg.InsufficientPrivilegeError:
                await asyncio.sleep(0.1)
            else:
                return


@asynccontextmanager
async def start_postgres() -> AsyncIterator[dict[str, str]]:
    """A server with a migrated database to make others from."""
    async with AsyncExitStack() as running:
        owner_url = superuser_url = os.environ.get(DATABASE_URL_VARIABLE, "")
        if not owner_url:
            directory = running.enter_context(server_directory())
            database = running.enter_context(start_database(directory, durable=False))
            owner_url, superuser_url = database.database_url, database.database_superuser_url
        template = f"tonearm_test_{secrets.token_hex(4)}"
        url = await running.enter_async_context(new_database(owner_url, template, "template0"))
        connection = await asyncpg.connect(url)
        try:
            await migrate(connection)
        finally:
            await connection.close()
        yield {"superuser_url": superuser_url, "owner_url": owner_url, "template": template}


@asynccontextmanager
async def start_s3() -> AsyncIterator[dict[str, str]]:
    with server_directory() as directory, start_storage(directory, durable=False) as storage:
        yield asdict(storage)


@pytest.fixture(scope="session")
async def postgres(run_directory: Path) -> AsyncGenerator[Postgres, None]:
    async with shared(run_directory, "postgres", start_postgres) as info:
        yield Postgres(**info)


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The URL of a superuser, in a database that is not the tests'."""
    return postgres.superuser_url


@pytest.fixture(scope="session")
async def database_url(postgres: Postgres, worker: str) -> AsyncGenerator[str, None]:
    """The URL of this worker's database, which has had all migrations."""
    name = f"{postgres.template}_{worker}"
    async with new_database(postgres.owner_url, name, postgres.template) as url:
        yield url


@pytest.fixture(scope="session")
async def pool(database_url: str) -> AsyncGenerator[Pool, None]:
    async with open_pool(database_url) as pool:
        yield pool


@pytest.fixture
async def connection(pool: Pool) -> AsyncGenerator[Connection, None]:
    """A connection in a transaction that is rolled back after the test."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


@pytest.fixture
async def clean_database(
    pool: Pool, seeds: dict[str, list[asyncpg.Record]]
) -> AsyncGenerator[Pool, None]:
    """The pool; after the test the tables hold again what the migrations have put there."""
    yield pool
    await empty(pool, seeds)


async def empty(pool: Pool, seeds: dict[str, list[asyncpg.Record]]) -> None:
    """Makes the tables hold what the migrations have put there, and no more."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(TRUNCATE_FILLED_TABLES)
        for table, rows in seeds.items():
            await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])


@pytest.fixture(scope="session")
async def seeds(pool: Pool) -> dict[str, list[asyncpg.Record]]:
    """The rows that the migrations insert, by table."""
    async with pool.acquire() as connection:
        tables = [row["name"] for row in await connection.fetch(SELECT_TABLES)]
        rows = {table: await connection.fetch(f'SELECT * FROM "{table}"') for table in tables}
    return {table: found for table, found in rows.items() if found}


@pytest.fixture(scope="session")
async def s3(run_directory: Path, worker: str) -> AsyncGenerator[S3, None]:
    async with shared(run_directory, "s3", start_s3) as info:
        s3 = S3(
            endpoint_url=info["s3_endpoint_url"],
            region=info["s3_region"],
            access_key_id=info["s3_access_key_id"],
            secret_access_key=info["s3_secret_access_key"],
            bucket=f"test-{worker}",
        )
        async with s3.open() as objects:
            await objects.ensure_bucket()
        yield s3


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints what tests have recorded as their `summary`, whichever worker ran them."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "summary":
                    terminalreporter.section(report.nodeid.rpartition("::")[2])
                    terminalreporter.write_line(value)
