"""The least that answers a POST of JSON over ASGI, with orjson."""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import orjson

from app.services import make_signer
from app.settings import Settings
from benchmarks.graphql.peers.statements import open_pool
from storage.credentials import Credentials
from storage.signer import UrlSigner

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, when the process starts."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    signer: UrlSigner


Answer: TypeAlias = Callable[[Services, dict[str, Any]], Awaitable[Any]]


OpenDatabase: TypeAlias = Callable[
    [Settings], AbstractAsyncContextManager["asyncpg.Pool[asyncpg.Record]"]
]


def open_usual_database(
    settings: Settings,
) -> "AbstractAsyncContextManager[asyncpg.Pool[asyncpg.Record]]":
    return open_pool(str(settings.database_url))


def signer_of(settings: Settings) -> UrlSigner:
    """The signer of Tonearm, with the keys of the settings."""
    assert settings.s3_access_key_id is not None
    assert settings.s3_secret_access_key is not None
    credentials = Credentials(
        settings.s3_access_key_id, settings.s3_secret_access_key.get_secret_value()
    )
    return make_signer(settings, lambda: credentials)


class Endpoint:
    """An ASGI application that gives every body to `answer`, whatever the path."""

    def __init__(
        self, settings: Settings, answer: Answer, open_database: OpenDatabase = open_usual_database
    ) -> None:
        self._settings = settings
        self._answer = answer
        self._open_database = open_database

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        answer = orjson.dumps(await self._answer(self._services, orjson.loads(body)))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(self._open_database(self._settings))
            self._services = Services(pool, signer_of(self._settings))
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})
