"""What a resolver has at hand: the services of the process, and the state of one request."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias

import strawberry

from db.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
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

    def connection(self) -> AbstractAsyncContextManager[Connection, bool | None]:
        """A connection for one statement or one transaction.

        Raises `Unavailable` and `DeadlineExceeded`.
        """
        acquired = acquire(self.services.pool, statements=self.statements)
        return _Borrowed(acquired, self._connections)


class _Borrowed:
    """A connection, while the request holds no more than it may."""

    __slots__ = ("_acquired", "_limit")

    def __init__(
        self,
        acquired: AbstractAsyncContextManager[Connection, bool | None],
        limit: asyncio.Semaphore,
    ) -> None:
        self._acquired = acquired
        self._limit = limit

    async def __aenter__(self) -> Connection:
        await self._limit.acquire()
        try:
            return await self._acquired.__aenter__()
        except BaseException as error:
            self._limit.release()
            _raise_domain_error(error)
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._acquired.__aexit__(kind, error, traceback)
        except DatabaseError as failure:
            _raise_domain_error(failure)
            raise
        finally:
            self._limit.release()
        if error is not None:
            _raise_domain_error(error)


def _raise_domain_error(error: BaseException) -> None:
    """Raises what an error of the database is to a client, if it is told at all."""
    if isinstance(error, DatabaseUnavailable):
        raise Unavailable from error
    if isinstance(error, DatabaseTimeout):
        raise DeadlineExceeded from error


Info: TypeAlias = strawberry.Info[Context, None]
