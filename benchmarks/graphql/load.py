"""The load generator, a process of its own: jobs as JSON lines in, measurements as JSON lines out.

A job names a port, the bodies of its requests, and either how many connections always have a
request under way (closed loop) or at which rate requests fall due (open loop, in which latency
counts from the moment a request was due).
"""

import asyncio
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Final, cast

import httptools
import uvloop

CLOSED_LOOP_CONNECTIONS: Final = 8
STUCK_SECONDS: Final = 300.0
"""How long after its end a job may still wait for answers, or ask what it must at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask and how: `rate` is per second, and None for the closed loop."""

    port: int
    bodies: list[str]
    seconds: float
    connections: int = CLOSED_LOOP_CONNECTIONS
    rate: float | None = None
    at_least: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Latencies in milliseconds. `failed` answers had another status than 200, or errors."""

    requests: int
    failed: int
    seconds: float
    p50: float
    p99: float


class _Client(asyncio.Protocol):
    """One connection, which does one request after the other."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._started: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._run.free(self)

    def ask(self, request: bytes, due: float) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._failed = True
        self._started = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self._failed = self._parser.get_status_code() != 200

    def on_body(self, body: bytes) -> None:
        self._failed = self._failed or b'"errors"' in body

    def on_message_complete(self) -> None:
        assert self._started is not None
        self._run.record(self._started, failed=self._failed)
        self._started = None
        self._run.free(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._started is not None:
            self._run.abort(ConnectionError(f"The server hung up: {error}"))


class _Run:
    """A job while it runs."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests = cycle([_request(body) for body in job.bodies])
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._free: list[_Client] = []
        self._due: deque[float] = deque()
        self._latencies: list[float] = []
        self._failed = 0
        self._asking = 0
        self._started = 0.0
        self._ended = False

    async def measure(self) -> Measured:
        clients = [
            (await self._loop.create_connection(lambda: _Client(self), "127.0.0.1", self._job.port))
            for _ in range(self._job.connections)
        ]
        self._started = time.perf_counter()
        self._end = self._started + self._job.seconds
        stuck = self._loop.call_later(
            self._job.seconds + STUCK_SECONDS, self.abort, TimeoutError("stuck")
        )
        if self._job.rate is None:
            for client in self._free.copy():
                self.free(client)
        else:
            self._make_due(0)
            self._loop.call_later(self._job.seconds, self._end_due)
        await self._done
        stuck.cancel()
        seconds = time.perf_counter() - self._started
        for transport, _ in clients:
            transport.abort()
        ordered = sorted(self._latencies)
        return Measured(
            len(ordered),
            self._failed,
            seconds,
            ordered[len(ordered) // 2] * 1e3,
            ordered[len(ordered) * 99 // 100] * 1e3,
        )

    def free(self, client: _Client) -> None:
        """Gives a connection that has nothing to do its next request."""
        if not self._started:
            self._free.append(client)
        elif self._job.rate is not None:
            self._free.append(client)
            self._ask_what_is_due()
        elif time.perf_counter() < self._end or len(self._latencies) < self._job.at_least:
            self._asking += 1
            client.ask(next(self._requests), time.perf_counter())
        elif not self._asking:
            self._finish()

    def _make_due(self, count: int) -> None:
        """Makes requests due at an even pace, the next one at its own time."""
        assert self._job.rate is not None
        now = time.perf_counter()
        while (due := self._started + count / self._job.rate) <= now and due < self._end:
            self._due.append(due)
            count += 1
        self._ask_what_is_due()
        if due < self._end and not self._ended:
            self._loop.call_later(due - now, self._make_due, count)

    def _end_due(self) -> None:
        """Nothing falls due any more; the last answer may have come already."""
        self._ended = True
        self._ask_what_is_due()

    def _ask_what_is_due(self) -> None:
        while self._due and self._free:
            self._asking += 1
            self._free.pop().ask(next(self._requests), self._due.popleft())
        if self._ended and not self._asking and not self._due:
            self._finish()

    def record(self, started: float, *, failed: bool) -> None:
        self._asking -= 1
        self._latencies.append(time.perf_counter() - started)
        self._failed += failed

    def _finish(self) -> None:
        if not self._done.done():
            self._done.set_result(None)

    def abort(self, error: Exception) -> None:
        if not self._done.done():
            self._done.set_exception(error)


def _request(body: str) -> bytes:
    content = body.encode()
    return (
        b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
    )


async def _measure(job: Job) -> Measured:
    return await _Run(job).measure()


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(uvloop.run(_measure(Job(**json.loads(line)))))), flush=True)


if __name__ == "__main__":
    main()
