"""The floor: the same answers from the fewest statements, without any GraphQL.

It has all of Tonearm's that is not GraphQL: the way uvicorn writes, the pool, the signer.
"""

import time
from collections.abc import Sequence
from typing import Any

from app.services import open_database
from app.settings import read_settings
from benchmarks.graphql.peers import statements
from benchmarks.graphql.peers.endpoint import Endpoint, Services
from db.rows import Connection
from db.search import search_songs


async def answer(services: Services, request: dict[str, Any]) -> dict[str, Any]:
    """Knows the workload by the name of its variable; the query is not read."""
    variables = request["variables"]
    async with services.pool.acquire() as connection:
        if "ids" in variables:
            ids = [_number(song_id) for song_id in variables["ids"]]
            return {"data": {"nodes": await _songs(services, connection, ids)}}
        if "id" in variables:
            [song] = await statements.select_song(connection, _number(variables["id"]))
            return {
                "data": {
                    "song": {
                        "id": f"song_{song['id']:x}",
                        "title": song["title"],
                        "durationMs": song["duration_ms"],
                    }
                }
            }
        found = await search_songs(connection, variables["query"], first=20)
        songs = await _songs(services, connection, [hit.id for hit in found.hits])
        return {"data": {"search": {"songs": {"nodes": songs}}}}


def _number(song_id: str) -> int:
    return int(song_id[len("song_") :], 16)


async def _songs(
    services: Services, connection: Connection, ids: Sequence[int]
) -> list[dict[str, Any]]:
    songs = {row["id"]: row for row in await statements.select_songs(connection, ids)}
    artist_ids = {artist for song in songs.values() for artist in song["artist_ids"]}
    album_ids = {song["album_id"] for song in songs.values()}
    artists = {
        row["id"]: {"id": f"artist_{row['id']:x}", "name": row["name"]}
        for row in await statements.select_artists(connection, list(artist_ids))
    }
    albums = {
        row["id"]: {"id": f"album_{row['id']:x}", "title": row["title"]}
        for row in await statements.select_albums(connection, list(album_ids))
    }
    files: dict[int, list[dict[str, Any]]] = {song_id: [] for song_id in ids}
    now = time.time()
    sign = services.signer.sign
    for row in await statements.select_files(connection, ids):
        files[row["song_id"]].append(
            {
                "codec": row["codec"],
                "bitrateKbps": row["bitrate_kbps"],
                "streamUrl": sign(row["object_key"], now=now).url,
            }
        )
    return [
        {
            "id": f"song_{song_id:x}",
            "title": song["title"],
            "durationMs": song["duration_ms"],
            "artists": [artists[artist_id] for artist_id in song["artist_ids"]],
            "album": albums[song["album_id"]],
            "files": files[song_id],
        }
        for song_id in ids
        for song in (songs[song_id],)
    ]


def create() -> Endpoint:
    return Endpoint(read_settings(None), answer, open_database)
