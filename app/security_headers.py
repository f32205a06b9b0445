"""Headers that every answer has, errors too: a browser is to make nothing of it but what it says.

Pages say more (app/pages.py); what they say themselves stays.
"""

from collections.abc import Iterable
from typing import Final

Headers = tuple[tuple[bytes, bytes], ...]

SECURITY_HEADERS: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # What is no page loads nothing and stands in no frame, whatever a browser takes it for.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


def security_headers(hsts_seconds: int) -> Headers:
    """Those of every answer; with `hsts_seconds`, browsers come by HTTPS alone for so long."""
    if hsts_seconds == 0:
        return SECURITY_HEADERS
    return (*SECURITY_HEADERS, (b"strict-transport-security", b"max-age=%d" % hsts_seconds))


def missing(headers: Headers, given: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Those of `headers` that an answer does not give itself."""
    names = {name.lower() for name, _ in given}
    return tuple(header for header in headers if header[0] not in names)
