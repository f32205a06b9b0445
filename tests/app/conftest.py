import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from app.asgi import create_app
from app.connections import uvicorn_options
from app.settings import Settings
from resolvers.auth.keys import new_key
from tests.conftest import S3


@pytest.fixture(scope="session")
def settings(database_url: str, s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database_url,
            "s3_bucket": s3.bucket,
            "s3_region": s3.region,
            "s3_endpoint_url": s3.endpoint_url,
            "s3_addressing_style": "path",
            "s3_access_key_id": s3.access_key_id,
            "s3_secret_access_key": s3.secret_access_key,
            "token_keys": new_key(),
            "mail_url": tmp_path_factory.mktemp("mail").as_uri(),
            "anonymous_streaming": True,
            "rollup_seconds": 0,  # tests roll up when they want to
            "cleanup_seconds": 0,
            "jobs_seconds": 0,
            "podcasts_seconds": 0,
            "sign_up_limit_address": 0,  # all tests come from one address
            "cors_origins": "https://app.example,http://localhost:*",
        }
    )


def free_port() -> int:
    """A port that was free just now, and the one after it too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application, served as `tonearm serve` does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(create_app(settings), **uvicorn_options(settings.keep_alive_seconds))
        )
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
                await asyncio.sleep(0.01)
            port = listening.getsockname()[1]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                yield client
        finally:  # a socket that is closed under its server spoils what else uses the loop
            server.should_exit = True
            await serving


@pytest.fixture(scope="session")
async def api(settings: Settings) -> AsyncGenerator[httpx.AsyncClient, None]:
    async with serve(settings) as client:
        yield client
