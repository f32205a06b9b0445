"""The ASGI application."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route

from app.graphql import GraphQLEndpoint
from app.logs import configure_logging
from app.pages import page_routes
from app.services import make_signer, media_origin, open_credentials, open_database
from app.settings import Settings, read_settings
from resolvers.context import Services
from schema.schema import schema


class State(TypedDict):
    """What the lifespan gives to every request."""

    services: Services


def create_app(settings: Settings) -> Starlette:
    """The application; it connects to nothing before it starts."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State, None]:
        async with AsyncExitStack() as stack:
            pool = await stack.enter_async_context(open_database(settings))
            credentials = await stack.enter_async_context(open_credentials(settings))
            yield {
                "services": Services(
                    pool=pool,
                    signer=make_signer(settings, credentials),
                    anonymous_streaming=settings.anonymous_streaming,
                )
            }

    endpoint = Route("/graphql", GraphQLEndpoint(schema), methods=["GET", "POST"])
    pages = page_routes(
        media_origin=media_origin(settings), player=settings.player, graphiql=settings.graphiql
    )
    middleware = [
        Middleware(
            CORSMiddleware,
            allow_origin_regex=origin_pattern(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type"],
            max_age=86_400,
        )
    ]
    return Starlette(routes=[endpoint, *pages], middleware=middleware, lifespan=lifespan)


def origin_pattern(origins: Sequence[str]) -> str:
    """A regular expression of the origins, in which `*` stands for a port or a subdomain."""
    return "|".join(re.escape(origin).replace(r"\*", r"[\w-]+") for origin in origins) or "(?!)"


def create_app_from_environment() -> Starlette:
    """What each worker process of `tonearm serve` runs."""
    settings = read_settings()
    configure_logging(settings.log_level)
    return create_app(settings)
