"""A bucket of our own on the real server: these tests set its CORS rules and count its objects."""

import secrets
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import replace

import imageio_ffmpeg  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from storage.objects import Objects
from tests.conftest import S3


@pytest.fixture(scope="session")
def bucket() -> str:
    return f"storage-{secrets.token_hex(4)}"


@pytest_asyncio.fixture(scope="session")
async def objects(s3: S3, bucket: str) -> AsyncGenerator[Objects, None]:
    async with replace(s3, bucket=bucket).open() as objects:
        await objects.ensure_bucket()
        yield objects
        async for item in objects.list():
            await objects.delete(item.key)


@pytest.fixture
def prefix() -> str:
    """Keys that no other test has."""
    return secrets.token_hex(8)


@pytest.fixture(scope="session")
def mp3() -> bytes:
    """Two seconds of 440 Hz."""
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-b:a", "128k"]
    return ffmpeg(*tone, "-f", "mp3", "pipe:1")


def decode(audio: bytes) -> None:
    """Fails when a decoder finds fault with the audio."""
    ffmpeg("-xerror", "-i", "pipe:0", "-f", "null", "-", stdin=audio)


def ffmpeg(*arguments: str, stdin: bytes = b"") -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments]
    return subprocess.run(command, check=True, input=stdin, stdout=subprocess.PIPE).stdout
