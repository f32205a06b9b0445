"""A server that runs under a supervisor, from this process's point of view."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from app.embedded import supervisor
from app.embedded.account import Account
from app.embedded.errors import ServerFailed

LOG_BYTES: Final = 5_000_000
TAIL_LINES: Final = 3
POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run, as the server's own module describes it.

    Attributes:
        name: The server's name for people.
        command: The program's path and its arguments.
        directory: The server's working directory, which holds its data.
        environment: Variables beyond the few that every server gets.
        stop_signal: What tells the server to stop, with `grace_seconds` to do so.
        is_ready: Whether the server, of which the process id is given, can do its work.
        leftovers: Files outside of `directory` that a killed server leaves behind.
    """

    name: str
    command: list[str]
    directory: Path
    stop_signal: signal.Signals
    grace_seconds: float
    is_ready: Callable[[int], bool]
    environment: dict[str, str] = field(default_factory=dict)
    leftovers: list[Path] = field(default_factory=list)


def clean_environment(directory: Path) -> dict[str, str]:
    """Environment variables for a server: nothing of the user's own leaks into it."""
    return {"PATH": os.defpath, "HOME": str(directory), "LC_ALL": "C", "TZ": "UTC"}


class Server:
    """A server that has been started, and ends at the latest when this process does."""

    def __init__(
        self,
        launch: Launch,
        account: Account | None,
        log: Path,
        lock: int,
        *,
        log_bytes: int = LOG_BYTES,
    ) -> None:
        self.name = launch.name
        self._launch = launch
        self._log = log
        self._lock = lock
        spec = supervisor.Spec(
            command=launch.command,
            environment=clean_environment(launch.directory) | launch.environment,
            directory=str(launch.directory),
            user=None if account is None else (account.uid, account.gid),
            log=str(log),
            log_bytes=log_bytes,
            stop_signal=launch.stop_signal,
            grace_seconds=launch.grace_seconds,
            lock=lock,
        )
        os.ftruncate(lock, 0)
        self._remove_leftovers()
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", supervisor.__file__, json.dumps(asdict(spec))],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[lock],
        )

    def wait_ready(self, seconds: float) -> None:
        """Waits until the server can do its work.

        Raises `ServerFailed` when it ends instead or takes longer than `seconds`.
        """
        deadline = time.monotonic() + seconds
        while True:
            if self._process.poll() is not None:
                raise ServerFailed(f"{self.name} has ended. {self._last_words()}")
            pid = locked_by(self._lock)
            if pid is not None and self._launch.is_ready(pid):
                return
            if time.monotonic() > deadline:
                raise ServerFailed(
                    f"{self.name} was not ready after {seconds:.0f} s. {self._last_words()}"
                )
            time.sleep(POLL_SECONDS)

    def request_stop(self) -> None:
        """Tells the server to stop; does not wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def stop(self) -> None:
        """Stops the server and waits until its last process has ended."""
        self.request_stop()
        self._process.wait()
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        for path in self._launch.leftovers:
            path.unlink(missing_ok=True)

    def _last_words(self) -> str:
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            lines = []
        tail = " | ".join(line.strip() for line in lines[-TAIL_LINES:])
        return f"Its log {self._log} ends: {tail or 'it is empty'}"


@contextmanager
def server_lock(
    path: Path, name: str, seconds: float, on_progress: Callable[[str], None]
) -> Iterator[int]:
    """A lock that lasts as long as this process or a server that inherits it.

    A server of a previous run that was killed may still be ending: waits for it, and kills it
    after `seconds`. Raises `ServerFailed` when even that does not help.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(lock, 0):
            on_progress(f"Waiting for the {name} of a previous run to end")
        if not _take(lock, seconds):
            # A process that holds the lock is of the server's group, so the id still means it.
            pid = locked_by(lock)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            if not _take(lock, seconds):
                raise ServerFailed(f"A process of a previous {name} still runs and holds {path}")
        yield lock
    finally:
        os.close(lock)


def locked_by(lock: int) -> int | None:
    """The process id of the server that inherited the lock, once it has been started."""
    content = os.pread(lock, 20, 0)
    return int(content) if content else None


def _take(lock: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True
