"""Opaque cursors: the place in an order, as a client carries it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Final

import orjson

from db.errors import InvalidCursor

MAX_LENGTH: Final = 2_000
"""A cursor longer than this many characters is none of ours."""

Key = int | str


def encode_cursor(order: str, *key: Key) -> str:
    """A cursor for the row at `key` in the order named `order`."""
    return urlsafe_b64encode(orjson.dumps([order, *key])).decode().rstrip("=")


def decode_cursor(cursor: str, order: str, *types: type[Key]) -> list[Key]:
    """The key of a cursor of the order named `order`. Raises `InvalidCursor`.

    An int is one that PostgreSQL's bigint holds.
    """
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursor
    try:
        decoded = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Base64Error, ValueError) as error:
        raise InvalidCursor from error
    if not isinstance(decoded, list) or len(decoded) != len(types) + 1 or decoded[0] != order:
        raise InvalidCursor
    key: list[Key] = decoded[1:]
    for value, wanted in zip(key, types, strict=True):
        if type(value) is not wanted:
            raise InvalidCursor
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise InvalidCursor
    return key
