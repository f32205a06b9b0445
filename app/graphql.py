"""The GraphQL endpoint: reads a request, runs it, encodes the answer.

Plain ASGI, since the classes of Strawberry's own view cost more than a song's whole answer
(docs/decisions/0010). Strawberry's view still serves websockets.
"""

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.observed import note
from db.pool import Statement
from engine.trace import Trace
from resolvers.context import Context, Services
from resolvers.viewer import Caller
from schema.errors import MASKED
from schema.schema import Schema

logger: Final = logging.getLogger("tonearm.graphql")

BY_GET: Final = frozenset({OperationType.QUERY})
BY_POST: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})
NO_ORIGIN: Final = re.compile("(?!)")
TRACE_HEADER: Final = b"x-tonearm-trace"
JSON: Final = (b"content-type", b"application/json")


class RequestError(Exception):
    """A request that is no GraphQL request; it is answered with `status` and one error."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers

    def body(self) -> bytes:
        return orjson.dumps({"errors": [{"message": str(self), "extensions": {"code": self.code}}]})


@dataclass(slots=True)
class GraphQLRequest:
    """What was asked for, in the terms of GraphQL over HTTP."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


class GraphQLEndpoint:
    """Answers queries and mutations by POST, and queries by GET, always in JSON.

    A body of more than `max_body_bytes` is refused before it is read to its end. Pages of other
    origins than this server's may open websockets when `websocket_origins` matches theirs. With
    `tracing`, who sends the header X-Tonearm-Trace is told how the query ran.
    """

    def __init__(
        self,
        schema: Schema,
        *,
        max_body_bytes: int = 100_000,
        websocket_origins: re.Pattern[str] = NO_ORIGIN,
        tracing: bool = False,
    ) -> None:
        self._executor = schema.executor
        self._max_body_bytes = max_body_bytes
        self._tracing = tracing
        self._websockets = _Websockets(schema, websocket_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websockets(scope, receive, send)
            return
        status = 200
        headers: tuple[tuple[bytes, bytes], ...] = ()
        try:
            body = await self._answer(scope, receive)
        except RequestError as error:
            status, headers, body = error.status, error.headers, error.body()
        except Exception:
            logger.exception("A GraphQL request failed")
            status, body = 500, RequestError(500, "INTERNAL", MASKED).body()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [JSON, (b"content-length", b"%d" % len(body)), *headers],
            }
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        method = scope["method"]
        if method == "POST":
            _check_media_type(scope)
            body = await _read(receive, self._max_body_bytes)
            request, allowed = _from_json(body), BY_POST
        elif method == "GET":
            request, allowed = _from_query_string(scope["query_string"]), BY_GET
        else:
            raise RequestError(
                405,
                "METHOD_NOT_ALLOWED",
                "GraphQL is asked by POST; queries by GET too.",
                (b"allow", b"GET, POST"),
            )
        services: Services = scope["state"]["services"]
        now = time.time()
        caller: Caller = None
        trace = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                caller = await services.callers.identify(value.decode("latin-1"), now=now)
            elif name == TRACE_HEADER and self._tracing:
                trace = Trace()
        context = Context(services, caller, now)
        if trace is not None:
            context.statements = []
        try:
            result = await self._executor.execute(
                request.query,
                request.variables,
                request.operation_name,
                context,
                allowed=allowed,
                trace=trace,
            )
        except InvalidOperationTypeError as error:
            raise _not_allowed(error.operation_type) from error
        finally:
            context.loaders.close()
        operation = self._executor.known(request.query, request.operation_name)
        if operation is not None:
            cost = operation.cost_of(request.variables or {})
            note(scope, operation.name, cost, result.errors)
        else:
            note(scope, "", None, result.errors)
        if trace is None:
            return encode(result)
        await asyncio.sleep(0)  # asyncpg tells of a statement a turn of the event loop later
        return encode(result, {"tonearm": traced(trace, context.statements or [])})


