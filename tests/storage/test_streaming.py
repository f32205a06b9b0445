"""Signed URLs, played from the real server as a browser would."""

import hashlib
import time
from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio

from app.demo import BUCKET_ORIGINS
from storage.credentials import Credentials
from storage.keys import IMMUTABLE, audio_key
from storage.objects import Objects
from storage.signer import UrlSigner
from tests.conftest import S3
from tests.storage.conftest import decode


@pytest.fixture
def signer(s3: S3, bucket: str) -> UrlSigner:
    credentials = Credentials(s3.access_key_id, s3.secret_access_key)
    return UrlSigner(
        public_endpoint_url=s3.endpoint_url,
        region=s3.region,
        bucket=bucket,
        addressing_style="path",
        credentials=lambda: credentials,
    )


@pytest_asyncio.fixture(scope="session")
async def key(objects: Objects, mp3: bytes) -> str:
    """The MP3, stored."""
    digest = hashlib.sha256(mp3).digest()
    key = audio_key(digest, "mp3")
    await objects.put(key, mp3, content_type="audio/mpeg", sha256=digest)
    return key


@pytest_asyncio.fixture
async def browser() -> AsyncGenerator[httpx.AsyncClient, None]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def test_the_whole_song_plays(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str, mp3: bytes
) -> None:
    answer = await browser.get(signer.sign(key, now=time.time()).url)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Cache-Control"] == IMMUTABLE
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content == mp3
    decode(answer.content)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-1", 0, 1), ("bytes=1000-1999", 1000, 1999), ("bytes=1000-", 1000, -1)],
)
async def test_a_range_of_the_song(
    browser: httpx.AsyncClient,
    signer: UrlSigner,
    key: str,
    mp3: bytes,
    asked: str,
    first: int,
    last: int,
) -> None:
    last %= len(mp3)
    url = signer.sign(key, now=time.time()).url
    answer = await browser.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(mp3)}"
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.content == mp3[first : last + 1]


async def test_a_range_beyond_the_song(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str
) -> None:
    url = signer.sign(key, now=time.time()).url
    answer = await browser.get(url, headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416


async def test_a_cached_song_is_not_sent_again(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str
) -> None:
    url = signer.sign(key, now=time.time()).url
    etag = (await browser.get(url)).headers["ETag"]
    answer = await browser.get(url, headers={"If-None-Match": etag})
    assert answer.status_code == 304


async def test_overrides_name_the_download(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str
) -> None:
    disposition = "attachment; filename*=UTF-8''%C3%89t%C3%A9%20+%25.mp3"
    signed = signer.sign(
        key,
        now=time.time(),
        content_type="application/octet-stream",
        content_disposition=disposition,
    )
    answer = await browser.get(signed.url)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["Ünï/cødé 音楽 🎵.mp3", "a b+c%2Fd&e=f?g#h.mp3", "..x/.y~'(!*)"])
async def test_any_key_can_be_fetched(
    browser: httpx.AsyncClient, signer: UrlSigner, objects: Objects, prefix: str, name: str
) -> None:
    key = f"{prefix}/{name}"
    await objects.put(key, name.encode(), content_type="audio/mpeg")
    answer = await browser.get(signer.sign(key, now=time.time()).url)
    assert (answer.status_code, answer.content) == (200, name.encode())


async def test_a_url_ends(browser: httpx.AsyncClient, signer: UrlSigner, key: str) -> None:
    past = signer.sign(key, now=time.time() - 3600 - 900)
    assert past.expires_at <= time.time()
    assert (await browser.get(past.url)).status_code == 403


async def test_a_tampered_url_opens_nothing(
    browser: httpx.AsyncClient, signer: UrlSigner, objects: Objects, key: str, prefix: str
) -> None:
    await objects.put(f"{prefix}/other", b"other", content_type="audio/mpeg")
    url = signer.sign(key, now=time.time()).url
    flipped = url[:-1] + ("0" if url[-1] != "0" else "1")
    tampered = {
        "signature": flipped,
        "no signature": url.partition("&X-Amz-Signature=")[0],
        "bare": url.partition("?")[0],
        "expiry": url.replace("X-Amz-Expires=4500", "X-Amz-Expires=604800"),
        "another object": url.replace(key, f"{prefix}/other"),
        "override": url + "&response-content-type=text%2Fhtml",
        "credential": url.replace("X-Amz-Credential=", "X-Amz-Credential=x"),
    }
    statuses = {name: (await browser.get(bad)).status_code for name, bad in tampered.items()}
    assert statuses.pop("no signature") in (400, 403)
    assert set(statuses.values()) == {403}, statuses
    assert (await browser.get(url)).status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "PUT", "POST", "DELETE", "PATCH"])
