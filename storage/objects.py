"""Objects in S3: one client for the process, whose errors leave as `storage.errors`."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit

import aioboto3
from aiobotocore.config import AioConfig
from aiohttp import ClientError as AiohttpError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from storage.endpoints import AddressingStyle
from storage.errors import (
    BucketMissing,
    ClockSkewed,
    ContentMismatch,
    CredentialsMissing,
    ObjectMissing,
    RangeUnsatisfiable,
    StorageDenied,
    StorageError,
    StorageTimeout,
    StorageUnavailable,
)
from storage.keys import IMMUTABLE

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

PART_SIZE: Final = 16 * 2**20
"""Bytes of one request, and what an upload holds in memory. Above it, an upload has parts: 10,000
at most (160 GiB), each at least 5 MiB (S3's limits)."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """`content_type` and `cache_control` are None in a list, which does not tell them."""

    key: str
    size_bytes: int
    etag: str
    last_modified: datetime
    content_type: str | None = None
    cache_control: str | None = None


@dataclass(frozen=True, slots=True)
class PresignedPut:
    """Send a PUT with these headers to this URL, and the size that was named."""

    url: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload that lies in S3."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload in parts that nobody has completed."""

    key: str
    upload_id: str
    begun_at: datetime


@asynccontextmanager
async def open_objects(
    *,
    endpoint_url: str | None,
    region: str,
    bucket: str,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    session_token: str | None = None,
    addressing_style: AddressingStyle = "path",
    max_connections: int = 32,
    connect_timeout: float = 3.0,
    read_timeout: float = 20.0,
    call_timeout: float = 60.0,
    max_attempts: int = 3,
) -> AsyncGenerator["Objects", None]:
    """The objects of one bucket. Opens no connection; `Objects.check` does.

    Without `endpoint_url` it is AWS, without keys the AWS chain provides them. Timeouts are in
    seconds; `call_timeout` bounds one call with its retries, each part of an upload being one.
    Raises `StorageError` when the client cannot be made.
    """
    config = AioConfig(
        signature_version="s3v4",
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=max_connections,
        retries={"mode": "standard", "total_max_attempts": max_attempts},
        # `put` sends a sha256 of its own; the default, a CRC32, comes as a trailer that
        # other stores than AWS may not know.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        proxies={} if _is_loopback(endpoint_url) else None,
        s3={"addressing_style": addressing_style},
    )
    with _translated():
        connection = aioboto3.Session().client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=access_key_id or None,
            aws_secret_access_key=secret_access_key or None,
            aws_session_token=session_token or None,
            config=config,
        )
        client = await connection.__aenter__()
    try:
        yield Objects(client, bucket=bucket, region=region, call_timeout=call_timeout)
    finally:
        await connection.__aexit__(None, None, None)


