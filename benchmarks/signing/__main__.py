"""Signs the same 40 keys, as a search page does, with our signer and with botocore, in turns.

Prints the median and the best of the rounds, for one URL and for a page of 40. The URLs are
compared first: a faster signer of other URLs would mean nothing.
"""

import hashlib
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import botocore
import botocore.auth
from botocore.config import Config
from botocore.session import get_session
from rich.console import Console
from rich.table import Table

from storage.credentials import Credentials
from storage.keys import audio_key
from storage.signer import UrlSigner

ROUNDS = 60
URLS_PER_PAGE = 40
CREDENTIALS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
ENDPOINT_URL, REGION, BUCKET = "https://s3.eu-west-1.amazonaws.com", "eu-west-1", "music"
EXPIRES = 4500


def make_signer() -> UrlSigner:
    return UrlSigner(
        public_endpoint_url=ENDPOINT_URL,
        region=REGION,
        bucket=BUCKET,
        addressing_style="virtual",
        credentials=lambda: CREDENTIALS,
        ttl_seconds=EXPIRES - 900,
        window_seconds=900,
    )


def make_client() -> Any:
    return get_session().create_client(
        "s3",
        region_name=REGION,
        endpoint_url=ENDPOINT_URL,
        aws_access_key_id=CREDENTIALS.access_key_id,
        aws_secret_access_key=CREDENTIALS.secret_access_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )


def presign(client: Any, key: str) -> str:
    url: str = client.generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": key}, ExpiresIn=EXPIRES
    )
    return url


def main() -> None:
    keys = [audio_key(hashlib.sha256(b"%d" % n).digest(), "mp3") for n in range(URLS_PER_PAGE)]
    client, warm = make_client(), make_signer()
    now = time.time()
    for key in keys:
        assert_identical(client, warm, key, now)

    def sign_page(signer: UrlSigner) -> None:
        signer.sign_all(keys, now=now)

    def presign_page() -> None:
        for key in keys:
            presign(client, key)

    pages: dict[str, Callable[[], None]] = {
        "Tonearm": lambda: sign_page(warm),
        "Tonearm, first page": lambda: sign_page(make_signer()),
        f"botocore {botocore.__version__}": presign_page,
    }
    took: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(ROUNDS):
        for name, page in pages.items():
            start = time.perf_counter()
            page()
            took[name].append(time.perf_counter() - start)
    report(took)


def assert_identical(client: Any, signer: UrlSigner, key: str, now: float) -> None:
    url = signer.sign(key, now=now).url
    stamp = parse_qs(urlsplit(url).query)["X-Amz-Date"][0]
    moment = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).replace(tzinfo=None)
    with patch.object(botocore.auth, "get_current_datetime", lambda: moment):
        if url != presign(client, key):
            raise SystemExit(f"Not botocore's URL: {url}")


def report(took: dict[str, list[float]]) -> None:
    table = Table(title=f"Signing URLs, Python {platform.python_version()}, {ROUNDS} rounds")
    table.add_column("signer")
    for heading in ("µs per URL, median", "µs per URL, best", f"ms per {URLS_PER_PAGE} URLs"):
        table.add_column(heading, justify="right")
    table.add_column("ratio", justify="right")
    reference = statistics.median(next(iter(took.values())))
    for name, seconds in took.items():
        median = statistics.median(seconds)
        table.add_row(
            name,
            f"{median / URLS_PER_PAGE * 1e6:.1f}",
            f"{min(seconds) / URLS_PER_PAGE * 1e6:.1f}",
            f"{median * 1e3:.2f}",
            f"{median / reference:.1f}",
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
