"""GraphQL over websockets, by the subprotocol graphql-transport-ws.

The protocol: github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Queries and mutations are
answered as well, each in a context of its own, within the bounds that hold over HTTP.
docs/decisions/0025 says why this is not Strawberry's view.
"""

import asyncio
import logging
import re
import time
from contextlib import aclosing, suppress
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.addresses import Addresses
from app.answers import Answers, as_payload, is_refused
from app.protocol import RequestError
from app.rate_limits import RateLimits
from resolvers.context import Services
from resolvers.errors import DomainError, TooManySubscriptions, Unavailable
from resolvers.viewer import Caller
from schema.errors import MASKED

logger: Final = logging.getLogger("tonearm.websockets")

SUBPROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 10.0
OPERATIONS: Final = 50
"""Most operations that run on one websocket at once."""

ALL: Final = frozenset(OperationType)


class Closed(Exception):
    """The websocket is closed with a code of the protocol, or of RFC 6455."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Websockets:
    """Serves the websockets of this process, up to `most`.

    Args:
        origins: Pages of which other origins than this server's may open one.
        max_bytes: The largest message.
        slow_seconds: After which a client that reads nothing is cut off.
        idle_seconds: After which a websocket on which nothing runs is closed.
    """

    def __init__(
        self,
        answers: Answers,
        origins: re.Pattern[str],
        *,
        rate_limits: RateLimits,
        addresses: Addresses,
        max_bytes: int,
        most: int,
        slow_seconds: float,
        idle_seconds: float,
    ) -> None:
        self.answers = answers
        self.rate_limits = rate_limits
        self._addresses = addresses
        self.max_bytes = max_bytes
        self.slow_seconds = slow_seconds
        self.idle_seconds = idle_seconds
        self._origins = origins
        self._most = most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not self._is_allowed(headers.get(b"origin"), headers.get(b"host")):
            await send({"type": "websocket.close"})  # before it is accepted: 403
            return
        spoken = SUBPROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL if spoken else None})
        socket = _Socket(
            self,
            scope["state"]["services"],
            headers.get(b"authorization"),
            self._addresses.of(scope),
            receive,
            send,
        )
        self._open += 1
        try:
            if not spoken:
                await socket.close(Closed(4406, f"Speak {SUBPROTOCOL}"))
            elif self._open > self._most:
                await socket.close(Closed(1013, "Too many websockets, try again later"))
            else:
                await socket.serve()
        finally:
            self._open -= 1

    def _is_allowed(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this origin may open a websocket; None is no page of a browser."""
        if origin is None or self._origins.fullmatch(origin):
            return True
        try:
            return host is not None and urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:  # of brackets that hold no address
            return False


