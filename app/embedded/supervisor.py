"""Runs one server for as long as its parent lives. A program of its own: standard library only.

Its argument is a `Spec` as JSON. It starts the server in a session of its own, out of reach of
the terminal's Ctrl-C, and copies what the server prints to a log of bounded size. It stops the
server in an orderly way when its standard input ends, which also happens when the parent was
killed, or when it is told to terminate; what is left after the time of grace is killed. Should
the supervisor itself be killed, Linux tells the server to stop.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Final

PR_SET_PDEATHSIG: Final = 1  # prctl(2)
CHUNK: Final = 65536


@dataclass(frozen=True)
class Spec:
    """A server and how to run it.

    Attributes:
        command: The program's path and its arguments.
        environment: All of the server's environment variables.
        directory: The server's working directory.
        user: The numbers of the user and the group to run as; `None` is the present user.
        log: The file for what the server prints; when full it moves to `log` + ".1".
        log_bytes: The size at which that happens.
        stop_signal: What tells the server to stop.
        grace_seconds: How long it may take for that before it is killed.
        lock: A locked file, open; the server inherits it, so the lock lasts until both have
            ended. Its content is the process id of the server.
    """

    command: list[str]
    environment: dict[str, str]
    directory: str
    user: tuple[int, int] | None
    log: str
    log_bytes: int
    stop_signal: int
    grace_seconds: float
    lock: int


class Log:
    """A file that moves aside when it is full, over the one that moved before."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file = self._open()

    def _open(self) -> IO[bytes]:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "wb", buffering=0)

    def write(self, data: bytes) -> None:
        """Loses `data` where the disk is full: the server shall not end for want of a log."""
        with suppress(OSError):
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._file.seek(0, os.SEEK_END) + len(data) > self._max_bytes:
            self._file.close()
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._file = self._open()
        self._file.write(data)


def start(spec: Spec) -> "subprocess.Popen[bytes]":
    """The server, in a session of its own, told to stop when this process ends."""
    supervisor = os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def die_with_supervisor() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, spec.stop_signal)
            if os.getppid() != supervisor:
                os._exit(1)

    user, group = spec.user or (None, None)
    return subprocess.Popen(  # noqa: S603
        spec.command,
        env=spec.environment,
        cwd=spec.directory,
        user=user,
        group=group,
        extra_groups=None if user is None else [],
        umask=0o077,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=[spec.lock],
        preexec_fn=die_with_supervisor,
    )


def supervise(spec: Spec) -> int:
    """Runs the server until it ends; gives its exit status."""
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    stops = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in (*stops, signal.SIGCHLD):
        signal.signal(number, _wake)

    log = Log(Path(spec.log), spec.log_bytes)
    try:
        server = start(spec)
    except OSError as error:
        log.write(f"{error}\n".encode())
        return 1
    assert server.stdout is not None
    os.ftruncate(spec.lock, 0)
    os.pwrite(spec.lock, str(server.pid).encode(), 0)

    output = server.stdout.fileno()
    watched = [wake_read, output, sys.stdin.fileno()]
    deadline: float | None = None
    while server.poll() is None:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = select.select(watched, (), (), timeout)[0]
        if output in ready:
            data = os.read(output, CHUNK)
            log.write(data)
            if not data:
                watched.remove(output)
        stop = False
        if wake_read in ready:
            stop = any(number in stops for number in os.read(wake_read, 4096))
        if sys.stdin.fileno() in ready:
            stop = True
            watched.remove(sys.stdin.fileno())
        if stop and deadline is None:
            deadline = time.monotonic() + spec.grace_seconds
            server.send_signal(spec.stop_signal)
        if deadline is not None and time.monotonic() >= deadline:
            server.kill()
            server.wait()

    _end_group(server.pid)
    while output in watched and select.select([output], (), (), 1.0)[0]:
        data = os.read(output, CHUNK)
        log.write(data)
        if not data:
            break
    return server.returncode


def _wake(number: int, frame: FrameType | None) -> None:
    """The wakeup descriptor tells the loop."""


def _end_group(group: int) -> None:
    """Kills what the server has left of its process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS refuses when only zombies are left
        return


if __name__ == "__main__":
    sys.exit(min(abs(supervise(Spec(**json.loads(sys.argv[1])))), 255))
