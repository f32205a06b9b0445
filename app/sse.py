"""GraphQL over server-sent events, in distinct connections mode: a stream for each operation.

The protocol: github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md. What is wrong
with the document or its variables comes as an event too, since browsers tell nothing of an answer
that is no stream.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from app.answers import Answer, as_payload

MEDIA_TYPE: Final = b"text/event-stream"
KEEP_ALIVE_SECONDS: Final = 15.0
"""Proxies end an answer that is silent for long, many after a minute."""

COMMENT: Final = b":\n\n"
COMPLETE: Final = b"event: complete\ndata:\n\n"

HEAD: Final = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", MEDIA_TYPE),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
        (b"x-accel-buffering", b"no"),  # asks nginx to pass on what comes
    ],
}


def wants_events(accept: bytes | None) -> bool:
    """Whether the answer is to be a stream of events: for who accepts no JSON beside it, as some
    clients name all that they can read in every request."""
    return accept is not None and MEDIA_TYPE in accept and b"json" not in accept


class EventStreams:
    """Sends answers as events; a client that reads nothing for `slow_seconds` is cut off."""

    def __init__(self, *, slow_seconds: float) -> None:
        self._slow_seconds = slow_seconds

    async def send(
        self, answer: Answer, scope: Scope, receive: Receive, send: Send, *, until: float
    ) -> None:
        """Sends an answer to its end, and then `complete`.

        Without `complete` it ends at `until`, in seconds since 1970, when the token has expired,
        and when the server stops: then clients connect again.
        """
        stream = _Stream(send, self._slow_seconds)
        results = _one(answer) if isinstance(answer, ExecutionResult) else answer
        stopping: asyncio.Event = scope["state"]["stopping"]
        result = asyncio.ensure_future(anext(results, None))
        ends = {
            asyncio.ensure_future(_disconnected(receive)),
            asyncio.ensure_future(stopping.wait()),
        }
        try:
            await stream.begin()
            while (left := until - time.time()) > 0:
                done, _ = await asyncio.wait(
                    {result, *ends},
                    timeout=min(left, KEEP_ALIVE_SECONDS),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if done & ends:
                    break
                if result not in done:
                    await stream.write(COMMENT)
                    continue
                found = result.result()
                if found is None:
                    await stream.write(COMPLETE)
                    break
                await stream.write(event(found))
                result = asyncio.ensure_future(anext(results, None))
            await stream.end()
        except TimeoutError:  # the server logs that the answer was not completed
            return
        finally:
            for task in (result, *ends):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await results.aclose()


class _Stream:
    """The body of an answer; raises TimeoutError when it is not read."""

    def __init__(self, send: Send, slow_seconds: float) -> None:
        self._send = send
        self._slow_seconds = slow_seconds

    async def begin(self) -> None:
        await self._send(HEAD)
        await self.write(COMMENT)  # so that the client learns at once that it is connected

    async def write(self, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._slow_seconds):
            await self._send({"type": "http.response.body", "body": body, "more_body": more})

    async def end(self) -> None:
        await self.write(b"", more=False)


def event(result: ExecutionResult) -> bytes:
    return b"event: next\ndata: %b\n\n" % orjson.dumps(as_payload(result))


async def _one(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
