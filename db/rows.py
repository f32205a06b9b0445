"""Records straight from asyncpg: a row of a statement, read by attribute.

asyncpg makes the row as an instance of the record's class, so nothing is copied, and reading an
attribute is a look-up in C. A record is immutable.
"""

from operator import itemgetter
from typing import LiteralString, TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Record = TypeVar("Record", bound="Row")


class Row(asyncpg.Record):
    """Base of the records: each annotation names a column of the statements that give it."""

    def __init_subclass__(cls) -> None:
        for column in cls.__annotations__:
            setattr(cls, column, property(itemgetter(column)))


async def fetch(
    connection: Connection, record: type[Record], query: LiteralString, *arguments: object
) -> list[Record]:
    return await connection.fetch(query, *arguments, record_class=record)


async def fetch_one(
    connection: Connection, record: type[Record], query: LiteralString, *arguments: object
) -> Record | None:
    return await connection.fetchrow(query, *arguments, record_class=record)
