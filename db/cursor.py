"""Opaque cursors: the place in an order, as a client carries it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import orjson

from db.errors import InvalidCursor

MAX_LENGTH: Final = 2_000
"""A cursor longer than this many characters is none of ours."""

INT2: Final = range(-(2**15), 2**15)
INT4: Final = range(-(2**31), 2**31)
INT8: Final = range(-(2**63), 2**63)
"""What PostgreSQL's integer types hold."""

MICROSECONDS: Final = range(253_402_300_800_000_000)
"""Times in cursors: microseconds from 1970 to the end of the year 9999."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Key = int | str


def to_microseconds(time: datetime) -> int:
    """PostgreSQL's and Python's precision, without loss."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def encode_cursor(order: str, *key: Key) -> str:
    """A cursor for the row at `key` in the order named `order`."""
    return urlsafe_b64encode(orjson.dumps([order, *key])).decode().rstrip("=")


def is_cursor(cursor: str, order: str) -> bool:
    """Whether a cursor says that it is of the order named `order`."""
    return cursor.startswith(encode_cursor(order)[: len(order)])


def decode_cursor(cursor: str, order: str, *columns: range | type[str]) -> list[Any]:
    """The key of a cursor of the order named `order`; raises `InvalidCursor`.

    `columns` tells what each part of the key must be: an integer in a range, or a string.
    """
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursor
    try:
        decoded: object = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (Base64Error, ValueError) as error:
        raise InvalidCursor from error
    if not isinstance(decoded, list):
        raise InvalidCursor
    named, *key = cast("list[Key]", decoded) or [""]
    if named != order or len(key) != len(columns):
        raise InvalidCursor
    for value, column in zip(key, columns, strict=True):
        if isinstance(column, range):
            if type(value) is not int or value not in column:
                raise InvalidCursor
        elif not isinstance(value, column) or "\0" in value:
            raise InvalidCursor
    return key
