"""Connections of clients: how many there may be, and how long each may take for its requests."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.beside import beside
from app.guard import EXCHANGE, RETRY_AFTER, refusal
from app.http import UVICORN, HttpProtocol
from resolvers.exchange import Exchange

LOOK_SECONDS: Final = 0.5
LAST_WRITE_SECONDS: Final = 30.0
"""How long a client may take for the rest of an answer after which its connection is closed."""

STATE_KEY: Final = "connections"

FULL: Final = refusal(
    503, "OVERLOADED", "Too many connections are open. Try again in a second.", RETRY_AFTER
).raw()
HEAD_TOO_LATE: Final = refusal(
    408, "REQUEST_TIMEOUT", "The request's headers did not come in time."
).raw()
NOT_HTTP: Final = refusal(
    400, "BAD_REQUEST", "This is no HTTP request, or one with a method that nothing here has."
).raw()
HEAD_TOO_LARGE: Final = refusal(
    431, "BAD_REQUEST", "The request's line and headers are too long."
).raw()


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`head_seconds` is for a request's line and headers, from the connection or the first byte."""

    connections: int
    head_seconds: float
    head_bytes: int = 32_768


class Connections:
    """The open connections of a process."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: set[BoundedProtocol] = set()

    def add(self, protocol: "BoundedProtocol") -> bool:
        """Whether there is room for one more."""
        if len(self._open) >= self.limits.connections:
            return False
        self._open.add(protocol)
        return True

    def discard(self, protocol: "BoundedProtocol") -> None:
        self._open.discard(protocol)

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Looks at all of them meanwhile, for those that take too long."""
        return beside(self._watch())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            for protocol in tuple(self._open):
                protocol.look(now)


class BoundedProtocol(HttpProtocol):
    """Serves one connection within the limits that the lifespan has put into the state.

    uvicorn has a timer for each connection that is idle between requests, which it makes and
    cancels with each; here the one who looks at all closes those too. Without limits in the state
    there are uvicorn's timers, and no others.
    """

    _keeper: Connections | None = None
    _head_since: float | None = None
    _idle_since: float | None = None
    _head_bytes = 0
    _closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._keeper = self.app_state.get(STATE_KEY)
        if self._keeper is None:
            return
        self._head_since = self.loop.time()
        if not self._keeper.add(self):
            self._refuse(FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._keeper is not None:
            self._keeper.discard(self)
        cycle: RequestResponseCycle | None = self.cycle
        super().connection_lost(exc)
        if cycle is not None and not cycle.response_complete:
            exchange = dict(cycle.scope).get(EXCHANGE)
            if isinstance(exchange, Exchange):
                exchange.abandon()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._keeper is not None and self._head_bytes > self._keeper.limits.head_bytes:
                self._refuse(HEAD_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """uvicorn's word for what its parser does not take, in the form of all our errors."""
        self._refuse(NOT_HTTP)

    def on_response_complete(self) -> None:
        if self._keeper is None or self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()

    def on_message_begin(self) -> None:
        self._idle_since = None
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = self.loop.time()
            self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_since = None
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        if self._keeper is not None:
            self._keeper.discard(self)
        super().handle_websocket_upgrade()

    def look(self, now: float) -> None:
        """Closes the connection if it takes longer than it may; called now and then."""
        assert self._keeper is not None
        if self.transport.is_closing():
            if self._closing_since is None:
                self._closing_since = now
            elif now - self._closing_since > LAST_WRITE_SECONDS:
                self.transport.abort()
        elif (
            self._head_since is not None
            and now - self._head_since > self._keeper.limits.head_seconds
        ):
            self._refuse(HEAD_TOO_LATE)
        elif self._idle_since is not None and now - self._idle_since > self.timeout_keep_alive:
            self.transport.close()

    def _refuse(self, answer: bytes) -> None:
        self.transport.write(answer)
        self.transport.close()


def uvicorn_options(keep_alive_seconds: int) -> dict[str, Any]:
    """Options of uvicorn, for `tonearm serve` and `tonearm demo` alike."""
    return UVICORN | {"http": BoundedProtocol, "timeout_keep_alive": keep_alive_seconds}
