"""Records straight from asyncpg: a row of a statement, read by attribute.

asyncpg makes the row as an instance of the record's class, so nothing is copied, and reading an
attribute is a look-up in C. A record is immutable.
"""

from collections.abc import Awaitable, Hashable
from functools import lru_cache
from operator import itemgetter
from typing import LiteralString, TypeAlias, TypeVar, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Record = TypeVar("Record", bound="Row")


class Row(asyncpg.Record):
    """Base of the records: each annotation names a column of the statements that give it."""

    def __init_subclass__(cls) -> None:
        for column in cls.__annotations__:
            setattr(cls, column, property(itemgetter(column)))

    def __repr__(self) -> str:
        """Its numbers: what else is in a row may be a hash, a token or somebody's address."""
        numbers = [f"{name}={value}" for name, value in self.items() if type(value) is int]
        return f"<{type(self).__name__} {' '.join(numbers)}>"


# These two make no coroutine of their own: most of what is read goes through them.


def fetch(
    connection: Connection, record: type[Record], query: LiteralString, *arguments: object
) -> Awaitable[list[Record]]:
    return connection.fetch(query, *arguments, record_class=record)


def fetch_columns(
    connection: Connection,
    record: type[Record],
    columns: frozenset[str] | None,
    query: LiteralString,
    *arguments: object,
) -> Awaitable[list[Record]]:
    """Records of which only `columns` can be read, None for all; `query` says `{columns}`."""
    return fetch(
        connection, record, _with_columns(query, cast("Hashable", record), columns), *arguments
    )


@lru_cache(maxsize=256)
def _with_columns(
    query: LiteralString, record: type[Row], columns: frozenset[str] | None
) -> LiteralString:
    # In the order of the record, and no name that is not in its source.
    names = cast("dict[LiteralString, object]", record.__annotations__)
    wanted = ", ".join([name for name in names if columns is None or name in columns])
    return query.replace("{columns}", wanted)


async def fetch_one(
    connection: Connection, record: type[Record], query: LiteralString, *arguments: object
) -> Record | None:
    return await connection.fetchrow(query, *arguments, record_class=record)
