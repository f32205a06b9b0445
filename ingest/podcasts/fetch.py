"""Fetching what others host: feeds, pictures, audio. Nothing that comes back is trusted.

Only http and https, only addresses that the policy allows, a bounded number of redirects, bytes
(after decompression) and seconds, and one request at a time to each host.
"""

import asyncio
import os
import re
import socket
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from yarl import URL

from ingest.podcasts.addresses import AddressPolicy, is_public
from ingest.podcasts.turns import Turns

USER_AGENT: Final = "Tonearm/0.1 (podcast)"
MAX_REDIRECTS: Final = 5
MAX_URL: Final = 2_000
"""Longest URL, in characters."""
MAX_WAIT_SECONDS: Final = 7 * 24 * 3600
"""The longest `Retry-After` believed."""
_CHUNK: Final = 64 << 10
_PERMANENT: Final = (301, 308)
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_HOST: Final = re.compile(r"(?a:[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_])?\.?)|\[[0-9a-f:.]+\]")


class FetchError(Exception):
    """It could not be fetched; the message is the reason, for people.

    Attributes:
        gone: The host says that it is not there any more (410).
        retry_after: Seconds that the host wants to be left alone.
    """

    def __init__(
        self, reason: str, *, gone: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.gone = gone
        self.retry_after = retry_after


class AddressRefused(OSError):
    """The address is not one of the public internet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes after decompression, and seconds of one request with its answer."""

    bytes: int
    seconds: float


FEED_LIMITS: Final = Limits(bytes=32 << 20, seconds=30)
IMAGE_LIMITS: Final = Limits(bytes=16 << 20, seconds=30)
AUDIO_LIMITS: Final = Limits(bytes=1 << 30, seconds=1800)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a host gave to ask by whether something has changed (RFC 9110, 13.1)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer.

    Attributes:
        url: Where it came from, after redirects.
        moved_to: The URL to ask from now on, where all redirects to it were permanent.
        body: None when it has not changed.
        charset: The encoding that the host declared.
    """

    url: str
    moved_to: str | None
    body: bytes | None
    validators: Validators
    content_type: str | None
    charset: str | None


def check_url(url: str) -> str:
    """The URL in normal form: scheme and host in lower case, no fragment, no default port.

    Raises `FetchError` when it is none that may be fetched.
    """
    url = url.strip()
    if len(url) > MAX_URL or any(character <= " " or character == "\x7f" for character in url):
        raise FetchError("this is not a URL")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = URL(f"http://{parts.netloc.rpartition('@')[2]}").raw_host or ""
    except ValueError as error:
        raise FetchError("this is not a URL") from error
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise FetchError("only http:// and https:// can be fetched")
    if parts.username is not None or parts.password is not None:
        raise FetchError("a URL with a user name or a password in it is not fetched")
    host = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(host):
        raise FetchError("this URL names no host")
    default = 443 if scheme == "https" else 80
    netloc = host if port in (None, default) else f"{host}:{port}"
    return urlunsplit((scheme, netloc, parts.path or "/", parts.query, ""))


@asynccontextmanager
async def open_fetcher(
    *, policy: AddressPolicy = is_public, gap_seconds: float = 1.0
) -> AsyncGenerator["Fetcher", None]:
    """A fetcher that connects where `policy` lets it, leaving a host `gap_seconds` between two
    requests. Reads no proxy and no cookie from anywhere."""

    def make_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        if not policy(ip_address(str(address[0]))):
            raise AddressRefused(f"{address[0]} is not an address of the public internet")
        return socket.socket(family, kind, protocol)

    connector = aiohttp.TCPConnector(limit=64, limit_per_host=1, socket_factory=make_socket)
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        requote_redirect_url=False,
        trust_env=False,
    ) as session:
        yield Fetcher(session, gap_seconds)


class Fetcher:
    """Fetches over one session. May be shared by tasks. Every method raises `FetchError`."""

    def __init__(self, session: aiohttp.ClientSession, gap_seconds: float) -> None:
        self._session = session
        self._turns = Turns(gap_seconds)

    async def get(
        self,
        url: str,
        limits: Limits,
        *,
        accept: str = "*/*",
        validators: Validators = Validators(),
    ) -> Fetched:
        """The whole of what is at `url`, or that it has not changed."""
        async with self._answer(url, limits, accept, validators) as answer:
            body = None
            if answer.response.status != 304:
                body = b"".join([part async for part in answer.parts(limits.bytes)])
            return answer.fetched(body)

    @asynccontextmanager
    async def stream(
        self, url: str, limits: Limits, *, accept: str = "*/*"
    ) -> AsyncGenerator[tuple[Fetched, AsyncIterator[bytes]], None]:
        """What is at `url`, piece by piece."""
        async with self._answer(url, limits, accept, Validators()) as answer:
            yield answer.fetched(None), answer.parts(limits.bytes)

    @asynccontextmanager
    async def _answer(
        self, url: str, limits: Limits, accept: str, validators: Validators
    ) -> AsyncGenerator["_Answer", None]:
        headers = {"Accept": accept}
        if validators.etag is not None:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified is not None:
            headers["If-Modified-Since"] = validators.last_modified
        url = check_url(url)
        try:
            moved_to: str | None = None
            permanent = True
            for _ in range(MAX_REDIRECTS + 1):
                async with (
                    self._turns.of(url),
                    asyncio.timeout(limits.seconds),
                    self._request(url, headers) as response,
                ):
                    if response.status not in _REDIRECTS:
                        _check_status(response, conditional=validators != Validators())
                        yield _Answer(response, url, moved_to)
                        return
                    permanent = permanent and response.status in _PERMANENT
                    url = check_url(_target(response))
                    moved_to = url if permanent else moved_to
            raise FetchError(f"it is redirected more than {MAX_REDIRECTS} times")
        except TimeoutError as error:
            raise FetchError(f"it took more than {limits.seconds:g} seconds") from error
        except aiohttp.ClientError as error:
            raise FetchError(_reason(error)) from error
        except ConnectionError as error:
            raise FetchError("its host ended the connection") from error
        except ValueError as error:  # yarl's and aiohttp's, of odd URLs and headers
            raise FetchError(f"it cannot be asked for: {error}") from error

    @asynccontextmanager
    async def _request(
        self, url: str, headers: Mapping[str, str]
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        async with self._session.get(
            URL(url, encoded=url.isascii()),
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=15, sock_read=20),
        ) as response:
            yield response


@dataclass(frozen=True, slots=True)
class _Answer:
    response: aiohttp.ClientResponse
    url: str
    moved_to: str | None

    def fetched(self, body: bytes | None) -> Fetched:
        headers = self.response.headers
        return Fetched(
            url=self.url,
            moved_to=self.moved_to,
            body=body,
            validators=Validators(_kept(headers.get("ETag")), _kept(headers.get("Last-Modified"))),
            content_type=self.response.content_type if "Content-Type" in headers else None,
            charset=self.response.charset,
        )

    async def parts(self, limit: int) -> AsyncGenerator[bytes, None]:
        """The body, decompressed piece by piece, so that a bomb is noticed before it fills the
        memory."""
        encoding = self.response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip", "deflate"):
            raise FetchError(f"it is compressed by {encoding[:20]!r}, which was not asked for")
        length = self.response.content_length
        if length is not None and length > limit:
            raise FetchError(f"it is larger than {limit:,} bytes")
        unpack = (
            zlib.decompressobj(zlib.MAX_WBITS | 32) if encoding not in ("identity", "") else None
        )
        size = 0
        async for chunk in self.response.content.iter_chunked(_CHUNK):
            pending = chunk
            while pending:
                if unpack is None:
                    part, pending = pending, b""
                else:
                    try:
                        part = unpack.decompress(pending, _CHUNK)
                    except zlib.error as error:
                        raise FetchError("its compression is broken") from error
                    pending = unpack.unconsumed_tail
                size += len(part)
                if size > limit:
                    raise FetchError(f"it is larger than {limit:,} bytes")
                if part:
                    yield part
        if unpack is not None and not unpack.eof:
            if rest := unpack.flush():
                yield rest
            raise FetchError("it is cut off")


def _check_status(response: aiohttp.ClientResponse, *, conditional: bool) -> None:
    status = response.status
    if status == 200 or (status == 304 and conditional):
        return
    if status == 410:
        raise FetchError("its host says that it is gone for good (410)", gone=True)
    wait = _retry_after(response.headers.get("Retry-After")) if status in (429, 503) else None
    raise FetchError(f"its host answers {status}", retry_after=wait)


def _retry_after(value: str | None) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value) if value.strip().isdigit() else _until(value)
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _target(response: aiohttp.ClientResponse) -> str:
    location = response.headers.get("Location", "")
    if not location or len(location) > MAX_URL:
        raise FetchError("it is redirected to nowhere")
    try:
        return str(response.url.join(URL(location, encoded=True)))
    except ValueError as error:
        raise FetchError("it is redirected to what is not a URL") from error


def _kept(header: str | None) -> str | None:
    """A header that can be sent back as it is."""
    return header if header and len(header) <= 500 and header.isprintable() else None


def _reason(error: aiohttp.ClientError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return f"it is refused: {cause}"
        cause = getattr(cause, "os_error", None) or cause.__cause__
    if "is not an address of the public internet" in str(error):  # each of several addresses
        return "it is refused: its name leads to no address of the public internet"
    if isinstance(error, aiohttp.InvalidURL):
        return "this is not a URL"
    if isinstance(error, aiohttp.ClientSSLError):
        return "its host has no good certificate, or does not speak TLS"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its host is not known"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno
        return "its host cannot be reached" + (f": {os.strerror(number).lower()}" if number else "")
    if isinstance(error, aiohttp.ServerTimeoutError):
        return "its host does not answer in time"
    return f"its host answers with what is not HTTP: {type(error).__name__}"
