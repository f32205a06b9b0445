"""URLs that open an object for a while: AWS Signature Version 4 in the query string.

Made without I/O in microseconds, byte for byte what botocore's `generate_presigned_url` makes.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from string import ascii_letters, digits
from time import gmtime, strftime
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote
from zlib import crc32

from storage.credentials import Credentials, CurrentCredentials
from storage.endpoints import AddressingStyle, bucket_address
from storage.errors import CredentialsExpired

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_EXPIRES_SECONDS: Final = 604_800
"""The longest that Signature Version 4 allows: a week."""

REFRESH_MARGIN_SECONDS: Final = 300
"""How long before its end a URL should be replaced, half the TTL where that is shorter."""

STAGGERS: Final = 64
"""Windows begin at that many different moments, by key."""

_PLAIN: Final = f"{ascii_letters}{digits}/._~-".encode()
"""What needs no escape in a path."""


class SignedUrl(NamedTuple):
    """Times are epoch seconds. From `refresh_after` on, signing gives a URL that lasts longer."""

    url: str
    expires_at: int
    refresh_after: int


class UrlSigner:
    """Signs GET, whole or by range, of the bucket's objects for the host that browsers know.

    The signing instant is floored to a window of `window_seconds`, so that within a window
    everybody gets the same URL and caches hit; windows are staggered by key, so that not all
    URLs change at once. A URL is good for `ttl_seconds` at least and `ttl_seconds +
    window_seconds` at most, but never longer than its credentials.

    May be shared by tasks and threads. Raises `ValueError` for an endpoint, a bucket or times
    that cannot be signed for.
    """

    def __init__(
        self,
        *,
        public_endpoint_url: str,
        region: str,
        bucket: str,
        addressing_style: AddressingStyle,
        credentials: CurrentCredentials,
        ttl_seconds: int = 3600,
        window_seconds: int = 900,
    ) -> None:
        if ttl_seconds < 1 or window_seconds < 1:
            raise ValueError("The TTL and the window are a second or more")
        if ttl_seconds + window_seconds > MAX_EXPIRES_SECONDS:
            raise ValueError("The TTL and the window exceed a week, the most that S3 allows")
        address = bucket_address(public_endpoint_url, bucket, addressing_style)
        self.origin: Final = address.origin
        """The origin of the URLs, for `Content-Security-Policy`."""
        self._base_url = address.base_url
        # A copy of a hash that has begun costs half of a new one.
        self._request = sha256(f"GET\n{address.base_path}/".encode())
        self._host = address.host
        self._region = region
        self._credentials = credentials
        self._window = window_seconds
        self._expires = ttl_seconds + window_seconds
        self._margin = min(REFRESH_MARGIN_SECONDS, ttl_seconds // 2)
        self._cache = _Cache(None, {}, {})
        self.signed = 0
        """URLs signed so far."""

    def sign(
        self,
        key: str,
        *,
        now: float,
        content_type: str | None = None,
        content_disposition: str | None = None,
    ) -> SignedUrl:
        """The URL of the object at `now`, in epoch seconds.

        `content_type` and `content_disposition` override those of the object in the answer.
        Raises `CredentialsExpired`, and `ValueError` for an empty key.
        """
        overrides = ""
        if content_disposition is not None:
            overrides = f"response-content-disposition={quote(content_disposition, safe='-._~')}"
        if content_type is not None:
            separator = "&" if overrides else ""
            overrides += f"{separator}response-content-type={quote(content_type, safe='-._~')}"
        return self._sign(self._valid_credentials(now), key, now, overrides)

    def sign_all(self, keys: Iterable[str], *, now: float) -> list[SignedUrl]:
        """The URLs of objects, as `sign` gives them without overrides."""
        credentials = self._valid_credentials(now)
        return [self._sign(credentials, key, now, "") for key in keys]

    def urls(self, keys: Iterable[str], *, now: float) -> list[str]:
        """As `sign_all`, without the times: what is asked for most, on pages of many files."""
        credentials = self._valid_credentials(now)
        base_url, begun, cache = self._base_url, self._request, self._cache
        known = cache.terms if cache.credentials is credentials else {}
        urls: list[str] = []
        for key in keys:
            encoded = key.encode()
            if not encoded or encoded.translate(None, _PLAIN):
                urls.append(self._sign(credentials, key, now, "").url)
                continue
            terms = known.get(crc32(encoded) % STAGGERS)
            if terms is None or not terms.begins_at <= now < terms.ends_at:
                terms = self._terms(credentials, encoded, now)
            request, inner, outer = begun.copy(), terms.inner.copy(), terms.outer.copy()
            request.update(b"%b\n%b" % (encoded, terms.canonical_rest))
            inner.update(request.hexdigest().encode())
            outer.update(inner.digest())
            urls.append(f"{base_url}/{key}?{terms.query}{outer.hexdigest()}")
            self.signed += 1
        return urls

    def _valid_credentials(self, now: float) -> Credentials:
        credentials = self._credentials()
        if credentials.expires_at is not None and credentials.expires_at <= now:
            raise CredentialsExpired
        return credentials

    def _sign(self, credentials: Credentials, key: str, now: float, overrides: str) -> SignedUrl:
        if not key:
            raise ValueError("An object's key is not empty")
        encoded = key.encode()
        if encoded.translate(None, _PLAIN):
            path = quote(key, safe="/-._~")
            encoded = path.encode()
        else:
            path = key
        terms = self._terms(credentials, encoded, now)
        request = self._request.copy()
        if overrides:
            request.update(
                f"{path}\n{terms.canonical_query}&{overrides}{terms.canonical_end}".encode()
            )
            overrides += "&"
        else:
            request.update(b"%b\n%b" % (encoded, terms.canonical_rest))
        inner, outer = terms.inner.copy(), terms.outer.copy()
        inner.update(request.hexdigest().encode())
        outer.update(inner.digest())
        self.signed += 1
        return SignedUrl(
            f"{self._base_url}/{path}?{overrides}{terms.query}{outer.hexdigest()}",
            terms.expires_at,
            terms.refresh_after,
        )

    def _terms(self, credentials: Credentials, key: bytes, now: float) -> "_Terms":
        """The terms of the window that `now` lies in for a key."""
        cache = self._cache
        if cache.credentials is not credentials:
            # Replaced as a whole: another thread keeps the one that it began with.
            cache = self._cache = _Cache(credentials, {}, {})
        stagger = crc32(key) % STAGGERS
        terms = cache.terms.get(stagger)
        if terms is None or not terms.begins_at <= now < terms.ends_at:
            begin = stagger * self._window // STAGGERS
            instant = int(now - begin) // self._window * self._window + begin
            terms = cache.terms[stagger] = self._make_terms(credentials, instant, cache)
        return terms

    def _make_terms(self, credentials: Credentials, instant: int, cache: "_Cache") -> "_Terms":
        stamp = strftime("%Y%m%dT%H%M%SZ", gmtime(instant))
        day = stamp[:8]
        signing_key = cache.signing_keys.get(day)
        if signing_key is None:
            cache.signing_keys.clear()  # of a day that is over
            signing_key = _SigningKey(credentials.secret_access_key, day, self._region)
            cache.signing_keys[day] = signing_key
        scope = f"{day}/{self._region}/s3/aws4_request"
        end = instant + self._expires
        if credentials.expires_at is not None:
            end = min(end, credentials.expires_at)
        credential = quote(f"{credentials.access_key_id}/{scope}", safe="-._~")
        head = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}"
            f"&X-Amz-Date={stamp}&X-Amz-Expires={end - instant}"
        )
        token = ""
        if credentials.session_token is not None:
            token = f"&X-Amz-Security-Token={quote(credentials.session_token, safe='-._~')}"
        # Canonical order is alphabetical; botocore puts the token last in the URL.
        canonical_query = f"{head}{token}&X-Amz-SignedHeaders=host"
        canonical_end = f"\nhost:{self._host}\n\nhost\nUNSIGNED-PAYLOAD"
        inner = signing_key.inner.copy()
        inner.update(f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n".encode())
        return _Terms(
            canonical_query=canonical_query,
            canonical_end=canonical_end,
            canonical_rest=f"{canonical_query}{canonical_end}".encode(),
            query=f"{head}&X-Amz-SignedHeaders=host{token}&X-Amz-Signature=",
            inner=inner,
            outer=signing_key.outer,
            begins_at=instant,
            ends_at=instant + self._window,
            expires_at=end,
            refresh_after=end - self._margin,
        )


class _Terms(NamedTuple):
    """All of a URL signed at one instant that does not depend on the object.

    `inner` and `outer` are HMAC's two hashes as far as they are the same for every object.
    """

    canonical_query: str
    canonical_end: str
    canonical_rest: bytes
    query: str
    inner: "_Hash"
    outer: "_Hash"
    begins_at: int
    ends_at: int
    expires_at: int
    refresh_after: int


class _Cache(NamedTuple):
    """Terms by stagger and signing keys by day, of one set of credentials."""

    credentials: Credentials | None
    terms: dict[int, _Terms]
    signing_keys: dict[str, "_SigningKey"]


class _SigningKey:
    """A day's key, with HMAC's two paddings (RFC 2104) already hashed: twice the speed of `hmac`.

    The key is a sha256, shorter than a block, so it is padded with zeros.
    """

    __slots__ = ("inner", "outer")

    def __init__(self, secret_access_key: str, day: str, region: str) -> None:
        key = f"AWS4{secret_access_key}".encode()
        for part in (day, region, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        block = key.ljust(64, b"\0")
        self.inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self.outer = sha256(bytes(byte ^ 0x5C for byte in block))
