"""How uvicorn serves: an answer's head and body in one write, and nobody keeps a connection."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LINGER_SECONDS: Final = 20.0
"""How long a connection that was closed may take to deliver what was written before."""


class HeadAndBody:
    """Stands before a transport: what is written first waits for what comes right after it.

    uvicorn writes the head and the body of an answer one by one, which costs a system call and a
    packet more, an eighth of the time of a small answer. What nothing follows within the same
    turn of the event loop, as the head of a stream, goes out at its end.
    """

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: bytes | None = None

    def write(self, data: bytes) -> None:
        if self._waiting is None:
            self._waiting = data
            self._loop.call_soon(self._flush)
        else:
            data = self._waiting + data
            self._waiting = None
            self._transport.write(data)

    def _flush(self) -> None:
        if self._waiting is not None:
            data, self._waiting = self._waiting, None
            self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def is_closing(self) -> bool:
        return self._transport.is_closing()


LEAVING: Final = "leaving"
"""An event in the state: set when every answer is the last of its connection."""


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with cycles that write through a `HeadAndBody`."""

    _leaving: asyncio.Event | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_and_body = HeadAndBody(transport, self.loop)
        self._leaving = self.app_state.get(LEAVING)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._leaving is not None and self._leaving.is_set():
            cycle.keep_alive = False
        cycle.transport = self._head_and_body  # type: ignore[assignment]
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
