"""An open load: requests begin when they are due, however many are still unanswered."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Measured:
    """Seconds from when each request was due, by status; 0 is no answer."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def note(self, status: int, seconds: float) -> None:
        self.seconds.setdefault(status, []).append(seconds)

    def percentile_ms(self, status: int, share: float) -> float:
        found = sorted(self.seconds.get(status, ()))
        return 1000 * found[min(len(found) - 1, int(len(found) * share))] if found else 0.0

    def count(self, status: int) -> int:
        return len(self.seconds.get(status, ()))

    def total(self) -> int:
        return sum(map(len, self.seconds.values()))


class _Client(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self, load: "Load") -> None:
        self._load = load
        self._due = 0.0
        self._busy = False
        self._data = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def ask(self, due: float) -> None:
        self._due, self._busy, self._data = due, True, b""
        self.transport.write(self._load.request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, ended, body = self._data.partition(b"\r\n\r\n")
        if not ended:
            return
        lowered = head.lower()
        _, _, rest = lowered.partition(b"content-length: ")
        if len(body) < int(rest.partition(b"\r\n")[0] or 0):
            return
        self._busy = False
        self._load.measured.note(int(head[9:12]), time.perf_counter() - self._due)
        self._load.free.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._busy:
            self._load.measured.note(0, time.perf_counter() - self._due)
        elif self in self._load.free:
            self._load.free.remove(self)


class Load:
    """Sends `request` to a port `per_second` times a second."""

    def __init__(self, port: int, request: bytes) -> None:
        self.request = request
        self.measured = Measured()
        self.free: deque[_Client] = deque()
        self._port = port
        self._opening: set[asyncio.Task[None]] = set()

    async def run(self, per_second: float, seconds: float) -> Measured:
        self.measured = Measured()
        began = time.perf_counter()
        sent = 0
        while (now := time.perf_counter()) < began + seconds:
            while sent < (now - began) * per_second:
                due = began + sent / per_second
                sent += 1
                if self.free:
                    self.free.pop().ask(due)
                else:
                    task = asyncio.create_task(self._open(due))
                    self._opening.add(task)
                    task.add_done_callback(self._opening.discard)
            await asyncio.sleep(0.001)
        limit = time.perf_counter() + 15
        while self.measured.total() < sent and time.perf_counter() < limit:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        for _ in range(sent - self.measured.total()):
            self.measured.note(0, 15.0)
        return self.measured

    async def closed(self, clients: int, seconds: float) -> float:
        """Answers a second when so many clients ask one thing after the other."""
        self.measured = Measured()
        await asyncio.gather(*(self._open(None) for _ in range(clients)))
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            while self.free:
                self.free.pop().ask(time.perf_counter())
            await asyncio.sleep(0)
        return self.measured.count(200) / (time.perf_counter() - began)

    async def _open(self, due: float | None) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, client = await loop.create_connection(lambda: _Client(self), "127.0.0.1", self._port)
        except OSError:
            if due is not None:
                self.measured.note(0, time.perf_counter() - due)
            return
        if due is None:
            self.free.append(client)
        else:
            client.ask(due)
