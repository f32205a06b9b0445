"""A real PostgreSQL and a real S3 server for laptops and tests, on loopback, from pip."""

from app.embedded.errors import AlreadyRunning, EmbeddedError
from app.embedded.stack import (
    Database,
    Stack,
    Storage,
    start_database,
    start_stack,
    start_storage,
)

__all__ = [
    "AlreadyRunning",
    "Database",
    "EmbeddedError",
    "Stack",
    "Storage",
    "start_database",
    "start_stack",
    "start_storage",
]
