"""The GraphQL endpoint: reads a request, runs it, encodes the answer.

Plain ASGI, since the classes of Strawberry's own view cost more than a song's whole answer
(docs/decisions/0010). What stays open is served by app/websockets.py and app/sse.py.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.addresses import Addresses
from app.answers import Answers
from app.failures import failure_status, may_run_again
from app.guard import EXCHANGE, RETRY_AFTER
from app.observed import SPAN, note, note_stream
from app.persisted import Persisted, UnknownDocument
from app.protocol import (
    JSON,
    OK,
    GraphQLRequest,
    Header,
    MediaType,
    RequestError,
    check_content_type,
    encode,
    negotiate,
    request_of_json,
    request_of_query_string,
    status_of,
)
from app.rate_limits import RateLimits, RequestMeter
from app.sse import EventStreams, wants_events
from app.websockets import Websockets
from db.pool import Statement
from engine.inputs import NO_LIMITS
from engine.trace import Trace
from resolvers.context import Context, Services
from resolvers.errors import TooManyAttempts
from resolvers.request_id import REQUEST_ID
from resolvers.viewer import Caller
from schema.errors import MASKED
from schema.schema import Schema

if TYPE_CHECKING:
    from app.tracing import RequestSpan

logger: Final = logging.getLogger("tonearm.graphql")

BY_GET: Final = frozenset({OperationType.QUERY})
BY_POST: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
METHODS: Final = (b"allow", b"GET, HEAD, POST, OPTIONS")
TRACE_HEADER: Final = b"x-tonearm-trace"
COST_HEADER: Final = b"x-tonearm-cost"

NOT_KEPT: Final = (b"cache-control", b"no-store")
VARIES: Final = (b"vary", b"Accept, Authorization, Origin")
"""What an answer to a GET depends on, beside its URL."""


class GraphQLEndpoint:
    """Answers queries and mutations by POST, and queries by GET, always in JSON.

    Over `websockets`, and as `events` to who accepts only those, it answers subscriptions too. A
    body of more than `max_body_bytes` is refused before it is read to its end. With `tracing`, who
    sends the header X-Tonearm-Trace is told how the query ran. An answer to a GET
    of somebody who is not signed in may be kept for `cache_seconds`.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        answers: Answers,
        websockets: Websockets,
        events: EventStreams,
        persisted: Persisted,
        rate_limits: RateLimits,
        addresses: Addresses,
        max_body_bytes: int = 100_000,
        cache_seconds: int = 0,
        tracing: bool = False,
    ) -> None:
        self._executor = schema.executor
        bounds = schema.executor.bounds
        self._inputs = NO_LIMITS if bounds is None else bounds.inputs
        self._persisted = persisted
        self._rate_limits = rate_limits
        self._addresses = addresses
        self._max_body_bytes = max_body_bytes
        self._cache_seconds = cache_seconds
        self._tracing = tracing
        self._answers = answers
        self._websockets = websockets
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        media_type = JSON
        more: Sequence[Header]
        try:
            if wants_events(headers.get(b"accept")):
                await self._stream(scope, headers, receive, send)
                return
            media_type = negotiate(headers.get(b"accept"))
            status, body, more = await self._answer(scope, headers, receive, media_type)
        except RequestError as error:
            status, body, more = error.status, error.body(), (NOT_KEPT, *error.headers)
        except Exception:
            logger.exception("A GraphQL request failed")
            failure = RequestError("INTERNAL", MASKED, requestId=REQUEST_ID.get())
            status, body, more = 500, failure.body(), (NOT_KEPT,)
        if body:
            more = [media_type.header, (b"content-length", b"%d" % len(body)), *more]
        await send({"type": "http.response.start", "status": status, "headers": more})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, media_type: MediaType
    ) -> tuple[int, bytes, Sequence[Header]]:
        method = scope["method"]
        by_get = method in ("GET", "HEAD")
        if method == "OPTIONS":
            return 204, b"", (METHODS,)
        if not by_get and method != "POST":
            message = "GraphQL is asked by POST; queries by GET too."
            raise RequestError("METHOD_NOT_ALLOWED", message, METHODS)
        services: Services = scope["state"]["services"]
        now = time.time()
        authorization = headers.get(b"authorization")
        caller: Caller = None
        if authorization is not None:
            caller = await services.callers.identify(authorization.decode("latin-1"), now=now)
        address = self._addresses.of(scope)
        meter = self._rate_limits.meter(caller, address, now)
        meter.charge(1)  # before the body is read
        if by_get:
            query_string = scope["query_string"]
            length = len(query_string)
            request = request_of_query_string(query_string, self._max_body_bytes)
        else:
            check_content_type(headers.get(b"content-type"))
            body = await _read(receive, self._max_body_bytes)
            length = len(body)
            request = request_of_json(body)
        context = Context(services, caller, now, address=address, exchange=scope.get(EXCHANGE))
        kept = by_get and authorization is None and self._cache_seconds > 0
        if kept:
            context.fresh_until = now + self._cache_seconds
        trace = None
        told = self._tracing and TRACE_HEADER in headers
        span: RequestSpan | None = scope.get(SPAN)
        if told or span is not None:
            trace = Trace()
            context.statements = []
            if span is not None:
                span.watch(trace, context.statements)
        result = await self._execute(request, length, context, meter, by_get, trace)
        operation = self._executor.known(request.query or "", request.operation_name)
        note(scope, operation.name if operation else "", meter.points, result.errors)
        if span is not None and operation is not None:
            span.kind = operation.kind.value
        if result.errors and may_run_again(result, context):
            context.forget()
            result = await self._execute(request, length, context, None, by_get, trace)
        extensions: dict[str, Any] = {}
        if told and trace is not None:
            await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the event loop later
            extensions["tonearm"] = traced(trace, context.statements or [])
        if COST_HEADER in headers:
            extensions["cost"] = meter.as_extension()
        status = OK
        encoded = encode(result, extensions)
        if result.errors:
            status = failure_status(result)
            if status != OK:
                return status, encoded, (NOT_KEPT, RETRY_AFTER, *meter.headers())
            status = status_of(result, media_type)
        if not by_get:
            return status, encoded, meter.headers()
        if not kept or result.errors or extensions:
            return status, encoded, (NOT_KEPT, VARIES, *meter.headers())
        assert context.fresh_until is not None
        return _kept(encoded, max(int(context.fresh_until - now), 0), headers)

    async def _stream(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        """Answers by events. Raises `RequestError` before the first."""
        services: Services = scope["state"]["services"]
        now = time.time()
        authorization = (
            headers[b"authorization"].decode("latin-1") if b"authorization" in headers else None
        )
        caller = await services.callers.identify(authorization, now=now)
        address = self._addresses.of(scope)
        meter = self._rate_limits.meter(caller, address, now)
        meter.charge(1)
        if scope["method"] == "GET":
            request = request_of_query_string(scope["query_string"], self._max_body_bytes)
            allowed = {*BY_GET, OperationType.SUBSCRIPTION}
        elif scope["method"] == "POST":
            check_content_type(headers.get(b"content-type"))
            request = request_of_json(await _read(receive, self._max_body_bytes))
            allowed = {*BY_POST, OperationType.SUBSCRIPTION}
        else:
            message = "GraphQL is asked by POST; queries and subscriptions by GET too."
            raise RequestError("METHOD_NOT_ALLOWED", message, METHODS)
        try:
            query = self._persisted.text(request)
            answer = await self._answers.of(
                services,
                caller,
                query,
                request.variables,
                request.operation_name,
                allowed,
                address=address,
                meter=meter,
            )
        except InvalidOperationTypeError as error:
            raise _not_allowed(error.operation_type) from error
        except UnknownDocument as unknown:
            answer = ExecutionResult(None, [unknown])
        exchange = scope.get(EXCHANGE)
        if exchange is not None:
            exchange.stream()
        note_stream(scope)
        until = services.callers.known_until(authorization)
        await self._events.send(answer, scope, receive, send, until=until)

    async def _execute(
        self,
        request: GraphQLRequest,
        length: int,
        context: Context,
        meter: RequestMeter | None,
        by_get: bool,
        trace: Trace | None,
    ) -> ExecutionResult:
        try:
            query = request.query
            if request.document_id is not None or request.persisted_hash is not None:
                query = self._persisted.text(request)
            assert query is not None
            if request.variables and self._inputs.may_be_passed(length):
                error = self._inputs.error_of(request.variables)
                if error is not None:
                    return ExecutionResult(None, [error])
            result = await self._executor.execute(
                query,
                request.variables,
                request.operation_name,
                context,
                allowed=BY_GET if by_get else BY_POST,
                trace=trace,
                meter=meter,
            )
        except InvalidOperationTypeError as error:
            raise _not_allowed(error.operation_type) from error
        except UnknownDocument as unknown:
            return ExecutionResult(None, [unknown])
        finally:
            context.loaders.close()
        if result.errors and result.data is None:
            _refuse_attempts(result, () if meter is None else meter.headers())
        return result


def _kept(
    body: bytes, seconds: int, headers: dict[bytes, bytes]
) -> tuple[int, bytes, Sequence[Header]]:
    """An answer that caches may keep; 304 to who has it already.

    What is left of a rate limit is not said: it is one client's, and a cache gives this to all.
    """
    etag = b'W/"%b"' % hashlib.blake2b(body, digest_size=16).hexdigest().encode()
    cache_control = (b"cache-control", b"public, max-age=%d" % seconds)
    more = (cache_control, VARIES, (b"etag", etag))
    known = [tag.strip() for tag in headers.get(b"if-none-match", b"").split(b",")]
    return (304, b"", more) if etag in known else (OK, body, more)


def _refuse_attempts(result: ExecutionResult, headers: Sequence[Header]) -> None:
    """Raises a `RequestError` when nothing was done but to refuse a further attempt."""
    for error in result.errors or ():
        attempts = error.original_error
        if isinstance(attempts, TooManyAttempts):
            seconds = attempts.extensions["retryAfter"]
            raise RequestError(
                "RATE_LIMITED",
                str(attempts),
                (b"retry-after", b"%d" % seconds),
                *headers,
                retryAfter=seconds,
                limit="attempts",
            )


def traced(trace: Trace, statements: Sequence[Statement]) -> dict[str, Any]:
    """How a query ran: plan, batches, timings, and the statements, which ran in this order."""
    told = [
        {"sql": " ".join(query.split()), "milliseconds": round(seconds * 1000, 3)}
        for query, seconds, _ in statements
    ]
    return trace.as_extension() | {"statements": told}


async def _read(receive: Receive, most: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body") and size <= most:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        body = b"".join(parts)
    if message["type"] == "http.disconnect":
        raise RequestError("BAD_REQUEST", "The body ended early.")
    if len(body) > most:
        raise RequestError(
            "BODY_TOO_LARGE",
            f"A request's body has at most {most:,} bytes. Send values as variables, ask for less.",
            (b"connection", b"close"),
        )
    return body


def _not_allowed(kind: OperationType) -> RequestError:
    if kind is OperationType.SUBSCRIPTION:
        message = (
            "Subscriptions are answered over a websocket, protocol graphql-transport-ws, or as "
            "server-sent events: send `Accept: text/event-stream`."
        )
        return RequestError("BAD_REQUEST", message)
    message = "By GET only queries are answered. Send mutations by POST."
    return RequestError("METHOD_NOT_ALLOWED", message, (b"allow", b"POST"))
