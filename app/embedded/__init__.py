"""A real PostgreSQL and a real S3 server for laptops and tests, on loopback, from pip."""

from app.embedded.errors import AlreadyRunning, EmbeddedError
from app.embedded.stack import Stack, Storage, start_stack, start_storage

__all__ = [
    "AlreadyRunning",
    "EmbeddedError",
    "Stack",
    "Storage",
    "start_stack",
    "start_storage",
]
