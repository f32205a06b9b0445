"""What a client is told when the database fails, over a network that is made to fail."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from app.settings import Settings
from tests.app.conftest import serve
from tests.chaos.proxy import FaultProxy

READ = {"query": '{ genre(slug: "none") { name } }'}
PART = {"query": '{ __typename genre(slug: "none") { name } }'}


@dataclass
class Suffering:
    """A server whose way to the database is `proxy`."""

    client: httpx.AsyncClient
    proxy: FaultProxy


@pytest.fixture
async def suffering(settings: Settings, database_url: str) -> AsyncGenerator[Suffering, None]:
    parts = urlsplit(database_url)
    assert parts.port is not None
    async with FaultProxy(parts.port) as proxy:
        host = f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}"
        changed = {"database_url": parts._replace(netloc=host).geturl(), "request_seconds": 1.0}
        given = Settings.model_validate(settings.model_dump() | changed)
        async with serve(given) as client:
            yield Suffering(client, proxy)


async def test_a_read_is_run_again_when_its_connection_breaks(suffering: Suffering) -> None:
    for _ in range(3):
        assert (await suffering.client.post("/graphql", json=READ)).status_code == 200
        suffering.proxy.reset()
        answer = await suffering.client.post("/graphql", json=READ)
        assert answer.json() == {"data": {"genre": None}}


async def test_without_a_database_it_is_503_with_the_time_to_come_again(
    suffering: Suffering,
) -> None:
    await suffering.proxy.refuse()
    answer = await suffering.client.post("/graphql", json=READ)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    await suffering.proxy.accept()
    assert (await suffering.client.post("/graphql", json=READ)).status_code == 200


async def test_what_can_be_answered_without_a_database_is(suffering: Suffering) -> None:
    await suffering.proxy.refuse()
    answer = await suffering.client.post("/graphql", json=PART)
    assert answer.status_code == 200
    assert answer.json()["data"] == {"__typename": "Query", "genre": None}


async def test_a_database_that_does_not_answer_is_504(suffering: Suffering) -> None:
    assert (await suffering.client.post("/graphql", json=READ)).status_code == 200
    suffering.proxy.stall()
    answer = await suffering.client.post("/graphql", json=READ)
    assert answer.status_code == 504
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    suffering.proxy.flow()
    assert (await suffering.client.post("/graphql", json=READ)).status_code == 200


async def test_a_server_starts_without_its_database_and_finds_it(settings: Settings) -> None:
    parts = urlsplit(str(settings.database_url))
    assert parts.port is not None
    async with FaultProxy(parts.port) as proxy:
        await proxy.refuse()
        host = f"{parts.username}:{parts.password}@127.0.0.1:{proxy.port}"
        changed = {"database_url": parts._replace(netloc=host).geturl()}
        async with serve(Settings.model_validate(settings.model_dump() | changed)) as client:
            assert (await client.post("/graphql", json=READ)).status_code == 503
            await proxy.accept()
            assert (await client.post("/graphql", json=READ)).status_code == 200