async def test_a_url_is_for_reading_alone(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str, method: str, mp3: bytes
) -> None:
    url = signer.sign(key, now=time.time()).url
    answer = await browser.request(method, url, content=b"x")
    # What is no method of S3's on an object is refused before its signature is looked at.
    assert answer.status_code in ((400, 405) if method in ("POST", "PATCH") else (403,))
    assert (await browser.get(url)).content == mp3


@pytest.mark.parametrize(
    "parameter",
    ["acl", "tagging", "uploads", "policy", "versionId=1", "partNumber=1", "list-type=2", "x=1"],
)
async def test_no_parameter_is_added_to_a_url(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str, parameter: str
) -> None:
    url = signer.sign(key, now=time.time()).url
    for tampered in (f"{url}&{parameter}", url.replace("?", f"?{parameter}&")):
        assert (await browser.get(tampered)).status_code == 403


@pytest.mark.parametrize("other", ["", "/../", "//", "/.", "%2F", "/audio/", "?list-type=2&"])
async def test_a_url_opens_no_other_place(
    browser: httpx.AsyncClient, signer: UrlSigner, key: str, other: str
) -> None:
    signed = signer.sign(key, now=time.time()).url
    bucket_url, query = signed.split(f"/{key}?")
    separator = "" if "?" in other else "?"
    answer = await browser.get(f"{bucket_url}{other}{separator}{query}")
    assert answer.status_code in (400, 403, 404)
    assert b"ListBucket" not in answer.content


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", "/{bucket}/{key}"),
        ("HEAD", "/{bucket}/{key}"),
        ("PUT", "/{bucket}/{key}"),
        ("DELETE", "/{bucket}/{key}"),
        ("GET", "/{bucket}/{key}?acl"),
        ("GET", "/{bucket}"),
        ("GET", "/{bucket}?list-type=2"),
        ("GET", "/{bucket}?uploads"),
        ("GET", "/{bucket}?policy"),
        ("PUT", "/{bucket}?acl"),
        ("DELETE", "/{bucket}"),
        ("PUT", "/another-bucket"),
        ("GET", "/"),
    ],
)
async def test_the_bucket_is_private(
    browser: httpx.AsyncClient,
    objects: Objects,
    s3: S3,
    bucket: str,
    key: str,
    mp3: bytes,
    method: str,
    place: str,
) -> None:
    url = s3.endpoint_url + place.format(bucket=bucket, key=key)
    for headers in ({}, {"Authorization": "AWS4-HMAC-SHA256 Credential=x"}):
        answer = await browser.request(method, url, headers=headers)
        assert answer.status_code in (400, 403), answer.text
    assert await objects.get(key) == mp3


async def test_pages_of_our_origin_may_read_and_seek_and_put_what_they_have_a_url_for(
    browser: httpx.AsyncClient, signer: UrlSigner, objects: Objects, key: str
) -> None:
    await objects.set_cors(["https://music.example.com"])
    url = signer.sign(key, now=time.time()).url
    ours, theirs = "https://music.example.com", "https://evil.example.com"

    preflight = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    answer = await browser.options(url, headers={"Origin": ours, **preflight})
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ours
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "range" in answer.headers["Access-Control-Allow-Headers"].lower()
    answer = await browser.options(url, headers={"Origin": theirs, **preflight})
    assert "Access-Control-Allow-Origin" not in answer.headers
    put = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-amz-checksum-sha256",
    }
    answer = await browser.options(url, headers={"Origin": ours, **put})
    assert answer.headers["Access-Control-Allow-Origin"] == ours
    answer = await browser.options(url, headers={"Origin": theirs, **put})
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer = await browser.options(
        url, headers={"Origin": ours, "Access-Control-Request-Method": "DELETE"}
    )
    assert "DELETE" not in answer.headers.get("Access-Control-Allow-Methods", "")
    assert (await browser.put(url, content=b"x", headers={"Origin": ours})).status_code == 403

    answer = await browser.get(url, headers={"Origin": ours, "Range": "bytes=0-9"})
    assert answer.status_code == 206
    assert answer.headers["Access-Control-Allow-Origin"] == ours
    exposed = answer.headers["Access-Control-Expose-Headers"].lower()
    for name in ("content-range", "content-length", "accept-ranges", "etag"):
        assert name in exposed
    answer = await browser.get(url, headers={"Origin": theirs})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_pages_of_every_local_port_may_read_in_the_demo(
    browser: httpx.AsyncClient, signer: UrlSigner, objects: Objects, key: str
) -> None:
    await objects.set_cors(BUCKET_ORIGINS)
    url = signer.sign(key, now=time.time()).url
    for origin in ("http://localhost:5173", "http://127.0.0.1:3000"):
        answer = await browser.get(url, headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
