"""Objects on the real server."""

import asyncio
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import botocore.auth
import pytest

from storage import objects as objects_module
from storage.errors import (
    BucketMissing,
    ClockSkewed,
    ContentMismatch,
    CredentialsMissing,
    ObjectMissing,
    RangeUnsatisfiable,
    StorageDenied,
    StorageTimeout,
    StorageUnavailable,
)
from storage.keys import IMMUTABLE
from storage.objects import PART_SIZE, Objects, open_objects
from tests.conftest import S3


async def test_put_bytes_are_got_back_with_their_headers(objects: Objects, prefix: str) -> None:
    key = f"{prefix}/é ü+%.mp3"
    await objects.put(key, b"0123456789", content_type="audio/mpeg")
    assert await objects.get(key) == b"0123456789"
    info = await objects.head(key)
    assert info is not None
    assert (info.key, info.size_bytes) == (key, 10)
    assert (info.content_type, info.cache_control) == ("audio/mpeg", IMMUTABLE)
    assert abs(datetime.now(UTC) - info.last_modified) < timedelta(minutes=5)


async def test_put_the_same_content_twice_is_one_object(objects: Objects, prefix: str) -> None:
    for _ in range(2):
        await objects.put(f"{prefix}/a", b"same", content_type="audio/mpeg")
    assert [item.size_bytes async for item in objects.list(prefix)] == [4]


