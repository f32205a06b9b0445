"""The ASGI application."""

import asyncio
import gc
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, TypedDict

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app.addresses import Addresses
from app.answers import Answers
from app.connections import ConnectionLimits, Connections
from app.graphql import GraphQLEndpoint
from app.guard import Guard
from app.health import health_routes
from app.jobs import Job, cleanup_jobs, keep_done, people_jobs, podcast_jobs, rollup_jobs
from app.logs import configure_logging
from app.metrics import Process, serve_metrics
from app.observed import Observed
from app.pages import DIST, page_routes
from app.persisted import BadManifest, Mode, Persisted, read_manifests
from app.protocol import RequestError, error_response
from app.rate_limits import RateLimits, keep_shared
from app.redaction import secrets_of
from app.services import make_tracing, media_origin, open_services
from app.settings import Settings, SettingsError, read_settings
from app.sse import EventStreams
from app.traffic import Traffic
from app.websockets import Websockets
from engine.documents import Bounds
from engine.inputs import InputLimits
from engine.limits import Limits
from ingest.podcasts.addresses import public_or_in
from ingest.podcasts.fetch import open_fetcher
from ingest.podcasts.media import Podcasts
from resolvers.context import Services
from schema.errors import MASKED
from schema.schema import schema

GRAPHQL_PATHS: Final = frozenset({"/graphql", "/graphql/"})
MANIFEST: Final = "trusted-documents.json"
"""The player's documents, beside its pages."""

COLLECT_AFTER: Final = 5_000
"""Objects made and not freed after which the garbage collector looks for cycles; Python: 700."""

COLLECT_OLDER_AFTER: Final = (2, 1_000)
"""How often it does so until it looks at what is older, and at the documents in the cache too.
Python's 10 and 10 stop the process for 24 ms while large new documents come."""


MOST_WORKERS: Final = 256
"""Of which each looks for a port for its metrics."""


class State(TypedDict):
    """What the lifespan gives to every request.

    Attributes:
        stopping: Set when the server stops (app/http.py), for answers that would not end.
        leaving: Set before that, when it takes no new connections (app/serving.py).
    """

    services: Services
    stopping: asyncio.Event
    leaving: asyncio.Event
    connections: Connections


