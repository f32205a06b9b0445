from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
import pytest_asyncio
from aiohttp import web

from db.ids import IdGenerator
from db.pool import Pool
from ingest.podcasts.addresses import public_or_in
from ingest.podcasts.fetch import Fetcher, open_fetcher
from ingest.podcasts.media import Podcasts
from storage.objects import Objects

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK = public_or_in([ip_network("127.0.0.1/32")])


@dataclass
class Host:
    """A web server whose answers a test sets, by path. What was asked is kept."""

    url: str = ""
    answers: dict[str, Handler] = field(default_factory=dict)
    asked: list[web.BaseRequest] = field(default_factory=list)

    def serve(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Answers a path so; gives its URL."""

        async def answer(_request: web.Request) -> web.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(body=body, status=status, headers=named)

        return self.handle(path, answer)

    def handle(self, path: str, handler: Handler) -> str:
        self.answers[path] = handler
        return self.url + path

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        handler = self.answers.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)  # type: ignore[arg-type]


@asynccontextmanager
async def serve_host() -> AsyncGenerator[Host, None]:
    host = Host()
    runner = web.ServerRunner(web.Server(host, access_log=None), shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield host
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture
async def host() -> AsyncGenerator[Host, None]:
    async with serve_host() as host:
        yield host


@pytest_asyncio.fixture
async def fetcher() -> AsyncGenerator[Fetcher, None]:
    """A fetcher that also reaches 127.0.0.1."""
    async with open_fetcher(policy=LOOPBACK, gap_seconds=0) as fetcher:
        yield fetcher


@pytest.fixture
def careful() -> AbstractAsyncContextManager[Fetcher]:
    """A fetcher as it is in production."""
    return open_fetcher(gap_seconds=0)


@pytest.fixture
def podcasts(
    clean_database: Pool, objects: Objects, ids: IdGenerator, fetcher: Fetcher
) -> Podcasts:
    return Podcasts(clean_database, objects, ids, fetcher)
