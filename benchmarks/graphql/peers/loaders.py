"""Per-request data loaders, as the Python peers use them."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import asyncpg
from strawberry.dataloader import DataLoader

from benchmarks.graphql.peers import statements
from benchmarks.graphql.peers.endpoint import Services

Result = TypeVar("Result")


class Loaders:
    """The loaders of one request; `make_*` turn rows into what the schema's types are."""

    def __init__(
        self,
        services: Services,
        make_artist: Callable[[asyncpg.Record], Any],
        make_album: Callable[[asyncpg.Record], Any],
        make_file: Callable[[asyncpg.Record], Any],
    ) -> None:
        pool = services.pool

        async def load_artists(ids: Sequence[int]) -> list[Any]:
            rows = await statements.select_artists(pool, ids)
            return _in_order(ids, rows, make_artist)

        async def load_albums(ids: Sequence[int]) -> list[Any]:
            rows = await statements.select_albums(pool, ids)
            return _in_order(ids, rows, make_album)

        async def load_files(song_ids: Sequence[int]) -> list[list[Any]]:
            found: dict[int, list[Any]] = {song_id: [] for song_id in song_ids}
            for row in await statements.select_files(pool, song_ids):
                found[row["song_id"]].append(make_file(row))
            return [found[song_id] for song_id in song_ids]

        self.artists: DataLoader[int, Any] = DataLoader(load_artists)
        self.albums: DataLoader[int, Any] = DataLoader(load_albums)
        self.files: DataLoader[int, list[Any]] = DataLoader(load_files)


async def load_songs(
    services: Services, ids: Sequence[int], make_song: Callable[[asyncpg.Record], Any]
) -> list[Any]:
    return _in_order(ids, await statements.select_songs(services.pool, ids), make_song)


def _in_order(
    ids: Sequence[int], rows: Sequence[asyncpg.Record], make: Callable[[asyncpg.Record], Any]
) -> list[Any]:
    found = {row["id"]: make(row) for row in rows}
    return [found.get(wanted) for wanted in ids]


def number_of(global_id: str) -> int:
    return int(global_id.partition("_")[2], 16)
