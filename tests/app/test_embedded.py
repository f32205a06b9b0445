"""The embedded servers, started for real; tests of one server where one is enough."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.embedded import AlreadyRunning, Stack, Storage, start_database, start_stack
from app.embedded.account import unprivileged_account
from app.embedded.errors import IncompatibleData, NotOurs, ServerFailed
from app.embedded.ports import choose_ports, is_free
from app.embedded.server import LOG_BYTES, Launch, Server, locked_by, server_lock
from app.embedded.state import State
from storage.objects import Objects, open_objects
from tests.conftest import server_directory

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives up its rights")

# Tells when the servers are up, and waits.
PARENT = """
import signal, sys, time
from pathlib import Path
from app.embedded import start_database, start_stack
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
start = start_stack if sys.argv[2] == "stack" else start_database
with start(Path(sys.argv[1])) as running:
    print(running.database_url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with server_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """The directory of a PostgreSQL that has been started and stopped."""
    with server_directory() as directory:
        with start_database(directory, durable=False):
            pass
        yield directory


@pytest.fixture
def database_directory(directory: Path, initialised: Path) -> Path:
    """A copy of such a directory: making a cluster takes longer."""
    subprocess.run(["cp", "-a", f"{initialised}/.", str(directory)], check=True)
    return directory


@pytest.fixture(scope="module")
def running_directory() -> Iterator[Path]:
    with server_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def stack(running_directory: Path) -> Iterator[Stack]:
    """A running stack, for tests that do it no harm."""
    with start_stack(running_directory, durable=False) as stack:
        yield stack


async def run_sql(url: str, *statements: str) -> object:
    """The first value of the last statement's result."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


@asynccontextmanager
async def objects_of(storage: Storage) -> AsyncGenerator[Objects, None]:
    async with open_objects(
        endpoint_url=storage.s3_endpoint_url,
        region=storage.s3_region,
        bucket=storage.s3_bucket,
        access_key_id=storage.s3_access_key_id,
        secret_access_key=storage.s3_secret_access_key,
    ) as objects:
        await objects.ensure_bucket()
        yield objects


def server_pid(directory: Path, name: str) -> int:
    with (directory / f"{name}.lock").open("rb") as lock:
        pid = locked_by(lock.fileno())
    assert pid is not None
    return pid


def start_parent(directory: Path, what: str) -> tuple["subprocess.Popen[str]", str]:
    """A process that runs servers, and the URL of its database."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(directory), what], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    return parent, parent.stdout.readline().strip()


def wait_until_ended(directory: Path, name: str) -> None:
    """Returns when no process of the server is left; raises when that takes too long."""
    with server_lock(directory / f"{name}.lock", name, 20, print):
        pass


async def test_a_second_start_has_the_same_data_ports_and_secrets(directory: Path) -> None:
    with start_stack(directory) as first:
        await run_sql(first.database_url, "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT 1")
        async with objects_of(first) as objects:
            await objects.put("kept", b"sound", content_type="audio/mpeg")
    with start_stack(directory) as second:
        assert second == first
        assert await run_sql(second.database_url, "SELECT answer FROM kept") == 42
        async with objects_of(second) as objects:
            assert await objects.get("kept") == b"sound"


async def test_the_owner_of_the_database_is_no_superuser_and_has_the_extensions(
    stack: Stack,
) -> None:
    superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
    assert await run_sql(stack.database_url, superuser) is False
    assert await run_sql(stack.database_superuser_url, superuser) is True
    extensions = [
        f"CREATE EXTENSION {name}" for name in ("pg_trgm", "unaccent", "btree_gin", "citext")
    ]
    assert await run_sql(stack.database_url, *extensions, "SELECT show_trgm('x') IS NOT NULL")


async def test_a_wrong_password_is_refused(stack: Stack) -> None:
    password = stack.database_url.split(":")[2].split("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await run_sql(stack.database_url.replace(password, "wrong"), "SELECT 1")


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
async def test_s3_refuses_the_unsigned(stack: Stack, method: str) -> None:
    async with objects_of(stack) as objects, httpx.AsyncClient() as client:
        await objects.put("secret", b"sound", content_type="audio/mpeg")
        url = f"{stack.s3_endpoint_url}/{stack.s3_bucket}/secret"
        response = await client.request(method, url, content=b"noise")
        assert response.status_code in (403, 405)
        assert await objects.get("secret") == b"sound"


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["", "buckets/", "buckets/tonearm/secret", "etc/iam/"])
async def test_the_filer_refuses_whoever_has_no_key(
    stack: Stack, running_directory: Path, method: str, path: str
) -> None:
    port = State.read(running_directory / "state.json").ports["filer"]
    async with objects_of(stack) as objects, httpx.AsyncClient() as client:
        await objects.put("secret", b"sound", content_type="audio/mpeg")
        url = f"http://127.0.0.1:{port}/{path}"
        assert (await client.request(method, url, content=b"noise")).status_code == 401


def test_the_secrets_are_for_the_owner_alone(stack: Stack, running_directory: Path) -> None:
    for name in ("state.json", "log", "data/postgresql", "data/seaweedfs/s3.json"):
        assert (running_directory / name).stat().st_mode & 0o077 == 0, name


def test_nothing_large_is_reserved_on_disk(stack: Stack, running_directory: Path) -> None:
    files = (running_directory / "data/seaweedfs").rglob("*")
    assert sum(path.stat().st_blocks * 512 for path in files) < 10_000_000


@as_root
def test_no_server_runs_as_root(stack: Stack, running_directory: Path) -> None:
    for name in ("postgresql", "seaweedfs"):
        status = Path(f"/proc/{server_pid(running_directory, name)}")
        assert status.stat().st_uid != 0, name


def test_a_second_start_in_the_same_directory_is_refused(
    stack: Stack, running_directory: Path
) -> None:
    expected = pytest.raises(AlreadyRunning, match="are running already")
    with expected, start_stack(running_directory):
        pass


async def test_a_server_whose_port_was_taken_gets_another(database_directory: Path) -> None:
    with start_database(database_directory) as first:
        await run_sql(first.database_url, "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT 1")
    port = State.read(database_directory / "state.json").ports["postgresql"]
    taken = socket.create_server(("127.0.0.1", port))
    with taken, start_database(database_directory) as second:
        assert second.database_url != first.database_url
        assert await run_sql(second.database_url, "SELECT answer FROM kept") == 42


async def test_after_kill_9_the_next_start_has_the_data(directory: Path) -> None:
    with start_stack(directory) as first:
        async with objects_of(first) as objects:
            await objects.put("kept", b"sound", content_type="audio/mpeg")
            os.kill(server_pid(directory, "seaweedfs"), signal.SIGKILL)
    parent, url = start_parent(directory, "stack")
    with parent:
        await run_sql(url, "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT 1")
        old = {name: server_pid(directory, name) for name in ("postgresql", "seaweedfs")}
        parent.kill()
    with start_stack(directory) as second:
        assert second == first
        assert await run_sql(url, "SELECT answer FROM kept") == 42
        async with objects_of(second) as objects:
            assert await objects.get("kept") == b"sound"
        for pid in old.values():
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_in_order_with_its_parent(
    database_directory: Path, number: signal.Signals
) -> None:
    parent, _ = start_parent(database_directory, "database")
    with parent:
        parent.send_signal(number)
    wait_until_ended(database_directory, "postgresql")
    assert "database system is shut down" in (database_directory / "log/postgresql.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_the_server_ends_with_its_supervisor(database_directory: Path) -> None:
    with start_database(database_directory):
        pid = server_pid(database_directory, "postgresql")
        status = Path(f"/proc/{pid}/stat").read_text()
        supervisor = int(status.rpartition(")")[2].split()[1])
        os.kill(supervisor, signal.SIGKILL)
        os.waitid(os.P_PID, supervisor, os.WEXITED | os.WNOWAIT)
    wait_until_ended(database_directory, "postgresql")


def test_a_stale_pid_file_is_no_obstacle(database_directory: Path) -> None:
    with start_database(database_directory, durable=False):
        pid_file = database_directory / "data/postgresql/cluster/postmaster.pid"
        content = pid_file.read_text()
    # In a container the same process ids come again: here it is that of a living process.
    pid_file.write_text(content.replace(content.split("\n", 1)[0], str(os.getppid()), 1))
    with start_database(database_directory, durable=False):
        pass


def test_an_interrupted_first_start_is_made_anew(database_directory: Path) -> None:
    half_made = database_directory / "data/postgresql/cluster.new"
    (database_directory / "data/postgresql/cluster").rename(half_made)
    (half_made / "PG_VERSION").unlink()
    with start_database(database_directory, durable=False):
        assert not half_made.exists()


def test_data_of_another_major_version_is_refused(database_directory: Path) -> None:
    cluster = database_directory / "data/postgresql/cluster"
    (cluster / "PG_VERSION").write_text("17\n")
    expected = pytest.raises(IncompatibleData, match=r"PostgreSQL 17 and this is 18\.")
    with expected, start_database(database_directory, durable=False):
        pass


def test_a_server_that_fails_says_how_its_log_ends(database_directory: Path) -> None:
    (database_directory / "data/postgresql/cluster/global/pg_control").unlink()
    expected = pytest.raises(ServerFailed, match=r"postgresql\.log ends: .*could not find")
    with expected, start_database(database_directory, durable=False):
        pass


@as_root
async def test_data_moves_to_where_an_account_without_rights_can_reach_it(
    tmp_path: Path,  # which only root can enter
) -> None:
    directory = tmp_path / "stack"
    with start_database(directory) as first:
        await run_sql(first.database_url, "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT 1")
    data = directory / "data"
    try:
        assert data.is_symlink()
        with start_database(directory) as second:
            assert await run_sql(second.database_url, "SELECT answer FROM kept") == 42
    finally:
        shutil.rmtree(data.resolve())


@as_root
def test_a_directory_of_another_user_is_refused(directory: Path) -> None:
    os.chown(directory, pwd.getpwnam("daemon").pw_uid, -1)
    with pytest.raises(NotOurs, match="belongs to another user"), start_database(directory):
        pass


@as_root
def test_root_hands_over_to_somebody_else() -> None:
    account = unprivileged_account()
    assert account is not None
    assert account.uid != 0
    assert not account.can("-r", Path("/etc/shadow"))


def run_shell(directory: Path, script: str, log_bytes: int = LOG_BYTES) -> Path:
    """Runs a shell script under a supervisor until it is stopped; gives its log."""
    launch = Launch(
        name="script",
        command=["/bin/sh", "-c", script],
        directory=directory,
        stop_signal=signal.SIGTERM,
        grace_seconds=0.2,
        is_ready=lambda pid: (directory / "ready").exists(),
    )
    log = directory / "script.log"
    with server_lock(directory / "lock", "script", 1, print) as lock:
        server = Server(launch, None, log, lock, log_bytes=log_bytes)
        try:
            server.wait_ready(10)
        finally:
            server.stop()
    return log


def test_a_log_stays_below_its_bound(directory: Path) -> None:
    script = "yes 'a line of a log' | head -c 350000; touch ready; sleep 60"
    log = run_shell(directory, script, log_bytes=100_000)
    kept = [log, log.with_name("script.log.1")]
    assert all(0 < path.stat().st_size <= 100_000 for path in kept)
    assert log.read_text().endswith("a line of a log\n")


def test_a_server_that_ignores_its_signal_is_killed(directory: Path) -> None:
    run_shell(directory, "trap '' TERM; touch ready; while true; do sleep 1; done")
    with server_lock(directory / "lock", "script", 5, print) as lock:
        assert locked_by(lock) is not None


def test_what_a_server_leaves_in_its_process_group_is_ended(directory: Path) -> None:
    run_shell(directory, "sleep 60 & echo $! > child; touch ready; wait")
    child = (directory / "child").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], stdout=subprocess.PIPE, check=False)
    assert state.stdout[:1] in (b"", b"Z")  # whoever inherits it may not have noticed its end yet


def test_a_program_that_cannot_be_run_is_reported(directory: Path) -> None:
    with pytest.raises(ServerFailed, match="missing: not found"):
        run_shell(directory, "exec missing")


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    ports = choose_ports(["a", "b"], {})
    assert choose_ports(["a", "b"], ports) == ports
    with socket.create_server(("127.0.0.1", ports["a"])):
        assert not is_free(ports["a"])
        changed = choose_ports(["a", "b"], ports)
    assert changed["b"] == ports["b"]
    assert changed["a"] not in ports.values()


def test_secrets_are_new_for_each_stack(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state = State.read(path)
    state.write(path)
    assert State.read(path) == state
    assert State.read(tmp_path / "other.json").secrets != state.secrets
