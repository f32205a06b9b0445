"""Strawberry as people usually write it, and the same types well tuned."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypedDict

import asyncpg
import orjson
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from app.settings import read_settings
from benchmarks.graphql.peers.endpoint import Services, signer_of
from benchmarks.graphql.peers.loaders import Loaders, load_songs, number_of
from benchmarks.graphql.peers.statements import open_pool


@dataclass
class Context:
    services: Services
    loaders: Loaders


Info = strawberry.Info[Context, None]


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.type
class Artist(Node):
    name: str

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(id=strawberry.ID(f"artist_{row['id']:x}"), name=row["name"])


@strawberry.type
class Album(Node):
    title: str

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(id=strawberry.ID(f"album_{row['id']:x}"), title=row["title"])


@strawberry.type
class File:
    codec: str
    bitrate_kbps: int
    object_key: strawberry.Private[str]

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(
            codec=row["codec"], bitrate_kbps=row["bitrate_kbps"], object_key=row["object_key"]
        )

    @strawberry.field
    def stream_url(self, info: Info) -> str | None:
        return info.context.services.signer.sign(self.object_key, now=time.time()).url


@strawberry.type
class Song(Node):
    number: strawberry.Private[int]
    title: str
    duration_ms: int
    artist_ids: strawberry.Private[list[int]]
    album_id: strawberry.Private[int | None]

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        return cls(
            id=strawberry.ID(f"song_{row['id']:x}"),
            number=row["id"],
            title=row["title"],
            duration_ms=row["duration_ms"],
            artist_ids=row["artist_ids"],
            album_id=row["album_id"],
        )

    @strawberry.field
    async def artists(self, info: Info) -> list[Artist]:
        return await info.context.loaders.artists.load_many(self.artist_ids)

    @strawberry.field
    async def album(self, info: Info) -> Album | None:
        if self.album_id is None:
            return None
        album: Album | None = await info.context.loaders.albums.load(self.album_id)
        return album

    @strawberry.field
    async def files(self, info: Info) -> list[File]:
        return await info.context.loaders.files.load(self.number)


@strawberry.type
class Query:
    @strawberry.field
    async def song(self, info: Info, id: strawberry.ID) -> Song | None:  # noqa: A002
        found: list[Song | None] = await load_songs(info.context.services, [number_of(id)], Song.of)
        return found[0]

    @strawberry.field
    async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
        return await load_songs(
            info.context.services, [number_of(song_id) for song_id in ids], Song.of
        )


class State(TypedDict):
    services: Services


class Endpoint(GraphQL[Context, None]):
    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        services: Services = request.state.services
        return Context(services, Loaders(services, Artist.of, Album.of, File.of))


class TunedEndpoint(Endpoint):
    def encode_json(self, data: Any) -> bytes:
        return orjson.dumps(data)


def create_usual() -> Starlette:
    return _app(Endpoint(strawberry.Schema(Query, types=[Song])))


def create_tuned() -> Starlette:
    caches = [lambda: ParserCache(maxsize=1024), lambda: ValidationCache(maxsize=1024)]
    schema = strawberry.Schema(Query, types=[Song], extensions=caches)
    return _app(TunedEndpoint(schema, graphql_ide=None))


def _app(endpoint: Endpoint) -> Starlette:
    settings = read_settings(None)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[State, None]:
        async with open_pool(str(settings.database_url)) as pool:
            yield {"services": Services(pool, signer_of(settings))}

    return Starlette(routes=[Route("/graphql", endpoint)], lifespan=lifespan)