class _Socket:
    """One websocket, from its acceptance to its end."""

    def __init__(
        self,
        server: Websockets,
        services: Services,
        authorization: str | None,
        address: str,
        receive: Receive,
        send: Send,
    ) -> None:
        self._server = server
        self._services = services
        self._authorization = authorization
        self._address = address
        self._receive = receive
        self._send = send
        self._initialised = False
        self._caller: Caller = None
        self._until = time.time() + INIT_SECONDS
        """When it ends: without a `connection_init`, and then when the token expires."""
        self._quiet_since = time.monotonic()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._cut = asyncio.Event()

    async def serve(self) -> None:
        messages = asyncio.create_task(self._read_messages())
        cut = asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait({messages, cut}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            running = [messages, cut, *self._operations.values()]
            for task in running:
                task.cancel()
            ended = await asyncio.gather(*running, return_exceptions=True)
        if isinstance(ended[0], Closed):
            await self.close(ended[0])
        elif isinstance(ended[0], Exception) and not isinstance(ended[0], OSError):
            logger.error("A websocket failed", exc_info=ended[0])
            await self.close(Closed(1011, MASKED))

    async def close(self, closed: Closed) -> None:
        # RFC 6455 has room for 123 bytes.
        reason = closed.reason.encode()[:123].decode(errors="ignore")
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(self._server.slow_seconds):
                await self._send({"type": "websocket.close", "code": closed.code, "reason": reason})

    async def _read_messages(self) -> None:
        """Until the client is gone. Raises `Closed`."""
        while True:
            try:
                async with asyncio.timeout(self._patience()):
                    message = await self._receive()
            except TimeoutError:
                continue
            if message["type"] == "websocket.disconnect":
                return
            await self._take(_parsed(message, self._server.max_bytes))

    def _patience(self) -> float:
        """How long to wait for a message. Raises `Closed` when that was long enough."""
        left = self._until - time.time()
        if left <= 0:
            if self._initialised:
                raise Closed(4403, "The access token has expired: connect again with a new one")
            raise Closed(4408, "Connection initialisation timeout")
        if self._operations or not self._initialised:
            return min(left, self._server.idle_seconds)
        quiet = self._quiet_since + self._server.idle_seconds - time.monotonic()
        if quiet <= 0:
            raise Closed(1000, "Nothing has run for long")
        return min(left, quiet)

    async def _take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_init":
                await self._initialise(message.get("payload"))
            case "ping":
                payload = message.get("payload")
                try:
                    await self._tell({"type": "pong"} | ({"payload": payload} if payload else {}))
                except orjson.JSONEncodeError:  # which reads deeper than it writes
                    raise Closed(4400, "The payload of the ping is nested too deeply") from None
            case "pong":
                pass
            case "subscribe":
                await self._begin(message)
            case "complete":
                task = self._operations.pop(_id_of(message), None)
                if task is not None:
                    task.cancel()
                self._quiet_since = time.monotonic()
            case unknown:
                raise Closed(4400, f"Unknown type of message: {unknown}")

    async def _initialise(self, payload: object) -> None:
        if self._initialised:
            raise Closed(4429, "Too many initialisation requests")
        if not (payload is None or isinstance(payload, dict)):
            raise Closed(4400, "The payload of connection_init is an object")
        for name, value in (payload or {}).items():
            if name.lower() == "authorization":
                if not isinstance(value, str):
                    raise Closed(4400, '`authorization` is a string: "Bearer <access token>"')
                self._authorization = value
        callers = self._services.callers
        caller = await callers.identify(self._authorization, now=time.time())
        if isinstance(caller, Unavailable):
            raise Closed(1013, str(caller))
        if isinstance(caller, DomainError):
            raise Closed(4403, str(caller))
        self._initialised = True
        self._caller = caller
        self._until = callers.known_until(self._authorization)
        self._quiet_since = time.monotonic()
        await self._tell({"type": "connection_ack"})

    async def _begin(self, message: dict[str, Any]) -> None:
        if not self._initialised:
            raise Closed(4401, "Unauthorized: send connection_init first")
        operation_id = _id_of(message)
        query, variables, operation_name = _operation_of(message.get("payload"))
        if operation_id in self._operations:
            raise Closed(4409, f"Subscriber for {operation_id} already exists")
        if len(self._operations) >= OPERATIONS:
            error = TooManySubscriptions(f"At most {OPERATIONS} operations run on a websocket.")
            await self._refuse(
                operation_id, [{"message": str(error), "extensions": error.extensions}]
            )
            return
        self._operations[operation_id] = asyncio.create_task(
            self._run(operation_id, query, variables, operation_name)
        )

    async def _run(
        self,
        operation_id: str,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> None:
        try:
            meter = self._server.rate_limits.meter(self._caller, self._address, time.time())
            meter.charge(1)
            answer = await self._server.answers.of(
                self._services,
                self._caller,
                query,
                variables,
                operation_name,
                ALL,
                address=self._address,
                meter=meter,
            )
            if not isinstance(answer, ExecutionResult):
                async with aclosing(answer):
                    async for result in answer:
                        await self._next(operation_id, result)
            elif is_refused(answer):
                self._end(operation_id)
                await self._refuse(operation_id, [error.formatted for error in answer.errors or ()])
                return
            else:
                await self._next(operation_id, answer)
            self._end(operation_id)
            await self._tell({"id": operation_id, "type": "complete"})
        except RequestError as error:  # too much for the rate limits
            self._end(operation_id)
            await self._refuse(
                operation_id, [{"message": str(error), "extensions": error.extensions}]
            )
        except OSError:  # the client is gone, or does not read
            self._cut.set()
        except Exception:
            logger.exception("An operation failed")
            self._end(operation_id)
            await self._refuse(
                operation_id, [{"message": MASKED, "extensions": {"code": "INTERNAL"}}]
            )

    def _end(self, operation_id: str) -> None:
        """Ends an operation before the client hears of it, which may use its id again then."""
        self._operations.pop(operation_id, None)
        self._quiet_since = time.monotonic()

    async def _next(self, operation_id: str, result: ExecutionResult) -> None:
        await self._tell({"id": operation_id, "type": "next", "payload": as_payload(result)})

    async def _refuse(self, operation_id: str, errors: list[Any]) -> None:
        await self._tell({"id": operation_id, "type": "error", "payload": errors})

    async def _tell(self, message: dict[str, Any]) -> None:
        """Raises OSError when the client is gone, and TimeoutError when it reads nothing."""
        text = orjson.dumps(message).decode()
        async with asyncio.timeout(self._server.slow_seconds):
            await self._send({"type": "websocket.send", "text": text})


def _parsed(message: Any, max_bytes: int) -> dict[str, Any]:
    text = message.get("text")
    if text is None:
        raise Closed(4400, "Messages are text, not binary")
    if len(text) > max_bytes:
        raise Closed(1009, f"A message has at most {max_bytes:,} bytes")
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closed(4400, "The message is not JSON") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("type"), str):
        raise Closed(4400, "A message is an object that has a `type`")
    return parsed


def _id_of(message: dict[str, Any]) -> str:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise Closed(4400, "`id` is a string, and not empty")
    return operation_id


def _operation_of(payload: Any) -> tuple[str, dict[str, Any] | None, str | None]:
    if not isinstance(payload, dict):
        raise Closed(4400, "The payload of subscribe is an object")
    query, variables, name = (payload.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str):
        raise Closed(4400, "`query` is the text of the GraphQL document")
    if not (variables is None or isinstance(variables, dict)):
        raise Closed(4400, "`variables` is an object or null")
    if not (name is None or isinstance(name, str)):
        raise Closed(4400, "`operationName` is a string or null")
    return query, variables, name or None
