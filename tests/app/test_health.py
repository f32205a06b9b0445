import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from app.health import NotReady, Readiness
from app.settings import Settings
from db.errors import DatabaseUnavailable
from db.pool import connect
from resolvers.context import Services
from tests.app.conftest import serve


async def test_a_server_that_has_all_it_needs_is_ready(api: httpx.AsyncClient) -> None:
    assert (await api.get("/healthz")).json() == {"status": "ok"}
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {"status": "ok", "database": "ok", "migrations": "ok", "bucket": "ok"}


async def test_a_server_without_its_bucket_lives_and_is_not_ready(settings: Settings) -> None:
    async with serve(settings.model_copy(update={"s3_bucket": "no-such-bucket"})) as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert "bucket" in answer.json()["bucket"]


async def test_a_migration_that_is_due_is_named(settings: Settings) -> None:
    last = "(SELECT max(version) FROM schema_migrations)"
    forget = f"DELETE FROM schema_migrations WHERE version = {last} RETURNING *"
    async with connect(str(settings.database_url)) as connection:
        row = await connection.fetchrow(forget)
        assert row is not None
        try:
            async with serve(settings) as client:
                answer = await client.get("/readyz")
        finally:
            marks = ", ".join(f"${place + 1}" for place in range(len(row)))
            await connection.execute(f"INSERT INTO schema_migrations VALUES ({marks})", *row)
    assert answer.status_code == 503
    assert answer.json()["migrations"] == f"pending: {row['name']}"


class Checks:
    """Checks that a test decides of, and how often they were made."""

    def __init__(self) -> None:
        self.made = 0
        self.error: Exception | None = None
        self.endless = False

    async def __call__(self, _services: Services) -> None:
        self.made += 1
        if self.endless:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


def client_of(readiness: Readiness) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/readyz", readiness.answer)])

    async def with_state(scope, receive, send):  # type: ignore[no-untyped-def]
        await app(scope | {"state": {"services": None}}, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://tonearm")


async def test_a_flood_of_questions_asks_the_database_once() -> None:
    check = Checks()
    async with client_of(Readiness({"database": check}, kept_seconds=60)) as client:
        answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert check.made == 1


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (NotReady("pending: 0099"), "pending: 0099"),
        (
            DatabaseUnavailable("connection to 10.1.2.3 refused for tonearm:secret"),
            "The database cannot be reached, or has no connection free.",
        ),
    ],
)
async def test_what_is_wrong_is_said_without_addresses(error: Exception, found: str) -> None:
    check = Checks()
    check.error = error
    async with client_of(Readiness({"database": check}, kept_seconds=0)) as client:
        assert (await client.get("/readyz")).json() == {"status": "not ready", "database": found}
        check.error = None
        assert (await client.get("/readyz")).status_code == 200


async def test_a_check_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.health.CHECK_SECONDS", 0.01)
    check = Checks()
    check.endless = True
    async with client_of(Readiness({"bucket": check})) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["bucket"]
