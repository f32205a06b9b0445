"""The GraphQL endpoint."""

import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from resolvers.context import Context, Services
from schema.schema import Schema


class GraphQLEndpoint(GraphQL[Context, None]):
    """GraphQL over HTTP; queries by GET as well."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema, graphql_ide=None, allow_queries_via_get=True)

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        services: Services = request.state.services
        now = time.time()
        header = request.headers.get("authorization")
        return Context(services, await services.callers.identify(header, now=now), now)

    def encode_json(self, data: Any) -> bytes:
        return orjson.dumps(data)
