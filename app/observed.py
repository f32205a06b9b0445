"""Sees every request from outside: gives it an id, measures it, and says so where it is told to.

It stands before everything else and takes a few microseconds (docs/decisions/0033), so it is
plain ASGI, and knows of a GraphQL request only what `note` told it.
"""

import logging
import os
import re
from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.security_headers import missing, security_headers
from app.traffic import Traffic
from resolvers.request_id import REQUEST_ID

if TYPE_CHECKING:
    from app.tracing import Tracing

logger: Final = logging.getLogger("tonearm.request")

OBSERVATION: Final = "tonearm.observation"
"""Where a request's `Observation` is in its ASGI scope."""

SPAN: Final = "tonearm.span"
"""Where the `RequestSpan` of a request that is traced is in its ASGI scope."""

REQUEST_ID_HEADER: Final = b"x-request-id"
_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._:+/=@-]{1,64}")
NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")


@dataclass(slots=True)
class Observation:
    """What becomes known of a request while it is answered.

    Attributes:
        operation: The GraphQL operation's name, empty when it has none; None when it was not
            read, or there is none.
        cost: Objects that it may read, by its page sizes.
        codes: Of the errors that it was answered with.
    """

    status: int = 0
    streams: bool = False
    operation: str | None = None
    cost: int | None = None
    codes: Sequence[str] = ()


def note(
    scope: Scope, operation: str, cost: int | None, errors: Sequence[GraphQLError] | None
) -> None:
    """Tells of the GraphQL request of `scope` what it was, and what was wrong with it."""
    observation: Observation | None = scope.get(OBSERVATION)
    if observation is None:
        return
    observation.operation = operation if NAME.fullmatch(operation) else ""
    observation.cost = cost
    if errors:
        codes = {str((error.extensions or {}).get("code", "INTERNAL")) for error in errors}
        observation.codes = sorted(codes)


def note_stream(scope: Scope) -> None:
    """Tells that what answers the request of `scope` is a stream, before it begins."""
    observation: Observation | None = scope.get(OBSERVATION)
    if observation is not None:
        observation.streams = True


class Observed:
    """Passes everything to `app`. A request that fails, or takes `slow_seconds`, is logged; all
    of them with `access_log`. Answers get their security headers; see `security_headers`. With
    `tracing`, requests of GraphQL have spans."""

    def __init__(
        self,
        app: ASGIApp,
        traffic: Traffic,
        graphql_paths: Collection[str],
        *,
        slow_seconds: float,
        access_log: bool,
        hsts_seconds: int = 0,
        tracing: "Tracing | None" = None,
    ) -> None:
        self._app = app
        self._traffic = traffic
        self._graphql_paths = graphql_paths
        self._slow_seconds = slow_seconds
        self._access_log = access_log
        self._security_headers = security_headers(hsts_seconds)
        self._tracing = tracing
        self._prefix = os.urandom(8).hex()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        id_ = None
        for name, value in scope["headers"]:
            if name == REQUEST_ID_HEADER:
                if _SANE_ID.fullmatch(value):
                    id_ = value.decode()
                break
        if id_ is None:
            id_ = f"{self._prefix}-{next(self._numbers):x}"
        REQUEST_ID.set(id_)
        if kind == "websocket":
            await self._websocket(scope, receive, send)
            return

        traffic = self._traffic
        seen = Observation()
        scope[OBSERVATION] = seen
        header = (REQUEST_ID_HEADER, id_.encode())
        is_graphql = scope["path"] in self._graphql_paths
        security = self._security_headers

        def observed_send(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                headers = message.get("headers", ())
                # Of GraphQL no answer has any of them.
                added = security if is_graphql else missing(security, headers)
                message["headers"] = [*headers, header, *added]
                if seen.streams:
                    traffic.streams += 1
            return send(message)

        span = None
        if self._tracing is not None and is_graphql:
            span = self._tracing.begin(scope)
            if span is not None:
                scope[SPAN] = span
        traffic.open += 1
        began = perf_counter()
        try:
            await self._app(scope, receive, observed_send)
        finally:
            seconds = perf_counter() - began
            if span is not None:
                span.end(seen)
            traffic.open -= 1
            if seen.streams and seen.status:
                traffic.streams -= 1
            if is_graphql:
                duration = None if seen.streams else seconds
                traffic.ended(seen.operation, seen.status, duration, seen.cost, seen.codes)
            else:
                traffic.pages[seen.status] += 1
            failed = seen.status >= 500 or "INTERNAL" in seen.codes
            slow = seconds >= self._slow_seconds and not seen.streams
            if failed or slow or self._access_log:
                self._log(scope, seen, seconds, failed=failed, slow=slow)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._traffic.websockets += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._traffic.websockets -= 1

    def _log(
        self, scope: Scope, seen: Observation, seconds: float, *, failed: bool, slow: bool
    ) -> None:
        fields: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"][:200],  # never the query string: it has what people search for
            "status": seen.status,
            "milliseconds": round(seconds * 1000, 1),
        }
        if seen.operation is not None:
            fields["operation"] = seen.operation or "(unnamed)"
        if seen.cost is not None:
            fields["cost"] = seen.cost
        if seen.codes:
            fields["codes"] = ",".join(seen.codes)
        level = logging.WARNING if failed or slow else logging.INFO
        message = "Failed" if failed else "Slow" if slow else "Answered"
        logger.log(level, message, extra={"fields": fields})
