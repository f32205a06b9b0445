"""The ASGI application."""

import asyncio
import gc
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TypedDict

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from app.answers import Answers
from app.cleanup import keep_clean
from app.graphql import GraphQLEndpoint
from app.logs import configure_logging
from app.pages import page_routes
from app.rollup import keep_rolled_up
from app.services import media_origin, open_services
from app.settings import Settings, read_settings
from app.sse import EventStreams
from app.websockets import Websockets
from engine.documents import Bounds
from engine.limits import Limits
from resolvers.context import Services
from schema.schema import schema

GRAPHQL_PATHS: Final = frozenset({"/graphql", "/graphql/"})
COLLECT_AFTER: Final = 5_000
"""Objects made and not freed after which the garbage collector looks for cycles; Python: 700."""


class State(TypedDict):
    """What the lifespan gives to every request.

    Attributes:
        stopping: Set when the server stops (app/http.py), for answers that would not end.
    """

    services: Services
    stopping: asyncio.Event


def create_app(settings: Settings) -> ASGIApp:
    """The application; it connects to nothing before it starts."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State, None]:
        async with (
            open_services(settings) as services,
            keep_rolled_up(services.pool, settings.rollup_seconds),
            keep_clean(services.pool, services.objects, settings.cleanup_seconds),
        ):
            yield {"services": services, "stopping": asyncio.Event()}

    schema.executor.bounds = query_bounds(settings)
    origins = origin_pattern(settings.cors_origins)
    answers = Answers(schema.executor)
    endpoint = GraphQLEndpoint(
        schema,
        answers=answers,
        websockets=Websockets(
            answers,
            re.compile(origins),
            max_bytes=settings.max_body_bytes,
            most=settings.max_websockets,
            slow_seconds=settings.slow_reader_seconds,
            idle_seconds=settings.idle_websocket_seconds,
        ),
        events=EventStreams(slow_seconds=settings.slow_reader_seconds),
        max_body_bytes=settings.max_body_bytes,
        tracing=settings.development,
    )
    pages = page_routes(
        media_origin=media_origin(settings), player=settings.player, graphiql=settings.graphiql
    )
    return Application(endpoint, pages, lifespan, origins)


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
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-tonearm-trace"],
            max_age=86_400,
        )
        self._others = Starlette(routes=routes, lifespan=lifespan)

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


def query_bounds(settings: Settings) -> Bounds:
    """The most that a GraphQL document and its operations may ask for."""
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
    )


def origin_pattern(origins: Sequence[str]) -> str:
    """A regular expression of the origins, in which `*` stands for a port or a subdomain."""
    return "|".join(re.escape(origin).replace(r"\*", r"[\w-]+") for origin in origins) or "(?!)"


def create_app_from_environment() -> ASGIApp:
    """What each worker process of `tonearm serve` runs."""
    settings = read_settings()
    configure_logging(settings.log_level)
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
    gc.set_threshold(COLLECT_AFTER)
