"""How uvicorn serves: an answer's head and body in one write, and nobody keeps a connection."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LINGER_SECONDS: Final = 20.0
"""How long a connection that was closed may take to deliver what was written before."""

WITH_A_BODY: Final = frozenset(range(200, 600)) - {204, 304}
UNUSUAL: Final = frozenset({b"connection", b"transfer-encoding"})
"""Headers that change how an answer is sent."""


class Lingering:
    """A transport for one who writes and closes: what was written before is delivered, or not."""

    __slots__ = ("_loop", "_transport", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport = transport
        self.write = transport.write
        self.is_closing = transport.is_closing

    def close(self) -> None:
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(LINGER_SECONDS, self._transport.abort)


class Cycle(RequestResponseCycle):
    """A request and its answer as uvicorn has them, for less where the answer is as most are.

    uvicorn writes the head and the body one by one, which costs a system call and a packet more,
    and searches each header twice. An answer whose length is told and which is sent as a whole is
    written at once here, and searched as a whole. All else is left to uvicorn. Requests are logged
    by app/observed.py.
    """

    _head: bytes | None = None
    """What is to be written before the body."""

    async def send(self, message: Any) -> None:
        if not self.response_started:
            self._head = self._head_of(message)
            if self._head is not None:
                return
        elif self._head is not None:
            head, self._head = self._head, None
            body = message.get("body", b"")
            if len(body) == self.expected_content_length and not message.get("more_body"):
                self.transport.write(head + body)
                self.response_complete = True
                self.message_event.set()
                if not self.keep_alive:
                    self.transport.close()
                self.on_response()
                return
            self.transport.write(head)
        await super().send(message)

    def _head_of(self, message: Any) -> bytes | None:
        """The head of an answer of a known length; None for any other, and what is no head."""
        status = message.get("status")
        headers = message.get("headers", ())
        if (
            self.disconnected
            or self.flow.write_paused
            or status not in WITH_A_BODY
            or self.scope["method"] == "HEAD"
        ):
            return None
        length = None
        closes = False
        for name, value in headers:
            if name == b"content-length":
                length = int(value)
            elif name == b"connection" and value == b"close":
                closes = True
            elif name in UNUSUAL:
                return None
        if length is None:
            return None
        lines = [b"%b: %b\r\n" % header for header in (*self.default_headers, *headers)]
        if closes:
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        head = b"".join([STATUS_LINE[status], *lines, b"\r\n"])
        if not head.count(b"\n") == head.count(b"\r") == len(lines) + 2 or b"\0" in head:
            return None
        self.response_started = True
        self.waiting_for_100_continue = False
        self.chunked_encoding = False
        self.expected_content_length = length
        return head


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with cycles of ours."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._lingering = Lingering(transport, self.loop)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.transport = self._lingering  # type: ignore[assignment]
        cycle.__class__ = Cycle
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """Ends streams of events, for which uvicorn would wait."""
        stopping: asyncio.Event | None = self.app_state.get("stopping")
        if stopping is not None:
            stopping.set()
        super().shutdown()


class WebsocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which does not wait for ever for a client that reads nothing."""

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


STOP_SECONDS: Final = 30
"""A server that is to stop takes no new connections, and so long at most for what is under way."""

UVICORN: Final[dict[str, Any]] = {
    "http": HttpProtocol,
    "ws": WebsocketProtocol,
    "ws_max_size": 1_000_000,
    "ws_per_message_deflate": False,  # a compressor for each socket, to send so little
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,  # app/addresses.py reads them, from the proxies that are trusted
    # A worker takes seconds to start, on a busy machine more than the 5 s after which it would be
    # taken for dead, and so for ever.
    "timeout_worker_healthcheck": 60,
    "timeout_graceful_shutdown": STOP_SECONDS,
}
"""Options of uvicorn; `app.connections` adds to them."""
