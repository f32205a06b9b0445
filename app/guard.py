"""Stands before the GraphQL endpoint: refuses what is too much, ends what takes too long.

Neither needs a timer or a task for each request: one loop looks at all that are open, which are
in the order in which they came.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from app.beside import beside
from app.security_headers import SECURITY_HEADERS
from app.shedding import ConcurrencyLimit
from resolvers.exchange import Ended, Exchange

LOOK_SECONDS: Final = 0.02
EXCHANGE: Final = "tonearm.exchange"
"""Where a request's `Exchange` is in its ASGI scope."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is always the same."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def raw(self) -> bytes:
        """The answer as it goes over the wire, after which the connection is closed."""
        lines = [b"HTTP/1.1 %d %b" % (self.status, HTTPStatus(self.status).phrase.encode())]
        lines += [b"%b: %b" % header for header in (*self.headers, *SECURITY_HEADERS)]
        return b"\r\n".join([*lines, b"connection: close", b"", self.body])


def refusal(status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> Refusal:
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return Refusal(
        status,
        body,
        (
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            *headers,
        ),
    )


RETRY_AFTER: Final = (b"retry-after", b"1")
OVERLOADED: Final = refusal(
    503, "OVERLOADED", "Too much is asked at once. Try again in a second.", RETRY_AFTER
)
TOO_LATE: Final = refusal(
    504, "TIMEOUT", "This took too long. Ask for less at once, or try again in a moment."
)
BODY_TOO_LATE: Final = refusal(
    408,
    "REQUEST_TIMEOUT",
    "The request's body did not come in time. Send it again.",
    (b"connection", b"close"),
)


class Guard:
    """Passes at most so many requests at once to `app`, and ends each after its time.

    A request is ended after `seconds`, or after `body_seconds` when it is not even complete, and
    when its client has gone; see `Exchange` for what may go on. `running` may be read by anybody.
    """

    def __init__(
        self, app: ASGIApp, *, seconds: float, body_seconds: float, max_requests: int
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._body_seconds = body_seconds
        self._open: dict[Exchange, None] = {}
        self.limit = ConcurrencyLimit(max_requests)
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(self._open) >= self.limit.now:
            self.refused += 1
            await OVERLOADED.send(send)
            return
        task = asyncio.current_task()
        exchange = Exchange(task, receive, asyncio.get_running_loop().time(), self._open)
        scope[EXCHANGE] = exchange
        self._open[exchange] = None
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if exchange.ended is None or task is None:
                raise
            task.uncancel()
            if exchange.ended is Ended.LATE:
                await TOO_LATE.send(send)
            elif exchange.ended is Ended.BODY_LATE:
                await BODY_TOO_LATE.send(send)
        finally:
            exchange.close()

    def watching(self, waiting: Callable[[], float]) -> AbstractAsyncContextManager[None]:
        """Does the guard's looking meanwhile. `waiting` tells for how many seconds somebody has
        been waiting for a connection to the database."""
        return beside(self._watch(waiting))

    async def _watch(self, waiting: Callable[[], float]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + LOOK_SECONDS
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = loop.time()
            self.limit.look(max(now - due, waiting()), len(self._open))
            self._end_late(now)
            due = loop.time() + LOOK_SECONDS

    def _end_late(self, now: float) -> None:
        shortest = min(self._seconds, self._body_seconds)
        late: list[tuple[Exchange, Ended]] = []
        for exchange in self._open:
            age = now - exchange.began
            if age < shortest:
                break  # and so are all that came later
            if exchange.awaits_body:
                if age >= self._body_seconds:
                    late.append((exchange, Ended.BODY_LATE))
            elif age >= (exchange.seconds or self._seconds):
                late.append((exchange, Ended.LATE))
        for exchange, reason in late:
            exchange.end(reason)
