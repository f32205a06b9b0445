"""Tonearm's schema served as Strawberry's documentation says: its ASGI view, on uvicorn."""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from app.services import open_services
from app.settings import read_settings
from resolvers.context import Context
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import CONFIG


def create() -> Starlette:
    """The application; it reads the settings of the environment."""
    settings = read_settings(Path(os.devnull))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        async with open_services(settings) as services:
            app.state.services = services
            yield

    schema = strawberry.Schema(query=Query, mutation=Mutation, config=CONFIG)

    class View(GraphQL[Context, None]):
        async def get_context(
            self, request: Request | WebSocket, response: Response | WebSocket
        ) -> Context:
            return Context(request.app.state.services, None, time.time())

    app = Starlette(lifespan=lifespan)
    app.mount("/graphql", View(schema))
    return app
