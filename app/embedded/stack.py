"""PostgreSQL and an S3 server for this machine alone, from nothing but pip packages.

Layout of a stack's directory: `lock` (held while the stack runs), `state.json` (ports and
secrets), `log/`, and `data/` with a directory for each server.
"""

import errno
import fcntl
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from app.embedded import seaweedfs
from app.embedded.account import Account, make_data_directory, unprivileged_account
from app.embedded.errors import AlreadyRunning, NotOurs, ServerFailed
from app.embedded.ports import choose_ports, is_free
from app.embedded.postgres import Cluster
from app.embedded.programs import find_postgres, find_weed
from app.embedded.seaweedfs import ObjectStore
from app.embedded.server import Launch, Server, server_lock
from app.embedded.state import State

READY_SECONDS: Final = 60.0
LEFTOVER_SECONDS: Final = 25.0
ATTEMPTS: Final = 3
POSTGRES_PORT: Final = "postgresql"
BUCKET: Final = "tonearm"


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the running PostgreSQL is, and how to sign in.

    Attributes:
        database_url: For the role that owns the database: `postgresql://…@127.0.0.1:…/tonearm`.
        database_superuser_url: The same database, for PostgreSQL's superuser.
    """

    database_url: str
    database_superuser_url: str


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Where the running S3 server is, and its keys.

    Attributes:
        s3_bucket: A name; the bucket is made by whoever stores the first object.
    """

    s3_endpoint_url: str
    s3_region: str
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_bucket: str


@dataclass(frozen=True, kw_only=True)
class Stack(Database, Storage):
    """Both servers."""


Progress = Callable[[str], None]


@contextmanager
def start_stack(
    directory: Path, *, on_progress: Progress = lambda message: None, durable: bool = True
) -> Iterator[Stack]:
    """Starts both servers on the data in `directory`, made if need be, and stops them at the end.

    They end with this process however it ends. Log, ports and secrets are kept in `directory`.

    Args:
        on_progress: Is told what is being done, for people.
        durable: Whether data has to survive. Without it both servers are faster, and are killed
            rather than stopped: what was committed last may be lost.

    Raises:
        AlreadyRunning: The servers of this directory have been started by another process.
        EmbeddedError: They cannot be started; the message says why.
    """
    with _open_home(directory, on_progress, durable=durable) as home, ExitStack() as running:
        storage = _Storage(home, running)
        database = _Database(home, running)
        running.callback(_request_stop, on_progress, storage.service, database.service)
        yield Stack(**asdict(database.wait_ready()), **asdict(storage.wait_ready()))


@contextmanager
def start_database(
    directory: Path,
    *,
    on_progress: Progress = lambda message: None,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Database]:
    """Starts PostgreSQL alone; else as `start_stack`. `settings` are PostgreSQL's own."""
    with _open_home(directory, on_progress, durable=durable) as home, ExitStack() as running:
        yield _Database(home, running, settings or {}).wait_ready()


@contextmanager
def start_storage(
    directory: Path, *, on_progress: Progress = lambda message: None, durable: bool = True
) -> Iterator[Storage]:
    """Starts the S3 server alone; else as `start_stack`."""
    with _open_home(directory, on_progress, durable=durable) as home, ExitStack() as running:
        yield _Storage(home, running).wait_ready()


class _Home:
    """A stack's directory, locked for this process."""

    def __init__(self, directory: Path, on_progress: Progress, *, durable: bool) -> None:
        self.directory = directory
        self.on_progress = on_progress
        self.durable = durable
        self.account: Account | None = unprivileged_account()
        if self.account is not None:
            # The account passes through, and sees nothing else than its own directory.
            directory.chmod(directory.stat().st_mode | 0o011)
        (directory / "log").mkdir(mode=0o700, exist_ok=True)
        self.data = make_data_directory(directory, self.account)
        self.programs = self.data / "programs"
        self._state_file = directory / "state.json"
        self.state = State.read(self._state_file)
        self.state.write(self._state_file)

    def choose_ports(self, names: tuple[str, ...]) -> dict[str, int]:
        """A free port for each name, remembered."""
        chosen = choose_ports(names, self.state.ports)
        self.state = replace(self.state, ports=self.state.ports | chosen)
        self.state.write(self._state_file)
        return chosen

    def make_directory(self, name: str) -> Path:
        """A directory in `data` that belongs to the servers' account."""
        path = self.data / name
        if not path.exists():
            path.mkdir(mode=0o700)
            if self.account is not None:
                self.account.own(path)
        return path


