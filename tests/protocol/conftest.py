from collections.abc import AsyncGenerator

import httpx
import pytest

from app.settings import Settings
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
