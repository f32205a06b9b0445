import asyncio
import socket
from collections.abc import AsyncGenerator

import httpx
import pytest
import uvicorn

from app.asgi import create_app
from app.settings import Settings
from auth.keys import new_key
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
            "cors_origins": "https://app.example,http://localhost:*",
        }
    )


@pytest.fixture(scope="session")
async def api(settings: Settings) -> AsyncGenerator[httpx.AsyncClient, None]:
    """A client of the application, served as `tonearm serve` does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(settings), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.01)
        port = listening.getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
        server.should_exit = True
        await serving