def create_app(settings: Settings) -> ASGIApp:
    """The application; it connects to nothing before it starts."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State, None]:
        async with (
            open_services(settings) as services,
            open_jobs(settings, services) as jobs,
            keep_shared(rate_limits, services.pool),
            guard.watching(services.pool.waiting_seconds),
            connections.watching(),
        ):
            process = Process(traffic, services, schema.executor, jobs)
            async with AsyncExitStack() as more:
                if tracing is not None:
                    await more.enter_async_context(tracing.following(services.objects))
                more.enter_context(serve_metrics(process, settings.metrics_host, ports))
                yield {
                    "services": services,
                    "stopping": asyncio.Event(),
                    "leaving": asyncio.Event(),
                    "connections": connections,
                }

    tracing = make_tracing(settings)
    traffic = Traffic(settings.metrics_operations)
    ports = range(0)
    if settings.metrics_port:
        ports = range(settings.metrics_port, min(settings.metrics_port + MOST_WORKERS, 65_536))
    rate_limits = RateLimits(
        person=settings.rate_limit_person,
        token=settings.rate_limit_token,
        address=settings.rate_limit_address,
    )
    documents = trusted_documents(settings)
    schema.executor.bounds = query_bounds(settings, documents)
    origins = origin_pattern(settings.cors_origins)
    addresses = Addresses(settings.trusted_proxies)
    answers = Answers(schema.executor)
    endpoint = GraphQLEndpoint(
        schema,
        answers=answers,
        websockets=Websockets(
            answers,
            re.compile(origins),
            rate_limits=rate_limits,
            addresses=addresses,
            max_bytes=settings.max_body_bytes,
            most=settings.max_websockets,
            slow_seconds=settings.slow_reader_seconds,
            idle_seconds=settings.idle_websocket_seconds,
        ),
        events=EventStreams(slow_seconds=settings.slow_reader_seconds),
        persisted=Persisted(settings.trusted_documents_mode, documents),
        rate_limits=rate_limits,
        addresses=addresses,
        max_body_bytes=settings.max_body_bytes,
        cache_seconds=settings.cache_seconds,
        tracing=settings.development,
    )
    guard = Guard(
        endpoint,
        seconds=settings.request_seconds,
        body_seconds=settings.body_seconds,
        max_requests=settings.max_concurrent_requests,
    )
    connections = Connections(ConnectionLimits(settings.max_connections, settings.head_seconds))
    pages = page_routes(
        media_origin=media_origin(settings), player=settings.player, graphiql=settings.graphiql
    )
    return Observed(
        Application(guard, [*health_routes(), *pages], lifespan, origins),
        traffic,
        GRAPHQL_PATHS,
        slow_seconds=settings.slow_request_seconds,
        access_log=settings.access_log,
        hsts_seconds=settings.hsts_seconds,
        tracing=tracing,
    )


class Application:
    """GraphQL at `/graphql`, and everything else through Starlette.

    Starlette's middleware and router take as long as a song's whole answer, so what is asked
    for most does not pass through them (docs/decisions/0010).
    """

    def __init__(
        self,
        graphql: ASGIApp,
        routes: Sequence[BaseRoute],
        lifespan: Lifespan[Starlette],
        origins: str,
    ) -> None:
        self._graphql = graphql
        self._shared = CORSMiddleware(
            graphql,
            allow_origin_regex=origins,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=[
                "authorization",
                "content-type",
                "x-request-id",
                "x-tonearm-cost",
                "x-tonearm-trace",
            ],
            expose_headers=["ratelimit", "ratelimit-policy", "retry-after", "x-request-id"],
            max_age=86_400,
        )
        self._others = Starlette(
            routes=routes,
            lifespan=lifespan,
            exception_handlers={HTTPException: _refuse, Exception: _fail},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] not in GRAPHQL_PATHS:
            await self._others(scope, receive, send)
        elif scope["type"] == "http" and _has_origin(scope):
            await self._shared(scope, receive, send)
        else:
            await self._graphql(scope, receive, send)


def _has_origin(scope: Scope) -> bool:
    for name, _ in scope["headers"]:  # noqa: SIM110 (`any` takes four times as long)
        if name == b"origin":
            return True
    return False


async def _refuse(_request: Request, error: Exception) -> Response:
    """Errors of the router: nothing is there, or not by this method."""
    assert isinstance(error, HTTPException)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "BAD_REQUEST")
    message = f"{error.detail}. GraphQL is at /graphql."
    return error_response(RequestError(code, message), error.headers)


async def _fail(_request: Request, _error: Exception) -> Response:
    return error_response(RequestError("INTERNAL", MASKED))


@asynccontextmanager
async def open_jobs(settings: Settings, services: Services) -> AsyncGenerator[Sequence[Job], None]:
    """What is done in the background, and that it is done meanwhile."""
    pool, objects = services.pool, services.objects
    async with open_fetcher(policy=public_or_in(settings.podcast_networks)) as fetcher:
        jobs = [
            *rollup_jobs(settings, pool),
            *cleanup_jobs(settings, pool, objects),
            *people_jobs(settings, pool, objects),
            *podcast_jobs(settings, Podcasts(pool, objects, services.ids, fetcher)),
        ]
        async with keep_done(jobs):
            yield jobs


def trusted_documents(settings: Settings) -> Mapping[str, str]:
    """The documents that may be asked for by an id; raises `SettingsError`."""
    if settings.trusted_documents_mode is Mode.OFF:
        return {}
    own = (DIST / MANIFEST,) if settings.player else ()
    try:
        return read_manifests([*settings.trusted_documents, *own])
    except BadManifest as error:
        raise SettingsError(f"TONEARM_TRUSTED_DOCUMENTS: {error}") from error


def query_bounds(settings: Settings, documents: Mapping[str, str] | None = None) -> Bounds:
    """The most that a GraphQL document and its operations may ask for.

    `documents` are the trusted ones, by their id.
    """
    required = settings.trusted_documents_mode is Mode.REQUIRED
    return Bounds(
        tokens=settings.query_max_tokens,
        limits=Limits(
            operations=settings.query_max_operations,
            depth=settings.query_max_depth,
            fields=settings.query_max_fields,
            root_fields=settings.query_max_root_fields,
            aliases=settings.query_max_aliases,
            directives=settings.query_max_directives,
        ),
        cost=settings.query_max_cost,
        inputs=InputLimits(settings.max_list_items, settings.max_string_length),
        trusted=frozenset((documents or {}).values()) if required else None,
    )


def origin_pattern(origins: Sequence[str]) -> str:
    """A regular expression of the origins, in which `*` stands for a port or a subdomain."""
    return "|".join(re.escape(origin).replace(r"\*", r"[\w-]+") for origin in origins) or "(?!)"


def create_app_from_environment() -> ASGIApp:
    """What each worker process of `tonearm serve` runs."""
    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format, secrets_of(settings))
    application = create_app(settings)
    spare_collector()
    return application


def spare_collector() -> None:
    """Lets the garbage collector pause the process less often, and for less.

    The schema lives as long as the process, so it need not be looked at again. What requests
    make is freed by its reference counts; cycles are rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *COLLECT_OLDER_AFTER)