@contextmanager
def _open_home(directory: Path, on_progress: Progress, *, durable: bool) -> Iterator[_Home]:
    directory = directory.absolute()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_uid != os.geteuid():  # root would leave files its owner cannot read
            raise PermissionError(errno.EPERM, "another user's", str(directory))
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise AlreadyRunning(
                f"The servers in {directory} are running already: use them, or stop that process"
            ) from error
        try:
            home = _Home(directory, on_progress, durable=durable)
        except BaseException:
            os.close(lock)
            raise
    except PermissionError as error:
        raise NotOurs(
            f"{error.filename} belongs to another user: start Tonearm as that user, or remove the "
            "directory with all its data"
        ) from error
    try:
        yield home
    finally:
        os.close(lock)


class _Service:
    """One server of a stack, on ports that it gets anew when it loses them to somebody."""

    def __init__(
        self,
        home: _Home,
        name: str,
        port_names: tuple[str, ...],
        launch: Callable[[dict[str, int]], Launch],
        running: ExitStack,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self._home = home
        self._port_names = port_names
        self._launch = launch
        self._log = home.directory / "log" / f"{name.lower()}.log"
        lock_file = home.directory / f"{name.lower()}.lock"
        self._lock = running.enter_context(
            server_lock(lock_file, name, LEFTOVER_SECONDS, home.on_progress)
        )
        prepare()
        self._start()
        running.callback(self._stop)

    def _start(self) -> None:
        self._ports = self._home.choose_ports(self._port_names)
        launch = self._launch(self._ports)
        self._server = Server(launch, self._home.account, self._log, self._lock)

    def wait_ready(self) -> dict[str, int]:
        """Waits until the server can do its work, and gives its ports."""
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                self._server.wait_ready(READY_SECONDS)
                break
            except ServerFailed:
                self._server.stop()
                if not attempts_left or all(is_free(port) for port in self._ports.values()):
                    raise
                self._start()
        return self._ports

    def request_stop(self) -> None:
        self._server.request_stop()

    def _stop(self) -> None:
        self._server.stop()


def _request_stop(on_progress: Progress, *services: _Service) -> None:
    """Tells all to stop, before anybody waits for one."""
    on_progress("Stopping PostgreSQL and the S3 server")
    for service in services:
        service.request_stop()


class _Database:
    """PostgreSQL, starting."""

    def __init__(
        self, home: _Home, running: ExitStack, settings: Mapping[str, str] | None = None
    ) -> None:
        home.on_progress("Starting PostgreSQL")
        self._cluster = cluster = Cluster(
            programs=find_postgres(home.account, home.programs),
            directory=home.make_directory("postgresql"),
            account=home.account,
            secrets=home.state.secrets,
            durable=home.durable,
            settings=settings or {},
        )
        self.service = _Service(
            home,
            "PostgreSQL",
            (POSTGRES_PORT,),
            lambda ports: cluster.launch(ports[POSTGRES_PORT]),
            running,
            prepare=cluster.create,
        )

    def wait_ready(self) -> Database:
        port = self.service.wait_ready()[POSTGRES_PORT]
        return Database(
            database_url=self._cluster.url(port),
            database_superuser_url=self._cluster.url(port, superuser=True),
        )


class _Storage:
    """SeaweedFS, starting."""

    def __init__(self, home: _Home, running: ExitStack) -> None:
        home.on_progress("Starting the S3 server")
        self._secrets = home.state.secrets
        store = ObjectStore(
            program=find_weed(home.account, home.programs),
            directory=home.make_directory("seaweedfs"),
            account=home.account,
            secrets=home.state.secrets,
        )
        stop_signal = signal.SIGTERM if home.durable else signal.SIGKILL
        self.service = _Service(
            home,
            "SeaweedFS",
            seaweedfs.PORTS,
            lambda ports: store.launch(ports, stop_signal),
            running,
            prepare=store.configure,
        )

    def wait_ready(self) -> Storage:
        ports = self.service.wait_ready()
        return Storage(
            s3_endpoint_url=f"http://127.0.0.1:{ports['s3']}",
            s3_region=seaweedfs.REGION,
            s3_access_key_id=self._secrets.s3_access_key_id,
            s3_secret_access_key=self._secrets.s3_secret_access_key,
            s3_bucket=BUCKET,
        )