def encode(result: ExecutionResult, extensions: dict[str, Any] | None = None) -> bytes:
    """A result as JSON; `extensions` are added to its own."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.extensions or extensions:
        answer["extensions"] = (result.extensions or {}) | (extensions or {})
    return orjson.dumps(answer)


def traced(trace: Trace, statements: Sequence[Statement]) -> dict[str, Any]:
    """How a query ran: plan, batches, timings, and the statements, which ran in this order."""
    told = [
        {"sql": " ".join(query.split()), "milliseconds": round(seconds * 1000, 3)}
        for query, seconds in statements
    ]
    return trace.as_extension() | {"statements": told}


def _check_media_type(scope: Scope) -> None:
    """Takes JSON only: no web page of another origin can send that without being allowed to."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            if value == b"application/json":
                return
            media_type, _, parameters = value.lower().partition(b";")
            charset = parameters.strip() in (b"", b"charset=utf-8", b'charset="utf-8"')
            if media_type.strip() == b"application/json" and charset:
                return
            break
    raise RequestError(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Send JSON in UTF-8, with the header `Content-Type: application/json`.",
    )


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
        raise RequestError(400, "BAD_REQUEST", "The body ended early.")
    if len(body) > most:
        raise RequestError(
            413,
            "BODY_TOO_LARGE",
            f"A request's body has at most {most:,} bytes. Send values as variables, ask for less.",
            (b"connection", b"close"),
        )
    return body


def _from_json(body: bytes) -> GraphQLRequest:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(400, "BAD_REQUEST", f"The body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise RequestError(
            400, "BAD_REQUEST", 'The body is not one JSON object, as in {"query": "{ … }"}.'
        )
    return _checked(fields)


def _from_query_string(query_string: bytes) -> GraphQLRequest:
    pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    fields: dict[str, Any] = dict(pairs)
    if len(fields) < len(pairs):
        raise RequestError(400, "BAD_REQUEST", "A parameter stands in the URL more than once.")
    for name in ("variables", "extensions"):
        if name in fields:
            try:
                fields[name] = orjson.loads(fields[name])
            except orjson.JSONDecodeError as error:
                raise RequestError(
                    400, "BAD_REQUEST", f"`{name}` in the URL is not JSON: {error}"
                ) from error
    return _checked(fields)


def _checked(fields: Mapping[str, Any]) -> GraphQLRequest:
    query = fields.get("query")
    variables = fields.get("variables")
    operation_name = fields.get("operationName")
    extensions = fields.get("extensions")
    if not isinstance(query, str) or not query:
        problem = "`query` is missing: it is the text of the GraphQL document"
    elif not (variables is None or isinstance(variables, dict)):
        problem = "`variables` is an object or null"
    elif not (operation_name is None or isinstance(operation_name, str)):
        problem = "`operationName` is a string or null"
    elif not (extensions is None or isinstance(extensions, dict)):
        problem = "`extensions` is an object or null"
    else:
        return GraphQLRequest(query, variables, operation_name or None)
    raise RequestError(400, "BAD_REQUEST", f"{problem}.")


def _not_allowed(kind: OperationType) -> RequestError:
    if kind is OperationType.SUBSCRIPTION:
        message = "Subscriptions are answered over a websocket, protocol graphql-transport-ws."
        return RequestError(400, "BAD_REQUEST", message)
    message = "By GET only queries are answered. Send mutations by POST."
    return RequestError(405, "METHOD_NOT_ALLOWED", message, (b"allow", b"POST"))


class _Websockets(GraphQL[Context, None]):
    """Strawberry's view, for what comes over websockets."""

    def __init__(self, schema: Schema, origins: re.Pattern[str]) -> None:
        super().__init__(schema, graphql_ide=None)
        self._origins = origins

    def is_websocket_origin_allowed(self, request: Request | WebSocket, origin: str) -> bool:
        return self._origins.fullmatch(origin) is not None

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        services: Services = request.state.services
        now = time.time()
        header = request.headers.get("authorization")
        return Context(services, await services.callers.identify(header, now=now), now)

    def encode_json(self, data: Any) -> str:
        return orjson.dumps(data).decode()  # bytes would go out as binary messages
