"""How a bucket is addressed: by path (`host/bucket/key`) or as a host (`bucket.host/key`)."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

AddressingStyle: TypeAlias = Literal["path", "virtual"]

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """`base_url` and `base_path` end where the key's slash begins; `host` is the Host header."""

    base_url: str
    base_path: str
    host: str
    origin: str


def bucket_address(
    endpoint_url: str, bucket: str, addressing_style: AddressingStyle
) -> BucketAddress:
    """Raises `ValueError` when the endpoint is not an origin, or cannot carry the bucket."""
    parts = urlsplit(endpoint_url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"An S3 endpoint is http(s)://host[:port], not {endpoint_url!r}")
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("An S3 endpoint has no user, path or query: the signature covers the path")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"Not a name of a bucket: {bucket!r}")
    if addressing_style == "virtual" and ("." in bucket or _is_address(parts.hostname)):
        raise ValueError(
            "Virtual-hosted style needs an endpoint with a name and a bucket without dots"
        )
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    prefix = f"{bucket}." if addressing_style == "virtual" else ""
    path = "" if addressing_style == "virtual" else f"/{bucket}"
    port = "" if parts.port is None else f":{parts.port}"
    # Browsers, like botocore, leave the default port out of Host and Origin.
    sent_port = "" if parts.port == _DEFAULT_PORTS[parts.scheme] else port
    return BucketAddress(
        base_url=f"{parts.scheme}://{prefix}{name}{port}{path}",
        base_path=path,
        host=f"{prefix}{name}{sent_port}",
        origin=f"{parts.scheme}://{prefix}{name}{sent_port}",
    )


def public_origin(endpoint_url: str, bucket: str, addressing_style: AddressingStyle) -> str:
    """The origin of the bucket's URLs, `scheme://host[:port]`, for `Content-Security-Policy`."""
    return bucket_address(endpoint_url, bucket, addressing_style).origin


def _is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True
