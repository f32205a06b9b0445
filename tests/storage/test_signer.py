"""The signer against botocore, of the version in the lock file."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import botocore.auth
import pytest
from botocore.config import Config
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.credentials import Credentials
from storage.endpoints import AddressingStyle
from storage.errors import CredentialsExpired
from storage.signer import SignedUrl, UrlSigner

NOW = 1_800_000_000
CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
KEY = "audio/ab/cd/abcdef.mp3"
SESSION = get_session()


def make_signer(
    *,
    public_endpoint_url: str = "https://s3.example.com",
    region: str = "eu-west-1",
    bucket: str = "music",
    addressing_style: AddressingStyle = "path",
    credentials: Credentials = CREDENTIALS,
    ttl_seconds: int = 3600,
    window_seconds: int = 900,
) -> UrlSigner:
    return UrlSigner(
        public_endpoint_url=public_endpoint_url,
        region=region,
        bucket=bucket,
        addressing_style=addressing_style,
        credentials=lambda: credentials,
        ttl_seconds=ttl_seconds,
        window_seconds=window_seconds,
    )


def botocore_url(
    *,
    endpoint_url: str,
    region: str,
    bucket: str,
    addressing_style: AddressingStyle,
    credentials: Credentials,
    key: str,
    instant: int,
    expires: int,
    content_type: str | None,
    content_disposition: str | None,
) -> str:
    client = SESSION.create_client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        config=Config(signature_version="s3v4", s3={"addressing_style": addressing_style}),
    )
    params = {"Bucket": bucket, "Key": key}
    if content_disposition is not None:
        params["ResponseContentDisposition"] = content_disposition
    if content_type is not None:
        params["ResponseContentType"] = content_type
    moment = datetime.fromtimestamp(instant, UTC).replace(tzinfo=None)
    with patch.object(botocore.auth, "get_current_datetime", lambda: moment):
        url: str = client.generate_presigned_url(  # type: ignore[attr-defined]
            "get_object", Params=params, ExpiresIn=expires
        )
    return url


def instant_of(signed: SignedUrl) -> int:
    stamp = parse_qs(urlsplit(signed.url).query)["X-Amz-Date"][0]
    return int(datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=40)
keys = st.one_of(
    texts,
    st.text("ab/. +%é音🎵~_-&=?#'()*\"\\", min_size=1, max_size=60),
    st.just(KEY),
)
header_values = st.one_of(st.none(), st.text(" a/;=\"'%+é音", max_size=30))
tokens = st.one_of(st.none(), st.text("aB3/+=%", min_size=1, max_size=60))
hosts = st.sampled_from(["s3.example.com", "localhost", "s3.eu-west-1.amazonaws.com"])
ports = st.sampled_from(["", ":80", ":443", ":9000", ":65535"])


@settings(max_examples=200, deadline=None)
@given(
    scheme=st.sampled_from(["http", "https"]),
    host=hosts,
    port=ports,
    region=st.sampled_from(["us-east-1", "eu-west-1", "cn-north-1"]),
    style=st.sampled_from(["path", "virtual"]),
    bucket=st.sampled_from(["music", "my-music-2"]),
    access_key_id=st.text("AZ09/+ ", min_size=1, max_size=20).filter(str.strip),
    token=tokens,
    key=keys,
    content_type=header_values,
    content_disposition=header_values,
    now=st.integers(1_000_000_000, 4_000_000_000),
    ttl=st.integers(1, 500_000),
    window=st.integers(1, 100_000),
)
def test_urls_are_those_of_botocore_to_the_byte(
    scheme: str,
    host: str,
    port: str,
    region: str,
    style: AddressingStyle,
    bucket: str,
    access_key_id: str,
    token: str | None,
    key: str,
    content_type: str | None,
    content_disposition: str | None,
    now: int,
    ttl: int,
    window: int,
) -> None:
    credentials = Credentials(access_key_id, "s3cr3t/+", token)
    signed = make_signer(
        public_endpoint_url=f"{scheme}://{host}{port}",
        region=region,
        bucket=bucket,
        addressing_style=style,
        credentials=credentials,
        ttl_seconds=ttl,
        window_seconds=window,
    ).sign(key, now=now, content_type=content_type, content_disposition=content_disposition)
    assert signed.url == botocore_url(
        endpoint_url=f"{scheme}://{host}{port}",
        region=region,
        bucket=bucket,
        addressing_style=style,
        credentials=credentials,
        key=key,
        instant=instant_of(signed),
        expires=ttl + window,
        content_type=content_type,
        content_disposition=content_disposition,
    )


@pytest.mark.parametrize("endpoint_url", ["http://127.0.0.1:9000", "http://[::1]:9000"])
def test_an_address_as_host_signs_as_botocore_does(endpoint_url: str) -> None:
    signed = make_signer(public_endpoint_url=endpoint_url).sign(KEY, now=NOW)
    assert signed.url == botocore_url(
        endpoint_url=endpoint_url,
        region="eu-west-1",
        bucket="music",
        addressing_style="path",
        credentials=CREDENTIALS,
        key=KEY,
        instant=instant_of(signed),
        expires=4500,
        content_type=None,
        content_disposition=None,
    )


@given(key=keys, now=st.floats(1_000_000_000, 4_000_000_000), later=st.floats(0, 900))
def test_a_url_is_the_same_within_its_window_and_another_after(
    key: str, now: float, later: float
) -> None:
    signer = make_signer(window_seconds=900)
    first = signer.sign(key, now=now)
    start = instant_of(first)
    assert start <= now < start + 900
    again = signer.sign(key, now=now + later)
    assert (again == first) == (now + later < start + 900)
    assert make_signer(window_seconds=900).sign(key, now=now) == first


@given(now=st.floats(1_000_000_000, 4_000_000_000), ttl=st.integers(1, 100_000))
def test_a_url_lasts_for_the_ttl_and_is_replaced_before_it_ends(now: float, ttl: int) -> None:
    signer = make_signer(ttl_seconds=ttl, window_seconds=900)
    signed = signer.sign(KEY, now=now)
    query = parse_qs(urlsplit(signed.url).query)
    assert instant_of(signed) + int(query["X-Amz-Expires"][0]) == signed.expires_at
    assert now + ttl <= signed.expires_at <= now + ttl + 900
    assert now < signed.refresh_after <= signed.expires_at
    assert signer.sign(KEY, now=signed.refresh_after).expires_at > signed.expires_at


def test_windows_of_different_keys_end_at_different_times() -> None:
    signer = make_signer(window_seconds=900)
    instants = {instant_of(signer.sign(f"audio/{n}.mp3", now=NOW)) for n in range(200)}
    assert len(instants) > 40


@given(remaining=st.integers(1, 10_000))
def test_a_url_never_outlives_its_credentials(remaining: int) -> None:
    credentials = Credentials("AKID", "secret", "token", expires_at=NOW + remaining)
    signed = make_signer(credentials=credentials).sign(KEY, now=NOW)
    query = parse_qs(urlsplit(signed.url).query)
    assert instant_of(signed) + int(query["X-Amz-Expires"][0]) == signed.expires_at
    assert signed.expires_at == min(instant_of(signed) + 4500, NOW + remaining)


def test_expired_credentials_sign_nothing() -> None:
    credentials = Credentials("AKID", "secret", "token", expires_at=NOW)
    with pytest.raises(CredentialsExpired):
        make_signer(credentials=credentials).sign(KEY, now=NOW)


def test_renewed_credentials_sign_the_next_url() -> None:
    current = [Credentials("OLD", "secret")]
    signer = UrlSigner(
        public_endpoint_url="https://s3.example.com",
        region="eu-west-1",
        bucket="music",
        addressing_style="path",
        credentials=lambda: current[0],
    )
    assert "Credential=OLD%2F" in signer.sign(KEY, now=NOW).url
    current[0] = Credentials("NEW", "secret")
    assert "Credential=NEW%2F" in signer.sign(KEY, now=NOW).url


def test_threads_that_share_a_signer_get_the_urls_that_one_gets() -> None:
    pairs = [Credentials("A", "a"), Credentials("B", "b")]
    turn = [0]
    shared = UrlSigner(
        public_endpoint_url="https://s3.example.com",
        region="eu-west-1",
        bucket="music",
        addressing_style="path",
        credentials=lambda: pairs[turn[0] % 2],
        window_seconds=2,
    )
    expected = {
        n: {
            make_signer(credentials=pair, window_seconds=2).sign(KEY, now=NOW + n).url
            for pair in pairs
        }
        for n in range(300)
    }
    wrong: list[str] = []

    def sign() -> None:
        for n in range(2000):
            turn[0] += 1
            url = shared.sign(KEY, now=NOW + n % 300).url
            if url not in expected[n % 300]:
                wrong.append(url)

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_secrets_do_not_show_in_a_repr() -> None:
    shown = repr(Credentials("AKID", "hidden-secret", "hidden-token"))
    assert "hidden" not in shown


@pytest.mark.parametrize(
    ("ttl_seconds", "window_seconds"), [(0, 900), (3600, 0), (604_800, 1), (1, 604_800)]
)
def test_times_that_s3_would_refuse_are_refused(ttl_seconds: int, window_seconds: int) -> None:
    with pytest.raises(ValueError, match="TTL"):
        make_signer(ttl_seconds=ttl_seconds, window_seconds=window_seconds)


@pytest.mark.parametrize("now", [NOW, NOW + 0.5, NOW + 449, NOW + 900, NOW + 86_400, NOW - 86_400])
def test_urls_of_many_keys_are_those_of_each(now: float) -> None:
    signer, keys = (
        make_signer(),
        [KEY, "a b+c%.mp3", "ü/世.flac", *(f"{n}.ogg" for n in range(200))],
    )
    signer.urls(keys, now=NOW - 5)
    assert signer.urls(keys, now=now) == [make_signer().sign(key, now=now).url for key in keys]


def test_urls_of_many_keys_change_with_the_credentials() -> None:
    current = [Credentials("OLD", "secret")]
    signer = UrlSigner(
        public_endpoint_url="https://s3.example.com",
        region="eu-west-1",
        bucket="music",
        addressing_style="path",
        credentials=lambda: current[0],
    )
    signer.urls([KEY], now=NOW)
    current[0] = Credentials("NEW", "secret")
    assert signer.urls([KEY], now=NOW) == [signer.sign(KEY, now=NOW).url]
    assert "Credential=NEW%2F" in signer.urls([KEY], now=NOW)[0]
    current[0] = Credentials("NEW", "secret", expires_at=NOW - 1)
    with pytest.raises(CredentialsExpired):
        signer.urls([KEY], now=NOW)


@pytest.mark.parametrize("sign", [UrlSigner.sign_all, UrlSigner.urls])
def test_an_empty_key_among_others_is_refused(sign: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="key"):
        sign(make_signer(), [KEY, ""], now=NOW)


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        make_signer().sign("", now=NOW)
