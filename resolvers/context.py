"""What a resolver has at hand: the services of the process, and the state of one request."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import strawberry

from db.errors import DatabaseTimeout, DatabaseUnavailable
from db.pool import Pool, Statement, acquire
from db.rows import Connection
from db.users import UserRecord
from engine.batch import Loaders
from resolvers.errors import DeadlineExceeded, Unavailable
from storage.signer import UrlSigner

CONNECTIONS_PER_REQUEST: Final = 3
"""A request never holds more connections than this, however many batches it has at once."""


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, when the process starts."""

    pool: Pool
    signer: UrlSigner
    anonymous_streaming: bool


@dataclass(slots=True)
class Context:
    """Made for each request, and gone with it. With `statements`, it notes those that it runs."""

    services: Services
    viewer: UserRecord | None = None
    now: float = field(default_factory=time.time)
    statements: list[Statement] | None = None
    loaders: Loaders = field(init=False)
    _connections: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)
        self._connections = asyncio.Semaphore(CONNECTIONS_PER_REQUEST)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection, None]:
        """A connection for one statement or one transaction.

        Raises `Unavailable` and `DeadlineExceeded`.
        """
        try:
            async with (
                self._connections,
                acquire(self.services.pool, statements=self.statements) as connection,
            ):
                yield connection
        except DatabaseUnavailable as error:
            raise Unavailable from error
        except DatabaseTimeout as error:
            raise DeadlineExceeded from error


Info: TypeAlias = strawberry.Info[Context, None]
