"""People for tests inside a transaction."""

from datetime import UTC, datetime
from itertools import count

from db.rows import Connection
from db.users import insert_user

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_numbers = count(1)


async def make_person(connection: Connection) -> int:
    number = next(_numbers)
    await insert_user(connection, number, f"person{number}", f"Person {number}", NOW)
    return number