class Objects:
    """One bucket. Every method raises `StorageError` and nothing of the driver."""

    def __init__(
        self, client: "S3Client", *, bucket: str, region: str, call_timeout: float
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._region = region
        self._call_timeout = call_timeout

    def on_calls(
        self,
        begun: Callable[[str, dict[str, Any]], None],
        ended: Callable[[dict[str, Any], str | None], None],
    ) -> None:
        """Has `begun` called with the operation before each call of S3, and `ended` after it and
        its retries with the error's code, if there was one; both with the same dict of the call's
        own, which may hold what they like."""

        def on_begin(model: "OperationModel", context: dict[str, Any], **_: Any) -> None:
            begun(model.name, context)

        def on_end(parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
            ended(context, parsed.get("Error", {}).get("Code"))

        def on_error(exception: Exception, context: dict[str, Any], **_: Any) -> None:
            ended(context, type(exception).__name__)

        events = self._client.meta.events
        events.register("before-call.s3", on_begin)
        events.register("after-call.s3", on_end)
        events.register("after-call-error.s3", on_error)

    @property
    def endpoint_url(self) -> str:
        """The endpoint given, or AWS's of the region."""
        return self._client.meta.endpoint_url

    async def put(
        self,
        key: str,
        body: bytes | Path,
        *,
        content_type: str,
        sha256: bytes | None = None,
        cache_control: str = IMMUTABLE,
    ) -> None:
        """Stores the bytes, or those of a file, which is read in pieces of `PART_SIZE`.

        The server verifies each piece by its sha256. Where `sha256` is given, `ContentMismatch`
        is raised before anything becomes visible if the whole does not have it. An `OSError` of
        the file is raised as it is.
        """
        if isinstance(body, bytes):
            if len(body) > PART_SIZE:
                raise ValueError(f"Put more than {PART_SIZE} bytes from a file")
            await self._put_whole(key, body, content_type, sha256, cache_control)
            return
        file = await asyncio.to_thread(body.open, "rb")
        try:
            first = await asyncio.to_thread(file.read, PART_SIZE)
            if len(first) < PART_SIZE:
                await self._put_whole(key, first, content_type, sha256, cache_control)
            else:
                await self._put_parts(key, first, file, content_type, sha256, cache_control)
        finally:
            await asyncio.to_thread(file.close)

    async def head(self, key: str) -> ObjectInfo | None:
        try:
            async with self._call():
                answer = await self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectMissing:
            return None
        return ObjectInfo(
            key=key,
            size_bytes=answer["ContentLength"],
            etag=answer["ETag"],
            last_modified=answer["LastModified"],
            content_type=answer.get("ContentType"),
            cache_control=answer.get("CacheControl"),
        )

    async def get(self, key: str) -> bytes:
        """The whole object, in memory. Raises `ObjectMissing`."""
        async with self._call():
            answer = await self._client.get_object(Bucket=self._bucket, Key=key)
            return await answer["Body"].read()

    async def get_range(self, key: str, first: int, last: int) -> bytes:
        """The bytes from `first` to `last`, both included; fewer where the object ends.

        Raises `ObjectMissing`, and `RangeUnsatisfiable` where it ends before `first`.
        """
        async with self._call():
            answer = await self._client.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={first}-{last}"
            )
            return await answer["Body"].read()

    async def copy(self, source: str, key: str, *, content_type: str) -> None:
        """Stores what lies at `source` under another key as well, without moving its bytes here.

        At most 5 GiB (S3's limit). Raises `ObjectMissing`.
        """
        async with self._call():
            await self._client.copy_object(
                Bucket=self._bucket,
                Key=key,
                CopySource={"Bucket": self._bucket, "Key": source},
                ContentType=content_type,
                CacheControl=IMMUTABLE,
                MetadataDirective="REPLACE",
            )

    async def presign_put(
        self, key: str, *, size_bytes: int, content_type: str, sha256: bytes, seconds: int
    ) -> PresignedPut:
        """A URL by which somebody else may put this content, and no other, for a while.

        It is one of the client's own endpoint. S3 refuses another size, type or checksum.
        """
        checksum = _base64(sha256)
        async with self._call():
            url = await self._client.generate_presigned_url(
                "put_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": key,
                    "ContentLength": size_bytes,
                    "ContentType": content_type,
                    "ChecksumSHA256": checksum,
                },
                ExpiresIn=seconds,
            )
        headers = {"Content-Type": content_type, "x-amz-checksum-sha256": checksum}
        return PresignedPut(url, headers)

    async def begin_parts(self, key: str, *, content_type: str, checksums: bool) -> str:
        """Begins an object that is put in parts; S3's id of that. With `checksums` each part has
        one, or is refused."""
        async with self._call():
            if checksums:
                answer = await self._client.create_multipart_upload(
                    Bucket=self._bucket,
                    Key=key,
                    ContentType=content_type,
                    ChecksumAlgorithm="SHA256",
                )
            else:
                answer = await self._client.create_multipart_upload(
                    Bucket=self._bucket, Key=key, ContentType=content_type
                )
        return answer["UploadId"]

    async def presign_part(
        self,
        key: str,
        upload_id: str,
        number: int,
        *,
        size_bytes: int,
        sha256: bytes | None,
        seconds: int,
    ) -> PresignedPut:
        """A URL by which somebody else may put a part, the first of which has the number 1.

        S3 refuses another size, and another checksum where there is one.
        """
        signed: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": key,
            "UploadId": upload_id,
            "PartNumber": number,
            "ContentLength": size_bytes,
        }
        headers: dict[str, str] = {}
        if sha256 is not None:
            signed["ChecksumSHA256"] = headers["x-amz-checksum-sha256"] = _base64(sha256)
        async with self._call():
            url = await self._client.generate_presigned_url(
                "upload_part", Params=signed, ExpiresIn=seconds
            )
        return PresignedPut(url, headers)

    async def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """The parts that lie in S3, by number. Raises `ObjectMissing` when the upload has ended."""
        parts: list[Part] = []
        while True:
            async with self._call():
                page = await self._client.list_parts(
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload_id,
                    PartNumberMarker=parts[-1].number if parts else 0,
                )
            found = page.get("Parts", ())
            parts += [Part(part["PartNumber"], part["Size"], part["ETag"]) for part in found]
            if not page["IsTruncated"] or not found:
                return parts

    async def complete_parts(
        self, key: str, upload_id: str, parts: Sequence[Part], sha256s: Sequence[bytes]
    ) -> None:
        """Makes the object of its parts; `sha256s` are theirs if it was begun with checksums.

        Raises `ObjectMissing` when the upload has ended.
        """
        completed: list[CompletedPartTypeDef] = [
            {"PartNumber": part.number, "ETag": part.etag} for part in parts
        ]
        for part, sha256 in zip(completed, sha256s, strict=False):
            part["ChecksumSHA256"] = _base64(sha256)
        async with self._call():
            await self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": completed},
            )

    async def abort_parts(self, key: str, upload_id: str) -> None:
        """Ends an upload in parts, and deletes them; one that has ended already is no error."""
        with suppress(ObjectMissing):
            async with self._call():
                await self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=key, UploadId=upload_id
                )

    async def list_unfinished(self, prefix: str) -> list[Unfinished]:
        """The first thousand uploads in parts under a prefix that nobody has completed."""
        async with self._call():
            page = await self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=prefix)
        return [
            Unfinished(item["Key"], item["UploadId"], item["Initiated"])
            for item in page.get("Uploads", ())
        ]

    async def delete(self, key: str) -> None:
        """Deletes the object if there is one."""
        with suppress(ObjectMissing):
            async with self._call():
                await self._client.delete_object(Bucket=self._bucket, Key=key)

    async def list(self, prefix: str = "", *, page_size: int = 1000) -> AsyncIterator[ObjectInfo]:
        """The objects whose keys begin with `prefix`, in the order of keys, page by page."""
        after = ""
        while True:
            async with self._call():
                page = await self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=prefix, MaxKeys=page_size, StartAfter=after
                )
            for item in page.get("Contents", ()):
                after = item["Key"]
                yield ObjectInfo(after, item["Size"], item["ETag"], item["LastModified"])
            if not page["IsTruncated"]:
                return

    async def ensure_bucket(self) -> None:
        """Makes the bucket where there is none."""
        with suppress(BucketMissing):
            await self.check()
            return
        try:
            async with self._call():
                if self._region == "us-east-1":  # the one region that S3 wants unnamed
                    await self._client.create_bucket(Bucket=self._bucket)
                else:
                    await self._client.create_bucket(
                        Bucket=self._bucket,
                        CreateBucketConfiguration={
                            "LocationConstraint": self._region,  # type: ignore[typeddict-item]
                        },
                    )
        except StorageError:
            await self.check()  # made by another process meanwhile, or still missing

    async def set_cors(self, origins: Sequence[str]) -> None:
        """Lets pages of these origins, and no others, read objects, seek in them, and put those
        that they have a signed URL for."""
        async with self._call():
            if not origins:
                await self._client.delete_bucket_cors(Bucket=self._bucket)
                return
            await self._client.put_bucket_cors(
                Bucket=self._bucket,
                CORSConfiguration={
                    "CORSRules": [
                        {
                            "AllowedOrigins": list(origins),
                            "AllowedMethods": ["GET", "HEAD", "PUT"],
                            "AllowedHeaders": [
                                "Content-Type",
                                "If-None-Match",
                                "If-Range",
                                "Range",
                                "x-amz-checksum-sha256",
                            ],
                            "ExposeHeaders": [
                                "Accept-Ranges",
                                "Content-Length",
                                "Content-Range",
                                "ETag",
                            ],
                            "MaxAgeSeconds": 3600,
                        }
                    ]
                },
            )

    async def check(self) -> float:
        """Reaches the bucket; returns how far S3's clock is ahead of ours, in seconds (± 1).

        Raises `StorageUnavailable`, `StorageDenied`, `ClockSkewed`, `BucketMissing` and
        `CredentialsMissing`. Needs the right to list: the refusal of a HEAD has no reason.
        """
        sent = time.time()
        async with self._call():
            answer = await self._client.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
        middle = (sent + time.time()) / 2
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        # A Date is cut to the second: on average it is half a second old.
        return parsedate_to_datetime(date).timestamp() + 0.5 - middle if date else 0.0

    async def _put_whole(
        self, key: str, body: bytes, content_type: str, sha256: bytes | None, cache_control: str
    ) -> None:
        digest = await asyncio.to_thread(_sha256, body)
        if sha256 is not None and digest != sha256:
            raise ContentMismatch
        async with self._call():
            # A body of bytes, not a file, also keeps botocore from asking for a 100-continue,
            # for which it can wait for ever.
            await self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                CacheControl=cache_control,
                ChecksumSHA256=_base64(digest),
            )

    async def _put_parts(
        self,
        key: str,
        first: bytes,
        file: BinaryIO,
        content_type: str,
        sha256: bytes | None,
        cache_control: str,
    ) -> None:
        async with self._call():
            upload = await self._client.create_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                ContentType=content_type,
                CacheControl=cache_control,
                ChecksumAlgorithm="SHA256",
            )
        upload_id = upload["UploadId"]
        try:
            parts: list[CompletedPartTypeDef] = []
            whole = hashlib.sha256()
            part = first
            while part:
                await asyncio.to_thread(whole.update, part)
                checksum = _base64(await asyncio.to_thread(_sha256, part))
                async with self._call():
                    stored = await self._client.upload_part(
                        Bucket=self._bucket,
                        Key=key,
                        UploadId=upload_id,
                        PartNumber=len(parts) + 1,
                        Body=part,
                        ChecksumSHA256=checksum,
                    )
                parts.append(
                    {
                        "PartNumber": len(parts) + 1,
                        "ETag": stored["ETag"],
                        "ChecksumSHA256": checksum,
                    }
                )
                part = await asyncio.to_thread(file.read, PART_SIZE)
            if sha256 is not None and whole.digest() != sha256:
                raise ContentMismatch
            async with self._call():
                await self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": parts},
                )
        except BaseException:
            # Parts that nobody completes are kept, and paid for, until they are aborted. What
            # ends the upload is what the caller should learn, not that aborting failed as well.
            with suppress(StorageError):
                async with self._call():
                    await self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=key, UploadId=upload_id
                    )
            raise

    @asynccontextmanager
    async def _call(self) -> AsyncGenerator[None, None]:
        with _translated():
            async with asyncio.timeout(self._call_timeout):
                yield


