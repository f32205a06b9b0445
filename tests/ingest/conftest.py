from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio

from db.ids import IdGenerator, lease_ids
from db.pool import Pool
from ingest import Summary, ingest
from storage.objects import Objects
from tests.conftest import S3
from tests.ingest.audio import make_audio, make_cover

Ingest: TypeAlias = Callable[..., Awaitable[Summary]]


@pytest_asyncio.fixture
async def objects(s3: S3) -> AsyncGenerator[Objects, None]:
    """The bucket, emptied after the test."""
    async with s3.open() as objects:
        yield objects
        for prefix in ("audio/", "covers/"):
            async for item in objects.list(prefix):
                await objects.delete(item.key)


@pytest_asyncio.fixture
async def ids(pool: Pool) -> AsyncGenerator[IdGenerator, None]:
    async with lease_ids(pool) as ids:
        yield ids


@pytest.fixture
def run(clean_database: Pool, objects: Objects, ids: IdGenerator) -> Ingest:
    """Ingests paths into the empty catalogue; takes further arguments of `ingest`."""

    async def run(*paths: Path, **options: object) -> Summary:
        arguments = {"pool": clean_database, "objects": objects, "ids": ids, **options}
        return await ingest(paths, **arguments)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nine files: seven recordings of three artists on three albums, two of them in two formats."""
    root = tmp_path_factory.mktemp("library")
    cover = make_cover("crimson")
    for number in range(1, 4):
        make_audio(
            root / f"Aino/Kesä/{number} Laulu.mp3",
            title=f"Laulu {number}", artist="Aino", album="Kesä", album_artist="Aino",
            track=number, date=2001, genre="Pop; Folk", tone_hz=300 + number, cover=cover,
        )  # fmt: skip
    for number in range(1, 3):
        for extension in (".flac", ".opus"):
            make_audio(
                root / f"周杰倫/{number}{extension}",
                title=f"夜曲 {number}", artist="周杰倫", album="十一月的蕭邦",
                album_artist="周杰倫", track=number, date=2005, tone_hz=400 + number,
            )  # fmt: skip
    for number, artist in enumerate(("Aino", "Bé"), start=1):
        make_audio(
            root / f"Mix/{number}.m4a",
            title=f"Mix {number}", artist=artist, album="Mix", compilation=1, track=number,
            tone_hz=500 + number,
        )  # fmt: skip
    return root
