"""What the database can answer other than rows. asyncpg's exceptions do not leave `db`."""


class DatabaseError(Exception):
    """The database could not do this."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or has no connection free."""


class ConnectionLost(DatabaseUnavailable):
    """The connection to the database broke while it was used. Reads may be tried again."""


class DatabaseTimeout(DatabaseError):
    """The database did not answer in time."""


class ReferenceGone(DatabaseError):
    """What this belongs to does not exist any more."""


class MigrationError(DatabaseError):
    """The database's schema is not what this version of Tonearm can migrate."""


class InvalidCursor(ValueError):
    """This cursor was not made by this field. Leave `after` out to begin at the first page."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)