@contextmanager
def _translated() -> Generator[None, None, None]:
    try:
        yield
    except ClientError as error:
        raise _from_answer(error) from error
    except (TimeoutError, ConnectTimeoutError, ReadTimeoutError) as error:
        raise StorageTimeout from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise CredentialsMissing from error
    except (HTTPClientError, EndpointConnectionError, AiohttpError, OSError) as error:
        raise StorageUnavailable(f"S3 cannot be reached: {error}") from error
    except BotoCoreError as error:
        raise StorageError(f"S3 could not do this: {error}") from error


_ERRORS_BY_CODE: Final[dict[str, type[StorageError]]] = {
    "404": ObjectMissing,
    "NoSuchKey": ObjectMissing,
    "NoSuchUpload": ObjectMissing,
    "NoSuchBucket": BucketMissing,
    "416": RangeUnsatisfiable,
    "InvalidRange": RangeUnsatisfiable,
    "BadDigest": ContentMismatch,
    "XAmzContentSHA256Mismatch": ContentMismatch,
    "RequestTimeTooSkewed": ClockSkewed,
    "RequestTimeout": StorageTimeout,
}


def _from_answer(error: ClientError) -> StorageError:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    told = f"{code}: {error.response.get('Error', {}).get('Message', '')}"
    if code in _ERRORS_BY_CODE:
        return _ERRORS_BY_CODE[code]()
    if status in (401, 403) or code in ("ExpiredToken", "InvalidToken"):
        return StorageDenied(f"S3 refuses: {told}")
    if status == 429 or status >= 500:
        return StorageUnavailable(f"S3 is too busy to answer: {told}")
    return StorageError(f"S3 could not do this: {told}")


def _is_loopback(endpoint_url: str | None) -> bool:
    hostname = urlsplit(endpoint_url).hostname if endpoint_url else None
    return hostname in ("127.0.0.1", "::1", "localhost")


def _sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