@pytest.mark.parametrize("size", [0, 1000])
async def test_put_a_small_file(objects: Objects, prefix: str, tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    digest = hashlib.sha256(path.read_bytes()).digest()
    await objects.put(f"{prefix}/a", path, content_type="audio/flac", sha256=digest)
    assert await objects.get(f"{prefix}/a") == path.read_bytes()


@pytest.mark.parametrize("more", [0, 1000])
async def test_put_a_big_file_in_parts(
    objects: Objects, prefix: str, tmp_path: Path, more: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(PART_SIZE + more))
    digest = hashlib.sha256(path.read_bytes()).digest()
    await objects.put(f"{prefix}/a", path, content_type="audio/flac", sha256=digest)
    assert hashlib.sha256(await objects.get(f"{prefix}/a")).digest() == digest
    info = await objects.head(f"{prefix}/a")
    assert info is not None
    assert (info.size_bytes, info.content_type) == (PART_SIZE + more, "audio/flac")
    assert info.cache_control == IMMUTABLE


@pytest.mark.parametrize("size", [1000, PART_SIZE + 1000])
async def test_put_of_a_file_that_has_changed_stores_nothing(
    objects: Objects, prefix: str, tmp_path: Path, bucket: str, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    with pytest.raises(ContentMismatch):
        await objects.put(f"{prefix}/a", path, content_type="audio/flac", sha256=bytes(32))
    assert await objects.head(f"{prefix}/a") is None
    uploads = await objects._client.list_multipart_uploads(Bucket=bucket)
    assert prefix not in str(uploads.get("Uploads", []))


async def test_the_server_refuses_bytes_damaged_on_the_way(
    objects: Objects, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        objects_module, "_sha256", lambda body: hashlib.sha256(body + b"x").digest()
    )
    with pytest.raises(ContentMismatch):
        await objects.put(f"{prefix}/a", b"body", content_type="audio/flac")
    assert await objects.head(f"{prefix}/a") is None


async def test_put_of_a_missing_file_says_so(objects: Objects, prefix: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await objects.put(f"{prefix}/a", tmp_path / "missing", content_type="audio/flac")


async def test_get_range_is_inclusive_and_ends_with_the_object(
    objects: Objects, prefix: str
) -> None:
    await objects.put(f"{prefix}/a", b"0123456789", content_type="audio/mpeg")
    assert await objects.get_range(f"{prefix}/a", 2, 4) == b"234"
    assert await objects.get_range(f"{prefix}/a", 8, 100) == b"89"
    with pytest.raises(RangeUnsatisfiable):
        await objects.get_range(f"{prefix}/a", 10, 20)


async def test_what_is_missing(objects: Objects, prefix: str) -> None:
    assert await objects.head(f"{prefix}/a") is None
    with pytest.raises(ObjectMissing):
        await objects.get(f"{prefix}/a")


async def test_delete_twice(objects: Objects, prefix: str) -> None:
    await objects.put(f"{prefix}/a", b"x", content_type="audio/mpeg")
    await objects.delete(f"{prefix}/a")
    await objects.delete(f"{prefix}/a")
    assert await objects.head(f"{prefix}/a") is None


async def test_list_crosses_pages_in_order_of_keys(objects: Objects, prefix: str) -> None:
    keys = [f"{prefix}/{folder}/{n}" for folder in "ab" for n in range(5)]
    for key in reversed(keys):
        await objects.put(key, b"x", content_type="audio/mpeg")
    assert [item.key async for item in objects.list(prefix, page_size=3)] == keys
    assert [item.key async for item in objects.list(f"{prefix}/b", page_size=5)] == keys[5:]
    assert [item.key async for item in objects.list(f"{prefix}/c")] == []


async def test_check_tells_the_servers_clock(objects: Objects) -> None:
    assert abs(await objects.check()) < 5


async def test_ensure_bucket_twice(objects: Objects) -> None:
    await objects.ensure_bucket()


async def test_missing_bucket(s3: S3) -> None:
    async with open_objects(
        endpoint_url=s3.endpoint_url,
        region=s3.region,
        bucket="there-is-none",
        access_key_id=s3.access_key_id,
        secret_access_key=s3.secret_access_key,
    ) as objects:
        with pytest.raises(BucketMissing):
            await objects.check()


@pytest.mark.parametrize("wrong", ["access_key_id", "secret_access_key"])
async def test_wrong_credentials_are_denied(s3: S3, bucket: str, wrong: str) -> None:
    async with open_objects(
        endpoint_url=s3.endpoint_url,
        region=s3.region,
        bucket=bucket,
        access_key_id="wrong" if wrong == "access_key_id" else s3.access_key_id,
        secret_access_key="wrong" if wrong == "secret_access_key" else s3.secret_access_key,
    ) as objects:
        with pytest.raises(StorageDenied):
            await objects.check()
        with pytest.raises(StorageDenied):
            await objects.head("a")
        with pytest.raises(StorageDenied):
            await objects.ensure_bucket()
        with pytest.raises(StorageDenied):
            await objects.put("a", b"x", content_type="audio/mpeg")


async def test_a_wrong_clock_is_told_apart(objects: Objects) -> None:
    wrong = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)
    with (
        patch.object(botocore.auth, "get_current_datetime", lambda: wrong),
        pytest.raises(ClockSkewed),
    ):
        await objects.check()


async def test_no_credentials_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with open_objects(
        endpoint_url="http://127.0.0.1:1", region="us-east-1", bucket="music"
    ) as objects:
        with pytest.raises(CredentialsMissing):
            await objects.check()


async def test_a_dead_server_is_unavailable(unused_tcp_port: int) -> None:
    async with (
        open_objects(
            endpoint_url=f"http://127.0.0.1:{unused_tcp_port}",
            region="us-east-1",
            bucket="music",
            access_key_id="a",
            secret_access_key="b",
            max_attempts=2,
        ) as objects,
        asyncio.timeout(60),
    ):
        with pytest.raises(StorageUnavailable):
            await objects.check()
        with pytest.raises(StorageUnavailable):
            await objects.put("a", b"x", content_type="audio/mpeg")


async def test_a_silent_server_times_out() -> None:
    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client gives up
        writer.close()

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with (
        server,
        open_objects(
            endpoint_url=f"http://127.0.0.1:{port}",
            region="us-east-1",
            bucket="music",
            access_key_id="a",
            secret_access_key="b",
            read_timeout=60,
            call_timeout=0.2,
        ) as objects,
        asyncio.timeout(30),
    ):
        with pytest.raises(StorageTimeout):
            await objects.check()
        with pytest.raises(StorageTimeout):
            await objects.put("a", b"x", content_type="audio/mpeg")
