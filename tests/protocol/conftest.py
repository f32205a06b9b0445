import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.services import make_tokens
from app.settings import PREFIX, Settings
from db.ids import lease_ids
from db.pool import Pool
from db.users import insert_user
from resolvers.auth.tokens import AccessTokens
from tests.app.conftest import serve, settings
from tests.protocol import node

__all__ = ["settings"]


@pytest.fixture(scope="session")
def packages() -> None:
    """The npm packages are there."""
    node.install()


@pytest.fixture(scope="session")
async def api(settings: Settings, packages: None) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with serve(settings) as client:
        yield client


@dataclass(slots=True)
class Server:
    """A process of `tonearm serve`."""

    url: str
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """Asks it to stop, and waits until it has."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await self.process.wait()


@asynccontextmanager
async def running(settings: Settings, directory: Path, **changed: Any) -> AsyncIterator[Server]:
    """A server in a process of its own, with a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = settings.model_dump(include=settings.model_fields_set, exclude={"cors_origins"}) | {
        "port": port,
        "token_keys": settings.token_keys and settings.token_keys.get_secret_value(),
        "mail_url": "",
        "s3_secret_access_key": settings.s3_secret_access_key
        and settings.s3_secret_access_key.get_secret_value(),
        **changed,
    }
    with (directory / "server.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "serve"),
            env=os.environ
            | {f"{PREFIX}{name.upper()}": str(value) for name, value in given.items()},
            stderr=log,
        )
    server = Server(f"http://127.0.0.1:{port}/graphql", process)
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while True:
                assert process.returncode is None, (directory / "server.log").read_text()
                try:
                    await client.get(server.url, params={"query": "{ __typename }"})
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield server
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@dataclass(slots=True)
class Person:
    """Somebody who changes their queue on one of their devices."""

    user_id: int
    tokens: AccessTokens

    def token(self, seconds: int = 900) -> str:
        """An access token that ends in so many seconds."""
        now = time.time() - self.tokens.seconds + seconds
        return self.tokens.issue(self.user_id, 1, "LISTENER", now=now)[0]

    async def set_queue(self, url: str, revision: int, device: str) -> None:
        """Changes the queue, of which this was the revision."""
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {self.token()}"}) as client:
            answer = await client.post(
                url,
                json={
                    "query": (
                        "mutation ($input: SetQueueInput!) { setQueue(input: $input) "
                        "{ ... on SetQueuePayload { queue { revision } } ... on Error { code } } }"
                    ),
                    "variables": {"input": {"revision": revision, "songIds": [], "device": device}},
                },
                timeout=60,
            )
        assert answer.json()["data"]["setQueue"] == {"queue": {"revision": revision + 1}}


@pytest.fixture
async def ada(settings: Settings, clean_database: Pool) -> Person:
    async with lease_ids(clean_database) as ids, clean_database.acquire() as connection:
        user_id = ids.next()
        await insert_user(connection, user_id, "ada", "Ada", datetime.now(UTC))
    tokens = make_tokens(settings)
    assert tokens is not None
    return Person(user_id, tokens)
