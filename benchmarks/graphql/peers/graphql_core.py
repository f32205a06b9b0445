"""Plain graphql-core over dictionaries; a document is parsed and validated once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
    validate,
)

from app.settings import read_settings
from benchmarks.graphql.peers.endpoint import Endpoint, Services
from benchmarks.graphql.peers.loaders import Loaders, load_songs, number_of

Object: TypeAlias = dict[str, Any]
Info: TypeAlias = GraphQLResolveInfo[Any]


@dataclass(slots=True)
class Context:
    services: Services
    loaders: Loaders


def _song(row: asyncpg.Record) -> Object:
    return {
        "__typename": "Song",
        "number": row["id"],
        "id": f"song_{row['id']:x}",
        "title": row["title"],
        "durationMs": row["duration_ms"],
        "artist_ids": row["artist_ids"],
        "album_id": row["album_id"],
    }


def _artist(row: asyncpg.Record) -> Object:
    return {"id": f"artist_{row['id']:x}", "name": row["name"]}


def _album(row: asyncpg.Record) -> Object:
    return {"id": f"album_{row['id']:x}", "title": row["title"]}


def _file(row: asyncpg.Record) -> Object:
    return {
        "codec": row["codec"],
        "bitrateKbps": row["bitrate_kbps"],
        "object_key": row["object_key"],
    }


async def _nodes(_root: None, info: Info, ids: list[str]) -> list[Any]:
    return await load_songs(info.context.services, [number_of(song_id) for song_id in ids], _song)


async def _one_song(_root: None, info: Info, id: str) -> Any:  # noqa: A002
    [song] = await load_songs(info.context.services, [number_of(id)], _song)
    return song


def _artists(song: Object, info: Info) -> Any:
    return info.context.loaders.artists.load_many(song["artist_ids"])


def _album_of(song: Object, info: Info) -> Any:
    return info.context.loaders.albums.load(song["album_id"])


def _files(song: Object, info: Info) -> Any:
    return info.context.loaders.files.load(song["number"])


def _stream_url(file: Object, info: Info) -> str:
    url: str = info.context.services.signer.sign(file["object_key"], now=time.time()).url
    return url


RESOLVERS: dict[str, dict[str, Callable[..., Any]]] = {
    "Query": {"nodes": _nodes, "song": _one_song},
    "Song": {"artists": _artists, "album": _album_of, "files": _files},
    "File": {"streamUrl": _stream_url},
}


def make_schema() -> GraphQLSchema:
    schema = build_schema(Path(__file__).with_name("catalogue.graphql").read_text())
    for name, fields in RESOLVERS.items():
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        for field, resolver in fields.items():
            type_.fields[field].resolve = resolver
    return schema


def create() -> Endpoint:
    schema = make_schema()

    @lru_cache(1024)
    def read(query: str) -> DocumentNode:
        document = parse(query)
        errors = validate(schema, document)
        if errors:
            raise errors[0]
        return document

    async def answer(services: Services, request: dict[str, Any]) -> Any:
        context = Context(services, Loaders(services, _artist, _album, _file))
        result = execute(schema, read(request["query"]), None, context, request.get("variables"))
        return (await result if isawaitable(result) else result).formatted

    return Endpoint(read_settings(None), answer)
