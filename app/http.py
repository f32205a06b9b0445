"""How uvicorn serves: HTTP/1.1 with an answer's head and body in one write."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


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

    def is_closing(self) -> bool:
        return self._transport.is_closing()


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with cycles that write through a `HeadAndBody`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_and_body = HeadAndBody(transport, self.loop)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cycle.transport = self._head_and_body  # type: ignore[assignment]
        super()._start_asgi_task(cycle, app)


STOP_SECONDS: Final = 30
"""A server that is to stop takes no new connections, and so long at most for what is under way."""

UVICORN: Final[dict[str, Any]] = {
    "http": HttpProtocol,
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": STOP_SECONDS,
}
"""Options of uvicorn, for `tonearm serve` and `tonearm demo` alike."""
