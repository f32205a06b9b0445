"""`/healthz`, whether the process lives, and `/readyz`, whether it can answer what it is asked.

An orchestrator restarts what is not healthy, and sends no requests to what is not ready. A database
that is down makes nobody healthier by a restart, so `/healthz` looks at nothing but the event loop
that answers it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.errors import DatabaseError, MigrationError
from db.migrate import select_pending
from db.pool import acquire
from resolvers.context import Services
from storage.errors import StorageError

KEPT_SECONDS: Final = 1.0
"""For which a finding is given again, so that asking often costs the database nothing."""

CHECK_SECONDS: Final = 2.0

Check = Callable[[Services], Awaitable[None]]


class NotReady(Exception):
    """What a check found."""


def health_routes() -> list[BaseRoute]:
    return [Route("/healthz", _healthz), Route("/readyz", Readiness(CHECKS).answer)]


async def _healthz(_request: Request) -> Response:
    return _answer(200, {"status": "ok"})


class Readiness:
    """Answers 200 when every check passes, else 503 and what each of them found."""

    def __init__(self, checks: Mapping[str, Check], kept_seconds: float = KEPT_SECONDS) -> None:
        self._checks = checks
        self._kept_seconds = kept_seconds
        self._asking = asyncio.Lock()
        self._found: dict[str, str] = {}
        self._until = 0.0

    async def answer(self, request: Request) -> Response:
        async with self._asking:
            if time.monotonic() >= self._until:
                services: Services = request.state.services
                found = await asyncio.gather(
                    *(_find(check, services) for check in self._checks.values())
                )
                self._found = dict(zip(self._checks, found, strict=True))
                self._until = time.monotonic() + self._kept_seconds
        ready = all(found == "ok" for found in self._found.values())
        return _answer(
            200 if ready else 503, {"status": "ok" if ready else "not ready", **self._found}
        )


async def _find(check: Check, services: Services) -> str:
    """`ok`, or what is wrong, in words without addresses: anybody may read it."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check(services)
    except NotReady as error:
        return str(error)
    except TimeoutError:
        return f"does not answer within {CHECK_SECONDS:g} seconds"
    except (DatabaseError, StorageError) as error:
        return type(error).__doc__ or type(error).__name__
    return "ok"


async def _database(services: Services) -> None:
    async with acquire(services.pool, timeout=CHECK_SECONDS) as connection:
        await connection.fetchval("SELECT 1")


async def _migrations(services: Services) -> None:
    """A database that is newer than this process is none of its business: that is how one version
    takes over from another."""
    async with acquire(services.pool, timeout=CHECK_SECONDS) as connection:
        try:
            pending = await select_pending(connection)
        except MigrationError:
            return
    if pending:
        raise NotReady(f"pending: {', '.join(migration.name for migration in pending)}")


async def _bucket(services: Services) -> None:
    await services.objects.check()


CHECKS: Final[Mapping[str, Check]] = {
    "database": _database,
    "migrations": _migrations,
    "bucket": _bucket,
}


def _answer(status: int, body: Mapping[str, str]) -> Response:
    return Response(
        orjson.dumps(body),
        status_code=status,
        headers={"cache-control": "no-store", "x-content-type-options": "nosniff"},
        media_type="application/json",
    )
